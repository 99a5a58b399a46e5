// Which engine is it? The only place that asks, after the entities.
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import type { Database } from './database';
import { PostgresDatabase } from './postgres';
import { SqliteDatabase } from './sqlite';

/**
 * Opens the database and brings its tables up to date.
 * @param create whether a registry may be begun where there is none.
 * @throws CannotStart with what to do about it.
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
