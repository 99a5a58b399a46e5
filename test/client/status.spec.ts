// Status of canbo-client as an observable: what it says from the first connection to the last, over real sockets.
import WebSocket from 'ws';
import { createCanboClient, type Status } from '../../client/src/index';
import { Watched } from '../../client/src/status';
import { Role } from '../../src/access/policy';
import { FOLLOW_COHORTS, Writer } from '../server/stream';
import { type Proxy, startProxy } from '../support/proxy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd } from '../support/world';

let server: TestServer;
let proxy: Proxy;
beforeAll(async () => {
  server = await startTestServer({ pingMs: 1_000 });
  proxy = await startProxy(server.url);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

/** A client, all it said of its status, and how to wait for a state. */
function watched(token: string | (() => string)) {
  const canbo = createCanboClient({
    url: `${proxy.url.replace('http', 'ws')}/graphql`,
    token,
    webSocketImpl: WebSocket,
    delays: { firstMs: 5, longestMs: 20 },
  });
  const said: Status[] = [];
  canbo.status.subscribe((status) => said.push(status));
  const reached = (state: Status['state']) =>
    new Promise<Status>((resolve) => {
      const stop = canbo.status.subscribe((status) => {
        if (status.state === state) queueMicrotask(() => (stop(), resolve(status)));
      });
    });
  return { canbo, said, reached };
}

test('goes from idle over live, reconnecting and caught up with what was missed, to live again', async () => {
  const writer = await Writer.start(server);
  const { canbo, said, reached } = watched(await tokenFor(Role.ADMINISTRATOR));
  let heard = 0;
  let wake: () => void = () => undefined;
  const onEvent = () => {
    heard += 1;
    wake();
  };
  const variables = { filter: { cohortIds: [writer.cohort.id] } };
  // "live" says that the socket is open; from this place on, no event is before the subscription.
  const after = await logEnd(server);
  const following = canbo.subscribe(FOLLOW_COHORTS, variables, { onEvent, after });
  const until = async (count: number) => {
    while (heard < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  await reached('live');
  await writer.revise();
  await until(1);
  const before = new Date();
  const reconnecting = reached('reconnecting');
  const target = proxy.target;
  proxy.target = 'http://127.0.0.1:1'; // nothing listens there
  proxy.cut();
  const { since } = (await reconnecting) as { since: Date };
  expect(since.getTime()).toBeGreaterThanOrEqual(before.getTime());
  await writer.reviseTimes(3);
  proxy.target = target;
  await until(4);
  await reached('live');
  const states = said.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
  expect(states).toEqual(['idle', 'connecting', 'live', 'reconnecting', 'caught up', 'live']);
  expect(said).toContainEqual({ state: 'caught up', events: 3 });
  await following.stop();
  await reached('idle');
});

test('says why it is refused, and stays so', async () => {
  const writer = await Writer.start(server);
  const { canbo, reached } = watched('no.token.at-all');
  const variables = { filter: { cohortIds: [writer.cohort.id] } };
  canbo.subscribe(FOLLOW_COHORTS, variables, { onEvent: () => undefined, onError: () => undefined });
  expect(await reached('refused')).toMatchObject({ why: expect.stringMatching(/\S/) });
  expect(canbo.status.current.state).toBe('refused');
});

test('stays live for the query that waits when the last subscription is stopped, and is idle after it', async () => {
  const { canbo, said, reached } = watched(await tokenFor(Role.ADMINISTRATOR));
  const onEvent = () => undefined;
  const following = canbo.subscribe(FOLLOW_COHORTS, {}, { onEvent, after: await logEnd(server) });
  await reached('live');
  const asked = canbo.query<{ latestCursor: string }>('{ latestCursor }', {});
  await following.stop();
  expect(canbo.status.current).toEqual({ state: 'live' });
  expect(await asked).toEqual({ latestCursor: expect.any(String) });
  await reached('idle');
  expect(said.map(({ state }) => state)).toEqual(['idle', 'connecting', 'live', 'idle']);
});

test('tells each listener the current value and each later one, until it ends that', () => {
  const status = new Watched<number>(1);
  const [first, second]: [number[], number[]] = [[], []];
  const listener = (value: number) => void first.push(value);
  const stop = status.subscribe(listener);
  const again = status.subscribe(listener); // the same function twice is two listeners
  status.subscribe((value) => {
    if (value === 3) again();
    second.push(value);
  });
  status.set(2);
  stop();
  status.set(3);
  status.set(4);
  expect([first, second]).toEqual([
    [1, 1, 2, 2, 3],
    [1, 2, 3, 4],
  ]);
});
