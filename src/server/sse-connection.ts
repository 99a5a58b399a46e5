// One stream of server-sent events as a connection: how it is pinged, ended and cut off.
import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { callerKey } from '../access/caller';
import { apiError, RETRY } from '../graphql/errors';
import type { Caller, Services } from '../operation/context';
import { Connection } from './connection';
import { SseWriter } from './sse-writer';

const GOING_AWAY_MS = 5_000;

/** One stream. */
export class StreamConnection extends Connection {
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

/** Ends a stream, also for a client that does not read its last bytes. */
export function endSoon(response: ServerResponse): void {
  response.end();
  const impatience = setTimeout(() => response.destroy(), GOING_AWAY_MS);
  response.once('close', () => clearTimeout(impatience));
}

/** A caller holds as many streams and sockets as are allowed. */
export function tooMany(allowed: number): GraphQLError {
  return apiError('RATE_LIMITED', `You hold ${allowed} sockets and streams, the most you may: close one.`, {
    limit: 'socketsPerCaller',
    allowed,
    retryAfter: RETRY.end,
  });
}
