// Correction actions for other nouns: save a correction, and keep its reason beside the record.
import type { EventName } from '../../events/catalogue';
import { newId } from '../../lib/ids';
import type { Change } from '../../events/event.entity';
import type { Happening, Tx } from '../../events/write';
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

/**
 * Saves a correction of a record that has a version: its columns, its reason, if one is given, and its event.
 * @param columns what changes; the version is counted up.
 * @param happening the event, without the record and what changed.
 * @param officialId the official whom the record is about, if any.
 */
export async function saveCorrection<T extends { id: string; version: number }>(
  tx: Tx,
  entity: new () => T,
  record: T,
  { columns, changes }: { columns: Partial<T>; changes: Change[] },
  reason: string | null | undefined,
  happening: Omit<Happening, 'subjectId' | 'changes'>,
  officialId: string | null = null,
): Promise<void> {
  Object.assign(record, columns, { version: record.version + 1 });
  await tx.manager
    .createQueryBuilder()
    .update(entity)
    .set({ ...columns, version: record.version } as never)
    .where('id = :id', { id: record.id })
    .execute();
  if (reason) await keepReason(tx, { id: record.id, officialId }, happening.name, reason);
  tx.record({ ...happening, subjectId: record.id, changes });
}
