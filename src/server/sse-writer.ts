// Writes one stream of server-sent events, and knows whether it is being read.
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { EncodedResult } from '../operation/encoded-result';
import type { Ledger } from '../operation/ledger';

export class SseWriter {
  /** Results that have not gone yet. */
  private waiting = 0;
  private pinged = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly ledger: Ledger,
    private readonly caller: string,
  ) {}

  /**
   * Writes the head, with what the hooks have set on the reply: Fastify does not send this answer.
   * @param id where the stream starts, in the same write: one that is cut off before its first event resumes, too.
   */
  static begin(reply: FastifyReply, id: string | null): void {
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no', // nginx would collect events
    });
    // Something in any case: some browsers wait for the first byte of the body.
    reply.raw.write(id === null ? ':\n\n' : `id: ${id}\n\n`);
  }

  /** Whether the stream is still read by somebody. */
  get isOpen(): boolean {
    return this.response.writable;
  }

  /** Writes one result. Resolves once it has gone, to true; or to false when the client has. */
  next(result: EncodedResult, id: string | null): Promise<boolean> {
    return this.write(`event: next\n${id === null ? '' : `id: ${id}\n`}data: `, result, '\n\n');
  }

  /**
   * Writes one result of one of several subscriptions. It has no id of an event: a subscription that lags behind would
   * resume after the event of another. Pings tell how far all have come.
   */
  nextOf(operationId: string, result: EncodedResult): Promise<boolean> {
    const head = `event: next\ndata: {"id":${JSON.stringify(operationId)},"payload":`;
    return this.write(head, result, '}\n\n');
  }

  /** Says that one of several subscriptions is over. */
  completeOf(operationId: string): void {
    if (this.isOpen) this.response.write(`event: complete\ndata: {"id":${JSON.stringify(operationId)}}\n\n`);
  }

  /** Breaks the stream off. */
  destroy(): void {
    this.response.destroy();
  }

  private async write(head: string, result: EncodedResult, tail: string): Promise<boolean> {
    this.waiting += 1;
    this.pinged = false;
    const { response } = this;
    let unpin: (() => void) | undefined;
    const gone = await new Promise<boolean>((resolve) => {
      if (!response.writable) return resolve(false);
      const closed = () => resolve(false);
      response.once('close', closed);
      response.cork();
      response.write(head);
      response.write(result.json); // shared with other streams, and not copied
      response.write(tail, (error) => {
        response.off('close', closed);
        resolve(!error);
      });
      response.uncork();
      if (response.writableLength === 0) return;
      unpin = result.pin(this.ledger, this.caller, () => response.destroy());
    });
    unpin?.();
    this.waiting -= 1;
    this.pinged = false;
    return gone;
  }

  /**
   * An id without an event moves EventSource on; clients that read by the protocol, which has no pings, ignore it.
   * @returns false when a result has been waiting since the ping before: the client does not read.
   */
  ping(cursor: string | undefined): boolean {
    if (this.waiting > 0) {
      const stuck = this.pinged;
      this.pinged = true;
      return !stuck;
    }
    if (this.response.headersSent && this.response.writable) {
      this.response.write(cursor === undefined ? ':\n\n' : `id: ${cursor}\n\n`);
    }
    return true;
  }
}
