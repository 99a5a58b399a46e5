// GraphQL fields of training orders: lists, relations and mutations.
import { listFields, rowsField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { inRange } from '../../graphql/filters';
import type { Listing } from '../../graphql/page';
import { type Batch, grouped } from '../../graphql/reader';
import { isIn, sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.reads';
import { Unit } from '../unit/unit.entity';
import { ofUnit, ofUnits } from '../unit/unit.reads';
import { University } from '../university/university.entity';
import {
  acceptOrder,
  agreeOrder,
  cancelOrder,
  declineOrder,
  requestTraining,
  reviseOrder,
  scheduleOrder,
} from './training-order.actions';
import { TrainingOrder, TrainingOrderCohort, TrainingOrderTopic } from './training-order.entity';
import {
  AcceptOrderInput,
  AgreeOrderInput,
  CancelOrderInput,
  DeclineOrderInput,
  RequestTrainingInput,
  ReviseOrderInput,
  ScheduleOrderInput,
  TrainingOrderConnection,
  TrainingOrderArgs,
  type TrainingOrderFilter,
} from './training-order.input';

const orders: Listing<TrainingOrder, TrainingOrderFilter> = {
  entity: TrainingOrder,
  alias: 'training_order',
  searched: true,
  orders: { NEEDED_BY: ['neededBy'], REQUESTED_ON: ['requestedOn'] },
  usual: { field: 'NEEDED_BY', direction: 'DESC' },
  narrow: ({ statuses, unitIds, universityIds, topicIds, neededBy, ...filter }) => [
    statuses && isIn('training_order.status', statuses),
    unitIds && ofUnits('training_order.unitId', { ...filter, unitIds }),
    universityIds && isIn('training_order.universityId', universityIds),
    topicIds &&
      sql`training_order.id IN (SELECT order_id FROM training_order_topic WHERE ${isIn('topic_id', topicIds)})`,
    inRange('training_order.neededBy', neededBy),
  ],
};
const orderLists = listFields(orders, TrainingOrderConnection, TrainingOrderArgs);

const topicsOf = topicsThrough(TrainingOrderTopic, 'orderId');

const cohortsOf: Batch<Cohort[]> = async (manager, ids) => {
  const { raw, entities } = await manager
    .createQueryBuilder(Cohort, 'cohort')
    .innerJoin(TrainingOrderCohort, 'link', 'link.cohortId = cohort.id AND link.orderId IN (:...ids)', {
      ids,
    })
    .addSelect('link.orderId', 'owner')
    .orderBy('cohort.startsOn')
    .addOrderBy('cohort.id')
    .getRawAndEntities<{ owner: string }>();
  const byOrder = grouped(
    entities.map((cohort, i) => ({ cohort, orderId: raw[i]!.owner })), // a cohort belongs to one order
    ({ orderId }) => orderId,
  );
  return new Map([...byOrder].map(([id, own]) => [id, own.map(({ cohort }) => cohort)]));
};

const orderField = {
  order: { type: TrainingOrder, description: 'The order; null when refused (đặt hàng).' },
} as const;

export const resolvers = [
  rowsField(TrainingOrder, 'topics', {
    type: Topic,
    load: topicsOf,
    description: 'What it is about, by code (lĩnh vực).',
  }),
  rowsField(TrainingOrder, 'cohorts', {
    type: Cohort,
    load: cohortsOf,
    description: 'The cohorts that deliver it, by first day (các lớp).',
  }),
  orderLists.root('trainingOrders', {
    permission: 'order.read',
    description: 'Training orders, those needed last first (danh sách đặt hàng).',
  }),
  orderLists.of(Unit, 'orders', {
    by: ofUnit('training_order.unitId'),
    description: 'Orders of it, or of a unit below it, those needed last first (đặt hàng).',
  }),
  orderLists.of(University, 'orders', {
    by: 'training_order.universityId',
    description: 'Orders made to it, those needed last first (đặt hàng).',
  }),
  mutation(requestTraining, {
    permission: 'order.request',
    description: 'Orders a course from a university (đặt hàng).',
    input: { type: RequestTrainingInput, description: 'The order (đầu vào).' },
    payload: { description: 'The order that was made (kết quả).', fields: orderField },
    events: ['order.requested'],
  }),
  mutation(reviseOrder, {
    permission: 'order.revise',
    description: 'Revises an order (sửa đặt hàng).',
    input: { type: ReviseOrderInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The order as revised (kết quả).', fields: orderField },
    events: ['order.revised'],
  }),
  mutation(agreeOrder, {
    permission: 'order.agree',
    description: 'The university agrees to deliver an order (đồng ý đặt hàng).',
    input: { type: AgreeOrderInput, description: 'Which order (đầu vào).' },
    payload: { description: 'The order that was agreed (kết quả).', fields: orderField },
    events: ['order.agreed'],
  }),
  mutation(declineOrder, {
    permission: 'order.decline',
    description: 'The university declines an order (từ chối đặt hàng).',
    input: { type: DeclineOrderInput, description: 'Which order, and why (đầu vào).' },
    payload: { description: 'The order that was declined (kết quả).', fields: orderField },
    events: ['order.declined'],
  }),
  mutation(scheduleOrder, {
    permission: 'order.schedule',
    description: 'Gives an agreed order its cohorts, and so runs it (xếp lớp cho đặt hàng).',
    input: { type: ScheduleOrderInput, description: 'Which order, and its cohorts (đầu vào).' },
    payload: { description: 'The order with its cohorts (kết quả).', fields: orderField },
    events: ['order.scheduled', 'cohort.planned'],
  }),
  mutation(acceptOrder, {
    permission: 'order.accept',
    description:
      'The unit accepts what was delivered; once it is closed, a caller who reaches all its successors does (nghiệm thu đặt hàng).',
    input: { type: AcceptOrderInput, description: 'Which order, and the result (đầu vào).' },
    payload: { description: 'The order as accepted (kết quả).', fields: orderField },
    events: ['order.accepted'],
  }),
  mutation(cancelOrder, {
    permission: 'order.cancel',
    description:
      'The unit cancels an order, or, once it is closed, a caller who reaches all its successors; its cohorts stay as they are (hủy đặt hàng).',
    input: { type: CancelOrderInput, description: 'Which order, and why (đầu vào).' },
    payload: { description: 'The order that was cancelled (kết quả).', fields: orderField },
    events: ['order.cancelled'],
  }),
];
