// Events of graduates: the subscription and the query that pulls them.
import { Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { idsWithin } from '../../access/scope';
import type { Context } from '../../operation/context';
import { eventStream } from '../../events/event-stream';
import type { EventFilter, StreamEvent } from '../../events/event-types';
import { apiError } from '../../graphql/errors';
import { Cohort } from '../cohort/cohort.entity';
import { Unit } from '../unit/unit.entity';
import { Graduate } from './graduate.entity';

/**
 * A filter by unit reveals which unit sent the graduate, so it is allowed only to callers who may see that: for units
 * within reach, or for cohorts of universities within reach.
 * @throws FORBIDDEN otherwise.
 */
async function admitFilter({ filter }: { filter?: EventFilter | null }, ctx: Context): Promise<void> {
  const { unitIds, universityIds } = filter ?? {};
  if (!unitIds) return;
  const scope = ctx.scope('graduate.read');
  if (scope.reach.everything) return;
  const within = await ctx.reader.read((manager) => idsWithin(manager, Unit, unitIds, scope.units('own.id')));
  if (unitIds.every((id) => within.has(id))) return;
  const ownUniversities = new Set(scope.reach.universityIds);
  if (universityIds?.length && universityIds.every((id) => ownUniversities.has(id))) return;
  throw apiError('FORBIDDEN', {
    vi: 'filter.unitIds: các đơn vị này ngoài phạm vi của bạn. Hãy bỏ bộ lọc này.',
    en: 'filter.unitIds: these units are not within your reach. Leave the filter out.',
  });
}

const { Event, resolver } = eventStream({
  name: 'Graduate',
  noun: 'a graduate',
  vi: 'sự kiện hoàn thành, tốt nghiệp',
  permission: 'graduate.follow',
  query: 'graduateEvents',
  subscription: {
    name: 'graduateRecorded',
    description:
      'Graduates were recorded, corrected or revoked: one event a graduate (theo dõi hoàn thành, tốt nghiệp)',
  },
  kinds: {
    RECORDED: { events: ['graduate.recorded'], description: 'The graduation was recorded (ghi nhận).' },
    CORRECTED: {
      events: ['graduate.corrected'],
      description: 'What was recorded was corrected (đính chính).',
    },
    REVOKED: { events: ['graduate.revoked'], description: 'The graduation was revoked (thu hồi).' },
  },
  record: {
    field: 'graduate',
    type: Graduate,
    description:
      'The graduate as it is now; null once revoked, or if hidden from you (hoàn thành, tốt nghiệp).',
    isHidden: ({ revokedAt }) => revokedAt !== null,
  },
  authorize: admitFilter,
});

@Resolver(() => Event)
class GraduateEventResolver {
  @FieldResolver(() => ID, {
    description: 'Id of the graduate, also when revoked since (mã hoàn thành, tốt nghiệp).',
  })
  graduateId(@Root() { logged }: StreamEvent): string {
    return logged.subjectId;
  }

  @FieldResolver(() => Cohort, { description: 'The cohort as it is now (lớp).' })
  cohort(@Root() { logged }: StreamEvent, @Ctx() ctx: Context): Promise<Cohort> {
    return ctx.reader.get(Cohort, logged.cohortId!);
  }
}

export const resolvers = [resolver, GraduateEventResolver];
