// Checks of a request to the API by its method and headers, before its body is read: what the caller accepts, whether the
// body is compressed, and whether another page could have sent it.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { apiError } from '../graphql/errors';
import { assertNotForged } from './forgery';
import type { Origins } from './origins';
import { API_PATH, STREAM_PATH } from './paths';

const LONGEST_TYPE = 500;

/** The type that says: this is a result of GraphQL, whatever its status. */
export const GRAPHQL_RESPONSE = 'application/graphql-response+json';
/** The first one where the caller has no preference. */
const JSON_TYPES = ['application/json', GRAPHQL_RESPONSE];

/** Refuses requests by their head, in the order in which the hooks of the application run. */
export function checkHeads(app: FastifyInstance, origins: Origins): void {
  app.addHook('onRequest', (request, _reply, done) => {
    assertUncompressed(request);
    assertShortType(request);
    if (request.routeOptions.url === API_PATH) {
      // Answered as a GET, of which Node leaves the body out.
      if (request.method === 'HEAD') request.raw.method = 'GET';
      assertAcceptable(request);
      assertNotForged(request, origins);
    }
    done();
  });
}

/** The type of an answer, as Apollo chooses it, too; undefined when the caller accepts neither. */
export function chosenType(accept: string | undefined): string | undefined {
  return accept ? new Negotiator({ headers: { accept } }).mediaType(JSON_TYPES) : JSON_TYPES[0];
}

/** @throws BAD_USER_INPUT (406) for a caller who could not read the answer: a mutation must not be done for it. */
function assertAcceptable({ headers }: FastifyRequest): void {
  if (chosenType(headers.accept)) return;
  const { accept = '' } = headers;
  const message = /text\/event-stream/i.test(accept)
    ? `Streams of events are served at ${STREAM_PATH}.`
    : `The answer would be ${JSON_TYPES.join(' or ')}: send "Accept" with one of them.`;
  throw apiError('BAD_USER_INPUT', message, { http: { status: 406 } });
}

/**
 * Parsing a type of many kilobytes takes the square of its length, and a real one has some dozens of characters.
 * @throws BAD_USER_INPUT (415)
 */
function assertShortType({ headers }: FastifyRequest): void {
  if ((headers['content-type']?.length ?? 0) <= LONGEST_TYPE) return;
  const message = `"Content-Type" may have ${LONGEST_TYPE} characters: send application/json.`;
  throw apiError('BAD_USER_INPUT', message, { http: { status: 415 } });
}

/**
 * A body of a few kilobytes may unfold to gigabytes, and requests are small, so compressed ones are not read.
 * @throws BAD_USER_INPUT (415)
 */
function assertUncompressed({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || /^identity$/i.test(encoding)) return;
  throw apiError('BAD_USER_INPUT', 'Compressed bodies are not read: send it without Content-Encoding.', {
    http: { status: 415, headers: new Map([['accept-encoding', 'identity']]) },
  });
}
