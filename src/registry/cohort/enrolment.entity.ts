// Enrolment: one official's participation in one cohort (a lượt, not a person). Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { OfPerson } from '../../access/person';
import { Personal } from '../../access/personal';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import type { EventName } from '../../events/catalogue';
import { described } from '../../graphql/enums';
import {
  BYTEWISE,
  Day,
  EnumColumn,
  Instant,
  Key,
  OptionalDay,
  OptionalText,
  Text,
} from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { raw, sql } from '../../lib/sql';
import { Cohort } from './cohort.entity';
import { Official, OfficialCategory } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';

export const EnrolmentStatus = described('EnrolmentStatus', 'State of an enrolment (trạng thái tham gia).', {
  NOMINATED: 'Sent by the unit, not decided yet (được cử).',
  WAITLISTED: 'Waits in order for a place; does not count (trong danh sách chờ).',
  ACCEPTED: 'Accepted; counts as a participation (được nhận).',
  DECLINED: 'Not accepted (không được nhận).',
  STUDYING: 'The cohort has started; counts (đang học).',
  COMPLETED: 'Graduated; counts (hoàn thành).',
  NOT_COMPLETED: 'The cohort ended without graduation; counts (không hoàn thành).',
  WITHDRAWN: 'Withdrawn before the end (rút tên).',
});
export type EnrolmentStatus = keyof typeof EnrolmentStatus;

/** The states that count as a participation (lượt): our own rule, as no official text was available. */
export const PARTICIPATING = [
  EnrolmentStatus.ACCEPTED,
  EnrolmentStatus.STUDYING,
  EnrolmentStatus.COMPLETED,
  EnrolmentStatus.NOT_COMPLETED,
] as const;

/** The columns that decide who may see an enrolment. @param enrolment alias of the enrolment table. */
export const participationColumns = (enrolment: string) => ({
  unit: `${enrolment}.unit_at_enrolment_id`,
  cohort: `${enrolment}.cohort_id`,
  official: `${enrolment}.official_id`,
});

/** Events of a class that change the enrolments of its learners, of all or of some. */
const OF_LEARNERS = [
  'enrolment.nominated',
  'enrolment.decided',
  'enrolment.withdrawn',
  'enrolment.reopened',
  'sending.recorded',
  'enrolment.merged',
  'cohort.started',
  'cohort.completed',
  'cohort.cancelled',
  'cohort.reopened',
  'cohort.annulled',
] satisfies EventName[];

@Entity()
@OfPerson<Enrolment>({
  person: 'official',
  owner: 'officialId',
  erase: { decisionNumber: null },
  export: {
    as: 'enrolments',
    without: ['statusBefore', 'waitingNumber'],
    names: { cohort: ['cohortId', 'name'], unitAtEnrolment: ['unitAtEnrolmentId', 'name'] },
  },
  audit: ['own events', { of: 'cohortId', events: OF_LEARNERS, since: 'createdAt' }],
})
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
      const taught = sql`SELECT taught.id FROM cohort taught WHERE ${scope.cohorts('taught')}`;
      return sql`${raw(own)}.cohort_id IN (${taught})`;
    },
  };

  @Reference(() => Official, {
    as: 'official',
    description: 'The learner; null if hidden from you (học viên).',
    hidden: true,
  })
  officialId!: string;

  @Reference(() => Cohort, { as: 'cohort', description: 'The cohort (lớp).' })
  cohortId!: string;

  @Field(() => EnrolmentStatus, { description: 'State (trạng thái).' })
  @EnumColumn(EnrolmentStatus, 'status')
  status!: EnrolmentStatus;

  /**
   * The state that counts in figures by unit or category for readers without rights to persons: see delayed-release.ts.
   */
  @Text({ default: EnrolmentStatus.NOMINATED })
  toldStatus!: EnrolmentStatus;

  /** The status before the last step of the cohort, where that step changed it; null after any other change. */
  @OptionalText()
  statusBefore!: EnrolmentStatus | null;

  /** Order of a WAITLISTED enrolment in its cohort; those who were put on the list first have the lowest. */
  @Column({ type: 'integer', nullable: true })
  waitingNumber!: number | null;

  @Reference(() => Unit, {
    as: 'unitAtEnrolment',
    description: 'Frozen: where the official served then (đơn vị cử đi học).',
  })
  @Index()
  unitAtEnrolmentId!: string;

  @Field(() => OfficialCategory, { description: 'Frozen: the category then (đối tượng khi cử đi học).' })
  @EnumColumn(OfficialCategory, 'category_at_enrolment')
  categoryAtEnrolment!: OfficialCategory;

  @Personal('officialId')
  @Field(() => String, {
    nullable: true,
    description: 'Frozen: the rank then; null if hidden from you (ngạch khi cử đi học).',
  })
  @OptionalText()
  gradeAtEnrolment!: string | null;

  /** Never null; SQLite cannot add such a column to a table with rows. */
  @Field(() => DateScalar, {
    description:
      'Day of the nomination, on which unit, category and rank are those that are frozen (ngày cử).',
  })
  @OptionalDay()
  nominatedOn!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Number of the decision that sends the learner, if it is known (số quyết định cử đi học).',
  })
  @OptionalText()
  decisionNumber!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of that decision, if it is known (ngày quyết định cử đi học).',
  })
  @OptionalDay()
  decidedOn!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed (thời điểm cập nhật).' })
  @Instant()
  updatedAt!: Date;
}

/** A nomination that was declined or withdrawn, of an enrolment that was nominated again later. */
@Entity()
@OfPerson<EarlierNomination>({
  person: 'official',
  owner: (ids) => sql`enrolment_id IN (SELECT id FROM enrolment WHERE official_id IN ${ids})`,
  erase: { decisionNumber: null },
  export: { as: 'earlierNominations', names: { unit: ['unitId', 'name'] } },
  audit: [],
})
@ObjectType({
  description: 'A nomination before the present one, and how it ended (lần cử trước).',
  simpleResolvers: true,
})
export class EarlierNomination {
  @Key()
  @ForeignKey(() => Enrolment)
  enrolmentId!: string;

  /** 1 for the first. */
  @PrimaryColumn({ type: 'integer' })
  place!: number;

  @Field(() => DateScalar, { description: 'Day of that nomination (ngày cử).' })
  @Day()
  nominatedOn!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit that sent them then (đơn vị cử đi học).' })
  unitId!: string;

  @Field(() => OfficialCategory, { description: 'The category then (đối tượng khi cử đi học).' })
  @EnumColumn(OfficialCategory, 'category')
  category!: OfficialCategory;

  @Field(() => String, {
    nullable: true,
    description: 'Number of the decision that sent them then, if it is known (số quyết định cử đi học).',
  })
  @OptionalText()
  decisionNumber!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of that decision, if it is known (ngày quyết định cử đi học).',
  })
  @OptionalDay()
  decidedOn!: string | null;

  @Field(() => EnrolmentStatus, { description: 'How it ended: DECLINED or WITHDRAWN (kết quả).' })
  @Column({ type: 'varchar', ...BYTEWISE })
  @Check(`status IN ('DECLINED', 'WITHDRAWN')`)
  status!: EnrolmentStatus;

  @Field(() => DateTimeScalar, { description: 'When it ended (thời điểm kết thúc).' })
  @Instant()
  endedAt!: Date;
}

export const entities = [Enrolment, EarlierNomination];
