// Several processes on one database act as one, and a lost connection costs no more than a moment.
import { pino } from 'pino';
import { administer, databaseUrl, sql } from '../support/database';
import { connect, type LiveClient, type Subscriber } from '../support/live';
import { startProxy } from '../support/proxy';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server';
import { openStream } from '../support/sse';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, take, Writer } from '../server/stream';

const NEVER_MS = 3_600_000;
const MINE = "datname = '@' AND pid <> pg_backend_pid()";

let folder: string;
let nodes: TestServer[];
let clients: LiveClient[];
let writers: Writer[];
let subscribers: Subscriber<any>[];

/** Two processes that share nothing but their database, a writer through each and a subscriber at each. */
async function start(pollMs: number, more: TestServerOptions = {}): Promise<void> {
  folder = folderOfItsOwn();
  nodes = [];
  for (let i = 0; i < 2; i++) nodes.push(await startTestServer({ folder, pollMs, ...more }));
  writers = await Promise.all(nodes.map((node) => Writer.start(node)));
  const after = await logEnd(nodes[0]!);
  clients = await Promise.all(nodes.map(({ url }) => connect(url)));
  subscribers = clients.map((client) => client.subscribe(FOLLOW_COHORTS, { after }));
  await expectAllToHear(await write());
}
afterEach(async () => {
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS true');
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(nodes.map((node) => node.stop()));
});
afterAll(removeFolders);

/** A change through each process, one after the other. */
async function write(): Promise<string[]> {
  const cursors: string[] = [];
  for (const writer of writers) cursors.push(await writer.revise());
  return cursors;
}

async function expectAllToHear(cursors: string[]): Promise<void> {
  for (const subscriber of subscribers) {
    expect((await take(subscriber, cursors.length)).map(({ cursor }) => cursor)).toEqual(cursors);
  }
}

const lose = (which: string) =>
  administer(folder, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${MINE} AND ${which}`);

it('subscribers of every process receive a change made through one, without waiting for a poll', async () => {
  await start(NEVER_MS);
  for (let i = 0; i < 5; i++) await expectAllToHear(await write());
});

it('events written while the listening connection was lost are sent once it is back', async () => {
  await start(NEVER_MS);
  expect(await lose("application_name = 'canbo wake-ups'")).toHaveLength(2);
  await expectAllToHear(await write());
  await expectAllToHear(await write());
});

it('a process polls for changes as long as it cannot listen', async () => {
  await start(50);
  // As many connections as it may take to show an event to all: no more can be opened from here on.
  const all = nodes.flatMap((node) => Array<typeof node>(8).fill(node));
  await Promise.all(all.map((node) => node.ask('{ units { totalCount } }')));
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS false');
  expect(await lose("application_name = 'canbo wake-ups'")).toHaveLength(2);
  await expectAllToHear(await write());
});

it('a process drops connections that do not answer, and sends events written meanwhile', async () => {
  await start(NEVER_MS);
  const wire = await startProxy(databaseUrl(folder));
  const through = new URL(databaseUrl(folder));
  through.host = new URL(wire.url).host;
  nodes.push(await startTestServer({ folder, pollMs: 50, env: { DATABASE_URL: through.href } }));
  clients.push(await connect(nodes[2]!.url));
  subscribers.push(clients[2]!.subscribe(FOLLOW_COHORTS, { after: await logEnd(nodes[2]!) }));
  await expectAllToHear(await write());
  try {
    wire.hold();
    await expectAllToHear(await write());
    expect((await fetch(`${nodes[2]!.url}/health/ready`)).status).toBe(200);
  } finally {
    await wire.close();
  }
});

it('requests fail as retryable while the database is unreachable, and work again once it is back', async () => {
  await start(50);
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS false');
  await lose('true');
  for (const node of nodes) {
    const { url } = node;
    const { status, errors } = await node.ask('{ units { totalCount } }');
    expect([status, errors]).toMatchObject([503, [{ extensions: { code: 'UNAVAILABLE' } }]]);
    expect(JSON.stringify(errors)).not.toMatch(/connect|postgres|accept/i);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^canbo_feed_log_head [1-9]/m);
  }
  await expect(writers[0]!.revise()).rejects.toThrow('UNAVAILABLE');
  const [{ url }] = nodes as [TestServer];
  const socket = await connect(url);
  socket.subscribe(FOLLOW_COHORTS);
  expect(await socket.closed).toMatchObject({ code: 1013 }); // after which clients come back
  const page = await openStream(url, { query: FOLLOW_COHORTS, method: 'GET' });
  expect(page.status).toBe(200); // EventSource comes back after no other
  await expect(page.next()).rejects.toThrow('aborted');
  const program = await openStream(url, { query: FOLLOW_COHORTS });
  expect(program.status).toBe(503);
  expect(await program.body()).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS true');
  for (const { url } of nodes) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  writers = await Promise.all(nodes.map((node) => Writer.start(node)));
  for (const subscriber of subscribers) await take(subscriber, 2); // the cohorts that were planned
  await expectAllToHear(await write());
});

it('an unreachable database is logged once, not once for each subscriber', async () => {
  const told: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void told.push(JSON.parse(line).msg) });
  await start(50, { pingMs: 500, logger });
  let heard = (): void => undefined;
  const client = await connect(nodes[0]!.url, { onPing: () => heard() });
  clients.push(client);
  subscribers.push(client.subscribe(FOLLOW_COHORTS, { after: await logEnd(nodes[0]!) }));
  await expectAllToHear(await write());
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS false');
  await lose('true');
  for (let pings = 0; pings < 3; pings++) await new Promise<void>((resolve) => (heard = resolve));
  expect(told).toContain('event feed read failed');
  expect(told).not.toContain('rights check failed');
});

it('a subscriber whose event cannot be read is disconnected, and receives the event after reconnecting', async () => {
  await start(NEVER_MS);
  const [{ url }] = nodes as [TestServer];
  const after = await logEnd(nodes[0]!);
  const stream = await openStream(url, { query: FOLLOW_COHORTS, variables: { after }, method: 'GET' });
  expect(await stream.next()).toEqual({ id: after });
  await sql(folder, 'SELECT 1'); // opens the connection of the test, as none can be opened later
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS false');
  // All but those by which the feed hears and reads of the event.
  await lose("application_name = 'canbo' AND query NOT LIKE '%event%'");
  await sql(
    folder,
    `INSERT INTO event (name, occurred_at, actor, subject_id, cohort_id, programme_id, university_id, unit_ids, changes)
     SELECT name, occurred_at, actor, subject_id, cohort_id, programme_id, university_id, unit_ids, changes
     FROM event ORDER BY seq DESC LIMIT 1`,
  );
  await sql(folder, `SELECT pg_notify('canbo_written', '')`);
  for (const { closed } of clients) expect(await closed).toMatchObject({ code: 1013 });
  for (const subscriber of subscribers) expect(subscriber.waiting()).toEqual([]);
  await expect(stream.next()).rejects.toThrow('aborted');

  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS true');
  clients = await Promise.all(nodes.map((node) => connect(node.url)));
  subscribers = clients.map((client) => client.subscribe(FOLLOW_COHORTS, { after }));
  const missed = await Promise.all(subscribers.map((subscriber) => take(subscriber, 1)));
  expect(missed.map(([event]) => event!.cursor)).toEqual(Array(nodes.length).fill(await logEnd(nodes[0]!)));
  const again = await openStream(url, { query: FOLLOW_COHORTS, method: 'GET', lastEventId: after });
  expect(await again.nextEvent()).toMatchObject({ event: 'next', id: missed[0]![0]!.cursor });
  again.cut();
});
