// The tarball that a registry would get, installed in an empty folder with production dependencies alone: it serves,
// and has its commands. Not part of `npm test`: `npm run test:package`.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/config/project-root';
import { connect } from '../support/live';
import { ask } from '../support/server';

const run = promisify(execFile);

/** Of all that is installed, as npm counts it: the sum of the files' sizes. */
const MOST_BYTES = 120_000_000;
const folder = mkdtempSync(join(tmpdir(), 'canbo-package-'));
const modules = join(folder, 'node_modules');

/** The environment without what npm tells a script about its own project. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|command|config_local_prefix)|NODE_ENV$|DATABASE_URL$)/.test(name),
  ),
);

const canbo = (...args: string[]) => run(join(modules, '.bin', 'canbo'), args, { cwd: folder, env });

let packed: string[];
let child: ChildProcess;
let url: string;
let token: string;

/**
 * Puts the SQLite binary of this project where prebuild-install looks before it asks GitHub, which not every machine
 * reaches: as where a prebuilt binary is to be had, nothing is compiled.
 */
async function keepBinary(): Promise<string> {
  const [binaries, addon] = [join(folder, 'prebuilds'), join(projectRoot, 'node_modules', 'better-sqlite3')];
  const { version } = JSON.parse(readFileSync(join(addon, 'package.json'), 'utf8')) as { version: string };
  const { versions, platform, arch } = process;
  mkdirSync(binaries);
  const name = `better-sqlite3-v${version}-node-v${versions.modules}-${platform}-${arch}.tar.gz`;
  await run('tar', ['-czf', join(binaries, name), '-C', addon, 'build/Release/better_sqlite3.node']);
  return binaries;
}

beforeAll(async () => {
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], // built already, by pretest:package
    { cwd: projectRoot, env },
  );
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  const allowScripts = { 'better-sqlite3': true, '@apollo/protobufjs': false };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts }));
  await run(
    'npm',
    ['install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`],
    {
      cwd: folder,
      env: { ...env, npm_config_better_sqlite3_local_prebuilds: await keepBinary() },
    },
  );
  child = spawn(join(modules, '.bin', 'canbo'), {
    cwd: folder,
    env: { ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const where = /listens on (http:\/\/[^/]+)/.exec(line)?.[1];
      if (where) resolve(where);
    });
    child.once('exit', () => reject(new Error('It ended before it listened.')));
  });
  token = (await canbo('token', '--role', 'administrator')).stdout.trim();
});
afterAll(() => child?.kill('SIGKILL'));

/** Files and bytes below a folder, and what they take of a disk. */
function sizeOf(path: string): { bytes: number; onDisk: number } {
  const { size, blocks } = lstatSync(path);
  const own = { bytes: lstatSync(path).isDirectory() ? 0 : size, onDisk: blocks * 512 };
  if (!lstatSync(path).isDirectory()) return own;
  return readdirSync(path)
    .map((name) => sizeOf(join(path, name)))
    .reduce((a, b) => ({ bytes: a.bytes + b.bytes, onDisk: a.onDisk + b.onDisk }), own);
}

test('holds what it runs with and says what it is, without tests, sources and source maps', () => {
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/settings.md', 'dist/src/main.js'])
    expect(packed).toContain(name);
  expect(packed.filter((path) => /(^|\/)(test|bench|client)\/|\.map$|\.tsx?$/.test(path))).toEqual([]);
});

test('takes at most 120 MB with everything it depends on', () => {
  const { bytes, onDisk } = sizeOf(modules);
  process.stdout.write(
    `Installed: ${(bytes / 1e6).toFixed(1)} MB of files, ${(onDisk / 1e6).toFixed(1)} MB of disk.\n`,
  );
  expect(bytes).toBeLessThan(MOST_BYTES);
});

test('answers a query about its sample, and serves the playground', async () => {
  const { data } = await ask(url, '{ units(filter: { text: "Thủ Đức" }) { totalCount } }', {}, { token });
  expect(data.units.totalCount).toBeGreaterThan(0);
  const page = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
  const script = /src="(\/playground\/[^"]+\.js)"/.exec(page)![1]!;
  expect((await fetch(url + script)).status).toBe(200);
});

test('a subscription gets the event of a mutation', async () => {
  const client = await connect(url, { token });
  const { data } = await ask(
    url,
    '{ latestCursor programmes { nodes { id } } unit(code: "79") { id } }',
    {},
    { token },
  );
  const heard = client.subscribe(
    'subscription ($after: EventCursor) { cohortChanged(after: $after) { kind cohort { code } } }',
    { after: data.latestCursor },
  );
  const input = {
    code: 'THU-1',
    name: 'Lớp thử',
    startsOn: '2026-12-01',
    programmeId: data.programmes.nodes[0].id,
    hostUnitId: data.unit.id,
  };
  const planned = await ask(
    url,
    'mutation ($input: PlanCohortInput!) { planCohort(input: $input) { userErrors { code } } }',
    { input },
    { token },
  );
  expect(planned.data.planCohort.userErrors).toEqual([]);
  expect((await heard.nextData()).cohortChanged).toEqual({ kind: 'PLANNED', cohort: { code: 'THU-1' } });
  await client.close();
});

test('has its commands, which find the database in the folder where they are called', async () => {
  expect((await canbo('token', '--help')).stdout).toContain('Usage: canbo token');
  expect((await canbo('backup', 'copy.db')).stdout).toContain('and is whole');
  expect(existsSync(join(folder, 'copy.db'))).toBe(true);
  expect(existsSync(join(folder, 'data', 'canbo.db'))).toBe(true);
});

test('stops when it is told to', async () => {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
