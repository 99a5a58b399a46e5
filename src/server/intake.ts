// Limits on connections before their requests are operations: how many from one address, how many requests of one whose
// answers have not been sent (HTTP pipelining), and how many bytes of bodies that have not arrived completely.
//
// Behind a proxy all connections come from its address, which is why the number is a setting. WebSockets and streams of
// events are no longer counted here once they are open: they are bounded by caller.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { type Duplex, pipeline, type Readable, Transform } from 'node:stream';
import type { WebSocket } from 'ws';
import { networkOf } from '../access/caller';
import type { Limits } from '../config/limits';
import { apiError } from '../graphql/errors';
import { Tally } from '../lib/tally';
import { Portions } from './portions';

/** What may be sent of a body or a message before it is counted: nearly all are shorter. */
const FEW_PACKETS = 16_384;
/** A socket that is not read for its operations is read again when their time is up. */
const MORE_MS = 1_000;
/** What a request takes in memory beside its headers while it waits to be begun, at a guess well above Node's objects. */
const HEAD_BYTES = 4_096;
/** What a piece of a body takes in memory, be it a single byte. */
const PIECE_BYTES = 128;
/** Requests of one connection whose answers have not been sent: browsers and proxies send one, pipelining tools some. */
const UNANSWERED = 16;

export class Intake {
  private readonly connections: Tally;
  private readonly bodies: Tally;
  private readonly greetings: Tally;
  private readonly leave = new WeakMap<Duplex, () => void>();
  private readonly unanswered = new WeakMap<Duplex, number>();
  private readonly arrived = new WeakMap<IncomingMessage, number>();
  private readonly held = new WeakMap<IncomingMessage, () => void>();
  private readonly portions = new Portions();

  /** @param connectionsPerAddress how many HTTP connections an address may hold. */
  constructor(
    private readonly limits: Limits,
    connectionsPerAddress: number,
  ) {
    this.connections = new Tally(connectionsPerAddress);
    this.bodies = new Tally(limits.heldBytesPerCaller, limits.heldBytes);
    this.greetings = new Tally(limits.greetingsPerAddress);
  }

