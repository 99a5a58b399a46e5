// What the transports of a server share: HTTP, WebSocket and server-sent events.
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Caller } from '../operation/context';
import type { Operation, Shared } from '../operation/operation';
import type { RegisteredDocuments } from '../operation/registered';
import type { Connections } from './connections';
import type { Intake } from './intake';
import type { Metrics } from './metrics';
import type { Origins } from './origins';

/** Answer to requests that still come over a connection that was kept alive. */
export const STOPPING = 'This process is stopping: ask again.';

export interface Transports extends Shared {
  logger: Logger;
  connections: Connections;
  metrics: Metrics;
  intake: Intake;
  origins: Origins;
  registered: RegisteredDocuments;
}

/** What operations need of the HTTP request they come in. */
export interface Requests {
  /** @throws UNAUTHENTICATED, UNAVAILABLE */
  callerOf(request: FastifyRequest): Promise<Caller>;
  /** How much memory a request takes. */
  bytesOf(request: FastifyRequest): number;
  /** Ends an operation before its answer is sent, or when its connection closes. */
  endWith(request: FastifyRequest, response: ServerResponse, operation: Operation): void;
}
