// GraphQL over HTTP: the audit of graphql-http, status and type of answers, methods, malformed bodies.
import { once } from 'node:events';
import { type IncomingMessage, request as sendOn } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import WebSocket from 'ws';
import { serverAudits } from 'graphql-http';
import { Role } from '../../src/access/policy';
import { openRaw } from './stream';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd, newCode } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const BETTER = 'application/graphql-response+json';
const QUERY = '{ about { version } }';

interface Told {
  status: number;
  type: string;
  headers: Headers;
  text: string;
  body: any;
}
async function send(path: string, how: RequestInit = {}): Promise<Told> {
  const response = await fetch(`${server.url}${path}`, how);
  const text = await response.text();
  const { status, headers } = response;
  const type = headers.get('content-type') ?? '';
  return { status, type, headers, text, body: type.includes('json') && text ? JSON.parse(text) : null };
}
const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/graphql') =>
  send(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const ask = (query: string, headers: Record<string, string> = {}) => post(JSON.stringify({ query }), headers);

describe('the audit of graphql-http', () => {
  /** The released text wants the status of a failed request to be told to every client, and so do proxies. */
  const OTHERWISE = [
    'SHOULD use 200 status code on document parsing failure when accepting application/json',
    'SHOULD use 200 status code on document validation failure when accepting application/json',
    'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
  ];

  it.each(
    serverAudits({ url: () => `${server.url}/graphql`, fetchFn: auditing }).map(
      (each) => [each.name, each] as const,
    ),
  )('%s', async (name, audit) => {
    const result = await audit.fn();
    if (result.status !== 'ok') await result.response.text();
    expect(result.status === 'ok').toBe(!OTHERWISE.includes(name));
  });

  /** It asks by GET without what proves that no other page does. */
  function auditing(url: string, init?: RequestInit): Promise<Response> {
    return fetch(url, { ...init, headers: { 'apollo-require-preflight': '1', ...init?.headers } });
  }
});

describe('an answer with data and errors', () => {
  const PARTIAL = '{ about { version } unit(code: "79", id: "79") { id } }';
  const FAILED = `mutation { addTopic(input: { code: "NEVER", name: "x" }) { cursor } }`;

  it.each([PARTIAL, FAILED])(
    'has the status of a partial success where the type says what it is: %s',
    async (query) => {
      const told = await ask(query, { accept: BETTER });
      expect(told.body).toMatchObject({ data: query === FAILED ? null : { unit: null }, errors: [{}] });
      expect([told.status, told.type]).toEqual([294, `${BETTER}; charset=utf-8`]);
    },
  );

  it.each([PARTIAL, FAILED])('has status 200 as plain JSON: %s', async (query) => {
    const told = await ask(query, { accept: 'application/json' });
    expect([told.status, told.type]).toEqual([200, 'application/json; charset=utf-8']);
    expect('data' in told.body).toBe(true);
  });

  it('of which nothing failed has status 200 in both', async () => {
    for (const accept of [BETTER, 'application/json'])
      expect((await ask(QUERY, { accept })).status).toBe(200);
  });
});

describe('the type of an answer', () => {
  it.each([
    ['application/json;q=0.5, application/graphql-response+json', BETTER],
    ['application/graphql-response+json;q=0.1, application/json', 'application/json'],
    ['application/graphql-response+json, application/json;q=0.9', BETTER],
    ['text/html;q=1, */*;q=0.1', 'application/json'],
    ['application/graphql-response+json;q=0, application/*', 'application/json'],
    ['text/event-stream, application/json;q=0.2', 'application/json'],
    ['APPLICATION/GRAPHQL-RESPONSE+JSON', BETTER],
  ])('for %s is %s', async (accept, type) => {
    expect((await ask(QUERY, { accept })).type).toBe(`${type}; charset=utf-8`);
  });

  it.each(['text/html', 'application/xml', 'application/json;q=0', 'image/*'])(
    'is none for %s, and nothing is done',
    async (accept) => {
      const end = await logEnd(server);
      const authorization = `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`;
      const query = `mutation { addTopic(input: { code: "${newCode()}", name: "x" }) { cursor } }`;
      const told = await ask(query, { accept, authorization });
      expect([told.status, told.body.errors[0].message]).toEqual([
        406,
        expect.stringContaining('application/json'),
      ]);
      expect(await logEnd(server)).toBe(end);
    },
  );

  it('is told to caches, with what else an answer depends on', async () => {
    const { headers } = await ask(QUERY, { origin: 'http://localhost:5173' });
    for (const name of ['Accept', 'Accept-Language', 'Authorization', 'Origin']) {
      expect(headers.get('vary')!.split(', ')).toContain(name);
    }
  });
});

describe('a body', () => {
  it.each<[string, string | Buffer, number, Record<string, string>?]>([
    ['that is cut off', '{', 400],
    ['that is empty', '', 400],
    ['that is a list', '[]', 400],
    ['that is a text', '"x"', 400],
    ['that is null', 'null', 400],
    ['whose query is a number', '{"query":1}', 400],
    ['whose query is misspelt', '{"qeury":"{ __typename }"}', 400],
    ['whose variables are a list', '{"query":"{ __typename }","variables":[7]}', 400],
    ['whose extensions are a text', '{"query":"{ __typename }","extensions":"x"}', 400],
    [
      'in UTF-16',
      Buffer.from('{"query":"{ __typename }"}', 'utf16le'),
      415,
      { 'content-type': 'application/json; charset=utf-16' },
    ],
    [
      'in Latin-1',
      '{"query":"{ __typename }"}',
      415,
      { 'content-type': 'application/json; charset="iso-8859-1"' },
    ],
    ['with bytes that are no UTF-8', Buffer.from('{"query":"{ __typename } # \xe9"}', 'latin1'), 400],
    ['that is compressed', gzipSync('{"query":"{ __typename }"}'), 415, { 'content-encoding': 'gzip' }],
    [
      'that is half of a compressed one',
      gzipSync('{"query":"{ __typename }"}').subarray(0, 20),
      415,
      { 'content-encoding': 'gzip' },
    ],
    ['in two encodings', '{"query":"{ __typename }"}', 415, { 'content-encoding': 'identity, br' }],
    ['of one byte too many', `{"query":"${' '.repeat(1_048_577 - 12)}"}`, 413],
    ['of another type', '{"query":"{ __typename }"}', 415, { 'content-type': 'application/graphql' }],
  ])('%s is refused as the caller’s mistake', async (_what, body, status, headers = {}) => {
    const told = await post(body, headers);
    expect(told.status).toBe(status);
    expect(told.body.errors).toEqual([
      {
        message: expect.stringMatching(/\w/),
        extensions: expect.objectContaining({ code: expect.any(String) }),
      },
    ]);
    expect(told.body.errors[0].extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  });

  it('without a type is refused', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': '' },
      body: JSON.stringify({ query: QUERY }),
    });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('Content-Type: application/json');
  });

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'of type %s is read',
    async (type) =>
      expect((await post(JSON.stringify({ query: QUERY }), { 'content-type': type })).status).toBe(200),
  );

  it('after a byte order mark, with unknown keys and with a key twice is read', async () => {
    const sent = `\uFEFF{"query":"{ nothing }","id":"x","query":"${QUERY}","variables":null,"extensions":null}`;
    expect((await post(sent)).status).toBe(200);
  });

  it('that is not compressed may say so', async () => {
    expect((await post(JSON.stringify({ query: QUERY }), { 'content-encoding': 'identity' })).status).toBe(
      200,
    );
  });
});

