// Tokens of an OpenID provider: a real one, which changes its keys, goes away and comes back.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI } from 'jose';
import pino from 'pino';
import { makeIdentify, signToken } from '../../src/access/identity';
import { Role } from '../../src/access/policy';
import { readConfig } from '../../src/config/config';
import { databaseUrl } from '../support/database';
import { connect } from '../support/live';
import { AUDIENCE, type Key, newKey, type Provider, sign, startProvider } from '../support/provider';
import { SECRET, startTestServer, type TestServer, type TestServerOptions } from '../support/server';
import { logEnd, newCode, newCohort } from '../support/world';

const READ = '{ about { version } }';
const FOLLOW = 'subscription ($after: EventCursor) { cohortChanged(after: $after) { actor cohort { id } } }';
const ADD_TOPIC = 'mutation ($input: AddTopicInput!) { addTopic(input: $input) { userErrors { code } } }';
const topic = () => ({ code: newCode('L'), name: 'Quy hoạch' });
const seconds = () => Math.floor(Date.now() / 1000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const secretBytes = new TextEncoder().encode(SECRET);

const CLIENTS = {
  keeper: { canbo: { role: 'ADMINISTRATOR' } },
  clerk: { canbo: { role: 'UNIT_MANAGER', unitId: 'unit_01jb0000000000000000000000' } },
  nobody: {},
  emperor: { canbo: { role: 'EMPEROR' } },
  muddled: { canbo: 'ADMINISTRATOR' },
  homeless: { canbo: { role: 'UNIT_MANAGER' } },
  lost: { canbo: { role: 'UNIT_MANAGER', unitId: 'university_01jb0000000000000000000000' } },
};

let key: Key;
let provider: Provider;
let server: TestServer;

const running: { stop(): Promise<void> }[] = [];
/** Stopped after the test, however it ends. */
async function forThisTest<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  running.push(started);
  return started;
}
afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

/** A Canbo that takes this provider's tokens, and what they claim. */
function startCanbo({ issuer }: { issuer: string }, more: TestServerOptions = {}): Promise<TestServer> {
  const env = { OIDC_ISSUER: issuer, OIDC_AUDIENCE: AUDIENCE, OIDC_CLAIMS: 'canbo', ...more.env };
  return startTestServer({ ...more, env });
}
const canboFor: typeof startCanbo = (...how) => forThisTest(startCanbo(...how));
const providerWith = (key: Key, at?: string) => forThisTest(startProvider({ key, clients: CLIENTS, at }));

/** What reading with a token comes to: the status and the codes of its errors. */
async function reading(canbo: TestServer, token: string): Promise<unknown[]> {
  const { status, errors = [] } = await canbo.ask(READ, {}, { token });
  return [status, ...errors.map(({ extensions }) => extensions.code)];
}

/** How a socket with this token is closed. */
async function closing(canbo: TestServer, token: string): Promise<number> {
  const client = await connect(canbo.url, { token });
  client.subscribe(FOLLOW);
  return (await client.closed).code;
}

