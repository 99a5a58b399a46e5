// Time limit and cancellation: stops the reading of an operation whose time is up or whose caller has gone away.
import type { EventEmitter } from 'node:events';
import { apiError } from '../graphql/errors';
import type { Reader } from '../graphql/reader';

/**
 * Aborts an operation's reader when its time is up or its connection closes. graphql-js has no cancellation of its own,
 * but no resolver gets far without reading.
 * @returns a function that stops watching, for when the operation has ended.
 */
export function watch(reader: Reader, operationMs: number, connection: EventEmitter): () => void {
  const leave = () => {
    clearTimeout(timer);
    reader.abort(apiError('BAD_REQUEST', 'The caller has gone away.'));
  };
  const timer = setTimeout(() => reader.abort(tooLong(operationMs)), operationMs);
  connection.once('close', leave);
  return () => {
    clearTimeout(timer);
    connection.off('close', leave);
  };
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
