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

/**
 * How much of a closed unit must have become units of a reach: MIN, so that every open unit that stands for it is among
 * them; MAX, so that at least one is.
 */
type Share = 'MIN' | 'MAX';

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

  /** Units of the reach and below, and closed ones that have become them. @param unit column of a unit's id. */
  units(unit: string): Sql {
    return this.any({ units: sql`${raw(unit)} IN ${this.ownUnits}` });
  }

  /** Universities of the reach. @param university column of a university's id. */
  universities(university: string): Sql {
    return this.any({ universities: sql`${raw(university)} IN ${this.reach.universityIds}` });
  }

  /**
   * Units of the reach, and closed ones of which at least a part has become them. It is for the past of the caller's
   * own officials, each of whom must be within reach as well.
   * @param unit column of a unit's id.
   */
  partsOfUnits(unit: string): Sql {
    return this.any({ units: sql`${raw(unit)} IN ${this.unitsWith('MAX')}` });
  }

  /** Officials with a post in units of the reach today. @param official column of an official's id. */
  staff(official: string): Sql {
    return this.any({ units: sql`${raw(official)} IN ${this.ownStaff}`, self: this.isSelf(official) });
  }

  /** The same, and who served there on a day of the past. @param official column of an official's id. */
  staffOn(official: string, day: string): Sql {
    const served = sql`${raw(official)} IN (SELECT official_id FROM assignment WHERE unit_id IN ${this.ownUnits}
      AND valid_from <= ${day} AND (valid_to IS NULL OR valid_to >= ${day}))`;
    return anyOf([this.staff(official), day < this.today && this.any({ units: served })]);
  }

  /**
   * Staff of the reach, and learners of cohorts that its universities deliver, or that its units host or have inherited
   * from closed ones that have become them.
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

  /**
   * Cohorts for which the reach records who graduated: those that its universities deliver, and those that its units
   * host and no university delivers.
   * @param cohort alias of the cohort table.
   */
  awarding(cohort: string): Sql {
    const own = raw(cohort);
    return this.any({
      units: sql`${own}.university_id IS NULL AND ${own}.host_unit_id IN ${this.ownUnits}`,
      universities: sql`${own}.university_id IN ${this.reach.universityIds}`,
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

  /** The units of the reach and all below them, and the closed units that have become them as a whole. */
  private get ownUnits(): Sql {
    return this.unitsWith('MIN');
  }

  private unitsWith(share: Share): Sql {
    return sql`(${this.below} UNION SELECT id FROM ${this.heirs(share)})`;
  }

  private get below(): Sql {
    return sql`SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN ${this.reach.unitIds}`;
  }

  /**
   * SQL for the open units of the reach, and the closed units that have become them. It follows the same links as
   * standingFor in registry/unit/standing.ts, but backwards, from all open units at once.
   */
  private heirs(share: Share): Sql {
    return sql`(WITH RECURSIVE heir(id, own) AS (
      SELECT id, CASE WHEN id IN (${this.below}) THEN 1 ELSE 0 END FROM unit
      WHERE valid_to IS NULL OR valid_to >= ${this.today}
      UNION
      SELECT gone.id, heir.own FROM heir
      JOIN unit_succession link ON link.successor_id = heir.id
      JOIN unit part ON part.id = link.predecessor_id AND link.effective_on > part.valid_to
      JOIN unit_ancestor line ON line.unit_id = part.id
      JOIN unit gone ON gone.id = line.ancestor_id
        AND gone.valid_to < ${this.today} AND gone.valid_to <= part.valid_to
    ) SELECT id FROM heir GROUP BY id HAVING ${raw(share)}(own) = 1) heirs`;
  }

  /**
   * Cohorts hosted by open units of the reach, and by closed ones that have become them. A closed unit no longer
   * reaches the learners of its past cohorts by itself.
   */
  private get hosted(): Sql {
    return sql`(SELECT id FROM cohort WHERE host_unit_id IN (SELECT id FROM ${this.heirs('MIN')}))`;
  }

  private get delivered(): Sql {
    return sql`(SELECT id FROM cohort WHERE university_id IN ${this.reach.universityIds})`;
  }

  /**
   * Officials with a post there today; a closed unit keeps its staff until they are assigned elsewhere. And those whom
   * a unit there registered without a present post, retired or yet to begin, while they hold none anywhere.
   */
  private get ownStaff(): Sql {
    const today = sql`post.valid_from <= ${this.today} AND (post.valid_to IS NULL OR post.valid_to >= ${this.today})`;
    return sql`(SELECT post.official_id FROM assignment post WHERE post.unit_id IN ${this.ownUnits} AND ${today}
      UNION SELECT kept.id FROM official kept WHERE kept.keeping_unit_id IN ${this.ownUnits}
        AND NOT EXISTS (SELECT 1 FROM assignment post WHERE post.official_id = kept.id AND ${today}))`;
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
