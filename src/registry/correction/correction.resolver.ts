// GraphQL field of corrections: `corrections` of every record, by the Node interface.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { rowsBy } from '../../graphql/reader';
import { Node } from '../../graphql/node';
import type { Context } from '../../operation/context';
import { Correction } from './correction.entity';

const bySubject = rowsBy(Correction, 'subjectId', ['createdAt', 'id']);

@Resolver(() => Node)
export class NodeCorrectionsResolver {
  @FieldResolver(() => [Correction], {
    description:
      'Why it was put right, oldest first; nothing when it is about an official hidden from you (đính chính).',
  })
  async corrections(@Root() record: Node, @Ctx() ctx: Context): Promise<Correction[]> {
    const corrections = (await ctx.reader.load(bySubject, record.id)) ?? [];
    const officialId = corrections[0]?.officialId;
    return !officialId || (await ctx.sees(officialId)) ? corrections : [];
  }
}

export const resolvers = [NodeCorrectionsResolver];
