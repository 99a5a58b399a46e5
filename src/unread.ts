// Answers over HTTP that nobody reads: their connections are ended, so that they do not stay in memory for as long as a
// client likes. Streams and sockets know by their pings whether they are read (stream.ts, send-buffer.ts).
import type { FastifyInstance } from 'fastify';
import type { Limits } from './limits';

/** A text larger than this is made into bytes at once: the text itself, often twice as large, is let go. */
const LARGE = 65_536;

/** Ends a connection that takes no byte of its answer for some time; a slow one that goes on is let be. */
export function endUnread(app: FastifyInstance, { stalledMs }: Pick<Limits, 'stalledMs'>): void {
  app.addHook('onSend', (_request, { raw: response }, payload, done) => {
    // Node knows by this timer whether the system took anything of what is written, and destroys what it does not.
    response.setTimeout(stalledMs);
    // Before Node itself hears of it, and begins to wait for the next request, or with the next answer.
    response.prependListener('finish', () => response.setTimeout(0));
    done(null, typeof payload === 'string' && payload.length > LARGE ? Buffer.from(payload) : payload);
  });
}
