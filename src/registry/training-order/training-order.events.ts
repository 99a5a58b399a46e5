// Events of training orders: the subscription, the query that pulls them, and their filter.
import { type ClassType, Field, ID, InputType } from 'type-graphql';
import { IncludeSubunits } from '../../graphql/filters';
import { eventStream } from '../../events/event-stream';
import { OptionalIdsOf } from '../../graphql/validation';
import { TrainingOrder } from './training-order.entity';

/** Not an EventFilter: an order has no cohort and no programme until it runs. */
@InputType()
abstract class OrderFilter {
  @Field(() => [ID], { nullable: true, description: 'Of orders to these universities (cơ sở đào tạo).' })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of orders of these units (đơn vị đặt hàng).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;
}

const { resolver } = eventStream({
  name: 'TrainingOrder',
  noun: 'a training order',
  vi: 'sự kiện đặt hàng',
  permission: 'order.follow',
  query: 'trainingOrderEvents',
  subscription: {
    name: 'trainingOrderChanged',
    description:
      'A training order was requested, revised, agreed, declined, scheduled, accepted or cancelled (theo dõi đặt hàng)',
  },
  kinds: {
    REQUESTED: { events: ['order.requested'], description: 'A unit ordered (đề nghị).' },
    REVISED: { events: ['order.revised'], description: 'What is ordered was revised (sửa).' },
    AGREED: { events: ['order.agreed'], description: 'The university agreed to deliver it (đồng ý).' },
    DECLINED: { events: ['order.declined'], description: 'The university declined it (từ chối).' },
    SCHEDULED: { events: ['order.scheduled'], description: 'It got its cohorts (xếp lớp).' },
    ACCEPTED: {
      events: ['order.accepted'],
      description: 'The unit accepted what was delivered (nghiệm thu).',
    },
    CANCELLED: { events: ['order.cancelled'], description: 'The unit cancelled it (hủy).' },
  },
  record: {
    field: 'order',
    type: TrainingOrder,
    description: 'The order as it is now (đặt hàng).',
  },
  filter: {
    type: OrderFilter as ClassType<OrderFilter>,
    description: 'Which order events; each list narrows (bộ lọc sự kiện đặt hàng).',
  },
});

export const resolvers = [resolver];
