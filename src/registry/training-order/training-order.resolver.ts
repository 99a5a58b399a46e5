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

const givenOrder = { order: [TrainingOrder, 'The order; null when refused (đặt hàng).'] } as const;

export const resolvers = [
  rowsField(TrainingOrder, 'topics', {
    gives: Topic,
    load: topicsOf,
    description: 'What it is about, by code (lĩnh vực).',
  }),
  rowsField(TrainingOrder, 'cohorts', {
    gives: Cohort,
    load: cohortsOf,
    description: 'The cohorts that deliver it, by first day (các lớp).',
  }),
  orderLists.root('trainingOrders', {
    may: 'order.read',
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
    may: 'order.request',
    does: 'Orders a course from a university (đặt hàng).',
    takes: [RequestTrainingInput, 'The order (đầu vào).'],
    gives: givenOrder,
    answers: 'The order that was made (kết quả).',
    tells: ['order.requested'],
  }),
  mutation(reviseOrder, {
    may: 'order.revise',
    does: 'Revises an order (sửa đặt hàng).',
    takes: [ReviseOrderInput, 'What changes (đầu vào).'],
    gives: givenOrder,
    answers: 'The order as revised (kết quả).',
    tells: ['order.revised'],
  }),
  mutation(agreeOrder, {
    may: 'order.agree',
    does: 'The university agrees to deliver an order (đồng ý đặt hàng).',
    takes: [AgreeOrderInput, 'Which order (đầu vào).'],
    gives: givenOrder,
    answers: 'The order that was agreed (kết quả).',
    tells: ['order.agreed'],
  }),
  mutation(declineOrder, {
    may: 'order.decline',
    does: 'The university declines an order (từ chối đặt hàng).',
    takes: [DeclineOrderInput, 'Which order, and why (đầu vào).'],
    gives: givenOrder,
    answers: 'The order that was declined (kết quả).',
    tells: ['order.declined'],
  }),
  mutation(scheduleOrder, {
    may: 'order.schedule',
    does: 'Gives an agreed order its cohorts, and so runs it (xếp lớp cho đặt hàng).',
    takes: [ScheduleOrderInput, 'Which order, and its cohorts (đầu vào).'],
    gives: givenOrder,
    answers: 'The order with its cohorts (kết quả).',
    tells: ['order.scheduled', 'cohort.planned'],
  }),
  mutation(acceptOrder, {
    may: 'order.accept',
    does: 'The unit accepts what was delivered; once it is closed, a caller who reaches all its successors does (nghiệm thu đặt hàng).',
    takes: [AcceptOrderInput, 'Which order, and the result (đầu vào).'],
    gives: givenOrder,
    answers: 'The order as accepted (kết quả).',
    tells: ['order.accepted'],
  }),
  mutation(cancelOrder, {
    may: 'order.cancel',
    does: 'The unit cancels an order, or, once it is closed, a caller who reaches all its successors; its cohorts stay as they are (hủy đặt hàng).',
    takes: [CancelOrderInput, 'Which order, and why (đầu vào).'],
    gives: givenOrder,
    answers: 'The order that was cancelled (kết quả).',
    tells: ['order.cancelled'],
  }),
];
