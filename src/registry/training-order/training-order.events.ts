// What can be followed of training orders?
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { EventCursor } from '../../events/cursor';
import type { LoggedEvent } from '../../events/event.entity';
import { Event, factsOf, following, selecting } from '../../events/event.types';
import { pull } from '../../events/log';
import { OptionalIdsOf } from '../../lib/validation';
import { FieldChange } from '../cohort/cohort.events';
import { TrainingOrder } from './training-order.entity';

export enum TrainingOrderEventKind {
  REQUESTED = 'REQUESTED',
  AGREED = 'AGREED',
  DECLINED = 'DECLINED',
  SCHEDULED = 'SCHEDULED',
  ACCEPTED = 'ACCEPTED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(TrainingOrderEventKind, {
  name: 'TrainingOrderEventKind',
  description: 'What happened to a training order (loại sự kiện đặt hàng).',
  valuesConfig: {
    REQUESTED: { description: 'A unit ordered (đề nghị).' },
    AGREED: { description: 'The university took it on (đồng ý).' },
    DECLINED: { description: 'The university did not take it on (từ chối).' },
    SCHEDULED: { description: 'It got its cohorts (xếp lớp).' },
    ACCEPTED: { description: 'The unit accepted what was delivered (nghiệm thu).' },
    CANCELLED: { description: 'The unit called it off (hủy).' },
  },
});

/** Which kind of order event each name of the log is. */
const KINDS: Record<string, TrainingOrderEventKind> = {
  'order.requested': TrainingOrderEventKind.REQUESTED,
  'order.agreed': TrainingOrderEventKind.AGREED,
  'order.declined': TrainingOrderEventKind.DECLINED,
  'order.scheduled': TrainingOrderEventKind.SCHEDULED,
  'order.accepted': TrainingOrderEventKind.ACCEPTED,
  'order.cancelled': TrainingOrderEventKind.CANCELLED,
};

@ObjectType({
  implements: Event,
  description: 'Something that happened to a training order (sự kiện đặt hàng).',
  simpleResolvers: true,
})
export class TrainingOrderEvent extends Event {
  @Field(() => TrainingOrderEventKind, { description: 'What happened (loại).' })
  kind!: TrainingOrderEventKind;

  @Field(() => [FieldChange], { description: 'What this event changed (thay đổi).' })
  changes!: FieldChange[];

  orderId!: string;
}

/** Not an EventFilter: an order is of no cohort and no programme until it runs. */
@InputType({ description: 'Which order events; each list narrows (bộ lọc sự kiện đặt hàng).' })
export class TrainingOrderEventFilter {
  @Field(() => [ID], { nullable: true, description: 'Of orders to these universities (cơ sở đào tạo).' })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of orders of these units (đơn vị đặt hàng).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Units below unitIds count, too (gồm đơn vị trực thuộc).',
  })
  includeSubunits?: boolean | null;

  @Field(() => [TrainingOrderEventKind], { nullable: true, description: 'Of these kinds (loại).' })
  kinds?: TrainingOrderEventKind[] | null;
}

function toTrainingOrderEvent(ctx: Context, event: LoggedEvent): TrainingOrderEvent {
  return Object.assign(new TrainingOrderEvent(), {
    ...factsOf(ctx, event),
    kind: KINDS[event.name]!,
    changes: event.changes,
    orderId: event.subjectId,
  });
}

@Resolver(() => TrainingOrderEvent)
export class TrainingOrderEventResolver {
  @May('order.follow')
  @Query(() => [TrainingOrderEvent], {
    description:
      'Training order events after a cursor, in commit order: catch up by pulling (sự kiện đặt hàng).',
  })
  async trainingOrderEvents(
    @Arg('filter', () => TrainingOrderEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    filter: TrainingOrderEventFilter | null,
    @Arg('after', () => EventCursor, {
      nullable: true,
      description: 'Only later ones; the oldest kept first if left out (sau).',
    })
    after: string | null,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'How many, at most 100; 20 when nothing is said.',
    })
    first: number | null,
    @Ctx() ctx: Context,
  ): Promise<TrainingOrderEvent[]> {
    const selection = await selecting(KINDS, filter, TrainingOrderEventFilter);
    const events = await pull(ctx.reader, after, first, selection);
    return events.map((event) => toTrainingOrderEvent(ctx, event));
  }

  @May('order.follow')
  @Subscription(() => TrainingOrderEvent, {
    description:
      'A training order was requested, agreed, declined, scheduled, accepted or cancelled (theo dõi đặt hàng). With `after`, what was committed after that cursor is replayed first, with no gap and no duplicate.',
    subscribe: following(KINDS, TrainingOrderEventFilter),
  })
  trainingOrderChanged(
    @Root() event: LoggedEvent,
    @Arg('filter', () => TrainingOrderEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    _filter: TrainingOrderEventFilter | null,
    @Arg('after', () => EventCursor, {
      nullable: true,
      description: 'Replay what came after this cursor first (sau).',
    })
    _after: string | null,
    @Ctx() ctx: Context,
  ): TrainingOrderEvent {
    return toTrainingOrderEvent(ctx, event);
  }

  @FieldResolver(() => TrainingOrder, { description: 'The order as it is now (đặt hàng).' })
  order(@Root() event: TrainingOrderEvent, @Ctx() ctx: Context): Promise<TrainingOrder> {
    return ctx.reader.get(TrainingOrder, event.orderId);
  }
}
