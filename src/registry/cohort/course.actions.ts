// How does a cohort run with its learners? The steps and revisions that reach into enrolments.
import { In } from 'typeorm';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { refuse } from '../../graphql/errors';
import { lockRows } from '../../database/locks';
import {
  assertEndsAfterStart,
  moveTo,
  recordCohort,
  requireCohortWithin,
  updateCohort,
} from './cohort.actions';
import { Cohort, CohortStatus } from './cohort.entity';
import type {
  CancelCohortInput,
  CompleteCohortInput,
  ReviseCohortInput,
  StartCohortInput,
} from './cohort.input';
import { assertOpen } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { countParticipations } from './enrolment.actions';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';
import { setStatus } from './telling';

/**
 * Revises a cohort that has not ended. Refuses a stale version, an end before the start, days that leave a session
 * outside, fewer places than there are learners, and moving the start of one that has started.
 */
export async function reviseCohort(tx: Tx, input: ReviseCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.revise', input.cohortId);
  assertVersion(cohort, input.version);
  if (cohort.status === CohortStatus.COMPLETED || cohort.status === CohortStatus.CANCELLED) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${cohort.status}, không điều chỉnh được nữa.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; it can no longer be revised.`,
    });
  }
  const { name, periodLabel, startsOn, endsOn, capacity } = input;
  const { columns, changes } = revise<Cohort>(cohort, { name, periodLabel, startsOn, endsOn, capacity }, [
    'name',
    'startsOn',
  ]);
  if (changes.length === 0) return { cohort };
  const next = { ...cohort, ...columns };
  assertEndsAfterStart(next.startsOn, next.endsOn);
  if (columns.startsOn) await refuseNewStart(tx, cohort, columns.startsOn);
  if (columns.startsOn !== undefined || columns.endsOn !== undefined) await refuseSessionsOutside(tx, next);
  if (columns.capacity) await refuseFewerPlaces(tx, cohort, columns.capacity);
  await updateCohort(tx, cohort, columns);
  recordCohort(tx, cohort, 'cohort.revised', changes);
  return { cohort };
}

/** Starts a cohort: its accepted learners study. Nominations not decided yet can still be decided. */
export async function startCohort(tx: Tx, input: StartCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.start', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.IN_PROGRESS);
  await turn(tx, cohort, [EnrolmentStatus.ACCEPTED], EnrolmentStatus.STUDYING);
  recordCohort(tx, cohort, 'cohort.started', [change]);
  return { cohort };
}

/** Ends a cohort: who studies has not completed it until a ceremony says so, who was never accepted is declined. */
export async function completeCohort(tx: Tx, input: CompleteCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.complete', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.COMPLETED);
  await turn(tx, cohort, [EnrolmentStatus.STUDYING], EnrolmentStatus.NOT_COMPLETED);
  await turn(tx, cohort, [EnrolmentStatus.NOMINATED], EnrolmentStatus.DECLINED);
  recordCohort(tx, cohort, 'cohort.completed', [change]);
  return { cohort };
}

/** Calls a cohort off and takes its enrolments back, so that nobody counts as a learner of a class never held. */
export async function cancelCohort(tx: Tx, input: CancelCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.cancel', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.CANCELLED);
  const graduated = await tx.manager.countBy(Enrolment, {
    cohortId: cohort.id,
    status: EnrolmentStatus.COMPLETED,
  });
  if (graduated > 0) {
    refuse('CONFLICT', ['cohortId'], {
      vi: `Lớp ${cohort.code} đã có ${graduated} người tốt nghiệp. Hãy thu hồi trước khi hủy lớp.`,
      en: `The cohort ${cohort.code} has ${graduated} graduates. Revoke them before cancelling it.`,
    });
  }
  const { NOMINATED, ACCEPTED, STUDYING, WITHDRAWN } = EnrolmentStatus;
  await turn(tx, cohort, [NOMINATED, ACCEPTED, STUDYING], WITHDRAWN);
  Object.assign(cohort, { cancellationReason: input.reason });
  await tx.manager.update(Cohort, { id: cohort.id }, { cancellationReason: input.reason });
  recordCohort(tx, cohort, 'cohort.cancelled', [change]);
  return { cohort };
}

async function turn(tx: Tx, cohort: Cohort, from: EnrolmentStatus[], to: EnrolmentStatus): Promise<void> {
  await setStatus(tx, { cohortId: cohort.id, status: In(from) }, to);
}

async function refuseNewStart(tx: Tx, cohort: Cohort, startsOn: string): Promise<void> {
  if (cohort.status === CohortStatus.IN_PROGRESS) {
    refuse('ILLEGAL_TRANSITION', ['startsOn'], {
      vi: 'Lớp đã khai giảng, không đổi ngày khai giảng được.',
      en: 'The cohort has started; its first day cannot move.',
    });
  }
  await lockRows(tx.manager, Unit, [cohort.hostUnitId], 'rely');
  const host = await tx.manager.findOneByOrFail(Unit, { id: cohort.hostUnitId });
  assertOpen(host, startsOn, tx.today, ['startsOn']);
}

/** By the table's name: sessions come after enrolments, and nothing here may look down to them. */
async function refuseSessionsOutside(
  tx: Tx,
  { id, startsOn, endsOn }: Pick<Cohort, 'id' | 'startsOn' | 'endsOn'>,
): Promise<void> {
  const outside = await tx.manager
    .createQueryBuilder()
    .select('session.held_on < :startsOn', 'early')
    .from('session', 'session')
    .where('session.cohort_id = :id AND session.cancelled_at IS NULL', { id, startsOn })
    .andWhere('(session.held_on < :startsOn OR session.held_on > :endsOn)', {
      endsOn: endsOn ?? '9999-12-31',
    })
    .getRawMany<{ early: number | boolean }>();
  if (outside.length === 0) return;
  refuse('CONFLICT', [outside.some(({ early }) => early) ? 'startsOn' : 'endsOn'], {
    vi: `Có ${outside.length} buổi học nằm ngoài thời gian mới của lớp. Hãy điều chỉnh các buổi học trước.`,
    en: `${outside.length} sessions would lie outside of the cohort's days. Revise them first.`,
  });
}

async function refuseFewerPlaces(tx: Tx, cohort: Cohort, capacity: number): Promise<void> {
  const enrolled = await countParticipations(tx, cohort.id);
  if (enrolled <= capacity) return;
  refuse('CAPACITY_EXCEEDED', ['capacity'], {
    vi: `Lớp đã có ${enrolled} học viên, sĩ số không thể là ${capacity}.`,
    en: `The cohort has ${enrolled} learners; its capacity cannot be ${capacity}.`,
  });
}
