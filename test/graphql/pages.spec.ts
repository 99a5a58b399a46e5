// Pages of lists, with generated arguments: put together they are the list, forwards and backwards, of one parent or of
// several at a time; and a cursor is good for its own list only.
import fc from 'fast-check';
import { type ListArgs, type Listing, type ListOptions, type Page, PageArgs } from '../../src/graphql/page';
import { readPage } from '../../src/graphql/read-page';
import { Reader } from '../../src/graphql/reader';
import { raw, sql } from '../../src/lib/sql';
import { Cohort } from '../../src/registry/cohort/cohort.entity';
import { Programme } from '../../src/registry/programme/programme.entity';
import { startTestServer, type TestServer } from '../support/server';
import { newCohort, newProgramme, newUnit } from '../support/world';

const TODAY = '2026-01-01';
const NAMES = ['Lớp 9', 'Lớp 10', 'Lớp ảo'];
const DAYS = ['2024-01-01', '2024-02-01', '2024-03-01'];

type Order = NonNullable<ListArgs['orderBy']>;
interface Filter {
  from?: string | null;
}

const cohorts: Listing<Cohort, Filter> = {
  entity: Cohort,
  alias: 'cohort',
  narrow: ({ from }, today) => [from && sql`cohort.starts_on >= ${from}`, sql`cohort.starts_on < ${today}`],
  orders: { STARTS_ON: ['startsOn'], NAME: ['nameKey', 'startsOn'], CREATED: ['createdAt'] },
  usual: { field: 'STARTS_ON', direction: 'DESC' },
};
const secretly: Listing<Cohort, Filter> = { ...cohorts, secret: Cohort.idPrefix };

/** With those that begin later as well, of which there are many. */
const whole: Listing<Cohort> = { ...cohorts, narrow: undefined };

let server: TestServer;
let all: Cohort[];
/** Three units with cohorts, and one without. */
const hosts: string[] = [];
const programmes: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
  for (let i = 0; i < 4; i++) hosts.push((await newUnit(server)).id);
  for (let i = 0; i < 2; i++) programmes.push((await newProgramme(server)).id);
  for (let i = 0; i < 14; i++) {
    const name = NAMES[i % 3];
    const place = { hostUnitId: hosts[i % 4 === 3 ? 0 : i % 3], programmeId: programmes[i % 2] };
    await newCohort(server, { name, startsOn: DAYS[((i * 5) % 7) % 3], ...place });
  }
  await newCohort(server, { startsOn: '2027-01-01', hostUnitId: hosts[0], programmeId: programmes[0] });
  all = await server.running.services.database.transaction(async (manager) => {
    // Many are made in the same moment.
    const moments = (await manager.find(Cohort)).map(({ createdAt }) => createdAt);
    for (const [i, name] of NAMES.entries())
      await manager.update(Cohort, { name }, { createdAt: moments.at(-1 - i) });
    const rows = await manager.find(Cohort);
    const later = rows.find(({ startsOn }) => startsOn > TODAY)!;
    const copies = Array.from({ length: 90 }, (_, i) => ({
      ...later,
      id: `cohort_${String(i).padStart(26, '0')}`,
      code: `${later.code}-${i}`,
    }));
    await manager.insert(Cohort, copies);
    return rows;
  });
});
afterAll(() => server.stop());

/** Reads in one operation. */
async function reading<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
  const reader = new Reader(server.running.services.database, 'nobody');
  try {
    return await work(reader);
  } finally {
    await reader.end();
  }
}

const read = (listing: Listing<Cohort, Filter>, args: object, options?: ListOptions) =>
  reading((reader) => readPage(reader, TODAY, listing, Object.assign(new PageArgs(), args), options));

/** The whole list, as a reader without pages would have it. */
function listOf(
  order: Order | null | undefined,
  filter?: Filter | null,
  isOf = (_: Cohort) => true,
): string[] {
  const { field, direction } = order ?? cohorts.usual;
  const columns = [...cohorts.orders[field]!, 'id'] as (keyof Cohort)[];
  const values = (row: Cohort) =>
    columns.map((column) => (column === 'createdAt' ? row.createdAt.toISOString() : String(row[column])));
  const before = (a: string[], b: string[]) => {
    const at = a.findIndex((value, i) => value !== b[i]);
    return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
  };
  const rows = all
    .filter((row) => row.startsOn < TODAY && row.startsOn >= (filter?.from ?? '') && isOf(row))
    .sort((a, b) => before(values(a), values(b)))
    .map(({ id }) => id);
  return direction === 'ASC' ? rows : rows.reverse();
}

