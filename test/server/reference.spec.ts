// Schema reference at /docs: tells of everything in the schema, also in production, and loads nothing from elsewhere.
import { createHash } from 'node:crypto';
import { request as sendOn } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
let html: string;
let policy: string;
beforeAll(async () => {
  server = await startTestServer();
  const response = await fetch(`${server.url}/docs`);
  policy = response.headers.get('content-security-policy')!;
  html = await response.text();
});
afterAll(() => server.stop());

const allOf = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, found]) => found!);

interface Member {
  name: string;
  description?: string | null;
  deprecationReason?: string | null;
  args?: readonly Member[];
}

/** Every type, field, argument and enum value that introspection tells of, by its place. */
async function placesOfSchema(): Promise<Map<string, Member>> {
  const query = getIntrospectionQuery({ inputValueDeprecation: true });
  const { data } = await server.ask<IntrospectionQuery>(query);
  const places = new Map<string, Member>();
  const add = (place: string, member: Member) => {
    places.set(place, member);
    member.args?.forEach((arg) => add(`${place}.${arg.name}`, arg));
  };
  for (const type of Object.values(buildClientSchema(data).getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    add(type.name, type);
    const fields = 'getFields' in type ? Object.values<Member>(type.getFields()) : [];
    const values = 'getValues' in type ? type.getValues() : [];
    for (const member of [...fields, ...values]) add(`${type.name}.${member.name}`, member);
  }
  return places;
}

it('has a place for every type, field, argument and enum value, and for nothing else of the schema', async () => {
  const main = html.slice(html.indexOf('<main>'));
  const anchors = [...main.matchAll(/<(?:article|li) id="([^"]+)"/g)].map(([, id]) => id);
  expect(anchors.sort()).toEqual([...(await placesOfSchema()).keys()].sort());
});

it('links only to places that it has', () => {
  const ids = new Set(allOf(/ id="([^"]+)"/g));
  const links = allOf(/href="#([^"]+)"/g);
  expect(links.length).toBeGreaterThan(3_000);
  expect(links.filter((link) => !ids.has(link))).toEqual([]);
});

it('gives each deprecation with its reason', async () => {
  const deprecated = [...(await placesOfSchema()).entries()].filter(
    ([, { deprecationReason }]) => deprecationReason,
  );
  expect(deprecated.length).toBeGreaterThan(0);
  for (const [place, { deprecationReason }] of deprecated) {
    const own = html.slice(html.indexOf(`<li id="${place}">`)).split('</li>')[0]!;
    expect(own).toContain('class="deprecated"');
    expect(own.replaceAll(/<\/?(code|a)\b[^>]*>/g, '`')).toContain(deprecationReason!.split('`')[0]!.trim());
  }
});

it('names every Vietnamese term before the sentence, and links to what the sentence names', () => {
  expect(html).toContain('<b lang="vi">thông tin hệ thống</b> <span lang="en">What this server is.</span>');
  expect(html).toContain(
    '<b lang="vi">lớp</b> · <b lang="vi">niên khoá</b> <span lang="en">A class of learners on one programme, with its own period label.</span>',
  );
  expect(html).toContain('S = F / T1 x (T1 - T2): the share not served.');
  expect(html).toMatch(/Begin with <a href="#Query.cohorts"><code>cohorts<\/code><\/a>/);
});

it('loads nothing: its one script and its one style stand in it, and the policy allows no others', () => {
  const hashOf = (tag: string) => {
    const texts = allOf(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'));
    expect(texts).toHaveLength(1);
    return `'sha256-${createHash('sha256').update(texts[0]!).digest('base64')}'`;
  };
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      `script-src ${hashOf('script')}`,
      `style-src ${hashOf('style')}`,
      "frame-ancestors 'none'",
    ]),
  );
  expect(html).not.toMatch(/ (src|action|style|on\w+)=/);
  expect(allOf(/<link [^>]*href="([^"]*)"/g)).toEqual(['data:,']);
});

/** As it comes over the wire: fetch() would unpack it. */
function raw(headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
    const asking = sendOn(`${server.url}/docs`, { headers, method, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers as Record<string, string>,
          body: Buffer.concat(parts),
        }),
      );
    });
    asking.on('error', reject).end();
  });
}

it.each<[string, string, (body: Buffer) => Buffer]>([
  ['br', 'gzip, deflate, br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
])('comes in %s to whoever accepts %s', async (encoding, accepted, unpack) => {
  const { headers, body } = await raw({ 'accept-encoding': accepted });
  expect(headers['content-encoding']).toBe(encoding);
  expect(headers.vary).toMatch(/accept-encoding/i);
  expect(unpack(body).toString()).toBe(html);
  expect(body.length).toBeLessThan(200_000);
});

it('comes as it is to whoever accepts nothing else', async () => {
  const { headers, body } = await raw({});
  expect(headers['content-encoding']).toBeUndefined();
  expect(body.toString()).toBe(html);
});

it.each(['br', 'gzip', 'identity'])('is not sent again in %s while it is the same', async (accepted) => {
  const { etag } = (await raw({ 'accept-encoding': accepted })).headers;
  for (const given of [etag!, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await raw({ 'accept-encoding': accepted, 'if-none-match': given });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag]);
  }
  const other = await raw({ 'accept-encoding': accepted, 'if-none-match': '"other"' });
  expect(other.status).toBe(200);
  expect(other.body.length).toBeGreaterThan(10_000);
});

it('is answered to HEAD without a body, and to no POST', async () => {
  expect(await raw({}, 'HEAD')).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  const { status, headers } = await raw({}, 'POST');
  expect([status, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
});

it.each<[string, Record<string, string>, number]>([
  ['served in production', { NODE_ENV: 'production' }, 200],
  ['hidden with the playground', { NODE_ENV: 'production', PLAYGROUND: 'off' }, 404],
  ['hidden with the playground in development, too', { PLAYGROUND: 'off' }, 404],
])('is %s', async (_what, env, status) => {
  const own = await startTestServer({ env });
  const response = await fetch(`${own.url}/docs/`);
  await response.text();
  expect(response.status).toBe(status);
  await own.stop();
});
