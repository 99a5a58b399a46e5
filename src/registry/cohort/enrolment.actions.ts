// Enrolment actions: nominate officials for a cohort, accept, decline or put them on the waiting list, withdraw.
import { In } from 'typeorm';
import { idsWithin, isWithin } from '../../access/scope';
import { revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { inWords, isAmong } from '../../graphql/enums';
import { insertAll } from '../../database/insert-all';
import { missing, NAMED_TWICE, type Path, type Reason, Refusals, refuse } from '../../graphql/errors';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { requireCohort } from './cohort.actions';
import { Cohort, CohortStatus } from './cohort.entity';
import { countParticipations } from './cohort.reads';
import { ERASED, erasedAmong, knownAmong, NO_OFFICIAL } from '../official/official.actions';
import { inForceOn, latestOf } from '../official/post';
import { Assignment, Official } from '../official/official.entity';
import { standingsOn } from '../official/standings';
import { assertHappened } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import { EarlierNomination, Enrolment, EnrolmentStatus, participationColumns } from './enrolment.entity';
import {
  type DecideEnrolmentsInput,
  EnrolmentDecision,
  type NominateOfficialsInput,
  type RecordSendingInput,
  type WithdrawEnrolmentInput,
} from './enrolment.input';
import { setStatus } from './delayed-release';
import { moveUp, refuseOverflow, statusOfLearners, waitlist } from './capacity';
import { recordCohort } from './recording';
import { refuseBeyondSeats } from './seats.actions';

const { NOMINATED, WAITLISTED, ACCEPTED, STUDYING, DECLINED, WITHDRAWN } = EnrolmentStatus;
const NO_ENROLMENT: Text = missing('lượt tham gia', 'enrolment');

/**
 * Nominates officials for a cohort, all or none, as of a day: unit, category and rank of each are those of that day, and
 * stay. One who was declined or has withdrawn is nominated again: the same enrolment, with the nomination before kept.
 * Refuses a day after the last one for nominations, and more officials of a unit than it has seats. Warns of a day after
 * the first one of the class.
 */
export async function nominateOfficials(
  tx: Tx,
  input: NominateOfficialsInput,
): Promise<{ enrolments: Enrolment[] }> {
  assertHappened(tx, input.asOf, 'asOf');
  const cohort = await requireCohort(tx, input.cohortId, ['cohortId']);
  if (cohort.status !== CohortStatus.ENROLLING) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}; chỉ cử người vào lớp đang chiêu sinh.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; only one that is ENROLLING takes nominations.`,
    });
  }
  const day = input.asOf ?? tx.today;
  refuseTooLate(cohort, day, [input.asOf ? 'asOf' : 'cohortId']);
  warnOfFirstDay(tx, cohort, input);
  const nominees = await nomineesOf(tx, cohort, input.officialIds, day);
  await refuseBeyondSeats(
    tx,
    cohort,
    nominees.map(({ unitAtEnrolmentId }) => unitAtEnrolmentId),
  );
  const enrolments = nominees.map(({ earlier, official, ...frozen }) =>
    tx.manager.create(Enrolment, {
      id: newId(Enrolment.idPrefix),
      officialId: official.id,
      cohortId: cohort.id,
      toldStatus: NOMINATED,
      waitingNumber: null,
      createdAt: tx.now,
      ...earlier,
      ...frozen,
      decisionNumber: null,
      decidedOn: null,
      status: NOMINATED,
      updatedAt: tx.now,
    }),
  );
  await insertAll(
    tx.manager,
    Enrolment,
    enrolments.filter((_, i) => !nominees[i]!.earlier),
  );
  const again = nominees.flatMap(({ earlier }) => earlier ?? []);
  for (const earlier of again)
    await nominateAgain(
      tx,
      earlier,
      enrolments.find(({ id }) => id === earlier.id)!,
    );
  recordCohort(tx, cohort, 'enrolment.nominated', [
    { field: 'nominated', from: null, to: String(enrolments.length) },
    ...(again.length > 0 ? [{ field: 'nominatedAgain', from: null, to: String(again.length) }] : []),
  ]);
  return { enrolments };
}

/**
 * The day of the nomination counts, not that of its entry: what was sent in time may be entered later, as the rest of
 * the past, and the event and `createdAt` tell when it was.
 */
function refuseTooLate({ code, nominationsUntil }: Cohort, day: string, path: Path): void {
  if (nominationsUntil === null || day <= nominationsUntil) return;
  refuse('ILLEGAL_TRANSITION', path, {
    vi: `Lớp ${code} nhận danh sách cử người đến hết ngày ${nominationsUntil}. Vui lòng đề nghị đơn vị tổ chức gia hạn.`,
    en: `The cohort ${code} took nominations until ${nominationsUntil}. Ask the unit that hosts it for another day.`,
  });
}

/**
 * Without a day of the nomination, only a class that goes on by its dates is late: one that has ended, or whose last day
 * nobody set, is entered after the fact.
 */
function warnOfFirstDay(tx: Tx, { code, startsOn, endsOn }: Cohort, { asOf }: NominateOfficialsInput): void {
  const goesOn = endsOn !== null && tx.today <= endsOn;
  if ((asOf ?? tx.today) <= startsOn || (!asOf && !goesOn)) return;
  tx.warn({
    code: 'PAST_FIRST_DAY',
    path: [asOf ? 'asOf' : 'cohortId'],
    text: {
      vi: `Lớp ${code} khai giảng ngày ${startsOn}, trước ngày cử. Nếu người này đến học muộn hoặc được cử trước ngày đó, vui lòng xác nhận hoặc ghi đúng ngày cử (asOf).`,
      en: `The cohort ${code} began on ${startsOn}, before the day of the nomination. Confirm it, or say on which day it was made (asOf).`,
    },
  });
}

/** What is frozen of an official who is nominated, and the enrolment they have in the cohort from before. */
type Nominee = Pick<
  Enrolment,
  'unitAtEnrolmentId' | 'categoryAtEnrolment' | 'gradeAtEnrolment' | 'nominatedOn'
> & {
  official: Official;
  earlier: Enrolment | undefined;
};

/**
 * The officials of a nomination. Refuses, each at its place in the list, who is out of reach, erased, named twice, in
 * the cohort already, or without a post at a unit that existed on that day.
 */
async function nomineesOf(tx: Tx, cohort: Cohort, ids: string[], day: string): Promise<Nominee[]> {
  const { manager } = tx;
  const staff = tx.scope('enrolment.nominate').staffOn('own.id', day);
  const within = await idsWithin(manager, Official, ids, staff);
  const found = await manager.findBy(Official, { id: In([...within]) });
  const officials = new Map(found.map((each) => [each.id, each]));
  const enrolled = await manager.findBy(Enrolment, { cohortId: cohort.id, officialId: In(ids) });
  const enrolmentOf = new Map(enrolled.map((each) => [each.officialId, each]));
  const units = await unitsOn(tx, ids, day);
  const standings = await standingsOn(tx, found, day);
  const refusals = new Refusals();
  const nominees: Nominee[] = [];
  for (const [i, id] of ids.entries()) {
    const path = ['officialIds', i];
    const official = officials.get(id);
    const unitAtEnrolmentId = units.get(id);
    const earlier = enrolmentOf.get(id);
    if (!official) refusals.add('NOT_FOUND', path, NO_OFFICIAL);
    else if (official.erasedAt !== null) refusals.add('NOT_ELIGIBLE', path, ERASED);
    else if (ids.indexOf(id) !== i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    else if (earlier && !isAmong([DECLINED, WITHDRAWN], earlier.status)) {
      refusals.add('ALREADY_EXISTS', path, {
        vi: 'Cán bộ này đã có tên trong lớp này.',
        en: 'This official is in this cohort already.',
      });
    } else if (!unitAtEnrolmentId) refusals.add('NOT_ELIGIBLE', path, whyNoUnit(tx, day));
    else {
      const { category, grade } = standings.get(id)!;
      const frozen = { unitAtEnrolmentId, categoryAtEnrolment: category, gradeAtEnrolment: grade };
      nominees.push({ official, earlier, ...frozen, nominatedOn: day });
    }
  }
  refusals.throwIfAny();
  return nominees;
}

function whyNoUnit(tx: Tx, day: string): Text {
  if (day === tx.today) {
    return {
      vi: 'Cán bộ này hiện không công tác tại đơn vị nào đang hoạt động. Hãy bố trí công tác trước.',
      en: 'This official holds no post at an open unit today. Assign one first.',
    };
  }
  return {
    vi: `Ngày ${day} cán bộ này không công tác tại đơn vị nào. Hãy bổ sung quá trình công tác trước.`,
    en: `This official held no post at any unit on ${day}. Enter that post first.`,
  };
}

/** Keeps a nomination that was declined or withdrawn, and puts the new one in its place. */
async function nominateAgain(tx: Tx, earlier: Enrolment, enrolment: Enrolment): Promise<void> {
  const { manager } = tx;
  const enrolmentId = earlier.id;
  await manager.insert(EarlierNomination, {
    enrolmentId,
    place: 1 + (await manager.countBy(EarlierNomination, { enrolmentId })),
    nominatedOn: earlier.nominatedOn,
    unitId: earlier.unitAtEnrolmentId,
    category: earlier.categoryAtEnrolment,
    decisionNumber: earlier.decisionNumber,
    decidedOn: earlier.decidedOn,
    status: earlier.status,
    endedAt: earlier.updatedAt,
  });
  await setStatus(tx, { id: enrolmentId }, EnrolmentStatus.NOMINATED);
  const { unitAtEnrolmentId, categoryAtEnrolment, gradeAtEnrolment, nominatedOn } = enrolment;
  const frozen = { unitAtEnrolmentId, categoryAtEnrolment, gradeAtEnrolment, nominatedOn };
  const undecided = { decisionNumber: null, decidedOn: null };
  await manager.update(Enrolment, { id: enrolmentId }, { ...frozen, ...undecided });
}

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

/** The unit of each official on a day; officials without a post in force are left out. */
async function unitsOn(tx: Tx, officialIds: string[], day: string): Promise<Map<string, string>> {
  const posts = await tx.manager.findBy(Assignment, { officialId: In(officialIds) });
  const units = await tx.manager.findBy(Unit, { id: In(posts.map(({ unitId }) => unitId)) });
  const unitOf = new Map(units.map((unit) => [unit.id, unit]));
  const inForce = posts.filter((post) => inForceOn(post, unitOf.get(post.unitId)!, day));
  const found = new Map<string, string>();
  for (const id of officialIds) {
    const post = latestOf(inForce.filter(({ officialId }) => officialId === id));
    if (post) found.set(id, post.unitId);
  }
  return found;
}
