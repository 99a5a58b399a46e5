// Follow-up actions: record whether a graduate applies the training, and correct what was recorded.
import { IsNull } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { EventName } from '../../events/catalogue';
import { assertVersion, revise } from '../../events/revision';
import type { Happening, Tx } from '../../events/write';
import { addMonths } from '../../lib/dates';
import { missing, type Path, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { Cohort } from '../cohort/cohort.entity';
import { saveCorrection } from '../correction/correction.actions';
import { Graduate, participationsOfGraduates } from '../graduate/graduate.entity';
import { ERASED } from '../official/official.actions';
import { Official } from '../official/official.entity';
import { assertHappened } from '../unit/unit.actions';
import { FollowUp, FollowUpTime } from './follow-up.entity';
import type { CorrectFollowUpInput, RecordFollowUpInput } from './initiative.input';

const MONTHS: Record<FollowUpTime, number> = {
  [FollowUpTime.AFTER_3_MONTHS]: 3,
  [FollowUpTime.AFTER_6_MONTHS]: 6,
  [FollowUpTime.AFTER_12_MONTHS]: 12,
};

/**
 * Records a follow-up, as of a day. Refuses a day to come, one that is not due yet or was recorded, one that is applied
 * without saying how, and an erased official.
 */
export async function recordFollowUp(tx: Tx, input: RecordFollowUpInput): Promise<{ followUp: FollowUp }> {
  const { manager } = tx;
  const graduate = await requireGraduateWithin(tx, 'followup.record', input.graduateId, ['graduateId']);
  const recordedOn = input.recordedOn ?? tx.today;
  const answer = { time: input.time, isApplied: input.isApplied, how: input.how ?? null, recordedOn };
  await assertAnswer(tx, graduate, answer, input.recordedOn ? 'recordedOn' : 'time');
  const followUp = manager.create(FollowUp, {
    id: newId(FollowUp.idPrefix),
    graduateId: graduate.id,
    officialId: graduate.officialId,
    ...answer,
    version: 1,
    createdAt: tx.now,
  });
  await manager.insert(FollowUp, followUp);
  tx.record({
    ...(await happening(tx, graduate, 'followup.recorded')),
    subjectId: followUp.id,
    changes: [{ field: 'time', from: null, to: followUp.time }],
  });
  return { followUp };
}

/**
 * Corrects a follow-up, under the same rules as recording it. The event names the fields, and of how it is applied no
 * value.
 */
export async function correctFollowUp(tx: Tx, input: CorrectFollowUpInput): Promise<{ followUp: FollowUp }> {
  const { manager } = tx;
  const known = await manager.findOneBy(FollowUp, { id: input.followUpId });
  if (!known) refuse('NOT_FOUND', ['followUpId'], NO_FOLLOW_UP);
  const graduate = await requireGraduateWithin(tx, 'followup.correct', known.graduateId, ['followUpId']);
  const followUp = await manager.findOneByOrFail(FollowUp, { id: known.id }); // as it is under the lock
  assertVersion(followUp, input.version);
  const { time, isApplied, how, recordedOn } = input;
  const revision = revise<FollowUp>(followUp, { time, isApplied, how, recordedOn }, [
    ...(['time', 'isApplied', 'recordedOn'] as const),
  ]);
  if (revision.changes.length === 0) return { followUp };
  await assertAnswer(tx, graduate, { ...followUp, ...revision.columns }, recordedOn ? 'recordedOn' : 'time');
  const changes = revision.changes.map((each) =>
    each.field === 'how' ? { ...each, from: null, to: null } : each,
  );
  await saveCorrection(
    tx,
    FollowUp,
    followUp,
    { ...revision, changes },
    input.reason,
    await happening(tx, graduate, 'followup.corrected'),
    followUp.officialId,
  );
  return { followUp };
}

const NO_FOLLOW_UP = missing('lần theo dõi', 'follow-up');

/** Refuses an answer of a day to come or before its time, one on record already, and one applied without saying how. */
async function assertAnswer(
  tx: Tx,
  graduate: Graduate,
  answer: Pick<FollowUp, 'time' | 'isApplied' | 'how' | 'recordedOn'> & { id?: string },
  field: string,
): Promise<void> {
  const due = addMonths(graduate.graduatedOn, MONTHS[answer.time]);
  assertHappened(tx, answer.recordedOn, 'recordedOn');
  if (answer.recordedOn < due) {
    refuse('INVALID', [field], {
      vi: `Chưa đến thời điểm này: ngày ${due}.`,
      en: `It is not that time yet: it is on ${due}.`,
    });
  }
  if (answer.isApplied && !answer.how) {
    refuse('INVALID', ['how'], {
      vi: 'Hãy nêu đã vận dụng thế nào.',
      en: 'Say how it is applied.',
    });
  }
  const same = await tx.manager.findOneBy(FollowUp, { graduateId: graduate.id, time: answer.time });
  if (!same || same.id === answer.id) return;
  refuse('ALREADY_EXISTS', ['time'], {
    vi: 'Lần theo dõi này đã được ghi nhận.',
    en: 'This follow-up is on record already.',
  });
}

/** An event about a follow-up of a graduate. */
async function happening(
  { manager }: Tx,
  graduate: Graduate,
  name: EventName,
): Promise<Omit<Happening, 'subjectId'>> {
  const { id, programmeId, universityId } = await manager.findOneByOrFail(Cohort, { id: graduate.cohortId });
  return { name, cohortId: id, programmeId, universityId, unitId: graduate.unitId };
}

/** The graduate with this id. Refuses at `path` one that is missing, revoked, out of reach, or erased. */
async function requireGraduateWithin(
  tx: Tx,
  permission: Permission,
  id: string,
  path: Path,
): Promise<Graduate> {
  const scope = tx.scope(permission).participations(participationsOfGraduates('own'));
  const within = await isWithin(tx.manager, Graduate, id, scope);
  await lockRows(tx.manager, Graduate, [id], 'change');
  const graduate = within ? await tx.manager.findOneBy(Graduate, { id, revokedAt: IsNull() }) : null;
  if (!graduate) {
    const what = path[0] === 'graduateId' ? missing('lượt hoàn thành, tốt nghiệp', 'graduate') : NO_FOLLOW_UP;
    refuse('NOT_FOUND', path, what);
  }
  await lockRows(tx.manager, Official, [graduate.officialId], 'rely');
  const official = await tx.manager.findOneByOrFail(Official, { id: graduate.officialId });
  if (official.erasedAt) refuse('NOT_ELIGIBLE', path, ERASED);
  return graduate;
}
