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

const figureField = {
  figure: { type: StatedFigure, description: 'The figure; null when refused (số liệu).' },
} as const;

export const resolvers = [
  figureLists.root('statedFigures', {
    permission: 'figure.read',
    description: 'Published figures that were not withdrawn, latest period first (số liệu đã công bố).',
  }),
  mutation(stateFigure, {
    permission: 'figure.state',
    description: 'Registers a published figure (ghi nhận số liệu công bố).',
    input: { type: StateFigureInput, description: 'The figure and its source (đầu vào).' },
    payload: { description: 'The figure that was registered (kết quả).', fields: figureField },
    events: ['figure.stated'],
  }),
  mutation(withdrawFigure, {
    permission: 'figure.withdraw',
    description: 'Withdraws a figure that was registered wrongly (rút số liệu).',
    input: { type: WithdrawFigureInput, description: 'Which figure (đầu vào).' },
    payload: { description: 'The figure that was withdrawn (kết quả).', fields: figureField },
    events: ['figure.withdrawn'],
  }),
];
