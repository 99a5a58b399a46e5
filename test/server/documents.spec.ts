// Registered documents: sent by their hash, kept by ETag, the only ones where the operator says so; automatic ones where
// switched on.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Role } from '../../src/access/policy';
import { newFolder, startTestServer, type TestServer, tokenFor } from '../support/server';
import { openStream } from '../support/sse';
import { TRANSPORTS } from '../support/transports';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const UNIT = 'query Unit($code: String) { unit(code: $code) { id } about { version } }';
const FIGURES = 'subscription { trainingStatisticsChanged { cohorts } }';
const OTHER = '{ about { version } }';

const servers: Record<'registered' | 'only' | 'automatic', TestServer> = {} as never;
beforeAll(async () => {
  const DOCUMENTS = join(newFolder(), 'documents.json');
  writeFileSync(
    DOCUMENTS,
    JSON.stringify({ [hashOf(UNIT)]: UNIT, [hashOf(FIGURES)]: FIGURES, 'relay-md5': OTHER }),
  );
  servers.registered = await startTestServer({ env: { DOCUMENTS } });
  servers.only = await startTestServer({ env: { DOCUMENTS, DOCUMENTS_ONLY: 'on' } });
  servers.automatic = await startTestServer({ env: { AUTOMATIC_PERSISTED_QUERIES: 'on' } });
});
afterAll(() => Promise.all(Object.values(servers).map((each) => each.stop())));

