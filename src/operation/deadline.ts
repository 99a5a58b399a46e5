// Who still waits for this operation? When nobody does, or it has taken too long, its work stops.
import type { EventEmitter } from 'node:events';
import { callerKey } from '../access/caller';
import type { Admission } from './admission';
import type { Database } from '../database/database';
import { apiError } from '../graphql/errors';
import { Reader } from '../graphql/reader';
import type { Asked, Turn } from './turns';

/**
 * Ends an operation's reader early when its time is up or its connection closes; graphql-js has no cancellation of its
 * own, but no resolver gets far without reading.
 * @param leftMs what is left of the time, where the operation has waited for its turn.
 * @returns what calls the watch off, once the operation has ended.
 */
export function watch(
  reader: Reader,
  operationMs: number,
  connection: EventEmitter,
  leftMs = operationMs,
): () => void {
  const leave = () => {
    clearTimeout(timer);
    reader.abort(apiError('BAD_REQUEST', 'The caller has gone away.'));
  };
  const timer = setTimeout(() => reader.abort(tooLong(operationMs)), leftMs);
  connection.once('close', leave);
  return () => {
    clearTimeout(timer);
    connection.off('close', leave);
  };
}

/**
 * A turn for an operation that does not read yet, for as long as its connection is open and its time lasts.
 * @returns the turn and the milliseconds that are left.
 * @throws as Admission.enter does
 */
export async function enterInTime(
  admission: Admission,
  database: Database,
  connection: EventEmitter,
  operationMs: number,
  asked: Omit<Asked, 'reader'>,
): Promise<{ turn: Turn; leftMs: number }> {
  const began = performance.now();
  const reader = new Reader(database, callerKey(asked.caller));
  const callOff = watch(reader, operationMs, connection);
  try {
    const turn = await admission.enter({ ...asked, reader });
    return { turn, leftMs: Math.max(1, operationMs - (performance.now() - began)) };
  } finally {
    callOff();
  }
}

function tooLong(operationMs: number) {
  const seconds = operationMs / 1000;
  return apiError(
    'UNAVAILABLE', // the operation may be small, and the server busy
    `This operation did not end within the ${seconds} s that are allowed: ask for less at a time, or again later. ` +
      'Of a mutation, read whether it has happened, or send it again with the same clientMutationId.',
    { limit: 'time', allowed: seconds },
  );
}
