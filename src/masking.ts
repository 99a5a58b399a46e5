// What does a caller see of an error? What they can act on; of a bug, only a reference to the logs.
import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';

/** Codes of errors that are meant for the caller. */
const TOLD = new Set([
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'CURSOR_EXPIRED',
  'CURSOR_INVALID',
]);

export type Present = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** How errors leave the server, on HTTP and WebSocket alike; bugs are logged whole under a reference. */
export function presentErrors(logger: Logger): Present {
  return (formatted, error) => {
    const { http: _http, stacktrace: _stacktrace, ...extensions } = formatted.extensions ?? {};
    const code = codeOf(formatted, error);
    if (code) return { ...formatted, extensions: { ...extensions, code } };
    const reference = randomUUID();
    const cause = (error instanceof GraphQLError && error.originalError) || error;
    logger.error({ err: cause, reference, path: formatted.path?.join('.') }, 'a bug answered an operation');
    return {
      message: `Internal server error. Reference: ${reference}`,
      locations: formatted.locations,
      path: formatted.path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
    };
  };
}

function codeOf(formatted: GraphQLFormattedError, error: unknown): string | null {
  const code = formatted.extensions?.code;
  if (typeof code === 'string' && TOLD.has(code)) return code;
  // Over WebSocket graphql-js reports bad documents and variables without a code, and without a cause.
  const own =
    error instanceof GraphQLError && (!error.originalError || error.originalError instanceof GraphQLError);
  return own && code === undefined && formatted.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : null;
}
