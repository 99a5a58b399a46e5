// Reorganisation: closes units, opens others and links successors to predecessors, in one mutation.
import { In } from 'typeorm';
import { dayBefore, holdsOn } from '../../lib/dates';
import { Refusals, refuse } from '../../graphql/errors';
import { lockName, lockRows } from '../../database/locks';
import type { Tx } from '../../events/write';
import { SuccessionKind, Unit, UnitSuccession } from './unit.entity';
import type { ReorganiseUnitsInput } from './unit.input';
import { closingOf, UNITS, NO_UNIT, requireUnit, assertOpen, insertUnit } from './unit.actions';

/**
 * Closes units on the day before `effectiveOn`, opens others, and links them. Officials, cohorts and enrolments stay
 * with their unit until they are moved by mutations of their own.
 */
export async function reorganiseUnits(
  tx: Tx,
  input: ReorganiseUnitsInput,
): Promise<{ closed: Unit[]; opened: Unit[] }> {
  await lockName(tx.manager, UNITS);
  const lastDay = dayBefore(input.effectiveOn);
  const closed = await closeUnits(tx, input, lastDay);
  const opened: Unit[] = [];
  for (const [i, unit] of input.open.entries()) {
    opened.push(await insertUnit(tx, unit, input.effectiveOn, ['open', i]));
  }
  await linkUnits(tx, input, closed, opened);
  for (const unit of closed) {
    tx.record({
      name: 'unit.closed',
      subjectId: unit.id,
      unitId: unit.id,
      changes: [{ field: 'validTo', from: null, to: lastDay }],
    });
  }
  for (const unit of opened) {
    tx.record({
      name: 'unit.opened',
      subjectId: unit.id,
      unitId: unit.id,
      changes: [{ field: 'validFrom', from: null, to: input.effectiveOn }],
    });
  }
  if (closed.length === 0 && opened.length === 0) {
    // Only parts were transferred, between units that stay open.
    for (const id of new Set(input.successions.map(({ predecessorId }) => predecessorId))) {
      tx.record({ name: 'unit.transferred', subjectId: id, unitId: id });
    }
  }
  return { closed, opened };
}

async function closeUnits(tx: Tx, input: ReorganiseUnitsInput, lastDay: string): Promise<Unit[]> {
  const refusals = new Refusals();
  await lockRows(tx.manager, Unit, input.closeIds, 'change');
  const found = await tx.manager.findBy(Unit, { id: In(input.closeIds) });
  const closed: Unit[] = [];
  for (const [i, id] of input.closeIds.entries()) {
    const unit = found.find((each) => each.id === id);
    const path = ['closeIds', i];
    if (!unit) refusals.add('NOT_FOUND', path, NO_UNIT);
    else if (input.closeIds.indexOf(id) !== i) {
      refusals.add('INVALID', path, { vi: 'Đơn vị được nêu hai lần.', en: 'This unit is named twice.' });
    } else if (unit.validTo !== null) {
      refusals.add('UNIT_CLOSED', path, {
        vi: `${closingOf(unit, tx.today).vi}.`,
        en: `${closingOf(unit, tx.today).en} already.`,
      });
    } else if (!holdsOn(unit, lastDay)) {
      refusals.add('INVALID', path, {
        vi: `${unit.name} chưa hoạt động vào ngày ${lastDay}.`,
        en: `${unit.name} did not exist yet on ${lastDay}.`,
      });
    } else if (!input.successions.some(({ predecessorId }) => predecessorId === id)) {
      refusals.add('INVALID', path, {
        vi: `Chưa nêu ${unit.name} trở thành đơn vị nào (successions; giải thể thì ghi DISSOLVED).`,
        en: `Say in successions what becomes of ${unit.name} (DISSOLVED if nothing does).`,
      });
    } else closed.push(unit);
  }
  refusals.throwIfAny();
  for (const unit of closed) {
    unit.validTo = lastDay;
    await tx.manager.update(Unit, { id: unit.id }, { validTo: lastDay });
  }
  await refuseOrphans(tx, input, closed);
  return closed;
}