const orders = fc.option(
  fc.record({
    field: fc.constantFrom(...Object.keys(cohorts.orders)),
    direction: fc.constantFrom('ASC' as const, 'DESC' as const),
  }),
);
const filters = fc.option(fc.record({ from: fc.constantFrom(null, ...DAYS) }));
const sizes = fc.integer({ min: 1, max: 16 });
const listings = fc.constantFrom(cohorts, secretly);

const holds = <T extends [unknown, ...unknown[]]>(property: fc.IAsyncProperty<T>, numRuns = 40) => {
  const { SEED } = process.env;
  return fc.assert(property, { numRuns, ...(SEED && { seed: Number(SEED) }) });
};
const idsOf = ({ nodes }: Page<Cohort>) => nodes.map(({ id }) => id);

/** Reads page after page, and checks what each says of itself. */
async function readThrough(
  listing: Listing<Cohort, Filter>,
  args: { orderBy: Order | null; filter: Filter | null },
  size: number,
  isBackward: boolean,
  expected: string[],
  options?: ListOptions,
): Promise<void> {
  const wanted = isBackward ? expected.toReversed() : expected;
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const place: object = isBackward ? { last: size, before: cursor } : { first: size, after: cursor };
    const page: Page<Cohort> = await read(listing, { ...args, ...place }, options);
    const ids = isBackward ? idsOf(page).reverse() : idsOf(page);
    expect(ids).toEqual(wanted.slice(found.length, found.length + size));
    found.push(...ids);
    const { startCursor, endCursor, hasNextPage, hasPreviousPage } = page.pageInfo;
    const [more, earlier] = isBackward ? [hasPreviousPage, hasNextPage] : [hasNextPage, hasPreviousPage];
    expect([more, earlier]).toEqual([found.length < wanted.length, cursor !== null]);
    expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
    expect([startCursor, endCursor]).toEqual([
      page.edges[0]?.cursor ?? null,
      page.edges.at(-1)?.cursor ?? null,
    ]);
    cursor = more ? (isBackward ? startCursor : endCursor) : null;
  } while (cursor);
  expect(found).toEqual(wanted);
}

it('pages put together are the list, in every order, filtered, and either way', async () => {
  await holds(
    fc.asyncProperty(
      listings,
      orders,
      filters,
      sizes,
      fc.boolean(),
      async (listing, orderBy, filter, size, isBackward) => {
        await readThrough(listing, { orderBy, filter }, size, isBackward, listOf(orderBy, filter));
      },
    ),
  );
});

it('has twenty to a page unless it is said, and at most a hundred', async () => {
  expect((await read(whole, {})).nodes).toHaveLength(20);
  expect((await read(whole, { first: 100 })).nodes).toHaveLength(100);
  const { startCursor } = (await read(whole, { last: 1 })).pageInfo;
  expect((await read(whole, { before: startCursor })).nodes).toHaveLength(20);
});

describe('a list of one record', () => {
  const held = sql`(SELECT id AS programme_id FROM programme WHERE code <> ${'nothing'})`;
  const parents = fc.constantFrom<[string, string[], (id: string) => ListOptions['of'], keyof Cohort]>(
    ['by a column', hosts, (id) => ({ id, column: 'cohort.host_unit_id' }), 'hostUnitId'],
    [
      'through a table',
      programmes,
      (id) => ({
        id,
        column: 'own.id',
        through: { table: Programme, alias: 'own', on: 'own.id = cohort.programmeId' },
      }),
      'programmeId',
    ],
    [
      'through a subquery',
      programmes,
      (id) => ({
        id,
        column: 'held.programme_id',
        through: { table: held, alias: 'held', on: 'held.programme_id = cohort.programme_id' },
      }),
      'programmeId',
    ],
  );

  it('has its rows alone, whether it is read by itself or with those of others', async () => {
    await holds(
      fc.asyncProperty(
        parents,
        orders,
        filters,
        sizes,
        fc.boolean(),
        async (parent, orderBy, filter, size, isBackward) => {
          const [, ids, of, column] = parent;
          const expected = (id: string) => listOf(orderBy, filter, (row) => row[column] === id);
          const place = isBackward ? { last: size } : { first: size };
          const args = Object.assign(new PageArgs(), { orderBy, filter, ...place });
          const pages = await reading((reader) =>
            Promise.all(
              ids.map(async (id) => {
                const page = await readPage(reader, TODAY, cohorts, args, { of: of(id) });
                return { id, page, total: await page.totalCount() };
              }),
            ),
          );
          for (const { id, page, total } of pages) {
            const rows = expected(id);
            expect(idsOf(page)).toEqual(isBackward ? rows.slice(-size) : rows.slice(0, size));
            expect(total).toBe(rows.length);
            const isMore = rows.length > size;
            expect(isBackward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage).toBe(isMore);
          }
          const [one] = ids;
          await readThrough(cohorts, { orderBy, filter }, size, isBackward, expected(one!), { of: of(one!) });
        },
      ),
    );
  });

  it('is told apart from another one of the same record that differs in anything', async () => {
    const of = { id: hosts[0]!, column: 'cohort.host_unit_id' };
    const variants: [object, ListOptions, string[]][] = [
      [{}, { of }, listOf(null, null, (row) => row.hostUnitId === hosts[0])],
      [{ first: 2 }, { of }, listOf(null, null, (row) => row.hostUnitId === hosts[0]).slice(0, 2)],
      [{ last: 2 }, { of }, listOf(null, null, (row) => row.hostUnitId === hosts[0]).slice(-2)],
      [
        { orderBy: { field: 'NAME', direction: 'ASC' } },
        { of },
        listOf({ field: 'NAME', direction: 'ASC' }, null, (row) => row.hostUnitId === hosts[0]),
      ],
      [
        { filter: { from: DAYS[2] } },
        { of },
        listOf(null, { from: DAYS[2] }, (row) => row.hostUnitId === hosts[0]),
      ],
      [
        {},
        { of, within: (alias) => sql`${raw(alias)}.programme_id = ${programmes[0]!}` },
        listOf(null, null, (row) => row.hostUnitId === hosts[0] && row.programmeId === programmes[0]),
      ],
      [{}, { of: { ...of, id: hosts[1]! } }, listOf(null, null, (row) => row.hostUnitId === hosts[1])],
    ];
    const found = await reading((reader) =>
      Promise.all(
        variants.map(async ([args, options]) => {
          const page = await readPage(reader, TODAY, cohorts, Object.assign(new PageArgs(), args), options);
          return [idsOf(page), await page.totalCount()] as const;
        }),
      ),
    );
    found.forEach(([ids, total], i) => {
      const [args, , expected] = variants[i]!;
      expect([i, ids]).toEqual([i, expected]);
      if (!('first' in args || 'last' in args)) expect(total).toBe(expected.length);
    });
  });
});

