// Where does a record come from?
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { badInput } from '../../lib/errors';
import { prefixOf } from '../../lib/ids';
import { type Batch, grouped } from '../../lib/reader';
import { nameSource } from './source.actions';
import { Source } from './source.entity';
import { NameSourceInput, NameSourcePayload, SUBJECTS } from './source.input';

/** The sources of each record, in the order in which they were named. */
export const sourcesOf: Batch<Source[]> = async (manager, ids) => {
  const rows = await manager
    .createQueryBuilder(Source, 'source')
    .where('source.subjectId IN (:...ids)', { ids })
    .orderBy('source.createdAt')
    .addOrderBy('source.id')
    .getMany();
  return grouped(rows, ({ subjectId }) => subjectId);
};

@Resolver(() => Source)
export class SourceResolver {
  @May('source.read')
  @Query(() => [Source], {
    description: 'Where a record comes from, in the order in which it was told (nguồn của bản ghi).',
  })
  async sources(
    @Arg('subjectId', () => ID, {
      description: `The record, with an id of one of these types: ${SUBJECTS.join(', ')} (bản ghi).`,
    })
    subjectId: string,
    @Ctx() ctx: Context,
  ): Promise<Source[]> {
    if (!SUBJECTS.includes(prefixOf(subjectId) ?? '')) {
      throw badInput(
        `"${subjectId.slice(0, 60)}" is no id of a record with sources: ${SUBJECTS.join(', ')}.`,
      );
    }
    return (await ctx.reader.load(sourcesOf, subjectId)) ?? [];
  }

  @May('source.name')
  @Mutation(() => NameSourcePayload, { description: 'Names a source of a record (ghi nguồn).' })
  nameSource(
    @Arg('input', () => NameSourceInput, { description: 'The source, and of what (đầu vào).' })
    input: NameSourceInput,
    @Ctx() ctx: Context,
  ): Promise<NameSourcePayload> {
    return write(ctx, NameSourcePayload, input, nameSource);
  }
}
