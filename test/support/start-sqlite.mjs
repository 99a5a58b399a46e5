// Global setup for SQLite: a folder for the files.
import { makeFolder } from './folder.mjs';

export default function start() {
  globalThis.stopTests = makeFolder();
}
