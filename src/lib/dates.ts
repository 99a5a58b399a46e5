// Dates and periods. Dates are YYYY-MM-DD strings everywhere, which compare as text, in the time zone of the city.

const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' });

/** The last day of the form YYYY-MM-DD. */
/** The last day there is. */
export const LATEST = '9999-12-31';

/** The calendar day in Ho Chi Minh City at an instant, YYYY-MM-DD. */
export function dayOf(instant: Date): string {
  return calendar.format(instant);
}

/** The day before a day, both YYYY-MM-DD. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The same day a number of months earlier, or the last day of that month when it has no such day. */
export function monthsBefore(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - months, 0));
  last.setUTCDate(Math.min(date, last.getUTCDate()));
  return last.toISOString().slice(0, 10);
}

/** The day after a day; the day after 9999-12-31 is itself. */
export function dayAfter(day: string): string {
  if (day === LATEST) return day;
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** The same day a number of months later, or the last day of a shorter month; at most 9999-12-31. */
export function addMonths(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const lengthOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  const later = new Date(Date.UTC(year, month - 1 + months, Math.min(date, lengthOfMonth)));
  return later.getUTCFullYear() > 9999 ? LATEST : later.toISOString().slice(0, 10);
}

/** The last day that a date known in part only may be. @param precision DAY when null. */
export function latestOf(date: string, precision: 'YEAR' | 'MONTH' | 'DAY' | null): string {
  if (precision === 'YEAR') return `${date.slice(0, 4)}-12-31`;
  return precision === 'MONTH' ? dayBefore(addMonths(date, 1)) : date;
}

/** Whole months from a day to a later day, exclusive. */
export function wholeMonths(from: string, to: string): number {
  const [[year, month], [toYear, toMonth]] = [from, to].map((day) => day.split('-').map(Number)) as [
    [number, number],
    [number, number],
  ];
  const months = (toYear - year) * 12 + toMonth - month;
  return Math.max(0, addMonths(from, months) > to ? months - 1 : months);
}

/** A period from one day to another, both inclusive; null means unbounded. */
export interface Period {
  validFrom: string | null;
  validTo: string | null;
}

/** Whether a period contains a day. */
export function holdsOn(period: Period, day: string): boolean {
  return (period.validFrom ?? '') <= day && (period.validTo === null || day <= period.validTo);
}

/** Whether two periods share at least one day. */
export function overlap(a: Period, b: Period): boolean {
  return (
    (a.validTo === null || (b.validFrom ?? '') <= a.validTo) &&
    (b.validTo === null || (a.validFrom ?? '') <= b.validTo)
  );
}
