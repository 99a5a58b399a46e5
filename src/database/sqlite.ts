// SQLite: one writer behind a queue, snapshots for readers on worker threads, one process that owns the file.
//
// TypeORM gives all callers of a SQLite data source ONE connection, so transactions of concurrent requests would
// mix. Hence: one writing connection that runs one transaction at a time, and a few read-only connections, each
// lent to one operation at a time. Do not simplify this into a single connection. better-sqlite3 is synchronous and
// blocks its thread, so the reading connections are on worker threads.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type SqliteFile from 'better-sqlite3';
import Piscina from 'piscina';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner';
import { Analyses } from './analyses';
import { type Answer, rowsOf } from './analysis-answer';
import { isBusy } from './away';
import { CannotStart, type Count, Database, type Load, NOW, type Snapshot } from './database';
import type { Statement } from '../lib/sql';
import { migrate } from './migrate';
import { MomentaryReads } from './momentary-reads';
import { ReadingThreads, THREAD_LIMITS } from './reading-thread';
import { OwnedFile, unreadable } from './sqlite-file';
import { giveUpTurns } from './writer-turns';

const READERS = 4;
/** How long a write waits for another program that has locked the file. */
const BUSY_MS = 5_000;
const LONGEST_PAUSE_MS = 50;

/** The database in a SQLite file. */
export class SqliteDatabase extends Database {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private writes = 0;
  private readonly analyses: Analyses;

  private constructor(
    private readonly file: OwnedFile,
    private readonly writer: DataSource,
    private readonly operations: ReadingThreads,
    private readonly momentary: MomentaryReads,
    private readonly deliveries: ReadingThreads,
    private readonly replays: ReadingThreads,
    private readonly analysis: Piscina,
  ) {
    super();
    this.analyses = new Analyses(async (statements) => {
      file.assertThere(); // a restarted thread would open a file that has replaced this one
      return rowsOf((await analysis.run(statements)) as Answer);
    });
  }

  /**
   * Opens the file, takes ownership of it and runs the missing migrations.
   * @param create whether a missing or empty file may be filled with the tables.
   * @throws CannotStart when the folder is not writable, another process owns the file, it is missing or no Canbo
   *   database, or it was written by a newer release.
   */
  static async open(given: BetterSqlite3DataSourceOptions, create: boolean): Promise<SqliteDatabase> {
    const file = OwnedFile.own(given.database, create);
    const { path } = file;
    const options = { ...given, database: path };
    try {
      const writer = await connect({ ...options, prepareDatabase: prepareWriter }, given.database);
      giveUpTurns(writer);
      await bringUpToDate(writer, given.database, create);
      file.remember();
      const pathOf = () => {
        file.assertThere(); // a thread started later must not open a file that has replaced this one
        return path;
      };
      const threads = (size: number) => new ReadingThreads(writer, pathOf, size);
      const analysis = new Piscina({
        filename: join(__dirname, 'analysis.worker.js'),
        workerData: { path },
        maxThreads: 1,
        minThreads: 0,
        resourceLimits: THREAD_LIMITS,
        idleTimeout: 60_000,
      });
      return new SqliteDatabase(
        file,
        writer,
        threads(READERS),
        new MomentaryReads(writer, pathOf),
        threads(1),
        threads(1),
        analysis,
      );
    } catch (error) {
      file.release();
      throw error;
    }
  }

  get metadata(): DataSource {
    return this.writer;
  }

  /** Runs after all transactions requested earlier. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const patientUntil = performance.now() + BUSY_MS;
    const turn = this.lastWrite.then(() => this.write(work, patientUntil));
    this.lastWrite = turn.catch(() => undefined);
    this.writes += 1;
    return turn.finally(() => (this.writes -= 1));
  }

  /**
   * Begins and ends the transaction itself. TypeORM would use BEGIN DEFERRED, which takes the lock only at the first
   * write: its reads may be outdated by then, and it fails at once. And when SQLite ends a transaction by itself, as on
   * a full disk, TypeORM believes that it still runs, turns all later ones into savepoints, and never commits again.
   */
  private async write<T>(work: (manager: EntityManager) => Promise<T>, patientUntil: number): Promise<T> {
    this.file.assertThere();
    const runner = this.writer.createQueryRunner() as BetterSqlite3QueryRunner; // always the same one
    this.leaveTransaction(runner);
    await begin(runner, patientUntil);
    runner.isTransactionActive = true; // or save() would begin a nested one
    try {
      const result = await work(runner.manager);
      await runner.query('COMMIT');
      this.file.assertThere(); // or a lost write would be acknowledged
      return result;
    } catch (error) {
      this.leaveTransaction(runner);
      throw error;
    } finally {
      runner.isTransactionActive = false;
    }
  }

