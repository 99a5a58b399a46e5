// Feed: one reader per process reads the event log in commit order and offers each event to the listeners.
import { isDeepStrictEqual } from 'node:util';
import { setImmediate as turn } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { Database, Snapshot } from '../database/database';
import { apiError } from '../graphql/errors';
import { unlessLate } from '../lib/unless-late';
import { decodeCursor, encodeCursor } from './cursor';
import type { LoggedEvent } from './event.entity';
import { Follower, type EventFeed } from './follower';
import { type Listener, Listeners } from './listeners';
import { anotherLog, assertKept, type Bounds, readAfter, readBounds, readEvent, resumeAfter } from './log';
import { Replays } from './replay';
import type { Matching, Selection } from './selection';

const BATCH = 500;
const POLL_MS = 1_000;

const BACKLOG_MS = 2_000;

/** How many offers are made before the event loop may do other work. */
const OFFERS_A_TURN = 500;

/** Called when events may have been skipped since the last one heard. */
type OnBreak = () => void;

/** The part of the log beyond the feed's position. */
export interface Backlog {
  head: number;
  /** When the first unread event occurred; null when all are read. */
  oldest: Date | null;
}

/** The feed's position, with what it needs to recognise the log at the next read. */
interface Known {
  logId: string;
  /** The sequence number of the last event read. */
  position: number;
  /** The event at `position`; null when it was purged. */
  last: LoggedEvent | null;
}

