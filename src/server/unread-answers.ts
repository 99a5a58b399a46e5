// Answers over HTTP that a client does not read: their connections are closed, so that they do not stay in memory for as
// long as the client likes. Streams and sockets find out by their pings (sse-writer.ts, send-buffer.ts).
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Limits } from '../config/limits';

/** A larger text is encoded in pieces of this size, each in a turn of the event loop. */
const PIECE = 65_536;

/**
 * Closes each connection that takes no byte of its answer for some time; a slow one that goes on is left alone.
 * @returns a function that closes one for other reasons.
 */
export function closeUnread(
  app: FastifyInstance,
  logger: Logger,
  { stalledMs }: Pick<Limits, 'stalledMs'>,
): (response: ServerResponse) => void {
  const end = (response: ServerResponse) => {
    logger.warn('answer not read, closing connection');
    response.destroy();
  };
  app.addHook('onSend', async (_request, reply, payload) => {
    const { raw: response } = reply;
    // Node knows by this timer whether the system took anything of what is written.
    response.setTimeout(stalledMs, () => end(response));
    // Before Node's own listener, which starts to wait for the next request or begins the next answer.
    response.prependListener('finish', () => response.setTimeout(0));
    if (typeof payload !== 'string' || payload.length <= PIECE) return payload;
    const pieces = await encoded(payload);
    reply.header('content-length', String(pieces.reduce((bytes, piece) => bytes + piece.length, 0)));
    return Readable.from(pieces, { objectMode: false });
  });
  return end;
}

/** @returns the whole text, so that the text itself, often twice as large, can be collected before the client reads. */
async function encoded(text: string): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for (let from = 0, to; from < text.length; from = to) {
    to = from + PIECE;
    if (isHighSurrogate(text.charCodeAt(to - 1))) to -= 1; // the other half of the character comes next
    pieces.push(Buffer.from(text.slice(from, to)));
    await nextTurn();
  }
  return pieces;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
