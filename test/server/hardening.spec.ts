// Security of the HTTP server: what a stranger, a browser or a careless operator cannot find out or break.
import { createHash } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import WebSocket from 'ws';
import { ConfigError } from '../../src/config/config-error';
import { openRaw } from './stream';
import { configFor, SECRET, startTestServer, type TestServer } from '../support/server';
import { TRANSPORTS } from '../support/transports';

const ORIGIN = 'https://dashboard.example';
const PRODUCTION = { NODE_ENV: 'production', CORS_ORIGINS: `https://other.example, ${ORIGIN}` };

let development: TestServer;
let production: TestServer;
beforeAll(async () => {
  development = await startTestServer();
  production = await startTestServer({ env: PRODUCTION });
});
afterAll(async () => {
  await development.stop();
  await production.stop();
});

const page = (server: TestServer, path: string) =>
  fetch(`${server.url}${path}`, { headers: { accept: 'text/html' }, redirect: 'manual' });
const post = (server: TestServer, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const codesIn = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors.map(
    ({ extensions }) => extensions.code,
  );

describe('a request that another page could forge', () => {
  it('is refused as a form, a text and a plain GET', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const response = await post(development, { query: '{ latestCursor }' }, { 'content-type': type });
      expect([400, 415]).toContain(response.status);
    }
    const forged = await fetch(`${development.url}/graphql?query=${encodeURIComponent('{ latestCursor }')}`);
    expect(forged.status).toBe(400);
    expect(await forged.text()).toContain('CSRF');
  });

  it('is answered when it carries what a foreign page may not send', async () => {
    const url = `${development.url}/graphql?query=${encodeURIComponent('{ latestCursor }')}`;
    expect((await fetch(url, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(200);
  });
});

describe('several operations in one message', () => {
  it('are refused over HTTP', async () => {
    const response = await post(development, [{ query: '{ latestCursor }' }, { query: '{ latestCursor }' }]);
    expect(response.status).toBe(400);
    expect(await codesIn(response)).toEqual(['BAD_REQUEST']);
  });

  it('close a WebSocket', async () => {
    const raw = await openRaw(development.url);
    const one = { id: '1', type: 'subscribe', payload: { query: '{ latestCursor }' } };
    raw.socket.send(JSON.stringify([one, { ...one, id: '2' }]));
    expect((await raw.closed).code).toBe(4400);
    expect(raw.received).toEqual([]);
  });
});

it('automatic persisted queries are not stored', async () => {
  const query = '{ latestCursor }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  for (const body of [{ query, extensions }, { extensions }]) {
    expect(await codesIn(await post(development, body))).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED']);
  }
});

describe('the playground', () => {
  it('is served outside production, and not there', async () => {
    expect((await page(development, '/graphql')).status).toBe(200);
    expect((await page(development, '/')).status).toBe(302);
    for (const path of ['/graphql', '/', '/playground/index.html']) {
      const refused = await page(production, path);
      expect(refused.status).toBe(404);
      expect(await refused.json()).toEqual({
        errors: [{ message: expect.stringContaining('There is no'), extensions: { code: 'BAD_USER_INPUT' } }],
      });
    }
  });

  it('is off and on as the operator says', async () => {
    const off = await startTestServer({ env: { PLAYGROUND: 'off' } });
    expect((await page(off, '/graphql')).status).toBe(404);
    await off.stop();
    const switchedOn = await startTestServer({ env: { ...PRODUCTION, PLAYGROUND: 'on' } });
    const served = await page(switchedOn, '/graphql');
    expect(served.status).toBe(200);
    expect(await served.text()).not.toMatch(/eyJ[\w-]+\./);
    for (const [, over] of TRANSPORTS) {
      const { data, errors } = await over(
        switchedOn.url,
        '{ __schema { queryType { name } } }',
        {},
        { as: null },
      );
      expect({ data, errors }).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
    }
    await switchedOn.stop();
  });
});

describe.each(TRANSPORTS)('over %s', (_name, over) => {
  it.each(['{ __schema { queryType { name } } }', '{ __type(name: "Unit") { name } }'])(
    'production does not tell its schema: %s',
    async (query) => {
      expect((await over(development.url, query)).errors).toBeUndefined();
      const { errors } = await over(production.url, query);
      expect(errors!.length).toBeGreaterThan(0);
      for (const { message, extensions } of errors!) {
        expect(message).toContain('introspection has been disabled');
        expect(extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      }
      expect((await over(production.url, '{ about { __typename } }')).errors).toBeUndefined();
    },
  );

  it.each([
    ['a field', '{ about { versio } }', {}],
    ['a root field', '{ abou { version } }', {}],
    ['an argument', '{ unit(cod: "79") { id } }', {}],
    ['a type', '{ node(id: "x") { ... on Unitt { id } } }', {}],
    [
      'an input field',
      'query ($f: UnitFilter) { units(filter: $f) { totalCount } }',
      { f: { code: ['79'] } },
    ],
    [
      'an enum value',
      'query ($f: CohortFilter) { cohorts(filter: $f) { totalCount } }',
      { f: { statuses: ['PLANED'] } },
    ],
  ])('production does not guess %s that was meant', async (_what, query, variables) => {
    const helped = await over(development.url, query, variables);
    expect(helped.errors!.some(({ message }) => message.includes('Did you mean'))).toBe(true);
    const { errors } = await over(production.url, query, variables);
    expect(errors!.length).toBeGreaterThan(0);
    for (const { message } of errors!) expect(message).not.toMatch(/did you mean/i);
  });

  it('a bug answers with a reference, and with nothing of its cause', async () => {
    const own = await startTestServer();
    await own.running.services.database.transaction((manager) =>
      manager.query('ALTER TABLE topic RENAME TO hidden'),
    );
    const { errors } = await over(own.url, '{ topics { id } }');
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^Internal server error\. Reference: [0-9a-f-]{36}$/),
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/topic"|SQL|no such table|stack/i);
    await own.stop();
  });
});

describe('every answer', () => {
  const answers: [string, (server: TestServer) => Promise<Response>][] = [
    ['of an operation', (server) => post(server, { query: '{ latestCursor }' })],
    ['to a wrong document', (server) => post(server, { query: '{' })],
    ['to a body that is too large', (server) => post(server, { query: ' '.repeat(1_100_000) })],
    ['of the health checks', (server) => page(server, '/health/ready')],
    ['where nothing is', (server) => page(server, '/elsewhere')],
    ['of the page', (server) => page(server, '/graphql')],
  ];
  it.each(answers)('%s carries the headers that browsers heed', async (_what, get) => {
    for (const server of [development, production]) {
      const { headers } = await get(server);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none';.*base-uri 'none';.*form-action 'none';.*frame-ancestors 'none'/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('but those of the playground allows nothing to be loaded', async () => {
    const { headers } = await post(development, { query: '{ latestCursor }' });
    expect(headers.get('content-security-policy')).not.toContain("src 'self'");
    expect((await page(development, '/graphql')).headers.get('content-security-policy')).toContain(
      "script-src 'self'",
    );
    const html = await (await page(development, '/graphql')).text();
    const [script] = /\/playground\/[\w./-]+\.js/.exec(html)!;
    const asset = await page(development, script);
    await asset.arrayBuffer(); // whoever does not read it to the end holds its connection
    expect(asset.headers.get('content-security-policy')).toContain("script-src 'self'");
  });

  it('about officials is kept in no cache', async () => {
    expect((await post(development, { query: '{ latestCursor }' })).headers.get('cache-control')).toBe(
      'no-store',
    );
  });
});

describe('a client that does not read its answers', () => {
  it('does not hold up the shutdown', async () => {
    const own = await startTestServer({ limits: { operationMs: 200 } });
    const html = await (await page(own, '/graphql')).text();
    const [script] = /\/playground\/[\w./-]+\.js/.exec(html)!;
    const { hostname, port } = new URL(own.url);
    const deaf = connectTcp(Number(port), hostname);
    // More than the buffers of the system can take.
    deaf.write(`GET ${script} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`.repeat(50));
    await new Promise((resolve) => deaf.once('readable', resolve));
    await own.stop();
    deaf.destroy();
  });
});

describe('another origin', () => {
  const asked = (origin: string) => post(production, { query: '{ about { __typename } }' }, { origin });
  const preflight = (origin: string) =>
    fetch(`${production.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('on the list may ask, and read when to come back', async () => {
    for (const { headers } of [await asked(ORIGIN), await preflight(ORIGIN)]) {
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
    expect((await asked(ORIGIN)).headers.get('access-control-expose-headers')).toContain('retry-after');
    const { status, headers } = await preflight(ORIGIN);
    expect(status).toBe(204);
    for (const header of ['authorization', 'canbo-after', 'last-event-id']) {
      expect(headers.get('access-control-allow-headers')).toContain(header);
    }
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
  });

  it.each(['https://evil.example', `${ORIGIN}.evil.example`, 'http://dashboard.example', 'null'])(
    '%s is told nothing that lets its pages read',
    async (origin) => {
      for (const { headers } of [await asked(origin), await preflight(origin)]) {
        expect(headers.get('access-control-allow-origin')).toBeNull();
      }
    },
  );

  const upgrade = (origin: string | undefined) =>
    new Promise<string>((resolve) => {
      const address = `${production.url.replace('http', 'ws')}/graphql`;
      const socket = new WebSocket(address, 'graphql-transport-ws', { ...(origin && { origin }) });
      socket.on('open', () => {
        socket.close();
        resolve('open');
      });
      socket.on('error', (error) => resolve(error.message));
    });

  it('on the list may open a socket, and so may the own one and a client that is no browser', async () => {
    for (const origin of [ORIGIN, production.url, undefined]) expect(await upgrade(origin)).toBe('open');
  });

  it.each(['https://evil.example', `${ORIGIN}.evil.example`, 'http://dashboard.example', 'null', 'nonsense'])(
    '%s may open none',
    async (origin) => expect(await upgrade(origin)).toContain('403'),
  );
});

describe('a setting', () => {
  const problemOf = (env: Record<string, string>) => {
    try {
      configFor('/nowhere', { NODE_ENV: 'production', ...env });
      return null;
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
  };

  it.each([
    ['of one character', 'a'.repeat(64)],
    ['that repeats a word', 'canbo-2026-'.repeat(4)],
    ['of few characters', 'abcabdabeabcabdabfabcabdabgabcabdab'],
    ['out of a tutorial', 'your-256-bit-secret-for-signing-json-web-tokens'],
    ['that was to be changed', 'please-change-me-before-going-live-0123'],
    ['that is a password', 'MyPassw0rd-is-a-password-of-good-length'],
    ['of 31 characters', 'kJ8vQ2mXz5Lr9TnWc4Yb7HdFg3Ps6Ae'],
  ])('JWT_SECRET %s is refused in production', (_what, secret) => {
    expect(problemOf({ JWT_SECRET: secret })).toMatch(/^JWT_SECRET: /);
    expect(problemOf({ JWT_SECRET: secret })).not.toContain(secret);
  });

  it('JWT_SECRET that cannot be guessed is taken', () => {
    expect(problemOf({ JWT_SECRET: 'kJ8vQ2mXz5Lr9TnWc4Yb7HdFg3Ps6AeU' })).toBeNull();
    expect(problemOf({ JWT_SECRET: SECRET })).toBeNull();
  });

  it.each([
    ['PLAYGROUND', 'yes'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://dashboard.example/'],
    ['CORS_ORIGINS', 'dashboard.example'],
    ['CORS_ORIGINS', 'https://a.example https://b.example'],
    ['RATE_LIMIT', '0'],
    ['RATE_LIMIT', '14999'],
    ['RATE_LIMIT', 'many'],
    ['MAX_ANSWER_BYTES', '999999'],
    ['MAX_ANSWER_BYTES', '32000001'],
    ['CONNECTIONS_PER_ADDRESS', '0'],
    ['CONNECTIONS_PER_ADDRESS', 'all'],
  ])('%s is refused when it is %s', (variable, value) => {
    expect(problemOf({ [variable]: value })).toMatch(new RegExp(`^${variable}: .*"`));
  });

  it('may be left out, and then the strict one holds in production', () => {
    const config = configFor('/nowhere', { NODE_ENV: 'production' });
    expect(config).toMatchObject({ playground: false, corsOrigins: [], rateLimit: 2_400_000 });
    expect(configFor('/nowhere')).toMatchObject({ playground: true, corsOrigins: [] });
  });
});
