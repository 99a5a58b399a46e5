// Whom does a requirement apply to on a day, and who has met it? The SQL behind compliance, with `?` for parameters.
//
// Everything follows from posts in force, graduations and attended periods as of the day; nothing is stored. Somebody
// who lacks it has time left, or is overdue: overdue is whoever it applied to already at the end of the cycle before,
// and who did not meet it then either. No source names such deadlines, so the rule is ours.
//
// No duty ends because a unit does: what the unit has become by the day stands for it, docs/decisions/0009.
import type { Statement } from '../../lib/database';
import { dayAfter, dayBefore, holdsOn, monthsBefore } from '../../lib/dates';
import { standingFor } from '../unit/standing';
import { Recurrence, type TrainingRequirement } from './requirement.entity';

export enum DutyState {
  MET = 'MET',
  DUE_SOON = 'DUE_SOON',
  OVERDUE = 'OVERDUE',
  EXEMPT = 'EXEMPT',
}

/** A span of days in which it has to be met; null is without a beginning. */
interface Cycle {
  from: string | null;
  to: string;
}

const NOBODY: Statement = { sql: '1 = 0', parameters: [] };

/** The cycle that ends with this day. */
function cycleOf({ recurrence, everyMonths }: TrainingRequirement, day: string): Cycle {
  switch (recurrence) {
    case Recurrence.ONCE:
      return { from: null, to: day };
    case Recurrence.YEARLY:
      return { from: `${day.slice(0, 4)}-01-01`, to: day };
    case Recurrence.EVERY_N_MONTHS:
      return { from: dayAfter(monthsBefore(day, everyMonths!)), to: day };
  }
}

/** The last day before the time that somebody has for it. */
function endOfCycleBefore({ recurrence, everyMonths }: TrainingRequirement, day: string): string {
  return recurrence === Recurrence.EVERY_N_MONTHS
    ? monthsBefore(day, everyMonths!)
    : dayBefore(`${day.slice(0, 4)}-01-01`);
}

/**
 * The posts in force on a day to which it applies: official_id and unit_id.
 * @param withinId only posts at this unit or below it.
 */
export function postsUnder(requirement: TrainingRequirement, day: string, withinId?: string): Statement {
  const { positionIds, categories, unitKinds, unitId } = requirement;
  const parts: Statement[] = [
    holds('place.valid_from', 'place.valid_to', day),
    holds('post.valid_from', 'post.valid_to', day),
    holdsOn(requirement, day) ? { sql: 'who.erased_at IS NULL', parameters: [] } : NOBODY,
  ];
  if (positionIds) parts.push(isOneOf('post.position_id', positionIds));
  if (categories) parts.push(isOneOf('who.category', categories));
  if (unitKinds) parts.push(isOneOf('place.kind', unitKinds));
  for (const id of [unitId, withinId]) {
    if (!id) continue;
    const standing = standingFor(id, day);
    const sql = `post.unit_id IN (SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN (${standing.sql}))`;
    parts.push({ sql, parameters: standing.parameters });
  }
  const where = all(parts);
  return {
    sql: `SELECT DISTINCT post.official_id AS official_id, post.unit_id AS unit_id
      FROM assignment post JOIN unit place ON place.id = post.unit_id JOIN official who ON who.id = post.official_id
      WHERE ${where.sql}`,
    parameters: where.parameters,
  };
}

