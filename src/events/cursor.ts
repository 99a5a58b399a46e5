// Event cursor: an opaque position in the event log, made of the log's id and the sequence number of the last event.
import { apiError } from '../graphql/errors';

/** Twice the length of a cursor, which has some 30 characters. */
export const LONGEST_CURSOR = 64;

export interface Position {
  logId: string;
  seq: number;
}

/** Encodes a position; the result is the same for the same position, and safe in URLs. */
export function encodeCursor({ logId, seq }: Position): string {
  return Buffer.from(`${logId}.${seq}`).toString('base64url');
}

/** Decodes a cursor. @throws CURSOR_INVALID for anything that encodeCursor did not make. */
export function decodeCursor(cursor: string): Position {
  const text = cursor.length > LONGEST_CURSOR ? '' : Buffer.from(cursor, 'base64url').toString('latin1');
  const match = /^([0-9a-z]+)\.(0|[1-9]\d{0,14})$/.exec(text);
  const position = match && { logId: match[1]!, seq: Number(match[2]) };
  if (!position || encodeCursor(position) !== cursor) {
    throw apiError(
      'CURSOR_INVALID',
      'This is no event cursor. Read `latestCursor`, refetch, and follow from there.',
    );
  }
  return position;
}

/**
 * Whether a cursor stands before another one in the same log.
 * @throws CURSOR_INVALID when one of them is none.
 */
export function isBefore(cursor: string, other: string): boolean {
  const [one, two] = [decodeCursor(cursor), decodeCursor(other)];
  return one.logId === two.logId && one.seq < two.seq;
}
