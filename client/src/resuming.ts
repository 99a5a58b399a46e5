// resuming(): lets any client of graphql-ws or graphql-sse resume its subscriptions exactly after a cut.

interface Request {
  extensions?: Record<string, unknown> | null | undefined;
}

interface Sink {
  next(result: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** A client of graphql-ws or graphql-sse, as far as it matters here. */
interface Subscriber {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each library has its own types for these
  subscribe(request: any, sink: any, ...more: any[]): () => void;
}

/**
 * Wraps a client, for use as it is and in the links of Apollo Client, urql and Relay: `resuming(createClient({ … }))`.
 * These libraries send a request again as it was whenever they reconnect. With this, the request says in
 * `extensions.after` which events were received meanwhile, so that the server sends the others only.
 * @returns the same client; only events that select `cursor` are counted as received.
 */
export function resuming<Client extends Subscriber>(client: Client): Client {
  return {
    ...client,
    subscribe: (request: Request, sink: Sink, ...more: unknown[]) => {
      const extensions: Record<string, unknown> = { ...request.extensions };
      const watched: Sink = {
        next: (result) => {
          sink.next(result);
          extensions.after = cursorIn(result) ?? extensions.after;
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      };
      return client.subscribe({ ...request, extensions }, watched, ...more);
    },
  };
}

/** The cursor of the event in a result. */
function cursorIn(result: unknown): unknown {
  const { data } = result as { data?: Record<string, { cursor?: unknown } | null> | null };
  return Object.values(data ?? {})[0]?.cursor;
}
