// Which keys sign the provider's tokens? Those that discovery leads to, fetched again when an unknown one turns up.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { apiError } from '../lib/errors';

/** How patient we are with a provider, in milliseconds. */
export interface ProviderTiming {
  /** How long an unknown key fetches nothing after a fetch: whoever makes tokens up must not steer our requests. */
  cooldown: number;
  /** How long a key stays good without asking again; a key that the provider withdrew is refused after this. */
  maxAge: number;
  /** How long one answer may take, to its last byte. */
  patience: number;
}

const TIMING: ProviderTiming = { cooldown: 30_000, maxAge: 600_000, patience: 5_000 };

/**
 * The keys of an OpenID provider, for `jwtVerify`. Nothing is fetched before the first token, so that the server
 * starts while the provider is down.
 * @param issuer as its tokens and its discovery document spell it.
 * @param onTrouble hears once what keeps the keys away, and again when that changes; never the token.
 * @returns a function that throws JWKSNoMatchingKey for a key the provider does not have, and UNAVAILABLE with HTTP
 *   status 503 when it cannot be asked.
 */
export function providerKeys(
  issuer: string,
  onTrouble: (error: unknown) => void,
  timing: Partial<ProviderTiming> = {},
): JWTVerifyGetKey {
  const { cooldown, maxAge, patience } = { ...TIMING, ...timing };
  let keys: JWTVerifyGetKey | null = null;
  let loadedAt = 0;
  let loading: Promise<JWTVerifyGetKey> | null = null;
  let told: string | null = null;

  const load = (): Promise<JWTVerifyGetKey> => {
    loading ??= fetchKeys(issuer, patience)
      .then((found) => {
        loadedAt = performance.now();
        told = null;
        return (keys = found);
      })
      .catch((error: Error) => {
        if (error.message !== told) onTrouble(error);
        told = error.message;
        throw apiError('UNAVAILABLE', 'The identity provider cannot be asked: try again shortly.', {
          http: { status: 503 },
        });
      })
      .finally(() => (loading = null));
    return loading;
  };
  const olderThan = (age: number) => performance.now() - loadedAt >= age;

  // Not jose's createRemoteJWKSet: one answer that stops midway would keep it, and every caller, waiting for ever.
  return async (header, token) => {
    const known = keys && !olderThan(maxAge) ? keys : await load();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !olderThan(cooldown)) throw error;
      return (await load())(header, token);
    }
  };
}

async function fetchKeys(issuer: string, patience: number): Promise<JWTVerifyGetKey> {
  const discovery = await fetchJson(
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    patience,
  );
  // A document for another issuer would let that one sign for this one.
  if (discovery.issuer !== issuer) {
    throw new Error(`OIDC_ISSUER is ${issuer}, but the provider calls itself ${String(discovery.issuer)}.`);
  }
  const address = String(discovery.jwks_uri);
  if (!/^https?:\/\//.test(address) || (/^https:/.test(issuer) && !/^https:/.test(address))) {
    throw new Error(`The provider ${issuer} keeps its keys at ${address}, which is not safe.`);
  }
  // jose checks the shape itself, and refuses what is no set of keys.
  return createLocalJWKSet((await fetchJson(address, patience)) as unknown as JSONWebKeySet);
}

/** @throws Error that names the address and what went wrong, for the operator. */
async function fetchJson(address: string, patience: number): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json' },
      redirect: 'error', // it could lead to where an https address never would
      signal: AbortSignal.timeout(patience),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const answer: unknown = await response.json();
    if (typeof answer !== 'object' || answer === null) throw new Error('no JSON object');
    return answer as Record<string, unknown>;
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    throw new Error(`${address} does not answer well: ${cause?.code ?? cause?.message ?? message}`);
  }
}
