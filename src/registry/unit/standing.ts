// Which units stand for a unit on a day? Itself while it is open, then what it has become: docs/decisions/0009.
import type { EntityManager } from 'typeorm';
import type { Permission } from '../../access/policy';
import { idsWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import type { Statement } from '../../lib/database';
import { holdsOn } from '../../lib/dates';
import { named } from '../../lib/filters';
import { Unit } from './unit.entity';

/**
 * The units that stand for a unit on a day, itself among them. While it is open, that is itself alone. Once it is
 * closed, each unit that it, or a unit below it on its last day, became stands for it, and so on for those: real
 * districts were dissolved, and their wards became others.
 */
export function standingFor(unitId: string, day: string): Statement {
  return {
    sql: `WITH RECURSIVE standing(id) AS (
        SELECT id FROM unit WHERE id = ?
        UNION
        SELECT link.successor_id FROM standing
        JOIN unit gone ON gone.id = standing.id AND gone.valid_to < ?
        JOIN unit_ancestor line ON line.ancestor_id = gone.id
        JOIN unit part ON part.id = line.unit_id AND part.valid_to >= gone.valid_to
        JOIN unit_succession link ON link.predecessor_id = part.id AND link.effective_on > part.valid_to
        WHERE link.successor_id IS NOT NULL
      ) SELECT id FROM standing`,
    parameters: [unitId, day],
  };
}

/** The units that stand for a unit on a day, itself and those that have closed since among them. */
export function unitsStandingFor(manager: EntityManager, unitId: string, day: string): Promise<Unit[]> {
  const [standing, parameters] = named(standingFor(unitId, day), 'standing');
  return manager.createQueryBuilder(Unit, 'own').where(`own.id IN (${standing})`, parameters).getMany();
}

/**
 * Whether a unit is within reach or, once it is closed, what stands for it today: every unit where all of them are
 * concerned, any where one official is, who must be within reach as well.
 */
export async function isReached(
  tx: Tx,
  permission: Permission,
  unitId: string,
  isOfOne = false,
): Promise<boolean> {
  const { manager, today } = tx;
  const standing = await unitsStandingFor(manager, unitId, today);
  const heirs = standing.filter((unit) => unit.id !== unitId && holdsOn(unit, today)).map(({ id }) => id);
  const units = tx.scope(permission).units('own.id');
  const within = await idsWithin(manager, 'unit', [unitId, ...heirs], units);
  return within.has(unitId) || (within.size > 0 && (isOfOne || within.size === heirs.length));
}
