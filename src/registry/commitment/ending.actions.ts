// Commitment actions that put a slip right and that end what is owed: correct, discharge, repay, and take either back.
import { isWithin } from '../../access/scope';
import type { Permission } from '../../access/policy';
import { assertVersion, revise } from '../../events/revision';
import type { EventName } from '../../events/catalogue';
import type { Change } from '../../events/event.entity';
import type { Tx } from '../../events/write';
import { lockRows } from '../../database/locks';
import { missing, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import type { Text } from '../../lib/locale';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { keepReason } from '../correction/correction.actions';
import { ERASED } from '../official/official.actions';
import { Assignment, Official } from '../official/official.entity';
import { assertHappened } from '../unit/unit.actions';
import { termsOf } from './commitment.actions';
import { CommitmentStatus, Repayment, ServiceCommitment, ServiceRule } from './commitment.entity';
import {
  CommitmentDischarge,
  type CorrectCommitmentInput,
  type DischargeCommitmentInput,
  type RecordRepaymentInput,
  type ReopenCommitmentInput,
  type WithdrawRepaymentInput,
} from './commitment.input';
import { monthsServed, reckonCompensation } from './compensation';

type Given = Promise<{ commitment: ServiceCommitment }>;

/**
 * Corrects the cost or the length of study of a commitment that runs; what is owed follows, by the days of the cohort as
 * they are now. Refuses a cost below what was repaid. The event names the cost without its value.
 */
export async function correctCommitment(tx: Tx, input: CorrectCommitmentInput): Given {
  const { manager } = tx;
  const { commitment } = await requireCommitment(tx, 'commitment.correct', input.commitmentId);
  assertVersion(commitment, input.version);
  assertRuns(commitment);
  const { cost, studyMonths } = input;
  const { columns: asked } = revise<ServiceCommitment>(commitment, { cost, studyMonths }, [
    'cost',
    'studyMonths',
  ]);
  const repaid = await repaidOf(tx, commitment.id);
  if (asked.cost !== undefined && asked.cost < repaid) {
    refuse('CONFLICT', ['cost'], {
      vi: `Đã hoàn trả ${dong(repaid)}; chi phí đào tạo không thể ít hơn.`,
      en: `${dong(repaid, 'en')} were repaid; the cost cannot be less.`,
    });
  }
  const { cohortId } = await manager.findOneByOrFail(Enrolment, { id: commitment.enrolmentId });
  const cohort = await manager.findOneByOrFail(Cohort, { id: cohortId });
  const rule = await manager.findOneByOrFail(ServiceRule, { id: commitment.ruleId });
  const terms = { ...asked, ...termsOf(cohort, rule, asked.studyMonths ?? commitment.studyMonths) };
  const { columns, changes } = revise<ServiceCommitment>(commitment, terms, []);
  if (changes.length === 0) return { commitment };
  const withoutMoney = changes.map((each) =>
    each.field === 'cost' ? { ...each, from: null, to: null } : each,
  );
  await save(tx, commitment, columns, 'commitment.corrected', withoutMoney);
  await explain(tx, commitment, 'commitment.corrected', input.reason);
  return { commitment };
}

/**
 * Ends a commitment: FULFILLED once all months owed were served by a day, or WAIVED with a reason. Refuses to call
 * fulfilled what was not served, or what no degree came of, as then the cost is owed.
 */
export async function dischargeCommitment(tx: Tx, input: DischargeCommitmentInput): Given {
  const { commitment } = await requireCommitment(tx, 'commitment.discharge', input.commitmentId);
  assertVersion(commitment, input.version);
  assertRuns(commitment);
  assertHappened(tx, input.on, 'on');
  const on = input.on ?? tx.today;
  const isWaived = input.as === CommitmentDischarge.WAIVED;
  if (isWaived && !input.reason) {
    refuse('INVALID', ['reason'], {
      vi: 'Vui lòng nêu lý do miễn thực hiện cam kết.',
      en: 'Say why the commitment is waived.',
    });
  }
  if (!isWaived) {
    const { basis, served } = await reckonOn(tx, commitment, on);
    if (basis === 'NO_DEGREE') {
      refuse('CONFLICT', ['as'], {
        vi: 'Chưa ghi nhận văn bằng của lượt học này, nên phải hoàn trả chi phí hoặc được miễn.',
        en: 'No degree is on record for this study: its cost is repaid or waived.',
      });
    }
    if (served < commitment.monthsOwed) {
      refuse('CONFLICT', ['as'], {
        vi: `Đến ngày ${on} mới phục vụ ${served}/${commitment.monthsOwed} tháng.`,
        en: `${served} of ${commitment.monthsOwed} months were served by ${on}.`,
      });
    }
  }
  const status = isWaived ? CommitmentStatus.WAIVED : CommitmentStatus.FULFILLED;
  await save(
    tx,
    commitment,
    { status, endedOn: on, endingReason: input.reason ?? null },
    'commitment.discharged',
    [{ field: 'status', from: commitment.status, to: status }],
  );
  return { commitment };
}

/** Takes a discharge that was entered by mistake back. Refuses a commitment that runs, or was repaid. */
export async function reopenCommitment(tx: Tx, input: ReopenCommitmentInput): Given {
  const { commitment } = await requireCommitment(tx, 'commitment.reopen', input.commitmentId);
  assertVersion(commitment, input.version);
  const { status } = commitment;
  if (status === CommitmentStatus.RUNNING || status === CommitmentStatus.SETTLED) {
    refuse('ILLEGAL_TRANSITION', ['commitmentId'], {
      vi:
        status === CommitmentStatus.RUNNING
          ? 'Cam kết này đang thực hiện, không có gì để mở lại.'
          : 'Chi phí đã hoàn trả đủ; nếu ghi nhầm, vui lòng hủy khoản hoàn trả.',
      en:
        status === CommitmentStatus.RUNNING
          ? 'This commitment runs; there is nothing to take back.'
          : 'All was repaid; if that is wrong, withdraw the repayment.',
    });
  }
  await save(
    tx,
    commitment,
    { status: 'RUNNING', endedOn: null, endingReason: null },
    'commitment.reopened',
    [{ field: 'status', from: status, to: CommitmentStatus.RUNNING }],
  );
  await explain(tx, commitment, 'commitment.reopened', input.reason);
  return { commitment };
}

/**
 * Records that a part of the compensation was paid. When all that was due on that day is paid, the commitment is
 * SETTLED. Refuses more than is due, and a commitment that has ended.
 */
export async function recordRepayment(
  tx: Tx,
  input: RecordRepaymentInput,
): Promise<{ commitment: ServiceCommitment; repayment: Repayment }> {
  const { commitment } = await requireCommitment(tx, 'repayment.record', input.commitmentId);
  assertVersion(commitment, input.version);
  assertRuns(commitment);
  assertHappened(tx, input.paidOn, 'paidOn');
  const paidOn = input.paidOn ?? tx.today;
  const { amount: due } = await reckonOn(tx, commitment, paidOn);
  const left = Math.max(0, due - (await repaidOf(tx, commitment.id)));
  if (input.amount > left) {
    refuse('CONFLICT', ['amount'], {
      vi: `Tính đến ngày ${paidOn} còn phải hoàn trả ${dong(left)}.`,
      en: `${dong(left, 'en')} are left to be repaid as of ${paidOn}.`,
    });
  }
  const repayment = tx.manager.create(Repayment, {
    id: newId(Repayment.idPrefix),
    ...{ commitmentId: commitment.id, officialId: commitment.officialId },
    ...{ amount: input.amount, paidOn, receipt: input.receipt ?? null, createdAt: tx.now },
  });
  await tx.manager.insert(Repayment, repayment);
  tx.record({
    ...{ name: 'repayment.recorded', subjectId: commitment.id, unitId: commitment.unitId },
    changes: [{ field: 'repaymentId', from: null, to: repayment.id }],
  });
  const status = input.amount === left ? CommitmentStatus.SETTLED : CommitmentStatus.RUNNING;
  const endedOn = status === CommitmentStatus.SETTLED ? paidOn : null;
  const changes = endedOn ? [{ field: 'status', from: commitment.status, to: status }] : [];
  await save(tx, commitment, { status, endedOn }, endedOn ? 'commitment.settled' : null, changes);
  return { commitment, repayment };
}

/** Withdraws a repayment that was entered by mistake; a commitment that it settled runs again. */
export async function withdrawRepayment(tx: Tx, input: WithdrawRepaymentInput): Given {
  const { manager } = tx;
  const wrong = await manager.findOneBy(Repayment, { id: input.repaymentId });
  const within =
    wrong &&
    (await isWithin(
      manager,
      ServiceCommitment,
      wrong.commitmentId,
      tx.scope('repayment.withdraw').commitments('own'),
    ));
  if (!within) refuse('NOT_FOUND', ['repaymentId'], NO_REPAYMENT);
  const { commitment } = await requireCommitment(tx, 'repayment.withdraw', wrong.commitmentId);
  const { affected } = await manager.delete(Repayment, { id: wrong.id });
  if (affected === 0) refuse('NOT_FOUND', ['repaymentId'], NO_REPAYMENT); // another caller was first
  const { SETTLED, RUNNING } = CommitmentStatus;
  const runsAgain = commitment.status === SETTLED;
  tx.record({
    ...{ name: 'repayment.withdrawn', subjectId: commitment.id, unitId: commitment.unitId },
    changes: [{ field: 'repaymentId', from: wrong.id, to: null }],
  });
  await save(
    tx,
    commitment,
    runsAgain ? { status: RUNNING, endedOn: null } : {},
    runsAgain ? 'commitment.reopened' : null,
    [{ field: 'status', from: SETTLED, to: RUNNING }],
  );
  await explain(tx, commitment, 'repayment.withdrawn', input.reason);
  return { commitment };
}

const NO_COMMITMENT = missing('cam kết phục vụ', 'commitment');
const NO_REPAYMENT: Text = missing('khoản hoàn trả', 'repayment');

/** The commitment with this id, locked. Refuses one out of reach, and one of an official who was erased. */
async function requireCommitment(
  tx: Tx,
  permission: Permission,
  id: string,
): Promise<{ commitment: ServiceCommitment }> {
  const { manager } = tx;
  const path = ['commitmentId'];
  const known = await manager.findOneBy(ServiceCommitment, { id });
  if (known) await lockRows(manager, Official, [known.officialId], 'rely'); // posts count, and must stay
  await lockRows(manager, ServiceCommitment, [id], 'change');
  const within = await isWithin(manager, ServiceCommitment, id, tx.scope(permission).commitments('own'));
  const commitment = within ? await manager.findOneBy(ServiceCommitment, { id }) : null;
  if (!commitment) refuse('NOT_FOUND', path, NO_COMMITMENT);
  const official = await manager.findOneByOrFail(Official, { id: commitment.officialId });
  if (official.erasedAt !== null) refuse('NOT_ELIGIBLE', path, ERASED);
  return { commitment };
}

const ENDED: Record<Exclude<CommitmentStatus, 'RUNNING'>, Text> = {
  FULFILLED: { vi: 'Cam kết này đã hoàn thành', en: 'This commitment was fulfilled' },
  WAIVED: { vi: 'Cam kết này đã được miễn', en: 'This commitment was waived' },
  SETTLED: { vi: 'Chi phí của cam kết này đã hoàn trả đủ', en: 'What this commitment owed was repaid' },
};

function assertRuns({ status, endedOn }: ServiceCommitment): void {
  if (status === CommitmentStatus.RUNNING) return;
  const { vi, en } = ENDED[status];
  refuse('ILLEGAL_TRANSITION', ['commitmentId'], {
    vi: `${vi} ngày ${endedOn}.`,
    en: `${en} on ${endedOn}.`,
  });
}

/** What would have to be repaid if service ended on a day. */
async function reckonOn({ manager }: Tx, commitment: ServiceCommitment, day: string) {
  const { officialId, enrolmentId, servesFrom } = commitment;
  const posts = await manager.findBy(Assignment, { officialId });
  const { status } = await manager.findOneByOrFail(Enrolment, { id: enrolmentId });
  const served = monthsServed(posts, servesFrom, day);
  const hasDegree = status === EnrolmentStatus.COMPLETED;
  return { ...reckonCompensation({ ...commitment, served, hasDegree }), served };
}

async function repaidOf({ manager }: Tx, commitmentId: string): Promise<number> {
  const parts = await manager.findBy(Repayment, { commitmentId });
  return parts.reduce((sum, { amount }) => sum + amount, 0);
}

/** Changes a commitment, and records the event, if there is one. */
async function save(
  tx: Tx,
  commitment: ServiceCommitment,
  columns: Partial<ServiceCommitment>,
  name: EventName | null,
  changes: Change[],
): Promise<void> {
  const changed = { ...columns, version: commitment.version + 1 };
  Object.assign(commitment, changed);
  await tx.manager.update(ServiceCommitment, { id: commitment.id }, changed);
  if (name) tx.record({ name, subjectId: commitment.id, unitId: commitment.unitId, changes });
}

const explain = (tx: Tx, { id, officialId }: ServiceCommitment, event: EventName, reason: string) =>
  keepReason(tx, { id, officialId }, event, reason);

const dong = (amount: number, locale: 'vi' | 'en' = 'vi'): string =>
  locale === 'vi' ? `${amount.toLocaleString('vi-VN')} đồng` : `${amount.toLocaleString('en-US')} đồng`;
