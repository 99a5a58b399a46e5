// Training order actions: request, revise, agree, decline, schedule, accept, cancel; and which state may follow which.
import { In } from 'typeorm';
import type { Permission } from '../../access/policy';
import { isWithin } from '../../access/scope';
import type { Change } from '../../events/event.entity';
import type { EventName } from '../../events/catalogue';
import { assertVersion, revise } from '../../events/revision';
import { isAmong } from '../../graphql/enums';
import type { Tx } from '../../events/write';
import { insertAll } from '../../database/insert-all';
import { searchText } from '../../database/search';
import { inWords } from '../../graphql/enums';
import { missing, notYours, type Path, Refusals, refuse } from '../../graphql/errors';
import { assertTransition, type Transitions } from '../../graphql/transitions';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { planCohort } from '../cohort/cohort.actions';
import { Cohort, CohortStatus } from '../cohort/cohort.entity';
import { saveCorrection } from '../correction/correction.actions';
import { replaceTopics, requireTopics } from '../topic/topic.actions';
import { isReached, unitsStandingFor } from '../unit/standing';
import { assertHappened, lineOf, requireOpenUnit, requireUnitWithin } from '../unit/unit.actions';
import { requireUniversity } from '../university/university.actions';
import {
  TrainingOrder,
  TrainingOrderCohort,
  TrainingOrderStatus,
  TrainingOrderTopic,
} from './training-order.entity';
import type {
  AcceptOrderInput,
  AgreeOrderInput,
  CancelOrderInput,
  DeclineOrderInput,
  RequestTrainingInput,
  ReviseOrderInput,
  ScheduleOrderInput,
} from './training-order.input';

const { REQUESTED, AGREED, RUNNING, ACCEPTED, DECLINED, CANCELLED } = TrainingOrderStatus;

const TRANSITIONS: Transitions<TrainingOrderStatus> = {
  [AGREED]: [REQUESTED],
  [DECLINED]: [REQUESTED, AGREED], // a university may find that it cannot deliver after all
  [RUNNING]: [AGREED],
  [ACCEPTED]: [RUNNING],
  [CANCELLED]: [REQUESTED, AGREED, RUNNING],
};

/** Orders a course, as of a day. Refuses a day to come, a unit that does not exist then, and a deadline before it. */
export async function requestTraining(
  tx: Tx,
  input: RequestTrainingInput,
): Promise<{ order: TrainingOrder }> {
  const { manager } = tx;
  await requireUnitWithin(tx, 'order.request', input.unitId, ['unitId']);
  assertHappened(tx, input.requestedOn, 'requestedOn');
  const requestedOn = input.requestedOn ?? tx.today;
  const unit = await requireOpenUnit(tx, input.unitId, requestedOn, ['unitId']);
  const university = await requireUniversity(tx, input.universityId, ['universityId']);
  const topicIds = await requireTopics(tx, input.topicIds, ['topicIds']);
  assertDeadline(requestedOn, input.neededBy);
  const order = manager.create(TrainingOrder, {
    id: newId(TrainingOrder.idPrefix),
    unitId: unit.id,
    universityId: university.id,
    title: input.title,
    expectedOutcome: input.expectedOutcome,
    headcount: input.headcount,
    requestedOn,
    createdAt: tx.now,
    neededBy: input.neededBy,
    status: REQUESTED,
    programmeId: null,
    reason: null,
    acceptedOn: null,
    result: null,
    search: searchText(input.title, input.expectedOutcome),
  });
  await manager.insert(TrainingOrder, order);
  await insertAll(
    manager,
    TrainingOrderTopic,
    topicIds.map((topicId) => ({ orderId: order.id, topicId })),
  );
  recordOrder(tx, order, 'order.requested', { field: 'status', from: null, to: REQUESTED });
  return { order };
}

/**
 * Revises an order, under the rules of requesting it. Refuses an old version, an order that was declined or cancelled,
 * another university once it has agreed, and the day or result of an acceptance that has not been.
 */
