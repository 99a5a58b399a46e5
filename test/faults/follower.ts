// What does a subscriber receive who resumes after the last cursor it has? Plain graphql-ws, nothing forgiven.
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { decodeCursor } from '../../src/events/cursor';
import type { Filter } from './checker';
import type { Progress } from './progress';
import { Asker } from './writer';

const BACK_MS = 50;
const PING_MS = 2_000;
const SILENT_MS = 8_000;
const TOO_SLOW = 4290;

/** Whoever follows events, by whatever client. */
export interface Follower {
  readonly name: string;
  readonly filter: Filter;
  /** By log: it asked for what came after this one. */
  readonly after: ReadonlyMap<string, number>;
  /** By log, in the order of arrival. */
  readonly received: ReadonlyMap<string, number[]>;
  /** What it should not have been told. */
  readonly troubles: string[];
  start(): void;
  /** Resolves when its connection is closed. */
  stop(): Promise<void>;
}

export interface FollowerOptions {
  name: string;
  urls: readonly string[];
  token: string;
  /** One field with $filter and $after, which selects `cursor`. */
  document: string;
  /** What the server is asked for, and the same for the checker. */
  argument: object;
  filter: Filter;
  cursor: string;
  /** Whether it takes the cursors of pings for its own, too. */
  heedsPings: boolean;
  progress: Progress;
}

export class PlainFollower implements Follower {
  readonly after = new Map<string, number>();
  readonly received = new Map<string, number[]>();
  readonly troubles: string[] = [];
  /** How often it was closed for being too slow. */
  tooSlow = 0;
  /** How often it connected. */
  sessions = 0;
  private cursor: string;
  private readonly asker: Asker;
  private socket: WebSocket | null = null;
  private endSession: () => void = () => undefined;
  private holding = false;
  private heardAt = 0;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: FollowerOptions) {
    this.cursor = options.cursor;
    this.asker = new Asker(options.token);
    const { logId, seq } = decodeCursor(options.cursor);
    this.after.set(logId, seq);
  }

  get name(): string {
    return this.options.name;
  }

  get filter(): Filter {
    return this.options.filter;
  }

  start(): void {
    this.stopping = false;
    this.running = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.read();
    this.endSession();
    await this.running;
    this.asker.close();
  }

  /** Stops reading its socket. */
  stopReading(): void {
    this.holding = true;
    this.socket?.pause();
  }

  read(): void {
    this.holding = false;
    this.heardAt = Date.now();
    this.socket?.resume();
  }

  private async follow(): Promise<void> {
    for (let turn = 0; !this.stopping; turn++) {
      const url = this.options.urls[turn % this.options.urls.length]!;
      if ((await this.session(url)) === 'refused') await this.refetch(url);
      await pause(BACK_MS);
    }
  }

  /** Follows until the socket or the subscription ends. */
  private session(url: string): Promise<'ended' | 'refused'> {
    const { document, argument, token, progress, heedsPings } = this.options;
    this.sessions += 1;
    let refused = false;
    let impatience: NodeJS.Timeout | undefined;
    let over = false;
    const remember = (socket: WebSocket) => {
      if (over) socket.once('open', () => socket.terminate()).on('error', () => undefined);
      else this.socket = socket;
    };
    class Remembered extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { handshakeTimeout: SILENT_MS });
        remember(this);
      }
    }
    return new Promise((resolve) => {
      const client = createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: Remembered,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${token}` },
        connectionAckWaitTimeout: SILENT_MS,
        keepAlive: PING_MS,
        on: {
          opened: () => {
            if (this.holding) this.socket?.pause();
          },
          ping: (received, payload) => {
            if (received) {
              if (heedsPings && payload?.cursor && !over) this.cursor = payload.cursor as string;
            } else {
              clearTimeout(impatience);
              const socket = this.socket;
              impatience = setTimeout(() => {
                // What was not read for a while is read before the pong behind it.
                if (!this.holding && Date.now() - this.heardAt >= SILENT_MS) socket?.terminate();
              }, SILENT_MS);
            }
          },
          pong: (received) => received && clearTimeout(impatience),
          closed: (event) => {
            if ((event as { code?: number }).code === TOO_SLOW) this.tooSlow += 1;
          },
        },
      });
      const end = (): void => {
        if (over) return;
        over = true;
        clearTimeout(impatience);
        void Promise.resolve(client.dispose()).catch(() => undefined); // it tells of the broken connection again
        this.socket?.terminate();
        this.socket = null;
        progress.tell();
        resolve(refused ? 'refused' : 'ended');
      };
      this.endSession = end;
      client.subscribe(
        { query: document, variables: { filter: argument, after: this.cursor } },
        {
          next: ({ data, errors }) => {
            if (errors?.some(({ extensions }) => extensions?.code === 'CURSOR_INVALID')) refused = true;
            // Like a client of few words: an answer without data is passed over.
            if (data && !over) this.take(Object.values(data)[0] as { cursor: string });
          },
          error: (error) => {
            if (JSON.stringify(error).includes('CURSOR_INVALID')) refused = true;
            end();
          },
          complete: end,
        },
      );
    });
  }

  private take({ cursor }: { cursor: string }): void {
    const { logId, seq } = decodeCursor(cursor);
    this.heardAt = Date.now();
    this.cursor = cursor;
    const list = this.received.get(logId);
    if (list) list.push(seq);
    else this.received.set(logId, [seq]);
    this.options.progress.tell();
  }

  /** Begins anew, as one must after CURSOR_INVALID. */
  private async refetch(url: string): Promise<void> {
    try {
      const { data } = await this.asker.ask(url, '{ latestCursor }');
      if (!data) return;
      const { logId, seq } = decodeCursor(data.latestCursor as string);
      if (this.after.has(logId)) {
        this.troubles.push(`${this.name}: a good cursor of log ${logId} was refused`);
        await pause(BACK_MS);
        return;
      }
      this.after.set(logId, seq);
      this.cursor = data.latestCursor as string;
      this.options.progress.tell();
    } catch {
      // It is asked again at the next refusal.
    }
  }
}
