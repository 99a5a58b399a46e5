// Date of birth of an official: how much of it is known, what it must not contradict, and which ages are improbable.
import { LessThan } from 'typeorm';
import type { Tx } from '../../events/write';
import { type Path, refuse } from '../../graphql/errors';
import { wholeMonths } from '../../lib/dates';
import type { Text } from '../../lib/locale';
import { Assignment, DatePrecision, type Official } from './official.entity';

export const UNBORN: Text = {
  vi: 'Không ai giữ chức danh trước ngày sinh.',
  en: 'Nobody holds a post before they were born.',
};

/** No rule of law: outside of these ages, a slip is more probable than such a post. */
const [YOUNGEST, OLDEST] = [18, 80];

/** A date of birth, and how much of it is known. */
type Birth = Pick<Official, 'dateOfBirth' | 'dateOfBirthPrecision'>;

/**
 * The precision of a date of birth that is given: the one given with it, or the day. It goes when the date goes.
 * @param current what is on record, for a revision.
 */
export function precisionOf(
  { dateOfBirth, dateOfBirthPrecision }: { [K in keyof Birth]?: Birth[K] },
  current: Birth | null,
): { dateOfBirthPrecision: DatePrecision | null } {
  if (dateOfBirth === undefined && current) {
    const stays = dateOfBirthPrecision === undefined;
    return { dateOfBirthPrecision: stays ? current.dateOfBirthPrecision : dateOfBirthPrecision };
  }
  return { dateOfBirthPrecision: dateOfBirthPrecision ?? (dateOfBirth ? DatePrecision.DAY : null) };
}

/** Refuses a birth in the future, a precision without a date, and a date that says more than its precision. */
export function assertBorn(tx: Tx, { dateOfBirth, dateOfBirthPrecision: precision }: Birth): void {
  if (Boolean(dateOfBirth) !== Boolean(precision)) {
    refuse('INVALID', ['dateOfBirthPrecision'], {
      vi: 'Độ chính xác đi cùng ngày sinh: vui lòng nêu cả hai hoặc bỏ cả hai.',
      en: 'A precision goes with a date of birth: give both, or neither.',
    });
  }
  if (!dateOfBirth) return;
  if (dateOfBirth >= tx.today) {
    refuse('INVALID', ['dateOfBirth'], {
      vi: 'Ngày sinh phải ở trong quá khứ.',
      en: 'A date of birth lies in the past.',
    });
  }
  const unknown = { [DatePrecision.YEAR]: '-01-01', [DatePrecision.MONTH]: '-01', [DatePrecision.DAY]: '' }[
    precision!
  ];
  if (dateOfBirth.endsWith(unknown)) return;
  refuse('INVALID', ['dateOfBirthPrecision'], {
    vi: `Chỉ biết ${precision === DatePrecision.YEAR ? 'năm' : 'tháng và năm'} thì ghi phần chưa biết là 01 (…${unknown}).`,
    en: `Of a date known to the ${precision!.toLowerCase()} only, write the rest as 01 (…${unknown}).`,
  });
}

/** Refuses a birth after the first day of a post on record. */
export async function refusePostsBeforeBirth(tx: Tx, { id, dateOfBirth }: Official): Promise<void> {
  if (dateOfBirth === null) return;
  const early = await tx.manager.existsBy(Assignment, { officialId: id, validFrom: LessThan(dateOfBirth) });
  if (early) refuse('CONFLICT', ['dateOfBirth'], UNBORN);
}

/** Warns at `path` of posts begun by today that somebody born on that day would have held very young or very old. */
export function warnOfAges(
  tx: Tx,
  { dateOfBirth }: Pick<Official, 'dateOfBirth'>,
  posts: Pick<Assignment, 'validFrom' | 'validTo'>[],
  path: Path,
): void {
  if (dateOfBirth === null) return;
  const days = posts
    .filter(({ validFrom }) => validFrom <= tx.today)
    .flatMap(({ validFrom, validTo }) => [
      validFrom,
      validTo !== null && validTo < tx.today ? validTo : tx.today,
    ]);
  const ages = days.map((day) => Math.floor(wholeMonths(dateOfBirth, day) / 12));
  const age = ages.find((each) => each < YOUNGEST || each > OLDEST);
  if (age === undefined) return;
  tx.warn({
    code: 'IMPROBABLE_DATE',
    path,
    text: {
      vi: `Theo ngày sinh này, người này giữ chức danh khi ${age} tuổi. Vui lòng kiểm tra lại ngày sinh và thời gian giữ chức danh.`,
      en: `Born on that day, this official would hold a post at the age of ${age}. Check the date of birth and the days of the post.`,
    },
  });
}
