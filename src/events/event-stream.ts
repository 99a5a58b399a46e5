// eventStream(): declares the events of one noun, with the query that pulls them and the subscription that follows them.
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
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { authorizing, May } from '../access/gate';
import type { Permission } from '../access/policy';
import { described } from '../graphql/enums';
import type { Node } from '../graphql/node';
import { Renamed } from '../graphql/renamed';
import { EventCursor } from '../graphql/scalars';
import { type EventName, Events } from './catalogue';
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

/** Price of searching the log for matching events. */
const SEARCH = 40;

/** Part of the description of each query for events: how a client reads on. */
const WHERE_TO_GO_ON =
  'Fewer than `first` means that there are no more, and `hasNextPage` of any event tells. An operation searches at most 100,000 rows of the log; beyond, it fails with `QUERY_TOO_COMPLEX`, `limit: "rows"`, a `cursor` and `found`. Continue `after` that cursor: with `first: found` if `found` is not 0, otherwise as before. Then no event is left out.';

type Filter<K> = Lists & { kinds?: K[] | null };

/** Options of eventStream(); the descriptions are for the schema. */
interface EventStreamOptions<K extends string, C, T extends Node> {
  /** The name of the event type without "Event". */
  name: string;
  /** The noun in English with its article; and the Vietnamese term for the events. */
  noun: string;
  vi: string;
  permission: Permission;
  /** The name of the query. */
  query: string;
  subscription: { name: string; description: string };
  kinds: Record<K, { events: EventName[]; description: string }>;
  /**
   * The field with the current state of the record. Where its entity is `shown` to some callers only, the field is null
   * for the others, and `changes`, which could contain personal data, is not shown to anybody.
   */
  record: {
    field: string;
    type: ClassType<T>;
    description: string;
    /** Where the event has the id of the record, if that is not its subject. */
    idField?: 'cohortId';
    /** Records that are shown to nobody any more. */
    isHidden?(record: T): boolean;
  };
  /** The filter type, where it is not that of cohorts' events; `kinds` is added to it. */
  filter?: { type: ClassType; description: string };
  /** What its filter calls unitIds, where a name says better which unit of the noun is meant. */
  unitIds?: { name: string; since: string; description: string };
  /** A further condition on the arguments. */
  authorize?: (args: { filter?: Filter<K> | null }, ctx: C) => Promise<void>;
}

/**
 * Makes the query and the subscription for a noun's events, with their types.
 * @returns the event type, for fields of its own, and the resolver class for the schema's list.
 */
export function eventStream<K extends string, C extends EventContext, T extends Node>(
  stream: EventStreamOptions<K, C, T>,
): { Event: ClassType<StreamEvent>; resolver: ClassType } {
  const { kinds } = stream;
  const kindOf = Object.fromEntries(
    Object.entries<{ events: EventName[] }>(kinds).flatMap(([kind, { events }]) =>
      events.map((each) => [each, kind]),
    ),
  ) as Record<EventName, K>;
  const noun = stream.noun.replace(/^an? /, '');
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
  hasNextPage: () => Promise<boolean>;
}

/** Whether a record may be hidden from a caller. */
const isRestricted = (type: ClassType): boolean => 'shown' in type;

function kindType<K extends string, C, T extends Node>({
  name,
  noun,
  vi,
  kinds,
}: EventStreamOptions<K, C, T>): Record<K, K> {
  const texts = Object.fromEntries(
    Object.entries<{ description: string }>(kinds).map(([kind, { description }]) => [kind, description]),
  );
  return described(`${name}EventKind`, `What happened to ${noun} (loại ${vi}).`, texts as Record<K, string>);
}

