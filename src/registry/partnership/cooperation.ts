// Cooperation: which units and universities work together already, so that each may name the other in what it adds.
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { type Sql, sql } from '../../lib/sql';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';

/** Pairs of unit and university with an agreement in force, an order that the university accepted, or a programme. */
const together = (today: string): Sql => sql`(
  SELECT unit_id, university_id FROM partnership WHERE valid_to IS NULL OR valid_to >= ${today}
  UNION SELECT unit_id, university_id FROM training_order WHERE status IN ('AGREED', 'RUNNING', 'ACCEPTED')
  UNION SELECT partner.unit_id, programme.university_id FROM programme
    JOIN programme_partner partner ON partner.programme_id = programme.id
    WHERE partner.role IN ('LEAD', 'COMMISSIONING', 'DELIVERING') AND partner.unit_id IS NOT NULL)`;

/** These units with all below and above them: an agreement of the city with a university also covers its units. */
const kin = (units: readonly string[]): Sql => sql`(
  SELECT unit_id FROM unit_ancestor WHERE ancestor_id IN ${units}
  UNION SELECT ancestor_id FROM unit_ancestor WHERE unit_id IN ${units})`;

/** A unit or a university: exactly one of the two is set. */
export interface Named {
  unitId: string | null;
  universityId: string | null;
}

/** Whether a unit or university is within reach of a permission. */
export async function isOwn(tx: Tx, permission: Permission, named: Named): Promise<boolean> {
  const scope = tx.scope(permission);
  const { unitId, universityId } = named;
  if (unitId) return isWithin(tx.manager, Unit, unitId, scope.units('own.id'));
  return isWithin(tx.manager, University, universityId!, scope.universities('own.id'));
}

/** Whether a caller may name it: it is within reach, or works together with a unit or university that is. */
export async function mayName(tx: Tx, permission: Permission, named: Named): Promise<boolean> {
  const { manager, today } = tx;
  const scope = tx.scope(permission);
  const { unitIds: units, universityIds: universities } = scope.reach;
  const { unitId, universityId } = named;
  if (await isOwn(tx, permission, named)) return true;
  if (unitId) {
    const line = sql`own.id IN (SELECT line.unit_id FROM unit_ancestor line
      JOIN ${together(today)} pair ON pair.unit_id = line.ancestor_id WHERE pair.university_id IN ${universities})`;
    return universities.length > 0 && isWithin(manager, Unit, unitId, line);
  }
  const pairs = sql`own.id IN (
    SELECT pair.university_id FROM ${together(today)} pair
    WHERE pair.unit_id IN ${kin(units)} OR ${scope.units('pair.unit_id')})`; // also what a closed unit agreed
  return units.length > 0 && isWithin(manager, University, universityId!, pairs);
}
