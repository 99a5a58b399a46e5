// Stated figures as counted from rows: the count, the difference, and whether the stated figure agrees.
import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Context } from '../operation/context';
import { DateScalar } from '../graphql/scalars';
import { FigureMetric, FigureQualifier, StatedFigure } from '../registry/stated-figure/stated-figure.entity';
import { readEach } from './statistics';
import type { Figures, TrainingStatisticsFilter } from './statistics.types';

/** Complexity: counted together for all figures of an answer. */
const TOGETHER = 40;

const COUNT_OF: Record<FigureMetric, (figures: Figures) => number | null> = {
  [FigureMetric.COHORTS]: ({ cohorts }) => cohorts,
  [FigureMetric.PARTICIPATIONS]: ({ participations }) => participations,
  [FigureMetric.OFFICIALS]: ({ officials }) => officials,
  [FigureMetric.GRADUATES]: ({ graduates }) => graduates,
};

/** Whether a count agrees with a stated value, by its qualifier. */
const HOLDS: Record<FigureQualifier, (count: number, value: number) => boolean> = {
  [FigureQualifier.EXACT]: (count, value) => count === value,
  [FigureQualifier.NEARLY]: (count, value) => count < value && isNear(count, value),
  [FigureQualifier.OVER]: (count, value) => count > value && isNear(count, value),
  [FigureQualifier.ABOUT]: (count, value) => isNear(count, value),
};

/** Whether it differs by a tenth of the stated value at most. */
const isNear = (count: number, value: number): boolean => Math.abs(count - value) * 10 <= value;

const scopeOf = (figure: StatedFigure): TrainingStatisticsFilter => ({
  unitIds: [figure.unitId],
  programmeIds: figure.programmeId ? [figure.programmeId] : null,
  locations: figure.location ? [figure.location] : null,
  contentGroups: figure.contentGroup ? [figure.contentGroup] : null,
  kinds: figure.programmeKind ? [figure.programmeKind] : null,
  bases: figure.basis ? [figure.basis] : null,
  startsOn: { from: figure.periodFrom, to: figure.periodTo },
});

/** The counts for a figure, counted together with all figures of the operation. */
async function figuresOf(ctx: Context, figure: StatedFigure): Promise<Figures> {
  const counted = await ctx.reader.gather<Figures>(
    async (ids) => {
      const stated = await Promise.all(ids.map((id) => ctx.reader.get(StatedFigure, id)));
      const { figures } = await readEach(ctx, stated.map(scopeOf));
      return new Map(stated.map((each, i) => [each.id, figures[i]!]));
    },
    figure.id,
    'stated figures as counted',
  );
  return counted!;
}

/** Null where it is suppressed. */
const countOf = async (ctx: Context, figure: StatedFigure): Promise<number | null> =>
  COUNT_OF[figure.metric](await figuresOf(ctx, figure));

@Resolver(() => StatedFigure)
export class StatedFigureCountResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    complexity: TOGETHER,
    description:
      'The same figure counted from the registry: cohorts that start in the period, learners by the unit that sent them. Null where it is about too few persons (số đếm được).',
  })
  counted(@Root() figure: StatedFigure, @Ctx() ctx: Context): Promise<number | null> {
    return countOf(ctx, figure);
  }

  @FieldResolver(() => DateScalar, {
    nullable: true,
    complexity: TOGETHER,
    description:
      'Of which day counted, difference and agrees are, as of TrainingStatistics; null where they are live (số liệu tính đến hết ngày).',
  })
  async asOf(@Root() figure: StatedFigure, @Ctx() ctx: Context): Promise<string | null> {
    return (await figuresOf(ctx, figure)).asOf;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    complexity: TOGETHER,
    description: 'Counted less stated: above zero where the registry has more (chênh lệch).',
  })
  async difference(@Root() figure: StatedFigure, @Ctx() ctx: Context): Promise<number | null> {
    const count = await countOf(ctx, figure);
    return count === null ? null : count - figure.value;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    complexity: TOGETHER,
    description: 'Whether what was said of the number, its qualifier, holds for the count (khớp).',
  })
  async agrees(@Root() figure: StatedFigure, @Ctx() ctx: Context): Promise<boolean | null> {
    const count = await countOf(ctx, figure);
    return count === null ? null : HOLDS[figure.qualifier](count, figure.value);
  }
}

export const resolvers = [StatedFigureCountResolver];
