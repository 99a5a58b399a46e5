// Server-sent events in graphql-sse's mode of a single connection: a client reserves one stream, and starts and ends its
// subscriptions by requests beside it, because browsers open six connections to a host over HTTP/1.1.
//
// PUT makes a reservation and answers its token; GET with that token opens the stream, once; POST starts a subscription on
// it and DELETE ends one. The token comes in a header or, for EventSource, in the address of the GET.
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { callerKey } from '../access/caller';
import { apiError, badInput, RETRY } from '../graphql/errors';
import { Tally } from '../lib/tally';
import type { Caller } from '../operation/context';
import type { EncodedResult } from '../operation/encoded-result';
import { assertShort } from '../operation/inputs';
import { Operation } from '../operation/operation';
import { lastEventId, readRequest } from './sse-request';
import { type StreamConnection, tooMany } from './sse-connection';
import { Subscription } from './subscription';
import type { Requests, Transports } from './transport';

const TOKEN_HEADER = 'x-graphql-event-stream-token';
const TOKEN_BYTES = 32;

/** A subscription from its POST on. */
interface Started {
  ended: boolean;
  subscription: Subscription | null;
}

/** A stream that was reserved, and is open once it has a connection. */
interface Reservation {
  readonly caller: Caller;
  connection: StreamConnection | null;
  readonly started: Map<string, Started>;
  /** Gives up what it counts, and forgets it. */
  forget(): void;
}

/** What opens streams, of both modes. */
interface StreamHost {
  /** @throws RATE_LIMITED */
  connect(caller: Caller, response: ServerResponse): StreamConnection;
  begin(reply: FastifyReply): void;
}

/** Whether a request is of this mode. */
export function isSingle(request: FastifyRequest): boolean {
  return request.method === 'PUT' || request.method === 'DELETE' || tokenOf(request) !== undefined;
}

export class SingleStreams {
  private readonly reserved = new Map<string, Reservation>();
  private readonly count: Tally;

  constructor(
    private readonly shared: Transports,
    private readonly requests: Requests,
    private readonly streams: StreamHost,
  ) {
    this.count = new Tally(shared.limits.socketsPerCaller);
  }

  /** Answers a request of this mode. @returns errors of a subscription that was refused. */
  async handle(request: FastifyRequest, reply: FastifyReply) {
    const caller = await this.requests.callerOf(request);
    if (request.method === 'PUT') return this.reserve(caller, reply);
    const reservation = this.find(request, caller);
    if (request.method === 'GET') return this.open(reservation, reply);
    if (request.method === 'DELETE') return this.end(reservation, request, reply);
    return this.start(reservation, request, reply);
  }

  /** @throws RATE_LIMITED */
  private async reserve(caller: Caller, reply: FastifyReply): Promise<void> {
    const { limits } = this.shared;
    const give = this.count.take(callerKey(caller), 1);
    if (!give) throw tooMany(limits.socketsPerCaller);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const unused = setTimeout(() => reservation.connection ?? reservation.forget(), limits.initMs);
    const reservation: Reservation = {
      caller,
      connection: null,
      started: new Map(),
      forget: () => {
        clearTimeout(unused);
        if (this.reserved.delete(token)) give();
      },
    };
    this.reserved.set(token, reservation);
    await reply.status(201).type('text/plain; charset=utf-8').send(token);
  }

  /**
   * EventSource cannot send who it is: the token of the reservation stands for its caller, for a GET and no other.
   * @throws BAD_USER_INPUT (404), FORBIDDEN
   */
  private find(request: FastifyRequest, caller: Caller): Reservation {
    const reservation = this.reserved.get(tokenOf(request) ?? '');
    if (!reservation) {
      const message = `There is no stream of this token: reserve one with PUT, and open it within ${this.shared.limits.initMs / 1000} s.`;
      throw apiError('BAD_USER_INPUT', message, { http: { status: 404 } });
    }
    const isNameless = request.method === 'GET' && caller.identity === null;
    if (!isNameless && callerKey(caller) !== callerKey(reservation.caller)) {
      throw apiError('FORBIDDEN', 'Another caller has reserved this stream.', { http: { status: 403 } });
    }
    return reservation;
  }

  private open(reservation: Reservation, reply: FastifyReply): void {
    if (reservation.connection) throw conflict('This stream is open already: each reservation is for one.');
    const connection = this.streams.connect(reservation.caller, reply.raw);
    reservation.connection = connection;
    reply.raw.once('close', () => {
      reservation.forget();
      for (const each of reservation.started.values()) finish(each);
    });
    this.streams.begin(reply);
  }

