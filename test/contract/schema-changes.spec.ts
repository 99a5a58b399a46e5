// Breaking changes: `npm run check` reports a schema that breaks clients of the last release.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root';
import { breakingChanges, lastRelease } from './compare-releases';

const schema = readFileSync(join(projectRoot, 'schema.graphql'), 'utf8');

it('finds nothing in the schema as it is, and is part of the check', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  expect(scripts.check).toContain('npm run -s schema:compatible');
  const script = join(projectRoot, 'dist', 'test', 'contract', 'compare-releases.js');
  expect(execFileSync(process.execPath, [script]).toString()).toBe('');
});

it('compares with the highest version that has a schema on record', () => {
  expect(lastRelease(['0.2.0.graphql', '0.10.0.graphql', '0.9.1.graphql'])).toBe('0.10.0');
  const released = readFileSync(
    join(projectRoot, 'test', 'contract', 'releases', `${lastRelease()}.graphql`),
    'utf8',
  );
  expect(released).toContain('type Mutation');
});

it.each([
  ['a field that is gone', 'fullName: String\n', 'callName: String\n', 'Official.fullName was removed.'],
  [
    'a field of another type',
    'fullName: String\n',
    'fullName: Int\n',
    'Official.fullName changed type from String to Int.',
  ],
  [
    'an enum value that is gone',
    '  NOT_COMPLETED\n',
    '  FAILED\n',
    'NOT_COMPLETED was removed from enum type EnrolmentStatus.',
  ],
  [
    'an input field that is needed now',
    'input OpenEnrolmentInput {',
    'input OpenEnrolmentInput {\n  reason: String!',
    'A required field reason on input type OpenEnrolmentInput was added.',
  ],
])('names %s', (_what, from, to, told) => {
  const changed = schema.replace(from, to);
  expect(changed).not.toBe(schema);
  expect(breakingChanges(schema, changed)).toEqual([told]);
});

it('lets additions pass', () => {
  const more = schema.replace(
    'type Official implements Node {',
    'type Official implements Node {\n  nickname: String',
  );
  expect(breakingChanges(schema, more)).toEqual([]);
});
