// Category and rank of officials over time: what they were on a day of the past.
import { In, MoreThanOrEqual } from 'typeorm';
import type { Tx } from '../../events/write';
import { dayBefore } from '../../lib/dates';
import { EarlierStanding, type Official } from './official.entity';

/**
 * Keeps the category and rank on record as those up to the day before `since`. What was kept for that day and later no
 * longer holds; a day that has its own already keeps it, as a slip put right on the same day leaves no trace.
 */
export async function keepStanding(tx: Tx, { id, category, grade }: Official, since: string): Promise<void> {
  const until = dayBefore(since);
  const later = await tx.manager.find(EarlierStanding, {
    where: { officialId: id, until: MoreThanOrEqual(until) },
    order: { until: 'ASC' },
  });
  const then = later[0] ?? { category, grade };
  await tx.manager.delete(EarlierStanding, { officialId: id, until: MoreThanOrEqual(until) });
  await tx.manager.insert(EarlierStanding, {
    officialId: id,
    until,
    category: then.category,
    grade: then.grade,
  });
}

/** The category and rank of officials on a day, by official. */
export async function standingsOn(
  tx: Tx,
  officials: Official[],
  day: string,
): Promise<Map<string, Pick<Official, 'category' | 'grade'>>> {
  const earlier = await tx.manager.find(EarlierStanding, {
    where: { officialId: In(officials.map(({ id }) => id)), until: MoreThanOrEqual(day) },
    order: { until: 'DESC' },
  });
  return new Map<string, Pick<Official, 'category' | 'grade'>>([
    ...officials.map((each) => [each.id, each] as const),
    ...earlier.map((each) => [each.officialId, each] as const), // the earliest comes last and stays
  ]);
}
