// Successors of units: which units stand for a unit on a day, as decided in docs/decisions/0009.
import type { EntityManager } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { type Sql, sql } from '../../lib/sql';
import { grouped } from '../../graphql/reader';
import { Unit, UnitAncestor, UnitSuccession } from './unit.entity';

/**
 * SQL for the ids of the units that stand for a unit on a day, itself included. While it is open, only itself. Once it
 * is closed, its successors and those of the units below it on its last day, and so on recursively: real districts were
 * dissolved without a successor, but their wards have some.
 */
export function standingFor(unitId: string, day: string): Sql {
  return sql`WITH RECURSIVE standing(id) AS (
      SELECT id FROM unit WHERE id = ${unitId}
      UNION
      SELECT link.successor_id FROM standing
      JOIN unit gone ON gone.id = standing.id AND gone.valid_to < ${day}
      JOIN unit_ancestor line ON line.ancestor_id = gone.id
      JOIN unit part ON part.id = line.unit_id AND part.valid_to >= gone.valid_to
      JOIN unit_succession link ON link.predecessor_id = part.id AND link.effective_on > part.valid_to
      WHERE link.successor_id IS NOT NULL
    ) SELECT id FROM standing`;
}

/** For each of these units the ids of what the units that were below it on its last day became then. */
export async function heirsOfParts(
  manager: EntityManager,
  ids: readonly string[],
): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map();
  const rows = await manager
    .createQueryBuilder(UnitSuccession, 'link')
    .innerJoin(Unit, 'part', 'part.id = link.predecessorId AND part.validTo < link.effectiveOn')
    .innerJoin(UnitAncestor, 'line', 'line.unitId = part.id AND line.distance > 0')
    .innerJoin(Unit, 'gone', 'gone.id = line.ancestorId AND gone.validTo <= part.validTo')
    .where('gone.id IN (:...ids) AND link.successorId IS NOT NULL', { ids })
    .select('gone.id', 'whole')
    .addSelect('link.successorId', 'heir')
    .groupBy('gone.id')
    .addGroupBy('link.successorId')
    .orderBy('MIN(link.no)')
    .getRawMany<{ whole: string; heir: string }>();
  const heirs = grouped(rows, ({ whole }) => whole);
  return new Map([...heirs].map(([id, found]) => [id, found.map(({ heir }) => heir)]));
}

/** The units that stand for a unit on a day, itself and those that were closed since included. */
export function unitsStandingFor(manager: EntityManager, unitId: string, day: string): Promise<Unit[]> {
  const standing = sql`own.id IN (${standingFor(unitId, day)})`;
  return manager
    .createQueryBuilder(Unit, 'own')
    .where(...standing.named())
    .getMany();
}

/**
 * Whether a unit is within reach or, once it is closed, all that it has become; or a part of that where only one
 * official is concerned, who must be within reach as well.
 */
export function isReached(tx: Tx, permission: Permission, unitId: string, isOfOne = false): Promise<boolean> {
  const scope = tx.scope(permission);
  return isWithin(tx.manager, Unit, unitId, isOfOne ? scope.partsOfUnits('own.id') : scope.units('own.id'));
}
