// Stated figure actions: register a published figure and withdraw it.
import { IsNull } from 'typeorm';
import { isWithin } from '../../access/scope';
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { missing, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { requireProgramme } from '../programme/programme.actions';
import { insertSource, isNamed } from '../source/source.actions';
import { assertExisted, requireUnitWithin } from '../unit/unit.actions';
import { StatedFigure } from './stated-figure.entity';
import type { StateFigureInput, WithdrawFigureInput } from './stated-figure.input';

/**
 * Registers a figure with its source. Refuses a period that ends before it begins, a unit that did not exist in it, a
 * source dated in the future, and a figure that the same source has stated already.
 */
export async function stateFigure(tx: Tx, input: StateFigureInput): Promise<{ figure: StatedFigure }> {
  const { manager } = tx;
  const unit = await requireUnitWithin(tx, 'figure.state', input.unitId, ['unitId']);
  if (input.programmeId) await requireProgramme(tx, input.programmeId, ['programmeId']);
  if (input.periodTo < input.periodFrom) {
    refuse('INVALID', ['periodTo'], {
      vi: `Kỳ số liệu không được kết thúc trước ngày bắt đầu ${input.periodFrom}.`,
      en: `The period cannot end before it begins, on ${input.periodFrom}.`,
    });
  }
  assertExisted(unit, { validFrom: input.periodFrom, validTo: input.periodTo }, ['unitId']);
  await lockName(manager, `figures of ${unit.id}`);
  const { metric, periodFrom, periodTo } = input;
  const selectors = selectorsOf(input);
  const same = await manager.findBy(StatedFigure, {
    metric,
    periodFrom,
    periodTo,
    unitId: unit.id,
    withdrawnAt: IsNull(),
    ...Object.fromEntries(Object.entries(selectors).map(([name, value]) => [name, value ?? IsNull()])),
  });
  const ids = same.map(({ id }) => id);
  if (await isNamed(tx, ids, input.source)) {
    refuse('ALREADY_EXISTS', ['source'], {
      vi: 'Nguồn này đã được ghi cho số liệu ấy. Nếu ghi sai, hãy rút số liệu đó trước.',
      en: 'This source has stated this figure already. Withdraw that one first if it is wrong.',
    });
  }
  const figure = manager.create(StatedFigure, {
    id: newId(StatedFigure.idPrefix),
    metric: input.metric,
    value: input.value,
    qualifier: input.qualifier,
    wording: input.wording ?? null,
    periodFrom: input.periodFrom,
    periodTo: input.periodTo,
    unitId: unit.id,
    ...selectors,
    createdAt: tx.now,
    withdrawnAt: null,
    withdrawalReason: null,
  });
  await manager.insert(StatedFigure, figure);
  await insertSource(tx, { id: figure.id, officialId: null }, input.source, ['source']);
  recordFigure(tx, figure, 'figure.stated');
  return { figure };
}

/** What narrows the classes that a figure is about; null where it does not. */
const selectorsOf = (input: StateFigureInput) => ({
  programmeId: input.programmeId ?? null,
  location: input.location ?? null,
  contentGroup: input.contentGroup ?? null,
  programmeKind: input.programmeKind ?? null,
  basis: input.basis ?? null,
});

/** Withdraws a figure: no list shows it any more. Refuses one that was withdrawn before. */
export async function withdrawFigure(tx: Tx, input: WithdrawFigureInput): Promise<{ figure: StatedFigure }> {
  const { manager } = tx;
  await lockRows(manager, StatedFigure, [input.figureId], 'change');
  const reach = tx.scope('figure.withdraw').units('own.unit_id');
  const figure =
    ((await isWithin(manager, StatedFigure, input.figureId, reach)) &&
      (await manager.findOneBy(StatedFigure, { id: input.figureId }))) ||
    refuse('NOT_FOUND', ['figureId'], missing('số liệu', 'figure'));
  if (figure.withdrawnAt !== null) {
    refuse('ILLEGAL_TRANSITION', ['figureId'], {
      vi: 'Số liệu này đã được rút.',
      en: 'This figure was withdrawn already.',
    });
  }
  Object.assign(figure, { withdrawnAt: tx.now, withdrawalReason: input.reason ?? null });
  await manager.update(StatedFigure, { id: figure.id }, figure);
  recordFigure(tx, figure, 'figure.withdrawn');
  return { figure };
}

function recordFigure(tx: Tx, figure: StatedFigure, name: EventName): void {
  const { id: subjectId, programmeId, unitId } = figure;
  tx.record({
    name,
    subjectId,
    ...(programmeId && { programmeId }),
    unitId,
  });
}
