// eventStream(): declares the events of one noun, with the query that pulls them and the subscription that follows them.
import {
  Arg,
  type ClassType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { admits, May } from '../access/gate';
import type { Permission } from '../access/policy';
import { described } from '../graphql/enums';
import { type EventName, Tells } from './catalogue';
import { EventCursor } from './cursor';
import type { Change, LoggedEvent } from './event.entity';
import {
  Event,
  type EventContext,
  EventFilter,
  factsOf,
  FieldChange,
  following,
  selecting,
  type StreamEvent,
} from './event-types';
import { pull } from './log';
import type { Lists } from './selection';

/** What it costs to search the log for what matches. */
const SEARCH = 40;

/** Said of each query that pulls. */
const WHERE_TO_GO_ON =
  'Fewer than `first` means that there are no more. An operation searches 100,000 rows of the log at most; beyond, it fails with `QUERY_TOO_COMPLEX`, `limit: "rows"`, a `cursor` and `found`. Go on `after` that cursor: with `first: found` where `found` is not 0, or as before where it is. Nothing is left out so.';

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
export function eventStream<K extends string, C extends EventContext>(
  stream: Stream<K, C>,
): { Event: ClassType<StreamEvent>; resolver: ClassType } {
  const { kinds, of } = stream;
  const kindOf = Object.fromEntries(
    Object.entries<[EventName[], string]>(kinds).flatMap(([kind, [names]]) =>
      names.map((each) => [each, kind]),
    ),
  ) as Record<EventName, K>;
  const noun = of.replace(/^an? /, '');
  const Kind = kindType(stream);
  const types = {
    kindOf,
    OwnEvent: eventType(stream, Kind),
    OwnFilter: filterType(stream, Kind, noun),
  };
  return { Event: types.OwnEvent, resolver: streamResolver(stream, types, noun) };
}

/** The classes of one stream, and which kind each name in the log belongs to. */
interface StreamTypes<K extends string> {
  kindOf: Record<EventName, K>;
  OwnEvent: ClassType<OwnEvent<K>>;
  OwnFilter: ClassType<Filter<K>>;
}

interface OwnEvent<K> extends StreamEvent {
  kind: K;
  changes: Change[];
}

function kindType<K extends string, C>({ name, of, vi, kinds }: Stream<K, C>): Record<K, K> {
  const texts = Object.fromEntries(
    Object.entries(kinds).map(([kind, given]) => [kind, (given as [unknown, string])[1]]),
  );
  return described(`${name}EventKind`, `What happened to ${of} (loại ${vi}).`, texts as Record<K, string>);
}

function eventType<K extends string, C>(
  { name, of, vi, changes }: Stream<K, C>,
  Kind: Record<K, K>,
): ClassType<OwnEvent<K>> {
  @ObjectType(`${name}Event`, {
    implements: Event,
    description: `Something that happened to ${of} (${vi}).`,
    simpleResolvers: true,
  })
  class Own extends Event implements OwnEvent<K> {
    @Field(() => Kind, { description: 'What happened (loại).' })
    kind!: K;

    changes!: Change[];
    logged!: LoggedEvent;
  }
  if (changes !== false) {
    Field(() => [FieldChange], { description: 'What this event changed (thay đổi).' })(
      Own.prototype,
      'changes',
    );
  }
  return Own;
}

function filterType<K extends string, C>(
  { name, vi, filter }: Stream<K, C>,
  Kind: Record<K, K>,
  noun: string,
): ClassType<Filter<K>> {
  const { type: Base, description } = filter ?? {
    type: EventFilter as ClassType<EventFilter>,
    description: `Which ${noun} events (bộ lọc ${vi}).`,
  };
  @InputType(`${name}EventFilter`, { description })
  class OwnFilter extends Base {
    @Field(() => [Kind], { nullable: true, description: 'Of these kinds (loại).' })
    kinds?: K[] | null;
  }
  return OwnFilter as ClassType<Filter<K>>;
}

function streamResolver<K extends string, C extends EventContext>(
  stream: Stream<K, C>,
  { kindOf, OwnEvent, OwnFilter }: StreamTypes<K>,
  noun: string,
): ClassType {
  const { vi, may, shows } = stream;
  const toEvent = (ctx: C, event: LoggedEvent): OwnEvent<K> =>
    Object.assign(new OwnEvent(), {
      ...factsOf(ctx, event),
      kind: kindOf[event.name],
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
    ): Promise<OwnEvent<K>[]> {
      const selection = await selecting(kindOf, filter, OwnFilter);
      await stream.admits?.({ filter }, ctx);
      return (await pull(ctx, after, first, selection)).map((event) => toEvent(ctx, event));
    }

    @May(may)
    @Tells(Object.keys(kindOf) as EventName[])
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
    ): OwnEvent<K> {
      return toEvent(ctx, event);
    }

    @FieldResolver(() => shows.type, { nullable: shows.nullable, description: shows.description })
    [shows.as](@Root() event: StreamEvent, @Ctx() ctx: C): Promise<object | null> {
      return shows.read(ctx, event.logged);
    }
  }
  return EventResolver;
}
