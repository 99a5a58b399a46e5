// SQL of the training statistics: participations, distinct persons, graduates and cohorts, whole or by group.
//
// Two countings side by side: of participations (enrolments in a counted state) and of cohorts that are not
// cancelled. A unit's cohorts are those it hosts and those it sent a counted learner to. An enrolment is COMPLETED
// exactly while it has a graduation that was not revoked, so the graduates need no join.
import type { Row } from '../database/database';
import { inRange } from '../graphql/filters';
import { all, isIn, raw, type Said, type Sql, sql, type Statement } from '../lib/sql';
import { dayOf } from '../lib/dates';
import { PARTICIPATING } from '../registry/cohort/enrolment.entity';
import { OfficialCategory } from '../registry/official/official.entity';
import { currentUnits } from './attribution';
import {
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  UnitAttribution,
} from './statistics.types';

const COUNTED = raw(`(${PARTICIPATING.map((status) => `'${status}'`).join(', ')})`);
const NONE = raw('');

/**
 * Which status of an enrolment is counted: the present one, or the one released to readers without rights to persons.
 */
export type As = 'LIVE' | 'RELEASED';
const STATUS: Record<As, Sql> = { LIVE: raw('e.status'), RELEASED: raw('e.told_status') };
const isCounted = (as: As): Sql => sql`${STATUS[as]} IN ${COUNTED}`;
const graduated = (as: As): Sql => sql`${STATUS[as]} = 'COMPLETED'`;
const ABROAD = raw("c.location IN ('ABROAD', 'COMBINED')");

const YEAR = raw('substr(CAST(c.starts_on AS varchar), 1, 4)');
const TOPICS = raw('LEFT JOIN programme_topic pt ON pt.programme_id = c.programme_id');

/** What each dimension groups participations and cohorts by. */
const GROUPS: Record<Dimension, { participation: Sql; cohort: Sql; join?: Sql }> = {
  UNIT: { participation: raw('sender.unit_id'), cohort: raw('part.unit_id') },
  UNIVERSITY: { participation: raw('c.university_id'), cohort: raw('c.university_id') },
  TOPIC: { participation: raw('pt.topic_id'), cohort: raw('pt.topic_id'), join: TOPICS },
  YEAR: { participation: YEAR, cohort: YEAR },
  PROGRAMME_KIND: { participation: raw('p.kind'), cohort: raw('p.kind') },
  CONTENT_GROUP: { participation: raw('p.content_group'), cohort: raw('p.content_group') },
  CATEGORY: { participation: raw('e.category_at_enrolment'), cohort: raw('part.category') },
  LOCATION: { participation: raw('c.location'), cohort: raw('c.location') },
  STATUS: { participation: raw('c.status'), cohort: raw('c.status') },
};

/** Group key for NULL. */
export const NOTHING = 'NONE';

/** The key of the group that a row belongs to. */
export const keyOf = ({ key = null }: Row): string => (key === null ? NOTHING : String(key));

/** The statements that count `filter` as a whole, or by group with a `key` column. */
export function countStatements(
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
  as: As,
): { participations: Statement; cohorts: Statement } {
  return { participations: participations(filter, groupBy, as), cohorts: cohorts(filter, groupBy, as) };
}

/** What persons are counted by, besides dimensions: the unit that sent the learner then, the cohort, its programme. */
const ASPECTS = {
  SENDER: raw('e.unit_at_enrolment_id'),
  COHORT: raw('c.id'),
  PROGRAMME: raw('c.programme_id'),
};
export type Aspect = Dimension | keyof typeof ASPECTS;
const isDimension = (aspect: Aspect): aspect is Dimension => aspect in GROUPS;

/** The units with the unit above each. */
export const UNIT_PARENTS = sql`SELECT id AS "key", parent_id FROM unit`.statement();

const isAny = (as: As): Sql => sql`EXISTS (SELECT 1 FROM enrolment e WHERE ${isCounted(as)})`;

/**
 * The secret order in which parts are hidden, the day up to which figures by unit or category are released, and whether
 * there are learners of which none was released yet.
 */
