// What can be followed of initiatives?
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
import type { LoggedEvent } from '../../events/event.entity';
import { Event, EventFilter, factsOf, following, selecting } from '../../events/event.types';
import { pull } from '../../events/log';
import { FieldChange } from '../cohort/cohort.events';
import { Initiative } from './initiative.entity';

export enum InitiativeEventKind {
  PROPOSED = 'PROPOSED',
  STUDIED = 'STUDIED',
  APPLIED = 'APPLIED',
  REJECTED = 'REJECTED',
}
registerEnumType(InitiativeEventKind, {
  name: 'InitiativeEventKind',
  description: 'What happened to an initiative (loại sự kiện sáng kiến).',
  valuesConfig: {
    PROPOSED: { description: 'It was proposed (đề xuất).' },
    STUDIED: { description: 'The unit studies it (nghiên cứu).' },
    APPLIED: { description: 'It is applied (áp dụng).' },
    REJECTED: { description: 'It is not applied (không áp dụng).' },
  },
});

/** Which kind of initiative event each name of the log is. */
const KINDS: Record<string, InitiativeEventKind> = {
  'initiative.proposed': InitiativeEventKind.PROPOSED,
  'initiative.studied': InitiativeEventKind.STUDIED,
  'initiative.applied': InitiativeEventKind.APPLIED,
  'initiative.rejected': InitiativeEventKind.REJECTED,
};

@ObjectType({
  implements: Event,
  description: 'Something that happened to an initiative (sự kiện sáng kiến).',
  simpleResolvers: true,
})
export class InitiativeEvent extends Event {
  @Field(() => InitiativeEventKind, { description: 'What happened (loại).' })
  kind!: InitiativeEventKind;

  @Field(() => [FieldChange], { description: 'What this event changed (thay đổi).' })
  changes!: FieldChange[];

  initiativeId!: string;
}

@InputType({ description: 'Which initiative events (bộ lọc sự kiện sáng kiến).' })
export class InitiativeEventFilter extends EventFilter {
  @Field(() => [InitiativeEventKind], { nullable: true, description: 'Of these kinds (loại).' })
  kinds?: InitiativeEventKind[] | null;
}

function toInitiativeEvent(ctx: Context, event: LoggedEvent): InitiativeEvent {
  return Object.assign(new InitiativeEvent(), {
    ...factsOf(ctx, event),
    kind: KINDS[event.name]!,
    changes: event.changes,
    initiativeId: event.subjectId,
  });
}

@Resolver(() => InitiativeEvent)
export class InitiativeEventResolver {
  @May('initiative.follow')
  @Query(() => [InitiativeEvent], {
    description:
      'Initiative events after a cursor, in commit order: catch up by pulling (sự kiện sáng kiến).',
  })
  async initiativeEvents(
    @Arg('filter', () => InitiativeEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    filter: InitiativeEventFilter | null,
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
  ): Promise<InitiativeEvent[]> {
    const selection = await selecting(KINDS, filter, InitiativeEventFilter);
    const events = await pull(ctx.reader, after, first, selection);
    return events.map((event) => toInitiativeEvent(ctx, event));
  }

  @May('initiative.follow')
  @Subscription(() => InitiativeEvent, {
    description:
      'An initiative was proposed, studied, applied or rejected (theo dõi sáng kiến). With `after`, what was committed after that cursor is replayed first, with no gap and no duplicate.',
    subscribe: following(KINDS, InitiativeEventFilter),
  })
  initiativeChanged(
    @Root() event: LoggedEvent,
    @Arg('filter', () => InitiativeEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    _filter: InitiativeEventFilter | null,
    @Arg('after', () => EventCursor, {
      nullable: true,
      description: 'Replay what came after this cursor first (sau).',
    })
    _after: string | null,
    @Ctx() ctx: Context,
  ): InitiativeEvent {
    return toInitiativeEvent(ctx, event);
  }

  @FieldResolver(() => Initiative, { description: 'The initiative as it is now (sáng kiến).' })
  initiative(@Root() event: InitiativeEvent, @Ctx() ctx: Context): Promise<Initiative> {
    return ctx.reader.get(Initiative, event.initiativeId);
  }
}
