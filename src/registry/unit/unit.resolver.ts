// GraphQL fields of units: lists, ancestors, predecessors, successors, and mutations.
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { OnDay } from '../../graphql/filters';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { Events } from '../../events/catalogue';
import { write } from '../../events/write';
import { holdsOn } from '../../lib/dates';
import type { Listing } from '../../graphql/page';
import { type Batch, grouped, rowsBy } from '../../graphql/reader';
import { codeKey, codeKeys } from '../../lib/texts';
import { requireIdOf, requireIdOrCode } from '../../graphql/validation';
import { inForce, isIn } from '../../lib/sql';
import { openUnit } from './unit.actions';
import { reorganiseUnits } from './reorganisation.actions';
import { Unit, UnitAncestor, UnitSuccession } from './unit.entity';
import { heirsOfParts } from './standing';
import { ofUnits } from './unit.reads';
import { callOffReorganisation, correctUnit } from './unit-slips.actions';
import {
  CallOffReorganisationInput,
  CorrectUnitInput,
  OpenUnitInput,
  ReorganiseUnitsInput,
  ReorganiseUnitsPayload,
  UnitArgs,
  UnitConnection,
  type UnitFilter,
} from './unit.input';

const units: Listing<Unit, UnitFilter> = {
  entity: Unit,
  alias: 'unit',
  searched: true,
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
  narrow: ({ kinds, codes, parentIds, withinIds, on }) => [
    kinds && isIn('unit.kind', kinds),
    codes && isIn('unit.codeKey', codeKeys(codes)),
    parentIds && isIn('unit.parentId', parentIds),
    withinIds && ofUnits('unit.id', { unitIds: withinIds }),
    on && inForce('unit.validFrom', 'unit.validTo', on),
  ],
};
const unitLists = listFields(units, UnitConnection, UnitArgs);

/** Successions by predecessor or by successor, many at once. */
const linksBy = (side: 'predecessorId' | 'successorId') =>
  rowsBy(UnitSuccession, side, ['effectiveOn', 'no']);
const linksToPredecessors = linksBy('successorId');
const recordedSuccessors = linksBy('predecessorId');

/** The successions of units; in place of none for a unit that was dissolved, those of the units below it. */
const linksToSuccessors: Batch<UnitSuccession[]> = async (manager, ids) => {
  const links = await recordedSuccessors(manager, ids);
  const endings = [...links.values()].flat().filter(({ successorId }) => successorId === null);
  const heirs = await heirsOfParts(
    manager,
    endings.map(({ predecessorId }) => predecessorId),
  );
  for (const ending of endings) {
    const successorIds = heirs.get(ending.predecessorId) ?? [];
    if (successorIds.length === 0) continue;
    const isPartial = successorIds.length > 1;
    links.set(
      ending.predecessorId,
      successorIds.map((successorId) =>
        manager.create(UnitSuccession, { ...ending, successorId, isPartial }),
      ),
    );
  }
  return links;
};

const linesOf: Batch<UnitAncestor[]> = async (manager, ids) => {
  const rows = await manager
    .createQueryBuilder(UnitAncestor, 'line')
    .where('line.unitId IN (:...ids) AND line.distance > 0', { ids })
    .orderBy('line.distance')
    .getMany();
  return grouped(rows, ({ unitId }) => unitId);
};

