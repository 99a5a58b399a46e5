// OpenID Connect: verifies the provider's tokens with keys found through discovery, fetched again for an unknown key.
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

/** Timeouts and intervals for requests to the provider, in milliseconds. */
export interface ProviderTiming {
  /** Least time between fetches caused by unknown keys: forged tokens must not control our requests. */
  cooldown: number;
  /** How long fetched keys are used; a key that the provider withdrew is refused after this. */
  maxAge: number;
  /** Timeout of one response, to its last byte. */
  patience: number;
  /** Least time between fetches after a failure, at most `cooldown`: short, because the provider may have recovered. */
  retry: number;
}

const TIMING: ProviderTiming = { cooldown: 30_000, maxAge: 600_000, patience: 5_000, retry: 2_000 };
/** Size limit of a response; those of the largest providers have a few kilobytes. */
const MOST_BYTES = 1_048_576;
const LONGEST_QUOTE = 200;

/** Failures that a newer key set may cure: the provider has added a key, or corrected one. */
const OUTDATED = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JWSSignatureVerificationFailed,
];

/** Verifies a token. @returns its payload. @throws an error of jose when it is invalid; UNAVAILABLE. */
export type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

/**
 * Verifies tokens with the keys of an OpenID provider. Nothing is fetched before the first token, so that the server
 * starts while the provider is down.
 * @param issuer as the provider's tokens and its discovery document spell it.
 * @param onTrouble called when fetching the keys fails, once for each different message; never with the token.
 * @returns a function that throws JWKSNoMatchingKey for a key the provider does not have, and UNAVAILABLE with HTTP
 *   status 503 when the keys cannot be fetched.
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
    // Forged tokens must not each cause a request to a provider that is failing.
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

  // Not jose's createRemoteJWKSet: one response that stops midway would block it, and every caller, for ever.
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
    // jose detects an unsuitable key type late and reports it as a programming error.
    throw error instanceof errors.JOSEError ? error : new errors.JWKSNoMatchingKey();
  }
}

const unavailable = () =>
  apiError('UNAVAILABLE', 'The identity provider cannot be reached: try again shortly.', {
    http: { status: 503 },
  });

async function fetchKeys(issuer: string, patience: number): Promise<JWTVerifyGetKey> {
  const discovery = await fetchJson(
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    patience,
  );
  // A document for another issuer would let that issuer sign for this one.
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

/** Fetches a JSON object. @throws Error that names the address and the cause, for the operator. */
async function fetchJson(address: string, patience: number): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json' },
      redirect: 'error', // a redirect could leave https
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

/** The text of a response. @throws Error as soon as it is too long; the rest is not read. */
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
