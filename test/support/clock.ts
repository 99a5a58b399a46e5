// A calendar that a test can turn: for the code under test it is days later while the clock runs on. No timer is
// moved.
import { dayOf } from '../../src/lib/dates';

const DAY_MS = 86_400_000;

/** The code under test runs in Node itself, not in Jest: its Date is another one. */
const node = dayOf.constructor('return globalThis')() as typeof globalThis;
const RealDate = node.Date;
let aheadMs = 0;

class TestDate extends RealDate {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(TestDate.now());
    else super(...parts);
  }

  static override now(): number {
    return RealDate.now() + aheadMs;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.toString.call(value) === '[object Date]';
  }
}

/** Begins at noon in the city, so that no day ends by itself; to be called before the server starts. */
export function takeTheClock(): void {
  aheadMs = new RealDate().setUTCHours(5, 0, 0, 0) - RealDate.now();
  node.Date = TestDate as DateConstructor;
}

/** The same time of the next day. Tokens of an hour expire with it, and what was followed ends. */
export function turnTheDay(): void {
  aheadMs += DAY_MS;
}

/** The clock was wrong by so many days. */
export function setTheClockBack(days: number): void {
  aheadMs -= days * DAY_MS;
}

/** The day in the city, as the code under test takes it. */
export const today = (): string => dayOf(new TestDate());

/** The clock is one for all test files. */
export function giveTheClockBack(): void {
  node.Date = RealDate;
}
