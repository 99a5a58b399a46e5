// Suppression in partitions: no small part can be computed, and no more parts are hidden than necessary.
import { Blocks, orderBy, ownPart, partition, partitionTree } from '../../src/statistics/partition';
import { random } from './random';

const order = orderBy('the secret of this test');
const parts = (sizes: Record<string, number>) => new Map(Object.entries(sizes));
const shown = (sizes: Record<string, number>, forced: string[] = []) => {
  const { hidden, hidesTotal } = partition(parts(sizes), order, new Set(forced));
  return { shown: Object.keys(sizes).filter((key) => !hidden.has(key)), hidesTotal };
};

it('shows everything where nothing is small', () => {
  expect(shown({ a: 5, b: 0, c: 70 })).toEqual({ shown: ['a', 'b', 'c'], hidesTotal: false });
});

it('hides a small part and one other, and shows those that are empty', () => {
  const verdict = shown({ a: 2, b: 40, c: 50, none: 0 });
  expect(verdict.shown).toHaveLength(2);
  expect(verdict.shown).toContain('none');
  expect(verdict.shown).not.toContain('a');
  expect(verdict.hidesTotal).toBe(false);
});

it('hides a larger part even beside two small ones, whose sum could reveal both', () => {
  expect(shown({ a: 4, b: 4, c: 50 }).shown).toEqual([]);
});

/** Worlds of a few parts of all sizes, each in every order that a secret could give. */
function* worlds(): Generator<{ sizes: number[]; orders: number[][] }> {
  const orders = permutationsOf([0, 1, 2, 3, 4]);
  const next = random(11);
  for (let i = 0; i < 30; i++) {
    const sizes = orders[0]!.map(() => [0, 1, 3, 4, 5, 6, 7, 8, 12, 40][next(10)]!);
    yield { sizes, orders };
  }
}

const permutationsOf = (all: number[]): number[][] =>
  all.length === 0
    ? [[]]
    : all.flatMap((one) => permutationsOf(all.filter((each) => each !== one)).map((rest) => [one, ...rest]));

const hiddenOf = (sizes: number[], byRank: number[]): string => {
  const keyed = new Map(sizes.map((size, at) => [String(at), size]));
  return [...partition(keyed, (key) => String(byRank.indexOf(Number(key)))).hidden].sort().join();
};

it('hides the same whichever of those hidden are the small ones, in as many of the orders', () => {
  let seen = 0;
  for (const { sizes, orders } of worlds()) {
    const often = (of: number[], hidden: string) =>
      orders.filter((each) => hiddenOf(of, each) === hidden).length;
    for (const hidden of new Set(orders.map((each) => hiddenOf(sizes, each)))) {
      const places = hidden.split(',').filter(Boolean).map(Number);
      for (const [one, other] of places.flatMap((a) => places.map((b) => [a, b] as const))) {
        const swapped = [...sizes];
        [swapped[one], swapped[other]] = [sizes[other]!, sizes[one]!];
        expect([sizes, hidden, often(swapped, hidden)]).toEqual([sizes, hidden, often(sizes, hidden)]);
        seen += 1;
      }
    }
  }
  expect(seen).toBeGreaterThan(500);
});

it('hides as many others whether a small one is 1 or 4', () => {
  for (const { sizes, orders } of worlds())
    for (const [at, size] of sizes.entries())
      if (size >= 1 && size <= 4)
        for (const other of [1, 2, 3, 4])
          for (const each of orders.slice(0, 20))
            expect(hiddenOf(sizes.with(at, other), each)).toBe(hiddenOf(sizes, each));
});

it('takes the others in an order that depends on the secret alone', () => {
  const keys = Array.from({ length: 40 }, (_, i) => `unit_${i}`);
  const sorted = (secret: string) =>
    keys.toSorted((a, b) => (orderBy(secret)(a) < orderBy(secret)(b) ? -1 : 1));
  expect(sorted('one')).toEqual(sorted('one'));
  expect(sorted('one')).not.toEqual(sorted('other'));
  expect(sorted('one')).not.toEqual(keys);
});

it('chooses the others without regard to their sizes', () => {
  const other = (b: number, c: number) => shown({ a: 2, b, c }).shown;
  expect(other(40, 50)).toEqual(other(50, 40));
});

it.each<[Record<string, number>, boolean]>([
  [{ a: 1, b: 1, c: 1, d: 1, e: 1 }, true],
  [{ a: 3 }, true],
  [{ a: 4, b: 4 }, false], // might be 1 and 7: then both would be hidden, too
  [{ a: 1, b: 5 }, false],
])('where all of %j must be hidden, hides the total: %p', (sizes, hidesTotal) => {
  expect(shown(sizes)).toEqual({ shown: [], hidesTotal });
});

