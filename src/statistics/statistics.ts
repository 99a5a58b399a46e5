// What are the figures now? Counted on the analysis thread, all in one snapshot together with the cursor.
import type { Context } from '../context';
import { cursorIn, LOG_POSITION } from '../events/log';
import type { Row } from '../lib/database';
import type { Statement } from '../lib/sql';
import { textKey } from '../lib/vietnamese';
import { Topic } from '../registry/topic/topic.entity';
import { Unit } from '../registry/unit/unit.entity';
import { University } from '../registry/university/university.entity';
import { analyse } from './analysis';
import { countStatements, hostedCohorts, keyOf, NOTHING, possibleGroups } from './count';
import { LABELS } from './labels';
import {
  type Figures,
  TrainingStatistics,
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  TrainingStatisticsGroup,
} from './statistics.types';
import { type Kind, seesPersons, Suppression } from './suppression';

/**
 * Counts what the filter asks for, as a whole and by group. Who may not see persons gets no count that tells of too few
 * of them; the numbers that decide it are of the same moment.
 */
export async function readStatistics(
  ctx: Context,
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
): Promise<TrainingStatistics> {
  const whole = countStatements(filter, null);
  const grouped = groupBy && countStatements(filter, groupBy);
  const suppression = (await seesPersons(ctx, filter)) ? null : new Suppression(filter, groupBy);
  const hosted = hostedCohorts(filter, null);
  const hostedBy = hostedCohorts(filter, groupBy);
  const possible = groupBy && possibleGroups(filter, groupBy);
  const rowsOf = await analyse(
    ctx,
    [
      ...Object.values(whole),
      ...(grouped ? Object.values(grouped) : []),
      ...(suppression ? [...suppression.own, hosted, hostedBy, ...(possible ? [possible] : [])] : []),
    ],
    suppression?.shared ?? [],
  );
  const byKey = (statement: Statement) => new Map(rowsOf(statement).map((row) => [keyOf(row), row]));
  const people = rowsOf(whole.participations)[0];
  const groups = grouped ? byKey(grouped.participations) : new Map<string, Row>();
  const classes = grouped ? byKey(grouped.cohorts) : new Map<string, Row>();
  const decision = suppression?.decide(rowsOf);
  // Classes that are a group's because of its learners would tell of them.
  const publicClasses = decision && byKey(hostedBy);
  const publicClassesOf = (key: string) => publicClasses?.get(groupBy === Dimension.CATEGORY ? NOTHING : key);
  const keys = decision?.hidesEveryGroup ? byKey(possible!).keys() : [...groups.keys(), ...classes.keys()];
  const log = rowsOf(LOG_POSITION)[0]!;
  return Object.assign(
    new TrainingStatistics(),
    figures(
      people,
      { real: rowsOf(whole.cohorts)[0], hosted: decision && rowsOf(hosted)[0] },
      decision?.whole(people),
    ),
    {
      cursor: cursorIn(log),
      groups: groupBy
        ? await describeGroups(
            ctx,
            groupBy,
            [...new Set(keys)].map((key) => ({
              key,
              ...figures(
                groups.get(key),
                { real: classes.get(key), hosted: publicClassesOf(key) },
                decision?.group(key, groups.get(key)),
              ),
            })),
          )
        : [],
    },
  );
}

/**
 * Counts each of several filters as a whole, all in one snapshot, as readStatistics does with one.
 * @returns the figures in the order of the filters, and the log position at which they are true.
 */
export async function readEach(
  ctx: Context,
  filters: TrainingStatisticsFilter[],
): Promise<{ figures: Figures[]; cursor: string }> {
  const asked = await Promise.all(
    filters.map(async (filter) => ({
      whole: countStatements(filter, null),
      hosted: hostedCohorts(filter, null),
      suppression: (await seesPersons(ctx, filter)) ? null : new Suppression(filter, null),
    })),
  );
  const rowsOf = await analyse(
    ctx,
    asked.flatMap(({ whole, hosted, suppression }) => [
      ...Object.values(whole),
      ...(suppression ? [...suppression.own, hosted] : []),
    ]),
    asked.flatMap(({ suppression }) => suppression?.shared ?? []),
  );
  return {
    figures: asked.map(({ whole, hosted, suppression }) => {
      const people = rowsOf(whole.participations)[0];
      const decision = suppression?.decide(rowsOf);
      const classes = { real: rowsOf(whole.cohorts)[0], hosted: decision && rowsOf(hosted)[0] };
      return figures(people, classes, decision?.whole(people));
    }),
    cursor: cursorIn(rowsOf(LOG_POSITION)[0]!),
  };
}

function figures(
  participations: Row | undefined,
  cohorts: { real: Row | undefined; hosted: Row | undefined },
  hidden: ReadonlySet<Kind> = new Set(),
): Figures {
  const unless = (kind: Kind, count: Row[string] | undefined) =>
    hidden.has(kind) ? null : Number(count ?? 0);
  const classes = hidden.has('officials') ? cohorts.hosted : cohorts.real;
  return {
    suppressed: hidden.size > 0,
    cohorts: Number(classes?.cohorts ?? 0),
    participations: unless('officials', participations?.participations),
    officials: unless('officials', participations?.officials),
    graduates: unless('graduates', participations?.graduates),
    abroad: unless('abroad', participations?.abroad),
  };
}

async function describeGroups(
  ctx: Context,
  groupBy: Dimension,
  counted: (Figures & { key: string })[],
): Promise<TrainingStatisticsGroup[]> {
  const groups = await Promise.all(
    counted.map(async (group) =>
      Object.assign(new TrainingStatisticsGroup(), group, await describe(ctx, groupBy, group.key)),
    ),
  );
  const orderOf = (group: TrainingStatisticsGroup) => (group.key === NOTHING ? '~' : textKey(group.label));
  return groups.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

async function describe(
  ctx: Context,
  groupBy: Dimension,
  key: string,
): Promise<Partial<TrainingStatisticsGroup>> {
  const label = LABELS[key]?.[ctx.locale] ?? key;
  if (key === NOTHING) return { label };
  const nameIn = (record: { name: string; nameEn: string | null }) =>
    (ctx.locale === 'en' ? record.nameEn : null) ?? record.name;
  switch (groupBy) {
    case Dimension.UNIT:
      return { label: nameIn(await ctx.reader.get(Unit, key)), unitId: key };
    case Dimension.UNIVERSITY:
      return { label: nameIn(await ctx.reader.get(University, key)), universityId: key };
    case Dimension.TOPIC:
      return { label: nameIn(await ctx.reader.get(Topic, key)), topicId: key };
    default:
      return { label };
  }
}
