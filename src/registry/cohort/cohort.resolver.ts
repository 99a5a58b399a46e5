// GraphQL fields of cohorts: lists and mutations.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../operation/context';
import { codeKeys } from '../../lib/texts';
import { listFields, recordField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { inRange } from '../../graphql/filters';
import type { Listing } from '../../graphql/page';
import { rowsBy } from '../../graphql/reader';
import { anyOf, isIn, sql } from '../../lib/sql';
import { Programme } from '../programme/programme.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnit, ofUnits } from '../unit/unit.reads';
import { University } from '../university/university.entity';
import { cancelCohort, completeCohort, openEnrolment, planCohort, startCohort } from './cohort.actions';
import { reviseCohort } from './cohort-revision.actions';
import { Cohort } from './cohort.entity';
import { ofCohorts, ofLearners } from './cohort.reads';
import { annulCohort, reopenCohort } from './reopening.actions';
import { UnitSeats } from './seats.entity';
import {
  AnnulCohortInput,
  CancelCohortInput,
  CohortConnection,
  CohortArgs,
  type CohortFilter,
  CompleteCohortInput,
  OpenEnrolmentInput,
  PlanCohortInput,
  ReopenCohortInput,
  ReviseCohortInput,
  StartCohortInput,
} from './cohort.input';

const cohorts: Listing<Cohort, CohortFilter> = {
  entity: Cohort,
  alias: 'cohort',
  searched: true,
  orders: {
    STARTS_ON: ['startsOn'],
    ENDS_ON: ['endsKey'],
    NAME: ['nameKey'],
    CODE: ['code'],
    CREATED_AT: ['createdAt'],
    UPDATED_AT: ['updatedAt'],
  },
  usual: { field: 'STARTS_ON', direction: 'DESC' },
  narrow: (
    { codes, statuses, programmeIds, universityIds, topicIds, unitIds, learnerUnitIds, startsOn, ...filter },
    _today,
    shown,
  ) => [
    sql`cohort.annulledAt IS NULL`,
    codes && isIn('cohort.codeKey', codeKeys(codes)),
    statuses && isIn('cohort.status', statuses),
    programmeIds && isIn('cohort.programmeId', programmeIds),
    universityIds && isIn('cohort.universityId', universityIds),
    topicIds &&
      sql`cohort.programmeId IN (SELECT programme_id FROM programme_topic WHERE ${isIn('topic_id', topicIds)})`,
    unitIds && ofUnits('cohort.hostUnitId', { ...filter, unitIds }),
    learnerUnitIds && ofLearners('cohort.id', { ...filter, unitIds: learnerUnitIds }, shown),
    inRange('cohort.startsOn', startsOn),
  ],
};
const seatsByCohort = rowsBy(UnitSeats, 'cohortId', ['place']);

const cohortLists = listFields(cohorts, CohortConnection, CohortArgs);

@Resolver(() => Cohort)
class CohortSeatsResolver {
  @FieldResolver(() => [UnitSeats], {
    description:
      'Seats of the units that send learners; empty when all units may. You see those of your units, and all of cohorts that you host or deliver (chỉ tiêu).',
  })
  async seats(@Root() { id }: Cohort, @Ctx() ctx: Context): Promise<UnitSeats[]> {
    const seats = (await ctx.reader.load(seatsByCohort, id)) ?? [];
    const scope = ctx.scope('enrolment.read');
    const within = (own: string) =>
      anyOf([scope.units(`${own}.unit_id`), ofCohorts(`${own}.cohort_id`, scope.cohorts('cohort'))]);
    const seen = await Promise.all(seats.map((each) => ctx.reader.findWithin(UnitSeats, each.id, within)));
    return seen.filter((each) => each !== null);
  }
}

const cohortField = {
  cohort: { type: Cohort, description: 'The cohort; null when refused (lớp).' },
} as const;

export const resolvers = [
  CohortSeatsResolver,
  recordField(Cohort, 'cohort', {
    permission: 'cohort.read',
    noun: 'a cohort',
    description: 'A cohort by id or by code (lớp).',
    codeDescription: 'Its code (mã lớp).',
  }),
  cohortLists.root('cohorts', {
    permission: 'cohort.read',
    description: 'Cohorts, newest first by default (danh sách lớp).',
  }),
  cohortLists.of(Programme, 'cohorts', {
    by: 'cohort.programmeId',
    description: 'Cohorts that follow it, newest first (các lớp).',
  }),
  cohortLists.of(University, 'cohorts', {
    by: 'cohort.universityId',
    description: 'Cohorts it delivers, newest first (các lớp).',
  }),
  cohortLists.of(Unit, 'cohorts', {
    by: ofUnit('cohort.hostUnitId'),
    description: 'Cohorts that it, or a unit below it, hosts, newest first (các lớp).',
  }),
  mutation(planCohort, {
    permission: 'cohort.plan',
    description:
      'Plans a cohort. A programme that units out of your reach lead or commission, and that a university delivers, is for those that work with this university: by an agreement, an order that it agreed to, or a joint programme (lập kế hoạch mở lớp).',
    input: { type: PlanCohortInput, description: 'The cohort (đầu vào).' },
    payload: { description: 'The cohort that was planned (kết quả).', fields: cohortField },
    events: ['cohort.planned'],
  }),
  mutation(openEnrolment, {
    permission: 'cohort.open',
    description: 'Lets a planned cohort take nominations (mở chiêu sinh).',
    input: { type: OpenEnrolmentInput, description: 'Which cohort (đầu vào).' },
    payload: { description: 'The cohort that takes nominations (kết quả).', fields: cohortField },
    events: ['cohort.opened'],
  }),
  mutation(reviseCohort, {
    permission: 'cohort.revise',
    description:
      'Revises a cohort that has not ended; its code, programme, host and university while no certificate stands against it (điều chỉnh lớp).',
    input: { type: ReviseCohortInput, description: 'What changes (đầu vào).' },
    payload: { description: 'The cohort as revised (kết quả).', fields: cohortField },
    events: ['cohort.revised', 'enrolment.movedUp'],
  }),
  mutation(startCohort, {
    permission: 'cohort.start',
    description: 'Starts a cohort: accepted learners study (khai giảng).',
    input: { type: StartCohortInput, description: 'Which cohort (đầu vào).' },
    payload: { description: 'The cohort that started (kết quả).', fields: cohortField },
    events: ['cohort.started'],
  }),
  mutation(completeCohort, {
    permission: 'cohort.complete',
    description:
      'Ends a cohort: learners who have not graduated become NOT_COMPLETED; a ceremony held later still completes them (bế giảng).',
    input: { type: CompleteCohortInput, description: 'Which cohort (đầu vào).' },
    payload: { description: 'The cohort that ended (kết quả).', fields: cohortField },
    events: ['cohort.completed'],
  }),
  mutation(cancelCohort, {
    permission: 'cohort.cancel',
    description: 'Cancels a cohort; its enrolments become WITHDRAWN (hủy lớp).',
    input: { type: CancelCohortInput, description: 'Which cohort, and why (đầu vào).' },
    payload: { description: 'The cohort that was cancelled (kết quả).', fields: cohortField },
    events: ['cohort.cancelled'],
  }),
  mutation(reopenCohort, {
    permission: 'cohort.reopen',
    description:
      'Takes the last step of a cohort back, for callers who may make that step: opened, started, ended, cancelled or annulled by mistake (lùi lại một bước).',
    input: { type: ReopenCohortInput, description: 'Which cohort, and why (đầu vào).' },
    payload: { description: 'The cohort as it was before (kết quả).', fields: cohortField },
    events: ['cohort.reopened'],
  }),
  mutation(annulCohort, {
    permission: 'cohort.annul',
    description:
      'Annuls a cohort that never was: no list or figure has it, and its code is free again (hủy bỏ lớp ghi nhầm).',
    input: { type: AnnulCohortInput, description: 'Which cohort, and why (đầu vào).' },
    payload: { description: 'The cohort that was annulled (kết quả).', fields: cohortField },
    events: ['cohort.annulled'],
  }),
];
