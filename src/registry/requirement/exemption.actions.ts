// Exemption actions: exempt an official from a requirement, and revoke an exemption.
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { dayBefore, overlap, type Period } from '../../lib/dates';
import { missing, refuse } from '../../graphql/errors';
import { assertEndsAfter } from '../../graphql/periods';
import type { Sql } from '../../lib/sql';
import { newId } from '../../lib/ids';
import { requireOfficial } from '../official/official.actions';
import { Official } from '../official/official.entity';
import { metOn, under } from './duty';
import { RequirementExemption, type TrainingRequirement } from './requirement.entity';
import type { ExemptOfficialInput, RevokeExemptionInput } from './requirement.input';
import { requireRequirement } from './requirement.actions';

/**
 * Exempts an official from a requirement, whichever unit set it: the unit of the official decides. Days of the past need
 * the number of the decision, which reaches the office later than a leave begins. Refuses an official to whom the
 * requirement does not apply on the first day, who has met it, or who is exempt then already.
 */
export async function exemptOfficial(
  tx: Tx,
  input: ExemptOfficialInput,
): Promise<{ exemption: RequirementExemption }> {
  const { manager } = tx;
  const requirement = await requireRequirement(tx, input.requirementId);
  const official = await requireOfficial(tx, 'official.exempt', input.officialId, ['officialId']);
  const period = { validFrom: input.from ?? tx.today, validTo: input.until ?? null };
  if (period.validFrom < tx.today && !input.decisionNumber) {
    refuse('INVALID', ['from'], {
      vi: `Miễn, hoãn cho thời gian trước hôm nay (${tx.today}) phải nêu số quyết định.`,
      en: `To exempt from days before today, ${tx.today}, give the number of the decision.`,
    });
  }
  assertEndsAfter(period.validFrom, period.validTo);
  const on = period.validFrom;
  const is = (condition: Sql) => isWithin(manager, Official, official.id, condition);
  if (!(await is(under(requirement, on, 'own.id')))) {
    refuse('NOT_ELIGIBLE', ['officialId'], {
      vi: `Yêu cầu này không áp dụng cho người này vào ngày ${on}.`,
      en: `The requirement does not apply to this official on ${on}.`,
    });
  }
  if (await is(metOn(requirement, on, 'own.id'))) {
    refuse('NOT_ELIGIBLE', ['officialId'], {
      vi: 'Người này đã hoàn thành yêu cầu, không cần miễn.',
      en: 'This official has met the requirement already.',
    });
  }
  const earlier = await manager.findBy(RequirementExemption, {
    requirementId: requirement.id,
    officialId: official.id,
  });
  const clash = earlier.map(heldFor).find((each) => each && overlap(each, period));
  if (clash) {
    refuse('OVERLAPPING_PERIOD', ['from'], {
      vi: `Người này đã được miễn từ ${clash.validFrom} đến ${clash.validTo ?? 'khi có thay đổi'}.`,
      en: `This official is exempt from ${clash.validFrom} to ${clash.validTo ?? 'further notice'} already.`,
    });
  }
  const exemption = manager.create(RequirementExemption, {
    id: newId(RequirementExemption.idPrefix),
    requirementId: requirement.id,
    officialId: official.id,
    ...period,
    reason: input.reason,
    decisionNumber: input.decisionNumber ?? null,
    exemptedAt: tx.now,
    revokedFrom: null,
    revocationReason: null,
  });
  await manager.insert(RequirementExemption, exemption);
  recordExemption(tx, requirement, exemption, 'official.exempted', [
    { field: 'validFrom', from: null, to: period.validFrom },
  ]);
  return { exemption };
}

/**
 * Revokes an exemption from a day on; the days before stay exempt. Refuses one that was revoked or has ended, and a day
 * that has passed or on which the exemption is not in force.
 */
export async function revokeExemption(
  tx: Tx,
  input: RevokeExemptionInput,
): Promise<{ exemption: RequirementExemption }> {
  const { exemption, requirement } = await requireExemption(tx, input.exemptionId);
  const { validFrom, validTo, revokedFrom } = exemption;
  if (revokedFrom !== null) {
    refuse('ILLEGAL_TRANSITION', ['exemptionId'], {
      vi: `Việc miễn này đã được thu hồi từ ngày ${revokedFrom}.`,
      en: `This exemption was taken back from ${revokedFrom} on already.`,
    });
  }
  if (validTo !== null && validTo < tx.today) {
    refuse('ILLEGAL_TRANSITION', ['exemptionId'], {
      vi: `Việc miễn này đã hết hạn ngày ${validTo}.`,
      en: `This exemption ended on ${validTo} already.`,
    });
  }
  const from = input.from ?? (validFrom > tx.today ? validFrom : tx.today);
  if (from < tx.today) {
    refuse('INVALID', ['from'], {
      vi: `Không thu hồi cho thời gian đã qua; hôm nay là ${tx.today}.`,
      en: `It cannot be taken back for days that have passed; today is ${tx.today}.`,
    });
  }
  if (from < validFrom || (validTo !== null && from > validTo)) {
    refuse('INVALID', ['from'], {
      vi: `Người này được miễn từ ${validFrom} đến ${validTo ?? 'khi có thay đổi'}; hãy chọn một ngày trong thời gian đó.`,
      en: `This official is exempt from ${validFrom} to ${validTo ?? 'further notice'}; choose a day within.`,
    });
  }
  const columns = { revokedFrom: from, revocationReason: input.reason };
  Object.assign(exemption, columns);
  await tx.manager.update(RequirementExemption, { id: exemption.id }, columns);
  recordExemption(tx, requirement, exemption, 'exemption.revoked', [
    { field: 'revokedFrom', from: null, to: from },
  ]);
  return { exemption };
}

/** The period in which an exemption is in force; null when it was revoked before its first day. */
function heldFor({ validFrom, validTo, revokedFrom }: RequirementExemption): Period | null {
  if (revokedFrom === null) return { validFrom, validTo };
  return revokedFrom > validFrom ? { validFrom, validTo: dayBefore(revokedFrom) } : null;
}

/** The exemption with this id, for a caller who could have given it. */
async function requireExemption(
  tx: Tx,
  id: string,
): Promise<{ exemption: RequirementExemption; requirement: TrainingRequirement }> {
  const { manager } = tx;
  const staff = tx.scope('official.exempt').staff('own.id');
  const known = await manager.findOneBy(RequirementExemption, { id });
  if (!known || !(await isWithin(manager, Official, known.officialId, staff))) {
    refuse('NOT_FOUND', ['exemptionId'], missing('việc miễn, hoãn', 'exemption'));
  }
  const requirement = await requireRequirement(tx, known.requirementId);
  await requireOfficial(tx, 'official.exempt', known.officialId, ['exemptionId']);
  return { requirement, exemption: await manager.findOneByOrFail(RequirementExemption, { id }) };
}

/** A reason may contain personal data, so the event has only the days. */
function recordExemption(
  tx: Tx,
  { unitId }: TrainingRequirement,
  { id }: RequirementExemption,
  name: EventName,
  changes: Change[],
): void {
  tx.record({ name, subjectId: id, unitId, changes });
}