describe('what a caller may not see', () => {
  const inOne = (alias: string) => sql`${raw(alias)}.host_unit_id = ${hosts[0]!}`;
  const isInOne = ({ hostUnitId }: Cohort) => hostUnitId === hosts[0];

  it('is neither read nor counted, whatever is asked for', async () => {
    await holds(
      fc.asyncProperty(
        listings,
        orders,
        filters,
        sizes,
        fc.boolean(),
        async (listing, orderBy, filter, size, isBackward) => {
          const expected = listOf(orderBy, filter, isInOne);
          await readThrough(listing, { orderBy, filter }, size, isBackward, expected, { within: inOne });
          const page = await read(listing, { orderBy, filter, first: size }, { within: inOne });
          expect(page.nodes.length).toBe(Math.min(size, expected.length));
        },
      ),
    );
  });

  it('a cursor of a hidden sort key contains the id alone, and its record must be within reach', async () => {
    await holds(
      fc.asyncProperty(orders, sizes, async (orderBy, first) => {
        const page = await read(secretly, { orderBy, first });
        const { field, direction } = orderBy ?? secretly.usual;
        for (const { cursor, node } of page.edges)
          expect(JSON.parse(Buffer.from(cursor, 'base64url').toString())).toEqual([
            `cohort.${field}.${direction}`,
            node.id,
          ]);
        for (const { cursor, node } of page.edges) {
          const after = await read(secretly, { orderBy, after: cursor }, { within: inOne });
          const expected = listOf(orderBy, null, isInOne);
          expect(idsOf(after)).toEqual(isInOne(node) ? expected.slice(expected.indexOf(node.id) + 1) : []);
        }
      }),
      15,
    );
  });
});

it('the row listener is called for the rows of the page, one more, and the rows counted', async () => {
  await holds(
    fc.asyncProperty(fc.constantFrom(null, ...hosts), sizes, filters, async (host, first, filter) => {
      const heard: string[][] = [];
      const of = host ? { id: host, column: 'cohort.host_unit_id' } : undefined;
      const rows = listOf(null, filter, ({ hostUnitId }) => !host || hostUnitId === host);
      await reading(async (reader) => {
        const args = Object.assign(new PageArgs(), { first, filter });
        const page = await readPage(reader, TODAY, cohorts, args, { of, hits: (ids) => heard.push(ids) });
        expect(heard).toEqual([rows.slice(0, first + 1)]);
        expect(await Promise.all([page.totalCount(), page.totalCount()])).toEqual([rows.length, rows.length]);
      });
      const counted = rows.length > 0 ? [rows.toSorted()] : [];
      expect(heard.slice(1).map((ids) => ids.toSorted())).toEqual(counted);
    }),
  );
});

