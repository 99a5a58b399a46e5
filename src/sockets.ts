// How are subscriptions served? graphql-ws on /graphql: one fresh context an event, and pings that carry the cursor.
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { MessageType, stringifyMessage } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identify } from './access/identity';
import type { Admission } from './admission';
import { callerKey } from './budget';
import { type Caller, Context, type Services } from './context';
import { watch } from './deadline';
import { TooSlow } from './events/follower';
import { originAllowed } from './hardening';
import { apiError } from './lib/errors';
import { localeOf } from './lib/locale';
import { Reader } from './lib/reader';
import { stoppable } from './lib/stoppable';
import type { Limits } from './limits';
import type { Present } from './masking';
import type { Metrics } from './metrics';
import { boundSendBuffer, TOO_SLOW } from './send-buffer';
import { asGraphQLError, type Carrier, type Results, subscribe } from './subscription';

const FORBIDDEN = 4403;
const TRY_AGAIN_LATER = 1013; // clients retry after it, which they must not after FORBIDDEN
/** Not graphql-ws' own 4429, after which clients never try again: the sockets that are too many may be dead ones. */
const TOO_MANY_SOCKETS = 4291;
/** When another of its operations may have ended; nobody knows. */
const RETRY_SECONDS = 10;
const GOING_AWAY_MS = 5_000;
const LONGEST_TIMER = 2 ** 31 - 1;

export interface SocketOptions {
  server: HttpServer;
  schema: GraphQLSchema;
  services: Services;
  logger: Logger;
  present: Present;
  admission: Admission;
  limits: Limits;
  metrics: Metrics;
  corsOrigins: readonly string[];
  pingMs: number;
  identify: Identify;
}

/** What is known of one connection. */
interface Connection extends Carrier {
  socket: WebSocket;
  caller: Caller;
  /** Subscriptions that are about to run. */
  joining: number;
  /** How far in the event log its client was told of things: it can read them. */
  after: number;
}

/** What onSubscribe makes of a request, and the engine hands on. */
interface Asked extends ExecutionArgs {
  cost: number | null;
  kind: string | undefined;
  /** Seconds since the request came. */
  taken: () => number;
  /** Whether its outcome was counted: that of a subscription is its beginning. */
  counted: boolean;
}

/** Events after which somebody may have lost a right. */
const RIGHTS_MOVED = /^(role|assignment|official)\./;

