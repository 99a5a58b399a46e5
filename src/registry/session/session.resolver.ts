// What can be asked of sessions and of who attended them?
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import { Personal } from '../../access/personal';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { badInput } from '../../lib/errors';
import { type Listing, type Page, PageArgs } from '../../lib/page';
import { type Batch, grouped } from '../../lib/reader';
import type { Sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment } from '../enrolment/enrolment.entity';
import { Official } from '../official/official.entity';
import {
  cancelSession,
  correctAttendance,
  recordAttendance,
  reviseSession,
  scheduleSession,
} from './session.actions';
import { Attendance, Session, StayAbroad } from './session.entity';
import {
  AttendanceConnection,
  CancelSessionInput,
  CancelSessionPayload,
  CorrectAttendanceInput,
  CorrectAttendancePayload,
  RecordAttendanceInput,
  RecordAttendancePayload,
  ReviseSessionInput,
  ReviseSessionPayload,
  ScheduleSessionInput,
  ScheduleSessionPayload,
  SessionConnection,
} from './session.input';

const FIRST_YEAR = 1800;
const LAST_YEAR = 9999;

const sessions: Listing<Session> = {
  entity: Session,
  alias: 'session',
  orders: { HELD_ON: ['heldOn'] },
  usual: { field: 'HELD_ON', direction: 'ASC' },
};

const attendances: Listing<Attendance> = {
  entity: Attendance,
  alias: 'attendance',
  orders: { RECORDED_AT: ['recordedAt'] },
  usual: { field: 'RECORDED_AT', direction: 'ASC' },
};

const attendanceOf: Batch<Attendance[]> = async (manager, enrolmentIds) => {
  const rows = await manager
    .createQueryBuilder(Attendance, 'attendance')
    .innerJoin(Session, 'session', 'session.id = attendance.sessionId')
    .where('attendance.enrolmentId IN (:...enrolmentIds)', { enrolmentIds })
    .orderBy('session.heldOn')
    .addOrderBy('attendance.id')
    .getMany();
  return grouped(rows, ({ enrolmentId }) => enrolmentId);
};

/** What officials attended in one year, of sessions that were not called off. @param within the rows that count. */
const periodsIn =
  (year: number, within: Sql): Batch<number> =>
  async (manager, officialIds) => {
    const rows = await manager
      .createQueryBuilder()
      .select('part.official_id', 'id')
      .addSelect('SUM(attendance.periods)', 'periods')
      .from('attendance', 'attendance')
      .innerJoin(Session, 'session', 'session.id = attendance.session_id')
      .innerJoin(Enrolment, 'part', 'part.id = attendance.enrolment_id')
      .where('part.official_id IN (:...officialIds) AND session.cancelled_at IS NULL', { officialIds })
      .andWhere('session.held_on >= :first AND session.held_on <= :last', {
        first: `${year}-01-01`,
        last: `${year}-12-31`,
      })
      .andWhere(...within.named())
      .groupBy('part.official_id')
      .getRawMany<{ id: string; periods: number | string }>();
    return new Map(rows.map(({ id, periods }) => [id, Number(periods)]));
  };

@Resolver(() => Session)
export class SessionResolver {
  @May('session.schedule')
  @Mutation(() => ScheduleSessionPayload, {
    description: 'Schedules a session of a cohort (lên lịch buổi học).',
  })
  scheduleSession(
    @Arg('input', () => ScheduleSessionInput, { description: 'The session (đầu vào).' })
    input: ScheduleSessionInput,
    @Ctx() ctx: Context,
  ): Promise<ScheduleSessionPayload> {
    return write(ctx, ScheduleSessionPayload, input, scheduleSession);
  }

  @May('session.revise')
  @Mutation(() => ReviseSessionPayload, { description: 'Revises a session (điều chỉnh buổi học).' })
  reviseSession(
    @Arg('input', () => ReviseSessionInput, { description: 'What changes (đầu vào).' })
    input: ReviseSessionInput,
    @Ctx() ctx: Context,
  ): Promise<ReviseSessionPayload> {
    return write(ctx, ReviseSessionPayload, input, reviseSession);
  }

  @May('session.cancel')
  @Mutation(() => CancelSessionPayload, {
    description: 'Calls a session off: what was attended of it counts no longer (hủy buổi học).',
  })
  cancelSession(
    @Arg('input', () => CancelSessionInput, { description: 'Which, and why (đầu vào).' })
    input: CancelSessionInput,
    @Ctx() ctx: Context,
  ): Promise<CancelSessionPayload> {
    return write(ctx, CancelSessionPayload, input, cancelSession);
  }

