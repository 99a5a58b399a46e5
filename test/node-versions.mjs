// npm run test:node-versions [-- 22 24]: a short form of the tests on other releases of Node, which npm brings as the
// packages node-<platform>-<arch>. The SQLite addon is bound to a release: it is installed for each, from a prebuilt
// binary where GitHub is reached, otherwise compiled against the headers of that package, which needs python3, make and
// a C++ compiler. What was installed stays in node_modules/.cache and is used again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const RELEASES = ['20', '22', '24'];
/** A noun with its rules, every transport, the commands and the client library, on SQLite. */
const SHORT = 'registry/cohorts|server/(http|sockets|sse)\\.|commands/|client/client|sqlite/backup';
const root = resolve(import.meta.dirname, '..');

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** @returns the folder of the program, and the addon that was made for it. */
function install(release) {
  const folder = join(root, 'node_modules', '.cache', 'canbo', `node-${release}`);
  const name = `node-${process.platform}-${process.arch}`;
  const home = join(folder, 'node_modules', name);
  const addon = join(folder, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
  if (existsSync(addon)) return { bin: join(home, 'bin'), addon };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, allowScripts: { 'better-sqlite3': true } }),
  );
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  run('npm', ['install', ...quiet, `${name}@${release}`], { cwd: folder });
  const bin = join(home, 'bin');
  run('npm', ['install', ...quiet, `better-sqlite3@${versionOf('better-sqlite3')}`], {
    cwd: folder,
    // npm puts its own Node first for scripts; this one has to be that.
    env: { ...process.env, PATH: bin + delimiter + process.env.PATH, npm_config_nodedir: home },
  });
  return { bin, addon };
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

const asked = process.argv.slice(2);
run('npm', ['run', '-s', 'build'], { cwd: root });
for (const release of asked.length > 0 ? asked : RELEASES) {
  const isOwn = process.versions.node.startsWith(`${release}.`);
  const { bin, addon } = isOwn ? {} : install(release);
  const node = bin ? join(bin, 'node') : process.execPath;
  console.log(`Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
  const jest = [
    'node_modules/jest/bin/jest.js',
    '--config',
    'jest.config.json',
    '--selectProjects',
    'sqlite',
  ];
  run(node, ['--enable-source-maps', ...jest, '--testPathPatterns', SHORT], {
    cwd: root,
    env: addon
      ? {
          ...process.env,
          CANBO_TEST_ADDON: addon,
          NODE_OPTIONS: `--require ${join(root, 'test', 'support', 'addon.cjs')}`,
        }
      : process.env,
  });
}
