// Reading threads of SQLite: worker threads with a read-only connection each, lent to one operation at a time, because
// better-sqlite3 is synchronous and would block the main thread.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';
import { type DataSource, QueryFailedError } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner';
import type { QueryResult } from 'typeorm/query-runner/QueryResult';
import type { Load, Snapshot } from './database';
import { Permits } from './fair-queue';

/** Bounds the young objects of a thread, mostly rows in transit: by default V8 gives each of eight threads 48 MB. */
export const THREAD_LIMITS = { maxYoungGenerationSizeMb: 8 };

/** Messages to a thread; `end` ends the read transaction that the first statement began. */
export type Question = { sql: string; parameters: unknown[] } | 'end' | 'close';
/** `ms` is how long the statement took. */
export type Answer = ({ rows: unknown } | { message: string; code: string }) & { ms: number };

/** Where the statements of a snapshot run, one at a time. */
export interface Place {
  /** Why nothing runs there any more. */
  readonly lost: Error | null;
  /** @returns the rows. @throws (rejects) SqliteError */
  ask(sql: string, parameters: unknown[]): Promise<unknown>;
  /** The snapshot has ended. */
  release(): void;
}

/** A thread died, perhaps out of memory. Its code makes it UNAVAILABLE, as for a lost connection. */
class ThreadLost extends Error {
  readonly code = 'ECONNRESET';
}

/** A worker thread with its connection; it runs one statement at a time. */
class ReadingThread implements Place {
  lost: Error | null = null;
  /** Milliseconds that its statements have taken so far. */
  busyMs = 0;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private waiting: { answer: (rows: unknown) => void; fail: (error: Error) => void } | null = null;

  constructor(path: string) {
    this.worker = new Worker(join(__dirname, 'reading.worker.js'), {
      workerData: { path },
      resourceLimits: THREAD_LIMITS,
    });
    this.worker.on('message', (answer: Answer) => {
      const { waiting } = this;
      this.waiting = null;
      this.busyMs += answer.ms;
      if ('rows' in answer) waiting?.answer(answer.rows);
      else waiting?.fail(new SqliteFile.SqliteError(answer.message, answer.code));
    });
    this.worker.on('error', (error) => this.lose(error));
    this.ended = new Promise((resolve) =>
      this.worker.once('exit', () => {
        this.lose();
        resolve();
      }),
    );
  }

  /** Runs a statement. @throws the error of SQLite, or ThreadLost. */
  ask(sql: string, parameters: unknown[]): Promise<unknown> {
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((answer, fail) => {
      this.waiting = { answer, fail };
      this.tell({ sql, parameters });
    });
  }

  release(): void {
    this.tell('end');
  }

  /** Ends the thread after its statement: terminating it in the middle of one would crash the process. */
  close(): Promise<void> {
    this.tell('close');
    return this.ended;
  }

  private tell(question: Question): void {
    this.worker.postMessage(question);
  }

  private lose(cause?: unknown): void {
    this.lost ??= new ThreadLost('A reading thread has ended.', { cause });
    this.waiting?.fail(this.lost);
    this.waiting = null;
  }
}

/** Query runner of TypeORM that sends the statements of one snapshot to a thread, in order. */
export class ReadingRunner extends BetterSqlite3QueryRunner {
  private last: Promise<unknown> = Promise.resolve();
  private ended = false;

  constructor(
    private readonly source: DataSource,
    private readonly place: Place,
  ) {
    super(source.driver as BetterSqlite3Driver);
    Object.assign(this, { manager: source.createEntityManager(this) });
  }

  override query<T = unknown>(sql: string, parameters?: unknown[], useStructuredResult?: false): Promise<T>;
  override query(
    sql: string,
    parameters: unknown[] | undefined,
    useStructuredResult: true,
  ): Promise<QueryResult>;
  override async query(sql: string, parameters: unknown[] = [], structured = false): Promise<unknown> {
    // better-sqlite3 accepts no booleans; other values must survive the transfer between threads.
    const values = parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    this.mustGoOn();
    const turn = this.last.then(() => {
      this.mustGoOn();
      this.source.logger.logQuery(sql, values, this);
      return this.place.ask(sql, values);
    });
    this.last = turn.catch(() => undefined);
    try {
      const raw = await turn;
      return structured ? { raw, records: Array.isArray(raw) ? raw : [], affected: undefined } : raw;
    } catch (error) {
      throw new QueryFailedError(sql, values, error as Error);
    }
  }

  private mustGoOn(): void {
    if (this.ended) throw new Error('This snapshot has ended.');
  }

  /** Accepts no further statement, and waits for the running ones. */
  async end(): Promise<void> {
    this.ended = true;
    await this.last;
    if (!this.place.lost) this.place.release();
  }
}

/** A pool of threads, each lent to one borrower at a time and started when first needed. */
export class ReadingThreads {
  private readonly permits: Permits;
  private readonly idle: ReadingThread[] = [];
  private readonly all = new Set<ReadingThread>();

  /**
   * @param source the data source with the entities' metadata; no statement runs on it.
   * @param pathOf returns the path of the file. @throws DatabaseGone when it was replaced.
   */
  constructor(
    private readonly source: DataSource,
    private readonly pathOf: () => string,
    size: number,
  ) {
    this.permits = new Permits(size);
  }

  /** Lends a snapshot, which begins with its first statement. */
  async lend(caller = ''): Promise<Snapshot> {
    const leave = await this.permits.enter(caller);
    let thread: ReadingThread;
    try {
      thread = this.next();
    } catch (error) {
      leave();
      throw error;
    }
    const runner = new ReadingRunner(this.source, thread);
    const before = thread.busyMs;
    let ending: Promise<void> | null = null;
    const end = async () => {
      await runner.end();
      if (thread.lost) this.all.delete(thread);
      else this.idle.push(thread);
      leave();
    };
    return {
      manager: runner.manager,
      replica: false,
      busyMs: () => thread.busyMs - before,
      end: () => (ending ??= end()),
    };
  }

  load(pool: string): Load {
    const { size, inUse, waiting } = this.permits;
    return { pool, size, inUse, waiting };
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((thread) => thread.close()));
  }

  private next(): ReadingThread {
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) {
      if (!thread.lost) return thread;
      this.all.delete(thread);
    }
    const thread = new ReadingThread(this.pathOf());
    this.all.add(thread);
    return thread;
  }
}
