// Training requirement actions: add, revise, end; exempt an official and revoke the exemption.
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import { assertVersion, revise } from '../../events/revision';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { dayBefore, overlap, type Period } from '../../lib/dates';
import { missing, Refusals, refuse } from '../../graphql/errors';
import { assertCanEnd, assertEndsAfter, endsTooEarly } from '../../graphql/periods';
import type { Sql } from '../../lib/sql';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { textKey } from '../../lib/vietnamese';
import { requireOfficial } from '../official/official.actions';
import { Official } from '../official/official.entity';
import { requirePosition } from '../position/position.actions';
import { requireProgramme } from '../programme/programme.actions';
import { requireTopics } from '../topic/topic.actions';
import { isReached } from '../unit/standing';
import { NO_UNIT, requireUnitWithin } from '../unit/unit.actions';
import { Unit, UnitAncestor, type UnitKind } from '../unit/unit.entity';
import { metOn, under } from './duty';
import { Recurrence, RequirementExemption, TrainingRequirement } from './requirement.entity';
import type {
  AddRequirementInput,
  EndRequirementInput,
  ExemptOfficialInput,
  RequirementSourceInput,
  ReviseRequirementInput,
  RevokeExemptionInput,
} from './requirement.input';

const NO_REQUIREMENT = missing('yêu cầu', 'requirement');
/**
 * Adds a requirement. Refuses one that can apply to nobody, that does not name exactly one thing to learn, whose months
 * do not match its recurrence, whose end is before its beginning, or whose source is dated in the future. A caller who
 * does not reach the whole registry must name a unit within reach.
 */
export async function addRequirement(
  tx: Tx,
  input: AddRequirementInput,
): Promise<{ requirement: TrainingRequirement }> {
  const unit = await unitOf(tx, input);
  const positionIds = await positionsOf(tx, input.positionCodes);
  if (input.programmeId) await requireProgramme(tx, input.programmeId, ['programmeId']);
  if (input.topicId) await requireTopics(tx, [input.topicId], ['topicId']);
  assertForm(input);
  if (unit) await assertSomebody(tx, unit, input);
  const requirement = tx.manager.create(TrainingRequirement, {
    id: newId(TrainingRequirement.idPrefix),
    name: input.name,
    positionIds,
    categories: input.categories ? [...new Set(input.categories)] : null,
    unitKinds: input.unitKinds ? [...new Set(input.unitKinds)] : null,
    unitId: unit?.id ?? null,
    programmeId: input.programmeId ?? null,
    topicId: input.topicId ?? null,
    contentGroup: input.contentGroup ?? null,
    periods: input.periods ?? null,
    recurrence: input.recurrence,
    everyMonths: input.everyMonths ?? null,
    validFrom: input.validFrom,
    validTo: input.validTo ?? null,
    ...sourceColumns(tx, input.source),
    version: 1,
    nameKey: textKey(input.name),
  });
  await tx.manager.insert(TrainingRequirement, requirement);
  recordRequirement(tx, requirement, 'requirement.added', [
    { field: 'validFrom', from: null, to: requirement.validFrom },
  ]);
  return { requirement };
}

/**
 * Revises the name or the source. Refuses an old version, a cleared name or source, and a source dated in the future.
 */
export async function reviseRequirement(
  tx: Tx,
  input: ReviseRequirementInput,
): Promise<{ requirement: TrainingRequirement }> {
  const requirement = await requireRequirementWithin(tx, 'requirement.revise', input.requirementId);
  assertVersion(requirement, input.version);
  const { name, source } = input;
  if (source === null) {
    refuse('INVALID', ['source'], { vi: 'Không được để trống.', en: 'Must not be empty.' });
  }
  const asked = { name, ...(source === undefined ? {} : sourceColumns(tx, source)) };
  const { columns, changes } = revise<TrainingRequirement>(requirement, asked, ['name']);
  if (changes.length === 0) return { requirement };
  Object.assign(requirement, columns, { version: requirement.version + 1 });
  requirement.nameKey = textKey(requirement.name);
  await tx.manager.update(TrainingRequirement, { id: requirement.id }, requirement);
  recordRequirement(tx, requirement, 'requirement.revised', changes);
  return { requirement };
}

/** Ends a requirement that has no end yet, or one that is to end later. */
export async function endRequirement(
  tx: Tx,
  input: EndRequirementInput,
): Promise<{ requirement: TrainingRequirement }> {
  const requirement = await requireRequirementWithin(tx, 'requirement.end', input.requirementId);
  const { validTo } = requirement;
  assertCanEnd(requirement, input.until, 'requirementId', {
    vi: 'Yêu cầu này đã kết thúc',
    en: 'This requirement ended',
  });
  const columns = { validTo: input.until, version: requirement.version + 1 };
  Object.assign(requirement, columns);
  await tx.manager.update(TrainingRequirement, { id: requirement.id }, columns);
  recordRequirement(tx, requirement, 'requirement.ended', [
    { field: 'validTo', from: validTo, to: input.until },
  ]);
  return { requirement };
}

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

async function requireRequirement(tx: Tx, id: string): Promise<TrainingRequirement> {
  await lockRows(tx.manager, TrainingRequirement, [id], 'change');
  return (
    (await tx.manager.findOneBy(TrainingRequirement, { id })) ??
    refuse('NOT_FOUND', ['requirementId'], NO_REQUIREMENT)
  );
}

