// Bulk insert: several hundred rows a statement, without TypeORM's entity machinery.
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** SQLite takes 32,766 variables a statement, PostgreSQL 65,535; beyond a few thousand there is no gain. */
const VARIABLES_A_STATEMENT = 8_000;

type Cell = string | number | boolean | Date | null | readonly unknown[];
type ColumnsOf<T> = { [K in keyof T]: T[K] extends Cell ? K : never }[keyof T];
/** What the database counts up by itself. */
type Counted = 'no' | 'seq';

/** Every column of an entity and no relation, so that a forgotten column does not compile. */
export type RowOf<T> = Omit<Pick<T, ColumnsOf<T>>, Counted>;

/** Inserts rows in their order, each value in the form in which TypeORM itself stores it. */
export async function bulkInsert<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  rows: readonly RowOf<T>[],
): Promise<void> {
  const { driver } = manager.dataSource;
  const { tablePath, columns } = manager.dataSource.getMetadata(entity);
  const filled = columns.filter((column) => !column.isGenerated);
  const names = filled.map((column) => driver.escape(column.databaseName)).join(', ');
  const size = Math.floor(VARIABLES_A_STATEMENT / filled.length);
  for (let start = 0; start < rows.length; start += size) {
    const values: unknown[] = [];
    const places: string[] = [];
    for (const row of rows.slice(start, start + size)) {
      const marks = filled.map((column) => {
        const value = (row as Record<string, unknown>)[column.propertyName];
        if (value === undefined) throw new Error(`${tablePath}.${column.databaseName} was left out.`);
        values.push(driver.preparePersistentValue(value, column));
        return driver.createParameter('', values.length - 1);
      });
      places.push(`(${marks.join(', ')})`);
    }
    await manager.query(
      `INSERT INTO ${driver.escape(tablePath)} (${names}) VALUES ${places.join(', ')}`,
      values,
    );
  }
}
