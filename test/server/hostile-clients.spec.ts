// Clients that misbehave on purpose: what they leave behind on the heap, and what they make the server do unpaid.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Role } from '../../src/access/policy';
import type { Admission } from '../../src/operation/admission';
import { LargeTexts } from '../../src/server/large-texts';
import { Portions } from '../../src/server/portions';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, openRaw, type RawSubscription, Writer } from './stream';

const MEGABYTE = 1_048_576;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Megabytes that live on the heap. */
async function heapMb(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise(setImmediate);
    collect();
  }
  return process.memoryUsage().heapUsed / MEGABYTE;
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const send = ({ socket }: RawSubscription, message: object) => socket.send(JSON.stringify(message));
const asAdministrator = async () => ({ authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
const heard = async ({ socket, messages }: RawSubscription, enough: (all: any[]) => boolean) => {
  while (!enough(messages)) await once(socket, 'message');
};
/** Resolves when everything that was sent before was handled. */
async function caughtUp(raw: RawSubscription): Promise<void> {
  const id = randomUUID();
  send(raw, { id, type: 'subscribe', payload: { query: '{ latestCursor }' } });
  await heard(raw, (all) => all.some((each) => each.id === id && each.type === 'complete'));
}

it('a client that never answers pings keeps nothing of the subscriptions it has completed', async () => {
  const writer = await Writer.start(server);
  const after = await logEnd(server);
  await writer.revise();
  const cohortIds = [writer.cohort.id, ...Array(900).fill('cohort_01h455vb4pex5vsknk084sn02q')];
  const variables = { after, filter: { cohortIds } };
  const raw = await openRaw(server.url, await asAdministrator());
  const follow = async (count: number) => {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const id of ids) send(raw, { id, type: 'subscribe', payload: { query: FOLLOW_COHORTS, variables } });
    await heard(raw, (all) => all.filter(({ type }) => type === 'next').length >= count);
    for (const id of ids) send(raw, { id, type: 'complete' });
    await caughtUp(raw);
    raw.messages.length = 0;
    raw.received.length = 0;
  };
  await follow(5);
  const before = await heapMb();
  for (let i = 0; i < 2; i++) await follow(50);
  expect((await heapMb()) - before).toBeLessThan(5);
  raw.socket.terminate();
});

it('what a greeting says to have received is forgotten unless it can be a cursor', async () => {
  const authorization = await asAdministrator();
  const greet = async () => {
    const raw = await openRaw(server.url, { ...authorization, after: randomUUID().padEnd(30_000, 'a') });
    send(raw, { id: randomUUID(), type: 'subscribe', payload: { query: FOLLOW_COHORTS } });
    await heard(raw, (all) => all.some(({ type }) => type === 'ping'));
    raw.socket.terminate();
    await raw.closed;
  };
  for (let i = 0; i < 10; i++) await greet();
  const before = await heapMb();
  for (let i = 0; i < 150; i++) await greet();
  expect((await heapMb()) - before).toBeLessThan(2.5);
});

it('a pong that nobody asked for acknowledges nothing', async () => {
  const [followed, other] = [await Writer.start(server), await Writer.start(server)];
  const id = randomUUID();
  const raw = await openRaw(server.url, await asAdministrator());
  const filter = { cohortIds: [followed.cohort.id] };
  send(raw, { id, type: 'subscribe', payload: { query: FOLLOW_COHORTS, variables: { filter } } });
  await heard(raw, (all) => all.some(({ payload }) => payload?.received));
  const { payload } = raw.messages.find((each) => each.payload?.received);
  send(raw, { type: 'pong', payload });
  const cursor = await other.revise();
  send(raw, { type: 'pong', payload: { received: { [id]: cursor } } });
  await caughtUp(raw);
  raw.socket.terminate();
  const again = await openRaw(server.url, await asAdministrator());
  send(again, { id, type: 'subscribe', payload: { query: FOLLOW_COHORTS } });
  await heard(again, (all) => all.some(({ type }) => type === 'next'));
  expect(again.received[0].data.cohortChanged.cursor).toBe(cursor);
  again.socket.terminate();
});

it.each(['ping', 'pong', 'complete'])('a %s is short, and an operation may be long', async (type) => {
  const raw = await openRaw(server.url, await asAdministrator());
  const query = `{ latestCursor } #${' '.repeat(20_000)}`;
  send(raw, { id: 'a', type: 'subscribe', payload: { query } });
  await heard(raw, (all) => all.some(({ id }) => id === 'a'));
  expect(raw.received).toMatchObject([{ data: { latestCursor: expect.any(String) } }]);
  send(raw, { id: 'b', type, payload: { received: { a: 'a'.repeat(17_000) } } });
  expect(await raw.closed).toEqual({ code: 1009, reason: `A ${type} has at most 16384 bytes` });
});

const post = ({ url }: TestServer, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const codeOf = async (response: Response) => ((await response.json()) as any).errors[0].extensions.code;

describe('a large body', () => {
  const BROKEN = `{ "query": "${' '.repeat(20_000)}`;

  it('is not parsed for a token that is not valid', async () => {
    const refused = await post(server, BROKEN, { authorization: 'Bearer a.b.c' });
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('is charged for the time it takes to be parsed, whatever comes of it, and is not parsed on credit', async () => {
    const own = await startTestServer({ limits: { costPerMs: 1_000_000 }, env: { RATE_LIMIT: '15000' } });
    expect((await post(own, BROKEN)).status).toBe(400);
    const next = await post(own, BROKEN);
    expect([next.status, await codeOf(next)]).toEqual([429, 'RATE_LIMITED']);
    const raw = await openRaw(own.url);
    send(raw, { id: '1', type: 'subscribe', payload: { query: `{ latestCursor } #${'a'.repeat(20_000)}` } });
    expect((await raw.closed).code).toBe(1013);
    await own.stop();
  });
});

/** Counts turns of the event loop until told to stop. */
function countTurns(): { turn: () => number; stop: () => void } {
  let [turn, running] = [0, true];
  const next = () => {
    turn += 1;
    if (running) setImmediate(next);
  };
  setImmediate(next);
  return { turn: () => turn, stop: () => (running = false) };
}
const caller = (address: string) => ({ identity: null, locale: 'vi' as const, requestId: null, address });

it('large texts are parsed one in a turn of the event loop, callers by turns', async () => {
  const charged: string[] = [];
  const large = new LargeTexts({
    assertSolvent: () => undefined,
    settle: ({ address }) => void charged.push(address),
  } as Partial<Admission> as Admission);
  const { turn, stop } = countTurns();
  const done: string[] = [];
  const turns = new Set<number>();
  const parse = (address: string) =>
    large.parse(caller(address), () => {
      done.push(address);
      turns.add(turn());
    });
  await Promise.all(['one', 'one', 'one', 'other'].map(parse));
  stop();
  expect(done).toEqual(['one', 'one', 'other', 'one']);
  expect(charged).toEqual(done);
  expect(turns.size).toBe(4);
});

it('requests that arrive together are begun for a while in each turn, senders by turns', async () => {
  const portions = new Portions();
  const { turn, stop } = countTurns();
  const done: string[] = [];
  const turns = new Set<number>();
  expect(portions.isFree).toBe(true);
  const pieces = ['one', 'one', 'one', 'other'].map(
    (sender) =>
      new Promise<void>((resolve) =>
        portions.add(sender, () => {
          for (const end = performance.now() + 6; performance.now() < end;);
          done.push(sender);
          turns.add(turn());
          resolve();
        }),
      ),
  );
  expect(portions.isFree).toBe(false);
  await Promise.all(pieces);
  stop();
  expect(done).toEqual(['one', 'other', 'one', 'one']);
  expect(turns.size).toBe(4);
});

it('a content type of many kilobytes is refused unread', async () => {
  const query = encodeURIComponent('{ about { version } }');
  const ask = (type: string) =>
    fetch(`${server.url}/graphql?query=${query}`, {
      headers: { 'apollo-require-preflight': '1', 'content-type': type },
    });
  const refused = await ask(`application/json;a="${'\\"'.repeat(7_000)}`);
  expect(refused.status).toBe(415);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  expect((await ask('application/json; charset=utf-8')).status).toBe(200);
});
