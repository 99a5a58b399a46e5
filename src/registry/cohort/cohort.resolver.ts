// What can be asked of cohorts, and how do they begin?
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { type Gives, mutation } from '../../events/mutation';
import { inRange } from '../../graphql/filters';
import type { ListArgs, Listing, Page } from '../../graphql/page';
import { matchesText } from '../../database/search';
import { isIn, sql } from '../../lib/sql';
import { storedCode } from '../../lib/texts';
import { requireIdOf, requireIdOrCode } from '../../graphql/validation';
import { Programme } from '../programme/programme.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnit, ofUnits } from '../unit/unit.reads';
import { University } from '../university/university.entity';
import {
  cancelCohort,
  completeCohort,
  openEnrolment,
  planCohort,
  reviseCohort,
  startCohort,
} from './cohort.actions';
import { Cohort } from './cohort.entity';
import {
  CancelCohortInput,
  CohortConnection,
  CohortArgs,
  type CohortFilter,
  CompleteCohortInput,
  OpenEnrolmentInput,
  PlanCohortInput,
  ReviseCohortInput,
  StartCohortInput,
} from './cohort.input';

const cohorts: Listing<Cohort, CohortFilter> = {
  entity: Cohort,
  alias: 'cohort',
  orders: { STARTS_ON: ['startsOn'], NAME: ['nameKey'], CODE: ['code'], UPDATED_AT: ['updatedAt'] },
  usual: { field: 'STARTS_ON', direction: 'DESC' },
  narrow: ({
    text,
    codes,
    statuses,
    programmeIds,
    universityIds,
    topicIds,
    unitIds,
    startsOn,
    ...filter
  }) => [
    text && matchesText('cohort', text),
    codes && isIn('cohort.code', codes),
    statuses && isIn('cohort.status', statuses),
    programmeIds && isIn('cohort.programmeId', programmeIds),
    universityIds && isIn('cohort.universityId', universityIds),
    topicIds &&
      sql`cohort.programmeId IN (SELECT programme_id FROM programme_topic WHERE ${isIn('topic_id', topicIds)})`,
    unitIds && ofUnits('cohort.hostUnitId', { ...filter, unitIds }),
    inRange('cohort.startsOn', startsOn),
  ],
};

@Resolver(() => Cohort)
export class CohortResolver {
  @May('cohort.read')
  @Query(() => Cohort, { nullable: true, description: 'A cohort by id or by code (lớp).' })
  async cohort(
    @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its code (mã lớp).' }) code: string | null,
    @Ctx() ctx: Context,
  ): Promise<Cohort | null> {
    requireIdOrCode('a cohort', id, code);
    if (id != null) return ctx.reader.find(Cohort, requireIdOf('cohort', id));
    return ctx.reader.read((manager) => manager.findOneBy(Cohort, { code: storedCode(code!) }));
  }

  @May('cohort.read')
  @Query(() => CohortConnection, {
    description: 'Cohorts, newest first unless told otherwise (danh sách lớp).',
  })
  cohorts(
    @Args(() => CohortArgs.root) args: ListArgs<CohortFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return ctx.list(cohorts, args);
  }
}

@Resolver(() => Programme)
export class ProgrammeCohortsResolver {
  @FieldResolver(() => CohortConnection, { description: 'Cohorts that follow it, newest first (các lớp).' })
  cohorts(
    @Root() programme: Programme,
    @Args(() => CohortArgs.nested) args: ListArgs<CohortFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return ctx.list(cohorts, args, { of: { id: programme.id, column: 'cohort.programmeId' } });
  }
}

@Resolver(() => University)
export class UniversityCohortsResolver {
  @FieldResolver(() => CohortConnection, { description: 'Cohorts it delivers, newest first (các lớp).' })
  cohorts(
    @Root() university: University,
    @Args(() => CohortArgs.nested) args: ListArgs<CohortFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return ctx.list(cohorts, args, { of: { id: university.id, column: 'cohort.universityId' } });
  }
}

@Resolver(() => Unit)
export class UnitCohortsResolver {
  @FieldResolver(() => CohortConnection, {
    description: 'Cohorts that it, or a unit below it, hosts, newest first (các lớp).',
  })
  cohorts(
    @Root() unit: Unit,
    @Args(() => CohortArgs.nested) args: ListArgs<CohortFilter>,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return ctx.list(cohorts, args, { of: ofUnit(unit, 'cohort.hostUnitId', args.filter) });
  }
}

const givenCohort = { cohort: [Cohort, 'The cohort; null when refused (lớp).'] } satisfies Gives<{
  cohort: Cohort;
}>;

export const resolvers = [
  CohortResolver,
  ProgrammeCohortsResolver,
  UniversityCohortsResolver,
  UnitCohortsResolver,
  mutation(planCohort, {
    may: 'cohort.plan',
    does: 'Plans a cohort. A programme that units out of your reach lead or commission, and that a university delivers, is for those that work with this university: by an agreement, an order it took on, or a programme together (lập kế hoạch mở lớp).',
    takes: [PlanCohortInput, 'The cohort (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that was planned (kết quả).',
    tells: ['cohort.planned'],
  }),
  mutation(openEnrolment, {
    may: 'cohort.open',
    does: 'Lets a planned cohort take nominations (mở chiêu sinh).',
    takes: [OpenEnrolmentInput, 'Which cohort (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that takes nominations (kết quả).',
    tells: ['cohort.opened'],
  }),
  mutation(reviseCohort, {
    may: 'cohort.revise',
    does: 'Revises a cohort that has not ended (điều chỉnh lớp).',
    takes: [ReviseCohortInput, 'What changes (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort as revised (kết quả).',
    tells: ['cohort.revised'],
  }),
  mutation(startCohort, {
    may: 'cohort.start',
    does: 'Starts a cohort: accepted learners study (khai giảng).',
    takes: [StartCohortInput, 'Which cohort (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that started (kết quả).',
    tells: ['cohort.started'],
  }),
  mutation(completeCohort, {
    may: 'cohort.complete',
    does: 'Ends a cohort: learners who have not graduated become NOT_COMPLETED; a ceremony held later still completes them (bế giảng).',
    takes: [CompleteCohortInput, 'Which cohort (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that ended (kết quả).',
    tells: ['cohort.completed'],
  }),
  mutation(cancelCohort, {
    may: 'cohort.cancel',
    does: 'Calls a cohort off; its enrolments become WITHDRAWN (hủy lớp).',
    takes: [CancelCohortInput, 'Which cohort, and why (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that was called off (kết quả).',
    tells: ['cohort.cancelled'],
  }),
];
