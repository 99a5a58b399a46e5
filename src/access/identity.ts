// Authentication: checks a bearer token, our own (HS256) or the OpenID provider's. What its subject may do is decided
// elsewhere, in rights.ts.
import { decodeJwt, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions, SignJWT } from 'jose';
import type { OidcConfig } from '../config/config';
import { apiError } from '../graphql/errors';
import { prefixOf } from '../lib/ids';
import { lineFault } from '../lib/texts';
import { type ProviderTiming, verifyWithProvider } from './oidc';
import { Role } from './policy';

/** The identity in a valid token. */
export interface Identity {
  /** The subject of our own tokens as it is; of the provider's with the prefix `oidc:`. */
  subject: string;
  expiresAt: Date;
  claimed: Claimed | null;
}

/**
 * Role and reach in the claims of a token: always honoured in our own HS256 tokens; in the provider's only when
 * OIDC_CLAIMS is set.
 */
export interface Claimed {
  role: Role;
  unitId?: string;
  universityId?: string;
  officialId?: string;
}

/** The identity of an `Authorization` value; null when none was sent. */
export type Identify = (authorization: string | undefined) => Promise<Identity | null>;

export interface IdentitySettings {
  /** Checks our own tokens; null when there are none. */
  jwtSecret: Uint8Array | null;
  oidc: OidcConfig | null;
  /** Called with the error when the provider's keys cannot be fetched; never with the token. */
  onTrouble: (error: unknown) => void;
  timing?: Partial<ProviderTiming>;
}

const ISSUER = 'canbo';
const AUDIENCE = 'canbo';
const ALGORITHM = 'HS256';
/** Asymmetric only: a public key must never be accepted as a shared secret. */
const PROVIDER_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  'EdDSA',
];
/** How far two clocks may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
const HOW_TO_SEND = 'Send the token as "Authorization: Bearer <token>".';
const LONGEST_AUTHORIZATION = 8_192;
const LONGEST_SUBJECT = 255;
/** Prefix of the provider's subjects, forbidden in our own, so that neither can be mistaken for the other. */
const PROVIDER_SUBJECT = 'oidc:';
/** The claims with the reach of a role, each with the prefix of its ids. */
export const REACH = { unitId: 'unit', universityId: 'university', officialId: 'official' } as const;
/** The claim that a role needs, for roles that do not reach everywhere. */
export const REACH_OF: Partial<Record<Role, keyof typeof REACH>> = {
  [Role.UNIT_MANAGER]: 'unitId',
  [Role.UNIVERSITY_REGISTRAR]: 'universityId',
  [Role.OFFICIAL]: 'officialId',
};

/**
 * Makes the function that checks tokens.
 * @returns a function that throws UNAUTHENTICATED (HTTP status 401) when a token was sent and is not valid, never
 *   treating it as absent; and UNAVAILABLE (503) when the provider's keys cannot be fetched.
 */
export function makeIdentify({ jwtSecret, oidc, onTrouble, timing }: IdentitySettings): Identify {
  const ofProvider = oidc && providerTokens(oidc, onTrouble, timing);
  const ofOurs = jwtSecret && ownTokens(jwtSecret);
  return async (authorization) => {
    if (authorization === undefined) return null;
    // Before parsing, so that nobody can make the server parse megabytes.
    if (authorization.length > LONGEST_AUTHORIZATION) throw unauthenticated('The token is too long.');
    const sent = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1];
    if (!sent) throw unauthenticated(HOW_TO_SEND);
    const token = /^[\w-]+\.[\w-]+\.[\w-]+$/.exec(sent)?.[0];
    if (!token)
      throw unauthenticated(`${HOW_TO_SEND} What stands there is no JWT, of three parts with dots.`);
    try {
      // The unverified issuer only selects which keys and algorithms must have signed.
      const check = oidc && decodeJwt(token).iss === oidc.issuer ? ofProvider : ofOurs;
      if (!check) throw unauthenticated('The token is not valid here.');
      return await check(token);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('The token has expired: get a new one.');
      if (error instanceof errors.JWTClaimValidationFailed) {
        // Its signature was good: whoever holds it may know, and so the operator who looks for the mistake.
        throw unauthenticated(
          `The token is not valid here: its claim "${error.claim}" is not the one expected.`,
        );
      }
      if (error instanceof errors.JOSEError) throw unauthenticated('The token is not valid here.');
      throw error;
    }
  };
}

