// University: a university, academy or school that trains officials with the city. Table and GraphQL type.
import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index } from 'typeorm';
import type { Changed } from '../../access/scope';
import { OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';

@Entity()
@Searched('university')
@ObjectType({
  implements: Node,
  description: 'A partner university, academy or school (cơ sở đào tạo).',
  simpleResolvers: true,
})
export class University extends Node {
  static readonly idPrefix = 'university';
  static readonly changed: Changed = {
    by: 'university.revise',
    rows: (scope, own) => scope.universities(`${own}.id`),
  };

  @Field(() => String, { description: 'Short code, unique (mã cơ sở đào tạo).' })
  @Text({ unique: true })
  code!: string;

  /** The code as codes are compared, whatever case and width. */
  @OptionalText()
  @Index()
  codeKey!: string | null;

  @Field(() => String, { description: 'Full name (tên đầy đủ).' })
  @Text()
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @OptionalText()
  nameEn!: string | null;

  @Field(() => String, { nullable: true, description: 'Common abbreviation, e.g. "UEH" (tên viết tắt).' })
  @OptionalText()
  abbreviation!: string | null;

  @Field(() => String, { nullable: true, description: 'Address of its web site (trang web).' })
  @OptionalText()
  website!: string | null;

  @Field(() => Int, { description: 'Optimistic lock: hand it back to revise (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;

  @Text()
  @Index()
  nameKey!: string;

  @OptionalText()
  search!: string | null;
}

export const entities = [University];