  private leaveTransaction(runner: BetterSqlite3QueryRunner): void {
    const connection = runner.driver.databaseConnection as SqliteFile.Database;
    if (connection.inTransaction) connection.exec('ROLLBACK');
  }

  override assertThere(): void {
    this.file.assertThere();
  }

  /** Nothing to do: transactions run one at a time, and no other process can own the file. */
  async takeLogTurn(): Promise<void> {}

  async changesSoFar(manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ changes: number }[]>('SELECT total_changes() AS changes');
    return rows[0]?.changes ?? 0;
  }

  duplicateColumn(error: unknown): string | null {
    return /UNIQUE constraint failed: \w+\.(\w+)/.exec(String((error as Error).message))?.[1] ?? null;
  }

  async snapshot(after: number, caller?: string): Promise<Snapshot> {
    if (after === NOW) return this.momentary.lend();
    return this.operations.lend(caller);
  }

  delivery(): Promise<Snapshot> {
    return this.deliveries.lend();
  }

  replay(caller: string): Promise<Snapshot> {
    return this.replays.lend(caller);
  }

  /** Runs on a worker thread, because better-sqlite3 is synchronous. */
  analyse(statements: Statement[], _after: number, caller: string): Count {
    return this.analyses.ask(statements, 0, caller);
  }

  load(): Load[] {
    const inUse = Math.min(this.writes, 1);
    return [
      this.operations.load('operations'),
      this.momentary.load('momentary'),
      this.deliveries.load('delivery'),
      this.replays.load('replays'),
      { pool: 'writes', size: 1, inUse, waiting: this.writes - inUse },
      this.analyses.load(),
    ];
  }

  hearWrites(): void {}

  /** Also gives up the ownership of the file. */
  async close(): Promise<void> {
    await this.lastWrite;
    await this.analyses.stop(); // terminating a thread within a statement would crash the process
    await this.analysis.destroy();
    await Promise.all([this.operations, this.deliveries, this.replays].map((threads) => threads.close()));
    this.momentary.close();
    await this.writer.destroy(); // last, because only a writer can checkpoint the write-ahead log
    this.file.release();
  }
}

/**
 * Takes the write lock. SQLite itself would wait for it synchronously and block the main thread.
 * @throws the error of SQLite when another program holds it for too long.
 */
async function begin(runner: BetterSqlite3QueryRunner, patientUntil: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await runner.query('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= patientUntil) throw error;
    }
    await pause(Math.min(2 ** attempt, LONGEST_PAUSE_MS));
  }
}

/** Connects. @param given the path as the operator gave it, for messages. */
async function connect(options: DataSourceOptions, given: string): Promise<DataSource> {
  try {
    return await new DataSource(options).initialize();
  } catch (error) {
    throw isBusy(error) ? locked(given) : unreadable(given, error);
  }
}

function locked(path: string): CannotStart {
  return new CannotStart(
    `${path} is locked by another program, perhaps a shell with a transaction left open. End that first.`,
  );
}

function prepareWriter(file: SqliteFile.Database): void {
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = FULL'); // an acknowledged write survives a power cut
  file.pragma(`busy_timeout = ${BUSY_MS}`); // while starting, when blocking the main thread does no harm
}

async function bringUpToDate(writer: DataSource, path: string, create: boolean): Promise<void> {
  try {
    const tables = await writer.query<{ name: string }[]>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    );
    await migrate(
      writer,
      tables.map(({ name }) => name),
      path,
      'file',
      create,
    );
    await writer.query('PRAGMA busy_timeout = 1'); // from here on begin() waits, without blocking
  } catch (error) {
    await writer.destroy();
    throw isBusy(error) ? locked(path) : error;
  }
}