/** Serves graphql-ws on /graphql of an HTTP server. */
export function serveSockets(options: SocketOptions): { close(): Promise<void> } {
  const { server, schema, services, logger, present, admission, limits, metrics, pingMs, identify } = options;
  const connections = new WeakMap<WebSocket, Connection>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.bytes });
  const socketsOf = new Map<string, number>();
  const running = new Set<Promise<unknown>>();
  let closing = false;
  metrics.observeSockets(() => sockets.clients.size);
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    const refusal =
      (closing && '503 Service Unavailable') ||
      (request.url?.split('?')[0] !== '/graphql' && '404 Not Found') ||
      (!originAllowed(request, options.corsOrigins) && '403 Forbidden');
    if (refusal) {
      duplex.on('error', () => duplex.destroy()); // a peer that resets now must not take the process down
      duplex.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, duplex, head, (socket) => {
      countClose(socket, metrics);
      boundSendBuffer(socket, limits.waitingBytes, () => logger.warn('a client does not read'));
      sockets.emit('connection', socket, request);
      // ws closes a socket whose frames are broken or too large; graphql-ws would print each to the console.
      socket.removeAllListeners('error').on('error', (error) => logger.debug({ err: error }, 'a bad frame'));
    });
  });
  const checkAgain = (connection: Connection) =>
    void recheck(connection).catch((error: unknown) =>
      logger.error({ err: error }, 'checking rights failed'),
    );
  const stopHearing = services.feed.listen(({ name }) => {
    if (!RIGHTS_MOVED.test(name)) return;
    for (const socket of sockets.clients) {
      const connection = connections.get(socket);
      if (connection) checkAgain(connection);
    }
  });
  const presentAll = (errors: readonly GraphQLError[]) =>
    errors.map((error) => present(error.toJSON(), error));
  const count = (asked: Asked, errors: readonly GraphQLFormattedError[] | undefined) => {
    if (asked.counted) return;
    asked.counted = true;
    metrics.operation('websocket', asked.kind, errors, asked.taken());
  };

  /** Nobody hears how a subscription ends with its socket; but the database must stay until it has ended. */
  const leaving = (results: Results): Results => {
    const leave = async (): Promise<IteratorResult<ExecutionResult, void>> => {
      try {
        await results.return?.();
      } catch (error) {
        logger.error({ err: error }, 'a subscription did not end well');
      }
      return { done: true, value: undefined };
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => results.next(),
      return: () => {
        const left = leave().finally(() => running.delete(left));
        running.add(left);
        return left;
      },
    };
  };

  const live = useServer(
    {
      schema,
      connectionInitWaitTimeout: limits.initMs,
      onConnect: async ({ connectionParams, extra }) => {
        const { socket, request } = extra;
        try {
          const sent =
            connectionParams?.authorization ??
            connectionParams?.Authorization ??
            request.headers.authorization;
          // Whatever was sent and is no text is a wrong token, not no token.
          const identity = await identify(sent == null ? undefined : (textOf(sent) ?? ''));
          if (socket.readyState !== socket.OPEN) return false; // it closed while the token was checked
          const language = textOf(connectionParams?.acceptLanguage) ?? request.headers['accept-language'];
          const caller: Caller = {
            identity,
            locale: localeOf(language),
            requestId: null,
            address: request.socket.remoteAddress ?? '',
          };
          const connection: Connection = {
            socket,
            caller,
            openContext: (after = 0) => {
              connection.after = Math.max(connection.after, after);
              return Context.open(services, caller, new Reader(services.database, connection.after));
            },
            running: new Set(),
            metrics,
            joining: 0,
            after: 0,
          };
          const key = callerKey(caller);
          const open = socketsOf.get(key) ?? 0;
          if (open >= limits.socketsPerCaller) {
            socket.close(TOO_MANY_SOCKETS, `Only ${limits.socketsPerCaller} sockets a caller: close one`);
            return false;
          }
          socketsOf.set(key, open + 1);
          connections.set(socket, connection);
          socket.setMaxListeners(limits.operationsPerSocket + 20); // each running operation listens for the close
          const pings = setInterval(() => {
            ping(services, connection);
            checkAgain(connection); // a role may also have come to its last day
          }, pingMs);
          const expiry = identity && expireAt(socket, identity.expiresAt);
          socket.once('close', () => {
            const left = socketsOf.get(key)! - 1;
            if (left > 0) socketsOf.set(key, left);
            else socketsOf.delete(key);
            clearInterval(pings);
            expiry?.();
          });
          return true;
        } catch (error) {
          if (!(error instanceof GraphQLError)) throw error;
          const later = error.extensions.code === 'UNAVAILABLE';
          socket.close(later ? TRY_AGAIN_LATER : FORBIDDEN, error.message);
          return false;
        }
      },
      onSubscribe: ({ extra, subscriptions }, _id, { query, operationName, variables }) => {
        const { caller } = connections.get(extra.socket)!;
        const began = performance.now();
        const taken = () => (performance.now() - began) / 1000;
        // What is thrown here would close the socket and all that goes over it.
        try {
          mayHoldMore(Object.keys(subscriptions).length, limits.operationsPerSocket);
          admission.knock(caller);
          const document = read(admission, query, caller);
          const faults = admission.faults(document);
          if (faults.length > 0) {
            admission.refused(caller);
            return faults;
          }
          const cost = admission.charge(document, operationName, variables, caller);
          const kind = getOperationAST(document, operationName)?.operation;
          const counting = { cost, kind, taken, counted: false };
          return { schema, document, operationName, variableValues: variables, ...counting };
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          // A document nested beyond the stack is the caller's fault as well.
          if (error instanceof RangeError) return [new GraphQLError(error.message)];
          throw error;
        }
      },
      context: ({ extra }) => connections.get(extra.socket)!,
      execute: (args) => {
        const operation = executeOnce(services, args, args.contextValue as Connection, limits.operationMs);
        running.add(operation);
        return operation.finally(() => running.delete(operation));
      },
      subscribe: async (args) => {
        const results = await subscribeOver(args, args.contextValue as Connection, logger);
        if (!(Symbol.asyncIterator in results)) return results;
        count(args as Asked, undefined);
        return leaving(results);
      },
      onNext: (_ctx, _id, _payload, args, { errors, ...result }) => {
        const { cost } = args as Asked;
        const told = errors && presentAll(errors);
        count(args as Asked, told);
        return {
          ...result,
          ...(told && { errors: told }),
          ...(cost !== null && { extensions: { ...result.extensions, cost } }),
        };
      },
      onError: (_ctx, _id, _payload, errors) => {
        const told = presentAll(errors);
        metrics.operation('websocket', undefined, told, undefined);
        return told;
      },
    },
    sockets,
    pingMs,
  );
  return {
    close: async () => {
      closing = true;
      stopHearing();
      await Promise.allSettled(running);
      await new Promise(setImmediate); // their answers go out before the sockets close
      // A peer that does not answer the closing handshake must not hold the shutdown up.
      const impatience = setTimeout(
        () => sockets.clients.forEach((socket) => socket.terminate()),
        GOING_AWAY_MS,
      );
      await live.dispose();
      clearTimeout(impatience);
      await Promise.allSettled(running); // events that were being shown when their sockets closed
    },
  };
}

