// Who may touch the SQLite file, and when? One writer behind a queue, snapshots for readers, one owner.
//
// TypeORM gives all callers of a SQLite data source ONE connection, so transactions of concurrent requests would
// mix. Hence: one writing connection that runs one transaction at a time, and a few read-only connections, each
// lent to one operation at a time. Do not tidy this into a single connection. better-sqlite3 answers while everything
// else waits, so those that read are on threads.
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import Piscina from 'piscina';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import { Analyses } from './analyses';
import {
  CannotStart,
  type Count,
  Database,
  type Load,
  type Row,
  type Snapshot,
  type Statement,
} from './database';
import { migrate } from './migrate';
import { ReadingThreads } from './reading-thread';
import { giveUpTurns } from './writer-turns';

const READERS = 4;

export class SqliteDatabase extends Database {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private writes = 0;
  private readonly analyses: Analyses;

  private constructor(
    private readonly owner: SqliteFile.Database,
    private readonly writer: DataSource,
    private readonly operations: ReadingThreads,
    private readonly deliveries: ReadingThreads,
    private readonly replays: ReadingThreads,
    private readonly analysis: Piscina,
  ) {
    super();
    this.analyses = new Analyses((statements) => analysis.run(statements) as Promise<Row[][]>);
  }

  /**
   * Opens the file, takes ownership of it and brings its tables up to date.
   * @throws CannotStart when the folder is not writable, another process owns the file, it is no Canbo
   *   database, or a newer release has written it.
   */
  static async open(options: BetterSqlite3DataSourceOptions): Promise<SqliteDatabase> {
    const path = options.database;
    const owner = own(path);
    try {
      const writer = await connect({ ...options, prepareDatabase: prepareWriter });
      giveUpTurns(writer);
      await bringUpToDate(writer, path);
      const threads = (size: number) => new ReadingThreads(writer, path, size);
      const analysis = new Piscina({
        filename: join(__dirname, 'analysis.worker.js'),
        workerData: { path },
        maxThreads: 1,
        minThreads: 0,
        idleTimeout: 60_000,
      });
      return new SqliteDatabase(owner, writer, threads(READERS), threads(1), threads(1), analysis);
    } catch (error) {
      owner.close();
      throw error;
    }
  }

  get metadata(): DataSource {
    return this.writer;
  }

  /** Runs after those that were asked for before. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const turn = this.lastWrite.then(() => {
      this.leaveTransaction();
      return this.writer.transaction(work);
    });
    this.lastWrite = turn.catch(() => undefined);
    this.writes += 1;
    return turn.finally(() => (this.writes -= 1));
  }

  /**
   * A full disk makes SQLite end a transaction by itself when it should commit. TypeORM, whose ROLLBACK then fails,
   * takes it for still running and makes all that follow its savepoints: once one of those cannot be released, nothing
   * is committed any more, and every write that was acknowledged is gone with the process.
   */
  private leaveTransaction(): void {
    const driver = this.writer.driver as BetterSqlite3Driver;
    if (driver.queryRunner?.isTransactionActive) driver.queryRunner = undefined;
    const connection = driver.databaseConnection as SqliteFile.Database;
    if (connection.inTransaction) connection.exec('ROLLBACK');
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

  snapshot(_after: number, caller?: string): Promise<Snapshot> {
    return this.operations.lend(caller);
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
    await Promise.all([this.operations, this.deliveries, this.replays].map((threads) => threads.close()));
    await this.writer.destroy(); // last: a reader cannot fold the write-ahead log back into the file
    this.owner.close();
  }
}

/**
 * Holds an exclusive lock on a small file beside the database as long as the process lives. The system drops it
 * with the process, however it dies, so there is never a stale lock to remove by hand.
 */
function own(path: string): SqliteFile.Database {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new CannotStart(
      `${path} in the data folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}). ` +
        'Give this user write access to it, or set DATABASE_URL to a file in another folder.',
    );
  }
  let lock: SqliteFile.Database | undefined;
  try {
    lock = new SqliteFile(`${path}-owner`, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw unreadable(path, error);
    throw new CannotStart(
      `${path} is in use by another Canbo process. Stop that one first, or set DATABASE_URL to another file.`,
    );
  }
}

async function connect(options: DataSourceOptions): Promise<DataSource> {
  try {
    return await new DataSource(options).initialize();
  } catch (error) {
    throw unreadable(String(options.database), error);
  }
}

function unreadable(path: string, error: unknown): CannotStart {
  return new CannotStart(
    `${path} cannot be opened as a database: ${error instanceof Error ? error.message : String(error)}`,
  );
}

function prepareWriter(file: SqliteFile.Database): void {
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = FULL'); // an acknowledged write survives a power cut
  file.pragma('busy_timeout = 5000');
}

async function bringUpToDate(writer: DataSource, path: string): Promise<void> {
  try {
    const tables = await writer.query<{ name: string }[]>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    );
    await migrate(
      writer,
      tables.map(({ name }) => name),
      path,
      'file',
    );
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}
