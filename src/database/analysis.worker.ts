// The analysis thread: runs long read-only statements on a connection of its own.
import { setPriority } from 'node:os';
import SqliteFile from 'better-sqlite3';
import { workerData } from 'piscina';
import { type Answer, failureOf } from './analysis-answer';
import type { Row } from './database';
import type { Statement } from '../lib/sql';

const { path } = workerData as { path: string };
/** Below the reading threads: counts are the longest of all. Only Linux knows threads by priority. */
const NICE = 10;
if (process.platform === 'linux') setPriority(NICE);

let opened: SqliteFile.Database | undefined;

/** Runs the statements in one snapshot and returns the rows of each, or how they failed. */
function run(statements: Statement[]): Answer {
  try {
    const file = (opened ??= new SqliteFile(path, { readonly: true, fileMustExist: true }));
    const all = file.transaction(() =>
      statements.map(({ sql, parameters }) => file.prepare<unknown[], Row>(sql).all(...parameters)),
    );
    return { rows: all() };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

export = run;
