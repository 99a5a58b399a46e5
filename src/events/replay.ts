// Replays of the event log for subscribers that resume: indexed look-ups and shared pages, apart from live delivery.
import { setImmediate as turn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database';
import type { LoggedEvent } from './event.entity';
import { type Bounds, readAfter } from './log';
import type { Matching, Selection } from './selection';

const PAGE = 500;
/** A screenful of followers that came at different times; some 10 MB. */
const PAGES_KEPT = 16;
/** A page does not change but for the actor of an event, when a person is erased. */
const KEPT_MS = 1_000;

interface Page {
  readAt: number;
  events: Promise<LoggedEvent[]>;
}

export class Replays {
  /** By the log and the last event; those read last come last. */
  private readonly pages = new Map<string, Page>();

  constructor(private readonly database: Database) {}

  /**
   * The next events that match, as far as one page of the log has them.
   * @param caller for whom: callers have their turns one after the other.
   * @param check that it is the log that was followed so far, and still has what follows `after`.
   */
  async read(
    after: number,
    selection: Selection,
    caller: string,
    check: (manager: EntityManager) => Promise<Bounds>,
  ): Promise<Matching> {
    await turn(); // a long replay out of pages that are at hand would leave nobody else a turn
    const snapshot = await this.database.replay(caller);
    try {
      const bounds = await check(snapshot.manager);
      const next = await selection.nextAfter(snapshot.manager, after);
      if (next === null) return { events: [], through: bounds.head };
      const first = Math.floor((next - 1) / PAGE) * PAGE; // pages begin at the same places for all, so they are shared
      const through = Math.min(first + PAGE, bounds.head);
      const events = await this.page(snapshot.manager, bounds.logId, first, through);
      return { events: events.filter((event) => event.seq > after && selection.matches(event)), through };
    } finally {
      await snapshot.end();
    }
  }

  /** Forgets all pages: the log they were of is not the one that is followed. */
  forget(): void {
    this.pages.clear();
  }

  /** Events after `first` up to `through`, which every snapshot that has come so far sees alike. */
  private page(
    manager: EntityManager,
    logId: string,
    first: number,
    through: number,
  ): Promise<LoggedEvent[]> {
    const key = `${logId} ${through}`;
    const kept = this.pages.get(key);
    this.pages.delete(key);
    const fresh = kept && performance.now() - kept.readAt < KEPT_MS;
    const page = fresh
      ? kept
      : { readAt: performance.now(), events: readAfter(manager, first, PAGE, through) };
    page.events.catch(() => this.pages.delete(key)); // whoever waits for it hears of the failure
    this.pages.set(key, page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > PAGES_KEPT) this.pages.delete(oldest!);
    return page.events;
  }
}
