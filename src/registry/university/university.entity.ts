// University: an institution that trains officials with the city, and the names it bore before. Tables and GraphQL types.
import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Changed } from '../../access/scope';
import { Key, OptionalText, Text } from '../../database/columns';
import { described } from '../../graphql/enums';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';
import { DateScalar } from '../../graphql/scalars';

export const InstitutionKind = described(
  'InstitutionKind',
  'What sort of institution it is (loại cơ sở đào tạo).',
  {
    UNIVERSITY: {
      text: 'University or academy that awards degrees (trường đại học, học viện).',
      en: 'University or academy',
    },
    POLITICAL_SCHOOL: 'Political school or centre (trường chính trị, trung tâm chính trị).',
    MILITARY_SCHOOL: 'Military school or command that trains (trường quân sự, bộ chỉ huy quân sự).',
    TRAINING_CENTRE: 'Training centre (trung tâm đào tạo, bồi dưỡng).',
    OFFICE: 'An office that trains its own staff (cơ quan, đơn vị tự tổ chức).',
    OTHER: 'Another institution (cơ sở khác).',
  },
);
export type InstitutionKind = keyof typeof InstitutionKind;

@Entity()
@Searched('university')
@ObjectType({
  implements: Node,
  description: 'A partner university, academy, school or centre (cơ sở đào tạo).',
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

  @Field(() => InstitutionKind, { description: 'What sort of institution it is (loại cơ sở đào tạo).' })
  @Text({ default: 'UNIVERSITY' })
  kind!: InstitutionKind;

  @Field(() => String, { description: 'Full name of today (tên đầy đủ hiện nay).' })
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

/** A name that an institution bore before, until a day; the next one follows on the day after. */
@Entity()
export class FormerName {
  @Key()
  @ForeignKey(() => University)
  universityId!: string;

  @PrimaryColumn({ type: 'date' })
  until!: string;

  @Text()
  name!: string;

  @OptionalText()
  nameEn!: string | null;

  @OptionalText()
  abbreviation!: string | null;
}

@ObjectType({
  description: 'A name of an institution and its days (tên qua các thời kỳ).',
  simpleResolvers: true,
})
export class UniversityName {
  @Field(() => String, { description: 'Full name (tên đầy đủ).' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  nameEn!: string | null;

  @Field(() => String, { nullable: true, description: 'Common abbreviation (tên viết tắt).' })
  abbreviation!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day of the name; null when it is not known (từ ngày).',
  })
  validFrom!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day of the name; null for that of today (đến ngày).',
  })
  validTo!: string | null;
}

export const entities = [University, FormerName];
