// Server-sent events: each event once, in order, resumed by its id, and only for callers who may have it.
import { createClient } from 'graphql-sse';
import pino from 'pino';
import { Role } from '../../src/access/policy';
import { connect } from '../support/live';
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
  tokenFor,
  tokenOf,
} from '../support/server';
import { openStream, type Stream, type StreamRequest } from '../support/sse';
import { logEnd, must, newCode } from '../support/world';
import { FOLLOW_COHORTS, Writer } from './stream';

let server: TestServer;
// No ping comes to the help of what must happen at once.
beforeAll(async () => (server = await startTestServer({ pingMs: 3_600_000 })));
afterAll(() => server.stop());

/** Runs the work on a server of its own. */
async function on(options: TestServerOptions, work: (own: TestServer) => Promise<void>): Promise<void> {
  const own = await startTestServer(options);
  try {
    await work(own);
  } finally {
    await own.stop();
  }
}

const FIGURES = 'subscription { trainingStatisticsChanged { cohorts } }';
const follow = (after: string | null, more: Partial<StreamRequest> = {}, to = server) =>
  openStream(to.url, { query: FOLLOW_COHORTS, variables: { after }, ...more });

/** The ids of the next so many events, each the cursor that the event itself tells. */
async function ids(stream: Stream, count: number): Promise<string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const sent = (await stream.nextEvent())!;
    expect(sent).toMatchObject({ event: 'next', id: sent.data.data.cohortChanged.cursor });
    told.push(sent.id!);
  }
  return told;
}

const codeOf = (body: any) => body.errors[0].extensions.code as string;

describe('Last-Event-ID', () => {
  it('resumes exactly, however often the stream is cut off', async () => {
    const writer = await Writer.start(server);
    const variables = { after: await logEnd(server), filter: { cohortIds: [writer.cohort.id] } };
    const written = await writer.reviseTimes(30);
    const received: string[] = [];
    let lastEventId: string | undefined;
    for (const count of [1, 2, 3, 1, 5, 8]) {
      const stream = await openStream(server.url, { query: FOLLOW_COHORTS, variables, lastEventId });
      received.push(...(await ids(stream, count)));
      lastEventId = received.at(-1);
      stream.cut();
      if (count === 3) written.push(...(await writer.reviseTimes(5)));
    }
    const last = await openStream(server.url, { query: FOLLOW_COHORTS, variables, lastEventId });
    received.push(...(await ids(last, written.length - received.length)));
    expect(received).toEqual(written);
    const next = await writer.revise(); // what comes next is news, and nothing stands before it
    expect(await ids(last, 1)).toEqual([next]);
    last.cut();
  });

  it.each([
    ['a variable of another name', 'subscription ($x: EventCursor) { cohortChanged(after: $x) { cursor } }'],
    ['a literal', 'subscription { cohortChanged(after: "CURSOR") { cursor } }'],
    ['no argument at all', 'subscription { cohortChanged { cursor } }'],
    ['an alias', 'subscription { c: cohortChanged(after: null) { cursor } }'],
    [
      'fragments, twice',
      `subscription ($x: EventCursor) { ...F ...F ... on Subscription { cohortChanged(after: $x) { cursor } } }
      fragment F on Subscription { cohortChanged(after: $x) { kind } }`,
    ],
  ])('counts for more than an `after` given by %s', async (_what, query) => {
    const start = await logEnd(server);
    const writer = await Writer.start(server);
    const [first, ...rest] = await writer.reviseTimes(3);
    const document = query.replace('CURSOR', start);
    const stream = await openStream(server.url, {
      query: document,
      variables: { x: start },
      lastEventId: first,
    });
    for (const expected of rest) {
      const sent = (await stream.nextEvent())!;
      expect([sent.id, Object.values<any>(sent.data.data)[0].cursor]).toEqual([expected, expected]);
    }
    stream.cut();
  });

  it('is nothing to figures, which are told anew', async () => {
    const lastEventId = await logEnd(server);
    const stream = await openStream(server.url, { query: FIGURES, lastEventId });
    const sent = (await stream.nextEvent())!;
    expect(sent).toEqual({ event: 'next', data: expect.objectContaining({ data: expect.anything() }) });
    stream.cut();
  });

  it('of no cursor, or of another database, is told in the stream, where a page can hear it', async () => {
    for (const lastEventId of ['rubbish', Buffer.from('elsewhere.3').toString('base64url')]) {
      const stream = await follow(null, { lastEventId });
      expect(stream.status).toBe(200);
      const sent = (await stream.nextEvent())!;
      expect([sent.id, codeOf(sent.data)]).toEqual([undefined, 'CURSOR_INVALID']);
      expect(await stream.nextEvent()).toMatchObject({ event: 'complete' });
      expect(await stream.nextEvent()).toBeNull();
    }
  });
});