export const DISCLOSURE = sql`SELECT secret, told_on,
    CASE WHEN ${isAny('RELEASED')} THEN 0 WHEN ${isAny('LIVE')} THEN 1 ELSE 0 END AS is_first_day
  FROM disclosure`.statement();

/**
 * Distinct persons, of them graduates, of them those who were abroad and those who were not, in the cells of a table:
 * rows with `key` for the first aspect, and `context0`, `context1` ... for the others.
 */
export const distinctPersons = (filter: TrainingStatisticsFilter, by: Aspect[], as: As): Statement =>
  cells(raw('DISTINCT'), filter, by, as);

/** The same of participations: several times faster, and enough where a cell has a person once, as a cohort has. */
export const participationsBy = (filter: TrainingStatisticsFilter, by: Aspect[], as: As): Statement =>
  cells(NONE, filter, by, as);

function cells(distinct: Sql, filter: TrainingStatisticsFilter, by: Aspect[], as: As): Statement {
  const columns = by.map((each, at) => {
    const column = isDimension(each) ? GROUPS[each].participation : ASPECTS[each];
    return sql`${column} AS ${raw(at === 0 ? '"key"' : `context${at - 1}`)},`;
  });
  const count = (learner: Sql) => sql`COUNT(${distinct} ${learner})`;
  return sql`${withUnits(filter)}
    SELECT ${pieces(columns)}
      ${count(raw('e.official_id'))} AS officials,
      ${count(sql`CASE WHEN ${graduated(as)} THEN e.official_id END`)} AS graduates,
      ${count(sql`CASE WHEN ${ABROAD} THEN e.official_id END`)} AS abroad,
      ${count(sql`CASE WHEN ${ABROAD} THEN NULL ELSE e.official_id END`)} AS domestic
    ${learners(filter, by.filter(isDimension), as)} ${groupByFirst(by.length)}`.statement();
}

/**
 * Distinct persons of each unit with all below it, as they are released. Each person is counted once in each unit, then
 * in each above: several times faster than each participation in each.
 */
export const PERSONS_WITHIN = sql`WITH person AS MATERIALIZED (
    SELECT e.unit_at_enrolment_id AS unit_id, e.official_id AS official_id,
      MAX(CASE WHEN ${graduated('RELEASED')} THEN 1 ELSE 0 END) AS graduated,
      MAX(CASE WHEN ${ABROAD} THEN 1 ELSE 0 END) AS went,
      MAX(CASE WHEN ${ABROAD} THEN 0 ELSE 1 END) AS stayed
    FROM enrolment e JOIN cohort c ON c.id = e.cohort_id WHERE ${isCounted('RELEASED')} GROUP BY 1, 2
  )
  SELECT above.ancestor_id AS "key",
    COUNT(DISTINCT person.official_id) AS officials,
    COUNT(DISTINCT CASE WHEN person.graduated = 1 THEN person.official_id END) AS graduates,
    COUNT(DISTINCT CASE WHEN person.went = 1 THEN person.official_id END) AS abroad,
    COUNT(DISTINCT CASE WHEN person.stayed = 1 THEN person.official_id END) AS domestic
  FROM person CROSS JOIN unit_ancestor above WHERE above.unit_id = person.unit_id GROUP BY 1`.statement();

/** The statement that counts participations, whole or by group. */
function participations(filter: TrainingStatisticsFilter, groupBy: Dimension | null, as: As): Statement {
  return sql`${withUnits(filter)}
    SELECT ${groupBy ? sql`${GROUPS[groupBy].participation} AS "key",` : NONE}
      COUNT(*) AS participations,
      COUNT(DISTINCT e.official_id) AS officials,
      SUM(CASE WHEN ${graduated(as)} THEN 1 ELSE 0 END) AS graduates,
      SUM(CASE WHEN ${ABROAD} THEN 1 ELSE 0 END) AS abroad
    ${learners(filter, groupBy ? [groupBy] : [], as)} ${groupByFirst(groupBy ? 1 : 0)}`.statement();
}

