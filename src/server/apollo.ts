// HTTP adapter of the life of an operation: Apollo Server as the front door, with one plugin that calls its steps.
import type { ServerResponse } from 'node:http';
import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type DocumentNode, GraphQLError, Kind, OperationTypeNode } from 'graphql';
import { isAway } from '../database/away';
import type { Feed } from '../events/feed';
import { apiError } from '../graphql/errors';
import type { Context } from '../operation/context';
import { Operation } from '../operation/operation';
import { boundErrors, type Present, withCost } from '../operation/present';
import { STREAM_PATH } from './paths';
import { registeredBy } from './registered-requests';
import { chosenType, GRAPHQL_RESPONSE } from './request-head';
import type { Requests, Transports } from './transport';

/** What Apollo passes from the request to the plugin, which puts the operation's own context in its place. */
interface HttpContext {
  operation: Operation;
  response: ServerResponse;
  /** How far the event log must be there to read. */
  after: number;
  /** The hash under which the client registers its document. */
  registers: string | undefined;
}

/** Serves queries and mutations. @param endUnread ends the connection of an answer that is not read. */
export async function serveApollo(
  app: FastifyInstance,
  path: string,
  shared: Transports,
  requests: Requests,
  endUnread: (response: ServerResponse) => void,
): Promise<void> {
  const apollo = new ApolloServer<HttpContext>({
    schema: shared.schema,
    logger: shared.logger,
    introspection: true, // unless a rule of the admission forbids it, with the same message on all transports
    csrfPrevention: false, // request-head.ts refuses more precisely, and before an operation is begun
    allowBatchedHttpRequests: false,
    persistedQueries: false, // not needed, and a cache for strangers could be filled by them
    documentStore: null, // the admission keeps some, for all transports
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: shared.present,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      fastifyApolloDrainPlugin(app),
      lifeOfAnOperation(shared.present, endUnread),
    ],
  });
  await apollo.start();
  await app.register(fastifyApollo(apollo), {
    path,
    method: ['GET', 'POST'],
    context: async (request, { raw: response }) => {
      const caller = await requests.callerOf(request);
      const after = readAfter(request, shared.services.feed);
      const bytes = requests.bytesOf(request);
      const arrival = { transport: 'http' as const, caller, bytes, connection: response };
      const operation = await Operation.enter(shared, arrival);
      requests.endWith(request, response, operation);
      return { operation, response, after, registers: registeredBy(request) };
    },
  });
}

/** What Apollo is given instead of a document that was refused, so that it does not read it once more. */
const NOTHING: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };
const SERVED_ELSEWHERE =
  'Subscriptions are served over WebSocket, at this same address with the protocol graphql-transport-ws, and as ' +
  `server-sent events at ${STREAM_PATH}.`;
/** Of the specification of GraphQL over HTTP: it has a result, and errors beside it. */
const PARTIAL_SUCCESS = 294;

const lifeOfAnOperation = (
  present: Present,
  endUnread: (response: ServerResponse) => void,
): ApolloServerPlugin<HttpContext> => ({
  requestDidStart: ({ contextValue: { operation, response, after, registers } }) => {
    let refused: readonly GraphQLError[] | null = null;
    return Promise.resolve({
      didResolveSource: (context) => {
        const { operationName, variables } = context.request;
        refused = operation.read({ query: context.source, operationName, variables, registers });
        // Apollo neither parses nor validates where there is a document already.
        Object.assign(context, { document: refused ? NOTHING : operation.args.document });
        return Promise.resolve();
      },
      didResolveOperation: async (context) => {
        if (refused) return;
        if (operation.kind === OperationTypeNode.SUBSCRIPTION)
          throw apiError('BAD_USER_INPUT', SERVED_ELSEWHERE, { http: { status: 400 } });
        await operation.charge();
        const contextValue: Context = await operation.open(after).catch(asUnavailable);
        contextValue.answer.over(response, () => endUnread(response));
        Object.assign(context, { contextValue });
      },
      responseForOperation: () => {
        if (!refused) return Promise.resolve(null);
        const errors = refused.map((each) => {
          const error = operation.said(each);
          return present(error.toJSON(), error);
        });
        const http = { status: 400, headers: new HeaderMap() };
        return Promise.resolve({ http, body: { kind: 'single' as const, singleResult: { errors } } });
      },
      // Before each error is presented; Apollo presents those of this list.
      didEncounterErrors: ({ errors }) => {
        (errors as GraphQLError[]).splice(
          0,
          errors.length,
          ...boundErrors(errors.map((error) => operation.said(error))),
        );
        return Promise.resolve();
      },
      willSendResponse: async (context) => {
        const failure = await operation.close();
        if (failure) fail(context, operation.said(failure), present);
        const { body } = context.response;
        const result = body.kind === 'single' ? body.singleResult : null;
        if (result) Object.assign(result, withCost(result.extensions, operation.cost));
        operation.count(result?.errors);
        if (result?.errors && 'data' in result) tellPartial(context);
      },
    });
  },
});

/** Only where the type tells clients and proxies that it is a result of GraphQL, whatever its status. */
function tellPartial({ request, response: { http } }: GraphQLRequestContext<HttpContext>): void {
  const accept = request.http?.headers.get('accept');
  if ((http.status ?? 200) !== 200 || chosenType(accept) !== GRAPHQL_RESPONSE) return;
  http.status = PARTIAL_SUCCESS;
}

/** Puts an error in the place of an answer that cannot be sent. */
function fail(
  { response }: GraphQLRequestContext<HttpContext>,
  failure: GraphQLError,
  present: Present,
): void {
  const { body, http } = response;
  if (body?.kind !== 'single') return;
  body.singleResult = { data: null, errors: [present(failure.toJSON(), failure)] };
  const head = failure.extensions.http as { status: number; headers: Map<string, string> } | undefined;
  if (head) http.status = head.status;
  head?.headers.forEach((value, name) => http.headers.set(name, value));
}

/** @throws the error, with the status for an answer of which nothing was read yet when the database is away. */
function asUnavailable(error: Error): never {
  if (!isAway(error)) throw error;
  throw new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 503 } } });
}

/** How far the event log must be there to read: the header `canbo-after`, with the cursor of a payload. */
function readAfter({ headers }: FastifyRequest, feed: Feed): number {
  const cursor = [headers['canbo-after']].flat()[0];
  if (cursor === undefined) return 0;
  try {
    return feed.seqOf(cursor);
  } catch {
    throw apiError('CURSOR_INVALID', 'The header canbo-after holds no cursor of this registry.', {
      http: { status: 400 },
    });
  }
}
