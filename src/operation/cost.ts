// Price of an operation: about one for each value of the answer, more for what counts or writes.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  getVariableValues,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import { assertFewWrong, COERCION } from './inputs';

/** What a request takes in memory that is in the price of its fields, and how much more costs 1. */
const USUAL_BYTES = 32_768;
const BYTES_FOR_ONE = 1_000;

/** Every operation has to be parsed, checked and answered, however little it asks for. */
export const LEAST_COST = 10;
/** Length of lists without `first`: a page, and the short lists that have no pages. */
const PAGE = 20;
const LARGEST_PAGE = 100;
const SHORT_LIST = 5;
const INTROSPECTION = 100;
/** A value of the schema, which is answered from memory; the whole of it, as the playground asks for it, is some 4,000. */
const FROM_MEMORY = 0.01;
/** About as many as the schema has. */
const SCHEMA_TYPES = 300;
/** Bytes of a key that are part of the price of its value: all of the schema are shorter. */
const KEY_BYTES = 40;
/** Characters of a document that are part of the least cost, and how many more are read for 1: some ms for 1 MB. */
const TEXT = 10_000;
const TEXT_FOR_ONE = 1_000;
/** More nodes than this cannot be afforded, so a document whose fragments multiply is not unfolded any further. */
const MOST_NODES = 20_000;

const WRITE = 20;

/** A subscription that resumes reads the log from there on, however far back. It is no part of what an event costs. */
export const REPLAY = 50;

/** Part of the price of the page, or seldom there. */
const FREE = new Set(['PageInfo', 'UserError']);

export type Cost = { total: number } | { beyond: number };

/**
 * The cost of an operation.
 * @param bytes what the request takes in memory.
 * @returns null when its variables do not fit: executing it says so in full.
 * @throws BAD_USER_INPUT when too much of them does not.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
  bytes = 0,
): Cost | null {
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, COERCION);
  if (errors) {
    assertFewWrong(errors);
    return null;
  }
  try {
    const fields = getComplexity({
      schema,
      query: document,
      operationName: operation.name?.value,
      variables,
      estimators: [priceIn(document)],
      maxQueryNodes: MOST_NODES,
    });
    return {
      total: LEAST_COST + Math.ceil(fields) + textCost(document) + sizeCost(bytes - (document.loc?.end ?? 0)),
    };
  } catch (error) {
    if (/maximum allowed number of nodes/.test((error as Error).message)) return { beyond: MOST_NODES };
    return null;
  }
}

type Estimated = Parameters<ComplexityEstimator>[0];

/** Of variables beyond the usual, which are read and checked. */
const sizeCost = (bytes: number): number => Math.ceil(Math.max(0, bytes - USUAL_BYTES) / BYTES_FOR_ONE);

/** Of the text beyond the usual, which is read and kept as long as the operation. */
function textCost({ loc }: DocumentNode): number {
  return Math.ceil(Math.max(0, (loc?.end ?? 0) - TEXT) / TEXT_FOR_ONE);
}

/** A key is repeated with each value, and the caller chooses its length: beyond the usual it costs by length. */
const priceIn =
  (document: DocumentNode): ComplexityEstimator =>
  (asked) => {
    const key = asked.node.alias?.value.length ?? 0;
    return priceOfValue(document, asked) + Math.max(0, key - KEY_BYTES) / KEY_BYTES;
  };

function priceOfValue(
  document: DocumentNode,
  { type, field, node, args, childComplexity }: Estimated,
): number {
  // Under other names it can be asked for again and again.
  if (field.name === '__typename' || FREE.has(type.name)) return node.alias ? 1 : 0;
  if (field.name === '__schema' || field.name === '__type') return INTROSPECTION + childComplexity;
  if (type.name.startsWith('__')) {
    return (node.alias ? 1 : FROM_MEMORY) + lengthOf(type.name, field, args) * childComplexity;
  }
  if (type.name === 'Mutation') {
    const entries = entriesOf(args);
    return WRITE + entries + Math.max(1, entries) * childComplexity;
  }
  // A field that costs more than it shows is declared with `complexity`.
  const { complexity: own = 1 } = field.extensions as { complexity?: number };
  const more = searchOf(field, args) + totalOf(document, field, node);
  return own + more + lengthOf(type.name, field, args) * childComplexity;
}

/** What finding the records takes, whatever is shown of them: `searchCost` of the fields of a filter that are given. */
function searchOf(field: Estimated['field'], args: Estimated['args']): number {
  const type = field.args.find(({ name }) => name === 'filter')?.type;
  const given = (args as { filter?: Record<string, unknown> | null }).filter;
  if (!type || !given) return 0;
  const priced = Object.values((getNamedType(type) as GraphQLInputObjectType).getFields());
  return sum(
    priced.map(({ name, extensions }) => (given[name] == null ? 0 : Number(extensions.searchCost ?? 0))),
  );
}

/** What counting all of a list takes: `countCost` of the `totalCount` of a connection, where it is selected. */
function totalOf(document: DocumentNode, field: Estimated['field'], node: FieldNode): number {
  const type = getNamedType(field.type);
  const cost = isObjectType(type) && type.getFields().totalCount?.extensions.countCost;
  return cost && selects(document, node.selectionSet, 'totalCount') ? Number(cost) : 0;
}

/** Whether a selection has a field, through fragments as well, of which each is looked through once. */
function selects(
  document: DocumentNode,
  set: SelectionSetNode | undefined,
  name: string,
  seen = new Set<string>(),
): boolean {
  return (set?.selections ?? []).some((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value === name;
    if (selection.kind === Kind.INLINE_FRAGMENT) return selects(document, selection.selectionSet, name, seen);
    if (seen.has(selection.name.value)) return false;
    seen.add(selection.name.value);
    const fragment = document.definitions.find(
      (each): each is FragmentDefinitionNode =>
        each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
    );
    return selects(document, fragment?.selectionSet, name, seen);
  });
}

/** Whether a subscription gives a cursor to resume after. */
export function resumes(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Argument: ({ name }) => void (found ||= name.value === 'after') });
  return found;
}

/** How many records a field may answer with. */
function lengthOf(parent: string, field: Estimated['field'], args: Estimated['args']): number {
  // What a connection lists, and what a mutation answers with, is multiplied by already: by `first`, by its input.
  if (/(Connection|Payload)$/.test(parent)) return 1;
  if (parent === '__Schema' && field.name === 'types') return SCHEMA_TYPES;
  const type = getNullableType(field.type);
  const isConnection = getNamedType(type).name.endsWith('Connection');
  if (!isConnection && !isListType(type)) return 1;
  const { first, last, ids, filter } = args as {
    first?: number | null;
    last?: number | null;
    ids?: unknown[];
    filter?: { codes?: unknown[] | null } | null;
  };
  // The list itself refuses sizes out of bounds, for each record again: that is not free.
  const asked = first ?? last ?? ids?.length;
  if (asked != null) return asked < 0 || asked > LARGEST_PAGE ? LARGEST_PAGE : asked;
  if (filter?.codes) return Math.min(filter.codes.length, PAGE); // a code names one record
  return isConnection || field.args.some(({ name }) => name === 'first') ? PAGE : SHORT_LIST;
}

/** How many entries the lists of an input have. */
function entriesOf(value: unknown): number {
  if (Array.isArray(value)) return value.length + sum(value.map(entriesOf));
  if (value !== null && typeof value === 'object' && !(value instanceof Date))
    return sum(Object.values(value).map(entriesOf));
  return 0;
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
