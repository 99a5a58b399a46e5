// TCP proxy between clients and servers that cuts, delays and half-closes connections.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HALF_CLOSED_MS = 5_000;

/** One connection through the proxy. */
export class Line {
  private held = false;

  constructor(
    readonly client: Socket,
    readonly server: Socket,
  ) {
    this.carry(client, server);
    this.carry(server, client);
  }

  /** The port from which it connects to the server. */
  get serverPort(): number {
    return this.server.localPort!;
  }

  /** Ends it at once, with a TCP reset or normally. */
  cut(reset: boolean): void {
    for (const socket of [this.client, this.server]) {
      if (reset && socket.readyState === 'open') socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Lets nothing through until it is released; data wait in the buffers of the system. */
  hold(): void {
    this.held = true;
    this.client.pause();
    this.server.pause();
  }

  release(): void {
    this.held = false;
    this.client.resume();
    this.server.resume();
  }

  /** Sends FIN to one side, and goes on forwarding what that side sends. */
  halfClose(side: 'client' | 'server'): void {
    this[side].end();
    // A peer that keeps its half open for ever would otherwise look like a leak of the server.
    setTimeout(() => this.cut(false), HALF_CLOSED_MS).unref();
  }

  private carry(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (!to.writable) return;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!this.held) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}

export class Proxy {
  /** Open connections. */
  readonly lines = new Set<Line>();
  /** The local port of the server. */
  target = 0;

  private constructor(private readonly server: Server) {
    server.on('connection', (client) => this.open(client));
  }

  static async start(): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Proxy(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    for (const line of this.lines) line.cut(false);
  }

  private open(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true });
    const line = new Line(client, server);
    this.lines.add(line);
    client.on('close', () => this.lines.delete(line));
  }
}
