// Who is calling? The bearer of a signed token, or a stranger.
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { apiError } from '../lib/errors';
import { prefixOf } from '../lib/ids';
import { Role } from './policy';

const ISSUER = 'canbo';
const AUDIENCE = 'canbo';
const ALGORITHM = 'HS256';

/** The role and reach that a token itself claims. */
export interface Claimed {
  role: Role;
  unitId?: string;
  universityId?: string;
  officialId?: string;
}

/** Who a valid token says its bearer is; what they may do is read from grants and claims elsewhere. */
export interface Identity {
  subject: string;
  expiresAt: Date;
  claimed: Claimed | null;
}

/** The bearer of an `Authorization` value; null when none was sent. */
export type Identify = (authorization: string | undefined) => Promise<Identity | null>;

export interface IdentitySettings {
  jwtSecret: Uint8Array;
}

/**
 * How callers are told apart.
 * @throws (when called) UNAUTHENTICATED when a token was sent and is not valid: never treated as no token.
 */
export function makeIdentify({ jwtSecret }: IdentitySettings): Identify {
  return async (authorization) => {
    if (authorization === undefined) return null;
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization.trim())?.[1];
    if (!token) throw unauthenticated('Send the token as "Authorization: Bearer <token>".');
    try {
      const { payload } = await jwtVerify(token, jwtSecret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 5,
      });
      return {
        subject: payload.sub!,
        expiresAt: new Date(payload.exp! * 1000),
        claimed: claimedIn(payload),
      };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('The token has expired: get a new one.');
      if (error instanceof errors.JOSEError) throw unauthenticated('The token is not valid here.');
      throw error;
    }
  };
}

function claimedIn({ role, unitId, universityId, officialId }: JWTPayload): Claimed | null {
  if (role === undefined) return null;
  const found = Object.values(Role).find((each) => each === role);
  if (!found) throw unauthenticated('The token names no role of this registry.');
  const idOf = (prefix: string, id: unknown) =>
    typeof id === 'string' && prefixOf(id) === prefix ? id : undefined;
  return {
    role: found,
    unitId: idOf('unit', unitId),
    universityId: idOf('university', universityId),
    officialId: idOf('official', officialId),
  };
}

export interface TokenClaims extends Partial<Claimed> {
  subject: string;
  /** As in "8h" or "30d". */
  lifetime: string;
}

/** Signs a token for a subject, with the role it claims, if any. */
export async function signToken(
  secret: Uint8Array,
  { subject, lifetime, ...claimed }: TokenClaims,
): Promise<string> {
  return new SignJWT({ ...claimed })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(subject)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(secret);
}

/** A token that was sent and does not hold: the whole request fails, with HTTP status 401. */
const unauthenticated = (message: string) => apiError('UNAUTHENTICATED', message, { http: { status: 401 } });
