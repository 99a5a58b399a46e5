// Training statistics of one answer: counted, suppressed and labelled, in one snapshot with the cursor.
import type { Context } from '../operation/context';
import { cursorIn, LOG_POSITION } from '../events/log';
import type { Row } from '../database/database';
import type { Statement } from '../lib/sql';
import { grouped as groupedBy } from '../graphql/reader';
import { textKey } from '../lib/vietnamese';
import { Topic } from '../registry/topic/topic.entity';
import { Unit } from '../registry/unit/unit.entity';
import { University } from '../registry/university/university.entity';
import { releaseByNow } from '../registry/cohort/delayed-release';
import { analyse, type RowsOf } from './analysis';
import { type As, countStatements, DISCLOSURE, hostedCohorts, keyOf, NOTHING, possibleGroups } from './count';
import { groupLabel, NOT_STATED } from './labels';
import {
  type Figures,
  TrainingStatistics,
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  TrainingStatisticsGroup,
} from './statistics.types';
import { type Kind, seesPersons, Suppression } from './suppression';

/**
 * Counts what the filter selects, whole and by group. A caller without rights to persons gets no count about too few of
 * them, and by unit or category those of the day before; suppression is decided by figures of the same moment.
 */
export async function readStatistics(
  ctx: Context,
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
): Promise<TrainingStatistics> {
  const suppression = await suppressionOf(ctx, filter, groupBy);
  const whole = countStatements(filter, null, suppression?.wholeAs ?? 'LIVE');
  const grouped = groupBy && countStatements(filter, groupBy, suppression?.groupsAs ?? 'LIVE');
  const hosted = hostedCohorts(filter, null);
  const hostedBy = hostedCohorts(filter, groupBy);
  const possible = groupBy && possibleGroups(filter, groupBy);
  const rowsOf = await analyse(
    ctx,
    [
      ...Object.values(whole),
      ...(grouped ? Object.values(grouped) : []),
      hosted,
      ...(groupBy ? [hostedBy] : []),
      ...(suppression ? [...suppression.own, ...(possible ? [possible] : [])] : []),
    ],
    suppression?.shared ?? [],
  );
  const byKey = (statement: Statement) => new Map(rowsOf(statement).map((row) => [keyOf(row), row]));
  const people = rowsOf(whole.participations)[0];
  const groups = grouped ? byKey(grouped.participations) : new Map<string, Row>();
  const classes = grouped ? byKey(grouped.cohorts) : new Map<string, Row>();
  const decision = suppression?.decide(rowsOf);
  // Cohorts that belong to a group because of its learners would reveal them.
  const publicClasses = groupBy ? byKey(hostedBy) : new Map<string, Row>();
  const publicClassesOf = (key: string) => publicClasses.get(groupBy === Dimension.CATEGORY ? NOTHING : key);
  const keys = decision?.hidesEveryGroup ? byKey(possible!).keys() : [...groups.keys(), ...classes.keys()];
  const log = rowsOf(LOG_POSITION)[0]!;
  return Object.assign(
    new TrainingStatistics(),
    figures(
      people,
      { real: rowsOf(whole.cohorts)[0], hosted: rowsOf(hosted)[0] },
      decision?.whole(people),
      asOf(suppression?.wholeAs, rowsOf),
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
                asOf(suppression?.groupsAs, rowsOf),
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
    filters.map(async (filter) => {
      const suppression = await suppressionOf(ctx, filter, null);
      const whole = countStatements(filter, null, suppression?.wholeAs ?? 'LIVE');
      return { whole, hosted: hostedCohorts(filter, null), suppression };
    }),
  );
  const rowsOf = await analyse(
    ctx,
    asked.flatMap(({ whole, hosted, suppression }) => [
      ...Object.values(whole),
      hosted,
      ...(suppression?.own ?? []),
    ]),
    asked.flatMap(({ suppression }) => suppression?.shared ?? []),
  );
  return {
    figures: asked.map(({ whole, hosted, suppression }) => {
      const people = rowsOf(whole.participations)[0];
      const decision = suppression?.decide(rowsOf);
      const classes = { real: rowsOf(whole.cohorts)[0], hosted: rowsOf(hosted)[0] };
      return figures(people, classes, decision?.whole(people), asOf(suppression?.wholeAs, rowsOf));
    }),
    cursor: cursorIn(rowsOf(LOG_POSITION)[0]!),
  };
}

/** The suppression of these figures for the caller, after the delayed release; null where nothing is suppressed. */
async function suppressionOf(
  ctx: Context,
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
): Promise<Suppression | null> {
  if (await seesPersons(ctx, filter)) return null;
  const suppression = new Suppression(filter, groupBy);
  // While the database cannot be written, the last release is shown, with its day.
  if ([suppression.wholeAs, suppression.groupsAs].includes('RELEASED'))
    await ctx.reader.unlessAborted(releaseByNow(ctx.database).catch(() => undefined));
  return suppression;
}

const asOf = (as: As | undefined, rowsOf: RowsOf): string | null =>
  as === 'RELEASED' ? String(rowsOf(DISCLOSURE)[0]!.told_on) : null;

function figures(
  participations: Row | undefined,
  cohorts: { real: Row | undefined; hosted: Row | undefined },
  hidden: ReadonlySet<Kind> = new Set(),
  asOf: string | null,
): Figures {
  const unless = (kind: Kind, count: Row[string] | undefined) =>
    hidden.has(kind) ? null : Number(count ?? 0);
  const classes = hidden.has('officials') ? cohorts.hosted : cohorts.real;
  return {
    suppressed: hidden.size > 0,
    asOf,
    cohorts: Number(classes?.cohorts ?? 0),
    cohortsHosted: Number(cohorts.hosted?.cohorts ?? 0),
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
  await tellUnitsApart(ctx, groups);
  const orderOf = (group: TrainingStatisticsGroup) => (group.key === NOTHING ? '~' : textKey(group.label));
  return groups.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** Names the unit above each of several that have one name: Phường 1, Quận 3. */
async function tellUnitsApart(ctx: Context, groups: TrainingStatisticsGroup[]): Promise<void> {
  const named = groupedBy(groups, ({ label }) => label);
  for (const group of groups) {
    if (!group.unitId || named.get(group.label)!.length === 1) continue;
    const { parentId } = await ctx.reader.get(Unit, group.unitId);
    if (parentId) group.label += `, ${nameIn(ctx, await ctx.reader.get(Unit, parentId))}`;
  }
}

const nameIn = (ctx: Context, record: { name: string; nameEn: string | null }): string =>
  (ctx.locale === 'en' ? record.nameEn : null) ?? record.name;

async function describe(
  ctx: Context,
  groupBy: Dimension,
  key: string,
): Promise<Partial<TrainingStatisticsGroup>> {
  if (key === NOTHING) return { label: NOT_STATED[ctx.locale] };
  switch (groupBy) {
    case Dimension.UNIT:
      return { label: nameIn(ctx, await ctx.reader.get(Unit, key)), unitId: key };
    case Dimension.UNIVERSITY:
      return { label: nameIn(ctx, await ctx.reader.get(University, key)), universityId: key };
    case Dimension.TOPIC:
      return { label: nameIn(ctx, await ctx.reader.get(Topic, key)), topicId: key };
    default:
      return { label: groupLabel(groupBy, key)[ctx.locale] };
  }
}
