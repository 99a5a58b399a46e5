// canbo-client: subscriptions to Canbo that lose and repeat no event, over one WebSocket, resumed with their cursors.
import { type Document, textOf, type TypedDocument } from './document.js';
import { endingOf } from './ending.js';
import { Following } from './following.js';
import { Line, type LineOptions } from './line.js';
import type { Observable, Status } from './status.js';

export type { Document, Observable, Status, TypedDocument };
export { resuming } from './resuming.js';

/** Persistent storage for cursors. */
export interface CursorStore {
  load(key: string): Promise<string | null | undefined> | string | null | undefined;
  save(key: string, cursor: string): Promise<void> | void;
}

export interface CanboClientOptions extends LineOptions {
  cursorStore?: CursorStore;
}

export interface SubscribeOptions<T> {
  /** Called with one event at a time. The cursor advances when it resolves; an error ends the subscription. */
  onEvent(data: T): Promise<unknown> | void;
  /**
   * Called when missed events are no longer kept, or the event log is another one. Read `latestCursor`, then refetch,
   * and return the cursor. It is retried a few times when it fails. Without it, the subscription ends with the error.
   */
  onExpired?(): Promise<string> | string;
  /** Called when the subscription has ended and will not reconnect. */
  onError?(error: unknown): void;
  /** Resume after this cursor; by default after the stored one, or else from now on. */
  after?: string | null;
  /** The key of its cursor in the store; without one the cursor is not stored. */
  key?: string;
}

export interface Subscription {
  /** Delivers no further event; resolves when the current one has been handled. */
  stop(): Promise<void>;
  /** The cursor up to which every event has been handled. */
  readonly cursor: string | null;
}

export interface CanboClient {
  /** How the connection is. */
  readonly status: Observable<Status>;
  /**
   * Starts a subscription. Its document declares `$after: EventCursor`, passes it to the field, and selects `cursor`.
   * @throws Error for a document that does not declare `$after`: it could not be resumed.
   */
  subscribe<T = Record<string, unknown>, V = Record<string, unknown>>(
    document: Document<T, V>,
    variables: Omit<V, 'after'>,
    options: SubscribeOptions<T>,
  ): Subscription;
  /**
   * Asks or changes something over the same socket.
   * @returns the data. @throws the errors of the answer as an array, or why the connection ended.
   */
  query<T = Record<string, unknown>, V = Record<string, unknown>>(
    document: Document<T, V>,
    variables: V,
  ): Promise<T>;
}

/** Makes a client for a server. It connects only for a subscription or a query. */
export function createCanboClient({ cursorStore, ...options }: CanboClientOptions): CanboClient {
  const line = new Line(options);
  return {
    status: line.status,
    subscribe: (document, variables, how) => {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- the compiler needs it
      const query = textOf(document as Document<never, never>);
      if (!/\$after\b/.test(query)) {
        throw new Error('Declare `$after: EventCursor` and pass it to the field: it is how to resume.');
      }
      return new Following(line, cursorStore, query, variables, how);
    },
    query: <T>(document: unknown, variables: unknown) =>
      new Promise<T>((resolve, reject) => {
        const query = textOf(document as Document<never, never>);
        const release = line.hold();
        line.send<T>(
          { query, variables: variables as Record<string, unknown> },
          {
            next: ({ data, errors }) => {
              // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as graphql-ws itself passes them
              if (errors?.length) reject(errors);
              else resolve(data as T);
            },
            error: (error) => {
              release(endingOf(error).kind === 'refused' ? error : undefined);
              // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as graphql-ws itself passes them
              reject(error);
            },
            complete: () => {
              release();
              reject(new Error('The server sent no answer.'));
            },
          },
        );
      }),
  };
}
