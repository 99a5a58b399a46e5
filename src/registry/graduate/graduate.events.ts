// What can be followed of graduates? Their events, live and by pulling.
import {
  Arg,
  Ctx,
  Extensions,
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
import { admits, May } from '../../access/gate';
import { idsWithin } from '../../access/scope';
import type { Context } from '../../context';
import { EventCursor } from '../../events/cursor';
import type { LoggedEvent } from '../../events/event.entity';
import { Event, EventFilter, factsOf, following, selecting } from '../../events/event.types';
import { pull } from '../../events/log';
import { apiError } from '../../lib/errors';
import { Cohort } from '../cohort/cohort.entity';
import { Graduate } from './graduate.entity';
import { findGraduate } from './graduate.resolver';

export enum GraduateEventKind {
  RECORDED = 'RECORDED',
  CORRECTED = 'CORRECTED',
  REVOKED = 'REVOKED',
}
registerEnumType(GraduateEventKind, {
  name: 'GraduateEventKind',
  description: 'What happened to a graduate (loại sự kiện tốt nghiệp).',
  valuesConfig: {
    RECORDED: { description: 'The graduation was recorded (ghi nhận).' },
    CORRECTED: { description: 'What was recorded was corrected (đính chính).' },
    REVOKED: { description: 'The graduation was taken back (thu hồi).' },
  },
});

/** Which kind of graduate event each name of the log is. */
const KINDS: Record<string, GraduateEventKind> = {
  'graduate.recorded': GraduateEventKind.RECORDED,
  'graduate.corrected': GraduateEventKind.CORRECTED,
  'graduate.revoked': GraduateEventKind.REVOKED,
};

@ObjectType({
  implements: Event,
  description: 'Something that happened to a graduate (sự kiện tốt nghiệp).',
  simpleResolvers: true,
})
export class GraduateEvent extends Event {
  @Field(() => GraduateEventKind, { description: 'What happened (loại).' })
  kind!: GraduateEventKind;

  @Field(() => ID, { description: 'Id of the graduate, also when revoked since (mã tốt nghiệp).' })
  graduateId!: string;

  cohortId!: string;
}

@InputType({ description: 'Which graduate events (bộ lọc sự kiện tốt nghiệp).' })
export class GraduateEventFilter extends EventFilter {
  @Field(() => [GraduateEventKind], { nullable: true, description: 'Of these kinds (loại).' })
  kinds?: GraduateEventKind[] | null;
}

function toGraduateEvent(ctx: Context, event: LoggedEvent): GraduateEvent {
  return Object.assign(new GraduateEvent(), {
    ...factsOf(ctx, event),
    kind: KINDS[event.name]!,
    graduateId: event.subjectId,
    cohortId: event.cohortId!,
  });
}

/**
 * A filter by unit says who sent the graduate: it is for those who may see that, of their own units or in the cohorts
 * of their own universities.
 * @throws FORBIDDEN
 */
async function admitFilter({ filter }: { filter?: GraduateEventFilter | null }, ctx: Context): Promise<void> {
  const { unitIds, universityIds } = filter ?? {};
  if (!unitIds) return;
  const scope = ctx.scope('graduate.read');
  if (scope.reach.everything) return;
  const within = await ctx.reader.read((manager) =>
    idsWithin(manager, 'unit', unitIds, scope.units('own.id')),
  );
  if (unitIds.every((id) => within.has(id))) return;
  const ownUniversities = new Set(scope.reach.universityIds);
  if (universityIds?.length && universityIds.every((id) => ownUniversities.has(id))) return;
  throw apiError('FORBIDDEN', 'filter.unitIds: these units are not within your reach. Leave the filter out.');
}

@Resolver(() => GraduateEvent)
export class GraduateEventResolver {
  @May('graduate.follow')
  @Query(() => [GraduateEvent], {
    description: 'Graduate events after a cursor, in commit order: catch up by pulling (sự kiện tốt nghiệp).',
  })
  async graduateEvents(
    @Arg('filter', () => GraduateEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    filter: GraduateEventFilter | null,
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
  ): Promise<GraduateEvent[]> {
    const selection = await selecting(KINDS, filter, GraduateEventFilter);
    await admitFilter({ filter }, ctx);
    const events = await pull(ctx.reader, after, first, selection);
    return events.map((event) => toGraduateEvent(ctx, event));
  }

  @May('graduate.follow')
  @Extensions(admits(admitFilter))
  @Subscription(() => GraduateEvent, {
    description:
      'Graduates were recorded, corrected or revoked: one event a graduate (theo dõi tốt nghiệp). With `after`, what was committed after that cursor is replayed first, with no gap and no duplicate.',
    subscribe: following(KINDS, GraduateEventFilter),
  })
  graduateRecorded(
    @Root() event: LoggedEvent,
    @Arg('filter', () => GraduateEventFilter, { nullable: true, description: 'Which events (bộ lọc).' })
    _filter: GraduateEventFilter | null,
    @Arg('after', () => EventCursor, {
      nullable: true,
      description: 'Replay what came after this cursor first (sau).',
    })
    _after: string | null,
    @Ctx() ctx: Context,
  ): GraduateEvent {
    return toGraduateEvent(ctx, event);
  }

  @FieldResolver(() => Graduate, {
    nullable: true,
    description: 'The graduate as it is now; null once revoked, or if not yours to see (tốt nghiệp).',
  })
  graduate(@Root() event: GraduateEvent, @Ctx() ctx: Context): Promise<Graduate | null> {
    return findGraduate(ctx, event.graduateId);
  }

  @FieldResolver(() => Cohort, { description: 'The cohort as it is now (lớp).' })
  cohort(@Root() event: GraduateEvent, @Ctx() ctx: Context): Promise<Cohort> {
    return ctx.reader.get(Cohort, event.cohortId);
  }
}
