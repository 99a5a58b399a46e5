// Answers over HTTP that a client does not read: their connections are closed, so that they do not stay in memory for as
// long as the client likes. Streams and sockets find out by their pings (sse-writer.ts, send-buffer.ts).
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Limits } from '../config/limits';

/** A larger text is encoded at once, so that the text itself, often twice as large, can be collected. */
const LARGE = 65_536;

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
  app.addHook('onSend', (_request, { raw: response }, payload, done) => {
    // Node knows by this timer whether the system took anything of what is written.
    response.setTimeout(stalledMs, () => end(response));
    // Before Node's own listener, which starts to wait for the next request or begins the next answer.
    response.prependListener('finish', () => response.setTimeout(0));
    done(null, typeof payload === 'string' && payload.length > LARGE ? Buffer.from(payload) : payload);
  });
  return end;
}
