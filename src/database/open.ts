// Opens the database of the configured engine: the only place that chooses between SQLite and PostgreSQL at run time.
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import type { Database } from './database';
import { PostgresDatabase } from './postgres';
import { SqliteDatabase } from './sqlite';

/**
 * Opens the database and runs the missing migrations.
 * @param create whether an empty database may be filled with the tables.
 * @throws CannotStart with instructions for the operator.
 */
export function openDatabase(
  options: BetterSqlite3DataSourceOptions | PostgresDataSourceOptions,
  replicaUrls: string[],
  create: boolean,
): Promise<Database> {
  return options.type === 'postgres'
    ? PostgresDatabase.open(options, replicaUrls, create)
    : SqliteDatabase.open(options, create);
}
