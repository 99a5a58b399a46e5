// The HTTP application: Fastify with its hooks and error handlers, and all that is served over it.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type Identify, makeIdentify } from '../access/identity';
import type { ProviderTiming } from '../access/oidc';
import type { Config } from '../config/config';
import type { Limits } from '../config/limits';
import { apiError } from '../graphql/errors';
import { localeOf } from '../lib/locale';
import { Admission } from '../operation/admission';
import { Budgets } from '../operation/budget';
import type { Caller, Services } from '../operation/context';
import type { Operation } from '../operation/operation';
import { presentErrors } from '../operation/present';
import { RegisteredDocuments } from '../operation/registered';
import { sharedSchema } from '../schema';
import { serveApollo } from './apollo';
import { readBodies } from './bodies';
import { compressAnswers } from './compression';
import { Connections } from './connections';
import { answerErrors, answerUnreadable } from './http-errors';
import { harden } from './headers';
import { serveMonitoring } from './health';
import { Intake } from './intake';
import { LargeTexts } from './large-texts';
import type { Metrics } from './metrics';
import { Origins } from './origins';
import { API_PATH } from './paths';
import { refusePages, servePlayground } from './playground';
import type { Readiness } from './readiness';
import { serveReference } from './reference/serve';
import { serveRegistered } from './registered-requests';
import { checkHeads } from './request-head';
import { Streams } from './sse';
import { type Requests, STOPPING, type Transports } from './transport';
import { closeUnread } from './unread-answers';
import { WebSockets } from './websocket';

/** Of all headers of a request; a token of a provider may have several thousand. */
const HEADER_BYTES = 16_384;
/** How often to look for requests that take too long to arrive. */
const CHECK_CONNECTIONS_MS = 1_000;
const PING_MS = 12_000;
/** Longer than proxies keep an idle connection, usually for a minute, so that they never use one that has just ended. */
const KEEP_ALIVE_MS = 72_000;

export interface HttpOptions {
  config: Config;
  logger: Logger;
  limits: Limits;
  pingMs?: number;
  providerTiming?: Partial<ProviderTiming>;
}

/** Makes the application. @param readiness and metrics are served by it, for operators. */
export async function makeApp(
  options: HttpOptions,
  services: Services,
  readiness: Readiness,
  metrics: Metrics,
): Promise<FastifyInstance> {
  const { config, logger, limits, pingMs = PING_MS } = options;
  const intake = new Intake(limits, config.connectionsPerAddress);
  const app = makeFastify(limits, intake);
  const shared = share(options, services, metrics, intake, pingMs);
  const identify = makeIdentify({
    jwtSecret: config.jwtSecret,
    oidc: config.oidc,
    onTrouble: (error) => logger.error({ err: error }, 'identity provider unreachable'),
    timing: options.providerTiming,
  });
  // Hooks run in the order in which they are added here.
  logAnswers(app, logger, metrics);
  answerErrors(app, logger);
  const close = refuseWhileClosing(app);
  const endUnread = closeUnread(app, logger, limits);
  const endWith = endBeforeSending(app);
  await harden(app, shared.origins);
  await compressAnswers(app);
  const large = new LargeTexts(shared.admission);
  const ofRequest = callerOf(identify);
  const bytesOf = readBodies(app, { limits, intake, large, callerOf: ofRequest });
  const requests: Requests = { callerOf: ofRequest, bytesOf, endWith };

  serveMonitoring(app, { readiness, metrics, access: config.metrics });
  if (config.playground) {
    app.get('/', (_request, reply) => reply.redirect(API_PATH));
    await servePlayground(app, { config, sampleData: services.sampleData });
  } else refusePages(app);
  if (config.reference) serveReference(app, sharedSchema);
  checkHeads(app, shared.origins);
  serveRegistered(app, shared.registered);
  await serveApollo(app, API_PATH, shared, requests, endUnread);
  const streams = new Streams(shared, requests);
  streams.serve(app);
  const sockets = new WebSockets(shared, identify, large, pingMs);
  sockets.serve(app.server);
  app.addHook('preClose', async () => {
    close();
    // By then every operation has ended; what is left is a client that does not read its answer.
    setTimeout(() => app.server.closeAllConnections(), limits.operationMs).unref();
    shared.connections.stop();
    await Promise.all([sockets.close(), streams.close()]);
  });
  return app;
}

