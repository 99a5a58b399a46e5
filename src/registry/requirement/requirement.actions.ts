// Training requirement actions: add, revise and end a requirement.
import type { Permission } from '../../access/policy';
import type { Change } from '../../events/event.entity';
import { assertVersion, revise } from '../../events/revision';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { missing, Refusals, refuse } from '../../graphql/errors';
import { assertCanEnd, endsTooEarly } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { textKey } from '../../lib/vietnamese';
import { requirePosition } from '../position/position.actions';
import { requireProgramme } from '../programme/programme.actions';
import { requireTopics } from '../topic/topic.actions';
import { isReached } from '../unit/standing';
import { closingOf, NO_UNIT, requireUnitWithin } from '../unit/unit.actions';
import { Unit, UnitAncestor, type UnitKind } from '../unit/unit.entity';
import { Recurrence, TrainingRequirement } from './requirement.entity';
import type {
  AddRequirementInput,
  EndRequirementInput,
  RequirementSourceInput,
  ReviseRequirementInput,
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
  assertCanEnd(tx, requirement, input.until, 'requirementId', {
    vi: 'Yêu cầu này',
    en: 'This requirement',
  });
  const columns = { validTo: input.until, version: requirement.version + 1 };
  Object.assign(requirement, columns);
  await tx.manager.update(TrainingRequirement, { id: requirement.id }, columns);
  recordRequirement(tx, requirement, 'requirement.ended', [
    { field: 'validTo', from: validTo, to: input.until },
  ]);
  return { requirement };
}

export async function requireRequirement(tx: Tx, id: string): Promise<TrainingRequirement> {
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
      vi: 'Chu kỳ định kỳ theo tháng phải có số tháng; chu kỳ khác thì không nêu số tháng.',
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
      vi: `${closingOf(unit, tx.today).vi}, nên yêu cầu không áp dụng được cho ai.`,
      en: `${closingOf(unit, tx.today).en}; the requirement would apply to nobody.`,
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

function recordRequirement(
  tx: Tx,
  requirement: TrainingRequirement,
  name: EventName,
  changes: Change[],
): void {
  const { id, programmeId, unitId } = requirement;
  tx.record({ name, subjectId: id, programmeId, unitId, changes });
}
