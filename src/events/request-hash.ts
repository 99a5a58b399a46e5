// Request hash of a mutation's input, stored with its answer: distinguishes a retry from another request with the same
// idempotency key.
import { createHash } from 'node:crypto';
import { getNamedType, type GraphQLInputType, isInputObjectType } from 'graphql';

/**
 * The hash of a mutation's input. It must stay the same across releases, or a client that retries after an upgrade
 * would be refused: so fields are sorted by name, and a field with its default value is left out, as an older client
 * leaves out a field that it does not know.
 * @param payload the name of the payload type, which identifies the mutation.
 * @param type the type of the input, for the defaults; null means no defaults.
 */
export function requestHash(payload: string, input: object, type: GraphQLInputType | null): string {
  return hashOf(payload, JSON.stringify(canonical(input, type)));
}

/** The hashes that earlier versions stored for the same input, with fields in the order of declaration. */
export function earlierHashes(payload: string, input: { clientMutationId?: string | null }): string[] {
  const { clientMutationId, ...fields } = input;
  // Version 0.1.0 had the key at the end of every input.
  return [input, { ...fields, clientMutationId }].map((each) => hashOf(payload, JSON.stringify(each)));
}

function canonical(value: unknown, type: GraphQLInputType | null): unknown {
  if (Array.isArray(value)) return value.map((each) => canonical(each, type));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const named = type && getNamedType(type);
  const fields = isInputObjectType(named) ? named.getFields() : {};
  const said = Object.entries(value)
    .map(([name, each]) => [name, canonical(each, fields[name]?.type ?? null)] as const)
    .filter(([name, each]) => JSON.stringify(each) !== JSON.stringify(fields[name]?.defaultValue));
  return Object.fromEntries(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const hashOf = (payload: string, text: string): string =>
  createHash('sha256').update(payload).update(text).digest('base64url');
