// GraphQL inputs and filters of programmes.
import { Field, ID, InputType, Int } from 'type-graphql';
import { VersionRead } from '../../events/revision';
import { MutationInput } from '../../events/mutation';
import { SearchText, orderOf } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import {
  Code,
  IdOf,
  OptionalIdsOf,
  Size,
  Sought,
  Whole,
  Words,
  ValidateNested,
} from '../../graphql/validation';
import { Programme } from './programme.entity';
import {
  ContentGroup,
  DegreeLevel,
  PartnerRole,
  ProgrammeBasis,
  ProgrammeKind,
  StudyLocation,
} from './programme.enums';

const MOST_PERIODS = 5_000;

export const ProgrammeConnection = connectionOf(() => Programme, 'Programme', 'chương trình');

@InputType({ description: 'Which programmes (bộ lọc chương trình).' })
export class ProgrammeFilter {
  @SearchText('the name or code')
  text?: string | null;

  @Field(() => [String], { nullable: true, description: 'With these codes (mã chương trình).' })
  @Sought(60)
  codes?: string[] | null;

  @Field(() => [ProgrammeKind], { nullable: true, description: 'Of these kinds (loại hình).' })
  kinds?: ProgrammeKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'Delivered by these universities (cơ sở đào tạo).' })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'About at least one of these topics (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;
}

export const ProgrammeOrder = orderOf('Programme', 'chương trình', {
  NAME: 'Vietnamese alphabet, numbers by value (tên).',
  CODE: 'Code (mã chương trình).',
});

export const ProgrammeArgs = listArgs('programmes', ProgrammeFilter, {
  by: ProgrammeOrder,
  usual: 'by name',
});

@InputType({ description: 'What one unit or one university does for the programme (đơn vị tham gia).' })
export class ProgrammePartnerInput {
  @Field(() => PartnerRole, { description: 'What it does (vai trò).' })
  role!: PartnerRole;

  @Field(() => ID, {
    nullable: true,
    description: 'The unit; this or universityId, one of the two (đơn vị).',
  })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The university; this or unitId, one of the two (cơ sở đào tạo).',
  })
  @IdOf('university', { optional: true })
  universityId?: string | null;
}

@InputType({ description: 'Adds a programme (thêm chương trình).' })
export class AddProgrammeInput extends MutationInput {
  @Field(() => String, { description: 'Unique code (mã chương trình).' })
  @Code()
  code!: string;

  @Field(() => String, { description: 'Name (tên chương trình).' })
  @Words(300)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name in English (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => ProgrammeKind, { description: 'What sort of training it is (loại hình).' })
  kind!: ProgrammeKind;

  @Field(() => DegreeLevel, {
    nullable: true,
    description: 'The degree it leads to; needed for DEGREE, refused for other kinds (trình độ đào tạo).',
  })
  degreeLevel?: DegreeLevel | null;

  @Field(() => ContentGroup, { description: 'Group of content (nhóm nội dung).' })
  contentGroup!: ContentGroup;

  @Field(() => ProgrammeBasis, { description: 'What it is based on (căn cứ xây dựng).' })
  basis!: ProgrammeBasis;

  @Field(() => StudyLocation, {
    defaultValue: StudyLocation.DOMESTIC,
    description: 'Where it is held (địa điểm học).',
  })
  location!: StudyLocation;

  @Field(() => Int, { nullable: true, description: 'Teaching periods; 40 are one week (số tiết).' })
  @Whole(1, MOST_PERIODS, { optional: true })
  periods?: number | null;

  @Field(() => [String], { nullable: true, description: 'What learners shall be able to do (mục tiêu).' })
  @Size(0, { optional: true })
  @Words(1_000, { optional: true, each: true })
  objectives?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Topics it is about (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Who delivers it; becomes a DELIVERING partner, too. Left out when a unit does (cơ sở đào tạo).',
  })
  @IdOf('university', { optional: true })
  universityId?: string | null;

  @Field(() => [ProgrammePartnerInput], {
    nullable: true,
    description: 'All partners with their roles; none twice in the same role (đơn vị tham gia).',
  })
  @Size(0, { optional: true })
  @ValidateNested()
  partners?: ProgrammePartnerInput[] | null;
}

@InputType({ description: 'Revises a programme; what is left out stays (sửa chương trình).' })
export class ReviseProgrammeInput extends MutationInput {
  @Field(() => ID, { description: 'The programme (chương trình).' })
  @IdOf('programme')
  programmeId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => String, { nullable: true, description: 'Name; null is refused (tên chương trình).' })
  @Words(300, { optional: true })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Name in English; null clears it (tên tiếng Anh).' })
  @Words(300, { optional: true })
  nameEn?: string | null;

  @Field(() => ContentGroup, {
    nullable: true,
    description: 'Group of content; null is refused (nhóm nội dung).',
  })
  contentGroup?: ContentGroup | null;

  @Field(() => ProgrammeBasis, {
    nullable: true,
    description: 'What it is based on; null is refused (căn cứ xây dựng).',
  })
  basis?: ProgrammeBasis | null;

  @Field(() => StudyLocation, {
    nullable: true,
    description: 'Where it is held; cohorts planned already keep theirs; null is refused (địa điểm học).',
  })
  location?: StudyLocation | null;

  @Field(() => Int, { nullable: true, description: 'Teaching periods; null clears them (số tiết).' })
  @Whole(1, MOST_PERIODS, { optional: true })
  periods?: number | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Replaces the objectives; null clears them (mục tiêu).',
  })
  @Size(0, { optional: true })
  @Words(1_000, { optional: true, each: true })
  objectives?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Replaces the topics; null clears them (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Who delivers it from now on, null when a unit does; cohorts planned already keep theirs (cơ sở đào tạo).',
  })
  @IdOf('university', { optional: true })
  universityId?: string | null;

  @Field(() => [ProgrammePartnerInput], {
    nullable: true,
    description:
      'Replaces the partners, null removes them; the university stays as DELIVERING partner (đơn vị tham gia).',
  })
  @Size(0, { optional: true })
  @ValidateNested()
  partners?: ProgrammePartnerInput[] | null;
}
