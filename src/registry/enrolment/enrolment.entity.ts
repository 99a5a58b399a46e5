// What is an enrolment? One official's participation in one cohort: a lượt, not a person.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Entity, Index, JoinColumn, ManyToOne, type Relation } from 'typeorm';
import { OfPerson } from '../../access/personal';
import type { Changed, Shown } from '../../access/scope';
import { EnumColumn, Instant, Text } from '../../lib/columns';
import { Node } from '../../lib/node';
import { DateTimeScalar } from '../../lib/scalars';
import { Cohort } from '../cohort/cohort.entity';
import { Official, OfficialCategory } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';

export enum EnrolmentStatus {
  NOMINATED = 'NOMINATED',
  ACCEPTED = 'ACCEPTED',
  DECLINED = 'DECLINED',
  STUDYING = 'STUDYING',
  COMPLETED = 'COMPLETED',
  NOT_COMPLETED = 'NOT_COMPLETED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(EnrolmentStatus, {
  name: 'EnrolmentStatus',
  description: 'State of an enrolment (trạng thái tham gia).',
  valuesConfig: {
    NOMINATED: { description: 'Sent by the unit, not decided yet (được cử).' },
    ACCEPTED: { description: 'Accepted; counts as a participation (được nhận).' },
    DECLINED: { description: 'Not accepted (không được nhận).' },
    STUDYING: { description: 'The cohort has started; counts (đang học).' },
    COMPLETED: { description: 'Graduated; counts (hoàn thành).' },
    NOT_COMPLETED: { description: 'The cohort ended without graduation; counts (không hoàn thành).' },
    WITHDRAWN: { description: 'Taken back before the end (rút tên).' },
  },
});

/** What counts as a participation (lượt): our own rule, because no official text was at hand. */
export const PARTICIPATING = [
  EnrolmentStatus.ACCEPTED,
  EnrolmentStatus.STUDYING,
  EnrolmentStatus.COMPLETED,
  EnrolmentStatus.NOT_COMPLETED,
] as const;

/** The columns by which an enrolment is within reach. @param enrolment alias of the enrolment table. */
export const participationColumns = (enrolment: string) => ({
  unit: `${enrolment}.unit_at_enrolment_id`,
  cohort: `${enrolment}.cohort_id`,
  official: `${enrolment}.official_id`,
});

@Entity()
@OfPerson('officialId')
@Index(['cohortId', 'officialId'], { unique: true })
@Index(['cohortId', 'createdAt'])
@Index(['officialId', 'createdAt'])
@Index(['id'], { where: 'told_status <> status' })
@ObjectType({
  implements: Node,
  description: "One official's participation in one cohort (lượt): the unit of `participations`.",
  simpleResolvers: true,
})
export class Enrolment extends Node {
  static readonly idPrefix = 'enrolment';
  static readonly shown: Shown = {
    by: 'enrolment.read',
    rows: (scope, own) => scope.participations(participationColumns(own)),
  };
  static readonly changed: Changed = {
    by: 'enrolment.decide',
    rows: (scope, own) => {
      const [within, parameters] = scope.cohorts('taught');
      return [`${own}.cohort_id IN (SELECT taught.id FROM cohort taught WHERE ${within})`, parameters];
    },
  };

  @Text()
  officialId!: string;

  @ManyToOne(() => Official)
  @JoinColumn()
  official!: Relation<Official>;

  @Text()
  cohortId!: string;

  @ManyToOne(() => Cohort)
  @JoinColumn()
  cohort!: Relation<Cohort>;

  @Field(() => EnrolmentStatus, { description: 'State (trạng thái).' })
  @EnumColumn(EnrolmentStatus, 'status')
  status!: EnrolmentStatus;

  /** The state that figures by unit or category go by for readers without rights to persons: see telling.ts. */
  @Text({ default: EnrolmentStatus.NOMINATED })
  toldStatus!: EnrolmentStatus;

  @Text()
  @Index()
  unitAtEnrolmentId!: string;

  @ManyToOne(() => Unit)
  @JoinColumn()
  unitAtEnrolment!: Relation<Unit>;

  @Field(() => OfficialCategory, { description: 'Frozen: the category then (đối tượng khi cử đi học).' })
  @EnumColumn(OfficialCategory, 'category_at_enrolment')
  categoryAtEnrolment!: OfficialCategory;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed (thời điểm cập nhật).' })
  @Instant()
  updatedAt!: Date;
}
