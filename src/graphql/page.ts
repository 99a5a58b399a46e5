// Declaration of paginated lists: Relay connection types, their arguments, and what a list of records is read from.
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { ObjectLiteral } from 'typeorm';
import type { Said, Sql } from '../lib/sql';

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

/** What a list field is asked for: a page, and, where it has such arguments, a filter and an order. */
export type ListArgs<F extends object = object> = PageArgs & {
  orderBy?: Order | null;
} & (Partial<F> extends F ? { filter?: F | null } : { filter: F });

/**
 * The arguments of lists that have a filter: of the root field, and of fields with the list of one record.
 * @param what the list is of; an order, where there is one to choose, says what is `usual`.
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

/** A record that a list can hold. */
export type Row = ObjectLiteral & { id: string };

/** A kind of list: its entity, what a filter of type F means for it, and the orders it can be read in. */
export interface Listing<T extends Row, F extends object = object> {
  entity: new () => T;
  alias: string;
  /** The conditions of a filter on the table under the alias. @param today the day of the operation. */
  narrow?: (filter: F, today: string) => Said[];
  /** Order fields of the API to properties that are never null; `id` is appended to make each order total. */
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

/** The record whose list is read. */
export interface Parent {
  id: string;
  /** The SQL that holds the parent's id. */
  column: string;
  /** The table or subquery that ties rows to parents, where no column of the rows does. */
  through?: { table: (new () => ObjectLiteral) | Sql; alias: string; on: string };
}

/** Which rows of a listing, beside its filter. */
export interface ListOptions {
  /** The condition of the rows that the caller may see, for the table under an alias; all of them when left out. */
  within?: (alias: string) => Sql;
  /** Hears the ids of the rows that the answer tells of, shown or counted; left out where that is no secret. */
  hits?: (ids: string[]) => void;
  of?: Parent;
}

/** One list as it is asked for. */
export interface ListRequest extends ListOptions {
  page: PageArgs;
  orderBy?: Order | null;
  /** What the filter means. */
  filter: Sql;
}

/** A listing whatever its filter. */
export type AnyListing<T extends Row> = Listing<T, never>;
