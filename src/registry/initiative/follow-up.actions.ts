// Follow-up action: record whether a graduate applies the training.
import { IsNull } from 'typeorm';
import { isWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { addMonths } from '../../lib/dates';
import { missing, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { Cohort } from '../cohort/cohort.entity';
import { Graduate, participationsOfGraduates } from '../graduate/graduate.entity';
import { ERASED } from '../official/official.actions';
import { Official } from '../official/official.entity';
import { assertHappened } from '../unit/unit.actions';
import { FollowUp, FollowUpTime } from './follow-up.entity';
import type { RecordFollowUpInput } from './initiative.input';

const MONTHS: Record<FollowUpTime, number> = {
  [FollowUpTime.AFTER_3_MONTHS]: 3,
  [FollowUpTime.AFTER_6_MONTHS]: 6,
  [FollowUpTime.AFTER_12_MONTHS]: 12,
};

/**
 * Records a follow-up, as of a day. Refuses a day to come, one that is not due yet or was recorded, one that is applied without saying
 * how, and an erased official.
 */
export async function recordFollowUp(tx: Tx, input: RecordFollowUpInput): Promise<{ followUp: FollowUp }> {
  const { manager } = tx;
  const graduate = await requireGraduateWithin(tx, input.graduateId);
  const due = addMonths(graduate.graduatedOn, MONTHS[input.time]);
  assertHappened(tx, input.recordedOn, 'recordedOn');
  const recordedOn = input.recordedOn ?? tx.today;
  if (recordedOn < due) {
    refuse('INVALID', [input.recordedOn ? 'recordedOn' : 'time'], {
      vi: `Chưa đến thời điểm này: ngày ${due}.`,
      en: `It is not that time yet: it is on ${due}.`,
    });
  }
  if (input.isApplied && !input.how) {
    refuse('INVALID', ['how'], {
      vi: 'Hãy nêu đã vận dụng thế nào.',
      en: 'Say how it is applied.',
    });
  }
  if (await manager.existsBy(FollowUp, { graduateId: graduate.id, time: input.time })) {
    refuse('ALREADY_EXISTS', ['time'], {
      vi: 'Lần theo dõi này đã được ghi nhận.',
      en: 'This follow-up is on record already.',
    });
  }
  const followUp = manager.create(FollowUp, {
    id: newId(FollowUp.idPrefix),
    graduateId: graduate.id,
    officialId: graduate.officialId,
    time: input.time,
    isApplied: input.isApplied,
    how: input.how ?? null,
    recordedOn,
    createdAt: tx.now,
  });
  await manager.insert(FollowUp, followUp);
  const cohort = await manager.findOneByOrFail(Cohort, { id: graduate.cohortId });
  tx.record({
    name: 'followup.recorded',
    subjectId: followUp.id,
    cohortId: cohort.id,
    programmeId: cohort.programmeId,
    universityId: cohort.universityId,
    unitId: graduate.unitId,
    changes: [{ field: 'time', from: null, to: followUp.time }],
  });
  return { followUp };
}

/** The graduate with this id. Refuses one that is missing, revoked, out of reach, or erased. */
async function requireGraduateWithin(tx: Tx, id: string): Promise<Graduate> {
  const scope = tx.scope('followup.record').participations(participationsOfGraduates('own'));
  const within = await isWithin(tx.manager, Graduate, id, scope);
  await lockRows(tx.manager, Graduate, [id], 'change');
  const graduate = within ? await tx.manager.findOneBy(Graduate, { id, revokedAt: IsNull() }) : null;
  if (!graduate) {
    refuse('NOT_FOUND', ['graduateId'], missing('lượt hoàn thành, tốt nghiệp', 'graduate'));
  }
  await lockRows(tx.manager, Official, [graduate.officialId], 'rely');
  const official = await tx.manager.findOneByOrFail(Official, { id: graduate.officialId });
  if (official.erasedAt) refuse('NOT_ELIGIBLE', ['graduateId'], ERASED);
  return graduate;
}
