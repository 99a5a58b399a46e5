// Service rule and commitment actions: add and end rules, record the service that learners owe.
import { In } from 'typeorm';
import { idsWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { addMonths, dayAfter, dayBefore, holdsOn, overlap } from '../../lib/dates';
import { inWords, isAmong } from '../../graphql/enums';
import { missing, NAMED_TWICE, type Reason, Refusals, refuse } from '../../graphql/errors';
import { assertCanEnd, assertEndsAfter } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { ERASED, erasedAmong } from '../official/official.actions';
import { Official } from '../official/official.entity';
import { Programme } from '../programme/programme.entity';
import { ProgrammeKind } from '../programme/programme.enums';
import { CommitmentStatus, ServiceCommitment, ServiceRule } from './commitment.entity';
import {
  type AddServiceRuleInput,
  type EndServiceRuleInput,
  LONGEST_STUDY,
  type RecordServiceCommitmentsInput,
} from './commitment.input';
import { monthsBegun } from './compensation';

/** Lock held while rules are added or ended: no single row shows whether two of them overlap. */
const RULES = 'service rules';

/** Adds a rule. Refuses a period that ends before it begins, or overlaps another of the same category. */
export async function addServiceRule(tx: Tx, input: AddServiceRuleInput): Promise<{ rule: ServiceRule }> {
  const { manager } = tx;
  await lockName(manager, RULES);
  const rule = manager.create(ServiceRule, {
    id: newId(ServiceRule.idPrefix),
    category: input.category,
    validFrom: input.from,
    validTo: input.until ?? null,
    multiple: input.multiple,
    maximumAge: input.maximumAge ?? null,
    yearsBefore: input.yearsBefore ?? null,
    source: input.source,
  });
  assertEndsAfter(rule.validFrom, rule.validTo);
  const others = await manager.findBy(ServiceRule, { category: rule.category });
  const clash = others.find((each) => overlap(each, rule));
  if (clash) {
    refuse('OVERLAPPING_PERIOD', ['from'], {
      vi: `Đối tượng này đã có quy định từ ${clash.validFrom} đến ${clash.validTo ?? 'nay'} (${clash.source}). Hãy kết thúc quy định đó trước.`,
      en: `This category has a rule from ${clash.validFrom} to ${clash.validTo ?? 'now'} (${clash.source}). End that one first.`,
    });
  }
  await manager.insert(ServiceRule, rule);
  tx.record({
    name: 'serviceRule.added',
    subjectId: rule.id,
    changes: [{ field: 'validFrom', from: null, to: rule.validFrom }],
  });
  return { rule };
}

/** Ends a rule that has no end yet, or one that is to end later. What was committed under it stays. */
export async function endServiceRule(tx: Tx, input: EndServiceRuleInput): Promise<{ rule: ServiceRule }> {
  await lockName(tx.manager, RULES);
  const rule =
    (await tx.manager.findOneBy(ServiceRule, { id: input.serviceRuleId })) ??
    refuse('NOT_FOUND', ['serviceRuleId'], missing('quy định', 'rule'));
  assertCanEnd(tx, rule, input.until, 'serviceRuleId', {
    vi: 'Quy định này',
    en: 'This rule',
  });
  const changes = [{ field: 'validTo', from: rule.validTo, to: input.until }];
  rule.validTo = input.until;
  await tx.manager.update(ServiceRule, { id: rule.id }, { validTo: input.until });
  tx.record({ name: 'serviceRule.ended', subjectId: rule.id, changes });
  return { rule };
}

/**
 * Records the service that learners of degree programmes owe, all or none, by the rule that is in force for their
 * category at enrolment on the first day of the cohort. Refuses, each at its place, an enrolment that is missing or was
 * not sent by a unit within reach, is named twice or committed already, leads to no degree, was never accepted, or has
 * no rule.
 */
export async function recordServiceCommitments(
  tx: Tx,
  input: RecordServiceCommitmentsInput,
): Promise<{ commitments: ServiceCommitment[] }> {
  const { manager } = tx;
  const ids = input.commitments.map(({ enrolmentId }) => enrolmentId);
  const facts = await factsOf(tx, ids);
  const refusals = new Refusals();
  const commitments: ServiceCommitment[] = [];
  for (const [i, { enrolmentId, cost, studyMonths }] of input.commitments.entries()) {
    const path = ['commitments', i];
    const enrolment = facts.enrolments.get(enrolmentId);
    if (!enrolment) {
      refusals.add('NOT_FOUND', [...path, 'enrolmentId'], missing('lượt tham gia', 'enrolment'));
      continue;
    }
    const cohort = facts.cohorts.get(enrolment.cohortId)!;
    const isTwice = ids.indexOf(enrolmentId) !== i;
    const fault: Reason | null = isTwice ? ['ALREADY_EXISTS', NAMED_TWICE] : whyNoService(facts, enrolment);
    const months = studyMonths ?? lengthOf(cohort);
    if (fault) refusals.add(fault[0], [...path, 'enrolmentId'], fault[1]);
    else if (months === null || months > LONGEST_STUDY) {
      refusals.add('INVALID', [...path, 'studyMonths'], {
        vi: `Hãy nêu thời gian đào tạo, từ 1 đến ${LONGEST_STUDY} tháng: không tính được từ ngày của lớp.`,
        en: `Say how long the study is, 1 to ${LONGEST_STUDY} months: the days of the cohort do not tell.`,
      });
    } else {
      const rule = ruleFor(facts, enrolment)!;
      commitments.push(
        manager.create(ServiceCommitment, {
          id: newId(ServiceCommitment.idPrefix),
          enrolmentId,
          officialId: enrolment.officialId,
          unitId: enrolment.unitAtEnrolmentId,
          ruleId: rule.id,
          studyMonths: months,
          ...termsOf(cohort, rule, months),
          cost,
          status: CommitmentStatus.RUNNING,
          endedOn: null,
          endingReason: null,
          version: 1,
          createdAt: tx.now,
        }),
      );
    }
  }
  refusals.throwIfAny();
  await insertAll(manager, ServiceCommitment, commitments);
  for (const { id, enrolmentId, unitId, monthsOwed } of commitments) {
    const { cohortId } = facts.enrolments.get(enrolmentId)!;
    const { programmeId, universityId } = facts.cohorts.get(cohortId)!;
    tx.record({
      name: 'commitment.recorded',
      subjectId: id,
      cohortId,
      programmeId,
      universityId,
      unitId,
      changes: [{ field: 'monthsOwed', from: null, to: String(monthsOwed) }],
    });
  }
  return { commitments };
}

/** Loads and locks what the rules need: those of these enrolments that a unit within reach sent, and their context. */
async function factsOf(tx: Tx, ids: string[]) {
  const { manager } = tx;
  const sent = tx.scope('commitment.record').units('own.unit_at_enrolment_id');
  const within = [...(await idsWithin(manager, Enrolment, ids, sent))];
  const named = await manager.findBy(Enrolment, { id: In(within) });
  const cohortIds = [...new Set(named.map(({ cohortId }) => cohortId))];
  const officialIds = named.map(({ officialId }) => officialId);
  await lockRows(manager, Official, officialIds, 'rely');
  await lockRows(manager, Cohort, cohortIds, 'rely');
  await lockRows(manager, Enrolment, within, 'change');
  const enrolments = await manager.findBy(Enrolment, { id: In(within) });
  const cohorts = await manager.findBy(Cohort, { id: In(cohortIds) });
  const degrees = await manager.findBy(Programme, {
    id: In(cohorts.map(({ programmeId }) => programmeId)),
    kind: ProgrammeKind.DEGREE,
  });
  const committed = await manager.findBy(ServiceCommitment, { enrolmentId: In(within) });
  return {
    enrolments: new Map(enrolments.map((each) => [each.id, each])),
    cohorts: new Map(cohorts.map((each) => [each.id, each])),
    degrees: new Set(degrees.map(({ id }) => id)),
    committed: new Set(committed.map(({ enrolmentId }) => enrolmentId)),
    erased: await erasedAmong(tx, officialIds),
    rules: await manager.find(ServiceRule),
  };
}

type Facts = Awaited<ReturnType<typeof factsOf>>;

/** The rule in force for the category of an enrolment on the first day of its cohort. */
function ruleFor({ cohorts, rules }: Facts, enrolment: Enrolment): ServiceRule | undefined {
  const { startsOn } = cohorts.get(enrolment.cohortId)!;
  return rules.find((each) => each.category === enrolment.categoryAtEnrolment && holdsOn(each, startsOn));
}

/** What is owed for a study of so many months, by a rule: how many months of service, and from when to when. */
export function termsOf(
  { startsOn, endsOn }: Pick<Cohort, 'startsOn' | 'endsOn'>,
  { multiple }: Pick<ServiceRule, 'multiple'>,
  studyMonths: number,
): Pick<ServiceCommitment, 'monthsOwed' | 'servesFrom' | 'endsOn'> {
  const servesFrom = endsOn === null ? addMonths(startsOn, studyMonths) : dayAfter(endsOn);
  const monthsOwed = studyMonths * multiple;
  return { monthsOwed, servesFrom, endsOn: dayBefore(addMonths(servesFrom, monthsOwed)) };
}

/** The months of a cohort from its first to its last day, if that is known. */
const lengthOf = ({ startsOn, endsOn }: Cohort): number | null =>
  endsOn === null ? null : monthsBegun(startsOn, endsOn);

/** Why no service can be recorded for an enrolment, or null. */
function whyNoService(facts: Facts, enrolment: Enrolment): Reason | null {
  const { status, categoryAtEnrolment: category } = enrolment;
  const { code, startsOn, programmeId } = facts.cohorts.get(enrolment.cohortId)!;
  if (facts.committed.has(enrolment.id)) {
    const vi = 'Lượt tham gia này đã có cam kết phục vụ.';
    return ['ALREADY_EXISTS', { vi, en: 'This enrolment has a commitment already.' }];
  }
  if (facts.erased.has(enrolment.officialId)) return ['NOT_ELIGIBLE', ERASED];
  if (!facts.degrees.has(programmeId)) {
    const vi = `Lớp ${code} không thuộc chương trình đào tạo cấp bằng.`;
    return ['NOT_ELIGIBLE', { vi, en: `The cohort ${code} leads to no degree.` }];
  }
  const { NOMINATED, WAITLISTED, DECLINED } = EnrolmentStatus;
  if (isAmong([NOMINATED, WAITLISTED, DECLINED], status)) {
    const vi = `Lượt này đang ở trạng thái ${inWords('EnrolmentStatus', status)}; chỉ người đã được nhận mới cam kết.`;
    const en = `This enrolment is ${status}; only an official who was accepted commits to service.`;
    return ['NOT_ELIGIBLE', { vi, en }];
  }
  if (ruleFor(facts, enrolment)) return null;
  const vi = `Chưa có quy định nào cho ${inWords('OfficialCategory', category)} vào ngày ${startsOn}. Hãy thêm quy định trước.`;
  const en = `No rule is in force for ${category} on ${startsOn}. Have one added first.`;
  return ['NOT_ELIGIBLE', { vi, en }];
}
