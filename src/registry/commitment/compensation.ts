// Compensation when service ends early: months served, and the amount to pay back, calculated without fractions.
import { addMonths, dayAfter, type Period, wholeMonths } from '../../lib/dates';
import { CompensationBasis } from './commitment.input';

/**
 * Months served within a period: the whole months of each unbroken run of posts, added up. A post that is open at a
 * closed unit counts: an official who was not moved yet has not left.
 * @param posts in any order. @param until the last day that counts.
 */
export function monthsServed(posts: readonly Period[], from: string, until: string): number {
  const within = posts
    .map(({ validFrom, validTo }) => ({
      first: validFrom !== null && validFrom > from ? validFrom : from,
      last: validTo !== null && validTo < until ? validTo : until,
    }))
    .filter(({ first, last }) => first <= last)
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  const runs: { first: string; last: string }[] = [];
  for (const post of within) {
    const run = runs.at(-1);
    if (!run || post.first > dayAfter(run.last)) runs.push({ ...post });
    else if (post.last > run.last) run.last = post.last;
  }
  return runs.reduce((months, { first, last }) => months + wholeMonths(first, dayAfter(last)), 0);
}

/** Months from a first to a last day; a month that has begun counts as a whole one. */
export function monthsBegun(first: string, last: string): number {
  const whole = wholeMonths(first, dayAfter(last));
  return addMonths(first, whole) > last ? whole : whole + 1;
}

interface Terms {
  /** F, in whole đồng. */
  cost: number;
  studyMonths: number;
  /** T1, at least 1. */
  monthsOwed: number;
  /** Months served, which may be more than were owed. */
  served: number;
  hasDegree: boolean;
}

interface Reckoning {
  basis: CompensationBasis;
  monthsServed: number;
  amount: number;
  steps: string[];
}

/** S = F / T1 x (T1 - T2), or all of F where there is no degree; half a đồng or more is rounded up. */
export function reckonCompensation({ cost, studyMonths, monthsOwed, served, hasDegree }: Terms): Reckoning {
  const t2 = Math.min(served, monthsOwed);
  const known = [
    `F = ${cost}`,
    `T1 = ${studyMonths} x ${monthsOwed / studyMonths} = ${monthsOwed}`,
    `T2 = ${t2}`,
  ];
  if (!hasDegree) {
    const steps = [...known, `S = F = ${cost}`];
    return { basis: CompensationBasis.NO_DEGREE, monthsServed: t2, amount: cost, steps };
  }
  const left = monthsOwed - t2;
  const [product, divisor] = [BigInt(cost) * BigInt(left), BigInt(monthsOwed)];
  const [quotient, remainder] = [product / divisor, product % divisor];
  const amount = remainder * 2n >= divisor ? quotient + 1n : quotient;
  const steps = [
    ...known,
    `T1 - T2 = ${left}`,
    `F x (T1 - T2) = ${product}`,
    `F x (T1 - T2) / T1 = ${quotient}${remainder > 0n ? ` + ${remainder}/${divisor}` : ''}`,
    `S = ${amount}`,
  ];
  return { basis: CompensationBasis.SERVICE_LEFT, monthsServed: t2, amount: Number(amount), steps };
}
