// What day is it in Ho Chi Minh City? Dates are YYYY-MM-DD strings everywhere, so they compare as text.

const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' });

/** The calendar day in the city at an instant, YYYY-MM-DD. */
export function dayOf(instant: Date): string {
  return calendar.format(instant);
}

/** The day before a day, both YYYY-MM-DD. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The same day so many months later, or the last one of a month that is shorter. */
export function monthsAfter(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
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
