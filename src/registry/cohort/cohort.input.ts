// GraphQL inputs and filters of cohorts.
import { Field, ID, InputType, Int } from 'type-graphql';
import { ClientMutationId, MutationInput } from '../../events/mutation';
import { DateRange, IncludeSubunits, orderOf, SearchCost, SearchText } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { Renamed } from '../../graphql/renamed';
import { DateScalar } from '../../graphql/scalars';
import {
  NotBefore,
  Code,
  IdOf,
  OptionalIdsOf,
  Size,
  Sought,
  Whole,
  Words,
  ValidateNested,
} from '../../graphql/validation';
import { DecidedOn, DecisionNumber } from '../decision/decision.input';
import { StudyLocation } from '../programme/programme.enums';
import { Cohort, CohortStatus } from './cohort.entity';

export const CohortConnection = connectionOf(() => Cohort, 'Cohort', 'lớp');
export const MOST_LEARNERS = 100_000;

@InputType({ description: 'Which cohorts (bộ lọc lớp).' })
export class CohortFilter {
  @SearchText('the name, code or period label')
  text?: string | null;

  @Field(() => [String], { nullable: true, description: 'With these codes (mã lớp).' })
  @Sought(60)
  codes?: string[] | null;

  @Field(() => [CohortStatus], { nullable: true, description: 'In these states (trạng thái).' })
  statuses?: CohortStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'On these programmes (chương trình).' })
  @OptionalIdsOf('programme')
  programmeIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Delivered by these universities (cơ sở đào tạo).' })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'On programmes about these topics (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Hosted by these units (đơn vị tổ chức).' })
  @OptionalIdsOf('unit')
  @Renamed('hostUnitIds', () => [ID], { since: '2026-11' })
  unitIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'In which learners take part whom these units sent; of enrolments within your reach only, because a list of cohorts tells of their learners (đơn vị cử đi học).',
  })
  @OptionalIdsOf('unit')
  @SearchCost(40)
  learnerUnitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;

  @Field(() => DateRange, {
    nullable: true,
    description: 'Starting in this range (khai giảng trong khoảng).',
  })
  @ValidateNested()
  startsOn?: DateRange | null;
}

export const CohortOrder = orderOf('Cohort', 'lớp', {
  STARTS_ON: 'First day (ngày khai giảng).',
  ENDS_ON: 'Last day; cohorts without one after all others (ngày bế giảng).',
  NAME: 'Vietnamese alphabet, numbers by value (tên).',
  CODE: 'Code (mã lớp).',
  CREATED_AT: 'When it was registered (thời điểm ghi nhận).',
  UPDATED_AT: 'When it was last changed (thời điểm cập nhật).',
});

export const CohortArgs = listArgs('cohorts', CohortFilter, { by: CohortOrder });

@InputType({ description: 'How many learners a unit may send to a cohort (chỉ tiêu của đơn vị).' })
export class UnitSeatsInput {
  @Field(() => ID, { description: 'The unit; units below it share its seats (đơn vị cử đi học).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => Int, { description: 'How many (chỉ tiêu).' })
  @Whole(1, MOST_LEARNERS)
  seats!: number;
}

@InputType({ description: 'A cohort to plan (lớp mới).' })
export class NewCohortInput {
  @Field(() => String, { description: 'Unique code (mã lớp).' })
  @Code()
  code!: string;

  @Field(() => String, { description: 'Name (tên lớp).' })
  @Words(300)
  name!: string;

  @Field(() => ID, { description: 'The programme it follows (chương trình).' })
  @IdOf('programme')
  programmeId!: string;

  @Field(() => ID, { description: 'The unit that organises it, open on its first day (đơn vị tổ chức).' })
  @IdOf('unit')
  hostUnitId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Period label as written, e.g. "2025-2027" (niên khoá).',
  })
  @Words(60, { optional: true })
  periodLabel?: string | null;

