// GraphQL fields of cohorts: lists and mutations.
import { codeKey } from '../../lib/texts';
import { listFields, recordField } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { inRange } from '../../graphql/filters';
import type { Listing } from '../../graphql/page';
import { isIn, sql } from '../../lib/sql';
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
import { ofLearners } from './cohort.reads';
import { annulCohort, reopenCohort } from './reopening.actions';
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
    codes && isIn('cohort.codeKey', codes.map(codeKey)),
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
const cohortLists = listFields(cohorts, CohortConnection, CohortArgs);

const givenCohort = { cohort: [Cohort, 'The cohort; null when refused (lớp).'] } as const;

export const resolvers = [
  recordField(Cohort, 'cohort', {
    may: 'cohort.read',
    what: 'a cohort',
    description: 'A cohort by id or by code (lớp).',
    code: 'Its code (mã lớp).',
  }),
  cohortLists.root('cohorts', {
    may: 'cohort.read',
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
    may: 'cohort.plan',
    does: 'Plans a cohort. A programme that units out of your reach lead or commission, and that a university delivers, is for those that work with this university: by an agreement, an order that it agreed to, or a joint programme (lập kế hoạch mở lớp).',
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
    does: 'Revises a cohort that has not ended; its code, programme, host and university while no certificate stands against it (điều chỉnh lớp).',
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
    does: 'Cancels a cohort; its enrolments become WITHDRAWN (hủy lớp).',
    takes: [CancelCohortInput, 'Which cohort, and why (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that was cancelled (kết quả).',
    tells: ['cohort.cancelled'],
  }),
  mutation(reopenCohort, {
    may: 'cohort.reopen',
    does: 'Takes the last step of a cohort back, for callers who may make that step: opened, started, ended, cancelled or annulled by mistake (lùi lại một bước).',
    takes: [ReopenCohortInput, 'Which cohort, and why (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort as it was before (kết quả).',
    tells: ['cohort.reopened'],
  }),
  mutation(annulCohort, {
    may: 'cohort.annul',
    does: 'Annuls a cohort that never was: no list or figure has it, and its code is free again (hủy bỏ lớp ghi nhầm).',
    takes: [AnnulCohortInput, 'Which cohort, and why (đầu vào).'],
    gives: givenCohort,
    answers: 'The cohort that was annulled (kết quả).',
    tells: ['cohort.annulled'],
  }),
];
