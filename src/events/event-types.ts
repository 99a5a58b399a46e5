// What all types of followed events share: their fields, the filter, and the selection that a filter means.
import { Field, ID, InputType, InterfaceType, ObjectType } from 'type-graphql';
import type { Actor } from '../access/actor';
import { callerKey } from '../access/caller';
import { badInput, textAt } from '../graphql/errors';
import { IncludeSubunits } from '../graphql/filters';
import type { Reader } from '../graphql/reader';
import { DateTimeScalar, EventCursor } from '../graphql/scalars';
import { asSent, takeNames } from '../graphql/renamed';
import { findFaults, OptionalIdsOf } from '../graphql/validation';
import type { Change, LoggedEvent } from './event.entity';
import type { Feed } from './feed';
import type { Follower } from './follower';
import type { Searched } from './log';
import { type Lists, Selection } from './selection';
import type { Node } from '../graphql/node';

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

  @Field(() => String, {
    description: 'Its name in the log, such as cohort.planned: docs/events.md lists them (tên sự kiện).',
    simple: true,
  })
  name!: string;

  @Field(() => ID, {
    description: 'The record that was changed, which may be hidden from you by now (mã bản ghi).',
    simple: true,
  })
  subjectId!: string;
}

/** What events need of the operation that shows them. */
export interface EventContext {
  feed: Feed;
  actor: Actor;
  reader: Reader;
  searched: Searched;
  findDeclared<T extends Node>(entity: new () => T, id: string): Promise<T | null>;
}

/** The fields that all event types share. */
export function factsOf({ feed, actor }: EventContext, event: LoggedEvent): Event {
  return {
    cursor: feed.cursorOf(event),
    occurredAt: event.occurredAt,
    actor: actor.may('event.identify') ? event.actor : null,
    name: event.name,
    subjectId: event.subjectId,
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
export function selecting<K extends string>(
  kinds: Record<string, K>,
  filter: (Lists & { kinds?: K[] | null }) | null | undefined,
  FilterType: new () => object,
): Selection {
  const given: Lists & { kinds?: K[] | null } = Object.assign(new FilterType(), filter);
  const misnamed = takeNames(given);
  const [fault] = [...misnamed, ...findFaults(given)];
  if (fault) throw badInput(textAt(`filter.${asSent(given, fault.path).join('.')}`, fault.text));
  const wanted = given.kinds;
  const names = Object.keys(kinds).filter((name) => !wanted || wanted.includes(kinds[name]!));
  return new Selection(new Set(names), given);
}

/** The `subscribe` of a subscription to these kinds: follows the feed after the client's cursor. */
export function following<K extends string>(kinds: Record<string, K>, FilterType: new () => object) {
  return async ({
    args,
    context,
  }: {
    args: { filter?: (Lists & { kinds?: K[] | null }) | null; after?: string | null };
    context: { feed: Feed; caller: Parameters<typeof callerKey>[0] };
  }): Promise<Follower> => {
    const selection = selecting(kinds, args.filter, FilterType);
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
