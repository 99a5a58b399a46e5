// Two records that may be of one person: the warning of such a record, and the list of the pairs in the registry.
import { Field, ObjectType } from 'type-graphql';
import { KNOWN_BY } from '../../access/personal';
import type { Tx } from '../../events/write';
import { connectionOf, type Listing } from '../../graphql/page';
import { raw, type Sql, sql } from '../../lib/sql';
import type { Context } from '../../operation/context';
import { Official } from './official.entity';

/** Whether two rows have the same name, whatever its marks and case, and the same date of birth. */
const alike = (one: string, other: string): Sql => sql`${raw(`${one}.date_of_birth = ${other}.date_of_birth`)}
  AND ${raw(`${one}.folded_name = ${other}.folded_name`)}`;

/** The record of a pair that was there first. */
const earlierThan = (later: string, earlier: string): Sql =>
  sql`${alike(earlier, later)} AND ${raw(`${earlier}.id < ${later}.id`)}`;

/** Warns of each record within the caller's reach that has the name and the date of birth of this one. */
export async function warnOfDuplicates(tx: Tx, official: Official): Promise<void> {
  const { id, dateOfBirth, foldedName } = official;
  if (dateOfBirth === null) return;
  const found = await tx.manager
    .createQueryBuilder(Official, 'own')
    .where('own.dateOfBirth = :dateOfBirth AND own.foldedName = :foldedName', { dateOfBirth, foldedName })
    .andWhere('own.id <> :id', { id })
    .andWhere(...tx.scope(KNOWN_BY).persons('own.id').named())
    .orderBy('own.id')
    .getMany();
  for (const other of found) {
    tx.warn({
      code: 'PROBABLE_DUPLICATE',
      path: ['fullName'],
      officialId: other.id,
      text: {
        vi: 'Đã có hồ sơ cùng họ tên và ngày sinh. Vui lòng kiểm tra có phải là một người không.',
        en: 'There is a record with the same name and date of birth. Check whether it is the same person.',
      },
    });
  }
}

@ObjectType({
  description: 'Two records with the same name and date of birth (cặp hồ sơ có thể trùng).',
  simpleResolvers: true,
})
export class DuplicateOfficials {
  @Field(() => Official, { description: 'The later record (hồ sơ ghi sau).' })
  duplicate!: Official;
}

export const DuplicateOfficialsConnection = connectionOf(
  () => DuplicateOfficials,
  'DuplicateOfficials',
  'cặp hồ sơ có thể trùng',
  40,
);

/** The later record of each pair of which the caller may see both: of three records of one person, two. */
export const laterRecords: Listing<Official> = {
  entity: Official,
  alias: 'official',
  orders: { NAME: ['nameKey'] },
  usual: { field: 'NAME', direction: 'ASC' },
  secret: Official.idPrefix,
  narrow: (_filter, _today, shown) => [
    sql`EXISTS (SELECT 1 FROM official earlier WHERE ${earlierThan('official', 'earlier')} AND ${shown(Official, 'earlier')})`,
  ],
};

/** The first record that the caller may see of the one whom a later record may be of. */
export async function earliestRecord(ctx: Context, laterId: string): Promise<Official> {
  const found = await ctx.reader.load<string>(
    async (manager, ids) => {
      const pairs = await manager
        .createQueryBuilder()
        .select('official.id', 'later')
        .addSelect('MIN(earlier.id)', 'earlier')
        .from(Official, 'official')
        .innerJoin(Official, 'earlier', ...earlierThan('official', 'earlier').named())
        .where('official.id IN (:...ids)', { ids })
        .andWhere(...ctx.within(Official)('earlier').named())
        .groupBy('official.id')
        .getRawMany<{ later: string; earlier: string }>();
      return new Map(pairs.map(({ later, earlier }) => [later, earlier]));
    },
    laterId,
    'earliest record of an official',
  );
  return ctx.reader.get(Official, found!);
}
