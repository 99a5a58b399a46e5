// How is training counted? The SQL behind every figure; participations and persons are never mixed.
//
// Two countings side by side: of participations (enrolments in a counted state) and of cohorts that are not
// cancelled. A unit's cohorts are those it hosts and those it sent a counted learner to. An enrolment is COMPLETED
// exactly while it has a graduation that was not revoked, so the graduates need no join.
import type { Row, Statement } from '../lib/database';
import { dayOf } from '../lib/dates';
import { PARTICIPATING } from '../registry/enrolment/enrolment.entity';
import { currentUnits } from './attribution';
import {
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  UnitAttribution,
} from './statistics.types';

const COUNTED = `(${PARTICIPATING.map((status) => `'${status}'`).join(', ')})`;

const YEAR = 'substr(CAST(c.starts_on AS varchar), 1, 4)';

/** What each dimension groups participations and cohorts by. */
const GROUPS: Record<Dimension, { participation: string; cohort: string; join?: string }> = {
  UNIT: { participation: 'sender.unit_id', cohort: 'part.unit_id' },
  UNIVERSITY: { participation: 'c.university_id', cohort: 'c.university_id' },
  TOPIC: {
    participation: 'pt.topic_id',
    cohort: 'pt.topic_id',
    join: 'LEFT JOIN programme_topic pt ON pt.programme_id = c.programme_id',
  },
  YEAR: { participation: YEAR, cohort: YEAR },
  PROGRAMME_KIND: { participation: 'p.kind', cohort: 'p.kind' },
  CONTENT_GROUP: { participation: 'p.content_group', cohort: 'p.content_group' },
  CATEGORY: { participation: 'e.category_at_enrolment', cohort: 'part.category' },
  LOCATION: { participation: 'c.location', cohort: 'c.location' },
  STATUS: { participation: 'c.status', cohort: 'c.status' },
};

/** The key of the group of those that have none. */
export const NOTHING = 'NONE';

/** Which group a row is of. */
export const keyOf = ({ key = null }: Row): string => (key === null ? NOTHING : String(key));

/** The statements that count `filter` as a whole, or by group with a `key` column. */
export function countStatements(
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
): { participations: Statement; cohorts: Statement } {
  return { participations: participations(filter, { key: groupBy }), cohorts: cohorts(filter, groupBy) };
}

/** A learner counts to each unit at or above the one that sent it: not a dimension, because its groups overlap. */
export const WITHIN = 'WITHIN';

/** What participations can be grouped by: in rows with a `key`, and `context0`, `context1` ... beside it. */
export interface Grouping {
  key?: Dimension | typeof WITHIN | null;
  contexts?: Dimension[];
}

/** The units with the unit above each. */
export const UNIT_PARENTS: Statement = { sql: 'SELECT id AS "key", parent_id FROM unit', parameters: [] };

/**
 * The units for which `unitIds` finds others than today's tree has below them: those above a dissolved unit whose own
 * units went elsewhere.
 */
export function straddlingUnits(filter: TrainingStatisticsFilter): Statement {
  if (!bySuccessor(filter)) return { sql: 'SELECT NULL AS "key" WHERE 1 = 0', parameters: [] };
  return {
    sql: `${withUnits(filter)}
      SELECT DISTINCT within.ancestor_id AS "key"
      FROM unit_ancestor line
      JOIN current_unit above ON above.id = line.ancestor_id
      JOIN unit_ancestor within ON within.unit_id = above.unit_id
      JOIN current_unit now ON now.id = line.unit_id
      WHERE NOT EXISTS (SELECT 1 FROM unit_ancestor tree
        WHERE tree.unit_id = now.unit_id AND tree.ancestor_id = within.ancestor_id)`,
    parameters: [],
  };
}

/** SQL conditions with their parameters, in order. */
class Conditions {
  private readonly parts: string[] = [];
  readonly parameters: unknown[] = [];

  add(sql: string, ...parameters: unknown[]): this {
    this.parts.push(sql);
    this.parameters.push(...parameters);
    return this;
  }

  isIn(column: string, values: readonly string[] | null | undefined): this {
    if (!values) return this;
    const once = [...new Set(values)]; // a database takes only so many parameters
    return once.length === 0 ? this.add('1 = 0') : this.add(`${column} IN (${marks(once)})`, ...once);
  }

