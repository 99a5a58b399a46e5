// Training plan actions: adopt and revise a plan, and what it may carry over.
import { In } from 'typeorm';
import { isWithin } from '../../access/scope';
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { missing, notYours, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { Topic } from '../topic/topic.entity';
import { assertExisted, assertHappened, requireUnitWithin } from '../unit/unit.actions';
import { UnitSuccession } from '../unit/unit.entity';
import { PlanTarget, TrainingPlan } from './plan.entity';
import type { AdoptPlanInput, PlanTargetInput, RevisePlanInput } from './plan.input';

const NO_PLAN = missing('kế hoạch', 'plan');
type Target = Omit<PlanTarget, 'planId' | 'place' | 'plan' | 'topic'>;
/** A plan with its targets, which have a table of their own. */
type Whole = TrainingPlan & { targets: Target[] };

/**
 * Adopts a plan. Refuses a second plan of the unit for the year, a unit that does not exist in that year, a decision
 * dated in the future, the same part twice, and a carry-over from anything but the plan of the year before.
 */
export async function adoptPlan(tx: Tx, input: AdoptPlanInput): Promise<{ plan: TrainingPlan }> {
  const { manager } = tx;
  const { year } = input;
  const unit = await requireUnitWithin(tx, 'plan.adopt', input.unitId, ['unitId']);
  assertExisted(unit, { validFrom: `${year}-01-01`, validTo: `${year}-12-31` }, ['unitId']);
  if (await manager.existsBy(TrainingPlan, { unitId: unit.id, year })) {
    refuse('ALREADY_EXISTS', ['year'], {
      vi: `${unit.name} đã có kế hoạch năm ${year}. Hãy điều chỉnh kế hoạch ấy.`,
      en: `${unit.name} has a plan for ${year} already. Revise that one.`,
    });
  }
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const targets = await requireTargets(tx, input.targets);
  const carriedOverFromId = input.carriedOverFromId ?? null;
  await assertCarryOver(tx, { unitId: unit.id, year, carriedOverFromId, targets });
  const plan = manager.create(TrainingPlan, {
    id: newId(TrainingPlan.idPrefix),
    unitId: unit.id,
    year,
    decisionNumber: input.decisionNumber ?? null,
    decidedOn: input.decidedOn ?? null,
    carriedOverFromId,
    version: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  await manager.insert(TrainingPlan, plan);
  await insertTargets(tx, plan.id, targets);
  tx.record({ name: 'plan.adopted', subjectId: plan.id, unitId: unit.id });
  return { plan };
}

/** Revises a plan; unit and year identify it and stay. Refuses an old version, and what adoptPlan refuses. */
export async function revisePlan(tx: Tx, input: RevisePlanInput): Promise<{ plan: TrainingPlan }> {
  const { manager } = tx;
  await lockRows(manager, TrainingPlan, [input.planId], 'change');
  const reach = tx.scope('plan.revise').units('own.unit_id');
  const isOwn = await isWithin(manager, TrainingPlan, input.planId, reach);
  const plan = await requirePlan(tx, input.planId, 'planId');
  if (!isOwn) refuse('NOT_FOUND', ['planId'], notYours('kế hoạch này', 'this plan'));
  assertVersion(plan, input.version);
  assertHappened(tx, input.decidedOn, 'decidedOn');
  const current: Whole = { ...plan, targets: await targetsOf(tx, plan.id) };
  const { columns, changes } = revise<Whole>(
    current,
    {
      decisionNumber: input.decisionNumber,
      decidedOn: input.decidedOn,
      carriedOverFromId: input.carriedOverFromId,
      targets: input.targets && (await requireTargets(tx, input.targets)),
    },
    ['targets'],
  );
  if (changes.length === 0) return { plan };
  await assertCarryOver(tx, { ...current, ...columns });
  const { targets, ...own } = columns;
  Object.assign(plan, own, { version: plan.version + 1, updatedAt: tx.now });
  await manager.update(TrainingPlan, { id: plan.id }, plan);
  if (targets) {
    await manager.delete(PlanTarget, { planId: plan.id });
    await insertTargets(tx, plan.id, targets);
  }
  tx.record({ name: 'plan.revised', subjectId: plan.id, unitId: plan.unitId, changes });
  return { plan };
}

/** The plan with this id. Refuses at `field` when there is none. */
export async function requirePlan(tx: Tx, id: string, field: string): Promise<TrainingPlan> {
  return (await tx.manager.findOneBy(TrainingPlan, { id })) ?? refuse('NOT_FOUND', [field], NO_PLAN);
}

/** A plan carries over from the year before only, so that plans cannot form a circle. */
async function assertCarryOver(
  tx: Tx,
  plan: Pick<Whole, 'unitId' | 'year' | 'carriedOverFromId' | 'targets'>,
): Promise<void> {
  const path = 'carriedOverFromId';
  if (plan.carriedOverFromId === null) {
    if (plan.targets.every(({ carriedOver }) => carriedOver === 0)) return;
    refuse('INVALID', [path], {
      vi: 'Có chỉ tiêu chuyển từ năm trước: hãy nêu kế hoạch năm trước.',
      en: 'Something is carried over: say from which plan.',
    });
  }
  const before = await requirePlan(tx, plan.carriedOverFromId, path);
  const isSame =
    before.unitId === plan.unitId ||
    (await tx.manager.existsBy(UnitSuccession, { predecessorId: before.unitId, successorId: plan.unitId }));
  if (isSame && before.year === plan.year - 1) return;
  refuse('CONFLICT', [path], {
    vi: `Chỉ chuyển chỉ tiêu từ kế hoạch năm ${plan.year - 1} của chính đơn vị này hoặc đơn vị tiền thân.`,
    en: `Only the plan for ${plan.year - 1} of this same unit, or of one that it succeeded, can be carried over.`,
  });
}

/** The targets with every field set. Refuses a topic that does not exist, and the same part of the training twice. */
async function requireTargets(tx: Tx, given: PlanTargetInput[]): Promise<Target[]> {
  const targets = given.map((each) => ({
    metric: each.metric,
    target: each.target,
    carriedOver: each.carriedOver,
    contentGroup: each.contentGroup ?? null,
    category: each.category ?? null,
    topicId: each.topicId ?? null,
    location: each.location ?? null,
  }));
  const topicIds = targets.flatMap(({ topicId }) => topicId ?? []);
  const topics = new Set((await tx.manager.findBy(Topic, { id: In(topicIds) })).map(({ id }) => id));
  const refusals = new Refusals();
  const seen = new Set<string>();
  for (const [i, { target: _target, carriedOver: _carriedOver, ...part }] of targets.entries()) {
    if (part.topicId !== null && !topics.has(part.topicId)) {
      refusals.add('NOT_FOUND', ['targets', i, 'topicId'], missing('lĩnh vực', 'topic'));
    }
    const key = JSON.stringify(Object.values(part));
    if (seen.has(key)) {
      refusals.add('INVALID', ['targets', i], {
        vi: 'Phần này đã có chỉ tiêu ở trên.',
        en: 'This part has a target above already.',
      });
    }
    seen.add(key);
  }
  refusals.throwIfAny();
  return targets;
}

async function insertTargets(tx: Tx, planId: string, targets: Target[]): Promise<void> {
  await tx.manager.insert(
    PlanTarget,
    targets.map((target, place) => ({ planId, place, ...target })),
  );
}

async function targetsOf(tx: Tx, planId: string): Promise<Target[]> {
  const rows = await tx.manager.find(PlanTarget, { where: { planId }, order: { place: 'ASC' } });
  return rows.map(({ metric, target, carriedOver, contentGroup, category, topicId, location }) => ({
    metric,
    target,
    carriedOver,
    contentGroup,
    category,
    topicId,
    location,
  }));
}
