// GraphQL input of positions.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { Code, IdOf, Words } from '../../graphql/validation';

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

@InputType({ description: 'Revises a position; what is left out stays (sửa chức danh).' })
export class RevisePositionInput extends MutationInput {
  @Field(() => ID, { description: 'The position (chức danh).' })
  @IdOf('position')
  positionId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { nullable: true, description: 'Short code, unique; null is refused (mã chức danh).' })
  @Code({ optional: true })
  code?: string | null;

  @Field(() => String, { nullable: true, description: 'The title; null is refused (tên chức danh).' })
  @Words(300, { optional: true })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The title in English; null clears it (tên tiếng Anh).',
  })
  @Words(300, { optional: true })
  titleEn?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is a key post; null is refused (chức danh chủ chốt).',
  })
  isKey?: boolean | null;

  @Why({ optional: true })
  reason?: string | null;
}
