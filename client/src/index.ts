// How does a program follow events so that none is lost or repeated? One socket a subscription, resumed by its cursor.
import { type Client, createClient } from 'graphql-ws';
import { type Delays, waitFor } from './backoff';
import { type Ending, endingOf } from './ending';

/** Text, or what `gql` or `parse` made of it. */
export type Document = string | { loc?: { source: { body: string } } };

/** Where a cursor outlives the program. */
export interface CursorStore {
  load(key: string): Promise<string | null | undefined> | string | null | undefined;
  save(key: string, cursor: string): Promise<void> | void;
}

export interface CanboClientOptions {
  /** ws://host/graphql */
  url: string;
  /** A token, or what gets one: `renew` says that the last one was refused or has expired. None for a stranger. */
  token?: string | ((renew: boolean) => string | Promise<string>);
  /** Where there is no global WebSocket, as in Node 20: that of the package ws. */
  webSocketImpl?: unknown;
  cursorStore?: CursorStore;
  /** Between attempts to connect, at random from nothing to a time that doubles. 500 ms and 30 s when left out. */
  delays?: Partial<Delays>;
  /** How long the server may be silent; it pings every 12 s. 40 s when left out. */
  silenceMs?: number;
}

export interface SubscribeOptions<T> {
  /** Is given one event at a time. The cursor moves on when it is done; what it throws ends the subscription. */
  onEvent(data: T): Promise<unknown> | void;
  /**
   * Events were missed that are no longer kept, or the database is another one. Read `latestCursor`, then refetch, and
   * return the cursor. When it fails it is asked for again, some times.
   */
  onExpired(): Promise<string> | string;
  /** The subscription has ended and does not come back by itself. */
  onError?(error: unknown): void;
  /** Resume after this one; otherwise after the stored one, otherwise from now on. */
  after?: string;
  /** The name of its cursor in the store; without one it is not stored. */
  key?: string;
}

export interface Subscription {
  /** Hands over no further event; resolves when the one being handled is done. */
  stop(): Promise<void>;
  /** Up to here everything was handled. */
  readonly cursor: string | null;
}

export interface CanboClient {
  /**
   * Follows one subscription. Its document declares `$after: EventCursor`, hands it to the field, and selects `cursor`.
   * @throws Error for a document that does not declare `$after`: it could not be resumed.
   */
  subscribe<T = Record<string, unknown>>(
    document: Document,
    variables: Record<string, unknown>,
    options: SubscribeOptions<T>,
  ): Subscription;
}

/** How often the server may fail without an event between: a bug may pass, one that comes back with the same event does not. */
const PATIENCE = 5;

/** What is received faster than it is handled is not hoarded beyond this: the socket closes, and resumes later. */
const LONGEST_QUEUE = 1_000;

/** A client of one Canbo. It opens nothing before it is asked to follow something. */
export function createCanboClient(options: CanboClientOptions): CanboClient {
  return {
    subscribe: (document, variables, how) => {
      const query = textOf(document);
      if (!/\$after\b/.test(query)) {
        throw new Error('Declare `$after: EventCursor` and pass it to the field: it is how to resume.');
      }
      return new Following(options, query, variables, how);
    },
  };
}

class Following implements Subscription {
  cursor: string | null = null;
  /** What the store holds. */
  private saved: string | null = null;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  /** What was received and is still to be handled, as one chain. */
  private handling: Promise<void> = Promise.resolve();
  private queued = 0;
  private attempts = 0;
  private refusals = 0;
  private failures = 0;
  private renew = false;
  /** Why an event was not handled: then none after it is, either. */
  private failure: { error: unknown } | null = null;

