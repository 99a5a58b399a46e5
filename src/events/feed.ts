// Who must hear of an event? One reader per process takes the log in commit order and offers it to all who listen.
import { isDeepStrictEqual } from 'node:util';
import { setImmediate as turn } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { Database, Snapshot } from '../lib/database';
import { apiError } from '../lib/errors';
import { unlessLate } from '../lib/unless-late';
import { decodeCursor, encodeCursor } from './cursor';
import type { LoggedEvent } from './event.entity';
import { Follower, type Matches, type Source } from './follower';
import { anotherLog, assertKept, type Bounds, readAfter, readBounds, readEvent, resumeAfter } from './log';

const BATCH = 500;
const POLL_MS = 1_000;

const BACKLOG_MS = 2_000;

type Listener = (event: LoggedEvent) => void;
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
  private readonly listeners = new Map<Listener, OnBreak>();
  private readonly followers = new Set<Follower>();
  private known: Known = { logId: '', position: 0, last: null };
  private lookedAt = performance.now();
  private levelAt = performance.now();
  private asking: Promise<Backlog | null> | null = null;
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
  ) {}

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
   * @throws CURSOR_INVALID, CURSOR_EXPIRED.
   */
  async follow(after: string | null | undefined, matches: Matches): Promise<Follower> {
    const known = this.known;
    const { bounds, same } = await this.look(async ({ manager }) => {
      const bounds = await readBounds(manager);
      return { bounds, same: await isSame(manager, bounds, known) };
    });
    if (!same) {
      this.wake(); // who comes new to a new log has missed nothing
      await this.reading;
    }
    const follower = new Follower(this, resumeAfter(after, bounds, bounds.head), matches, this.mostWaiting);
    this.followers.add(follower);
    return follower;
  }

  /** Hears every event from now on; returns how to stop hearing. */
  listen(listener: Listener, onBreak: OnBreak = () => undefined): () => void {
    this.listeners.set(listener, onBreak);
    return () => this.listeners.delete(listener);
  }

  /**
   * Like listen, but only if no event lies between `position` and the first one the listener would hear. It must stay
   * synchronous: nothing may be read between the question and the answer.
   */
  listenFrom(position: number, listener: Listener): (() => void) | null {
    return position >= this.known.position ? this.listen(listener) : null;
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
   * The next events of the log.
   * @throws CURSOR_EXPIRED when purging has overtaken the reader: going on would silently skip what was purged;
   *   CURSOR_INVALID when it is not the log that was followed so far.
   */
  async page(after: number): Promise<LoggedEvent[]> {
    await turn(); // SQLite answers at once: a long replay that matches little would leave nobody else a turn
    const known = this.known; // before the log is read, which only grows
    return this.look(async ({ manager }) => {
      const events = await readAfter(manager, after, BATCH);
      const bounds = await readBounds(manager); // after the events: what was purged before they were read shows now
      assertKept(after, bounds);
      if (!(await isSame(manager, bounds, known))) throw anotherLog();
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
        const events = await this.page(this.known.position);
        this.lookedAt = performance.now();
        for (const event of events) {
          this.known = { ...this.known, position: event.seq, last: event };
          for (const listener of this.listeners.keys()) this.offer(event, listener);
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
    for (const onBreak of this.listeners.values()) onBreak();
  }

  private async startAtHead(): Promise<void> {
    await this.look(async ({ manager }) => {
      const { logId, head } = await readBounds(manager);
      this.known = { logId, position: head, last: await readEvent(manager, head) };
    });
    this.lookedAt = this.levelAt = performance.now();
  }

  private offer(event: LoggedEvent, listener: Listener): void {
    try {
      listener(event);
    } catch (error) {
      this.listeners.delete(listener); // one subscriber's failure stays its own
      this.onError(error);
    }
  }
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
