// Cohort actions that put a slip right: take the last step back, and annul a cohort that never was.
import { In, IsNull, Not } from 'typeorm';
import type { Permission } from '../../access/policy';
import type { Tx } from '../../events/write';
import { refuse } from '../../graphql/errors';
import { keepReason } from '../correction/correction.actions';
import { requireCohortWithin, updateCohort } from './cohort.actions';
import { type Cohort, CohortStatus } from './cohort.entity';
import type { AnnulCohortInput, ReopenCohortInput } from './cohort.input';
import { setStatus } from './delayed-release';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';
import { recordCohort } from './recording';
import { refuseRests, type Resting } from './rests';

const { PLANNED, ENROLLING, IN_PROGRESS, COMPLETED, CANCELLED } = CohortStatus;

/** With the end of the id it stays within the length of a code. */
const LONGEST_CODE = 53;

/** The permission of each last step: whoever may make it may take it back. */
const STEP: Record<Exclude<CohortStatus, 'PLANNED'>, Permission> = {
  [ENROLLING]: 'cohort.open',
  [IN_PROGRESS]: 'cohort.start',
  [COMPLETED]: 'cohort.complete',
  [CANCELLED]: 'cohort.cancel',
};

/** The records that rest on each last step. */
const RESTS: Record<keyof typeof STEP, readonly Resting[]> = {
  [ENROLLING]: ['nominations'],
  [IN_PROGRESS]: ['graduates', 'attendance'],
  [COMPLETED]: ['acceptedOrder'],
  [CANCELLED]: [],
};

/**
 * Takes the last step of a cohort back, with what it did to enrolments. Refuses one that is only planned, and a step on
 * which other records rest: nominations, attendance, graduates, or an order that was accepted.
 */
export async function reopenCohort(tx: Tx, input: ReopenCohortInput): Promise<{ cohort: Cohort }> {
  const found = await requireCohortWithin(tx, 'cohort.reopen', input.cohortId);
  if (found.status === PLANNED) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${found.code} mới dự kiến, chưa có bước nào để lùi lại.`,
      en: `The cohort ${found.code} is only planned; there is no step to take back.`,
    });
  }
  const from = found.status;
  const cohort = await requireCohortWithin(tx, STEP[from], input.cohortId);
  const to = stepBefore(cohort);
  await refuseRests(tx, cohort, RESTS[from]);
  await returnEnrolments(tx, cohort);
  await updateCohort(tx, cohort, {
    status: to,
    statusBefore: null,
    ...(from === CANCELLED && { cancellationReason: null, annulledAt: null }),
  });
  await keepReason(tx, { id: cohort.id, officialId: null }, 'cohort.reopened', input.reason);
  recordCohort(tx, cohort, 'cohort.reopened', [{ field: 'status', from, to }]);
  return { cohort };
}

/**
 * Annuls a cohort that never was: it has no learners, no list or figure has it, and its code is free again. Refuses one on which other records
 * rest: graduates, commitments, attendance, or an order that was accepted.
 */
export async function annulCohort(tx: Tx, input: AnnulCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.annul', input.cohortId);
  if (cohort.annulledAt !== null) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đã được hủy bỏ.`,
      en: `The cohort ${cohort.code} was annulled already.`,
    });
  }
  await refuseRests(tx, cohort, ['graduates', 'commitments', 'attendance', 'acceptedOrder']);
  const { status: from, statusBefore } = cohort;
  const code = `${cohort.code.slice(0, LONGEST_CODE)}.${cohort.id.slice(-6)}`;
  if (from !== CANCELLED) {
    const { NOMINATED, WAITLISTED, ACCEPTED, STUDYING, NOT_COMPLETED, WITHDRAWN } = EnrolmentStatus;
    for (const status of [NOMINATED, WAITLISTED, ACCEPTED, STUDYING, NOT_COMPLETED])
      await setStatus(tx, { cohortId: cohort.id, status }, WITHDRAWN, status);
  }
  const changes = [
    { field: 'status', from, to: CANCELLED },
    { field: 'code', from: cohort.code, to: code },
  ];
  await updateCohort(tx, cohort, {
    status: CANCELLED,
    statusBefore: from === CANCELLED ? statusBefore : from,
    cancellationReason: input.reason,
    annulledAt: tx.now,
    code,
  });
  await keepReason(tx, { id: cohort.id, officialId: null }, 'cohort.annulled', input.reason);
  recordCohort(tx, cohort, 'cohort.annulled', changes);
  return { cohort };
}

/** The state before the last step. A cancelled cohort has kept it; one cancelled before that was kept cannot go back. */
function stepBefore({ code, status, statusBefore }: Cohort): CohortStatus {
  if (status === COMPLETED) return IN_PROGRESS;
  if (status === IN_PROGRESS) return ENROLLING;
  if (status === ENROLLING) return PLANNED;
  if (statusBefore !== null) return statusBefore;
  return refuse('ILLEGAL_TRANSITION', ['cohortId'], {
    vi: `Không còn ghi trạng thái của lớp ${code} trước khi hủy. Vui lòng lập lớp mới.`,
    en: `What the cohort ${code} was before it was cancelled is not on record. Plan another one.`,
  });
}

/** Gives the enrolments the status that they had before the last step of their cohort. */
async function returnEnrolments(tx: Tx, cohort: Cohort): Promise<void> {
  const { id: cohortId, status } = cohort;
  const turned = await tx.manager.findBy(Enrolment, { cohortId, statusBefore: Not(IsNull()) });
  for (const before of new Set(turned.map(({ statusBefore }) => statusBefore!))) {
    const ids = turned.filter(({ statusBefore }) => statusBefore === before).map(({ id }) => id);
    await setStatus(tx, { id: In(ids) }, before);
  }
  // Those who joined since the step, and whose earlier status is not on record.
  const { NOT_COMPLETED, STUDYING, ACCEPTED } = EnrolmentStatus;
  const rest = Not(In(turned.map(({ id }) => id)));
  if (status === COMPLETED) await setStatus(tx, { id: rest, cohortId, status: NOT_COMPLETED }, STUDYING);
  if (status === IN_PROGRESS) await setStatus(tx, { id: rest, cohortId, status: STUDYING }, ACCEPTED);
}
