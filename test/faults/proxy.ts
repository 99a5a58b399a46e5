// What can go wrong between a client and a server? A TCP proxy that cuts, delays and half-closes what runs through it.
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

  /** Where the server sees it come from. */
  get serverPort(): number {
    return this.server.localPort!;
  }

  /** Ends it at once, with a reset or in order. */
  cut(reset: boolean): void {
    for (const socket of [this.client, this.server]) {
      if (reset && socket.readyState === 'open') socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Lets nothing through until it is released; what is under way waits in the buffers of the system. */
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

  /** Says to one side that the other has no more to send, and goes on carrying what that side sends. */
  halfClose(side: 'client' | 'server'): void {
    this[side].end();
    // Whoever keeps its own half open for ever would otherwise look like a leak of ours.
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
  /** Connections that are open now. */
  readonly lines = new Set<Line>();
  /** The port on this machine that it leads to. */
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
