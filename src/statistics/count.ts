// How is training counted? The SQL behind every figure; participations and persons are never mixed.
//
// Two countings side by side: of participations (enrolments in a counted state) and of cohorts that are not
// cancelled. A unit's cohorts are those it hosts and those it sent a counted learner to. An enrolment is COMPLETED
// exactly while it has a graduation that was not revoked, so the graduates need no join.
import type { Row } from '../database/database';
import type { Statement } from '../lib/sql';
import { dayOf } from '../lib/dates';
import { PARTICIPATING } from '../registry/cohort/enrolment.entity';
import { OfficialCategory } from '../registry/official/official.entity';
import { currentUnits } from './attribution';
import {
  TrainingStatisticsDimension as Dimension,
  type TrainingStatisticsFilter,
  UnitAttribution,
} from './statistics.types';

const COUNTED = `(${PARTICIPATING.map((status) => `'${status}'`).join(', ')})`;

/** Which status of an enrolment is counted: the one of now, or the one that readers without rights are told. */
export type As = 'LIVE' | 'TOLD';
const STATUS: Record<As, string> = { LIVE: 'e.status', TOLD: 'e.told_status' };

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
  as: As,
): { participations: Statement; cohorts: Statement } {
  return { participations: participations(filter, groupBy, as), cohorts: cohorts(filter, groupBy, as) };
}

/** What heads are counted by, besides dimensions: the unit that sent the learner then, the class, its programme. */
const ASPECTS = {
  SENDER: 'e.unit_at_enrolment_id',
  COHORT: 'c.id',
  PROGRAMME: 'c.programme_id',
};
export type Aspect = Dimension | keyof typeof ASPECTS;

/** The units with the unit above each. */
export const UNIT_PARENTS: Statement = { sql: 'SELECT id AS "key", parent_id FROM unit', parameters: [] };

const isAny = (as: As): string => `EXISTS (SELECT 1 FROM enrolment e WHERE ${STATUS[as]} IN ${COUNTED})`;

/**
 * The secret order in which parts are hidden, the day up to which learners by unit or category are told, and whether
 * there are some and none was told yet.
 */
export const DISCLOSURE: Statement = {
  sql: `SELECT secret, told_on,
      CASE WHEN ${isAny('TOLD')} THEN 0 WHEN ${isAny('LIVE')} THEN 1 ELSE 0 END AS is_first_day
    FROM disclosure`,
  parameters: [],
};

const graduated = (as: As): string => `${STATUS[as]} = 'COMPLETED'`;
const ABROAD = "c.location IN ('ABROAD', 'COMBINED')";

/**
 * Distinct persons, of them graduates, of them those who were abroad and those who were not, in the cells of a table:
 * rows with `key` for the first aspect, and `context0`, `context1` ... for the others.
 */
export const heads = (filter: TrainingStatisticsFilter, by: Aspect[], as: As): Statement =>
  cells('DISTINCT', filter, by, as);

/** The same of participations: several times faster, and enough where a cell has a person once, as a class has. */
export const places = (filter: TrainingStatisticsFilter, by: Aspect[], as: As): Statement =>
  cells('ALL', filter, by, as);

function cells(which: 'DISTINCT' | 'ALL', filter: TrainingStatisticsFilter, by: Aspect[], as: As): Statement {
  const columns = by.map((each, at) => {
    const column =
      each in ASPECTS ? ASPECTS[each as keyof typeof ASPECTS] : GROUPS[each as Dimension].participation;
    return `${column} AS ${at === 0 ? '"key"' : `context${at - 1}`},`;
  });
  const dimensions = by.filter((each): each is Dimension => each in GROUPS);
  const { from, where, parameters } = learners(filter, dimensions, as);
  const count = (learner: string) => `COUNT(${which === 'ALL' ? '' : which} ${learner})`;
  return {
    sql: `${withUnits(filter)}
      SELECT ${columns.join(' ')}
        ${count('e.official_id')} AS officials,
        ${count(`CASE WHEN ${graduated(as)} THEN e.official_id END`)} AS graduates,
        ${count(`CASE WHEN ${ABROAD} THEN e.official_id END`)} AS abroad,
        ${count(`CASE WHEN ${ABROAD} THEN NULL ELSE e.official_id END`)} AS domestic
      ${from} WHERE ${where} ${groupByFirst(by.length)}`,
    parameters,
  };
}

/**
 * The heads of all learners as they are told, of each unit with all below it. Each person is counted once in each unit, then in each
 * above: several times faster than each participation in each.
 */
