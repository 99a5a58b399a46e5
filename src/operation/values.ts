// Size of a request in memory: JSON of many small values takes some twenty times the bytes it was sent in.
import { apiError } from '../graphql/errors';

/** What an object, a list or an entry of one takes when it is parsed, in bytes, roughly. */
const BYTES_A_VALUE = 64;
const [QUOTE, BACKSLASH, COMMA, OPENING_BRACKET, OPENING_BRACE] = [...'"\\,[{'].map((sign) =>
  sign.charCodeAt(0),
);

/**
 * How many values a JSON text holds and how much memory they will take, found without parsing it.
 * @param json UTF-8
 */
export function sizeOf(json: Uint8Array): { values: number; bytes: number } {
  let values = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (inText) {
      if (sign === BACKSLASH) at += 1;
      else if (sign === QUOTE) inText = false;
    } else if (sign === QUOTE) inText = true;
    else if (sign === COMMA || sign === OPENING_BRACKET || sign === OPENING_BRACE) values += 1;
  }
  return { values, bytes: json.length + BYTES_A_VALUE * values };
}

/** @throws BAD_USER_INPUT for a request of more values than are parsed. */
export function assertFewValues(values: number, allowed: number): void {
  if (values <= allowed) return;
  throw apiError('BAD_USER_INPUT', tooManyValues(allowed), { http: { status: 413 } });
}

export const tooManyValues = (allowed: number): string =>
  `A request holds at most ${allowed} values: send them in several.`;
