// Cohort actions: plan, open for nominations, start, complete, cancel; and which state may follow which.
import { codeKey } from '../../lib/texts';
import { In } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import type { Tx } from '../../events/write';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, notYours, type Path, refuse, Refusals } from '../../graphql/errors';
import { assertTransition, type Transitions } from '../../graphql/transitions';
import { newId } from '../../lib/ids';
import type { Text } from '../../lib/locale';
import { lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { LATEST } from '../../lib/dates';
import { textKey } from '../../lib/vietnamese';
import { mayName } from '../partnership/cooperation';
import { reaches, requireProgramme } from '../programme/programme.actions';
import { type Programme, ProgrammePartner } from '../programme/programme.entity';
import { PartnerRole } from '../programme/programme.enums';
import { assertHappened, lineOf, requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { Cohort, CohortStatus } from './cohort.entity';
import type {
  CancelCohortInput,
  CompleteCohortInput,
  NewCohortInput,
  OpenEnrolmentInput,
  StartCohortInput,
} from './cohort.input';
import { countParticipations } from './cohort.reads';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';
import { setStatus } from './delayed-release';
import { recordCohort } from './recording';
import { allotSeats, refuseMoreSeats, requireSeats } from './seats.actions';

export const NO_COHORT = missing('lớp', 'cohort');

const TRANSITIONS: Transitions<CohortStatus> = {
  [CohortStatus.ENROLLING]: [CohortStatus.PLANNED],
  [CohortStatus.IN_PROGRESS]: [CohortStatus.ENROLLING],
  [CohortStatus.COMPLETED]: [CohortStatus.IN_PROGRESS],
  [CohortStatus.CANCELLED]: [CohortStatus.PLANNED, CohortStatus.ENROLLING, CohortStatus.IN_PROGRESS],
};

/**
 * Plans a cohort. Refuses a code in use, a closed host unit, an end before the start, a last day for nominations after
 * the end, a decision of the future, more seats than places, and a programme that units out of reach lead or commission
 * from a university that the caller does not work with.
 * @param path of the cohort in the input of the mutation.
 */
export async function planCohort(
  tx: Tx,
  input: NewCohortInput,
  path: Path = [],
): Promise<{ cohort: Cohort }> {
  const { manager } = tx;
  const { host, programme, seats } = await requirePlaces(tx, input, path);
  const cohort = manager.create(Cohort, {
    id: newId(Cohort.idPrefix),
    code: input.code,
    name: input.name,
    programmeId: programme.id,
    hostUnitId: host.id,
    universityId: programme.universityId,
    periodLabel: input.periodLabel ?? null,
    startsOn: input.startsOn,
    endsOn: input.endsOn ?? null,
    capacity: input.capacity ?? null,
    nominationsUntil: input.nominationsUntil ?? null,
    decisionNumber: input.decisionNumber ?? null,
    decidedOn: input.decidedOn ?? null,
    status: CohortStatus.PLANNED,
    location: input.location ?? programme.location,
    cancellationReason: null,
    statusBefore: null,
    annulledAt: null,
    version: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
    ...keysOf(input),
  });
  await manager.insert(Cohort, cohort);
  await allotSeats(tx, cohort, seats, [...path, 'seats']);
  recordCohort(tx, cohort, 'cohort.planned', [{ field: 'status', from: null, to: cohort.status }]);
  return { cohort };
}

/** The host, the programme and the seats of a cohort to plan. Everything that is wrong is refused at once. */
async function requirePlaces(tx: Tx, input: NewCohortInput, path: Path) {
  const { code, programmeId, hostUnitId, startsOn } = input;
  const refusals = new Refusals();
  const host = await refusals.gather(async () => {
    await requireUnitWithin(tx, 'cohort.plan', hostUnitId, [...path, 'hostUnitId']);
    return requireOpenUnit(tx, hostUnitId, startsOn, [...path, 'hostUnitId']);
  });
  await refusals.gather(() =>
    assertCodeIsFree(tx.manager, Cohort, code, { vi: 'Mã lớp', en: 'cohort code' }, [...path, 'code']),
  );
  const programme = await refusals.gather(async () => {
    const found = await requireProgramme(tx, programmeId, [...path, 'programmeId']);
    if (host) await assertMayTake(tx, found, host.id, [...path, 'programmeId']);
    return found;
  });
  const seats = await refusals.gather(async () => {
    assertHappened(tx, input.decidedOn, ...path, 'decidedOn');
    assertNominationsBeforeEnd(input, [...path, 'nominationsUntil']);
    const given = await requireSeats(tx, input.seats, [...path, 'seats']);
    refuseMoreSeats(input.capacity ?? null, given, [...path, 'seats']);
    return given;
  });
  refusals.throwIfAny();
  return { host: host!, programme: programme!, seats: seats! };
}

/**
 * A cohort commits the university to teach. So a programme that units lead or commission is open to those units, to
 * units below them, and to callers who work with the university; a programme that no unit leads or commissions is open
 * to all.
 */
export async function assertMayTake(tx: Tx, programme: Programme, hostId: string, path: Path): Promise<void> {
  const { id: programmeId, universityId } = programme;
  if (!universityId) return;
  const partners = await tx.manager.findBy(ProgrammePartner, {
    programmeId,
    role: In([PartnerRole.LEAD, PartnerRole.COMMISSIONING]),
  });
  const owners = partners.flatMap(({ unitId }) => unitId ?? []);
  if (owners.length === 0 || (await reaches(tx, 'cohort.plan', programmeId))) return;
  if ((await lineOf(tx, hostId)).some((id) => owners.includes(id))) return;
  if (await mayName(tx, 'cohort.plan', { unitId: null, universityId })) return;
  refuse('NOT_FOUND', path, {
    vi: 'Chương trình này do đơn vị ngoài phạm vi của bạn chủ trì hoặc đặt hàng, và cơ sở đào tạo thực hiện chưa hợp tác với đơn vị của bạn (thoả thuận, đặt hàng hoặc chương trình chung).',
    en: 'Units out of your reach lead or commission this programme, and its university does not work with yours (an agreement, an order, or a programme together).',
  });
}

/** Opens a cohort for nominations. Refuses any state but PLANNED. */
export async function openEnrolment(tx: Tx, input: OpenEnrolmentInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.open', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.ENROLLING);
  recordCohort(tx, cohort, 'cohort.opened', [change]);
  return { cohort };
}

/**
 * Starts a cohort, on its first day or later: ACCEPTED becomes STUDYING. Nominations that are undecided can still be
 * decided.
 */
export async function startCohort(tx: Tx, input: StartCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.start', input.cohortId);
  if (cohort.startsOn > tx.today) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} khai giảng ngày ${cohort.startsOn}, chưa đến ngày đó. Nếu khai giảng sớm hơn, hãy điều chỉnh ngày khai giảng trước.`,
      en: `The first day of the cohort ${cohort.code} is ${cohort.startsOn}, which has not come. Revise it first if it starts earlier.`,
    });
  }
  const change = await moveTo(tx, cohort, CohortStatus.IN_PROGRESS);
  await turn(tx, cohort, [EnrolmentStatus.ACCEPTED], EnrolmentStatus.STUDYING);
  recordCohort(tx, cohort, 'cohort.started', [change]);
  return { cohort };
}

/** Completes a cohort that has learners: STUDYING becomes NOT_COMPLETED until a ceremony is recorded, NOMINATED and WAITLISTED become DECLINED. */
export async function completeCohort(tx: Tx, input: CompleteCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.complete', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.COMPLETED);
  if ((await countParticipations(tx, cohort.id)) === 0) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} không có học viên nào nên không bế giảng được. Hãy hủy lớp nếu lớp không được tổ chức.`,
      en: `The cohort ${cohort.code} has no learners, so it cannot be completed. Cancel it if it was not held.`,
    });
  }
  await turn(tx, cohort, [EnrolmentStatus.STUDYING], EnrolmentStatus.NOT_COMPLETED);
  const { NOMINATED, WAITLISTED, DECLINED } = EnrolmentStatus;
  await turn(tx, cohort, [NOMINATED, WAITLISTED], DECLINED);
  recordCohort(tx, cohort, 'cohort.completed', [change]);
  return { cohort };
}

