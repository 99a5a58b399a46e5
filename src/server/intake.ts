// What connections may hold before anything of theirs is an operation: how many from one address, and how many bytes of
// bodies that have not arrived.
//
// Behind a proxy all connections come from its address, which is why the number is a setting. WebSockets and streams of
// events are no longer counted here once they are open: they are bounded by caller.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { networkOf } from '../access/caller';
import type { Limits } from '../config/limits';

/** What a WebSocket may send of a message before it is counted: nearly all messages are shorter. */
const FEW_PACKETS = 16_384;
/** What is around the data of a control frame that a client sends. */
const CONTROL_BYTES = 6;

/** Counts things by address, so many of each at most. */
class Tally {
  private readonly of = new Map<string, number>();
  private all = 0;

  constructor(
    private readonly mostOfOne: number,
    private readonly most = Infinity,
  ) {}

  /** @returns what gives it back, which does so once; null when there is no room. */
  take(address: string, amount: number): (() => void) | null {
    const held = this.of.get(address) ?? 0;
    if (held + amount > this.mostOfOne || this.all + amount > this.most) return null;
    this.of.set(address, held + amount);
    this.all += amount;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.all -= amount;
      const left = this.of.get(address)! - amount;
      if (left > 0) this.of.set(address, left);
      else this.of.delete(address);
    };
  }
}

export class Intake {
  private readonly connections: Tally;
  private readonly bodies: Tally;
  private readonly greetings: Tally;
  private readonly leave = new WeakMap<Duplex, () => void>();

  /** @param connectionsPerAddress how many HTTP connections an address may hold. */
  constructor(
    private readonly limits: Limits,
    connectionsPerAddress: number,
  ) {
    this.connections = new Tally(connectionsPerAddress);
    this.bodies = new Tally(limits.heldBytesPerCaller, limits.heldBytes);
    this.greetings = new Tally(limits.greetingsPerAddress);
  }

  /** Closes each connection of an address that holds as many as it may. */
  guard(server: Server): void {
    server.on('connection', (socket) => {
      const leave = this.connections.take(addressOf(socket.remoteAddress), 1);
      if (!leave) return void socket.destroy();
      this.leave.set(socket, leave);
      socket.once('close', leave);
    });
  }

  /** From now on a connection is a socket or a stream, which are counted by caller. */
  isLive(socket: Duplex): void {
    this.leave.get(socket)?.();
  }

  /** Whether there is room for what a request says it will send; without a length, for the most it may be. */
  mayArrive(request: IncomingMessage): boolean {
    const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
    if (length === undefined && chunked === undefined) return true;
    const bytes = Math.min(length === undefined ? Infinity : Number(length), this.limits.bytes);
    const arrived = this.bodies.take(addressOf(request.socket.remoteAddress), bytes);
    if (!arrived) return false;
    request.once('end', arrived).once('close', arrived);
    return true;
  }

  /**
   * Watches a WebSocket for messages that do not arrive whole: beyond a few packets each is held for as much as a
   * message may be, and has as long to arrive as a request.
   */
  watchMessages(socket: WebSocket, duplex: Duplex, request: IncomingMessage): void {
    const address = addressOf(request.socket.remoteAddress);
    let unfinished = 0;
    let arrived: (() => void) | null = null;
    let impatience: NodeJS.Timeout | undefined;
    const letGo = () => {
      unfinished = 0;
      arrived?.();
      arrived = null;
      clearTimeout(impatience);
    };
    duplex.prependListener('data', (chunk: Buffer) => {
      unfinished += chunk.length;
      if (unfinished <= FEW_PACKETS || arrived) return;
      arrived = this.bodies.take(address, this.limits.bytes);
      if (!arrived) return socket.terminate();
      impatience = setTimeout(() => socket.terminate(), this.limits.operationMs);
    });
    socket.on('message', letGo).once('close', letGo);
    // Between the parts of a message there may be control frames, which do not end it.
    const passOver = (data: Buffer) => (unfinished = Math.max(0, unfinished - data.length - CONTROL_BYTES));
    socket.on('ping', passOver).on('pong', passOver);
  }

  /** A socket that has yet to say who it is. @returns what to call when it has; null when too many are about to. */
  greeting(request: IncomingMessage): (() => void) | null {
    return this.greetings.take(addressOf(request.socket.remoteAddress), 1);
  }
}

/** A connection that was reset at once has no address any more. */
function addressOf(address: string | undefined): string {
  return networkOf(address ?? '');
}
