// How does a cohort come about, and which step may follow which? What its learners feel is in enrolment.
import { In } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { missing, type Path, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { textKey } from '../../lib/vietnamese';
import { mayName } from '../partnership/cooperation';
import { reaches, requireProgramme } from '../programme/programme.actions';
import { type Programme, ProgrammePartner } from '../programme/programme.entity';
import { PartnerRole } from '../programme/programme.enums';
import { lineOf, requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { Cohort, CohortStatus } from './cohort.entity';
import type { NewCohortInput, OpenEnrolmentInput } from './cohort.input';

const NO_COHORT = missing('lớp', 'cohort');
/** From which states each step leads on; there is no other way to change a state. */
const STEPS: Record<Exclude<CohortStatus, 'PLANNED'>, readonly CohortStatus[]> = {
  [CohortStatus.ENROLLING]: [CohortStatus.PLANNED],
  [CohortStatus.IN_PROGRESS]: [CohortStatus.ENROLLING],
  [CohortStatus.COMPLETED]: [CohortStatus.IN_PROGRESS],
  [CohortStatus.CANCELLED]: [CohortStatus.PLANNED, CohortStatus.ENROLLING, CohortStatus.IN_PROGRESS],
};

/**
 * Plans a cohort. Refuses a code in use, a closed host unit, an end before the start, and a programme that units
 * elsewhere have from a university that the caller does not work with.
 * @param path where the cohort stands in the input of the mutation.
 */
export async function planCohort(
  tx: Tx,
  input: NewCohortInput,
  path: Path = [],
): Promise<{ cohort: Cohort }> {
  const { manager } = tx;
  await requireUnitWithin(tx, 'cohort.plan', input.hostUnitId, [...path, 'hostUnitId']);
  if (await manager.existsBy(Cohort, { code: input.code })) {
    refuse('ALREADY_EXISTS', [...path, 'code'], {
      vi: `Mã lớp ${input.code} đã tồn tại.`,
      en: `The cohort code ${input.code} exists already.`,
    });
  }
  const programme = await requireProgramme(tx, input.programmeId, [...path, 'programmeId']);
  const host = await requireOpenUnit(tx, input.hostUnitId, input.startsOn, [...path, 'hostUnitId']);
  assertEndsAfterStart(input.startsOn, input.endsOn, [...path, 'endsOn']);
  await assertMayTake(tx, programme, host.id, [...path, 'programmeId']);
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
    version: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
    ...keysOf(input),
  });
  await manager.insert(Cohort, cohort);
  recordCohort(tx, cohort, 'cohort.planned', [{ field: 'status', from: null, to: cohort.status }]);
  return { cohort };
}

/**
 * The university gets a class to teach, and its name stands on it. So a programme that units lead or commission is for
 * them, for those below them, and for those who work with the university; one that no unit leads or commissions is for
 * everybody.
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

/** Takes nominations from now on. Refuses any state but PLANNED. */
export async function openEnrolment(tx: Tx, input: OpenEnrolmentInput): Promise<{ cohort: Cohort }> {
  const cohort = await requireCohortWithin(tx, 'cohort.open', input.cohortId);
  const change = await moveTo(tx, cohort, CohortStatus.ENROLLING);
  recordCohort(tx, cohort, 'cohort.opened', [change]);
  return { cohort };
}

/** The cohort with this id, to change it or its enrolments. Refuses at `path` when there is none. */
export async function requireCohort(tx: Tx, id: string, path: Path): Promise<Cohort> {
  await lockRows(tx.manager, Cohort, [id], 'change');
  return (await tx.manager.findOneBy(Cohort, { id })) ?? refuse('NOT_FOUND', path, NO_COHORT);
}

/** The cohort with this id. Refuses at `cohortId` one that is not there or out of reach. */
export async function requireCohortWithin(tx: Tx, permission: Permission, id: string): Promise<Cohort> {
  const within = await isWithin(tx.manager, Cohort, id, tx.scope(permission).cohorts('own'));
  if (!within) refuse('NOT_FOUND', ['cohortId'], NO_COHORT);
  return requireCohort(tx, id, ['cohortId']);
}

/** Takes a step, in place and in the table. Refuses one that the present state does not allow. */
export async function moveTo(tx: Tx, cohort: Cohort, to: keyof typeof STEPS): Promise<Change> {
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

/** Writes columns of a cohort, in place and in the table, as its next version. */
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

function keysOf(cohort: Pick<Cohort, 'name' | 'code'> & { periodLabel?: string | null }) {
  return { search: searchText(cohort.name, cohort.code, cohort.periodLabel), nameKey: textKey(cohort.name) };
}
