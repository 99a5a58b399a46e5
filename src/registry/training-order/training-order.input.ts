// GraphQL inputs and filters of training orders.
import { Field, ID, InputType } from 'type-graphql';
import { MutationInput } from '../../events/mutation';
import { VersionRead, Why } from '../../events/revision';
import { DateRange, IncludeSubunits, orderOf, SearchText } from '../../graphql/filters';
import { connectionOf, listArgs } from '../../graphql/page';
import { DateScalar, WholeScalar } from '../../graphql/scalars';
import { IdOf, OptionalIdsOf, Prose, Whole, Words, ValidateNested } from '../../graphql/validation';
import { MOST_LEARNERS, NewCohortInput } from '../cohort/cohort.input';
import { TrainingOrder, TrainingOrderStatus } from './training-order.entity';

export const TrainingOrderConnection = connectionOf(() => TrainingOrder, 'TrainingOrder', 'đặt hàng đào tạo');

@InputType({ description: 'Which training orders (bộ lọc đặt hàng).' })
export class TrainingOrderFilter {
  @SearchText('what is ordered or the expected outcome')
  text?: string | null;

  @Field(() => [TrainingOrderStatus], { nullable: true, description: 'In these states (trạng thái).' })
  statuses?: TrainingOrderStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of these units (đơn vị đặt hàng).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;

  @Field(() => [ID], { nullable: true, description: 'To these universities (cơ sở đào tạo).' })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'About at least one of these topics (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => DateRange, { nullable: true, description: 'Needed by a day in this range (thời hạn).' })
  @ValidateNested()
  neededBy?: DateRange | null;
}

export const TrainingOrderOrder = orderOf('TrainingOrder', 'đặt hàng', {
  NEEDED_BY: 'Day by which it is needed (thời hạn cần có).',
  REQUESTED_ON: 'Day on which the unit asked (ngày đề nghị).',
});

export const TrainingOrderArgs = listArgs('orders', TrainingOrderFilter, { by: TrainingOrderOrder });

@InputType({ description: 'Orders a course from a university (đặt hàng đào tạo, bồi dưỡng).' })
export class RequestTrainingInput extends MutationInput {
  @Field(() => ID, { description: 'The unit that orders, open on the day of the order (đơn vị đặt hàng).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => ID, { description: 'The university that shall teach (cơ sở đào tạo).' })
  @IdOf('university')
  universityId!: string;

  @Field(() => String, { description: 'What is ordered, in a line (nội dung đặt hàng).' })
  @Words(300)
  title!: string;

  @Field(() => String, {
    description: 'What the officials shall be able to apply in their work (kết quả mong muốn).',
  })
  @Prose(2_000)
  expectedOutcome!: string;

  @Field(() => WholeScalar, { description: 'How many officials shall be taught (số lượng người học).' })
  @Whole(1, MOST_LEARNERS)
  headcount!: number;

  @Field(() => DateScalar, {
    description: 'Day by which it is needed, not before the order (thời hạn cần có).',
  })
  neededBy!: string;

  @Field(() => [ID], { nullable: true, description: 'Topics it is about (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the order, not to come; today when left out (ngày đề nghị).',
  })
  requestedOn?: string | null;
}

@InputType({ description: 'Revises an order; what is left out stays (sửa đặt hàng).' })
export class ReviseOrderInput extends MutationInput {
  @Field(() => ID, { description: 'An order that was neither declined nor cancelled (đặt hàng).' })
  @IdOf('order')
  orderId!: string;

  @VersionRead()
  version?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The university that shall teach, until it has agreed; null is refused (cơ sở đào tạo).',
  })
  @IdOf('university', { optional: true })
  universityId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What is ordered, in a line; null is refused (nội dung đặt hàng).',
  })
  @Words(300, { optional: true })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the officials shall be able to apply in their work; null is refused (kết quả mong muốn).',
  })
  @Prose(2_000, { optional: true })
  expectedOutcome?: string | null;

  @Field(() => WholeScalar, {
    nullable: true,
    description: 'How many officials shall be taught; null is refused (số lượng người học).',
  })
  @Whole(1, MOST_LEARNERS, { optional: true })
  headcount?: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the order, not to come; null is refused (ngày đề nghị).',
  })
  requestedOn?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day by which it is needed, not before the order; null is refused (thời hạn cần có).',
  })
  neededBy?: string | null;

  @Field(() => [ID], { nullable: true, description: 'All topics it is about; null for none (lĩnh vực).' })
  @OptionalIdsOf('topic')
  topicIds?: string[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the acceptance, of an order that was accepted; null is refused (ngày nghiệm thu).',
  })
  acceptedOn?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the acceptance found, of an order that was accepted; null is refused (kết quả nghiệm thu).',
  })
  @Prose(2_000, { optional: true })
  result?: string | null;

  @Why({ optional: true })
  reason?: string | null;
}

@InputType({ description: 'The university accepts to deliver an order (đồng ý đặt hàng).' })
export class AgreeOrderInput extends MutationInput {
  @Field(() => ID, { description: 'An order that was requested (đặt hàng).' })
  @IdOf('order')
  orderId!: string;
}

@InputType({ description: 'Declines an order (từ chối đặt hàng).' })
export class DeclineOrderInput extends MutationInput {
  @Field(() => ID, { description: 'An order that was requested or agreed (đặt hàng).' })
  @IdOf('order')
  orderId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}

@InputType({
  description: 'Gives an order its cohorts: planned ones, or one planned now (xếp lớp cho đặt hàng).',
})
export class ScheduleOrderInput extends MutationInput {
  @Field(() => ID, { description: 'An order that was agreed (đặt hàng).' })
  @IdOf('order')
  orderId!: string;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Planned cohorts of one programme, of the unit, one below it or what it has become, and of the university; these or cohort, one of the two (các lớp).',
  })
  @OptionalIdsOf('cohort')
  cohortIds?: string[] | null;

  @Field(() => NewCohortInput, {
    nullable: true,
    description: 'A cohort to plan; needs the permission cohort.plan (lớp mới).',
  })
  @ValidateNested()
  cohort?: NewCohortInput | null;
}

@InputType({ description: 'Accepts what was delivered (nghiệm thu đặt hàng).' })
export class AcceptOrderInput extends MutationInput {
  @Field(() => ID, {
    description: 'A running order whose cohorts have ended or were cancelled, not all cancelled (đặt hàng).',
  })
  @IdOf('order')
  orderId!: string;

  @Field(() => String, { description: 'What the acceptance found (kết quả nghiệm thu).' })
  @Prose(2_000)
  result!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of the acceptance, not to come; today when left out (ngày nghiệm thu).',
  })
  acceptedOn?: string | null;
}

@InputType({ description: 'Cancels an order; its cohorts stay as they are (hủy đặt hàng).' })
export class CancelOrderInput extends MutationInput {
  @Field(() => ID, { description: 'An order that is neither accepted nor declined (đặt hàng).' })
  @IdOf('order')
  orderId!: string;

  @Field(() => String, { description: 'Why (lý do).' })
  @Words(1_000)
  reason!: string;
}
