// How are subscriptions served? graphql-ws on /graphql: one fresh context an event, and pings that carry the cursor.
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  parse,
} from 'graphql';
import { MessageType, stringifyMessage } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actor } from './access/actor';
import { type Caller, Context, type Services } from './context';
import { Follower, TooSlow } from './events/follower';
import { localeOf } from './lib/locale';
import { stoppable } from './lib/stoppable';
import { presentErrors } from './masking';

const FORBIDDEN = 4403;
const TOO_SLOW = 4290;
const GOING_AWAY_MS = 5_000;
const LONGEST_TIMER = 2 ** 31 - 1;

export interface SocketOptions {
  server: HttpServer;
  schema: GraphQLSchema;
  services: Services;
  logger: Logger;
  pingMs: number;
  largestMessage: number;
  identify: (authorization: string | undefined) => Promise<Actor>;
}

/** What is known of one connection. */
interface Connection {
  socket: WebSocket;
  caller: Caller;
  followers: Set<Follower>;
  /** Subscriptions that are about to become followers. */
  joining: number;
}

/** A context that knows the connection it came by. */
class SocketContext extends Context {
  constructor(
    services: Services,
    readonly connection: Connection,
  ) {
    super(services, connection.caller);
  }
}

type Results = AsyncIterableIterator<ExecutionResult>;

/** Serves graphql-ws on /graphql of an HTTP server. */
export function serveSockets(options: SocketOptions): { close(): Promise<void> } {
  const { server, schema, services, logger, pingMs, identify } = options;
  const connections = new WeakMap<WebSocket, Connection>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.largestMessage });
  const running = new Set<Promise<unknown>>();
  let closing = false;
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    if (closing || request.url?.split('?')[0] !== '/graphql') {
      duplex.on('error', () => duplex.destroy()); // a peer that resets now must not take the process down
      duplex.end(
        `HTTP/1.1 ${closing ? '503 Service Unavailable' : '404 Not Found'}\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    sockets.handleUpgrade(request, duplex, head, (socket) => sockets.emit('connection', socket, request));
  });
  const present = presentErrors(logger);
  const presentAll = (errors: readonly GraphQLError[]) =>
    errors.map((error) => present(error.toJSON(), error));

  const live = useServer(
    {
      schema,
      onConnect: async ({ connectionParams, extra }) => {
        const { socket, request } = extra;
        try {
          const sent = connectionParams?.authorization ?? connectionParams?.Authorization;
          // Whatever was sent and is no text is a wrong token, not no token.
          const actor = await identify(sent == null ? undefined : (textOf(sent) ?? ''));
          if (socket.readyState !== socket.OPEN) return false; // it closed while the token was checked
          const language = textOf(connectionParams?.acceptLanguage) ?? request.headers['accept-language'];
          const connection: Connection = {
            socket,
            caller: { actor, locale: localeOf(language), requestId: null },
            followers: new Set(),
            joining: 0,
          };
          connections.set(socket, connection);
          const pings = setInterval(() => ping(services, connection), pingMs);
          const expiry = actor.expiresAt && expireAt(socket, actor.expiresAt);
          socket.once('close', () => {
            clearInterval(pings);
            if (expiry) clearTimeout(expiry);
          });
          return true;
        } catch (error) {
          if (!(error instanceof GraphQLError)) throw error;
          socket.close(FORBIDDEN, error.message);
          return false;
        }
      },
      onSubscribe: (_ctx, _id, { query }) => {
        // graphql-ws parses without a net: a syntax error would close the socket and all that goes over it.
        try {
          parse(query);
        } catch (error) {
          // A document nested beyond the parser's stack is the caller's fault as well.
          return [
            error instanceof GraphQLError ? error : new GraphQLError('Syntax Error: nested too deeply.'),
          ];
        }
      },
      context: ({ extra }) => new SocketContext(services, connections.get(extra.socket)!),
      execute: (args) => {
        const operation = executeOnce(args as ExecutionArgs & { contextValue: SocketContext });
        running.add(operation);
        return operation.finally(() => running.delete(operation));
      },
      subscribe: (args) => subscribe(args as ExecutionArgs & { contextValue: SocketContext }, logger),
      onNext: (_ctx, _id, _payload, _args, { errors, ...result }) =>
        errors ? { ...result, errors: presentAll(errors) } : result,
      onError: (_ctx, _id, _payload, errors) => presentAll(errors),
    },
    sockets,
    pingMs,
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
    },
  };
}

/** Executes a query or mutation, and gives back what it has read with. */
async function executeOnce(args: ExecutionArgs & { contextValue: SocketContext }): Promise<ExecutionResult> {
  try {
    return await execute(args);
  } finally {
    await args.contextValue.reader.end();
  }
}

/** Subscribes, and executes each event with a context of its own, so that rights and loaders are fresh. */
async function subscribe(
  args: ExecutionArgs & { contextValue: SocketContext },
  logger: Logger,
): Promise<Results | ExecutionResult> {
  const { contextValue: context } = args;
  const { socket, followers } = context.connection;
  let source: AsyncIterable<unknown> | ExecutionResult;
  context.connection.joining += 1;
  try {
    source = await createSourceEventStream(args);
    if (source instanceof Follower) followers.add(source);
  } finally {
    context.connection.joining -= 1;
    await context.reader.end();
  }
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source[Symbol.asyncIterator]() as AsyncIterableIterator<unknown>;

  async function* run(): AsyncGenerator<ExecutionResult, void> {
    try {
      for await (const event of events) {
        const fresh = new SocketContext(context.services, context.connection);
        try {
          yield await execute({ ...args, rootValue: event, contextValue: fresh });
        } finally {
          await fresh.reader.end();
        }
      }
    } catch (error) {
      if (error instanceof TooSlow) {
        logger.warn('a subscriber was too slow');
        socket.close(TOO_SLOW, 'Too slow: resume from your last cursor');
      } else {
        yield {
          errors: [
            error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }),
          ],
        };
      }
    } finally {
      if (events instanceof Follower) followers.delete(events);
    }
  }
  return stoppable(run(), () => events.return?.());
}

/**
 * Tells a client how far it has seen everything that concerns it, so that a quiet filter moves on, too. Until all its
 * subscriptions are in place it tells nothing: the client would resume past what is still to be replayed.
 */
function ping(services: Services, { socket, followers, joining }: Connection): void {
  if (socket.readyState !== socket.OPEN) return;
  const inPlace = followers.size > 0 && joining === 0;
  const payload = inPlace ? { cursor: services.feed.cursorFor(followers) } : undefined;
  socket.send(stringifyMessage({ type: MessageType.Ping, payload }));
}

function expireAt(socket: WebSocket, instant: Date): NodeJS.Timeout {
  const left = Math.min(instant.getTime() - Date.now(), LONGEST_TIMER);
  return setTimeout(() => socket.close(FORBIDDEN, 'The token has expired'), left);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