const pieces = (given: readonly Sql[]): Sql => given.reduce((before, each) => sql`${before} ${each}`, NONE);

const groupByFirst = (columns: number): Sql =>
  columns > 0 ? raw(`GROUP BY ${Array.from({ length: columns }, (_, at) => at + 1).join(', ')}`) : NONE;

/** FROM and WHERE of the enrolments that a filter selects. */
function learners(filter: TrainingStatisticsFilter, by: Dimension[], as: As): Sql {
  return sql`FROM enrolment e
    JOIN cohort c ON c.id = e.cohort_id
    JOIN programme p ON p.id = c.programme_id
    ${by.includes(Dimension.UNIT) ? sendersOf(filter, 'e.unit_at_enrolment_id') : NONE}
    ${pieces(by.map((each) => GROUPS[each].join ?? NONE))}
    WHERE ${all([...ofCohort(filter), ...ofLearners(filter, as)])}`;
}

const ofLearners = (filter: TrainingStatisticsFilter, as: As): Said[] => [
  isCounted(as),
  filter.categories && isIn('e.category_at_enrolment', filter.categories),
  inScope('e.unit_at_enrolment_id', filter),
];

/**
 * Which cohorts count for a unit or category: also those of their learners, or only those that units host, as is
 * public.
 */
type Classes = 'OF_LEARNERS_TOO' | 'OF_HOSTS';

/** Counts cohorts by what everybody may know: the units that host them. A category has no cohorts of its own. */
export const hostedCohorts = (filter: TrainingStatisticsFilter, groupBy: Dimension | null): Statement =>
  cohorts(
    { ...filter, categories: null },
    groupBy === Dimension.CATEGORY ? null : groupBy,
    'LIVE',
    'OF_HOSTS',
  );

/** Every group that could exist, in rows with a `key`, whether or not it has learners. */
export function possibleGroups(filter: TrainingStatisticsFilter, groupBy: Dimension): Statement {
  if (groupBy === Dimension.CATEGORY) {
    const categories = filter.categories ?? Object.values(OfficialCategory);
    const rows = categories.map((each) => sql`UNION SELECT CAST(${each} AS varchar)`);
    return sql`SELECT NULL AS "key" WHERE 1 = 0 ${pieces(rows)}`.statement();
  }
  if (groupBy !== Dimension.UNIT)
    return cohorts({ ...filter, unitIds: null, categories: null }, groupBy, 'LIVE');
  return sql`${withUnits(filter)} SELECT DISTINCT sender.unit_id AS "key" FROM ${senders(filter)} sender
    WHERE ${all([inScope('sender.id', filter)])}`.statement();
}

function cohorts(
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
  as: As,
  which: Classes = 'OF_LEARNERS_TOO',
): Statement {
  const group = groupBy && GROUPS[groupBy];
  const parts = partsOf(filter, groupBy, as, which);
  // A cancelled cohort has no learners, and figures that are released later must not follow the cancellation at once.
  const isHeld = !parts && sql`c.status <> 'CANCELLED'`;
  return sql`${withUnits(filter)}
    SELECT ${group ? sql`${group.cohort} AS "key",` : NONE} COUNT(DISTINCT c.id) AS cohorts
    FROM cohort c
    JOIN programme p ON p.id = c.programme_id
    ${parts ? sql`JOIN (${parts}) part ON part.cohort_id = c.id` : NONE}
    ${group?.join ?? NONE}
    WHERE ${all([isHeld, ...ofCohort(filter)])} ${groupByFirst(group ? 1 : 0)}`.statement();
}

