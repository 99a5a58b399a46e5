// GraphQL fields of topics.
import { Ctx, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { mutation } from '../../events/mutation';
import { addTopic, reviseTopic } from './topic.actions';
import { Topic } from './topic.entity';
import { AddTopicInput, ReviseTopicInput } from './topic.input';

@Resolver(() => Topic)
export class TopicResolver {
  @May('topic.read')
  @Query(() => [Topic], { description: 'All topics, by code (danh mục lĩnh vực).' })
  async topics(@Ctx() ctx: Context): Promise<Topic[]> {
    return ctx.reader.read((manager) => manager.find(Topic, { order: { code: 'ASC' } }));
  }
}

export const resolvers = [
  TopicResolver,
  mutation(addTopic, {
    permission: 'topic.add',
    description: 'Adds a topic to the list (thêm lĩnh vực).',
    input: { type: AddTopicInput, description: 'The topic (đầu vào).' },
    payload: {
      description: 'The topic that was added (kết quả).',
      fields: { topic: { type: Topic, description: 'The topic; null when refused (lĩnh vực).' } },
    },
    events: ['topic.added'],
  }),
  mutation(reviseTopic, {
    permission: 'topic.revise',
    description: 'Revises a topic of the list (sửa lĩnh vực).',
    input: { type: ReviseTopicInput, description: 'What changes (đầu vào).' },
    payload: {
      description: 'The topic as revised (kết quả).',
      fields: { topic: { type: Topic, description: 'The topic; null when refused (lĩnh vực).' } },
    },
    events: ['topic.revised'],
  }),
];
