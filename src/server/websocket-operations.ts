// WebSocket adapter of the life of an operation: the hooks of the graphql-ws engine.
import { type ExecutionArgs, type ExecutionResult, GraphQLError, OperationTypeNode } from 'graphql';
import {
  CloseCode,
  type Context as EngineContext,
  type ServerOptions,
  type SubscribePayload,
} from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Identify } from '../access/identity';
import { LONGEST_CURSOR } from '../events/cursor';
import { apiError, RETRY } from '../graphql/errors';
import { localeOf } from '../lib/locale';
import type { Caller } from '../operation/context';
import { EncodedResult } from '../operation/encoded-result';
import { assertShort } from '../operation/inputs';
import { type Operation, presentRefusal, type Priced } from '../operation/operation';
import { NoLongerWanted } from '../operation/turns';
import { assertNoTokenElsewhere } from './connection-params';
import { Receipts } from './receipts';
import { Subscription } from './subscription';
import { receivedOf } from './subscription-document';
import type { Transports } from './transport';
import { FORBIDDEN, type Session, SocketConnection, TRY_AGAIN_LATER } from './websocket-connection';

/** Not graphql-ws' own 4429, after which clients never try again: the sockets that are too many may be dead ones. */
const TOO_MANY_SOCKETS = 4291;
/** Clients try again after the first, and do not after the second, which is a mistake in their code. */
const CLOSE_CODES: Record<string, number> = {
  UNAVAILABLE: TRY_AGAIN_LATER,
  BAD_USER_INPUT: CloseCode.BadRequest,
};

/** What onSubscribe makes of a request, and the engine passes on. */
interface Args extends Priced {
  id: string;
  operation: Operation;
  /** What the client has received of a subscription. */
  received: readonly string[];
  contextValue: SocketConnection;
}
type Hooks = ServerOptions<Record<string, unknown> | undefined, Session>;
type SocketContext = EngineContext<Record<string, unknown> | undefined, Session>;

export class WebSocketOperations {
  private readonly running = new Set<Promise<unknown>>();
  private readonly receipts: Receipts;

  constructor(
    private readonly shared: Transports,
    private readonly identify: Identify,
  ) {
    this.receipts = new Receipts(shared.services.feed);
  }

  /** The options of the engine. */
  get hooks(): Hooks {
    const { shared } = this;
    return {
      schema: shared.schema,
      connectionInitWaitTimeout: shared.limits.initMs,
      onConnect: (context) => this.authenticate(context),
      onSubscribe: (context, id, payload) => this.prepare(context, id, payload),
      onPong: ({ extra }, payload) => extra.connection?.acknowledge(payload),
      context: ({ extra }) => extra.connection!,
      // The engine passes on what it is given, encoded or not.
      execute: (args) => this.execute(args as Args) as Promise<unknown> as Promise<ExecutionResult>,
      subscribe: (args) => this.subscribe(args as Args),
      onNext: ({ extra }, _id, _payload, args: ExecutionArgs, result) => {
        const { operation } = args as Args;
        const encoded = result instanceof EncodedResult ? result : operation.present(result);
        operation.count(encoded.errors);
        return extra.buffer.standIn(encoded);
      },
      onError: ({ extra }, _id, _payload, errors) =>
        presentRefusal(shared, 'websocket', errors, extra.connection!.caller.locale),
    };
  }

  /** Resolves when all queries and mutations that run have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  /** Accepts connection_init, or closes the socket. */
  private async authenticate(context: SocketContext): Promise<boolean> {
    const { connectionParams, extra } = context;
    const { socket } = extra;
    // The engine would keep them for as long as the socket lasts: 32 KiB of small values take some 700 kB.
    Object.assign(context, { connectionParams: undefined });
    const { services, connections, limits, logger } = this.shared;
    const said = cursorOf(connectionParams?.after);
    let caller: Caller;
    try {
      caller = await this.callerOf(extra, connectionParams ?? {});
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      socket.close(CLOSE_CODES[error.extensions.code as string] ?? FORBIDDEN, error.message);
      return false;
    }
    if (!isOpen(socket)) return false; // it closed while the token was checked
    const connection = new SocketConnection(services, caller, extra, logger, this.receipts, said);
    const leave = connections.add(connection);
    if (!leave) {
      socket.close(TOO_MANY_SOCKETS, `Only ${limits.socketsPerCaller} sockets a caller: close one`);
      return false;
    }
    extra.connection = connection;
    extra.greeted();
    // Each operation that runs or waits listens for the close.
    socket.setMaxListeners(limits.operationsPerSocket + limits.waitingPerCaller + 20);
    socket.once('close', leave);
    return true;
  }

