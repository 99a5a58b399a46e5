// Reading thread (worker): runs the statements of one operation at a time on its own read-only SQLite connection.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';
import type { Answer, Question } from './reading-thread';

const PREPARED = 200;
/** Page cache of each thread, instead of 16 MB: the system caches the file once for all of them. */
const CACHE_KB = 4_000;
/** Lower priority than the main thread, which long statements must not slow down. Only Linux has thread priorities. */
const NICE = 5;
if (process.platform === 'linux') setPriority(NICE);

const { path } = workerData as { path: string };
const file = new SqliteFile(path, { readonly: true, fileMustExist: true });
file.pragma(`cache_size = -${CACHE_KB}`);
const prepared = new Map<string, SqliteFile.Statement<unknown[]>>();

function prepare(sql: string): SqliteFile.Statement<unknown[]> {
  const statement = prepared.get(sql) ?? file.prepare<unknown[]>(sql);
  prepared.delete(sql);
  prepared.set(sql, statement); // most recently used last
  const [oldest] = prepared.keys();
  if (prepared.size > PREPARED) prepared.delete(oldest!);
  return statement;
}

function answer({ sql, parameters }: Exclude<Question, string>): Answer {
  const began = performance.now();
  const ms = () => performance.now() - began;
  try {
    if (!file.inTransaction) file.exec('BEGIN'); // the snapshot begins with the first statement
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