/** SQL for the state of an official whom it applies to on a day. @param official column of an official's id. */
export function stateOf(requirement: TrainingRequirement, day: string, official: string): Statement {
  const parts = [
    exempt(requirement, day, official),
    met(requirement, cycleOf(requirement, day), official),
    overdue(requirement, day, official),
  ];
  const [isExempt, isMet, isOverdue] = parts.map(({ sql }) => sql);
  return {
    sql: `CASE WHEN ${isExempt} THEN '${DutyState.EXEMPT}' WHEN ${isMet} THEN '${DutyState.MET}'
      WHEN ${isOverdue} THEN '${DutyState.OVERDUE}' ELSE '${DutyState.DUE_SOON}' END`,
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}

/** Whom it applies to on a day, at a unit or below it. @param official column of an official's id. */
export function under(
  requirement: TrainingRequirement,
  day: string,
  official: string,
  withinId?: string,
): Statement {
  const posts = postsUnder(requirement, day, withinId);
  return {
    sql: `${official} IN (SELECT bound.official_id FROM (${posts.sql}) bound)`,
    parameters: posts.parameters,
  };
}

/** Who lacks it on a day, at a unit or below it. @param official column of an official's id. */
export function lacking(
  requirement: TrainingRequirement,
  day: string,
  official: string,
  withinId: string,
): Statement {
  return all([
    under(requirement, day, official, withinId),
    not(exempt(requirement, day, official)),
    not(met(requirement, cycleOf(requirement, day), official)),
  ]);
}

/** Who has met it in the cycle of a day. @param official column of an official's id. */
export function metOn(requirement: TrainingRequirement, day: string, official: string): Statement {
  return met(requirement, cycleOf(requirement, day), official);
}

function overdue(requirement: TrainingRequirement, day: string, official: string): Statement {
  const before = endOfCycleBefore(requirement, day);
  return all([
    under(requirement, before, official),
    not(exempt(requirement, before, official)),
    ...(requirement.recurrence === Recurrence.YEARLY
      ? [not(met(requirement, cycleOf(requirement, before), official))]
      : []),
  ]);
}

function met(requirement: TrainingRequirement, cycle: Cycle, official: string): Statement {
  const { periods } = requirement;
  const done = periods === null ? graduations(requirement, cycle) : attended(periods, cycle);
  return { sql: `${official} IN (${done.sql})`, parameters: done.parameters };
}

function graduations({ programmeId, topicId, contentGroup }: TrainingRequirement, cycle: Cycle): Statement {
  const of = programmeId
    ? { sql: 'held.programme_id = ?', parameters: [programmeId] }
    : topicId
      ? {
          sql: 'held.programme_id IN (SELECT programme_id FROM programme_topic WHERE topic_id = ?)',
          parameters: [topicId],
        }
      : {
          sql: 'held.programme_id IN (SELECT id FROM programme WHERE content_group = ?)',
          parameters: [contentGroup],
        };
  const where = all([of, during('done.graduated_on', cycle)]);
  return {
    sql: `SELECT done.official_id FROM graduate done JOIN cohort held ON held.id = done.cohort_id
      WHERE done.revoked_at IS NULL AND ${where.sql}`,
    parameters: where.parameters,
  };
}

function attended(periods: number, cycle: Cycle): Statement {
  const when = during('held.held_on', cycle);
  return {
    sql: `SELECT part.official_id FROM attendance done
      JOIN session held ON held.id = done.session_id
      JOIN enrolment part ON part.id = done.enrolment_id
      WHERE held.cancelled_at IS NULL AND ${when.sql}
      GROUP BY part.official_id HAVING SUM(done.periods) >= ?`,
    parameters: [...when.parameters, periods],
  };
}

function exempt({ id }: TrainingRequirement, day: string, official: string): Statement {
  const on = holds('spared.valid_from', 'spared.valid_to', day);
  return {
    sql: `${official} IN (SELECT spared.official_id FROM requirement_exemption spared
      WHERE spared.requirement_id = ? AND ${on.sql}
      AND (spared.revoked_from IS NULL OR spared.revoked_from > ?))`,
    parameters: [id, ...on.parameters, day],
  };
}

const holds = (from: string, to: string, day: string): Statement => ({
  sql: `(${from} IS NULL OR ${from} <= ?) AND (${to} IS NULL OR ${to} >= ?)`,
  parameters: [day, day],
});

const during = (column: string, { from, to }: Cycle): Statement =>
  from === null
    ? { sql: `${column} <= ?`, parameters: [to] }
    : { sql: `${column} >= ? AND ${column} <= ?`, parameters: [from, to] };

const isOneOf = (column: string, values: readonly string[]): Statement => ({
  sql: `${column} IN (${values.map(() => '?').join(', ')})`,
  parameters: [...values],
});

const not = ({ sql, parameters }: Statement): Statement => ({ sql: `NOT (${sql})`, parameters });

const all = (parts: Statement[]): Statement => ({
  sql: parts.map(({ sql }) => `(${sql})`).join(' AND '),
  parameters: parts.flatMap(({ parameters }) => parameters),
});
