// Rules on periods that several nouns share: none ends before it begins, or is ended when it has ended already.
import type { Period } from '../lib/dates';
import type { Text } from '../lib/locale';
import { type Path, refuse } from './errors';

export const endsTooEarly = (first: string | null): Text => ({
  vi: `Ngày kết thúc không được trước ngày bắt đầu ${first}.`,
  en: `It cannot end before it begins, on ${first}.`,
});

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
 * @param ended says of the record that it ended, such as "This rule ended".
 * @param last the field of the input with the last day.
 */
export function assertCanEnd(
  { validFrom, validTo }: Period,
  until: string,
  id: string,
  ended: Text,
  last = 'until',
): void {
  assertEndsAfter(validFrom ?? '', until, [last]);
  if (validTo === null || validTo > until) return;
  refuse('ILLEGAL_TRANSITION', [id], {
    vi: `${ended.vi} ngày ${validTo}.`,
    en: `${ended.en} on ${validTo} already.`,
  });
}