/** Cancels a cohort and withdraws its enrolments, so that it has no learners, as it was never held. */
export async function cancelCohort(tx: Tx, input: CancelCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.cancel', input.cohortId);
  const statusBefore = cohort.status;
  const change = await moveTo(tx, cohort, CohortStatus.CANCELLED);
  const graduated = await tx.manager.countBy(Enrolment, {
    cohortId: cohort.id,
    status: EnrolmentStatus.COMPLETED,
  });
  if (graduated > 0) {
    refuse('CONFLICT', ['cohortId'], {
      vi: `Lớp ${cohort.code} đã có ${graduated} người hoàn thành, tốt nghiệp. Hãy thu hồi trước khi hủy lớp.`,
      en: `The cohort ${cohort.code} has ${graduated} graduates. Revoke them before cancelling it.`,
    });
  }
  const { NOMINATED, WAITLISTED, ACCEPTED, STUDYING, WITHDRAWN } = EnrolmentStatus;
  await turn(tx, cohort, [NOMINATED, WAITLISTED, ACCEPTED, STUDYING], WITHDRAWN);
  const columns = { cancellationReason: input.reason, statusBefore };
  Object.assign(cohort, columns);
  await tx.manager.update(Cohort, { id: cohort.id }, columns);
  recordCohort(tx, cohort, 'cohort.cancelled', [change]);
  return { cohort };
}

