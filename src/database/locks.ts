// Locks of a transaction on PostgreSQL: row locks and named locks. On SQLite they do nothing, as it has one writer.
//
// A rule that reads rows and then writes holds only if no other transaction changes those rows in between. So an action
// locks what its rules read, before reading it: the root record (a cohort for its enrolments, an official for the
// posts), or a name where there is no row yet. Transactions that deadlock are run again.
import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

const ASK_AGAIN_MS = 250;

const STRENGTHS = {
  /** Exclusive: for rows that this transaction may change, or whose child rows it may change. */
  change: 'FOR NO KEY UPDATE',
  /** Shared: for rows that must not change until it ends. */
  rely: 'FOR SHARE',
};

const isPostgres = (manager: EntityManager): boolean => manager.dataSource.options.type === 'postgres';

/** Locks rows until the transaction ends, always in the same order. Read them afterwards, not before. */
export async function lockRows<T extends ObjectLiteral & { id: string }>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  ids: readonly string[],
  strength: keyof typeof STRENGTHS,
): Promise<void> {
  if (!isPostgres(manager) || ids.length === 0) return;
  const { tablePath } = manager.dataSource.getMetadata(entity);
  await manager.query(`SELECT id FROM ${tablePath} WHERE id = ANY ($1) ORDER BY id ${STRENGTHS[strength]}`, [
    ids,
  ]);
}

/** Takes a named lock exclusively until the transaction ends (an advisory lock of PostgreSQL). */
export async function lockName(manager: EntityManager, name: string): Promise<void> {
  if (!isPostgres(manager)) return;
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

/** The same where another process may hold it for longer than a statement may last: asks again and again. */
export async function waitForName(manager: EntityManager, name: string): Promise<void> {
  if (!isPostgres(manager)) return;
  const asked = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken';
  while (!(await manager.query<{ taken: boolean }[]>(asked, [name]))[0]!.taken) await pause(ASK_AGAIN_MS);
}

/** Takes named locks in shared mode until the transaction ends, so that no transaction can take them exclusively. */
export async function relyOnNames(manager: EntityManager, names: readonly string[]): Promise<void> {
  if (!isPostgres(manager)) return;
  const locked =
    'SELECT pg_advisory_xact_lock_shared(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name';
  await manager.query(locked, [names]);
}
