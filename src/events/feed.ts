// Who must hear of an event? One reader per process takes the log in commit order and offers it to all who listen.
import type { Database, Snapshot } from '../lib/database';
import { apiError } from '../lib/errors';
import { decodeCursor, encodeCursor } from './cursor';
import type { LoggedEvent } from './event.entity';
import { unlessLate } from '../lib/unless-late';
import { Follower, type Matches, type Source } from './follower';
import { assertKept, type Bounds, readAfter, readBounds, resumeAfter } from './log';

const BATCH = 500;
const POLL_MS = 1_000;

const BACKLOG_MS = 2_000;

type Listener = (event: LoggedEvent) => void;

/** What the log holds beyond the feed's position. */
export interface Backlog {
  head: number;
  /** When the first event that was not read yet occurred; null when all were read. */
  oldest: Date | null;
}

export class Feed implements Source {
  private readonly listeners = new Set<Listener>();
  private readonly followers = new Set<Follower>();
  private logId = '';
  private position = 0;
  private lookedAt = performance.now();
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
    const { logId, head } = await this.bounds();
    this.logId = logId;
    this.position = head;
    this.lookedAt = performance.now();
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
    const bounds = await this.bounds();
    const follower = new Follower(this, resumeAfter(after, bounds, bounds.head), matches, this.mostWaiting);
    this.followers.add(follower);
    return follower;
  }

  /** Hears every event from now on; returns how to stop hearing. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Like listen, but only if no event lies between `position` and the first one the listener would hear. It must stay
   * synchronous: nothing may be read between the question and the answer.
   */
  listenFrom(position: number, listener: Listener): (() => void) | null {
    return position >= this.position ? this.listen(listener) : null;
  }

  /** How far it has come, and how many seconds ago it last looked at the log with success. */
  get progress(): { position: number; lookAge: number } {
    return { position: this.position, lookAge: (performance.now() - this.lookedAt) / 1000 };
  }

  /** What it has still to read; null when the log cannot be asked in time. */
  backlog(): Promise<Backlog | null> {
    // One question at a time: there is one connection for delivery, and it may be the one that hangs.
    this.asking ??= this.look(async ({ manager }) => {
      const { head } = await readBounds(manager);
      const [next] = await readAfter(manager, this.position, 1);
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
    if (logId !== this.logId) throw apiError('CURSOR_INVALID', 'This cursor belongs to another event log.');
    return seq;
  }

  /** The cursor of one event of this log. */
  cursorOf(event: Pick<LoggedEvent, 'seq'>): string {
    return encodeCursor({ logId: this.logId, seq: event.seq });
  }

  /**
   * The cursor up to which these followers have received everything that concerns them; none while it is lower than
   * what one of them was shown, as it would take the client back.
   */
  cursorFor(followers: Iterable<Follower>, shown: number): string | undefined {
    const seq = Math.min(this.position, ...[...followers].map(({ position }) => position));
    return seq < shown ? undefined : encodeCursor({ logId: this.logId, seq });
  }

  /**
   * The next events of the log.
   * @throws CURSOR_EXPIRED when purging has overtaken the reader: going on would silently skip what was purged.
   */
  async page(after: number): Promise<LoggedEvent[]> {
    return this.look(async ({ manager }) => {
      const events = await readAfter(manager, after, BATCH);
      assertKept(after, await readBounds(manager)); // last: what was purged before the events were read shows now
      return events;
    });
  }

  private bounds(): Promise<Bounds> {
    return this.look(({ manager }) => readBounds(manager));
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
        const events = await this.page(this.position);
        this.lookedAt = performance.now();
        for (const event of events) {
          this.position = event.seq;
          for (const listener of this.listeners) this.offer(event, listener);
        }
        if (events.length === BATCH) this.wanted = true;
      }
    } catch (error) {
      this.onError(error); // the poll tries again
    }
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