describe('a method', () => {
  it.each([
    ['PUT', '/graphql', 'GET, HEAD, POST, OPTIONS'],
    ['DELETE', '/graphql', 'GET, HEAD, POST, OPTIONS'],
    ['PATCH', '/graphql/', 'GET, HEAD, POST, OPTIONS'],
    ['POST', '/health/live', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/metrics', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/graphql/stream', expect.stringContaining('POST')],
  ])('%s of %s is refused with those that are served', async (method, path, allowed) => {
    const told = await send(path, { method });
    expect([told.status, told.headers.get('allow')]).toEqual([405, allowed]);
    expect(told.body.errors[0].message).toContain(method);
  });

  it('HEAD is answered as GET, without a body', async () => {
    const path = `/graphql?query=${encodeURIComponent(QUERY)}`;
    const headers = { 'apollo-require-preflight': '1' };
    const got = await send(path, { headers });
    const head = await send(path, { method: 'HEAD', headers });
    expect([head.status, head.type, head.text]).toEqual([200, got.type, '']);
    expect((await send(path, { method: 'HEAD' })).status).toBe(400); // another page could send it, too
  });

  it('GET does not execute a mutation', async () => {
    const query = 'mutation { addTopic(input: { code: "NEVER", name: "x" }) { cursor } }';
    const told = await send(`/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect([told.status, told.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is of no interest where nothing is', async () => {
    expect((await send('/elsewhere', { method: 'PUT' })).status).toBe(404);
  });
});

it('the address may end with a slash, over HTTP and for sockets', async () => {
  expect((await post(JSON.stringify({ query: QUERY }), {}, '/graphql/')).status).toBe(200);
  const { hostname, port } = new URL(server.url);
  const status = await new Promise<number>((resolve) => {
    const asking = sendOn({
      hostname,
      port,
      path: '/graphql/',
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        'sec-websocket-protocol': 'graphql-transport-ws',
      },
    });
    asking.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode!);
    });
    asking.on('response', (response) => resolve(response.statusCode!));
    asking.end();
  });
  expect(status).toBe(101);
});

describe('a subscription where queries are served', () => {
  const SUBSCRIPTION = 'subscription { trainingStatisticsChanged { cohorts } }';

  it.each(['application/json', 'text/event-stream'])(
    'is told where to go instead, asked for %s',
    async (accept) => {
      const told = await ask(SUBSCRIPTION, { accept });
      expect([400, 406]).toContain(told.status);
      expect(told.body.errors[0].message).toContain('/graphql/stream');
    },
  );

  it('is told of sockets, too', async () => {
    expect((await ask(SUBSCRIPTION)).body.errors[0].message).toContain('graphql-transport-ws');
  });
});

describe('a token', () => {
  it.each([
    ['Bearer abc', 'no JWT'],
    ['Bearer a.b.c.d', 'no JWT'],
    ['abc', 'Authorization: Bearer'],
    ['Bearer', 'Authorization: Bearer'],
  ])('"%s" is refused with what is wrong with it', async (authorization, why) => {
    const told = await ask(QUERY, { authorization });
    expect([told.status, told.body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(told.body.errors[0].message).toContain(why);
  });

  it.each<[string, object, string]>([
    ['token', { token: 'eyJhbGciOiJIUzI1NiJ9.e30.x' }, '"token"'],
    ['authToken', { authToken: 'secret' }, '"authToken"'],
    ['a header of Hasura', { headers: { Authorization: 'Bearer a.b.c' } }, '"headers.Authorization"'],
    ['a key of no meaning', { credentials: 'Bearer a.b.c' }, '"credentials"'],
  ])('in connectionParams under %s closes the socket with what is wrong', async (_what, params, key) => {
    const { code, reason } = await closeOf(params);
    expect(code).toBe(4400);
    expect(reason).toContain(key);
    expect(reason).toContain('connectionParams.authorization');
  });

  it('in its place is not in the way of other keys', async () => {
    const authorization = `Bearer ${await tokenFor(Role.VIEWER)}`;
    for (const params of [
      { authorization, token: 'mine' },
      { acceptLanguage: 'vi', client: 'dash 1.0.2' },
      { clientVersion: '1.2.3', host: 'dash.city.example', csrfToken: 'x' },
    ]) {
      (await openRaw(server.url, params)).socket.close();
    }
  });

  /** How the server closes a socket at connection_init. */
  function closeOf(params: object): Promise<{ code: number; reason: string }> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: params })));
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }
});

it('each answer names itself, as an internal error and the log do', async () => {
  const [first, second] = [await ask(QUERY), await ask('{')];
  for (const { headers } of [first, second]) expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(first.headers.get('x-request-id')).not.toBe(second.headers.get('x-request-id'));
});

const inOurForm = (message: string) => ({
  errors: [{ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } }],
});

it('an address that cannot be read is refused in the form of all errors', async () => {
  const { status, body } = await send('/%');
  expect([status, body]).toEqual([400, inOurForm('percent sign')]);
});

it('an expectation that is not met is refused in the form of all errors', async () => {
  const { port } = new URL(server.url);
  const asking = sendOn({ port, path: '/graphql', method: 'POST', headers: { expect: 'foo' } }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  expect([response.statusCode, JSON.parse(await readAll(response))]).toEqual([417, inOurForm('Expect')]);
});

it('a key that is not read is named', async () => {
  const { status, body } = await post('{ "query": "{ latestCursor }", "variables": { "__proto__": 1 } }');
  expect([status, body]).toEqual([400, inOurForm('"__proto__"')]);
});