it('the stream sends its cursor before the first event, so that a client cut off at once can resume', async () => {
  const after = await logEnd(server);
  const [resuming, starting] = [await follow(after), await follow(null)];
  expect([await resuming.next(), await starting.next()]).toEqual([{ id: after }, { id: after }]);
  resuming.cut();
  starting.cut();
});

it('the stream sends ids without events while a filter matches nothing, and resuming from them loses nothing', () =>
  on({ pingMs: 20 }, async (own) => {
    const [quiet, busy] = [await Writer.start(own), await Writer.start(own)];
    const variables = { filter: { cohortIds: [quiet.cohort.id] }, after: await logEnd(own) };
    const stream = await openStream(own.url, { query: FOLLOW_COHORTS, variables });
    const written = (await busy.reviseTimes(20)).at(-1)!;
    let sent = await stream.next();
    while (sent!.id !== written) {
      expect(sent).toEqual({ id: expect.any(String) });
      sent = await stream.next();
    }
    stream.cut();
    const missed = await quiet.revise();
    const again = await openStream(own.url, { query: FOLLOW_COHORTS, variables, lastEventId: written });
    expect(await ids(again, 1)).toEqual([missed]);
    again.cut();
  }));

it('an id sent after an event is never before that event', () =>
  on({ pingMs: 1 }, async (own) => {
    const writer = await Writer.start(own);
    const after = await logEnd(own);
    const written = await writer.reviseTimes(100);
    const stream = await follow(after, {}, own);
    const order = [after, ...written];
    let reached = 0;
    while (reached < written.length) {
      const { id } = (await stream.next())!;
      expect(order.indexOf(id!)).toBeGreaterThanOrEqual(reached);
      reached = order.indexOf(id!);
    }
    stream.cut();
  }));

it('is read by the client of graphql-sse, over GET and POST alike', async () => {
  const token = await tokenFor(Role.ADMINISTRATOR);
  const writer = await Writer.start(server);
  const after = await logEnd(server);
  const written = await writer.revise();
  const client = createClient({
    url: `${server.url}/graphql/stream`,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  const events = client.iterate({ query: FOLLOW_COHORTS, variables: { after } });
  const { value } = await events.next();
  expect(value).toMatchObject({ data: { cohortChanged: { cursor: written } } });
  await events.return!();
  client.dispose();
  const stream = await follow(after, { method: 'GET' });
  expect(await ids(stream, 1)).toEqual([written]);
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  });
  stream.cut();
});