const HEADERS = { 'content-type': 'application/json' };
async function post({ url }: TestServer, body: object) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify(body),
  });
  const { data, errors } = (await response.json()) as any;
  return { status: response.status, data, code: errors?.[0].extensions.code, message: errors?.[0].message };
}
const get = ({ url }: TestServer, parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql?${new URLSearchParams(parameters).toString()}`, {
    headers: { ...HEADERS, ...headers },
  });
const apollo = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

it.each<[string, object]>([
  ['documentId', { documentId: `sha256:${hashOf(UNIT)}` }],
  ['documentId without a prefix', { documentId: hashOf(UNIT) }],
  ['doc_id of Relay', { doc_id: 'relay-md5' }],
  ['the extension of Apollo', { extensions: apollo(hashOf(UNIT)) }],
])('a registered document is executed by %s', async (_what, sent) => {
  for (const server of [servers.registered, servers.only]) {
    expect(await post(server, { ...sent, variables: { code: '79' } })).toMatchObject({
      status: 200,
      data: { about: {} },
    });
  }
});

it('a document by GET has an ETag for this caller alone, and is answered 304 while unchanged', async () => {
  const parameters = { documentId: hashOf(UNIT), variables: '{"code":"79"}' };
  const first = await get(servers.registered, parameters);
  const etag = first.headers.get('etag')!;
  expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
  for (const name of ['Authorization', 'Accept-Language']) expect(first.headers.get('vary')).toContain(name);
  const again = await get(servers.registered, parameters, { 'if-none-match': etag });
  expect([again.status, await again.text()]).toEqual([304, '']);
  const other = await get(
    servers.registered,
    { ...parameters, documentId: 'relay-md5' },
    { 'if-none-match': etag },
  );
  expect([other.status, other.headers.get('etag') === etag]).toEqual([200, false]);
  expect((await get(servers.registered, { query: OTHER })).headers.get('etag')).toBeNull();
});

it('a document that is not registered is refused, with what to do', async () => {
  expect(await post(servers.registered, { documentId: 'sha256:0' })).toMatchObject({
    status: 400,
    code: 'DOCUMENT_NOT_REGISTERED',
    message: expect.stringContaining('documents.json'),
  });
  expect((await post(servers.registered, { query: '{ latestCursor }' })).status).toBe(200); // as a text it may be sent here
});

describe.each(TRANSPORTS)('where no other is accepted, over %s', (_name, over) => {
  it('the text of a registered one is executed, and no other', async () => {
    expect((await over(servers.only.url, OTHER)).errors).toBeUndefined();
    expect((await over(servers.only.url, '{ latestCursor }')).errors).toMatchObject([
      {
        extensions: { code: 'DOCUMENT_NOT_REGISTERED' },
        message: expect.stringContaining('registered documents only'),
      },
    ]);
  });
});

it('where no other is accepted, streams follow the same rule', async () => {
  const stream = await openStream(servers.only.url, { query: FIGURES });
  expect(await stream.nextEvent()).toMatchObject({ event: 'next' });
  stream.cut();
  const refused = await openStream(servers.only.url, { query: `${FIGURES} `, idle: true });
  expect([refused.status, (await refused.body()).errors[0].extensions.code]).toEqual([
    400,
    'DOCUMENT_NOT_REGISTERED',
  ]);
});

it('automatic registration accepts a document with the hash of its own text only', async () => {
  const extensions = apollo(hashOf(OTHER));
  const { automatic } = servers;
  expect(await post(automatic, { extensions })).toMatchObject({
    status: 200,
    code: 'PERSISTED_QUERY_NOT_FOUND',
    message: 'PersistedQueryNotFound',
  });
  expect((await post(automatic, { extensions, query: '{ latestCursor }' })).status).toBe(400);
  expect((await post(automatic, { extensions, query: OTHER })).data).toMatchObject({ about: {} });
  const got = await get(automatic, { extensions: JSON.stringify(extensions) });
  expect(await got.json()).toMatchObject({ data: { about: {} } });
});

it('a registered document by GET takes variables with a question mark, however the client writes it', async () => {
  for (const mark of ['?', '%3F']) {
    const address = `${servers.registered.url}/graphql?documentId=${hashOf(UNIT)}&variables={%22code%22:%22a${mark}%22}`;
    const response = await fetch(address, { headers: HEADERS });
    expect([response.status, await response.json()]).toMatchObject([200, { data: { unit: null } }]);
  }
});

it('of the ETags that a client sends, the first thousand characters are looked at', async () => {
  const parameters = { documentId: 'relay-md5' };
  const etag = (await get(servers.registered, parameters)).headers.get('etag')!;
  const asked = async (kept: string) =>
    (await get(servers.registered, parameters, { 'if-none-match': kept })).status;
  expect(await asked(`"a" ,  ${etag}  , "b"`)).toBe(304);
  expect(await asked(`a${' '.repeat(2_000)}, ${etag}`)).toBe(200);
});

describe('automatic registration', () => {
  const padded = (i: number) => `${OTHER} #${i}${'x'.repeat(19_900)}`;
  const isKnown = async (text: string) =>
    (await post(servers.automatic, { extensions: apollo(hashOf(text)) })).code === undefined;

  it('remembers nothing of a caller whose token is not valid, nor a document that is not', async () => {
    const { url } = servers.automatic;
    const register = async (query: string, headers: Record<string, string> = {}) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...HEADERS, ...headers },
        body: JSON.stringify({ query, extensions: apollo(hashOf(query)) }),
      });
    expect((await register(padded(1), { authorization: 'Bearer a.b.c' })).status).toBe(401);
    const wrong = '{ about { nothing } }';
    expect((await register(wrong)).status).toBe(400);
    expect([await isKnown(padded(1)), await isKnown(wrong)]).toEqual([false, false]);
  });

  it('of one caller makes nothing forgotten that another has registered', async () => {
    const mine = '{ about { version } latestCursor }';
    const body = { query: mine, extensions: apollo(hashOf(mine)) };
    const response = await fetch(`${servers.automatic.url}/graphql`, {
      method: 'POST',
      headers: { ...HEADERS, authorization: `Bearer ${await tokenFor(Role.VIEWER)}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    for (let i = 0; i < 60; i++) {
      const query = padded(i);
      expect((await post(servers.automatic, { query, extensions: apollo(hashOf(query)) })).status).toBe(200);
    }
    expect([await isKnown(mine), await isKnown(padded(0)), await isKnown(padded(59))]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

it('an extension that names no document is passed over beside a text, whatever is switched on', async () => {
  for (const server of Object.values(servers)) {
    const sent = { query: OTHER, extensions: { persistedQuery: 1 } };
    expect(await post(server, sent)).toMatchObject({ status: 200, data: { about: {} } });
  }
});
