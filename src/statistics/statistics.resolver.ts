// GraphQL fields of training statistics: query, subscription, and the statistics of each unit.
import { Arg, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql';
import { May } from '../access/gate';
import type { Context } from '../operation/context';
import { eventsOf, Events } from '../events/catalogue';
import { ticks } from '../events/ticks';
import { badInput, textAt } from '../graphql/errors';
import { findFaults } from '../graphql/validation';
import { Topic } from '../registry/topic/topic.entity';
import { Unit } from '../registry/unit/unit.entity';
import { University } from '../registry/university/university.entity';
import { readEach, readStatistics } from './statistics';
import {
  TrainingStatistics,
  TrainingStatisticsDimension,
  TrainingStatisticsFilter,
  TrainingStatisticsGroup,
} from './statistics.types';

/** Complexity: up to half a second of counting on the sample after a change, where an operation may take 30 s. */
const STATISTIC = 500;
/** Complexity: counted together for all units of an answer. */
const TOGETHER = 100;

const FilterArg = (description = 'Which training (bộ lọc).') =>
  Arg('filter', () => TrainingStatisticsFilter, { nullable: true, description });
const GroupByArg = () =>
  Arg('groupBy', () => TrainingStatisticsDimension, {
    nullable: true,
    description: 'Broken down by (phân tổ).',
  });

const MOVING = eventsOf('cohort', 'enrolment', 'graduate', 'programme', 'unit');

function followFigures({
  args,
  context,
}: {
  args: { filter?: TrainingStatisticsFilter };
  context: Context;
}): AsyncIterableIterator<null> {
  const [fault] = findFaults(Object.assign(new TrainingStatisticsFilter(), args.filter));
  if (fault) throw badInput(textAt(`filter.${fault.path.join('.')}`, fault.text));
  return ticks(context.feed, MOVING);
}

@Resolver(() => TrainingStatistics)
export class StatisticsResolver {
  @May('statistics.read')
  @Query(() => TrainingStatistics, {
    complexity: STATISTIC,
    description: 'Figures of training, whole and by group (thống kê đào tạo).',
  })
  trainingStatistics(
    @FilterArg() filter: TrainingStatisticsFilter | null,
    @GroupByArg() groupBy: TrainingStatisticsDimension | null,
    @Ctx() ctx: Context,
  ): Promise<TrainingStatistics> {
    return readStatistics(ctx, filter ?? {}, groupBy);
  }

  @May('statistics.read')
  @Events(MOVING)
  @Subscription(() => TrainingStatistics, {
    complexity: STATISTIC,
    description:
      'The figures now, at once, and again whenever a change may have affected them, at most 4 times a second (theo dõi số liệu).',
    subscribe: followFigures,
  })
  trainingStatisticsChanged(
    @FilterArg() filter: TrainingStatisticsFilter | null,
    @GroupByArg() groupBy: TrainingStatisticsDimension | null,
    @Ctx() ctx: Context,
  ): Promise<TrainingStatistics> {
    return readStatistics(ctx, filter ?? {}, groupBy);
  }
}

@Resolver(() => TrainingStatisticsGroup)
export class StatisticsGroupResolver {
  @FieldResolver(() => Unit, { nullable: true, description: 'The unit, when grouped by unit (đơn vị).' })
  unit(@Root() group: TrainingStatisticsGroup, @Ctx() ctx: Context): Promise<Unit | null> {
    return ctx.reader.find(Unit, group.unitId);
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'The university, when grouped so (cơ sở đào tạo).',
  })
  university(@Root() group: TrainingStatisticsGroup, @Ctx() ctx: Context): Promise<University | null> {
    return ctx.reader.find(University, group.universityId);
  }

  @FieldResolver(() => Topic, { nullable: true, description: 'The topic, when grouped by topic (lĩnh vực).' })
  topic(@Root() group: TrainingStatisticsGroup, @Ctx() ctx: Context): Promise<Topic | null> {
    return ctx.reader.find(Topic, group.topicId);
  }
}

/** The statistics of a unit, counted together with those of all units of the answer that have the same filter. */
function statisticsOf(
  ctx: Context,
  filter: TrainingStatisticsFilter | null,
  unitId: string,
): Promise<TrainingStatistics | null> {
  return ctx.reader.gather(
    async (ids) => {
      const { figures, cursor } = await readEach(
        ctx,
        ids.map((id) => ({ ...filter, unitIds: [id] })),
      );
      return new Map(
        ids.map((id, i) => [id, Object.assign(new TrainingStatistics(), figures[i], { cursor, groups: [] })]),
      );
    },
    unitId,
    `statistics of units: ${JSON.stringify(filter)}`,
  );
}

@Resolver(() => Unit)
export class UnitStatisticsResolver {
  @FieldResolver(() => TrainingStatistics, {
    complexity: TOGETHER,
    description:
      'Figures of this unit, and of those below it unless the filter says otherwise (thống kê của đơn vị).',
  })
  statistics(
    @Root() unit: Unit,
    @FilterArg('Which training; unitIds is this unit whatever the filter says (bộ lọc).')
    filter: TrainingStatisticsFilter | null,
    @Ctx() ctx: Context,
  ): Promise<TrainingStatistics | null> {
    return statisticsOf(ctx, filter, unit.id);
  }
}

export const resolvers = [StatisticsResolver, StatisticsGroupResolver, UnitStatisticsResolver];
