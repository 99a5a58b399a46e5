// The analysis thread: runs long read-only statements on a connection of its own.
import SqliteFile from 'better-sqlite3';
import { workerData } from 'piscina';
import type { Row } from './database';
import type { Statement } from './sql';

const { path } = workerData as { path: string };
const file = new SqliteFile(path, { readonly: true, fileMustExist: true });

/** Runs the statements in one snapshot and returns the rows of each. */
const run = file.transaction((statements: Statement[]): Row[][] =>
  statements.map(({ sql, parameters }) => file.prepare<unknown[], Row>(sql).all(...parameters)),
);

export = run;
