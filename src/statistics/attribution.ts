// Attribution to present units: a WITH clause with the unit that each unit has become, for any count to begin with.
import { type Sql, sql } from '../lib/sql';

/**
 * `current_unit(id, unit_id)`: each unit, and the unit it has become by a day. One hop is a closed unit that went over
 * whole into exactly one successor; hops are followed until a unit is open, was split, or was dissolved. Reused codes
 * do not matter, because units are identified by id; reorganisations that are decided but in the future are ignored.
 */
export const currentUnits = (today: string): Sql => sql`
  WITH RECURSIVE hop(id, successor_id) AS (
    SELECT s.predecessor_id, MAX(s.successor_id)
    FROM unit_succession s JOIN unit u ON u.id = s.predecessor_id
    WHERE u.valid_to < ${today} AND s.effective_on > u.valid_to
    GROUP BY s.predecessor_id
    HAVING COUNT(DISTINCT s.successor_id) = 1 AND SUM(CASE WHEN s.is_partial THEN 1 ELSE 0 END) = 0
  ),
  walk(id, unit_id, hops) AS (
    SELECT CAST(id AS text), CAST(id AS text), 0 FROM unit
    UNION ALL
    SELECT walk.id, hop.successor_id, walk.hops + 1 FROM walk JOIN hop ON hop.id = walk.unit_id WHERE walk.hops < 50
  ),
  current_unit(id, unit_id) AS (
    SELECT walk.id, walk.unit_id FROM walk LEFT JOIN hop ON hop.id = walk.unit_id WHERE hop.id IS NULL
  )`;
