// Initiative actions: propose, study, apply, reject; and which state may follow which.
import { In, IsNull } from 'typeorm';
import type { Permission } from '../../access/policy';
import { idsWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { inWords, isAmong } from '../../graphql/enums';
import { insertAll } from '../../database/insert-all';
import { missing, Refusals, refuse } from '../../graphql/errors';
import { assertTransition, type Transitions } from '../../graphql/transitions';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { textKey } from '../../lib/vietnamese';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment, EnrolmentStatus, participationColumns } from '../cohort/enrolment.entity';
import { Graduate } from '../graduate/graduate.entity';
import { ERASED, erasedAmong } from '../official/official.actions';
import { Official } from '../official/official.entity';
import { isReached } from '../unit/standing';
import { assertHappened, assertOpen, requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { Initiative, InitiativeAuthor, InitiativeStatus } from './initiative.entity';
import type {
  ApplyInitiativeInput,
  ProposeInitiativeInput,
  RejectInitiativeInput,
  StudyInitiativeInput,
} from './initiative.input';

const { PROPOSED, UNDER_STUDY, APPLIED, REJECTED } = InitiativeStatus;
const { STUDYING, COMPLETED, NOT_COMPLETED } = EnrolmentStatus;

const TRANSITIONS: Transitions<InitiativeStatus> = {
  [UNDER_STUDY]: [PROPOSED],
  [APPLIED]: [UNDER_STUDY],
  [REJECTED]: [UNDER_STUDY],
};

/**
 * Proposes an initiative, as of a day. Refuses a day to come, authors who are no learners, are of several cohorts or
 * were erased, a unit that does not exist then, a thesis that is not by an author, and a title that the cohort has proposed already.
 */
export async function proposeInitiative(
  tx: Tx,
  input: ProposeInitiativeInput,
): Promise<{ initiative: Initiative }> {
  const { manager } = tx;
  const authors = await requireAuthors(tx, input.enrolmentIds);
  const { cohortId } = authors[0]!;
  await lockRows(manager, Cohort, [cohortId], 'change'); // so that the same title is not proposed twice at once
  assertHappened(tx, input.proposedOn, 'proposedOn');
  const proposedOn = input.proposedOn ?? tx.today;
  const unit = await requireOpenUnit(tx, input.unitId, proposedOn, ['unitId']);
  if (input.graduateId) await requireThesis(tx, input.graduateId, authors);
  const titleKey = textKey(input.title);
  if (await manager.existsBy(Initiative, { cohortId, titleKey })) {
    refuse('ALREADY_EXISTS', ['title'], {
      vi: 'Lớp này đã đề xuất sáng kiến có tên như vậy.',
      en: 'This cohort has proposed an initiative of that title already.',
    });
  }
  const initiative = manager.create(Initiative, {
    id: newId(Initiative.idPrefix),
    title: input.title,
    localProblem: input.localProblem,
    cohortId,
    unitId: unit.id,
    graduateId: input.graduateId ?? null,
    status: PROPOSED,
    proposedOn,
    createdAt: tx.now,
    appliedUnitId: null,
    appliedOn: null,
    result: null,
    reason: null,
    titleKey,
  });
  await manager.insert(Initiative, initiative);
  await insertAll(
    manager,
    InitiativeAuthor,
    authors.map(({ id }) => ({ initiativeId: initiative.id, enrolmentId: id })),
  );
  await recordInitiative(tx, initiative, 'initiative.proposed', {
    field: 'status',
    from: null,
    to: PROPOSED,
  });
  return { initiative };
}

/** Puts an initiative under study. Refuses any state but PROPOSED. */
export async function studyInitiative(
  tx: Tx,
  input: StudyInitiativeInput,
): Promise<{ initiative: Initiative }> {
  const initiative = await requireInitiativeWithin(tx, 'initiative.study', input.initiativeId);
  await changeStatus(tx, initiative, 'initiative.studied', { status: UNDER_STUDY });
  return { initiative };
}

/**
 * Applies an initiative from a day on. Refuses any state but UNDER_STUDY, a day to come or before the proposal, and a
 * unit that does not exist then, or is out of reach of the caller: only the unit itself can say that it applies it.
 */
export async function applyInitiative(
  tx: Tx,
  input: ApplyInitiativeInput,
): Promise<{ initiative: Initiative }> {
  const initiative = await requireInitiativeWithin(tx, 'initiative.apply', input.initiativeId);
  const unit = await requireUnitWithin(tx, 'initiative.apply', input.unitId, ['unitId']);
  assertHappened(tx, input.appliedOn, 'appliedOn');
  const appliedOn = input.appliedOn ?? tx.today;
  if (appliedOn < initiative.proposedOn) {
    refuse('INVALID', ['appliedOn'], {
      vi: `Ngày áp dụng không được trước ngày đề xuất ${initiative.proposedOn}.`,
      en: `It cannot be applied before it was proposed, on ${initiative.proposedOn}.`,
    });
  }
  assertOpen(unit, appliedOn, tx.today, ['unitId']);
  await changeStatus(tx, initiative, 'initiative.applied', {
    status: APPLIED,
    appliedUnitId: unit.id,
    appliedOn,
    result: input.result,
  });
  return { initiative };
}

/** Rejects an initiative. Refuses any state but UNDER_STUDY. */
export async function rejectInitiative(
  tx: Tx,
  input: RejectInitiativeInput,
): Promise<{ initiative: Initiative }> {
  const initiative = await requireInitiativeWithin(tx, 'initiative.reject', input.initiativeId);
  await changeStatus(tx, initiative, 'initiative.rejected', { status: REJECTED, reason: input.reason });
  return { initiative };
}

/**
 * The enrolments of the authors, each once. Refuses, at its position, each that is not of a learner of the same cohort.
 */
async function requireAuthors(tx: Tx, ids: string[]): Promise<Enrolment[]> {
  const wanted = [...new Set(ids)];
  const scope = tx.scope('initiative.propose').participations(participationColumns('own'));
  const within = await idsWithin(tx.manager, Enrolment, wanted, scope);
  const found = await tx.manager.findBy(Enrolment, { id: In([...within]) });
  const byId = new Map(found.map((each) => [each.id, each]));
  const officialIds = found.map(({ officialId }) => officialId);
  await lockRows(tx.manager, Official, officialIds, 'rely');
  const erased = await erasedAmong(tx, officialIds);
  const first = wanted.map((id) => byId.get(id)).find(Boolean);
  const refusals = new Refusals();
  for (const id of wanted) {
    const path = ['enrolmentIds', ids.indexOf(id)];
    const enrolment = byId.get(id);
    if (!enrolment) {
      refusals.add('NOT_FOUND', path, missing('lượt tham gia', 'enrolment'));
    } else if (!isAmong([STUDYING, COMPLETED, NOT_COMPLETED], enrolment.status)) {
      refusals.add('NOT_ELIGIBLE', path, {
        vi: `Lượt tham gia này đang ở trạng thái ${inWords('EnrolmentStatus', enrolment.status)}; tác giả phải là học viên đang học hoặc đã hoàn thành lớp.`,
        en: `This enrolment is ${enrolment.status}; an author is a learner or a graduate.`,
      });
    } else if (erased.has(enrolment.officialId)) {
      refusals.add('NOT_ELIGIBLE', path, ERASED);
    } else if (enrolment.cohortId !== first!.cohortId) {
      refusals.add('CONFLICT', path, {
        vi: 'Các tác giả phải cùng một lớp.',
        en: 'The authors must be of one cohort.',
      });
    }
  }
  refusals.throwIfAny();
  return wanted.map((id) => byId.get(id)!);
}

/** Refuses a graduate who is not an author, or has no thesis. */
async function requireThesis(tx: Tx, graduateId: string, authors: Enrolment[]): Promise<void> {
  const enrolmentId = In(authors.map(({ id }) => id));
  const graduate = await tx.manager.findOneBy(Graduate, {
    id: graduateId,
    enrolmentId,
    revokedAt: IsNull(),
  });
  if (!graduate) {
    refuse('NOT_FOUND', ['graduateId'], {
      vi: 'Trong các tác giả không có người này.',
      en: 'There is no such graduate among the authors.',
    });
  }
  if (graduate.thesisKind) return;
  refuse('CONFLICT', ['graduateId'], {
    vi: 'Người này không có luận văn hay đề án.',
    en: 'This graduate has no thesis on record.',
  });
}

/** The initiative with this id, locked for change. Refuses one whose unit, or its successors, are out of reach. */
async function requireInitiativeWithin(tx: Tx, permission: Permission, id: string): Promise<Initiative> {
  await lockRows(tx.manager, Initiative, [id], 'change');
  const initiative = await tx.manager.findOneBy(Initiative, { id });
  return (
    (initiative && (await isReached(tx, permission, initiative.unitId)) ? initiative : null) ??
    refuse('NOT_FOUND', ['initiativeId'], missing('sáng kiến', 'initiative'))
  );
}

/**
 * Changes the state, in memory and in the table, and records the event. Refuses what the present state does not allow.
 */
async function changeStatus(
  tx: Tx,
  initiative: Initiative,
  event: EventName,
  columns: Partial<Initiative> & { status: InitiativeStatus },
): Promise<void> {
  const { status: to } = columns;
  const from = initiative.status;
  assertTransition(TRANSITIONS, { of: 'InitiativeStatus', from, to }, ['initiativeId'], {
    vi: 'Sáng kiến',
    en: 'The initiative',
  });
  Object.assign(initiative, columns);
  await tx.manager.update(Initiative, { id: initiative.id }, columns);
  await recordInitiative(tx, initiative, event, { field: 'status', from, to });
}

/** The event has the unit whose problem it is about, not those that sent the authors, which are not public. */
async function recordInitiative(
  tx: Tx,
  initiative: Initiative,
  name: EventName,
  change: Change,
): Promise<void> {
  const cohort = await tx.manager.findOneByOrFail(Cohort, { id: initiative.cohortId });
  tx.record({
    name,
    subjectId: initiative.id,
    cohortId: cohort.id,
    programmeId: cohort.programmeId,
    universityId: cohort.universityId,
    unitId: initiative.unitId,
    changes: [change],
  });
}
