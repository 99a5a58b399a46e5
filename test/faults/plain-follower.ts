// Follower that uses plain graphql-ws and resumes after its last cursor; every unexpected message is an error.
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { BACK_MS, Follower, type FollowerOptions } from './follower';

const PING_MS = 2_000;
const SILENT_MS = 8_000;
/** Close codes after which graphql-ws does not reconnect. */
const FOR_GOOD = new Set([
  1002, 1003, 1007, 1008, 1009, 1010, 1011, 4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500,
]);

export class PlainFollower extends Follower {
  private socket: WebSocket | null = null;
  private endSession: () => void = () => undefined;
  private holding = false;
  private heardAt = 0;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    options: FollowerOptions,
    /** Whether it also adopts the cursors of pings. */
    private readonly heedsPings: boolean,
  ) {
    super(options);
  }

  start(): void {
    this.stopping = false;
    this.running = this.follow();
  }

  protected async leave(): Promise<void> {
    this.stopping = true;
    this.read();
    this.endSession();
    await this.running;
  }

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
      if ((await this.session(url)) === 'refused') this.cursor = (await this.refetch(url)) ?? this.cursor;
      await pause(BACK_MS);
    }
  }

  /** Follows until the socket or the subscription ends. */
  private session(url: string): Promise<'ended' | 'refused'> {
    const { document, argument, token, progress } = this.options;
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
          closed: (event) => {
            const { code } = event as { code?: number };
            if (code !== undefined && FOR_GOOD.has(code)) this.trouble(`closed for good with ${code}`);
          },
          opened: () => {
            if (this.holding) this.socket?.pause();
          },
          ping: (received, payload) => {
            if (received) {
              if (this.heedsPings && payload?.cursor && !over) this.cursor = payload.cursor as string;
            } else {
              clearTimeout(impatience);
              const socket = this.socket;
              impatience = setTimeout(() => {
                // After a pause in reading, the waiting messages arrive before the pong.
                if (!this.holding && Date.now() - this.heardAt >= SILENT_MS) socket?.terminate();
              }, SILENT_MS);
            }
          },
          pong: (received) => received && clearTimeout(impatience),
        },
      });
      const end = (): void => {
        if (over) return;
        over = true;
        clearTimeout(impatience);
        void Promise.resolve(client.dispose()).catch(() => undefined); // it reports the broken connection again
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
            // As a simple client does: ignore a result without data.
            if (data && !over) this.take(Object.values(data)[0] as { cursor: string });
          },
          error: (error) => {
            if (JSON.stringify(error).includes('CURSOR_INVALID')) refused = true;
            end();
          },
          complete: () => {
            // A client of graphql-ws would take it for the end of the subscription.
            if (!refused && !over) this.trouble('the subscription was completed');
            end();
          },
        },
      );
    });
  }

  protected override take(event: { cursor: string }): void {
    this.heardAt = Date.now();
    this.cursor = event.cursor;
    super.take(event);
  }
}
