// Tokens: which ones are good, and who may have one issued. A bad token is never treated as none.
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Role } from '../../src/access/policy';
import { newId } from '../../src/lib/ids';
import { connect } from '../support/live';
import { SECRET, startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd, newCode } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const ADD_TOPIC = 'mutation ($input: AddTopicInput!) { addTopic(input: $input) { userErrors { code } } }';
const topic = () => ({ code: newCode('L'), name: 'Quy hoạch' });

/** The playground's page; fetch would not let the Host header be chosen. */
async function playground({ url }: TestServer, host: string): Promise<string> {
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    const asked = request(`${url}/graphql`, { headers: { accept: 'text/html', host } }, resolve);
    asked.on('error', reject).end();
  });
  return text(response);
}

describe('the playground', () => {
  it('hands out a token outside production, but only under a name of this machine', async () => {
    const token = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(await playground(server, 'localhost:4000'))?.[0];
    const { data } = await server.ask(ADD_TOPIC, { input: topic() }, { token });
    expect(data.addTopic.userErrors).toEqual([]);
    expect(await playground(server, 'canbo.example')).not.toMatch(/eyJ/);
  });

  it('hands out none in production, whatever name it is asked under', async () => {
    const production = await startTestServer({ env: { NODE_ENV: 'production' } });
    for (const host of ['localhost', '127.0.0.1', 'canbo.example', '[::1]:4000']) {
      expect(await playground(production, host)).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
    }
    await production.stop();
  });
});

