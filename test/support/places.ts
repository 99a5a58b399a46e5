// Every place of the schema where a caller says something: each argument, and each field of an input, of each root field
// and of some fields below, with an operation that says a value there and the least that is needed elsewhere.
import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

export interface Place {
  operation: 'query' | 'mutation' | 'subscription';
  /** The fields from the root to the one that takes it; of connections `nodes` as well. */
  fields: GraphQLField<unknown, unknown>[];
  /** The argument, and the input fields below it. */
  path: string[];
  /** The name of the type that is taken there. */
  type: string;
  /** Whether a list of it is taken. */
  listed: boolean;
  /** All that in one line. */
  name: string;
}

const DEEPEST_INPUT = 4;
const DEEPEST_FIELD = 4;
const LEAST: Record<string, string> = {
  ID: '"x"',
  String: '" "', // nothing can be made with it
  Boolean: 'true',
  Date: '"2024-01-01"',
  DateTime: '"2024-01-01T00:00:00Z"',
};

/** All places at root fields, and of each kind of argument below them that there is one where it is met first. */
export function placesOf(schema: GraphQLSchema): Place[] {
  const found: Place[] = [];
  for (const operation of ['query', 'mutation', 'subscription'] as const) {
    const root = schema.getRootType(operation as never)!;
    for (const field of Object.values(root.getFields())) found.push(...placesAt(operation, [field]));
  }
  return [...found, ...nested(schema)];
}

function nested(schema: GraphQLSchema): Place[] {
  const met = new Set<string>();
  let paths = Object.values(schema.getQueryType()!.getFields()).map((field) => [field]);
  const found: Place[] = [];
  for (let depth = 1; depth < DEEPEST_FIELD; depth++) {
    paths = paths.flatMap((path) => {
      const type = getNamedType(path.at(-1)!.type);
      if (!isObjectType(type) || met.has(type.name)) return [];
      met.add(type.name);
      return Object.values(type.getFields()).map((field) => [...path, field]);
    });
    for (const path of paths) if (path.at(-1)!.args.length > 0) found.push(...placesAt('query', path));
  }
  return found;
}

function placesAt(operation: Place['operation'], fields: Place['fields']): Place[] {
  const walk = (path: string[], taken: GraphQLArgument | GraphQLInputField): Place[] => {
    const named = getNamedType(taken.type);
    if (isInputObjectType(named)) {
      if (path.length > DEEPEST_INPUT) return [];
      return Object.values(named.getFields()).flatMap((field) => walk([...path, field.name], field));
    }
    const listed = isListType(getNullableType(taken.type));
    const name = `${fields.map((field) => field.name).join('.')}(${path.join('.')}: ${named.name})`;
    return [{ operation, fields, path, type: named.name, listed, name }];
  };
  return fields.at(-1)!.args.flatMap((arg) => walk([arg.name], arg));
}

/**
 * An operation that says a value at a place.
 * @param literal the value as a literal; null for the variable `value`.
 */
export function operationAt(place: Place, literal: string | null): string {
  const { operation, fields, path } = place;
  const last = fields.length - 1;
  const selection = fields.reduceRight((inner, field, at) => {
    const args = field.args.flatMap((arg) => {
      if (at === last && arg.name === path[0])
        return [`${arg.name}: ${sayAt(arg.type, path.slice(1), literal)}`];
      return isRequiredArgument(arg) ? [`${arg.name}: ${least(arg.type)}`] : [];
    });
    const said = args.length > 0 ? `(${args.join(', ')})` : '';
    const below = inner || (isCompositeType(getNamedType(field.type)) ? leaf(field) : '');
    return `{ ${field.name}${said} ${below} }`;
  }, '');
  const declared = literal === null ? `($value: ${place.type}!)` : '';
  return `${operation} ${declared} ${selection}`;
}

/** Of a mutation, whether it was refused. */
const leaf = (field: GraphQLField<unknown, unknown>) =>
  getNamedType(field.type).name.endsWith('Payload')
    ? '{ cursor userErrors { code message } }'
    : '{ __typename }';

function sayAt(type: GraphQLInputType, path: string[], literal: string | null): string {
  const bare = getNullableType(type);
  if (isListType(bare))
    return literal !== null && path.length === 0 ? literal : `[${sayAt(bare.ofType, path, literal)}]`;
  if (!isInputObjectType(bare)) return literal ?? '$value';
  const fields = Object.values(bare.getFields()).flatMap((field) => {
    if (field.name === path[0]) return [`${field.name}: ${sayAt(field.type, path.slice(1), literal)}`];
    return isRequiredInputField(field) ? [`${field.name}: ${least(field.type)}`] : [];
  });
  return `{${fields.join(', ')}}`;
}

function least(type: GraphQLInputType): string {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return `[${least(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return LEAST[type.name] ?? '1';
  const fields = Object.values(type.getFields()).filter(isRequiredInputField);
  return `{${fields.map((field) => `${field.name}: ${least(field.type)}`).join(', ')}}`;
}
