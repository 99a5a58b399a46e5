// Enrolment actions: accept nominations, decline them or put them on the waiting list, withdraw, record decisions.
import { In } from 'typeorm';
import { idsWithin, isWithin } from '../../access/scope';
import { revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { inWords, isAmong } from '../../graphql/enums';
import { missing, NAMED_TWICE, type Path, type Reason, Refusals, refuse } from '../../graphql/errors';
import type { Text } from '../../lib/locale';
import { lockRows } from '../../database/locks';
import { Cohort, CohortStatus } from './cohort.entity';
import { countParticipations } from './cohort.reads';
import { ERASED, erasedAmong, knownAmong } from '../official/official.actions';
import { assertHappened } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { Enrolment, EnrolmentStatus, participationColumns } from './enrolment.entity';
import {
  type DecideEnrolmentsInput,
  EnrolmentDecision,
  type RecordSendingInput,
  type WithdrawEnrolmentInput,
} from './enrolment.input';
import { setStatus } from './delayed-release';
import { moveUp, refuseOverflow, statusOfLearners, waitlist } from './capacity';
import { recordCohort } from './recording';

const { NOMINATED, WAITLISTED, ACCEPTED, STUDYING, DECLINED, WITHDRAWN } = EnrolmentStatus;
const NO_ENROLMENT: Text = missing('lượt tham gia', 'enrolment');

/**
 * Decides on nominations and on those who wait, all or none. Refuses more learners than the capacity of the cohort. An
 * official who is accepted after the start becomes STUDYING at once.
 */
export async function decideEnrolments(
  tx: Tx,
  input: DecideEnrolmentsInput,
): Promise<{ enrolments: Enrolment[] }> {
  const ids = input.enrolmentIds;
  const cohorts = await cohortsOf(tx, ids);
  const found = await toDecide(tx, input, cohorts);
  for (const cohort of cohorts.values()) {
    const places = ids.flatMap((id, i) => (found.get(id)!.cohortId === cohort.id ? [i] : []));
    const decided = places.map((place) => found.get(ids[place]!)!);
    const before = await countParticipations(tx, cohort.id);
    if (input.decision === EnrolmentDecision.ACCEPT) refuseOverflow(cohort, before, places);
    const [word, status, added] = outcomeOf(cohort, input.decision);
    for (const enrolment of decided) Object.assign(enrolment, { status, updatedAt: tx.now });
    if (status === WAITLISTED) await waitlist(tx, cohort, decided);
    await setStatus(tx, { id: In(decided.map(({ id }) => id)) }, status);
    recordCohort(tx, cohort, 'enrolment.decided', [
      { field: 'enrolledCount', from: String(before), to: String(before + added * decided.length) },
      { field: word, from: null, to: String(decided.length) },
    ]);
  }
  return { enrolments: ids.map((id) => found.get(id)!) };
}

/** What a decision is called in its event, the status it leads to, and how many participations each adds. */
function outcomeOf(
  cohort: Cohort,
  decision: EnrolmentDecision,
): [word: string, status: EnrolmentStatus, added: number] {
  if (decision === EnrolmentDecision.ACCEPT) return ['accepted', statusOfLearners(cohort), 1];
  return decision === EnrolmentDecision.WAITLIST ? ['waitlisted', WAITLISTED, 0] : ['declined', DECLINED, 0];
}

/**
 * The enrolments to decide on, by id. Refuses, each at its place in the list, those that are out of reach, named twice,
 * decided already, or of a cohort that has ended.
 */
async function toDecide(
  tx: Tx,
  { enrolmentIds: ids, decision }: DecideEnrolmentsInput,
  cohorts: Map<string, Cohort>,
): Promise<Map<string, Enrolment>> {
  const within = tx.scope('enrolment.decide').cohorts('cohort');
  const deciding = await tx.manager
    .createQueryBuilder(Enrolment, 'enrolment')
    .innerJoin(Cohort, 'cohort', 'cohort.id = enrolment.cohortId')
    .where('enrolment.id IN (:...ids)', { ids })
    .andWhere(...within.named())
    .getMany();
  const found = new Map(deciding.map((each) => [each.id, each]));
  const open: EnrolmentStatus[] =
    decision === EnrolmentDecision.WAITLIST ? [NOMINATED] : [NOMINATED, WAITLISTED];
  const refusals = new Refusals();
  for (const [i, id] of ids.entries()) {
    const path = ['enrolmentIds', i];
    const enrolment = found.get(id);
    if (!enrolment) refusals.add('NOT_FOUND', path, await whyNotDecided(tx, id, cohorts));
    else if (ids.indexOf(id) !== i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    else if (!open.includes(enrolment.status)) {
      refusals.add('ILLEGAL_TRANSITION', path, {
        vi: `Lượt này đang ở trạng thái ${inWords('EnrolmentStatus', enrolment.status)}; chỉ xét lượt ${open.map((each) => inWords('EnrolmentStatus', each)).join(' hoặc ')}.`,
        en: `This enrolment is ${enrolment.status}; only one that is ${open.join(' or ')} is decided on.`,
      });
    } else refuseEnded(refusals, path, cohorts.get(enrolment.cohortId)!);
  }
  refusals.throwIfAny();
  return found;
}

/** Why an enrolment out of reach is not decided on: one that the caller may see is not called missing. */
async function whyNotDecided(tx: Tx, id: string, cohorts: Map<string, Cohort>): Promise<Text> {
  const visible = tx.scope('enrolment.read').participations(participationColumns('own'));
  const enrolment = (await isWithin(tx.manager, Enrolment, id, visible))
    ? await tx.manager.findOneBy(Enrolment, { id })
    : null;
  const cohort = enrolment && cohorts.get(enrolment.cohortId);
  if (!cohort) return NO_ENROLMENT;
  const { name } = await tx.manager.findOneByOrFail(Unit, { id: cohort.hostUnitId });
  return {
    vi: `Đơn vị tổ chức lớp (${name}) xét duyệt; bạn không có quyền này.`,
    en: `The unit that hosts the cohort (${name}) decides on it; you may not.`,
  };
}

/**
 * Records the decision that sends learners, or corrects it. Refuses a day of the future and, each at its place in the
 * list, enrolments that are out of reach, named twice, declined or withdrawn.
 */
export async function recordSending(tx: Tx, input: RecordSendingInput): Promise<{ enrolments: Enrolment[] }> {
  const { manager } = tx;
  const { enrolmentIds: ids, decisionNumber, decidedOn } = input;
  assertHappened(tx, decidedOn, 'decidedOn');
  const cohorts = await cohortsOf(tx, ids);
  const within = tx.scope('sending.record').participations(participationColumns('own'));
  const reached = await idsWithin(manager, Enrolment, ids, within);
  const found = await manager.findBy(Enrolment, { id: In([...reached]) });
  const enrolments = new Map(found.map((each) => [each.id, each]));
  const refusals = new Refusals();
  for (const [i, id] of ids.entries()) {
    const path = ['enrolmentIds', i];
    const enrolment = enrolments.get(id);
    if (!enrolment) refusals.add('NOT_FOUND', path, NO_ENROLMENT);
    else if (ids.indexOf(id) !== i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    else if (isAmong([DECLINED, WITHDRAWN], enrolment.status)) {
      refusals.add('ILLEGAL_TRANSITION', path, {
        vi: `Lượt này đang ở trạng thái ${inWords('EnrolmentStatus', enrolment.status)}, không có quyết định cử đi học.`,
        en: `This enrolment is ${enrolment.status}; no decision sends its learner.`,
      });
    }
  }
  refusals.throwIfAny();
  const decided = new Map<string, number>();
  for (const enrolment of enrolments.values()) {
    const { columns, changes } = revise<Enrolment>(enrolment, { decisionNumber, decidedOn }, []);
    if (changes.length === 0) continue;
    Object.assign(enrolment, columns, { updatedAt: tx.now });
    await manager.update(Enrolment, { id: enrolment.id }, { ...columns, updatedAt: tx.now });
    decided.set(enrolment.cohortId, 1 + (decided.get(enrolment.cohortId) ?? 0));
  }
  for (const [cohortId, total] of decided) {
    const change = { field: 'sendingDecisions', from: null, to: String(total) };
    recordCohort(tx, cohorts.get(cohortId)!, 'sending.recorded', [change]);
  }
  return { enrolments: ids.map((id) => enrolments.get(id)!) };
}

/**
 * Withdraws an enrolment; a place that becomes free goes to the first who waits. Refuses one that has ended, as all
 * enrolments of an ended cohort have.
 */
export async function withdrawEnrolment(
  tx: Tx,
  input: WithdrawEnrolmentInput,
): Promise<{ enrolment: Enrolment }> {
  const [cohort] = (await cohortsOf(tx, [input.enrolmentId])).values();
  const within = tx.scope('enrolment.withdraw').participations(participationColumns('own'));
  const isOwn = await isWithin(tx.manager, Enrolment, input.enrolmentId, within);
  const enrolment = isOwn ? await tx.manager.findOneBy(Enrolment, { id: input.enrolmentId }) : null;
  if (!enrolment || !cohort) refuse('NOT_FOUND', ['enrolmentId'], NO_ENROLMENT);
  if (!isAmong([NOMINATED, WAITLISTED, ACCEPTED, STUDYING], enrolment.status)) {
    refuse('ILLEGAL_TRANSITION', ['enrolmentId'], {
      vi: `Lượt này đang ở trạng thái ${inWords('EnrolmentStatus', enrolment.status)}, không rút tên được.`,
      en: `This enrolment is ${enrolment.status}; it cannot be withdrawn.`,
    });
  }
  const before = await countParticipations(tx, cohort.id);
  Object.assign(enrolment, { status: WITHDRAWN, updatedAt: tx.now });
  await setStatus(tx, { id: enrolment.id }, enrolment.status);
  const after = await countParticipations(tx, cohort.id);
  recordCohort(tx, cohort, 'enrolment.withdrawn', [
    { field: 'enrolledCount', from: String(before), to: String(after) },
  ]);
  if (after < before) await moveUp(tx, cohort);
  return { enrolment };
}

/**
 * The enrolments in a cohort of the officials that a list names, by official, and why an entry of it is refused: one
 * who is no learner of the cohort or unknown to the caller, who was erased, or who is named twice.
 * @param statuses of those who count as learners; any when left out.
 */
export async function learnersNamed(tx: Tx, cohort: Cohort, ids: string[], statuses?: EnrolmentStatus[]) {
  const found = await tx.manager.findBy(Enrolment, {
    cohortId: cohort.id,
    officialId: In([...(await knownAmong(tx, ids))]),
    ...(statuses && { status: In(statuses) }),
  });
  const enrolments = new Map(found.map((enrolment) => [enrolment.officialId, enrolment]));
  const erased = await erasedAmong(tx, ids);
  const faultOf = (i: number): Reason | null => {
    const id = ids[i]!;
    if (erased.has(id) && enrolments.has(id)) return ['NOT_ELIGIBLE', ERASED];
    if (enrolments.has(id)) return ids.indexOf(id) === i ? null : ['ALREADY_EXISTS', NAMED_TWICE];
    const vi = `Người này không phải học viên lớp ${cohort.code}.`;
    return ['NOT_ENROLLED', { vi, en: `This official is no learner of the cohort ${cohort.code}.` }];
  };
  return { enrolments, faultOf };
}

function refuseEnded(refusals: Refusals, path: Path, cohort: Cohort): void {
  if (cohort.status === CohortStatus.ENROLLING || cohort.status === CohortStatus.IN_PROGRESS) return;
  refusals.add('ILLEGAL_TRANSITION', path, {
    vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}.`,
    en: `The cohort ${cohort.code} is ${cohort.status}.`,
  });
}

/** The cohorts of these enrolments, locked; the enrolments must be read again afterwards. */
async function cohortsOf(tx: Tx, enrolmentIds: string[]): Promise<Map<string, Cohort>> {
  const enrolments = await tx.manager.findBy(Enrolment, { id: In(enrolmentIds) });
  const ids = [...new Set(enrolments.map(({ cohortId }) => cohortId))];
  await lockRows(tx.manager, Cohort, ids, 'change');
  const cohorts = await tx.manager.findBy(Cohort, { id: In(ids) });
  return new Map(cohorts.map((cohort) => [cohort.id, cohort]));
}
