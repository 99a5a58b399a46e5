// Location of the database: engine, file or addresses, from DATABASE_URL and DATABASE_REPLICA_URLS.
import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-error';

export type DatabaseLocation =
  { engine: 'better-sqlite3'; path: string } | { engine: 'postgres'; url: string; replicaUrls: string[] };

/**
 * The database engine, from DATABASE_URL. Column types differ between engines and are fixed while entities load, before
 * anything else runs, so this one setting is read at import.
 */
export const engine = engineOf(process.env.DATABASE_URL);

const DEFAULT_DATABASE = 'sqlite:data/canbo.db';

function engineOf(url: string | undefined): DatabaseLocation['engine'] {
  return /^postgres(ql)?:/.test(url ?? '') ? 'postgres' : 'better-sqlite3';
}

/** The location of the database. @throws ConfigError when DATABASE_URL is of no supported kind. */
export function databaseLocation(env: NodeJS.ProcessEnv): DatabaseLocation {
  const url = env.DATABASE_URL || DEFAULT_DATABASE;
  const location = engineOf(url) === 'postgres' ? postgresAt(url, replicas(env)) : sqliteAt(url);
  if (!location) {
    const shown = url.replace(/\/\/.*@/, '//…@').replace(/\?.*/, ''); // a URL may carry a password
    throw new ConfigError(
      'DATABASE_URL',
      `"${shown}" is neither of the form sqlite:path/to/file.db nor postgres://user:password@host:5432/database.`,
    );
  }
  if (location.engine !== engine) throw new Error('The engine cannot change after the entities were loaded.');
  return location;
}

function sqliteAt(url: string): DatabaseLocation | null {
  const path = /^sqlite:(?!\/\/)(.+)$/.exec(url)?.[1];
  if (!path || path === ':memory:') return null;
  return { engine: 'better-sqlite3', path: resolve(path) };
}

function postgresAt(url: string, replicaUrls: string[] = []): DatabaseLocation | null {
  if (engineOf(url) !== 'postgres' || !URL.canParse(url)) return null;
  const { hostname, pathname, searchParams } = new URL(url);
  const named = /^\/[^/]+$/.test(pathname) && (hostname !== '' || searchParams.has('host'));
  return named ? { engine: 'postgres', url, replicaUrls } : null;
}

function replicas(env: NodeJS.ProcessEnv): string[] {
  const urls = (env.DATABASE_REPLICA_URLS || '')
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean);
  urls.forEach((url, i) => {
    if (postgresAt(url)) return;
    throw new ConfigError(
      'DATABASE_REPLICA_URLS',
      `the address at place ${i + 1} is not of the form postgres://user:password@host:5432/database.`,
    );
  });
  return urls;
}

/** The folder for a process's own files: beside the SQLite file, or where that would be by default. */
export function dataFolder(location: DatabaseLocation): string {
  return location.engine === 'postgres' ? resolve('data') : dirname(location.path);
}