/** The feed of a process, and the place to subscribe to it. */
export class Feed implements EventFeed {
  private readonly listeners = new Listeners();
  private readonly onBreaks = new Set<OnBreak>();
  private readonly replays: Replays;
  private readonly followers = new Set<Follower>();
  private known: Known = { logId: '', position: 0, last: null };
  private lookedAt = performance.now();
  private levelAt = performance.now();
  private asking: Promise<Backlog | null> | null = null;
  private join: Promise<{ bounds: Bounds; same: boolean }> | null = null;
  private reading: Promise<void> | null = null;
  private wanted = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: unknown) => void,
    /** How many events may wait for one subscriber. */
    private readonly mostWaiting: number,
    /** Poll interval: a wake-up is only a hint, and the poll finds the events of a lost one. */
    private readonly pollMs = POLL_MS,
  ) {
    this.replays = new Replays(database);
  }

  /** Starts at the head of the log: earlier events are replayed to subscribers that ask for them by cursor. */
  async start(): Promise<void> {
    await this.startAtHead();
    this.database.hearWrites(() => this.wake());
    this.timer = setInterval(() => this.wake(), this.pollMs);
    this.timer.unref();
  }

  /** Reads the log soon, because there may be new events. */
  wake(): void {
    if (this.stopped) return;
    this.wanted = true;
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
  }

  /** Ends every subscription and waits for the reading under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.reading;
    for (const follower of this.followers) await follower.return();
  }

  /**
   * Follows the events that match: those after the cursor from the log, at the subscriber's own pace, then the live
   * ones, with neither gap nor duplicate at the join.
   * @param after a cursor, or null for only what is committed from now on.
   * @param caller the caller's key: replays go by turns among callers.
   * @throws CURSOR_INVALID, CURSOR_EXPIRED.
   */
  async follow(after: string | null | undefined, selection: Selection, caller: string): Promise<Follower> {
    const { bounds, same } = await this.joining();
    if (!same) {
      this.wake(); // let the feed notice the new log first, so that this follower is not ended with the old ones
      await this.reading;
    }
    const start = resumeAfter(after, bounds, bounds.head);
    const follower = new Follower(this, start, selection, caller, this.mostWaiting);
    this.followers.add(follower);
    return follower;
  }

  /** Calls the listener with every event from now on. @returns a function that removes it. */
  listen(listener: Listener, onBreak: OnBreak = () => undefined): () => void {
    this.onBreaks.add(onBreak);
    const remove = this.listeners.add(listener, null);
    return () => {
      this.onBreaks.delete(onBreak);
      remove();
    };
  }

  /**
   * Calls the listener with the events of a selection from now on, but only if no event lies between `position` and the
   * first one that it would hear. This must stay synchronous: the feed must not advance between check and registration.
   * The event at the feed's own position may be among them, if it is still being offered to others.
   * @returns a function that removes the listener; null when the position is behind the feed.
   */
  listenFrom(position: number, listener: Listener, selection: Selection): (() => void) | null {
    return position >= this.known.position ? this.listeners.add(listener, selection) : null;
  }

  /** The position; the seconds since the log was last read, and since all of it had been read. */
  get progress(): { position: number; lookAge: number; levelAge: number } {
    const age = (since: number) => (performance.now() - since) / 1000;
    return { position: this.known.position, lookAge: age(this.lookedAt), levelAge: age(this.levelAt) };
  }

  /** The unread part of the log; null when the log cannot be read in time. */
  backlog(): Promise<Backlog | null> {
    // One read at a time: delivery has a single connection, and it may be the one that hangs.
    this.asking ??= this.look(async ({ manager }) => {
      const { head } = await readBounds(manager);
      const [next] = await readAfter(manager, this.known.position, 1);
      return { head, oldest: next?.occurredAt ?? null };
    })
      .catch(() => null) // the feed meets the same failure and reports it
      .finally(() => (this.asking = null));
    return unlessLate(this.asking, BACKLOG_MS);
  }

  /** Removes a follower that has ended. */
  forget(follower: Follower): void {
    this.followers.delete(follower);
  }

  /**
   * The sequence number of a cursor of this log.
   * @throws CURSOR_INVALID for any other.
   */
  seqOf(cursor: string): number {
    const { logId, seq } = decodeCursor(cursor);
    if (logId !== this.known.logId)
      throw apiError('CURSOR_INVALID', 'This cursor belongs to another event log.');
    return seq;
  }

  /** The cursor of one event of this log. */
  cursorOf(event: Pick<LoggedEvent, 'seq'>): string {
    return encodeCursor({ logId: this.known.logId, seq: event.seq });
  }

  /**
   * The cursor up to which these followers have received everything that they select, for pings.
   * @param shown the sequence number of the last event sent on this connection.
   * @returns undefined if the cursor would be older than that event: a client that stored it would get the event twice.
   */
  cursorFor(followers: Iterable<Follower>, shown: number): string | undefined {
    const seq = Math.min(...[...followers].map((each) => each.reachedBy(this.known.position)));
    return seq < shown ? undefined : encodeCursor({ logId: this.known.logId, seq });
  }

  /**
   * Replays the next page for a subscriber that has the events up to `after`.
   * @throws CURSOR_EXPIRED when events after `after` were purged: going on would silently skip them; CURSOR_INVALID when
   *   the log is another one than was followed so far.
   */
  page(after: number, selection: Selection, caller: string): Promise<Matching> {
    const known = this.known; // taken before the log is read, so that it can only be behind
    return this.replays.read(after, selection, caller, (manager) => boundsOf(manager, after, known));
  }

  /** The bounds of the log, and whether it is the log being followed; one read for all subscribers that arrive together. */
  private joining(): Promise<{ bounds: Bounds; same: boolean }> {
    this.join ??= turn().then(async () => {
      this.join = null; // subscribers that arrive from here on may have seen a later state
      const known = this.known;
      const snapshot = await this.database.replay('');
      try {
        const bounds = await readBounds(snapshot.manager);
        return { bounds, same: await isSame(snapshot.manager, bounds, known) };
      } finally {
        await snapshot.end();
      }
    });
    return this.join;
  }

  /** The next events for the listeners; throws as page() does. */
  private next(): Promise<LoggedEvent[]> {
    const known = this.known;
    return this.look(async ({ manager }) => {
      const events = await readAfter(manager, known.position, BATCH);
      await boundsOf(manager, known.position, known); // after the events, so that a purge before that read is noticed
      return events;
    });
  }

  private async look<T>(read: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const snapshot = await this.database.delivery();
    try {
      return await read(snapshot);
    } finally {
      await snapshot.end();
    }
  }

  private async read(): Promise<void> {
    try {
      while (this.wanted && !this.stopped) {
        this.wanted = false;
        const events = await this.next();
        this.lookedAt = performance.now();
        let offers = 0;
        for (const event of events) {
          this.known = { ...this.known, position: event.seq, last: event };
          for (const listener of this.listeners.of(event)) {
            this.offer(event, listener);
            offers += 1;
            if (offers % OFFERS_A_TURN === 0) await turn();
          }
        }
        if (events.length === BATCH) this.wanted = true;
        else this.levelAt = performance.now();
      }
    } catch (error) {
      if (error instanceof GraphQLError) await this.startAnew(error);
      else this.onError(error); // the poll tries again
    }
  }

  /**
   * Continues at the head of the log when the events to read next do not exist: a replica without the newest events was
   * promoted, a backup was restored, the log was given a new id, or the node slept while the log was purged. All
   * subscriptions end with an error that makes the client refetch, because it is unknown what they missed.
   */
  private async startAnew(reason: GraphQLError): Promise<void> {
    try {
      await this.startAtHead();
    } catch (error) {
      return this.onError(error); // the poll tries again
    }
    this.onError(
      new Error('the event log is not the one that was followed: ending all subscriptions', {
        cause: reason,
      }),
    );
    for (const follower of this.followers) follower.fail(reason);
    for (const onBreak of this.onBreaks) onBreak();
  }

  private async startAtHead(): Promise<void> {
    await this.look(async ({ manager }) => {
      const { logId, head } = await readBounds(manager);
      this.known = { logId, position: head, last: await readEvent(manager, head) };
    });
    this.replays.forget();
    this.lookedAt = this.levelAt = performance.now();
  }

  private offer(event: LoggedEvent, listener: Listener): void {
    try {
      listener(event);
    } catch (error) {
      this.onError(error); // one subscriber's failure stays its own
    }
  }
}

/**
 * The bounds of a log that goes on where it was read up to `after`.
 * @throws CURSOR_EXPIRED, CURSOR_INVALID.
 */
async function boundsOf(manager: EntityManager, after: number, known: Known): Promise<Bounds> {
  const bounds = await readBounds(manager);
  assertKept(after, bounds);
  if (!(await isSame(manager, bounds, known))) throw anotherLog();
  return bounds;
}

/** Whether the log is the one that was followed so far. */
async function isSame(
  manager: EntityManager,
  bounds: Bounds,
  { logId, position, last }: Known,
): Promise<boolean> {
  if (bounds.logId !== logId || bounds.head < position) return false;
  const found = last && (await readEvent(manager, last.seq));
  // If the last event was purged meanwhile, there is nothing to compare.
  return found ? isDeepStrictEqual(identityOf(found), identityOf(last)) : position <= bounds.purgedThrough;
}

/** What identifies an event. Not the actor, which changes when a person is erased. */
const identityOf = ({ name, occurredAt, request, subjectId }: LoggedEvent) => [
  name,
  occurredAt,
  request,
  subjectId,
];
