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
    may: 'topic.add',
    does: 'Adds a topic to the list (thêm lĩnh vực).',
    takes: [AddTopicInput, 'The topic (đầu vào).'],
    gives: { topic: [Topic, 'The topic; null when refused (lĩnh vực).'] },
    answers: 'The topic that was added (kết quả).',
    tells: ['topic.added'],
  }),
  mutation(reviseTopic, {
    may: 'topic.revise',
    does: 'Revises a topic of the list (sửa lĩnh vực).',
    takes: [ReviseTopicInput, 'What changes (đầu vào).'],
    gives: { topic: [Topic, 'The topic; null when refused (lĩnh vực).'] },
    answers: 'The topic as revised (kết quả).',
    tells: ['topic.revised'],
  }),
];
