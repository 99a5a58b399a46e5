// GraphQL documents in all forms that programs have them in, as text: without graphql-js, which is larger than the rest.

/** A document whose result and variables TypeScript knows: TypedDocumentNode, or the strings of code generators. */
export interface TypedDocument<Data, Variables> {
  /** Never there: it carries the types. The name is the one that code generators agree on. */
  readonly __apiType?: (variables: Variables) => Data;
}

/** A document as text, as parsed by `gql`, `parse` or a code generator, or as a text with types. */
export type Document<Data = unknown, Variables = unknown> =
  string | ((TypedDocument<Data, Variables> | Plain) & object);

/** What `gql` and `parse` make. */
interface Plain {
  readonly kind?: 'Document';
  readonly loc?: { readonly source: { readonly body: string } } | undefined;
}

/** A node of a parsed document, of any kind. */
type Node = Record<string, unknown> & { kind: string; name?: { value: string } };

/**
 * The text of a document.
 * @throws Error when it is none.
 */
export function textOf(document: Document<never, never>): string {
  if (typeof document === 'string') return document;
  const { loc, definitions } = document as Plain & { definitions?: Node[] };
  if (loc) return loc.source.body;
  if (definitions) return definitions.map(printed).join('\n');
  const text = (document as { toString(): string }).toString();
  if (text.startsWith('[object')) throw new Error('This is no GraphQL document.');
  return text;
}

const list = (nodes: unknown, separator = ' '): string =>
  ((nodes as Node[] | undefined) ?? []).map(printed).join(separator);
const inside = (before: string, text: string, after: string): string => text && `${before}${text}${after}`;
const nameOf = (node: Node): string => node.name?.value ?? '';
const one = (node: unknown): string => (node ? printed(node as Node) : '');

/** How each kind of node is written that operations and fragments are made of. */
const WRITTEN: Record<string, (node: Node) => string> = {
  OperationDefinition: (node) =>
    `${String(node.operation)} ${nameOf(node)}${inside('(', list(node.variableDefinitions, ', '), ')')}${directives(node)}${one(node.selectionSet)}`,
  FragmentDefinition: (node) =>
    `fragment ${nameOf(node)} on ${one(node.typeCondition)}${directives(node)}${one(node.selectionSet)}`,
  VariableDefinition: (node) =>
    `${one(node.variable)}: ${one(node.type)}${inside(' = ', one(node.defaultValue), '')}${directives(node)}`,
  SelectionSet: (node) => ` { ${list(node.selections)} }`,
  Field: (node) =>
    `${inside('', one(node.alias), ': ')}${nameOf(node)}${inside('(', list(node.arguments, ', '), ')')}${directives(node)}${one(node.selectionSet)}`,
  FragmentSpread: (node) => `...${nameOf(node)}${directives(node)}`,
  InlineFragment: (node) =>
    `...${inside(' on ', one(node.typeCondition), '')}${directives(node)}${one(node.selectionSet)}`,
  Directive: (node) => `@${nameOf(node)}${inside('(', list(node.arguments, ', '), ')')}`,
  Argument: (node) => `${nameOf(node)}: ${one(node.value)}`,
  ObjectField: (node) => `${nameOf(node)}: ${one(node.value)}`,
  Variable: (node) => `$${nameOf(node)}`,
  NamedType: nameOf,
  ListType: (node) => `[${one(node.type)}]`,
  NonNullType: (node) => `${one(node.type)}!`,
  ListValue: (node) => `[${list(node.values, ', ')}]`,
  ObjectValue: (node) => `{${list(node.fields, ', ')}}`,
  StringValue: (node) => JSON.stringify(node.value),
  NullValue: () => 'null',
};

const directives = (node: Node): string => inside(' ', list(node.directives), '');

/** Names, numbers, booleans and members of enums are written as their value. */
function printed(node: Node): string {
  return WRITTEN[node.kind]?.(node) ?? String(node.value);
}
