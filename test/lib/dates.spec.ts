// Calendar arithmetic, for generated days from 1800 to 9999.
import fc from 'fast-check';
import {
  addMonths,
  dayAfter,
  dayBefore,
  dayOf,
  holdsOn,
  monthsBefore,
  overlap,
  wholeMonths,
} from '../../src/lib/dates';
import { DAY_MS, dayAt, days, holds } from '../support/generated';

const LATEST = '9999-12-31';
const months = fc.integer({ min: 0, max: 600 });

/** Counted from year 0. */
const monthOf = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
const dateOf = (day: string) => Number(day.slice(8));
const isLastOfMonth = (day: string) => dayAt(Date.parse(day) + DAY_MS).endsWith('-01');

/** The same date in a month so far away, or the last of that month where it is shorter. */
function expectInMonth(day: string, from: string, months: number): void {
  expect(monthOf(day)).toBe(monthOf(from) + months);
  if (dateOf(day) !== dateOf(from)) {
    expect(dateOf(day)).toBeLessThan(dateOf(from));
    expect(isLastOfMonth(day)).toBe(true);
  }
}

it('the day in the city begins at 17:00 UTC', () => {
  const instants = fc.integer({ min: Date.parse('1980-01-01'), max: Date.parse('2999-12-31') });
  holds(
    fc.property(instants, (instant) => expect(dayOf(new Date(instant))).toBe(dayAt(instant + 7 * 3_600_000))),
  );
});

it('the day after is the next, and the day before undoes it', () => {
  holds(
    fc.property(days('1800-01-01', '9999-12-30'), (day) => {
      expect(Date.parse(dayAfter(day))).toBe(Date.parse(day) + DAY_MS);
      expect(dayBefore(dayAfter(day))).toBe(day);
    }),
  );
  expect(dayAfter(LATEST)).toBe(LATEST);
});

it('months later is the same date in a later month, or its last day, and never beyond the last year', () => {
  holds(
    fc.property(days(), months, (day, count) => {
      const later = addMonths(day, count);
      if (monthOf(day) + count > monthOf(LATEST)) expect(later).toBe(LATEST);
      else expectInMonth(later, day, count);
    }),
  );
});

it('months earlier is the same date in an earlier month, or its last day', () => {
  holds(fc.property(days(), months, (day, count) => expectInMonth(monthsBefore(day, count), day, -count)));
});

it('whole months are as many as fit between two days', () => {
  const soon = days('1990-01-01', '2010-12-31');
  holds(
    fc.property(soon, soon, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const count = wholeMonths(from, to);
      expect(addMonths(from, count) <= to).toBe(true);
      expect(addMonths(from, count + 1) > to).toBe(true);
      expect(from === to || wholeMonths(to, from) === 0).toBe(true);
    }),
  );
});

describe('periods', () => {
  const first = Date.parse('2024-02-25');
  const week = Array.from({ length: 10 }, (_, i) => dayAt(first + i * DAY_MS));
  const ends = fc.option(fc.constantFrom(...week.slice(1, -1)));
  const periods = fc
    .record({ validFrom: ends, validTo: ends })
    .filter(({ validFrom, validTo }) => (validFrom ?? '') <= (validTo ?? LATEST));

  it('hold on their ends and between them, and without a bound for ever', () => {
    holds(
      fc.property(periods, fc.constantFrom(...week), (period, day) => {
        const from = week.indexOf(period.validFrom ?? week[0]!);
        const to = week.indexOf(period.validTo ?? week.at(-1)!);
        expect(holdsOn(period, day)).toBe(week.slice(from, to + 1).includes(day));
      }),
    );
  });

  it('overlap if both hold on some day', () => {
    holds(
      fc.property(periods, periods, (a, b) => {
        expect(overlap(a, b)).toBe(week.some((day) => holdsOn(a, day) && holdsOn(b, day)));
      }),
    );
  });
});