export async function reviseOrder(tx: Tx, input: ReviseOrderInput): Promise<{ order: TrainingOrder }> {
  const order = await requireOrderWithin(tx, 'order.revise', input.orderId);
  assertVersion(order, input.version);
  if (isAmong([DECLINED, CANCELLED], order.status)) {
    const [vi, en] = order.status === DECLINED ? ['bị từ chối', 'declined'] : ['bị hủy', 'cancelled'];
    refuse('ILLEGAL_TRANSITION', ['orderId'], {
      vi: `Đặt hàng này đã ${vi}, không sửa được nữa.`,
      en: `The order was ${en}; it is not revised any more.`,
    });
  }
  const { universityId, title, expectedOutcome, headcount, requestedOn, neededBy, acceptedOn, result } =
    input;
  const asked = {
    universityId,
    title,
    expectedOutcome,
    headcount,
    requestedOn,
    neededBy,
    acceptedOn,
    result,
  };
  const needed = Object.keys(asked) as (keyof typeof asked)[];
  const revision = revise<TrainingOrder>(order, asked, needed);
  await assertRevised(tx, order, revision.columns);
  const link: [typeof TrainingOrderTopic, 'orderId'] = [TrainingOrderTopic, 'orderId'];
  if (input.topicIds !== undefined && (await replaceTopics(tx, link, order.id, input.topicIds)))
    revision.changes.push({ field: 'topics', from: null, to: null });
  if (revision.changes.length === 0) return { order };
  const { programmeId, unitId } = order;
  await saveCorrection(tx, TrainingOrder, order, revision, input.reason, {
    ...{ name: 'order.revised', programmeId, unitId },
    universityId: revision.columns.universityId ?? order.universityId,
  });
  return { order };
}

async function assertRevised(tx: Tx, order: TrainingOrder, columns: Partial<TrainingOrder>): Promise<void> {
  if (columns.universityId) {
    await requireUniversity(tx, columns.universityId, ['universityId']);
    if (order.status !== REQUESTED) {
      refuse('ILLEGAL_TRANSITION', ['universityId'], {
        vi: 'Cơ sở đào tạo đã đồng ý đặt hàng này. Vui lòng hủy và đặt hàng cơ sở khác.',
        en: 'The university has agreed to deliver it. Cancel the order, and order from another one.',
      });
    }
  }
  for (const field of ['acceptedOn', 'result'] as const) {
    if (columns[field] === undefined || order.status === ACCEPTED) continue;
    refuse('ILLEGAL_TRANSITION', [field], {
      vi: 'Đặt hàng này chưa được nghiệm thu.',
      en: 'The order was not accepted yet.',
    });
  }
  assertHappened(tx, columns.requestedOn, 'requestedOn');
  assertHappened(tx, columns.acceptedOn, 'acceptedOn');
  const { unitId, requestedOn, neededBy, acceptedOn } = { ...order, ...columns };
  if (columns.requestedOn) await requireOpenUnit(tx, unitId, requestedOn, ['requestedOn']);
  assertDeadline(requestedOn, neededBy);
  if (acceptedOn === null || requestedOn <= acceptedOn) return;
  refuse('INVALID', [columns.acceptedOn ? 'acceptedOn' : 'requestedOn'], {
    vi: `Ngày nghiệm thu ${acceptedOn} không được trước ngày đề nghị ${requestedOn}.`,
    en: `It cannot be accepted on ${acceptedOn}, before it is requested on ${requestedOn}.`,
  });
}

function assertDeadline(requestedOn: string, neededBy: string): void {
  if (neededBy >= requestedOn) return;
  refuse('INVALID', ['neededBy'], {
    vi: `Thời hạn không được trước ngày đề nghị ${requestedOn}.`,
    en: `It cannot be needed before it is requested, on ${requestedOn}.`,
  });
}

/** Accepts an order on behalf of the university. Refuses any state but REQUESTED. */
export async function agreeOrder(tx: Tx, input: AgreeOrderInput): Promise<{ order: TrainingOrder }> {
  const order = await requireOrderWithin(tx, 'order.agree', input.orderId);
  await changeStatus(tx, order, 'order.agreed', { status: AGREED });
  return { order };
}

/** Declines an order, also one that was agreed. Refuses any other state. */
export async function declineOrder(tx: Tx, input: DeclineOrderInput): Promise<{ order: TrainingOrder }> {
  const order = await requireOrderWithin(tx, 'order.decline', input.orderId);
  await changeStatus(tx, order, 'order.declined', { status: DECLINED, reason: input.reason });
  return { order };
}

/**
 * Assigns cohorts, and their programme, to an order. Refuses any state but AGREED; cohorts that are not planned, are
 * not hosted by the order's unit, are taught by another university, follow several programmes or belong to another
 * order; and what planCohort refuses.
 */
