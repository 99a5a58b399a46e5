// OpenID provider that misbehaves: bad keys spoil no good ones, huge answers are not read, failures are not asked for
// again by each token, and all is well as soon as the provider has mended it.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLError } from 'graphql';
import type { JWK } from 'jose';
import { type Identify, makeIdentify } from '../../src/access/identity';
import type { ProviderTiming } from '../../src/access/oidc';
import { AUDIENCE, type Key, newKey, sign } from '../support/provider';

const MEBIBYTE = 1_048_576;

/** A provider that answers as it is told. */
interface Provider {
  issuer: string;
  keys: unknown;
  /** Answers a request for keys, or for the discovery document, instead. */
  answer?: (path: string, response: ServerResponse) => boolean;
  /** The addresses that were asked for. */
  asked: string[];
}

let http: Server;
let provider: Provider;
let identify: Identify;
let told: string[];
let good: Key;
/** One of each kind: making one takes long. */
const made = new Map<string, Key>();

beforeAll(async () => {
  good = await newKey();
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) made.set(alg, await newKey(alg));
});
beforeEach(async () => {
  told = [];
  http = createServer((request, response) => {
    provider.asked.push(request.url!);
    if (provider.answer?.(request.url!, response)) return;
    const { issuer, keys } = provider;
    response.end(JSON.stringify(request.url === '/jwks' ? keys : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  provider = { issuer, keys: { keys: [publicOf(good)] }, asked: [] };
});
afterEach(() => {
  http.close();
  http.closeAllConnections();
});

function publicOf({ jwk }: Key): JWK {
  const { kty, n, e, crv, x, y, kid, alg, use } = jwk;
  return { kty, n, e, crv, x, y, kid, alg, use };
}

/** A Canbo that takes this provider's tokens; of it no more than what tells whose they are. */
function start(timing: Partial<ProviderTiming> = { cooldown: 0, patience: 60_000 }): void {
  const oidc = { issuer: provider.issuer, audience: AUDIENCE, claim: 'canbo' };
  const onTrouble = (error: unknown) => void told.push((error as Error).message);
  identify = makeIdentify({ jwtSecret: null, oidc, onTrouble, timing });
}

const tokenBy = (key: Key, kid = key.kid, alg = key.alg) =>
  sign(
    {
      ...{ iss: provider.issuer, aud: AUDIENCE, sub: 'keeper', canbo: { role: 'VIEWER' } },
      exp: Math.floor(Date.now() / 1000) + 600,
    },
    { alg, kid, secret: key.secret },
  );

/** What a token comes to: the status and the code of its answer. */
async function reading(token: string): Promise<unknown[]> {
  try {
    expect(await identify(`Bearer ${token}`)).toMatchObject({ subject: 'oidc:keeper' });
    return OK;
  } catch (error) {
    const { http, code } = (error as GraphQLError).extensions as { http: { status: number }; code: string };
    return [http.status, code];
  }
}

const OK = [200];
const REFUSED = [401, 'UNAUTHENTICATED'];
const AWAY = [503, 'UNAVAILABLE'];
const bytes = (text: string | undefined) => Buffer.from(text!, 'base64url');

/** Keys that cannot be used, made of one that can. */
const BROKEN: [what: string, alg: string, broken: (jwk: JWK) => unknown][] = [
  [
    'an RSA key of 1024 bits',
    'RS256',
    (jwk) => ({ ...jwk, n: bytes(jwk.n).subarray(0, 128).toString('base64url') }),
  ],
  ['an RSA key whose modulus is even', 'RS256', (jwk) => ({ ...jwk, n: evened(jwk.n) })],
  ['an RSA key whose modulus is text', 'RS256', (jwk) => ({ ...jwk, n: '!' })],
  ['an RSA key whose modulus is empty', 'RS256', (jwk) => ({ ...jwk, n: '' })],
  ['an RSA key whose modulus is a number', 'RS256', (jwk) => ({ ...jwk, n: 5 })],
  ['an RSA key without a modulus', 'RS256', (jwk) => ({ ...jwk, n: undefined })],
  ['an RSA key with a modulus of 400,000 bits', 'RS256', (jwk) => ({ ...jwk, n: 'x'.repeat(66_667) })],
  ['an RSA key with the exponent 1', 'RS256', (jwk) => ({ ...jwk, e: 'AQ' })],
  ['an RSA key with an even exponent', 'PS256', (jwk) => ({ ...jwk, e: 'Ag' })],
  ['an EC key off its curve', 'ES256', (jwk) => ({ ...jwk, y: jwk.x })],
  ['an EC key of another curve', 'ES256', (jwk) => ({ ...jwk, crv: 'P-521' })],
  ['an EC key of no curve', 'ES256', (jwk) => ({ ...jwk, crv: 'P-1' })],
  ['an Edwards key that is too short', 'EdDSA', (jwk) => ({ ...jwk, x: 'AAAA' })],
  ['a key of no kind', 'RS256', (jwk) => ({ ...jwk, kty: 'PQ' })],
  ['a key whose kind is a list', 'RS256', (jwk) => ({ ...jwk, kty: ['RSA'] })],
  ['null', 'RS256', () => null],
  ['a text', 'RS256', () => 'key'],
];
function evened(n: string | undefined): string {
  const modulus = bytes(n);
  modulus[modulus.length - 1]! &= 0xfe;
  return modulus.toString('base64url');
}

describe.each(BROKEN)('%s', (_what, alg, broken) => {
  it('among others is refused by itself, and taken once it is mended', async () => {
    const key = made.get(alg)!;
    const [bad, other] = [await tokenBy(key), await tokenBy(good)];
    provider.keys = { keys: [broken(publicOf(key)), publicOf(good)] };
    start();
    expect(await reading(bad)).toEqual(REFUSED);
    expect(await reading(other)).toEqual(OK);
    provider.keys = { keys: [publicOf(key), publicOf(good)] };
    expect(await reading(bad)).toEqual(OK);
    expect(told).toEqual([]);
  });

  it('alone is a provider in trouble, until it is mended', async () => {
    const key = made.get(alg)!;
    provider.keys = { keys: [broken(publicOf(key))] };
    start();
    const token = await tokenBy(key);
    expect(await reading(token)).toEqual(AWAY);
    expect(told).toEqual([expect.stringContaining('none of its 1 keys can check a signature')]);
    provider.keys = { keys: [publicOf(key)] };
    expect(await reading(token)).toEqual(OK);
  });
});

describe('a key set', () => {
  it.each<[string, unknown]>([
    ['that is null', null],
    ['that is a list', []],
    ['without keys', {}],
    ['with keys that are none', { keys: 'many' }],
    ['with none', { keys: [] }],
    ['with a thousand', { keys: Array.from({ length: 1_000 }, () => ({})) }],
  ])('%s is a provider in trouble', async (_what, keys) => {
    provider.keys = keys;
    start();
    expect(await reading(await tokenBy(good))).toEqual(AWAY);
    expect(told).toEqual([expect.stringContaining('does not answer well')]);
  });

  it('with the secret part of a key is taken without it', async () => {
    provider.keys = { keys: [good.jwk] };
    start();
    expect(await reading(await tokenBy(good))).toEqual(OK);
  });

  it('with a wrong key under the right name, or the name twice, is fetched again', async () => {
    const wrong = { ...publicOf(await newKey()), kid: good.kid };
    start();
    for (const keys of [[wrong], [wrong, publicOf(good)]]) {
      provider.keys = { keys };
      start();
      expect(await reading(await tokenBy(good))).toEqual(REFUSED);
      provider.keys = { keys: [publicOf(good)] };
      expect(await reading(await tokenBy(good))).toEqual(OK);
    }
  });
});

describe.each(['/.well-known/openid-configuration', '/jwks'])('an answer of %s', (path) => {
  it('that goes on for ever is read no further than a mebibyte', async () => {
    let sent = 0;
    let isCutOff: Promise<unknown> | undefined;
    provider.answer = (asked, response) => {
      if (asked !== path) return false;
      isCutOff = once(response, 'close');
      const chunk = Buffer.alloc(65_536, ' ');
      const more = (): void => {
        let isTaken = true;
        while (isTaken && !response.destroyed) {
          isTaken = response.write(chunk);
          sent += chunk.length;
        }
      };
      response.on('drain', more);
      more();
      return true;
    };
    start({ cooldown: 0, patience: 60_000 });
    expect(await reading(await tokenBy(good))).toEqual(AWAY);
    await isCutOff;
    expect(told).toEqual([expect.stringContaining(`more than ${MEBIBYTE} bytes`)]);
    expect(sent).toBeLessThan(16 * MEBIBYTE); // what the system holds on the way
    provider.answer = undefined;
    expect(await reading(await tokenBy(good))).toEqual(OK);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['that is no JSON', (response) => response.end('<html>')],
    ['that is empty', (response) => response.end()],
    ['with status 500', (response) => response.writeHead(500).end('{}')],
    ['that leads elsewhere', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['that breaks off', (response) => response.writeHead(200, { 'content-length': 99 }).end('{')],
    ['that is cut off', (response) => response.destroy()],
  ])('%s is a provider in trouble, told once and in short', async (_what, answer) => {
    provider.answer = (asked, response) => asked === path && (answer(response), true);
    start();
    for (let i = 0; i < 3; i++) expect(await reading(await tokenBy(good))).toEqual(AWAY);
    expect(told).toHaveLength(1);
    provider.answer = undefined;
    expect(await reading(await tokenBy(good))).toEqual(OK);
  });
});

describe('while a provider fails', () => {
  it('tokens that are made up do not have it asked again and again', async () => {
    provider.keys = {};
    start({ cooldown: 30_000, retry: 30_000 });
    const made = await Promise.all(Array.from({ length: 20 }, (_, i) => tokenBy(good, `made-up-${i}`)));
    for (const token of made.slice(0, 10)) expect(await reading(token)).toEqual(AWAY);
    for (const answer of await Promise.all(made.slice(10).map(reading))) expect(answer).toEqual(AWAY);
    expect(provider.asked).toHaveLength(2);
  });

  it('many that come at once have it asked once', async () => {
    start();
    const token = await tokenBy(good);
    for (const answer of await Promise.all(Array.from({ length: 20 }, () => reading(token))))
      expect(answer).toEqual(OK);
    expect(provider.asked).toHaveLength(2);
  });

  it('a forged token is refused all the same', async () => {
    start();
    expect(await reading(await tokenBy(good))).toEqual(OK);
    provider.answer = (_path, response) => (response.destroy(), true);
    const forged = await tokenBy({ ...(await newKey()), kid: good.kid });
    expect(await reading(forged)).toEqual(REFUSED);
    expect(await reading(await tokenBy(good))).toEqual(OK);
  });
});