type Check = (token: string) => Promise<Identity>;

function ownTokens(secret: Uint8Array): Check {
  const options = expecting(ISSUER, AUDIENCE, [ALGORITHM]);
  return async (token) => {
    const { payload } = await jwtVerify(token, secret, options);
    assertIssued(payload);
    const subject = subjectOf(payload);
    if (subject.startsWith(PROVIDER_SUBJECT))
      throw unauthenticated("The token's subject is not one of ours.");
    return { subject, expiresAt: endOf(payload), claimed: claimedIn(payload) };
  };
}

function providerTokens(
  { issuer, audience, claim }: OidcConfig,
  onTrouble: (error: unknown) => void,
  timing?: Partial<ProviderTiming>,
): Check {
  const verify = verifyWithProvider(issuer, onTrouble, timing);
  const options = expecting(issuer, audience, PROVIDER_ALGORITHMS);
  return async (token) => {
    const payload = await verify(token, options);
    assertIssued(payload);
    const subject = `${PROVIDER_SUBJECT}${subjectOf(payload)}`;
    const claimed = claim === null ? null : claimedIn(claimAt(payload, claim));
    return { subject, expiresAt: endOf(payload), claimed };
  };
}

/** A claim by its name, which may be a URL, or by a path with dots into claims that are objects. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isObject ? (value as Record<string, unknown>)[name] : undefined;
  }, payload);
}

function expecting(issuer: string, audience: string, algorithms: string[]): JWTVerifyOptions {
  return {
    algorithms,
    issuer,
    audience,
    requiredClaims: ['sub', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
}

/** jose checks `iat` only where a maximum age is set. */
function assertIssued({ iat }: JWTPayload): void {
  if (iat !== undefined && iat > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS) {
    throw unauthenticated('The token says that it was issued in the future.');
  }
}

/** JSON has numbers that are no valid instant, and dates end in the year 275760. */
function endOf({ exp }: JWTPayload): Date {
  const end = new Date(exp! * 1000);
  if (Number.isNaN(end.getTime())) throw unauthenticated('The token ends at no moment of the calendar.');
  return end;
}

function subjectOf({ sub }: JWTPayload): string {
  if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT) {
    throw unauthenticated('The token names no subject.');
  }
  // The databases would store some of them differently, and two such subjects would look alike.
  if (lineFault(sub)) throw unauthenticated("The token's subject has control or invisible characters.");
  return sub;
}

/** The claims of a token. Malformed ones are refused: ignoring them would hide a mistake of the signer. */
function claimedIn(claims: unknown): Claimed | null {
  if (claims === undefined) return null;
  if (typeof claims !== 'object' || claims === null) {
    throw unauthenticated('The token names no role of this registry.');
  }
  const named = claims as Record<string, unknown>;
  if (named.role === undefined) return null;
  const role = Object.values(Role).find((each) => each === named.role);
  if (!role) throw unauthenticated('The token names no role of this registry.');
  const claimed: Claimed = { role };
  for (const claim of Object.keys(REACH) as (keyof typeof REACH)[]) {
    const id = named[claim];
    if (id === undefined) continue;
    if (typeof id !== 'string' || prefixOf(id) !== REACH[claim]) {
      throw unauthenticated(`The token's ${claim} is no id of this registry.`);
    }
    claimed[claim] = id;
  }
  const needed = REACH_OF[role];
  if (needed && !claimed[needed]) throw unauthenticated(`The token's role ${role} needs ${needed}.`);
  return claimed;
}

/** The content of a token of our own; `lifetime` as in "8h" or "30d". */
export type TokenClaims = { subject: string; lifetime: string } & Partial<Claimed>;

/**
 * Signs a token of our own.
 * @param claims role and reach are optional: without them the subject has its granted roles only.
 * @throws Error for a subject with the provider's prefix.
 */
export async function signToken(
  secret: Uint8Array,
  { subject, lifetime, ...claimed }: TokenClaims,
): Promise<string> {
  if (subject.startsWith(PROVIDER_SUBJECT)) {
    throw new Error(`A subject that begins with "${PROVIDER_SUBJECT}" is the provider's.`);
  }
  return new SignJWT({ ...claimed })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(subject)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(secret);
}

/** The error for an invalid token: the whole request fails, with HTTP status 401. */
const unauthenticated = (message: string) => apiError('UNAUTHENTICATED', message, { http: { status: 401 } });
