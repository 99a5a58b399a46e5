// Sessions of two cohorts on one day that one person cannot have attended in full: they have days and no hours.
import type { SelectQueryBuilder } from 'typeorm';
import type { Tx } from '../../events/write';
import type { Path } from '../../graphql/errors';
import { isIn } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment, EnrolmentStatus } from '../cohort/enrolment.entity';
import { Attendance, Session } from './session.entity';

/** A week has 40 teaching periods, so that a day has 8: a class in the morning and one in the evening fit into it. */
const PERIODS_A_DAY = 8;
const { ACCEPTED, STUDYING, COMPLETED, NOT_COMPLETED } = EnrolmentStatus;
const TAKING_PART = [ACCEPTED, STUDYING, COMPLETED, NOT_COMPLETED];

/** What one person has on the day beside a session: a cohort, and its periods. */
interface Beside {
  officialId: string;
  code: string;
  periods: number | string;
}

/** Warns of each learner of the cohort of a session for whom that day is too short, as far as the caller may see it. */
export async function warnOfSchedule(tx: Tx, session: Session): Promise<void> {
  const beside = await sessionsBeside(tx, session)
    .innerJoin(Enrolment, 'own', 'own.officialId = part.officialId AND own.cohortId = :cohortId', session)
    .addSelect('SUM(held.periods)', 'periods')
    .andWhere(...isIn('own.status', TAKING_PART).named())
    .andWhere(...isIn('part.status', TAKING_PART).named())
    .getRawMany<Beside>();
  for (const each of beside) warnOf(tx, session, session.periods, each, ['heldOn']);
}

/** Warns of each who attended more periods on the day of a session than it has, as far as the caller may see it. */
export async function warnOfAttendance(tx: Tx, session: Session, attendance: Attendance[]): Promise<void> {
  const present = attendance.filter(({ periods }) => periods > 0).map(({ officialId }) => officialId);
  if (present.length === 0) return;
  const beside = await sessionsBeside(tx, session)
    .innerJoin(Attendance, 'attended', 'attended.sessionId = held.id AND attended.enrolmentId = part.id')
    .addSelect('SUM(attended.periods)', 'periods')
    .andWhere(...isIn('part.officialId', present).named())
    .andWhere('attended.periods > 0')
    .getRawMany<Beside>();
  for (const each of beside) {
    const i = attendance.findIndex(({ officialId }) => officialId === each.officialId);
    warnOf(tx, session, attendance[i]!.periods, each, ['attendance', i, 'officialId']);
  }
}

/** The sessions of other cohorts on that day, by cohort and learner; enrolments that the caller may not see are left out. */
function sessionsBeside(tx: Tx, session: Session): SelectQueryBuilder<Session> {
  const { shown } = Enrolment;
  return tx.manager
    .createQueryBuilder(Session, 'held')
    .innerJoin(Cohort, 'cohort', 'cohort.id = held.cohortId')
    .innerJoin(Enrolment, 'part', 'part.cohortId = held.cohortId')
    .select('part.officialId', 'officialId')
    .addSelect('cohort.code', 'code')
    .where('held.heldOn = :heldOn AND held.cohortId <> :cohortId AND held.cancelledAt IS NULL', session)
    .andWhere(...shown.rows(tx.scope(shown.by), 'part').named())
    .groupBy('part.officialId')
    .addGroupBy('cohort.code')
    .orderBy('part.officialId')
    .addOrderBy('cohort.code');
}

function warnOf(tx: Tx, { heldOn }: Session, periods: number, beside: Beside, path: Path): void {
  const total = periods + Number(beside.periods);
  if (total <= PERIODS_A_DAY) return;
  tx.warn({
    code: 'OVERLAPPING_SESSIONS',
    path,
    officialId: beside.officialId,
    text: {
      vi: `Ngày ${heldOn}, học viên này còn học lớp ${beside.code}: tổng cộng ${total} tiết, nhiều hơn ${PERIODS_A_DAY} tiết của một ngày.`,
      en: `On ${heldOn} this learner is also in the cohort ${beside.code}: ${total} periods together, more than the ${PERIODS_A_DAY} of a day.`,
    },
  });
}