/** Refuses to close a unit while a unit below it stays open. */
async function refuseOrphans(tx: Tx, input: ReorganiseUnitsInput, closed: Unit[]): Promise<void> {
  const refusals = new Refusals();
  const children = await tx.manager.findBy(Unit, { parentId: In(closed.map(({ id }) => id)) });
  for (const parent of closed) {
    const left = children.filter(
      (child) => child.parentId === parent.id && (child.validTo === null || child.validTo > parent.validTo!),
    );
    if (left.length === 0) continue;
    const names =
      left
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ') + (left.length > 5 ? ', …' : '');
    refusals.add('CONFLICT', ['closeIds', input.closeIds.indexOf(parent.id)], {
      vi: `${parent.name} còn ${left.length} đơn vị trực thuộc hoạt động sau ngày ${parent.validTo}: ${names}. Hãy sắp xếp cùng lúc.`,
      en: `${parent.name} has ${left.length} units below it that outlast ${parent.validTo}: ${names}. Reorganise them as well.`,
    });
  }
  refusals.throwIfAny();
}

async function linkUnits(tx: Tx, input: ReorganiseUnitsInput, closed: Unit[], opened: Unit[]): Promise<void> {
  const links = new Set<string>();
  for (const [i, succession] of input.successions.entries()) {
    const path = ['successions', i];
    const predecessor =
      closed.find(({ id }) => id === succession.predecessorId) ??
      (await requireUnit(tx, succession.predecessorId, [...path, 'predecessorId']));
    const ends = closed.includes(predecessor);
    if (!ends) {
      assertOpen(predecessor, input.effectiveOn, tx.today, [...path, 'predecessorId']);
      if (!succession.isPartial) {
        refuse('INVALID', [...path, 'isPartial'], {
          vi: `${predecessor.name} vẫn hoạt động nên chỉ có thể chuyển một phần (isPartial: true).`,
          en: `${predecessor.name} lives on, so only a part of it can move (isPartial: true).`,
        });
      }
    }
    const successorId = await successorOf(tx, input, i, opened);
    const link = `${predecessor.id} ${successorId}`;
    if (links.has(link)) {
      refuse('ALREADY_EXISTS', path, {
        vi: 'Kế thừa này được nêu hai lần.',
        en: 'This succession is named twice.',
      });
    }
    links.add(link);
    await tx.manager.insert(UnitSuccession, {
      predecessorId: predecessor.id,
      successorId,
      effectiveOn: input.effectiveOn,
      kind: succession.kind,
      isPartial: succession.isPartial,
      note: succession.note ?? null,
    });
  }
}

async function successorOf(
  tx: Tx,
  input: ReorganiseUnitsInput,
  i: number,
  opened: Unit[],
): Promise<string | null> {
  const { kind, predecessorId, successorCode, successorId } = input.successions[i]!;
  const path = ['successions', i];
  if (kind === SuccessionKind.DISSOLVED) {
    if (!successorCode && !successorId) return null;
    refuse('INVALID', [...path, 'kind'], {
      vi: 'Đơn vị giải thể không có đơn vị kế thừa.',
      en: 'A dissolved unit has no successor.',
    });
  }
  if (Boolean(successorCode) === Boolean(successorId)) {
    refuse('INVALID', path, {
      vi: 'Hãy nêu đúng một trong hai: successorCode (đơn vị mới) hoặc successorId (đơn vị đang hoạt động).',
      en: 'Give exactly one of successorCode (a unit opened here) and successorId (a unit open already).',
    });
  }
  if (successorCode) {
    const unit = opened.find(({ code }) => code === successorCode);
    return unit?.id ?? refuse('NOT_FOUND', [...path, 'successorCode'], NO_UNIT);
  }
  if (successorId === predecessorId) {
    refuse('INVALID', [...path, 'successorId'], {
      vi: 'Đơn vị không thể kế thừa chính mình.',
      en: 'A unit cannot succeed itself.',
    });
  }
  const unit = await requireUnit(tx, successorId!, [...path, 'successorId']);
  assertOpen(unit, input.effectiveOn, tx.today, [...path, 'successorId']);
  return unit.id;
}
