// Reads of units for several nouns: conditions for a unit with its subunits, in a filter and in the list of one unit.
import type { Parent } from '../../graphql/page';
import { isIn, raw, type Sql, sql } from '../../lib/sql';
import { UnitAncestor } from './unit.entity';

/** The condition that a column's unit is one of a filter's units or, unless it excludes subunits, below one. */
export function ofUnits(
  column: string,
  { unitIds, includeSubunits }: { unitIds: string[]; includeSubunits?: boolean | null },
): Sql {
  if (includeSubunits === false) return isIn(column, unitIds);
  return sql`${raw(column)} IN (SELECT unit_id FROM unit_ancestor WHERE ${isIn('ancestor_id', unitIds)})`;
}

/** The list of one unit with its subunits, unless the filter excludes them. @param column of a unit's id. */
export const ofUnit =
  (column: string) =>
  ({ id }: { id: string }, filter: { includeSubunits?: boolean | null } | null | undefined): Parent => {
    const only = filter?.includeSubunits === false ? ' AND line.distance = 0' : '';
    return {
      id,
      column: 'line.ancestor_id',
      through: { table: UnitAncestor, alias: 'line', on: `line.unitId = ${column}${only}` },
    };
  };
