// Who may touch the SQLite file, and when? One writer behind a queue, snapshots for readers, one owner.
//
// TypeORM gives all callers of a SQLite data source ONE connection, so transactions of concurrent requests would
// mix. Hence: one writing connection that runs one transaction at a time, and a few read-only connections, each
// lent to one operation at a time. Do not tidy this into a single connection. better-sqlite3 answers while everything
// else waits, so those that read are on threads.
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
import { ReadingThreads, THREAD_LIMITS } from './reading-thread';
import { OwnedFile, unreadable } from './sqlite-file';
import { giveUpTurns } from './writer-turns';

const READERS = 4;
/** How long a write waits for another program that has the file locked. */
const BUSY_MS = 5_000;
const LONGEST_PAUSE_MS = 50;

export class SqliteDatabase extends Database {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private writes = 0;
  private readonly analyses: Analyses;

  private constructor(
    private readonly file: OwnedFile,
    private readonly writer: DataSource,
    private readonly operations: ReadingThreads,
    /** For short reads of what is committed now, rights above all: nobody waits for them behind a long operation. */
    private readonly momentary: ReadingThreads,
    private readonly deliveries: ReadingThreads,
    private readonly replays: ReadingThreads,
    private readonly analysis: Piscina,
  ) {
    super();
    this.analyses = new Analyses(async (statements) => {
      file.assertThere(); // a thread that is started anew would open what is there now
      return rowsOf((await analysis.run(statements)) as Answer);
    });
  }

  /**
   * Opens the file, takes ownership of it and brings its tables up to date.
   * @param create whether a registry may be begun where there is none.
   * @throws CannotStart when the folder is not writable, another process owns the file, it is missing or no Canbo
   *   database, or a newer release has written it.
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
        file.assertThere(); // a thread starts late, and must not open what has taken the file's place
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
      return new SqliteDatabase(file, writer, threads(READERS), threads(1), threads(1), threads(1), analysis);
    } catch (error) {
      file.release();
      throw error;
    }
  }

  get metadata(): DataSource {
    return this.writer;
  }

  /** Runs after those that were asked for before. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const patientUntil = performance.now() + BUSY_MS;
    const turn = this.lastWrite.then(() => this.write(work, patientUntil));
    this.lastWrite = turn.catch(() => undefined);
    this.writes += 1;
    return turn.finally(() => (this.writes -= 1));
  }

  /**
   * Begins and ends the transaction itself. TypeORM would begin one that takes the lock only when it first writes: what
   * it has read may be outdated then, and it fails at once. And when SQLite has ended one by itself, as on a full disk,
   * TypeORM takes it for running, makes all that follow its savepoints, and commits nothing any more.
   */
  private async write<T>(work: (manager: EntityManager) => Promise<T>, patientUntil: number): Promise<T> {
    this.file.assertThere();
    const runner = this.writer.createQueryRunner() as BetterSqlite3QueryRunner; // the same each time
    this.leaveTransaction(runner);
    await begin(runner, patientUntil);
    runner.isTransactionActive = true; // or saving would begin another inside
    try {
      const result = await work(runner.manager);
      await runner.query('COMMIT');
      this.file.assertThere(); // or it would be acknowledged and gone
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

  /** Every transaction has its turn by itself, and no other process can hold the file. */
  async takeLogTurn(): Promise<void> {}

  async changesSoFar(manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ changes: number }[]>('SELECT total_changes() AS changes');
    return rows[0]?.changes ?? 0;
  }

  duplicateColumn(error: unknown): string | null {
    return /UNIQUE constraint failed: \w+\.(\w+)/.exec(String((error as Error).message))?.[1] ?? null;
  }

  snapshot(after: number, caller?: string): Promise<Snapshot> {
    return (after === NOW ? this.momentary : this.operations).lend(caller);
  }

  delivery(): Promise<Snapshot> {
    return this.deliveries.lend();
  }

  replay(caller: string): Promise<Snapshot> {
    return this.replays.lend(caller);
  }

  /** On a worker thread, because better-sqlite3 is synchronous. */
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

  /** Gives the file up, too. */
  async close(): Promise<void> {
    await this.lastWrite;
    await this.analyses.stop(); // a thread that is ended in the middle takes the process with it
    await this.analysis.destroy();
    await Promise.all(
      [this.operations, this.momentary, this.deliveries, this.replays].map((threads) => threads.close()),
    );
    await this.writer.destroy(); // last: a reader cannot fold the write-ahead log back into the file
    this.file.release();
  }
}

/**
 * Takes the lock for writing. SQLite itself would wait for it on the main thread, and everybody with it.
 * @throws the error of SQLite when another program has it for too long.
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

/** @param given where the operator says that it is. */
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
  file.pragma(`busy_timeout = ${BUSY_MS}`); // until it serves: nobody else waits yet
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
    await writer.query('PRAGMA busy_timeout = 1'); // from here on begin() waits, and lets others go on meanwhile
  } catch (error) {
    await writer.destroy();
    throw isBusy(error) ? locked(path) : error;
  }
}
