// What a closed unit has left open: posts, cohorts, training orders and requirements that outlast it, each with its
// count.
import {
  Arg,
  type ClassType,
  Ctx,
  Field,
  FieldResolver,
  Int,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import type { Context } from '../../operation/context';
import type { Node } from '../../graphql/node';
import type { Listing, Page } from '../../graphql/page';
import { isIn, sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Assignment } from '../official/official.entity';
import { TrainingRequirement } from '../requirement/requirement.entity';
import { TrainingOrder } from '../training-order/training-order.entity';
import { Unit } from '../unit/unit.entity';
import { ReorganiseUnitsPayload } from '../unit/unit.input';

@ObjectType({
  description:
    'What a closed unit has left open: a reorganisation moves no officials or cohorts (việc còn dở dang).',
})
export class LeftOpen {
  @Field(() => Unit, { description: 'The unit (đơn vị).' })
  unit!: Unit;
}

/** Posts that outlast the unit; not those of erased officials, who can no longer be moved. */
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
    isIn('cohort.status', ['PLANNED', 'ENROLLING', 'IN_PROGRESS']),
    sql`EXISTS (SELECT 1 FROM unit WHERE unit.id = cohort.host_unit_id AND unit.valid_to IS NOT NULL)`,
  ],
};
/** Orders stay with the closed unit: its successors decide what becomes of them. */
const orders: Listing<TrainingOrder> = {
  entity: TrainingOrder,
  alias: 'training_order',
  orders: { NEEDED_BY: ['neededBy'] },
  usual: { field: 'NEEDED_BY', direction: 'DESC' },
  narrow: () => [
    isIn('training_order.status', ['REQUESTED', 'AGREED', 'RUNNING']),
    sql`EXISTS (SELECT 1 FROM unit WHERE unit.id = training_order.unit_id AND unit.valid_to IS NOT NULL)`,
  ],
};
const requirements: Listing<TrainingRequirement> = {
  entity: TrainingRequirement,
  alias: 'requirement',
  orders: { NAME: ['nameKey'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: () => [
    sql`EXISTS (SELECT 1 FROM unit WHERE unit.id = requirement.unit_id AND unit.valid_to IS NOT NULL
      AND (requirement.valid_to IS NULL OR requirement.valid_to > unit.valid_to))`,
  ],
};

/** The two fields of LeftOpen with the first rows of a list, and with their number. */
function left<T extends Node>(
  listing: Listing<T>,
  /** The column with the id of the unit. */
  column: string,
  [rowsName, rowsText]: [name: string, description: string],
  [countName, countText]: [name: string, description: string],
): ClassType {
  const page = (ctx: Context, { unit }: LeftOpen, first: number | null): Promise<Page<T>> =>
    ctx.list(listing, { first }, { of: { id: unit.id, column } });

  @Resolver(() => LeftOpen)
  class LeftResolver {
    @FieldResolver(() => [listing.entity], { description: rowsText })
    async [rowsName](
      @Root() root: LeftOpen,
      @Arg('first', () => Int, {
        nullable: true,
        description: 'How many, at most 100; 20 by default (số mục).',
      })
      first: number | null,
      @Ctx() ctx: Context,
    ): Promise<T[]> {
      return (await page(ctx, root, first)).nodes;
    }

    @FieldResolver(() => Int, { description: countText })
    async [countName](@Root() root: LeftOpen, @Ctx() ctx: Context): Promise<number> {
      return (await page(ctx, root, 0)).totalCount();
    }
  }
  return LeftResolver;
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

export const resolvers = [
  left(
    posts,
    'post.unitId',
    [
      'assignments',
      'Posts of officials within your reach that outlast the unit, earliest first; moveOfficials moves them (bố trí còn lại).',
    ],
    ['assignmentCount', 'How many such posts there are (số bố trí còn lại).'],
  ),
  left(
    cohorts,
    'cohort.hostUnitId',
    [
      'cohorts',
      'Cohorts it hosts that are neither completed nor cancelled, by their first day; they go on with it as their host (lớp còn lại).',
    ],
    ['cohortCount', 'How many such cohorts there are (số lớp còn lại).'],
  ),
  left(
    orders,
    'training_order.unitId',
    ['orders', 'Its orders that are neither accepted, declined nor cancelled (đặt hàng còn lại).'],
    ['orderCount', 'How many such orders there are (số đặt hàng còn lại).'],
  ),
  left(
    requirements,
    'requirement.unitId',
    [
      'requirements',
      'Requirements of its staff and of those below it that outlast it: they go on at its successors, for all who serve there; end those that should not (yêu cầu còn lại).',
    ],
    ['requirementCount', 'How many such requirements there are (số yêu cầu còn lại).'],
  ),
  UnitLeftOpenResolver,
  ReorganiseUnitsLeftOpenResolver,
];
