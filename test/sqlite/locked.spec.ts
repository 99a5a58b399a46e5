// SQLite file locked by another program: a write waits without holding up others, and fails in the end.
import 'reflect-metadata';
import { join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, refusal, removeFolders } from '../support/starts';
import { logEnd, must, newCode } from '../support/world';

let server: TestServer;
let shell: SqliteFile.Database;
beforeAll(async () => {
  server = await startTestServer();
  shell = new SqliteFile(join(server.folder, 'canbo.db'));
});
afterAll(async () => {
  shell.close();
  await server.stop();
  await removeFolders();
});

const MUTATION = 'mutation ($input: AddTopicInput!) { addTopic(input: $input) { userErrors { code } } }';
const topic = () => ({ code: newCode('L'), name: 'Quy hoạch' });
const codesOf = async (asked: ReturnType<TestServer['ask']>) =>
  (await asked).errors?.map(({ extensions }) => extensions.code) ?? [];

describe('while another program has the file locked', () => {
  it('writes wait, others are answered meanwhile, and each is done once the lock is given up', async () => {
    shell.exec('BEGIN IMMEDIATE');
    let done = 0;
    const writes = Array.from({ length: 5 }, () =>
      codesOf(server.ask(MUTATION, { input: topic() })).finally(() => (done += 1)),
    );
    for (let i = 0; i < 10; i++) expect((await server.ask('{ about { version } }')).errors).toBeUndefined();
    expect(done).toBe(0);
    shell.exec('ROLLBACK');
    expect((await Promise.all(writes)).flat()).toEqual([]);
  });

  it('a write that has waited long enough is UNAVAILABLE, changes nothing, and can be sent again', async () => {
    const before = await logEnd(server);
    const input = { ...topic(), clientMutationId: newCode('key-') };
    shell.exec('BEGIN IMMEDIATE');
    const asked = [input, topic(), topic()].map((each) => server.ask(MUTATION, { input: each }));
    const answers = await Promise.all(asked);
    shell.exec('ROLLBACK');
    for (const { data, errors } of answers) {
      expect(data ?? null).toBeNull();
      expect(errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAVAILABLE' }]);
    }
    expect(await logEnd(server)).toBe(before);
    await must(server, 'addTopic', input, 'topic { id }');
  });

  it('a write that has read what was changed meanwhile does not fail for it', async () => {
    const { database } = server.running.services;
    const count = 'SELECT count(*) AS topics FROM topic';
    shell.pragma('busy_timeout = 0');
    const writing = database.transaction(async (manager) => {
      await manager.query(count);
      // What begins as a read transaction would be outdated by this.
      expect(() => shell.exec("UPDATE event_log SET id = id || 'x'")).toThrow(/locked/);
      await manager.query('UPDATE event_log SET purged_through = purged_through');
    });
    await writing;
  });

  it('it does not start, and says why', async () => {
    const folder = folderOfItsOwn();
    await (await startTestServer({ folder })).stop();
    const other = new SqliteFile(join(folder, 'canbo.db'));
    other.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    expect(await refusal({ folder })).toMatch(/canbo\.db is locked by another program/);
    other.close();
  });
});

describe('an error of the analysis thread', () => {
  it('keeps its type and code', async () => {
    const { database } = server.running.services;
    const asked = (sql: string, ...parameters: unknown[]) =>
      database.analyse([{ sql, parameters }], 0, 'somebody').rows;
    await expect(asked('SELECT * FROM nowhere')).rejects.toMatchObject({
      constructor: SqliteFile.SqliteError,
      message: 'no such table: nowhere',
      code: 'SQLITE_ERROR',
      stack: expect.stringContaining('analysis.worker'),
    });
    await expect(asked('SELECT 1', 2)).rejects.toMatchObject({ name: 'RangeError' });
    await expect(asked('SELECT 1 AS one')).resolves.toEqual([[{ one: 1 }]]);
  });
});
