// Subscriptions over server-sent events: graphql-sse in its mode of distinct connections, with cursors as event ids.
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { callerKey } from '../access/caller';
import { apiError, badInput } from '../graphql/errors';
import type { Caller, Services } from '../operation/context';
import type { EncodedResult } from '../operation/encoded-result';
import { Operation, presentRefusal } from '../operation/operation';
import { Connection } from './connection';
import { assertStreamable, lastEventId, readRequest, sendRefusal } from './sse-request';
import { SseWriter } from './sse-writer';
import { Subscription } from './subscription';
import type { Requests, Transports } from './transport';

const STREAM_PATH = '/graphql/stream';
/** Answer to requests that still come over a connection that was kept alive. */
export const STOPPING = 'This process is stopping: ask again.';
const GOING_AWAY_MS = 5_000;
/** Errors that are sent inside the stream: EventSource hides the body of a failed response from its page. */
const REFETCH = new Set<unknown>(['CURSOR_EXPIRED', 'CURSOR_INVALID']);
/** A guess when another of the caller's streams will have ended. */
const RETRY_SECONDS = 10;

class StreamConnection extends Connection {
  readonly writer: SseWriter;

  constructor(
    services: Services,
    caller: Caller,
    private readonly response: ServerResponse,
    private readonly logger: Logger,
  ) {
    super(services, caller);
    this.writer = new SseWriter(response, services.ledger, callerKey(caller));
  }

  ping(cursor: string | undefined): void {
    if (!this.writer.ping(cursor)) this.outrun();
  }

  expire(): void {
    if (this.response.headersSent) endSoon(this.response);
    else this.response.destroy();
  }

  outrun(): void {
    this.logger.warn('subscriber too slow, closing connection');
    this.response.destroy(); // end() would wait for the client to read
  }

  cutOff(): void {
    if (this.response.headersSent) this.response.destroy(); // without `complete`; before, there is an answer to give
  }
}

export class Streams {
  private readonly open = new Set<ServerResponse>();
  private closing = false;

  constructor(
    private readonly shared: Transports,
    private readonly requests: Requests,
  ) {}

  serve(app: FastifyInstance): void {
    app.route({
      method: ['GET', 'POST'],
      url: STREAM_PATH,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        try {
          await this.handle(request, reply);
        } catch (error) {
          if (error instanceof GraphQLError && !reply.sent) await this.refuse(reply, [error]);
          else if (!reply.sent) throw error;
          else {
            this.shared.logger.error({ err: error }, 'SSE stream failed');
            reply.raw.destroy();
          }
        }
        return reply;
      },
    });
  }

  /** Ends all streams. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(
      [...this.open].map((response) => {
        const closed = new Promise((resolve) => response.once('close', resolve));
        endSoon(response);
        return closed;
      }),
    );
    await this.shared.connections.settled();
  }

  private async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { shared, requests } = this;
    if (this.closing) throw apiError('UNAVAILABLE', STOPPING);
    assertStreamable(request, shared.corsOrigins);
    const caller = await requests.callerOf(request);
    const sent = readRequest(request);
    const bytes = requests.bytesOf(request);
    const arrival = { transport: 'sse' as const, caller, bytes, connection: reply.raw };
    const operation = await Operation.enter(shared, arrival);
    requests.endWith(request, reply.raw, operation);
    const errors = operation.read(sent);
    if (errors) return this.refuse(reply, errors);
    if (operation.kind !== OperationTypeNode.SUBSCRIPTION) {
      throw badInput(`Only subscriptions are served at ${STREAM_PATH}: send the others to /graphql.`);
    }
    await operation.charge();
    const resumeAfter = lastEventId(request);
    if (resumeAfter !== undefined) operation.chargeReplay();
    if (this.isGone(reply)) return;
    const connection = this.connect(caller, reply.raw);
    const results = await shared.connections.subscribe(
      operation.args,
      connection,
      resumeAfter === undefined ? [] : [resumeAfter],
    );
    operation.end();
    if (results instanceof Subscription) return this.stream(request, reply, operation, connection, results);
    const refused = results.errors ?? [];
    if (!refused.some(({ extensions }) => REFETCH.has(extensions.code))) return this.refuse(reply, refused);
    await this.stream(request, reply, operation, connection, [operation.present(results)]);
  }

  /** @throws RATE_LIMITED */
  private connect(caller: Caller, response: ServerResponse): StreamConnection {
    const { services, logger, connections, limits } = this.shared;
    const connection = new StreamConnection(services, caller, response, logger);
    const leave = connections.add(connection);
    if (!leave) throw tooMany(limits.socketsPerCaller);
    response.once('close', leave);
    return connection;
  }

  private async stream(
    { raw: { socket } }: FastifyRequest,
    reply: FastifyReply,
    operation: Operation,
    connection: StreamConnection,
    results: Subscription | [EncodedResult],
  ): Promise<void> {
    const { feed } = this.shared.services;
    const { raw: response } = reply;
    const [subscription, errors] =
      results instanceof Subscription ? [results, undefined] : [null, results[0].errors];
    if (this.isGone(reply)) return void subscription?.return();
    response.once('close', () => void subscription?.return());
    operation.count(errors);
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    reply.hijack();
    this.shared.intake.isLive(socket);
    const follower = subscription?.follower;
    SseWriter.begin(reply, follower ? feed.cursorOf({ seq: follower.position }) : null);
    for await (const result of results) {
      const shown = subscription?.shown ?? null;
      const id = shown === null ? null : feed.cursorOf({ seq: shown });
      if (!(await connection.writer.next(result, id))) break;
    }
    // Without `complete` a stream was cut off, and its client reconnects.
    if (response.writable) response.end('event: complete\ndata:\n\n');
  }

  /** Whether there is no client to answer any more, or no time; then its connection ends here. */
  private isGone({ raw: response }: FastifyReply): boolean {
    if (!response.destroyed && !this.closing) return false;
    response.destroy();
    return true;
  }

  private async refuse(reply: FastifyReply, errors: readonly GraphQLError[]): Promise<void> {
    await sendRefusal(reply, errors, presentRefusal(this.shared, 'sse', errors));
  }
}

/** Ends a stream, also for a client that does not read its last bytes. */
function endSoon(response: ServerResponse): void {
  response.end();
  const impatience = setTimeout(() => response.destroy(), GOING_AWAY_MS);
  response.once('close', () => clearTimeout(impatience));
}

function tooMany(allowed: number): GraphQLError {
  return apiError('RATE_LIMITED', `You hold ${allowed} sockets and streams, the most you may: close one.`, {
    limit: 'socketsPerCaller',
    allowed,
    retryAfter: RETRY_SECONDS,
  });
}
