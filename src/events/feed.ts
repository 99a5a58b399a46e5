// Who must hear of an event? One reader per process takes the log in commit order and offers it to all who listen.
import { isDeepStrictEqual } from 'node:util';
import { setImmediate as turn } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { Database, Snapshot } from '../database/database';
import { apiError } from '../graphql/errors';
import { unlessLate } from '../lib/unless-late';
import { decodeCursor, encodeCursor } from './cursor';
import type { LoggedEvent } from './event.entity';
import { Follower, type Source } from './follower';
import { type Listener, Listeners } from './listeners';
import { anotherLog, assertKept, type Bounds, readAfter, readBounds, readEvent, resumeAfter } from './log';
import { Replays } from './replay';
import type { Matching, Selection } from './selection';

const BATCH = 500;
const POLL_MS = 1_000;

const BACKLOG_MS = 2_000;

/** To how many listeners events are offered before others have a turn. */
const OFFERS_A_TURN = 500;

/** Hears that the next event may not be the next one after the last that was heard. */
type OnBreak = () => void;

/** What the log holds beyond the feed's position. */
export interface Backlog {
  head: number;
  /** When the first event that was not read yet occurred; null when all were read. */
  oldest: Date | null;
}

/** What the feed knows of the log, and knows it again by. */
interface Known {
  logId: string;
  /** How far it was read. */
  position: number;
  /** The event there; null when it was purged. */
  last: LoggedEvent | null;
}

export class Feed implements Source {
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
    /** How often it looks by itself: a wake-up is only a hint, and the poll finds what a lost one left behind. */
    private readonly pollMs = POLL_MS,
  ) {
    this.replays = new Replays(database);
  }

  /** Starts at the head of the log: events before it are for those who ask for them by cursor. */
  async start(): Promise<void> {
    await this.startAtHead();
    this.database.hearWrites(() => this.wake());
    this.timer = setInterval(() => this.wake(), this.pollMs);
    this.timer.unref();
  }

  /** Says that there may be new events. */
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
   * @param caller whose it is: replays go by turns among callers.
   * @throws CURSOR_INVALID, CURSOR_EXPIRED.
   */
  async follow(after: string | null | undefined, selection: Selection, caller: string): Promise<Follower> {
    const { bounds, same } = await this.joining();
    if (!same) {
      this.wake(); // who comes new to a new log has missed nothing
      await this.reading;
    }
    const start = resumeAfter(after, bounds, bounds.head);
    const follower = new Follower(this, start, selection, caller, this.mostWaiting);
    this.followers.add(follower);
    return follower;
  }

  /** Hears every event from now on; returns how to stop hearing. */
  listen(listener: Listener, onBreak: OnBreak = () => undefined): () => void {
    this.onBreaks.add(onBreak);
    const remove = this.listeners.add(listener, null);
    return () => {
      this.onBreaks.delete(onBreak);
      remove();
    };
  }

  /**
   * Hears the events of a selection from now on, but only if none lies between `position` and the first one the listener
   * would hear. It must stay synchronous: nothing may be read between the question and the answer. The event at the
   * feed's own position may be among them, if it is still being offered to others.
   */
  listenFrom(position: number, listener: Listener, selection: Selection): (() => void) | null {
    return position >= this.known.position ? this.listeners.add(listener, selection) : null;
  }

  /** How far it has come; how many seconds ago it last looked at the log with success, and had read all of it. */
  get progress(): { position: number; lookAge: number; levelAge: number } {
    const age = (since: number) => (performance.now() - since) / 1000;
    return { position: this.known.position, lookAge: age(this.lookedAt), levelAge: age(this.levelAt) };
  }

  /** What it has still to read; null when the log cannot be asked in time. */
  backlog(): Promise<Backlog | null> {
    // One question at a time: there is one connection for delivery, and it may be the one that hangs.
    this.asking ??= this.look(async ({ manager }) => {
      const { head } = await readBounds(manager);
      const [next] = await readAfter(manager, this.known.position, 1);
      return { head, oldest: next?.occurredAt ?? null };
    })
      .catch(() => null) // the feed meets the same failure, and tells of it
      .finally(() => (this.asking = null));
    return unlessLate(this.asking, BACKLOG_MS);
  }

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
   * The cursor up to which these followers have received everything that concerns them; none while it is lower than
   * what one of them was shown, as it would take the client back.
   */
  cursorFor(followers: Iterable<Follower>, shown: number): string | undefined {
    const seq = Math.min(this.known.position, ...[...followers].map(({ position }) => position));
    return seq < shown ? undefined : encodeCursor({ logId: this.known.logId, seq });
  }

  /**
   * The next events for a subscriber that has those up to `after`.
   * @throws CURSOR_EXPIRED when purging has overtaken the reader: going on would silently skip what was purged;
   *   CURSOR_INVALID when it is not the log that was followed so far.
   */
  page(after: number, selection: Selection, caller: string): Promise<Matching> {
    const known = this.known; // before the log is read, which only grows
    return this.replays.read(after, selection, caller, (manager) => boundsOf(manager, after, known));
  }

  /** Where a new subscriber finds the log, and whether it is the one that is followed; shared by all who come together. */
  private joining(): Promise<{ bounds: Bounds; same: boolean }> {
    this.join ??= turn().then(async () => {
      this.join = null; // whoever comes from here on may have seen more than this look
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

  /** The next events for all who listen; throws as page() does. */
  private next(): Promise<LoggedEvent[]> {
    const known = this.known;
    return this.look(async ({ manager }) => {
      const events = await readAfter(manager, known.position, BATCH);
      await boundsOf(manager, known.position, known); // after the events: what was purged before they were read shows now
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
   * Goes on at the head of the log it finds, when what it was to read next is not there: a replica without the newest
   * events was promoted, a backup restored, the log given a new id, or the node slept while the log was purged. Whoever
   * followed is told to refetch: nobody knows what they have missed.
   */
  private async startAnew(reason: GraphQLError): Promise<void> {
    try {
      await this.startAtHead();
    } catch (error) {
      return this.onError(error); // the poll tries again
    }
    this.onError(
      new Error('What follows in the event log was not found: all who follow must refetch.', {
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

/** Whether a log is the one of which this much is known. */
async function isSame(
  manager: EntityManager,
  bounds: Bounds,
  { logId, position, last }: Known,
): Promise<boolean> {
  if (bounds.logId !== logId || bounds.head < position) return false;
  const found = last && (await readEvent(manager, last.seq));
  // What was purged since tells nothing.
  return found ? isDeepStrictEqual(identityOf(found), identityOf(last)) : position <= bounds.purgedThrough;
}

/** Without the actor: who erases a person renames them. */
const identityOf = ({ name, occurredAt, request, subjectId }: LoggedEvent) => [
  name,
  occurredAt,
  request,
  subjectId,
];
