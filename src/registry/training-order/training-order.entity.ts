// Training order: what a unit asks a university to teach, and the result. Tables and GraphQL type.
import { Field, Int, ObjectType } from 'type-graphql';
import { ForeignKey, Column, Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { Version } from '../../events/revision';
import { described } from '../../graphql/enums';
import { Day, Entered, EnumColumn, Key, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { Cohort } from '../cohort/cohort.entity';
import { Programme } from '../programme/programme.entity';
import { Topic } from '../topic/topic.entity';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';

export const TrainingOrderStatus = described(
  'TrainingOrderStatus',
  'State of a training order: REQUESTED, AGREED, RUNNING, ACCEPTED in this order; DECLINED from REQUESTED, or CANCELLED before ACCEPTED (trạng thái đặt hàng).',
  {
    REQUESTED: 'The unit has asked, the university has not answered (đã đề nghị).',
    AGREED: 'The university has agreed to deliver it (đã đồng ý).',
    RUNNING: 'It has a programme and cohorts (đang thực hiện).',
    ACCEPTED: 'The unit has accepted what was delivered (đã nghiệm thu).',
    DECLINED: 'The university has declined it (bị từ chối).',
    CANCELLED: 'The unit has cancelled it (đã hủy).',
  },
);
export type TrainingOrderStatus = keyof typeof TrainingOrderStatus;

@Entity()
@Searched('training_order')
@Index(['neededBy', 'id'])
@ObjectType({
  implements: Node,
  description: 'A course that a unit orders from a university (đặt hàng đào tạo, bồi dưỡng).',
  simpleResolvers: true,
})
export class TrainingOrder extends Node {
  static readonly idPrefix = 'order';
  static readonly changed: Changed = {
    by: 'order.schedule',
    rows: (scope, own) => scope.orders(own),
  };

  @Reference(() => Unit, { as: 'unit', description: 'The unit that orders (đơn vị đặt hàng).' })
  @Index()
  unitId!: string;

  @Reference(() => University, {
    as: 'university',
    description: 'The university that is asked (cơ sở đào tạo).',
  })
  @Index()
  universityId!: string;

  @Field(() => String, { description: 'What is ordered, in a line (nội dung đặt hàng).' })
  @Text()
  title!: string;

  @Field(() => String, {
    description: 'What the officials shall be able to apply in their work (kết quả mong muốn).',
  })
  @Text()
  expectedOutcome!: string;

  @Field(() => Int, { description: 'How many officials shall be taught (số lượng người học).' })
  @Column({ type: 'integer' })
  headcount!: number;

  @Field(() => DateScalar, { description: 'Day on which the unit asked (ngày đề nghị).' })
  @Day()
  requestedOn!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was registered; null when that was not kept (thời điểm ghi nhận).',
  })
  @Entered()
  createdAt!: Date | null;

  @Field(() => DateScalar, { description: 'Day by which it is needed (thời hạn cần có).' })
  @Day()
  neededBy!: string;

  @Field(() => TrainingOrderStatus, { description: 'State (trạng thái).' })
  @EnumColumn(TrainingOrderStatus, 'status')
  status!: TrainingOrderStatus;

  @Reference(() => Programme, {
    as: 'programme',
    description: 'What it has become; null until it runs (chương trình).',
    optional: true,
  })
  programmeId!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was declined or cancelled (lý do).' })
  @OptionalText()
  reason!: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Day of the acceptance (ngày nghiệm thu).' })
  @OptionalDay()
  acceptedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'What the acceptance found (kết quả nghiệm thu).' })
  @OptionalText()
  result!: string | null;

  @OptionalText()
  search!: string | null;

  @Version()
  version!: number;
}

/** A topic that an order is about. */
@Entity()
export class TrainingOrderTopic {
  @Key()
  @ForeignKey(() => TrainingOrder)
  orderId!: string;

  @Key()
  @ForeignKey(() => Topic)
  topicId!: string;
}

/** A cohort that delivers an order; a cohort delivers one order at most. */
@Entity()
export class TrainingOrderCohort {
  @Key()
  @ForeignKey(() => Cohort)
  cohortId!: string;

  @Reference(() => TrainingOrder)
  @Index()
  orderId!: string;
}

export const entities = [TrainingOrder, TrainingOrderTopic, TrainingOrderCohort];
