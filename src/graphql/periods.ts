// Rules on periods that several nouns share: none ends before it begins, or is ended when it has ended already.
import type { Period } from '../lib/dates';
import type { Text } from '../lib/locale';
import { type Path, refuse } from './errors';

export const endsTooEarly = (first: string | null): Text => ({
  vi: `Ngày kết thúc không được trước ngày bắt đầu ${first}.`,
  en: `It cannot end before it begins, on ${first}.`,
});

/** Says of something that it ended, or will end, on its last day; what it is called goes before. */
export function endedOn(lastDay: string, today: string): Text {
  return lastDay < today
    ? { vi: `đã kết thúc ngày ${lastDay}`, en: `ended on ${lastDay} already` }
    : { vi: `sẽ kết thúc từ hết ngày ${lastDay}`, en: `ends on ${lastDay} already` };
}

/** Refuses at `path` a last day before the first. */
export function assertEndsAfter(
  first: string,
  last: string | null | undefined,
  path: Path = ['until'],
): void {
  if (last && last < first) refuse('INVALID', path, endsTooEarly(first));
}

/**
 * Refuses a last day, at `last`, before the first, and, at the id, to end what has ended by that day already.
 * @param record what it is called in a message, such as "This rule".
 * @param last the field of the input with the last day.
 */
export function assertCanEnd(
  { today }: { today: string },
  { validFrom, validTo }: Period,
  until: string,
  id: string,
  record: Text,
  last = 'until',
): void {
  assertEndsAfter(validFrom ?? '', until, [last]);
  if (validTo === null || validTo > until) return;
  refuse('ILLEGAL_TRANSITION', [id], {
    vi: `${record.vi} ${endedOn(validTo, today).vi}.`,
    en: `${record.en} ${endedOn(validTo, today).en}.`,
  });
}
