// npm test: the suite on SQLite and on PostgreSQL at the same time, so that no core idles while one engine has ended.
// Arguments go to both runs: `npm test -- --testPathPatterns events`. Without any, PostgreSQL runs the specs in which the
// engines differ; `npm test -- --all`, as at the landing gate, runs there the rules of the registry as well.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const JEST = ['--enable-source-maps', 'node_modules/jest/bin/jest.js', '--config', 'jest.config.json'];
/** The first line of what Jest says of one file, and of its last words. */
const BLOCK = /^(PASS|FAIL|Test Suites:) /;
/**
 * Where PostgreSQL is used otherwise than SQLite: locks, the order of commits, NOTIFY, replicas, SQL written by hand, and
 * constraints. `events/refetching` runs each mutation and reads all that there is, `access/conditions` each rule of reach.
 */
const ENGINES_DIFFER = [
  'postgres/',
  'database/',
  'events/',
  'statistics/',
  'contract/database',
  'commands/',
  'access/(conditions|live-rights|persons)',
  'graphql/(lists|pages|nested-lists|statements|vietnamese|search)',
  'privacy/export',
  'registry/(cohorts|enrolments|nominations|waiting-list|seats|reorganisation|units|officials|merging)',
];
const given = process.argv.slice(2);
const argumentsOf = (engine) => {
  if (given.length === 0)
    return engine === 'postgres' ? ['--testPathPatterns', ENGINES_DIFFER.join('|')] : [];
  const rest = given.filter((each) => each !== '--all');
  // A pattern may fit nothing but files that run on the other engine.
  return rest.length > 0 ? [...rest, '--passWithNoTests'] : [];
};

/** @returns whether all tests of the engine passed. */
async function run(engine) {
  const child = spawn(process.execPath, [...JEST, '--selectProjects', engine, ...argumentsOf(engine)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(process.stderr.isTTY && { FORCE_COLOR: '1' }) },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  const printed = [child.stdout, child.stderr].map((stream) => printBlocks(stream, engine));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  await Promise.all(printed);
  return code === 0;
}

/** Prints block by block: lines of two runs must not mix. */
async function printBlocks(stream, engine) {
  let block = [];
  const print = () => block.length > 0 && console.log(block.join('\n'));
  for await (const line of createInterface({ input: stream })) {
    const [, begun] = BLOCK.exec(stripVTControlCharacters(line)) ?? [];
    if (begun) {
      print();
      block = begun === 'Test Suites:' ? [`\n${engine}`] : [];
    }
    if (!line.startsWith('Running one project')) block.push(line);
  }
  print();
}

const passed = await Promise.all(['sqlite', 'postgres'].map(run));
process.exitCode = passed.every(Boolean) ? 0 : 1;
