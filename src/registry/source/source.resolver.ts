// GraphQL fields of sources: `sources` of every record, by the Node interface, and the mutation.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { Node } from '../../graphql/node';
import { nameSource } from './source.actions';
import { Source } from './source.entity';
import { NameSourceInput } from './source.input';
import { sourcesOf } from './source.reads';

@Resolver(() => Node)
export class NodeSourcesResolver {
  @FieldResolver(() => [Source], {
    description:
      'Where it comes from, in the order in which sources were named; nothing when it is about an official hidden from you (nguồn).',
  })
  sources(@Root() record: Node, @Ctx() ctx: Context): Promise<Source[]> {
    return sourcesOf(ctx, record);
  }
}

export const resolvers = [
  NodeSourcesResolver,
  mutation(nameSource, {
    permission: 'source.name',
    description: 'Names a source of a record, for callers who may change the record (ghi nguồn).',
    input: { type: NameSourceInput, description: 'The source, and of what (đầu vào).' },
    payload: {
      description: 'The source that was named (kết quả).',
      fields: { source: { type: Source, description: 'The source; null when refused (nguồn).' } },
    },
    events: ['source.named'],
  }),
];
