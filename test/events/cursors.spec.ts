// Cursors: which ones the log accepts, and the error for each that it does not.
import { rmSync } from 'node:fs';
import { copyDatabase, sql } from '../support/database';
import { connect } from '../support/live';
import { newFolder, startTestServer, type TestServer } from '../support/server';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, FOLLOW_GRADUATES, pullCohorts, take, Writer } from '../server/stream';

const PULL = `query ($after: EventCursor) { cohortEvents(after: $after) { cursor } }`;
const folders: string[] = [];
const servers: TestServer[] = [];

async function start(folder?: string): Promise<TestServer> {
  const server = await startTestServer({ folder });
  servers.push(server);
  return server;
}
async function stop(server: TestServer): Promise<void> {
  servers.splice(servers.indexOf(server), 1);
  await server.stop();
}
function keptFolder(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}
afterEach(async () => {
  for (const server of [...servers]) await stop(server);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What the clock would do: makes events older than they are kept. */
async function outdate(folder: string, through: number): Promise<void> {
  const at = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
  await sql(folder, `UPDATE event SET occurred_at = '${at}' WHERE seq <= ${through}`);
}

/** What pulling and following, of cohorts and of graduates, say to a cursor: it must be the same. */
async function refusalOf(server: TestServer, after: string): Promise<object> {
  const { data, errors } = await server.ask(PULL, { after });
  expect(data).toBeNull();
  expect(errors).toHaveLength(1);
  expect(errors![0]!.path).toEqual(['cohortEvents']);
  const client = await connect(server.url);
  for (const query of [FOLLOW_COHORTS, FOLLOW_GRADUATES]) {
    const subscriber = client.subscribe(query, { after });
    const live = await subscriber.next();
    await subscriber.ended;
    expect(live.data).toBeUndefined();
    expect(live.errors).toMatchObject([{ message: errors![0]!.message, extensions: errors![0]!.extensions }]);
  }
  await client.close();
  return errors![0]!.extensions;
}

it('a text that is no cursor is refused', async () => {
  const server = await start();
  const real = await logEnd(server);
  const forge = (text: string) => Buffer.from(text).toString('base64url');
  const logId = Buffer.from(real, 'base64url').toString().split('.')[0];
  const garbage = ['', 'x', '0', `${real}=`, ` ${real}`, `${real}A`, forge(`${logId}`), forge(`${logId}.`)];
  const numbers = ['-1', '01', '1.5', '1e3', '9'.repeat(16), 'NaN', '1 OR 1=1'];
  garbage.push(...numbers.map((number) => forge(`${logId}.${number}`)), 'đồng', 'x'.repeat(10_000));
  for (const after of garbage) expect(await refusalOf(server, after)).toEqual({ code: 'CURSOR_INVALID' });
});

it('refuses a cursor of another database', async () => {
  const [here, there] = [await start(), await start()];
  expect(await refusalOf(here, await logEnd(there))).toEqual({ code: 'CURSOR_INVALID' });
});

it('refuses a cursor from a future that a restored backup has not reached', async () => {
  const folder = keptFolder();
  const backup = keptFolder();
  let server = await start(folder);
  const writer = await Writer.start(server);
  const kept = await writer.revise();
  await stop(server);
  await copyDatabase(folder, backup);
  server = await start(folder);
  const lost = await (await Writer.start(server)).revise();
  await stop(server);
  await copyDatabase(backup, folder);
  server = await start(folder);
  expect(await refusalOf(server, lost)).toEqual({ code: 'CURSOR_INVALID' });
  expect(await logEnd(server)).toBe(kept);
  expect(await pullCohorts(server, kept)).toEqual([]);
});

it('an expired cursor is refused with CURSOR_EXPIRED, and with the cursor to continue from', async () => {
  const folder = keptFolder();
  let server = await start(folder);
  const empty = await logEnd(server);
  const writer = await Writer.start(server);
  const cursors = await writer.reviseTimes(10);
  await stop(server);

  const last = await sql(folder, 'SELECT seq FROM event ORDER BY seq DESC LIMIT 10');
  await outdate(folder, last[5]!.seq); // the fifth of the ten revisions

  server = await start(folder);
  for (const after of [empty, cursors[0]!, cursors[3]!]) {
    expect(await refusalOf(server, after)).toEqual({ code: 'CURSOR_EXPIRED', oldest: cursors[4] });
  }
  const kept = await pullCohorts(server, cursors[4]!);
  expect(kept.map(({ cursor }) => cursor)).toEqual(cursors.slice(5));
  const { data } = await server.ask(`{ cohortEvents(first: 100) { cursor } }`);
  expect(data.cohortEvents).toEqual(cursors.slice(5).map((cursor) => ({ cursor })));
  const client = await connect(server.url);
  const subscriber = client.subscribe(FOLLOW_COHORTS, { after: cursors[4] });
  expect((await take(subscriber, 5)).map(({ cursor }) => cursor)).toEqual(cursors.slice(5));
  await client.close();
});

it('cursors are never reused, not even after every event was purged', async () => {
  const folder = keptFolder();
  let server = await start(folder);
  const before = await (await Writer.start(server)).revise();
  await stop(server);
  await outdate(folder, 2 ** 31 - 1);

  server = await start(folder);
  expect(await logEnd(server)).toBe(before);
  const client = await connect(server.url);
  const subscriber = client.subscribe(FOLLOW_COHORTS, { after: before });
  const after = await (await Writer.start(server)).revise();
  expect(after).not.toBe(before);
  expect((await take(subscriber, 2)).map(({ kind }) => kind)).toEqual(['PLANNED', 'REVISED']);
  await client.close();
});

it('refuses to pull fewer than none or more than a hundred events', async () => {
  const server = await start();
  await Writer.start(server);
  for (const first of [-1, 101, 2_147_483_647]) {
    const { data, errors } = await server.ask(
      `query ($first: Int) { cohortEvents(first: $first) { cursor } }`,
      {
        first,
      },
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['cohortEvents'], extensions: { code: 'BAD_USER_INPUT' } }]);
  }
  expect((await server.ask('{ cohortEvents(first: 0) { cursor } }')).data.cohortEvents).toEqual([]);
  expect((await server.ask('{ cohortEvents(first: 1) { kind } }')).data.cohortEvents).toHaveLength(1);
});
