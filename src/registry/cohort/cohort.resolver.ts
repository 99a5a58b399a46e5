// What can be asked of cohorts, and how do they begin?
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SelectQueryBuilder } from 'typeorm';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { badInput } from '../../lib/errors';
import { inRange, isIn } from '../../lib/filters';
import { type Listing, type ListRequest, type Order, type Page, PageArgs, readPage } from '../../lib/page';
import { matchText } from '../../lib/search';
import { storedCode } from '../../lib/texts';
import { requireIdOf } from '../../lib/validation';
import { Programme } from '../programme/programme.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.resolver';
import { University } from '../university/university.entity';
import { openEnrolment, planCohort } from './cohort.actions';
import { Cohort } from './cohort.entity';
import {
  CohortConnection,
  CohortFilter,
  CohortOrder,
  OpenEnrolmentInput,
  OpenEnrolmentPayload,
  PlanCohortInput,
  PlanCohortPayload,
} from './cohort.input';

const cohorts: Listing<Cohort> = {
  entity: Cohort,
  alias: 'cohort',
  orders: { STARTS_ON: ['startsOn'], NAME: ['nameKey'], CODE: ['code'], UPDATED_AT: ['updatedAt'] },
  usual: { field: 'STARTS_ON', direction: 'DESC' },
};

function narrow(query: SelectQueryBuilder<Cohort>, filter: CohortFilter | null | undefined): void {
  if (!filter) return;
  const { text, codes, statuses, programmeIds, universityIds, topicIds, unitIds, startsOn } = filter;
  if (text) matchText(query, 'cohort', text);
  if (codes) query.andWhere(...isIn('cohort.code', codes, 'codes'));
  if (statuses) query.andWhere(...isIn('cohort.status', statuses, 'statuses'));
  if (programmeIds) query.andWhere(...isIn('cohort.programmeId', programmeIds, 'programmeIds'));
  if (universityIds) query.andWhere(...isIn('cohort.universityId', universityIds, 'universityIds'));
  if (topicIds) {
    const [condition, parameters] = isIn('topic_id', topicIds, 'topicIds');
    query.andWhere(
      `cohort.programmeId IN (SELECT programme_id FROM programme_topic WHERE ${condition})`,
      parameters,
    );
  }
  if (unitIds) query.andWhere(...ofUnits('cohort.hostUnitId', { ...filter, unitIds }));
  const range = inRange('cohort.startsOn', startsOn, 'startsOn');
  if (range) query.andWhere(...range);
}

interface CohortArgs {
  filter: CohortFilter | null;
  orderBy: Order | null;
  page: PageArgs;
}

function readCohorts(ctx: Context, { filter, orderBy, page }: CohortArgs, of?: ListRequest<Cohort>['of']) {
  return readPage(ctx.reader, cohorts, {
    page,
    orderBy,
    filter,
    narrow: (query) => narrow(query, filter),
    of,
  });
}

