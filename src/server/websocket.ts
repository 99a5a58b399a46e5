// How are subscriptions served? graphql-ws on /graphql: one fresh context an event, and pings that carry the cursor.
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  execute,
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
import { callerKey } from '../access/caller';
import type { Identify } from '../access/identity';
import type { Admission, Examined, Request } from '../operation/admission';
import type { Connection, Connections } from './connections';
import { assertShort } from '../operation/inputs';
import { type Caller, Context, type Services } from '../operation/context';
import { enterInTime, watch } from '../operation/deadline';
import { originAllowed } from './headers';
import type { Intake } from './intake';
import { apiError } from '../graphql/errors';
import { localeOf } from '../lib/locale';
import { Reader } from '../graphql/reader';
import type { Limits } from '../config/limits';
import { type Present, presentAll } from '../operation/present';
import type { Metrics } from './metrics';
import { boundSendBuffer, standIn, TOO_SLOW } from './send-buffer';
import { asGraphQLError, type Priced } from './subscription';
import { Told } from './told';
import { NoLongerWanted, type Turn } from '../operation/turns';
import { sizeOf, tooManyValues } from '../operation/values';

const FORBIDDEN = 4403;
const TOO_LARGE = 1009;
const NO_MESSAGE = 4400;
/** The engine takes these for a failure of its own; no input of the schema has a field `type`. */
const OF_SERVERS = /"type"\s*:\s*"(?:next|error|connection_ack)"/;
const TRY_AGAIN_LATER = 1013; // clients retry after it, which they must not after FORBIDDEN
/** Not graphql-ws' own 4429, after which clients never try again: the sockets that are too many may be dead ones. */
const TOO_MANY_SOCKETS = 4291;
/** When another of its operations may have ended; nobody knows. */
const RETRY_SECONDS = 10;
const GOING_AWAY_MS = 5_000;

export interface SocketOptions {
  server: HttpServer;
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
  pingMs: number;
  identify: Identify;
}

interface SocketConnection extends Connection {
  socket: WebSocket;
  after: number;
  /** How large the message is that is being heard. */
  bytes: number;
  /** Which operation has each id: a client may give one up and use its id again while it waits. */
  asked: Map<string, symbol>;
}

/** What onSubscribe makes of a request, and the engine hands on. */
interface Asked extends Priced {
  turn: Turn;
  /** Milliseconds it may still take. */
  leftMs: number;
  kind: string | undefined;
  /** Seconds since the request came. */
  taken: () => number;
  /** Whether its outcome was counted: that of a subscription is its beginning. */
  counted: boolean;
}

