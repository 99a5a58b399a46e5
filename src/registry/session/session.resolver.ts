// GraphQL fields of sessions, attendance and training periods.
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Personal } from '../../access/personal';
import type { Context } from '../../operation/context';
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { badInput } from '../../graphql/errors';
import type { Listing } from '../../graphql/page';
import { type Batch, grouped } from '../../graphql/reader';
import type { Sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment } from '../cohort/enrolment.entity';
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
  CorrectAttendanceInput,
  RecordAttendanceInput,
  ReviseSessionInput,
  ScheduleSessionInput,
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
const sessionLists = listFields(sessions, SessionConnection);

const attendances: Listing<Attendance> = {
  entity: Attendance,
  alias: 'attendance',
  orders: { RECORDED_AT: ['recordedAt'] },
  usual: { field: 'RECORDED_AT', direction: 'ASC' },
};
const attendanceLists = listFields(attendances, AttendanceConnection);

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

/**
 * Periods that officials attended in a year, without cancelled sessions. @param within condition on the rows that
 * count.
 */
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
  @FieldResolver(() => StayAbroad, {
    nullable: true,
    description: 'The stay abroad that it is part of; null in Viet Nam (ở nước ngoài).',
  })
  abroad(@Root() { country, abroadFrom, abroadTo }: Session): StayAbroad | null {
    if (country === null) return null;
    return Object.assign(new StayAbroad(), { country, from: abroadFrom, to: abroadTo });
  }
}

@Resolver(() => Official)
export class OfficialTrainingPeriodsResolver {
  @Personal('id')
  @FieldResolver(() => Int, {
    complexity: 20,
    nullable: true,
    description:
      'Teaching periods attended in a year, of sessions that were not cancelled and of enrolments within your reach; null if the official is hidden from you (số tiết đã học trong năm).',
  })
  async trainingPeriods(
    @Root() official: Official,
    @Arg('year', () => Int, { description: 'The calendar year (năm).' }) year: number,
    @Ctx() ctx: Context,
  ): Promise<number> {
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      throw badInput({
        vi: `\`year\` là ${year}; phải từ ${FIRST_YEAR} đến ${LAST_YEAR}.`,
        en: `\`year\` is ${year}; it must be from ${FIRST_YEAR} to ${LAST_YEAR}.`,
      });
    }
    const within = ctx.within(Attendance)('attendance');
    return (await ctx.reader.load(periodsIn(year, within), official.id, `periods:${year}`)) ?? 0;
  }
}

const sessionField = {
  session: { type: Session, description: 'The session; null when refused (buổi học).' },
} as const;
const attendanceField = {
  attendance: {
    type: [Attendance],
    description: 'The attendance, in the order given; empty when refused (chuyên cần).',
  },
} as const;

export const resolvers = [
  rowsField(Enrolment, 'attendance', {
    type: Attendance,
    load: attendanceOf,
    description: 'What the learner attended, by the day of the session (chuyên cần).',
  }),
  attendanceLists.of(Session, 'attendance', {
    by: 'attendance.sessionId',
    description:
      'Who attended how much of it, of learners within your reach, in the order of recording (điểm danh).',
  }),
  sessionLists.of(Cohort, 'sessions', {
    by: 'session.cohortId',
    description: 'Its sessions, cancelled ones included, earliest first (các buổi học).',
  }),
  SessionResolver,
  OfficialTrainingPeriodsResolver,
  mutation(scheduleSession, {
    permission: 'session.schedule',
    description: 'Schedules a session of a cohort (lên lịch buổi học).',
    input: { type: ScheduleSessionInput, description: 'The session (đầu vào).' },
    payload: { description: 'The session that was scheduled (kết quả).', fields: sessionField },
    events: ['session.scheduled'],
  }),
  mutation(reviseSession, {
    permission: 'session.revise',
    description: 'Revises a session (điều chỉnh buổi học).',
    input: { type: ReviseSessionInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The session as revised (kết quả).', fields: sessionField },
    events: ['session.revised'],
  }),
  mutation(cancelSession, {
    permission: 'session.cancel',
    description: 'Cancels a session: its attendance no longer counts (hủy buổi học).',
    input: { type: CancelSessionInput, description: 'Which, and why (đầu vào).' },
    payload: { description: 'The session that was cancelled (kết quả).', fields: sessionField },
    events: ['session.cancelled'],
  }),
  mutation(recordAttendance, {
    permission: 'attendance.record',
    description: 'Records who attended a session, all or none (điểm danh).',
    input: { type: RecordAttendanceInput, description: 'Who attended what (đầu vào).' },
    payload: { description: 'The attendance that was recorded (kết quả).', fields: attendanceField },
    events: ['attendance.recorded'],
  }),
  mutation(correctAttendance, {
    permission: 'attendance.correct',
    description: 'Corrects who attended how much of a session, all or none (đính chính điểm danh).',
    input: { type: CorrectAttendanceInput, description: 'Who attended what after all (đầu vào).' },
    payload: { description: 'The attendance as corrected (kết quả).', fields: attendanceField },
    events: ['attendance.corrected', 'session.attended'],
  }),
];
