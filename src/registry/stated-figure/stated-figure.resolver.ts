// What can be asked of stated figures? What they are counted as is in statistics.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import type { ListArgs, Listing, Page } from '../../lib/page';
import { isIn, sql } from '../../lib/sql';
import { Programme } from '../programme/programme.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.line';
import { stateFigure, withdrawFigure } from './stated-figure.actions';
import { StatedFigure } from './stated-figure.entity';
import {
  StatedFigureConnection,
  StatedFigureArgs,
  type StatedFigureFilter,
  StateFigureInput,
  StateFigurePayload,
  WithdrawFigureInput,
  WithdrawFigurePayload,
} from './stated-figure.input';

const figures: Listing<StatedFigure, StatedFigureFilter> = {
  entity: StatedFigure,
  alias: 'figure',
  orders: { PERIOD: ['periodTo'] },
  usual: { field: 'PERIOD', direction: 'DESC' },
  narrow: ({ metrics, unitIds, ...filter }) => [
    sql`figure.withdrawnAt IS NULL`,
    metrics && isIn('figure.metric', metrics),
    unitIds && ofUnits('figure.unitId', { ...filter, unitIds }),
  ],
};

@Resolver(() => StatedFigure)
export class StatedFigureResolver {
  @May('figure.read')
  @Query(() => StatedFigureConnection, {
    description: 'Published figures that were not withdrawn, latest period first (số liệu đã công bố).',
  })
  statedFigures(
    @Args(() => StatedFigureArgs.root) args: ListArgs<StatedFigureFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<StatedFigure>> {
    return ctx.list(figures, args);
  }

  @May('figure.state')
  @Mutation(() => StateFigurePayload, {
    description: 'Registers a figure that somebody published (ghi nhận số liệu công bố).',
  })
  stateFigure(
    @Arg('input', () => StateFigureInput, { description: 'The figure and its source (đầu vào).' })
    input: StateFigureInput,
    @Ctx() ctx: Context,
  ): Promise<StateFigurePayload> {
    return write(ctx, StateFigurePayload, input, stateFigure);
  }

  @May('figure.withdraw')
  @Mutation(() => WithdrawFigurePayload, {
    description: 'Withdraws a figure that was registered wrongly (rút số liệu).',
  })
  withdrawFigure(
    @Arg('input', () => WithdrawFigureInput, { description: 'Which figure (đầu vào).' })
    input: WithdrawFigureInput,
    @Ctx() ctx: Context,
  ): Promise<WithdrawFigurePayload> {
    return write(ctx, WithdrawFigurePayload, input, withdrawFigure);
  }

  @FieldResolver(() => Unit, { description: 'The unit it is about, with all below it (đơn vị).' })
  unit(@Root() figure: StatedFigure, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, figure.unitId);
  }

  @FieldResolver(() => Programme, {
    nullable: true,
    description: 'Only cohorts on this programme; null for all (chương trình).',
  })
  programme(@Root() figure: StatedFigure, @Ctx() ctx: Context): Promise<Programme | null> {
    return ctx.reader.find(Programme, figure.programmeId);
  }
}
