// One WebSocket: its session from the upgrade on, and its connection once the client has authenticated.
import type { IncomingMessage } from 'node:http';
import { MessageType, stringifyMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { type Arrival, Operation } from '../operation/operation';
import type { Caller, Services } from '../operation/context';
import { Connection } from './connection';
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
  /** How much memory the message takes that is being handled. */
  messageBytes: number;
  /** Call when it has authenticated: it is no longer counted by address. */
  greeted(): void;
}

export class SocketConnection extends Connection {
  /** Which operation has each id: a client may give one up and use its id again while it waits. */
  private readonly entering = new Map<string, symbol>();

  constructor(
    services: Services,
    caller: Caller,
    private readonly session: Session,
    private readonly logger: Logger,
  ) {
    super(services, caller);
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
    if (entering.size > unbegunPerSocket) socket.pause();
    const wanted = () => held() && entering.get(id) === own;
    const arrival: Arrival = { transport: 'websocket', caller, bytes, connection: socket, wanted };
    try {
      return await Operation.enter(shared, arrival);
    } finally {
      if (entering.get(id) === own) entering.delete(id);
      if (socket.isPaused && entering.size <= unbegunPerSocket) socket.resume();
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
