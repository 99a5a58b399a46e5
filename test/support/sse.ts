// Test client for server-sent events: misses none, can hold still, and does not reconnect by itself.
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { Role } from '../../src/access/policy';
import { tokenFor } from './server';

export interface StreamRequest {
  query: string;
  variables?: object;
  as?: Role | null;
  token?: string;
  lastEventId?: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Reads nothing of the body. */
  idle?: boolean;
}

/** What came between two blank lines; comments are left out. */
export interface Sent {
  event?: string;
  id?: string;
  data?: any;
}

export interface Stream {
  status: number;
  headers: IncomingMessage['headers'];
  /** The next event, or the next id without one. Null when the stream has ended. */
  next(): Promise<Sent | null>;
  /** The next event, whatever ids come before it. */
  nextEvent(): Promise<Sent | null>;
  /** The whole body, of an answer that is no stream. */
  body(): Promise<any>;
  /** Resolves when the connection is gone. */
  closed: Promise<void>;
  response: IncomingMessage;
  cut(): void;
}

/** Asks for a stream; an administrator by POST when nothing is said. */
export async function openStream(url: string, how: StreamRequest): Promise<Stream> {
  const { query, variables = {}, as = Role.ADMINISTRATOR, method = 'POST', lastEventId } = how;
  const token = how.token ?? (as && (await tokenFor(as)));
  const address = new URL(`${url}/graphql/stream`);
  if (method === 'GET') {
    address.searchParams.set('query', query);
    address.searchParams.set('variables', JSON.stringify(variables));
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asking = request(
      address,
      {
        method,
        agent: false,
        headers: {
          accept: 'text/event-stream',
          'accept-language': 'en',
          ...(method === 'POST' && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
          ...how.headers,
        },
      },
      resolve,
    );
    asking.on('error', reject);
    asking.end(method === 'POST' ? JSON.stringify({ query, variables }) : undefined);
  });
  response.on('error', () => undefined); // a cut is what `closed` tells of
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  const messages = how.idle ? null : messagesOf(response);
  const next = async () => (await messages!.next()).value ?? null;
  return {
    status: response.statusCode!,
    headers: response.headers,
    response,
    closed,
    cut: () => response.destroy(),
    next,
    nextEvent: async () => {
      let sent = await next();
      while (sent && !sent.event) sent = await next();
      return sent;
    },
    body: async () => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      return JSON.parse(Buffer.concat(parts).toString());
    },
  };
}

async function* messagesOf(response: IncomingMessage): AsyncGenerator<Sent, void> {
  let sent: Record<string, string> = {};
  for await (const line of createInterface({ input: response })) {
    const [, field, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field) sent = { ...sent, [field]: value };
    else if (line === '' && Object.keys(sent).length > 0) {
      // Only now: what is cut off in the middle counts for nothing.
      const { data, ...rest } = sent;
      yield { ...rest, ...(data !== undefined && { data: data ? JSON.parse(data) : null }) };
      sent = {};
    }
  }
}
