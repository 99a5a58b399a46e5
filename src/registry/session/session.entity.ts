// Session and attendance: one meeting of a cohort, and how much of it each learner attended. Tables and GraphQL types.
import { Field, Int, ObjectType } from 'type-graphql';
import { Check, Column, Entity, Index } from 'typeorm';
import { OfPerson } from '../../access/person';
import { Reference } from '../../access/reference';
import type { Changed, Shown } from '../../access/scope';
import type { EventName } from '../../events/catalogue';
import { Day, Entered, Instant, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { raw, sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment, participationColumns } from '../cohort/enrolment.entity';
import { Official } from '../official/official.entity';

@Entity()
@Check('periods >= 1')
@Check('(country IS NULL) = (abroad_from IS NULL) AND (country IS NULL) = (abroad_to IS NULL)')
@Index(['cohortId', 'heldOn'])
@ObjectType({
  implements: Node,
  description: 'One meeting of a cohort (buổi học).',
  simpleResolvers: true,
})
export class Session extends Node {
  static readonly idPrefix = 'session';
  static readonly changed: Changed = {
    by: 'session.revise',
    rows: (scope, own) => {
      const taught = sql`SELECT taught.id FROM cohort taught WHERE ${scope.cohorts('taught')}`;
      return sql`${raw(own)}.cohort_id IN (${taught})`;
    },
  };

  @Reference(() => Cohort, { as: 'cohort', description: 'The cohort (lớp).' })
  cohortId!: string;

  @Field(() => DateScalar, { description: 'The day (ngày học).' })
  @Day()
  heldOn!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was registered; null when that was not kept (thời điểm ghi nhận).',
  })
  @Entered()
  createdAt!: Date | null;

  @Field(() => Int, { description: 'Teaching periods; 40 are one week (số tiết).' })
  @Column({ type: 'integer' })
  periods!: number;

  @Field(() => String, { description: 'Where it is held (địa điểm).' })
  @Text()
  place!: string;

  @OptionalText()
  country!: string | null;

  @OptionalDay()
  abroadFrom!: string | null;

  @OptionalDay()
  abroadTo!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was cancelled; its periods then do not count (thời điểm hủy).',
  })
  @Instant({ nullable: true })
  cancelledAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was cancelled (lý do hủy).' })
  @OptionalText()
  cancellationReason!: string | null;

  @Field(() => Int, { description: 'Optimistic lock: hand it back to revise (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;
}

@ObjectType({
  description: 'The stay abroad that a session is part of (thời gian ở nước ngoài).',
  simpleResolvers: true,
})
export class StayAbroad {
  @Field(() => String, { description: 'The country (nước).' })
  country!: string;

  @Field(() => DateScalar, { description: 'First day abroad (từ ngày).' })
  from!: string;

  @Field(() => DateScalar, { description: 'Last day abroad (đến ngày).' })
  to!: string;
}

@Entity()
@OfPerson<Attendance>({
  person: 'official',
  owner: 'officialId',
  erase: 'keep',
  export: { as: 'attendance' },
  audit: ['own events', { of: 'sessionId', events: ['attendance.recorded'] satisfies EventName[] }],
})
@Check('periods >= 0')
@Index(['sessionId', 'enrolmentId'], { unique: true })
@Index(['enrolmentId'])
@ObjectType({
  implements: Node,
  description: 'How much of a session a learner attended (chuyên cần).',
  simpleResolvers: true,
})
export class Attendance extends Node {
  static readonly idPrefix = 'attendance';
  static readonly shown: Shown = {
    by: 'enrolment.read',
    rows: (scope, own) => {
      const within = scope.participations(participationColumns('part'));
      return sql`${raw(own)}.enrolment_id IN (SELECT part.id FROM enrolment part WHERE ${within})`;
    },
  };
  static readonly changed: Changed = {
    by: 'attendance.record',
    rows: (scope, own) => {
      const parts = sql`SELECT part.id FROM enrolment part JOIN cohort taught ON taught.id = part.cohort_id
        WHERE ${scope.cohorts('taught')}`;
      return sql`${raw(own)}.enrolment_id IN (${parts})`;
    },
  };

  @Reference(() => Session, { as: 'session', description: 'The session (buổi học).' })
  sessionId!: string;

  @Reference(() => Enrolment, { as: 'enrolment', description: 'The enrolment it is of (lượt tham gia).' })
  enrolmentId!: string;

  /** Copied from the enrolment, where it never changes. */
  @Reference(() => Official, {
    as: 'official',
    description: 'The learner; null if hidden from you (học viên).',
    hidden: true,
  })
  @Index()
  officialId!: string;

  @Field(() => Int, { description: 'Teaching periods attended; 0 for who was absent (số tiết tham dự).' })
  @Column({ type: 'integer' })
  periods!: number;

  @Field(() => DateTimeScalar, { description: 'When it was recorded (thời điểm ghi nhận).' })
  @Instant()
  recordedAt!: Date;
}

export const entities = [Session, Attendance];
