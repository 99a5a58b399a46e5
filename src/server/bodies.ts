// Bodies of HTTP requests: JSON with a bounded number of values, and a bounded number of bytes while they arrive.
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from '../config/limits';
import { apiError, RETRY } from '../graphql/errors';
import { assertFewValues, sizeOf } from '../operation/values';
import type { Intake } from './intake';

const BODIES_WAIT = 'Too many requests from your address have not arrived whole: send fewer at a time.';

/** Text of any other encoding would be read as something else, silently. */
function encodingFault({ headers }: FastifyRequest, body: Buffer): Error | null {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    return Object.assign(new Error(`JSON is read in UTF-8, and not in ${charset.slice(0, 40)}.`), {
      statusCode: 415,
    });
  }
  return isUtf8(body) ? null : Object.assign(new Error('The body is not in UTF-8.'), { statusCode: 400 });
}

/** Reads bodies. @returns how much memory a request takes. */
export function readBodies(
  app: FastifyInstance,
  limits: Limits,
  intake: Intake,
): (request: FastifyRequest) => number {
  const sizes = new WeakMap<FastifyRequest, number>();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain'); // any page may send it
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const fault = encodingFault(request, body);
    if (fault) return done(fault);
    const { values, bytes } = sizeOf(body);
    sizes.set(request, bytes);
    try {
      assertFewValues(values, limits.values);
    } catch (error) {
      return done(Object.assign(error as Error, { statusCode: 413 }));
    }
    void parseJson(request, body.toString(), done);
  });
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const refuse = () => {
      const error = apiError('RATE_LIMITED', BODIES_WAIT, { limit: 'bodies', retryAfter: RETRY.turn });
      void reply
        .status(429)
        .headers({ connection: 'close', 'retry-after': RETRY.turn })
        .send({ errors: [error] });
    };
    done(null, intake.arriving(request.raw, refuse));
  });
  return (request) => sizes.get(request) ?? intake.bytesOf(request.raw);
}
