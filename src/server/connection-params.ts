// The payload of connection_init: finds a token that was sent under a key that is not read.
import { badInput } from '../graphql/errors';

const LIKE_A_KEY = /^((access|auth|id)?[-_]?token|auth|jwt|bearer|x-?authorization|authorization)$/i;
/** A JWT begins with the JSON of its header, `{"`; a version such as 1.2.3 is none. */
const LIKE_A_TOKEN = /^(bearer\s|eyJ[\w-]*\.[\w-]+\.[\w-]*$)/i;

/**
 * Called where no `authorization` was sent. Without it the caller would be a stranger, and wonder why they see so little.
 * @throws BAD_USER_INPUT that names the key, at the top or in `headers`.
 */
export function assertNoTokenElsewhere(sent: Record<string, unknown>): void {
  const key = keyOfToken(sent);
  if (key === undefined) return;
  // A reason for closing may have 123 bytes.
  throw badInput(`The token is read from connectionParams.authorization, not from "${key.slice(0, 40)}"`);
}

function keyOfToken(sent: Record<string, unknown>): string | undefined {
  for (const [key, value] of Object.entries(sent)) {
    if (typeof value === 'string' && value && (LIKE_A_KEY.test(key) || LIKE_A_TOKEN.test(value))) return key;
    if (key !== 'headers' || typeof value !== 'object' || value === null) continue;
    const inner = keyOfToken(value as Record<string, unknown>);
    if (inner !== undefined) return `headers.${inner}`;
  }
  return undefined;
}
