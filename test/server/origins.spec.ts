// Allowed origins: pages of listed origins and, in development, of any port of this machine may use the API over HTTP,
// streams and sockets; others may not, and the operator is told once what to set.
import { createServer, request as sendOn } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import pino from 'pino';
import WebSocket from 'ws';
import { startTestServer, type TestServer } from '../support/server';

const LISTED = 'https://dashboard.example';
const LINES: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line) => void LINES.push(line) });

let development: TestServer;
let production: TestServer;
beforeAll(async () => {
  development = await startTestServer({ logger });
  production = await startTestServer({
    env: { NODE_ENV: 'production', CORS_ORIGINS: LISTED, ANONYMOUS: 'viewer' },
  });
});
afterAll(async () => {
  await development.stop();
  await production.stop();
});

/** Asks as a browser does, or with any Host. fetch() would set both itself. */
function ask(
  url: string,
  { method = 'POST', path = '/graphql', headers }: { method?: string; path?: string; headers: object },
): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asking = sendOn(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        headers: { ...(method !== 'OPTIONS' && { 'content-type': 'application/json' }), ...headers },
      },
      (response) => {
        response.setEncoding('utf8');
        let body = '';
        response.on('data', (text: string) => {
          body += text;
          if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy();
        });
        response.on('close', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string>,
            body,
          }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(method === 'POST' ? JSON.stringify({ query: '{ about { version } }' }) : undefined);
  });
}

const preflight = (url: string, origin: string, asked = 'content-type,authorization', path = '/graphql') =>
  ask(url, {
    method: 'OPTIONS',
    path,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': asked,
    },
  });
const follow = (url: string, origin: string) =>
  ask(url, {
    method: 'GET',
    path: `/graphql/stream?query=${encodeURIComponent('subscription { trainingStatisticsChanged { cohorts } }')}`,
    headers: { origin, accept: 'text/event-stream' },
  });
const socket = (url: string, headers: Record<string, string>) =>
  new Promise<string>((resolve) => {
    const opened = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    opened.on('open', () => {
      opened.close();
      resolve('open');
    });
    opened.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (text: Buffer) => (body += text.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    });
  });

describe('a page of an allowed origin', () => {
  it('may send the headers that it asks for, whatever they are called', async () => {
    const asked =
      'content-type,authorization,apollographql-client-name,apollographql-client-version,sentry-trace,baggage,' +
      'traceparent,x-request-id,if-none-match';
    const { status, headers } = await preflight(production.url, LISTED, asked);
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(LISTED);
    for (const each of asked.split(',')) expect(headers['access-control-allow-headers']).toContain(each);
    expect(headers['access-control-allow-methods']).toBe('GET, POST');
    expect(headers.vary).toMatch(/Origin/);
    expect(headers.vary).toMatch(/Access-Control-Request-Headers/);
  });

  it('is not repeated a list of headers that is too long to be one', async () => {
    const { headers } = await preflight(production.url, LISTED, 'x-a,'.repeat(500));
    expect(headers['access-control-allow-headers']).not.toContain('x-a');
  });

  it('may read when to come back, the version of an answer, and what to report', async () => {
    const { headers } = await ask(production.url, { headers: { origin: LISTED } });
    const exposed = headers['access-control-expose-headers'];
    for (const name of ['retry-after', 'etag', 'x-request-id']) expect(exposed).toContain(name);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });
});

describe('in development a page of this machine', () => {
  it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:8080', 'https://localhost:5173'])(
    'at %s may ask, follow and open a socket',
    async (origin) => {
      expect((await preflight(development.url, origin)).headers['access-control-allow-origin']).toBe(origin);
      const asked = await ask(development.url, { headers: { origin } });
      expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([200, origin]);
      const followed = await follow(development.url, origin);
      expect([followed.status, followed.headers['access-control-allow-origin']]).toEqual([200, origin]);
      expect(await socket(development.url, { origin })).toBe('open');
    },
  );

  it('may not where the request names another host, which somebody may have pointed at this machine', async () => {
    const headers = { origin: 'http://localhost:5173', host: 'rebound.example' };
    expect((await ask(development.url, { headers })).headers['access-control-allow-origin']).toBeUndefined();
    expect(await socket(development.url, headers)).toContain('403');
  });

  it.each([
    'http://localhost.evil.example',
    'http://evil.example',
    'https://127.0.0.1.evil.example:5173',
    'null',
    'file://',
    'chrome-extension://localhost',
  ])('is not one at %s', async (origin) => {
    expect((await preflight(development.url, origin)).headers['access-control-allow-origin']).toBeUndefined();
    expect((await follow(development.url, origin)).status).toBe(403);
    expect(await socket(development.url, { origin })).toContain('403');
  });

  it('is refused in production, and is not given the token of the playground in development', async () => {
    const origin = 'http://localhost:5173';
    expect((await preflight(production.url, origin)).headers['access-control-allow-origin']).toBeUndefined();
    expect(await socket(production.url, { origin })).toContain('403');
    const page = await ask(development.url, { method: 'GET', headers: { origin, accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect(page.body).not.toMatch(/eyJ[\w-]+\./);
  });
});

it('a page behind a development proxy that changes the host reaches everything, its sockets too', async () => {
  const { hostname, port } = new URL(development.url);
  const host = `${hostname}:${port}`;
  const proxy = createServer((request, response) => {
    const { method, url, headers } = request;
    request.pipe(
      sendOn({ hostname, port, method, path: url, headers: { ...headers, host } }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  proxy.on('upgrade', ({ url, headers }, near) => {
    const far = connectTcp(Number(port), hostname);
    const head = Object.entries({ ...headers, host }).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    far.write(`GET ${url} HTTP/1.1\r\n${head.join('')}\r\n`);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const near = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const origin = near.replace('127.0.0.1', 'localhost');
  expect((await ask(near, { headers: { origin } })).status).toBe(200);
  expect((await follow(near, origin)).status).toBe(200);
  expect(await socket(near, { origin })).toBe('open');
  proxy.closeAllConnections();
  proxy.close();
});

describe('a refused origin', () => {
  it('is told why, over each transport', async () => {
    const origin = 'https://elsewhere.example';
    const asked = await preflight(production.url, origin);
    expect(asked.status).toBe(403);
    for (const answer of [asked.body, (await follow(production.url, origin)).body]) {
      expect(answer).toContain('CORS_ORIGINS');
    }
    expect(await socket(production.url, { origin })).toMatch(/^403 .*CORS_ORIGINS/);
  });

  it('is logged once with what to set, and a flood of them is not', async () => {
    LINES.length = 0;
    const origin = 'https://forgotten.example';
    for (let i = 0; i < 3; i += 1) await preflight(development.url, origin);
    await socket(development.url, { origin });
    const told = LINES.filter((line) => line.includes(origin));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('CORS_ORIGINS');
    for (let i = 0; i < 50; i += 1) await preflight(development.url, `https://flood-${i}.example`);
    expect(LINES.length).toBeLessThan(25);
  });
});

it('a request for what may be done here is answered, also without an origin', async () => {
  const { status, headers } = await ask(production.url, { method: 'OPTIONS', headers: {} });
  expect([status, headers.allow]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
});
