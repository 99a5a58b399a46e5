// What is a source? Where something in the registry comes from: an article, a decision, a web page.
import { Field, ObjectType } from 'type-graphql';
import { Entity, Index } from 'typeorm';
import { Instant, OptionalDay, OptionalText, Text } from '../../lib/columns';
import { Node } from '../../lib/node';
import { DateScalar } from '../../lib/scalars';

@Entity()
@Index(['subjectId', 'createdAt'])
@ObjectType({
  implements: Node,
  description: 'Where a record of the registry comes from (nguồn).',
  simpleResolvers: true,
})
export class Source extends Node {
  static readonly idPrefix = 'source';

  /** The record it tells of, of one of several nouns: no foreign key, and nothing it can point to is ever deleted. */
  @Text()
  subjectId!: string;

  @Field(() => String, { description: 'Title as published (tên tài liệu, bài viết).' })
  @Text()
  title!: string;

  @Field(() => String, { nullable: true, description: 'Who published it (nơi công bố).' })
  @OptionalText()
  publisher!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of publication, if it is known (ngày công bố).',
  })
  @OptionalDay()
  publishedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'Where to read it on the web (đường dẫn).' })
  @OptionalText()
  link!: string | null;

  @Instant()
  createdAt!: Date;
}
