// What relay-compiler would make of a document, for tests: the artifacts of its operation, without generated files.
import {
  type FieldNode,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type OperationTypeNode,
  parse,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ValueNode,
} from 'graphql';
import type { ConcreteRequest } from 'relay-runtime';
import type { GraphQLSchema } from 'graphql';

/** @param text one operation of fields without fragments, on types that are no interfaces. */
export function relayArtifact(schema: GraphQLSchema, text: string): ConcreteRequest {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('One operation, please.');
  const info = new TypeInfo(schema);
  const typed = new Map<FieldNode, { concreteType: string | null; plural: boolean }>();
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: (node) => {
        const type = info.getType()!;
        const named = getNamedType(type);
        typed.set(node, {
          concreteType: isObjectType(named) ? named.name : null,
          plural: isListType(getNullableType(type)),
        });
      },
    }),
  );
  const selectionsOf = (set: SelectionSetNode): object[] =>
    set.selections.map((selection) => {
      const node = selection as FieldNode;
      const facts = {
        alias: node.alias?.value ?? null,
        name: node.name.value,
        args: node.arguments?.length
          ? node.arguments.map(({ name, value }) => argument(name.value, value))
          : null,
        storageKey: null,
      };
      if (!node.selectionSet) return { ...facts, kind: 'ScalarField' };
      return {
        ...facts,
        kind: 'LinkedField',
        ...typed.get(node),
        selections: selectionsOf(node.selectionSet),
      };
    });
  const name = operation.name!.value;
  const selections = selectionsOf(operation.selectionSet);
  const argumentDefinitions = (operation.variableDefinitions ?? []).map(({ variable }) => ({
    kind: 'LocalArgument',
    name: variable.name.value,
    defaultValue: null,
  }));
  const type = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation.operation];
  const operationKind = operation.operation satisfies OperationTypeNode;
  return {
    kind: 'Request',
    fragment: {
      kind: 'Fragment',
      name,
      type,
      metadata: null,
      abstractKey: null,
      argumentDefinitions,
      selections,
    },
    operation: { kind: 'Operation', name, argumentDefinitions, selections },
    params: { cacheID: name, id: null, metadata: {}, name, operationKind, text },
  } as unknown as ConcreteRequest;
}

function argument(name: string, value: ValueNode): object {
  if (value.kind === Kind.VARIABLE) return { kind: 'Variable', name, variableName: value.name.value };
  if (value.kind === Kind.INT) return { kind: 'Literal', name, value: Number(value.value) };
  throw new Error('Only variables and numbers as arguments, please.');
}
