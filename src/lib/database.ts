// Who may touch the database, and when? One writer behind a queue, snapshots for readers, one owner for the file.
//
// TypeORM gives all callers of a SQLite data source ONE connection, so transactions of concurrent requests would
// mix. Hence: one writing connection that runs one transaction at a time, and a few read-only connections, each
// lent to one operation at a time. Do not tidy this into a single data source.
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import Piscina from 'piscina';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';

const READERS = 4;

/** A statement for the analysis thread: SQL with `?` in the order of its parameters. */
export interface Statement {
  sql: string;
  parameters: unknown[];
}
export type Row = Record<string, string | number | null>;

/** The server cannot start with these settings; the message tells the operator what to do. */
export class CannotStart extends Error {}

/** A read transaction on a connection of its own: everything read in it is of one moment. */
export interface Snapshot {
  manager: EntityManager;
  /** Ends the transaction and gives the connection back. */
  end(): Promise<void>;
}

/** Connections that are lent to one borrower at a time. */
class Readers {
  private readonly idle: DataSource[];
  private readonly waiting: ((reader: DataSource) => void)[] = [];

  constructor(readonly all: DataSource[]) {
    this.idle = [...all];
  }

  async lend(): Promise<Snapshot> {
    const reader = this.idle.pop() ?? (await new Promise<DataSource>((lend) => this.waiting.push(lend)));
    try {
      await reader.query('BEGIN');
    } catch (error) {
      this.takeBack(reader);
      throw error;
    }
    return {
      manager: reader.manager,
      end: async () => {
        try {
          await reader.query('COMMIT');
        } finally {
          this.takeBack(reader);
        }
      },
    };
  }

  private takeBack(reader: DataSource): void {
    const next = this.waiting.shift();
    if (next) next(reader);
    else this.idle.push(reader);
  }
}

export class Database {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private lastAnalysis: Promise<unknown> = Promise.resolve();
  private readonly waitingAnalyses = new Map<string, Promise<Row[][]>>();

  private constructor(
    private readonly owner: SqliteFile.Database,
    private readonly writer: DataSource,
    private readonly operations: Readers,
    private readonly delivery: Readers,
    private readonly analysis: Piscina,
  ) {}

  /**
   * Opens the file, takes ownership of it and brings its tables up to date.
   * @throws CannotStart when the folder is not writable, another process owns the file, it is no Canbo
   *   database, or a newer release has written it.
   */
  static async open(options: BetterSqlite3DataSourceOptions): Promise<Database> {
    const path = options.database;
    const owner = own(path);
    try {
      const writer = await connect({ ...options, prepareDatabase: prepareWriter });
      await migrate(writer, path);
      const reader = () =>
        connect({ ...options, readonly: true, fileMustExist: true, prepareDatabase: undefined });
      const operations = await Promise.all(Array.from({ length: READERS }, reader));
      const analysis = new Piscina({
        filename: join(__dirname, 'analysis.worker.js'),
        workerData: { path },
        maxThreads: 1,
        minThreads: 0,
        idleTimeout: 60_000,
      });
      return new Database(owner, writer, new Readers(operations), new Readers([await reader()]), analysis);
    } catch (error) {
      owner.close();
      throw error;
    }
  }

  /** The mapping of entities to tables and columns. */
  get metadata(): DataSource {
    return this.writer;
  }

  /** Runs `work` in a transaction of its own, after those that were asked for before; all of it or nothing. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const turn = this.lastWrite.then(() => this.writer.transaction(work));
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  /** Lends an operation a connection inside a read transaction; whoever takes one must end it. */
  snapshot(): Promise<Snapshot> {
    return this.operations.lend();
  }

  /** The same for live delivery, which has a connection of its own so that slow operations never hold it up. */
  deliverySnapshot(): Promise<Snapshot> {
    return this.delivery.lend();
  }

  /**
   * Runs long statements on a worker thread, all in one snapshot, so that live delivery never stalls behind them.
   * Whoever asks for the same while it still waits for its turn shares the answer: a hundred dashboards that follow
   * the same figures cost one count.
   * @returns the rows of each statement.
   */
  analyse(statements: Statement[]): Promise<Row[][]> {
    const key = JSON.stringify(statements);
    const waiting = this.waitingAnalyses.get(key);
    if (waiting) return waiting;
    const turn = this.lastAnalysis.then(() => {
      this.waitingAnalyses.delete(key); // from here on it may miss what is written next
      return this.analysis.run(statements) as Promise<Row[][]>;
    });
    this.waitingAnalyses.set(key, turn);
    this.lastAnalysis = turn.catch(() => undefined);
    return turn;
  }

  /** Lets the transactions that wait end, then closes every connection and gives the file up. */
  async close(): Promise<void> {
    await this.lastWrite;
    await this.analysis.destroy();
    await Promise.all([...this.operations.all, ...this.delivery.all].map((source) => source.destroy()));
    await this.writer.destroy(); // last: a reader cannot fold the write-ahead log back into the file
    this.owner.close();
  }
}

/** Counts what this connection has changed so far: tells a transaction that wrote from one that only looked. */
export async function changesSoFar(manager: EntityManager): Promise<number> {
  const rows = await manager.query<{ changes: number }[]>('SELECT total_changes() AS changes');
  return rows[0]?.changes ?? 0;
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

async function migrate(writer: DataSource, path: string): Promise<void> {
  const refuse = async (why: string): Promise<never> => {
    await writer.destroy();
    throw new CannotStart(`${path} ${why}`);
  };
  const tables = await writer.query<{ name: string }[]>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  );
  const isCanbo = tables.some(({ name }) => name === 'migrations');
  if (tables.length > 0 && !isCanbo) {
    await refuse('is the database of another program. Set DATABASE_URL to a file of its own.');
  }
  // A migration need not carry a name of its own: TypeORM then goes by the class.
  const known = new Set(writer.migrations.map(({ name, constructor }) => name ?? constructor.name));
  const applied = isCanbo ? await writer.query<{ name: string }[]>('SELECT name FROM migrations') : [];
  const unknown = applied.filter(({ name }) => !known.has(name));
  if (unknown.length > 0) {
    await refuse(
      `was written by a newer version of Canbo (it knows ${unknown.map(({ name }) => name).join(', ')}). ` +
        'Start that version, or use another file.',
    );
  }
  await writer.runMigrations({ transaction: 'each' });
}
