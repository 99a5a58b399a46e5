// GraphQL input of topics.
import { Field, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { Code, Words } from '../../graphql/validation';

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
