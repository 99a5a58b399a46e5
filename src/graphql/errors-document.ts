// Writes docs/errors.md: every error code of the API, top-level ones, those of userErrors, and those of warnings.
import { type GraphQLEnumType, type GraphQLSchema } from 'graphql';
import { ERROR_CODES, LIMITS } from './errors';

/** The text of docs/errors.md. */
export function errorsDocument(schema: GraphQLSchema): string {
  const valuesOf = (name: string) =>
    (schema.getType(name) as GraphQLEnumType)
      .getValues()
      .map(({ name, description }): [string, string] => [name, description ?? '']);
  const lines = (entries: [string, string][]) =>
    entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
      .join('\n');
  return `# Errors

Generated from \`src/graphql/errors.ts\` by \`npm run schema\`; do not edit.

A broken rule of the registry is an entry in \`userErrors\` of the mutation, and then nothing has changed. Everything else is a top-level error, with its code in \`extensions.code\`. To find a rule in the code, search for its code: \`grep -rn CAPACITY_EXCEEDED src\`.

## Codes of top-level errors

${lines(Object.entries(ERROR_CODES))}

## Limits

A top-level error about too much of something says in \`extensions.limit\` of what. [Security](security.md) has the numbers.

${lines(Object.entries(LIMITS))}

## Codes of userErrors

${lines(valuesOf('UserErrorCode'))}

## Codes of warnings

What is possible but improbable is an entry in \`warnings\` of the mutation. Without \`acceptWarnings\` in its input, nothing has changed, and \`userErrors\` has an entry \`UNACCEPTED_WARNING\` for each; [clients](clients.md#what-is-improbable) shows how to go on.

${lines(valuesOf('WarningCode'))}

How a subscription ends, and what to do then: [clients](clients.md#subscriptions-over-websocket).
`;
}
