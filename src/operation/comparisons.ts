// Work of validating a document, estimated before validation, in time that is linear in its length.
//
// graphql-js compares all fields that may end up under one name of the answer, pair by pair, and gives up only after
// half a second. A flood of such documents would hold up every other caller, so they are refused by an estimate.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** Selections after fragments are unfolded: more cannot be afforded anyway, see MOST_NODES of cost.ts. */
const MOST_SELECTIONS = 20_000;
/** Deeper documents are refused for their depth, or are circular. */
const DEEPEST = 20;

/** What is selected under one path of the answer. */
interface Level {
  fields: Map<string, FieldNode[]>;
  count: number;
  /** The selection sets and fragments that the fields come from: each is compared with each of the others. */
  pieces: Set<string | SelectionSetNode>;
}

/** @returns about how many comparisons the document needs; infinite when its fragments multiply beyond measure. */
export function comparisonsOf(document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  const reached = new Set<string>();
  let [comparisons, selections] = [0, 0];

  const collect = (set: SelectionSetNode, level: Level): void => {
    for (const selection of set.selections) {
      if ((selections += 1) > MOST_SELECTIONS) return;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const alike = level.fields.get(name);
        if (alike) alike.push(selection);
        else level.fields.set(name, [selection]);
        level.count += 1;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet, level);
      } else if (!level.pieces.has(selection.name.value)) {
        level.pieces.add(selection.name.value);
        reached.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet, level);
      }
    }
  };

  const descend = (sets: readonly SelectionSetNode[], depth: number): void => {
    const level: Level = { fields: new Map(), count: 0, pieces: new Set(sets) };
    for (const set of sets) collect(set, level);
    const pieces = level.pieces.size;
    if (pieces > 1) comparisons += pieces * (pieces + level.count);
    for (const alike of level.fields.values()) {
      if (selections > MOST_SELECTIONS) return;
      const pairs = (alike.length * (alike.length - 1)) / 2;
      comparisons += pairs * (2 + Math.max(...alike.map((each) => each.arguments?.length ?? 0)));
      const inner = alike.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (inner.length > 0 && depth < DEEPEST) descend(inner, depth + 1);
    }
  };

  for (const each of document.definitions) {
    if (each.kind === Kind.OPERATION_DEFINITION) descend([each.selectionSet], 1);
  }
  for (const [name, fragment] of fragments) {
    if (!reached.has(name)) descend([fragment.selectionSet], 1);
  }
  return selections > MOST_SELECTIONS ? Infinity : comparisons;
}
