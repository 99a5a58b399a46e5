// Is the SQLite file safe: written as promised, owned by one process, and refused when it cannot serve?
import 'reflect-metadata';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writer } from '../feed/stream';
import { sql } from '../support/database';
import { NotStarted, startProcess } from '../support/process';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, refusal, removeFolders, runMain } from '../support/starts';
import { logEnd, newUnit } from '../support/world';

afterAll(removeFolders);

describe('a running server', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.stop());

  const pragma = async (name: string): Promise<unknown> => {
    const rows = await server.running.services.database.metadata.query<Record<string, unknown>[]>(
      `PRAGMA ${name}`,
    );
    return Object.values(rows[0]!)[0];
  };

  it('writes with foreign keys on, a write-ahead log, and every commit on the disk before it answers', async () => {
    expect(await pragma('foreign_keys')).toBe(1);
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2); // FULL
    expect(Number(await pragma('busy_timeout'))).toBeGreaterThan(0);
  });

  it('commits what follows a transaction that SQLite ended by itself, as it does on a full disk', async () => {
    const { database } = server.running.services;
    const fails = (...statements: string[]) =>
      expect(
        database.transaction(async (manager) => {
          for (const statement of statements) await manager.query(statement);
        }),
      ).rejects.toThrow();
    await fails('ROLLBACK');
    // One that fails only when it ends: as a savepoint, it would leave all after it uncommitted.
    const orphan = `INSERT INTO partnership_topic (partnership_id, topic_id) VALUES ('none', 'none')`;
    await fails('PRAGMA defer_foreign_keys = ON', orphan);
    const { id } = await newUnit(server);
    expect(await sql(server.folder, 'SELECT id FROM unit WHERE id = ?', [id])).toEqual([{ id }]);
  });

  it('does not let a second one open its file, and serves on', async () => {
    expect(await refusal({ folder: server.folder })).toMatch(
      /canbo\.db is in use by another Canbo process.*DATABASE_URL/,
    );
    await newUnit(server);
  });
});

it('refuses a second process on the same file, which says why, and goes on undisturbed', async () => {
  const folder = folderOfItsOwn();
  const server = await startProcess(folder);
  const writer = await Writer.start(server);
  const refused = await startProcess(folder).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NotStarted);
  const { exit, stderr } = refused as NotStarted;
  expect(exit).toEqual({ code: 1, signal: null });
  expect(stderr).toBe(
    `Canbo cannot start. ${join(folder, 'canbo.db')} is in use by another Canbo process. ` +
      'Stop that one first, or set DATABASE_URL to another file.\n',
  );
  expect(await writer.revise()).toBe(await logEnd(server));
  await server.stop();
});

describe('a start is refused', () => {
  it('on a file that is no database, which stays as it is', async () => {
    const folder = folderOfItsOwn();
    const path = join(folder, 'canbo.db');
    const letter = 'Kính gửi Ban Tổ chức Thành ủy. '.repeat(200);
    writeFileSync(path, letter);
    expect(await refusal({ folder })).toMatch(/canbo\.db cannot be opened as a database: .*not a database/);
    expect(readFileSync(path, 'utf8')).toBe(letter);
  });

  it('on a path that is a folder', async () => {
    const folder = folderOfItsOwn();
    mkdirSync(join(folder, 'canbo.db'));
    expect(await refusal({ folder })).toMatch(/canbo\.db cannot be opened as a database/);
  });

  it('in a data folder that cannot be written', async () => {
    const folder = folderOfItsOwn();
    writeFileSync(join(folder, 'data'), 'a file where a folder is needed');
    expect(await refusal({ folder: join(folder, 'data') })).toMatch(
      /data folder .*data cannot be written \(\w+\).*DATABASE_URL/,
    );
    expect(await refusal({ folder: join(folder, 'data', 'below') })).toMatch(/cannot be written/);
  });

  it('where the generated secret cannot be kept', async () => {
    const folder = folderOfItsOwn();
    writeFileSync(join(folder, 'data'), '');
    const env = { JWT_SECRET: '' };
    expect(await refusal({ folder: join(folder, 'data'), env })).toMatch(/^JWT_SECRET: .*cannot be kept/);
    writeFileSync(join(folder, 'jwt-secret'), '');
    expect(await refusal({ folder, env })).toMatch(/^JWT_SECRET: .*damaged/);
  });

  it('by the program itself with one line and status 1', async () => {
    const path = join(folderOfItsOwn(), 'canbo.db');
    writeFileSync(path, 'no database, though long enough to be looked at '.repeat(100));
    const ran = await runMain({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: `sqlite:${path}` });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^Canbo cannot start\. .*cannot be opened as a database.*\n$/);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});
