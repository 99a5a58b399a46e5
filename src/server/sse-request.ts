// Requests for a stream of server-sent events: what is read from them, and how they are refused.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { apiError, badInput } from '../graphql/errors';
import type { Request } from '../operation/admission';
import { ORIGIN_REFUSED, type Origins } from './origins';
import { registeredBy } from './registered-requests';
import { receivedOf } from './subscription-document';
import { SseWriter } from './sse-writer';

/** The status of a refused subscription; EventSource does not reconnect after any of them, see cutOff(). */
const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
};

/** @throws FORBIDDEN for pages of other origins. */
export function assertFromAllowed(request: FastifyRequest, origins: Origins): void {
  if (!origins.allows(request.raw)) throw apiError('FORBIDDEN', ORIGIN_REFUSED, { http: { status: 403 } });
}

/** @throws FORBIDDEN for pages of other origins, BAD_USER_INPUT for a client that does not ask for a stream. */
export function assertStreamable(request: FastifyRequest, origins: Origins): void {
  assertFromAllowed(request, origins);
  if (!request.headers.accept?.includes('text/event-stream')) {
    const message = 'Subscriptions are streamed here: send "Accept: text/event-stream".';
    throw apiError('BAD_USER_INPUT', message, { http: { status: 406 } });
  }
}

/** @throws BAD_USER_INPUT */
export function readRequest(request: FastifyRequest): Request {
  const { method, query: search, body } = request;
  const sent = method === 'GET' ? search : body;
  if (typeof sent !== 'object' || sent === null) {
    throw badInput('Send the subscription as JSON, or in the address.');
  }
  const { query, operationName, variables: given } = sent as Record<string, unknown>;
  const variables = method === 'GET' && typeof given === 'string' && given ? readJson(given) : given;
  if (typeof query !== 'string') throw badInput('`query` must be the text of a subscription.');
  if (operationName != null && typeof operationName !== 'string') {
    throw badInput('`operationName` must be a text.');
  }
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw badInput('`variables` must be an object.');
  }
  return {
    query,
    operationName,
    variables: variables as Record<string, unknown> | null | undefined,
    registers: registeredBy(request),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput('`variables` must be an object, written in JSON.');
  }
}

/**
 * The cursor to resume after: browsers send it in a header, an empty one for none; other clients may send it as
 * `extensions.after` of the request, as over a socket.
 */
export function lastEventId({ headers, body }: FastifyRequest): string | undefined {
  const { extensions } = (body ?? {}) as { extensions?: unknown };
  return [headers['last-event-id']].flat()[0] || receivedOf(extensions);
}

/** @param errors what was refused, as the client receives it. */
export async function sendRefusal(
  reply: FastifyReply,
  refused: readonly GraphQLError[],
  errors: readonly GraphQLFormattedError[],
): Promise<void> {
  const passes = errors.some(({ extensions }) => extensions?.code === 'UNAVAILABLE');
  // EventSource, and hardly any other client, asks by GET.
  if (passes && reply.request.method === 'GET') return cutOff(reply);
  const http = refused[0]?.extensions.http as { status?: number } | undefined;
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  if (typeof retryAfter === 'number') reply.header('retry-after', String(retryAfter));
  await reply.status(http?.status ?? STATUS[code as string] ?? 400).send({ errors });
}

/**
 * The head of a stream, and no more: EventSource reconnects after a stream that was cut off, and never after any other
 * status than 200.
 */
async function cutOff(reply: FastifyReply): Promise<void> {
  reply.hijack();
  SseWriter.begin(reply, null);
  await new Promise((resolve) => reply.raw.write(': come back\n\n', resolve));
  reply.raw.destroy();
}
