// Declaration of paginated lists: Relay connection types, their arguments, and what a list of records is read from.
import { ArgsType, type ClassType, Extensions, Field, Int, ObjectType } from 'type-graphql';
import type { EntityManager, ObjectLiteral } from 'typeorm';
import type { Relevance } from '../database/search';
import type { Said, Sql } from '../lib/sql';
import { EventCursor } from './scalars';

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many from the start, at most 100; 20 by default (số mục từ đầu).',
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what comes after this cursor of the same list (sau con trỏ).',
  })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many from the end, at most 100 (số mục từ cuối).' })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what comes before this cursor of the same list (trước con trỏ).',
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
  /** Null where nobody asked for it, see ListOptions.place. */
  asOf: string | null;
  withheld: boolean;
}

/**
 * Makes the connection type of a record type, with its edge type.
 * @param countCost the price of `totalCount`, for which every record of the list is looked at.
 */
export function connectionOf<T extends object>(
  node: () => ClassType<T>,
  name: string,
  vi: string,
  countCost = 20,
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
    @Extensions({ countCost })
    totalCount!: () => Promise<number>;

    @Field(() => EventCursor, {
      description:
        'The place in the event log up to which this list is true, read in the same snapshot: subscribe `after` it to miss nothing (vị trí của danh sách).',
    })
    asOf!: string | null;

    @Field(() => Boolean, {
      description:
        'Whether records beyond your reach are left out of this list and of its totalCount, if there are any (có phần không hiển thị).',
    })
    withheld!: boolean;
  }
  return Connection;
}

/** A record that a list can hold. */
export type Row = ObjectLiteral & { id: string };

/** The condition for the rows of an entity that the caller may see, on an alias. */
export type ShownRows = (entity: new () => ObjectLiteral, alias: string) => Sql;

/** Declaration of a list: its entity, the conditions of a filter of type F, and the orders it can be read in. */
export interface Listing<T extends Row, F extends object = object> {
  entity: new () => T;
  alias: string;
  /**
   * The SQL conditions of a filter, on the alias.
   * @param today the day of the operation.
   * @param shown the rows of another entity that the caller may see: a filter must not find a record by what is hidden.
   */
  narrow?: (filter: F, today: string, shown: ShownRows) => Said[];
  /** The properties of each order field, which are never null; `id` is appended to make each order total. */
  orders: Record<string, (keyof T & string)[]>;
  /** The default order. */
  usual: Order;
  /**
   * Whether the entity is @Searched and its filter has a field `text`: records match its words, and the best come first
   * where no order is asked for.
   */
  searched?: boolean;
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
  /** Whether the caller sees only some of the records; false when left out. */
  withheld?: boolean;
  /** Which rows of other entities the caller may see; none when left out. */
  shown?: ShownRows;
  /** Reads the place in the event log that a snapshot has reached, where the list is to tell it. */
  place?: (manager: EntityManager) => Promise<string>;
}

/** One list as it is asked for. */
export interface ListRequest extends ListOptions {
  page: PageArgs;
  orderBy?: Order | null;
  /** The condition of the filter. */
  filter: Sql;
  /** How well records match the text of the filter, where there is one. */
  relevance?: Relevance | null;
  /** Whether so many records match the text that they are not ranked all at once. */
  common?: boolean;
}

/** A listing whatever its filter. */
export type AnyListing<T extends Row> = Listing<T, never>;
