// Ordinary cohorts of the sample in 2021-2023: as many as make the article's figures come out.
import { holdsOn } from '../lib/dates';
import { ContentGroup, ProgrammeKind, StudyLocation } from '../registry/programme/programme.enums';
import { isDistrictLevel } from './audiences';
import type { SampleProgramme } from './catalogue';
import { type CohortPlan, plan, shift } from './cohorts';
import { Random } from './random';
import { CITY_CODE, type SampleUnits } from './units';

/** Fact 13: 39,539 participations in "nearly 490" cohorts; that the cohorts are 487 is our reading. */
const PARTICIPATIONS = 39_539;
const COHORTS = 487;

/**
 * Whether fact 13 is about a cohort: "chuyên môn nghiệp vụ và theo yêu cầu vị trí việc làm" are refresher courses in
 * professional skills. Those with practice abroad stand beside them (fact 14); political theory, state management,
 * defence, degrees and exchanges are not in the sentence.
 */
const isCounted = ({ programme: { row }, startsOn }: CohortPlan): boolean =>
  row.contentGroup === ContentGroup.PROFESSIONAL_SKILLS &&
  row.kind === ProgrammeKind.REFRESHER &&
  row.location === StudyLocation.DOMESTIC &&
  startsOn <= LAST_DAY;
const LAST_DAY = '2023-12-31';

/** First and last Monday of the times of the year with cohorts; none in the epidemic's summer of 2021. */
const SEASONS: Record<'2021' | '2022' | '2023', [string, string][]> = {
  2021: [
    ['2021-01-18', '2021-05-10'],
    ['2021-10-11', '2021-12-06'],
  ],
  2022: [['2022-02-14', '2022-12-05']],
  2023: [['2023-02-06', '2023-12-04']],
};
const SHARES = [
  ['2021', 26],
  ['2022', 36],
  ['2023', 38],
] as const;
const PERIODS_A_DAY = 8;

/** @param others the article's cohorts of those years: the ordinary ones make up what is left. */
export function ordinaryCohorts(
  units: SampleUnits,
  programmes: SampleProgramme[],
  others: CohortPlan[],
): CohortPlan[] {
  const random = new Random('cohorts');
  const districts = units
    .below(units.at(CITY_CODE, LAST_DAY))
    .filter((unit) => isDistrictLevel(unit) && holdsOn(unit, LAST_DAY));
  let turn = 0;
  const plans = programmes.flatMap((programme) =>
    Array.from({ length: programme.cohorts }, () => {
      const startsOn = monday(random);
      const host =
        programme.host === 'DISTRICTS'
          ? districts[turn++ % districts.length]!
          : units.at(programme.host, startsOn);
      const learners = Math.round(programme.size * (0.88 + random.next() * 0.24));
      return plan(
        programme,
        host,
        { startsOn, endsOn: lastDay(startsOn, programme.row.periods ?? 0) },
        learners,
      );
    }),
  );
  const counted = plans.filter(isCounted);
  const known = others.filter(isCounted);
  if (counted.length + known.length !== COHORTS) {
    throw new Error(`programmes.csv gives ${counted.length + known.length} cohorts instead of ${COHORTS}.`);
  }
  makeUp(counted, PARTICIPATIONS - known.reduce((sum, { learners }) => sum + learners, 0));
  return plans;
}

/** Adds or takes away a learner here and there until the sum is right; the city's own cohorts have room for it. */
function makeUp(plans: CohortPlan[], sum: number): void {
  const adjustable = plans.filter(({ host, learners }) => !isDistrictLevel(host) && learners > 50);
  let missing = sum - plans.reduce((learners, each) => learners + each.learners, 0);
  if (Math.abs(missing) > 5 * adjustable.length) {
    throw new Error(
      `programmes.csv is ${missing} learners away from the article's figure: change its sizes.`,
    );
  }
  for (let i = 0; missing !== 0; i++) {
    const step = Math.sign(missing);
    adjustable[i % adjustable.length]!.learners += step;
    missing -= step;
  }
}

function monday(random: Random): string {
  const [first, last] = random.pick(SEASONS[random.weighted(SHARES)]);
  const weeks = Math.round((Date.parse(last) - Date.parse(first)) / (7 * 86_400_000));
  return shift(first, 7 * random.between(0, weeks));
}

/** The last day of a course of so many teaching periods, held from Monday to Friday; 40 periods are a week. */
function lastDay(startsOn: string, periods: number): string {
  const days = Math.max(1, Math.ceil(periods / PERIODS_A_DAY));
  return shift(startsOn, Math.floor((days - 1) / 5) * 7 + ((days - 1) % 5));
}
