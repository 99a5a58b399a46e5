// Event streams: the query and the subscription for the events of one noun, declared with eventStream(), and the types
// that all of them share.
import {
  Arg,
  type ClassType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  InterfaceType,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { IncludeSubunits } from '../graphql/filters';
import type { Actor } from '../access/actor';
import { callerKey } from '../access/caller';
import { admits, May } from '../access/gate';
import type { Permission } from '../access/policy';
import { described } from '../graphql/enums';
import type { Reader } from '../graphql/reader';
import { DateTimeScalar } from '../graphql/scalars';
import { findFaults, OptionalIdsOf } from '../graphql/validation';
import { badInput } from '../graphql/errors';
import { type EventName, Tells } from './catalogue';
import { EventCursor } from './cursor';
import type { Change, LoggedEvent } from './event.entity';
import type { Feed } from './feed';
import type { Follower } from './follower';
import { pull, type Searched } from './log';
import { type Lists, Selection } from './selection';

@InterfaceType({ description: 'What happened, once, in commit order (sự kiện).' })
export abstract class Event {
  @Field(() => EventCursor, {
    description: 'Its position in the log: resume `after` it (vị trí).',
    simple: true,
  })
  cursor!: string;

  @Field(() => DateTimeScalar, { description: 'When it was committed (thời điểm).', simple: true })
  occurredAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'The subject of the caller; null without the permission to see it (người thực hiện).',
    simple: true,
  })
  actor!: string | null;
}

/** Price of searching the log for matching events. */
const SEARCH = 40;

/** Part of the description of each query for events: how a client reads on. */
const WHERE_TO_GO_ON =
  'Fewer than `first` means that there are no more. An operation searches at most 100,000 rows of the log; beyond, it fails with `QUERY_TOO_COMPLEX`, `limit: "rows"`, a `cursor` and `found`. Continue `after` that cursor: with `first: found` if `found` is not 0, otherwise as before. Then no event is left out.';

interface Told {
  feed: Feed;
  actor: Actor;
  reader: Reader;
  searched: Searched;
}

/** The fields that all event types share. */
function factsOf({ feed, actor }: Told, event: LoggedEvent): Event {
  return {
    cursor: feed.cursorOf(event),
    occurredAt: event.occurredAt,
    actor: actor.may('event.identify') ? event.actor : null,
  };
}

@InputType({ description: 'Which events; each list narrows, and no list means all (bộ lọc sự kiện).' })
export abstract class EventFilter {
  @Field(() => [ID], { nullable: true, description: 'Of these cohorts (lớp).' })
  @OptionalIdsOf('cohort')
  cohortIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of cohorts on these programmes (chương trình).' })
  @OptionalIdsOf('programme')
  programmeIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of cohorts these universities deliver (cơ sở đào tạo).',
  })
  @OptionalIdsOf('university')
  universityIds?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Of these units: the host of a cohort, the unit that sent a graduate, the unit an initiative is about (đơn vị).',
  })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;
}

/**
 * The selection for a filter.
 * @param kinds the kind of each event name.
 * @throws BAD_USER_INPUT for malformed ids: TypeGraphQL does not validate the arguments of `subscribe`.
 */
async function selecting<K extends string>(
  kinds: Record<string, K>,
  filter: (Lists & { kinds?: K[] | null }) | null | undefined,
  FilterType: new () => object,
): Promise<Selection> {
  const [fault] = await findFaults(Object.assign(new FilterType(), filter));
  if (fault) throw badInput(`filter.${fault.path.join('.')}: ${fault.text.en}`);
  const wanted = filter?.kinds;
  const names = Object.keys(kinds).filter((name) => !wanted || wanted.includes(kinds[name]!));
  return new Selection(new Set(names), filter ?? {});
}

/** The `subscribe` of a subscription to these kinds: follows the feed after the client's cursor. */
function following<K extends string>(kinds: Record<string, K>, FilterType: new () => object) {
  return async ({
    args,
    context,
  }: {
    args: { filter?: (Lists & { kinds?: K[] | null }) | null; after?: string | null };
    context: { feed: Feed; caller: Parameters<typeof callerKey>[0] };
  }): Promise<Follower> => {
    const selection = await selecting(kinds, args.filter, FilterType);
    return context.feed.follow(args.after, selection, callerKey(context.caller));
  };
}

@ObjectType({ description: 'One fact before and after (thay đổi).', simpleResolvers: true })
export class FieldChange implements Change {
  @Field(() => String, { description: 'Name of the field (trường).' })
  field!: string;

  @Field(() => String, { nullable: true, description: 'Before; null when there was nothing (trước).' })
  from!: string | null;

  @Field(() => String, { nullable: true, description: 'After; null when there is nothing (sau).' })
  to!: string | null;
}

/** An event as a client follows it. */
export interface StreamEvent extends Event {
  /** Its row of the event log. */
  logged: LoggedEvent;
}

type Filter<K> = Lists & { kinds?: K[] | null };

