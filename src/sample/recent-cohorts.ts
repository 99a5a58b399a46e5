// Cohorts of the sample that the article does not count: invented ones of every state, listed in data/.
import type { CohortStatus } from '../registry/cohort/cohort.entity';
import type { SampleProgramme } from './catalogue';
import { type CohortPlan, plan } from './cohorts';
import { readData } from './read-data';
import { isWardLevel, type SampleUnits } from './units';

type Column =
  'programme' | 'host' | 'starts_on' | 'ends_on' | 'status' | 'period_label' | 'learners' | 'reason';

/** Their days are fixed, whatever today is: two fills a year apart give the same city. */
export function recentCohorts(units: SampleUnits, programmes: Map<string, SampleProgramme>): CohortPlan[] {
  return readData<Column>('recent-cohorts.csv').map((row) => {
    const programme = programmes.get(row.programme);
    if (!programme) throw new Error(`recent-cohorts.csv: there is no programme ${row.programme}.`);
    const host = units.at(row.host, row.starts_on);
    return plan(
      programme,
      host,
      { startsOn: row.starts_on, endsOn: row.ends_on || null },
      Number(row.learners),
      {
        status: row.status as CohortStatus,
        periodLabel: row.period_label || null,
        cancellationReason: row.reason || null,
        // A ward has too few officials for a cohort of its own and takes some from other units.
        ...(isWardLevel(host) && { prefers: ({ unit }) => unit.id === host.id }),
      },
    );
  });
}
