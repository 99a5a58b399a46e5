// Replica of PostgreSQL: serves a read if it is reachable and has replayed the changes that the reader must see
// (read-your-writes); otherwise the primary serves it.
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Snapshot } from './database';

const LONGEST_WAIT_MS = 500;
const LOOK_EVERY_MS = 10;
/** How long a failed replica is not tried again. */
const AWAY_MS = 5_000;
const REACHED = `SELECT COALESCE((SELECT MAX(seq) FROM event), purged_through) >= $1 AS reached FROM event_log`;

/** One replica, connected at its first read. */
export class Replica {
  private source: Promise<DataSource> | null = null;
  private awayUntil = 0;

  constructor(
    private readonly connect: () => Promise<DataSource>,
    private readonly lend: (source: DataSource) => Promise<Snapshot>,
  ) {}

  /** A snapshot with the changes up to `after` in the event log; null when the primary should be used. */
  async snapshot(after: number): Promise<Snapshot | null> {
    if (Date.now() < this.awayUntil) return null;
    try {
      this.source ??= this.connect().catch((error: unknown) => {
        this.source = null;
        throw error;
      });
      const source = await this.source;
      const deadline = Date.now() + LONGEST_WAIT_MS;
      do {
        const snapshot = await this.lend(source);
        if (after === 0 || (await hasReached(snapshot, after))) return { ...snapshot, replica: true };
        await snapshot.end();
        await pause(LOOK_EVERY_MS);
      } while (Date.now() < deadline);
    } catch {
      this.awayUntil = Date.now() + AWAY_MS;
    }
    return null;
  }

  async close(): Promise<void> {
    await this.source?.then((source) => source.destroy()).catch(() => undefined);
  }
}

async function hasReached(snapshot: Snapshot, after: number): Promise<boolean> {
  try {
    const rows = await snapshot.manager.query<{ reached: boolean }[]>(REACHED, [after]);
    return rows[0]?.reached ?? false;
  } catch (error) {
    await snapshot.end().catch(() => undefined);
    throw error;
  }
}
