// The folder of the project, or of the installed package: where its own files are.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with package.json, from source and from dist alike. */
export const projectRoot = findRoot(__dirname);

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