function eventType<K extends string, C, T extends Node>(
  { name, noun, vi, record }: EventStreamOptions<K, C, T>,
  Kind: Record<K, K>,
): ClassType<OwnEvent<K>> {
  @ObjectType(`${name}Event`, {
    implements: Event,
    description: `Something that happened to ${noun} (${vi}).`,
    simpleResolvers: true,
  })
  class Own extends Event implements OwnEvent<K> {
    @Field(() => Kind, { description: 'What happened (loại).' })
    kind!: K;

    @Field(() => Boolean, {
      description:
        'Whether matching events follow the last of this page, the same for each of its events; searched for only when selected. False in a subscription (còn trang sau).',
    })
    hasNextPage!: () => Promise<boolean>;

    changes!: Change[];
    logged!: LoggedEvent;
  }
  if (!isRestricted(record.type)) {
    Field(() => [FieldChange], { description: 'What this event changed (thay đổi).' })(
      Own.prototype,
      'changes',
    );
  }
  return Own;
}

function filterType<K extends string, C, T extends Node>(
  { name, vi, filter, unitIds }: EventStreamOptions<K, C, T>,
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
  if (unitIds) {
    const { name: unitIdsName, since, description } = unitIds;
    Field(() => [ID], { nullable: true, description })(OwnFilter.prototype, 'unitIds');
    Renamed(unitIdsName, () => [ID], { since })(OwnFilter.prototype, 'unitIds');
  }
  return OwnFilter as ClassType<Filter<K>>;
}

function streamResolver<K extends string, C extends EventContext, T extends Node>(
  stream: EventStreamOptions<K, C, T>,
  { kindOf, OwnEvent, OwnFilter }: StreamTypes<K>,
  noun: string,
): ClassType {
  const { vi, permission, query, subscription, authorize, record } = stream;
  const toEvent = (
    ctx: C,
    event: LoggedEvent,
    hasNextPage = (): Promise<boolean> => Promise.resolve(false),
  ): OwnEvent<K> =>
    Object.assign(new OwnEvent(), {
      ...factsOf(ctx, event),
      kind: kindOf[event.name],
      changes: event.changes,
      logged: event,
      hasNextPage,
    });

  @Resolver(() => OwnEvent)
  class EventResolver {
    @May(permission)
    @Query(() => [OwnEvent], {
      complexity: SEARCH,
      description: `${noun[0]!.toUpperCase()}${noun.slice(1)} events after a cursor, in commit order: catch up by pulling (${vi}). ${WHERE_TO_GO_ON}`,
    })
    async [query](
      @Arg('filter', () => OwnFilter, { nullable: true, description: 'Which events (bộ lọc).' })
      filter: Filter<K> | null,
      @Arg('after', () => EventCursor, {
        nullable: true,
        description: 'Only later events; by default from the oldest kept (sau).',
      })
      after: string | null,
      @Arg('first', () => Int, {
        nullable: true,
        description: 'How many, at most 100; 20 by default (số mục).',
      })
      first: number | null,
      @Ctx() ctx: C,
    ): Promise<OwnEvent<K>[]> {
      const selection = selecting(kindOf, filter, OwnFilter);
      await authorize?.({ filter }, ctx);
      const { events, hasNextPage } = await pull(ctx, after, first, selection);
      return events.map((event) => toEvent(ctx, event, hasNextPage));
    }

    @May(permission)
    @Events(Object.keys(kindOf) as EventName[])
    @Extensions(authorize ? authorizing(authorize) : {})
    @Subscription(() => OwnEvent, {
      description: `${subscription.description}. With \`after\`, what was committed after that cursor is replayed first, with no gap and no duplicate.`,
      subscribe: following(kindOf, OwnFilter),
    })
    [subscription.name](
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

    @FieldResolver(() => record.type, {
      nullable: isRestricted(record.type),
      description: record.description,
    })
    async [record.field](@Root() { logged }: StreamEvent, @Ctx() ctx: C): Promise<T | null> {
      const found = await ctx.findDeclared(record.type, logged[record.idField ?? 'subjectId']!);
      return found && record.isHidden?.(found) ? null : found;
    }
  }
  return EventResolver;
}
