// Test client for subscriptions over WebSocket: every message received is queued until the test asks for it.
import { type Client, createClient, type ExecutionResult } from 'graphql-ws';
import WebSocket from 'ws';
import { Role } from '../../src/access/policy';
import { tokenFor } from './server';

export interface LiveOptions {
  as?: Role | null;
  token?: string;
  language?: string;
  /** Called with the payload of each ping. */
  onPing?: (payload: Record<string, unknown> | undefined) => void;
}

export interface LiveClient {
  /** Subscribes; resolves once the server has had the request. */
  subscribe<T = Record<string, any>>(query: string, variables?: object): Subscriber<T>;
  /** Resolves with code and reason when the server closes the socket. */
  closed: Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
}

export interface Subscriber<T> {
  /** The next result, in the order of arrival. Fails after two minutes, so that a lost event is reported as one. */
  next(): Promise<ExecutionResult<T>>;
  /** The next result's data; fails on errors. */
  nextData(): Promise<T>;
  /** What has arrived and was not asked for yet. */
  waiting(): ExecutionResult<T>[];
  /** Resolves when the server ends the subscription; rejects with what it ended with. */
  ended: Promise<void>;
  stop(): void;
}

/** Long enough for a machine that is busy with something else. */
const LONGEST_WAIT_MS = 120_000;

/** Opens one socket. It does not reconnect: a test says itself when to resume, and from where. */
export async function connect(url: string, options: LiveOptions = {}): Promise<LiveClient> {
  const { as = Role.ADMINISTRATOR, language = 'en' } = options;
  const token = options.token ?? (as && (await tokenFor(as)));
  let tellClosed: (how: { code: number; reason: string }) => void;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => (tellClosed = resolve));
  const client: Client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: true,
    connectionParams: { ...(token && { authorization: `Bearer ${token}` }), acceptLanguage: language },
    on: {
      closed: (event) => tellClosed(event as { code: number; reason: string }),
      ping: (received, payload) => received && options.onPing?.(payload),
    },
  });
  return {
    closed,
    subscribe: (query, variables = {}) => subscribe(client, query, variables),
    close: async () => {
      await client.dispose();
    },
  };
}

function subscribe<T>(client: Client, query: string, variables: object): Subscriber<T> {
  const arrived: ExecutionResult<T>[] = [];
  const askers: ((result: ExecutionResult<T>) => void)[] = [];
  let stop: () => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    stop = client.subscribe<T>(
      { query, variables: variables as Record<string, unknown> },
      {
        next: (result) => {
          const asker = askers.shift();
          if (asker) asker(result as ExecutionResult<T>);
          else arrived.push(result as ExecutionResult<T>);
        },
        error: reject,
        complete: resolve,
      },
    );
  });
  ended.catch(() => undefined);
  const next = async (): Promise<ExecutionResult<T>> => {
    const waiting = arrived.shift();
    if (waiting) return waiting;
    let timer: NodeJS.Timeout | undefined;
    const arrival = new Promise<ExecutionResult<T>>((resolve, reject) => {
      askers.push(resolve);
      timer = setTimeout(() => reject(new Error('No event arrived.')), LONGEST_WAIT_MS);
      ended.then(
        () => reject(new Error('The subscription ended.')),
        (error: unknown) => reject(error instanceof Error ? error : new Error(JSON.stringify(error))),
      );
    });
    return arrival.finally(() => clearTimeout(timer));
  };
  return {
    next,
    nextData: async () => {
      const { data, errors } = await next();
      if (errors || !data) throw new Error(JSON.stringify(errors));
      return data;
    },
    waiting: () => [...arrived],
    ended,
    stop: () => stop(),
  };
}
