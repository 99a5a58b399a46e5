// Follower: the events of one subscription, replayed from the log until it has caught up, then live, each exactly once.
import type { LoggedEvent } from './event.entity';
import type { Listener } from './listeners';
import type { Matching, Selection } from './selection';

/** The part of the feed that a follower uses. */
export interface EventFeed {
  page(after: number, selection: Selection, caller: string): Promise<Matching>;
  listenFrom(position: number, listener: Listener, selection: Selection): (() => void) | null;
  forget(follower: Follower): void;
}

/** The subscriber cannot keep up: its connection is closed with 4290, and it resumes from its last cursor. */
export class TooSlow extends Error {}

/** The events of one subscription, as an async iterator. */
export class Follower implements AsyncIterableIterator<LoggedEvent> {
  private readonly events: AsyncGenerator<LoggedEvent, void>;
  private readonly buffer: LoggedEvent[] = [];
  private waiting: (() => void) | null = null;
  private failure: Error | null = null;
  private ended = false;
  private settled: number;

  /**
   * @param after the sequence number of the last event the subscriber has.
   * @param caller the caller's key.
   * @param mostWaiting how many events may be buffered before it is too slow.
   */
  constructor(
    private readonly feed: EventFeed,
    after: number,
    private readonly selection: Selection,
    private readonly caller: string,
    private readonly mostWaiting: number,
  ) {
    this.settled = after;
    this.events = this.run();
  }

  /**
   * The sequence number up to which every event was sent or does not match. Infinity while the buffer is empty, so that
   * an idle follower never holds back the cursor of a ping.
   */
  get position(): number {
    return this.waiting ? Infinity : this.settled;
  }

  /**
   * The sequence number up to which it has sent everything, with a feed that has come to `head`. It may have begun, or
   * replayed, beyond that: then it is where it is, since its client would be taken back behind what it has.
   */
  reachedBy(head: number): number {
    return this.waiting ? Math.max(head, this.settled) : this.settled;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next event. Calling it confirms that the one before has been sent. */
  next(): Promise<IteratorResult<LoggedEvent, void>> {
    return this.events.next();
  }

  /** Ends it, even while it waits for an event. */
  async return(): Promise<IteratorResult<LoggedEvent, void>> {
    this.ended = true;
    this.wakeUp(); // a generator that awaits would handle return() only after the next event
    this.feed.forget(this);
    return this.events.return();
  }

  private async *run(): AsyncGenerator<LoggedEvent, void> {
    let leave: (() => void) | null = null;
    try {
      // A replay may be ahead of the feed: events that were replayed must not be offered again.
      const hear = (from: number) => (event: LoggedEvent) => {
        if (event.seq > from) this.offer(event);
      };
      while (!(leave = this.feed.listenFrom(this.settled, hear(this.settled), this.selection))) {
        const { events, through } = await this.feed.page(this.settled, this.selection, this.caller);
        for (const event of events) {
          this.mustGoOn();
          if (this.ended) return;
          yield event;
          this.settled = event.seq;
        }
        this.mustGoOn();
        if (this.ended) return;
        this.settled = through;
      }
      while (!this.ended) {
        this.mustGoOn();
        const event = this.buffer.shift();
        if (event) {
          yield event;
          this.settled = event.seq;
        } else {
          await new Promise<void>((resolve) => (this.waiting = resolve));
        }
      }
    } finally {
      leave?.();
      this.feed.forget(this);
    }
  }

  /** Ends it with this error, before the events still buffered. */
  fail(error: Error): void {
    this.failure ??= error;
    this.wakeUp();
  }

  /** @throws the error that it was ended with. */
  private mustGoOn(): void {
    if (this.failure) throw this.failure;
  }

  private offer(event: LoggedEvent): void {
    try {
      if (this.failure || !this.selection.matches(event)) return;
      if (this.buffer.length >= this.mostWaiting) throw new TooSlow();
      this.buffer.push(event);
      this.wakeUp();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private wakeUp(): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.();
  }
}
