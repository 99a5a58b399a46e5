// Follower that uses canbo-client, as a program would: it must notice no fault, except a replaced log.
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { createCanboClient, type Subscription } from '../../client/src/index';
import { BACK_MS, Follower } from './follower';

export class ClientFollower extends Follower {
  private subscription: Subscription | null = null;
  private socket: WebSocket | null = null;
  private holding = false;
  private stopping = false;

  start(): void {
    const { urls, document, argument, token } = this.options;
    const url = urls[0]!; // it only knows one address, and reconnects there
    this.stopping = false;
    const canbo = createCanboClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      token,
      webSocketImpl: this.rememberedSocket(),
      delays: { firstMs: BACK_MS, longestMs: 20 * BACK_MS },
    });
    this.subscription = canbo.subscribe<Record<string, { cursor: string }>>(
      document,
      { filter: argument },
      {
        after: this.cursor,
        onEvent: (data) => this.take(Object.values(data)[0]!),
        onExpired: () => this.beginAnew(url),
        onError: (error) => this.trouble(`it gave up: ${describe(error)}`),
      },
    );
  }

  override stopReading(): void {
    this.holding = true;
    this.socket?.pause();
  }

  override read(): void {
    this.holding = false;
    this.socket?.resume();
  }

  protected override async leave(): Promise<void> {
    this.stopping = true;
    this.read();
    await this.subscription?.stop();
    this.cursor = this.subscription?.cursor ?? this.cursor;
  }

  private async beginAnew(url: string): Promise<string> {
    let cursor: string | null = null;
    while (!this.stopping && this.troubles.length === 0 && !(cursor = await this.refetch(url))) {
      await pause(BACK_MS);
    }
    return cursor ?? this.cursor;
  }

  /** A WebSocket class that remembers the session's socket, so that reading can be paused. */
  private rememberedSocket(): unknown {
    const remember = (socket: WebSocket): void => {
      this.sessions += 1;
      this.socket = socket;
      socket.once('open', () => {
        if (this.holding && this.socket === socket) socket.pause();
      });
    };
    return class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol);
        remember(this);
      }
    };
  }
}

function describe(error: unknown): string {
  const { code, reason } = error as { code?: number; reason?: string };
  if (code !== undefined) return `closed with ${code} ${reason}`;
  return error instanceof Error ? error.message : JSON.stringify(error);
}
