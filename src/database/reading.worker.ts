// Reading thread (worker): runs the statements of one operation at a time on its own read-only SQLite connection.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { ReadingConnection } from './reading-connection';
import type { Answer, Question } from './reading-thread';

/** Lower priority than the main thread, which long statements must not slow down. Only Linux has thread priorities. */
const NICE = 5;
if (process.platform === 'linux') setPriority(NICE);
const TIMEOUT_MS = 5_000;

const connection = new ReadingConnection((workerData as { path: string }).path, TIMEOUT_MS);

function answer({ sql, parameters }: Exclude<Question, string>): Answer {
  const began = performance.now();
  const ms = () => performance.now() - began;
  try {
    connection.begin();
    const rows = connection.run(sql, parameters);
    return { rows, ms: ms() };
  } catch (error) {
    const { message, code } = error as Error & { code: string };
    return { message, code, ms: ms() };
  }
}

parentPort!.on('message', (question: Question) => {
  if (question === 'close') {
    connection.close();
    parentPort!.close();
  } else if (question === 'end') connection.end();
  else parentPort!.postMessage(answer(question));
});
