// GraphQL inputs, filters and figures of initiatives and follow-ups.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { IncludeSubunits, orderOf } from '../../graphql/filters';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { described } from '../../graphql/enums';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import { IdOf, IdsOf, OptionalIdsOf, Prose, Words } from '../../graphql/validation';
import { FollowUpTime } from './follow-up.entity';
import { Initiative, InitiativeStatus } from './initiative.entity';

export const InitiativeConnection = connectionOf(() => Initiative, 'Initiative', 'sáng kiến');

@InputType({ description: 'Which initiatives (bộ lọc sáng kiến).' })
export class InitiativeFilter {
  @Field(() => [InitiativeStatus], { nullable: true, description: 'In these states (trạng thái).' })
  statuses?: InitiativeStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'From these cohorts (lớp).' })
  @OptionalIdsOf('cohort')
  cohortIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'From cohorts on these programmes (chương trình).' })
  @OptionalIdsOf('programme')
  programmeIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'From cohorts these universities deliver (cơ sở đào tạo).',
  })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'About problems of these units (đơn vị).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;
}

export const InitiativeOrder = orderOf('Initiative', 'sáng kiến', {
  PROPOSED_ON: 'Day on which it was proposed (ngày đề xuất).',
});

export const InitiativeArgs = listArgs('initiatives', InitiativeFilter, { by: InitiativeOrder });

export const InitiativeDimension = described(
  'InitiativeDimension',
  'What figures of initiatives are broken down by (tiêu chí phân tổ).',
  {
    COHORT: 'The cohort of the authors (lớp).',
    PROGRAMME: 'The programme of the cohort (chương trình).',
    UNIVERSITY: 'The university that delivers the cohort (cơ sở đào tạo).',
    UNIT: 'The unit whose problem it is about (đơn vị).',
  },
);
export type InitiativeDimension = keyof typeof InitiativeDimension;

@ObjectType({
  description: 'What graduates answered some months after graduation (kết quả theo dõi sau khi hoàn thành).',
  simpleResolvers: true,
})
export class FollowUpCounts {
  @Field(() => FollowUpTime, { description: 'How long after graduation (thời điểm).' })
  time!: FollowUpTime;

  @Field(() => Int, { description: 'Graduates who answered (số người trả lời).' })
  answered!: number;

  @Field(() => Int, { description: 'Those of them who apply it in daily work (số người có vận dụng).' })
  applied!: number;
}

@ObjectType({ description: 'How many initiatives, by state (số sáng kiến).', simpleResolvers: true })
export abstract class InitiativeCounts {
  @Field(() => Int, { description: 'All of them (tổng số).' })
  total!: number;

  @Field(() => Int, { description: 'Proposed, not studied yet (đã đề xuất).' })
  proposed!: number;

  @Field(() => Int, { description: 'Under study (đang nghiên cứu).' })
  underStudy!: number;

  @Field(() => Int, { description: 'Applied (đã áp dụng).' })
  applied!: number;

  @Field(() => Int, { description: 'Rejected (không áp dụng).' })
  rejected!: number;

  @Field(() => [FollowUpCounts], {
    nullable: true,
    description:
      'Follow-ups after 3, 6 and 12 months: only of graduates that you may see; null where you may see none, because small counts would reveal persons. By unit, they are of the graduates that it sent; the states of initiatives do not narrow them (theo dõi sau khi hoàn thành).',
  })
  followUps!: FollowUpCounts[] | null;
}

@ObjectType({ description: 'Figures of initiatives of one group (số liệu của nhóm).', simpleResolvers: true })
export class InitiativeGroup extends InitiativeCounts {
  @Field(() => String, {
    description: 'Id of the cohort, programme, university or unit; NONE where no university delivers (khóa).',
  })
  key!: string;

  dimension!: InitiativeDimension;
}

