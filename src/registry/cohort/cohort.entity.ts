// Cohort: a class of learners on one programme, with its state. Table and GraphQL type.
import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { described } from '../../graphql/enums';
import { Day, EnumColumn, Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { Searched } from '../../database/search';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { Programme } from '../programme/programme.entity';
import { StudyLocation } from '../programme/programme.enums';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';

export const CohortStatus = described(
  'CohortStatus',
  'State of a cohort: PLANNED, ENROLLING, IN_PROGRESS, COMPLETED in this order, or CANCELLED from any but COMPLETED (trạng thái lớp).',
  {
    PLANNED: 'Planned (dự kiến).',
    ENROLLING: 'Takes nominations (đang chiêu sinh).',
    IN_PROGRESS: 'Has started (đang học).',
    COMPLETED: 'Has ended (đã kết thúc).',
    CANCELLED: 'Does not take place (đã hủy).',
  },
);
export type CohortStatus = keyof typeof CohortStatus;

@Entity()
@Searched('cohort')
@Index(['startsOn', 'id'])
@Index(['endsKey', 'id'])
@ObjectType({
  implements: Node,
  description: 'A class of learners on one programme (lớp), with its own period label (niên khoá).',
  simpleResolvers: true,
})
export class Cohort extends Node {
  static readonly idPrefix = 'cohort';
  static readonly changed: Changed = {
    by: 'cohort.revise',
    rows: (scope, own) => scope.cohorts(own),
  };

  @Field(() => String, { description: 'Unique code (mã lớp).' })
  @Text({ unique: true })
  code!: string;

  /** The code as codes are compared, whatever case and width. */
  @OptionalText()
  @Index()
  codeKey!: string | null;

  @Field(() => String, { description: 'Name (tên lớp).' })
  @Text()
  name!: string;

  @Reference(() => Programme, { as: 'programme', description: 'The programme it follows (chương trình).' })
  @Index()
  programmeId!: string;

  @Reference(() => Unit, {
    as: 'hostUnit',
    description: 'The unit that organises the cohort (đơn vị tổ chức).',
  })
  @Index()
  hostUnitId!: string;

  /** The university that delivers it: the programme's on the day when the cohort was planned. */
  @Reference(() => University, {
    as: 'university',
    description: 'The university that delivers it (cơ sở đào tạo).',
    optional: true,
  })
  @Index()
  universityId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Period label as written, e.g. "2021-2023"; not the dates (niên khoá).',
  })
  @OptionalText()
  periodLabel!: string | null;

  @Field(() => DateScalar, { description: 'First day (ngày khai giảng).' })
  @Day()
  startsOn!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day, if it is known (ngày bế giảng).' })
  @OptionalDay()
  endsOn!: string | null;

  /** The last day as cohorts are sorted by it: those without one come after all others. */
  @OptionalText()
  endsKey!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Most learners it takes; null without a limit (sĩ số tối đa).',
  })
  @Column({ type: 'integer', nullable: true })
  capacity!: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day for nominations; null without one (hạn cuối cử người đi học).',
  })
  @OptionalDay()
  nominationsUntil!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Number of the decision that opens it, if it is known (số quyết định mở lớp).',
  })
  @OptionalText()
  decisionNumber!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of that decision, if it is known (ngày quyết định mở lớp).',
  })
  @OptionalDay()
  decidedOn!: string | null;

  @Field(() => CohortStatus, { description: 'State (trạng thái).' })
  @EnumColumn(CohortStatus, 'status')
  status!: CohortStatus;

  @Field(() => StudyLocation, { description: 'Where it is held (địa điểm học).' })
  @EnumColumn(StudyLocation, 'location')
  location!: StudyLocation;

  @Field(() => String, { nullable: true, description: 'Why it was cancelled (lý do hủy).' })
  @OptionalText()
  cancellationReason!: string | null;

  /** Of a cancelled cohort: the state before, to which it may return. */
  @OptionalText()
  statusBefore!: CohortStatus | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was annulled, because it never was: no list or figure has it (thời điểm hủy bỏ).',
  })
  @Instant({ nullable: true })
  annulledAt!: Date | null;

  @Field(() => Int, { description: 'Optimistic lock: hand it back to revise (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed (thời điểm cập nhật).' })
  @Instant()
  @Index()
  updatedAt!: Date;

  @Text()
  search!: string;

  @Text()
  @Index()
  nameKey!: string;
}

export const entities = [Cohort];
