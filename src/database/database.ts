// What does the rest of Canbo know of its database? Transactions, snapshots and counts; never which engine it is.
import type { DataSource, EntityManager } from 'typeorm';
import type { Statement } from '../lib/sql';

export type Row = Record<string, string | number | null>;

/** A count that somebody waits for. */
export interface Count {
  /** The rows of each statement. */
  rows: Promise<Row[][]>;
  /** Milliseconds that the database has worked for it so far, divided by those who share it. */
  busyMs(): number;
  /** Nobody waits for it any more: unless it has begun, it is not run. */
  leave(): void;
}

/** The server cannot start with these settings; the message tells the operator what to do. */
export class CannotStart extends Error {}

/** A read transaction on a connection of its own: everything read in it is of one moment. */
export interface Snapshot {
  manager: EntityManager;
  /** Whether it is of a replica, which lags behind. */
  replica: boolean;
  /** Milliseconds that the database has worked for it so far. */
  busyMs(): number;
  /** Ends the transaction and gives the connection back. */
  end(): Promise<void>;
}

/** How busy the connections of one purpose are. */
export interface Load {
  pool: string;
  /** Connections that are open. */
  size: number;
  inUse: number;
  waiting: number;
}

/** Instead of a snapshot: whatever is committed when each statement runs, as only the primary knows it. */
export const NOW = Infinity;

export abstract class Database {
  /** The mapping of entities to tables and columns. */
  abstract readonly metadata: DataSource;

  /**
   * Runs `work` in a transaction of its own; all of it or nothing. It may run more than once, when the database had to
   * give way to another transaction: what it does beside the database must bear that.
   */
  abstract transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /**
   * Waits for this transaction's turn to append to the event log and keeps it to the end, so that order in the log is
   * order of commit; every process hears of the commit. It must come last, after all other changes: taken in the
   * middle it deadlocks, and held for long it stops every other writer.
   */
  abstract takeLogTurn(manager: EntityManager): Promise<void>;

  /** Counts rows changed so far on this connection: tells a transaction that wrote from one that only looked. */
  abstract changesSoFar(manager: EntityManager): Promise<number>;

  /** The column, the first of several, whose uniqueness an error is about; null for any other error. */
  abstract duplicateColumn(error: unknown): string | null;

  /**
   * Lends an operation a connection inside a read transaction; whoever takes one must end it.
   * @param after a sequence number of the event log: what it tells of must be there to read; or NOW.
   * @param caller for whom: callers who wait for a connection have their turns one after the other.
   */
  abstract snapshot(after: number, caller?: string): Promise<Snapshot>;

  /**
   * Lends live delivery a connection, of its own so that slow operations never hold it up. What it reads is whatever is
   * committed NOW, statement by statement.
   */
  abstract delivery(): Promise<Snapshot>;

  /**
   * Lends the replay of the event log a snapshot of the primary, of few connections of its own: whoever resumes holds up
   * neither live delivery nor operations.
   * @param caller as for a snapshot.
   */
  abstract replay(caller: string): Promise<Snapshot>;

  /**
   * Runs long statements, all in one snapshot, where live delivery never stalls behind them.
   * @param after as for a snapshot.
   * @param caller for whom: callers have their turns one after the other.
   */
  abstract analyse(statements: Statement[], after: number, caller: string): Count;

  /** @throws DatabaseGone when what is at its place now is not what was opened. A server that changes is told by its log. */
  assertThere(): void {}

  /** How busy the connections are at this moment. */
  abstract load(): Load[];

  /** Calls `hear` when another process may have written. A hint: it can be lost, and it can come for nothing. */
  abstract hearWrites(hear: () => void): void;

  /** Lets the transactions that run end, then closes every connection. */
  abstract close(): Promise<void>;
}
