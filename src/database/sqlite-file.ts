// Ownership of the SQLite file: one process serves it, whichever path leads to it, and notices when it is removed or
// replaced.
import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { DatabaseGone } from './away';
import { CannotStart } from './database';
import { holdsNothing } from './migrate';

/** Suffixes of the database and the files beside it: losing the write-ahead log is as bad as losing the file. */
const PARTS = ['', '-wal', '-shm', '-owner'];

const look = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });

/** A database file that only this process may serve. */
export class OwnedFile {
  private parts = new Map<string, BigIntStats>();

  private constructor(
    /** The path as the operator gave it. */
    private readonly given: string,
    /** The path without symbolic links; SQLite keeps its log beside this one. */
    readonly path: string,
    private readonly lock: SqliteFile.Database,
  ) {}

  /**
   * Takes ownership until the process ends or releases it.
   * @param create whether a missing file may be created, or an empty one filled.
   * @throws CannotStart when it is missing, cannot be written, has several hard links, or another process owns it.
   */
  static own(given: string, create: boolean): OwnedFile {
    const there = existsSync(given) ? look(given) : undefined;
    if (!create && !there) {
      throw new CannotStart(holdsNothing(`${given} does not exist`));
    }
    if (!create && there!.isFile() && there!.size === 0n) {
      throw new CannotStart(holdsNothing(`${given} is an empty file`));
    }
    assertWritable(given);
    let path: string;
    try {
      // Never an existing file: closing it would drop the POSIX locks that this process may hold on it.
      if (!there) closeSync(openSync(given, 'a'));
      path = realpathSync.native(given);
    } catch (error) {
      throw notWritable(given, error);
    }
    const names = Number(statSync(path).nlink);
    if (there?.isFile() && names > 1) {
      throw new CannotStart(
        `${given} has ${names} names (hard links). SQLite keeps a log for each, and what is written under one is ` +
          `missing or torn under another. Find them with "find <folder> -samefile ${path}", and leave one.`,
      );
    }
    return new OwnedFile(given, path, takeLock(given, path));
  }

  /** Remembers the identity of the files. Call it once SQLite has created all of them. */
  remember(): void {
    for (const part of PARTS) {
      const found = look(this.path + part);
      if (found) this.parts.set(part, found);
    }
  }

  /** @throws DatabaseGone when a file was removed or replaced. */
  assertThere(): void {
    for (const [part, opened] of this.parts) {
      // By the operator's path: if a link changed, the next start would open another file.
      const path = part === '' ? this.given : this.path + part;
      const found = look(path);
      if (found?.ino === opened.ino && found.dev === opened.dev) continue;
      throw new DatabaseGone(
        `${path} is no longer the file that was opened: it was removed, moved or replaced. Nothing is written until ` +
          'it is back. What was acknowledged is in the file that was taken away: keep it, and see docs/operations.md.',
      );
    }
  }

  release(): void {
    this.lock.close();
  }
}

function assertWritable(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function notWritable(path: string, error: unknown): CannotStart {
  return new CannotStart(
    `${path} in the data folder ${dirname(path)} cannot be written (${(error as NodeJS.ErrnoException).code}). ` +
      'Give this user write access to it, or set DATABASE_URL to a file in another folder.',
  );
}

/**
 * Holds an exclusive lock on a small file beside the database while the process lives. The system releases it with the
 * process, however that dies, so there is never a stale lock to remove by hand.
 */
function takeLock(given: string, path: string): SqliteFile.Database {
  let lock: SqliteFile.Database | undefined;
  try {
    lock = new SqliteFile(`${path}-owner`, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw unreadable(given, error);
    throw new CannotStart(
      `${given} is in use by another Canbo process. Stop that one first, or set DATABASE_URL to another file.`,
    );
  }
}

/** The error for a file that SQLite cannot open. */
export function unreadable(path: string, error: unknown): CannotStart {
  return new CannotStart(
    `${path} cannot be opened as a database: ${error instanceof Error ? error.message : String(error)}`,
  );
}
