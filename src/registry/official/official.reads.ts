// Reads of officials for several nouns: their list with its filter, and their posts.
import { codeKeys } from '../../lib/texts';
import type { Listing } from '../../graphql/page';
import { rowsBy } from '../../graphql/reader';
import { all, anyOf, inForce, isIn, type Sql, sql } from '../../lib/sql';
import type { Context } from '../../operation/context';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.reads';
import { inForceOn } from './post';
import { Assignment, FormerCode, Official } from './official.entity';
import type { OfficialFilter } from './official.input';

export const officials: Listing<Official, OfficialFilter> = {
  entity: Official,
  alias: 'official',
  searched: true,
  orders: { NAME: ['nameKey'], CODE: ['code'], CREATED_AT: ['createdAt'] },
  usual: { field: 'NAME', direction: 'ASC' },
  secret: Official.idPrefix,
  narrow: ({ codes, unitIds, categories, positionCodes, on, ...filter }, today) => [
    codes &&
      anyOf([
        isIn('official.codeKey', codeKeys(codes)),
        isIn('official.code', codes),
        sql`official.id IN (SELECT official_id FROM former_code WHERE ${isIn('code_key', codeKeys(codes))})`,
      ]),
    categories && isIn('official.category', categories),
    (unitIds || positionCodes || on) &&
      sql`official.id IN (SELECT post.official_id FROM ${postsOn(on ?? today)} WHERE ${all([
        unitIds && ofUnits('post.unit_id', { ...filter, unitIds }),
        positionCodes &&
          sql`post.position_id IN (SELECT id FROM position WHERE ${isIn('code_key', codeKeys(positionCodes))})`,
      ])})`,
  ],
};

/** SQL for posts in force on a day: the post's own period, and its unit's. */
export const postsOn = (day: string): Sql => sql`assignment post JOIN unit ON unit.id = post.unit_id
  AND ${inForce('unit.valid_from', 'unit.valid_to', day)} AND ${inForce('post.valid_from', 'post.valid_to', day)}`;

/** The codes that officials had before, oldest first. */
export const formerCodesOf = rowsBy(FormerCode, 'officialId', ['until', 'codeKey']);

/** The posts of officials, earliest first. */
export const assignmentsOf = rowsBy(Assignment, 'officialId', ['validFrom', 'id']);

/** The assignments of an official that are in force on a day. */
export async function assignmentsOn(ctx: Context, officialId: string, day: string): Promise<Assignment[]> {
  const all = (await ctx.reader.load(assignmentsOf, officialId)) ?? [];
  const units = await Promise.all(all.map(({ unitId }) => ctx.reader.get(Unit, unitId)));
  return all.filter((assignment, i) => inForceOn(assignment, units[i]!, day));
}
