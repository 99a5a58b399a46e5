// What can be asked of topics?
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { addTopic } from './topic.actions';
import { Topic } from './topic.entity';
import { AddTopicInput, AddTopicPayload } from './topic.input';

@Resolver(() => Topic)
export class TopicResolver {
  @May('topic.read')
  @Query(() => [Topic], { description: 'All topics, by code (danh mục lĩnh vực).' })
  async topics(@Ctx() ctx: Context): Promise<Topic[]> {
    return ctx.reader.read((manager) => manager.find(Topic, { order: { code: 'ASC' } }));
  }

  @May('topic.add')
  @Mutation(() => AddTopicPayload, { description: 'Adds a topic to the list (thêm lĩnh vực).' })
  addTopic(
    @Arg('input', () => AddTopicInput, { description: 'The topic (đầu vào).' }) input: AddTopicInput,
    @Ctx() ctx: Context,
  ): Promise<AddTopicPayload> {
    return write(ctx, AddTopicPayload, input, addTopic);
  }
}
