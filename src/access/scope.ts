// Which rows does a permission reach? Each extent of the policy as SQL, for lists, counts, single records and changes.
import type { EntityManager } from 'typeorm';
import type { Permission } from './policy';

/** Where a permission reaches: everything, or what these own. */
export interface Reach {
  everything: boolean;
  unitIds: string[];
  universityIds: string[];
  officialIds: string[];
}

/** SQL that holds for the rows within reach, and its parameters. */
export type Condition = [sql: string, parameters: Record<string, unknown>];

/** What an entity says whose rows are not for everybody: which permission shows them, and the rows it reaches. */
export interface Shown {
  by: Permission;
  rows(scope: Scope, alias: string): Condition;
}

/** The same of who may change its rows, where that is not for administrators alone. */
export type Changed = Shown;

/**
 * What an entity says whose rows tell of another record, and of whom that is about in `officialId`: the property with
 * the id of that record.
 */
export interface ShownWith {
  shownWith: string;
}

const EVERY_ROW: Condition = ['1 = 1', {}];

/** The units of the reach and all below them. */
const UNITS = '(SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN (:...reachUnits))';
/** A closed unit hosts no more, and its classes are long over: who took them is no longer its concern. */
const HOSTED = `(SELECT cohort.id FROM cohort JOIN unit host ON host.id = cohort.host_unit_id
  WHERE cohort.host_unit_id IN ${UNITS} AND (host.valid_to IS NULL OR host.valid_to >= :reachToday))`;
const DELIVERED = '(SELECT id FROM cohort WHERE university_id IN (:...reachUniversities))';
/** Whoever holds a post there today; a closed unit keeps its staff until somebody moves them. */
const STAFF = `(SELECT official_id FROM assignment WHERE unit_id IN ${UNITS}
  AND valid_from <= :reachToday AND (valid_to IS NULL OR valid_to >= :reachToday))`;
/** Whoever was declined or has withdrawn is no learner. */
const LEARNING = "status NOT IN ('DECLINED', 'WITHDRAWN')";

/** The reach of one permission, for one actor on one day. */
export class Scope {
  constructor(
    readonly reach: Reach,
    private readonly today: string,
  ) {}

  /** Whether nothing is ever within it. */
  get isEmpty(): boolean {
    const { everything, unitIds, universityIds, officialIds } = this.reach;
    return !everything && [unitIds, universityIds, officialIds].every((ids) => ids.length === 0);
  }

  /** Every row for whom the reach is everything, none for others. */
  all(): Condition {
    return this.any({});
  }

  /** Units of the reach and below. @param unit column of a unit's id. */
  units(unit: string): Condition {
    return this.any({ units: `${unit} IN ${UNITS}` });
  }

  /** Universities of the reach. @param university column of a university's id. */
  universities(university: string): Condition {
    return this.any({ universities: `${university} IN (:...reachUniversities)` });
  }

  /** Officials who serve in units of the reach today. @param official column of an official's id. */
  staff(official: string): Condition {
    return this.any({
      units: `${official} IN ${STAFF}`,
      self: `${official} IN (:...reachOfficials)`,
    });
  }

  /** Staff, and the learners of cohorts that open units of the reach host or its universities deliver. @param official column of an official's id. */
  persons(official: string): Condition {
    const learners = (cohorts: string) =>
      `${official} IN (SELECT official_id FROM enrolment WHERE cohort_id IN ${cohorts} AND ${LEARNING})`;
    return this.any({
      units: `${official} IN ${STAFF} OR ${learners(HOSTED)}`,
      universities: learners(DELIVERED),
      self: `${official} IN (:...reachOfficials)`,
    });
  }

  /**
   * Enrolments and graduations: of those whom the reach sent, of its staff wherever they studied, and in cohorts it
   * hosts or delivers.
   */
  participations(columns: { unit: string; cohort: string; official: string }): Condition {
    const { unit, cohort, official } = columns;
    return this.any({
      units: `${unit} IN ${UNITS} OR ${cohort} IN ${HOSTED} OR ${official} IN ${STAFF}`,
      universities: `${cohort} IN ${DELIVERED}`,
      self: `${official} IN (:...reachOfficials)`,
    });
  }

  /** What the reach is owed: by those whom it sent to study and by its staff. Who taught them is owed nothing. */
  commitments(commitment: string): Condition {
    return this.any({
      units: `${commitment}.unit_id IN ${UNITS} OR ${commitment}.official_id IN ${STAFF}`,
      self: `${commitment}.official_id IN (:...reachOfficials)`,
    });
  }

  /** Cohorts that the reach hosts or delivers. @param cohort alias of the cohort table. */
  cohorts(cohort: string): Condition {
    return this.any({
      units: `${cohort}.host_unit_id IN ${UNITS}`,
      universities: `${cohort}.university_id IN (:...reachUniversities)`,
    });
  }

  /** Orders that the reach made or was asked for. @param order alias of the table of training orders. */
  orders(order: string): Condition {
    return this.any({
      units: `${order}.unit_id IN ${UNITS}`,
      universities: `${order}.university_id IN (:...reachUniversities)`,
    });
  }

  /** Programmes that the reach delivers, leads or commissions. @param programme alias of the programme table. */
  programmes(programme: string): Condition {
    return this.any({
      units: `${programme}.id IN (SELECT programme_id FROM programme_partner
        WHERE role IN ('LEAD', 'COMMISSIONING', 'DELIVERING') AND unit_id IN ${UNITS})`,
      universities: `${programme}.university_id IN (:...reachUniversities)`,
    });
  }

  private any(parts: { units?: string; universities?: string; self?: string }): Condition {
    const { everything, unitIds, universityIds, officialIds } = this.reach;
    if (everything) return EVERY_ROW;
    const held: (string | undefined)[] = [
      unitIds.length > 0 ? parts.units : undefined,
      universityIds.length > 0 ? parts.universities : undefined,
      officialIds.length > 0 ? parts.self : undefined,
    ];
    const sql = held.filter((part) => part !== undefined).map((part) => `(${part})`);
    if (sql.length === 0) return ['1 = 0', {}];
    return [
      `(${sql.join(' OR ')})`,
      {
        reachUnits: unitIds,
        reachUniversities: universityIds,
        reachOfficials: officialIds,
        reachToday: this.today,
      },
    ];
  }
}

/** Which of these rows of a table are within reach. @param condition in terms of the alias `own`. */
export async function idsWithin(
  manager: EntityManager,
  table: string,
  ids: readonly string[],
  [sql, parameters]: Condition,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await manager
    .createQueryBuilder()
    .select('own.id', 'id')
    .from(table, 'own')
    .where('own.id IN (:...ids)', { ids: [...ids] })
    .andWhere(sql, parameters)
    .getRawMany<{ id: string }>();
  return new Set(rows.map(({ id }) => id));
}

/** Whether one row of a table is within reach. @param condition in terms of the alias `own`. */
export async function isWithin(
  manager: EntityManager,
  table: string,
  id: string,
  condition: Condition,
): Promise<boolean> {
  return (await idsWithin(manager, table, [id], condition)).size > 0;
}
