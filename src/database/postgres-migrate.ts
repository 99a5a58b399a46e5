// Migrations of a PostgreSQL database at start: one process at a time brings the tables up to date.
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { CannotStart } from './database';
import { migrate } from './migrate';
import { causeOf, connectTo } from './postgres-connection';

/** SQLSTATEs of a missing extension that only the operator can install. */
const NOT_OURS_TO_FIX = ['42501', '0A000', '58P01'];

/** Runs the migrations under a lock: processes that start together wait for the first, however long it takes. */
export async function bringUpToDate(
  options: PostgresDataSourceOptions,
  place: string,
  create: boolean,
): Promise<void> {
  const source = await connectTo(options, place, { poolSize: 2 });
  const turn = source.createQueryRunner();
  try {
    await turn.query(`SELECT pg_advisory_lock(hashtextextended('migrations', 0))`);
    const tables = await turn.manager.query<{ name: string }[]>(
      `SELECT relname AS name FROM pg_class
       WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
         AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')`,
    );
    await migrate(
      source,
      tables.map(({ name }) => name),
      place,
      'database',
      create,
    );
    await turn.query(`SELECT pg_advisory_unlock(hashtextextended('migrations', 0))`);
  } catch (error) {
    const { code } = causeOf(error);
    if (!code || !NOT_OURS_TO_FIX.includes(code)) throw error;
    throw new CannotStart(`${place} cannot be brought up to date: ${(error as Error).message}.`);
  } finally {
    await turn.release();
    await source.destroy();
  }
}
