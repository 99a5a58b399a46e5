// Which identifiers does the registry hand out? TypeIDs: a type prefix, then a UUID in base 32.
import { createHash } from 'node:crypto';
import { TypeID, typeid } from 'typeid-js';

/** A prefix of at most 63 letters, `_`, and 26 digits. */
export const LONGEST_ID = 90;

/** A fresh id such as `cohort_01jb…`; ids made later sort later. */
export function newId(prefix: string): string {
  return typeid(prefix).toString();
}

/** The id that a sample record always gets, so that two sample cities are the same to the letter. */
export function idFromName(prefix: string, name: string): string {
  const digest = createHash('sha256').update(`${prefix}:${name}`).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80; // UUID version 8: made by the application
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return TypeID.fromUUIDBytes(prefix, new Uint8Array(digest.subarray(0, 16))).toString();
}

/** The type prefix of a well-formed id, or null for anything else. */
export function prefixOf(id: string): string | null {
  if (id.length > LONGEST_ID) return null;
  try {
    return TypeID.fromString(id).getType();
  } catch {
    return null;
  }
}
