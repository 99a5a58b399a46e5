// Replay of the event log for subscribers that resume: indexed look-ups and shared pages, apart from live delivery.
import { setImmediate as turn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database';
import type { LoggedEvent } from './event.entity';
import { type Bounds, readAfter } from './log';
import type { Matching, Selection } from './selection';

const PAGE = 500;
/** Enough for followers that began at different times; some 10 MB. */
const PAGES_KEPT = 16;
/** How long a page is kept: its only change is that of an event's actor, when a person is erased. */
const KEPT_MS = 1_000;

interface Page {
  readAt: number;
  events: Promise<LoggedEvent[]>;
}

/** Replays for all subscribers of a process, with a cache of pages. */
export class Replays {
  /** By log and last sequence number; the most recently used last. */
  private readonly pages = new Map<string, Page>();

  constructor(private readonly database: Database) {}

  /**
   * Reads the next matching events, from one page of the log.
   * @param caller the caller's key: connections go by turns among callers.
   * @param check checks that the log is the one followed so far, and still has all events after `after`.
   */
  async read(
    after: number,
    selection: Selection,
    caller: string,
    check: (manager: EntityManager) => Promise<Bounds>,
  ): Promise<Matching> {
    await turn(); // a long replay from cached pages would block the event loop
    const snapshot = await this.database.replay(caller);
    try {
      const bounds = await check(snapshot.manager);
      const next = await selection.nextAfter(snapshot.manager, after);
      if (next === null) return { events: [], through: bounds.head };
      const first = Math.floor((next - 1) / PAGE) * PAGE; // aligned, so that replays share pages
      const through = Math.min(first + PAGE, bounds.head);
      const events = await this.page(snapshot.manager, bounds.logId, first, through);
      return { events: events.filter((event) => event.seq > after && selection.matches(event)), through };
    } finally {
      await snapshot.end();
    }
  }

  /** Drops all pages, because the feed follows another log now. */
  forget(): void {
    this.pages.clear();
  }

  /** Events after `first` up to `through`; every snapshot that contains `through` sees the same ones. */
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
    page.events.catch(() => this.pages.delete(key)); // the failure goes to those awaiting the page
    this.pages.set(key, page);
    const [oldest] = this.pages.keys();
    if (this.pages.size > PAGES_KEPT) this.pages.delete(oldest!);
    return page.events;
  }
}