it('counting a list longer than a page does not call the row listener', async () => {
  for (const [most, isHeard] of [
    [100, true],
    [101, false],
  ] as const) {
    const heard: string[][] = [];
    const within = (alias: string) =>
      sql`${raw(alias)}.id IN (SELECT id FROM cohort ORDER BY id LIMIT ${most})`;
    await reading(async (reader) => {
      const args = new PageArgs();
      const page = await readPage(reader, TODAY, whole, args, { within, hits: (ids) => heard.push(ids) });
      expect(await page.totalCount()).toBe(most);
    });
    expect(heard.map(({ length }) => length)).toEqual(isHeard ? [21, most] : [21]);
  }
});

describe('is refused', () => {
  const refusal = (message: RegExp | string) =>
    expect.objectContaining({
      message: expect.stringMatching(message),
      extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    });
  const refused = (args: object, message: RegExp | string, options?: ListOptions, listing = cohorts) =>
    expect(read(listing, args, options)).rejects.toEqual(refusal(message));

  it('a size out of bounds, and what does not go together', async () => {
    await refused({ first: -1 }, /^`first` is -1; it must be from 0 to 100\.$/);
    await refused({ first: 101 }, /^`first` is 101;/);
    await refused({ last: 101 }, /^`last` is 101;/);
    await refused({ first: 1, last: 1 }, 'Ask for `first` or for `last`, not for both.');
    await refused({ first: 1, before: 'x' }, '`before` goes with `last`; with `first` use `after`.');
    await refused({ last: 1, after: 'x' }, '`after` goes with `first`; with `last` use `before`.');
    await refused({ after: 'x', before: 'x' }, 'Use `after` or `before`, not both.');
    expect((await read(cohorts, { first: 0 })).nodes).toEqual([]);
    expect((await read(cohorts, { first: 100 })).nodes).toHaveLength(14);
    expect((await read(cohorts, { last: 100 })).nodes).toHaveLength(14);
  });

  const FOREIGN = 'This cursor is not of this list in this order. Start again without it.';

  it('a cursor of another list, order, direction or record', async () => {
    const orderBy = { field: 'NAME', direction: 'ASC' as const };
    const of = { id: hosts[0]!, column: 'cohort.host_unit_id' };
    const { endCursor: after } = (await read(cohorts, { orderBy, first: 1 }, { of })).pageInfo;
    expect((await read(cohorts, { orderBy, after }, { of })).nodes.length).toBeGreaterThan(0);
    await refused({ orderBy, after }, FOREIGN);
    await refused({ orderBy, after }, FOREIGN, { of: { ...of, id: hosts[1]! } });
    await refused({ orderBy: { ...orderBy, direction: 'DESC' }, after }, FOREIGN, { of });
    await refused({ orderBy: { ...orderBy, field: 'STARTS_ON' }, after }, FOREIGN, { of });
    await refused({ orderBy, after }, FOREIGN, { of }, { ...cohorts, alias: 'another' });
    await refused({ orderBy, after }, FOREIGN, { of }, secretly);
  });

  it('any text that is no cursor, and any cursor that was tampered with so that it could not be one', async () => {
    const tag = 'cohort.STARTS_ON.DESC';
    const made = fc
      .oneof(
        fc.array(fc.oneof(fc.constant(tag), fc.string(), fc.jsonValue()), { maxLength: 4 }),
        fc.tuple(
          fc.constant(tag),
          fc.constantFrom(null, true, {}, { at: 'x' }, { at: 9e15 }, []),
          fc.constant('x'),
        ),
        fc.jsonValue(),
      )
      .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
    const isOne = (text: string) => {
      try {
        const [found, day, id, ...more] = JSON.parse(Buffer.from(text, 'base64url').toString());
        const isDay = typeof day === 'string' && new Date(day).toISOString().slice(0, 10) === day;
        return found === tag && isDay && typeof id === 'string' && more.length === 0;
      } catch {
        return false;
      }
    };
    await holds(
      fc.asyncProperty(fc.oneof(fc.string(), made), async (after) => {
        if (isOne(after)) return;
        await refused({ after }, FOREIGN);
      }),
      200,
    );
    const long = Buffer.from(JSON.stringify([tag, 'x'.repeat(8_000), 'x'])).toString('base64url');
    await refused({ after: long }, FOREIGN);
    // Of another kind than its column: PostgreSQL could not even compare it.
    for (const [day, id] of [
      ['x'.repeat(7_000), 'x'],
      ['2024-02-30', 'x'],
      [7, 'x'],
      [{ at: 7 }, 'x'],
      [DAYS[0], 7],
    ])
      await refused({ after: Buffer.from(JSON.stringify([tag, day, id])).toString('base64url') }, FOREIGN);
    const foreign = Buffer.from(JSON.stringify([tag, hosts[0]])).toString('base64url');
    await refused({ after: foreign }, FOREIGN, {}, secretly);
  });
});