/** Executes a query or mutation, and gives back what it has read with. */
async function executeOnce(
  services: Services,
  args: ExecutionArgs,
  connection: Connection,
  operationMs: number,
): Promise<ExecutionResult> {
  const reader = new Reader(services.database, connection.after);
  const callOff = watch(reader, operationMs, connection.socket);
  try {
    const context = await Context.open(services, connection.caller, reader);
    try {
      return await execute({ ...args, contextValue: context });
    } finally {
      await context.end();
    }
  } catch (error) {
    return { errors: [asGraphQLError(error)] };
  } finally {
    connection.after = Math.max(connection.after, reader.reached);
    callOff();
  }
}

/** @throws the syntax error. */
function read(admission: Admission, query: string, caller: Caller): DocumentNode {
  try {
    return admission.read(query);
  } catch (error) {
    admission.refused(caller);
    throw error;
  }
}

/** @throws RATE_LIMITED */
function mayHoldMore(held: number, allowed: number): void {
  if (held <= allowed) return;
  throw apiError(
    'RATE_LIMITED',
    `This socket runs ${allowed} operations, the most it may: complete one, or open another socket.`,
    { limit: 'operationsPerSocket', asked: held, allowed, retryAfter: RETRY_SECONDS },
  );
}

/** Subscribes, unless the caller may not; a subscriber that is too slow loses its socket. */
async function subscribeOver(
  args: ExecutionArgs,
  connection: Connection,
  logger: Logger,
): Promise<Results | ExecutionResult> {
  connection.joining += 1;
  const results = await subscribe(args, connection).finally(() => (connection.joining -= 1));
  if (!(Symbol.asyncIterator in results)) return results;

  async function* run(): AsyncGenerator<ExecutionResult, void> {
    try {
      yield* results as Results;
    } catch (error) {
      if (error instanceof TooSlow) {
        logger.warn('a subscriber was too slow');
        connection.socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
      } else {
        yield { errors: [asGraphQLError(error)] };
      }
    }
  }
  return stoppable(run(), () => results.return?.());
}

/** Checks every subscription again, with the rights of the moment. */
async function recheck(connection: Connection): Promise<void> {
  if (connection.running.size === 0) return;
  const context = await connection.openContext();
  try {
    await Promise.all([...connection.running].map((each) => each.recheck(context)));
  } finally {
    await context.end();
  }
}

/**
 * Tells a client how far it has seen everything that concerns it, so that a quiet filter moves on, too. Until all its
 * subscriptions are in place it tells nothing: the client would resume past what is still to be replayed.
 */
function ping(services: Services, { socket, running, joining }: Connection): void {
  if (socket.readyState !== socket.OPEN) return;
  const followers = [...running].flatMap(({ follower }) => follower ?? []);
  const inPlace = followers.length > 0 && joining === 0;
  const payload = inPlace ? { cursor: services.feed.cursorFor(followers) } : undefined;
  socket.send(stringifyMessage({ type: MessageType.Ping, payload }));
}

/** Closes a socket when its token ends. @returns how to call it off. */
function expireAt(socket: WebSocket, instant: Date): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = instant.getTime() - Date.now();
    if (left > LONGEST_TIMER) timer = setTimeout(wait, LONGEST_TIMER);
    else timer = setTimeout(() => socket.close(FORBIDDEN, 'The token has expired'), left);
  };
  wait();
  return () => clearTimeout(timer);
}

/** The server's own code is counted when it closes: of a peer that does not answer, nothing more is heard than 1006. */
function countClose(socket: WebSocket, metrics: Metrics): void {
  const close = socket.close.bind(socket);
  let counted = false;
  const count = (code: number, by: 'server' | 'peer') => {
    if (!counted) metrics.socketClosed(code, by);
    counted = true;
  };
  socket.close = (code, reason) => {
    if (socket.readyState === socket.OPEN) count(code ?? 1005, 'server');
    close(code, reason);
  };
  socket.once('close', (code) => count(code, 'peer'));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
