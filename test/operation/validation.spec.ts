// Work of validation: how much of a document is read before it is refused or executed.
import { type DocumentNode, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { comparisonsOf } from '../../src/operation/comparisons';
import { LIMITS } from '../../src/config/limits';
import { Chance } from '../faults/chance';
import { startTestServer, type TestServer } from '../support/server';
import { TRANSPORTS } from '../support/transports';
import { schema } from '../access/cast';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const DOCUMENTS = 80;
const STEPS = 20;
/** What validation may read of a document that is let through: some 50 ns each, with what is done of it. */
const MOST_READS = 600_000;

const times = (n: number, make: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => make(i)).join(' ');

/** How often validation reads anything of a document. */
function readsOf(document: DocumentNode): number {
  let reads = 0;
  const watched = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(watched);
    if (typeof value !== 'object' || value === null || !('kind' in value)) return value;
    const copy = {};
    for (const [key, inner] of Object.entries(value)) {
      const kept = key === 'loc' ? inner : watched(inner);
      Object.defineProperty(copy, key, { enumerable: true, get: () => ((reads += 1), kept) });
    }
    return copy;
  };
  validate(schema, watched(document) as DocumentNode, specifiedRules, { maxErrors: LIMITS.errors });
  return reads;
}

/** A document as a list of parts that can be repeated, nested and put into fragments. */
interface Recipe {
  /** Fields of a unit, with how often each is repeated. */
  fields: [string, number][];
  fragments: number;
  spreads: number;
  operations: number;
  inline: number;
  args: number;
}

const FIELDS = [
  'id',
  'name',
  'a: id',
  'parent { id }',
  'parent { parent { name } }',
  'parent { a: parent { id } }',
];

function newRecipe(chance: Chance): Recipe {
  return {
    fields: Array.from({ length: chance.between(1, 4) }, () => [chance.pick(FIELDS), chance.between(1, 60)]),
    fragments: chance.between(0, 40),
    spreads: chance.between(0, 10),
    operations: chance.between(1, 5),
    inline: chance.between(0, 10),
    args: chance.between(0, 100),
  };
}

/** The same with one part changed. */
function changed(recipe: Recipe, chance: Chance): Recipe {
  const key = chance.pick(Object.keys(recipe) as (keyof Recipe)[]);
  if (key === 'fields') return { ...recipe, fields: newRecipe(chance).fields };
  return {
    ...recipe,
    [key]: Math.max(0, Math.round(recipe[key] * (0.5 + chance.next() * 1.5)) + chance.between(0, 2)),
  };
}

function textOf({ fields, fragments, spreads, operations, inline, args }: Recipe): string {
  const own = fields.map(([field, n]) => `${field} `.repeat(n)).join(' ');
  const spread = (from: number) =>
    times(Math.min(spreads, fragments - from), (i) => `...F${from + Math.min(i, fragments - from - 1)}`);
  const body = `${own} ${times(inline, () => '... on Unit { id name }')} ${fragments ? spread(0) : ''}`;
  const list = times(args, () => 'x: unit(code: "79", on: "2025-01-01") { id }');
  return `${times(Math.max(1, operations), (i) => `query Q${i} { units { nodes { id ${body} } } ${list} }`)}
    ${times(fragments, (i) => `fragment F${i} on Unit { ${own} ${i + 1 < fragments ? spread(i + 1) : ''} id }`)}`;
}

/** The document, unless it is beyond a limit that is looked at first. */
function letThrough(text: string): DocumentNode | null {
  try {
    const document = parse(text, { maxTokens: LIMITS.tokens, noLocation: true });
    return comparisonsOf(document) <= LIMITS.comparisons ? document : null;
  } catch {
    return null;
  }
}

it(`no document within the limits is much work to validate (seed ${seed})`, () => {
  const chance = new Chance(seed);
  let [worst, worstText, tried] = [0, '', 0];
  while (tried < DOCUMENTS) {
    let recipe = newRecipe(chance);
    let most = 0;
    // Uphill: whatever is more work is changed further.
    for (let step = 0; step < STEPS; step++) {
      const next = changed(recipe, chance);
      const document = letThrough(textOf(next));
      if (!document) continue;
      tried += 1;
      const reads = readsOf(document);
      if (reads > most) [most, recipe] = [reads, next];
      if (reads > worst) [worst, worstText] = [reads, textOf(next)];
    }
  }
  if (worst > MOST_READS) throw new Error(`${worst} reads: ${worstText}`);
  expect(worst).toBeGreaterThan(50_000); // else the search has found nothing
});

const REPEATED: [string, string][] = [
  ['fields in fields', `{ units { nodes { ${'parent { parent { name } } '.repeat(300)} } } }`],
  [
    'fields six deep',
    `{ unit(code: "79") { ${'parent { parent { parent { parent { name } } } } '.repeat(200)} } }`,
  ],
  ['fields with arguments', `{ ${'unit(code: "79") { id } '.repeat(400)} }`],
  ['the same name', `{ units { nodes { ${'id '.repeat(3_900)} } } }`],
  [
    'a mesh of fragments',
    `{ unit(code: "79") { ${times(150, (i) => `...F${i}`)} } }
    ${times(150, (i) => `fragment F${i} on Unit { id name code a${i % 50}: id b${i % 50}: name }`)}`,
  ],
  [
    'a chain of fragments',
    `{ unit(code: "79") { ...F0 } }
    ${times(280, (i) => `fragment F${i} on Unit { id name code ...F${i + 1} }`)} fragment F280 on Unit { id }`,
  ],
  [
    'operations that share all of their fragments',
    `${times(150, (i) => `query Q${i} { ...F }`)} fragment F on Query { ${times(300, (i) => `a${i % 90}: latestCursor`)} }`,
  ],
];

describe.each(TRANSPORTS)('over %s', (_name, over) => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.stop());

  it.each(REPEATED)('a document that repeats %s is refused before it is validated', async (_what, query) => {
    const { errors } = await over(server.url, query);
    expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'comparisons' } }]);
  });

  it('a document of a thousand errors is told of the first', async () => {
    const { errors } = await over(server.url, `{ ${times(1_000, (i) => `nothing${i}`)} }`);
    expect(errors).toHaveLength(1);
    expect(errors![0]!.message).toContain(`More than ${LIMITS.documentErrors} places`);
  });

  it('what people write is far from it', async () => {
    // As clients put it together from components: each brings a fragment of its own.
    const components = `{ units(first: 1) { nodes { ${times(30, (i) => `...C${i}`)} } } }
      ${times(30, (i) => `fragment C${i} on Unit { __typename id name parent { __typename id name } }`)}`;
    for (const query of [components, getIntrospectionQuery()]) {
      expect(comparisonsOf(parse(query))).toBeLessThan(LIMITS.comparisons / 4);
      expect((await over(server.url, query)).errors).toBeUndefined();
    }
  });
});
