// Is a mutation that is asked again the same request? The hash of its input, stored beside the answer to it.
import { createHash } from 'node:crypto';
import { getNamedType, type GraphQLInputType, isInputObjectType } from 'graphql';

/**
 * The hash of a mutation's input. A release must not change it, or a client that asks again after an upgrade would be
 * refused: so fields go by their names and not by their order, and one that has its default value says nothing, as if
 * the client had never heard of it.
 * @param payload the name of the payload's type, which tells the mutation.
 * @param type the type of the input; without it no field has a default.
 */
export function requestHash(payload: string, input: object, type: GraphQLInputType | null): string {
  return hashOf(payload, JSON.stringify(canonical(input, type)));
}

/** The hashes that earlier versions stored of the same input: its fields in the order of their declaration. */
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