/** The requirement with this id. Refuses one that the caller may not change. */
async function requireRequirementWithin(
  tx: Tx,
  permission: Permission,
  id: string,
): Promise<TrainingRequirement> {
  if (!(await reaches(tx, permission, id))) refuse('NOT_FOUND', ['requirementId'], NO_REQUIREMENT);
  return requireRequirement(tx, id);
}

/** Whether the caller may change a requirement; without a unit, only administrators may. */
async function reaches(tx: Tx, permission: Permission, id: string): Promise<boolean> {
  const unitId = (await tx.manager.findOneBy(TrainingRequirement, { id }))?.unitId;
  return unitId ? isReached(tx, permission, unitId) : tx.scope(permission).reach.everything;
}

/** The unit of a new requirement; none means the whole registry, which the caller must reach. */
async function unitOf(tx: Tx, { unitId }: AddRequirementInput): Promise<Unit | null> {
  if (unitId) return requireUnitWithin(tx, 'requirement.add', unitId, ['unitId']);
  if (!tx.scope('requirement.add').reach.everything) refuse('NOT_FOUND', ['unitId'], NO_UNIT);
  return null;
}

async function positionsOf(tx: Tx, codes: string[] | null | undefined): Promise<string[] | null> {
  if (!codes) return null;
  const ids = new Set<string>();
  for (const [i, code] of codes.entries()) {
    ids.add((await requirePosition(tx, code, ['positionCodes', i])).id);
  }
  return [...ids];
}

/** Checks combinations of fields, which the schema cannot express. */
function assertForm(input: AddRequirementInput): void {
  const { positionCodes, categories, unitKinds, unitId } = input;
  const { programmeId, topicId, contentGroup, periods } = input;
  const refusals = new Refusals();
  if (!positionCodes && !categories && !unitKinds && !unitId) {
    refusals.add('INVALID', ['positionCodes'], {
      vi: 'Hãy nêu yêu cầu áp dụng cho ai: positionCodes, categories, unitKinds hoặc unitId.',
      en: 'Say whom it applies to: positionCodes, categories, unitKinds or unitId.',
    });
  }
  if ([programmeId, topicId, contentGroup, periods].filter((each) => each != null).length !== 1) {
    refusals.add('INVALID', ['programmeId'], {
      vi: 'Hãy nêu đúng một nội dung: programmeId, topicId, contentGroup hoặc periods.',
      en: 'Say what has to be learned by exactly one of programmeId, topicId, contentGroup and periods.',
    });
  }
  if ((input.recurrence === Recurrence.EVERY_N_MONTHS) !== (input.everyMonths != null)) {
    refusals.add('INVALID', ['everyMonths'], {
      vi: 'Số tháng chỉ đi cùng, và phải đi cùng, EVERY_N_MONTHS.',
      en: 'The months go with EVERY_N_MONTHS, and with nothing else.',
    });
  }
  if (input.validTo && input.validTo < input.validFrom) {
    refusals.add('INVALID', ['validTo'], endsTooEarly(input.validFrom));
  }
  refusals.throwIfAny();
}

/** Selectors that contradict one another would select no officials, and the requirement would seem to be met by all. */
async function assertSomebody(tx: Tx, unit: Unit, input: AddRequirementInput): Promise<void> {
  if (unit.validTo !== null && unit.validTo < input.validFrom) {
    refuse('UNIT_CLOSED', ['unitId'], {
      vi: `${unit.name} đã kết thúc hoạt động ngày ${unit.validTo}, yêu cầu không áp dụng cho ai.`,
      en: `${unit.name} was closed on ${unit.validTo}; the requirement would apply to nobody.`,
    });
  }
  if (unit.validFrom !== null && input.validTo && input.validTo < unit.validFrom) {
    refuse('UNIT_CLOSED', ['unitId'], {
      vi: `${unit.name} chỉ hoạt động từ ngày ${unit.validFrom}.`,
      en: `${unit.name} opens on ${unit.validFrom} only.`,
    });
  }
  if (!input.unitKinds) return;
  const kinds = await tx.manager
    .createQueryBuilder(Unit, 'below')
    .select('below.kind', 'kind')
    .innerJoin(UnitAncestor, 'line', 'line.unitId = below.id AND line.ancestorId = :id', { id: unit.id })
    .groupBy('below.kind')
    .getRawMany<{ kind: UnitKind }>();
  if (kinds.some(({ kind }) => input.unitKinds!.includes(kind))) return;
  refuse('INVALID', ['unitKinds'], {
    vi: `${unit.name} không có đơn vị nào thuộc các loại này, yêu cầu không áp dụng cho ai.`,
    en: `No unit of ${unit.name} is of these kinds; the requirement would apply to nobody.`,
  });
}

/** Refuses a source dated in the future. */
function sourceColumns(tx: Tx, { title, date, url }: RequirementSourceInput) {
  if (date && date > tx.today) {
    refuse('INVALID', ['source', 'date'], {
      vi: 'Ngày văn bản không được ở tương lai.',
      en: 'It cannot be dated in the future.',
    });
  }
  return { sourceTitle: title, sourceDate: date ?? null, sourceUrl: url ?? null };
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

function recordRequirement(
  tx: Tx,
  requirement: TrainingRequirement,
  name: EventName,
  changes: Change[],
): void {
  const { id, programmeId, unitId } = requirement;
  tx.record({ name, subjectId: id, programmeId, unitId, changes });
}
