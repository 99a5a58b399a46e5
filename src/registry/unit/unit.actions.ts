// Unit actions: open a unit; and the rules about units in time, for all who refer to one.
import { codeKey } from '../../lib/texts';
import { In } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import { insertAll } from '../../database/insert-all';
import { holdsOn, overlap, type Period } from '../../lib/dates';
import { missing, notYours, type Path, refuse } from '../../graphql/errors';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { unitSearchText } from '../../database/search';
import { unitKey } from '../../lib/vietnamese';
import type { Tx } from '../../events/write';
import { Unit, UnitAncestor } from './unit.entity';
import type { NewUnitInput, OpenUnitInput } from './unit.input';

/** Lock held while units are opened or closed: no single row shows whether a code is free or which unit is above. */
export const UNITS = 'units';

export const NO_UNIT: Text = missing('đơn vị', 'unit');

/** Opens a unit. Refuses a code in use in that period, and a parent that is not open on the first day. */
export async function openUnit(tx: Tx, input: OpenUnitInput): Promise<{ unit: Unit }> {
  await lockName(tx.manager, UNITS);
  const unit = await insertUnit(tx, input, input.validFrom ?? tx.today, []);
  tx.record({
    name: 'unit.opened',
    subjectId: unit.id,
    unitId: unit.id,
    changes: [{ field: 'validFrom', from: null, to: unit.validFrom }],
  });
  return { unit };
}

/** The unit with this id, locked against change. Refuses at `path` when there is none. */
export async function requireUnit(tx: Tx, id: string, path: Path): Promise<Unit> {
  await lockRows(tx.manager, Unit, [id], 'rely');
  return (await tx.manager.findOneBy(Unit, { id })) ?? refuse('NOT_FOUND', path, NO_UNIT);
}

/** Those of these ids that belong to units, which are locked against change. */
export async function unitsAmong(tx: Tx, ids: string[]): Promise<Set<string>> {
  const wanted = [...new Set(ids)];
  await lockRows(tx.manager, Unit, wanted, 'rely');
  const found = wanted.length > 0 ? await tx.manager.findBy(Unit, { id: In(wanted) }) : [];
  return new Set(found.map(({ id }) => id));
}

/**
 * The unit with this id. Refuses at `path` one that is missing or out of reach; a closed one is within reach of whoever
 * reaches all that it has become.
 */
export async function requireUnitWithin(
  tx: Tx,
  permission: Permission,
  id: string,
  path: Path,
): Promise<Unit> {
  if (!(await isWithin(tx.manager, Unit, id, tx.scope(permission).units('own.id')))) {
    const unit = await tx.manager.findOneBy(Unit, { id }); // everybody may see units
    refuse('NOT_FOUND', path, unit ? notYours(unit.name, unit.name) : NO_UNIT);
  }
  return requireUnit(tx, id, path);
}

/** The unit with this id, which exists on a day, closed since or not. Refuses any other at `path`. */
export async function requireOpenUnit(tx: Tx, id: string, day: string, path: Path): Promise<Unit> {
  const unit = await requireUnit(tx, id, path);
  assertOpen(unit, day, tx.today, path);
  return unit;
}

/**
 * Refuses at `path` a unit that does not exist on a day. What happened at a unit is entered at that unit, even if it
 * was closed since; what is yet to happen needs one that is open then.
 */
export function assertOpen(unit: Unit, day: string, today: string, path: Path): void {
  if (holdsOn(unit, day)) return;
  if (unit.validTo !== null && unit.validTo < day) refuseClosed(unit, today, path);
  refuse('UNIT_CLOSED', path, {
    vi: `${unit.name} chỉ hoạt động từ ngày ${unit.validFrom}.`,
    en: `${unit.name} opens on ${unit.validFrom} only.`,
  });
}

/** The same for what goes on from a day without an end: it also refuses a unit that was closed since. */
export function assertStillOpen(unit: Unit, day: string, today: string, path: Path): void {
  assertOpen(unit, day, today, path);
  if (unit.validTo !== null && unit.validTo < today) refuseClosed(unit, today, path);
}

/** Says of a unit with a last day that it was closed, or will be. */
export function closingOf({ name, validTo }: Unit, today: string): Text {
  return validTo! < today
    ? { vi: `${name} đã kết thúc hoạt động ngày ${validTo}`, en: `${name} was closed on ${validTo}` }
    : { vi: `${name} sẽ kết thúc hoạt động từ hết ngày ${validTo}`, en: `${name} closes on ${validTo}` };
}

