// Folder of a test run, in memory where there is plenty: on a disk, tests wait for each commit and for the thousand
// files of each PostgreSQL database.
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const PLENTY = 4e9; // bytes; a run needs about one

/**
 * Makes the folder and has it given to everything that asks for a temporary one.
 * @returns how to remove it.
 */
export function makeFolder() {
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(join(hasPlenty() ? MEMORY : tmpdir(), 'canbo-test-'));
  chmodSync(folder, 0o755); // PostgreSQL may run as another user
  process.env.TMPDIR = folder;
  return () => {
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  };
}

function hasPlenty() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > PLENTY;
  } catch {
    return false; // not a Linux
  }
}
