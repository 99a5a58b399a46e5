// How does the API meet the network? HTTP and WebSocket around one schema, and the order of shutting down.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  OperationTypeNode,
} from 'graphql';
import type { Logger } from 'pino';
import type { Logger as SqlLogger } from 'typeorm';
import { AccessLog, type Read } from '../access/access-log';
import { callerKey } from '../access/caller';
import { makeIdentify } from '../access/identity';
import type { ProviderTiming } from '../access/oidc';
import { Role } from '../access/policy';
import { Admission } from '../operation/admission';
import { Budgets } from '../operation/budget';
import type { Config } from '../config/config';
import { Connections } from './connections';
import { Context, type Services } from '../operation/context';
import { dataSourceOptions } from '../data-source';
import { watch } from '../operation/deadline';
import { Feed } from '../events/feed';
import { harden } from './headers';
import { CannotStart } from '../database/database';
import { Intake } from './intake';
import { Ledger } from '../operation/ledger';
import { Reader } from '../graphql/reader';
import { apiError } from '../graphql/errors';
import { localeOf } from '../lib/locale';
import { openDatabase } from '../database/open';
import { isAway } from '../database/away';
import { type Limits, LIMITS } from '../config/limits';
import { boundErrors, type Present, presentErrors } from '../operation/present';
import { Metrics } from './metrics';
import { serveMonitoring } from './health';
import { refusePages, servePlayground } from './playground';
import { Readiness, type ReadinessTiming } from './readiness';
import { Retention } from './retention';
import { fillIfEmpty, holdsSample } from '../sample/fill';
import { sharedSchema } from '../schema';
import { serveSockets } from './websocket';
import { serveStreams, STOPPING } from './sse';
import type { Turn } from '../operation/turns';
import { assertFewValues, sizeOf } from '../operation/values';
import { endUnread } from './unread';

const API_PATH = '/graphql';
/** Of all headers of a request; a token of a provider may have several thousand. */
const HEADER_BYTES = 16_384;
/** How often it is looked for requests that take too long to arrive. */
const CHECK_CONNECTIONS_MS = 1_000;
const PURGE_EVERY_MS = 3_600_000;

export interface RunningServer {
  /** http://host:port */
  url: string;
  services: Services;
  /**
   * Says that it is not ready for as long as DRAIN_SECONDS, then stops accepting, lets running operations end, closes
   * sockets with 1001, closes the database. Asked once more, it waits no longer for the load balancer.
   */
  stop(): Promise<void>;
}

export interface ServerOptions {
  config: Config;
  logger: Logger;
  /** Whether an empty database is filled with the sample city. */
  sample: boolean;
  /** Whether a registry may be begun where there is none; it may unless this is false. */
  create?: boolean;
  /** How often sockets are told their cursor. */
  pingMs?: number;
  /** How patient to be with an OpenID provider. */
  providerTiming?: Partial<ProviderTiming>;
  /** How soon it calls itself not ready. */
  readinessTiming?: Partial<ReadinessTiming>;
  /** Other limits than those of limits.ts. */
  limits?: Partial<Limits>;
  /** How often the feed looks for events that no wake-up told of. */
  pollMs?: number;
  /** Hears each SQL statement. */
  sqlLogger?: SqlLogger;
}