/** Serves graphql-ws on /graphql of an HTTP server. */
export function serveSockets(options: SocketOptions): { close(): Promise<void> } {
  const { server, schema, services, logger, present, admission, connections, limits, metrics, identify } =
    options;
  const connectionOf = new WeakMap<WebSocket, SocketConnection>();
  const greetings = new WeakMap<IncomingMessage, () => void>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bytes,
    allowSynchronousEvents: false, // of a flood of messages in one packet, each has a turn of the event loop
  });
  const running = new Set<Promise<unknown>>();
  let closing = false;
  metrics.observeSockets(() => sockets.clients.size);
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    const greeted = options.intake.greeting(request);
    if (greeted) {
      greetings.set(request, greeted);
      duplex.once('close', greeted);
    }
    const refusal =
      (!greeted && '429 Too Many Requests') ||
      (closing && '503 Service Unavailable') ||
      (request.url?.split('?')[0] !== '/graphql' && '404 Not Found') ||
      (!originAllowed(request, options.corsOrigins) && '403 Forbidden');
    if (refusal) {
      duplex.on('error', () => duplex.destroy()); // a peer that resets now must not take the process down
      duplex.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, duplex, head, (socket) => {
      options.intake.isLive(duplex);
      options.intake.watchMessages(socket, duplex, request);
      countClose(socket, metrics);
      endWhenGone(socket, options.pingMs);
      boundSendBuffer(socket, {
        most: limits.waitingBytes,
        ledger: services.ledger,
        callerOf: () => callerKey(connectionOf.get(socket)?.caller ?? strangerAt(request)),
        onTooSlow: () => logger.warn('a client does not read'),
      });
      sockets.emit('connection', socket, request);
      guardMessages(socket, (message) => {
        const connection = connectionOf.get(socket);
        if (!connection && message.length > limits.greetingBytes)
          return [TOO_LARGE, 'Too long before connection_init'];
        const { values, bytes } = sizeOf(message);
        if (values > limits.values) return [TOO_LARGE, tooManyValues(limits.values)];
        if (OF_SERVERS.test(message.toString('latin1'))) return [NO_MESSAGE, 'A message that servers send'];
        if (connection) connection.bytes = bytes;
        return null;
      });
      // ws closes a socket whose frames are broken or too large; graphql-ws would print each to the console.
      socket.removeAllListeners('error').on('error', (error) => logger.debug({ err: error }, 'a bad frame'));
    });
  });
  const count = (asked: Asked, errors: readonly GraphQLFormattedError[] | undefined) => {
    if (asked.counted) return;
    asked.counted = true;
    metrics.operation('websocket', asked.kind, errors, asked.taken());
  };
  const enter = (connection: SocketConnection, held: () => boolean, id: string) => {
    const own = Symbol(id);
    const { asked, bytes, caller, socket } = connection;
    asked.set(id, own);
    if (asked.size > limits.unbegunPerSocket) socket.pause();
    const wanted = () => held() && asked.get(id) === own;
    const { operationMs } = limits;
    return enterInTime(admission, services.database, socket, operationMs, { caller, bytes, wanted }).finally(
      () => {
        if (asked.get(id) === own) asked.delete(id);
        if (socket.isPaused && asked.size <= limits.unbegunPerSocket) socket.resume();
      },
    );
  };
  const examine = async (request: Request, turn: Turn): Promise<Examined> => {
    try {
      const examined = admission.examine(request, turn);
      if ('errors' in examined) admission.leave(turn);
      else await admission.weigh(turn, examined.cost);
      return examined;
    } catch (error) {
      admission.leave(turn);
      throw error;
    }
  };
  const live = useServer(
    {
      schema,
      connectionInitWaitTimeout: limits.initMs,
      onConnect: async (connected) => {
        const { connectionParams, extra } = connected;
        const { socket, request } = extra;
        // The engine would keep it for as long as the socket lasts: 32 KiB of small values take some 700 kB.
        Object.assign(connected, { connectionParams: undefined });
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
          const connection: SocketConnection = {
            socket,
            caller,
            openContext: (after = 0) => {
              connection.after = Math.max(connection.after, after);
              return Context.open(
                services,
                caller,
                new Reader(services.database, callerKey(caller), connection.after),
              );
            },
            running: new Set(),
            metrics,
            present,
            showing: connections.showing,
            heavyEvents: connections.heavyEvents,
            joining: 0,
            after: 0,
            bytes: 0,
            asked: new Map(),
            ping: (cursor) => ping(socket, cursor),
            expire: () => socket.close(FORBIDDEN, 'The token has expired'),
            outrun: () => {
              logger.warn('a subscriber was too slow');
              socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
            },
            cutOff: () => socket.close(TRY_AGAIN_LATER, 'The database cannot be reached: resume shortly'),
          };
          const leave = connections.add(connection);
          if (!leave) {
            socket.close(TOO_MANY_SOCKETS, `Only ${limits.socketsPerCaller} sockets a caller: close one`);
            return false;
          }
          connectionOf.set(socket, connection);
          greetings.get(request)?.();
          // Each operation that runs or waits listens for the close.
          socket.setMaxListeners(limits.operationsPerSocket + limits.waitingPerCaller + 20);
          socket.once('close', leave);
          return true;
        } catch (error) {
          if (!(error instanceof GraphQLError)) throw error;
          const later = error.extensions.code === 'UNAVAILABLE';
          socket.close(later ? TRY_AGAIN_LATER : FORBIDDEN, error.message);
          return false;
        }
      },
      onSubscribe: async ({ extra, subscriptions }, id, payload) => {
        const { query, operationName, variables } = payload;
        const connection = connectionOf.get(extra.socket)!;
        const began = performance.now();
        const taken = () => (performance.now() - began) / 1000;
        // What is thrown here would close the socket and all that goes over it.
        try {
          assertShort(id, 'The id of the operation');
          mayHoldMore(Object.keys(subscriptions).length, limits.operationsPerSocket);
          const entered = await enter(connection, () => id in subscriptions, id);
          const { turn } = entered;
          const examined = await examine({ id, query, operationName, variables }, turn);
          if ('errors' in examined) return examined.errors;
          if (extra.socket.readyState !== extra.socket.OPEN || !(id in subscriptions)) {
            admission.leave(turn); // it was given up while it waited to be executed
            return forNobody();
          }
          const kind = getOperationAST(examined.document, operationName)?.operation;
          if (!kind) admission.leave(turn);
          Object.assign(payload, { variables: null }); // the engine keeps it for as long as the operation lasts
          const counting = { kind, taken, counted: false };
          const { bytes } = turn;
          return {
            ...{ schema, operationName, variableValues: variables, bytes },
            ...{ ...examined, ...entered, ...counting },
          };
        } catch (error) {
          if (error instanceof NoLongerWanted) return forNobody();
          if (error instanceof GraphQLError) return [error];
          throw error;
        }
      },
      context: ({ extra }) => connectionOf.get(extra.socket)!,
      execute: (args) => {
        const operation = executeOnce(
          services,
          args as Asked,
          args.contextValue as SocketConnection,
          limits.operationMs,
        );
        running.add(operation);
        return operation.finally(() => {
          admission.leave((args as Asked).turn);
          running.delete(operation);
        });
      },
      subscribe: async (args) => {
        const results = await connections
          .subscribe(args as Asked, args.contextValue as Connection)
          .finally(() => admission.leave((args as Asked).turn));
        if (Symbol.asyncIterator in results) count(args as Asked, undefined);
        return results as AsyncGenerator<ExecutionResult, void, void> | ExecutionResult;
      },
      onNext: ({ extra }, _id, _payload, args, result) => {
        const told = result instanceof Told ? result : new Told(present, result, (args as Asked).cost);
        count(args as Asked, told.errors);
        return standIn(extra.socket, told);
      },
      onError: (_ctx, _id, _payload, errors) => {
        const told = presentAll(present, errors);
        metrics.operation('websocket', undefined, told, undefined);
        return told;
      },
    },
    sockets,
    0, // it would end a socket that is not read, and so not heard
  );
  return {
    close: async () => {
      closing = true;
      await Promise.allSettled(running);
      await new Promise(setImmediate); // their answers go out before the sockets close
      // A peer that does not answer the closing handshake must not hold the shutdown up.
      const impatience = setTimeout(
        () => sockets.clients.forEach((socket) => socket.terminate()),
        GOING_AWAY_MS,
      );
      await live.dispose();
      clearTimeout(impatience);
      await connections.settled(); // events that were being shown when their sockets closed
    },
  };
}

