// What is a source? Where something in the registry comes from: an article, a decision, a web page.
import { Field, ObjectType } from 'type-graphql';
import { Entity, Index } from 'typeorm';
import { OfPerson, PSEUDONYM } from '../../access/person';
import type { ShownWith } from '../../access/scope';
import { Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar } from '../../graphql/scalars';

@Entity()
@OfPerson<Source>({
  person: 'official',
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

  /** The record it tells of, of any noun: no foreign key, and nothing it can point to is ever deleted. */
  @Text()
  subjectId!: string;

  /** Whom that record is about: what was published of somebody names them. Null when it is about nobody. */
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