function makeFastify(limits: Limits, intake: Intake): FastifyInstance {
  return Fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: limits.bytes,
    // Every server that listens is made here: for a name of several addresses, such as localhost, there are several.
    serverFactory: (handler) => {
      const server = createServer(
        {
          headersTimeout: limits.operationMs,
          requestTimeout: limits.operationMs, // one that arrives a byte at a time holds its connection no longer
          keepAliveTimeout: KEEP_ALIVE_MS,
          maxHeaderSize: HEADER_BYTES,
          connectionsCheckingInterval: Math.min(CHECK_CONNECTIONS_MS, limits.operationMs), // Node's own is 30 s
        },
        handler,
      );
      intake.guard(server);
      return server;
    },
    genReqId: () => randomUUID(),
    frameworkErrors: answerUnreadable,
    return503OnClosing: false, // it would not be in the form of the API's errors
  });
}

function share(
  { config, logger, limits }: HttpOptions,
  services: Services,
  metrics: Metrics,
  intake: Intake,
  pingMs: number,
): Transports {
  const schema = sharedSchema();
  const registered = new RegisteredDocuments(config.documents);
  const budgets = new Budgets(config.rateLimit, limits.rememberedCallers);
  const admission = new Admission({ schema, limits, budgets, introspection: config.playground, registered });
  metrics.observeOperations(() => admission.load);
  const present = presentErrors(logger, { suggestions: config.playground });
  const connections = new Connections({ services, logger, present, metrics, limits, pingMs });
  const origins = new Origins(config, logger);
  return {
    schema,
    services,
    admission,
    present,
    metrics,
    limits,
    logger,
    connections,
    intake,
    origins,
    registered,
  };
}

function logAnswers(app: FastifyInstance, logger: Logger, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    // The path alone: a query string may carry names.
    const path = request.url.split('?')[0];
    metrics.request(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime / 1000);
    const ms = Math.round(reply.elapsedTime);
    logger.debug(
      { request: request.id, method: request.method, path, status: reply.statusCode, ms },
      'request answered',
    );
    done();
  });
}

/** @returns what begins the closing: from then on operations are refused. */
function refuseWhileClosing(app: FastifyInstance): () => void {
  let closing = false;
  app.addHook('onRequest', (request, reply, done) => {
    // Streams have a refusal of their own, and probes are answered until the end.
    if (!closing || request.routeOptions.url !== API_PATH) return done();
    const error = apiError('UNAVAILABLE', STOPPING);
    void reply.status(503).send({ errors: [error] });
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // A connection kept alive after its last answer would hold the shutdown up for more than a minute.
    if (closing) reply.header('connection', 'close');
    done();
  });
  return () => {
    closing = true;
  };
}

/** Before its answer is sent: a client that does not read must not hold up the operations of others. */
function endBeforeSending(app: FastifyInstance): Requests['endWith'] {
  const operations = new WeakMap<FastifyRequest, Operation>();
  app.addHook('onSend', (request, _reply, _payload, done) => {
    operations.get(request)?.end();
    done();
  });
  return (request, response, operation) => {
    operations.set(request, operation);
    response.once('close', () => operation.end());
  };
}

/** The callers of requests, each found once. */
function callerOf(identify: Identify): Requests['callerOf'] {
  const known = new WeakMap<FastifyRequest, Promise<Caller>>();
  const find = async ({ id, ip, headers }: FastifyRequest): Promise<Caller> => ({
    identity: await identify(headers.authorization),
    locale: localeOf(headers['accept-language']),
    requestId: id,
    address: ip,
  });
  return (request) => {
    const caller = known.get(request) ?? find(request);
    known.set(request, caller);
    return caller;
  };
}
