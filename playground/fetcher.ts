// Fetcher of GraphiQL: HTTP for queries and mutations, a WebSocket for subscriptions, which outlive a change of tabs.
import { getOperationAST, parse } from 'graphql';
import type { GraphiQLProps } from 'graphiql';
import type { ExecutionResult } from 'graphql-ws';
import { headersOf, language } from './session';
import { type Sink, start } from './subscriptions';
import { Store } from './store';
import { WORDS } from './words';

type Fetcher = GraphiQLProps['fetcher'];
type Params = Parameters<Fetcher>[0];

const endpoint = '/graphql';
/** The number of the tab that is open. */
export const openTab = new Store(0);

function operationOf({ query, operationName }: Params) {
  try {
    const document = parse(query);
    return getOperationAST(document) ?? getOperationAST(document, operationName);
  } catch {
    return null; // the server reports syntax errors
  }
}

export async function post(params: Params, own?: Record<string, string>): Promise<ExecutionResult> {
  const headers = headersOf(own);
  headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
  headers.set('content-type', 'application/json');
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(params) });
  return (await response.json()) as ExecutionResult;
}

/** @returns what GraphiQL calls when its tab is left or the button is pressed; only the latter stops the subscription. */
function subscribe(params: Params, own: Record<string, string> | undefined, sink: Sink): () => void {
  // Null when its tab was left: GraphiQL would write what arrives into the tab that is open.
  let target: Sink | null = sink;
  const subscription = start({ ...params, variables: { ...(params.variables as object) } }, headersOf(own), {
    next: (result) => target?.next(result),
    error: (error) => target?.error(error),
    complete: () => target?.complete(),
  });
  sink.next({ [WORDS[language.value].live]: WORDS[language.value].seeBelow });
  return () => {
    target = null;
    const tab = openTab.value;
    setTimeout(() => tab === openTab.value && subscription.stop()); // GraphiQL tells of another tab right after this
  };
}

export const fetcher: Fetcher = (params, options) => {
  const operation = operationOf(params);
  // Right after switching tabs GraphiQL still passes the other tab's operation name.
  const named = { ...params, operationName: operation?.name?.value ?? params.operationName };
  const headers = options?.headers ?? undefined;
  if (String(operation?.operation) !== 'subscription') return post(named, headers);
  return {
    subscribe: (sink: Sink) => ({ unsubscribe: subscribe(named, headers, sink) }),
  } as ReturnType<Fetcher>;
};
