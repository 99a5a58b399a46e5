// What does a client say of topics?
import { Field, InputType, ObjectType } from 'type-graphql';
import { MutationInput, Payload } from '../../events/payload';
import { Code, Words } from '../../lib/validation';
import { Topic } from './topic.entity';

@InputType({ description: 'Adds a topic (thêm lĩnh vực).' })
export class AddTopicInput extends MutationInput {
  @Field(() => String, { description: 'Short code, unique (mã lĩnh vực).' })
  @Code()
  code!: string;

  @Field(() => String, { description: 'Name (tên lĩnh vực).' })
  @Words(300)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether it is a hot field (lĩnh vực ưu tiên).' })
  isPriority!: boolean;
}

@ObjectType({ description: 'The topic that was added (kết quả).', simpleResolvers: true })
export class AddTopicPayload extends Payload {
  @Field(() => Topic, { nullable: true, description: 'The topic; null when refused (lĩnh vực).' })
  topic?: Topic | null;
}
