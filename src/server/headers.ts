// Security headers of every answer, and CORS.
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Origins } from './origins';
import { STREAM_PATH } from './paths';
import { wantsPage } from './playground';

const PREFLIGHT_SECONDS = 600;
/** Those of the API itself; a page may send any other that it asks for. */
const USUAL_HEADERS = [
  'content-type',
  'authorization',
  'accept-language',
  'last-event-id',
  'canbo-after',
  'apollo-require-preflight',
];
/** Letters of the names of headers that a page asks for: a client that traces and names itself asks for some 300. */
const ASKED_HEADERS = 1_000;
/** What a page may read of an answer beside its body: when to come back, its version, and what to report. */
const EXPOSED = ['retry-after', 'etag', 'x-request-id', 'allow'];
const ANSWERS_DEPEND_ON = ['Accept', 'Accept-Language', 'Authorization'];
const PREFLIGHTS_DEPEND_ON = ['Access-Control-Request-Headers'];

/** Headers of every answer; a page that needs more than nothing sets a content policy of its own. */
export async function harden(app: FastifyInstance, origins: Origins): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
  });
  await app.register(cors, {
    delegator: (request: FastifyRequest, decide: (error: null, options: FastifyCorsOptions) => void) =>
      decide(null, corsFor(request, origins)),
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id); // the reference of an internal error, also in the log
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // Names of officials must not be kept by caches on the way.
    if (request.url.startsWith('/graphql')) {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      varyBy(reply, request.method === 'OPTIONS' ? PREFLIGHTS_DEPEND_ON : ANSWERS_DEPEND_ON);
    }
    done();
  });
}

/** A page of an allowed origin may send any header: none gives it a right that it would not have without. */
function corsFor(request: FastifyRequest, origins: Origins): FastifyCorsOptions {
  const { raw, headers, url } = request;
  // The page of the playground carries a token: it is for no other page, whatever its origin.
  if (headers.origin === undefined || wantsPage(request) || !origins.allows(raw)) return { origin: false };
  const asked = headers['access-control-request-headers'] ?? '';
  return {
    origin: true,
    methods: url.startsWith(STREAM_PATH) ? ['GET', 'POST', 'PUT', 'DELETE'] : ['GET', 'POST'],
    allowedHeaders: [...USUAL_HEADERS, ...(asked.length <= ASKED_HEADERS ? asked.split(',') : [])],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  };
}

/** Adds to the header `Vary`, for caches that keep an answer. */
function varyBy(reply: FastifyReply, names: readonly string[]): void {
  const before = [reply.getHeader('vary') ?? []].flat().join(', ');
  reply.header('vary', [before, ...names].filter(Boolean).join(', '));
}
