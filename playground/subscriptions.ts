// Subscriptions that run on the page: each with its state and the events it was sent, whatever tab is open.
import { createClient } from 'graphql-ws';
import { Store } from './store';

/** So many events of a subscription are kept. */
export const KEPT = 200;

export type State = 'listening' | 'reconnecting' | 'ended' | 'failed';

export interface Arrived {
  number: number;
  at: Date;
  /** What it is about, as far as the event says: its kind and a code or name. */
  title: string;
  result: unknown;
}

export interface Subscription {
  name: string;
  state: State;
  count: number;
  /** The newest first. */
  events: Arrived[];
  stop: () => void;
}

export interface Sink {
  next: (result: unknown) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

interface Request {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown>;
}

export const subscriptions = new Store<readonly Subscription[]>([]);

const change = (subscription: Subscription, changes: Partial<Subscription>) => {
  Object.assign(subscription, changes);
  subscriptions.set([...subscriptions.value]);
};

export function remove(subscription: Subscription): void {
  subscription.stop();
  subscriptions.set(subscriptions.value.filter((each) => each !== subscription));
}

/**
 * Subscribes on a connection of its own, so that the headers are those of the tab that started it. One that runs under
 * the same name ends.
 * @returns what stops it.
 */
export function start(request: Request, headers: Headers, sink: Sink): Subscription {
  const name = request.operationName ?? 'subscription';
  subscriptions.value.filter((each) => each.name === name).forEach(remove);
  const variables = { ...request.variables };
  const client = createClient({
    url: new URL('/graphql', location.href.replace(/^http/, 'ws')).href,
    connectionParams: {
      acceptLanguage: headers.get('accept-language'),
      ...(headers.has('authorization') && { authorization: headers.get('authorization') }),
    },
    retryAttempts: Infinity,
    // 4403: the token is refused or expired; a retry would only hide that.
    shouldRetry: (event) => event instanceof CloseEvent && event.code !== 4403,
    on: {
      connected: () => change(subscription, { state: 'listening' }),
      closed: () => subscription.state === 'listening' && change(subscription, { state: 'reconnecting' }),
    },
  });
  const subscription: Subscription = {
    name,
    state: 'listening',
    count: 0,
    events: [],
    stop: () => undefined,
  };
  const stop = client.subscribe<Record<string, unknown>>(
    { query: request.query, operationName: request.operationName, variables },
    {
      next(result) {
        const event = Object.values(result.data ?? {})[0] as { cursor?: string } | null | undefined;
        // graphql-ws sends these variables again when it reconnects: advance `after`, so that it resumes.
        if ('after' in variables && event?.cursor) variables.after = event.cursor;
        const count = subscription.count + 1;
        const arrived = { number: count, at: new Date(), title: titleOf(event), result };
        change(subscription, { count, events: [arrived, ...subscription.events].slice(0, KEPT) });
        sink.next(result);
      },
      error(error) {
        const told =
          error instanceof CloseEvent
            ? { message: `Connection closed: ${error.code} ${error.reason}`.trim() }
            : error;
        const arrived = { number: subscription.count, at: new Date(), title: messageOf(told), result: told };
        change(subscription, { state: 'failed', events: [arrived, ...subscription.events] });
        sink.error(told);
      },
      complete() {
        if (subscription.state !== 'failed') change(subscription, { state: 'ended' });
        sink.complete();
      },
    },
  );
  subscription.stop = stop;
  subscriptions.set([subscription, ...subscriptions.value]);
  return subscription;
}

const messageOf = (error: unknown): string =>
  (Array.isArray(error) ? (error as { message: string }[]) : [error as { message?: string }])
    .map(({ message }) => message)
    .join('; ');

/** @returns the kind of an event, and the code or name of the first record in it that has one. */
function titleOf(event: object | null | undefined): string {
  const fields = Object.values(event ?? {}) as unknown[];
  const records = fields.filter((value): value is Record<string, unknown> => value instanceof Object);
  const name = records.flatMap(({ code, name }) => [code, name]).find((value) => typeof value === 'string');
  return [(event as { kind?: string } | null)?.kind, name].filter(Boolean).join(' · ');
}
