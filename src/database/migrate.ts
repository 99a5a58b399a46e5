// Is this a database that Canbo may bring up to date? Then its migrations run.
import type { DataSource } from 'typeorm';
import { CannotStart } from './database';

/** What is said of a database without a registry, where none may be begun: it may be the wrong place. */
export function holdsNothing(what: string): string {
  return (
    `${what}. See whether DATABASE_URL is right, and whether the database was moved, removed or not yet restored. ` +
    'To begin an empty registry there, start this once with --create: npm start -- --create'
  );
}

/**
 * Brings the tables up to date.
 * @param tables the names of those that are there.
 * @param place what the operator knows the database by.
 * @param kind what to use instead.
 * @param create whether a registry may be begun where there is none.
 * @throws CannotStart when there is none and none may be begun, it belongs to another program, or a newer release has
 *   written it.
 */
export async function migrate(
  source: DataSource,
  tables: string[],
  place: string,
  kind: 'file' | 'database',
  create: boolean,
): Promise<void> {
  if (tables.length === 0 && !create) throw new CannotStart(holdsNothing(`${place} holds no registry`));
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
