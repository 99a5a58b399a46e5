// HTTP errors outside operations: a malformed request, an address or method that is not served, a bug.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { apiError } from '../graphql/errors';
import { ORIGIN_REFUSED } from './origins';

const NOTHING_HERE = 'There is nothing here: the API is served at /graphql.';
const BAD_ADDRESS = 'The address cannot be read: a percent sign begins two hexadecimal digits of UTF-8.';
const ONLY_JSON = 'Operations are read as JSON: send "Content-Type: application/json".';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;

/** Answers in the form of the API's errors whatever fails before an operation begins. */
export function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error instanceof GraphQLError) return refuse(reply, error);
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refuse(reply, notServed(415, ONLY_JSON));
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, apiError('BAD_USER_INPUT', error.message, { http: { status } }));
    logger.error({ err: error, request: request.id }, 'unhandled error in request');
    const message = `Internal server error. Reference: ${request.id}`;
    return refuse(reply, apiError('INTERNAL_SERVER_ERROR', message, { http: { status } }));
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(app, request);
    if (allowed.length === 0) return refuse(reply, notServed(404, NOTHING_HERE));
    reply.header('allow', [...allowed, 'OPTIONS'].join(', '));
    if (request.method !== 'OPTIONS') {
      return refuse(
        reply,
        notServed(405, `${request.method} is not served here: use ${allowed.join(' or ')}.`),
      );
    }
    // That of an allowed origin was answered before.
    const isPreflight = request.headers.origin && request.headers['access-control-request-method'];
    if (isPreflight) return refuse(reply, apiError('FORBIDDEN', ORIGIN_REFUSED, { http: { status: 403 } }));
    return reply.status(204).send();
  });
}

/** Answers a request whose address cannot be read, which no hook and no handler sees. */
export function answerUnreadable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode: status = 400, code } = error;
  const message = code === 'FST_ERR_BAD_URL' ? BAD_ADDRESS : error.message;
  void refuse(reply, apiError('BAD_USER_INPUT', message, { http: { status } }));
}

/** The methods that are served at the address of a request. */
function methodsOf(app: FastifyInstance, { url }: FastifyRequest): string[] {
  const path = url.split('?')[0]!.replace(/(.)\/$/, '$1');
  return METHODS.filter((method) => app.hasRoute({ method, url: path }));
}

function notServed(status: number, message: string): GraphQLError {
  return apiError('BAD_USER_INPUT', message, { http: { status } });
}

/** Sends an error, with the status and headers that it carries. */
function refuse(reply: FastifyReply, error: GraphQLError): FastifyReply {
  const { http, ...extensions } = error.extensions as {
    http?: { status?: number; headers?: Map<string, string> };
  };
  http?.headers?.forEach((value, name) => void reply.header(name, value));
  return reply.status(http?.status ?? 400).send({ errors: [{ message: error.message, extensions }] });
}
