// How are subscriptions served without a socket? As server-sent events whose ids are cursors, one stream for each.
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import type { Logger } from 'pino';
import { callerKey } from '../access/caller';
import type { Admission, Request } from '../operation/admission';
import type { Connection, Connections } from './connections';
import { type Caller, Context, type Services } from '../operation/context';
import { enterInTime } from '../operation/deadline';
import { originAllowed } from './headers';
import type { Intake } from './intake';
import { apiError, badInput } from '../graphql/errors';
import { Reader } from '../graphql/reader';
import type { Ledger } from '../operation/ledger';
import type { Limits } from '../config/limits';
import { type Present, presentAll } from '../operation/present';
import type { Metrics } from './metrics';
import { Told } from './told';

const STREAM_PATH = '/graphql/stream';
/** Said to what still comes over a connection that was kept alive. */
export const STOPPING = 'This process is stopping: ask again.';
const GOING_AWAY_MS = 5_000;
/** Which status a subscription is refused with; EventSource tries again after none of them, see cutOff(). */
const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
};
/** What a page must be told in the stream: of an answer that is no stream, EventSource shows nothing. */
const REFETCH = new Set<unknown>(['CURSOR_EXPIRED', 'CURSOR_INVALID']);
/** When another of its streams may have ended; nobody knows. */
const RETRY_SECONDS = 10;

export interface StreamOptions {
  schema: GraphQLSchema;
  services: Services;
  logger: Logger;
  present: Present;
  admission: Admission;
  connections: Connections;
  limits: Limits;
  metrics: Metrics;
  intake: Intake;
  corsOrigins: readonly string[];
  callerOf: (request: FastifyRequest) => Promise<Caller>;
  /** What requests take in memory. */
  sizes: WeakMap<FastifyRequest, number>;
  /** What ends an operation's turn before its answer is sent. */
  endTurn: WeakMap<FastifyRequest, () => void>;
}

/** Serves graphql-sse's protocol in its mode of distinct connections. */
export function serveStreams(app: FastifyInstance, options: StreamOptions): { close(): Promise<void> } {
  const { schema, services, logger, present, admission, connections, limits, metrics, endTurn } = options;
  const open = new Set<ServerResponse>();
  let closing = false;
  const refuse = (reply: FastifyReply, refused: readonly GraphQLError[]): unknown => {
    const errors = presentAll(present, refused);
    metrics.operation('sse', undefined, errors, undefined);
    const passes = errors.some(({ extensions }) => extensions?.code === 'UNAVAILABLE');
    // EventSource, and hardly anybody else, asks by GET.
    return passes && reply.request.method === 'GET' ? cutOff(reply) : sendRefusal(reply, refused, errors);
  };

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const response = reply.raw;
    const began = performance.now();
    if (closing) throw apiError('UNAVAILABLE', STOPPING);
    assertStreamable(request, options.corsOrigins);
    const caller = await options.callerOf(request);
    const sent = readRequest(request);
    const bytes = options.sizes.get(request) ?? options.intake.bytesOf(request.raw);
    const { operationMs } = limits;
    const { turn } = await enterInTime(admission, services.database, response, operationMs, {
      caller,
      bytes,
    });
    const leaveTurn = () => admission.leave(turn);
    endTurn.set(request, leaveTurn);
    response.once('close', leaveTurn);
    const examined = admission.examine(sent, turn);
    if ('errors' in examined) return refuse(reply, examined.errors);
    if (lastEventId(request) !== undefined) admission.replays(turn);
    const { document, cost } = examined;
    if (getOperationAST(document, sent.operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) {
      throw badInput(`Only subscriptions are served at ${STREAM_PATH}: send the others to /graphql.`);
    }
    if (response.destroyed || closing) return void response.destroy();

    const writer = new Writer(response, services.ledger, callerKey(caller));
    const connection: Connection = {
      caller,
      openContext: (after = 0) =>
        Context.open(services, caller, new Reader(services.database, callerKey(caller), after)),
      running: new Set(),
      metrics,
      present,
      showing: connections.showing,
      heavyEvents: connections.heavyEvents,
      after: 0,
      joining: 0,
      ping: (cursor) => {
        if (!writer.ping(cursor)) connection.outrun();
      },
      expire: () => (response.headersSent ? endSoon(response) : response.destroy()),
      outrun: () => {
        logger.warn('a subscriber was too slow');
        response.destroy(); // end() would wait for the client to read
      },
      cutOff: () => {
        if (response.headersSent) response.destroy(); // without `complete`; before, there is an answer to give
      },
    };
    const leave = connections.add(connection);
    if (!leave) throw tooMany(limits.socketsPerCaller);
    response.once('close', leave);

    const args = {
      schema,
      document,
      operationName: sent.operationName,
      variableValues: sent.variables,
      cost,
      bytes: turn.bytes,
    };
    const results = await connections.subscribe(args, connection, lastEventId(request));
    leaveTurn();
    if (!(Symbol.asyncIterator in results)) {
      const errors = results.errors ?? [];
      if (!errors.some(({ extensions }) => REFETCH.has(extensions.code))) {
        return refuse(reply, errors);
      }
    }
    const stop = () => void (Symbol.asyncIterator in results && results.return?.());
    if (response.destroyed || closing) {
      stop();
      return void response.destroy();
    }
    response.once('close', stop);
    metrics.operation('sse', 'subscription', undefined, (performance.now() - began) / 1000);
    open.add(response);
    response.once('close', () => open.delete(response));
    reply.hijack();
    options.intake.isLive(request.raw.socket);
    const [joined] = connection.running;
    Writer.begin(reply, joined?.follower ? services.feed.cursorOf({ seq: joined.follower.position }) : null);
    for await (const result of Symbol.asyncIterator in results
      ? results
      : [new Told(present, results, cost)]) {
      const [running] = connection.running;
      const shown = running?.shown ?? null;
      const id = shown === null ? null : services.feed.cursorOf({ seq: shown });
      if (!(await writer.next(result, id))) break;
    }
    // Without `complete` a stream was cut off: whoever reads it comes back.
    if (response.writable) response.end('event: complete\ndata:\n\n');
  };

  app.route({
    method: ['GET', 'POST'],
    url: STREAM_PATH,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      try {
        await serve(request, reply);
      } catch (error) {
        if (error instanceof GraphQLError && !reply.sent) await refuse(reply, [error]);
        else if (!reply.sent) throw error;
        else {
          logger.error({ err: error }, 'a stream failed');
          reply.raw.destroy();
        }
      }
      return reply;
    },
  });
  return {
    close: async () => {
      closing = true;
      await Promise.all(
        [...open].map((response) => {
          const closed = new Promise((resolve) => response.once('close', resolve));
          endSoon(response);
          return closed;
        }),
      );
      await connections.settled();
    },
  };
}

