// Programme: what cohorts follow, with its topics and partners. Tables and GraphQL types.
import { Field, Int, ObjectType } from 'type-graphql';
import { ForeignKey, Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { EnumColumn, Key, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';
import { Topic } from '../topic/topic.entity';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';
import {
  ContentGroup,
  DegreeLevel,
  PartnerRole,
  ProgrammeBasis,
  ProgrammeKind,
  StudyLocation,
} from './programme.enums';

@Entity()
@Searched('programme')
@ObjectType({
  implements: Node,
  description: 'A programme that cohorts follow (chương trình).',
  simpleResolvers: true,
})
export class Programme extends Node {
  static readonly idPrefix = 'programme';
  static readonly changed: Changed = {
    by: 'programme.revise',
    rows: (scope, own) => scope.programmes(own),
  };

  @Field(() => String, { description: 'Unique code (mã chương trình).' })
  @Text({ unique: true })
  code!: string;

  /** The code as codes are compared, whatever case and width. */
  @OptionalText()
  @Index()
  codeKey!: string | null;

  @Field(() => String, { description: 'Name (tên chương trình).' })
  @Text()
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @OptionalText()
  nameEn!: string | null;

  @Field(() => ProgrammeKind, { description: 'What sort of training it is (loại hình).' })
  @EnumColumn(ProgrammeKind, 'kind')
  kind!: ProgrammeKind;

  @Field(() => DegreeLevel, {
    nullable: true,
    description: 'The degree it leads to; null unless kind is DEGREE (trình độ đào tạo).',
  })
  @EnumColumn(DegreeLevel, 'degree_level', { nullable: true })
  degreeLevel!: DegreeLevel | null;

  @Field(() => ContentGroup, { description: 'Group of content (nhóm nội dung).' })
  @EnumColumn(ContentGroup, 'content_group')
  contentGroup!: ContentGroup;

  @Field(() => ProgrammeBasis, { description: 'What it is based on (căn cứ xây dựng).' })
  @EnumColumn(ProgrammeBasis, 'basis')
  basis!: ProgrammeBasis;

  @Field(() => StudyLocation, { description: 'Where it is held (địa điểm học).' })
  @EnumColumn(StudyLocation, 'location')
  location!: StudyLocation;

  @Field(() => Int, { nullable: true, description: 'Teaching periods; 40 are one week (số tiết).' })
  @Column({ type: 'integer', nullable: true })
  periods!: number | null;

  @Field(() => [String], { description: 'What learners shall be able to do (mục tiêu).' })
  @Column({ type: 'simple-json' })
  objectives!: string[];

  @Reference(() => University, {
    as: 'university',
    description: 'The university that delivers it; null when a unit does (cơ sở đào tạo).',
    optional: true,
  })
  @Index()
  universityId!: string | null;

  @Field(() => Int, { description: 'Optimistic lock: hand it back to revise (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;

  @Text()
  search!: string;

  @Text()
  @Index()
  nameKey!: string;
}

/** A topic that a programme is about. */
@Entity()
@Index(['topicId', 'programmeId'])
export class ProgrammeTopic {
  @Key()
  @ForeignKey(() => Programme)
  programmeId!: string;

  @Key()
  @ForeignKey(() => Topic)
  topicId!: string;
}

@Entity()
@Check('(unit_id IS NULL) <> (university_id IS NULL)')
@ObjectType({
  description: 'What a unit or a university does for a programme (đơn vị tham gia).',
  simpleResolvers: true,
})
export class ProgrammePartner {
  @PrimaryGeneratedColumn()
  no!: number;

  @Reference(() => Programme)
  @Index()
  programmeId!: string;

  @Field(() => PartnerRole, { description: 'What it does (vai trò).' })
  @EnumColumn(PartnerRole, 'role')
  role!: PartnerRole;

  @Reference(() => Unit, {
    as: 'unit',
    description: 'The unit; null for a university (đơn vị).',
    optional: true,
  })
  unitId!: string | null;

  @Reference(() => University, {
    as: 'university',
    description: 'The university; null for a unit (cơ sở đào tạo).',
    optional: true,
  })
  universityId!: string | null;
}

export const entities = [Programme, ProgrammeTopic, ProgrammePartner];
