// GraphQL inputs and filters of graduates.
import { Field, ID, InputType } from 'type-graphql';
import { VersionRead } from '../../events/revision';
import { MutationInput, WarnedInput } from '../../events/mutation';
import { DateRange, IncludeSubunits, orderOf, SearchCost, SearchText } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import { IdOf, OptionalIdsOf, Prose, Size, Words, ValidateNested } from '../../graphql/validation';
import { DecidedOn, DecisionNumber } from '../decision/decision.input';
import { Classification, Graduate, ThesisKind } from './graduate.entity';

export const GraduateConnection = connectionOf(
  () => Graduate,
  'Graduate',
  'người hoàn thành, tốt nghiệp',
  40,
);

@InputType({ description: 'Which graduates (bộ lọc hoàn thành, tốt nghiệp).' })
export class GraduateFilter {
  @SearchText('the title and local problem of the final work')
  text?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'With this number of the degree or certificate, whatever its case and spaces (số hiệu văn bằng, chứng chỉ).',
  })
  @Words(100, { optional: true })
  credentialNumber?: string | null;

  @Field(() => [ID], { nullable: true, description: 'With a final work on one of these topics (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of these cohorts (lớp).' })
  @OptionalIdsOf('cohort')
  cohortIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of cohorts on these programmes (chương trình).' })
  @OptionalIdsOf('programme')
  programmeIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of cohorts these universities deliver (cơ sở đào tạo).',
  })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Sent by these units (đơn vị cử đi học).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of cohorts that these units host (đơn vị tổ chức lớp).',
  })
  @OptionalIdsOf('unit')
  hostUnitIds?: string[] | null;

  @IncludeSubunits()
  @SearchCost(40)
  includeSubunits?: boolean | null;

  @Field(() => DateRange, {
    nullable: true,
    description: 'Graduated in this range (hoàn thành, tốt nghiệp trong khoảng).',
  })
  @SearchCost(100)
  @ValidateNested()
  graduatedOn?: DateRange | null;
}

export const GraduateOrder = orderOf('Graduate', 'hoàn thành, tốt nghiệp', {
  GRADUATED_ON: 'Day of graduation (ngày hoàn thành, tốt nghiệp).',
  CREATED_AT: 'When it was registered (thời điểm ghi nhận).',
});

export const GraduateArgs = listArgs('graduates', GraduateFilter, { by: GraduateOrder });

@InputType({ description: 'The final work of a degree course (luận văn, đề án tốt nghiệp).' })
export class ThesisInput {
  @Field(() => ThesisKind, { description: 'Kind (loại).' })
  kind!: ThesisKind;

  @Field(() => String, { description: 'Title (tên đề tài).' })
  @Words(500)
  title!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The local problem it is about (vấn đề thực tiễn địa phương).',
  })
  @Prose(5_000, { optional: true })
  localProblem?: string | null;

  @Field(() => ID, { nullable: true, description: 'The unit whose problem it is (đơn vị).' })
  @IdOf('unit', { optional: true })
  unitId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'What it is about (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;
}

@InputType({ description: 'One graduate of a ceremony (người hoàn thành, tốt nghiệp).' })
export class GraduateInput {
  @Field(() => ID, { description: 'A learner of the cohort (cán bộ).' })
  @IdOf('official')
  officialId!: string;

  @Field(() => DateScalar, {
    description: "Not before the cohort's start, not in the future (ngày hoàn thành, tốt nghiệp).",
  })
  graduatedOn!: string;

  @Field(() => String, { nullable: true, description: 'Number of the degree or certificate (số hiệu).' })
  @Words(100, { optional: true })
  credentialNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number in the register of the institution (số vào sổ).',
  })
  @Words(100, { optional: true })
  registerNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The name on the paper; that of the official on record when left out (họ tên ghi trên văn bằng, chứng chỉ).',
  })
  @Words(200, { optional: true })
  nameOnCredential?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of issue (ngày cấp).',
  })
  issuedOn?: string | null;

  @Field(() => Classification, { nullable: true, description: 'Grade (xếp loại).' })
  classification?: Classification | null;

  @Field(() => ThesisInput, { nullable: true, description: 'The final work (luận văn, đề án).' })
  @ValidateNested()
  thesis?: ThesisInput | null;
}

@InputType({ description: 'Records a whole ceremony, all or nothing (ghi nhận hoàn thành, tốt nghiệp).' })
export class RecordGraduatesInput extends WarnedInput {
  @Field(() => ID, { description: 'A cohort in progress or completed (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => [GraduateInput], {
    description: 'The graduates, each once (danh sách hoàn thành, tốt nghiệp).',
  })
  @Size(1)
  @ValidateNested()
  graduates!: GraduateInput[];

  @DecisionNumber('the decision that recognises the results')
  decisionNumber?: string | null;

  @DecidedOn('the decision that recognises the results')
  decidedOn?: string | null;
}

@InputType({ description: 'Corrects what was recorded; what is left out stays (đính chính).' })
export class CorrectGraduateInput extends WarnedInput {
  @Field(() => ID, { description: 'The graduate (người hoàn thành, tốt nghiệp).' })
  @IdOf('graduate')
  graduateId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of graduation; null is refused (ngày hoàn thành, tốt nghiệp).',
  })
  graduatedOn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number of the degree or certificate; null clears it (số hiệu).',
  })
  @Words(100, { optional: true })
  credentialNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number in the register of the institution; null clears it (số vào sổ).',
  })
  @Words(100, { optional: true })
  registerNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name on the paper; null clears it (họ tên ghi trên văn bằng, chứng chỉ).',
  })
  @Words(200, { optional: true })
  nameOnCredential?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of issue; null clears it (ngày cấp).',
  })
  issuedOn?: string | null;

  @Field(() => Classification, { nullable: true, description: 'Grade; null clears it (xếp loại).' })
  classification?: Classification | null;

  @DecisionNumber('the decision that recognises the result')
  decisionNumber?: string | null;

  @DecidedOn('the decision that recognises the result')
  decidedOn?: string | null;

  @Field(() => ThesisInput, {
    nullable: true,
    description: 'The final work, whole; null removes it (luận văn, đề án).',
  })
  @ValidateNested()
  thesis?: ThesisInput | null;
}

@InputType({ description: 'Revokes a graduation (thu hồi, hủy bỏ).' })
export class RevokeGraduateInput extends MutationInput {
  @Field(() => ID, { description: 'The graduate (người hoàn thành, tốt nghiệp).' })
  @IdOf('graduate')
  graduateId!: string;

  @Field(() => String, { nullable: true, description: 'Why (lý do).' })
  @Words(1_000, { optional: true })
  reason?: string | null;
}
