// Recording of what happens to a cohort: its events in the log, with the ids that subscriptions filter by.
import type { EventName } from '../../events/catalogue';
import type { Change } from '../../events/event.entity';
import type { Tx } from '../../events/write';
import type { Cohort } from './cohort.entity';

/**
 * Records an event of a cohort with the ids that subscriptions filter by.
 * @param subjectId the record that it is about, where that is not the cohort itself.
 */
export function recordCohort(
  tx: Tx,
  cohort: Cohort,
  name: EventName,
  changes: Change[],
  subjectId: string = cohort.id,
): void {
  tx.record({
    name,
    subjectId,
    cohortId: cohort.id,
    programmeId: cohort.programmeId,
    universityId: cohort.universityId,
    unitId: cohort.hostUnitId,
    changes,
  });
}
