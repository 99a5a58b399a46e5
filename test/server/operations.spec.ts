// Operation of a server: metrics, readiness, drain and restart without a loss.
import { rmSync } from 'node:fs';
import { ConfigError } from '../../src/config/config-error';
import { Role } from '../../src/access/policy';
import { dropDatabase, sql } from '../support/database';
import { connect, type LiveClient } from '../support/live';
import { type ServerProcess, startProcess } from '../support/process';
import { configFor, newFolder, startTestServer, type TestServer, tokenFor } from '../support/server';
import { openStream } from '../support/sse';
import { logEnd, newTopic } from '../support/world';
import {
  FOLLOW_COHORTS,
  openRaw,
  type RawSubscription,
  subscribeRaw,
  take,
  type Told,
  Writer,
} from './stream';

const TOKEN = 'a token that only the collector of metrics knows';

const folders: string[] = [];
const processes: ServerProcess[] = [];
/** A process that does not outlive a test that failed. */
async function startOne(folder: string, drainSeconds: string): Promise<ServerProcess> {
  const started = await startProcess(folder, { DRAIN_SECONDS: drainSeconds });
  processes.push(started);
  return started;
}
afterEach(() => Promise.all(processes.splice(0).map((each) => each.end('SIGKILL'))));

function folderOfItsOwn(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}
afterAll(async () => {
  for (const folder of folders) {
    await dropDatabase(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Every figure by its name and labels. */
async function figures(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

async function health(url: string, which = 'ready'): Promise<[status: number, reason: string | undefined]> {
  const response = await fetch(`${url}/health/${which}`);
  return [response.status, ((await response.json()) as { reason?: string }).reason];
}

/** Asks again and again; the test's own time is the limit. */
async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met()));
}

describe('metrics', () => {
  let server: TestServer;
  let other: TestServer;
  let client: LiveClient;
  beforeAll(async () => {
    [server, other] = await Promise.all([startTestServer(), startTestServer()]);
    client = await connect(server.url);
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
    await other.stop();
  });

  it('count requests and operations by how they end, and nothing that a caller makes up', async () => {
    await server.ask('query Secret { about { version } }');
    await server.ask('{ nothing }');
    await server.ask(
      'mutation { addTopic(input: { code: "X", name: "X" }) { cursor } }',
      {},
      { as: Role.VIEWER },
    );
    await client.subscribe('query Secret { about { version } }').nextData();
    await client.subscribe('{ nothing }').ended.catch(() => undefined);
    const stream = await openStream(server.url, { query: FOLLOW_COHORTS });
    stream.cut();
    await (await openStream(server.url, { query: '{ nothing }' })).body();
    await fetch(`${server.url}/made-up`, { method: 'PROPFIND' });
    const found = await figures(server.url);
    const operations = Object.entries(found).filter(([name]) =>
      name.startsWith('canbo_graphql_operations_total'),
    );
    const of = (transport: string, kind: string, outcome: string) =>
      `canbo_graphql_operations_total{transport="${transport}",kind="${kind}",outcome="${outcome}"}`;
    expect(Object.fromEntries(operations)).toEqual({
      [of('http', 'query', 'OK')]: 1,
      [of('http', 'unknown', 'GRAPHQL_VALIDATION_FAILED')]: 1,
      [of('http', 'mutation', 'FORBIDDEN')]: 1,
      [of('websocket', 'query', 'OK')]: 1,
      [of('websocket', 'unknown', 'GRAPHQL_VALIDATION_FAILED')]: 1,
      [of('sse', 'subscription', 'OK')]: 1,
      [of('sse', 'unknown', 'GRAPHQL_VALIDATION_FAILED')]: 1,
    });
    expect(found['canbo_graphql_operation_duration_seconds_count{transport="http",kind="query"}']).toBe(1);
    expect(found['canbo_http_requests_total{method="POST",route="/graphql",status="200"}']).toBeGreaterThan(
      0,
    );
    expect(found['canbo_http_requests_total{method="other",route="none",status="404"}']).toBe(1);
    expect(Object.keys(found).join()).not.toMatch(/Secret|made-up|PROPFIND/);
  });

  it('tell of subscriptions, events, the feed and the sockets, of each server its own', async () => {
    const writer = await Writer.start(server);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    await until(async () => (await figures(server.url))['canbo_feed_lag_events'] === 0);
    const before = await figures(server.url);
    const subscriber = client.subscribe(FOLLOW_COHORTS, variables);
    const refused = client.subscribe(FOLLOW_COHORTS, { after: 'x' });
    await writer.reviseTimes(3);
    await take(subscriber, 3);
    expect((await refused.next()).errors).toHaveLength(1);
    const during = await figures(server.url);
    const grown = (name: string) => during[name]! - (before[name] ?? 0);
    expect(during['canbo_subscriptions{field="cohortChanged"}']).toBe(1);
    expect(during['canbo_sockets']).toBe(1);
    expect(grown('canbo_events_delivered_total{field="cohortChanged"}')).toBe(3);
    expect(grown('canbo_feed_events_read_total')).toBe(3);
    expect(during['canbo_feed_position']).toBe(during['canbo_feed_log_head']);
    expect([during['canbo_feed_lag_events'], during['canbo_feed_lag_seconds']]).toEqual([0, 0]);
    const subscribed = 'canbo_graphql_operations_total{transport="websocket",kind="subscription",outcome=';
    expect(grown(`${subscribed}"OK"}`)).toBe(1);
    expect(grown(`${subscribed}"CURSOR_INVALID"}`) || grown(`${subscribed}"BAD_USER_INPUT"}`)).toBe(1);
    expect(during['canbo_event_loop_delay_seconds{quantile="0.99"}']).toBeGreaterThan(0);
    expect(during['canbo_process_resident_memory_bytes']).toBeGreaterThan(1e6);

    subscriber.stop();
    await until(async () => (await figures(server.url))['canbo_subscriptions{field="cohortChanged"}'] === 0);
    const refusedSocket = await openRaw(server.url);
    refusedSocket.socket.send('{"type":"unknown"}');
    expect((await refusedSocket.closed).code).toBe(4400);
    const closed = (await figures(server.url))['canbo_socket_closes_total{code="4400",by="server"}'];
    expect(closed).toBe(1);
    const leaving = await openRaw(server.url);
    leaving.socket.close(1000);
    await leaving.closed;
    const left = (by: string) => `canbo_socket_closes_total{code="1000",by="${by}"}`;
    await until(
      async () =>
        left('peer') in (await figures(server.url)) || left('server') in (await figures(server.url)),
    );
    expect(await figures(server.url)).not.toHaveProperty([left('server')]);
    expect((await figures(other.url))['canbo_events_delivered_total{field="cohortChanged"}']).toBeUndefined();
  });

  it('show how far the feed lags behind, and who waits for a connection', async () => {
    const held = await server.running.services.database.delivery();
    try {
      await newTopic(server); // the feed cannot read it: its only connection is held
      const waiting = 'canbo_database_connections{pool="delivery",state="waiting"}';
      await until(async () => (await figures(server.url))[waiting]! > 0);
    } finally {
      await held.end();
    }
    await until(async () => (await figures(server.url))['canbo_feed_lag_events'] === 0);
  });

  it('are for those who know the token, and for nobody in production without one', async () => {
    const guarded = await startTestServer({ env: { METRICS_TOKEN: TOKEN } });
    const closed = await startTestServer({
      env: { NODE_ENV: 'production', JWT_SECRET: 'k7Zq0w3Rr9Xb5Vd1Lm8Ps2Tn6Yf4Hc' + 'GjUe' },
    });
    const status = async (url: string, authorization?: string) =>
      (await fetch(`${url}/metrics`, { headers: authorization ? { authorization } : {} })).status;
    expect(await status(guarded.url)).toBe(401);
    expect(await status(guarded.url, `Bearer ${TOKEN}x`)).toBe(401);
    expect(await status(guarded.url, `Bearer ${TOKEN.replace('y', 'x')}`)).toBe(401);
    expect(await status(guarded.url, `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`)).toBe(401);
    expect(await status(guarded.url, `Bearer ${TOKEN}`)).toBe(200);
    expect(await status(closed.url)).toBe(404);
    await guarded.stop();
    await closed.stop();
    expect(() => configFor('/nowhere', { METRICS_TOKEN: 'short' })).toThrow(ConfigError);
  });
});

describe('readiness', () => {
  it('ends while the feed cannot read the log, and comes back', async () => {
    const server = await startTestServer({ readinessTiming: { feedMs: 2_000 } });
    expect(await health(server.url)).toEqual([200, undefined]);
    await sql(server.folder, 'ALTER TABLE event_log RENAME TO away');
    await until(async () => (await health(server.url))[0] === 503);
    expect(await health(server.url)).toEqual([503, 'feed']);
    expect((await figures(server.url))['canbo_feed_lag_seconds']).toBeGreaterThan(0);
    expect(await health(server.url, 'live')).toEqual([200, undefined]);
    await sql(server.folder, 'ALTER TABLE away RENAME TO event_log');
    await until(async () => (await health(server.url))[0] === 200);
    await server.stop();
  });

  it('ends while the feed reads behind the log, and comes back once it has caught up', async () => {
    const server = await startTestServer({ readinessTiming: { feedMs: 250 } });
    await newTopic(server);
    server.running.services.feed.listen(() => {
      const end = performance.now() + 0.3; // some 150 ms for as many events as are read at once
      while (performance.now() < end);
    });
    await sql(
      server.folder,
      `INSERT INTO event (name, occurred_at, subject_id, unit_ids, changes)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
       SELECT name, occurred_at, subject_id, unit_ids, changes FROM n, (SELECT * FROM event ORDER BY seq LIMIT 1) e`,
    );
    await until(async () => (await health(server.url))[1] === 'feed');
    await until(async () => (await health(server.url))[0] === 200);
    expect((await figures(server.url))['canbo_feed_lag_events']).toBe(0);
    await server.stop();
  });

  it('ends while the database does not answer, however often it is asked', async () => {
    const server = await startTestServer({ readinessTiming: { databaseMs: 50 } });
    const { database } = server.running.services;
    const snapshot = database.snapshot.bind(database);
    let [asked, answer] = [0, () => {}];
    const answers = new Promise<void>((resolve) => (answer = resolve));
    database.snapshot = async (...args) => {
      asked += 1;
      await answers;
      return snapshot(...args);
    };
    for (let i = 0; i < 4; i++) expect(await health(server.url)).toEqual([503, 'database']);
    expect(asked).toBe(1);
    expect(await health(server.url, 'live')).toEqual([200, undefined]);
    answer();
    await until(async () => (await health(server.url))[0] === 200);
    await server.stop();
  });

  it('ends first on SIGTERM, while everything else goes on until the drain is over', async () => {
    const server = await startOne(folderOfItsOwn(), '600');
    const writer = await Writer.start(server);
    const client = await connect(server.url);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    const subscriber = client.subscribe(FOLLOW_COHORTS, variables);
    expect(await health(server.url)).toEqual([200, undefined]);
    server.child.kill('SIGTERM');
    await until(async () => (await health(server.url))[0] === 503);
    expect(await health(server.url)).toEqual([503, 'stopping']);
    expect(await health(server.url, 'live')).toEqual([200, undefined]);
    const cursor = await writer.revise();
    expect((await take(subscriber, 1))[0]!.cursor).toBe(cursor);
    const late = await connect(server.url);
    const another = late.subscribe(FOLLOW_COHORTS, variables);
    expect((await take(another, 1))[0]!.cursor).toBe(cursor);
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null }); // the second ends the drain
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(await late.closed).toMatchObject({ code: 1001 });
  });
});

