// Bodies of HTTP requests: JSON with a bounded number of values, and a bounded number of bytes while they arrive.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from '../config/limits';
import { apiError, RETRY } from '../graphql/errors';
import { assertFewValues, sizeOf } from '../operation/values';
import type { Intake } from './intake';

const BODIES_WAIT = 'Too many requests from your address have not arrived whole: send fewer at a time.';

/** Reads bodies. @returns how much memory a request takes. */
export function readBodies(
  app: FastifyInstance,
  limits: Limits,
  intake: Intake,
): (request: FastifyRequest) => number {
  const sizes = new WeakMap<FastifyRequest, number>();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
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
