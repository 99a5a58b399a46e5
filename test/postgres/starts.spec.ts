// Start on PostgreSQL: it waits for others that start, and one that cannot work is refused with a reason.
import 'reflect-metadata';
import { databaseUrl, makeEmptyDatabase, sql } from '../support/database';
import { newFolder, startTestServer } from '../support/server';
import { folderOfItsOwn, refusal, removeFolders, runMain } from '../support/starts';

afterAll(removeFolders);

/** The address of the test server with something else in it. */
function addressWith(parts: Partial<Pick<URL, 'pathname' | 'username' | 'password' | 'port'>>): string {
  const url = new URL(databaseUrl(newFolder()));
  return Object.assign(url, { pathname: '/postgres', username: 'canbo', password: 's3cret' }, parts).href;
}
const refusedAt = (url: string) => refusal({ folder: folderOfItsOwn(), env: { DATABASE_URL: url } });

it('two processes that start at once on an empty database migrate it once and fill it once', async () => {
  const folder = folderOfItsOwn();
  await makeEmptyDatabase(folder);
  const start = () => startTestServer({ folder, sample: true });
  const nodes = await Promise.all([start(), start()]);
  const query = '{ about { sampleData } latestCursor cohorts { totalCount } }';
  const [one, other] = await Promise.all(nodes.map((node) => node.ask(query)));
  expect(one!.data).toMatchObject({ about: { sampleData: true } });
  expect(other!.data).toEqual(one!.data);
  expect(await sql(folder, 'SELECT name FROM event')).toEqual([{ name: 'sample.filled' }]);
  expect(await sql(folder, 'SELECT count(*)::integer AS logs FROM event_log')).toEqual([{ logs: 1 }]);
  await Promise.all(nodes.map((node) => node.stop()));
});

it('a start ignores the tables of a PostgreSQL extension', async () => {
  const folder = folderOfItsOwn();
  await makeEmptyDatabase(folder);
  await sql(folder, 'CREATE EXTENSION pg_trgm');
  await sql(folder, 'CREATE TABLE spatial_ref_sys (srid integer)');
  await sql(folder, 'ALTER EXTENSION pg_trgm ADD TABLE spatial_ref_sys');
  await (await startTestServer({ folder })).stop();
});

describe('is refused', () => {
  it.each<[string, Parameters<typeof addressWith>[0], RegExp]>([
    ['where no server is', { port: '1' }, /ECONNREFUSED/],
    ['with a wrong user or password', {}, /canbo/],
    ['on a database that is not there', { username: '', password: '', pathname: '/nowhere' }, /nowhere/],
  ])('%s, without the password', async (_what, parts, reason) => {
    const server = new URL(process.env.CANBO_TEST_SERVER!);
    const login = parts.username === '' ? { username: server.username, password: server.password } : {};
    const message = await refusedAt(addressWith({ ...parts, ...login }));
    expect(message).toMatch(/^postgres:\/\/\S+ cannot be opened as a database: /);
    expect(message).toMatch(reason);
    expect(message).toContain('DATABASE_URL');
    expect(message).not.toMatch(/s3cret|:password@/);
  });

  it('to a user who may not make what it needs, with what was missing', async () => {
    const folder = folderOfItsOwn();
    await makeEmptyDatabase(folder);
    const role = `reader_${process.pid}_${Date.now()}`;
    await sql(folder, `CREATE ROLE ${role} LOGIN PASSWORD 's3cret'`);
    const url = new URL(databaseUrl(folder));
    Object.assign(url, { username: role, password: 's3cret' });
    expect(await refusedAt(url.href)).toMatch(/cannot be brought up to date: .*permission denied/);
    await sql(folder, `DROP ROLE ${role}`);
  });

  it('by the program itself with one line and status 1', async () => {
    const ran = await runMain({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: addressWith({ port: '1' }) });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^Canbo cannot start\. .*ECONNREFUSED.*\n$/);
    expect(ran.err).not.toContain('s3cret');
  });
});
