// Which steps of a cohort can be asked for that its learners feel?
import { type Gives, mutation } from '../../events/mutation';
import { Cohort } from './cohort.entity';
import { CancelCohortInput, CompleteCohortInput, ReviseCohortInput, StartCohortInput } from './cohort.input';
import { cancelCohort, completeCohort, reviseCohort, startCohort } from './course.actions';

const givenCohort = { cohort: [Cohort, 'The cohort; null when refused (lớp).'] } satisfies Gives<{
  cohort: Cohort;
}>;

export const resolvers = [
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
