// How is a long list read a page at a time? Relay connections with keyset cursors, many parents in one statement.
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { badInput } from './errors';
import { prefixOf } from './ids';
import { grouped, type Reader } from './reader';

const DEFAULT_SIZE = 20;
const LARGEST_SIZE = 100;
/** More than a cursor of any list has: a sort key has three digits for each of the 300 letters of a name. */
const LONGEST_CURSOR = 10_000;

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many from the start, at most 100; 20 when nothing is said.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor of the same list.' })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many from the end, at most 100.' })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what comes before this cursor of the same list.',
  })
  before?: string | null;
}

@ObjectType({ description: 'Where a page lies in its list (thông tin trang).', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows (còn trang sau).' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether something comes before (còn trang trước).' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first edge (con trỏ đầu trang).' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last edge (con trỏ cuối trang).' })
  endCursor!: string | null;
}

export interface Page<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfo;
  /** Counts only when the field is selected. */
  totalCount: () => Promise<number>;
}

/** The connection type of a record, with its edge type. */
export function connectionOf<T extends object>(
  node: () => ClassType<T>,
  name: string,
  vi: string,
): ClassType<Page<T>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list (${vi}).`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Its place in this list and order (con trỏ).' })
    cursor!: string;

    @Field(node, { description: `The record (${vi}).` })
    node!: T;
  }

  @ObjectType(`${name}Connection`, {
    description: `A page of a list (danh sách ${vi}).`,
    simpleResolvers: true,
  })
  class Connection implements Page<T> {
    @Field(() => [Edge], { description: 'The records with their cursors (các mục kèm con trỏ).' })
    edges!: Edge[];

    @Field(() => [node()], { description: 'The records alone (các mục).' })
    nodes!: T[];

    @Field(() => PageInfo, { description: 'Where this page lies (thông tin trang).' })
    pageInfo!: PageInfo;

    @Field(() => Int, {
      description: 'How many there are on all pages; counted only when asked for (tổng số).',
    })
    totalCount!: () => Promise<number>;
  }
  return Connection;
}

/** A kind of list: its entity and the orders it can be read in, each by columns that are never null. */
export interface Listing<T extends ObjectLiteral & { id: string }> {
  entity: EntityTarget<T>;
  alias: string;
  /** Order fields of the API to property names; `id` is appended to make each order total. */
  orders: Record<string, (keyof T & string)[]>;
  /** The order when none is asked for. */
  usual: Order;
  /**
   * The prefix of its ids, for a list whose order tells of persons: a cursor then holds the id alone, and what it is
   * ordered by is looked up again.
   */
  secret?: string;
}

export interface Order {
  field: string;
  direction: 'ASC' | 'DESC';
}

type Query<T extends ObjectLiteral> = SelectQueryBuilder<T>;

export interface ListRequest<T extends ObjectLiteral> {
  page: PageArgs;
  orderBy?: Order | null;
  /** The condition of the rows that the caller may see, for the table under an alias; all of them when left out. */
  within?: (alias: string) => [sql: string, parameters: object];
  /** Adds the conditions of a filter; `filter` tells one list from another when many parents are read at once. */
  narrow?: (query: Query<T>) => void;
  filter?: unknown;
  /** Hears the ids of the rows that the answer tells of, shown or counted; left out where that is no secret. */
  hits?: (ids: string[]) => void;
  /** The record whose list this is: `join` ties rows to parents, `parent` is the SQL that holds the parent's id. */
  of?: { id: string; parent: string; join?: (query: Query<T>) => void };
}

interface Span {
  size: number;
  backward: boolean;
  order: Order;
  columns: string[];
  /** Tells cursors of this list, in this order and of this parent, from all others. */
  tag: string;
  /** Order values and id of the row behind the cursor. */
  from: unknown[] | null;
  limit: number;
}

/**
 * Reads one page. Equal lists of several parents (the enrolments of 20 cohorts) cost the same number of statements
 * as the list of one or two.
 * @throws BAD_USER_INPUT for sizes out of bounds and cursors of another list.
 */
export async function readPage<T extends ObjectLiteral & { id: string }>(
  reader: Reader,
  listing: Listing<T>,
  request: ListRequest<T>,
): Promise<Page<T>> {
  const span = spanOf(listing, request);
  const rows = request.of
    ? await readOfParents(reader, listing, request, span, request.of)
    : await reader.read((manager) => query(manager, listing, request, span).limit(span.limit).getMany());
  request.hits?.(rows.map(({ id }) => id)); // the row too many as well: hasNextPage tells of it
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
      // More than fit on a page are a figure, and tell of nobody.
      if (request.hits && total > 0 && total <= LARGEST_SIZE)
        request.hits(await idsOf(reader, listing, request));
      return total;
    }),
  };
}

/** The same answer under every alias: it is counted once, as it is priced once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= work());
}

async function readOfParents<T extends ObjectLiteral & { id: string }>(
  reader: Reader,
  listing: Listing<T>,
  request: ListRequest<T>,
  span: Span,
  of: NonNullable<ListRequest<T>['of']>,
): Promise<T[]> {
  const name = listName(listing, request, [span.order, request.page]);
  const found = await reader.load<T[]>(
    async (manager, parents) => {
      const all = query(manager, listing, request, span).andWhere(`${of.parent} IN (:...parents)`, {
        parents,
      });
      if (parents.length === 1) return new Map([[parents[0]!, await all.limit(span.limit).getMany()]]);
      const order = span.columns
        .map((column) => `${listing.alias}.${column} ${directionOf(span)}`)
        .join(', ');
      const ranked = all
        .orderBy()
        .select(`${listing.alias}.id`, 'id')
        .addSelect(of.parent, 'parent')
        .addSelect(`ROW_NUMBER() OVER (PARTITION BY ${of.parent} ORDER BY ${order})`, 'place');
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
    },
    of.id,
    `page:${name}`,
  );
  return found ?? [];
}

async function count<T extends ObjectLiteral & { id: string }>(
  reader: Reader,
  listing: Listing<T>,
  request: ListRequest<T>,
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
        .select(of.parent, 'parent')
        .addSelect('COUNT(*)', 'total');
      of.join?.(all);
      narrowed(all, request);
      const rows = await all
        .andWhere(`${of.parent} IN (:...parents)`, { parents })
        .groupBy(of.parent)
        .getRawMany<{ parent: string; total: number | string }>();
      return new Map(rows.map((row) => [row.parent, Number(row.total)]));
    },
    of.id,
    `count:${name}`,
  );
  return total ?? 0;
}

/** The ids of all rows of a list that is known to be short. */
async function idsOf<T extends ObjectLiteral & { id: string }>(
  reader: Reader,
  listing: Listing<T>,
  request: ListRequest<T>,
): Promise<string[]> {
  const { of } = request;
  const read = async (manager: EntityManager, parents?: readonly string[]) => {
    const all = manager.createQueryBuilder(listing.entity, listing.alias).select(`${listing.alias}.id`, 'id');
    of?.join?.(all);
    narrowed(all, request);
    if (of) all.addSelect(of.parent, 'parent').andWhere(`${of.parent} IN (:...parents)`, { parents });
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

function listName<T extends ObjectLiteral & { id: string }>(
  listing: Listing<T>,
  request: ListRequest<T>,
  more: unknown[],
): string {
  return JSON.stringify([listing.alias, request.of?.parent, request.filter ?? null, ...more]);
}

function query<T extends ObjectLiteral & { id: string }>(
  manager: EntityManager,
  listing: Listing<T>,
  request: ListRequest<T>,
  span: Span,
): Query<T> {
  const { alias } = listing;
  const rows = manager.createQueryBuilder(listing.entity, alias);
  request.of?.join?.(rows);
  narrowed(rows, request);
  if (span.from) {
    const columns = span.columns.map((column) => `${alias}.${column}`).join(', ');
    const past = directionOf(span) === 'ASC' ? '>' : '<';
    const from = listing.secret ? orderValuesOf(rows, listing, request, span) : valuesOf(rows, span.from);
    rows.andWhere(`(${columns}) ${past} (${from})`);
  }
  for (const column of span.columns) rows.addOrderBy(`${alias}.${column}`, directionOf(span));
  return rows;
}

function narrowed<T extends ObjectLiteral & { id: string }>(rows: Query<T>, request: ListRequest<T>): void {
  if (request.within) rows.andWhere(...request.within(rows.alias));
  request.narrow?.(rows);
}

function valuesOf<T extends ObjectLiteral>(rows: Query<T>, from: unknown[]): string {
  from.forEach((value, i) => rows.setParameter(`from${i}`, value));
  return from.map((_, i) => `:from${i}`).join(', ');
}

/** Only of a row within reach: a cursor made by hand must not tell where somebody else stands in the order. */
function orderValuesOf<T extends ObjectLiteral & { id: string }>(
  rows: Query<T>,
  listing: Listing<T>,
  request: ListRequest<T>,
  span: Span,
): string {
  const row = rows
    .subQuery()
    .select(span.columns.map((column) => `row.${column}`))
    .from(listing.entity, 'row')
    .where('row.id = :from', { from: span.from![0] });
  if (request.within) row.andWhere(...request.within('row'));
  rows.setParameters(row.getParameters());
  return row.getQuery().replace(/^\(|\)$/g, '');
}

function directionOf({ order, backward }: Span): 'ASC' | 'DESC' {
  return (order.direction === 'ASC') !== backward ? 'ASC' : 'DESC';
}

function spanOf<T extends ObjectLiteral & { id: string }>(
  listing: Listing<T>,
  request: ListRequest<T>,
): Span {
  const { first, last, after, before } = request.page;
  const order = request.orderBy ?? listing.usual;
  if (first != null && last != null) throw badInput('Ask for `first` or for `last`, not for both.');
  if (first != null && before != null) throw badInput('`before` goes with `last`; with `first` use `after`.');
  if (last != null && after != null) throw badInput('`after` goes with `first`; with `last` use `before`.');
  if (after != null && before != null) throw badInput('Use `after` or `before`, not both.');
  const backward = last != null || before != null;
  const size = first ?? last ?? DEFAULT_SIZE;
  if (size < 0 || size > LARGEST_SIZE) {
    throw badInput(`\`${backward ? 'last' : 'first'}\` is ${size}; it must be from 0 to ${LARGEST_SIZE}.`);
  }
  const columns = [...listing.orders[order.field]!, 'id'];
  const cursor = after ?? before;
  const tag = [listing.alias, order.field, order.direction, request.of?.id].filter(Boolean).join('.');
  const from = cursor == null ? null : decode(cursor, tag, listing.secret ? 1 : columns.length);
  if (from && listing.secret && prefixOf(String(from[0])) !== listing.secret) throw foreignCursor();
  return { size, backward, order, columns, tag, from, limit: size + 1 };
}

function encode<T extends ObjectLiteral & { id: string }>(listing: Listing<T>, span: Span, node: T): string {
  const values = (listing.secret ? ['id'] : span.columns).map((column) => {
    const value: unknown = node[column];
    return value instanceof Date ? { at: value.getTime() } : value;
  });
  return Buffer.from(JSON.stringify([span.tag, ...values])).toString('base64url');
}

function decode(cursor: string, tag: string, length: number): unknown[] {
  if (cursor.length > LONGEST_CURSOR) throw foreignCursor();
  try {
    const [found, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
      unknown,
      ...unknown[],
    ];
    if (found === tag && values.length === length) return values.map(orderValue);
  } catch {
    // Told below: whatever is wrong with it, the reader can only start anew.
  }
  throw foreignCursor();
}

const foreignCursor = () =>
  badInput('This cursor is not of this list in this order. Start again without it.');

function orderValue(value: unknown): string | number | Date {
  if (typeof value === 'string' || typeof value === 'number') return value;
  const at = (value as { at?: unknown } | null)?.at;
  if (typeof at === 'number' && Math.abs(at) <= 8.64e15) return new Date(at);
  throw new TypeError('no order value');
}