/**
 * Opens the database and starts to listen.
 * @throws CannotStart when the database cannot be opened or the port is taken: a message for the operator.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, logger, sqlLogger } = options;
  const limits = { ...LIMITS, ...options.limits };
  const database = await openDatabase(
    {
      ...dataSourceOptions(config.database),
      ...(sqlLogger && { logger: sqlLogger, logging: ['query'] }),
    },
    config.database.engine === 'postgres' ? config.database.replicaUrls : [],
    options.create ?? true,
  );
  const feed = new Feed(
    database,
    (error) => logger.error({ err: error }, 'the event feed stumbled'),
    limits.waitingEvents,
    options.pollMs,
  );
  const accessLog = new AccessLog(
    database,
    (error) => logger.error({ err: error }, 'noting who read personal data failed'),
    limits.waitingPersons,
  );
  try {
    if (options.sample) await fillIfEmpty(database, logger);
    await feed.start();
    const services: Services = {
      database,
      feed,
      accessLog,
      anonymous: config.anonymous === 'viewer' ? Role.VIEWER : null,
      sampleData: await holdsSample(database),
      answerBounds: { answer: config.maxAnswerBytes, event: limits.eventBytes },
      ledger: new Ledger(limits),
      windows: limits.windows,
    };
    const readiness = new Readiness(services, logger, options.readinessTiming);
    const metrics = new Metrics(services);
    const app = await makeApp({ ...options, limits }, services, readiness, metrics);
    const retention = new Retention(services, config, logger);
    await retention.run();
    const url = await listen(app, config);
    const purging = setInterval(() => void retention.run(), PURGE_EVERY_MS);
    const hurry = new AbortController();
    let stopping: Promise<void> | null = null;
    const stop = async (): Promise<void> => {
      readiness.stop();
      if (config.drainSeconds > 0) {
        await pause(config.drainSeconds * 1000, null, { signal: hurry.signal }).catch(() => undefined);
      }
      clearInterval(purging);
      const lost = (read: Read) => logger.fatal({ read }, 'a read of personal data was not noted');
      // Whatever fails, what comes after it is done: a database that stays open may hold up the next start.
      await inTurn(
        () => app.close(),
        () => metrics.stop(),
        () => feed.stop(),
        () => accessLog.stop(lost),
        () => database.close(),
      );
    };
    return {
      url,
      services,
      stop: () => {
        if (stopping) hurry.abort();
        return (stopping ??= stop());
      },
    };
  } catch (error) {
    await feed.stop();
    await database.close();
    throw error;
  }
}

async function makeApp(
  options: ServerOptions & { limits: Limits },
  services: Services,
  readiness: Readiness,
  metrics: Metrics,
): Promise<FastifyInstance> {
  const { config, logger, limits } = options;
  const schema = sharedSchema();
  const budgets = new Budgets(config.rateLimit, limits.rememberedCallers);
  const admission = new Admission({ schema, limits, budgets, introspection: config.playground });
  metrics.observeOperations(() => admission.load);
  const present = presentErrors(logger, { suggestions: config.playground });
  /** What requests take in memory. */
  const sizes = new WeakMap<FastifyRequest, number>();
  const app = Fastify({
    logger: false,
    bodyLimit: limits.bytes,
    requestTimeout: limits.operationMs, // one that arrives a byte at a time holds its connection no longer
    http: {
      headersTimeout: limits.operationMs,
      requestTimeout: limits.operationMs,
      maxHeaderSize: HEADER_BYTES,
      connectionsCheckingInterval: Math.min(CHECK_CONNECTIONS_MS, limits.operationMs), // Node's own is 30 s
    },
    genReqId: () => randomUUID(),
    return503OnClosing: false, // it would not be in the form of the API's errors
  });
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
  const identify = makeIdentify({
    jwtSecret: config.jwtSecret,
    oidc: config.oidc,
    onTrouble: (error) => logger.error({ err: error }, 'the identity provider cannot be asked'),
    timing: options.providerTiming,
  });
  const callerOf = async (request: FastifyRequest) => ({
    identity: await identify(request.headers.authorization),
    locale: localeOf(request.headers['accept-language']),
    requestId: request.id,
    address: request.ip,
  });

  const turns = new WeakMap<Reader, Turn>();
  const turnOf = ({ reader }: Context) => turns.get(reader)!;
  const apollo = new ApolloServer<Context>({
    schema,
    logger,
    introspection: true, // unless a rule of the admission forbids it, which says so alike on both transports
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false, // nobody needs them, and what is kept for strangers could be filled by them
    documentStore: null, // the admission keeps some, for all transports
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: present,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      fastifyApolloDrainPlugin(app),
      boundAnswers(present),
      endOperations,
      admit(admission, turnOf, present),
      count(metrics),
    ],
  });
  await apollo.start();

  app.addHook('onResponse', (request, reply, done) => {
    // The path alone: a query string may carry names.
    const path = request.url.split('?')[0];
    metrics.request(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime / 1000);
    const ms = Math.round(reply.elapsedTime);
    logger.debug(
      { request: request.id, method: request.method, path, status: reply.statusCode, ms },
      'answered',
    );
    done();
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, request: request.id }, 'a request failed');
    const message = status >= 500 ? `Internal server error. Reference: ${request.id}` : error.message;
    const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_USER_INPUT';
    void reply.status(status).send({ errors: [{ message, extensions: { code } }] });
  });
  app.setNotFoundHandler((_request, reply) => {
    const message = 'There is nothing here: the API is served at /graphql.';
    void reply.status(404).send({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] });
  });
  const intake = new Intake(limits, config.connectionsPerAddress);
  intake.guard(app.server);
  let closing = false;
  app.addHook('onRequest', (request, reply, done) => {
    // Streams say it in their own way, and probes are told what they ask for until the end.
    if (!closing || request.routeOptions.url !== API_PATH) return done();
    const error = apiError('UNAVAILABLE', STOPPING);
    void reply.status(503).send({ errors: [error] });
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // A connection kept alive after its last answer would hold the shutdown up for more than a minute.
    if (closing) reply.header('connection', 'close');
    done();
  });
  const endAnswer = endUnread(app, logger, limits);
  const endTurn = new WeakMap<FastifyRequest, () => void>();
  app.addHook('onSend', (request, _reply, _payload, done) => {
    endTurn.get(request)?.(); // before it is sent: a client that does not read must not hold up the others
    done();
  });
  await harden(app, config.corsOrigins);
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const refuse = () => {
      const error = apiError('RATE_LIMITED', BODIES_WAIT, { limit: 'bodies', retryAfter: RETRY_SECONDS });
      void reply
        .status(429)
        .headers({ connection: 'close', 'retry-after': RETRY_SECONDS })
        .send({ errors: [error] });
    };
    done(null, intake.arriving(request.raw, refuse));
  });
  if (config.playground) app.get('/', (_request, reply) => reply.redirect('/graphql'));
  serveMonitoring(app, { readiness, metrics, access: config.metrics });
  if (config.playground) await servePlayground(app, { config, sampleData: services.sampleData });
  else refusePages(app);
  await app.register(fastifyApollo(apollo), {
    path: API_PATH,
    method: ['GET', 'POST'],
    context: async (request, reply) => {
      const caller = await callerOf(request);
      const reader = new Reader(services.database, callerKey(caller), readAfter(request, services.feed));
      reply.raw.once('finish', watch(reader, limits.operationMs, reply.raw));
      const bytes = sizes.get(request) ?? intake.bytesOf(request.raw);
      const turn = await admission.enter({ caller, reader, bytes });
      turns.set(reader, (reader.turn = turn));
      endTurn.set(request, () => admission.leave(turn));
      reply.raw.once('close', () => admission.leave(turn));
      const context = await Context.open(services, caller, reader).catch(asUnavailable);
      context.answer.over(reply.raw, () => endAnswer(reply.raw));
      return context;
    },
  });
  const pingMs = options.pingMs ?? 12_000;
  const connections = new Connections({ services, logger, limits, pingMs });
  const shared = { schema, services, logger, present, admission, connections, limits, metrics, intake };
  const { corsOrigins } = config;
  const streams = serveStreams(app, { ...shared, corsOrigins, callerOf, endTurn, sizes });
  const sockets = serveSockets({
    ...shared,
    server: app.server,
    corsOrigins,
    pingMs,
    identify,
  });
  app.addHook('preClose', () => {
    closing = true;
    // By then every operation has ended; what is left is a client that does not read its answer.
    setTimeout(() => app.server.closeAllConnections(), limits.operationMs).unref();
    connections.stop();
    return Promise.all([sockets.close(), streams.close()]).then(() => undefined);
  });
  return app;
}

