// The document of a subscription: its root field, resuming after a cursor, and a key for subscriptions that are alike.
import { createHash } from 'node:crypto';
import {
  type ArgumentNode,
  type ConstArgumentNode,
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLField,
  Kind,
  print,
  visit,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { decodeCursor, isBefore } from '../events/cursor';
import { badInput } from '../graphql/errors';
import type { Caller } from '../operation/context';
import type { Priced } from '../operation/operation';

export interface Root {
  field: GraphQLField<unknown, unknown>;
  args: object;
  /** Where the document names it; more than once only with the same arguments. */
  nodes: readonly FieldNode[];
}

/**
 * The subscribed field and its arguments; the document was validated before.
 * @throws GraphQLError for variables that do not fit.
 */
export function rootOf({ schema, document, operationName, variableValues: given }: ExecutionArgs): Root {
  const operation = getOperationAST(document, operationName);
  const type = schema.getSubscriptionType();
  if (!operation || !type) throw new GraphQLError('Send one subscription, or name the one to run.');
  const { coerced: variables, errors } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    given ?? {},
  );
  if (!variables) throw errors[0]!;
  const fragments = Object.fromEntries(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  );
  const [nodes] = collectFields(schema, fragments, variables, type, operation.selectionSet).values();
  const field = nodes && type.getFields()[nodes[0]!.name.value];
  if (!field) throw new GraphQLError('A subscription selects exactly one field.');
  return { field, nodes, args: getArgumentValues(field, nodes[0]!, variables) };
}

/**
 * What a client says, in `extensions.after` of its request, that it has received of this very subscription.
 * @throws BAD_USER_INPUT
 */
export function receivedOf(extensions: unknown): string | undefined {
  const { after } = (extensions ?? {}) as { after?: unknown };
  if (after == null) return undefined;
  if (typeof after !== 'string') throw badInput('`extensions.after` must be an event cursor.');
  return after;
}

/**
 * The same subscription, after the newest cursor that its client is known to have received.
 * @param received what it has received beside the `after` that it sends, which may be the first one again.
 * @throws CURSOR_INVALID
 */
export function resumed(args: Priced, root: Root, received: readonly string[]): Priced {
  const { after } = root.args as { after?: string | null };
  const newest = received.reduce<string | null>(
    (best, each) => (best !== null && isBefore(each, best) ? best : each),
    after ?? null,
  );
  return newest === null || newest === after ? args : resumedAfter(args, root, newest);
}

/**
 * The same subscription with another `after`: in the document itself, which may give it through a variable of any
 * name, as a literal or not at all. Fields that follow no single events stay as they are.
 * @throws CURSOR_INVALID
 */
function resumedAfter(args: Priced, { field, nodes }: Root, cursor: string): Priced {
  if (!field.args.some(({ name }) => name === 'after')) return args;
  decodeCursor(cursor); // as a literal that is no cursor it would make the document look wrong
  const after: ConstArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.STRING, value: cursor },
  };
  const document = visit(args.document, {
    Field: (node) =>
      nodes.includes(node) ? { ...node, arguments: [...argumentsBut(node), after] } : undefined,
  });
  return { ...args, document };
}

/**
 * A key that is the same for subscriptions whose results are the same for the same event: of one document, language and
 * caller, wherever each began.
 */
export function kindOf(
  { document, operationName, variableValues, cost }: Priced,
  root: Root,
  caller: Caller,
): string {
  const used: Record<string, unknown> = {};
  const selected = visit(withoutAfter(document, root.nodes), {
    VariableDefinition: () => false,
    Variable: ({ name }) => void (used[name.value] = variableValues?.[name.value]),
  });
  const { subject, claimed } = caller.identity ?? {};
  const alike = [print(selected), operationName, used, subject, claimed, caller.locale, cost];
  return createHash('sha256').update(JSON.stringify(alike)).digest('base64');
}

function withoutAfter(document: DocumentNode, nodes: readonly FieldNode[]): DocumentNode {
  return visit(document, {
    Field: (node) => (nodes.includes(node) ? { ...node, arguments: argumentsBut(node) } : undefined),
  });
}

/** The arguments but `after`. */
function argumentsBut({ arguments: given = [] }: FieldNode): ArgumentNode[] {
  return given.filter(({ name }) => name.value !== 'after');
}