  @Field(() => DateScalar, { description: 'First day (ngày khai giảng).' })
  startsOn!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day, if it is known (ngày bế giảng).' })
  @NotBefore('startsOn')
  endsOn?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Most learners it takes; without it, no limit (sĩ số tối đa).',
  })
  @Whole(1, MOST_LEARNERS, { optional: true })
  capacity?: number | null;

  @Field(() => StudyLocation, {
    nullable: true,
    description: "Where it is held; the programme's location if left out (địa điểm).",
  })
  location?: StudyLocation | null;

  @Field(() => [UnitSeatsInput], {
    nullable: true,
    description: 'Units that send learners, each once, and how many; all units when left out (chỉ tiêu).',
  })
  @Size(1, { optional: true })
  @ValidateNested()
  seats?: UnitSeatsInput[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day for nominations, if there is one (hạn cuối cử người đi học).',
  })
  nominationsUntil?: string | null;

  @DecisionNumber('the decision that opens it')
  decisionNumber?: string | null;

  @DecidedOn('the decision that opens it')
  decidedOn?: string | null;
}

@InputType({ description: 'Plans a cohort (lập kế hoạch mở lớp).' })
export class PlanCohortInput extends NewCohortInput implements MutationInput {
  @ClientMutationId()
  clientMutationId?: string | null;
}

@InputType({ description: 'Revises a cohort; what is left out stays (điều chỉnh lớp).' })
export class ReviseCohortInput extends MutationInput {
  @Field(() => ID, { description: 'The cohort (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => Int, {
    description: 'The version you read; refused when the record was changed since (phiên bản).',
  })
  version!: number;

  @Field(() => String, { nullable: true, description: 'Name; null is refused (tên lớp).' })
  @Words(300, { optional: true })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Period label as written; null clears it (niên khoá).',
  })
  @Words(60, { optional: true })
  periodLabel?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day; null is refused (ngày khai giảng).' })
  startsOn?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null clears it (ngày bế giảng).' })
  @NotBefore('startsOn')
  endsOn?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Most learners it takes; null lifts the limit (sĩ số tối đa).',
  })
  @Whole(1, MOST_LEARNERS, { optional: true })
  capacity?: number | null;

  @Field(() => String, { nullable: true, description: 'Unique code; null is refused (mã lớp).' })
  @Code({ optional: true })
  code?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The programme it follows; its university comes with it; null is refused (chương trình).',
  })
  @IdOf('programme', { optional: true })
  programmeId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The unit that organises it, within your reach; null is refused (đơn vị tổ chức).',
  })
  @IdOf('unit', { optional: true })
  hostUnitId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The university that delivers it, one that works with a unit of yours; null clears it (cơ sở đào tạo).',
  })
  @IdOf('university', { optional: true })
  universityId?: string | null;

  @Field(() => [UnitSeatsInput], {
    nullable: true,
    description: 'All seats anew, each unit once; null lets all units send learners (chỉ tiêu).',
  })
  @Size(1, { optional: true })
  @ValidateNested()
  seats?: UnitSeatsInput[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day for nominations; null lifts it (hạn cuối cử người đi học).',
  })
  nominationsUntil?: string | null;

  @DecisionNumber('the decision that opens it')
  decisionNumber?: string | null;

  @DecidedOn('the decision that opens it')
  decidedOn?: string | null;
}

@InputType({ description: 'Takes nominations from now on (mở chiêu sinh).' })
export class OpenEnrolmentInput extends MutationInput {
  @Field(() => ID, { description: 'A planned cohort (lớp).' })
  @IdOf('cohort')
  cohortId!: string;
}

@InputType({ description: 'Starts a cohort: its accepted learners study (khai giảng).' })
export class StartCohortInput extends MutationInput {
  @Field(() => ID, { description: 'A cohort that takes nominations (lớp).' })
  @IdOf('cohort')
  cohortId!: string;
}

@InputType({ description: 'Ends a cohort: learners who did not graduate have not completed (bế giảng).' })
export class CompleteCohortInput extends MutationInput {
  @Field(() => ID, { description: 'A cohort in progress (lớp).' })
  @IdOf('cohort')
  cohortId!: string;
}

@InputType({ description: 'Cancels a cohort (hủy lớp).' })
export class CancelCohortInput extends MutationInput {
  @Field(() => ID, { description: 'A cohort that has not ended (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Takes the last step of a cohort back (lùi lại một bước).' })
export class ReopenCohortInput extends MutationInput {
  @Field(() => ID, { description: 'A cohort whose last step was a mistake (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({ description: 'Annuls a cohort that never was (hủy bỏ lớp ghi nhầm).' })
export class AnnulCohortInput extends MutationInput {
  @Field(() => ID, { description: 'The cohort (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}
