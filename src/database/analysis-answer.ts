// Messages of the analysis thread: rows or an error. An error loses its class between threads, so it is sent as data.
import SqliteFile from 'better-sqlite3';
import type { Row } from './database';

/** The data of an error, without its class. */
export interface Failure {
  name: string;
  message: string;
  code?: string;
  stack?: string;
}

export type Answer = { rows: Row[][] } | { failure: Failure };

/** Converts an error to data. */
export function failureOf(error: unknown): Failure {
  const { name, message, code, stack } = error as Failure;
  return { name, message, code, stack };
}

/** The rows of each statement. @throws the error of the thread, restored with its code and class. */
export function rowsOf(answer: Answer): Row[][] {
  if ('rows' in answer) return answer.rows;
  const { name, message, code, stack } = answer.failure;
  const error = code?.startsWith('SQLITE')
    ? new SqliteFile.SqliteError(message, code)
    : Object.assign(new Error(message), { name, code });
  error.stack = stack;
  throw error;
}
