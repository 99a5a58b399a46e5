// What day is it in Ho Chi Minh City? Dates are YYYY-MM-DD strings everywhere, so they compare as text.

const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' });

/** The last day that has the form YYYY-MM-DD. */
const LATEST = '9999-12-31';

/** The calendar day in the city at an instant, YYYY-MM-DD. */
export function dayOf(instant: Date): string {
  return calendar.format(instant);
}

/** The day before a day, both YYYY-MM-DD. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The same day so many months earlier, or the last day of that month when it has no such day. */
export function monthsBefore(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - months, 0));
  last.setUTCDate(Math.min(date, last.getUTCDate()));
  return last.toISOString().slice(0, 10);
}

/** The day after a day; the last four-digit year ends in itself. */
export function dayAfter(day: string): string {
  if (day === LATEST) return day;
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** The same day so many months later, or the last of a month that is too short; never beyond the last four-digit year. */
export function addMonths(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const lengthOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  const later = new Date(Date.UTC(year, month - 1 + months, Math.min(date, lengthOfMonth)));
  return later.getUTCFullYear() > 9999 ? LATEST : later.toISOString().slice(0, 10);
}

/** Whole months from a day to a later one, which does not count itself. */
export function wholeMonths(from: string, to: string): number {
  const [[year, month], [toYear, toMonth]] = [from, to].map((day) => day.split('-').map(Number)) as [
    [number, number],
    [number, number],
  ];
  const months = (toYear - year) * 12 + toMonth - month;
  return Math.max(0, addMonths(from, months) > to ? months - 1 : months);
}

/** Something that holds from one day to another, both inclusive; null means without a bound. */
export interface Period {
  validFrom: string | null;
  validTo: string | null;
}

/** Whether a period holds on a day. */
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
