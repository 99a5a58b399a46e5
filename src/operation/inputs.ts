// Limits on the contents of an operation, before it is executed: the length of texts in variables and literals, of names
// and ids, the number of errors that are reported, and the root field of a subscription.
import {
  type ASTNode,
  type DirectiveNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type ValidationRule,
} from 'graphql';
import { apiError } from '../graphql/errors';
import { LONGEST_TEXT } from '../lib/texts';

/** Of an operation's name, and of the id that a socket's client gives it. */
const LONGEST_NAME = 1_000;
/** As many as graphql-js reports; more have one cause. */
const MOST_WRONG_VALUES = 50;

/**
 * Looks at the length of every text in the variables, and of the operation's name.
 * @throws BAD_USER_INPUT for one that is longer than any that is taken.
 */
export function assertBounded(variables: unknown, operationName: string | null | undefined): void {
  assertShort(operationName, 'The name of the operation');
  // Not by recursion: JSON may be nested deeper than the stack.
  const waiting: unknown[] = [variables];
  const look = (value: unknown, where: () => string) => {
    if (typeof value === 'object' && value !== null) waiting.push(value);
    if (typeof value !== 'string' || value.length <= LONGEST_TEXT) return;
    throw refusal(`The variables hold a text of ${value.length} characters at ${where()}. ${ALLOWED}`);
  };
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) value.forEach((each, place) => look(each, () => `entry ${place} of a list`));
    else {
      for (const [name, each] of Object.entries(value ?? {})) {
        assertShort(name, 'A name in the variables');
        look(each, () => `"${name}"`);
      }
    }
  }
}

/** Over HTTP it is refused before it is executed, which has a status of its own. */
const refusal = (message: string) => apiError('BAD_USER_INPUT', message, { http: { status: 400 } });

const ALLOWED = `No text here has more than ${LONGEST_TEXT}.`;

/** @throws BAD_USER_INPUT for a name or an id longer than any that is taken. */
export function assertShort(name: string | null | undefined, what: string): void {
  if (name != null && name.length > LONGEST_NAME) {
    throw refusal(`${what} has ${name.length} characters; at most ${LONGEST_NAME} are taken.`);
  }
}

/** The same for what stands in the document itself. */
export const boundedLiterals: ValidationRule = (context) => {
  const look = (node: ASTNode & { value: string }) => {
    if (node.value.length <= LONGEST_TEXT) return;
    const message = `The document holds a value of ${node.value.length} characters. ${ALLOWED}`;
    context.reportError(new GraphQLError(message, { nodes: node, extensions: { code: 'BAD_USER_INPUT' } }));
  };
  return { StringValue: look, IntValue: look, FloatValue: look, EnumValue: look };
};

/**
 * Refuses a subscription whose field is there only on a condition of its variables: what it would follow is then known
 * only while it runs. The rule of graphql-js for the root of subscriptions cannot read such a condition and throws,
 * which Apollo takes for a bug: so the condition is taken out of the document, which is refused already.
 */
export const plainSubscriptions: ValidationRule = (context) => {
  for (const { selection, directive } of conditionsOfRoots(context.getDocument().definitions)) {
    const message =
      'What a subscription follows must not depend on a variable: take @skip and @include away.';
    context.reportError(new GraphQLError(message, { nodes: directive }));
    const rest = selection.directives!.filter((each) => each !== directive);
    (selection as { directives: readonly DirectiveNode[] }).directives = rest;
  }
  return {};
};

/** The directives at the root of subscriptions that leave something out, unless they say so by `true` or `false`. */
function conditionsOfRoots(
  definitions: readonly ASTNode[],
): { selection: SelectionNode; directive: DirectiveNode }[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const waiting: SelectionNode[] = [];
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION
    )
      waiting.push(...definition.selectionSet.selections);
  }
  const found: { selection: SelectionNode; directive: DirectiveNode }[] = [];
  while (waiting.length > 0) {
    const selection = waiting.pop()!;
    for (const directive of selection.directives ?? []) {
      const conditional = ['skip', 'include'].includes(directive.name.value);
      const given = directive.arguments?.find(({ name }) => name.value === 'if')?.value.kind;
      if (conditional && given !== Kind.BOOLEAN) found.push({ selection, directive });
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(...selection.selectionSet.selections);
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(selection.name.value);
      fragments.delete(selection.name.value); // once: fragments may name each other
      waiting.push(...(fragment?.selectionSet.selections ?? []));
    }
  }
  return found;
}

/**
 * Puts one error in the place of those of a document that has more than are reported.
 * @param errors what validation found, which stops looking when it has found that many.
 */
export function oneOfMany(errors: readonly GraphQLError[], most: number): readonly GraphQLError[] {
  const [first] = errors;
  if (errors.length <= most || !first) return errors;
  const message = `More than ${most} places of the document are wrong. The first: ${first.message}`;
  return [new GraphQLError(message, { nodes: first.nodes, extensions: first.extensions })];
}

/** How many errors of variables are looked for. */
export const COERCION = { maxErrors: MOST_WRONG_VALUES };

/** @throws BAD_USER_INPUT, once, for variables with more errors than are reported. */
export function assertFewWrong(errors: readonly GraphQLError[]): void {
  if (errors.length <= MOST_WRONG_VALUES) return;
  throw refusal(
    `More than ${MOST_WRONG_VALUES} values of the variables are wrong. The first: ${errors[0]!.message}`,
  );
}
