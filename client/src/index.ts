// canbo-client: subscriptions to Canbo that lose and repeat no event. One WebSocket per subscription, resumed with its
// cursor.
import { type Client, createClient } from 'graphql-ws';
import { type Delays, waitFor } from './backoff';
import { type Ending, endingOf } from './ending';

/** A GraphQL document as text, or as parsed by `gql` or `parse`. */
export type Document = string | { loc?: { source: { body: string } } };

/** Persistent storage for cursors. */
export interface CursorStore {
  load(key: string): Promise<string | null | undefined> | string | null | undefined;
  save(key: string, cursor: string): Promise<void> | void;
}

export interface CanboClientOptions {
  /** ws://host/graphql */
  url: string;
  /** A token, or a function that gets one: `renew` means that the last one was refused or has expired. Optional. */
  token?: string | ((renew: boolean) => string | Promise<string>);
  /** A WebSocket class, where there is no global one, as in Node 20: that of the package ws. */
  webSocketImpl?: unknown;
  cursorStore?: CursorStore;
  /** Backoff between attempts to connect: random up to a limit that doubles, by default from 500 ms to 30 s. */
  delays?: Partial<Delays>;
  /** How long the server may be silent, by default 40 s; it pings every 12 s. */
  silenceMs?: number;
}

export interface SubscribeOptions<T> {
  /** Called with one event at a time. The cursor advances when it resolves; an error ends the subscription. */
  onEvent(data: T): Promise<unknown> | void;
  /**
   * Called when missed events are no longer kept, or the event log is another one. Read `latestCursor`, then refetch,
   * and return the cursor. It is retried a few times when it fails.
   */
  onExpired(): Promise<string> | string;
  /** Called when the subscription has ended and will not reconnect. */
  onError?(error: unknown): void;
  /** Resume after this cursor; by default after the stored one, or else from now on. */
  after?: string;
  /** The key of its cursor in the store; without one the cursor is not stored. */
  key?: string;
}

export interface Subscription {
  /** Delivers no further event; resolves when the current one has been handled. */
  stop(): Promise<void>;
  /** The cursor up to which every event has been handled. */
  readonly cursor: string | null;
}

export interface CanboClient {
  /**
   * Starts a subscription. Its document declares `$after: EventCursor`, passes it to the field, and selects `cursor`.
   * @throws Error for a document that does not declare `$after`: it could not be resumed.
   */
  subscribe<T = Record<string, unknown>>(
    document: Document,
    variables: Record<string, unknown>,
    options: SubscribeOptions<T>,
  ): Subscription;
}

/** Internal errors of the server in a row before giving up: a bug may be transient, unless it repeats for one event. */
const PATIENCE = 5;

/** Events that may wait to be handled; beyond, the socket is closed and resumed later (backpressure). */
const LONGEST_QUEUE = 1_000;

/** Makes a client for a server. It connects only for a subscription. */
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
  /** The cursor saved last. */
  private saved: string | null = null;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  /** The received events still to be handled, as one promise chain. */
  private handling: Promise<void> = Promise.resolve();
  private queued = 0;
  private attempts = 0;
  private refusals = 0;
  private failures = 0;
  private renew = false;
  /** The error of an event that was not handled; later events are then not handled either. */
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
      // Handle received events before resuming, so that the cursor covers them and they are not sent again.
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

  /** Calls onExpired, and retries it as often as an internal error of the server. */
  private async refetch(): Promise<void> {
    try {
      await this.moveTo(await this.how.onExpired());
    } catch (error) {
      this.failures += 1;
      if (this.failures > PATIENCE) throw error;
    }
  }

  /** Renews an expired token once; if a fresh one is refused as well, it gives up. */
  private beforeRenewal(error: unknown): void {
    this.refusals += 1;
    this.renew = true;
    if (typeof this.client.token !== 'function' || this.refusals > 1) throw error;
  }

  /** Opens a socket and follows until it ends. @returns how it ended. */
  private async connect(): Promise<Ending> {
    const { url, webSocketImpl, silenceMs = 40_000 } = this.client;
    const { signal } = this.stopping;
    let bearer: string | undefined;
    try {
      bearer = await this.token();
    } catch (error) {
      return { kind: 'cut', error }; // the token issuer may be unreachable as well
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
      onNonLazyError: () => undefined, // the operations fail with the same error
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
          // A ping proves that the connection works. It does not reset `failures`: the next event may cause one again.
          this.attempts = 0;
          const cursor = payload?.cursor;
          // In order with the events. A ping's cursor covers its whole socket, hence one socket per subscription.
          if (typeof cursor === 'string') this.enqueue(socket, () => this.moveTo(cursor));
        },
      },
    });
    const leave = () => socket.terminate();
    signal.addEventListener('abort', leave);
    heard(); // the server may also be silent before the socket is open
    try {
      if (signal.aborted) return { kind: 'cut', error: null };
      // Without a cursor to resume from, events before the first one received would be lost with the connection.
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
    if (this.how.key === undefined || cursor === this.saved) return; // pings repeat the same cursor
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
 * A WebSocket class with an error listener of its own. graphql-ws removes its listener from a socket that it
 * terminates; ws then emits an error for a pending connection, which without a listener would end the program.
 */
function heedful(implementation: unknown): unknown {
  const Socket = (implementation ?? globalThis.WebSocket) as SocketClass | undefined;
  if (!Socket) return undefined; // graphql-ws reports what is missing
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
        complete: () => reject(new Error('The server sent no cursor.')),
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
