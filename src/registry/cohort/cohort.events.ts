// What can be followed of a cohort? Its events, live and by pulling.
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
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
import type { Change, LoggedEvent } from '../../events/event.entity';
import { Event, EventFilter, factsOf, following, selecting } from '../../events/event.types';
import { pull } from '../../events/log';
import { Cohort } from './cohort.entity';

export enum CohortEventKind {
  PLANNED = 'PLANNED',
  REVISED = 'REVISED',
  ENROLMENT_OPENED = 'ENROLMENT_OPENED',
  STARTED = 'STARTED',
  COMPLETED = 'COMPLETED',
  CANCELLED = 'CANCELLED',
  ENROLMENTS_CHANGED = 'ENROLMENTS_CHANGED',
  GRADUATES_RECORDED = 'GRADUATES_RECORDED',
  SESSIONS_CHANGED = 'SESSIONS_CHANGED',
}
registerEnumType(CohortEventKind, {
  name: 'CohortEventKind',
  description: 'What happened to a cohort (loại sự kiện của lớp).',
  valuesConfig: {
    PLANNED: { description: 'It was planned (lập kế hoạch).' },
    REVISED: { description: 'Its facts were revised (điều chỉnh).' },
    ENROLMENT_OPENED: { description: 'It takes nominations (mở chiêu sinh).' },
    STARTED: { description: 'It started (khai giảng).' },
    COMPLETED: { description: 'It ended (bế giảng).' },
    CANCELLED: { description: 'It was called off (hủy).' },
    ENROLMENTS_CHANGED: {
      description: 'Somebody was nominated, decided on or withdrawn (thay đổi học viên).',
    },
    GRADUATES_RECORDED: { description: 'Graduates were recorded (ghi nhận tốt nghiệp).' },
    SESSIONS_CHANGED: {
      description:
        'A session was scheduled, revised, called off or attended, or its attendance corrected (thay đổi buổi học).',
    },
  },
});

/** Which kind of cohort event each name of the log is. */
const KINDS: Record<string, CohortEventKind> = {
  'cohort.planned': CohortEventKind.PLANNED,
  'cohort.revised': CohortEventKind.REVISED,
  'cohort.opened': CohortEventKind.ENROLMENT_OPENED,
  'cohort.started': CohortEventKind.STARTED,
  'cohort.completed': CohortEventKind.COMPLETED,
  'cohort.cancelled': CohortEventKind.CANCELLED,
  'enrolment.nominated': CohortEventKind.ENROLMENTS_CHANGED,
  'enrolment.decided': CohortEventKind.ENROLMENTS_CHANGED,
  'enrolment.withdrawn': CohortEventKind.ENROLMENTS_CHANGED,
  'enrolment.reopened': CohortEventKind.ENROLMENTS_CHANGED,
  'cohort.graduated': CohortEventKind.GRADUATES_RECORDED,
  'session.scheduled': CohortEventKind.SESSIONS_CHANGED,
  'session.revised': CohortEventKind.SESSIONS_CHANGED,
  'session.cancelled': CohortEventKind.SESSIONS_CHANGED,
  'attendance.recorded': CohortEventKind.SESSIONS_CHANGED,
  'session.attended': CohortEventKind.SESSIONS_CHANGED,
};

@ObjectType({ description: 'One fact before and after (thay đổi).', simpleResolvers: true })
export class FieldChange implements Change {
  @Field(() => String, { description: 'Name of the field (trường).' })
  field!: string;

  @Field(() => String, { nullable: true, description: 'Before; null when there was nothing (trước).' })
  from!: string | null;

  @Field(() => String, { nullable: true, description: 'After; null when there is nothing (sau).' })
  to!: string | null;
}

@ObjectType({
  implements: Event,
  description: 'Something that happened to a cohort (sự kiện của lớp).',
  simpleResolvers: true,
})
export class CohortEvent extends Event {
  @Field(() => CohortEventKind, { description: 'What happened (loại).' })
  kind!: CohortEventKind;

  @Field(() => [FieldChange], { description: 'What this event changed (thay đổi).' })
  changes!: FieldChange[];

  cohortId!: string;
}

@InputType({ description: 'Which cohort events (bộ lọc sự kiện của lớp).' })
export class CohortEventFilter extends EventFilter {
  @Field(() => [CohortEventKind], { nullable: true, description: 'Of these kinds (loại).' })
  kinds?: CohortEventKind[] | null;
}

function toCohortEvent(ctx: Context, event: LoggedEvent): CohortEvent {
  return Object.assign(new CohortEvent(), {
    ...factsOf(ctx, event),
    kind: KINDS[event.name]!,
    changes: event.changes,
    cohortId: event.cohortId!,
  });
}

@Resolver(() => CohortEvent)
export class CohortEventResolver {
  @May('cohort.follow')
  @Query(() => [CohortEvent], {
    description: 'Cohort events after a cursor, in commit order: catch up by pulling (sự kiện của lớp).',
  })
  async cohortEvents(
    @Arg('filter', () => CohortEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    filter: CohortEventFilter | null,
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
  ): Promise<CohortEvent[]> {
    const selection = await selecting(KINDS, filter, CohortEventFilter);
    const events = await pull(ctx.reader, after, first, selection);
    return events.map((event) => toCohortEvent(ctx, event));
  }

  @May('cohort.follow')
  @Subscription(() => CohortEvent, {
    description:
      'A cohort was planned, revised, opened, started, finished or cancelled, or its enrolments or graduates changed (theo dõi lớp). With `after`, what was committed after that cursor is replayed first, with no gap and no duplicate.',
    subscribe: following(KINDS, CohortEventFilter),
  })
  cohortChanged(
    @Root() event: LoggedEvent,
    @Arg('filter', () => CohortEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    _filter: CohortEventFilter | null,
    @Arg('after', () => EventCursor, {
      nullable: true,
      description: 'Replay what came after this cursor first (sau).',
    })
    _after: string | null,
    @Ctx() ctx: Context,
  ): CohortEvent {
    return toCohortEvent(ctx, event);
  }

  @FieldResolver(() => Cohort, { description: 'The cohort as it is now (lớp).' })
  cohort(@Root() event: CohortEvent, @Ctx() ctx: Context): Promise<Cohort> {
    return ctx.reader.get(Cohort, event.cohortId);
  }
}