export const HEADS_WITHIN: Statement = {
  sql: `WITH person AS MATERIALIZED (
      SELECT e.unit_at_enrolment_id AS unit_id, e.official_id AS official_id,
        MAX(CASE WHEN ${graduated('TOLD')} THEN 1 ELSE 0 END) AS graduated,
        MAX(CASE WHEN ${ABROAD} THEN 1 ELSE 0 END) AS went,
        MAX(CASE WHEN ${ABROAD} THEN 0 ELSE 1 END) AS stayed
      FROM enrolment e JOIN cohort c ON c.id = e.cohort_id WHERE ${STATUS.TOLD} IN ${COUNTED} GROUP BY 1, 2
    )
    SELECT above.ancestor_id AS "key",
      COUNT(DISTINCT person.official_id) AS officials,
      COUNT(DISTINCT CASE WHEN person.graduated = 1 THEN person.official_id END) AS graduates,
      COUNT(DISTINCT CASE WHEN person.went = 1 THEN person.official_id END) AS abroad,
      COUNT(DISTINCT CASE WHEN person.stayed = 1 THEN person.official_id END) AS domestic
    FROM person CROSS JOIN unit_ancestor above WHERE above.unit_id = person.unit_id GROUP BY 1`,
  parameters: [],
};

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

/** The statement that counts participations, whole or by group. */
function participations(filter: TrainingStatisticsFilter, groupBy: Dimension | null, as: As): Statement {
  const { from, where, parameters } = learners(filter, groupBy ? [groupBy] : [], as);
  return {
    sql: `${withUnits(filter)}
      SELECT ${groupBy ? `${GROUPS[groupBy].participation} AS "key",` : ''}
        COUNT(*) AS participations,
        COUNT(DISTINCT e.official_id) AS officials,
        SUM(CASE WHEN ${graduated(as)} THEN 1 ELSE 0 END) AS graduates,
        SUM(CASE WHEN ${ABROAD} THEN 1 ELSE 0 END) AS abroad
      ${from} WHERE ${where} ${groupByFirst(groupBy ? 1 : 0)}`,
    parameters,
  };
}

const groupByFirst = (columns: number): string =>
  columns > 0 ? `GROUP BY ${Array.from({ length: columns }, (_, at) => at + 1).join(', ')}` : '';

function learners(filter: TrainingStatisticsFilter, by: Dimension[], as: As) {
  const conditions = new Conditions().add(`${STATUS[as]} IN ${COUNTED}`);
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

/** Where classes come from: those that learners make a unit's or a category's, or what is public, the hosts, alone. */
type Classes = 'OF_LEARNERS_TOO' | 'OF_HOSTS';

/** Counts classes by what everybody may know: the units that host them. A category has no classes of its own. */
export const hostedCohorts = (filter: TrainingStatisticsFilter, groupBy: Dimension | null): Statement =>
  cohorts(
    { ...filter, categories: null },
    groupBy === Dimension.CATEGORY ? null : groupBy,
    'LIVE',
    'OF_HOSTS',
  );

/** Every group that there might be, in rows with a `key`, whoever has learners in it. */
export function possibleGroups(filter: TrainingStatisticsFilter, groupBy: Dimension): Statement {
  if (groupBy === Dimension.CATEGORY) {
    const categories = filter.categories ?? Object.values(OfficialCategory);
    return {
      sql: categories.map(() => 'SELECT CAST(? AS varchar) AS "key"').join(' UNION ') || NO_ROWS,
      parameters: categories,
    };
  }
  if (groupBy !== Dimension.UNIT)
    return cohorts({ ...filter, unitIds: null, categories: null }, groupBy, 'LIVE');
  const scope = unitScope(filter);
  return {
    sql: `${withUnits(filter)} SELECT DISTINCT sender.unit_id AS "key" FROM ${sendersOf(filter)} sender
      ${scope ? `WHERE sender.id IN (${scope.sql})` : ''}`,
    parameters: scope?.parameters ?? [],
  };
}

const NO_ROWS = 'SELECT NULL AS "key" WHERE 1 = 0';

const isHeld = (cohort: string): string => `${cohort}.status <> 'CANCELLED'`;

function cohorts(
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
  as: As,
  which: Classes = 'OF_LEARNERS_TOO',
): Statement {
  const group = groupBy && GROUPS[groupBy];
  const conditions = new Conditions();
  const parts = partsOf(filter, groupBy, as, which);
  // One that was called off has no learners, and what is told of them must not follow it at once.
  if (!parts) conditions.add(isHeld('c'));
  ofCohort(conditions, filter);
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
function partsOf(
  filter: TrainingStatisticsFilter,
  groupBy: Dimension | null,
  as: As,
  which: Classes,
): Statement | null {
  const { categories } = filter;
  const scope = unitScope(filter);
  const byUnit = groupBy === Dimension.UNIT;
  const byCategory = groupBy === Dimension.CATEGORY;
  if (!scope && !categories && !byUnit && !byCategory) return null;
  const sent = new Conditions()
    .add(`${STATUS[as]} IN ${COUNTED}`)
    .isIn('e.category_at_enrolment', categories);
  const hosted = new Conditions().add(isHeld('h'));
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
  const hosts = `SELECT h.id AS cohort_id, ${byUnit ? 'sender.unit_id' : 'NULL'} AS unit_id, NULL AS category
    FROM cohort h ${byUnit ? `JOIN ${sendersOf(filter)} sender ON sender.id = h.host_unit_id` : ''}
    WHERE ${hosted.where}`;
  if (which === 'OF_HOSTS') return { sql: hosts, parameters: hosted.parameters };
  return { sql: `${learners} UNION ${hosts}`, parameters: [...sent.parameters, ...hosted.parameters] };
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
