// Graduate actions: record a ceremony, correct and revoke a graduation.
import { In, IsNull } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import { assertVersion, revise } from '../../events/revision';
import { addMonths } from '../../lib/dates';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { inWords } from '../../graphql/enums';
import { dayOf } from '../../lib/dates';
import { missing, type Path, type Reason, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import type { Text } from '../../lib/locale';
import { lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { NO_COHORT, requireCohort } from '../cohort/cohort.actions';
import { Cohort, CohortStatus } from '../cohort/cohort.entity';
import { learnersNamed } from '../cohort/enrolment.actions';
import { type Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { setStatus } from '../cohort/delayed-release';
import { recordCohort } from '../cohort/recording';
import { Official } from '../official/official.entity';
import { Programme } from '../programme/programme.entity';
import { ProgrammeKind } from '../programme/programme.enums';
import { ERASED, erasedAmong } from '../official/official.actions';
import { allTopics, requireTopics, topicsAmong } from '../topic/topic.actions';
import { assertHappened, NO_UNIT, requireUnit, unitsAmong } from '../unit/unit.actions';
import { credentialKey } from './credential';
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
  const cohort = await requireAwarding(tx, input.cohortId);
  if (cohort.status !== CohortStatus.IN_PROGRESS && cohort.status !== CohortStatus.COMPLETED) {
    refuse('ILLEGAL_TRANSITION', ['cohortId'], {
      vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}; chỉ ghi nhận kết quả khi lớp đang học hoặc đã kết thúc.`,
      en: `The cohort ${cohort.code} is ${cohort.status}; only one in progress or completed has graduates.`,
    });
  }
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const enrolments = await learnersOf(tx, cohort, input.graduates);
  const topics = await topicsOf(tx, input.graduates);
  const officials = await manager.findBy(Official, {
    id: In(input.graduates.map(({ officialId }) => officialId)),
  });
  const nameOf = new Map(officials.map(({ id, fullName }) => [id, fullName]));
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
      credentialNumber: each.credentialNumber ?? null,
      credentialKey: credentialKey(each.credentialNumber),
      registerNumber: each.registerNumber ?? null,
      nameOnCredential: each.nameOnCredential ?? nameOf.get(each.officialId)!,
      issuedOn: each.issuedOn ?? null,
      classification: each.classification ?? null,
      decisionNumber: input.decisionNumber ?? null,
      decidedOn: input.decidedOn ?? null,
      ...thesisColumns(each.thesis),
      search: searchOf(each.thesis?.title, each.thesis?.localProblem),
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

/**
 * Corrects a graduation, under the same rules as recording it. Refuses a day after which a follow-up on record would have
 * come before its time.
 */
export async function correctGraduate(tx: Tx, input: CorrectGraduateInput): Promise<{ graduate: Graduate }> {
  const graduate = await requireGraduate(tx, 'graduate.correct', input.graduateId);
  if ((await erasedAmong(tx, [graduate.officialId])).size > 0) refuse('NOT_ELIGIBLE', ['graduateId'], ERASED);
  const cohort = await cohortOf(tx, graduate);
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const refusals = new Refusals();
  const words = await wordsFor(tx, cohort);
  if (input.graduatedOn) refuseDay(refusals, tx, cohort, input.graduatedOn, ['graduatedOn'], words);
  refuseIssue(refusals, tx, cohort, input.issuedOn, ['issuedOn']);
  refusals.throwIfAny();
  assertVersion(graduate, input.version);
  if (input.graduatedOn) await refuseEarlyFollowUps(tx, graduate, input.graduatedOn);
  const { graduatedOn, credentialNumber, classification, decisionNumber, decidedOn, thesis } = input;
  const { registerNumber, nameOnCredential, issuedOn } = input;
  const asked = {
    graduatedOn,
    credentialNumber,
    registerNumber,
    nameOnCredential,
    issuedOn,
    classification,
    decisionNumber,
    decidedOn,
    ...(thesis === undefined ? {} : thesisColumns(thesis)),
  };
  const { columns, changes } = revise<Graduate>(graduate, asked, ['graduatedOn']);
  const topicsChanged = thesis !== undefined && (await replaceTopics(tx, graduate, thesis));
  if (changes.length === 0 && !topicsChanged) return { graduate };
  Object.assign(graduate, columns);
  const changed = {
    ...columns,
    credentialKey: credentialKey(graduate.credentialNumber),
    search: searchOf(graduate.thesisTitle, graduate.thesisLocalProblem),
    version: graduate.version + 1,
  };
  Object.assign(graduate, changed);
  if (columns.credentialNumber) await warnOfSameNumbers(tx, cohort, [graduate], () => ['credentialNumber']);
  await tx.manager.update(Graduate, { id: graduate.id }, changed);
  // Numbers and titles may identify the official: the event names the fields and shows only the days.
  const told = changes.map((each) =>
    each.field === 'graduatedOn' || each.field === 'issuedOn' ? each : { ...each, from: null, to: null },
  );
  if (topicsChanged) told.push({ field: 'thesisTopics', from: null, to: null });
  recordGraduate(tx, cohort, graduate, 'graduate.corrected', told);
  return { graduate };
}

/** Reads the table `follow_up` by name: its folder imports this one. */
async function refuseEarlyFollowUps(tx: Tx, { id }: Graduate, graduatedOn: string): Promise<void> {
  const made = await tx.manager
    .createQueryBuilder()
    .select(['made.time AS time', 'made.recorded_on AS day'])
    .from('follow_up', 'made')
    .where('made.graduate_id = :id', { id })
    .orderBy('made.recorded_on')
    .getRawMany<{ time: string; day: string }>();
  const early = made.find(({ time, day }) => day < addMonths(graduatedOn, Number(/\d+/.exec(time)![0])));
  if (!early) return;
  refuse('CONFLICT', ['graduatedOn'], {
    vi: `Đã theo dõi người này ngày ${early.day}; tính từ ngày tốt nghiệp mới thì chưa đến hạn. Vui lòng đính chính lần theo dõi trước.`,
    en: `A follow-up was made on ${early.day}, before its time from that day on. Correct the follow-up first.`,
  });
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

/**
 * The cohort for which the caller records graduates. Refuses at `cohortId` one that is missing or out of reach, and, to
 * its host, one that a university delivers: its certificates are the university's.
 */
async function requireAwarding(tx: Tx, id: string): Promise<Cohort> {
  const scope = tx.scope('graduate.record');
  if (await isWithin(tx.manager, Cohort, id, scope.awarding('own')))
    return requireCohort(tx, id, ['cohortId']);
  if (!(await isWithin(tx.manager, Cohort, id, scope.cohorts('own'))))
    refuse('NOT_FOUND', ['cohortId'], NO_COHORT);
  const { code } = await tx.manager.findOneByOrFail(Cohort, { id });
  return refuse('NOT_FOUND', ['cohortId'], {
    vi: `Kết quả lớp ${code} do cơ sở đào tạo thực hiện lớp ghi nhận.`,
    en: `The university that delivers the cohort ${code} records who completed it.`,
  });
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
  const words = await wordsFor(tx, cohort);
  const refusals = new Refusals();
  for (const [i, { officialId, graduatedOn, issuedOn }] of inputs.entries()) {
    const fault = faultOf(i) ?? whyNoGraduate(enrolments.get(officialId)!, words);
    if (fault) refusals.add(fault[0], ['graduates', i, 'officialId'], fault[1]);
    refuseDay(refusals, tx, cohort, graduatedOn, ['graduates', i, 'graduatedOn'], words);
    refuseIssue(refusals, tx, cohort, issuedOn, ['graduates', i, 'issuedOn']);
  }
  refusals.throwIfAny();
  return enrolments;
}

/** What finishing a cohort is called: only a degree is graduated with; a refresher is completed with a certificate. */
const DEGREE: Text = { vi: 'tốt nghiệp', en: 'graduate' };
const CERTIFICATE: Text = { vi: 'hoàn thành', en: 'complete' };

async function wordsFor(tx: Tx, { programmeId }: Cohort): Promise<Text> {
  const { kind } = await tx.manager.findOneByOrFail(Programme, { id: programmeId });
  return kind === ProgrammeKind.DEGREE ? DEGREE : CERTIFICATE;
}

function whyNoGraduate({ status }: Enrolment, words: Text): Reason | null {
  if (status === STUDYING || status === NOT_COMPLETED) return null;
  if (status === COMPLETED) {
    const vi = `Người này đã được ghi nhận ${words.vi} lớp này.`;
    return ['ALREADY_EXISTS', { vi, en: `It is on record already that this official did ${words.en} it.` }];
  }
  const vi = `Lượt tham gia này đang ở trạng thái ${inWords('EnrolmentStatus', status)}, không ghi nhận ${words.vi} được.`;
  return ['NOT_ELIGIBLE', { vi, en: `This enrolment is ${status}: it cannot ${words.en}.` }];
}

function refuseDay(refusals: Refusals, tx: Tx, cohort: Cohort, day: string, path: Path, words: Text): void {
  if (day < cohort.startsOn) {
    refusals.add('INVALID', path, {
      vi: `Ngày ${words.vi} không được trước ngày khai giảng ${cohort.startsOn}.`,
      en: `Nobody can ${words.en} before the cohort started, on ${cohort.startsOn}.`,
    });
  } else if (day > tx.today) {
    refusals.add('INVALID', path, {
      vi: `Ngày ${words.vi} không được sau hôm nay, ${tx.today}.`,
      en: `Nobody can ${words.en} in the future; today is ${tx.today}.`,
    });
  }
}

/** Refuses a day of issue before the cohort started, or in the future. */
function refuseIssue(
  refusals: Refusals,
  tx: Tx,
  { startsOn }: Cohort,
  day: string | null | undefined,
  path: Path,
): void {
  if (day == null || (day >= startsOn && day <= tx.today)) return;
  refusals.add('INVALID', path, {
    vi: `Ngày cấp phải từ ngày khai giảng ${startsOn} đến hôm nay, ${tx.today}.`,
    en: `The day of issue is from the first day of the cohort, ${startsOn}, to today, ${tx.today}.`,
  });
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

function thesisColumns(thesis: ThesisInput | null | undefined) {
  return {
    thesisKind: thesis?.kind ?? null,
    thesisTitle: thesis?.title ?? null,
    thesisLocalProblem: thesis?.localProblem ?? null,
    thesisUnitId: thesis?.unitId ?? null,
  };
}

/** The words of a thesis as they are searched; null without one. */
const searchOf = (title: string | null | undefined, problem: string | null | undefined): string | null =>
  title == null ? null : searchText(title, problem);

/**
 * The graduation with this id, locked for change. Refuses one that is missing or of a cohort out of reach, and one that
 * was revoked.
 */
async function requireGraduate(tx: Tx, permission: Permission, id: string): Promise<Graduate> {
  await lockRows(tx.manager, Graduate, [id], 'change');
  const graduate = await tx.manager.findOneBy(Graduate, { id });
  const cohorts = tx.scope(permission).awarding('own');
  const isReached = graduate && (await isWithin(tx.manager, Cohort, graduate.cohortId, cohorts));
  if (!isReached)
    return refuse('NOT_FOUND', ['graduateId'], missing('lượt hoàn thành, tốt nghiệp', 'graduate'));
  if (graduate.revokedAt === null) return graduate;
  const day = dayOf(graduate.revokedAt);
  return refuse('ILLEGAL_TRANSITION', ['graduateId'], {
    vi: `Việc ghi nhận này đã được thu hồi ngày ${day}.`,
    en: `This graduation was revoked on ${day}.`,
  });
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
