// canbo backup [file]: copies the SQLite database while the server runs, checks the copy, and gives its event log a new
// id.
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import SqliteFile from 'better-sqlite3';
import { databaseLocation } from '../config/database-location';
import { Refused, WrongArguments } from './refused';

/** What --help prints. */
export const USAGE = `Usage: canbo backup [file]
The copy is consistent and checked, and the server goes on writing. No file is replaced.
Without a name: backups/canbo-<time>.db beside the database.
For PostgreSQL use its own pg_dump or pg_basebackup.`;

/** All pages in one step: a copy in several steps would restart whenever the server writes in between. */
const ALL_PAGES = 0x7fffffff;

/** The backup cannot be made; the message tells the operator what to do. */
class CannotBackUp extends Refused {}

/** Makes the copy and prints where it is. @throws CannotBackUp when there is none, and nothing is left of it. */
export async function run(args: string[]): Promise<void> {
  const [target, ...more] = parseArgs({ args, allowPositionals: true, options: {} }).positionals;
  if (more.length > 0) throw new WrongArguments('One file at most.');
  const location = databaseLocation(process.env);
  if (location.engine === 'postgres') {
    throw new CannotBackUp('This copies a SQLite file. For PostgreSQL use its own pg_dump or pg_basebackup.');
  }
  const source = location.path;
  const file = target ? resolve(target) : defaultFile(source);
  if (!existsSync(source)) throw new CannotBackUp(`${source} does not exist.`);
  if (existsSync(file)) throw new CannotBackUp(`${file} exists already, and is left alone.`);
  mkdirSync(dirname(file), { recursive: true });
  // Under a temporary name until it is complete, so that nothing collects half a backup.
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    await copy(source, unfinished);
    const events = finish(unfinished);
    flush(unfinished);
    linkSync(unfinished, file); // unlike rename, never replaces an existing file
    flush(dirname(file));
    process.stdout.write(
      `${file} holds everything up to event ${events}, and is whole.\n` +
        `To restore it: stop Canbo, remove ${source}-wal and ${source}-shm if they are there,\n` +
        `copy it over ${source}, and start Canbo. Clients will refetch then:\n` +
        'the copy has an event log with a new id.\n',
    );
  } finally {
    for (const rest of ['', '-wal', '-shm', '-journal']) rmSync(`${unfinished}${rest}`, { force: true });
  }
}

function defaultFile(source: string): string {
  const now = new Date().toISOString().replaceAll(':', '-').replace('.', '-');
  return join(dirname(source), 'backups', `canbo-${now}.db`);
}

/** Read-only and without the server's lock: in WAL mode a reader blocks no writer. */
async function copy(source: string, file: string): Promise<void> {
  const database = new SqliteFile(source, { readonly: true, fileMustExist: true });
  try {
    await database.backup(file, { progress: () => ALL_PAGES });
  } finally {
    database.close();
  }
}

/**
 * Checks a copy and gives its event log a new id. With the old id, a cursor from the time after the backup would be
 * valid in the restored copy, and its client would miss events without noticing.
 * @returns the sequence number of its last event.
 * @throws CannotBackUp when the copy is damaged, and therefore the original.
 */
function finish(file: string): number {
  const database = new SqliteFile(file);
  try {
    const found = database.pragma('integrity_check', { simple: true });
    if (found !== 'ok') throw new CannotBackUp(`The database is damaged: ${String(found)}`);
    const last = database
      .prepare<[], number>(
        'SELECT max((SELECT coalesce(max(seq), 0) FROM event), (SELECT purged_through FROM event_log))',
      )
      .pluck()
      .get();
    database.prepare('UPDATE event_log SET id = ?').run(randomBytes(8).toString('hex'));
    return last!;
  } finally {
    database.close(); // closing the last connection checkpoints the write-ahead log
  }
}

/** Flushes a file to the disk (fsync), which SQLite does not do for a copy. */
function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
