// Answers over HTTP that nobody reads: their connections are ended, so that they do not stay in memory for as long as a
// client likes. Streams and sockets know by their pings whether they are read (stream.ts, send-buffer.ts).
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Limits } from '../config/limits';

/** A text larger than this is made into bytes at once: the text itself, often twice as large, is let go. */
const LARGE = 65_536;

/**
 * Ends each connection that takes no byte of its answer for some time; a slow one that goes on is let be.
 * @returns how to end one for other reasons.
 */
export function endUnread(
  app: FastifyInstance,
  logger: Logger,
  { stalledMs }: Pick<Limits, 'stalledMs'>,
): (response: ServerResponse) => void {
  const end = (response: ServerResponse) => {
    logger.warn('a client does not read its answer');
    response.destroy();
  };
  app.addHook('onSend', (_request, { raw: response }, payload, done) => {
    // Node knows by this timer whether the system took anything of what is written.
    response.setTimeout(stalledMs, () => end(response));
    // Before Node itself hears of it, and begins to wait for the next request, or with the next answer.
    response.prependListener('finish', () => response.setTimeout(0));
    done(null, typeof payload === 'string' && payload.length > LARGE ? Buffer.from(payload) : payload);
  });
  return end;
}