/** Asks of each answer over HTTP what executeOnce() asks of one over WebSocket. */
const boundAnswers = (present: Present): ApolloServerPlugin<Context> => ({
  requestDidStart: () =>
    Promise.resolve({
      // Before each error is presented; Apollo presents those of this list.
      didEncounterErrors: ({ errors }) => {
        (errors as GraphQLError[]).splice(0, errors.length, ...boundErrors(errors));
        return Promise.resolve();
      },
      willSendResponse: ({ contextValue: { answer }, response: { body, http } }) => {
        answer.end();
        const { failure } = answer;
        if (!failure || body.kind !== 'single') return Promise.resolve();
        body.singleResult = { data: null, errors: [present(failure.toJSON(), failure)] };
        const head = failure.extensions.http as { status: number; headers: Map<string, string> } | undefined;
        if (head) http.status = head.status;
        head?.headers.forEach((value, name) => http.headers.set(name, value));
        return Promise.resolve();
      },
    }),
});

/** Gives back what an operation has read with, however it ended. */
const endOperations: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: ({ contextValue }) => contextValue.end(),
    }),
};

/** @throws the error, with the status for an answer of which nothing was read yet when the database is away. */
function asUnavailable(error: Error): never {
  if (!isAway(error)) throw error;
  throw new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 503 } } });
}

