// Events of cohorts: the subscription and the query that pulls them.
import { eventStream } from '../../events/event-stream';
import { Cohort } from './cohort.entity';

const { resolver } = eventStream({
  name: 'Cohort',
  noun: 'a cohort',
  vi: 'sự kiện của lớp',
  permission: 'cohort.follow',
  query: 'cohortEvents',
  subscription: {
    name: 'cohortChanged',
    description:
      'A cohort was planned, revised, opened, started, finished or cancelled, or its enrolments or graduates changed (theo dõi lớp)',
  },
  kinds: {
    PLANNED: { events: ['cohort.planned'], description: 'It was planned (lập kế hoạch).' },
    REVISED: { events: ['cohort.revised'], description: 'Its facts were revised (điều chỉnh).' },
    ENROLMENT_OPENED: { events: ['cohort.opened'], description: 'It takes nominations (mở chiêu sinh).' },
    STARTED: { events: ['cohort.started'], description: 'It started (khai giảng).' },
    COMPLETED: { events: ['cohort.completed'], description: 'It ended (bế giảng).' },
    CANCELLED: { events: ['cohort.cancelled'], description: 'It was cancelled (hủy).' },
    REOPENED: {
      events: ['cohort.reopened'],
      description: 'Its last step was taken back (lùi lại một bước).',
    },
    ANNULLED: { events: ['cohort.annulled'], description: 'It was annulled, as it never was (hủy bỏ).' },
    ENROLMENTS_CHANGED: {
      events: [
        'enrolment.nominated',
        'enrolment.decided',
        'enrolment.withdrawn',
        'enrolment.movedUp',
        'enrolment.reopened',
        'sending.recorded',
        'enrolment.merged',
      ],
      description:
        'An enrolment was nominated, decided on, withdrawn, or moved up from the waiting list, a decision that sends learners was recorded, or two records of one learner became one (thay đổi học viên).',
    },
    GRADUATES_RECORDED: {
      events: ['cohort.graduated'],
      description: 'Graduates were recorded (ghi nhận hoàn thành, tốt nghiệp).',
    },
    SESSIONS_CHANGED: {
      events: [
        'session.scheduled',
        'session.revised',
        'session.cancelled',
        'attendance.recorded',
        'session.attended',
      ],
      description:
        'A session was scheduled, revised, cancelled or attended, or its attendance corrected (thay đổi buổi học).',
    },
  },
  record: {
    field: 'cohort',
    type: Cohort,
    description: 'The cohort as it is now (lớp).',
    idField: 'cohortId',
  },
  unitIds: {
    name: 'hostUnitIds',
    since: '2026-11',
    description: 'Of cohorts that these units host (đơn vị tổ chức).',
  },
});

export const resolvers = [resolver];
