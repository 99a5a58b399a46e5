// SQLite file: written as promised, owned by one process, and refused when it cannot serve.
import 'reflect-metadata';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import pino from 'pino';
import { projectRoot } from '../../src/config/project-root';
import { DatabaseGone } from '../../src/database/away';
import { Writer } from '../server/stream';
import { sql } from '../support/database';
import { NotStarted, startProcess } from '../support/process';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, refusal, removeFolders, runMain } from '../support/starts';
import { logEnd, newCode, newUnit } from '../support/world';

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

describe('one file is served by one process', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.stop());

  const inUse = /is in use by another Canbo process/;
  const at = (path: string) => refusal({ env: { DATABASE_URL: `sqlite:${path}` } });

  it.each<[string, (folder: string) => string]>([
    [
      'a link to the file',
      (folder) => {
        symlinkSync(join(server.folder, 'canbo.db'), join(folder, 'other.db'));
        return join(folder, 'other.db');
      },
    ],
    [
      'a link to a link',
      (folder) => {
        symlinkSync(join(server.folder, 'canbo.db'), join(folder, 'one.db'));
        symlinkSync('one.db', join(folder, 'two.db'));
        return join(folder, 'two.db');
      },
    ],
    [
      'a link to its folder',
      (folder) => {
        symlinkSync(server.folder, join(folder, 'data'));
        return join(folder, 'data', 'canbo.db');
      },
    ],
    ['a relative path', () => join(relative(projectRoot, server.folder), '.', 'canbo.db')],
    ['a path with detours', (folder) => `${folder}/../${basename(server.folder)}//./canbo.db`],
  ])('also under %s', async (_what, pathIn) => {
    expect(await at(pathIn(folderOfItsOwn()))).toMatch(inUse);
    await newUnit(server);
  });

  it('also under a link through an open descriptor', async () => {
    const descriptor = openSync(server.folder, 'r');
    expect(await at(`/proc/self/fd/${descriptor}/canbo.db`)).toMatch(inUse);
    closeSync(descriptor);
  });

  it('and not at all while it has a second name, beside it or elsewhere', async () => {
    for (const folder of [server.folder, folderOfItsOwn()]) {
      const other = join(folder, 'second.db');
      linkSync(join(server.folder, 'canbo.db'), other);
      expect(await at(other)).toMatch(/second\.db has 2 names \(hard links\).*-samefile/);
      rmSync(other);
      for (const end of ['-wal', '-shm']) expect(existsSync(other + end)).toBe(false);
    }
    await newUnit(server);
  });

  it('at the end of a link that leads to no file yet, which is made there', async () => {
    const folder = folderOfItsOwn();
    symlinkSync(join(folder, 'real.db'), join(folder, 'link.db'));
    const url = (name: string) => ({ DATABASE_URL: `sqlite:${join(folder, name)}` });
    const own = await startTestServer({ folder, env: url('link.db') });
    expect(await refusal({ folder, env: url('real.db') })).toMatch(inUse);
    await own.stop();
  });
});

describe('a database that is taken away from under the server', () => {
  /** What a write, readiness and a read say. */
  async function states(server: TestServer) {
    const { data, errors = [] } = await server.ask(
      'mutation ($input: AddTopicInput!) { addTopic(input: $input) { userErrors { code } } }',
      { input: { code: newCode('L'), name: 'Quy hoạch' } },
    );
    const ready = await fetch(`${server.url}/health/ready`);
    const read = await server.ask('{ topics { code } }');
    return [
      data?.addTopic?.userErrors ?? errors.map(({ extensions }) => extensions.code),
      [ready.status, ((await ready.json()) as { reason?: string }).reason],
      read.errors ?? 'read',
    ];
  }
  const well = [[], [200, undefined], 'read'];
  const lost = [['UNAVAILABLE'], [503, 'database'], 'read'];

  it.each<[string, (path: string) => () => void]>([
    ['moved', (path) => (renameSync(path, `${path}.moved`), () => renameSync(`${path}.moved`, path))],
    [
      'replaced by a copy',
      (path) => {
        renameSync(path, `${path}.moved`);
        copyFileSync(`${path}.moved`, path);
        return () => renameSync(`${path}.moved`, path);
      },
    ],
    [
      'moved with its folder',
      (path) => {
        const folder = dirname(path);
        renameSync(folder, `${folder}.moved`);
        return () => renameSync(`${folder}.moved`, folder);
      },
    ],
    [
      'without its log',
      (path) => (renameSync(`${path}-wal`, `${path}.log`), () => renameSync(`${path}.log`, `${path}-wal`)),
    ],
    [
      'without its lock',
      (path) => (
        renameSync(`${path}-owner`, `${path}.lock`),
        () => renameSync(`${path}.lock`, `${path}-owner`)
      ),
    ],
  ])('%s, is written to no more until it is back', async (_what, take) => {
    const server = await startTestServer();
    expect(await states(server)).toEqual(well);
    const putBack = take(join(server.folder, 'canbo.db'));
    expect(await states(server)).toEqual(lost);
    putBack();
    expect(await states(server)).toEqual(well);
    await server.stop();
  });

  it('is told to the operator once, and once when it is back, although nobody writes', async () => {
    const told: string[] = [];
    const write = (line: string) => {
      const { level, msg } = JSON.parse(line) as { level: number; msg: string };
      if (/^database/.test(msg)) told.push(`${pino.levels.labels[level]}: ${msg}`);
    };
    const server = await startTestServer({ logger: pino({ level: 'info' }, { write }) });
    const path = join(server.folder, 'canbo.db');
    const probe = async () => (await fetch(`${server.url}/health/ready`)).status;
    const away = 'error: database does not answer, server not ready';
    const back = 'info: database reachable again';
    const outages: string[] = [];
    for (let outage = 0; outage < 2; outage++) {
      expect([await probe(), await probe()]).toEqual([200, 200]);
      renameSync(path, `${path}.moved`);
      expect([await probe(), await probe()]).toEqual([503, 503]);
      expect(told).toEqual([...outages, away]);
      renameSync(`${path}.moved`, path);
      expect([await probe(), await probe()]).toEqual([200, 200]);
      outages.push(away, back);
      expect(told).toEqual(outages);
    }
    await server.stop();
  });

  it('while a change is made, is not said to hold it', async () => {
    const server = await startTestServer();
    const path = join(server.folder, 'canbo.db');
    const writing = server.running.services.database.transaction(async (manager) => {
      await manager.query("UPDATE event_log SET id = 'lost'");
      renameSync(path, `${path}.moved`);
    });
    await expect(writing).rejects.toBeInstanceOf(DatabaseGone);
    await server.stop();
  });

  it('is told of by the operator’s path: a link that leads elsewhere is another database', async () => {
    const folder = folderOfItsOwn();
    const [link, first, second] = ['link.db', 'first.db', 'second.db'].map((name) => join(folder, name));
    symlinkSync(first!, link!);
    const server = await startTestServer({ folder, env: { DATABASE_URL: `sqlite:${link}` } });
    expect(await states(server)).toEqual(well);
    rmSync(link!);
    writeFileSync(second!, '');
    symlinkSync(second!, link!);
    expect(await states(server)).toEqual(lost);
    await server.stop();
  });
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