/** Declaration of a noun's events; the descriptions are for the schema. */
interface Stream<K extends string, C> {
  /** The name of the event type without "Event". */
  name: string;
  /** The noun in English with its article; and the Vietnamese term for the events. */
  of: string;
  vi: string;
  may: Permission;
  /** The names of the query and of the subscription. */
  pulled: string;
  live: string;
  says: string;
  /** The event names of each kind, and its description. */
  kinds: Record<K, [names: EventName[], description: string]>;
  /** Whether `changes` is shown; not where it could contain personal data. */
  changes?: boolean;
  /** The field with the current state of the record. */
  shows: {
    as: string;
    type: ClassType;
    description: string;
    nullable?: boolean;
    read(ctx: C, event: LoggedEvent): Promise<object | null>;
  };
  /** The filter type, where it is not that of cohorts' events; `kinds` is added to it. */
  filter?: { type: ClassType; description: string };
  /** A further condition on the arguments. */
  admits?: (args: { filter?: Filter<K> | null }, ctx: C) => Promise<void>;
}

/**
 * Makes the query and the subscription for a noun's events, with their types.
 * @returns the event type, for fields of its own, and the resolver class for the schema's list.
 */
export function eventStream<K extends string, C extends Told>(
  stream: Stream<K, C>,
): { Event: ClassType<StreamEvent>; resolver: ClassType } {
  const { name, of, vi, may, kinds, shows } = stream;
  const texts = Object.fromEntries(
    Object.entries(kinds).map(([kind, given]) => [kind, (given as [unknown, string])[1]]),
  );
  const Kind = described(
    `${name}EventKind`,
    `What happened to ${of} (loại ${vi}).`,
    texts as Record<K, string>,
  );
  const kindOf = Object.fromEntries(
    Object.entries<[EventName[], string]>(kinds).flatMap(([kind, [names]]) =>
      names.map((each) => [each, kind]),
    ),
  ) as Record<string, K>;
  const names = Object.keys(kindOf) as EventName[];
  const noun = of.replace(/^an? /, '');

  @ObjectType(`${name}Event`, {
    implements: Event,
    description: `Something that happened to ${of} (${vi}).`,
    simpleResolvers: true,
  })
  class OwnEvent extends Event implements StreamEvent {
    @Field(() => Kind, { description: 'What happened (loại).' })
    kind!: K;

    changes!: Change[];
    logged!: LoggedEvent;
  }
  if (stream.changes !== false) {
    Field(() => [FieldChange], { description: 'What this event changed (thay đổi).' })(
      OwnEvent.prototype,
      'changes',
    );
  }

  const { type: Base, description } = stream.filter ?? {
    type: EventFilter as ClassType<EventFilter>,
    description: `Which ${noun} events (bộ lọc ${vi}).`,
  };
  @InputType(`${name}EventFilter`, { description })
  class OwnFilter extends Base {
    @Field(() => [Kind], { nullable: true, description: 'Of these kinds (loại).' })
    kinds?: K[] | null;
  }

  const told = (ctx: C, event: LoggedEvent): OwnEvent =>
    Object.assign(new OwnEvent(), {
      ...factsOf(ctx, event),
      kind: kindOf[event.name]!,
      changes: event.changes,
      logged: event,
    });

  @Resolver(() => OwnEvent)
  class EventResolver {
    @May(may)
    @Query(() => [OwnEvent], {
      complexity: SEARCH,
      description: `${noun[0]!.toUpperCase()}${noun.slice(1)} events after a cursor, in commit order: catch up by pulling (${vi}). ${WHERE_TO_GO_ON}`,
    })
    async [stream.pulled](
      @Arg('filter', () => OwnFilter, { nullable: true, description: 'Which events (bộ lọc).' })
      filter: Filter<K> | null,
      @Arg('after', () => EventCursor, {
        nullable: true,
        description: 'Only later events; by default from the oldest kept (sau).',
      })
      after: string | null,
      @Arg('first', () => Int, {
        nullable: true,
        description: 'How many, at most 100; 20 by default.',
      })
      first: number | null,
      @Ctx() ctx: C,
    ): Promise<OwnEvent[]> {
      const selection = await selecting(kindOf, filter, OwnFilter);
      await stream.admits?.({ filter }, ctx);
      return (await pull(ctx, after, first, selection)).map((event) => told(ctx, event));
    }

    @May(may)
    @Tells(names)
    @Extensions(stream.admits ? admits(stream.admits) : {})
    @Subscription(() => OwnEvent, {
      description: `${stream.says}. With \`after\`, what was committed after that cursor is replayed first, with no gap and no duplicate.`,
      subscribe: following(kindOf, OwnFilter),
    })
    [stream.live](
      @Root() event: LoggedEvent,
      @Arg('filter', () => OwnFilter, { nullable: true, description: 'Which events (bộ lọc).' })
      _filter: Filter<K> | null,
      @Arg('after', () => EventCursor, {
        nullable: true,
        description: 'Replay what came after this cursor first (sau).',
      })
      _after: string | null,
      @Ctx() ctx: C,
    ): OwnEvent {
      return told(ctx, event);
    }

    @FieldResolver(() => shows.type, { nullable: shows.nullable, description: shows.description })
    [shows.as](@Root() event: OwnEvent, @Ctx() ctx: C): Promise<object | null> {
      return shows.read(ctx, event.logged);
    }
  }
  return { Event: OwnEvent, resolver: EventResolver };
}
