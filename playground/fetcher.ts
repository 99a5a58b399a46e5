// Fetcher of GraphiQL: HTTP for queries and mutations, a WebSocket for subscriptions.

import { getOperationAST, parse } from 'graphql';
import type { GraphiQLProps } from 'graphiql';
import { createClient, type ExecutionResult } from 'graphql-ws';

type Fetcher = GraphiQLProps['fetcher'];
type Params = Parameters<Fetcher>[0];

interface Sink {
  next: (result: unknown) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

const endpoint = '/graphql';

function operationOf({ query, operationName }: Params) {
  try {
    const document = parse(query);
    return getOperationAST(document) ?? getOperationAST(document, operationName);
  } catch {
    return null; // the server reports syntax errors
  }
}

export async function post(params: Params, headers: Record<string, string> = {}): Promise<ExecutionResult> {
  const sent = new Headers(headers);
  sent.set('accept', 'application/graphql-response+json, application/json;q=0.9');
  sent.set('content-type', 'application/json');
  const response = await fetch(endpoint, { method: 'POST', headers: sent, body: JSON.stringify(params) });
  return (await response.json()) as ExecutionResult;
}

/** Subscribes on a connection of its own, so that the headers are those of the tab that started it. */
function subscribe(params: Params, headers: Record<string, string>, sink: Sink) {
  const authorization = new Headers(headers).get('authorization');
  const client = createClient({
    url: new URL(endpoint, location.href.replace(/^http/, 'ws')).href,
    connectionParams: authorization ? { authorization } : {},
    // 4403: the token is refused or expired; a retry would only hide that.
    shouldRetry: (event) => event instanceof CloseEvent && event.code !== 4403,
  });
  const variables = { ...(params.variables as Record<string, unknown> | undefined) };
  // Null when stopped: a client that waits to reconnect completes late, and GraphiQL would take that for the end of the
  // next subscription.
  let target: Sink | null = sink;
  const stop = client.subscribe<Record<string, unknown>>(
    { ...params, variables },
    {
      next(result) {
        // graphql-ws sends these variables again when it reconnects: advance `after`, so that it resumes.
        const event = Object.values(result.data ?? {})[0] as { cursor?: string } | null | undefined;
        if ('after' in variables && event?.cursor) variables.after = event.cursor;
        target?.next(result);
      },
      error(error) {
        const closed = error instanceof CloseEvent;
        target?.error(
          closed ? { message: `Connection closed: ${error.code} ${error.reason}`.trim() } : error,
        );
      },
      complete: () => target?.complete(),
    },
  );
  return () => {
    target = null;
    stop();
  };
}

export const fetcher: Fetcher = (params, options) => {
  const operation = operationOf(params);
  // Right after switching tabs GraphiQL still passes the other tab's operation name.
  const named = { ...params, operationName: operation?.name?.value ?? params.operationName };
  const headers = options?.headers ?? {};
  if (String(operation?.operation) !== 'subscription') return post(named, headers);
  return {
    subscribe: (sink: Sink) => ({ unsubscribe: subscribe(named, headers, sink) }),
  } as ReturnType<Fetcher>;
};
