// Reads of cohorts for several nouns: a condition on their records, and how many learners a cohort has.
import { In } from 'typeorm';
import type { Tx } from '../../events/write';
import { raw, type Sql, sql } from '../../lib/sql';
import { Enrolment, PARTICIPATING } from './enrolment.entity';

/** Records whose cohort meets a condition on its own columns. @param column of a cohort's id. */
export const ofCohorts = (column: string, condition: Sql): Sql =>
  sql`${raw(column)} IN (SELECT id FROM cohort WHERE ${condition})`;

/** Participations (lượt) of a cohort. */
export function countParticipations(tx: Tx, cohortId: string): Promise<number> {
  return tx.manager.countBy(Enrolment, { cohortId, status: In([...PARTICIPATING]) });
}
