// Subscriptions over server-sent events: graphql-sse in its mode of distinct connections, with cursors as event ids; its
// other mode is in sse-single.ts.
import { localeOf } from '../lib/locale';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { apiError, badInput } from '../graphql/errors';
import type { Caller } from '../operation/context';
import type { EncodedResult } from '../operation/encoded-result';
import { Operation, presentRefusal } from '../operation/operation';
import { STREAM_PATH } from './paths';
import { endSoon, StreamConnection, tooMany } from './sse-connection';
import { assertFromAllowed, assertStreamable, lastEventId, readRequest, sendRefusal } from './sse-request';
import { isSingle, SingleStreams } from './sse-single';
import { SseWriter } from './sse-writer';
import { Subscription } from './subscription';
import { type Requests, STOPPING, type Transports } from './transport';

/** Errors that are sent inside the stream: EventSource hides the body of a failed response from its page. */
const REFETCH = new Set<unknown>(['CURSOR_EXPIRED', 'CURSOR_INVALID']);

export class Streams {
  private readonly open = new Set<ServerResponse>();
  private readonly single: SingleStreams;
  private closing = false;

  constructor(
    private readonly shared: Transports,
    private readonly requests: Requests,
  ) {
    this.single = new SingleStreams(shared, requests, this);
  }

  serve(app: FastifyInstance): void {
    app.route({
      method: ['GET', 'POST', 'PUT', 'DELETE'],
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
    if (isSingle(request)) {
      assertFromAllowed(request, shared.origins);
      const refused = await this.single.handle(request, reply);
      return refused && this.refuse(reply, refused);
    }
    assertStreamable(request, shared.origins);
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
    if (results instanceof Subscription) return this.stream(reply, operation, connection, results);
    const refused = results.errors ?? [];
    if (!refused.some(({ extensions }) => REFETCH.has(extensions.code))) return this.refuse(reply, refused);
    await this.stream(reply, operation, connection, [operation.present(results)]);
  }

  /** Registers a stream of a caller. @throws RATE_LIMITED */
  connect(caller: Caller, response: ServerResponse): StreamConnection {
    const { services, logger, connections, limits } = this.shared;
    const connection = new StreamConnection(services, caller, response, logger);
    const leave = connections.add(connection);
    if (!leave) throw tooMany(limits.socketsPerCaller);
    response.once('close', leave);
    return connection;
  }

  /** Begins a stream. @param id where it starts, see SseWriter.begin(). */
  begin(reply: FastifyReply, id: string | null = null): void {
    const { raw: response } = reply;
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    reply.hijack();
    if (response.socket) this.shared.intake.isLive(response.socket);
    SseWriter.begin(reply, id);
  }

  private async stream(
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
    const follower = subscription?.follower;
    this.begin(reply, follower ? feed.cursorOf({ seq: follower.position }) : null);
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
    await sendRefusal(
      reply,
      errors,
      presentRefusal(this.shared, 'sse', errors, localeOf(reply.request.headers['accept-language'])),
    );
  }
}