@ObjectType({ description: 'Figures of initiatives (số liệu sáng kiến).', simpleResolvers: true })
export class InitiativeFigures extends InitiativeCounts {
  @Field(() => [InitiativeGroup], {
    description: 'The same by group, most first; empty without groupBy (theo nhóm).',
  })
  groups!: InitiativeGroup[];
}

@InputType({ description: 'Proposes an initiative (đề xuất sáng kiến).' })
export class ProposeInitiativeInput extends MutationInput {
  @Field(() => [ID], {
    description:
      'Enrolments of the authors: learners or graduates of one cohort, within your reach (tác giả).',
  })
  @IdsOf('enrolment', 1)
  enrolmentIds!: string[];

  @Field(() => ID, { description: 'The unit whose problem it is about, open on that day (đơn vị).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => String, { description: 'Title, new in the cohort (tên sáng kiến).' })
  @Words(500)
  title!: string;

  @Field(() => String, { description: 'The local problem it is about (vấn đề thực tiễn địa phương).' })
  @Prose(2_000)
  localProblem!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The author from whose thesis it comes, if it does (luận văn, đề án).',
  })
  @IdOf('graduate', { optional: true })
  graduateId?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the proposal, not to come; today when left out (ngày đề xuất).',
  })
  proposedOn?: string | null;
}

@InputType({ description: 'The unit studies an initiative (nghiên cứu sáng kiến).' })
export class StudyInitiativeInput extends MutationInput {
  @Field(() => ID, { description: 'An initiative that was proposed (sáng kiến).' })
  @IdOf('initiative')
  initiativeId!: string;
}

@InputType({ description: 'The unit applies an initiative (áp dụng sáng kiến).' })
export class ApplyInitiativeInput extends MutationInput {
  @Field(() => ID, { description: 'An initiative under study (sáng kiến).' })
  @IdOf('initiative')
  initiativeId!: string;

  @Field(() => ID, { description: 'Where it is applied, open on that day (đơn vị áp dụng).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => String, { description: 'The result (kết quả áp dụng).' })
  @Prose(2_000)
  result!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day on which it is applied, not to come; today when left out (ngày áp dụng).',
  })
  appliedOn?: string | null;
}

@InputType({ description: 'The unit does not apply an initiative (không áp dụng sáng kiến).' })
export class RejectInitiativeInput extends MutationInput {
  @Field(() => ID, { description: 'An initiative under study (sáng kiến).' })
  @IdOf('initiative')
  initiativeId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Records a follow-up of a graduate (ghi nhận theo dõi sau khi hoàn thành).' })
export class RecordFollowUpInput extends MutationInput {
  @Field(() => ID, { description: 'The graduate, within your reach (người hoàn thành, tốt nghiệp).' })
  @IdOf('graduate')
  graduateId!: string;

  @Field(() => FollowUpTime, { description: 'How long after graduation; once each (thời điểm).' })
  time!: FollowUpTime;

  @Field(() => Boolean, { description: 'Whether it is applied in daily work (có vận dụng vào công việc).' })
  isApplied!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'How, needed when it is applied; or why not (vận dụng thế nào).',
  })
  @Prose(2_000, { optional: true })
  how?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the follow-up, not to come; today when left out (ngày theo dõi).',
  })
  recordedOn?: string | null;
}

@InputType({
  description: 'Corrects a follow-up; what is left out stays (đính chính theo dõi sau tốt nghiệp).',
})
export class CorrectFollowUpInput extends MutationInput {
  @Field(() => ID, { description: 'The follow-up (theo dõi).' })
  @IdOf('followup')
  followUpId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => FollowUpTime, {
    nullable: true,
    description: 'How long after graduation; null is refused (thời điểm).',
  })
  time?: FollowUpTime | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is applied in daily work; null is refused (có vận dụng vào công việc).',
  })
  isApplied?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'How, needed when it is applied; or why not; null clears it (vận dụng thế nào).',
  })
  @Prose(2_000, { optional: true })
  how?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the follow-up, not to come; null is refused (ngày theo dõi).',
  })
  recordedOn?: string | null;

  @Why()
  reason!: string;
}