@Resolver(() => Unit)
export class UnitResolver {
  @May('unit.read')
  @Query(() => Unit, {
    nullable: true,
    description:
      'A unit by id, or by code on a day; today when no day is given. Null for a code that no unit bears on that day: `units(filter: { codes })` lists every unit that ever bore it, with its days (đơn vị).',
  })
  async unit(
    @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its official code (mã đơn vị).' })
    code: string | null,
    @OnDay('The day the code is meant for (vào ngày).') on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Unit | null> {
    requireIdOrCode('a unit', id, code);
    const day = on ?? ctx.today;
    if (id != null) {
      const unit = await ctx.reader.find(Unit, requireIdOf('unit', id));
      return unit && (on == null || holdsOn(unit, on)) ? unit : null;
    }
    const bearers = await ctx.reader.read((manager) => manager.findBy(Unit, { codeKey: codeKey(code!) }));
    const borne = bearers.filter((unit) => holdsOn(unit, day));
    return borne.find((unit) => unit.code === code) ?? borne[0] ?? null;
  }

  @May('unit.reorganise')
  @Events(['unit.opened', 'unit.closed', 'unit.transferred'])
  @Mutation(() => ReorganiseUnitsPayload, {
    description:
      'Merges, splits, renames or dissolves units on a date. Officials stay assigned to closed units until moveOfficials moves them; leftOpen lists them (sắp xếp đơn vị).',
  })
  reorganiseUnits(
    @Arg('input', () => ReorganiseUnitsInput, { description: 'What ends and begins (đầu vào).' })
    input: ReorganiseUnitsInput,
    @Ctx() ctx: Context,
  ): Promise<ReorganiseUnitsPayload> {
    return write(ctx, ReorganiseUnitsPayload, input, reorganiseUnits);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it exists on a day (đang hoạt động).' })
  isOpen(@Root() unit: Unit, @OnDay() on: string | null, @Ctx() ctx: Context): boolean {
    return holdsOn(unit, on ?? ctx.today);
  }

  @FieldResolver(() => [Unit], { description: 'The units above, nearest first (các đơn vị cấp trên).' })
  async ancestors(@Root() unit: Unit, @Ctx() ctx: Context): Promise<Unit[]> {
    const line = (await ctx.reader.load(linesOf, unit.id)) ?? [];
    return Promise.all(line.map(({ ancestorId }) => ctx.reader.get(Unit, ancestorId)));
  }
}

export const resolvers = [
  rowsField(Unit, 'predecessors', {
    type: UnitSuccession,
    load: linksToPredecessors,
    description: 'The units it came from (đơn vị tiền thân).',
  }),
  rowsField(Unit, 'successors', {
    type: UnitSuccession,
    load: linksToSuccessors,
    description:
      'The units it became; for one that was dissolved, those that the units below it became (đơn vị kế thừa).',
  }),
  unitLists.root('units', {
    permission: 'unit.read',
    description: 'Units of all times, or those of one day with filter.on (các đơn vị).',
  }),
  unitLists.of(Unit, 'children', {
    by: 'unit.parentId',
    description: 'The units directly below (đơn vị trực thuộc).',
  }),
  UnitResolver,
  mutation(openUnit, {
    permission: 'unit.open',
    description: 'Opens a new unit (thành lập đơn vị).',
    input: { type: OpenUnitInput, description: 'The unit (đầu vào).' },
    payload: {
      description: 'The unit that was opened (kết quả thành lập).',
      fields: { unit: { type: Unit, description: 'The new unit; null when refused (đơn vị).' } },
    },
    events: ['unit.opened'],
  }),
  mutation(correctUnit, {
    permission: 'unit.correct',
    description: 'Corrects what a unit was entered with; it is no reorganisation (đính chính đơn vị).',
    input: { type: CorrectUnitInput, description: 'What was wrong, and why (đầu vào).' },
    payload: {
      description: 'The unit as corrected (kết quả đính chính).',
      fields: { unit: { type: Unit, description: 'The unit; null when refused (đơn vị).' } },
    },
    events: ['unit.corrected'],
  }),
  mutation(callOffReorganisation, {
    permission: 'unit.callOff',
    description:
      'Calls a reorganisation off whose day has not come, or that was entered wrongly: units that it closed go on, those that it opened never were (hủy việc sắp xếp đơn vị).',
    input: { type: CallOffReorganisationInput, description: 'Which, and why (đầu vào).' },
    payload: {
      description: 'What goes on (kết quả).',
      fields: {
        reopened: {
          type: [Unit],
          description: 'The units that go on; empty when refused (đơn vị hoạt động tiếp).',
        },
      },
    },
    events: ['unit.reopened', 'unit.removed', 'unit.corrected'],
  }),
];