export async function scheduleOrder(tx: Tx, input: ScheduleOrderInput): Promise<{ order: TrainingOrder }> {
  const order = await requireOrderWithin(tx, 'order.schedule', input.orderId);
  assertMayBecome(order, RUNNING);
  const cohortIds = [...new Set(input.cohortIds ?? [])];
  if (cohortIds.length > 0 === Boolean(input.cohort)) {
    refuse('INVALID', ['cohortIds'], {
      vi: 'Hãy nêu đúng một trong hai: cohortIds hoặc cohort.',
      en: 'Give exactly one of cohortIds and cohort.',
    });
  }
  const cohorts = input.cohort
    ? [(await planCohort(tx, input.cohort, ['cohort'])).cohort]
    : await plannedCohorts(tx, cohortIds);
  const standing = (await unitsStandingFor(tx.manager, order.unitId, tx.today)).map(({ id }) => id);
  const refusals = new Refusals();
  for (const [i, cohort] of cohorts.entries()) {
    const at = (field: string): Path =>
      input.cohort ? ['cohort', field] : ['cohortIds', input.cohortIds!.indexOf(cohort.id)];
    if (!(await lineOf(tx, cohort.hostUnitId)).some((id) => standing.includes(id))) {
      refusals.add('CONFLICT', at('hostUnitId'), {
        vi: `Lớp ${cohort.code} không do đơn vị đặt hàng hoặc đơn vị trực thuộc tổ chức.`,
        en: `The cohort ${cohort.code} is hosted neither by the unit that ordered nor by one below it.`,
      });
    } else if (cohort.universityId !== order.universityId) {
      refusals.add('CONFLICT', at('programmeId'), {
        vi: `Lớp ${cohort.code} không do cơ sở đào tạo được đặt hàng thực hiện.`,
        en: `The cohort ${cohort.code} is not delivered by the university that was asked.`,
      });
    } else if (i > 0 && cohort.programmeId !== cohorts[0]!.programmeId) {
      refusals.add('CONFLICT', at('programmeId'), {
        vi: `Lớp ${cohort.code} theo chương trình khác với lớp ${cohorts[0]!.code}.`,
        en: `The cohort ${cohort.code} follows another programme than ${cohorts[0]!.code}.`,
      });
    }
  }
  refusals.throwIfAny();
  await insertAll(
    tx.manager,
    TrainingOrderCohort,
    cohorts.map(({ id }) => ({ cohortId: id, orderId: order.id })),
  );
  await changeStatus(tx, order, 'order.scheduled', { status: RUNNING, programmeId: cohorts[0]!.programmeId });
  return { order };
}

/**
 * Accepts the result, as of a day. Refuses any state but RUNNING, cohorts that have not ended, an order all cancelled,
 * and a day to come or before the order.
 */
export async function acceptOrder(tx: Tx, input: AcceptOrderInput): Promise<{ order: TrainingOrder }> {
  const order = await requireOrderWithin(tx, 'order.accept', input.orderId);
  assertMayBecome(order, ACCEPTED);
  const links = await tx.manager.findBy(TrainingOrderCohort, { orderId: order.id });
  const ids = links.map(({ cohortId }) => cohortId);
  await lockRows(tx.manager, Cohort, ids, 'rely');
  const cohorts = await tx.manager.findBy(Cohort, { id: In(ids) });
  const taught = cohorts.filter(({ status }) => status === CohortStatus.COMPLETED).length;
  const over = taught + cohorts.filter(({ status }) => status === CohortStatus.CANCELLED).length;
  if (taught === 0 || over < cohorts.length) {
    refuse('CONFLICT', ['orderId'], {
      vi: `Chưa nghiệm thu được: ${taught} trong ${cohorts.length} lớp đã kết thúc. Các lớp phải kết thúc hoặc bị hủy, và ít nhất một lớp đã kết thúc.`,
      en: `It cannot be accepted yet: ${taught} of ${cohorts.length} cohorts are completed. Each must be completed or cancelled, and at least one completed.`,
    });
  }
  assertHappened(tx, input.acceptedOn, 'acceptedOn');
  const acceptedOn = input.acceptedOn ?? tx.today;
  if (acceptedOn < order.requestedOn) {
    refuse('INVALID', ['acceptedOn'], {
      vi: `Ngày nghiệm thu không được trước ngày đề nghị ${order.requestedOn}.`,
      en: `It cannot be accepted before it was requested, on ${order.requestedOn}.`,
    });
  }
  await changeStatus(tx, order, 'order.accepted', { status: ACCEPTED, acceptedOn, result: input.result });
  return { order };
}

