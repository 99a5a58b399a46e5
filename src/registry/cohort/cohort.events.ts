// Events of cohorts: the subscription and the query that pulls them.
import { eventStream } from '../../events/event-stream';
import { Cohort } from './cohort.entity';

const { resolver } = eventStream({
  name: 'Cohort',
  of: 'a cohort',
  vi: 'sự kiện của lớp',
  may: 'cohort.follow',
  pulled: 'cohortEvents',
  live: 'cohortChanged',
  says: 'A cohort was planned, revised, opened, started, finished or cancelled, or its enrolments or graduates changed (theo dõi lớp)',
  kinds: {
    PLANNED: [['cohort.planned'], 'It was planned (lập kế hoạch).'],
    REVISED: [['cohort.revised'], 'Its facts were revised (điều chỉnh).'],
    ENROLMENT_OPENED: [['cohort.opened'], 'It takes nominations (mở chiêu sinh).'],
    STARTED: [['cohort.started'], 'It started (khai giảng).'],
    COMPLETED: [['cohort.completed'], 'It ended (bế giảng).'],
    CANCELLED: [['cohort.cancelled'], 'It was cancelled (hủy).'],
    REOPENED: [['cohort.reopened'], 'Its last step was taken back (lùi lại một bước).'],
    ANNULLED: [['cohort.annulled'], 'It was annulled, as it never was (hủy bỏ).'],
    ENROLMENTS_CHANGED: [
      [
        'enrolment.nominated',
        'enrolment.decided',
        'enrolment.withdrawn',
        'enrolment.reopened',
        'enrolment.merged',
      ],
      'An enrolment was nominated, decided on or withdrawn, or two records of one learner became one (thay đổi học viên).',
    ],
    GRADUATES_RECORDED: [['cohort.graduated'], 'Graduates were recorded (ghi nhận tốt nghiệp).'],
    SESSIONS_CHANGED: [
      [
        'session.scheduled',
        'session.revised',
        'session.cancelled',
        'attendance.recorded',
        'session.attended',
      ],
      'A session was scheduled, revised, cancelled or attended, or its attendance corrected (thay đổi buổi học).',
    ],
  },
  shows: {
    as: 'cohort',
    type: Cohort,
    description: 'The cohort as it is now (lớp).',
    id: 'cohortId',
  },
  units: {
    as: 'hostUnitIds',
    since: '2026-11',
    description: 'Of cohorts that these units host (đơn vị tổ chức).',
  },
});

export const resolvers = [resolver];
