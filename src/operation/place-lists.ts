// Place of a list in the event log: notes before a list is read that the document selects its `asOf`.
import {
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** The part of the context that is told. */
interface Placing {
  placesLists: boolean;
}

/**
 * Wraps the fields that answer with a connection, once the schema is built. The place costs a statement for each
 * snapshot and has to be read in the snapshot of the list, so the list must know beforehand whether it is wanted.
 */
export function placeLists(schema: GraphQLSchema): void {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()));
  for (const field of fields) {
    if (!getNamedType(field.type).name.endsWith('Connection')) continue;
    const resolve = field.resolve!;
    field.resolve = (source, args, context: Placing, info) => {
      context.placesLists ||= selectsPlace(info);
      return resolve(source, args, context, info);
    };
  }
}

function selectsPlace({ fieldNodes, fragments }: GraphQLResolveInfo): boolean {
  const entered = new Set<FragmentDefinitionNode>();
  const within = (set: SelectionSetNode | undefined): boolean =>
    (set?.selections ?? []).some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === 'asOf';
      if (selection.kind === Kind.INLINE_FRAGMENT) return within(selection.selectionSet);
      const fragment = fragments[selection.name.value]!;
      if (entered.has(fragment)) return false;
      entered.add(fragment);
      return within(fragment.selectionSet);
    });
  return fieldNodes.some(({ selectionSet }) => within(selectionSet));
}
