// Migrations at the start: checks that the database is Canbo's and not of a newer release, then runs the missing ones.
import type { DataSource } from 'typeorm';
import { CannotStart } from './database';

/** The message for an empty database where none may be created: it may be the wrong one. */
export function holdsNothing(what: string): string {
  return (
    `${what}. See whether DATABASE_URL is right, and whether the database was moved, removed or not yet restored. ` +
    'To begin an empty registry there, start this once with --create: canbo --create, or npm start -- --create'
  );
}

/**
 * Runs the missing migrations.
 * @param tables the names of the existing tables.
 * @param place the database as the operator knows it, for messages.
 * @param kind what to use instead of another program's database, for messages.
 * @param create whether an empty database may be filled with the tables.
 * @throws CannotStart when the database is empty and `create` is false, belongs to another program, or was written by a
 *   newer release.
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
  // A migration without a name is recorded by TypeORM under its class name.
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
