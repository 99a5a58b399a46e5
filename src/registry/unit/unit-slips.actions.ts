// Unit actions that put a slip right: correct what a unit was entered with, and call a reorganisation off.
import { type EntityManager, In, Not } from 'typeorm';
import type { Tx } from '../../events/write';
import { revise } from '../../events/revision';
import { lockName, lockRows } from '../../database/locks';
import { unitSearchText } from '../../database/search';
import { missing, refuse } from '../../graphql/errors';
import { dayBefore } from '../../lib/dates';
import { codeKey } from '../../lib/texts';
import { unitKey } from '../../lib/vietnamese';
import { keepReason } from '../correction/correction.actions';
import { refuseBearer, requireUnit, UNITS } from './unit.actions';
import { Unit, UnitAncestor, UnitSuccession } from './unit.entity';
import type { CallOffReorganisationInput, CorrectUnitInput } from './unit.input';

/**
 * Corrects what a unit was entered with; a name or code that really changed is a reorganisation. Refuses a code that
 * another unit bears in that period, and a first day that other records contradict.
 */
export async function correctUnit(tx: Tx, input: CorrectUnitInput): Promise<{ unit: Unit }> {
  const { manager } = tx;
  await lockName(manager, UNITS);
  await lockRows(manager, Unit, [input.unitId], 'change');
  const unit = await requireUnit(tx, input.unitId, ['unitId']);
  const { name, nameEn, code, validFrom } = input;
  const { columns, changes } = revise<Unit>(unit, { name, nameEn, code, validFrom }, ['name', 'code']);
  if (changes.length === 0) return { unit };
  const next = { ...unit, ...columns };
  if (columns.code !== undefined || columns.validFrom !== undefined) await refuseBearer(tx, next, []);
  if (columns.validFrom !== undefined) await refuseFirstDay(tx, next);
  const above = unit.parentId && (await requireUnit(tx, unit.parentId, ['unitId'])).name;
  Object.assign(unit, columns, {
    codeKey: codeKey(next.code),
    search: unitSearchText(next.name, next.nameEn, next.code),
    nameKey: unitKey(next.name, above),
  });
  await manager.update(Unit, { id: unit.id }, unit);
  const below = columns.name === undefined ? [] : await manager.findBy(Unit, { parentId: unit.id });
  for (const { id, name } of below) await manager.update(Unit, { id }, { nameKey: unitKey(name, unit.name) });
  await keepReason(tx, { id: unit.id, officialId: null }, 'unit.corrected', input.reason);
  tx.record({ name: 'unit.corrected', subjectId: unit.id, unitId: unit.id, changes });
  return { unit };
}

/**
 * Calls a reorganisation off: the units that it closed go on, and those that it opened never were. Refuses one that has
 * no trace on that day, and units that it opened on which other records rest.
 */
export async function callOffReorganisation(
  tx: Tx,
  input: CallOffReorganisationInput,
): Promise<{ reopened: Unit[] }> {
  const { manager } = tx;
  await lockName(manager, UNITS);
  const { closed, opened, links } = await traceOf(tx, input);
  await lockRows(
    manager,
    Unit,
    [...closed, ...opened].map(({ id }) => id),
    'change',
  );
  const ids = opened.map(({ id }) => id);
  const later = await manager.findOneBy(Unit, { parentId: In(ids), id: Not(In(ids)) });
  if (later) {
    refuse('CONFLICT', ['unitIds'], {
      vi: `${later.name} được thành lập sau đó và trực thuộc đơn vị mới; vui lòng xử lý trước.`,
      en: `${later.name} was opened below one of the new units since.`,
    });
  }
  const next = await manager.findOneBy(UnitSuccession, {
    predecessorId: In(ids),
    no: Not(In(links.map(({ no }) => no))),
  });
  if (next) {
    refuse('CONFLICT', ['unitIds'], {
      vi: `Các đơn vị mới đã được sắp xếp tiếp ngày ${next.effectiveOn}; vui lòng hủy lần sắp xếp đó trước.`,
      en: `The new units were reorganised again on ${next.effectiveOn}; call that off first.`,
    });
  }
  for (const unit of opened) await refuseRecords(tx, unit);
  if (links.length > 0) await manager.delete(UnitSuccession, { no: In(links.map(({ no }) => no)) });
  for (const unit of opened) {
    tx.record({
      name: 'unit.removed',
      subjectId: unit.id,
      unitId: unit.id,
      changes: (['code', 'name', 'validFrom'] as const).map((field) => ({
        field,
        from: unit[field],
        to: null,
      })),
    });
  }
  if (closed.length === 0 && opened.length === 0) {
    // Only parts were transferred, between units that stay open.
    for (const id of new Set(links.map(({ predecessorId }) => predecessorId))) {
      const changes = [{ field: 'successions', from: input.effectiveOn, to: null }];
      tx.record({ name: 'unit.corrected', subjectId: id, unitId: id, changes });
      await keepReason(tx, { id, officialId: null }, 'unit.corrected', input.reason);
    }
  }
  await manager.update(Unit, { id: In(ids) }, { parentId: null }); // so that they can go in any order
  await manager.delete(UnitAncestor, { unitId: In(ids) });
  await manager.delete(Unit, { id: In(ids) });
  for (const unit of closed) {
    tx.record({
      name: 'unit.reopened',
      subjectId: unit.id,
      unitId: unit.id,
      changes: [{ field: 'validTo', from: unit.validTo, to: null }],
    });
    await keepReason(tx, { id: unit.id, officialId: null }, 'unit.reopened', input.reason);
    unit.validTo = null;
    await manager.update(Unit, { id: unit.id }, { validTo: null });
  }
  return { reopened: closed };
}

