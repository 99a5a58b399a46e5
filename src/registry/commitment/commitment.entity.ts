// Service rule and commitment: the service that the law asks for after degree study, and what learners owe. Tables.
import { Field, Int, ObjectType } from 'type-graphql';
import { Check, Column, Entity, Index } from 'typeorm';
import { OfPerson } from '../../access/person';
import { Personal } from '../../access/personal';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import { Day, Dong, EnumColumn, Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { described } from '../../graphql/enums';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar, DongScalar } from '../../graphql/scalars';
import { raw, sql } from '../../lib/sql';
import { Enrolment } from '../cohort/enrolment.entity';
import { Official, OfficialCategory } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';

/** The law changes, so a rule is a record with a period and a source, never code. */
@Entity()
@Index(['category', 'validFrom'])
@ObjectType({
  implements: Node,
  description:
    'What the law asks of one category for degree study, for a period (quy định về đào tạo trình độ).',
  simpleResolvers: true,
})
export class ServiceRule extends Node {
  static readonly idPrefix = 'servicerule';

  @Field(() => OfficialCategory, { description: 'The category it applies to (đối tượng).' })
  @EnumColumn(OfficialCategory, 'category')
  category!: OfficialCategory;

  @Field(() => DateScalar, { description: 'For study that begins on this day or later (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last such day; null without end (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;

  @Field(() => Int, {
    description: 'So many times the length of study must be served afterwards (số lần thời gian đào tạo).',
  })
  @Column({ type: 'integer' })
  multiple!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Oldest age on the first day of study; null when the rule names none (tuổi tối đa).',
  })
  @Column({ type: 'integer', nullable: true })
  maximumAge!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Years of service before the first day of study; null when it names none (số năm công tác).',
  })
  @Column({ type: 'integer', nullable: true })
  yearsBefore!: number | null;

  @Field(() => String, { description: 'Where it stands: document and article (căn cứ).' })
  @Text()
  source!: string;
}

export const CommitmentStatus = described(
  'CommitmentStatus',
  'State of a commitment to service (trạng thái cam kết phục vụ).',
  {
    RUNNING: 'Service is owed, or compensation (đang thực hiện).',
    FULFILLED: 'All months owed were served (đã hoàn thành).',
    WAIVED: 'Nothing is owed any more, by a decision (được miễn).',
    SETTLED: 'What was due was repaid (đã hoàn trả).',
  },
);
export type CommitmentStatus = keyof typeof CommitmentStatus;

/** Official and unit are copied from the enrolment, where they change only when two records of a person are merged. */
@Entity()
@OfPerson<ServiceCommitment>({
  person: 'official',
  owner: 'officialId',
  erase: { endingReason: null },
  export: { as: 'serviceCommitments' },
  audit: ['own events'],
})
@Index(['enrolmentId'], { unique: true })
@Index(['endsOn', 'id'])
@Check('cost >= 0')
@ObjectType({
  implements: Node,
  description: 'The service that one learner owes after degree study, and what it cost (cam kết phục vụ).',
  simpleResolvers: true,
})
export class ServiceCommitment extends Node {
  static readonly idPrefix = 'commitment';
  static readonly shown: Shown = {
    by: 'commitment.read',
    rows: (scope, own) => scope.commitments(own),
  };
  static readonly changed: Changed = {
    by: 'commitment.record',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Reference(() => Enrolment, {
    as: 'enrolment',
    description: 'The study it is owed for; null if hidden from you (lượt tham gia).',
    hidden: true,
  })
  enrolmentId!: string;

  @Reference(() => Official, {
    as: 'official',
    description: 'Who owes it; null if hidden from you (cán bộ).',
    hidden: true,
  })
  @Index()
  officialId!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit that sent the learner (đơn vị cử đi học).' })
  @Index()
  unitId!: string;

  @Reference(() => ServiceRule, {
    as: 'rule',
    description: 'The rule it was calculated by (quy định áp dụng).',
  })
  ruleId!: string;

  @Field(() => Int, { description: 'Length of study in months (thời gian đào tạo, tháng).' })
  @Column({ type: 'integer' })
  studyMonths!: number;

  @Field(() => Int, {
    description:
      'T1: months of service owed, studyMonths times the multiple of the rule (số tháng phải phục vụ).',
  })
  @Column({ type: 'integer' })
  monthsOwed!: number;

  @Field(() => DateScalar, {
    description: 'First day that counts as service: the day after the course ends (phục vụ từ ngày).',
  })
  @Day()
  servesFrom!: string;

  @Field(() => DateScalar, {
    description: 'Last day owed, if service goes on without a break (phục vụ đến ngày).',
  })
  @Day()
  endsOn!: string;

  @Field(() => DongScalar, { description: 'F: total cost of the study, in whole đồng (chi phí đào tạo).' })
  @Dong()
  cost!: number;

  @Field(() => CommitmentStatus, { description: 'State (trạng thái).' })
  @Text({ default: CommitmentStatus.RUNNING })
  status!: CommitmentStatus;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Day on which it was fulfilled, waived or repaid; null while it runs (ngày kết thúc cam kết).',
  })
  @OptionalDay()
  endedOn!: string | null;

  @Personal('officialId')
  @Field(() => String, {
    nullable: true,
    description: 'Why it was waived, or what was noted when it was fulfilled (lý do kết thúc cam kết).',
  })
  @OptionalText()
  endingReason!: string | null;

  @Field(() => Int, { description: 'Counts the changes; hand it back to change it safely (phiên bản).' })
  @Column({ type: 'integer', default: 1 })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;
}

/** A part of the compensation that was paid. */
@Entity()
@OfPerson<Repayment>({
  person: 'official',
  owner: 'officialId',
  erase: { receipt: null },
  export: { as: 'repayments' },
  audit: [], // their events are of the commitment
})
@Index(['commitmentId', 'paidOn'])
@Check('amount > 0')
@ObjectType({
  implements: Node,
  description: 'What was paid back of the cost of study (khoản hoàn trả chi phí đào tạo).',
  simpleResolvers: true,
})
export class Repayment extends Node {
  static readonly idPrefix = 'repayment';
  static readonly shown: Shown = {
    by: 'commitment.read',
    rows: (scope, own) => sql`${raw(own)}.commitment_id IN (SELECT owed.id FROM service_commitment owed
      WHERE ${scope.commitments('owed')})`,
  };
  static readonly changed: Changed = {
    by: 'repayment.record',
    rows: (scope, own) => Repayment.shown.rows(scope, own),
  };

  @Reference(() => ServiceCommitment, {
    as: 'commitment',
    description: 'What it was paid for; null if hidden from you (cam kết phục vụ).',
    hidden: true,
  })
  commitmentId!: string;

  /** Copied from the commitment. */
  @Reference(() => Official)
  @Index()
  officialId!: string;

  @Field(() => DongScalar, { description: 'How much, in whole đồng (số tiền).' })
  @Dong()
  amount!: number;

  @Field(() => DateScalar, { description: 'Day of payment (ngày nộp).' })
  @Day()
  paidOn!: string;

  @Personal('officialId')
  @Field(() => String, {
    nullable: true,
    description: 'Number of the receipt; null if hidden from you (số biên lai, chứng từ).',
  })
  @OptionalText()
  receipt!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;
}

export const entities = [ServiceRule, ServiceCommitment, Repayment];
