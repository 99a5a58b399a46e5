// GraphQL input of topics.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { Code, IdOf, Words } from '../../graphql/validation';

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

@InputType({ description: 'Revises a topic; what is left out stays (sửa lĩnh vực).' })
export class ReviseTopicInput extends MutationInput {
  @Field(() => ID, { description: 'The topic (lĩnh vực).' })
  @IdOf('topic')
  topicId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { nullable: true, description: 'Short code, unique; null is refused (mã lĩnh vực).' })
  @Code({ optional: true })
  code?: string | null;

  @Field(() => String, { nullable: true, description: 'Name; null is refused (tên lĩnh vực).' })
  @Words(300, { optional: true })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Name in English; null clears it (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is a hot field; null is refused (lĩnh vực ưu tiên).',
  })
  isPriority?: boolean | null;

  @Why({ optional: true })
  reason?: string | null;
}
