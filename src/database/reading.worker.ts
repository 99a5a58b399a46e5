// The reading thread: runs the statements of one operation after the other on a read-only connection of its own.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';
import type { Answer, Question } from './reading-thread';

const PREPARED = 200;
/** Of pages, for each thread: SQLite would keep 16 MB, and the system holds them for all threads anyway. */
const CACHE_KB = 4_000;
/** Statements may be long; on few cores they must not hold up the main thread. Only Linux knows threads by priority. */
const NICE = 5;
if (process.platform === 'linux') setPriority(NICE);

const { path } = workerData as { path: string };
const file = new SqliteFile(path, { readonly: true, fileMustExist: true });
file.pragma(`cache_size = -${CACHE_KB}`);
const prepared = new Map<string, SqliteFile.Statement<unknown[]>>();

function prepare(sql: string): SqliteFile.Statement<unknown[]> {
  const statement = prepared.get(sql) ?? file.prepare<unknown[]>(sql);
  prepared.delete(sql);
  prepared.set(sql, statement); // those used last come last
  const [oldest] = prepared.keys();
  if (prepared.size > PREPARED) prepared.delete(oldest!);
  return statement;
}

function answer({ sql, parameters }: Exclude<Question, string>): Answer {
  const began = performance.now();
  const ms = () => performance.now() - began;
  try {
    if (!file.inTransaction) file.exec('BEGIN'); // of the moment of the first statement
    const statement = prepare(sql);
    const rows = statement.reader ? statement.all(...parameters) : statement.run(...parameters);
    return { rows, ms: ms() };
  } catch (error) {
    const { message, code } = error as Error & { code: string };
    return { message, code, ms: ms() };
  }
}

parentPort!.on('message', (question: Question) => {
  if (question === 'close') {
    file.close();
    parentPort!.close();
  } else if (question === 'end') {
    if (file.inTransaction) file.exec('COMMIT');
  } else parentPort!.postMessage(answer(question));
});
