// Scope: the rows that a permission reaches, as SQL conditions for lists, counts, single records and changes.
import type { EntityManager } from 'typeorm';
import { grouped } from '../graphql/reader';
import { anyOf, isIn, raw, type Sql, sql } from '../lib/sql';
import type { Permission } from './policy';

/** The reach of a permission: everything, or what belongs to these units, universities and officials. */
export interface Reach {
  everything: boolean;
  unitIds: string[];
  universityIds: string[];
  officialIds: string[];
}

/** Static `shown` of an entity with restricted rows: the permission that shows them, and the rows it reaches. */
export interface Shown {
  by: Permission;
  rows(scope: Scope, alias: string): Sql;
}

/** Static `changed` of an entity: the same for changing its rows, where others than administrators may. */
export type Changed = Shown;

/**
 * For an entity whose rows are visible with another record: the property with that record's id. The row has the
 * person of that record in `officialId`.
 */
export interface ShownWith {
  shownWith: string;
}

/** Declined and withdrawn officials are not learners. */
const LEARNING = sql`status NOT IN ('DECLINED', 'WITHDRAWN')`;

/** The reach of one permission, for one actor on one day. */
export class Scope {
  constructor(
    readonly reach: Reach,
    private readonly today: string,
  ) {}

  /** Whether no row can ever be within it. */
  get isEmpty(): boolean {
    const { everything, unitIds, universityIds, officialIds } = this.reach;
    return !everything && [unitIds, universityIds, officialIds].every((ids) => ids.length === 0);
  }

  /** Every row if the reach is everything, otherwise none. */
  all(): Sql {
    return this.any({});
  }

  /** Units of the reach and below. @param unit column of a unit's id. */
  units(unit: string): Sql {
    return this.any({ units: sql`${raw(unit)} IN ${this.ownUnits}` });
  }

  /** Universities of the reach. @param university column of a university's id. */
  universities(university: string): Sql {
    return this.any({ universities: sql`${raw(university)} IN ${this.reach.universityIds}` });
  }

  /** Officials with a post in units of the reach today. @param official column of an official's id. */
  staff(official: string): Sql {
    return this.any({ units: sql`${raw(official)} IN ${this.ownStaff}`, self: this.isSelf(official) });
  }

  /**
   * Staff of the reach, and learners of cohorts that its units (not closed ones) host or its universities deliver.
   * @param official column of an official's id.
   */
  persons(official: string): Sql {
    const learners = (cohorts: Sql) =>
      sql`${raw(official)} IN (SELECT official_id FROM enrolment WHERE cohort_id IN ${cohorts} AND ${LEARNING})`;
    return this.any({
      units: sql`${raw(official)} IN ${this.ownStaff} OR ${learners(this.hosted)}`,
      universities: learners(this.delivered),
      self: this.isSelf(official),
    });
  }

  /**
   * Enrolments and graduations: of officials whom units of the reach sent, of their staff wherever they studied, and in
   * cohorts that the reach hosts or delivers.
   */
  participations(columns: { unit: string; cohort: string; official: string }): Sql {
    const [unit, cohort, official] = [raw(columns.unit), raw(columns.cohort), raw(columns.official)];
    return this.any({
      units: sql`${unit} IN ${this.ownUnits} OR ${cohort} IN ${this.hosted} OR ${official} IN ${this.ownStaff}`,
      universities: sql`${cohort} IN ${this.delivered}`,
      self: this.isSelf(columns.official),
    });
  }

  /** Commitments of officials whom units of the reach sent, and of their staff. Universities are owed no service. */
  commitments(commitment: string): Sql {
    const own = raw(commitment);
    return this.any({
      units: sql`${own}.unit_id IN ${this.ownUnits} OR ${own}.official_id IN ${this.ownStaff}`,
      self: this.isSelf(`${commitment}.official_id`),
    });
  }

  /** Cohorts that the reach hosts or delivers. @param cohort alias of the cohort table. */
  cohorts(cohort: string): Sql {
    return this.any({
      units: sql`${raw(cohort)}.host_unit_id IN ${this.ownUnits}`,
      universities: sql`${raw(cohort)}.university_id IN ${this.reach.universityIds}`,
    });
  }

