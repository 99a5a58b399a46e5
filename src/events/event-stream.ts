// Events as clients follow them: what all event types share, and eventStream(), which declares those of one noun.
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
    description: 'Its place in the log: resume `after` it (vị trí).',
    simple: true,
  })
  cursor!: string;

  @Field(() => DateTimeScalar, { description: 'When it was committed (thời điểm).', simple: true })
  occurredAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'Who did it; null unless you may know (người thực hiện).',
    simple: true,
  })
  actor!: string | null;
}

/** What it costs to search the log for what matches. */
const SEARCH = 40;

/** Said of each query that pulls. */
const WHERE_TO_GO_ON =
  'Fewer than `first` means that there are no more. An operation searches 100,000 rows of the log at most; beyond, it fails with `QUERY_TOO_COMPLEX`, `limit: "rows"`, a `cursor` and `found`. Go on `after` that cursor: with `first: found` where `found` is not 0, or as before where it is. Nothing is left out so.';

interface Told {
  feed: Feed;
  actor: Actor;
  reader: Reader;
  searched: Searched;
}

/** What an event of any type tells of one of the log. */
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
 * What a filter selects.
 * @param kinds which event names belong to which kind.
 * @throws BAD_USER_INPUT for malformed ids: subscriptions get their arguments unchecked.
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
  /** The event of the log that it tells of. */
  logged: LoggedEvent;
}

type Filter<K> = Lists & { kinds?: K[] | null };

/** Events of one noun that can be followed live and pulled; descriptions are for the schema. */
interface Stream<K extends string, C> {
  /** The name of its type without "Event". */
  name: string;
  /** What the events happen to, with its article, and the events in Vietnamese. */
  of: string;
  vi: string;
  may: Permission;
  /** The query that pulls, and the subscription that follows. */
  pulled: string;
  live: string;
  says: string;
  /** The names in the log that each kind stands for. */
  kinds: Record<K, [names: EventName[], description: string]>;
  /** Whether it shows what changed: not where that may tell of a person. */
  changes?: boolean;
  /** The field with the record as it is now. */
  shows: {
    as: string;
    type: ClassType;
    description: string;
    nullable?: boolean;
    read(ctx: C, event: LoggedEvent): Promise<object | null>;
  };
  /** The filter, where it is not that of cohorts' events; its kinds are added here. */
  filter?: { type: ClassType; description: string };
  /** A further condition on what may be asked for. */
  admits?: (args: { filter?: Filter<K> | null }, ctx: C) => Promise<void>;
}

/**
 * The query and the subscription of a noun's events, with their types.
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
        description: 'Only later ones; the oldest kept first if left out (sau).',
      })
      after: string | null,
      @Arg('first', () => Int, {
        nullable: true,
        description: 'How many, at most 100; 20 when nothing is said.',
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
