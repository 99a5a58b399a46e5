// Analysis thread (worker of Piscina): runs long read-only statements on its own SQLite connection.
import { setPriority } from 'node:os';
import SqliteFile from 'better-sqlite3';
import { workerData } from 'piscina';
import { type Answer, failureOf } from './analysis-answer';
import type { Row } from './database';
import type { Statement } from '../lib/sql';

const { path } = workerData as { path: string };
/** Lower priority than the reading threads, because counts take longest. Only Linux has thread priorities. */
const NICE = 10;
if (process.platform === 'linux') setPriority(NICE);

let opened: SqliteFile.Database | undefined;

/** Runs the statements in one snapshot and returns the rows of each, or the error. */
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
