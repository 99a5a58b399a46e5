// Who is calling? The bearer of a signed token, or a stranger.
import { errors, jwtVerify, SignJWT } from 'jose';
import { apiError } from '../lib/errors';
import { type Permission, policy, Role } from './policy';

const ISSUER = 'canbo';
const AUDIENCE = 'canbo';
const ALGORITHM = 'HS256';

export class Actor {
  constructor(
    /** The token's subject; null for a stranger. */
    readonly subject: string | null,
    readonly role: Role | null,
    /** When the token ends; null for a stranger. */
    readonly expiresAt: Date | null = null,
  ) {}

  may(permission: Permission): boolean {
    return this.role !== null && (policy[permission] as readonly Role[]).includes(this.role);
  }
}

/**
 * The caller that an `Authorization` value stands for.
 * @param authorization "Bearer …", or undefined when none was sent.
 * @param stranger what a caller without a token is.
 * @throws UNAUTHENTICATED when a token was sent and is not valid: never treated as no token.
 */
export async function authenticate(
  authorization: string | undefined,
  secret: Uint8Array,
  stranger: Actor,
): Promise<Actor> {
  if (authorization === undefined) return stranger;
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization.trim())?.[1];
  if (!token) throw unauthenticated('Send the token as "Authorization: Bearer <token>".');
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'role'],
      clockTolerance: 5,
    });
    const role = Object.values(Role).find((each) => each === payload.role);
    if (!role) throw unauthenticated('The token names no role of this registry.');
    return new Actor(payload.sub!, role, new Date(payload.exp! * 1000));
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthenticated('The token has expired: get a new one.');
    if (error instanceof errors.JOSEError) throw unauthenticated('The token is not valid here.');
    throw error;
  }
}

/** Signs a token for a role; `lifetime` as in "8h" or "30d". */
export async function signToken(
  secret: Uint8Array,
  claims: { role: Role; subject: string; lifetime: string },
): Promise<string> {
  return new SignJWT({ role: claims.role })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(claims.subject)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(claims.lifetime)
    .sign(secret);
}

/** A token that was sent and does not hold: the whole request fails, with HTTP status 401. */
const unauthenticated = (message: string) => apiError('UNAUTHENTICATED', message, { http: { status: 401 } });