/**
 * The head of a stream, and no more: EventSource comes back after a stream that was cut off, and never again after any
 * other status than 200.
 */
async function cutOff(reply: FastifyReply): Promise<void> {
  reply.hijack();
  Writer.begin(reply, null);
  await new Promise((resolve) => reply.raw.write(': come back\n\n', resolve));
  reply.raw.destroy();
}

/** Ends a stream, for a client that does not read its last bytes as well. */
function endSoon(response: ServerResponse): void {
  response.end();
  const impatience = setTimeout(() => response.destroy(), GOING_AWAY_MS);
  response.once('close', () => clearTimeout(impatience));
}

/** Writes one stream, and knows whether it is being read. */
class Writer {
  private waiting = false;
  private pinged = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly ledger: Ledger,
    private readonly caller: string,
  ) {}

  /**
   * The head, with what the hooks have set on the reply: it does not send this answer.
   * @param id where the stream starts, in the same write: one that is cut off before its first event resumes, too.
   */
  static begin(reply: FastifyReply, id: string | null): void {
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no', // nginx would collect events
    });
    // Something in any case: some browsers wait for the first byte of the body.
    reply.raw.write(id === null ? ':\n\n' : `id: ${id}\n\n`);
  }

  /** Writes one result and waits until it has gone; whether it has. */
  async next(result: Told, id: string | null): Promise<boolean> {
    this.waiting = true;
    this.pinged = false;
    const { response } = this;
    let unpin: (() => void) | undefined;
    const gone = await new Promise<boolean>((resolve) => {
      if (!response.writable) return resolve(false);
      const closed = () => resolve(false);
      response.once('close', closed);
      response.cork();
      response.write(`event: next\n${id === null ? '' : `id: ${id}\n`}data: `);
      response.write(result.json); // shared with other streams, and not copied
      response.write('\n\n', (error) => {
        response.off('close', closed);
        resolve(!error);
      });
      response.uncork();
      if (response.writableLength === 0) return;
      unpin = result.pin(this.ledger, this.caller, () => response.destroy());
    });
    unpin?.();
    this.waiting = false;
    return gone;
  }

  /**
   * An id without an event moves EventSource on and is nothing to whoever reads by the protocol, which knows no pings.
   * @returns false when a result has been waiting since the ping before: the client does not read.
   */
  ping(cursor: string | undefined): boolean {
    if (this.waiting) {
      const stuck = this.pinged;
      this.pinged = true;
      return !stuck;
    }
    if (this.response.headersSent && this.response.writable) {
      this.response.write(cursor === undefined ? ':\n\n' : `id: ${cursor}\n\n`);
    }
    return true;
  }
}

/** @throws FORBIDDEN for pages of other origins, BAD_USER_INPUT for whoever does not ask for a stream. */
function assertStreamable(request: FastifyRequest, corsOrigins: readonly string[]): void {
  if (!originAllowed(request.raw, corsOrigins)) {
    throw apiError('FORBIDDEN', 'Pages of this origin may not follow events here.', {
      http: { status: 403 },
    });
  }
  if (!request.headers.accept?.includes('text/event-stream')) {
    const message = 'Subscriptions are streamed here: send "Accept: text/event-stream".';
    throw apiError('BAD_USER_INPUT', message, { http: { status: 406 } });
  }
}

/** @throws BAD_USER_INPUT */
function readRequest({ method, query: search, body }: FastifyRequest): Request {
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
  return { query, operationName, variables: variables as Record<string, unknown> | null | undefined };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput('`variables` must be an object, written in JSON.');
  }
}

/** An empty one is what a browser sends for none. */
function lastEventId({ headers }: FastifyRequest): string | undefined {
  return [headers['last-event-id']].flat()[0] || undefined;
}

async function sendRefusal(
  reply: FastifyReply,
  refused: readonly GraphQLError[],
  errors: readonly GraphQLFormattedError[],
): Promise<void> {
  const http = refused[0]?.extensions.http as { status?: number } | undefined;
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  if (typeof retryAfter === 'number') reply.header('retry-after', String(retryAfter));
  await reply.status(http?.status ?? STATUS[code as string] ?? 400).send({ errors });
}

function tooMany(allowed: number): GraphQLError {
  return apiError('RATE_LIMITED', `You hold ${allowed} sockets and streams, the most you may: close one.`, {
    limit: 'socketsPerCaller',
    allowed,
    retryAfter: RETRY_SECONDS,
  });
}