/** Which cohorts a unit or category takes part in; null where that makes no difference. */
function partsOf(
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
  as: As,
  which: Classes,
): Sql | null {
  const byUnit = groupBy === Dimension.UNIT;
  const byCategory = filter.categories || groupBy === Dimension.CATEGORY;
  if (!filter.unitIds && !byUnit && !byCategory) return null;
  const unit = raw(byUnit ? 'sender.unit_id' : 'NULL');
  const category = raw(groupBy === Dimension.CATEGORY ? 'e.category_at_enrolment' : 'NULL');
  const sent = sql`SELECT e.cohort_id, ${unit} AS unit_id, ${category} AS category
    FROM enrolment e ${byUnit ? sendersOf(filter, 'e.unit_at_enrolment_id') : NONE}
    WHERE ${all(ofLearners(filter, as))}`;
  // A category has no cohorts of its own, only learners; a host has its cohorts even before the first learner.
  if (byCategory) return sent;
  const hosted = sql`SELECT h.id AS cohort_id, ${unit} AS unit_id, NULL AS category
    FROM cohort h ${byUnit ? sendersOf(filter, 'h.host_unit_id') : NONE}
    WHERE ${all([sql`h.status <> 'CANCELLED'`, inScope('h.host_unit_id', filter)])}`;
  return which === 'OF_HOSTS' ? hosted : sql`${sent} UNION ${hosted}`;
}

/** The conditions of a filter on the cohort c and its programme p. */
function ofCohort(filter: TrainingStatisticsFilter): Said[] {
  const {
    universityIds,
    programmeIds,
    topicIds,
    kinds,
    contentGroups,
    bases,
    locations,
    statuses,
    startsOn,
  } = filter;
  return [
    universityIds && isIn('c.university_id', universityIds),
    programmeIds && isIn('c.programme_id', programmeIds),
    topicIds &&
      sql`c.programme_id IN (SELECT programme_id FROM programme_topic WHERE ${isIn('topic_id', topicIds)})`,
    kinds && isIn('p.kind', kinds),
    contentGroups && isIn('p.content_group', contentGroups),
    bases && isIn('p.basis', bases),
    locations && isIn('c.location', locations),
    statuses && isIn('c.status', statuses),
    inRange('c.starts_on', startsOn),
  ];
}

const bySuccessor = (filter: TrainingStatisticsFilter): boolean =>
  filter.attribution === UnitAttribution.CURRENT_SUCCESSOR;

const withUnits = (filter: TrainingStatisticsFilter): Sql =>
  bySuccessor(filter) ? currentUnits(filter.attributedOn ?? dayOf(new Date())) : NONE;

/** SQL for the ids of the units whose learners and cohorts count for units of a filter. */
export const countedUnits = (filter: TrainingStatisticsFilter, unitIds: string[]): Sql =>
  sql`${withUnits(filter)} ${unitsOf(filter, unitIds)}`;

/** A table of `id`, a unit, and `unit_id`, the unit its learners count to. */
const senders = (filter: TrainingStatisticsFilter): Sql =>
  raw(bySuccessor(filter) ? 'current_unit' : '(SELECT id, id AS unit_id FROM unit)');

/** Joins that table as `sender`. @param column with the id of a unit. */
const sendersOf = (filter: TrainingStatisticsFilter, column: string): Sql =>
  sql`JOIN ${senders(filter)} sender ON sender.id = ${raw(column)}`;

/**
 * The condition that a column's unit is one whose learners count for the filter's units; none without such a filter.
 */
function inScope(column: string, filter: TrainingStatisticsFilter): Said {
  return filter.unitIds && sql`${raw(column)} IN (${unitsOf(filter, filter.unitIds)})`;
}

function unitsOf(filter: TrainingStatisticsFilter, unitIds: string[]): Sql {
  const alone = filter.includeSubunits === false;
  if (!bySuccessor(filter))
    return alone
      ? sql`SELECT id FROM unit WHERE id IN ${unitIds}`
      : sql`SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN ${unitIds}`;
  if (alone) return sql`SELECT id FROM current_unit WHERE unit_id IN ${unitIds}`;
  // A unit is within X today if it, or any unit that was above it, became X or a unit within X: a district that was
  // dissolved has no successor of its own, but the city above it has.
  return sql`SELECT line.unit_id FROM unit_ancestor line JOIN current_unit now ON now.id = line.ancestor_id
    JOIN unit_ancestor within ON within.unit_id = now.unit_id AND within.ancestor_id IN ${unitIds}`;
}
