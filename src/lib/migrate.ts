// Is this a database that Canbo may bring up to date? Then its migrations run.
import type { DataSource } from 'typeorm';
import { CannotStart } from './database';

/**
 * Brings the tables up to date.
 * @param tables the names of those that are there.
 * @param place what the operator knows the database by.
 * @param kind what to use instead.
 * @throws CannotStart when it belongs to another program or a newer release has written it.
 */
export async function migrate(
  source: DataSource,
  tables: string[],
  place: string,
  kind: 'file' | 'database',
): Promise<void> {
  const isCanbo = tables.includes('migrations');
  if (tables.length > 0 && !isCanbo) {
    throw new CannotStart(
      `${place} is the database of another program. Set DATABASE_URL to a ${kind} of its own.`,
    );
  }
  // A migration need not carry a name of its own: TypeORM then goes by the class.
  const known = new Set(source.migrations.map(({ name, constructor }) => name ?? constructor.name));
  const applied = isCanbo ? await source.query<{ name: string }[]>('SELECT name FROM migrations') : [];
  const unknown = applied.filter(({ name }) => !known.has(name));
  if (unknown.length > 0) {
    throw new CannotStart(
      `${place} was written by a newer version of Canbo (it knows ${unknown.map(({ name }) => name).join(', ')}). ` +
        `Start that version, or use another ${kind}.`,
    );
  }
  await source.runMigrations({ transaction: 'each' });
}
