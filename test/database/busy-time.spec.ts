// The time that the database works for somebody is measured: operations are charged for it.
import { Role } from '../../src/access/policy';
import type { Snapshot } from '../../src/database/database';
import { startTestServer, type TestServer, tokenFor } from '../support/server';

const COUNTING = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
  SELECT COUNT(*) AS total FROM n`;

let server: TestServer;
beforeAll(async () => (server = await startTestServer({ limits: { costPerMs: 1 } })));
afterAll(() => server.stop());

const database = () => server.running.services.database;

it('a snapshot measures the time of its own statements only', async () => {
  const [worked, idle] = [await database().snapshot(0, 'a'), await database().snapshot(0, 'b')];
  await worked.manager.query(COUNTING);
  await idle.manager.query('SELECT 1 AS one');
  const [long, short] = [worked.busyMs(), idle.busyMs()];
  await worked.end();
  await idle.end();
  expect(long).toBeGreaterThan(10);
  expect(short).toBeLessThan(long);
  const next = await database().snapshot(0, 'a');
  await next.manager.query('SELECT 1 AS one');
  expect(next.busyMs()).toBeLessThan(long);
  await next.end();
});

it('operations that share a count share its time', async () => {
  const statements = [{ sql: COUNTING, parameters: [] }];
  const counts = ['a', 'b', 'c', 'd'].map((caller) => database().analyse(statements, 0, caller));
  expect(counts.map((count) => count.busyMs())).toEqual([0, 0, 0, 0]);
  await Promise.all(counts.map(({ rows }) => rows));
  const [first, ...others] = counts.map((count) => count.busyMs());
  expect(first).toBeGreaterThan(2);
  expect(others).toEqual([first, first, first]);
});

it('an operation is charged for the time of its statements', async () => {
  const asked = database();
  const snapshot = asked.snapshot.bind(asked);
  asked.snapshot = async (after, caller): Promise<Snapshot> => {
    const lent = await snapshot(after, caller);
    return { ...lent, busyMs: () => (caller?.includes('slow') ? 1e12 : lent.busyMs()) };
  };
  const by = async (subject: string) =>
    server.ask('{ units(first: 1) { nodes { id } } }', {}, { token: await tokenFor(Role.VIEWER, subject) });
  let answer = await by('slow');
  expect(answer.errors).toBeUndefined();
  while (!answer.errors) answer = await by('slow'); // it is charged once its answer is out
  expect(answer.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  expect((await by('quick')).errors).toBeUndefined();
});
