// Reads of cohorts for several nouns: a condition on their records, and how many learners a cohort has.
import { In } from 'typeorm';
import type { Tx } from '../../events/write';
import type { ShownRows } from '../../graphql/page';
import { all, isIn, raw, type Sql, sql } from '../../lib/sql';
import { ofUnits } from '../unit/unit.reads';
import { Enrolment, PARTICIPATING } from './enrolment.entity';

/** Records whose cohort meets a condition on its own columns. @param column of a cohort's id. */
export const ofCohorts = (column: string, condition: Sql): Sql =>
  sql`${raw(column)} IN (SELECT id FROM cohort WHERE ${condition})`;

/** Cohorts in which learners take part whom a filter's units sent, as far as the caller may see these enrolments. */
export function ofLearners(
  column: string,
  filter: { unitIds: string[]; includeSubunits?: boolean | null },
  shown: ShownRows,
): Sql {
  const learners = all([
    isIn('learner.status', PARTICIPATING),
    ofUnits('learner.unit_at_enrolment_id', filter),
    shown(Enrolment, 'learner'),
  ]);
  return sql`${raw(column)} IN (SELECT learner.cohort_id FROM enrolment learner WHERE ${learners})`;
}

/** Participations (lượt) of a cohort. */
export function countParticipations(tx: Tx, cohortId: string): Promise<number> {
  return tx.manager.countBy(Enrolment, { cohortId, status: In([...PARTICIPATING]) });
}
