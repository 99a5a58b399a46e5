// Retention: removes what is too old, and logs when the system clock cannot be right.
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { Services } from '../operation/context';
import { type Clocks, KnownTime, SYSTEM } from '../events/known-time';
import { purge } from '../events/log';

const DAY_MS = 86_400_000;

export class Retention {
  private readonly time: KnownTime;

  constructor(
    private readonly services: Pick<Services, 'database' | 'accessLog'>,
    private readonly config: Pick<Config, 'eventRetentionDays' | 'auditRetentionDays'>,
    private readonly logger: Logger,
    clocks: Clocks = SYSTEM,
  ) {
    this.time = new KnownTime(services.database, clocks);
  }

  /** Removes what is too old. What fails is logged, and tried again the next time. */
  async run(): Promise<void> {
    try {
      const { certain, latest, aheadMs } = await this.time.look();
      if (aheadMs !== null) this.tell(aheadMs, certain);
      const daysAgo = (days: number) => new Date(certain.getTime() - days * DAY_MS);
      const audited = daysAgo(this.config.auditRetentionDays);
      const replayed = daysAgo(this.config.eventRetentionDays);
      await purge(this.services.database, { replayed, audited, latest });
      await this.services.accessLog.purge(audited);
    } catch (error) {
      this.logger.error({ err: error }, 'purge of old events failed');
    }
  }

  private tell(aheadMs: number, certain: Date): void {
    const days = (Math.abs(aheadMs) / DAY_MS).toFixed(1);
    const what =
      aheadMs > 0
        ? `the clock is ${days} days ahead of the time of the last run: it is wrong, or the server was off. ` +
          'Nothing is removed that is old by this clock alone, until it has gone on like this for a day'
        : `the clock is ${days} days behind the time of the last run: it is wrong, or was wrong before. ` +
          'What is removed goes by the earlier of both';
    this.logger.error({ clock: new Date(certain.getTime() + Math.max(0, aheadMs)), certain }, what);
  }
}
