// Reads of training plans for several nouns: the targets of each plan.
import { rowsBy } from '../../graphql/reader';
import { PlanTarget } from './plan.entity';

/** The targets of each plan, in their order. */
export const targetsOf = rowsBy(PlanTarget, 'planId', ['place']);
