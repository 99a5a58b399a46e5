// What the analysis thread answers. An error of SQLite loses its type on the way between threads, so it goes as data.
import SqliteFile from 'better-sqlite3';
import type { Row } from './database';

/** An error without its class, which cannot be sent. */
export interface Failure {
  name: string;
  message: string;
  code?: string;
  stack?: string;
}

export type Answer = { rows: Row[][] } | { failure: Failure };

/** What can be sent of an error. */
export function failureOf(error: unknown): Failure {
  const { name, message, code, stack } = error as Failure;
  return { name, message, code, stack };
}

/** The rows of each statement. @throws the error that they failed with, with its code and class. */
export function rowsOf(answer: Answer): Row[][] {
  if ('rows' in answer) return answer.rows;
  const { name, message, code, stack } = answer.failure;
  const error = code?.startsWith('SQLITE')
    ? new SqliteFile.SqliteError(message, code)
    : Object.assign(new Error(message), { name, code });
  error.stack = stack;
  throw error;
}
