// Server-sent events over a single connection: graphql-sse's client untouched, with more tiles than a browser has
// connections; resumed exactly; for the caller who reserved it, and within the same limits as other streams.
import { createClient } from 'graphql-sse';
import { Role } from '../../src/access/policy';
import { startProxy } from '../support/proxy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, Writer } from './stream';

let server: TestServer;
let authorization: string;
beforeAll(async () => {
  server = await startTestServer({ pingMs: 100 });
  authorization = `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`;
});
afterAll(() => server.stop());

const TOKEN = 'x-graphql-event-stream-token';
const send = (
  method: string,
  headers: Record<string, string> = {},
  search = '',
  body?: object,
  url = server.url,
) =>
  fetch(`${url}/graphql/stream${search}`, {
    method,
    headers: { authorization, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
async function reserve(url = server.url): Promise<string> {
  const response = await send('PUT', {}, '', undefined, url);
  expect(response.status).toBe(201);
  return response.text();
}
const open = (token: string, headers: Record<string, string> = {}, url = server.url) =>
  send('GET', { accept: 'text/event-stream', [TOKEN]: token, ...headers }, '', undefined, url);
const subscription = (operationId: string, variables: object = {}, query = FOLLOW_COHORTS) => ({
  query,
  variables,
  extensions: { operationId },
});

/** Reads a stream; what came between two blank lines. */
async function* read(response: Response): AsyncGenerator<string, void> {
  let rest = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + part).split('\n\n');
    rest = parts.pop()!;
    yield* parts;
  }
}
/** The next event, whatever ids come before it. */
async function nextEvent(
  stream: AsyncGenerator<string, void>,
): Promise<{ event: string; data: any; ids: boolean }> {
  for (;;) {
    const { value } = await stream.next();
    if (value === undefined) throw new Error('The stream has ended.');
    const event = /^event: (.*)$/m.exec(value)?.[1];
    if (event) return { event, data: JSON.parse(/^data: (.*)$/m.exec(value)![1]!), ids: /^id:/m.test(value) };
  }
}

it('seven tiles follow over one connection, each its own events', async () => {
  const proxy = await startProxy(server.url);
  const client = createClient({
    url: `${proxy.url}/graphql/stream`,
    singleConnection: true,
    headers: { authorization },
    retryAttempts: 0,
  });
  const writers = await Promise.all(Array.from({ length: 7 }, () => Writer.start(server)));
  const after = await logEnd(server);
  const tiles = writers.map(({ cohort }) =>
    client.iterate({ query: FOLLOW_COHORTS, variables: { after, filter: { cohortIds: [cohort.id] } } }),
  );
  for (const [i, writer] of writers.entries()) {
    const written = await writer.revise();
    const { value } = await tiles[i]!.next();
    expect(value).toMatchObject({ data: { cohortChanged: { cursor: written } } });
  }
  await tiles[0]!.return!();
  const written = await writers[1]!.revise(); // one that has ended is not in the way of the others
  expect((await tiles[1]!.next()).value).toMatchObject({ data: { cohortChanged: { cursor: written } } });
  client.dispose();
  await proxy.close();
});

it('an untouched client that keeps its cursor in the variables resumes exactly, cut off twenty times', async () => {
  const proxy = await startProxy(server.url);
  const client = createClient({
    url: `${proxy.url}/graphql/stream`,
    singleConnection: true,
    headers: { authorization },
    retryAttempts: 1_000,
    retry: () => Promise.resolve(),
  });
  const writer = await Writer.start(server);
  const variables = { after: await logEnd(server), filter: { cohortIds: [writer.cohort.id] } };
  const [received, written]: string[][] = [[], []];
  for await (const { data } of client.iterate<any>({ query: FOLLOW_COHORTS, variables: track(variables) })) {
    received!.push((variables.after = data.cohortChanged.cursor));
    if (received!.length % 3 === 0) proxy.cut();
    if (received!.length === written!.length) {
      if (written!.length >= 60) break;
      await next();
    }
  }
  expect(received).toEqual(written);
  client.dispose();
  await proxy.close();

  async function next(): Promise<void> {
    written!.push(...(await writer.reviseTimes(2)));
  }
  /** The first events are written once the client asks. */
  function track<T>(given: T): T {
    void next();
    return given;
  }
});

describe('a subscription of it', () => {
  it('is accepted with 202, told by its operationId, resumed by Last-Event-ID, and ended by DELETE', async () => {
    const writer = await Writer.start(server);
    const [first, second] = await writer.reviseTimes(2);
    const token = await reserve();
    const response = await open(token);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    const stream = read(response);
    const filter = { cohortIds: [writer.cohort.id] };
    const headers = { [TOKEN]: token };
    expect(
      (await send('POST', { ...headers, 'last-event-id': first! }, '', subscription('a', { filter }))).status,
    ).toBe(202);
    const told = await nextEvent(stream);
    expect(told).toMatchObject({
      event: 'next',
      data: { id: 'a', payload: { data: { cohortChanged: { cursor: second } } } },
      ids: false, // it would be that of one of several subscriptions
    });
    expect((await send('POST', headers, '', subscription('a', { filter }))).status).toBe(409);
    expect((await send('DELETE', headers, '?operationId=a')).status).toBe(200);
    expect((await nextEvent(stream)).event).toBe('complete');
    expect((await send('POST', headers, '', subscription('a', { after: second, filter }))).status).toBe(202);
    const third = await writer.revise();
    expect((await nextEvent(stream)).data.payload.data.cohortChanged.cursor).toBe(third);
    await response.body!.cancel().catch(() => stream.return());
  });

  it('with a cursor of another log is told so in the stream', async () => {
    const token = await reserve();
    const stream = read(await open(token));
    const after = Buffer.from('elsewhere.3').toString('base64url');
    expect(
      (await send('POST', { [TOKEN]: token, 'last-event-id': after }, '', subscription('a'))).status,
    ).toBe(202);
    const told = await nextEvent(stream);
    expect(told.data).toMatchObject({
      id: 'a',
      payload: { errors: [{ extensions: { code: 'CURSOR_INVALID' } }] },
    });
    expect(await nextEvent(stream)).toMatchObject({ event: 'complete', data: { id: 'a' } });
    await stream.return();
  });

  it.each<[string, number, object]>([
    ['that is a query', 400, { query: '{ about { version } }', extensions: { operationId: 'a' } }],
    ['that is wrong', 400, { query: 'subscription { nothing }', extensions: { operationId: 'a' } }],
    ['without an operationId', 400, { query: FOLLOW_COHORTS }],
  ])('%s is refused with %i, and its id is free', async (_what, status, body) => {
    const token = await reserve();
    const stream = read(await open(token));
    expect((await send('POST', { [TOKEN]: token }, '', body)).status).toBe(status);
    expect((await send('POST', { [TOKEN]: token }, '', subscription('a'))).status).toBe(202);
    await stream.return();
  });
});

describe('a reservation', () => {
  it('is for one stream', async () => {
    const token = await reserve();
    const stream = read(await open(token));
    expect((await open(token)).status).toBe(409);
    await stream.return();
  });

  it('lets EventSource in, which cannot send who it is, and nobody else', async () => {
    const other = `Bearer ${await tokenFor(Role.VIEWER)}`;
    const token = await reserve();
    expect((await open(token, { authorization: other })).status).toBe(403);
    const response = await fetch(`${server.url}/graphql/stream?token=${token}`, {
      headers: { accept: 'text/event-stream' },
    });
    expect(response.status).toBe(200);
    expect((await send('POST', { [TOKEN]: token, authorization: other }, '', subscription('a'))).status).toBe(
      403,
    );
    expect((await send('DELETE', { [TOKEN]: token, authorization: other }, '?operationId=a')).status).toBe(
      403,
    );
    await response.body!.cancel();
  });

  it('that nobody has is refused, and so are pages of other origins', async () => {
    expect((await open('nothing')).status).toBe(404);
    expect((await send('POST', { [TOKEN]: 'nothing' }, '', subscription('a'))).status).toBe(404);
    expect((await send('PUT', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await send('PUT', { authorization: 'Bearer a.b.c' })).status).toBe(401);
  });

  it('counts, and so do the subscriptions of its stream', async () => {
    const own = await startTestServer({ limits: { socketsPerCaller: 1, operationsPerSocket: 2 } });
    const token = await reserve(own.url);
    expect((await send('PUT', {}, '', undefined, own.url)).status).toBe(429);
    const stream = read(await open(token, {}, own.url));
    const start = (id: string) => send('POST', { [TOKEN]: token }, '', subscription(id), own.url);
    for (const id of ['a', 'b']) expect((await start(id)).status).toBe(202);
    const refused = await start('c');
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { errors: [{ extensions: { limit: 'operationsPerSocket' } }] },
    ]);
    await stream.return();
    await own.stop();
  });

  it('that is not used is forgotten', async () => {
    const own = await startTestServer({ limits: { initMs: 50 } });
    const token = await reserve(own.url);
    let status = 0;
    while (status !== 404) {
      const asked = await send('POST', { [TOKEN]: token }, '', subscription('a'), own.url);
      status = asked.status;
      expect([404, 409]).toContain(status); // reserved, and not open
    }
    await own.stop();
  });
});