function refuseClosed(unit: Unit, today: string, path: Path): never {
  const { vi, en } = closingOf(unit, today);
  refuse('UNIT_CLOSED', path, {
    vi: `${vi}. Hãy chọn đơn vị kế thừa.`,
    en: `${en}. Choose one of its successors.`,
  });
}

/** Refuses at `path` a day to come: it is entered when it has happened. */
export function assertHappened(tx: Tx, day: string | null | undefined, ...path: Path): void {
  if (!day || day <= tx.today) return;
  refuse('INVALID', path, {
    vi: `Không được sau hôm nay, ${tx.today}.`,
    en: `It cannot lie in the future; today is ${tx.today}.`,
  });
}

/** Refuses at `path` a unit that did not exist on any day of a period. */
export function assertExisted(unit: Unit, period: Period, path: Path): void {
  if (overlap(unit, period)) return;
  const [from, to] = [unit.validFrom ?? '…', unit.validTo ?? '…'];
  refuse('UNIT_CLOSED', path, {
    vi: `${unit.name} tồn tại từ ${from} đến ${to}. Hãy chọn đơn vị của thời gian ấy.`,
    en: `${unit.name} existed from ${from} to ${to}. Choose the unit of that time.`,
  });
}

/** The ids of a unit and its ancestors, upwards. */
export async function lineOf(tx: Tx, unitId: string): Promise<string[]> {
  const rows = await tx.manager.find(UnitAncestor, { where: { unitId }, order: { distance: 'ASC' } });
  return rows.map(({ ancestorId }) => ancestorId);
}

/** Refuses a code that another unit bears in the period of a unit. */
export async function refuseBearer(
  tx: Tx,
  { id, code, ...period }: Period & { id: string | null; code: string },
  path: Path,
): Promise<void> {
  const bearers = await tx.manager.findBy(Unit, { codeKey: codeKey(code) });
  const bearer = bearers.find((unit) => unit.id !== id && overlap(unit, period));
  if (!bearer) return;
  refuse('OVERLAPPING_PERIOD', [...path, 'code'], {
    vi: `Mã ${code} đang thuộc về ${bearer.name} trong thời gian này.`,
    en: `The code ${code} belongs to ${bearer.name} in that period.`,
  });
}

export async function insertUnit(tx: Tx, input: NewUnitInput, validFrom: string, path: Path): Promise<Unit> {
  const { manager } = tx;
  const period: Period = { validFrom, validTo: null };
  await refuseBearer(tx, { id: null, code: input.code, ...period }, path);
  const parent = await parentOf(tx, input, validFrom, path);
  const unit = manager.create(Unit, {
    id: newId(Unit.idPrefix),
    code: input.code,
    codeKey: codeKey(input.code),
    kind: input.kind,
    name: input.name,
    nameEn: input.nameEn ?? null,
    parentId: parent?.id ?? null,
    ...period,
    search: unitSearchText(input.name, input.nameEn, input.code),
    nameKey: unitKey(input.name, parent?.name),
  });
  await manager.insert(Unit, unit);
  const above = unit.parentId ? await lineOf(tx, unit.parentId) : [];
  await insertAll(
    manager,
    UnitAncestor,
    [unit.id, ...above].map((ancestorId, distance) => ({ unitId: unit.id, ancestorId, distance })),
  );
  return unit;
}

/** The parent of a new unit: open on the unit's first day, and without an end. */
async function parentOf(tx: Tx, input: NewUnitInput, validFrom: string, path: Path): Promise<Unit | null> {
  const { parentId, parentCode } = input;
  if (!parentId && !parentCode) return null;
  const at = [...path, parentId ? 'parentId' : 'parentCode'];
  if (parentId && parentCode) {
    refuse('INVALID', at, {
      vi: 'Hãy nêu parentId hoặc parentCode, không nêu cả hai.',
      en: 'Give parentId or parentCode, not both.',
    });
  }
  const bearers = parentCode ? await tx.manager.findBy(Unit, { codeKey: codeKey(parentCode) }) : [];
  const parent = parentId
    ? await requireUnit(tx, parentId, at)
    : (bearers.find((unit) => holdsOn(unit, validFrom)) ?? refuse('NOT_FOUND', at, NO_UNIT));
  assertOpen(parent, validFrom, tx.today, at);
  if (parent.validTo !== null) refuseClosed(parent, tx.today, at);
  return parent;
}
