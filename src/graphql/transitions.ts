// State transitions: which status a record may take after which, and the refusal of any other.
import type { Text } from '../lib/locale';
import { inWords } from './enums';
import { type Path, refuse } from './errors';

/** The statuses that each status may follow. The one that a record begins with follows none and is left out. */
export type Transitions<S extends string> = Readonly<Partial<Record<S, readonly S[]>>>;

/**
 * Checks that a record may change from one status to another.
 * @param of the enum of these statuses.
 * @param record what it is called in a message, as in { vi: 'Lớp K1', en: 'The cohort K1' }.
 * @throws Refusal ILLEGAL_TRANSITION at `path` otherwise.
 */
export function assertTransition<S extends string>(
  transitions: Transitions<S>,
  { of, from, to }: { of: string; from: S; to: S },
  path: Path,
  record: Text,
): void {
  if (transitions[to]?.includes(from)) return;
  refuse('ILLEGAL_TRANSITION', path, {
    vi: `${record.vi} đang ở trạng thái ${inWords(of, from)}, không chuyển sang ${inWords(of, to)} được.`,
    en: `${record.en} is ${from}; it cannot become ${to}.`,
  });
}
