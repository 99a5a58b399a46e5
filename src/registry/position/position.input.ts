// GraphQL input of positions.
import { Field, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { Code, Words } from '../../graphql/validation';

@InputType({ description: 'Adds a position (thêm chức danh).' })
export class AddPositionInput extends MutationInput {
  @Field(() => String, { description: 'Short code, unique (mã chức danh).' })
  @Code()
  code!: string;

  @Field(() => String, { description: 'The title (tên chức danh).' })
  @Words(300)
  title!: string;

  @Field(() => String, { nullable: true, description: 'The title in English (tên tiếng Anh).' })
  @Words(300, { optional: true })
  titleEn?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether it is a key post (chức danh chủ chốt).',
  })
  isKey!: boolean;
}
