// GraphQL fields of training plans: lists and mutations. Their progress is in statistics/plan-progress.resolver.ts.
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { sql } from '../../lib/sql';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.reads';
import { adoptPlan, revisePlan } from './plan.actions';
import { PlanTarget, TrainingPlan } from './plan.entity';
import {
  AdoptPlanInput,
  RevisePlanInput,
  TrainingPlanConnection,
  TrainingPlanArgs,
  type TrainingPlanFilter,
} from './plan.input';
import { targetsOf } from './plan.reads';

const plans: Listing<TrainingPlan, TrainingPlanFilter> = {
  entity: TrainingPlan,
  alias: 'plan',
  orders: { YEAR: ['year'], CREATED_AT: ['createdAt'], UPDATED_AT: ['updatedAt'] },
  usual: { field: 'YEAR', direction: 'DESC' },
  narrow: ({ year, unitIds, ...filter }) => [
    year != null && sql`plan.year = ${year}`,
    unitIds && ofUnits('plan.unitId', { ...filter, unitIds }),
  ],
};
const planLists = listFields(plans, TrainingPlanConnection, TrainingPlanArgs);

const planField = {
  plan: { type: TrainingPlan, description: 'The plan; null when refused (kế hoạch).' },
} as const;

export const resolvers = [
  rowsField(TrainingPlan, 'targets', {
    type: PlanTarget,
    load: targetsOf,
    description: 'Its targets, in their order (các chỉ tiêu).',
  }),
  planLists.root('trainingPlans', {
    permission: 'plan.read',
    description: 'Training plans, latest year first (kế hoạch đào tạo, bồi dưỡng).',
  }),
  planLists.of(Unit, 'plans', {
    by: 'plan.unitId',
    filtered: false,
    description: 'Its own training plans, latest year first (kế hoạch đào tạo, bồi dưỡng).',
  }),
  mutation(adoptPlan, {
    permission: 'plan.adopt',
    description: "Registers a unit's plan for a year (ban hành kế hoạch).",
    input: { type: AdoptPlanInput, description: 'The plan (đầu vào).' },
    payload: { description: 'The plan that was adopted (kết quả).', fields: planField },
    events: ['plan.adopted'],
  }),
  mutation(revisePlan, {
    permission: 'plan.revise',
    description: 'Revises a plan, its targets included; what is left out stays (điều chỉnh kế hoạch).',
    input: { type: RevisePlanInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The plan as revised (kết quả).', fields: planField },
    events: ['plan.revised'],
  }),
];
