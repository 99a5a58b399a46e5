// JSON Web Key Set of the OpenID provider: keeps the keys that can check a signature. An unusable key is left out and
// does not invalidate the others.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { JWK } from 'jose';

/** More than any provider has; bounded because each key is tested when the set is read. */
const MOST_KEYS = 100;
const SMALLEST_MODULUS_BITS = 2_048;
/** OpenSSL refuses to verify with a larger one. */
const LARGEST_MODULUS_BITS = 16_384;
const LONGEST_MEMBER = 4_000;
const CURVES = ['P-256', 'P-384', 'P-521'];
const EDWARDS = ['ed25519', 'ed448'];

/**
 * The usable keys of a set, their public parts only.
 * @param answer the provider's response.
 * @throws Error when it is no key set, has too many keys, or no usable one.
 */
export function usableKeys(answer: Record<string, unknown>): JWK[] {
  const { keys } = answer;
  if (!Array.isArray(keys)) throw new Error('it is no key set');
  if (keys.length > MOST_KEYS) throw new Error(`it has ${keys.length} keys; at most ${MOST_KEYS} are read`);
  const good = keys.flatMap((each: unknown) => usable(each) ?? []);
  if (good.length === 0) throw new Error(`none of its ${keys.length} keys can check a signature`);
  return good;
}

function usable(given: unknown): JWK | null {
  if (typeof given !== 'object' || given === null) return null;
  const { kid, alg, use, key_ops, kty, n, e, crv, x, y } = given as JWK;
  if ([kid, alg, use, kty, n, e, crv, x, y].some((member) => !isShortText(member))) return null;
  try {
    // Without its private part, should the provider send one: jose would refuse it as a mistake of ours.
    const key = createPublicKey({ format: 'jwk', key: { kty, n, e, crv, x, y } });
    if (!isGood(key, n, crv)) return null;
    return { ...key.export({ format: 'jwk' }), ...withoutUndefined({ kid, alg, use, key_ops }) } as JWK;
  } catch {
    return null; // an unknown key type, a point off its curve, an invalid modulus
  }
}

const isShortText = (member: unknown): boolean =>
  member === undefined || (typeof member === 'string' && member.length <= LONGEST_MEMBER);

const withoutUndefined = (members: object) =>
  Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined));

/** @throws what OpenSSL throws when it cannot work with the key. */
function isGood(key: KeyObject, n: string | undefined, crv: string | undefined): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') {
    const bits = details!.modulusLength!;
    const exponent = details!.publicExponent!;
    if (bits < SMALLEST_MODULUS_BITS || bits > LARGEST_MODULUS_BITS) return false;
    // With the exponent 1 anybody can forge a signature; and an even modulus or exponent is not RSA.
    if (exponent < 3n || exponent % 2n === 0n || Buffer.from(n!, 'base64url').at(-1)! % 2 === 0) return false;
    verify('sha256', PROBE, key, Buffer.alloc(Math.ceil(bits / 8)));
    verify('sha256', PROBE, { key, padding: constants.RSA_PKCS1_PSS_PADDING }, Buffer.alloc(bits / 8));
    return true;
  }
  if (type === 'ec') return CURVES.includes(crv!) && probe(key);
  return EDWARDS.includes(type!) && probe(key, null);
}

const PROBE = Buffer.from('anything');

function probe(key: KeyObject, digest: string | null = 'sha256'): boolean {
  verify(digest, PROBE, { key, dsaEncoding: 'ieee-p1363' }, Buffer.alloc(64));
  return true;
}
