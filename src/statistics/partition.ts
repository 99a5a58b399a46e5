// Complementary suppression in partitions: which parts of a known total to hide so that no small part can be computed.
//
// A small part is a primary. Hiding it alone is not enough, because the total minus the other parts reveals it. So
// other parts, the secondaries, are hidden with it, and the total where that is not enough. The rule is public: neither
// which secondaries it takes nor how many may depend on the sizes of the primaries, or the hidden set would reveal
// them.
import { createHmac } from 'node:crypto';

/** The least number of persons that a shown figure may be about. */
export const LEAST = 5;
const LARGEST_SMALL = LEAST - 1;

/** What a partition shows: the keys of the parts held back, and whether the total must be held back, too. */
export interface Partition {
  hidden: ReadonlySet<string>;
  hidesTotal: boolean;
}

/** Zero is not small: it is about no person. */
export const isSmall = (size: number): boolean => size >= 1 && size < LEAST;

/** Which of two parts is hidden first. */
export type Order = (key: string) => string;

/**
 * An order of parts that is independent of their sizes: hiding the smallest first would reveal that the shown ones are
 * larger. It never changes, or the parts hidden both yesterday and today would be the small ones; and it is secret, or
 * a part that is hidden although it comes after one that is shown would certainly be small.
 * @param secret of this registry, in no answer.
 */
export const orderBy =
  (secret: string): Order =>
  (key) =>
    createHmac('sha256', secret).update(key).digest('hex');

/**
 * Decides for the parts of a total. Secondaries are added until they have so many more than 5 each that every primary
 * could be anything from 1 to 4 whatever the others are; subtraction gives the hidden sum and no more. Where all parts
 * together are too few for that, all are hidden: then primaries cannot be distinguished from secondaries, and the total
 * can stay as long as any part could still be 4.
 * @param sizes persons by part.
 * @param order of the secondaries.
 * @param forced parts that must be hidden whatever their size, and must not be derived by subtraction either.
 */
export function partition(
  sizes: ReadonlyMap<string, number>,
  order: Order,
  forced: ReadonlySet<string> = new Set(),
): Partition {
  const hidden = new Set<string>();
  let [primaries, secondaries, sum, spare] = [0, 0, 0, 0];
  const hide = (key: string, size: number): void => {
    hidden.add(key);
    if (isSmall(size)) primaries += 1;
    else if (size > 0) {
      secondaries += 1;
      spare += size - LEAST;
    }
    sum += size;
  };
  for (const [key, size] of sizes) if (forced.has(key) || isSmall(size)) hide(key, size);
  if (sum === 0) return { hidden, hidesTotal: false };
  // The spare counts, not the sum of all: a need of many secondaries would reveal that primaries are less than 4.
  const isEnough = () =>
    secondaries > 0 && primaries + secondaries > 1 && spare >= (LARGEST_SMALL - 1) * primaries;
  if (isEnough()) return { hidden, hidesTotal: false };
  const others = [...sizes]
    .filter(([key, size]) => !hidden.has(key) && size > 0)
    .map(([key, size]) => ({ key, size, rank: order(key) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  for (const { key, size } of others) {
    hide(key, size);
    if (isEnough()) return { hidden, hidesTotal: false };
  }
  const parts = primaries + secondaries;
  return { hidden, hidesTotal: parts < 2 || sum < parts - 1 + LARGEST_SMALL };
}

/** Units with the persons they sent themselves, and with those sent by any unit within them. */
export interface Tree {
  own: ReadonlyMap<string, number>;
  within: ReadonlyMap<string, number>;
  parentOf: ReadonlyMap<string, string | null>;
}

/** The key of the learners whom a unit sent itself: one part of it beside its children. */
export const ownPart = (unitId: string): string => `${unitId} itself`;

/**
 * Decides for a whole tree: a caller can query each unit alone and subtract it from the one above. All parts of a
 * hidden part are hidden, too; a unit whose parts cannot be protected while it is shown counts as small.
 * @returns hidden units, and hidden own parts by `ownPart`; hidesTotal is of the sum of all roots.
 */
export function partitionTree(tree: Tree, order: Order, forced: ReadonlySet<string> = new Set()): Partition {
  const childrenOf = new Map<string | null, string[]>();
  for (const unitId of tree.within.keys()) {
    const above = tree.parentOf.get(unitId) ?? null;
    const siblings = childrenOf.get(above) ?? [];
    siblings.push(unitId);
    childrenOf.set(above, siblings);
  }
  const hidden = new Set<string>();
  const hide = (unitId: string): void => {
    if (hidden.has(unitId)) return;
    hidden.add(unitId).add(ownPart(unitId));
    for (const child of childrenOf.get(unitId) ?? []) hide(child);
  };
  const decide = (unitId: string | null): boolean => {
    const parts = new Map<string, number>();
    if (unitId !== null) parts.set(ownPart(unitId), tree.own.get(unitId) ?? 0);
    const mustHide = new Set<string>();
    for (const child of childrenOf.get(unitId) ?? []) {
      parts.set(child, tree.within.get(child) ?? 0);
      if (forced.has(child) || decide(child)) mustHide.add(child);
    }
    if (unitId !== null && forced.has(ownPart(unitId))) mustHide.add(ownPart(unitId));
    const verdict = partition(parts, order, mustHide);
    for (const part of verdict.hidden) {
      if (tree.within.has(part)) hide(part);
      else hidden.add(part);
    }
    return verdict.hidesTotal;
  };
  return { hidesTotal: decide(null), hidden };
}

/**
 * What can be derived from the shown figures of a tree: the learners of its units form blocks, and sums of whole blocks
 * can be computed, but nothing else. Parts hidden under the same unit are one block; each shown part is one of its own.
 */
export class Blocks {
  private readonly members = new Map<string, string[]>();
  private readonly blockOf = new Map<string, string>();
  readonly hidden: ReadonlySet<string>;
  /** Whether even the total must be hidden. */
  readonly hidesAll: boolean;

  /** @param unitIds those with learners of their own. */
  constructor(
    private readonly tree: Tree,
    unitIds: readonly string[],
    order: Order,
    forced?: ReadonlySet<string>,
  ) {
    const { hidden, hidesTotal } = partitionTree(tree, order, forced);
    this.hidden = hidden;
    this.hidesAll = hidesTotal;
    for (const unitId of unitIds) {
      const block = this.find(unitId);
      this.blockOf.set(unitId, block);
      const members = this.members.get(block) ?? [];
      members.push(unitId);
      this.members.set(block, members);
    }
  }

  /** Whether the sum of these units' own learners contains a part of a block without the rest of it. */
  splits(unitIds: readonly string[]): boolean {
    const summed = new Set(unitIds);
    const blocks = new Set(unitIds.map((unitId) => this.blockOf.get(unitId)!));
    return [...blocks].some((block) => this.members.get(block)!.some((member) => !summed.has(member)));
  }

  /** The highest hidden part that the learners are in decides, because all in it is hidden together. */
  private find(unitId: string): string {
    let block = this.hidden.has(ownPart(unitId)) ? `under ${unitId}` : ownPart(unitId);
    for (let at: string | null = unitId; at !== null; at = this.tree.parentOf.get(at) ?? null) {
      if (this.hidden.has(at)) block = `under ${this.tree.parentOf.get(at) ?? 'nothing'}`;
    }
    return block;
  }
}
