// One WebSocket: its session from the upgrade on, and its connection once the client has authenticated.
import type { IncomingMessage } from 'node:http';
import { MessageType, stringifyMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { type Arrival, Operation } from '../operation/operation';
import type { Caller, Context, Services } from '../operation/context';
import { callerKey } from '../access/caller';
import { LONGEST_CURSOR } from '../events/cursor';
import { Connection, type Followed } from './connection';
import type { Carrier, Receipts } from './receipts';
import type { SendBuffer } from './send-buffer';
import { TOO_SLOW } from './send-buffer';
import type { Transports } from './transport';

export const FORBIDDEN = 4403;
export const TRY_AGAIN_LATER = 1013; // clients retry after it, which they must not after FORBIDDEN

/** A socket from the upgrade on. */
export interface Session {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly buffer: SendBuffer;
  /** Null before connection_init was accepted. */
  connection: SocketConnection | null;
  /** Its caller; before connection_init was accepted, a stranger of its address. */
  readonly caller: Caller;
  /** How much memory the message takes that is being handled. */
  messageBytes: number;
  /** Messages that wait to be parsed, and whether too many operations wait to begin: meanwhile it is not read. */
  waiting: number;
  crowded: boolean;
  /** Call when it has authenticated: it is no longer counted by address. */
  greeted(): void;
}

/** Reads on, unless something has to wait. */
export function readOn({ socket, waiting, crowded }: Session): void {
  if (socket.isPaused && waiting === 0 && !crowded) socket.resume();
}

export class SocketConnection extends Connection {
  private readonly carrier: Carrier;
  private readonly ids = new WeakMap<Followed, string>();
  /** Those that run and have sent something since their client was last asked what it has received. */
  private readonly moved = new Set<Followed>();
  /** Whether the client was asked and has not answered yet. It is asked once in a round trip, however much is sent. */
  private isAsked = false;
  /** Which operation has each id: a client may give one up and use its id again while it waits. */
  private readonly entering = new Map<string, symbol>();

  constructor(
    services: Services,
    caller: Caller,
    private readonly session: Session,
    private readonly logger: Logger,
    private readonly receipts: Receipts,
    /** The newest cursor that the client has received, as it says in connection_init. */
    said: string | null,
  ) {
    super(services, caller);
    this.carrier = { carried: 0, said, after: 0 };
  }

  override openContext(after = 0): Promise<Context> {
    const context = super.openContext(after);
    this.carrier.after = this.after; // before anything is sent
    return context;
  }

  /** What the client has received of a subscription that it may have sent before, over a socket that was cut. */
  receivedOf(id: string): string | null {
    return this.receipts.of(callerKey(this.caller), id, this.carrier.said);
  }

  /** A subscription to events begins. */
  carry(id: string, subscription: Followed): void {
    if (!subscription.follower) return;
    this.carrier.carried += 1;
    const cursor = this.services.feed.cursorOf({ seq: subscription.follower.position });
    if (this.receipts.begin(callerKey(this.caller), id, cursor, this.carrier)) this.ids.set(subscription, id);
  }

  override sent(subscription: Followed): void {
    if (!this.ids.has(subscription) || !this.running.has(subscription)) return;
    this.moved.add(subscription);
    if (!this.isAsked) this.ask();
  }

  /** It is not kept for an answer that a client may never give. */
  override ended(subscription: Followed): void {
    super.ended(subscription);
    this.moved.delete(subscription);
  }

  /** Hears a pong, if it was asked for. @param payload what was sent with the ping, if it comes from an honest client. */
  acknowledge(payload: Record<string, unknown> | undefined): void {
    if (!this.isAsked) return;
    const received = payload?.received;
    if (typeof received !== 'object' || received === null) return;
    const caller = callerKey(this.caller);
    for (const [id, cursor] of Object.entries(received)) {
      if (typeof cursor !== 'string' || cursor.length > LONGEST_CURSOR) continue;
      this.receipts.acknowledge(caller, id, cursor, this.carrier);
    }
    this.isAsked = false;
    if (this.moved.size > 0) this.ask();
  }

  /** Asks the client in a ping what it has received: it repeats the payload in its pong, after all that was sent before. */
  private ask(): void {
    const { feed } = this.services;
    const received: Record<string, string> = {};
    for (const subscription of this.moved) {
      const cursor =
        subscription.follower && feed.cursorFor([subscription.follower], subscription.shown ?? 0);
      if (cursor) received[this.ids.get(subscription)!] = cursor;
    }
    this.moved.clear();
    if (Object.keys(received).length === 0) return;
    this.isAsked = true;
    void this.session.buffer.send(stringifyMessage({ type: MessageType.Ping, payload: { received } }));
  }

  /**
   * An operation of this socket, as Operation.enter(). While too many have not begun the socket is not read: a flood
   * waits with its sender.
   * @param held whether the client has not given the operation up.
   */
  async enter(shared: Transports, id: string, held: () => boolean): Promise<Operation> {
    const own = Symbol(id);
    const { caller, entering } = this;
    const { socket, messageBytes: bytes } = this.session;
    const { unbegunPerSocket } = shared.limits;
    entering.set(id, own);
    this.session.crowded = entering.size > unbegunPerSocket;
    if (this.session.crowded) socket.pause();
    const wanted = () => held() && entering.get(id) === own;
    const arrival: Arrival = { transport: 'websocket', caller, bytes, connection: socket, wanted };
    try {
      return await Operation.enter(shared, arrival);
    } finally {
      if (entering.get(id) === own) entering.delete(id);
      this.session.crowded = entering.size > unbegunPerSocket;
      readOn(this.session);
    }
  }

  ping(cursor: string | undefined): void {
    const payload = cursor === undefined ? undefined : { cursor };
    void this.session.buffer.send(stringifyMessage({ type: MessageType.Ping, payload }));
  }

  expire(): void {
    this.session.socket.close(FORBIDDEN, 'The token has expired');
  }

  outrun(): void {
    this.logger.warn('subscriber too slow, closing connection');
    this.session.socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
  }

  cutOff(): void {
    this.session.socket.close(TRY_AGAIN_LATER, 'The database cannot be reached: resume shortly');
  }
}
