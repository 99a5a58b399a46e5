// Capacity of a cohort: it is never exceeded by who takes part, and who waits moves up when places become free.
import { In, IsNull, Not } from 'typeorm';
import { inParts } from '../../database/insert-all';
import type { Tx } from '../../events/write';
import { refuse } from '../../graphql/errors';
import { type Cohort, CohortStatus } from './cohort.entity';
import { countParticipations } from './cohort.reads';
import { setStatus } from './delayed-release';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';
import { recordCohort } from './recording';

const { WAITLISTED, ACCEPTED, STUDYING } = EnrolmentStatus;

/** The status of who gets a place in a cohort now: after the start they study at once. */
export const statusOfLearners = ({ status }: Cohort): EnrolmentStatus =>
  status === CohortStatus.IN_PROGRESS ? STUDYING : ACCEPTED;

/**
 * Refuses to accept more learners than a cohort, which is locked, has places.
 * @param enrolled its participations before. @param indexes of those to accept, in the input.
 */
export function refuseOverflow(cohort: Cohort, enrolled: number, indexes: number[]): void {
  if (cohort.capacity === null || enrolled + indexes.length <= cohort.capacity) return;
  const free = Math.max(0, cohort.capacity - enrolled);
  refuse('CAPACITY_EXCEEDED', ['enrolmentIds', indexes[free]!], {
    vi: `Lớp ${cohort.code} nhận tối đa ${cohort.capacity} người, đã có ${enrolled}, chỉ còn ${free} chỗ. Người chưa có chỗ có thể vào danh sách chờ.`,
    en: `The cohort ${cohort.code} takes ${cohort.capacity} learners and has ${enrolled}: ${free} places are left. Who has none can wait for one (WAITLIST).`,
  });
}

/** Refuses a capacity below the participations there are. */
export async function refuseFewerPlaces(tx: Tx, cohort: Cohort, capacity: number): Promise<void> {
  const enrolled = await countParticipations(tx, cohort.id);
  if (enrolled <= capacity) return;
  refuse('CAPACITY_EXCEEDED', ['capacity'], {
    vi: `Lớp đã có ${enrolled} học viên, sĩ số không thể là ${capacity}.`,
    en: `The cohort has ${enrolled} learners; its capacity cannot be ${capacity}.`,
  });
}

/** Puts enrolments at the end of the waiting list of their cohort, which is locked, in the order given. */
export async function waitlist(tx: Tx, { id: cohortId }: Cohort, enrolments: Enrolment[]): Promise<void> {
  const [latest] = await tx.manager.find(Enrolment, {
    where: { cohortId, waitingNumber: Not(IsNull()) },
    order: { waitingNumber: 'DESC' },
    take: 1,
  });
  let last = latest?.waitingNumber ?? 0;
  for (const { id } of enrolments) await tx.manager.update(Enrolment, { id }, { waitingNumber: ++last });
}

/** Gives the free places of a cohort, which is locked, to those who wait, in order. An event names each of them. */
export async function moveUp(tx: Tx, cohort: Cohort): Promise<void> {
  if (cohort.status !== CohortStatus.ENROLLING && cohort.status !== CohortStatus.IN_PROGRESS) return;
  const waiting = await tx.manager.find(Enrolment, {
    where: { cohortId: cohort.id, status: WAITLISTED },
    order: { waitingNumber: 'ASC' },
  });
  let taken = await countParticipations(tx, cohort.id);
  const free = cohort.capacity === null ? waiting.length : Math.max(0, cohort.capacity - taken);
  const moved = waiting.slice(0, free).map(({ id }) => id);
  const status = statusOfLearners(cohort);
  for (const some of inParts(moved)) await setStatus(tx, { id: In(some) }, status);
  for (const id of moved) {
    const count = { field: 'enrolledCount', from: String(taken), to: String(++taken) };
    recordCohort(
      tx,
      cohort,
      'enrolment.movedUp',
      [count, { field: 'status', from: WAITLISTED, to: status }],
      id,
    );
  }
}
