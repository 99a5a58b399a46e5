// What can be asked of units, and which changes can be asked for?
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SelectQueryBuilder } from 'typeorm';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { holdsOn } from '../../lib/dates';
import { badInput } from '../../lib/errors';
import { isIn } from '../../lib/filters';
import { type Listing, type Order, type Page, PageArgs, readPage } from '../../lib/page';
import { type Batch, grouped } from '../../lib/reader';
import { storedCode } from '../../lib/texts';
import { requireIdOf } from '../../lib/validation';
import { matchText } from '../../lib/search';
import { DateScalar } from '../../lib/scalars';
import { openUnit, reorganiseUnits } from './unit.actions';
import { Unit, UnitAncestor, UnitSuccession } from './unit.entity';
import {
  OpenUnitInput,
  OpenUnitPayload,
  ReorganiseUnitsInput,
  ReorganiseUnitsPayload,
  UnitConnection,
  UnitFilter,
  UnitOrder,
} from './unit.input';

const units: Listing<Unit> = {
  entity: Unit,
  alias: 'unit',
  orders: { NAME: ['nameKey'], CODE: ['code'] },
  usual: { field: 'NAME', direction: 'ASC' },
};

/** The SQL condition that a column's unit is one of a filter's units, or below one unless told otherwise. */
export function ofUnits(
  column: string,
  { unitIds, includeSubunits }: { unitIds: string[]; includeSubunits?: boolean | null },
): [string, object] {
  const [condition, parameters] = isIn(
    includeSubunits === false ? column : 'ancestor_id',
    unitIds,
    'unitIds',
  );
  if (includeSubunits === false) return [condition, parameters];
  return [`${column} IN (SELECT unit_id FROM unit_ancestor WHERE ${condition})`, parameters];
}

function narrow(query: SelectQueryBuilder<Unit>, filter: UnitFilter | null | undefined): void {
  if (!filter) return;
  const { text, kinds, codes, parentIds, withinIds, on } = filter;
  if (text) matchText(query, 'unit', text);
  if (kinds) query.andWhere(...isIn('unit.kind', kinds, 'kinds'));
  if (codes) query.andWhere(...isIn('unit.code', codes, 'codes'));
  if (parentIds) query.andWhere(...isIn('unit.parentId', parentIds, 'parentIds'));
  if (withinIds) query.andWhere(...ofUnits('unit.id', { unitIds: withinIds }));
  if (on) {
    query.andWhere('(unit.validFrom IS NULL OR unit.validFrom <= :on)', { on });
    query.andWhere('(unit.validTo IS NULL OR unit.validTo >= :on)', { on });
  }
}

/** Links of units, with their units read in the same statement count for one unit as for many. */
const linksBy =
  (side: 'predecessorId' | 'successorId'): Batch<UnitSuccession[]> =>
  async (manager, ids) => {
    const links = await manager
      .createQueryBuilder(UnitSuccession, 'link')
      .where(`link.${side} IN (:...ids)`, { ids })
      .orderBy('link.effectiveOn')
      .addOrderBy('link.no')
      .getMany();
    return grouped(links, (link) => link[side]!);
  };
