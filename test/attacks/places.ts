// Places of the schema that take a value: every argument and input field, with an operation that sends a value there.
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  isCompositeType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
} from 'graphql';
import type { Kind } from './documents';
import type { Operation } from './stage';
import type { Values } from './values';

export interface Place {
  kind: Kind;
  field: GraphQLField<unknown, unknown>;
  /** The argument, and the fields of inputs down to it. */
  path: string[];
  scalar: string;
  isList: boolean;
}

const DEEPEST = 4;

/** Every place of the schema that takes a scalar. */
export function placesOf(schema: GraphQLSchema): Place[] {
  const roots = [
    ['query', schema.getQueryType()!],
    ['mutation', schema.getMutationType()!],
    ['subscription', schema.getSubscriptionType()!],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root.getFields()).flatMap((field) =>
      field.args.flatMap(({ name, type }) => below(type, [name]).map((found) => ({ kind, field, ...found }))),
    ),
  );
}

function below(type: GraphQLInputType, path: string[]): Pick<Place, 'path' | 'scalar' | 'isList'>[] {
  const named = getNamedType(type);
  if (isScalarType(named)) return [{ path, scalar: named.name, isList: isListType(getNullableType(type)) }];
  if (!isInputObjectType(named) || path.length >= DEEPEST) return [];
  return Object.values(named.getFields()).flatMap((field) => below(field.type, [...path, field.name]));
}

/** An operation that sends a value to a place, and what else must be sent with it. */
export function operationAt({ kind, field, path }: Place, value: unknown, values: Values): Operation {
  const given = field.args.filter((arg) => arg.name === path[0] || isRequiredArgument(arg));
  const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
  const selected = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  const variables = Object.fromEntries(
    given.map(({ name, type }) => [
      name,
      name === path[0] ? put(type, path, value, values) : values.of(type, name),
    ]),
  );
  return { query: `${kind} (${declared}) { ${field.name}(${passed})${selected} }`, variables };
}

function put(type: GraphQLInputType, path: string[], value: unknown, values: Values): unknown {
  const bare = getNullableType(type);
  if (isListType(bare)) return Array.isArray(value) ? value : [put(bare.ofType, path, value, values)];
  if (path.length === 1 || !isInputObjectType(bare)) return value;
  const fields = bare.getFields();
  const required = Object.values(fields).filter(isRequiredInputField);
  return {
    ...Object.fromEntries(required.map((each) => [each.name, values.of(each.type, each.name)])),
    [path[1]!]: put(fields[path[1]!]!.type, path.slice(1), value, values),
  };
}