  get where(): string {
    return this.parts.join(' AND ') || '1 = 1';
  }
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** The statement that counts participations, whole or by several things at once. */
export function participations(
  filter: TrainingStatisticsFilter,
  { key, contexts = [] }: Grouping,
): Statement {
  if (key === WITHIN) return participationsWithin(filter, contexts);
  const columns = [
    ...(key ? [`${GROUPS[key].participation} AS "key"`] : []),
    ...contexts.map((by, at) => `${GROUPS[by].participation} AS context${at}`),
  ];
  const { from, where, parameters } = learners(filter, [...(key ? [key] : []), ...contexts]);
  return {
    sql: `${withUnits(filter)}
      SELECT ${columns.map((column) => `${column},`).join(' ')}
        COUNT(*) AS participations,
        COUNT(DISTINCT e.official_id) AS officials,
        ${SUMS}
      ${from} WHERE ${where} ${groupByFirst(columns.length)}`,
    parameters,
  };
}

const SUMS = `SUM(CASE WHEN e.status = 'COMPLETED' THEN 1 ELSE 0 END) AS graduates,
  SUM(CASE WHEN c.location IN ('ABROAD', 'COMBINED') THEN 1 ELSE 0 END) AS abroad`;

const groupByFirst = (columns: number): string =>
  columns > 0 ? `GROUP BY ${Array.from({ length: columns }, (_, at) => at + 1).join(', ')}` : '';

function learners(filter: TrainingStatisticsFilter, by: Dimension[]) {
  const conditions = new Conditions().add(`e.status IN ${COUNTED}`);
  ofCohort(conditions, filter);
  conditions.isIn('e.category_at_enrolment', filter.categories);
  const scope = unitScope(filter);
  if (scope) conditions.add(`e.unit_at_enrolment_id IN (${scope.sql})`, ...scope.parameters);
  const from = `FROM enrolment e
    JOIN cohort c ON c.id = e.cohort_id
    JOIN programme p ON p.id = c.programme_id
    ${by.includes(Dimension.UNIT) ? `JOIN ${sendersOf(filter)} sender ON sender.id = e.unit_at_enrolment_id` : ''}
    ${by.map((each) => GROUPS[each].join ?? '').join(' ')}`;
  return { from, where: conditions.where, parameters: conditions.parameters };
}

/** Each person once in each unit, then in each unit above: several times faster than each participation in each. */
function participationsWithin(filter: TrainingStatisticsFilter, contexts: Dimension[]): Statement {
  const { from, where, parameters } = learners(filter, contexts);
  const names = contexts.map((_, at) => `context${at}`);
  const columns = contexts.map((by, at) => `${GROUPS[by].participation} AS context${at},`).join(' ');
  return {
    sql: `${withUnits(filter)}${bySuccessor(filter) ? ',' : 'WITH'} person AS MATERIALIZED (
        SELECT e.unit_at_enrolment_id AS unit_id, e.official_id AS official_id, ${columns} ${SUMS}
        ${from} WHERE ${where} ${groupByFirst(2 + contexts.length)}
      )
      SELECT above.unit_id AS "key", ${names.map((name) => `person.${name} AS ${name},`).join(' ')}
        COUNT(DISTINCT person.official_id) AS officials,
        SUM(person.graduates) AS graduates,
        SUM(person.abroad) AS abroad
      FROM person CROSS JOIN ${aboveOf(filter)} above WHERE above.id = person.unit_id
      ${groupByFirst(1 + contexts.length)}`,
    parameters,
  };
}

function cohorts(filter: TrainingStatisticsFilter, groupBy: Dimension | null): Statement {
  const group = groupBy && GROUPS[groupBy];
  const conditions = new Conditions().add("c.status <> 'CANCELLED'");
  ofCohort(conditions, filter);
  const parts = partsOf(filter, groupBy);
  return {
    sql: `${withUnits(filter)}
      SELECT ${group ? `${group.cohort} AS "key",` : ''} COUNT(DISTINCT c.id) AS cohorts
      FROM cohort c
      JOIN programme p ON p.id = c.programme_id
      ${parts ? `JOIN (${parts.sql}) part ON part.cohort_id = c.id` : ''}
      ${group?.join ?? ''}
      WHERE ${conditions.where} ${group ? 'GROUP BY 1' : ''}`,
    parameters: [...(parts?.parameters ?? []), ...conditions.parameters],
  };
}

/** Which cohorts a unit or category takes part in; null where that makes no difference. */
function partsOf(filter: TrainingStatisticsFilter, groupBy: Dimension | null): Statement | null {
  const { categories } = filter;
  const scope = unitScope(filter);
  const byUnit = groupBy === Dimension.UNIT;
  const byCategory = groupBy === Dimension.CATEGORY;
  if (!scope && !categories && !byUnit && !byCategory) return null;
  const sent = new Conditions().add(`e.status IN ${COUNTED}`).isIn('e.category_at_enrolment', categories);
  const hosted = new Conditions();
  if (scope) {
    sent.add(`e.unit_at_enrolment_id IN (${scope.sql})`, ...scope.parameters);
    hosted.add(`h.host_unit_id IN (${scope.sql})`, ...scope.parameters);
  }
  const learners = `SELECT e.cohort_id, ${byUnit ? 'sender.unit_id' : 'NULL'} AS unit_id,
      ${byCategory ? 'e.category_at_enrolment' : 'NULL'} AS category
    FROM enrolment e ${byUnit ? `JOIN ${sendersOf(filter)} sender ON sender.id = e.unit_at_enrolment_id` : ''}
    WHERE ${sent.where}`;
  // A category has no cohorts of its own, only learners; a host has its cohorts even before the first learner.
  if (categories || byCategory) return { sql: learners, parameters: sent.parameters };
  return {
    sql: `${learners} UNION SELECT h.id, ${byUnit ? 'sender.unit_id' : 'NULL'}, NULL
      FROM cohort h ${byUnit ? `JOIN ${sendersOf(filter)} sender ON sender.id = h.host_unit_id` : ''}
      WHERE ${hosted.where}`,
    parameters: [...sent.parameters, ...hosted.parameters],
  };
}

function ofCohort(conditions: Conditions, filter: TrainingStatisticsFilter): void {
  const { universityIds, programmeIds, topicIds, kinds, contentGroups, locations, startsOn } = filter;
  conditions.isIn('c.university_id', universityIds);
  conditions.isIn('c.programme_id', programmeIds);
  if (topicIds) {
    const topics = new Conditions().isIn('topic_id', topicIds);
    conditions.add(
      `c.programme_id IN (SELECT programme_id FROM programme_topic WHERE ${topics.where})`,
      ...topics.parameters,
    );
  }
  conditions.isIn('p.kind', kinds).isIn('p.content_group', contentGroups).isIn('c.location', locations);
  if (startsOn?.from) conditions.add('c.starts_on >= ?', startsOn.from);
  if (startsOn?.to) conditions.add('c.starts_on <= ?', startsOn.to);
}

const bySuccessor = (filter: TrainingStatisticsFilter): boolean =>
  filter.attribution === UnitAttribution.CURRENT_SUCCESSOR;

const withUnits = (filter: TrainingStatisticsFilter): string =>
  bySuccessor(filter) ? currentUnits(dayOf(new Date())) : '';

/** A table of `id`, a unit, and `unit_id`, the unit its learners count to. */
const sendersOf = (filter: TrainingStatisticsFilter): string =>
  bySuccessor(filter) ? 'current_unit' : '(SELECT id, id AS unit_id FROM unit)';

/** A table of `id`, a unit, and `unit_id`, each unit in whose tree of today or then its learners are. */
const aboveOf = (filter: TrainingStatisticsFilter): string =>
  bySuccessor(filter)
    ? `(SELECT now.id AS id, line.ancestor_id AS unit_id
        FROM current_unit now JOIN unit_ancestor line ON line.unit_id = now.unit_id)`
    : '(SELECT unit_id AS id, ancestor_id AS unit_id FROM unit_ancestor)';

/** The units whose learners count for the filter's units; null without such a filter. */
function unitScope(filter: TrainingStatisticsFilter): Statement | null {
  const { unitIds, includeSubunits } = filter;
  if (!unitIds) return null;
  if (unitIds.length === 0) return { sql: "SELECT ''", parameters: [] };
  const list = marks(unitIds);
  if (!bySuccessor(filter)) {
    const sql =
      includeSubunits === false
        ? `SELECT id FROM unit WHERE id IN (${list})`
        : `SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN (${list})`;
    return { sql, parameters: unitIds };
  }
  if (includeSubunits === false)
    return { sql: `SELECT id FROM current_unit WHERE unit_id IN (${list})`, parameters: unitIds };
  // A unit is within X today if it, or any unit that was above it, became X or a unit within X: a district that was
  // dissolved has no successor of its own, but the city above it has.
  return {
    sql: `SELECT line.unit_id FROM unit_ancestor line JOIN current_unit now ON now.id = line.ancestor_id
      JOIN unit_ancestor within ON within.unit_id = now.unit_id AND within.ancestor_id IN (${list})`,
    parameters: unitIds,
  };
}
