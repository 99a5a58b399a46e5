// Progress of training plans: targets beside what is counted, with the subscription.
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  ObjectType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { May } from '../access/gate';
import type { Context } from '../operation/context';
import { eventsOf, Events } from '../events/catalogue';
import { DateScalar, EventCursor } from '../graphql/scalars';
import { requireIdOf } from '../graphql/validation';
import { CohortStatus } from '../registry/cohort/cohort.entity';
import { PlanMetric, PlanTarget, TrainingPlan } from '../registry/plan/plan.entity';
import { targetsOf } from '../registry/plan/plan.reads';
import { Unit } from '../registry/unit/unit.entity';
import { readEach } from './statistics';
import { ticks } from '../events/ticks';
import { type Figures, type TrainingStatisticsFilter, UnitAttribution } from './statistics.types';

/** Complexity: counted together for all plans of an answer. */
const TOGETHER = 40;

/** Events that can change the counts, and those of plans themselves. */
const MOVING = eventsOf('cohort', 'enrolment', 'graduate', 'programme', 'unit', 'plan');

@ObjectType({
  description: 'How far a plan is carried out, at one moment (tiến độ kế hoạch).',
  simpleResolvers: true,
})
export class PlanProgress {
  @Field(() => TrainingPlan, { description: 'The plan, with its targets and what is counted (kế hoạch).' })
  plan!: TrainingPlan;
}

/** Cohorts that were held, or are; and those that are to be. */
const STARTED: CohortStatus[] = [CohortStatus.IN_PROGRESS, CohortStatus.COMPLETED];
const SCHEDULED: CohortStatus[] = [CohortStatus.PLANNED, CohortStatus.ENROLLING];

/**
 * What a target counts. The unit counts with those that had become it by the last day of the plan's year on which it
 * was there: a plan is of the whole year, also where its unit began in the midst of it.
 */
const partOf = (
  plan: TrainingPlan,
  unit: Unit,
  target: PlanTarget,
  statuses: CohortStatus[],
): TrainingStatisticsFilter => ({
  unitIds: [plan.unitId],
  attribution: UnitAttribution.CURRENT_SUCCESSOR,
  attributedOn: [`${plan.year}-12-31`, unit.validTo ?? ''].filter(Boolean).sort()[0],
  statuses,
  contentGroups: target.contentGroup && [target.contentGroup],
  categories: target.category && [target.category],
  topicIds: target.topicId ? [target.topicId] : null,
  locations: target.location && [target.location],
  startsOn: { from: `${plan.year}-01-01`, to: `${plan.year}-12-31` },
});

interface Progress {
  /** The counts of each target, null where they are suppressed, and the day they are of. */
  counts: { actual: number | null; scheduled: number | null; asOf: string | null }[];
  cursor: string;
}

/** The counts of all targets of the plans of an operation, at one moment. */
function progressOf(ctx: Context, planId: string): Promise<Progress> {
  const counted = ctx.reader.gather<Progress>(
    async (ids) => {
      const plans = await Promise.all(
        ids.map(async (id) => ({
          plan: await ctx.reader.get(TrainingPlan, id),
          targets: (await ctx.reader.load(targetsOf, id)) ?? [],
        })),
      );
      const parts = await Promise.all(
        plans.map(async ({ plan, targets }) => {
          const unit = await ctx.reader.get(Unit, plan.unitId);
          return targets.flatMap((target) =>
            [STARTED, SCHEDULED].map((statuses) => partOf(plan, unit, target, statuses)),
          );
        }),
      );
      const { figures, cursor } = await readEach(ctx, parts.flat());
      const counted = figures.values();
      return new Map(
        plans.map(({ plan, targets }) => {
          const counts = targets.map(({ metric }) => {
            const [held, planned] = [counted.next().value!, counted.next().value!];
            const of = ({ cohorts, participations }: Figures) =>
              metric === PlanMetric.COHORTS ? cohorts : participations;
            return { actual: of(held), scheduled: of(planned), asOf: held.asOf };
          });
          return [plan.id, { counts, cursor }];
        }),
      );
    },
    planId,
    'progress of plans',
  );
  return counted.then((progress) => progress!);
}

const countOf = async (ctx: Context, { planId, place }: PlanTarget): Promise<Progress['counts'][number]> =>
  (await progressOf(ctx, planId)).counts[place]!;

@Resolver(() => PlanTarget)
export class PlanTargetProgressResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    complexity: TOGETHER,
    description:
      "Counted from the registry: of the cohorts of the plan's year that have started, for the unit, all below it and those that became it by the end of the year. Participations are null for readers without rights to the unit's persons (thực hiện).",
  })
  async actual(@Root() target: PlanTarget, @Ctx() ctx: Context): Promise<number | null> {
    return (await countOf(ctx, target)).actual;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    complexity: TOGETHER,
    description:
      'The same of the cohorts of that year that are planned or enrolling, on top of actual (đã lên lịch, chưa khai giảng).',
  })
  async scheduled(@Root() target: PlanTarget, @Ctx() ctx: Context): Promise<number | null> {
    return (await countOf(ctx, target)).scheduled;
  }

  @FieldResolver(() => DateScalar, {
    nullable: true,
    complexity: TOGETHER,
    description: `Of which day actual and remaining are, as of TrainingStatistics; null where they are live (số liệu tính đến hết ngày).`,
  })
  async asOf(@Root() target: PlanTarget, @Ctx() ctx: Context): Promise<string | null> {
    return (await countOf(ctx, target)).asOf;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    complexity: TOGETHER,
    description: 'What is left of target and carry-over together; 0 when they are reached (còn lại).',
  })
  async remaining(@Root() target: PlanTarget, @Ctx() ctx: Context): Promise<number | null> {
    const { actual } = await countOf(ctx, target);
    return actual === null ? null : Math.max(0, target.target + target.carriedOver - actual);
  }
}

@Resolver(() => PlanProgress)
export class PlanProgressResolver {
  @May('plan.follow')
  @Events(MOVING)
  @Subscription(() => PlanProgress, {
    nullable: true,
    description:
      'How far a plan is carried out now, at once, and again whenever a change may have affected it, at most 4 times a second; null when there is no such plan (theo dõi tiến độ kế hoạch).',
    subscribe: ({ args, context }: { args: { planId: string }; context: Context }) => {
      requireIdOf(TrainingPlan.idPrefix, args.planId);
      return ticks(context.feed, MOVING);
    },
  })
  async planProgressChanged(
    @Arg('planId', () => ID, { description: 'The plan (kế hoạch).' }) planId: string,
    @Ctx() ctx: Context,
  ): Promise<PlanProgress | null> {
    const plan = await ctx.reader.find(TrainingPlan, planId);
    return plan && Object.assign(new PlanProgress(), { plan });
  }

  @FieldResolver(() => EventCursor, {
    complexity: TOGETHER,
    description: 'The log position that what is counted is true at (vị trí).',
  })
  async cursor(@Root() { plan }: PlanProgress, @Ctx() ctx: Context): Promise<string> {
    return (await progressOf(ctx, plan.id)).cursor;
  }
}

export const resolvers = [PlanTargetProgressResolver, PlanProgressResolver];