/** The cohort with this id, locked for changes of it or its enrolments. Refuses at `path` when there is none. */
export async function requireCohort(tx: Tx, id: string, path: Path): Promise<Cohort> {
  await lockRows(tx.manager, Cohort, [id], 'change');
  return (await tx.manager.findOneBy(Cohort, { id })) ?? refuse('NOT_FOUND', path, NO_COHORT);
}

/** The cohort with this id. Refuses at `cohortId` one that is missing or out of reach. */
export async function requireCohortWithin(tx: Tx, permission: Permission, id: string): Promise<Cohort> {
  const within = await isWithin(tx.manager, Cohort, id, tx.scope(permission).cohorts('own'));
  if (!within) refuse('NOT_FOUND', ['cohortId'], await whyNotReached(tx, id));
  return requireCohort(tx, id, ['cohortId']);
}

/** Everybody may see cohorts: one that is out of reach is not called missing. */
async function whyNotReached({ manager }: Tx, id: string): Promise<Text> {
  const cohort = await manager.findOneBy(Cohort, { id });
  if (!cohort) return NO_COHORT;
  const { code, hostUnitId } = cohort;
  const { name } = await manager.findOneByOrFail(Unit, { id: hostUnitId });
  return notYours(`lớp ${code}, do ${name} tổ chức`, `the cohort ${code}, which ${name} hosts`);
}

/** Changes the state, in memory and in the table. Refuses what the present state does not allow. */
async function moveTo(tx: Tx, cohort: Cohort, to: CohortStatus): Promise<Change> {
  const from = cohort.status;
  assertTransition(TRANSITIONS, { of: 'CohortStatus', from, to }, ['cohortId'], {
    vi: `Lớp ${cohort.code}`,
    en: `The cohort ${cohort.code}`,
  });
  await updateCohort(tx, cohort, { status: to });
  return { field: 'status', from, to };
}

/** Updates columns of a cohort, in memory and in the table, as its next version. */
export async function updateCohort(tx: Tx, cohort: Cohort, columns: Partial<Cohort>): Promise<void> {
  Object.assign(cohort, columns, { version: cohort.version + 1, updatedAt: tx.now });
  Object.assign(cohort, keysOf(cohort));
  await tx.manager.update(Cohort, { id: cohort.id }, cohort);
}

export function assertEndsAfterStart(
  startsOn: string,
  endsOn: string | null | undefined,
  path: Path = ['endsOn'],
): void {
  if (!endsOn || startsOn <= endsOn) return;
  refuse('INVALID', path, {
    vi: `Ngày bế giảng không được trước ngày khai giảng ${startsOn}.`,
    en: `It cannot end before it starts, on ${startsOn}.`,
  });
}

export function assertNominationsBeforeEnd(
  { nominationsUntil, endsOn }: Pick<NewCohortInput, 'nominationsUntil' | 'endsOn'>,
  path: Path,
): void {
  if (!nominationsUntil || !endsOn || nominationsUntil <= endsOn) return;
  refuse('INVALID', path, {
    vi: `Hạn cuối cử người (${nominationsUntil}) không được sau ngày bế giảng ${endsOn}.`,
    en: `Nominations cannot be taken until ${nominationsUntil}, after the end on ${endsOn}.`,
  });
}

/** The keys by which a cohort is found and sorted. */
function keysOf(
  cohort: Pick<Cohort, 'name' | 'code'> & { periodLabel?: string | null; endsOn?: string | null },
): Pick<Cohort, 'codeKey' | 'search' | 'nameKey' | 'endsKey'> {
  const { name, code, periodLabel, endsOn } = cohort;
  return {
    codeKey: codeKey(code),
    search: searchText(name, code, periodLabel),
    nameKey: textKey(name),
    endsKey: endsOn ?? LATEST,
  };
}

/** Each keeps the status that it had, so that the step can be taken back. */
async function turn(tx: Tx, cohort: Cohort, from: EnrolmentStatus[], to: EnrolmentStatus): Promise<void> {
  for (const status of from) await setStatus(tx, { cohortId: cohort.id, status }, to, status);
}