  /** Training orders that the reach placed or received. @param order alias of the table of training orders. */
  orders(order: string): Sql {
    return this.any({
      units: sql`${raw(order)}.unit_id IN ${this.ownUnits}`,
      universities: sql`${raw(order)}.university_id IN ${this.reach.universityIds}`,
    });
  }

  /** Programmes that the reach delivers, leads or commissions. @param programme alias of the programme table. */
  programmes(programme: string): Sql {
    return this.any({
      units: sql`${raw(programme)}.id IN (SELECT programme_id FROM programme_partner
        WHERE role IN ('LEAD', 'COMMISSIONING', 'DELIVERING') AND unit_id IN ${this.ownUnits})`,
      universities: sql`${raw(programme)}.university_id IN ${this.reach.universityIds}`,
    });
  }

  /** The units of the reach and all below them. */
  private get ownUnits(): Sql {
    return sql`(SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN ${this.reach.unitIds})`;
  }

  /** Cohorts hosted by units of the reach; a closed unit no longer reaches the learners of its past cohorts. */
  private get hosted(): Sql {
    return sql`(SELECT cohort.id FROM cohort JOIN unit host ON host.id = cohort.host_unit_id
      WHERE cohort.host_unit_id IN ${this.ownUnits} AND (host.valid_to IS NULL OR host.valid_to >= ${this.today}))`;
  }

  private get delivered(): Sql {
    return sql`(SELECT id FROM cohort WHERE university_id IN ${this.reach.universityIds})`;
  }

  /** Officials with a post there today; a closed unit keeps its staff until they are assigned elsewhere. */
  private get ownStaff(): Sql {
    return sql`(SELECT official_id FROM assignment WHERE unit_id IN ${this.ownUnits}
      AND valid_from <= ${this.today} AND (valid_to IS NULL OR valid_to >= ${this.today}))`;
  }

  private isSelf(official: string): Sql {
    return sql`${raw(official)} IN ${this.reach.officialIds}`;
  }

  private any(parts: { units?: Sql; universities?: Sql; self?: Sql }): Sql {
    const { everything, unitIds, universityIds, officialIds } = this.reach;
    if (everything) return sql`1 = 1`;
    return anyOf([
      unitIds.length > 0 && parts.units,
      universityIds.length > 0 && parts.universities,
      officialIds.length > 0 && parts.self,
    ]);
  }
}

/** The ids of each unit and its ancestors, upwards, by unit; one statement for all units. */
export async function linesOf(
  manager: EntityManager,
  unitIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (unitIds.length === 0) return new Map();
  const rows = await manager
    .createQueryBuilder()
    .select(['line.unit_id AS unit', 'line.ancestor_id AS above'])
    .from('unit_ancestor', 'line')
    .where(...isIn('line.unit_id', unitIds).named())
    .orderBy('line.distance')
    .getRawMany<{ unit: string; above: string }>();
  const lines = grouped(rows, ({ unit }) => unit);
  return new Map([...lines].map(([unit, line]) => [unit, line.map(({ above }) => above)]));
}

/** The ids of those rows of an entity that meet a condition. @param within the condition on the alias `own`. */
export async function idsWithin(
  manager: EntityManager,
  entity: new () => { id: string },
  ids: readonly string[],
  within: Sql,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await manager
    .createQueryBuilder()
    .select('own.id', 'id')
    .from(entity, 'own')
    .where(...isIn('own.id', ids).named())
    .andWhere(...within.named())
    .getRawMany<{ id: string }>();
  return new Set(rows.map(({ id }) => id));
}

/** Whether a row of an entity meets a condition. @param within the condition on the alias `own`. */
export async function isWithin(
  manager: EntityManager,
  entity: new () => { id: string },
  id: string,
  within: Sql,
): Promise<boolean> {
  return (await idsWithin(manager, entity, [id], within)).size > 0;
}