@Resolver(() => Cohort)
export class CohortResolver {
  @May('cohort.read')
  @Query(() => Cohort, { nullable: true, description: 'A cohort by id or by code (lớp).' })
  async cohort(
    @Arg('id', () => ID, { nullable: true, description: 'Its id (mã định danh).' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its code (mã lớp).' }) code: string | null,
    @Ctx() ctx: Context,
  ): Promise<Cohort | null> {
    if ((id == null) === (code == null))
      throw badInput('Ask for a cohort by `id` or by `code`, one of the two.');
    if (id != null) return ctx.reader.find(Cohort, requireIdOf('cohort', id));
    return ctx.reader.read((manager) => manager.findOneBy(Cohort, { code: storedCode(code!) }));
  }

  @May('cohort.read')
  @Query(() => CohortConnection, {
    description: 'Cohorts, newest first unless told otherwise (danh sách lớp).',
  })
  cohorts(
    @Arg('filter', () => CohortFilter, { nullable: true, description: 'Which cohorts (bộ lọc).' })
    filter: CohortFilter | null,
    @Arg('orderBy', () => CohortOrder, { nullable: true, description: 'In which order (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return readCohorts(ctx, { filter, orderBy, page });
  }

  @May('cohort.plan')
  @Mutation(() => PlanCohortPayload, {
    description:
      'Plans a cohort. A programme that units out of your reach lead or commission, and that a university delivers, is for those that work with this university: by an agreement, an order it took on, or a programme together (lập kế hoạch mở lớp).',
  })
  planCohort(
    @Arg('input', () => PlanCohortInput, { description: 'The cohort (đầu vào).' }) input: PlanCohortInput,
    @Ctx() ctx: Context,
  ): Promise<PlanCohortPayload> {
    return write(ctx, PlanCohortPayload, input, planCohort);
  }

  @May('cohort.open')
  @Mutation(() => OpenEnrolmentPayload, {
    description: 'Lets a planned cohort take nominations (mở chiêu sinh).',
  })
  openEnrolment(
    @Arg('input', () => OpenEnrolmentInput, { description: 'Which cohort (đầu vào).' })
    input: OpenEnrolmentInput,
    @Ctx() ctx: Context,
  ): Promise<OpenEnrolmentPayload> {
    return write(ctx, OpenEnrolmentPayload, input, openEnrolment);
  }

  @FieldResolver(() => Programme, { description: 'The programme it follows (chương trình).' })
  programme(@Root() cohort: Cohort, @Ctx() ctx: Context): Promise<Programme> {
    return ctx.reader.get(Programme, cohort.programmeId);
  }

  @FieldResolver(() => Unit, { description: 'The unit that opened it (đơn vị tổ chức).' })
  hostUnit(@Root() cohort: Cohort, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, cohort.hostUnitId);
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'The university that delivers it (cơ sở đào tạo).',
  })
  university(@Root() cohort: Cohort, @Ctx() ctx: Context): Promise<University | null> {
    return ctx.reader.find(University, cohort.universityId);
  }
}

@Resolver(() => Programme)
export class ProgrammeCohortsResolver {
  @FieldResolver(() => CohortConnection, { description: 'Cohorts that follow it, newest first (các lớp).' })
  cohorts(
    @Root() programme: Programme,
    @Arg('filter', () => CohortFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: CohortFilter | null,
    @Arg('orderBy', () => CohortOrder, { nullable: true, description: 'In which order (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return readCohorts(ctx, { filter, orderBy, page }, { id: programme.id, parent: 'cohort.programmeId' });
  }
}

@Resolver(() => University)
export class UniversityCohortsResolver {
  @FieldResolver(() => CohortConnection, { description: 'Cohorts it delivers, newest first (các lớp).' })
  cohorts(
    @Root() university: University,
    @Arg('filter', () => CohortFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: CohortFilter | null,
    @Arg('orderBy', () => CohortOrder, { nullable: true, description: 'In which order (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    return readCohorts(ctx, { filter, orderBy, page }, { id: university.id, parent: 'cohort.universityId' });
  }
}

@Resolver(() => Unit)
export class UnitCohortsResolver {
  @FieldResolver(() => CohortConnection, {
    description: 'Cohorts that it, or a unit below it, hosts, newest first (các lớp).',
  })
  cohorts(
    @Root() unit: Unit,
    @Arg('filter', () => CohortFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: CohortFilter | null,
    @Arg('orderBy', () => CohortOrder, { nullable: true, description: 'In which order (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Cohort>> {
    const line =
      'line.unit_id = cohort.hostUnitId' +
      (filter?.includeSubunits === false ? ' AND line.distance = 0' : '');
    return readCohorts(
      ctx,
      { filter, orderBy, page },
      {
        id: unit.id,
        parent: 'line.ancestor_id',
        join: (query) => query.innerJoin('unit_ancestor', 'line', line),
      },
    );
  }
}