it('a client that follows by cursor through restarts loses nothing and is told nothing twice', async () => {
  const folder = folderOfItsOwn();
  let server = await startOne(folder, '1');
  // Asks whichever process runs.
  const writer = await Writer.start({ ask: (...args) => server.ask(...args) } as TestServer);
  const filter = { cohortIds: [writer.cohort.id] };
  let after = await logEnd(server);
  const [written, received]: string[][] = [[], []];
  const follow = async () => {
    const client = await connect(server.url);
    return {
      client,
      subscriber: client.subscribe<{ cohortChanged: Told }>(FOLLOW_COHORTS, { filter, after }),
    };
  };
  for (let round = 0; round < 3; round++) {
    const { client, subscriber } = await follow();
    written!.push(...(await writer.reviseTimes(5)));
    received!.push(...(await take(subscriber, 2)).map(({ cursor }) => cursor));
    const exit = server.end('SIGTERM');
    await until(async () => (await health(server.url))[0] === 503);
    written!.push(...(await writer.reviseTimes(5))); // while it drains
    expect(await exit).toEqual({ code: 0, signal: null });
    await client.closed;
    received!.push(...subscriber.waiting().map(({ data }) => data!.cohortChanged.cursor));
    after = received!.at(-1)!;
    server = await startOne(folder, '1');
  }
  const { client, subscriber } = await follow();
  written!.push(await writer.revise());
  received!.push(...(await take(subscriber, written!.length - received!.length)).map(({ cursor }) => cursor));
  expect(received).toEqual(written);
  await client.close();
  await server.end('SIGTERM');
});

