// Training plans of the enlarged city: the targets of 2026 are known, those of 2025 are invented.
import { idFromName } from '../lib/ids';
import { PlanMetric, type PlanTarget, type TrainingPlan } from '../registry/plan/plan.entity';
import type { RowOf } from './bulk-insert';
import { CITY_CODE, REORGANISED_ON, type SampleUnits } from './units';

const PLANS: { year: number; targets: { metric: PlanMetric; target: number; carriedOver: number }[] }[] = [
  {
    year: 2025,
    targets: [
      { metric: PlanMetric.PARTICIPATIONS, target: 29_000, carriedOver: 0 },
      { metric: PlanMetric.COHORTS, target: 320, carriedOver: 0 },
    ],
  },
  {
    // 27,180 participations, and 2,900 carried over; its decision is left open.
    year: 2026,
    targets: [{ metric: PlanMetric.PARTICIPATIONS, target: 27_180, carriedOver: 2_900 }],
  },
];

const idOfPlan = (year: number): string => idFromName('plan', `${CITY_CODE}@${year}`);

export interface SamplePlans {
  rows: RowOf<TrainingPlan>[];
  targets: RowOf<PlanTarget>[];
}

export function makePlans(units: SampleUnits): SamplePlans {
  const unitId = units.at(CITY_CODE, REORGANISED_ON).id;
  const rows = PLANS.map(({ year }, i): RowOf<TrainingPlan> => {
    const registeredAt = new Date(`${year}-08-01T02:00:00Z`);
    return {
      id: idOfPlan(year),
      unitId,
      year,
      decisionNumber: null,
      decidedOn: null,
      carriedOverFromId: i === 0 ? null : idOfPlan(year - 1),
      version: 1,
      createdAt: registeredAt,
      updatedAt: registeredAt,
    };
  });
  const targets = PLANS.flatMap((plan) =>
    plan.targets.map((target, place) => ({
      planId: idOfPlan(plan.year),
      place,
      ...target,
      contentGroup: null,
      category: null,
      topicId: null,
      location: null,
    })),
  );
  return { rows, targets };
}
