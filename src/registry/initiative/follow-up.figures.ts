// Counts of follow-ups: how many graduates apply what they learned. Only follow-ups that the caller may read one by one
// are counted: a count of few persons reveals something about each, but nothing new to a caller who sees the rows.
import type { Context } from '../../operation/context';
import { grouped } from '../../graphql/reader';
import { all, isIn } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Graduate } from '../graduate/graduate.entity';
import { ofUnits } from '../unit/unit.reads';
import { FollowUp, FollowUpTime } from './follow-up.entity';
import { type FollowUpCounts, InitiativeDimension, type InitiativeFilter } from './initiative.input';

const KEYS: Record<InitiativeDimension, string> = {
  [InitiativeDimension.COHORT]: 'graduate.cohortId',
  [InitiativeDimension.PROGRAMME]: 'cohort.programmeId',
  [InitiativeDimension.UNIVERSITY]: 'cohort.universityId',
  [InitiativeDimension.UNIT]: 'graduate.unitId',
};

/** Group key for cohorts without a university. */
export const NO_KEY = 'NONE';

interface Counted {
  key: string | null;
  time: FollowUpTime;
  answered: number | string;
  applied: number | string;
}

/** Counts of follow-ups, whole and by group key; null for a caller who may not see any graduate. */
export interface FollowUpFigures {
  whole: FollowUpCounts[] | null;
  keys: string[];
  group(key: string): FollowUpCounts[] | null;
}

export async function followUpFigures(
  ctx: Context,
  filter: InitiativeFilter | null,
  groupBy: InitiativeDimension | null,
): Promise<FollowUpFigures> {
  const scope = ctx.scope(FollowUp.shown.by);
  if (scope.isEmpty) return { whole: null, keys: [], group: () => null };
  const key = groupBy ? KEYS[groupBy] : 'NULL';
  const { cohortIds, programmeIds, universityIds, unitIds } = filter ?? {};
  const asked = all([
    FollowUp.shown.rows(scope, 'follow_up'),
    cohortIds && isIn('graduate.cohortId', cohortIds),
    programmeIds && isIn('cohort.programmeId', programmeIds),
    universityIds && isIn('cohort.universityId', universityIds),
    unitIds && ofUnits('graduate.unitId', { ...filter, unitIds }),
  ]);
  const rows = await ctx.reader.read((manager) => {
    const query = manager
      .createQueryBuilder(FollowUp, 'follow_up')
      .innerJoin(Graduate, 'graduate', 'graduate.id = follow_up.graduateId')
      .innerJoin(Cohort, 'cohort', 'cohort.id = graduate.cohortId')
      .select(key, 'key')
      .addSelect('follow_up.time', 'time')
      .addSelect('COUNT(*)', 'answered')
      .addSelect('SUM(CASE WHEN follow_up.isApplied THEN 1 ELSE 0 END)', 'applied')
      .where(...asked.named())
      .groupBy('follow_up.time');
    if (groupBy) query.addGroupBy(key);
    return query.getRawMany<Counted>();
  });
  const byKey = groupBy ? grouped(rows, (row) => row.key ?? NO_KEY) : new Map<string, Counted[]>();
  return { whole: sum(rows), keys: [...byKey.keys()], group: (each) => sum(byKey.get(each) ?? []) };
}

function sum(rows: Counted[]): FollowUpCounts[] {
  return Object.values(FollowUpTime).map((time) => {
    const own = rows.filter((row) => row.time === time);
    const total = (of: 'answered' | 'applied') => own.reduce((all, row) => all + Number(row[of]), 0);
    return { time, answered: total('answered'), applied: total('applied') };
  });
}
