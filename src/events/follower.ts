// How does one subscriber get its events? From the log until it has caught up, then live, each exactly once.
import type { LoggedEvent } from './event.entity';
import type { Listener } from './listeners';
import type { Matching, Selection } from './selection';

/** What a follower needs of the feed. */
export interface Source {
  page(after: number, selection: Selection, caller: string): Promise<Matching>;
  listenFrom(position: number, listener: Listener, selection: Selection): (() => void) | null;
  forget(follower: Follower): void;
}

/** The subscriber cannot keep up: its socket is closed with 4290, and it resumes from its last cursor. */
export class TooSlow extends Error {}

export class Follower implements AsyncIterableIterator<LoggedEvent> {
  private readonly events: AsyncGenerator<LoggedEvent, void>;
  private readonly buffer: LoggedEvent[] = [];
  private waiting: (() => void) | null = null;
  private failure: Error | null = null;
  private ended = false;
  private settled: number;

  /**
   * @param after the sequence number of the last event the subscriber has.
   * @param caller whose it is.
   * @param mostWaiting how many events may wait for it before it is too slow.
   */
  constructor(
    private readonly feed: Source,
    after: number,
    private readonly selection: Selection,
    private readonly caller: string,
    private readonly mostWaiting: number,
  ) {
    this.settled = after;
    this.events = this.run();
  }

  /** Every event up to here was sent on or does not concern this subscriber; unbounded while it waits for news. */
  get position(): number {
    return this.waiting ? Infinity : this.settled;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Asking for the next event says that the one before has been sent. */
  next(): Promise<IteratorResult<LoggedEvent, void>> {
    return this.events.next();
  }

  async return(): Promise<IteratorResult<LoggedEvent, void>> {
    this.ended = true;
    this.wakeUp(); // a generator that awaits would not hear of return() before the next event
    this.feed.forget(this);
    return this.events.return();
  }

  private async *run(): AsyncGenerator<LoggedEvent, void> {
    let leave: (() => void) | null = null;
    try {
      // The log may be read further than the feed has come: what was replayed must not be offered again.
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

  /** Ends it with this error, before whatever still waits to be sent. */
  fail(error: Error): void {
    this.failure ??= error;
    this.wakeUp();
  }

  /** @throws what it was ended with. */
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
