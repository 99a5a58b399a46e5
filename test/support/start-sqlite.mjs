// What do tests on SQLite need? A folder for their files.
import { makeFolder } from './folder.mjs';

export default function start() {
  globalThis.stopTests = makeFolder();
}