describe('a token', () => {
  const claims = {
    role: 'ADMINISTRATOR',
    sub: 'forger',
    iss: 'canbo',
    aud: 'canbo',
    iat: 1,
    exp: 4_102_444_800,
  };
  const now = () => Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (payload: object, { alg = 'HS256', hash = 'sha256', secret = SECRET } = {}) => {
    const body = `${encode({ alg, typ: 'JWT' })}.${encode(payload)}`;
    return `${body}.${createHmac(hash, secret).update(body).digest('base64url')}`;
  };
  const unsigned = (alg: string) => `${encode({ alg })}.${encode(claims)}.`;
  const without = (claim: keyof typeof claims) => sign({ ...claims, [claim]: undefined });

  it('made by hand as the server makes it is good: the forgeries below fail for what is wrong with them', async () => {
    const { errors } = await server.ask('{ latestCursor }', {}, { token: sign(claims) });
    expect(errors).toBeUndefined();
  });

  it.each([
    ['that is no token', 'nonsense'],
    ['of three empty parts', '..'],
    ['without a signature (alg none)', unsigned('none')],
    ['without a signature (alg None)', `${unsigned('None')}x`],
    ['without a signature that says HS256', unsigned('HS256')],
    ['signed with HS512', sign(claims, { alg: 'HS512', hash: 'sha512' })],
    ['signed with HS384 that says HS256', sign(claims, { hash: 'sha384' })],
    [
      'signed with another secret',
      sign(claims, { secret: 'another secret of more than thirty-two characters' }),
    ],
    ['signed with an empty secret', sign(claims, { secret: '' })],
    ['with a changed payload', sign(claims).replace(encode(claims), encode({ ...claims, sub: 'root' }))],
    ['for another audience', sign({ ...claims, aud: 'payroll' })],
    ['of another issuer', sign({ ...claims, iss: 'payroll' })],
    ['that has expired', sign({ ...claims, exp: 1_700_000_000 })],
    ['that expired before two clocks could differ', sign({ ...claims, exp: now() - 6 })],
    ['that never expires', without('exp')],
    ['of nobody', without('sub')],
    ['of an empty subject', sign({ ...claims, sub: '' })],
    ['of a subject that is no text', sign({ ...claims, sub: 1 })],
    ['without an audience', without('aud')],
    ['without an issuer', without('iss')],
    ['of an unknown role', sign({ ...claims, role: 'EMPEROR' })],
    ['of a role in another case', sign({ ...claims, role: 'administrator' })],
    ['of no role at all', sign({ ...claims, role: null })],
    ['of a unit that is none', sign({ ...claims, role: 'UNIT_MANAGER', unitId: 'unit_1' })],
    [
      'of a unit that is a university',
      sign({ ...claims, role: 'UNIT_MANAGER', unitId: newId('university') }),
    ],
    ['of an official that is a number', sign({ ...claims, role: 'OFFICIAL', officialId: 7 })],
    ['of a unit manager of no unit', sign({ ...claims, role: 'UNIT_MANAGER' })],
    [
      'of a unit manager of a university',
      sign({ ...claims, role: 'UNIT_MANAGER', universityId: newId('university') }),
    ],
    ['of a registrar of no university', sign({ ...claims, role: 'UNIVERSITY_REGISTRAR' })],
    ['of an official who is nobody', sign({ ...claims, role: 'OFFICIAL' })],
    ['issued an hour from now', sign({ ...claims, iat: now() + 3_600 })],
    ['that is oversized', sign({ ...claims, padding: 'x'.repeat(6_500) })],
    ['that ends after the last day of the calendar', sign({ ...claims, exp: 9e15 })],
    ['that ends at no number', sign({ ...claims, exp: 1e300 })],
    ['of a subject with a NUL', sign({ ...claims, sub: 'for\u0000ger' })],
    ['of a subject with half a character', sign({ ...claims, sub: 'forger\ud83d' })],
    ['of a subject with an invisible character', sign({ ...claims, sub: 'for\u200bger' })],
    ['of a subject that turns its direction', sign({ ...claims, sub: '\u202eregrof' })],
    ['that is not valid yet', sign({ ...claims, nbf: 4_000_000_000 })],
  ])('%s is refused with status 401, and not treated as no token', async (_what, token) => {
    const before = await logEnd(server);
    const reading = await server.ask('{ about { version } }', {}, { token });
    const writing = await server.ask(ADD_TOPIC, { input: topic() }, { token });
    for (const { status, data, errors } of [reading, writing]) {
      expect([status, data ?? null]).toEqual([401, null]);
      expect(errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAUTHENTICATED' }]);
      expect(errors![0]!.message).toMatch(/token/i);
    }
    expect(await logEnd(server)).toBe(before);
    const client = await connect(server.url, { token });
    const subscriber = client.subscribe('subscription { cohortChanged { cursor } }');
    await expect(subscriber.next()).rejects.toBeDefined();
    expect((await client.closed).code).toBe(4403);
  });

  it('without a role is known, and may nothing', async () => {
    const before = await logEnd(server);
    const token = without('role');
    const reading = await server.ask('{ about { version } }', {}, { token });
    const writing = await server.ask(ADD_TOPIC, { input: topic() }, { token });
    for (const { status, data, errors } of [reading, writing]) {
      expect([status, data]).toEqual([200, null]);
      expect(errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'FORBIDDEN' }]);
      expect(errors![0]!.message).toMatch(/no role/);
    }
    expect(await logEnd(server)).toBe(before);
    const client = await connect(server.url, { token });
    const told = await client.subscribe('subscription { cohortChanged { cursor } }').next();
    expect(told.errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'FORBIDDEN' }]);
    await client.close();
  });

  it('of a clock that is four seconds ahead is good', async () => {
    const { errors } = await server.ask(
      '{ latestCursor }',
      {},
      { token: sign({ ...claims, nbf: now() + 4, iat: now() + 4 }) },
    );
    expect(errors).toBeUndefined();
  });

  it('of 20 KiB is refused over a socket, where no header bounds it', async () => {
    const client = await connect(server.url, { token: sign({ ...claims, padding: 'x'.repeat(20_000) }) });
    client.subscribe('subscription { cohortChanged { cursor } }');
    expect(await client.closed).toEqual(
      expect.objectContaining({ code: 4403, reason: 'The token is too long.' }),
    );
  });

  it.each(['', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer  ', 'bearer a b'])(
    'in a header that reads "%s" is refused with status 401',
    async (authorization) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query: '{ about { version } }' }),
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    },
  );

  it('is good in any case of the word Bearer', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `bEARER ${await tokenFor(Role.ADMINISTRATOR)}`,
      },
      body: JSON.stringify({
        query: ADD_TOPIC,
        variables: { input: topic() },
      }),
    });
    expect(await response.json()).toMatchObject({ data: { addTopic: { userErrors: [] } } });
  });
});
