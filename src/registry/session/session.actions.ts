// Session and attendance actions: schedule, revise and cancel sessions; record and correct attendance.
import { In } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import { assertVersion, revise } from '../../events/revision';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { inWords } from '../../graphql/enums';
import { missing, NAMED_TWICE, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { requireCohortWithin } from '../cohort/cohort.actions';
import { learnersNamed } from '../cohort/enrolment.actions';
import { Cohort, CohortStatus } from '../cohort/cohort.entity';
import { type Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { ERASED, erasedAmong, knownAmong } from '../official/official.actions';
import { warnOfAttendance, warnOfSchedule } from './overlaps';
import { Attendance, Session } from './session.entity';
import type {
  AttendanceInput,
  CancelSessionInput,
  CorrectAttendanceInput,
  RecordAttendanceInput,
  ReviseSessionInput,
  ScheduleSessionInput,
  StayAbroadInput,
} from './session.input';

/** The states of learners in a cohort that has started. */
const LEARNING = [EnrolmentStatus.STUDYING, EnrolmentStatus.COMPLETED, EnrolmentStatus.NOT_COMPLETED];

/**
 * Schedules a session. Refuses a cancelled cohort, and days that are reversed or outside the cohort's. Warns of learners
 * with a session of another cohort on that day.
 */
export async function scheduleSession(tx: Tx, input: ScheduleSessionInput): Promise<{ session: Session }> {
  const cohort = await requireCohortWithin(tx, 'session.schedule', input.cohortId);
  assertNotCancelled(cohort, 'cohortId');
  const session = tx.manager.create(Session, {
    id: newId(Session.idPrefix),
    cohortId: cohort.id,
    heldOn: input.heldOn,
    periods: input.periods,
    place: input.place,
    ...stayColumns(input.abroad),
    cancelledAt: null,
    cancellationReason: null,
    version: 1,
    createdAt: tx.now,
  });
  assertDays(cohort, session);
  await warnOfSchedule(tx, session);
  await tx.manager.insert(Session, session);
  recordSession(tx, cohort, session, 'session.scheduled', [
    { field: 'heldOn', from: null, to: session.heldOn },
    { field: 'periods', from: null, to: String(session.periods) },
  ]);
  return { session };
}

/**
 * Revises a session. Refuses a cancelled one, an old version, days as scheduleSession does, a future day for a session
 * with recorded attendance, and fewer periods than a learner attended. Warns as scheduleSession does of a new day and of
 * more periods.
 */
export async function reviseSession(tx: Tx, input: ReviseSessionInput): Promise<{ session: Session }> {
  const { cohort, session } = await requireSession(tx, 'session.revise', input.sessionId);
  assertVersion(session, input.version);
  const { heldOn, periods, place, abroad } = input;
  const asked = { heldOn, periods, place, ...(abroad === undefined ? {} : stayColumns(abroad)) };
  const { columns, changes } = revise<Session>(session, asked, ['heldOn', 'periods', 'place']);
  if (changes.length === 0) return { session };
  Object.assign(session, columns, { version: session.version + 1 });
  assertDays(cohort, session);
  await assertFitsAttendance(tx, session);
  if (changes.some(({ field }) => field === 'heldOn' || field === 'periods'))
    await warnOfSchedule(tx, session);
  await tx.manager.update(Session, { id: session.id }, session);
  recordSession(tx, cohort, session, 'session.revised', changes);
  return { session };
}

/** Cancels a session: its attendance no longer counts. Refuses one that was cancelled before. */
export async function cancelSession(tx: Tx, input: CancelSessionInput): Promise<{ session: Session }> {
  const { cohort, session } = await requireSession(tx, 'session.cancel', input.sessionId);
  const columns = {
    cancelledAt: tx.now,
    cancellationReason: input.reason,
    version: session.version + 1,
  };
  Object.assign(session, columns);
  await tx.manager.update(Session, { id: session.id }, columns);
  recordSession(tx, cohort, session, 'session.cancelled', []);
  return { session };
}

/**
 * Records the attendance of a session, all or nothing. Refuses a future session, a cohort that has not started,
 * officials who are no learners of it, are named twice or were recorded before, and more periods than the session has.
 * Warns of who attended another cohort on that day.
 */
export async function recordAttendance(
  tx: Tx,
  input: RecordAttendanceInput,
): Promise<{ attendance: Attendance[] }> {
  const { cohort, session } = await requireSession(tx, 'attendance.record', input.sessionId);
  if (cohort.status !== CohortStatus.IN_PROGRESS && cohort.status !== CohortStatus.COMPLETED) {
    refuse('ILLEGAL_TRANSITION', ['sessionId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}; chỉ điểm danh lớp đang học hoặc đã kết thúc.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; only one in progress or completed is attended.`,
    });
  }
  if (session.heldOn > tx.today) {
    refuse('ILLEGAL_TRANSITION', ['sessionId'], {
      vi: `Buổi học diễn ra ngày ${session.heldOn}, chưa điểm danh được.`,
      en: `The session is on ${session.heldOn}; nobody has attended it yet.`,
    });
  }
  const enrolments = await learnersOf(tx, cohort, session, input.attendance);
  const attendance = input.attendance.map(({ officialId, periods }) =>
    tx.manager.create(Attendance, {
      id: newId(Attendance.idPrefix),
      sessionId: session.id,
      enrolmentId: enrolments.get(officialId)!.id,
      officialId,
      periods: periods ?? session.periods,
      recordedAt: tx.now,
    }),
  );
  await warnOfAttendance(tx, session, attendance);
  await insertAll(tx.manager, Attendance, attendance);
  recordSession(tx, cohort, session, 'attendance.recorded', [
    { field: 'recorded', from: null, to: String(attendance.length) },
  ]);
  return { attendance };
}

/**
 * Corrects the attendance of a session, all or nothing. Refuses officials without recorded attendance or named twice,
 * and more periods than the session has. Warns as recordAttendance does.
 */
export async function correctAttendance(
  tx: Tx,
  input: CorrectAttendanceInput,
): Promise<{ attendance: Attendance[] }> {
  const { manager } = tx;
  const { cohort, session } = await requireSession(tx, 'attendance.correct', input.sessionId);
  const ids = input.attendance.map(({ officialId }) => officialId);
  const known = [...(await knownAmong(tx, ids))];
  const found = await manager.findBy(Attendance, { sessionId: session.id, officialId: In(known) });
  const recorded = new Map(found.map((each) => [each.officialId, each]));
  const erased = await erasedAmong(tx, ids);
  const refusals = new Refusals();
  for (const [i, { officialId, periods }] of input.attendance.entries()) {
    const path = ['attendance', i, 'officialId'];
    if (!recorded.has(officialId)) {
      refusals.add('NOT_FOUND', path, {
        vi: 'Người này chưa được điểm danh buổi học này.',
        en: 'No attendance of this official at this session is on record.',
      });
    } else if (erased.has(officialId)) refusals.add('NOT_ELIGIBLE', path, ERASED);
    else if (ids.indexOf(officialId) !== i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    refusePeriods(refusals, session, periods, i);
  }
  refusals.throwIfAny();
  const place = placeOf(cohort);
  const corrected: Attendance[] = [];
  for (const { officialId, periods } of input.attendance) {
    const attendance = recorded.get(officialId)!;
    if (attendance.periods === periods) continue;
    await manager.update(Attendance, { id: attendance.id }, { periods });
    tx.record({
      name: 'attendance.corrected',
      subjectId: attendance.id,
      ...place,
      changes: [{ field: 'periods', from: String(attendance.periods), to: String(periods) }],
    });
    corrected.push(Object.assign(attendance, { periods }));
  }
  if (corrected.length > 0) {
    // Subscribers of the cohort learn that something was corrected, but not how much any learner attended.
    recordSession(tx, cohort, session, 'session.attended', [
      { field: 'corrected', from: null, to: String(corrected.length) },
    ]);
  }
  const attendance = ids.map((id) => recorded.get(id)!);
  await warnOfAttendance(tx, session, attendance);
  return { attendance };
}

/** The enrolments of those who attended, by official; each wrong entry is refused at its place. */
async function learnersOf(
  tx: Tx,
  cohort: Cohort,
  session: Session,
  inputs: AttendanceInput[],
): Promise<Map<string, Enrolment>> {
  const ids = inputs.map(({ officialId }) => officialId);
  const { enrolments, faultOf } = await learnersNamed(tx, cohort, ids, LEARNING);
  const earlier = await tx.manager.findBy(Attendance, { sessionId: session.id });
  const recorded = new Set(earlier.map(({ enrolmentId }) => enrolmentId));
  const refusals = new Refusals();
  for (const [i, { officialId, periods }] of inputs.entries()) {
    const path = ['attendance', i, 'officialId'];
    const fault = faultOf(i);
    if (fault) refusals.add(fault[0], path, fault[1]);
    else if (recorded.has(enrolments.get(officialId)!.id)) {
      refusals.add('ALREADY_EXISTS', path, {
        vi: 'Người này đã được điểm danh buổi học này. Nếu ghi sai, hãy đính chính (correctAttendance).',
        en: 'The attendance of this official at this session is on record. If it is wrong, correct it (correctAttendance).',
      });
    }
    refusePeriods(refusals, session, periods ?? 0, i);
  }
  refusals.throwIfAny();
  return enrolments;
}

function refusePeriods(refusals: Refusals, session: Session, periods: number, i: number): void {
  if (periods <= session.periods) return;
  refusals.add('INVALID', ['attendance', i, 'periods'], {
    vi: `Buổi học chỉ có ${session.periods} tiết.`,
    en: `The session has ${session.periods} periods only.`,
  });
}

/** A session and its cohort, locked. Refuses a session that is missing, out of reach or cancelled. */
async function requireSession(
  tx: Tx,
  permission: Permission,
  id: string,
): Promise<{ session: Session; cohort: Cohort }> {
  const { manager } = tx;
  const known = await manager.findOneBy(Session, { id });
  const cohorts = tx.scope(permission).cohorts('own');
  if (!known || !(await isWithin(manager, Cohort, known.cohortId, cohorts))) {
    refuse('NOT_FOUND', ['sessionId'], missing('buổi học', 'session'));
  }
  await lockRows(manager, Cohort, [known.cohortId], 'change');
  const cohort = await manager.findOneByOrFail(Cohort, { id: known.cohortId });
  const session = await manager.findOneByOrFail(Session, { id });
  assertNotCancelled(cohort, 'sessionId');
  if (session.cancelledAt !== null) {
    refuse('ILLEGAL_TRANSITION', ['sessionId'], {
      vi: 'Buổi học này đã bị hủy.',
      en: 'This session was called off.',
    });
  }
  return { session, cohort };
}

function assertNotCancelled(cohort: Cohort, field: string): void {
  if (cohort.status !== CohortStatus.CANCELLED) return;
  refuse('ILLEGAL_TRANSITION', [field], {
    vi: `Lớp ${cohort.code} đã bị hủy.`,
    en: `The cohort ${cohort.code} was cancelled.`,
  });
}

/** Refuses a session outside of its cohort's days, or outside of the stay abroad that it is part of. */
function assertDays({ startsOn, endsOn }: Cohort, { heldOn, abroadFrom, abroadTo }: Session): void {
  const within = (day: string) => startsOn <= day && (endsOn === null || day <= endsOn);
  const refusals = new Refusals();
  const outside = {
    vi: `Phải trong thời gian của lớp, từ ${startsOn} đến ${endsOn ?? 'khi kết thúc'}.`,
    en: `It must lie within the cohort's days, from ${startsOn} to ${endsOn ?? 'its end'}.`,
  };
  if (!within(heldOn)) refusals.add('INVALID', ['heldOn'], outside);
  if (abroadFrom !== null && abroadTo !== null) {
    if (abroadTo < abroadFrom) {
      refusals.add('INVALID', ['abroad', 'to'], {
        vi: `Ngày về không được trước ngày đi ${abroadFrom}.`,
        en: `The stay cannot end before it begins, on ${abroadFrom}.`,
      });
    } else if (heldOn < abroadFrom || heldOn > abroadTo) {
      refusals.add('INVALID', ['abroad'], {
        vi: `Buổi học ngày ${heldOn} không nằm trong thời gian ở nước ngoài.`,
        en: `The session on ${heldOn} lies outside of the stay abroad.`,
      });
    }
    if (!within(abroadFrom)) refusals.add('INVALID', ['abroad', 'from'], outside);
    else if (!within(abroadTo)) refusals.add('INVALID', ['abroad', 'to'], outside);
  }
  refusals.throwIfAny();
}

async function assertFitsAttendance(tx: Tx, session: Session): Promise<void> {
  const attended = await tx.manager.findBy(Attendance, { sessionId: session.id });
  if (attended.length === 0) return;
  if (session.heldOn > tx.today) {
    refuse('CONFLICT', ['heldOn'], {
      vi: 'Buổi học đã được điểm danh, không dời sang ngày chưa đến được.',
      en: 'Its attendance is on record; it cannot move to a day to come.',
    });
  }
  const most = Math.max(...attended.map(({ periods }) => periods));
  if (most > session.periods) {
    refuse('CONFLICT', ['periods'], {
      vi: `Đã có người tham dự ${most} tiết.`,
      en: `Somebody attended ${most} periods of it.`,
    });
  }
}

const stayColumns = (stay: StayAbroadInput | null | undefined) => ({
  country: stay?.country ?? null,
  abroadFrom: stay?.from ?? null,
  abroadTo: stay?.to ?? null,
});

function recordSession(tx: Tx, cohort: Cohort, session: Session, name: EventName, changes: Change[]): void {
  tx.record({ name, subjectId: session.id, ...placeOf(cohort), changes });
}

/** The ids of an event that subscriptions to cohorts filter by. */
function placeOf({ id, programmeId, universityId, hostUnitId }: Cohort) {
  return { cohortId: id, programmeId, universityId, unitId: hostUnitId };
}
