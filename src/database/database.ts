// Database interface: transactions, snapshots, counts and wake-ups, independent of the engine. Implemented by
// SqliteDatabase and PostgresDatabase.
import type { DataSource, EntityManager } from 'typeorm';
import type { Statement } from '../lib/sql';

export type Row = Record<string, string | number | null>;

/** A count that was requested. */
export interface Count {
  /** The rows of each statement. */
  rows: Promise<Row[][]>;
  /** Milliseconds it has run, divided by the requests that share it; 0 until it ends. */
  busyMs(): number;
  /** Cancels the request: unless the count has begun, it is not run. */
  leave(): void;
}

/** The server cannot start with these settings; the message tells the operator what to do. */
export class CannotStart extends Error {}

/** A read transaction on its own connection: all its reads see the same state. */
export interface Snapshot {
  manager: EntityManager;
  /** Whether it reads from a replica, which lags behind. */
  replica: boolean;
  /** Milliseconds that its statements have taken so far. */
  busyMs(): number;
  /** Ends the transaction and gives the connection back. */
  end(): Promise<void>;
}

/** How busy a connection pool is. */
export interface Load {
  pool: string;
  /** Open connections. */
  size: number;
  inUse: number;
  waiting: number;
}

/** Instead of a sequence number: read the latest committed state of the primary, without a snapshot. */
export const NOW = Infinity;

/** A database of either engine. */
export abstract class Database {
  /** The mapping of entities to tables and columns. */
  abstract readonly metadata: DataSource;

  /**
   * Runs `work` in its own transaction. It may run more than once, after a deadlock or a serialization failure, so its
   * effects outside the database must be repeatable.
   */
  abstract transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /**
   * Takes the lock for appending to the event log and keeps it until the end of the transaction, so that order in the
   * log is order of commit. It also wakes every process at the commit. It must come last, after all other changes:
   * taken in the middle it can deadlock, and held for long it blocks every other writer.
   */
  abstract takeLogTurn(manager: EntityManager): Promise<void>;

  /** The number of rows changed so far on this connection; shows whether a transaction has written anything. */
  abstract changesSoFar(manager: EntityManager): Promise<number>;

  /** The (first) column of the unique constraint that an error is about; null for any other error. */
  abstract duplicateColumn(error: unknown): string | null;

  /**
   * Lends an operation a connection in a read transaction, which must be ended.
   * @param after a sequence number of the event log whose changes must be visible; or NOW.
   * @param caller the caller's key: callers take turns when connections are scarce.
   */
  abstract snapshot(after: number, caller?: string): Promise<Snapshot>;

  /**
   * Lends live delivery its own connection, so that slow operations never delay it. It reads the latest committed
   * state, statement by statement, as with NOW.
   */
  abstract delivery(): Promise<Snapshot>;

  /**
   * Lends the replay of the event log a snapshot of the primary, from a small pool of its own, so that resuming
   * subscribers delay neither live delivery nor operations.
   * @param caller as for a snapshot.
   */
  abstract replay(caller: string): Promise<Snapshot>;

  /**
   * Runs long statements in one snapshot, where they never block live delivery.
   * @param after as for a snapshot.
   * @param caller the caller's key: callers take turns.
   */
  abstract analyse(statements: Statement[], after: number, caller: string): Count;

  /** @throws DatabaseGone when the file was replaced. A replaced PostgreSQL server is noticed by its event log. */
  assertThere(): void {}

  /** The present load of each connection pool. */
  abstract load(): Load[];

  /** Calls `hear` when another process may have written. Only a hint: it can be lost, or come without a write. */
  abstract hearWrites(hear: () => void): void;

  /** Waits for running transactions, then closes every connection. */
  abstract close(): Promise<void>;
}
