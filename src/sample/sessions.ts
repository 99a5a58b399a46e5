// Sessions of the sample: those of the article's project-management cohort and of cohorts of 2026; all invented.
import { isAmong } from '../graphql/enums';
import { idFromName } from '../lib/ids';
import type { Cohort } from '../registry/cohort/cohort.entity';
import { CohortStatus } from '../registry/cohort/cohort.entity';
import { type Enrolment, EnrolmentStatus } from '../registry/cohort/enrolment.entity';
import type { Attendance, Session } from '../registry/session/session.entity';
import type { RowOf } from './bulk-insert';
import { type CohortPlan, instant, LAST_REGISTRATION, shift } from './cohorts';
import { Random } from './random';

const PROJECT_MANAGEMENT = 'TD-QLDA-2023';
const SINCE = '2026-01-01';
const LONGEST_DAYS = 31;
const MOST_SESSIONS = 5;
/** A week of 40 periods has five days. */
const PERIODS_A_DAY = 8;
const LIKELY_PRESENT = 0.96;
const { STUDYING, COMPLETED, NOT_COMPLETED } = EnrolmentStatus;

export class SessionRegister {
  readonly sessions: RowOf<Session>[] = [];
  readonly attendance: RowOf<Attendance>[] = [];
  private readonly random = new Random('sessions');

  /** @param enrolments those of the cohort. */
  add({ status, host }: CohortPlan, cohort: RowOf<Cohort>, enrolments: RowOf<Enrolment>[]): void {
    const { code, startsOn, endsOn } = cohort;
    const held = status === CohortStatus.COMPLETED || status === CohortStatus.IN_PROGRESS;
    const isShort = endsOn !== null && endsOn <= shift(startsOn, LONGEST_DAYS);
    if (!held || !isShort || (code !== PROJECT_MANAGEMENT && startsOn < SINCE)) return;
    const learners = enrolments.filter((each) => isAmong([STUDYING, COMPLETED, NOT_COMPLETED], each.status));
    for (let no = 0; no < MOST_SESSIONS && shift(startsOn, no) <= endsOn; no++) {
      const heldOn = shift(startsOn, no);
      const id = idFromName('session', `${code}/${no}`);
      this.sessions.push({
        id,
        cohortId: cohort.id,
        heldOn,
        periods: PERIODS_A_DAY,
        place: `Hội trường ${host.name}`,
        country: null,
        abroadFrom: null,
        abroadTo: null,
        cancelledAt: null,
        cancellationReason: null,
        version: 1,
        createdAt: null,
      });
      if (heldOn > LAST_REGISTRATION) continue;
      for (const learner of learners) {
        this.attendance.push({
          id: idFromName('attendance', `${id}/${learner.id}`),
          sessionId: id,
          enrolmentId: learner.id,
          officialId: learner.officialId,
          periods: this.random.happens(LIKELY_PRESENT) ? PERIODS_A_DAY : 0,
          recordedAt: instant(heldOn, 17),
        });
      }
    }
  }
}
