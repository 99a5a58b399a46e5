// Fields that only read: declares a list, a record by id or code, or rows of another record, each as a resolver class.
import { Arg, Args, type ClassType, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { May } from '../access/gate';
import type { Permission } from '../access/policy';
import type { Node } from '../graphql/node';
import { type ListArgs, type Listing, type Page, PageArgs, type Parent } from '../graphql/page';
import type { Batch } from '../graphql/reader';
import { bearerOf, type Coded } from '../graphql/codes';
import { requireIdOf, requireIdOrCode } from '../graphql/validation';
import type { Context } from './context';

interface RootListOptions {
  permission: Permission;
  description: string;
}

interface NestedListOptions<P, F> {
  /** The column with the id of the record whose list it is, or what ties rows to it. */
  by: string | ((record: P, filter: F | null | undefined) => Parent);
  /** Whether it takes a filter and an order; a page alone otherwise. */
  filtered?: boolean;
  description: string;
}

/**
 * The fields with a list of one noun: the root field, and those of the records that such lists belong to.
 * @param args from listArgs(), for a list with a filter.
 */
export function listFields<T extends Node, F extends object>(
  listing: Listing<T, F>,
  Connection: ClassType<Page<T>>,
  args: Record<'root' | 'nested', ClassType<ListArgs<F>>> = { root: PageArgs, nested: PageArgs } as never,
) {
  return {
    /** The query with all that the caller may see. */
    root(field: string, { permission, description }: RootListOptions): ClassType {
      @Resolver()
      class ListResolver {
        @May(permission)
        @Query(() => Connection, { description })
        [field](@Args(() => args.root) given: ListArgs<F>, @Ctx() ctx: Context): Promise<Page<T>> {
          return ctx.list(listing, given);
        }
      }
      return ListResolver;
    },

    /** The field of another record with those that belong to it. */
    of<P extends Node>(
      Owner: ClassType<P>,
      field: string,
      { by, filtered = true, description }: NestedListOptions<P, F>,
    ): ClassType {
      @Resolver(() => Owner)
      class NestedListResolver {
        @FieldResolver(() => Connection, { description })
        [field](
          @Root() record: P,
          @Args(() => (filtered ? args.nested : PageArgs)) given: ListArgs<F>,
          @Ctx() ctx: Context,
        ): Promise<Page<T>> {
          const of = typeof by === 'string' ? { id: record.id, column: by } : by(record, given.filter);
          return ctx.list(listing, given, { of });
        }
      }
      return NestedListResolver;
    },
  };
}

interface RecordFieldOptions {
  permission: Permission;
  /** With its article, for the error of a caller who asks by neither or both. */
  noun: string;
  description: string;
  codeDescription: string;
}

/** The query with one record by its id or by its unique code. */
export function recordField<T extends Node & Coded>(
  Entity: ClassType<T> & { idPrefix: string },
  field: string,
  { permission, noun, description, codeDescription }: RecordFieldOptions,
): ClassType {
  @Resolver()
  class RecordResolver {
    @May(permission)
    @Query(() => Entity, { nullable: true, description })
    async [field](
      @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
      @Arg('code', () => String, { nullable: true, description: codeDescription }) code: string | null,
      @Ctx() ctx: Context,
    ): Promise<T | null> {
      requireIdOrCode(noun, id, code);
      if (id != null) return ctx.findDeclared(Entity, requireIdOf(Entity.idPrefix, id));
      const found = await ctx.reader.read((manager) => bearerOf<T>(manager, Entity, code!));
      // Who may not see it finds it by its code no more than by its id.
      return found && 'shown' in Entity ? ctx.findDeclared(Entity, found.id) : found;
    }
  }
  return RecordResolver;
}

/** The field of a record with all rows that a loader finds by its id. */
export function rowsField<P extends Node, T extends object>(
  Owner: ClassType<P>,
  field: string,
  { type, load, description }: { type: ClassType<T>; load: Batch<T[]>; description: string },
): ClassType {
  @Resolver(() => Owner)
  class RowsResolver {
    @FieldResolver(() => [type], { description })
    async [field](@Root() { id }: P, @Ctx() ctx: Context): Promise<T[]> {
      return (await ctx.reader.load(load, id)) ?? [];
    }
  }
  return RowsResolver;
}
