// Cohort actions: plan, open for nominations, revise, start, complete, cancel; and which state may follow which.
import { codeKey } from '../../lib/texts';
import { In } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import type { EventName } from '../../events/catalogue';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { assertCodeIsFree } from '../../graphql/codes';
import { missing, type Path, refuse, Refusals } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { LATEST } from '../../lib/dates';
import { textKey } from '../../lib/vietnamese';
import { mayName } from '../partnership/cooperation';
import { reaches, requireProgramme } from '../programme/programme.actions';
import { type Programme, ProgrammePartner } from '../programme/programme.entity';
import { PartnerRole } from '../programme/programme.enums';
import { assertOpen, lineOf, requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { requireUniversity } from '../university/university.actions';
import { Cohort, CohortStatus } from './cohort.entity';
import type {
  CancelCohortInput,
  CompleteCohortInput,
  NewCohortInput,
  OpenEnrolmentInput,
  ReviseCohortInput,
  StartCohortInput,
} from './cohort.input';
import { countParticipations } from './cohort.reads';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';
import { setStatus } from './delayed-release';
import { refuseRests } from './rests';

const NO_COHORT = missing('lớp', 'cohort');
/** The states that each state can follow; no other change of state is allowed. */
const STEPS: Record<Exclude<CohortStatus, 'PLANNED'>, readonly CohortStatus[]> = {
  [CohortStatus.ENROLLING]: [CohortStatus.PLANNED],
  [CohortStatus.IN_PROGRESS]: [CohortStatus.ENROLLING],
  [CohortStatus.COMPLETED]: [CohortStatus.IN_PROGRESS],
  [CohortStatus.CANCELLED]: [CohortStatus.PLANNED, CohortStatus.ENROLLING, CohortStatus.IN_PROGRESS],
};

/**
 * Plans a cohort. Refuses a code in use, a closed host unit, an end before the start, and a programme that units out of
 * reach lead or commission from a university that the caller does not work with.
 * @param path of the cohort in the input of the mutation.
 */
export async function planCohort(
  tx: Tx,
  input: NewCohortInput,
  path: Path = [],
): Promise<{ cohort: Cohort }> {
  const { manager } = tx;
  const { host, programme } = await requirePlaces(tx, input, path);
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
  recordCohort(tx, cohort, 'cohort.planned', [{ field: 'status', from: null, to: cohort.status }]);
  return { cohort };
}

/** The host and the programme of a cohort to plan. Everything that is wrong is refused at once. */
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
  refusals.throwIfAny();
  return { host: host!, programme: programme! };
}

/**
 * A cohort commits the university to teach. So a programme that units lead or commission is open to those units, to
 * units below them, and to callers who work with the university; a programme that no unit leads or commissions is open
 * to all.
 */
async function assertMayTake(tx: Tx, programme: Programme, hostId: string, path: Path): Promise<void> {
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
 * Revises a cohort that has not ended. Refuses a stale version, an end before the start, days that leave a session
 * outside, fewer places than there are learners, moving the start of one that has started, and another code, programme,
 * host or university of one on which certificates, commitments or an order rest.
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
  const { name, periodLabel, startsOn, endsOn, capacity, code, programmeId, hostUnitId } = input;
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
  };
  const needed = ['name', 'startsOn', 'code', 'programmeId', 'hostUnitId'] as const;
  const { columns, changes } = revise<Cohort>(cohort, asked, [...needed]);
  if (changes.length === 0) return { cohort };
  const next = { ...cohort, ...columns };
  await refuseOther(tx, cohort, columns);
  assertEndsAfterStart(next.startsOn, next.endsOn);
  if (columns.startsOn) await refuseNewStart(tx, cohort, columns.startsOn);
  if (columns.startsOn !== undefined || columns.endsOn !== undefined) await refuseSessionsOutside(tx, next);
  if (columns.capacity) await refuseFewerPlaces(tx, cohort, columns.capacity);
  const earlier = { ...cohort };
  await updateCohort(tx, cohort, columns);
  recordCohort(tx, cohort, 'cohort.revised', changes);
  // Those who follow the earlier host, university or programme learn that it is theirs no more.
  if (columns.hostUnitId || columns.programmeId || columns.universityId !== undefined)
    recordCohort(tx, earlier, 'cohort.revised', changes);
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

/** Starts a cohort: ACCEPTED becomes STUDYING. Nominations that are undecided can still be decided. */
export async function startCohort(tx: Tx, input: StartCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.start', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.IN_PROGRESS);
  await turn(tx, cohort, [EnrolmentStatus.ACCEPTED], EnrolmentStatus.STUDYING);
  recordCohort(tx, cohort, 'cohort.started', [change]);
  return { cohort };
}

/** Completes a cohort: STUDYING becomes NOT_COMPLETED until a ceremony is recorded, NOMINATED becomes DECLINED. */
export async function completeCohort(tx: Tx, input: CompleteCohortInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.complete', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.COMPLETED);
  await turn(tx, cohort, [EnrolmentStatus.STUDYING], EnrolmentStatus.NOT_COMPLETED);
  await turn(tx, cohort, [EnrolmentStatus.NOMINATED], EnrolmentStatus.DECLINED);
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
      vi: `Lớp ${cohort.code} đã có ${graduated} người tốt nghiệp. Hãy thu hồi trước khi hủy lớp.`,
      en: `The cohort ${cohort.code} has ${graduated} graduates. Revoke them before cancelling it.`,
    });
  }
  const { NOMINATED, ACCEPTED, STUDYING, WITHDRAWN } = EnrolmentStatus;
  await turn(tx, cohort, [NOMINATED, ACCEPTED, STUDYING], WITHDRAWN);
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
  if (!within) refuse('NOT_FOUND', ['cohortId'], NO_COHORT);
  return requireCohort(tx, id, ['cohortId']);
}

/** Changes the state, in memory and in the table. Refuses what the present state does not allow. */
async function moveTo(tx: Tx, cohort: Cohort, to: keyof typeof STEPS): Promise<Change> {
  const from = cohort.status;
  if (!STEPS[to].includes(from)) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${from}, không chuyển sang ${to} được.`,
      en: `The cohort ${cohort.code} is ${from}; it cannot become ${to}.`,
    });
  }
  await updateCohort(tx, cohort, { status: to });
  return { field: 'status', from, to };
}

/** Updates columns of a cohort, in memory and in the table, as its next version. */
export async function updateCohort(tx: Tx, cohort: Cohort, columns: Partial<Cohort>): Promise<void> {
  Object.assign(cohort, columns, { version: cohort.version + 1, updatedAt: tx.now });
  Object.assign(cohort, keysOf(cohort));
  await tx.manager.update(Cohort, { id: cohort.id }, cohort);
}

/** Records an event of a cohort with the ids that subscriptions filter by. */
export function recordCohort(tx: Tx, cohort: Cohort, name: EventName, changes: Change[]): void {
  tx.record({
    name,
    subjectId: cohort.id,
    cohortId: cohort.id,
    programmeId: cohort.programmeId,
    universityId: cohort.universityId,
    unitId: cohort.hostUnitId,
    changes,
  });
}

function assertEndsAfterStart(
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

async function refuseFewerPlaces(tx: Tx, cohort: Cohort, capacity: number): Promise<void> {
  const enrolled = await countParticipations(tx, cohort.id);
  if (enrolled <= capacity) return;
  refuse('CAPACITY_EXCEEDED', ['capacity'], {
    vi: `Lớp đã có ${enrolled} học viên, sĩ số không thể là ${capacity}.`,
    en: `The cohort has ${enrolled} learners; its capacity cannot be ${capacity}.`,
  });
}
