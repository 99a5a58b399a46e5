// The usual clients, each set up as its own tutorial does, in one form: for tests that hold them all to the same.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { getMainDefinition } from '@apollo/client/utilities';
import { cacheExchange, createClient as createUrql, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange as graphcache } from '@urql/exchange-graphcache';
import { buildSchema, type ExecutionResult, introspectionFromSchema } from 'graphql';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs, type Client as WsClient, type ClientOptions } from 'graphql-ws';
import {
  commitMutation,
  Environment,
  fetchQuery,
  type FetchFunction,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
} from 'relay-runtime';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { resuming } from '../../client/src/resuming';
import { projectRoot } from '../../src/config/project-root';
import { relayArtifact } from './relay-artifacts';

const schema = buildSchema(readFileSync(join(projectRoot, 'schema.graphql'), 'utf8'));

/** Where a client connects to, and what differs between the tests. */
export interface Setup {
  /** http://host:port */
  url: string;
  token: string;
  /** Whether the client of graphql-ws or graphql-sse is wrapped in resuming(). */
  resumes?: boolean;
  /** Further options of the client of graphql-ws. */
  ws?: Partial<ClientOptions>;
}

/** One client; what it is given is what the application would be given. */
export interface UsualClient {
  ask(query: string, variables: object): Promise<any>;
  /** @param onError hears why it ended. */
  follow(
    query: string,
    variables: object,
    onData: (data: any) => void,
    onError: (error: unknown) => void,
  ): () => void;
  stop(): void;
}

/** graphql-ws as its README sets it up, but for the waits between attempts. */
export function makeWs({ url, token, resumes, ws }: Setup): WsClient {
  const client = createWs({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: () => new Promise(setImmediate),
    ...ws,
  });
  return resumes ? resuming(client) : client;
}

const post = async ({ url, token }: Setup, body: object) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as ExecutionResult;
};

type Variables = Record<string, any>;

function plainWs(setup: Setup): UsualClient {
  const client = makeWs(setup);
  const dataOf = ({ data, errors }: ExecutionResult) => {
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    ask: (query, variables) =>
      new Promise((resolve, reject) => {
        client.subscribe(
          { query, variables: variables as Variables },
          {
            next: (result) => resolve(dataOf(result as ExecutionResult)),
            error: reject,
            complete: () => undefined,
          },
        );
      }),
    follow: (query, variables, onData, error) =>
      client.subscribe(
        { query, variables: variables as Variables },
        { next: ({ data }) => onData(data), error, complete: () => undefined },
      ),
    stop: () => void client.dispose(),
  };
}

function plainSse(setup: Setup): UsualClient {
  const { url, token, resumes } = setup;
  const plain = createSse({
    url: `${url}/graphql/stream`,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: Infinity,
    retry: () => new Promise(setImmediate),
  });
  const client = resumes ? resuming(plain) : plain;
  return {
    ask: async (query, variables) => (await post(setup, { query, variables })).data,
    follow: (query, variables, onData, error) =>
      client.subscribe(
        { query, variables: variables as Variables },
        { next: ({ data }) => onData(data), error, complete: () => undefined },
      ),
    stop: () => client.dispose(),
  };
}

function apollo(setup: Setup): UsualClient {
  const ws = makeWs(setup);
  const http = new HttpLink({
    uri: `${setup.url}/graphql`,
    headers: { authorization: `Bearer ${setup.token}` },
  });
  const isSubscription = ({ query }: ApolloLink.Operation) => {
    const definition = getMainDefinition(query);
    return 'operation' in definition && String(definition.operation) === 'subscription';
  };
  const client = new ApolloClient({
    link: ApolloLink.split(isSubscription, new GraphQLWsLink(ws), http),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { cohorts: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  });
  return {
    ask: async (text, variables) => {
      const document = gql(text);
      const definition = getMainDefinition(document);
      const isMutation = 'operation' in definition && String(definition.operation) === 'mutation';
      const answer = isMutation
        ? client.mutate({ mutation: document, variables: variables })
        : // As fetchMore does: the cache has one list, and would answer the same page for ever.
          client.query({ query: document, variables: variables, fetchPolicy: 'network-only' });
      return (await answer).data;
    },
    follow: (query, variables, onData, error) => {
      const following = client
        .subscribe({ query: gql(query), variables: variables })
        .subscribe({ next: ({ data, error: failed }) => (failed ? error(failed) : onData(data)), error });
      return () => following.unsubscribe();
    },
    stop: () => {
      client.stop();
      void ws.dispose();
    },
  };
}

function urql(cache: typeof cacheExchange): (setup: Setup) => UsualClient {
  return (setup) => {
    const ws = makeWs(setup);
    const client = createUrql({
      url: `${setup.url}/graphql`,
      preferGetMethod: false,
      fetchOptions: { headers: { authorization: `Bearer ${setup.token}` } },
      exchanges: [
        cache,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: (request) => ({
            subscribe: (sink) => ({
              unsubscribe: ws.subscribe({ ...request, query: request.query ?? '' }, sink),
            }),
          }),
        }),
      ],
    });
    return {
      ask: async (text, variables) => {
        const isMutation = text.trimStart().startsWith('mutation');
        const { data, error } = await (
          isMutation ? client.mutation(text, variables) : client.query(text, variables)
        ).toPromise();
        if (error) throw error;
        return data;
      },
      follow: (query, variables, onData, onError) => {
        const following = client
          .subscription(query, variables)
          .subscribe(({ data, error }) => (error ? onError(error) : onData(data)));
        return () => following.unsubscribe();
      },
      stop: () => void ws.dispose(),
    };
  };
}

function relay(setup: Setup): UsualClient {
  const ws = makeWs(setup);
  const fetchIt: FetchFunction = async ({ text }, variables) =>
    (await post(setup, { query: text, variables })) as any;
  const network = Network.create(fetchIt, (operation, variables) =>
    Observable.create((sink: any) =>
      ws.subscribe({ operationName: operation.name, query: operation.text!, variables }, sink),
    ),
  );
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  return {
    ask: (text, variables) => {
      const artifact = relayArtifact(schema, text);
      if (artifact.params.operationKind === 'query')
        return fetchQuery(environment, artifact, variables as Variables).toPromise();
      return new Promise((resolve, reject) =>
        commitMutation(environment, {
          mutation: artifact,
          variables: variables as Variables,
          onCompleted: resolve,
          onError: reject,
        }),
      );
    },
    follow: (text, variables, onNext, onError) => {
      const subscription = relayArtifact(schema, text);
      const following = requestSubscription(environment, { subscription, variables, onNext, onError });
      return () => following.dispose();
    },
    stop: () => void ws.dispose(),
  };
}

const known = introspectionFromSchema(schema);

/** By name, those that follow subscriptions. */
export const USUAL_CLIENTS: [string, (setup: Setup) => UsualClient][] = [
  ['graphql-ws', plainWs],
  ['Apollo Client', apollo],
  ['urql', urql(cacheExchange)],
  ['urql with graphcache', urql(graphcache({ schema: known as any }))],
  ['Relay', relay],
  ['graphql-sse', plainSse],
];
