// Cohort plans of the sample: the facts of a cohort, its number and name, and its row.
import { LATEST } from '../lib/dates';
import { codeKey } from '../lib/texts';
import { idFromName } from '../lib/ids';
import { searchText } from '../database/search';
import { textKey } from '../lib/vietnamese';
import { type Cohort, CohortStatus } from '../registry/cohort/cohort.entity';
import type { RowOf } from './bulk-insert';
import { audienceOf, isDistrictLevel } from './audiences';
import type { Post } from './careers';
import type { SampleProgramme } from './catalogue';
import type { UnitRow } from './units';

export interface CohortPlan {
  programme: SampleProgramme;
  host: UnitRow;
  startsOn: string;
  endsOn: string | null;
  status: CohortStatus;
  periodLabel: string | null;
  cancellationReason: string | null;
  /** Learners that count as participations; in a cancelled cohort those who were to come. */
  learners: number;
  /** Which officials can be sent. */
  accepts: (post: Post) => boolean;
  /** Which officials are preferred: most learners are among them. */
  prefers?: (post: Post) => boolean;
  /** Code and name of its own; otherwise it is numbered. */
  named?: { code: string; name: string };
  /** Exactly so many graduate on that day; otherwise nearly all, on the last day. */
  graduation?: { count: number; on: string };
}

/** A plan with everything that can be left out left out. */
export function plan(
  programme: SampleProgramme,
  host: UnitRow,
  period: Pick<CohortPlan, 'startsOn' | 'endsOn'>,
  learners: number,
  more: Partial<CohortPlan> = {},
): CohortPlan {
  return {
    programme,
    host,
    ...period,
    status: CohortStatus.COMPLETED,
    periodLabel: null,
    cancellationReason: null,
    learners,
    accepts: audienceOf(programme.audience, host),
    ...more,
  };
}

/** Nothing in the sample was registered after this day, so that it lies in the past for every user. */
export const LAST_REGISTRATION = '2026-10-30';
const STEPS: Record<CohortStatus, number> = {
  [CohortStatus.PLANNED]: 1,
  [CohortStatus.ENROLLING]: 2,
  [CohortStatus.CANCELLED]: 3,
  [CohortStatus.IN_PROGRESS]: 3,
  [CohortStatus.COMPLETED]: 4,
};

/** A day so many days later, or earlier. */
export function shift(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** An instant of a day at an hour of the city, which is seven hours ahead of UTC. */
export function instant(day: string, hour: number, seconds = 0): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + ((hour - 7) * 3_600 + seconds) * 1_000);
}

export const earlier = (a: string, b: string): string => (a < b ? a : b);

/** The day of the ceremony of a cohort that has ended. */
export const graduationDay = ({ graduation, endsOn }: CohortPlan): string => graduation?.on ?? endsOn!;

/** The rows of the cohorts, numbered by programme and year in the order of their start. */
export function cohortRows(plans: CohortPlan[]): RowOf<Cohort>[] {
  const numbers = new Map<string, number>();
  return plans.map((each) => {
    const { programme, host, startsOn, endsOn, status, periodLabel, cancellationReason } = each;
    const series = `${programme.row.code}-${startsOn.slice(0, 4)}`;
    const number = (numbers.get(series) ?? 0) + 1;
    if (!each.named) numbers.set(series, number);
    const { code, name } = each.named ?? numbered(each, series, number);
    return {
      id: idFromName('cohort', code),
      code,
      name,
      programmeId: programme.row.id,
      hostUnitId: host.id,
      universityId: programme.row.universityId,
      periodLabel,
      startsOn,
      endsOn,
      capacity: each.named || each.learners === 0 ? null : Math.ceil(each.learners / 10) * 10,
      status,
      location: programme.row.location,
      cancellationReason,
      nominationsUntil: null,
      decisionNumber: null,
      decidedOn: null,
      statusBefore: null,
      annulledAt: null,
      version: STEPS[status],
      createdAt: instant(earlier(shift(startsOn, -45), shift(LAST_REGISTRATION, -21)), 8, number),
      updatedAt: lastChange(each),
      codeKey: codeKey(code),
      search: searchText(name, code, periodLabel),
      nameKey: textKey(name),
      endsKey: endsOn ?? LATEST,
    };
  });
}

function numbered({ programme, host, startsOn }: CohortPlan, series: string, number: number) {
  const { name } = programme.row;
  const where = isDistrictLevel(host) ? `, ${host.name}` : '';
  return {
    code: `${series}-${String(number).padStart(2, '0')}`,
    name: `Lớp ${name[0]!.toLowerCase()}${name.slice(1)}${where}, khóa ${number} năm ${startsOn.slice(0, 4)}`,
  };
}

/** When the cohort took the step that led to its state. */
function lastChange({ status, startsOn, endsOn }: CohortPlan): Date {
  switch (status) {
    case CohortStatus.PLANNED:
      return instant(earlier(shift(startsOn, -45), shift(LAST_REGISTRATION, -21)), 9);
    case CohortStatus.ENROLLING:
      return instant(earlier(shift(startsOn, -30), shift(LAST_REGISTRATION, -14)), 9);
    case CohortStatus.CANCELLED:
      return instant(shift(startsOn, -5), 16);
    case CohortStatus.IN_PROGRESS:
      return instant(startsOn, 8);
    case CohortStatus.COMPLETED:
      return instant(endsOn!, 17);
  }
}
