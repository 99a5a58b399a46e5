// npm run schema:compatible: fails with each change of schema.graphql that would break a client of the last release.
// A release adds the file releases/<version>.graphql, a copy of schema.graphql that nobody edits afterwards.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, findBreakingChanges } from 'graphql';
import { projectRoot } from '../../src/config/project-root';

const RELEASES = join(projectRoot, 'test', 'contract', 'releases');

/** What a client of an earlier schema would miss in a later one, in words. */
export function breakingChanges(earlier: string, later: string): string[] {
  return findBreakingChanges(buildSchema(earlier), buildSchema(later)).map(({ description }) => description);
}

/** The version whose schema is the last on record; versions compare number by number. */
export function lastRelease(files = readdirSync(RELEASES)): string {
  const versions = files.map((file) => file.replace(/\.graphql$/, ''));
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)!;
}

if (require.main === module) {
  const release = lastRelease();
  const broken = breakingChanges(
    readFileSync(join(RELEASES, `${release}.graphql`), 'utf8'),
    readFileSync(join(projectRoot, 'schema.graphql'), 'utf8'),
  );
  for (const change of broken) console.error(`Breaks clients of ${release}: ${change}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
