// The folder of the project, from which relative paths of settings and files are resolved.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with package.json, from source and from dist alike. */
export const projectRoot = findRoot(__dirname);

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
