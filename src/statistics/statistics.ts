// What are the figures now? Counted on the analysis thread, all in one snapshot together with the cursor.
import type { Context } from '../context';
import { encodeCursor } from '../events/cursor';
import type { Row } from '../lib/database';
import { textKey } from '../lib/vietnamese';
import { Topic } from '../registry/topic/topic.entity';
import { Unit } from '../registry/unit/unit.entity';
import { University } from '../registry/university/university.entity';
import { countStatements } from './count';
import { LABELS } from './labels';
import {
  type Figures,
  TrainingStatistics,
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  TrainingStatisticsGroup,
} from './statistics.types';

const NOTHING = 'NONE';
const LOG_POSITION = `SELECT l.id AS id, MAX(COALESCE((SELECT MAX(seq) FROM event), 0), l.purged_through) AS seq
  FROM event_log l GROUP BY l.id, l.purged_through`;

/** Counts what the filter asks for, as a whole and by group. */
export async function readStatistics(
  ctx: Context,
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
): Promise<TrainingStatistics> {
  const whole = countStatements(filter, null);
  const grouped = groupBy && countStatements(filter, groupBy);
  const [position, participations, cohorts, groupParticipations, groupCohorts] = await ctx.database.analyse([
    { sql: LOG_POSITION, parameters: [] },
    whole.participations,
    whole.cohorts,
    ...(grouped ? [grouped.participations, grouped.cohorts] : []),
  ]);
  const log = position![0]!;
  return Object.assign(new TrainingStatistics(), figures(participations![0], cohorts![0]), {
    cursor: encodeCursor({ logId: String(log.id), seq: Number(log.seq) }),
    groups: groupBy ? await readGroups(ctx, groupBy, groupParticipations!, groupCohorts!) : [],
  });
}

function figures(participations: Row | undefined, cohorts: Row | undefined): Figures {
  return {
    suppressed: false,
    cohorts: Number(cohorts?.cohorts ?? 0),
    participations: Number(participations?.participations ?? 0),
    officials: Number(participations?.officials ?? 0),
    graduates: Number(participations?.graduates ?? 0),
    abroad: Number(participations?.abroad ?? 0),
  };
}

async function readGroups(
  ctx: Context,
  groupBy: Dimension,
  participations: Row[],
  cohorts: Row[],
): Promise<TrainingStatisticsGroup[]> {
  const keyOf = (row: Row) => (row.key === null ? NOTHING : String(row.key));
  const people = new Map(participations.map((row) => [keyOf(row), row]));
  const classes = new Map(cohorts.map((row) => [keyOf(row), row]));
  const groups = await Promise.all(
    [...new Set([...people.keys(), ...classes.keys()])].map(async (key) =>
      Object.assign(new TrainingStatisticsGroup(), figures(people.get(key), classes.get(key)), {
        key,
        ...(await describe(ctx, groupBy, key)),
      }),
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
