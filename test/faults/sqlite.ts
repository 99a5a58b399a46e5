// SQLite store of a run: a file on a small disk of its own, where mounting one is allowed.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { ANSWERS_SQL, EVENTS_SQL, LOG_SQL, RECORDS_SQL, type RawRows, type Store, toLog } from './store';

const DISK = 'size=192m';
const BLOCK = Buffer.alloc(65_536);

export class SqliteStore implements Store {
  readonly path: string;
  /** Whether its disk is small enough to be filled. */
  readonly small: boolean;
  private readonly backup: string;
  private readonly filler: string;

  constructor(private readonly folder: string) {
    const data = join(folder, 'data');
    mkdirSync(data);
    this.small = mount(data);
    this.path = join(data, 'canbo.db');
    this.filler = join(data, 'filler');
    this.backup = join(folder, 'backup.db');
  }

  environment(): Record<string, string> {
    return { DATABASE_URL: `sqlite:${this.path}` };
  }

  read(): ReturnType<Store['read']> {
    const file = new SqliteFile(this.path, { readonly: true });
    try {
      file.exec('BEGIN');
      const all = (sql: string): unknown => file.prepare(sql).all();
      return Promise.resolve(
        toLog({
          events: all(EVENTS_SQL),
          answers: all(ANSWERS_SQL),
          log: all(LOG_SQL),
          records: all(RECORDS_SQL),
        } as RawRows),
      );
    } finally {
      file.close();
    }
  }

  /** Copies the database while it is being written. */
  async takeBackup(): Promise<void> {
    rmSync(this.backup, { force: true });
    const file = new SqliteFile(this.path, { readonly: true });
    try {
      await file.backup(this.backup);
    } finally {
      file.close();
    }
  }

  /** Replaces the database, which must not be open, by the backup, whose log has a new id. */
  restore(): void {
    for (const end of ['', '-wal', '-shm']) rmSync(this.path + end, { force: true });
    copyFileSync(this.backup, this.path);
    const file = new SqliteFile(this.path);
    file.prepare('UPDATE event_log SET id = ?').run(randomBytes(8).toString('hex'));
    file.close();
  }

  /** Fills the disk completely. */
  fill(): void {
    const file = openSync(this.filler, 'w');
    try {
      for (let size = BLOCK.length; size >= 4_096;) {
        try {
          writeSync(file, BLOCK, 0, size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size /= 2;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.filler, { force: true });
  }

  remove(): Promise<void> {
    if (this.small) execFileSync('umount', ['-l', join(this.folder, 'data')]);
    return Promise.resolve();
  }
}

function mount(folder: string): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'canbo-faults', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // a container may not mount
  }
}
