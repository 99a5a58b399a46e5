// Graduate actions: record a ceremony, correct and revoke a graduation.
import { In, IsNull } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import { revise } from '../../events/revision';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { missing, type Path, type Reason, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { credentialKey } from '../../lib/texts';
import { lockRows } from '../../database/locks';
import { requireCohortWithin } from '../cohort/cohort.actions';
import { Cohort, CohortStatus } from '../cohort/cohort.entity';
import { learnersNamed } from '../cohort/enrolment.actions';
import { type Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { setStatus } from '../cohort/delayed-release';
import { recordCohort } from '../cohort/recording';
import { ERASED, erasedAmong } from '../official/official.actions';
import { allTopics, requireTopics, topicsAmong } from '../topic/topic.actions';
import { assertHappened, NO_UNIT, requireUnit, unitsAmong } from '../unit/unit.actions';
import { warnOfNoAttendance, warnOfSameNumbers } from './doubts';
import { Graduate, ThesisTopic } from './graduate.entity';
import type {
  CorrectGraduateInput,
  GraduateInput,
  RecordGraduatesInput,
  RevokeGraduateInput,
  ThesisInput,
} from './graduate.input';

const { STUDYING, COMPLETED, NOT_COMPLETED } = EnrolmentStatus;

/**
 * Records a ceremony, all or nothing. Refuses a cohort that has not started and, each at its place in the list,
 * officials who are no learners of it or have graduated already, days before the start or in the future, and a decision
 * of the future. Warns of a number that the institution gave before, and of learners who attended no session.
 */
export async function recordGraduates(
  tx: Tx,
  input: RecordGraduatesInput,
): Promise<{ graduates: Graduate[] }> {
  const { manager } = tx;
  const cohort = await requireCohortWithin(tx, 'graduate.record', input.cohortId);
  if (cohort.status !== CohortStatus.IN_PROGRESS && cohort.status !== CohortStatus.COMPLETED) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${cohort.status}; chỉ lớp đang học hoặc đã kết thúc mới có tốt nghiệp.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; only one in progress or completed has graduates.`,
    });
  }
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const enrolments = await learnersOf(tx, cohort, input.graduates);
  const topics = await topicsOf(tx, input.graduates);
  const before = await manager.countBy(Graduate, { cohortId: cohort.id, revokedAt: IsNull() });
  const graduates = input.graduates.map((each) => {
    const enrolment = enrolments.get(each.officialId)!;
    return manager.create(Graduate, {
      id: newId(Graduate.idPrefix),
      enrolmentId: enrolment.id,
      cohortId: cohort.id,
      officialId: enrolment.officialId,
      unitId: enrolment.unitAtEnrolmentId,
      graduatedOn: each.graduatedOn,
      ...numberColumns(each.credentialNumber),
      classification: each.classification ?? null,
      decisionNumber: input.decisionNumber ?? null,
      decidedOn: input.decidedOn ?? null,
      ...thesisColumns(each.thesis),
      createdAt: tx.now,
      revokedAt: null,
      revocationReason: null,
    });
  });
  await warnOfSameNumbers(tx, cohort, graduates, (i) => ['graduates', i, 'credentialNumber']);
  await warnOfNoAttendance(tx, cohort, graduates);
  await insertAll(manager, Graduate, graduates);
  await insertAll(
    manager,
    ThesisTopic,
    graduates.flatMap(({ id }, i) => topics[i]!.map((topicId) => ({ graduateId: id, topicId }))),
  );
  await setStatus(tx, { id: In(graduates.map(({ enrolmentId }) => enrolmentId)) }, COMPLETED);
  for (const graduate of graduates) {
    recordGraduate(tx, cohort, graduate, 'graduate.recorded', [
      { field: 'graduatedOn', from: null, to: graduate.graduatedOn },
    ]);
  }
  recordCohort(tx, cohort, 'cohort.graduated', [
    { field: 'graduateCount', from: String(before), to: String(before + graduates.length) },
  ]);
  return { graduates };
}

/** Corrects a graduation, under the same rules as recording it. */
export async function correctGraduate(tx: Tx, input: CorrectGraduateInput): Promise<{ graduate: Graduate }> {
  const graduate = await requireGraduate(tx, 'graduate.correct', input.graduateId);
  if ((await erasedAmong(tx, [graduate.officialId])).size > 0) refuse('NOT_ELIGIBLE', ['graduateId'], ERASED);
  const cohort = await cohortOf(tx, graduate);
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const refusals = new Refusals();
  if (input.graduatedOn) refuseDay(refusals, tx, cohort, input.graduatedOn, ['graduatedOn']);
  refusals.throwIfAny();
  const { graduatedOn, credentialNumber, classification, decisionNumber, decidedOn, thesis } = input;
  const asked = {
    graduatedOn,
    credentialNumber,
    classification,
    decisionNumber,
    decidedOn,
    ...(thesis === undefined ? {} : thesisColumns(thesis)),
  };
  const { columns, changes } = revise<Graduate>(graduate, asked, ['graduatedOn']);
  const topicsChanged = thesis !== undefined && (await replaceTopics(tx, graduate, thesis));
  if (changes.length === 0 && !topicsChanged) return { graduate };
  if (changes.length > 0) {
    if (columns.credentialNumber !== undefined)
      Object.assign(columns, numberColumns(columns.credentialNumber));
    Object.assign(graduate, columns);
    if (columns.credentialNumber) await warnOfSameNumbers(tx, cohort, [graduate], () => ['credentialNumber']);
    await tx.manager.update(Graduate, { id: graduate.id }, columns);
  }
  // Numbers and titles may identify the official: the event names the fields and shows only the day.
  const told = changes.map((each) =>
    each.field === 'graduatedOn' ? each : { ...each, from: null, to: null },
  );
  if (topicsChanged) told.push({ field: 'thesisTopics', from: null, to: null });
  recordGraduate(tx, cohort, graduate, 'graduate.corrected', told);
  return { graduate };
}

/** Revokes a graduation: the enrolment becomes STUDYING again, or NOT_COMPLETED when the cohort has ended. */
export async function revokeGraduate(tx: Tx, input: RevokeGraduateInput): Promise<{ graduate: Graduate }> {
  const { manager } = tx;
  const graduate = await requireGraduate(tx, 'graduate.revoke', input.graduateId);
  const cohort = await cohortOf(tx, graduate);
  const revoked = { revokedAt: tx.now, revocationReason: input.reason ?? null };
  await manager.update(Graduate, { id: graduate.id }, revoked);
  const status = cohort.status === CohortStatus.COMPLETED ? NOT_COMPLETED : STUDYING;
  await setStatus(tx, { id: graduate.enrolmentId }, status);
  recordGraduate(tx, cohort, graduate, 'graduate.revoked', []);
  const left = await manager.countBy(Graduate, { cohortId: cohort.id, revokedAt: IsNull() });
  recordCohort(tx, cohort, 'enrolment.reopened', [
    { field: 'graduateCount', from: String(left + 1), to: String(left) },
  ]);
  return { graduate };
}

/** The cohort of a graduate, locked for changes of its enrolments. */
async function cohortOf(tx: Tx, { cohortId }: Graduate): Promise<Cohort> {
  await lockRows(tx.manager, Cohort, [cohortId], 'change');
  return tx.manager.findOneByOrFail(Cohort, { id: cohortId });
}

/** The enrolments of the graduates, by official; each wrong entry is refused at its place. */
async function learnersOf(tx: Tx, cohort: Cohort, inputs: GraduateInput[]): Promise<Map<string, Enrolment>> {
  const ids = inputs.map(({ officialId }) => officialId);
  const { enrolments, faultOf } = await learnersNamed(tx, cohort, ids);
  const refusals = new Refusals();
  for (const [i, { officialId, graduatedOn }] of inputs.entries()) {
    const fault = faultOf(i) ?? whyNoGraduate(enrolments.get(officialId)!);
    if (fault) refusals.add(fault[0], ['graduates', i, 'officialId'], fault[1]);
    refuseDay(refusals, tx, cohort, graduatedOn, ['graduates', i, 'graduatedOn']);
  }
  refusals.throwIfAny();
  return enrolments;
}

function whyNoGraduate({ status }: Enrolment): Reason | null {
  if (status === STUDYING || status === NOT_COMPLETED) return null;
  if (status === COMPLETED) {
    const vi = 'Người này đã được ghi nhận tốt nghiệp lớp này.';
    return ['ALREADY_EXISTS', { vi, en: 'This official has graduated from this cohort already.' }];
  }
  const vi = `Lượt tham gia này đang ở trạng thái ${status}, không tốt nghiệp được.`;
  return ['NOT_ELIGIBLE', { vi, en: `This enrolment is ${status}; it cannot lead to graduation.` }];
}

function refuseDay(refusals: Refusals, tx: Tx, cohort: Cohort, day: string, path: Path): void {
  if (day < cohort.startsOn) {
    refusals.add('INVALID', path, {
      vi: `Ngày tốt nghiệp không được trước ngày khai giảng ${cohort.startsOn}.`,
      en: `Nobody graduates before the cohort started, on ${cohort.startsOn}.`,
    });
  } else if (day > tx.today) {
    refusals.add('INVALID', path, {
      vi: `Ngày tốt nghiệp không được sau hôm nay, ${tx.today}.`,
      en: `Nobody graduates in the future; today is ${tx.today}.`,
    });
  }
}

/** The topics of each thesis. Refuses the first whose unit or topics do not exist. */
async function topicsOf(tx: Tx, inputs: GraduateInput[]): Promise<string[][]> {
  const theses = inputs.map(({ thesis }) => thesis);
  const units = await unitsAmong(
    tx,
    theses.flatMap((thesis) => thesis?.unitId ?? []),
  );
  const known = await topicsAmong(
    tx,
    theses.flatMap((thesis) => thesis?.topicIds ?? []),
  );
  return theses.map((thesis, i) => {
    const path = ['graduates', i, 'thesis'];
    if (thesis?.unitId && !units.has(thesis.unitId)) refuse('NOT_FOUND', [...path, 'unitId'], NO_UNIT);
    return allTopics(thesis?.topicIds, known, [...path, 'topicIds']);
  });
}

async function replaceTopics(tx: Tx, graduate: Graduate, thesis: ThesisInput | null): Promise<boolean> {
  if (thesis?.unitId) await requireUnit(tx, thesis.unitId, ['thesis', 'unitId']);
  const wanted = await requireTopics(tx, thesis?.topicIds, ['thesis', 'topicIds']);
  const current = await tx.manager.findBy(ThesisTopic, { graduateId: graduate.id });
  const same = current.length === wanted.length && current.every(({ topicId }) => wanted.includes(topicId));
  if (same) return false;
  await tx.manager.delete(ThesisTopic, { graduateId: graduate.id });
  await insertAll(
    tx.manager,
    ThesisTopic,
    wanted.map((topicId) => ({ graduateId: graduate.id, topicId })),
  );
  return true;
}

const numberColumns = (number: string | null | undefined) => ({
  credentialNumber: number ?? null,
  credentialKey: number ? credentialKey(number) : null,
});

function thesisColumns(thesis: ThesisInput | null | undefined) {
  return {
    thesisKind: thesis?.kind ?? null,
    thesisTitle: thesis?.title ?? null,
    thesisLocalProblem: thesis?.localProblem ?? null,
    thesisUnitId: thesis?.unitId ?? null,
  };
}

/**
 * The graduation with this id, locked for change. Refuses one that is missing, revoked, or of a cohort out of reach.
 */
async function requireGraduate(tx: Tx, permission: Permission, id: string): Promise<Graduate> {
  await lockRows(tx.manager, Graduate, [id], 'change');
  const graduate = await tx.manager.findOneBy(Graduate, { id, revokedAt: IsNull() });
  const cohorts = tx.scope(permission).cohorts('own');
  if (graduate && (await isWithin(tx.manager, Cohort, graduate.cohortId, cohorts))) return graduate;
  return refuse('NOT_FOUND', ['graduateId'], missing('người tốt nghiệp', 'graduate'));
}

function recordGraduate(tx: Tx, cohort: Cohort, graduate: Graduate, name: EventName, changes: Change[]) {
  tx.record({
    name,
    subjectId: graduate.id,
    cohortId: cohort.id,
    programmeId: cohort.programmeId,
    universityId: cohort.universityId,
    unitId: graduate.unitId,
    changes,
  });
}
