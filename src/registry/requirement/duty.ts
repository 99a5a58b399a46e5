// SQL of compliance: which officials a requirement applies to on a day, and which of them have met it.
//
// Everything is computed from posts in force, graduations and attended periods as of the day; nothing is stored. An
// official who has not met the requirement has time left, or is overdue. A yearly duty is judged by its year, so it is
// overdue only as of the last day of the year; any other, if it applied at the end of the cycle before. No source names
// such deadlines, so this rule is ours.
//
// A requirement does not end with its unit: the successors of the unit on that day stand for it, docs/decisions/0009.
import { dayAfter, dayBefore, holdsOn, monthsBefore } from '../../lib/dates';
import { inRange } from '../../graphql/filters';
import { all, inForce, isIn, raw, type Sql, sql } from '../../lib/sql';
import { standingFor } from '../unit/standing';
import { Recurrence, type TrainingRequirement } from './requirement.entity';

export enum DutyState {
  MET = 'MET',
  DUE_SOON = 'DUE_SOON',
  OVERDUE = 'OVERDUE',
  EXEMPT = 'EXEMPT',
}

/** The days in which a requirement has to be met; without a first day when `from` is null. */
interface Cycle {
  from: string | null;
  to: string;
}

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

/** The last day of the cycle before. */
function endOfCycleBefore({ recurrence, everyMonths }: TrainingRequirement, day: string): string {
  return recurrence === Recurrence.EVERY_N_MONTHS
    ? monthsBefore(day, everyMonths!)
    : dayBefore(`${day.slice(0, 4)}-01-01`);
}

/**
 * SQL for the posts in force on a day to which a requirement applies: official_id and unit_id.
 * @param withinId only posts at this unit or below it.
 */
export function postsUnder(requirement: TrainingRequirement, day: string, withinId?: string): Sql {
  const { positionIds, categories, unitKinds, unitId } = requirement;
  const below = (id: string | null | undefined) =>
    id &&
    sql`post.unit_id IN (SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN (${standingFor(id, day)}))`;
  return sql`SELECT DISTINCT post.official_id AS official_id, post.unit_id AS unit_id
    FROM assignment post JOIN unit place ON place.id = post.unit_id JOIN official who ON who.id = post.official_id
    WHERE ${all([
      inForce('place.valid_from', 'place.valid_to', day),
      inForce('post.valid_from', 'post.valid_to', day),
      holdsOn(requirement, day) ? sql`who.erased_at IS NULL` : sql`1 = 0`,
      positionIds && isIn('post.position_id', positionIds),
      categories && isIn('who.category', categories),
      unitKinds && isIn('place.kind', unitKinds),
      below(unitId),
      below(withinId),
    ])}`;
}

/** SQL for the state, on a day, of an official to whom it applies. @param official column of an official's id. */
export function stateOf(requirement: TrainingRequirement, day: string, official: string): Sql {
  return sql`CASE WHEN ${exempt(requirement, day, official)} THEN ${raw(`'${DutyState.EXEMPT}'`)}
    WHEN ${metOn(requirement, day, official)} THEN ${raw(`'${DutyState.MET}'`)}
    WHEN ${overdue(requirement, day, official)} THEN ${raw(`'${DutyState.OVERDUE}'`)}
    ELSE ${raw(`'${DutyState.DUE_SOON}'`)} END`;
}

/** Condition: it applies on a day, at a unit or below it. @param official column of an official's id. */
export function under(
  requirement: TrainingRequirement,
  day: string,
  official: string,
  withinId?: string,
): Sql {
  const posts = postsUnder(requirement, day, withinId);
  return sql`${raw(official)} IN (SELECT bound.official_id FROM (${posts}) bound)`;
}

/** Condition: it applies on a day, at a unit or below it, and is neither met nor waived. @param official as above. */
export function lacking(
  requirement: TrainingRequirement,
  day: string,
  official: string,
  withinId: string,
): Sql {
  return all([
    under(requirement, day, official, withinId),
    sql`NOT ${exempt(requirement, day, official)}`,
    sql`NOT ${metOn(requirement, day, official)}`,
  ]);
}

/** Condition: it was met in the cycle of a day. @param official column of an official's id. */
export function metOn(requirement: TrainingRequirement, day: string, official: string): Sql {
  const cycle = cycleOf(requirement, day);
  const { periods } = requirement;
  const done = periods === null ? graduations(requirement, cycle) : attended(periods, cycle);
  return sql`(${raw(official)} IN (${done}))`;
}

function overdue(requirement: TrainingRequirement, day: string, official: string): Sql {
  if (requirement.recurrence === Recurrence.YEARLY) return day.endsWith('-12-31') ? sql`1 = 1` : sql`1 = 0`;
  const before = endOfCycleBefore(requirement, day);
  return all([under(requirement, before, official), sql`NOT ${exempt(requirement, before, official)}`]);
}

function graduations({ programmeId, topicId, contentGroup }: TrainingRequirement, cycle: Cycle): Sql {
  const of = programmeId
    ? sql`held.programme_id = ${programmeId}`
    : topicId
      ? sql`held.programme_id IN (SELECT programme_id FROM programme_topic WHERE topic_id = ${topicId})`
      : sql`held.programme_id IN (SELECT id FROM programme WHERE content_group = ${contentGroup})`;
  return sql`SELECT done.official_id FROM graduate done JOIN cohort held ON held.id = done.cohort_id
    WHERE done.revoked_at IS NULL AND ${of} AND ${inRange('done.graduated_on', cycle)}`;
}

function attended(periods: number, cycle: Cycle): Sql {
  return sql`SELECT part.official_id FROM attendance done
    JOIN session held ON held.id = done.session_id
    JOIN enrolment part ON part.id = done.enrolment_id
    WHERE held.cancelled_at IS NULL AND ${inRange('held.held_on', cycle)}
    GROUP BY part.official_id HAVING SUM(done.periods) >= ${periods}`;
}

function exempt({ id }: TrainingRequirement, day: string, official: string): Sql {
  return sql`(${raw(official)} IN (SELECT spared.official_id FROM requirement_exemption spared
    WHERE spared.requirement_id = ${id} AND ${inForce('spared.valid_from', 'spared.valid_to', day)}
    AND (spared.revoked_from IS NULL OR spared.revoked_from > ${day})))`;
}
