// Isolation of subscribers: each test has one that fails and one that must not notice.
import { connect, type LiveClient } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, openRaw, subscribeRaw, take, type Told, Writer } from '../server/stream';

let server: TestServer;
let client: LiveClient;
beforeAll(async () => {
  server = await startTestServer({
    pingMs: 600_000, // a peer that reads nothing is not cut off by a ping
    limits: { aliases: 2_000, tokens: 10_000, waitingEvents: 50 }, // and events large enough to fill the buffers of the system
  });
  client = await connect(server.url);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

/** A writer, and a healthy subscriber to its cohort. */
async function healthy() {
  const writer = await Writer.start(server);
  const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
  return { writer, variables, subscriber: client.subscribe(FOLLOW_COHORTS, variables) };
}
const cursorsOf = (events: Told[]) => events.map(({ cursor }) => cursor);

it('an event that one selection cannot show is an error to that subscriber, at each event, and to nobody else', async () => {
  const { writer, variables, subscriber } = await healthy();
  const query = `subscription ($filter: CohortEventFilter, $after: EventCursor, $first: Int) {
    cohortChanged(filter: $filter, after: $after) { cursor cohort { enrolments(first: $first) { totalCount } } } }`;
  const failing = client.subscribe(query, { ...variables, first: 100_000 });
  const fine = client.subscribe(query, { ...variables, first: 1 });
  const written = await writer.reviseTimes(5);
  for (let i = 0; i < 5; i++) {
    const { data, errors } = await failing.next();
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { path: ['cohortChanged', 'cohort', 'enrolments'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  }
  expect(cursorsOf(await take(subscriber, 5))).toEqual(written);
  expect(cursorsOf(await take(fine, 5))).toEqual(written);
});

it.each([
  ['a malformed document', 'subscription {', {}, /Syntax Error/],
  ['an unknown field', 'subscription { cohortChanged { nothing } }', {}, /nothing/],
  [
    'a missing variable',
    'subscription ($after: EventCursor!) { cohortChanged(after: $after) { cursor } }',
    {},
    /after/,
  ],
  ['a wrong variable', FOLLOW_COHORTS, { filter: { kinds: ['DANCED'] } }, /DANCED/],
  ['an unknown id', FOLLOW_COHORTS, { filter: { cohortIds: ['x'] } }, /filter.cohortIds/],
  ['an unknown cursor', FOLLOW_COHORTS, { after: 'x' }, /cursor/],
  ['an empty document', '', {}, /Syntax Error/],
])(
  '%s ends one subscription, and none of the others on the same socket',
  async (_what, query, variables, message) => {
    const { writer, subscriber } = await healthy();
    const written = [await writer.revise()];
    const failing = client.subscribe(query, variables);
    const errors = await Promise.race([
      failing.next().then((result) => result.errors),
      failing.ended.then(
        () => failing.next().then((result) => result.errors),
        (refused) => refused,
      ),
    ]);
    expect(errors).toHaveLength(1);
    expect(errors[0].message).toMatch(message);
    expect(errors[0].extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
    written.push(await writer.revise());
    expect(cursorsOf(await take(subscriber, 2))).toEqual(written);
  },
);

it('sockets that break off in the middle of a stream take nobody with them', async () => {
  const { writer, variables, subscriber } = await healthy();
  const broken = await Promise.all(
    Array.from({ length: 10 }, () => subscribeRaw(server.url, FOLLOW_COHORTS, variables)),
  );
  const written = await writer.reviseTimes(20);
  for (const { socket } of broken) socket.once('message', () => socket.terminate());
  for (let i = 0; i < 2; i++) written.push(...(await writer.reviseTimes(20)));
  for (const { closed } of broken) expect((await closed).code).toBe(1006);
  expect(cursorsOf(await take(subscriber, written.length))).toEqual(written);
});

it('clients that stop in the middle of a replay can ask for more over the same socket', async () => {
  const { writer, variables } = await healthy();
  const written = await writer.reviseTimes(30);
  for (let i = 0; i < 10; i++) {
    const stopped = client.subscribe(FOLLOW_COHORTS, variables);
    expect(cursorsOf(await take(stopped, i + 1))).toEqual(written.slice(0, i + 1));
    stopped.stop();
  }
  const whole = client.subscribe(FOLLOW_COHORTS, variables);
  expect(cursorsOf(await take(whole, 30))).toEqual(written);
  whole.stop();
});

it('a subscriber that does not read is closed with 4290 and resumes; another one receives everything', async () => {
  const { writer, variables, subscriber } = await healthy();
  // Some 100 kB an event, so that the buffers of the system fill up soon and those of the server after them.
  const bulk = Array.from({ length: 900 }, (_, i) => `p${i}: id`).join(' ');
  const query = FOLLOW_COHORTS.replace('{ code }', `{ code programme { ${bulk} } hostUnit { ${bulk} } }`);
  const slow = await subscribeRaw(server.url, query, variables);
  const first = await writer.revise();
  await new Promise((resolve) => slow.socket.once('message', resolve));
  slow.socket.pause();
  const written = [first];
  for (let i = 0; i < 6; i++) {
    const some = await writer.reviseTimes(49);
    written.push(...some);
    const due = i === 0 ? 50 : 49; // the first one, too; a healthy subscriber must not fall behind a busy machine
    expect(cursorsOf(await take(subscriber, due))).toEqual(written.slice(-due));
  }
  slow.socket.resume();
  expect(await slow.closed).toEqual({ code: 4290, reason: 'Too slow: resume from your last cursor' });
  const received: string[] = slow.received.map(({ data }) => data.cohortChanged.cursor);
  expect(received.length).toBeLessThan(written.length);
  expect(received).toEqual(written.slice(0, received.length));
  const again = await connect(server.url);
  const resumed = again.subscribe(FOLLOW_COHORTS, { ...variables, after: received.at(-1) });
  const rest = written.slice(received.length);
  expect(cursorsOf(await take(resumed, rest.length))).toEqual(rest);
  await again.close();
});

it('a client that opens a socket and says nothing more costs the others nothing', async () => {
  const silent = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.url)));
  const { writer, subscriber } = await healthy();
  const written = await writer.reviseTimes(3);
  expect(cursorsOf(await take(subscriber, 3))).toEqual(written);
  for (const { socket } of silent) socket.terminate();
});
