// What can be asked of stated figures? What they are counted as is in statistics.
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { type Gives, mutation } from '../../events/mutation';
import type { ListArgs, Listing, Page } from '../../graphql/page';
import { isIn, sql } from '../../lib/sql';
import { ofUnits } from '../unit/unit.reads';
import { stateFigure, withdrawFigure } from './stated-figure.actions';
import { StatedFigure } from './stated-figure.entity';
import {
  StatedFigureConnection,
  StatedFigureArgs,
  type StatedFigureFilter,
  StateFigureInput,
  WithdrawFigureInput,
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
}

const givenFigure = { figure: [StatedFigure, 'The figure; null when refused (số liệu).'] } satisfies Gives<{
  figure: StatedFigure;
}>;

export const resolvers = [
  StatedFigureResolver,
  mutation(stateFigure, {
    may: 'figure.state',
    does: 'Registers a figure that somebody published (ghi nhận số liệu công bố).',
    takes: [StateFigureInput, 'The figure and its source (đầu vào).'],
    gives: givenFigure,
    answers: 'The figure that was registered (kết quả).',
    tells: ['figure.stated'],
  }),
  mutation(withdrawFigure, {
    may: 'figure.withdraw',
    does: 'Withdraws a figure that was registered wrongly (rút số liệu).',
    takes: [WithdrawFigureInput, 'Which figure (đầu vào).'],
    gives: givenFigure,
    answers: 'The figure that was withdrawn (kết quả).',
    tells: ['figure.withdrawn'],
  }),
];