  @May('attendance.record')
  @Mutation(() => RecordAttendancePayload, {
    description: 'Records who attended a session, all or none (điểm danh).',
  })
  recordAttendance(
    @Arg('input', () => RecordAttendanceInput, { description: 'Who attended what (đầu vào).' })
    input: RecordAttendanceInput,
    @Ctx() ctx: Context,
  ): Promise<RecordAttendancePayload> {
    return write(ctx, RecordAttendancePayload, input, recordAttendance);
  }

  @May('attendance.correct')
  @Mutation(() => CorrectAttendancePayload, {
    description: 'Corrects who attended how much of a session, all or none (đính chính điểm danh).',
  })
  correctAttendance(
    @Arg('input', () => CorrectAttendanceInput, { description: 'Who attended what after all (đầu vào).' })
    input: CorrectAttendanceInput,
    @Ctx() ctx: Context,
  ): Promise<CorrectAttendancePayload> {
    return write(ctx, CorrectAttendancePayload, input, correctAttendance);
  }

  @FieldResolver(() => Cohort, { description: 'The cohort (lớp).' })
  cohort(@Root() session: Session, @Ctx() ctx: Context): Promise<Cohort> {
    return ctx.reader.get(Cohort, session.cohortId);
  }

  @FieldResolver(() => AttendanceConnection, {
    description:
      'Who attended how much of it, of learners within your reach, in the order of recording (điểm danh).',
  })
  attendance(
    @Root() session: Session,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Attendance>> {
    return ctx.list(attendances, page, { of: { id: session.id, column: 'attendance.sessionId' } });
  }

  @FieldResolver(() => StayAbroad, {
    nullable: true,
    description: 'The stay abroad that it is part of; null in Viet Nam (ở nước ngoài).',
  })
  abroad(@Root() { country, abroadFrom, abroadTo }: Session): StayAbroad | null {
    if (country === null) return null;
    return Object.assign(new StayAbroad(), { country, from: abroadFrom, to: abroadTo });
  }
}

@Resolver(() => Attendance)
export class AttendanceResolver {
  @FieldResolver(() => Session, { description: 'The session (buổi học).' })
  session(@Root() attendance: Attendance, @Ctx() ctx: Context): Promise<Session> {
    return ctx.reader.get(Session, attendance.sessionId);
  }

  @FieldResolver(() => Enrolment, { description: 'The enrolment it is of (lượt tham gia).' })
  enrolment(@Root() attendance: Attendance, @Ctx() ctx: Context): Promise<Enrolment> {
    return ctx.reader.get(Enrolment, attendance.enrolmentId);
  }

  @FieldResolver(() => Official, {
    nullable: true,
    description: 'The learner; null if not yours to see (học viên).',
  })
  official(@Root() attendance: Attendance, @Ctx() ctx: Context): Promise<Official | null> {
    return ctx.findShown(Official, attendance.officialId);
  }
}

@Resolver(() => Cohort)
export class CohortSessionsResolver {
  @FieldResolver(() => SessionConnection, {
    description: 'Its sessions, those called off with them, earliest first (các buổi học).',
  })
  sessions(
    @Root() cohort: Cohort,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Session>> {
    return ctx.list(sessions, page, { of: { id: cohort.id, column: 'session.cohortId' } });
  }
}

@Resolver(() => Enrolment)
export class EnrolmentAttendanceResolver {
  @FieldResolver(() => [Attendance], {
    description: 'What the learner attended, by the day of the session (chuyên cần).',
  })
  async attendance(@Root() enrolment: Enrolment, @Ctx() ctx: Context): Promise<Attendance[]> {
    return (await ctx.reader.load(attendanceOf, enrolment.id)) ?? [];
  }
}

@Resolver(() => Official)
export class OfficialTrainingPeriodsResolver {
  @Personal('id')
  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Teaching periods attended in a year, of sessions that were not called off and of enrolments within your reach; null if the official is not yours to see (số tiết đã học trong năm).',
  })
  async trainingPeriods(
    @Root() official: Official,
    @Arg('year', () => Int, { description: 'The calendar year (năm).' }) year: number,
    @Ctx() ctx: Context,
  ): Promise<number> {
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      throw badInput(`\`year\` is ${year}; it must be from ${FIRST_YEAR} to ${LAST_YEAR}.`);
    }
    const within = ctx.within(Attendance)('attendance');
    return (await ctx.reader.load(periodsIn(year, within), official.id, `periods:${year}`)) ?? 0;
  }
}
