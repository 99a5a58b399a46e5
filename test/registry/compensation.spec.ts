// Compensation for service that ended early, for generated posts and sums.
import fc from 'fast-check';
import { addMonths, dayAfter, dayBefore, wholeMonths } from '../../src/lib/dates';
import { monthsBegun, monthsServed, reckonCompensation } from '../../src/registry/commitment/compensation';
import { days, holds } from '../support/generated';

const soon = days('2015-01-01', '2024-12-31');
const post = fc
  .tuple(fc.option(soon), fc.option(soon))
  .map(([a, b]) => (a && b && a > b ? [b, a] : [a, b]))
  .map(([validFrom, validTo]) => ({ validFrom: validFrom!, validTo: validTo! }));
const posts = fc.array(post, { maxLength: 6 });

describe('months served', () => {
  it('are the same in whatever order the posts are given, and where one is split or named twice', () => {
    holds(
      fc.property(posts, soon, soon, soon, fc.nat(), (all, from, until, day, at) => {
        const served = monthsServed(all, from, until);
        expect(monthsServed(all.toReversed(), from, until)).toBe(served);
        const { validFrom, validTo } = all[at % Math.max(1, all.length)] ?? { validFrom: day, validTo: day };
        if (all.length === 0) return;
        expect(monthsServed([...all, { validFrom, validTo }], from, until)).toBe(served);
        if ((validFrom ?? '') >= day || (validTo ?? '9999') < day) return;
        const halves = [
          { validFrom, validTo: dayBefore(day) },
          { validFrom: day, validTo },
        ];
        expect(monthsServed([...all.toSpliced(at % all.length, 1), ...halves], from, until)).toBe(served);
      }),
    );
  });

  it('of one post are the whole months that it lies within the span', () => {
    holds(
      fc.property(post, soon, soon, (one, from, until) => {
        const first = one.validFrom > from ? one.validFrom : from;
        const last = one.validTo !== null && one.validTo < until ? one.validTo : until;
        const expected = first <= last ? wholeMonths(first, dayAfter(last)) : 0;
        expect(monthsServed([one], from, until)).toBe(expected);
      }),
    );
  });

  it('are never more than the span has, nor fewer than those of any of the posts', () => {
    holds(
      fc.property(posts, soon, soon, (all, a, b) => {
        const [from, until] = a < b ? [a, b] : [b, a];
        const served = monthsServed(all, from, until);
        const span = wholeMonths(from, dayAfter(until));
        // Two runs may each end in a short month.
        expect(served).toBeLessThanOrEqual(span + Math.max(0, all.length - 1));
        for (const one of all) expect(served).toBeGreaterThanOrEqual(monthsServed([one], from, until));
      }),
    );
  });

  it('of posts apart from each other are added up', () => {
    holds(
      fc.property(fc.uniqueArray(soon, { minLength: 4, maxLength: 4 }), (four) => {
        const [a, b, c, d] = four.toSorted() as [string, string, string, string];
        const [one, other] = [
          { validFrom: a, validTo: b },
          { validFrom: c, validTo: d },
        ];
        const parts = [one, other].map((each) => monthsServed([each], a, d));
        const sum = dayAfter(b) === c ? wholeMonths(a, dayAfter(d)) : parts[0]! + parts[1]!;
        expect(monthsServed([one, other], a, d)).toBe(sum);
      }),
    );
  });
});

it('a month that has begun counts whole', () => {
  holds(
    fc.property(soon, soon, (a, b) => {
      const [first, last] = a < b ? [a, b] : [b, a];
      const months = monthsBegun(first, last);
      expect(addMonths(first, months) > last).toBe(true);
      expect(addMonths(first, months - 1) <= last).toBe(true);
    }),
  );
});

describe('the sum to pay back', () => {
  const terms = fc.record({
    cost: fc.maxSafeNat(),
    studyMonths: fc.integer({ min: 1, max: 60 }),
    monthsOwed: fc.integer({ min: 1, max: 600 }),
    served: fc.integer({ min: 0, max: 700 }),
    hasDegree: fc.constant(true),
  });

  it('is the exact share of the months left, rounded half up, however large the cost', () => {
    holds(
      fc.property(terms, (each) => {
        const { amount, basis, monthsServed: counted, steps } = reckonCompensation(each);
        const left = BigInt(Math.max(0, each.monthsOwed - each.served));
        const [cost, owed] = [BigInt(each.cost), BigInt(each.monthsOwed)];
        const above = 2n * (BigInt(amount) * owed - cost * left); // twice the error
        expect(above > -owed && above <= owed).toBe(true);
        expect(basis).toBe('SERVICE_LEFT');
        expect(counted).toBe(Math.min(each.served, each.monthsOwed));
        expect(steps.at(-1)).toBe(`S = ${amount}`);
        expect(steps).toContain(`F x (T1 - T2) = ${cost * left}`);
        const [whole, rest] = [(cost * left) / owed, (cost * left) % owed];
        const quotient = rest === 0n ? `${whole}` : `${whole} + ${rest}/${owed}`;
        expect(steps).toContain(`F x (T1 - T2) / T1 = ${quotient}`);
      }),
    );
  });

  it('is all of the cost where there is no degree, however long the service', () => {
    holds(
      fc.property(terms, (each) => {
        const { amount, basis, steps } = reckonCompensation({ ...each, hasDegree: false });
        expect([amount, basis, steps.at(-1)]).toEqual([each.cost, 'NO_DEGREE', `S = F = ${each.cost}`]);
      }),
    );
  });
});
