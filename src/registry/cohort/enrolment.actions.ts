// Enrolment actions: nominate officials for a cohort, decide on nominations, withdraw.
import { In } from 'typeorm';
import { idsWithin, isWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { isAmong } from '../../graphql/enums';
import { insertAll } from '../../database/insert-all';
import { missing, NAMED_TWICE, type Path, type Reason, Refusals, refuse } from '../../graphql/errors';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { recordCohort, requireCohort } from './cohort.actions';
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
  type WithdrawEnrolmentInput,
} from './enrolment.input';
import { setStatus } from './delayed-release';

const { DECLINED, WITHDRAWN } = EnrolmentStatus;
const NO_ENROLMENT: Text = missing('lượt tham gia', 'enrolment');

/**
 * Nominates officials for a cohort, all or none, as of a day: unit, category and rank of each are those of that day, and
 * stay. One who was declined or has withdrawn is nominated again: the same enrolment, with the nomination before kept.
 */
export async function nominateOfficials(
  tx: Tx,
  input: NominateOfficialsInput,
): Promise<{ enrolments: Enrolment[] }> {
  assertHappened(tx, input.asOf, 'asOf');
  const cohort = await requireCohort(tx, input.cohortId, ['cohortId']);
  if (cohort.status !== CohortStatus.ENROLLING) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${cohort.status}, không nhận cử người (cần ENROLLING).`,
      en: `The cohort ${cohort.code} is ${cohort.status}; only one that is ENROLLING takes nominations.`,
    });
  }
  const nominees = await nomineesOf(tx, cohort, input.officialIds, input.asOf ?? tx.today);
  const enrolments = nominees.map(({ earlier, official, ...frozen }) =>
    tx.manager.create(Enrolment, {
      id: newId(Enrolment.idPrefix),
      officialId: official.id,
      cohortId: cohort.id,
      toldStatus: EnrolmentStatus.NOMINATED,
      createdAt: tx.now,
      ...earlier,
      ...frozen,
      status: EnrolmentStatus.NOMINATED,
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
    status: earlier.status,
    endedAt: earlier.updatedAt,
  });
  await setStatus(tx, { id: enrolmentId }, EnrolmentStatus.NOMINATED);
  const { unitAtEnrolmentId, categoryAtEnrolment, gradeAtEnrolment, nominatedOn } = enrolment;
  const frozen = { unitAtEnrolmentId, categoryAtEnrolment, gradeAtEnrolment, nominatedOn };
  await manager.update(Enrolment, { id: enrolmentId }, frozen);
}

/**
 * Accepts or declines nominations, all or none. Refuses more learners than the capacity of the cohort. An official who
 * is accepted after the start becomes STUDYING at once.
 */
export async function decideEnrolments(
  tx: Tx,
  input: DecideEnrolmentsInput,
): Promise<{ enrolments: Enrolment[] }> {
  const { manager } = tx;
  const ids = input.enrolmentIds;
  const cohorts = await cohortsOf(tx, ids);
  const cohortsWithin = tx.scope('enrolment.decide').cohorts('cohort');
  const deciding = await manager
    .createQueryBuilder(Enrolment, 'enrolment')
    .innerJoin(Cohort, 'cohort', 'cohort.id = enrolment.cohortId')
    .where('enrolment.id IN (:...ids)', { ids })
    .andWhere(...cohortsWithin.named())
    .getMany();
  const found = new Map(deciding.map((each) => [each.id, each]));
  const refusals = new Refusals();
  for (const [i, id] of ids.entries()) {
    const path = ['enrolmentIds', i];
    const enrolment = found.get(id);
    if (!enrolment) refusals.add('NOT_FOUND', path, NO_ENROLMENT);
    else if (ids.indexOf(id) !== i) refusals.add('ALREADY_EXISTS', path, NAMED_TWICE);
    else if (enrolment.status !== EnrolmentStatus.NOMINATED) {
      refusals.add('ILLEGAL_TRANSITION', path, {
        vi: `Lượt này đang ở trạng thái ${enrolment.status}; chỉ xét lượt NOMINATED.`,
        en: `This enrolment is ${enrolment.status}; only a NOMINATED one is decided on.`,
      });
    } else refuseEnded(refusals, path, cohorts.get(enrolment.cohortId)!);
  }
  refusals.throwIfAny();
  const accepting = input.decision === EnrolmentDecision.ACCEPT;
  for (const cohort of cohorts.values()) {
    const places = ids.flatMap((id, i) => (found.get(id)!.cohortId === cohort.id ? [i] : []));
    const before = await countParticipations(tx, cohort.id);
    if (accepting) refuseOverflow(cohort, before, places);
    const status = !accepting
      ? EnrolmentStatus.DECLINED
      : cohort.status === CohortStatus.IN_PROGRESS
        ? EnrolmentStatus.STUDYING
        : EnrolmentStatus.ACCEPTED;
    for (const place of places) Object.assign(found.get(ids[place]!)!, { status, updatedAt: tx.now });
    const decided = places.map((place) => ids[place]!);
    await setStatus(tx, { id: In(decided) }, status);
    recordCohort(tx, cohort, 'enrolment.decided', [
      { field: 'enrolledCount', from: String(before), to: String(before + (accepting ? places.length : 0)) },
      { field: accepting ? 'accepted' : 'declined', from: null, to: String(places.length) },
    ]);
  }
  return { enrolments: ids.map((id) => found.get(id)!) };
}

/** Withdraws an enrolment. Refuses one that has ended, as all enrolments of an ended cohort have. */
export async function withdrawEnrolment(
  tx: Tx,
  input: WithdrawEnrolmentInput,
): Promise<{ enrolment: Enrolment }> {
  const [cohort] = (await cohortsOf(tx, [input.enrolmentId])).values();
  const within = tx.scope('enrolment.withdraw').participations(participationColumns('own'));
  const isOwn = await isWithin(tx.manager, Enrolment, input.enrolmentId, within);
  const enrolment = isOwn ? await tx.manager.findOneBy(Enrolment, { id: input.enrolmentId }) : null;
  if (!enrolment || !cohort) refuse('NOT_FOUND', ['enrolmentId'], NO_ENROLMENT);
  const { NOMINATED, ACCEPTED, STUDYING } = EnrolmentStatus;
  if (!isAmong([NOMINATED, ACCEPTED, STUDYING], enrolment.status)) {
    refuse('ILLEGAL_TRANSITION', ['enrolmentId'], {
      vi: `Lượt này đang ở trạng thái ${enrolment.status}, không rút tên được.`,
      en: `This enrolment is ${enrolment.status}; it cannot be withdrawn.`,
    });
  }
  const before = await countParticipations(tx, cohort.id);
  Object.assign(enrolment, { status: EnrolmentStatus.WITHDRAWN, updatedAt: tx.now });
  await setStatus(tx, { id: enrolment.id }, enrolment.status);
  const after = await countParticipations(tx, cohort.id);
  recordCohort(tx, cohort, 'enrolment.withdrawn', [
    { field: 'enrolledCount', from: String(before), to: String(after) },
  ]);
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
    vi: `Lớp ${cohort.code} đang ở trạng thái ${cohort.status}.`,
    en: `The cohort ${cohort.code} is ${cohort.status}.`,
  });
}

function refuseOverflow(cohort: Cohort, enrolled: number, places: number[]): void {
  if (cohort.capacity === null || enrolled + places.length <= cohort.capacity) return;
  const free = Math.max(0, cohort.capacity - enrolled);
  refuse('CAPACITY_EXCEEDED', ['enrolmentIds', places[free]!], {
    vi: `Lớp ${cohort.code} nhận tối đa ${cohort.capacity} người, đã có ${enrolled}, chỉ còn ${free} chỗ.`,
    en: `The cohort ${cohort.code} takes ${cohort.capacity} learners and has ${enrolled}: ${free} places are left.`,
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
