// What can be asked of training plans? How far they are carried out is in statistics.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { type Gives, mutation } from '../../events/mutation';
import { type ListArgs, type Listing, type Page, PageArgs } from '../../graphql/page';
import { sql } from '../../lib/sql';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.reads';
import { adoptPlan, revisePlan } from './plan.actions';
import { PlanTarget, TrainingPlan } from './plan.entity';
import {
  AdoptPlanInput,
  RevisePlanInput,
  TrainingPlanConnection,
  TrainingPlanArgs,
  type TrainingPlanFilter,
} from './plan.input';
import { targetsOf } from './plan.reads';

const plans: Listing<TrainingPlan, TrainingPlanFilter> = {
  entity: TrainingPlan,
  alias: 'plan',
  orders: { YEAR: ['year'] },
  usual: { field: 'YEAR', direction: 'DESC' },
  narrow: ({ year, unitIds, ...filter }) => [
    year != null && sql`plan.year = ${year}`,
    unitIds && ofUnits('plan.unitId', { ...filter, unitIds }),
  ],
};

@Resolver(() => TrainingPlan)
export class TrainingPlanResolver {
  @May('plan.read')
  @Query(() => TrainingPlanConnection, {
    description: 'Training plans, latest year first (kế hoạch đào tạo, bồi dưỡng).',
  })
  trainingPlans(
    @Args(() => TrainingPlanArgs.root) args: ListArgs<TrainingPlanFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<TrainingPlan>> {
    return ctx.list(plans, args);
  }

  @FieldResolver(() => [PlanTarget], { description: 'Its targets, in their order (các chỉ tiêu).' })
  async targets(@Root() plan: TrainingPlan, @Ctx() ctx: Context): Promise<PlanTarget[]> {
    return (await ctx.reader.load(targetsOf, plan.id)) ?? [];
  }
}

@Resolver(() => Unit)
export class UnitPlansResolver {
  @FieldResolver(() => TrainingPlanConnection, {
    description: 'Its own training plans, latest year first (kế hoạch đào tạo, bồi dưỡng).',
  })
  plans(
    @Root() unit: Unit,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<TrainingPlan>> {
    return ctx.list(plans, page, { of: { id: unit.id, column: 'plan.unitId' } });
  }
}

const givenPlan = { plan: [TrainingPlan, 'The plan; null when refused (kế hoạch).'] } satisfies Gives<{
  plan: TrainingPlan;
}>;

export const resolvers = [
  TrainingPlanResolver,
  UnitPlansResolver,
  mutation(adoptPlan, {
    may: 'plan.adopt',
    does: "Registers a unit's plan for a year (ban hành kế hoạch).",
    takes: [AdoptPlanInput, 'The plan (đầu vào).'],
    gives: givenPlan,
    answers: 'The plan that was adopted (kết quả).',
    tells: ['plan.adopted'],
  }),
  mutation(revisePlan, {
    may: 'plan.revise',
    does: 'Revises a plan, its targets included; what is left out stays (điều chỉnh kế hoạch).',
    takes: [RevisePlanInput, 'What changes (đầu vào).'],
    gives: givenPlan,
    answers: 'The plan as revised (kết quả).',
    tells: ['plan.revised'],
  }),
];
