// One subscription that loses and repeats no event: it handles one event at a time, and resumes with its cursor.
import { type Ending, endingOf } from './ending.js';
import type { CursorStore, SubscribeOptions, Subscription } from './index.js';
import type { Line, Result, Rider } from './line.js';

/** Internal errors of the server in a row before giving up: a bug may be transient, unless it repeats for one event. */
const PATIENCE = 5;

/** Events that may wait to be handled; beyond, the subscription is left and resumed later (backpressure). */
const LONGEST_QUEUE = 1_000;

export class Following implements Subscription, Rider {
  cursor: string | null = null;
  /** The cursor saved last. */
  private saved: string | null = null;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  /** The received events still to be handled, as one promise chain. */
  private handling: Promise<void> = Promise.resolve();
  private queued = 0;
  private failures = 0;
  /** The error of an event that was not handled; later events are then not handled either. */
  private failure: { error: unknown } | null = null;
  /** Ends the attempt that is under way. */
  private leave: () => void = () => undefined;

  constructor(
    private readonly line: Line,
    private readonly store: CursorStore | undefined,
    private readonly query: string,
    private readonly variables: object,
    private readonly how: SubscribeOptions<never>,
  ) {
    const release = line.hold();
    this.finished = this.run().then(
      () => release(),
      (error: unknown) => {
        if (this.stopping.signal.aborted) return release();
        this.stopping.abort();
        release(error);
        if (how.onError) how.onError(error);
        else console.error('A subscription to Canbo has ended.', error);
      },
    );
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.leave();
    await this.finished;
  }

  reached(cursor: string): void {
    this.enqueue(() => this.moveTo(cursor)); // in order with the events
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    this.cursor = this.how.after ?? (await this.stored()) ?? null;
    while (!signal.aborted) {
      const ending = await this.attempt();
      // Handle received events before resuming, so that the cursor covers them and they are not sent again.
      await this.handling;
      if (this.failure) throw this.failure.error;
      if (signal.aborted) return;
      if (ending.failed) this.failures += 1;
      if (ending.kind === 'over' || this.failures > PATIENCE) throw ending.error;
      if (ending.kind === 'expired') await this.refetch(ending.error);
      await this.line.afterwards(ending, signal);
    }
  }

  /** Calls onExpired, and retries it as often as an internal error of the server. @throws where there is none. */
  private async refetch(expired: unknown): Promise<void> {
    if (!this.how.onExpired) throw expired;
    try {
      await this.moveTo(await this.how.onExpired());
    } catch (error) {
      this.failures += 1;
      if (this.failures > PATIENCE) throw error;
    }
  }

  /** Follows until it is cut off. @returns how it ended. */
  private async attempt(): Promise<Ending> {
    try {
      // Without a cursor to resume from, events before the first one received would be lost with the connection.
      this.cursor ??= await this.latestCursor();
      return this.stopping.signal.aborted ? LEFT : await this.follow();
    } catch (error) {
      return endingOf(error);
    }
  }

  private follow(): Promise<Ending> {
    return new Promise((resolve) => {
      const variables = { ...this.variables, after: this.cursor };
      const end = (ending: Ending) => {
        unsubscribe();
        resolve(ending);
      };
      const unsubscribe = this.line.send<Record<string, unknown>>(
        { query: this.query, variables },
        {
          next: (result) => {
            if (result.errors?.length) end(endingOf(result.errors));
            else this.enqueue(() => this.handle(result));
          },
          error: (error) => end(endingOf(error)),
          complete: () => end({ kind: 'cut', error: new Error('The server has ended the subscription.') }),
        },
        this,
      );
      this.leave = () => end(LEFT);
    });
  }

  private latestCursor(): Promise<string> {
    return new Promise((resolve, reject) => {
      const leave = this.line.send<{ latestCursor: string }>(
        { query: '{ latestCursor }' },
        {
          next: ({ data, errors }) => {
            if (data) resolve(data.latestCursor);
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as graphql-ws itself passes them
            else reject(errors);
          },
          error: reject,
          complete: () => reject(new Error('The server sent no cursor.')),
        },
      );
      this.leave = () => {
        leave();
        reject(new Error('Left.'));
      };
    });
  }

  private enqueue(work: () => Promise<void>): void {
    this.queued += 1;
    if (this.queued === LONGEST_QUEUE) this.leave();
    this.handling = this.handling.then(async () => {
      this.queued -= 1;
      if (this.failure || this.stopping.signal.aborted) return;
      try {
        await work();
      } catch (error) {
        this.failure = { error };
        this.leave();
      }
    });
  }

  private async handle({ data }: Result<Record<string, unknown>>): Promise<void> {
    const event = Object.values(data ?? {})[0] as { cursor?: unknown } | null | undefined;
    if (typeof event?.cursor !== 'string')
      throw new Error('Select `cursor` of the event: it is how to resume.');
    await this.how.onEvent(data as never);
    await this.moveTo(event.cursor);
    this.line.proven();
    this.failures = 0;
  }

  private async moveTo(cursor: string): Promise<void> {
    this.cursor = cursor;
    if (this.how.key === undefined || cursor === this.saved) return; // pings repeat the same cursor
    await this.store?.save(this.how.key, cursor);
    this.saved = cursor;
  }

  private async stored(): Promise<string | null | undefined> {
    return this.how.key === undefined ? null : this.store?.load(this.how.key);
  }
}

const LEFT: Ending = { kind: 'cut', error: null };
