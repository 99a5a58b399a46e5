// Writes one stream of server-sent events, and knows whether it is being read.
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { EncodedResult } from '../operation/encoded-result';
import type { Ledger } from '../operation/ledger';

export class SseWriter {
  private waiting = false;
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

  /** Writes one result. Resolves once it has gone, to true; or to false when the client has. */
  async next(result: EncodedResult, id: string | null): Promise<boolean> {
    this.waiting = true;
    this.pinged = false;
    const { response } = this;
    let unpin: (() => void) | undefined;
    const gone = await new Promise<boolean>((resolve) => {
      if (!response.writable) return resolve(false);
      const closed = () => resolve(false);
      response.once('close', closed);
      response.cork();
      response.write(`event: next\n${id === null ? '' : `id: ${id}\n`}data: `);
      response.write(result.json); // shared with other streams, and not copied
      response.write('\n\n', (error) => {
        response.off('close', closed);
        resolve(!error);
      });
      response.uncork();
      if (response.writableLength === 0) return;
      unpin = result.pin(this.ledger, this.caller, () => response.destroy());
    });
    unpin?.();
    this.waiting = false;
    return gone;
  }

  /**
   * An id without an event moves EventSource on; clients that read by the protocol, which has no pings, ignore it.
   * @returns false when a result has been waiting since the ping before: the client does not read.
   */
  ping(cursor: string | undefined): boolean {
    if (this.waiting) {
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