/** How far the event log must be there to read: the header `canbo-after`, with the cursor of a payload. */
function readAfter({ headers }: FastifyRequest, feed: Feed): number {
  const cursor = [headers['canbo-after']].flat()[0];
  if (cursor === undefined) return 0;
  try {
    return feed.seqOf(cursor);
  } catch {
    throw apiError('CURSOR_INVALID', 'The header canbo-after holds no cursor of this registry.', {
      http: { status: 400 },
    });
  }
}

const BODIES_WAIT = 'Too many requests from your address have not arrived whole: send fewer at a time.';
const RETRY_SECONDS = 5;
const OVER_SOCKETS =
  'Subscriptions are served over WebSocket, at this same address with the protocol graphql-transport-ws.';

/** What Apollo is given instead of a document that was refused, so that it does not read it once more. */
const NOTHING: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/** Asks of each operation over HTTP what onSubscribe asks of one over WebSocket. */
const admit = (
  admission: Admission,
  turnOf: (context: Context) => Turn,
  present: Present,
): ApolloServerPlugin<Context> => ({
  requestDidStart: ({ contextValue }) => {
    const turn = turnOf(contextValue);
    let cost: number | null = null;
    let refused: readonly GraphQLError[] | null = null;
    return Promise.resolve({
      didResolveSource: (context) => {
        const { operationName } = context.request;
        const read = admission.read({ query: context.source, operationName }, turn);
        if ('errors' in read) refused = read.errors;
        // Apollo neither parses nor validates where there is a document already.
        Object.assign(context, { document: 'errors' in read ? NOTHING : read.document });
        return Promise.resolve();
      },
      didResolveOperation: ({ document, operation, request: { operationName, variables } }) => {
        if (refused) return Promise.resolve();
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
          throw apiError('BAD_USER_INPUT', OVER_SOCKETS, { http: { status: 400 } });
        cost = admission.charge(document, operationName, variables, turn);
        return admission.weigh(turn, cost);
      },
      responseForOperation: () => {
        if (!refused) return Promise.resolve(null);
        const errors = refused.map((error) => present(withCode(error.toJSON()), error));
        const http = { status: 400, headers: new HeaderMap() };
        return Promise.resolve({ http, body: { kind: 'single' as const, singleResult: { errors } } });
      },
      willSendResponse: ({ response: { body } }) => {
        if (cost !== null && body.kind === 'single') {
          body.singleResult.extensions = { ...body.singleResult.extensions, cost };
        }
        return Promise.resolve();
      },
    });
  },
});

/** What Apollo calls an error of grammar. */
function withCode(formatted: GraphQLFormattedError): GraphQLFormattedError {
  if (formatted.extensions?.code || !formatted.message.startsWith('Syntax Error')) return formatted;
  return { ...formatted, extensions: { ...formatted.extensions, code: 'GRAPHQL_PARSE_FAILED' } };
}

/** Counts operations over HTTP by how they end. */
const count = (metrics: Metrics): ApolloServerPlugin<Context> => ({
  requestDidStart: () => {
    const began = performance.now();
    return Promise.resolve({
      willSendResponse: ({ operation, response: { body } }) => {
        const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
        metrics.operation('http', operation?.operation, errors, (performance.now() - began) / 1000);
        return Promise.resolve();
      },
    });
  },
});

/** Does one step after the other, also after one that failed. @throws the first failure, at the end. */
async function inTurn(...steps: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  try {
    await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await app.close();
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') {
      throw new CannotStart(`HOST: ${config.host} is no address of this machine (${code}).`);
    }
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another program';
    throw new CannotStart(`PORT: ${config.port} ${why}. Set PORT to another one, or stop that program.`);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  return `http://${config.host === '0.0.0.0' ? 'localhost' : config.host}:${port}`;
}
