// GraphQL inputs and filters of enrolments.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput, WarnedInput } from '../../events/mutation';
import { described } from '../../graphql/enums';
import { IncludeSubunits, orderOf } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar } from '../../graphql/scalars';
import { IdOf, IdsOf, OptionalIdsOf } from '../../graphql/validation';
import { DecidedOn, DecisionNumber } from '../decision/decision.input';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';

export const EnrolmentConnection = connectionOf(() => Enrolment, 'Enrolment', 'lượt tham gia');

@InputType({ description: 'Which enrolments (bộ lọc lượt tham gia).' })
export class EnrolmentFilter {
  @Field(() => [EnrolmentStatus], { nullable: true, description: 'In these states (trạng thái).' })
  statuses?: EnrolmentStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of learners these units sent (đơn vị cử đi học).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of cohorts that these units host (đơn vị tổ chức lớp).',
  })
  @OptionalIdsOf('unit')
  hostUnitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;
}

export const EnrolmentOrder = orderOf('Enrolment', 'lượt tham gia', {
  CREATED_AT: 'When it was registered (thời điểm ghi nhận).',
});

export const EnrolmentArgs = listArgs('enrolments', EnrolmentFilter, { by: EnrolmentOrder });

export const EnrolmentDecision = described(
  'EnrolmentDecision',
  'What is decided on a nomination (quyết định).',
  {
    ACCEPT: 'The official takes part (nhận).',
    DECLINE: 'The official does not take part (không nhận).',
    WAITLIST: 'The official waits for a place, after those who wait already (đưa vào danh sách chờ).',
  },
);
export type EnrolmentDecision = keyof typeof EnrolmentDecision;

@InputType({ description: 'Sends officials to a cohort (cử đi học).' })
export class NominateOfficialsInput extends WarnedInput {
  @Field(() => ID, { description: 'A cohort that takes nominations (lớp).' })
  @IdOf('cohort')
  cohortId!: string;

  @Field(() => [ID], { description: 'Officials who hold a post on that day, each once (cán bộ).' })
  @IdsOf('official', 1)
  officialIds!: string[];

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Day of the nomination, today when left out: the unit, category and rank are those of that day (ngày cử).',
  })
  asOf?: string | null;
}

@InputType({ description: 'Decides on nominations, and on those who wait, many at once (xét nhận).' })
export class DecideEnrolmentsInput extends MutationInput {
  @Field(() => [ID], { description: 'Nominations, or those who wait, each once (lượt được cử).' })
  @IdsOf('enrolment', 1)
  enrolmentIds!: string[];

  @Field(() => EnrolmentDecision, { description: 'What is decided on all of them (quyết định).' })
  decision!: EnrolmentDecision;
}

@InputType({
  description: 'The decision that sends learners; what is left out stays (quyết định cử đi học).',
})
export class RecordSendingInput extends MutationInput {
  @Field(() => [ID], { description: 'Whom it sends, each once (lượt được cử).' })
  @IdsOf('enrolment', 1)
  enrolmentIds!: string[];

  @DecisionNumber('the decision')
  decisionNumber?: string | null;

  @DecidedOn('the decision')
  decidedOn?: string | null;
}

@InputType({ description: 'Withdraws an enrolment (rút tên).' })
export class WithdrawEnrolmentInput extends MutationInput {
  @Field(() => ID, { description: 'An enrolment of a cohort that has not ended (lượt tham gia).' })
  @IdOf('enrolment')
  enrolmentId!: string;
}