/** Some 200 KB of answer for each name. */
const large = (names: number) =>
  `{ __schema { types { fields { ${Array.from({ length: names }, (_, i) => `${`a${i}_`.padEnd(100, 'x')}: name`).join(' ')} } } } }`;
const ROOM = { RATE_LIMIT: '1000000000', MAX_ANSWER_BYTES: '30000000' };
const subscribe = (raw: RawSubscription, id: string, query: string) =>
  raw.socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));

it('a client that makes the server answer and does not read is closed with 4290, and nobody else', async () => {
  const server = await startTestServer({
    pingMs: 600_000,
    env: ROOM,
    limits: { waitingBytes: 10_000, cost: 10_000_000 },
  });
  const writer = await Writer.start(server);
  const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
  const client = await connect(server.url);
  const subscriber = client.subscribe(FOLLOW_COHORTS, variables);
  const slow = await subscribeRaw(server.url, FOLLOW_COHORTS, variables);
  slow.socket.pause();
  const closes = 'canbo_socket_closes_total{code="4290",by="server"}';
  for (let i = 0; (await figures(server.url))[closes] !== 1; i++) subscribe(slow, `a${i}`, large(5));
  const cursor = await writer.revise();
  expect((await take(subscriber, 1))[0]!.cursor).toBe(cursor);
  slow.socket.resume();
  expect((await slow.closed).code).toBe(4290);
  await client.close();
  await server.stop();
});

it('a message larger than may wait is sent, and what comes after it', async () => {
  const server = await startTestServer({
    pingMs: 600_000,
    env: ROOM,
    limits: { waitingBytes: 1_000, cost: 10_000_000 },
  });
  const raw = await openRaw(server.url, { authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
  raw.socket.pause();
  subscribe(raw, '1', large(60)); // more than the buffers of the system hold
  const { ledger } = server.running.services;
  await until(async () => (await health(server.url))[0] === 200 && ledger.bytes > 5_000_000);
  for (let i = 0; i < 5; i++) raw.socket.send('{"type":"ping"}');
  const answered = new Promise<void>((resolve) =>
    raw.socket.on(
      'message',
      () => raw.messages.filter(({ type }) => type === 'pong').length === 5 && resolve(),
    ),
  );
  raw.socket.resume();
  await Promise.race([answered, raw.closed.then(({ code }) => expect(code).toBeNull())]);
  expect(raw.received[0].data.__schema.types.length).toBeGreaterThan(100);
  raw.socket.close();
  await server.stop();
});
