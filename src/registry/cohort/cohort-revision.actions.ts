// Revising a cohort: which of its facts may still change, and which other records keep them as they are.
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { assertCodeIsFree } from '../../graphql/codes';
import { inWords } from '../../graphql/enums';
import { missing, refuse } from '../../graphql/errors';
import { lockRows } from '../../database/locks';
import { LATEST } from '../../lib/dates';
import { codeKey } from '../../lib/texts';
import { mayName } from '../partnership/cooperation';
import { requireProgramme } from '../programme/programme.actions';
import { assertHappened, assertOpen, requireUnitWithin } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { requireUniversity } from '../university/university.actions';
import { Cohort, CohortStatus } from './cohort.entity';
import type { ReviseCohortInput } from './cohort.input';
import { moveUp, refuseFewerPlaces } from './capacity';
import { recordCohort } from './recording';
import { refuseRests } from './rests';
import { allotSeats, refuseMoreSeats, requireSeats, seatsOf } from './seats.actions';
import {
  assertEndsAfterStart,
  assertMayTake,
  assertNominationsBeforeEnd,
  requireCohortWithin,
  updateCohort,
} from './cohort.actions';

/**
 * Revises a cohort that has not ended. Refuses a stale version, an end before the start, days that leave a session
 * outside, fewer places than there are learners or seats, fewer seats for a unit than it has sent learners, a last day
 * for nominations after the end, a decision of the future, moving the start of one that has started, and another code,
 * programme, host or university of one on which certificates, commitments or an order rest. Those who wait move up to
 * new places.
 */
export async function reviseCohort(tx: Tx, input: ReviseCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.revise', input.cohortId);
  assertVersion(cohort, input.version);
  if (cohort.status === CohortStatus.COMPLETED || cohort.status === CohortStatus.CANCELLED) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}, không điều chỉnh được nữa.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; it can no longer be revised.`,
    });
  }
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const { name, periodLabel, startsOn, endsOn, capacity, code, programmeId, hostUnitId } = input;
  const { nominationsUntil, decisionNumber, decidedOn } = input;
  const universityId = await universityFor(tx, cohort, input);
  const asked = {
    name,
    periodLabel,
    startsOn,
    endsOn,
    capacity,
    code,
    programmeId,
    hostUnitId,
    universityId,
    nominationsUntil,
    decisionNumber,
    decidedOn,
    seats: input.seats === undefined ? undefined : await requireSeats(tx, input.seats, ['seats']),
  };
  const needed = ['name', 'startsOn', 'code', 'programmeId', 'hostUnitId'] as const;
  const current = { ...cohort, seats: await seatsOf(tx, cohort.id) };
  const { columns: revised, changes: all } = revise<typeof current>(current, asked, [...needed]);
  if (all.length === 0) return { cohort };
  const { seats, ...columns } = revised;
  const next = { ...current, ...revised };
  // Cohort events are public; which unit sends how many is not.
  const changes = all.map((each) => (each.field === 'seats' ? { ...each, from: null, to: null } : each));
  await refuseOther(tx, cohort, columns);
  assertEndsAfterStart(next.startsOn, next.endsOn);
  assertNominationsBeforeEnd(next, [columns.nominationsUntil ? 'nominationsUntil' : 'endsOn']);
  if (columns.startsOn) await refuseNewStart(tx, cohort, columns.startsOn);
  if (columns.startsOn !== undefined || columns.endsOn !== undefined) await refuseSessionsOutside(tx, next);
  if (columns.capacity) await refuseFewerPlaces(tx, cohort, columns.capacity);
  refuseMoreSeats(next.capacity, next.seats, [columns.capacity ? 'capacity' : 'seats']);
  if (seats) await allotSeats(tx, cohort, seats, ['seats']);
  const earlier = { ...cohort };
  await updateCohort(tx, cohort, columns);
  recordCohort(tx, cohort, 'cohort.revised', changes);
  // Those who follow the earlier host, university or programme learn that it is theirs no more.
  if (columns.hostUnitId || columns.programmeId || columns.universityId !== undefined)
    recordCohort(tx, earlier, 'cohort.revised', changes);
  if (columns.capacity !== undefined) await moveUp(tx, cohort);
  return { cohort };
}

/** The university of a revision: the one asked for, or that of a new programme; undefined where it stays. */
async function universityFor(
  tx: Tx,
  cohort: Cohort,
  { programmeId, universityId }: ReviseCohortInput,
): Promise<string | null | undefined> {
  if (universityId && universityId !== cohort.universityId) {
    const university = await requireUniversity(tx, universityId, ['universityId']);
    if (await mayName(tx, 'cohort.revise', { unitId: null, universityId: university.id }))
      return university.id;
    refuse('NOT_FOUND', ['universityId'], missing('cơ sở đào tạo', 'university'));
  }
  if (universityId !== undefined || !programmeId || programmeId === cohort.programmeId) return universityId;
  return (await requireProgramme(tx, programmeId, ['programmeId'])).universityId;
}

/** Refuses another code, programme, host or university where it cannot be, or where other records rest on it. */
async function refuseOther(tx: Tx, cohort: Cohort, columns: Partial<Cohort>): Promise<void> {
  const { code, programmeId, hostUnitId, universityId } = columns;
  if (code && codeKey(code) !== cohort.codeKey)
    await assertCodeIsFree(tx.manager, Cohort, code, { vi: 'Mã lớp', en: 'cohort code' });
  if (code || programmeId || hostUnitId || universityId !== undefined)
    await refuseRests(tx, cohort, ['graduates']);
  if (programmeId || hostUnitId || universityId !== undefined) await refuseRests(tx, cohort, ['order']);
  if (hostUnitId) {
    const host = await requireUnitWithin(tx, 'cohort.revise', hostUnitId, ['hostUnitId']);
    assertOpen(host, columns.startsOn ?? cohort.startsOn, tx.today, ['hostUnitId']);
  }
  if (!programmeId) return;
  await refuseRests(tx, cohort, ['commitments']);
  const programme = await requireProgramme(tx, programmeId, ['programmeId']);
  await assertMayTake(tx, programme, hostUnitId ?? cohort.hostUnitId, ['programmeId']);
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

/** Reads the table `session` by name: the session folder imports this one. */
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
      endsOn: endsOn ?? LATEST,
    })
    .getRawMany<{ early: number | boolean }>();
  if (outside.length === 0) return;
  refuse('CONFLICT', [outside.some(({ early }) => early) ? 'startsOn' : 'endsOn'], {
    vi: `Có ${outside.length} buổi học nằm ngoài thời gian mới của lớp. Hãy điều chỉnh các buổi học trước.`,
    en: `${outside.length} sessions would lie outside of the cohort's days. Revise them first.`,
  });
}
