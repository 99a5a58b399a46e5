// Pagination: Relay connections with keyset cursors; equal lists of many parents are read in one statement.
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { badInput } from './errors';
import { prefixOf } from '../lib/ids';
import { grouped, type Reader } from './reader';
import { all, type Said, Sql } from '../lib/sql';

const DEFAULT_SIZE = 20;
const LARGEST_SIZE = 100;
/** Longer than any real cursor: a sort key has three digits for each of the 300 letters of a name. */
const LONGEST_CURSOR = 10_000;

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many from the start, at most 100; 20 by default.',
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

/** The arguments of a list field: a page, and, where the list has them, a filter and an order. */
export type ListArgs<F extends object = object> = PageArgs & {
  orderBy?: Order | null;
} & (Partial<F> extends F ? { filter?: F | null } : { filter: F });

/**
 * Makes the arguments types of a list with a filter: for its root field, and for fields with the list of one record.
 * @param what the noun of the list, for descriptions.
 * @param order the order input, where the list has one; `usual` describes the default.
 */
export function listArgs<F extends object>(
  what: string,
  filter: ClassType<F>,
  order?: { by: ClassType<Order>; usual?: string },
): Record<'root' | 'nested', ClassType<ListArgs<F>>> {
  const argsFor = (which: string) => {
    @ArgsType()
    class FilteredArgs extends PageArgs {
      @Field(() => filter, { nullable: true, description: `${which} (bộ lọc).` })
      filter?: F | null;
    }
    if (!order) return FilteredArgs;
    const { by, usual } = order;

    @ArgsType()
    class OrderedArgs extends FilteredArgs {
      @Field(() => by, {
        nullable: true,
        description: `In which order${usual ? `; ${usual}` : ''} (thứ tự).`,
      })
      orderBy?: Order | null;
    }
    return OrderedArgs;
  };
  const args = { root: argsFor(['Which', what].join(' ').trim()), nested: argsFor('Which of them') };
  return args as Record<'root' | 'nested', ClassType<ListArgs<F>>>;
}

@ObjectType({ description: 'The position of a page in its list (thông tin trang).', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is a next page (còn trang sau).' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is a previous page (còn trang trước).' })
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

/** Makes the connection type of a record type, with its edge type. */
export function connectionOf<T extends object>(
  node: () => ClassType<T>,
  name: string,
  vi: string,
): ClassType<Page<T>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list (${vi}).`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'Its position in this list and order (con trỏ).' })
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

    @Field(() => PageInfo, { description: 'The position of this page (thông tin trang).' })
    pageInfo!: PageInfo;

    @Field(() => Int, {
      description: 'Number of records on all pages; counted only when selected (tổng số).',
    })
    totalCount!: () => Promise<number>;
  }
  return Connection;
}

type Query<T extends ObjectLiteral> = SelectQueryBuilder<T>;
type Row = ObjectLiteral & { id: string };

/** Declaration of a list: its entity, the conditions of a filter of type F, and the orders it can be read in. */
export interface Listing<T extends Row, F extends object = object> {
  entity: new () => T;
  alias: string;
  /** The SQL conditions of a filter, on the alias. @param today the day of the operation. */
  narrow?: (filter: F, today: string) => Said[];
  /** The properties of each order field, which are never null; `id` is appended to make each order total. */
  orders: Record<string, (keyof T & string)[]>;
  /** The default order. */
  usual: Order;
  /**
   * Set to the id prefix for a list whose order values are personal data: its cursors contain only the id, and the
   * order values are looked up again.
   */
  secret?: string;
}

export interface Order {
  field: string;
  direction: 'ASC' | 'DESC';
}

/** The record that a nested list belongs to. */
export interface Parent {
  id: string;
  /** The SQL of the column with the parent's id. */
  column: string;
  /** The table or subquery that links rows to parents, where no column of the rows does. */
  through?: { table: (new () => ObjectLiteral) | Sql; alias: string; on: string };
}

/** Which rows of a list, beside its filter. */
export interface ListOptions {
  /** The condition for rows that the caller may see, on an alias; all rows when left out. */
  within?: (alias: string) => Sql;
  /** Called with the ids of the rows that the answer shows or counts, for the access log; left out for public lists. */
  hits?: (ids: string[]) => void;
  of?: Parent;
}

interface ListRequest extends ListOptions {
  page: PageArgs;
  orderBy?: Order | null;
  /** The condition of the filter. */
  filter: Sql;
}

type AnyListing<T extends Row> = Listing<T, never>;

interface Span {
  size: number;
  backward: boolean;
  order: Order;
  columns: string[];
  /** Identifies cursors of this list, order and parent. */
  tag: string;
  /** Order values and id of the cursor's row. */
  from: unknown[] | null;
  limit: number;
}

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
  const filter = all(listing.narrow?.(args.filter ?? ({} as F), today) ?? []);
  return pageOf(reader, listing, { ...options, page: args, orderBy: args.orderBy, filter });
}

async function pageOf<T extends Row>(
  reader: Reader,
  listing: AnyListing<T>,
  request: ListRequest,
): Promise<Page<T>> {
  const span = spanOf(listing, request);
  const rows = request.of
    ? await readOfParents(reader, listing, request, span, request.of)
    : await reader.read((manager) => query(manager, listing, request, span).limit(span.limit).getMany());
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
  };
}

/** Runs `work` at the first call only: under several aliases, a count is priced once and made once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= work());
}

async function readOfParents<T extends Row>(
  reader: Reader,
  listing: AnyListing<T>,
  request: ListRequest,
  span: Span,
  of: Parent,
): Promise<T[]> {
  const name = listName(listing, request, [span.order, span.backward, span.limit, span.from]);
  const found = await reader.load<T[]>(
    async (manager, parents) => {
      const all = query(manager, listing, request, span).andWhere(`${of.column} IN (:...parents)`, {
        parents,
      });
      if (parents.length === 1) return new Map([[parents[0]!, await all.limit(span.limit).getMany()]]);
      const order = span.columns
        .map((column) => `${listing.alias}.${column} ${directionOf(span)}`)
        .join(', ');
      const ranked = all
        .orderBy()
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
    },
    of.id,
    `page:${name}`,
  );
  return found ?? [];
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
): Query<T> {
  const { alias } = listing;
  const rows = manager.createQueryBuilder(listing.entity, alias);
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
  const row = rows
    .subQuery()
    .select(span.columns.map((column) => `row.${column}`))
    .from(listing.entity, 'row')
    .where('row.id = :from', { from: span.from![0] });
  if (request.within) row.andWhere(...request.within('row').named());
  rows.setParameters(row.getParameters());
  return row.getQuery().replace(/^\(|\)$/g, '');
}

function directionOf({ order, backward }: Span): 'ASC' | 'DESC' {
  return (order.direction === 'ASC') !== backward ? 'ASC' : 'DESC';
}

function spanOf<T extends Row>(listing: AnyListing<T>, request: ListRequest): Span {
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

function encode<T extends Row>(listing: AnyListing<T>, span: Span, node: T): string {
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
    // Reported below: whatever is wrong with the cursor, the client can only start anew.
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
