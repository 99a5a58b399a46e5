// How an attacker speaks to the server: HTTP, WebSocket and SSE by hand, from any address of this machine, nothing forgiven.
import { Agent, request } from 'node:http';
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net';
import WebSocket from 'ws';

/** Who asks: a role with a token, or a stranger; from an address of 127.0.0.0/8. */
export interface Caller {
  name: string;
  token?: string;
  address: string;
}

export interface Answer {
  /** The HTTP status, the code a socket was closed with, or 0 where nothing came. */
  status: number;
  /** As much of it as was read. */
  text: string;
  bytes: number;
  /** Why there is no answer. */
  cut: string | null;
}

export interface How {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  /** How long to wait. */
  ms?: number;
  /** Reads no more than this, and then leaves. */
  mostBytes?: number;
  /** Leaves after the first message of a stream. */
  firstOnly?: boolean;
}

const MOST_BYTES = 32 * 1_048_576;
const KEPT_BYTES = 1_048_576;
const ASK_MS = 40_000;
const CONNECT_MS = 5_000;
const agent = new Agent({ keepAlive: true });

/** Closes what was kept open, after the server was replaced. */
export function closeAll(): void {
  agent.destroy();
}

/** Sends one request; never rejects. */
export function post(url: string, caller: Caller, body: string | Buffer, how: How = {}): Promise<Answer> {
  const { method = 'POST', path = '/graphql', ms = ASK_MS, mostBytes = MOST_BYTES } = how;
  return new Promise((resolve) => {
    let [bytes, status] = [0, 0];
    const kept: Buffer[] = [];
    const end = (cut: string | null): void => {
      clearTimeout(timer);
      resolve({ status, text: Buffer.concat(kept).toString(), bytes, cut });
    };
    const headers = {
      'content-type': 'application/json',
      ...(caller.token !== undefined && { authorization: `Bearer ${caller.token}` }),
      ...how.headers,
    };
    const timer = setTimeout(() => {
      end('no answer in time');
      sent.destroy();
    }, ms);
    const sent = request(
      `${url}${path}`,
      { method, agent, headers, localAddress: caller.address },
      (answer) => {
        status = answer.statusCode!;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= KEPT_BYTES) kept.push(chunk);
          const enough = how.firstOnly && Buffer.concat(kept).includes('data:');
          if (bytes <= mostBytes && !enough) return;
          end(enough ? null : 'too large to be read');
          sent.destroy();
        });
        answer.once('end', () => end(null));
        answer.once('close', () => end('cut off'));
        answer.on('error', () => end('cut off'));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    sent.end(method === 'GET' ? undefined : body);
  });
}

/** Asks for a stream and leaves after its first message. */
export function stream(url: string, caller: Caller, body: string | Buffer, how: How = {}): Promise<Answer> {
  const headers = { accept: 'text/event-stream', ...how.headers };
  return post(url, caller, body, { path: '/graphql/stream', firstOnly: true, ...how, headers });
}

interface Message {
  id?: string;
  type: string;
  payload?: unknown;
}

/** A WebSocket of graphql-ws' protocol without its manners. */
export class Line {
  /** What came and nobody waited for. */
  count = 0;
  bytes = 0;
  closed: number | null = null;
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private readonly whenClosed: (() => void)[] = [];
  private asked = 0;

  private constructor(
    readonly socket: WebSocket,
    /** Whether it answers pings. */
    private readonly pongs: boolean,
  ) {
    socket.on('message', (data: Buffer) => this.hear(data));
    socket.on('error', () => undefined); // the close tells of it
    socket.on('close', (code) => {
      this.closed = code;
      const gone = { status: code, text: '', bytes: 0, cut: `closed with ${code}` };
      for (const answer of this.waiting.values()) answer(gone);
      this.waiting.clear();
      for (const tell of this.whenClosed.splice(0)) tell();
    });
  }

  /** Opens one; greets unless told otherwise. Resolves also when it was refused. */
  static async open(url: string, caller: Caller, greet = true, pongs = true): Promise<Line> {
    const address = `${url.replace(/^http/, 'ws')}/graphql`;
    const socket = new WebSocket(address, 'graphql-transport-ws', { localAddress: caller.address });
    const line = new Line(socket, pongs);
    await new Promise<void>((resolve) => {
      socket.once('open', resolve);
      line.whenClosed.push(resolve);
    });
    if (!greet || line.closed !== null) return line;
    const payload = caller.token === undefined ? {} : { authorization: `Bearer ${caller.token}` };
    await line.exchange('', { type: 'connection_init', payload });
    return line;
  }

  send(message: object | string | Buffer): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
    );
  }

  /** Asks an operation and leaves it after its first message. */
  async ask(payload: object, ms = ASK_MS): Promise<Answer> {
    const id = `${++this.asked}`;
    const answer = await this.exchange(id, { id, type: 'subscribe', payload }, ms);
    this.send({ id, type: 'complete' });
    return answer;
  }

  /** Resolves when it is closed, by either side, or after a time. */
  gone(ms: number): Promise<void> {
    if (this.closed !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.whenClosed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** When the next message has come, or it is closed. */
  next(): Promise<void> {
    if (this.closed !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.once('message', () => resolve());
      this.whenClosed.push(resolve);
    });
  }

  close(): void {
    this.socket.terminate();
  }

  private exchange(id: string, message: object, ms = ASK_MS): Promise<Answer> {
    if (this.closed !== null) {
      return Promise.resolve({ status: this.closed, text: '', bytes: 0, cut: `closed with ${this.closed}` });
    }
    return new Promise((resolve) => {
      const late = { status: 0, text: '', bytes: 0, cut: 'no answer in time' };
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        resolve(late);
      }, ms);
      this.waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.send(message);
    });
  }

  private hear(data: Buffer): void {
    this.count += 1;
    this.bytes += data.length;
    const text = data.toString();
    const { id = '', type } = JSON.parse(text.length > KEPT_BYTES ? '{"type":"next"}' : text) as Message;
    if (type === 'ping' && this.pongs) this.send({ type: 'pong' });
    if (type === 'ping') return;
    const answer = this.waiting.get(id);
    this.waiting.delete(id);
    answer?.({ status: 200, text, bytes: data.length, cut: null });
  }
}

/** A connection that says whatever it likes. */
export async function tcp(port: number, address: string): Promise<TcpSocket> {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress: address });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), CONNECT_MS);
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
    void socket.once('connect', () => clearTimeout(timer));
  });
  return socket;
}

/** A connection that is a WebSocket from now on, with nothing between its bytes and the server. */
export async function tcpSocket(port: number, address: string): Promise<TcpSocket> {
  const socket = await tcp(port, address);
  const head = [
    ...['GET /graphql HTTP/1.1', 'host: localhost', 'upgrade: websocket', 'connection: Upgrade'],
    ...['sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version: 13'],
    ...['sec-websocket-protocol: graphql-transport-ws', '', ''],
  ];
  socket.write(head.join('\r\n'));
  return socket;
}

/** What the first byte of a frame says of it. */
export const FRAME = { text: 0x81, begins: 0x01, goesOn: 0x00, ping: 0x89 };

/**
 * A frame as clients send it.
 * @param announced how long it says it is.
 */
export function frameOf(first: number, payload: string | Buffer, announced?: number): Buffer {
  const data = Buffer.from(payload);
  const length = announced ?? data.length;
  const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14); // its last four bytes mask with zeros
  head[0] = first;
  if (length < 126) head[1] = 0x80 | length;
  else if (length < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, data]);
}

/** When a connection is gone, or after a time. @returns whether it is gone. */
export function goneWithin(socket: TcpSocket, ms: number): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
