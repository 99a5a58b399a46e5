// Service rule and commitment: the service that the law asks for after degree study, and what learners owe. Tables.
import { Field, Int, ObjectType } from 'type-graphql';
import { Check, Column, Entity, Index } from 'typeorm';
import { OfPerson } from '../../access/person';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import { Day, Dong, EnumColumn, Instant, OptionalDay, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar, DongScalar } from '../../graphql/scalars';
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

/** Official and unit are copied from the enrolment, where they never change. */
@Entity()
@OfPerson<ServiceCommitment>({
  person: 'official',
  owner: 'officialId',
  erase: 'keep',
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

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;
}

export const entities = [ServiceRule, ServiceCommitment];
