// GraphQL fields of stated figures: list and mutations. The counts are in statistics/stated-figure.resolver.ts.
import { listFields } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
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
const figureLists = listFields(figures, StatedFigureConnection, StatedFigureArgs);

const givenFigure = { figure: [StatedFigure, 'The figure; null when refused (số liệu).'] } as const;

export const resolvers = [
  figureLists.root('statedFigures', {
    may: 'figure.read',
    description: 'Published figures that were not withdrawn, latest period first (số liệu đã công bố).',
  }),
  mutation(stateFigure, {
    may: 'figure.state',
    does: 'Registers a published figure (ghi nhận số liệu công bố).',
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
