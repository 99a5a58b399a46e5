// Readiness, as load balancers ask for it: not while the feed lags, the database is away, or the process stops.
import type { Logger } from 'pino';
import type { Services } from '../operation/context';
import { NOW } from '../database/database';
import { unlessLate } from '../lib/unless-late';

export interface ReadinessTiming {
  /** How long ago the feed may have read all there was; it looks every second. */
  feedMs: number;
  /** How long the database may take to answer. */
  databaseMs: number;
}

const TIMING: ReadinessTiming = { feedMs: 5_000, databaseMs: 5_000 };

export class Readiness {
  private readonly timing: ReadinessTiming;
  private stopping = false;
  private asking: Promise<boolean> | null = null;
  /** Whether it was logged that the database is away. */
  private away = false;

  constructor(
    private readonly services: Services,
    private readonly logger: Logger,
    timing: Partial<ReadinessTiming> = {},
  ) {
    this.timing = { ...TIMING, ...timing };
  }

  /** From now on it is not ready. */
  stop(): void {
    this.stopping = true;
  }

  /** Why this process cannot serve, or null when it can. */
  async trouble(): Promise<'stopping' | 'feed' | 'database' | null> {
    if (this.stopping) return 'stopping';
    if (this.services.feed.progress.levelAge * 1000 > this.timing.feedMs) return 'feed';
    // One question at a time: probes that come while the database hangs must not queue up for its connections.
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return (await unlessLate(this.asking, this.timing.databaseMs)) ? null : 'database';
  }

  private async ask(): Promise<boolean> {
    try {
      this.services.database.assertThere();
      const snapshot = await this.services.database.snapshot(NOW, 'readiness');
      await snapshot.manager.query('SELECT 1').finally(() => snapshot.end());
      if (this.away) this.logger.info('database reachable again');
      this.away = false;
      return true;
    } catch (error) {
      // Once an outage: probes come every few seconds.
      if (!this.away) this.logger.error({ err: error }, 'database does not answer, server not ready');
      this.away = true;
      return false;
    }
  }
}
