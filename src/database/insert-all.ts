// Bulk insert: any number of rows, a few hundred per statement, because the number of parameters is limited.
import type { EntityManager, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity';

const ROWS_A_STATEMENT = 500;

/** Inserts rows in the given order; generated values are not read back. */
export async function insertAll<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: new () => T,
  rows: QueryDeepPartialEntity<T>[],
): Promise<void> {
  for (const some of inParts(rows)) {
    await manager.createQueryBuilder().insert().into(entity).values(some).updateEntity(false).execute();
  }
}

/** Splits a list into parts that each fit one statement. */
export function inParts<T>(all: readonly T[]): T[][] {
  const parts = Math.ceil(all.length / ROWS_A_STATEMENT);
  return Array.from({ length: parts }, (_, i) => all.slice(i * ROWS_A_STATEMENT, (i + 1) * ROWS_A_STATEMENT));
}
