// Bodies of HTTP requests: JSON with a bounded number of values, and a bounded number of bytes while they arrive and wait.
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from '../config/limits';
import { apiError, RETRY } from '../graphql/errors';
import { assertFewValues, sizeOf } from '../operation/values';
import type { Intake } from './intake';
import { LARGE_BYTES, type LargeTexts } from './large-texts';
import type { Requests } from './transport';

const BODIES_WAIT = 'Too many requests from your address have not arrived whole: send fewer at a time.';
const FORBIDDEN_KEY =
  'The body has a key "__proto__", or a "constructor" with a "prototype": such keys are not read, take other names.';

/** An error that is answered with this status. */
const fault = (statusCode: number, message: string): Error =>
  Object.assign(new Error(message), { statusCode });

/** Text of any other encoding would be read as something else, silently. */
function assertUtf8({ headers }: FastifyRequest, body: Buffer): void {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset && !/^(utf-?8|us-ascii)$/i.test(charset))
    throw fault(415, `JSON is read in UTF-8, and not in ${charset.slice(0, 40)}.`);
  if (!isUtf8(body)) throw fault(400, 'The body is not in UTF-8.');
}

export interface BodyOptions {
  limits: Limits;
  intake: Intake;
  large: LargeTexts;
  callerOf: Requests['callerOf'];
}

/** Reads bodies; a large one only of a caller who is known to be one. @returns how much memory a request takes. */
export function readBodies(
  app: FastifyInstance,
  { limits, intake, large, callerOf }: BodyOptions,
): (request: FastifyRequest) => number {
  const sizes = new WeakMap<FastifyRequest, number>();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const read = (request: FastifyRequest, body: Buffer): unknown => {
    if (request.raw.socket.destroyed) throw fault(400, 'The client has gone away.');
    assertUtf8(request, body);
    const { values, bytes } = sizeOf(body);
    sizes.set(request, bytes);
    assertFewValues(values, limits.values);
    const text = body.toString();
    let parsed: unknown;
    void parseJson(request, text, (error, value) => {
      if (error) throw isJson(text) ? fault(400, FORBIDDEN_KEY) : error;
      parsed = value;
    });
    return parsed;
  };
  app.removeContentTypeParser('text/plain'); // any page may send it
  const readInTurn = async (request: FastifyRequest, body: Buffer): Promise<unknown> => {
    try {
      if (body.length <= LARGE_BYTES) return read(request, body);
      const caller = await callerOf(request);
      return await large.parse(caller, () => read(request, body));
    } finally {
      intake.letGo(request.raw);
    }
  };
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readInTurn);
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const refuse = () => {
      const error = apiError('RATE_LIMITED', BODIES_WAIT, { limit: 'bodies', retryAfter: RETRY.turn });
      void reply
        .status(429)
        .headers({ connection: 'close', 'retry-after': RETRY.turn })
        .send({ errors: [error] });
    };
    done(null, intake.arriving(request.raw, reply.raw, refuse));
  });
  return (request) => sizes.get(request) ?? intake.bytesOf(request.raw);
}

/** Whether it was not its grammar for which a text was refused. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