beforeAll(async () => {
  key = await newKey();
  provider = await startProvider({ key, clients: CLIENTS });
  server = await startCanbo(provider);
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

describe("a provider's token", () => {
  it('is good over HTTP and WebSocket, and its subject is told apart from ours', async () => {
    const { id } = await newCohort(server); // with a token of our own
    const token = await provider.token('keeper');
    const client = await connect(server.url, { token });
    const subscriber = client.subscribe(FOLLOW, { after: await logEnd(server) });
    const opening = `mutation { openEnrolment(input: { cohortId: "${id}" }) { userErrors { code } } }`;
    const { data } = await server.ask(opening, {}, { token });
    expect(data.openEnrolment.userErrors).toEqual([]);
    const { cohortChanged } = await subscriber.nextData();
    expect(cohortChanged).toEqual({ actor: 'oidc:keeper', cohort: { id } });
    await client.close();
  });

  it('without a claim of ours is known, and may nothing', async () => {
    const token = await provider.token('nobody');
    expect(await reading(server, token)).toEqual([200, 'FORBIDDEN']);
    const client = await connect(server.url, { token });
    await expect(client.subscribe(FOLLOW).next()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    await client.close();
  });

  it.each(['emperor', 'muddled', 'homeless', 'lost'])(
    'that claims a wrong role or place (%s) is refused',
    async (who) => {
      expect(await reading(server, await provider.token(who))).toEqual([401, 'UNAUTHENTICATED']);
    },
  );

  it('claims nothing where OIDC_CLAIMS does not say which claim to honour', async () => {
    const [silent, other] = [
      await canboFor(provider, { env: { OIDC_CLAIMS: '' } }),
      await canboFor(provider, { env: { OIDC_CLAIMS: 'another' } }),
    ];
    const token = await provider.token('keeper');
    expect(await reading(server, token)).toEqual([200]);
    expect(await reading(silent, token)).toEqual([200, 'FORBIDDEN']);
    expect(await reading(other, token)).toEqual([200, 'FORBIDDEN']);
  });

  it('carries role and reach as claimed', async () => {
    const oidc = { issuer: provider.issuer, audience: AUDIENCE, claim: 'canbo' };
    const identify = makeIdentify({ jwtSecret: secretBytes, oidc, onTrouble: fail });
    const identity = await identify(`Bearer ${await provider.token('clerk')}`);
    expect(identity).toEqual({
      subject: 'oidc:clerk',
      expiresAt: expect.anything(),
      claimed: CLIENTS.clerk.canbo,
    });
  });

  /** What the provider puts into a token for the keeper. */
  const claims = (more: object = {}) => ({
    ...{ iss: provider.issuer, aud: AUDIENCE, sub: 'keeper', ...CLIENTS.keeper },
    ...{ iat: seconds(), exp: seconds() + 600 },
    ...more,
  });
  const forgery = (more: object) => sign(claims(more), key);
  const unsigned = (alg: string) => `${encode({ alg, kid: key.kid })}.${encode(claims())}.`;
  /** Signed with what everybody can read, as if it were a secret. */
  const confused = (publicKey: string, alg = 'HS256') =>
    sign(claims(), { alg, kid: key.kid, secret: new TextEncoder().encode(publicKey) });
  const pem = () => exportSPKI(key.public);

  it('made by hand as the provider makes it is good: the forgeries below fail for what is wrong with them', async () => {
    expect(await reading(server, await forgery({}))).toEqual([200]);
    expect(await reading(server, await forgery({ aud: ['urn:example:payroll', AUDIENCE] }))).toEqual([200]);
  });

  it('of a clock that is four seconds ahead is good', async () => {
    const ahead = { nbf: seconds() + 4, iat: seconds() + 4 };
    expect(await reading(server, await forgery(ahead))).toEqual([200]);
  });

  it.each([
    ['a path', 'resource_access.canbo', (claimed: object) => ({ resource_access: { canbo: claimed } })],
    ['a URL', 'https://city.example/canbo', (claimed: object) => ({ 'https://city.example/canbo': claimed })],
  ])('that has role and reach under %s is read there', async (_what, claim, under) => {
    const oidc = { issuer: provider.issuer, audience: AUDIENCE, claim };
    const identify = makeIdentify({ jwtSecret: secretBytes, oidc, onTrouble: fail });
    const identity = await identify(`Bearer ${await forgery(under({ role: 'VIEWER' }))}`);
    expect(identity!.claimed).toEqual({ role: 'VIEWER' });
  });

  const bad: [string, () => string | Promise<string>][] = [
    ['that has expired', () => forgery({ exp: seconds() - 6 })],
    ['that never expires', () => forgery({ exp: undefined })],
    ['that is not valid yet', () => forgery({ nbf: seconds() + 600 })],
    ['for another audience', () => provider.token('keeper', 'urn:example:payroll')],
    ['for no audience', () => forgery({ aud: undefined })],
    ['of another issuer', () => forgery({ iss: 'http://127.0.0.1:9' })],
    ['of an issuer with one more slash', () => forgery({ iss: `${provider.issuer}/` })],
    ['of no issuer', () => forgery({ iss: undefined })],
    ['of ours as the issuer', () => forgery({ iss: 'canbo', aud: 'canbo', role: 'ADMINISTRATOR' })],
    ['of nobody', () => forgery({ sub: undefined })],
    ['of an empty subject', () => forgery({ sub: '' })],
    ['without a signature (alg none)', () => unsigned('none')],
    ['without a signature that says RS256', () => unsigned('RS256')],
    ['with HS256 and the public key as PEM', async () => confused(await pem())],
    ['with HS256 and the public key as trimmed PEM', async () => confused((await pem()).trim())],
    ['with HS512 and the public key as PEM', async () => confused(await pem(), 'HS512')],
    [
      'with HS256 and the public key as JWK',
      async () => confused(JSON.stringify(await exportJWK(key.public))),
    ],
    ['with HS256 and our own secret', () => sign(claims(), { alg: 'HS256', secret: secretBytes })],
    ['of an unknown key', async () => sign(claims(), await newKey())],
    ['of another key under a known name', async () => sign(claims(), { ...(await newKey()), kid: key.kid })],
    ['of an unknown key in another algorithm', async () => sign(claims(), await newKey('ES256'))],
    ['that is oversized', () => forgery({ padding: 'x'.repeat(6_500) })],
  ];
  it.each(bad)('%s is refused with status 401, and not treated as no token', async (_what, make) => {
    const token = await make();
    const before = await logEnd(server);
    for (const asked of [
      await server.ask(READ, {}, { token }),
      await server.ask(ADD_TOPIC, { input: topic() }, { token }),
    ]) {
      expect([asked.status, asked.data ?? null]).toEqual([401, null]);
      expect(asked.errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAUTHENTICATED' }]);
    }
    expect(await logEnd(server)).toBe(before);
    expect(await closing(server, token)).toBe(4403);
  });

  it.each(['PS256', 'ES256', 'EdDSA'])('in %s is good', async (alg) => {
    const another = await providerWith(await newKey(alg));
    const canbo = await canboFor(another);
    expect(await reading(canbo, await another.token('keeper'))).toEqual([200]);
  });
});

describe('our own tokens beside a provider', () => {
  it('cannot name a subject of the provider, nor can one be signed', async () => {
    const claims = { iss: 'canbo', aud: 'canbo', role: 'ADMINISTRATOR', exp: seconds() + 600 };
    const ours = (sub: string) => sign({ ...claims, sub }, { alg: 'HS256', secret: secretBytes });
    expect(await reading(server, await ours('keeper'))).toEqual([200]);
    expect(await reading(server, await ours('oidc:keeper'))).toEqual([401, 'UNAUTHENTICATED']);
    await expect(signToken(secretBytes, { subject: 'oidc:keeper', lifetime: '1h' })).rejects.toThrow('oidc:');
  });

  it('are off in production until JWT_SECRET is set', async () => {
    const env = { NODE_ENV: 'production', JWT_SECRET: '' };
    const canbo = await canboFor(provider, { env });
    const claims = { iss: 'canbo', aud: 'canbo', sub: 'x', role: 'ADMINISTRATOR', exp: seconds() + 600 };
    for (const secret of [SECRET, 'null', 'undefined']) {
      const token = await sign(claims, { alg: 'HS256', secret: new TextEncoder().encode(secret) });
      expect(await reading(canbo, token)).toEqual([401, 'UNAUTHENTICATED']);
    }
    expect(await reading(canbo, await provider.token('keeper'))).toEqual([200]);
  });
});

describe('when the provider changes its key', () => {
  /** The same address with another key, and a token of each. */
  async function changing(timing: TestServerOptions['providerTiming']) {
    const first = await providerWith(await newKey());
    const canbo = await canboFor(first, { providerTiming: timing });
    const old = await first.token('keeper');
    expect(await reading(canbo, old)).toEqual([200]);
    await first.stop();
    const second = await providerWith(await newKey('ES256'), first.issuer);
    return { canbo, old, fresh: await second.token('keeper') };
  }

  it('new tokens are good at once, and old ones no longer', async () => {
    const { canbo, old, fresh } = await changing({ cooldown: 0 });
    expect(await reading(canbo, fresh)).toEqual([200]);
    expect(await reading(canbo, old)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await closing(canbo, old)).toBe(4403);
    expect(await reading(canbo, fresh)).toEqual([200]);
  });

  it('old ones are refused after the longest age of a key, even if no new one was seen', async () => {
    const { canbo, old } = await changing({ maxAge: 0 });
    expect(await reading(canbo, old)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('an unknown key within the cooldown fetches nothing', async () => {
    const { canbo, old, fresh } = await changing({ cooldown: 3_600_000 });
    expect(await reading(canbo, fresh)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await reading(canbo, old)).toEqual([200]);
  });
});

describe('while the provider is down', () => {
  /** A Canbo whose operator reads along. */
  async function watched(issuer: string, timing?: TestServerOptions['providerTiming']) {
    const told: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void told.push(line) });
    const canbo = await canboFor({ issuer }, { logger, providerTiming: { cooldown: 0, ...timing } });
    return { canbo, told };
  }

  it('Canbo starts and asks to try again, tells its operator once, and is well when it is back', async () => {
    const gone = await providerWith(await newKey());
    const token = await gone.token('keeper');
    await gone.stop();
    const { canbo, told } = await watched(gone.issuer);
    const answer = await canbo.ask(READ, {}, { token });
    expect([answer.status, answer.data ?? null]).toEqual([503, null]);
    expect(answer.errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAVAILABLE' }]);
    expect(await closing(canbo, token)).toBe(1013);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(
      `${gone.issuer}/.well-known/openid-configuration does not answer well: ECONNREFUSED`,
    );
    expect(told[0]).not.toContain(token.split('.')[1]);
    expect(await reading(canbo, 'a.b.c')).toEqual([401, 'UNAUTHENTICATED']);
    expect((await canbo.ask(READ)).errors).toBeUndefined(); // a token of our own

    const back = await providerWith(await newKey(), gone.issuer);
    expect(await reading(canbo, await back.token('keeper'))).toEqual([200]);
  });

  it('tokens of a key that is known stay good, and an unknown key does not change that', async () => {
    const known = await newKey();
    const one = await providerWith(known);
    const { canbo } = await watched(one.issuer);
    const token = await one.token('keeper');
    expect(await reading(canbo, token)).toEqual([200]);
    await one.stop();
    const claims = { iss: one.issuer, aud: AUDIENCE, sub: 'keeper', exp: seconds() + 600 };
    expect(await reading(canbo, await sign(claims, await newKey()))).toEqual([503, 'UNAVAILABLE']);
    expect(await reading(canbo, token)).toEqual([200]);
  });

  it('an answer that stops midway is not waited for', async () => {
    const halting = createServer((_request, response) => void response.writeHead(200).write('{"issuer":'));
    await once(halting.listen(0, '127.0.0.1'), 'listening');
    running.push({
      stop: () => {
        halting.close();
        halting.closeAllConnections();
        return Promise.resolve();
      },
    });
    const issuer = `http://127.0.0.1:${(halting.address() as AddressInfo).port}`;
    const { canbo, told } = await watched(issuer, { patience: 100 });
    const token = await sign({ iss: issuer, aud: AUDIENCE, sub: 'x', exp: seconds() + 600 }, key);
    expect(await reading(canbo, token)).toEqual([503, 'UNAVAILABLE']);
    expect(told[0]).toContain('timeout');
  });

  it('a provider that calls itself something else is not asked for keys', async () => {
    const issuer = provider.issuer.replace('127.0.0.1', 'localhost');
    const { canbo, told } = await watched(issuer);
    const token = await sign({ iss: issuer, aud: AUDIENCE, sub: 'keeper', exp: seconds() + 600 }, key);
    expect(await reading(canbo, token)).toEqual([503, 'UNAVAILABLE']);
    expect(told[0]).toContain(`OIDC_ISSUER is ${issuer}, but the provider calls itself ${provider.issuer}.`);
  });
});

describe('the settings', () => {
  const good = { OIDC_ISSUER: 'https://id.example/realms/canbo', OIDC_AUDIENCE: AUDIENCE };
  const read = (env: Record<string, string>) =>
    readConfig({ NODE_ENV: 'production', DATABASE_URL: databaseUrl('unused'), ...env });

  it('name a provider, and then need no JWT_SECRET', () => {
    const oidc = { issuer: good.OIDC_ISSUER, audience: AUDIENCE, claim: null };
    expect(read(good)).toMatchObject({ oidc, jwtSecret: null });
    expect(read({ ...good, OIDC_CLAIMS: 'canbo', JWT_SECRET: SECRET })).toMatchObject({
      oidc: { ...oidc, claim: 'canbo' },
      jwtSecret: secretBytes,
    });
    expect(read({ JWT_SECRET: SECRET }).oidc).toBeNull();
    expect(() => read({})).toThrow(/^JWT_SECRET: .*OIDC_ISSUER/);
  });

  it.each(['http://localhost:8080', 'http://127.0.0.1/realms/x', 'http://[::1]:9'])(
    'take %s in production, which stays on this machine',
    (issuer) => expect(read({ ...good, OIDC_ISSUER: issuer }).oidc?.issuer).toBe(issuer),
  );

  it.each<[string, Record<string, string>]>([
    ['OIDC_ISSUER', { OIDC_ISSUER: 'id.example' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'ftp://id.example' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: ' https://id.example' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'https://me:word@id.example' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'https://id.example/?realm=canbo' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'https://id.example/#canbo' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'http://id.example' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'http://127.0.0.1.example' }],
    ['OIDC_AUDIENCE', { OIDC_AUDIENCE: '' }],
    ['OIDC_AUDIENCE', { OIDC_AUDIENCE: 'canbo api' }],
    ['OIDC_AUDIENCE', { OIDC_ISSUER: '' }],
    ['OIDC_CLAIMS', { OIDC_ISSUER: '', OIDC_AUDIENCE: '', OIDC_CLAIMS: 'canbo' }],
    ['OIDC_CLAIMS', { OIDC_CLAIMS: 'can bo' }],
  ])('refuse a wrong %s: %j', (variable, wrong) => {
    const reading = () => read({ ...good, JWT_SECRET: SECRET, ...wrong });
    expect(reading).toThrow(new RegExp(`^${variable}: `));
    expect(reading).not.toThrow('word');
  });
});

test('our own tokens may carry a reach, and no role at all', async () => {
  const identify = makeIdentify({ jwtSecret: secretBytes, oidc: null, onTrouble: fail });
  const identityOf = async (claims: object) =>
    identify(`Bearer ${await signToken(secretBytes, { subject: 'an', lifetime: '1h', ...claims })}`);
  const officialId = 'official_01jb0000000000000000000000';
  expect((await identityOf({ role: Role.OFFICIAL, officialId }))?.claimed).toEqual({
    role: 'OFFICIAL',
    officialId,
  });
  expect(await identityOf({})).toEqual({ subject: 'an', expiresAt: expect.anything(), claimed: null });
  expect(await identify(undefined)).toBeNull();
});

/** For what must not be told: there is no trouble. */
function fail(error: unknown): void {
  throw error;
}
