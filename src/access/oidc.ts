// Which keys sign the provider's tokens? Those that discovery leads to, fetched again when an unknown one turns up.
import {
  createLocalJWKSet,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { apiError } from '../graphql/errors';
import { usableKeys } from './key-set';

/** How patient we are with a provider, in milliseconds. */
export interface ProviderTiming {
  /** How long an unknown key fetches nothing after a fetch: whoever makes tokens up must not steer our requests. */
  cooldown: number;
  /** How long a key stays good without asking again; a key that the provider withdrew is refused after this. */
  maxAge: number;
  /** How long one answer may take, to its last byte. */
  patience: number;
  /** How long nothing is fetched after a fetch that failed, at most `cooldown`: short, as it may be well again. */
  retry: number;
}

const TIMING: ProviderTiming = { cooldown: 30_000, maxAge: 600_000, patience: 5_000, retry: 2_000 };
/** Of an answer; the largest provider's are a few kilobytes. */
const MOST_BYTES = 1_048_576;
const LONGEST_QUOTE = 200;

/** How a token fails when the provider may have another key by now: a new one, or a right one for a wrong one. */
const OUTDATED = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JWSSignatureVerificationFailed,
];

/** Checks a token. @returns what it says. @throws an error of jose when it does not hold; UNAVAILABLE. */
export type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

/**
 * Checks tokens with the keys of an OpenID provider. Nothing is fetched before the first token, so that the server
 * starts while the provider is down.
 * @param issuer as its tokens and its discovery document spell it.
 * @param onTrouble hears once what keeps the keys away, and again when that changes; never the token.
 * @returns a function that throws JWKSNoMatchingKey for a key the provider does not have, and UNAVAILABLE with HTTP
 *   status 503 when it cannot be asked.
 */
export function verifyWithProvider(
  issuer: string,
  onTrouble: (error: unknown) => void,
  timing: Partial<ProviderTiming> = {},
): Verify {
  const { cooldown, maxAge, patience, ...rest } = { ...TIMING, ...timing };
  const retry = Math.min(rest.retry, cooldown);
  let keys: JWTVerifyGetKey | null = null;
  let loadedAt = 0;
  let loading: Promise<JWTVerifyGetKey> | null = null;
  let told: string | null = null;
  let failedAt = -Infinity;

  const load = async (): Promise<JWTVerifyGetKey> => {
    // Tokens that somebody makes up must not each have a provider asked that is in trouble.
    if (!loading && performance.now() - failedAt < retry) throw unavailable();
    loading ??= fetchKeys(issuer, patience)
      .then((found) => {
        loadedAt = performance.now();
        told = null;
        return (keys = found);
      })
      .catch((error: Error) => {
        failedAt = performance.now();
        if (error.message !== told) onTrouble(error);
        told = error.message;
        throw unavailable();
      })
      .finally(() => (loading = null));
    return loading;
  };
  const olderThan = (age: number) => performance.now() - loadedAt >= age;

  // Not jose's createRemoteJWKSet: one answer that stops midway would keep it, and every caller, waiting for ever.
  return async (token, options) => {
    const known = keys && !olderThan(maxAge) ? keys : await load();
    try {
      return await check(token, known, options);
    } catch (error) {
      if (!OUTDATED.some((kind) => error instanceof kind) || !olderThan(cooldown)) throw error;
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      const fresh = await load().catch((away) => {
        throw isUnknown ? away : error;
      });
      return check(token, fresh, options);
    }
  };
}

async function check(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    // Of what kind a key is jose finds out late, and calls it a mistake of the program.
    throw error instanceof errors.JOSEError ? error : new errors.JWKSNoMatchingKey();
  }
}

const unavailable = () =>
  apiError('UNAVAILABLE', 'The identity provider cannot be asked: try again shortly.', {
    http: { status: 503 },
  });

async function fetchKeys(issuer: string, patience: number): Promise<JWTVerifyGetKey> {
  const discovery = await fetchJson(
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    patience,
  );
  // A document for another issuer would let that one sign for this one.
  if (discovery.issuer !== issuer) {
    throw new Error(`OIDC_ISSUER is ${issuer}, but the provider calls itself ${quoted(discovery.issuer)}.`);
  }
  const address = String(discovery.jwks_uri);
  if (!/^https?:\/\//.test(address) || (/^https:/.test(issuer) && !/^https:/.test(address))) {
    throw new Error(`The provider ${issuer} keeps its keys at ${quoted(address)}, which is not safe.`);
  }
  const answer = await fetchJson(address, patience);
  try {
    return createLocalJWKSet({ keys: usableKeys(answer) });
  } catch (error) {
    throw new Error(`${quoted(address)} does not answer well: ${(error as Error).message}`);
  }
}

const quoted = (said: unknown): string => String(said).slice(0, LONGEST_QUOTE);

/** @throws Error that names the address and what went wrong, for the operator. */
async function fetchJson(address: string, patience: number): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json' },
      redirect: 'error', // it could lead to where an https address never would
      signal: AbortSignal.timeout(patience),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`HTTP ${response.status}`);
    }
    const answer: unknown = JSON.parse(await textOf(response));
    if (typeof answer !== 'object' || answer === null) throw new Error('no JSON object');
    return answer as Record<string, unknown>;
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    throw new Error(`${quoted(address)} does not answer well: ${cause?.code ?? cause?.message ?? message}`);
  }
}

/** The text of an answer. @throws Error as soon as it is too long: what is left of it is not read. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
