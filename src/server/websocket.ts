// The WebSocket server: graphql-ws on /graphql of the HTTP server, from the upgrade to the close.
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols, makeServer, type Server as Engine } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { callerKey } from '../access/caller';
import type { Identify } from '../access/identity';
import type { Caller } from '../operation/context';
import type { LargeTexts } from './large-texts';
import type { Metrics } from './metrics';
import { ORIGIN_REFUSED } from './origins';
import { isApi } from './paths';
import { SendBuffer } from './send-buffer';
import { STOPPING, type Transports } from './transport';
import type { Session } from './websocket-connection';
import { connectToEngine } from './websocket-messages';
import { WebSocketOperations } from './websocket-operations';

const GOING_AWAY = 1001;
const GOING_AWAY_MS = 5_000;

/** Parts of a message: clients send it whole, or in parts of 16 KiB and more. */
const FRAGMENTS = 64;
/** Pieces of a part as they come from the network: of 1 MiB, in packets of 1 KiB. */
const CHUNKS = 1_024;

type UpgradeRefusal = [status: string, code: string, message: string];
const TOO_MANY_GREETINGS: UpgradeRefusal = [
  '429 Too Many Requests',
  'RATE_LIMITED',
  'Too many sockets of your address have sent no connection_init yet.',
];

export class WebSockets {
  private readonly server: WebSocketServer;
  private readonly operations: WebSocketOperations;
  private readonly engine: Engine<Session>;
  private closing = false;

  constructor(
    private readonly shared: Transports,
    identify: Identify,
    private readonly large: LargeTexts,
    private readonly pingMs: number,
  ) {
    this.server = new WebSocketServer({
      noServer: true,
      maxPayload: shared.limits.bytes,
      maxFragments: FRAGMENTS, // a buffer is kept for each, however short
      maxBufferedChunks: CHUNKS,
      allowSynchronousEvents: false, // of a flood of messages in one packet, each has a turn of the event loop
      handleProtocols: (protocols) => handleProtocols(protocols),
    });
    this.operations = new WebSocketOperations(shared, identify);
    this.engine = makeServer(this.operations.hooks);
    shared.metrics.observeSockets(() => this.server.clients.size);
  }

  serve(server: HttpServer): void {
    server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
      const greeted = this.shared.intake.greeting(request);
      if (greeted) duplex.once('close', greeted);
      const refusal = greeted ? this.refusalOf(request) : TOO_MANY_GREETINGS;
      if (refusal || !greeted) return refuse(duplex, refusal ?? TOO_MANY_GREETINGS);
      this.server.handleUpgrade(request, duplex, head, (socket) => {
        this.shared.intake.isLive(duplex);
        this.shared.intake.watchMessages(socket, duplex, request);
        this.open(socket, request, greeted);
      });
    });
  }

  /** Lets what runs end, and closes all sockets. */
  async close(): Promise<void> {
    this.closing = true;
    await this.operations.settled();
    await new Promise(setImmediate); // their answers go out before the sockets close
    // A peer that does not answer the closing handshake must not hold the shutdown up.
    const impatience = setTimeout(
      () => this.server.clients.forEach((socket) => socket.terminate()),
      GOING_AWAY_MS,
    );
    for (const socket of this.server.clients) socket.close(GOING_AWAY, 'Going away');
    await new Promise((resolve) => this.server.close(resolve));
    clearTimeout(impatience);
    await this.shared.connections.settled(); // events that were being shown when their sockets closed
  }

  private refusalOf(request: IncomingMessage): UpgradeRefusal | null {
    if (this.closing) return ['503 Service Unavailable', 'UNAVAILABLE', STOPPING];
    if (!isApi(request.url)) return ['404 Not Found', 'BAD_USER_INPUT', 'Sockets are opened at /graphql.'];
    return this.shared.origins.allows(request) ? null : ['403 Forbidden', 'FORBIDDEN', ORIGIN_REFUSED];
  }

  private open(socket: WebSocket, request: IncomingMessage, greeted: () => void): void {
    const { intake, limits, logger, metrics, services } = this.shared;
    countClose(socket, metrics);
    const address = request.socket.remoteAddress ?? '';
    const stranger: Caller = { identity: null, locale: 'vi', requestId: null, address };
    const buffer = new SendBuffer(socket, {
      most: limits.waitingBytes,
      ledger: services.ledger,
      callerOf: () => callerKey(session.caller),
      onTooSlow: () => logger.warn('send buffer full, closing socket'),
    });
    const session: Session = {
      ...{ socket, request, buffer, connection: null, messageBytes: 0, waiting: 0, crowded: false, greeted },
      get caller() {
        return session.connection?.caller ?? stranger;
      },
    };
    const { large, pingMs } = this;
    connectToEngine(session, this.engine, { limits, logger, intake, large, pingMs });
  }
}

/** Answers an upgrade that is refused: browsers hide it from the page, but their network tab and a proxy's log show why. */
function refuse(duplex: Duplex, [status, code, message]: UpgradeRefusal): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  duplex.on('error', () => duplex.destroy()); // a peer that resets now must not take the process down
  duplex.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Counts close codes, the server's own when it closes: for a peer that does not answer, the event only has 1006. */
function countClose(socket: WebSocket, metrics: Metrics): void {
  const close = socket.close.bind(socket);
  let counted = false;
  const count = (code: number, by: 'server' | 'peer') => {
    if (!counted) metrics.socketClosed(code, by);
    counted = true;
  };
  socket.close = (code, reason) => {
    // ws answers a peer's close through this same method; only this private field shows the difference.
    const answering = Reflect.get(socket, '_closeFrameReceived') === true;
    if (socket.readyState === socket.OPEN && !answering) count(code ?? 1005, 'server');
    close(code, reason);
  };
  socket.once('close', (code) => count(code, 'peer'));
}