  constructor(
    private readonly client: CanboClientOptions,
    private readonly query: string,
    private readonly variables: Record<string, unknown>,
    private readonly how: SubscribeOptions<unknown>,
  ) {
    this.finished = this.run().catch((error: unknown) => {
      if (this.stopping.signal.aborted) return;
      this.stopping.abort();
      if (how.onError) how.onError(error);
      else console.error('A subscription to Canbo has ended.', error);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    this.cursor = this.how.after ?? (await this.stored()) ?? null;
    while (!signal.aborted) {
      const ending = await this.connect();
      // What has arrived is handled before anything is asked for again: the cursor says what not to send.
      await this.handling;
      if (this.failure) throw this.failure.error;
      if (signal.aborted) return;
      if (ending.failed) this.failures += 1;
      if (ending.kind === 'over' || this.failures > PATIENCE) throw ending.error;
      if (ending.kind === 'refused') this.beforeRenewal(ending.error);
      if (ending.kind === 'expired') await this.refetch();
      await waitFor(this.attempts++, { ...this.client.delays, leastMs: ending.retryAfterMs }, signal);
    }
  }

  /** A refetch that fails is asked for again, as often as the server may fail. */
  private async refetch(): Promise<void> {
    try {
      await this.moveTo(await this.how.onExpired());
    } catch (error) {
      this.failures += 1;
      if (this.failures > PATIENCE) throw error;
    }
  }

  /** A token that ends in the middle is renewed; a fresh one that is refused as well is no matter of time. */
  private beforeRenewal(error: unknown): void {
    this.refusals += 1;
    this.renew = true;
    if (typeof this.client.token !== 'function' || this.refusals > 1) throw error;
  }

  /** Opens a socket and follows until it ends; resolves with how. */
  private async connect(): Promise<Ending> {
    const { url, webSocketImpl, silenceMs = 40_000 } = this.client;
    const { signal } = this.stopping;
    let bearer: string | undefined;
    try {
      bearer = await this.token();
    } catch (error) {
      return { kind: 'cut', error }; // whoever issues tokens cannot be reached, either
    }
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => socket.terminate(), silenceMs);
    };
    const socket = createClient({
      url,
      webSocketImpl: heedful(webSocketImpl),
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => undefined, // the operations end with it as well
      connectionParams: bearer ? { authorization: `Bearer ${bearer}` } : {},
      on: {
        opened: heard,
        message: heard,
        connected: () => {
          this.refusals = 0;
          this.renew = false;
        },
        ping: (received, payload) => {
          if (!received) return;
          // A quiet subscription is as good as a busy one. Of failures it says nothing: the next event may be to blame.
          this.attempts = 0;
          const cursor = payload?.cursor;
          // After the events before it. It is of this subscription alone, which is why each has its own socket.
          if (typeof cursor === 'string') this.enqueue(socket, () => this.moveTo(cursor));
        },
      },
    });
    const leave = () => socket.terminate();
    signal.addEventListener('abort', leave);
    heard(); // a server may also be silent before the socket is open
    try {
      if (signal.aborted) return { kind: 'cut', error: null };
      // Without a place to resume from, whatever happens before the first event would be lost with the first cut.
      this.cursor ??= await latestCursor(socket);
      return await this.follow(socket);
    } catch (error) {
      return endingOf(error);
    } finally {
      signal.removeEventListener('abort', leave);
      clearTimeout(watchdog);
      socket.terminate();
    }
  }

  private follow(socket: Client): Promise<Ending> {
    return new Promise((resolve) => {
      socket.subscribe<Record<string, unknown>>(
        { query: this.query, variables: { ...this.variables, after: this.cursor } },
        {
          next: (result) => {
            if (result.errors?.length) {
              resolve(endingOf(result.errors));
              socket.terminate();
              return;
            }
            this.enqueue(socket, () => this.handle(result));
          },
          error: (error) => resolve(endingOf(error)),
          complete: () =>
            resolve({ kind: 'cut', error: new Error('The server has ended the subscription.') }),
        },
      );
    });
  }

  private enqueue(socket: Client, work: () => Promise<void>): void {
    this.queued += 1;
    if (this.queued === LONGEST_QUEUE) socket.terminate();
    this.handling = this.handling.then(async () => {
      this.queued -= 1;
      if (this.failure || this.stopping.signal.aborted) return;
      try {
        await work();
      } catch (error) {
        this.failure = { error };
        socket.terminate();
      }
    });
  }

  private async handle({ data }: { data?: Record<string, unknown> | null }): Promise<void> {
    const event = Object.values(data ?? {})[0] as { cursor?: unknown } | null | undefined;
    if (typeof event?.cursor !== 'string')
      throw new Error('Select `cursor` of the event: it is how to resume.');
    await this.how.onEvent(data);
    await this.moveTo(event.cursor);
    this.attempts = 0;
    this.failures = 0;
  }

  private async moveTo(cursor: string): Promise<void> {
    this.cursor = cursor;
    if (this.how.key === undefined || cursor === this.saved) return; // pings tell the same one again and again
    await this.client.cursorStore?.save(this.how.key, cursor);
    this.saved = cursor;
  }

  private async token(): Promise<string | undefined> {
    const { token } = this.client;
    return typeof token === 'function' ? token(this.renew) : token;
  }

  private async stored(): Promise<string | null | undefined> {
    return this.how.key === undefined ? null : this.client.cursorStore?.load(this.how.key);
  }
}

type SocketClass = new (url: string, protocol: string) => EventTarget;

/**
 * The same WebSocket with a listener for errors of its own. graphql-ws takes its one away from a socket that it
 * terminates, and what that of the package ws then says of a connection that was still being made would end the program.
 */
function heedful(implementation: unknown): unknown {
  const Socket = (implementation ?? globalThis.WebSocket) as SocketClass | undefined;
  if (!Socket) return undefined; // graphql-ws says what is missing
  return class extends Socket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      this.addEventListener('error', () => undefined);
    }
  };
}

function latestCursor(socket: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.subscribe<{ latestCursor: string }>(
      { query: '{ latestCursor }' },
      {
        next: ({ data, errors }) => {
          if (data) resolve(data.latestCursor);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as graphql-ws itself passes them
          else reject(errors);
        },
        error: reject,
        complete: () => reject(new Error('The server has told no cursor.')),
      },
    );
  });
}

function textOf(document: Document): string {
  const text = typeof document === 'string' ? document : document.loc?.source.body;
  if (text === undefined)
    throw new Error('Pass the text of the document: print(document) of graphql makes it.');
  return text;
}
