// What does a client say of positions?
import { Field, InputType, ObjectType } from 'type-graphql';
import { MutationInput, Payload } from '../../events/payload';
import { Code, Words } from '../../lib/validation';
import { Position } from './position.entity';

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

@ObjectType({ description: 'The position that was added (kết quả).', simpleResolvers: true })
export class AddPositionPayload extends Payload {
  @Field(() => Position, { nullable: true, description: 'The position; null when refused (chức danh).' })
  position?: Position | null;
}