  private async callerOf({ request }: Session, sent: Record<string, unknown>): Promise<Caller> {
    const authorization = sent.authorization ?? sent.Authorization ?? request.headers.authorization;
    if (authorization == null) assertNoTokenElsewhere(sent);
    return {
      // A value that is no text is a wrong token, not no token.
      identity: await this.identify(authorization == null ? undefined : (textOf(authorization) ?? '')),
      locale: localeOf(textOf(sent.acceptLanguage) ?? request.headers['accept-language']),
      requestId: null,
      address: request.socket.remoteAddress ?? '',
    };
  }

  /**
   * Lets an operation enter, reads and charges it.
   * @returns what to execute, or what is wrong with it; an error that is thrown here would close the socket.
   */
  private async prepare(
    { extra, subscriptions }: SocketContext,
    id: string,
    payload: SubscribePayload,
  ): Promise<Omit<Args, 'contextValue'> | readonly GraphQLError[]> {
    const { shared } = this;
    const { query, operationName, variables, extensions } = payload;
    let operation: Operation | null = null;
    try {
      assertShort(id, 'The id of the operation');
      assertFewOperations(Object.keys(subscriptions).length, shared.limits.operationsPerSocket);
      operation = await extra.connection!.enter(shared, id, () => id in subscriptions);
      const errors = operation.read({ id, query, operationName, variables });
      if (errors) {
        operation.end();
        return errors;
      }
      const isSubscription = operation.kind === OperationTypeNode.SUBSCRIPTION;
      const received = isSubscription ? this.receivedOf(extra.connection!, id, extensions) : [];
      await operation.charge();
      if (received.length > 0) operation.chargeReplay();
      const isWanted = isOpen(extra.socket) && id in subscriptions;
      // It was given up while it waited; or the engine will refuse it, as the document holds no such operation.
      if (!isWanted || !operation.kind) operation.end();
      if (!isWanted) return forNobody();
      Object.assign(payload, { variables: null }); // the engine keeps it for as long as the operation lasts
      return { ...operation.args, id, operation, received };
    } catch (error) {
      operation?.end();
      if (error instanceof NoLongerWanted) return forNobody();
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  private receivedOf(connection: SocketConnection, id: string, extensions: unknown): string[] {
    return [connection.receivedOf(id), receivedOf(extensions)].filter((each) => each != null);
  }

  private execute({ operation, contextValue: connection }: Args): Promise<EncodedResult> {
    const running = operation.execute(connection.after).finally(() => {
      connection.after = Math.max(connection.after, operation.reached);
      operation.end();
      this.running.delete(running);
    });
    this.running.add(running);
    return running;
  }

  private async subscribe(args: Args) {
    const { id, operation, received, contextValue: connection } = args;
    const results = await this.shared.connections
      .subscribe(args, connection, received)
      .finally(() => operation.end());
    if (results instanceof Subscription) connection.carry(id, results);
    if (Symbol.asyncIterator in results) operation.count(undefined);
    return results as AsyncGenerator<ExecutionResult, void, void> | ExecutionResult;
  }
}

/** Never answers: the engine would send the answer to the operation that has the same id by now. */
const forNobody = () => new Promise<never>(() => undefined);

/** @throws RATE_LIMITED */
function assertFewOperations(held: number, allowed: number): void {
  if (held <= allowed) return;
  throw apiError(
    'RATE_LIMITED',
    `This socket runs ${allowed} operations, the most it may: complete one, or open another socket.`,
    { limit: 'operationsPerSocket', asked: held, allowed, retryAfter: RETRY.end },
  );
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN;
}

/** Null for what can be none: it is kept for as long as receipts are, see receipts.ts. */
function cursorOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= LONGEST_CURSOR ? value : null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
