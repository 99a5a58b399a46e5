// What can be asked of enrolments?
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { SelectQueryBuilder } from 'typeorm';
import { May } from '../../access/gate';
import type { Context } from '../../context';
import { write } from '../../events/write';
import { isIn } from '../../lib/filters';
import { type Listing, type Order, type Page, PageArgs, readPage } from '../../lib/page';
import type { Batch } from '../../lib/reader';
import { Cohort } from '../cohort/cohort.entity';
import { Official } from '../official/official.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.resolver';
import { decideEnrolments, nominateOfficials, withdrawEnrolment } from './enrolment.actions';
import { Enrolment, PARTICIPATING } from './enrolment.entity';
import {
  DecideEnrolmentsInput,
  DecideEnrolmentsPayload,
  EnrolmentConnection,
  EnrolmentFilter,
  EnrolmentOrder,
  NominateOfficialsInput,
  NominateOfficialsPayload,
  WithdrawEnrolmentInput,
  WithdrawEnrolmentPayload,
} from './enrolment.input';

const enrolments: Listing<Enrolment> = {
  entity: Enrolment,
  alias: 'enrolment',
  orders: { CREATED_AT: ['createdAt'] },
  usual: { field: 'CREATED_AT', direction: 'ASC' },
};

function narrow(query: SelectQueryBuilder<Enrolment>, filter: EnrolmentFilter | null | undefined): void {
  if (!filter) return;
  const { statuses, unitIds } = filter;
  if (statuses) query.andWhere(...isIn('enrolment.status', statuses, 'statuses'));
  if (unitIds) query.andWhere(...ofUnits('enrolment.unitAtEnrolmentId', { ...filter, unitIds }));
}

const countEnrolled: Batch<number> = async (manager, cohortIds) => {
  const rows = await manager
    .createQueryBuilder(Enrolment, 'enrolment')
    .select('enrolment.cohortId', 'cohortId')
    .addSelect('COUNT(*)', 'total')
    .where('enrolment.cohortId IN (:...cohortIds) AND enrolment.status IN (:...counted)', {
      cohortIds,
      counted: PARTICIPATING,
    })
    .groupBy('enrolment.cohortId')
    .getRawMany<{ cohortId: string; total: number | string }>();
  return new Map(rows.map((row) => [row.cohortId, Number(row.total)]));
};

@Resolver(() => Enrolment)
export class EnrolmentResolver {
  @May('enrolment.nominate')
  @Mutation(() => NominateOfficialsPayload, {
    description: 'Sends officials to a cohort, all or none (cử đi học).',
  })
  nominateOfficials(
    @Arg('input', () => NominateOfficialsInput, { description: 'Who goes where (đầu vào).' })
    input: NominateOfficialsInput,
    @Ctx() ctx: Context,
  ): Promise<NominateOfficialsPayload> {
    return write(ctx, NominateOfficialsPayload, input, nominateOfficials);
  }

  @May('enrolment.decide')
  @Mutation(() => DecideEnrolmentsPayload, {
    description: 'Accepts or declines nominations, many at once (xét nhận).',
  })
  decideEnrolments(
    @Arg('input', () => DecideEnrolmentsInput, { description: 'The decision (đầu vào).' })
    input: DecideEnrolmentsInput,
    @Ctx() ctx: Context,
  ): Promise<DecideEnrolmentsPayload> {
    return write(ctx, DecideEnrolmentsPayload, input, decideEnrolments);
  }

  @May('enrolment.withdraw')
  @Mutation(() => WithdrawEnrolmentPayload, {
    description: 'Takes an enrolment back before the end (rút tên).',
  })
  withdrawEnrolment(
    @Arg('input', () => WithdrawEnrolmentInput, { description: 'Which one (đầu vào).' })
    input: WithdrawEnrolmentInput,
    @Ctx() ctx: Context,
  ): Promise<WithdrawEnrolmentPayload> {
    return write(ctx, WithdrawEnrolmentPayload, input, withdrawEnrolment);
  }

  @FieldResolver(() => Official, {
    nullable: true,
    description: 'The learner; null if not yours to see (học viên).',
  })
  official(@Root() enrolment: Enrolment, @Ctx() ctx: Context): Promise<Official | null> {
    return ctx.findShown(Official, enrolment.officialId);
  }

  @FieldResolver(() => Cohort, { description: 'The cohort (lớp).' })
  cohort(@Root() enrolment: Enrolment, @Ctx() ctx: Context): Promise<Cohort> {
    return ctx.reader.get(Cohort, enrolment.cohortId);
  }

  @FieldResolver(() => Unit, { description: 'Frozen: where the official served then (đơn vị cử đi học).' })
  unitAtEnrolment(@Root() enrolment: Enrolment, @Ctx() ctx: Context): Promise<Unit> {
    return ctx.reader.get(Unit, enrolment.unitAtEnrolmentId);
  }
}

@Resolver(() => Cohort)
export class CohortEnrolmentsResolver {
  @FieldResolver(() => Int, {
    description:
      'Participations (lượt): enrolments in ACCEPTED, STUDYING, COMPLETED or NOT_COMPLETED. The rule is ours (số học viên).',
  })
  async enrolledCount(@Root() cohort: Cohort, @Ctx() ctx: Context): Promise<number> {
    return (await ctx.reader.load(countEnrolled, cohort.id)) ?? 0;
  }

  @FieldResolver(() => EnrolmentConnection, {
    description: 'Its enrolments within your reach, oldest first (danh sách tham gia).',
  })
  enrolments(
    @Root() cohort: Cohort,
    @Arg('filter', () => EnrolmentFilter, { nullable: true, description: 'Which of them (bộ lọc).' })
    filter: EnrolmentFilter | null,
    @Arg('orderBy', () => EnrolmentOrder, { nullable: true, description: 'In which order (thứ tự).' })
    orderBy: Order | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Enrolment>> {
    return readPage(ctx.reader, enrolments, {
      page,
      orderBy,
      filter,
      within: ctx.within(Enrolment),
      narrow: (query) => narrow(query, filter),
      of: { id: cohort.id, parent: 'enrolment.cohortId' },
    });
  }
}

@Resolver(() => Official)
export class OfficialEnrolmentsResolver {
  @FieldResolver(() => EnrolmentConnection, {
    description: 'Their enrolments, oldest first (quá trình đào tạo).',
  })
  enrolments(
    @Root() official: Official,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: Context,
  ): Promise<Page<Enrolment>> {
    return readPage(ctx.reader, enrolments, {
      page,
      within: ctx.within(Enrolment),
      of: { id: official.id, parent: 'enrolment.officialId' },
    });
  }
}