it('hides another part beside one that must be hidden', () => {
  expect(shown({ a: 30, b: 40, c: 50 }, ['a']).shown).toHaveLength(1);
  expect(shown({ a: 0, b: 40 }, ['a']).shown).toEqual(['b']);
});

it('leaves each small part any value from 1 to 4, in every partition of up to four parts', () => {
  const values = [0, 1, 2, 3, 4, 5, 6, 9];
  const all = values.flatMap((a) =>
    values.flatMap((b) => values.flatMap((c) => values.map((d) => [a, b, c, d]))),
  );
  for (const sizes of all) {
    const keyed = parts(Object.fromEntries(sizes.map((size, at) => [`part ${at}`, size])));
    const { hidden, hidesTotal } = partition(keyed, order);
    const held = [...keyed].filter(([key]) => hidden.has(key)).map(([, size]) => size);
    const sum = held.reduce((total, size) => total + size, 0);
    expect([...keyed].filter(([key, size]) => size >= 1 && size <= 4 && !hidden.has(key))).toEqual([]);
    expect(held).not.toContain(0);
    // One part can be 4 and one other 1 or more, with the rest at least 1 each.
    if (held.length > 0 && !hidesTotal) expect(sum - (held.length - 1)).toBeGreaterThanOrEqual(4);
    if (held.length === 1) expect(hidesTotal).toBe(true);
  }
});

describe('a tree', () => {
  const parentOf = new Map<string, string | null>([
    ['city', null],
    ['north', 'city'],
    ['south', 'city'],
    ['n1', 'north'],
    ['n2', 'north'],
    ['s1', 'south'],
    ['s2', 'south'],
  ]);
  const hiddenIn = (own: Record<string, number>) => {
    const within = new Map<string, number>();
    for (const [unitId, size] of Object.entries(own))
      for (let at: string | null | undefined = unitId; at; at = parentOf.get(at))
        within.set(at, (within.get(at) ?? 0) + size);
    const tree = { own: parts(own), within, parentOf };
    const { hidden, hidesTotal } = partitionTree(tree, order);
    return { hidden: [...hidden].sort(), hidesTotal };
  };

  it('hides beside a small unit one of its siblings, and nothing elsewhere', () => {
    const below = ['n1', 'n2'].flatMap((id) => [id, ownPart(id)]);
    expect(hiddenIn({ n1: 2, n2: 20, s1: 30, s2: 40 })).toEqual({ hidden: below, hidesTotal: false });
  });

  it('hides all that lies in a hidden unit', () => {
    const { hidden } = hiddenIn({ city: 3, n1: 20, n2: 20, s1: 30, s2: 30 });
    const branch = hidden.includes('north') ? ['north', 'n1', 'n2'] : ['south', 's1', 's2'];
    expect(hidden).toEqual([ownPart('city'), ...branch.flatMap((id) => [id, ownPart(id)])].sort());
  });

  it('hides a unit that would betray its parts, and a sibling for its sake', () => {
    const { hidden, hidesTotal } = hiddenIn({ north: 1, n1: 1, n2: 3, s1: 20, s2: 20 });
    expect(hidden).toEqual(expect.arrayContaining(['north', 'south', 'n1', 's1']));
    expect(hidesTotal).toBe(false);
  });

  it('hides the sum of all where nothing else protects its parts', () => {
    expect(hiddenIn({ city: 1, north: 1, n1: 1, n2: 1, south: 1 }).hidesTotal).toBe(true);
  });
});

describe('what can be derived from a tree', () => {
  const parentOf = new Map<string, string | null>([
    ['north', null],
    ['south', null],
    ...['n1', 'n2', 'n3'].map((id): [string, string] => [id, 'north']),
    ...['s1', 's2'].map((id): [string, string] => [id, 'south']),
  ]);
  const own = parts({ n1: 2, n2: 20, n3: 30, s1: 30, s2: 40 });
  const within = parts({ north: 52, south: 70, n1: 2, n2: 20, n3: 30, s1: 30, s2: 40 });
  const blocks = (forced?: string[]) =>
    new Blocks({ own, within, parentOf }, [...own.keys()], order, forced && new Set(forced));

  it('is what has all of the parts that are hidden together, or none', () => {
    const { hidden } = blocks();
    const partner = hidden.has('n2') ? 'n2' : 'n3';
    const open = partner === 'n2' ? 'n3' : 'n2';
    expect(blocks().splits(['n1'])).toBe(true);
    expect(blocks().splits([partner, open, 's1'])).toBe(true);
    expect(blocks().splits(['n1', partner])).toBe(false);
    expect(blocks().splits([open, 's1'])).toBe(false);
    expect(blocks().splits([])).toBe(false);
  });

  it('is no part of a unit that is hidden as a whole', () => {
    expect(blocks(['north']).splits(['n1', 'n2', 'n3'])).toBe(true); // the south is hidden with it
    expect(blocks(['north']).splits([...own.keys()])).toBe(false);
  });
});
