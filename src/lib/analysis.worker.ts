// The analysis thread: runs long read-only statements on a connection of its own.
import { workerData } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';
import type { Row, Statement } from './database';

// Piscina wraps what it was given as workerData in a list of its own.
const { path } = (workerData as [unknown, { path: string }])[1];
const file = new SqliteFile(path, { readonly: true, fileMustExist: true });

/** Runs the statements in one snapshot and returns the rows of each. */
const run = file.transaction((statements: Statement[]): Row[][] =>
  statements.map(({ sql, parameters }) => file.prepare<unknown[], Row>(sql).all(...parameters)),
);

export = run;
