// What did a unit leave open when it closed? The posts and cohorts that nobody has moved, ended or completed since.
import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import type { Listing, Page } from '../../graphql/page';
import { isIn, sql } from '../../lib/sql';
import { Assignment } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';
import { ReorganiseUnitsPayload } from '../unit/unit.input';
import { Cohort, CohortStatus } from '../cohort/cohort.entity';

@ObjectType({
  description: 'What a closed unit has left open: nobody is moved by a reorganisation (việc còn dở dang).',
})
export class LeftOpen {
  @Field(() => Unit, { description: 'The unit (đơn vị).' })
  unit!: Unit;
}

/** Posts that outlast the unit. Whose identity was erased can no longer be moved, and is not asked for. */
const posts: Listing<Assignment> = {
  entity: Assignment,
  alias: 'post',
  orders: { SINCE: ['validFrom'] },
  usual: { field: 'SINCE', direction: 'ASC' },
  narrow: () => [
    sql`EXISTS (SELECT 1 FROM unit WHERE unit.id = post.unit_id AND unit.valid_to IS NOT NULL
      AND (post.valid_to IS NULL OR post.valid_to > unit.valid_to))`,
    sql`EXISTS (SELECT 1 FROM official WHERE official.id = post.official_id AND official.erased_at IS NULL)`,
  ],
};
const cohorts: Listing<Cohort> = {
  entity: Cohort,
  alias: 'cohort',
  orders: { STARTS_ON: ['startsOn'] },
  usual: { field: 'STARTS_ON', direction: 'ASC' },
  narrow: () => [
    isIn('cohort.status', [CohortStatus.PLANNED, CohortStatus.ENROLLING, CohortStatus.IN_PROGRESS]),
    sql`EXISTS (SELECT 1 FROM unit WHERE unit.id = cohort.host_unit_id AND unit.valid_to IS NOT NULL)`,
  ],
};

const postsLeft = (ctx: Context, { id }: Unit, first: number | null): Promise<Page<Assignment>> =>
  ctx.list(posts, { first }, { of: { id, column: 'post.unitId' } });

const cohortsLeft = (ctx: Context, { id }: Unit, first: number | null): Promise<Page<Cohort>> =>
  ctx.list(cohorts, { first }, { of: { id, column: 'cohort.hostUnitId' } });

export const FIRST = {
  nullable: true,
  description: 'How many, at most 100; 20 when nothing is said (số mục).',
};

@Resolver(() => LeftOpen)
export class LeftOpenResolver {
  @FieldResolver(() => [Assignment], {
    description:
      'Posts of officials within your reach that outlast the unit, earliest first; moveOfficials moves them (bố trí còn lại).',
  })
  async assignments(
    @Root() { unit }: LeftOpen,
    @Arg('first', () => Int, FIRST) first: number | null,
    @Ctx() ctx: Context,
  ): Promise<Assignment[]> {
    return (await postsLeft(ctx, unit, first)).nodes;
  }

  @FieldResolver(() => Int, { description: 'How many such posts there are (số bố trí còn lại).' })
  async assignmentCount(@Root() { unit }: LeftOpen, @Ctx() ctx: Context): Promise<number> {
    return (await postsLeft(ctx, unit, 0)).totalCount();
  }

  @FieldResolver(() => [Cohort], {
    description:
      'Cohorts it hosts that are neither completed nor cancelled, by their first day; they go on with it as their host (lớp còn lại).',
  })
  async cohorts(
    @Root() { unit }: LeftOpen,
    @Arg('first', () => Int, FIRST) first: number | null,
    @Ctx() ctx: Context,
  ): Promise<Cohort[]> {
    return (await cohortsLeft(ctx, unit, first)).nodes;
  }

  @FieldResolver(() => Int, { description: 'How many such cohorts there are (số lớp còn lại).' })
  async cohortCount(@Root() { unit }: LeftOpen, @Ctx() ctx: Context): Promise<number> {
    return (await cohortsLeft(ctx, unit, 0)).totalCount();
  }
}

@Resolver(() => Unit)
export class UnitLeftOpenResolver {
  @FieldResolver(() => LeftOpen, {
    description: 'What it has left open, once it is given an end; nothing before that (việc còn dở dang).',
  })
  leftOpen(@Root() unit: Unit): LeftOpen {
    return Object.assign(new LeftOpen(), { unit });
  }
}

@Resolver(() => ReorganiseUnitsPayload)
export class ReorganiseUnitsLeftOpenResolver {
  @FieldResolver(() => [LeftOpen], {
    description: 'What each of the closed units leaves open (việc còn dở dang).',
  })
  leftOpen(@Root() { closed }: ReorganiseUnitsPayload): LeftOpen[] {
    return closed.map((unit) => Object.assign(new LeftOpen(), { unit }));
  }
}

export const resolvers = [LeftOpenResolver, UnitLeftOpenResolver, ReorganiseUnitsLeftOpenResolver];