const linksToSuccessors = linksBy('predecessorId');
const linksToPredecessors = linksBy('successorId');

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
    description: 'A unit by id, or by code on a day; today when no day is given (đơn vị).',
  })
  async unit(
    @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its official code (mã đơn vị).' })
    code: string | null,
    @Arg('on', () => DateScalar, { nullable: true, description: 'The day the code is meant for (vào ngày).' })
    on: string | null,
    @Ctx() ctx: Context,
  ): Promise<Unit | null> {
    if ((id == null) === (code == null))
      throw badInput('Ask for a unit by `id` or by `code`, one of the two.');
    const day = on ?? ctx.today;
    if (id != null) {
      const unit = await ctx.reader.find(Unit, requireIdOf('unit', id));
      return unit && (on == null || holdsOn(unit, on)) ? unit : null;
    }
    const bearers = await ctx.reader.read((manager) => manager.findBy(Unit, { code: storedCode(code!) }));
    return bearers.find((unit) => holdsOn(unit, day)) ?? null;
  }

  @May('unit.read')
  @Query(() => UnitConnection, {
    description: 'Units of all times, or those of one day with filter.on (các đơn vị).',
  })
  units(
    @Arg('filter', () => UnitFilter, { nullable: true, description: 'Which units (bộ lọc).' })
    filter: UnitFilter | null,
    @Arg('orderBy', () => UnitOrder, { nullable: true, description: 'In which order; by name (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Unit>> {
    return readPage(ctx.reader, units, { page, orderBy, narrow: (query) => narrow(query, filter) });
  }

  @May('unit.open')
  @Mutation(() => OpenUnitPayload, { description: 'Opens a new unit (thành lập đơn vị).' })
  openUnit(
    @Arg('input', () => OpenUnitInput, { description: 'The unit (đầu vào).' }) input: OpenUnitInput,
    @Ctx() ctx: Context,
  ): Promise<OpenUnitPayload> {
    return write(ctx, OpenUnitPayload, input, openUnit);
  }

  @May('unit.reorganise')
  @Mutation(() => ReorganiseUnitsPayload, {
    description:
      'Merges, splits, renames or dissolves units on a date. Nobody is moved: officials stay assigned where they were until moveOfficials moves them; leftOpen lists them (sắp xếp đơn vị).',
  })
  reorganiseUnits(
    @Arg('input', () => ReorganiseUnitsInput, { description: 'What ends and begins (đầu vào).' })
    input: ReorganiseUnitsInput,
    @Ctx() ctx: Context,
  ): Promise<ReorganiseUnitsPayload> {
    return write(ctx, ReorganiseUnitsPayload, input, reorganiseUnits);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it exists on a day (đang hoạt động).' })
  isOpen(
    @Root() unit: Unit,
    @Arg('on', () => DateScalar, {
      nullable: true,
      description: 'The day; today when none is given (vào ngày).',
    })
    on: string | null,
    @Ctx() ctx: Context,
  ): boolean {
    return holdsOn(unit, on ?? ctx.today);
  }

  @FieldResolver(() => Unit, {
    nullable: true,
    description: 'The unit directly above (đơn vị cấp trên trực tiếp).',
  })
  parent(@Root() unit: Unit, @Ctx() ctx: Context): Promise<Unit | null> {
    return ctx.reader.find(Unit, unit.parentId);
  }

  @FieldResolver(() => [Unit], { description: 'The units above, nearest first (các đơn vị cấp trên).' })
  async ancestors(@Root() unit: Unit, @Ctx() ctx: Context): Promise<Unit[]> {
    const line = (await ctx.reader.load(linesOf, unit.id)) ?? [];
    return Promise.all(line.map(({ ancestorId }) => ctx.reader.get(Unit, ancestorId)));
  }

  @FieldResolver(() => UnitConnection, { description: 'The units directly below (đơn vị trực thuộc).' })
  children(
    @Root() unit: Unit,
    @Arg('filter', () => UnitFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: UnitFilter | null,
    @Arg('orderBy', () => UnitOrder, { nullable: true, description: 'In which order; by name (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Unit>> {
    return readPage(ctx.reader, units, {
      page,
      orderBy,
      filter,
      narrow: (query) => narrow(query, filter),
      of: { id: unit.id, parent: 'unit.parentId' },
    });
  }

  @FieldResolver(() => [UnitSuccession], { description: 'The units it came from (đơn vị tiền thân).' })
  async predecessors(@Root() unit: Unit, @Ctx() ctx: Context): Promise<UnitSuccession[]> {
    return (await ctx.reader.load(linksToPredecessors, unit.id)) ?? [];
  }

  @FieldResolver(() => [UnitSuccession], { description: 'The units it became (đơn vị kế thừa).' })
  async successors(@Root() unit: Unit, @Ctx() ctx: Context): Promise<UnitSuccession[]> {
    return (await ctx.reader.load(linksToSuccessors, unit.id)) ?? [];
  }
}

@Resolver(() => UnitSuccession)
export class UnitSuccessionResolver {
  @FieldResolver(() => Unit, { description: 'The unit that was (đơn vị cũ).' })
  predecessor(@Root() link: UnitSuccession, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, link.predecessorId);
  }

  @FieldResolver(() => Unit, {
    nullable: true,
    description: 'The unit that took over; null when dissolved (đơn vị mới).',
  })
  successor(@Root() link: UnitSuccession, @Ctx() ctx: Context): Promise<Unit | null> {
    return ctx.reader.find(Unit, link.successorId);
  }
}
