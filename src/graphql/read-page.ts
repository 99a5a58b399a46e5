// Reading of paginated lists with keyset cursors; equal lists of many parents are read in one statement.
import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { isCommonText, matchesText, relevanceOf } from '../database/search';
import { once } from '../lib/once';
import { all, raw, Sql, sql } from '../lib/sql';
import type { AnyListing, ListArgs, Listing, ListOptions, ListRequest, Page, Parent, Row } from './page';
import { directionOf, encode, LARGEST_SIZE, orderedBy, type Span, spanOf } from './page-span';
import { grouped, type Reader } from './reader';

type Query<T extends ObjectLiteral> = SelectQueryBuilder<T>;

/**
 * Reads a page. Equal lists of many parents (the enrolments of 20 cohorts) cost as many statements as the list of one.
 * @throws BAD_USER_INPUT for sizes out of bounds and cursors of another list.
 */
export async function readPage<T extends Row, F extends object>(
  reader: Reader,
  today: string,
  listing: Listing<T, F>,
  args: ListArgs<F>,
  options: ListOptions = {},
): Promise<Page<T>> {
  const text = listing.searched && (args.filter as { text?: string | null } | null | undefined)?.text;
  const common = text ? await isCommon(reader, listing.alias, text) : false;
  const filter = all([
    text && matchesText(listing.alias, text, common),
    ...(listing.narrow?.(args.filter ?? ({} as F), today, options.shown ?? noRows) ?? []),
  ]);
  const relevance = text ? relevanceOf(text) : null;
  const request = { ...options, page: args, orderBy: args.orderBy, filter, relevance, common };
  return pageOf(reader, listing, request);
}

/** As isCommonText, asked once for equal lists of many parents. */
async function isCommon(reader: Reader, table: string, text: string): Promise<boolean> {
  const found = await reader.load<boolean>(
    async (manager, texts) =>
      new Map(
        await Promise.all(
          texts.map(async (each) => [each, await isCommonText(manager, table, each)] as const),
        ),
      ),
    text,
    `common:${table}`,
  );
  return found ?? false;
}

/** A filter by what nobody may see matches nothing. */
const noRows = () => sql`1 = 0`;

