// Momentary reads of SQLite: the latest committed state, on the main thread. Rights are read so, before each operation
// and each event: a few rows by an index, sooner read than a thread is asked for them. Each exchange with a thread
// waits for a turn of the event loop, and under load those turns are what callers wait for.
import type { DataSource } from 'typeorm';
import type { Load, Snapshot } from './database';
import { ReadingConnection } from './reading-connection';
import { type Place, ReadingRunner } from './reading-thread';

export class MomentaryReads {
  private connection: ReadingConnection | null = null;
  private lent = 0;

  /**
   * @param source the data source with the entities' metadata; no statement runs on it.
   * @param pathOf returns the path of the file. @throws DatabaseGone when it was replaced.
   */
  constructor(
    private readonly source: DataSource,
    private readonly pathOf: () => string,
  ) {}

  /** @throws as `pathOf` does, and SqliteError. */
  lend(): Snapshot {
    // A file that another program has locked is UNAVAILABLE at once: the main thread must not wait for it.
    const connection = (this.connection ??= new ReadingConnection(this.pathOf(), 0));
    let busyMs = 0;
    const here: Place = {
      lost: null,
      ask: (sql, parameters) =>
        new Promise((resolve) => {
          const began = performance.now();
          try {
            resolve(connection.run(sql, parameters));
          } finally {
            busyMs += performance.now() - began;
          }
        }),
      release: () => (this.lent -= 1),
    };
    this.lent += 1;
    const runner = new ReadingRunner(this.source, here);
    let ending: Promise<void> | null = null;
    return {
      manager: runner.manager,
      replica: false,
      busyMs: () => busyMs,
      end: () => (ending ??= runner.end()),
    };
  }

  load(pool: string): Load {
    return { pool, size: 1, inUse: Math.min(this.lent, 1), waiting: 0 };
  }

  close(): void {
    this.connection?.close();
  }
}
