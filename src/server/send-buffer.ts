// Sending over a WebSocket: results are sent without being copied, and a bounded amount waits for a client that does
// not read. Beyond it the socket is closed.
//
// graphql-ws waits for the socket before it sends the next event of one subscription, so a subscription has at most one
// message here. But a socket carries many operations, and nothing waits before pings and refusals are answered.
import type { WebSocket } from 'ws';
import type { EncodedResult } from '../operation/encoded-result';
import type { Ledger } from '../operation/ledger';

/** The client does not keep up; it resumes from its last cursor. */
export const TOO_SLOW = 4290;
/** A result of fewer bytes is sooner copied than sent in two frames. */
const FRAGMENT = 4_096;
/** How a message of graphql-ws ends whose payload is a stand-in. */
const STAND_IN = 'null}';

export interface SendBufferOptions {
  /** How many bytes may wait beside the largest message among them. */
  most: number;
  ledger: Ledger;
  /** The key of the caller whose socket it is. */
  callerOf: () => string;
  onTooSlow: () => void;
}

/** What one socket sends. It closes with TOO_SLOW instead of sending when more than is allowed waits. */
export class SendBuffer {
  private readonly waiting = new Set<() => void>();
  private largest = 0;
  private standingIn: EncodedResult | null = null;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: SendBufferOptions,
  ) {
    socket.on('ping', () => this.isTooSlow()); // ws answers these by itself
    socket.once('close', () => this.waiting.forEach((release) => release()));
  }

  /**
   * What graphql-ws is given in place of a result. It makes a message of it and sends that at once; the bytes of the
   * result are put in there.
   */
  standIn(result: EncodedResult): object {
    return {
      toJSON: () => {
        this.standingIn = result;
        return null;
      },
    };
  }

  /** Sends a message; what waits is held in the ledger. Resolves when it has gone, or cannot be sent any more. */
  send(text: string): Promise<void> {
    const { socket } = this;
    const result = this.standingIn;
    this.standingIn = null;
    if (socket.readyState !== socket.OPEN || this.isTooSlow()) return Promise.resolve();
    const bytes = Buffer.byteLength(text) + (result?.jsonAndBrace.length ?? 0);
    this.largest = Math.max(this.largest, bytes);
    return new Promise((resolve) => {
      let release = (): void => undefined;
      // A broken socket ends its subscriptions by its close; its error would be taken for one of the operation.
      const sent = (): void => {
        release();
        resolve();
      };
      if (result) this.sendResult(text.slice(0, -STAND_IN.length), result, sent);
      else socket.send(text, sent);
      if (socket.bufferedAmount > 0) release = this.hold(result, bytes);
    });
  }

  /** In one message, of two frames when it is large; nothing can come between them. */
  private sendResult(head: string, { jsonAndBrace }: EncodedResult, sent: () => void): void {
    if (jsonAndBrace.length < FRAGMENT) return this.socket.send(`${head}${jsonAndBrace.toString()}`, sent);
    this.socket.send(head, { fin: false });
    this.socket.send(jsonAndBrace, { binary: false }, sent);
  }

  /** Accounts what waits to be sent to the caller. @returns what releases it. */
  private hold(result: EncodedResult | null, bytes: number): () => void {
    const { ledger, callerOf } = this.options;
    const end = () => this.socket.terminate(); // a closing handshake would wait behind what is not read
    let unpin: () => void;
    if (result) unpin = result.pin(ledger, callerOf(), end);
    else {
      const holding = ledger.wait(callerOf(), bytes, end);
      unpin = () => holding.release();
    }
    const release = () => {
      this.waiting.delete(release);
      unpin();
    };
    this.waiting.add(release);
    return release;
  }

  private isTooSlow(): boolean {
    const { socket, options } = this;
    if (socket.bufferedAmount === 0) this.largest = 0;
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount <= options.most + this.largest)
      return false;
    options.onTooSlow();
    socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
    return true;
  }
}
