// Presentation of errors: what a caller can act on is sent; of a bug only a reference to the log.
import { randomUUID } from 'node:crypto';
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { isAway } from '../database/away';
import { apiError, ERROR_CODES } from '../graphql/errors';
import { LIMITS } from '../config/limits';

/** Codes of errors that are meant for the caller; a bug is given its own below. */
const PUBLIC = new Set<string>(Object.keys(ERROR_CODES).filter((code) => code !== 'INTERNAL_SERVER_ERROR'));

/** Messages repeat what was sent, which may be a megabyte; this is more than any message of ours has. */
const LONGEST_MESSAGE = 600;
/** Suggestions stand at the end of a message, and a value that it repeats before them is at most so long. */
const WORTH_READING = 2_000;

export type Present = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** How graphql-js and the engine give up on a document, without a code: its length, its nesting, its repetitions. */
const BEYOND: [RegExp, string, (allowed: string) => string][] = [
  [
    /^Syntax Error: Document contains more tha\w+ (\d+) tokens/,
    'tokens',
    (allowed) => `The document has more than ${allowed} tokens: send lists and long texts as variables.`,
  ],
  [/^Maximum call stack/, 'depth', () => 'The document is nested too deeply to be read.'],
  [
    /^Validation aborted\.$/,
    'comparisons',
    () => 'The document asks for the same fields too often to be checked: ask for each once.',
  ],
];

/**
 * How errors are sent, alike on all transports; bugs are logged whole under a reference.
 * @param suggestions whether "Did you mean" may name fields that the caller did not know.
 */
export function presentErrors(logger: Logger, { suggestions }: { suggestions: boolean }): Present {
  return (whole, error) => {
    const sent = shortened(whole, WORTH_READING);
    const formatted = shortened(suggestions ? sent : withoutSuggestion(sent), LONGEST_MESSAGE);
    const { http: _http, stacktrace: _stacktrace, ...extensions } = formatted.extensions ?? {};
    // With a path a resolver has failed, and whatever its message is, that is a bug.
    const beyond = formatted.path ? null : BEYOND.find(([sign]) => sign.test(formatted.message));
    if (beyond) {
      const [sign, limit, explain] = beyond;
      const message = explain(sign.exec(formatted.message)![1]!);
      return { ...formatted, message, extensions: { limit, code: 'QUERY_TOO_COMPLEX' } };
    }
    const cause = (error instanceof GraphQLError && error.originalError) || error;
    if (isAway(cause)) {
      logger.error({ err: cause }, 'database unreachable');
      const message = 'The database cannot be reached for the moment: try again shortly.';
      return { message, path: formatted.path, extensions: { code: 'UNAVAILABLE' } };
    }
    const code = codeOf(formatted, error);
    if (code) return { ...formatted, extensions: { ...extensions, code } };
    const reference = randomUUID();
    logger.error({ err: cause, reference, path: formatted.path?.join('.') }, 'unhandled error in operation');
    return {
      message: `Internal server error. Reference: ${reference}`,
      locations: formatted.locations,
      path: formatted.path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
    };
  };
}

/** An error that the caller may act on, or one that is masked on its way out. */
export function asGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
}

/** The errors of an answer as they leave the server, as many as fit. */
export function presentAll(present: Present, errors: readonly GraphQLError[]): GraphQLFormattedError[] {
  return boundErrors(errors).map((error) => present(error.toJSON(), error));
}

/**
 * The first errors of an answer, as many and as long as are allowed, and one that says how many there are more: each
 * costs a record of the log if it is a bug, and bytes in any case.
 */
export function boundErrors(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  let bytes = 0;
  const fits = (error: GraphQLError) => (bytes += sizeOf(error)) <= LIMITS.errorBytes;
  const beyond = errors.findIndex((error, i) => i >= LIMITS.errors || !fits(error));
  if (beyond < 0) return errors;
  const message = `There are ${errors.length - beyond} more errors, or ones too long to be sent.`;
  const more = apiError('ANSWER_TOO_LARGE', message, {
    limit: 'errors',
    asked: errors.length,
    allowed: LIMITS.errors,
  });
  return [...errors.slice(0, beyond), more];
}

function sizeOf(error: GraphQLError): number {
  return Buffer.byteLength(JSON.stringify(error));
}

/** A result as it leaves the server: its errors presented, and what it cost beside them. */
export function presentResult(present: Present, { errors, ...result }: ExecutionResult, cost: number | null) {
  return {
    ...result,
    ...(errors && { errors: presentAll(present, errors) as GraphQLError[] }),
    ...withCost(result.extensions, cost),
  };
}

/** The extensions of a result, with what the operation cost where that is known. */
export function withCost(
  extensions: ExecutionResult['extensions'],
  cost: number | null,
): Pick<ExecutionResult, 'extensions'> {
  return cost === null ? {} : { extensions: { ...extensions, cost } };
}

function codeOf(formatted: GraphQLFormattedError, error: unknown): string | null {
  const code = formatted.extensions?.code;
  // Apollo gives whatever validation reports a code of its own.
  const reported = error instanceof GraphQLError ? error.originalError : null;
  if (code === 'GRAPHQL_VALIDATION_FAILED' && reported instanceof GraphQLError) {
    const { code: meant } = reported.extensions;
    if (typeof meant === 'string' && PUBLIC.has(meant)) return meant;
  }
  if (typeof code === 'string' && PUBLIC.has(code)) return code;
  // graphql-js reports bad documents and variables without a code, and without a cause.
  const own =
    error instanceof GraphQLError && (!error.originalError || error.originalError instanceof GraphQLError);
  if (!own || code !== undefined || formatted.path !== undefined) return null;
  return formatted.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
}

/** graphql-js words all of them alike, in validation and in the coercion of variables. */
function withoutSuggestion(formatted: GraphQLFormattedError): GraphQLFormattedError {
  return { ...formatted, message: formatted.message.replace(/ ?Did you mean [^?]*(\?|$)/g, '') };
}

function shortened(formatted: GraphQLFormattedError, most: number): GraphQLFormattedError {
  const { message } = formatted;
  return message.length > most ? { ...formatted, message: `${message.slice(0, most)}…` } : formatted;
}