/** Cancels an order; its cohorts stay as they are. Refuses one that is accepted, declined or cancelled. */
export async function cancelOrder(tx: Tx, input: CancelOrderInput): Promise<{ order: TrainingOrder }> {
  const order = await requireOrderWithin(tx, 'order.cancel', input.orderId);
  await changeStatus(tx, order, 'order.cancelled', { status: CANCELLED, reason: input.reason });
  return { order };
}

/** The cohorts with these ids. Refuses, at its position, each that is missing, not planned, or in an order already. */
async function plannedCohorts(tx: Tx, ids: string[]): Promise<Cohort[]> {
  await lockRows(tx.manager, Cohort, ids, 'change');
  const found = new Map((await tx.manager.findBy(Cohort, { id: In(ids) })).map((each) => [each.id, each]));
  const taken = await tx.manager.findBy(TrainingOrderCohort, { cohortId: In(ids) });
  const refusals = new Refusals();
  for (const [i, id] of ids.entries()) {
    const cohort = found.get(id);
    if (!cohort) {
      refusals.add('NOT_FOUND', ['cohortIds', i], missing('lớp', 'cohort'));
    } else if (taken.some(({ cohortId }) => cohortId === id)) {
      refusals.add('CONFLICT', ['cohortIds', i], {
        vi: `Lớp ${cohort.code} đã thuộc một đặt hàng.`,
        en: `The cohort ${cohort.code} belongs to an order already.`,
      });
    } else if (cohort.status !== CohortStatus.PLANNED) {
      refusals.add('ILLEGAL_TRANSITION', ['cohortIds', i], {
        vi: `Lớp ${cohort.code} đang ở trạng thái ${inWords('CohortStatus', cohort.status)}; chỉ nhận lớp dự kiến.`,
        en: `The cohort ${cohort.code} is ${cohort.status}; only a PLANNED one can be taken.`,
      });
    }
  }
  refusals.throwIfAny();
  return ids.map((id) => found.get(id)!);
}

/**
 * The order with this id, locked for change. Refuses one that is missing or out of reach; the order of a closed unit is
 * within reach of a caller who reaches all successors of the unit.
 */
async function requireOrderWithin(tx: Tx, permission: Permission, id: string): Promise<TrainingOrder> {
  await lockRows(tx.manager, TrainingOrder, [id], 'change');
  const order = await tx.manager.findOneBy(TrainingOrder, { id });
  const isOwn = await isWithin(tx.manager, TrainingOrder, id, tx.scope(permission).orders('own'));
  if (!order) return refuse('NOT_FOUND', ['orderId'], missing('đặt hàng', 'order'));
  if (isOwn || (await isReached(tx, permission, order.unitId))) return order;
  return refuse('NOT_FOUND', ['orderId'], notYours('đặt hàng này', 'this order')); // everybody may see orders
}

function assertMayBecome({ status: from }: TrainingOrder, to: TrainingOrderStatus): void {
  assertTransition(TRANSITIONS, { of: 'TrainingOrderStatus', from, to }, ['orderId'], {
    vi: 'Đặt hàng',
    en: 'The order',
  });
}

/**
 * Changes the state, in memory and in the table, and records the event. Refuses what the present state does not allow.
 */
async function changeStatus(
  tx: Tx,
  order: TrainingOrder,
  event: EventName,
  columns: Partial<TrainingOrder> & { status: TrainingOrderStatus },
): Promise<void> {
  assertMayBecome(order, columns.status);
  const change = { field: 'status', from: order.status, to: columns.status };
  Object.assign(order, columns);
  await tx.manager.update(TrainingOrder, { id: order.id }, columns);
  recordOrder(tx, order, event, change);
}

function recordOrder(tx: Tx, order: TrainingOrder, name: EventName, change: Change): void {
  tx.record({
    name,
    subjectId: order.id,
    programmeId: order.programmeId,
    universityId: order.universityId,
    unitId: order.unitId,
    changes: [change],
  });
}