  /**
   * Closes each connection of an address that holds as many as it may, and each that pipelines too many requests.
   * @param server with all its listeners: requests reach them only through this from now on.
   */
  guard(server: Server): void {
    server.on('connection', (socket) => {
      const leave = this.connections.take(addressOf(socket.remoteAddress), 1);
      if (!leave) return void socket.destroy();
      this.leave.set(socket, leave);
      socket.once('close', leave);
    });
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) =>
      this.admit(request, response, () => {
        for (const listener of listeners) listener.call(server, request, response);
      }),
    );
    // Node's own answer is empty.
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      this.admit(request, response, () => refuseExpectation(response)),
    );
  }

  /** Begins a request at once, or when its address has its turn: refusing one is work, too, and has no price. */
  private admit(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
    const { socket, rawHeaders } = request;
    if (!this.mayAsk(socket)) return;
    response.once('close', () => this.unanswered.set(socket, this.unanswered.get(socket)! - 1));
    if (this.portions.isFree) return begin();
    const address = addressOf(socket.remoteAddress);
    const letters = rawHeaders.reduce((sum, { length }) => sum + length, request.url!.length);
    const give = this.bodies.take(address, HEAD_BYTES + letters);
    if (!give) return void socket.destroy();
    this.portions.add(address, () => {
      give();
      if (!socket.destroyed) begin();
    });
  }

  /** Whether a connection may send one more request. Node emits all requests of a packet at once, before any answer. */
  private mayAsk(socket: Duplex): boolean {
    if (socket.destroyed) return false; // the rest of a packet
    const unanswered = this.unanswered.get(socket) ?? 0;
    if (unanswered >= UNANSWERED) {
      socket.destroy();
      return false;
    }
    this.unanswered.set(socket, unanswered + 1);
    return true;
  }

  /** Counts a connection no longer: it is a socket or a stream, which are counted by caller. */
  isLive(socket: Duplex): void {
    this.leave.get(socket)?.();
  }

  /**
   * Counts a body until letGo() or until its answer has been sent, beyond its first packets: what is only announced takes
   * no memory.
   * @param refuse answers when there is no room for more of it: what still comes is thrown away.
   * @returns the body, to be read in the place of the request.
   */
  arriving(request: IncomingMessage, response: ServerResponse, refuse: () => void): Readable {
    const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
    if (chunked === undefined && Number(length ?? 0) <= FEW_PACKETS) return request;
    const address = addressOf(request.socket.remoteAddress);
    const held: (() => void)[] = [];
    const letGo = () => {
      for (const give of held.splice(0)) give();
    };
    let [bytes, taking, refused] = [0, 0, false];
    const body = new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        if (refused) return done();
        this.arrived.set(request, (bytes += piece.length));
        taking += Math.max(piece.length, PIECE_BYTES);
        // By the packet: a body of many small pieces must not be as many entries.
        while ((held.length + 1) * FEW_PACKETS < taking) {
          const give = this.bodies.take(address, FEW_PACKETS);
          if (give) held.push(give);
          else {
            refused = true;
            letGo();
            refuse();
            return done();
          }
        }
        done(null, piece);
      },
    });
    this.held.set(request, letGo);
    response.once('close', letGo);
    return pipeline(request, body, () => undefined);
  }

  /** Counts a body no longer: it has been read. */
  letGo(request: IncomingMessage): void {
    this.held.get(request)?.();
  }

  /** Counts a whole message that waits. @returns what counts it no longer; null when there is no room. */
  hold(request: IncomingMessage, bytes: number): (() => void) | null {
    return this.bodies.take(addressOf(request.socket.remoteAddress), bytes);
  }

  /** How much a request has sent that is kept while it waits: its body, and its address with the query of a GET. */
  bytesOf(request: IncomingMessage): number {
    const { 'content-length': length } = request.headers;
    return (this.arrived.get(request) ?? Number(length ?? 0)) + (request.url ?? '').length;
  }

  /**
   * Watches a WebSocket for messages that do not arrive whole: beyond a few packets they are counted as bodies are, and
   * have as long to arrive as a request.
   */
  watchMessages(socket: WebSocket, duplex: Duplex, request: IncomingMessage): void {
    const address = addressOf(request.socket.remoteAddress);
    const held: (() => void)[] = [];
    let [unfinished, latest] = [0, 0];
    let impatience: NodeJS.Timeout | undefined;
    /** @returns whether there is room for what has come. */
    const hold = (): boolean => {
      while ((held.length + 1) * FEW_PACKETS < unfinished) {
        const give = this.bodies.take(address, FEW_PACKETS);
        if (!give) return false;
        held.push(give);
      }
      while (held.length > 0 && held.length * FEW_PACKETS >= unfinished) held.pop()!();
      return true;
    };
    const waitForMore = () => {
      clearTimeout(impatience);
      impatience = undefined;
      if (held.length > 0)
        impatience = setTimeout(() => socket.terminate(), this.limits.operationMs + MORE_MS);
    };
    duplex.prependListener('data', (chunk: Buffer) => {
      latest = chunk.length;
      unfinished += chunk.length;
      if (!hold()) return socket.terminate();
      if (!impatience) waitForMore();
    });
    // What came behind it in the same packet may be the beginning of another one.
    socket.on('message', (data: Buffer) => {
      unfinished = Math.min(Math.max(0, unfinished - frameBytes(data)), latest);
      hold();
      waitForMore();
    });
    socket.once('close', () => {
      unfinished = 0;
      hold();
      waitForMore();
    });
    // Between the parts of a message there may be control frames, which do not end it.
    const passOver = (data: Buffer) => (unfinished = Math.max(0, unfinished - frameBytes(data)));
    socket.on('ping', passOver).on('pong', passOver);
  }

  /** A socket that has not authenticated. @returns what to call when it has; null when too many have not. */
  greeting(request: IncomingMessage): (() => void) | null {
    return this.greetings.take(addressOf(request.socket.remoteAddress), 1);
  }
}

/** How long a frame is that a client sends: its data, and what is around them. */
function frameBytes({ length }: Buffer): number {
  return length + (length < 126 ? 6 : length < 65_536 ? 8 : 14);
}

function refuseExpectation(response: ServerResponse): void {
  const error = apiError('BAD_USER_INPUT', 'Send no header "Expect", or "Expect: 100-continue".');
  const body = JSON.stringify({ errors: [error] });
  response.writeHead(417, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
}

/** A connection that was reset at once has no address any more. */
function addressOf(address: string | undefined): string {
  return networkOf(address ?? '');
}