/** Executes a query or mutation, and gives back what it has read with. */
async function executeOnce(
  services: Services,
  args: Asked,
  connection: SocketConnection,
  operationMs: number,
): Promise<ExecutionResult> {
  const reader = new Reader(services.database, callerKey(connection.caller), connection.after);
  reader.turn = args.turn;
  const callOff = watch(reader, operationMs, connection.socket, args.leftMs);
  try {
    const context = await Context.open(services, connection.caller, reader);
    try {
      const result = await execute({ ...args, contextValue: context });
      const { failure } = context.answer;
      return failure ? { data: null, errors: [failure] } : result;
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

/**
 * Looks at each message before the engine parses it.
 * @param faultOf what is wrong with it: close code and reason.
 */
function guardMessages(
  socket: WebSocket,
  faultOf: (message: Buffer) => [code: number, reason: string] | null,
): void {
  const listeners = socket.listeners('message') as ((...message: unknown[]) => void)[];
  socket.removeAllListeners('message');
  socket.on('message', (data: Buffer, ...rest) => {
    const fault = faultOf(data);
    if (fault) return socket.close(...fault);
    for (const listen of listeners) listen.call(socket, data, ...rest);
  });
}

/**
 * Ends a socket whose peer is gone: nothing has come from it since a ping. One that is not read for its many operations
 * is not heard either.
 */
function endWhenGone(socket: WebSocket, pingMs: number): void {
  let heard = true;
  const hear = () => (heard = true);
  socket.on('message', hear).on('ping', hear).on('pong', hear);
  const pings = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    if (!heard && !socket.isPaused) return socket.terminate();
    heard = socket.isPaused;
    socket.ping();
  }, pingMs);
  socket.once('close', () => clearInterval(pings));
}

/** The engine would answer, and forget, whatever has the same id by now. */
const forNobody = () => new Promise<never>(() => undefined);

/** @throws RATE_LIMITED */
function mayHoldMore(held: number, allowed: number): void {
  if (held <= allowed) return;
  throw apiError(
    'RATE_LIMITED',
    `This socket runs ${allowed} operations, the most it may: complete one, or open another socket.`,
    { limit: 'operationsPerSocket', asked: held, allowed, retryAfter: RETRY_SECONDS },
  );
}

function ping(socket: WebSocket, cursor: string | undefined): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(
    stringifyMessage({ type: MessageType.Ping, payload: cursor === undefined ? undefined : { cursor } }),
  );
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
    // ws answers a peer's close through this same method, and tells it apart only in a field of its own.
    const answering = Reflect.get(socket, '_closeFrameReceived') === true;
    if (socket.readyState === socket.OPEN && !answering) count(code ?? 1005, 'server');
    close(code, reason);
  };
  socket.once('close', (code) => count(code, 'peer'));
}

function strangerAt({ socket }: IncomingMessage): Pick<Caller, 'identity' | 'address'> {
  return { identity: null, address: socket.remoteAddress ?? '' };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