async function pageOf<T extends Row>(
  reader: Reader,
  listing: AnyListing<T>,
  request: ListRequest,
): Promise<Page<T>> {
  const span = spanOf(listing, request, (column) => reader.columnType(listing.entity, column));
  const { rows, place } = request.of
    ? await readOfParents(reader, listing, request, span, request.of)
    : await reader.read((manager) => placed(manager, request, rowsOf(manager, listing, request, span)));
  request.hits?.(rows.map(({ id }) => id)); // with the extra row, which hasNextPage reveals
  const more = rows.length > span.size;
  const kept = rows.slice(0, span.size);
  if (span.backward) kept.reverse();
  const edges = kept.map((node) => ({ node, cursor: encode(listing, span, node) }));
  return {
    edges,
    nodes: kept,
    pageInfo: {
      hasNextPage: span.backward ? request.page.before != null : more,
      hasPreviousPage: span.backward ? more : request.page.after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: once(async () => {
      const total = await count(reader, listing, request);
      // A count larger than a page is a figure and identifies no person.
      if (request.hits && total > 0 && total <= LARGEST_SIZE)
        request.hits(await idsOf(reader, listing, request));
      return total;
    }),
    asOf: place,
    withheld: request.withheld ?? false,
  };
}

/** What was read in one snapshot, and the place in the event log that this snapshot has reached. */
interface Placed<T> {
  rows: T;
  place: string | null;
}

/** Both are read in one snapshot: at a place read later, a change between the two would be missed by followers. */
async function placed<T>(
  manager: EntityManager,
  { place }: ListRequest,
  reading: Promise<T>,
): Promise<Placed<T>> {
  const [rows, reached] = await Promise.all([reading, place?.(manager) ?? null]);
  return { rows, place: reached };
}

async function rowsOf<T extends Row>(
  manager: EntityManager,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
): Promise<T[]> {
  if (!span.relevance || !request.common)
    return query(manager, listing, request, span).limit(span.limit).getMany();
  // So many match that to rank them all takes longer than to read those of one place after those of another.
  const places = [...span.relevance.places(listing.alias).entries()];
  if (span.backward) places.reverse();
  const first = span.from && (await placeOf(manager, listing, request, span));
  const rows: T[] = [];
  for (const [place, holds] of places) {
    if (first !== null && (span.backward ? place > first : place < first)) continue;
    const those = query(manager, listing, request, span, holds).limit(span.limit - rows.length);
    rows.push(...(await those.getMany()));
    if (rows.length === span.limit) break;
  }
  return rows;
}

/** The place in the order of relevance of a cursor's row; null for one that is gone. */
async function placeOf<T extends Row>(
  manager: EntityManager,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
): Promise<number | null> {
  if (!listing.secret) return Math.abs(span.from![0] as number);
  const row = cursorRow(manager.createQueryBuilder(listing.entity, 'row'), request, span);
  const [rank, values] = span.relevance!.of('row').named();
  const found = await row.select(rank, 'place').setParameters(values).getRawOne<{ place: number }>();
  return found?.place ?? null;
}

async function readOfParents<T extends Row>(
  reader: Reader,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
  of: Parent,
): Promise<Placed<T[]>> {
  const name = listName(listing, request, [
    span.order,
    span.backward,
    span.limit,
    span.from,
    span.relevance !== null, // its text stands in the filter
  ]);
  const found = await reader.load<Placed<T[]>>(
    async (manager, parents) => {
      const reading = rowsOfParents(reader, manager, listing, request, span, of, parents);
      const { rows, place } = await placed(manager, request, reading);
      return new Map(parents.map((parent) => [parent, { rows: rows.get(parent) ?? [], place }]));
    },
    of.id,
    `page:${name}${request.place ? ' with its place' : ''}`,
  );
  return found!;
}

async function rowsOfParents<T extends Row>(
  reader: Reader,
  manager: EntityManager,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
  of: Parent,
  parents: readonly string[],
): Promise<Map<string, T[]>> {
  const all = query(manager, listing, request, span).andWhere(`${of.column} IN (:...parents)`, { parents });
  if (parents.length === 1) return new Map([[parents[0]!, await all.limit(span.limit).getMany()]]);
  const [order, values] = listed(orderedBy(span, listing.alias), ` ${directionOf(span)}`).named();
  const ranked = all
    .orderBy()
    .setParameters(values)
    .select(`${listing.alias}.id`, 'id')
    .addSelect(of.column, 'parent')
    .addSelect(`ROW_NUMBER() OVER (PARTITION BY ${of.column} ORDER BY ${order})`, 'place');
  const places = await manager
    .createQueryBuilder()
    .select(['page.id AS id', 'page.parent AS parent'])
    .from(`(${ranked.getQuery()})`, 'page')
    .setParameters(ranked.getParameters())
    .where('page.place <= :limit', { limit: span.limit })
    .orderBy('page.place')
    .getRawMany<{ id: string; parent: string }>();
  const nodes = await Promise.all(
    places.map(async ({ id, parent }) => ({ parent, node: await reader.get(listing.entity, id) })),
  );
  const byParent = new Map<string, T[]>();
  for (const [parent, own] of grouped(nodes, (each) => each.parent))
    byParent.set(
      parent,
      own.map(({ node }) => node),
    );
  return byParent;
}

async function count<T extends Row>(
  reader: Reader,
  listing: AnyListing<T>,
  request: ListRequest,
): Promise<number> {
  const { of } = request;
  if (!of) {
    return reader.read((manager) => {
      const all = manager.createQueryBuilder(listing.entity, listing.alias);
      narrowed(all, request);
      return all.getCount();
    });
  }
  const name = listName(listing, request, []);
  const total = await reader.load<number>(
    async (manager, parents) => {
      const all = manager
        .createQueryBuilder(listing.entity, listing.alias)
        .select(of.column, 'parent')
        .addSelect('COUNT(*)', 'total');
      narrowed(all, request);
      const rows = await all
        .andWhere(`${of.column} IN (:...parents)`, { parents })
        .groupBy(of.column)
        .getRawMany<{ parent: string; total: number | string }>();
      return new Map(rows.map((row) => [row.parent, Number(row.total)]));
    },
    of.id,
    `count:${name}`,
  );
  return total ?? 0;
}

/** The ids of all rows of a list; only for lists known to be short. */
async function idsOf<T extends Row>(
  reader: Reader,
  listing: AnyListing<T>,
  request: ListRequest,
): Promise<string[]> {
  const { of } = request;
  const read = async (manager: EntityManager, parents?: readonly string[]) => {
    const all = manager.createQueryBuilder(listing.entity, listing.alias).select(`${listing.alias}.id`, 'id');
    narrowed(all, request);
    if (of) all.addSelect(of.column, 'parent').andWhere(`${of.column} IN (:...parents)`, { parents });
    return all.getRawMany<{ id: string; parent: string }>();
  };
  const rows = of
    ? await reader.load(
        async (manager, parents) => grouped(await read(manager, parents), ({ parent }) => parent),
        of.id,
        `ids:${listName(listing, request, [])}`,
      )
    : await reader.read(read);
  return rows?.map(({ id }) => id) ?? [];
}

/** The loader key of a list: different for all lists of an operation that differ in anything. */
function listName<T extends Row>(listing: AnyListing<T>, request: ListRequest, more: unknown[]): string {
  const { filter, within, of } = request;
  const { table, on } = of?.through ?? {};
  const through = typeof table === 'function' ? table.name : table;
  const { entity, alias } = listing;
  return JSON.stringify([entity.name, alias, of?.column, through, on, filter, within?.(alias), ...more]);
}

function query<T extends Row>(
  manager: EntityManager,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
  ofPlace?: Sql,
): Query<T> {
  const { alias } = listing;
  const rows = manager.createQueryBuilder(listing.entity, alias);
  narrowed(rows, request);
  if (span.from) {
    const [columns, values] = listed(orderedBy(span, alias)).named();
    const past = directionOf(span) === 'ASC' ? '>' : '<';
    const from = listing.secret ? orderValuesOf(rows, listing, request, span) : valuesOf(rows, span.from);
    rows.andWhere(`(${columns}) ${past} (${from})`, values);
  }
  if (ofPlace) rows.andWhere(...ofPlace.named());
  else if (span.relevance) {
    const [rank, values] = orderedBy(span, alias)[0]!.named();
    rows.addSelect(rank, 'relevance').setParameters(values).addOrderBy('relevance', directionOf(span));
  }
  for (const column of span.columns) rows.addOrderBy(`${alias}.${column}`, directionOf(span));
  return rows;
}

function narrowed<T extends Row>(rows: Query<T>, request: ListRequest): void {
  const through = request.of?.through;
  if (through) {
    const { table, alias, on } = through;
    if (table instanceof Sql) {
      const [text, parameters] = table.named();
      rows.innerJoin(text, alias, on, parameters);
    } else rows.innerJoin(table, alias, on);
  }
  if (request.within) rows.andWhere(...request.within(rows.alias).named());
  rows.andWhere(...request.filter.named());
}

/** Fragments with commas between them. @param after what follows each. */
const listed = (fragments: readonly Sql[], after = ''): Sql =>
  fragments.map((each) => sql`${each}${raw(after)}`).reduce((list, each) => sql`${list}, ${each}`);

function valuesOf<T extends ObjectLiteral>(rows: Query<T>, from: unknown[]): string {
  from.forEach((value, i) => rows.setParameter(`from${i}`, value));
  return from.map((_, i) => `:from${i}`).join(', ');
}

/** The order values of a cursor's row, if it is within reach: a forged cursor must not reveal the place of others. */
function orderValuesOf<T extends Row>(
  rows: Query<T>,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
): string {
  const [values, parameters] = listed(orderedBy(span, 'row')).named();
  const all = rows.subQuery().select(values).setParameters(parameters).from(listing.entity, 'row');
  const row = cursorRow(all, request, span);
  rows.setParameters(row.getParameters());
  return row.getQuery().replace(/^\(|\)$/g, '');
}

function cursorRow<T extends Row>(row: Query<T>, { within }: ListRequest, { from }: Span): Query<T> {
  row.where('row.id = :from', { from: from![0] });
  return within ? row.andWhere(...within('row').named()) : row;
}