  private async end({ started }: Reservation, { query }: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { operationId } = query as { operationId?: unknown };
    const ended = typeof operationId === 'string' ? started.get(operationId) : undefined;
    if (ended) finish(ended); // one that is over by itself was ended as well
    await reply.status(200).send();
  }

  /** @returns errors, when the subscription was refused. */
  private async start(reservation: Reservation, request: FastifyRequest, reply: FastifyReply) {
    const { shared, requests } = this;
    const { connection, started, caller } = reservation;
    if (!connection) throw conflict('Open the stream with GET before subscriptions are started on it.');
    const id = operationIdOf(request);
    this.assertMayStart(started, id);
    const own: Started = { ended: false, subscription: null };
    started.set(id, own);
    const forget = () => started.get(id) === own && started.delete(id);
    try {
      const arrival = {
        transport: 'sse' as const,
        caller,
        bytes: requests.bytesOf(request),
        connection: reply.raw,
      };
      const operation = await Operation.enter(shared, arrival);
      requests.endWith(request, reply.raw, operation);
      const errors = operation.read(readRequest(request));
      if (errors) return errors;
      if (operation.kind !== OperationTypeNode.SUBSCRIPTION) {
        throw badInput('Only subscriptions are served here: send the others to /graphql.');
      }
      await operation.charge();
      const after = lastEventId(request);
      if (after !== undefined) operation.chargeReplay();
      const results = await shared.connections.subscribe(
        operation.args,
        connection,
        after === undefined ? [] : [after],
      );
      if (!(results instanceof Subscription) && !isToRefetch(results.errors)) return results.errors ?? [];
      own.subscription = results instanceof Subscription ? results : null;
      await reply.status(202).send();
      if (own.ended || !connection.writer.isOpen) return void own.subscription?.return();
      operation.count(
        results instanceof Subscription
          ? undefined
          : [operation.present(results)].flatMap(({ errors: e }) => e ?? []),
      );
      void this.pump(
        id,
        own,
        connection,
        results instanceof Subscription ? results : [operation.present(results)],
      ).finally(forget);
      return undefined;
    } finally {
      if (!own.subscription || own.ended) forget();
    }
  }

  /** Writes the results of one subscription to the stream of all. */
  private async pump(
    id: string,
    own: Started,
    { writer }: StreamConnection,
    results: Subscription | [EncodedResult],
  ): Promise<void> {
    try {
      for await (const result of results) if (own.ended || !(await writer.nextOf(id, result))) return;
      writer.completeOf(id);
    } catch (error) {
      this.shared.logger.error({ err: error }, 'SSE subscription failed');
      writer.destroy();
    }
  }

  /** @throws BAD_USER_INPUT (409), RATE_LIMITED */
  private assertMayStart(started: ReadonlyMap<string, Started>, id: string): void {
    const { operationsPerSocket: allowed } = this.shared.limits;
    if (started.has(id)) throw conflict('A subscription of this operationId is open: give each its own.');
    if (started.size < allowed) return;
    throw apiError(
      'RATE_LIMITED',
      `This stream carries ${allowed} subscriptions, the most it may: end one.`,
      {
        limit: 'operationsPerSocket',
        allowed,
        retryAfter: RETRY.end,
      },
    );
  }
}

function finish(started: Started): void {
  started.ended = true;
  void started.subscription?.return();
}

/** Told in the stream, as in the other mode: the client must query again. */
function isToRefetch(errors: readonly { extensions: { code?: unknown } }[] | undefined): boolean {
  return (
    errors?.some(({ extensions: { code } }) => code === 'CURSOR_EXPIRED' || code === 'CURSOR_INVALID') ??
    false
  );
}

function tokenOf({ headers, query }: FastifyRequest): string | undefined {
  const { token } = query as { token?: unknown };
  return [headers[TOKEN_HEADER]].flat()[0] ?? (typeof token === 'string' ? token : undefined);
}

/** @throws BAD_USER_INPUT */
function operationIdOf({ body }: FastifyRequest): string {
  const { extensions } = (body ?? {}) as { extensions?: { operationId?: unknown } };
  const id = extensions?.operationId;
  if (typeof id !== 'string' || id === '')
    throw badInput('`extensions.operationId` must name the subscription.');
  assertShort(id, 'The id of the operation');
  return id;
}

const conflict = (message: string) => apiError('BAD_USER_INPUT', message, { http: { status: 409 } });
