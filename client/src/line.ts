// The one socket of a client, shared by all its subscriptions: opened for the first, closed after the last, with the
// token, the status, and the time to wait before it is opened again.
import { type Client, createClient, type Sink } from 'graphql-ws';
import { type Delays, waitFor } from './backoff.js';
import type { Ending } from './ending.js';
import { type Status, Watched } from './status.js';

export interface LineOptions {
  /** ws://host/graphql */
  url: string;
  /** A token, or a function that gets one: `renew` means that the last one was refused or has expired. Optional. */
  token?: string | ((renew: boolean) => string | Promise<string>);
  /** The language of messages, vi or en; the browser's when left out. */
  language?: string;
  /** A WebSocket class, where there is no global one, as in Node 20: that of the package ws. */
  webSocketImpl?: unknown;
  /** Backoff between attempts to connect: random up to a limit that doubles, by default from 500 ms to 30 s. */
  delays?: Partial<Delays>;
  /** How long the server may be silent, by default 40 s; it pings every 12 s. */
  silenceMs?: number;
}

/** Who hears how far the server has sent: one subscription. */
export interface Rider {
  /** @param cursor up to which everything of it was sent. */
  reached(cursor: string): void;
}

/** One answer of the server. */
export interface Result<T> {
  data?: T | null;
  errors?: readonly unknown[];
}

type Request = Parameters<Client['subscribe']>[0];

export class Line {
  readonly status = new Watched<Status>({ state: 'idle' });
  private readonly client: Client;
  private readonly ids = new WeakMap<object, string>();
  private readonly riders = new Map<string, Rider>();
  /** Who needs the socket: subscriptions, also between two attempts to connect, and queries without their answer. */
  private readonly holders = new Set<symbol>();
  /** The riders whose subscriptions the server is known to have begun on this socket. */
  private readonly begun = new Set<string>();
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private waiting: Promise<void> | null = null;
  private attempts = 0;
  private refusals = 0;
  private renew = false;
  private lostAt: Date | null = null;

  constructor(private readonly options: LineOptions) {
    this.client = createClient({
      url: options.url,
      webSocketImpl: heedful(options.webSocketImpl),
      retryAttempts: 0,
      generateID: (request) => this.ids.get(request) ?? randomId(),
      connectionParams: () => this.params(),
      on: {
        connecting: () => this.heard(), // the server may also be silent before the socket is open
        opened: () => this.heard(),
        message: () => this.heard(),
        connected: () => this.connected(),
        closed: () => this.lost(),
        error: () => this.lost(),
        ping: (received, payload) => received && this.pinged(payload ?? {}),
      },
    });
  }

  /**
   * Sends an operation.
   * @param rider hears where it has come to.
   * @returns what ends it.
   */
  send<T>(request: Request, sink: Sink<Result<T>>, rider?: Rider): () => void {
    const id = randomId();
    this.ids.set(request, id);
    const { state } = this.status.current;
    if (state === 'idle' || state === 'refused') this.status.set({ state: 'connecting' });
    if (rider) this.riders.set(id, rider);
    const unsubscribe = this.client.subscribe(request, sink as Sink<unknown>);
    return () => {
      this.riders.delete(id);
      this.begun.delete(id);
      unsubscribe();
    };
  }

  /**
   * Keeps the socket for somebody.
   * @returns what lets it go, with why if the server refused. The socket closes when the last has let it go, also one
   *   that is not open yet.
   */
  hold(): (refusal?: unknown) => void {
    const holder = Symbol();
    this.holders.add(holder);
    return (refusal) => {
      if (!this.holders.delete(holder) || this.holders.size > 0) return;
      clearTimeout(this.watchdog);
      this.client.terminate();
      this.lostAt = null;
      this.status.set(refusal === undefined ? { state: 'idle' } : { state: 'refused', why: whyOf(refusal) });
    };
  }

  /**
   * Waits before the next attempt; all that were cut off together wait together.
   * @throws what was refused, when another token is refused as well or there is no other.
   */
  async afterwards({ kind, error, retryAfterMs }: Ending, signal: AbortSignal): Promise<void> {
    if (kind === 'refused' && !this.waiting) this.refused(error);
    this.waiting ??= waitFor(
      this.attempts++,
      { ...this.options.delays, leastMs: retryAfterMs },
      signal,
    ).finally(() => (this.waiting = null));
    await this.waiting;
  }

  /** An event was handled: the connection is good. */
  proven(): void {
    this.attempts = 0;
    const { current } = this.status;
    if (current.state === 'caught up') this.status.set({ state: 'caught up', events: current.events + 1 });
  }

  private async params(): Promise<Record<string, unknown>> {
    const { token, language } = this.options;
    const bearer = typeof token === 'function' ? await token(this.renew) : token;
    return {
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(language && { acceptLanguage: language }),
    };
  }

  /** A token is renewed once; if the fresh one is refused as well, it is over. */
  private refused(error: unknown): void {
    this.refusals += 1;
    this.renew = true;
    if (typeof this.options.token !== 'function' || this.refusals > 1) throw error;
  }

  private heard(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.client.terminate(), this.options.silenceMs ?? 40_000);
  }

  private connected(): void {
    this.refusals = 0;
    this.renew = false;
    this.status.set(this.lostAt ? { state: 'caught up', events: 0 } : { state: 'live' });
    this.lostAt = null;
  }

  private lost(): void {
    clearTimeout(this.watchdog);
    this.begun.clear();
    if (this.holders.size === 0 || this.status.current.state === 'connecting') return;
    this.lostAt ??= new Date();
    this.status.set({ state: 'reconnecting', since: this.lostAt });
  }

  /**
   * A ping proves that the connection works. It says in `received` where single subscriptions are, the first time when
   * the server has begun them; and in `cursor` up to where it has sent everything of all that it had begun.
   */
  private pinged({ received = {}, cursor }: { received?: Record<string, string>; cursor?: string }): void {
    this.attempts = 0;
    for (const [id, place] of Object.entries(received)) {
      this.begun.add(id);
      this.riders.get(id)?.reached(place);
    }
    if (cursor === undefined) return;
    for (const id of this.begun) this.riders.get(id)?.reached(cursor);
    if (this.status.current.state === 'caught up') this.status.set({ state: 'live' });
  }
}

/** An id that no other subscription has: the server remembers what was received by it. */
function randomId(): string {
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));
}

function whyOf(error: unknown): string {
  const { reason, message } = ((Array.isArray(error) ? error[0] : error) ?? {}) as Record<string, unknown>;
  return String(reason || message || error);
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
