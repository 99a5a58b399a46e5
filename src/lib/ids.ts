// Identifiers: TypeIDs, made of a type prefix and a UUID in base 32.
import { createHash } from 'node:crypto';
import { TypeID, typeid } from 'typeid-js';

/** A prefix of at most 63 letters, `_`, and 26 base-32 digits. */
export const LONGEST_ID = 90;

/** A new id such as `cohort_01jb…`; later ids sort after earlier ones. */
export function newId(prefix: string): string {
  return typeid(prefix).toString();
}

/** A deterministic id for a record of the sample city, so that two sample cities are identical. */
export function idFromName(prefix: string, name: string): string {
  const digest = createHash('sha256').update(`${prefix}:${name}`).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80; // UUID version 8: application-defined
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return TypeID.fromUUIDBytes(prefix, new Uint8Array(digest.subarray(0, 16))).toString();
}

/** The type prefix of an id, or null when the id is malformed. */
export function prefixOf(id: string): string | null {
  if (id.length > LONGEST_ID) return null;
  try {
    return TypeID.fromString(id).getType();
  } catch {
    return null;
  }
}
