// The condition on records of cohorts, where a filter asks for their programme or university.
import { raw, type Sql, sql } from '../../lib/sql';

/** Records whose cohort meets a condition on its own columns. @param column of a cohort's id. */
export const ofCohorts = (column: string, condition: Sql): Sql =>
  sql`${raw(column)} IN (SELECT id FROM cohort WHERE ${condition})`;
