// Correction action for other nouns: keep the reason of a correction beside the record.
import type { EventName } from '../../events/catalogue';
import type { Tx } from '../../events/write';
import { newId } from '../../lib/ids';
import { Correction } from './correction.entity';

/**
 * Keeps why a record was put right; the event that says what changed is recorded by the action itself.
 * @param subject the record, and the official whom it is about, if any.
 */
export async function keepReason(
  tx: Tx,
  subject: { id: string; officialId: string | null },
  event: EventName,
  reason: string,
): Promise<void> {
  await tx.manager.insert(Correction, {
    id: newId(Correction.idPrefix),
    subjectId: subject.id,
    officialId: subject.officialId,
    event,
    reason,
    createdAt: tx.now,
  });
}
