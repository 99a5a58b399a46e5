// Does the database hold what the entities say, as safely as promised, and is a start that cannot work refused with a
// reason the operator understands?
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import SqliteFile from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { projectRoot } from '../../src/config';
import { dataSourceOptions } from '../../src/data-source';
import { newFolder, startTestServer, type TestServer } from '../support/server';
import { must, newCode, newUnit } from '../support/world';

const folders: string[] = [];
function folderOfItsOwn(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** What a start is refused with. */
async function refusal(options: Parameters<typeof startTestServer>[0]): Promise<string> {
  let server: TestServer;
  try {
    server = await startTestServer(options);
  } catch (error) {
    return (error as Error).message;
  }
  await server.stop();
  throw new Error('It started.');
}

/** Runs the server as `npm start` does, until it ends by itself. */
async function runMain(env: Record<string, string>): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'src', 'main.js')], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

describe('the tables', () => {
  let source: DataSource;

  beforeAll(async () => {
    source = new DataSource(dataSourceOptions(join(folderOfItsOwn(), 'canbo.db')));
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
  });
  afterAll(() => source.destroy());

  const drift = async () =>
    (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

  it('are after the migrations what the entities say', async () => {
    expect(await drift()).toEqual([]);
  });

  it('would be found to have drifted', async () => {
    await source.query('ALTER TABLE topic ADD COLUMN forgotten varchar');
    expect(await drift()).not.toEqual([]);
    await source.query('ALTER TABLE topic DROP COLUMN forgotten');
    expect(await drift()).toEqual([]);
  });
});

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

  it('cannot be made to hold a row that points to nothing', async () => {
    const orphan =
      "INSERT INTO unit_ancestor (unit_id, ancestor_id, distance) VALUES ('unit_x', 'unit_y', 1)";
    await expect(server.running.services.database.metadata.query(orphan)).rejects.toThrow(/FOREIGN KEY/);
  });

  it('reads on connections that cannot write', async () => {
    const snapshot = await server.running.services.database.snapshot();
    await expect(snapshot.manager.query('DELETE FROM unit')).rejects.toThrow(/readonly/);
    await snapshot.end();
  });

  it('does not let a second one open its file, and serves on', async () => {
    expect(await refusal({ folder: server.folder })).toMatch(
      /canbo\.db is in use by another Canbo process.*DATABASE_URL/,
    );
    await newUnit(server);
  });
});

describe('a start is refused', () => {
  it('on a database that a newer version wrote, which stays as it is', async () => {
    const folder = folderOfItsOwn();
    const earlier = await startTestServer({ folder });
    const unit = await newUnit(earlier);
    await earlier.stop();
    const path = join(folder, 'canbo.db');
    const touch = (sql: string) => {
      const file = new SqliteFile(path);
      file.exec(sql);
      file.close();
    };
    touch("INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'Holograms4102444800000')");
    const before = readFileSync(path);
    expect(await refusal({ folder })).toMatch(
      /canbo\.db was written by a newer version of Canbo.*Holograms4102444800000.*Start that version/,
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    touch("DELETE FROM migrations WHERE name = 'Holograms4102444800000'");
    const later = await startTestServer({ folder });
    expect((await later.ask(`{ unit(id: "${unit.id}") { code } }`)).data.unit.code).toBe(unit.code);
    await later.stop();
  });

  it('on a file that is no database, which stays as it is', async () => {
    const folder = folderOfItsOwn();
    const path = join(folder, 'canbo.db');
    const letter = 'Kính gửi Ban Tổ chức Thành ủy. '.repeat(200);
    writeFileSync(path, letter);
    expect(await refusal({ folder })).toMatch(/canbo\.db cannot be opened as a database: .*not a database/);
    expect(readFileSync(path, 'utf8')).toBe(letter);
  });

  it("on another program's database, which stays as it is", async () => {
    const folder = folderOfItsOwn();
    const path = join(folder, 'canbo.db');
    const file = new SqliteFile(path);
    file.exec('CREATE TABLE photo (id integer); CREATE TABLE unit (id integer)');
    file.close();
    expect(await refusal({ folder })).toMatch(/canbo\.db is the database of another program.*DATABASE_URL/);
    const after = new SqliteFile(path, { readonly: true });
    const tables = after.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    after.close();
    expect(tables.sort()).toEqual(['photo', 'unit']);
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

  it('on a port that is taken, leaving the database free for the next start', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const folder = folderOfItsOwn();
    expect(await refusal({ folder, env: { PORT: String(port) } })).toMatch(
      new RegExp(`^PORT: ${port} is in use by another program`),
    );
    const server = await startTestServer({ folder });
    await must(server, 'addTopic', { code: newCode('L'), name: 'Quy hoạch' }, 'topic { id }');
    await server.stop();
    other.close();
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '4000.5'],
    ['PORT', '0x10'],
    ['PORT', ' 4000'],
    ['DATABASE_URL', 'canbo.db'],
    ['DATABASE_URL', 'sqlite:'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DATABASE_URL', 'sqlite:///srv/canbo.db'],
    ['DATABASE_URL', 'mysql://root@localhost/canbo'],
    ['JWT_SECRET', 'short'],
    ['JWT_SECRET', 'x'.repeat(31)],
    ['NODE_ENV', 'prod'],
    ['NODE_ENV', 'PRODUCTION'],
    ['EVENT_RETENTION_DAYS', '0'],
    ['EVENT_RETENTION_DAYS', '-5'],
    ['EVENT_RETENTION_DAYS', '1.5'],
    ['EVENT_RETENTION_DAYS', 'forever'],
  ])('for %s=%s, naming the variable', async (variable, value) => {
    const folder = folderOfItsOwn();
    expect(await refusal({ folder, env: { [variable]: value } })).toMatch(new RegExp(`^${variable}: `));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('in production without a secret', async () => {
    const env = { NODE_ENV: 'production', JWT_SECRET: '' };
    expect(await refusal({ folder: folderOfItsOwn(), env })).toMatch(/^JWT_SECRET: is needed in production/);
  });

  it('where the generated secret cannot be kept', async () => {
    const folder = folderOfItsOwn();
    writeFileSync(join(folder, 'data'), '');
    const env = { JWT_SECRET: '' };
    expect(await refusal({ folder: join(folder, 'data'), env })).toMatch(/^JWT_SECRET: .*cannot be kept/);
    writeFileSync(join(folder, 'jwt-secret'), '');
    expect(await refusal({ folder, env })).toMatch(/^JWT_SECRET: .*damaged/);
  });

  it('without showing the password that a wrong DATABASE_URL carries', async () => {
    const url = 'mysql://canbo:s3cret-w0rd@db.local/canbo';
    const message = await refusal({ folder: folderOfItsOwn(), env: { DATABASE_URL: url } });
    expect(message).toMatch(/^DATABASE_URL: .*db\.local/);
    expect(message).not.toContain('s3cret-w0rd');
  });

  it.each([
    ['a wrong setting', { PORT: 'abc' }, 'Canbo cannot start. PORT: "abc" is not a whole number'],
    ['an unusable file', {}, 'cannot be opened as a database'],
  ])('by the program itself with one line and status 1: %s', async (_what, env, message) => {
    const folder = folderOfItsOwn();
    const path = join(folder, 'canbo.db');
    writeFileSync(path, 'no database, though long enough to be looked at '.repeat(100));
    const ran = await runMain({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: `sqlite:${path}`, ...env });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(message);
    expect(ran.err).toMatch(/^Canbo cannot start\. .*\n$/);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});
