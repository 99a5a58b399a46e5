// What must not change while a transaction decides? On SQLite nothing can, with one writer; on PostgreSQL, what it locks.
//
// A rule that looks at rows and then writes holds only if nobody changes those rows in between. So an action locks what
// its rules look at, before it looks: the record at the root (a cohort for its enrolments, an official for the posts),
// or a name where there is no row yet. Transactions that lock in opposite orders are run again by the database.
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

const STRENGTHS = {
  /** For rows, or rows that belong to them, that this transaction may change. */
  change: 'FOR NO KEY UPDATE',
  /** For rows that must stay as they are until it ends; others may rely on them as well. */
  rely: 'FOR SHARE',
};

const isPostgres = (manager: EntityManager): boolean => manager.dataSource.options.type === 'postgres';

/** Locks the rows with these ids until the transaction ends, always in the same order. Read them afterwards. */
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

/** Waits until no other transaction holds this name, and holds it until this one ends. */
export async function lockName(manager: EntityManager, name: string): Promise<void> {
  if (!isPostgres(manager)) return;
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

/** Waits until no other transaction holds one of these names, and lets none hold it until this one ends. */
export async function relyOnNames(manager: EntityManager, names: readonly string[]): Promise<void> {
  if (!isPostgres(manager)) return;
  const locked =
    'SELECT pg_advisory_xact_lock_shared(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name';
  await manager.query(locked, [names]);
}
