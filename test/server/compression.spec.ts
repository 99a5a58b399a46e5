// Compression: answers and pages from one kilobyte on, as the client asks for it; streams never; files for a year.
import { request as sendOn } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { openStream } from '../support/sse';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, Writer } from './stream';

let server: TestServer;
beforeAll(async () => (server = await startTestServer({ pingMs: 3_600_000 })));
afterAll(() => server.stop());

const LONG = '{ __schema { types { name fields { name } } } }';
const SHORT = '{ about { version } }';

/** As it comes over the wire: fetch() would unpack it. */
function raw(path: string, accepted: string | null, query?: string, more: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
    const headers = {
      ...(accepted !== null && { 'accept-encoding': accepted }),
      'content-type': 'application/json',
    };
    const asking = sendOn(
      `${server.url}${path}`,
      { method: query ? 'POST' : 'GET', agent: false, headers: { ...headers, ...more } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(parts),
          }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(query && JSON.stringify({ query }));
  });
}
/** With the cost and language the same, so are the bytes. */
const plain = async () => (await raw('/graphql', null, LONG)).body;

it.each<[string, string, (body: Buffer) => Buffer]>([
  ['br', 'gzip, deflate, br', brotliDecompressSync],
  ['gzip', 'gzip, deflate', gunzipSync],
  ['gzip', 'br;q=0, gzip;q=0.5', gunzipSync],
])('a long answer comes in %s to whoever accepts %s', async (encoding, accepted, unpack) => {
  const { headers, body } = await raw('/graphql', accepted, LONG);
  expect(headers['content-encoding']).toBe(encoding);
  expect(headers.vary).toMatch(/accept-encoding/i);
  const whole = await plain();
  expect(unpack(body).equals(whole)).toBe(true);
  expect(body.length).toBeLessThan(whole.length / 3);
});

it.each([null, 'identity', 'zstd', 'gzip;q=0'])(
  'a long answer comes as it is to whoever accepts %s',
  async (accepted) => {
    const { headers, body } = await raw('/graphql', accepted, LONG);
    expect(headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(body.toString())).toMatchObject({ data: {} });
  },
);

it('a short answer comes as it is, and says how long it is', async () => {
  const { headers, body } = await raw('/graphql', 'br', SHORT);
  expect([headers['content-encoding'], headers['content-length']]).toEqual([undefined, String(body.length)]);
});

it('an answer that is too large is refused before it could be compressed', async () => {
  const own = await startTestServer({ env: { MAX_ANSWER_BYTES: '1000000' } });
  const wide = `{ ${Array.from({ length: 20 }, (_, i) => `a${i}: __schema { types { description fields { description args { description } } } }`).join(' ')} }`;
  const response = await fetch(`${own.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`,
    },
    body: JSON.stringify({ query: wide }),
  });
  expect(JSON.stringify(await response.json())).toMatch(/ANSWER_TOO_LARGE|QUERY_TOO_COMPLEX/);
  await own.stop();
});

it('a stream is not compressed: each event arrives when it happens', async () => {
  const writer = await Writer.start(server);
  const stream = await openStream(server.url, {
    query: FOLLOW_COHORTS,
    variables: { after: await logEnd(server) },
    headers: { 'accept-encoding': 'br, gzip' },
  });
  const written = await writer.revise();
  expect(await stream.nextEvent()).toMatchObject({ id: written });
  expect(stream.headers['content-encoding']).toBeUndefined();
  expect(stream.headers['cache-control']).toContain('no-transform');
  stream.cut();
});

describe('a file of the playground', () => {
  const assetOf = async () => {
    const { body } = await raw('/graphql', null, undefined, { accept: 'text/html' });
    return /\/playground\/assets\/[\w./-]+\.js/.exec(body.toString())![0];
  };

  it('is kept for a year, because another content has another name', async () => {
    const { headers } = await raw(await assetOf(), null);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each<[string, (body: Buffer) => Buffer]>([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('comes in %s, as the build compressed it', async (encoding, unpack) => {
    const path = await assetOf();
    const packed = await raw(path, encoding);
    expect(packed.headers['content-encoding']).toBe(encoding);
    expect(packed.headers['content-type']).toMatch(/javascript/);
    expect(unpack(packed.body).equals((await raw(path, null)).body)).toBe(true);
  });

  it('and nothing else is kept: the page carries a token', async () => {
    const { headers } = await raw('/graphql', 'br', undefined, { accept: 'text/html' });
    expect(headers['cache-control']).toBe('no-store');
  });
});