describe('is refused', () => {
  const query = (text: string) => ({ query: text, variables: {} });
  it.each<[string, number, string, () => Partial<StreamRequest> | Promise<Partial<StreamRequest>>]>([
    ['a wrong token', 401, 'UNAUTHENTICATED', () => ({ token: 'a.b.c' })],
    [
      'an expired token',
      401,
      'UNAUTHENTICATED',
      async () => ({ token: await tokenFor(Role.VIEWER, 'x', '-1h') }),
    ],
    [
      'a token without a role',
      403,
      'FORBIDDEN',
      async () => ({ token: await tokenOf({ subject: newCode() }) }),
    ],
    ['a query', 400, 'BAD_USER_INPUT', () => query('{ about { version } }')],
    [
      'a mutation',
      400,
      'BAD_USER_INPUT',
      () => query('mutation { addPosition(input: { code: "NEVER", title: "x" }) { cursor } }'),
    ],
    ['a malformed document', 400, 'GRAPHQL_PARSE_FAILED', () => query('subscription {')],
    ['a field that is not there', 400, 'GRAPHQL_VALIDATION_FAILED', () => query('subscription { nothing }')],
    [
      'depth',
      400,
      'QUERY_TOO_COMPLEX',
      () => query(`subscription { ${'a { '.repeat(20)} b ${'} '.repeat(21)}`),
    ],
    ['no text at all', 400, 'BAD_USER_INPUT', () => ({ query: undefined as unknown as string })],
    ['variables that are none', 400, 'BAD_USER_INPUT', () => ({ variables: [] })],
    ['who asks for no stream', 406, 'BAD_USER_INPUT', () => ({ headers: { accept: 'application/json' } })],
    [
      'a page of another origin',
      403,
      'FORBIDDEN',
      () => ({ headers: { origin: 'https://elsewhere.example' } }),
    ],
    [
      'a form',
      415,
      'BAD_USER_INPUT',
      () => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
  ])('%s: status %i, %s', async (_what, status, code, how) => {
    const end = await logEnd(server);
    const stream = await follow(null, { idle: true, ...(await how()) });
    expect([stream.status, codeOf(await stream.body())]).toEqual([status, code]);
    expect(await logEnd(server)).toBe(end);
  });

  it('a stranger in production, and let in where strangers may read', async () => {
    await on({ env: { NODE_ENV: 'production' } }, async (own) => {
      const stream = await follow(null, { as: null, idle: true, method: 'GET' }, own);
      expect([stream.status, codeOf(await stream.body())]).toEqual([401, 'UNAUTHENTICATED']);
    });
    const stream = await openStream(server.url, { query: FIGURES, as: null, method: 'GET' });
    expect(await stream.nextEvent()).toMatchObject({ event: 'next' });
    stream.cut();
  });

  it('whoever has spent the budget, with when to come back', () =>
    on({ env: { RATE_LIMIT: '15000' } }, async (own) => {
      let refused: Stream | null = null;
      while (!refused) {
        const stream = await follow(null, { query: 'subscription { nothing }', idle: true }, own);
        if (stream.status === 429) refused = stream;
        else await stream.body();
      }
      expect(refused.headers['retry-after']).toMatch(/^\d+$/);
      expect(codeOf(await refused.body())).toBe('RATE_LIMITED');
    }));

  it('the stream too many, counted together with sockets, until one has closed', () =>
    on({ limits: { socketsPerCaller: 2 } }, async (own) => {
      const client = await connect(own.url);
      await client.subscribe(FIGURES).nextData();
      const stream = await openStream(own.url, { query: FIGURES });
      await stream.nextEvent();
      const refused = await openStream(own.url, { query: FIGURES, idle: true });
      expect([refused.status, codeOf(await refused.body())]).toEqual([429, 'RATE_LIMITED']);
      await client.close();
      let again = await openStream(own.url, { query: FIGURES, idle: true });
      while (again.status !== 200) {
        await again.body(); // the server may hear of the close a moment later
        again = await openStream(own.url, { query: FIGURES, idle: true });
      }
      stream.cut();
      again.cut();
    }));
});

describe('ends', () => {
  it('with FORBIDDEN when the role is revoked, without an event, and with no id to resume after', async () => {
    const subject = newCode('somebody-');
    const { grant } = await must(server, 'grantRole', { role: 'VIEWER', subject }, 'grant { id }');
    const token = await tokenOf({ subject });
    const after = await logEnd(server);
    const stream = await follow(after, { token });
    const writer = await Writer.start(server);
    await stream.nextEvent();
    await must(server, 'revokeRole', { grantId: grant.id }, 'cursor');
    const sent = (await stream.nextEvent())!;
    expect([sent.id, codeOf(sent.data)]).toEqual([undefined, 'FORBIDDEN']);
    await writer.revise();
    expect(await stream.nextEvent()).toMatchObject({ event: 'complete' });
    expect(await stream.nextEvent()).toBeNull();
  });

  it('when the token expires, so that the client comes back with a new one', async () => {
    const token = await tokenFor(Role.VIEWER, 'x', '2s');
    const stream = await follow(await logEnd(server), { token });
    const writer = await Writer.start(server);
    expect(await stream.nextEvent()).toMatchObject({ event: 'next' });
    expect(await stream.nextEvent()).toBeNull();
    await writer.revise();
  });

  it('for a client that does not read, which resumes without a loss', () => {
    let heard: (line: string) => void = () => undefined;
    let over = false;
    const gone = new Promise<string>((resolve) => (heard = resolve)).finally(() => (over = true));
    return on(
      { pingMs: 300, logger: pino({ level: 'warn' }, { write: (line) => heard(line) }) },
      async (own) => {
        // Events so large that some hundred of them fill whatever the connection can hold.
        const writer = await Writer.start(own, { name: 'Lớp '.repeat(60) });
        const copies = Array.from({ length: 90 }, (_, i) => `a${i}: cohort { name }`);
        const query = `subscription ($after: EventCursor) { cohortChanged(after: $after) { cursor ${copies.join(' ')} } }`;
        const after = await logEnd(own);
        const stream = await follow(after, { query, idle: true }, own);
        expect(stream.status).toBe(200);
        // The client's side learns nothing while it does not read: the operator does.
        const written: string[] = [];
        while (!over) written.push(...(await writer.reviseTimes(50)));
        expect(await gone).toContain('subscriber too slow, closing connection');
        const resumed = await follow(after, {}, own);
        expect(await ids(resumed, written.length)).toEqual(written);
        resumed.cut();
        stream.cut();
      },
    );
  });

  it('when the server stops, without `complete`, and the client goes on where it was', async () => {
    const own = await startTestServer();
    const writer = await Writer.start(own);
    const stream = await follow(await logEnd(own), {}, own);
    const written = await writer.revise();
    expect(await ids(stream, 1)).toEqual([written]);
    await own.stop();
    expect(await stream.nextEvent()).toBeNull();
  });
});
