// GraphQL inputs of sources, and the types of records that can have one.
import { Field, ID, InputType } from 'type-graphql';
import { ClientMutationId, MutationInput } from '../../events/mutation';
import { idPrefixes } from '../../graphql/node';
import { DateScalar } from '../../graphql/scalars';
import { IdOfAny, WebAddress, Words } from '../../graphql/validation';
import { Source } from './source.entity';

/** The id prefixes of records that can have a source: all but sources. */
export const subjects = (): string[] => idPrefixes().filter((prefix) => prefix !== Source.idPrefix);

@InputType({ description: 'Where something comes from (nguồn).' })
export class SourceInput {
  @Field(() => String, { description: 'Title as published (tên tài liệu, bài viết).' })
  @Words(300)
  title!: string;

  @Field(() => String, { nullable: true, description: 'Who published it (nơi công bố).' })
  @Words(300, { optional: true })
  publisher?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of publication, today at the latest (ngày công bố).',
  })
  publishedOn?: string | null;

  @Field(() => String, { nullable: true, description: 'Web address, http or https (đường dẫn).' })
  @WebAddress({ optional: true })
  @Words(2_000, { optional: true })
  link?: string | null;
}

@InputType({ description: 'Names a source of a record (ghi nguồn).' })
export class NameSourceInput extends SourceInput implements MutationInput {
  @ClientMutationId()
  clientMutationId?: string | null;

  @Field(() => ID, {
    description:
      'The record that has this source: one that you may change, and not a source itself (bản ghi).',
  })
  @IdOfAny(subjects)
  subjectId!: string;
}
