// Source: where a record comes from, such as an article, a decision or a web page. Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Entity, Index } from 'typeorm';
import { EVERY_KIND, OfPerson, PSEUDONYM } from '../../access/person';
import type { ShownWith } from '../../access/scope';
import { Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar } from '../../graphql/scalars';

@Entity()
@OfPerson<Source>({
  person: EVERY_KIND,
  owner: 'officialId',
  erase: { title: PSEUDONYM, publisher: null, publishedOn: null, link: null },
  export: { as: 'sources' },
  audit: ['own events'],
})
@Index(['subjectId', 'createdAt'])
@ObjectType({
  implements: Node,
  description: 'Where a record of the registry comes from (nguồn).',
  simpleResolvers: true,
})
export class Source extends Node {
  static readonly idPrefix = 'source';
  static readonly shownWith: ShownWith['shownWith'] = 'subjectId';

  /** The record that has this source, of any noun; without a foreign key, as no such record is ever deleted. */
  @Text()
  subjectId!: string;

  /** The person whom that record is about, an official as a rule, as the source may name them; null when it is about none. */
  @OptionalText()
  @Index()
  officialId!: string | null;

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

export const entities = [Source];
