// `npm run mutate` runs Stryker on each part of parts.mjs, or on those that are named, and prints their scores.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { PARTS } from './parts.mjs';

const named = process.argv.slice(2);
const unknown = named.find((name) => !(name in PARTS));
if (unknown) throw new Error(`No part ${unknown}: there are ${Object.keys(PARTS).join(', ')}.`);

// A file that was renamed would be left out in silence, and the score be that of the others.
const gone = Object.values(PARTS)
  .flatMap(({ mutate, specs }) => [...mutate, ...specs.map((spec) => `test/${spec}.spec.ts`)])
  .find((file) => !existsSync(file));
if (gone) throw new Error(`parts.mjs names ${gone}, which does not exist.`);

const scores = [];
for (const name of named.length > 0 ? named : Object.keys(PARTS)) {
  const env = { ...process.env, CANBO_MUTATE: name };
  const { status } = spawnSync('npx', ['stryker', 'run', 'test/mutation/stryker.config.mjs'], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
  scores.push(`${name.padEnd(12)} ${scoreOf(`data/mutation/${name}.json`)}`);
}
console.error(`\n${scores.join('\n')}`);

/** @param report in the format of mutation-testing-elements. */
function scoreOf(report) {
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  const mutants = Object.values(files).flatMap((file) => file.mutants);
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const found = count('Killed', 'Timeout');
  const all = found + count('Survived', 'NoCoverage');
  return `${((100 * found) / all).toFixed(1)} %, ${found} of ${all} mutants found`;
}