/**
 * What a reorganisation did, starting from some of its units: the units it closed and opened, and its links. Units belong
 * to one reorganisation that became one another on that day, or began or ended on it one above the other.
 */
async function traceOf(tx: Tx, { effectiveOn, unitIds }: CallOffReorganisationInput) {
  const { manager } = tx;
  const links = await manager.findBy(UnitSuccession, { effectiveOn });
  const lastDay = dayBefore(effectiveOn);
  const changed = await manager.findBy(Unit, [{ validFrom: effectiveOn }, { validTo: lastDay }]);
  const isOfThatDay = new Set(changed.map(({ id }) => id));
  const joined: (string | null)[][] = [
    ...links.map(({ predecessorId, successorId }) => [predecessorId, successorId]),
    ...changed.flatMap(({ id, parentId }) => (parentId && isOfThatDay.has(parentId) ? [[id, parentId]] : [])),
  ];
  const named = new Set<string | null>(unitIds);
  for (let before = 0; before < named.size;) {
    before = named.size;
    for (const ends of joined) {
      if (ends.some((id) => id !== null && named.has(id))) for (const id of ends) named.add(id);
    }
  }
  const linked = links.filter(({ predecessorId }) => named.has(predecessorId));
  const own = changed.filter(({ id }) => named.has(id));
  for (const [i, id] of unitIds.entries()) {
    if (isOfThatDay.has(id) || linked.some((link) => [link.predecessorId, link.successorId].includes(id)))
      continue;
    refuse(
      'NOT_FOUND',
      ['unitIds', i],
      missing('việc sắp xếp đơn vị này vào ngày đó', 'reorganisation of it on that day'),
    );
  }
  return {
    opened: own.filter(({ validFrom }) => validFrom === effectiveOn),
    closed: own.filter(({ validTo, validFrom }) => validTo === lastDay && validFrom !== effectiveOn),
    links: linked,
  };
}

/** Refuses a unit to which any record of the registry refers, whatever its noun. */
async function refuseRecords(tx: Tx, unit: Unit): Promise<void> {
  for (const { table, column } of referencesTo(tx.manager)) {
    const found = await tx.manager
      .createQueryBuilder()
      .select('COUNT(*)', 'total')
      .from(table, 'other')
      .where(`other.${column} = :id`, { id: unit.id })
      .getRawOne<{ total: number | string }>();
    if (Number(found!.total) === 0) continue;
    refuse('CONFLICT', ['unitIds'], {
      vi: `${unit.name} đã có dữ liệu (${table}), không hủy việc sắp xếp được.`,
      en: `Other records refer to ${unit.name} (${table}); the reorganisation cannot be called off.`,
    });
  }
}

/** Every column that refers to a unit, but those of the units themselves. */
function referencesTo({ dataSource }: EntityManager): { table: string; column: string }[] {
  const own = new Set<unknown>([Unit, UnitAncestor, UnitSuccession]);
  return dataSource.entityMetadatas
    .filter(({ target }) => !own.has(target))
    .flatMap(({ tableName, foreignKeys }) =>
      foreignKeys
        .filter(({ referencedEntityMetadata }) => referencedEntityMetadata.target === Unit)
        .flatMap(({ columnNames }) => columnNames.map((column) => ({ table: tableName, column }))),
    );
}

/** The columns that say on which day something happened at a unit. */
const DAYS = [
  ['assignment', 'unit_id', 'valid_from'],
  ['cohort', 'host_unit_id', 'starts_on'],
  ['enrolment', 'unit_at_enrolment_id', 'nominated_on'],
] as const;

/** Refuses a first day after something happened at the unit, before its parent existed, or of a reorganisation. */
async function refuseFirstDay(tx: Tx, unit: Unit): Promise<void> {
  const { manager } = tx;
  const { id, name, validFrom, validTo, parentId } = unit;
  const fault = (vi: string, en: string) => refuse('CONFLICT', ['validFrom'], { vi, en });
  if (await manager.existsBy(UnitSuccession, { successorId: id })) {
    fault(
      `Ngày của ${name} là ngày sắp xếp đơn vị; vui lòng hủy việc sắp xếp rồi ghi lại.`,
      `${name} began by a reorganisation; call that off and enter it again.`,
    );
  }
  if (validFrom !== null && validTo !== null && validTo < validFrom) {
    fault(`${name} kết thúc ngày ${validTo}.`, `${name} was closed on ${validTo}.`);
  }
  const parent = parentId ? await manager.findOneByOrFail(Unit, { id: parentId }) : null;
  if (parent?.validFrom && (validFrom === null || validFrom < parent.validFrom)) {
    fault(
      `${parent.name} chỉ hoạt động từ ngày ${parent.validFrom}.`,
      `${parent.name} opens on ${parent.validFrom} only.`,
    );
  }
  if (validFrom === null) return;
  const children = await manager.findBy(Unit, { parentId: id });
  const early = children.find((child) => child.validFrom === null || child.validFrom < validFrom);
  if (early)
    fault(`${early.name} trực thuộc từ trước ngày này.`, `${early.name} was below it before that day.`);
  for (const [table, column, day] of DAYS) {
    const found = await manager
      .createQueryBuilder()
      .select('COUNT(*)', 'total')
      .from(table, 'other')
      .where(`other.${column} = :id AND other.${day} < :validFrom`, { id, validFrom })
      .getRawOne<{ total: number | string }>();
    const total = Number(found!.total);
    if (total > 0) {
      fault(
        `${name} có ${total} bản ghi (${table}) trước ngày ${validFrom}.`,
        `${name} has ${total} records (${table}) of days before ${validFrom}.`,
      );
    }
  }
}
