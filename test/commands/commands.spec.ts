// Commands of the README: each runs as a process of its own, against a real server.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { projectRoot } from '../../src/config/project-root';
import { databaseUrl } from '../support/database';
import { SECRET, startTestServer, type TestServer } from '../support/server';
import { newOfficial, newPosition, newProgramme, newUnit } from '../support/world';

const run = promisify(execFile);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const UNIT = 'unit_01jb0000000000000000000000';
const UNIVERSITY = 'university_01jb0000000000000000000000';
const OFFICIAL = 'official_01jb0000000000000000000000';

/** Runs a command with the settings of this server, and further ones. */
function commandWith(
  more: Record<string, string>,
  name: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, JWT_SECRET: SECRET, DATABASE_URL: databaseUrl(server.folder), ...more };
  return run(process.execPath, [join(projectRoot, 'dist', 'src', 'main.js'), name, ...args], {
    env,
  });
}
const command = (name: string, ...args: string[]) => commandWith({}, name, ...args);

test('token prints a token of the role, which the server takes', async () => {
  const { stdout } = await command('token', '--role', 'unit-manager', '--unit', UNIT, '--subject', 'an');
  const asked = { token: stdout.trim() };
  expect((await server.ask('{ about { version } }', {}, asked)).errors).toBeUndefined();
  const adding = 'mutation { addTopic(input: { code: "X", name: "X" }) { cursor } }';
  expect((await server.ask(adding, {}, asked)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test.each<[string[], Record<string, string>]>([
  [
    ['--role', 'unit-manager', '--unit', UNIT],
    { role: 'UNIT_MANAGER', unitId: UNIT, sub: `unit-manager ${UNIT}` },
  ],
  [
    ['--role', 'university-registrar', '--university', UNIVERSITY],
    { role: 'UNIVERSITY_REGISTRAR', universityId: UNIVERSITY, sub: `university-registrar ${UNIVERSITY}` },
  ],
  [
    ['--role', 'official', '--official', OFFICIAL],
    { role: 'OFFICIAL', officialId: OFFICIAL, sub: `official ${OFFICIAL}` },
  ],
  [['--role', 'administrator', '--subject', 'an'], { role: 'ADMINISTRATOR', sub: 'an' }],
  [['--subject', 'an'], { sub: 'an' }],
])('token %j claims what was asked for', async (args, claims) => {
  const { iss, aud, iat, exp, ...rest } = decodeJwt((await command('token', ...args)).stdout.trim());
  expect([iss, aud, exp! - iat!]).toEqual(['canbo', 'canbo', 28_800]);
  expect(rest).toEqual(claims);
});

test.each([
  [['--role', 'king'], '--role'],
  [['--role', 'viewer', '--lifetime', 'soon'], '--lifetime'],
  [[], '--role or --subject'],
  [['--what'], '--what'],
  [['--role', 'unit-manager'], '--unit'],
  [['--role', 'unit-manager', '--unit', '769'], '--unit'],
  [['--role', 'unit-manager', '--unit', UNIVERSITY], '--unit'],
  [['--role', 'unit-manager', '--university', UNIVERSITY], '--unit'],
  [['--role', 'university-registrar'], '--university'],
  [['--role', 'official'], '--official'],
  [['--role', 'viewer', '--unit', UNIT], '--unit'],
  [['--subject', 'an', '--official', OFFICIAL], '--official'],
  [['--role', 'viewer', '--subject', 'oidc:an'], 'oidc:'],
])('token %j is refused, with what is wrong (%s) and its usage', async (args, wrong) => {
  const refused = await command('token', ...args).catch((error: { code: number; stderr: string }) => error);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Usage: canbo token') });
  expect(refused.stderr.split('\n')[0]).toContain(wrong);
});

test('token signs none where only those of a provider are good', async () => {
  const env = {
    NODE_ENV: 'production',
    JWT_SECRET: '',
    OIDC_ISSUER: 'https://id.example',
    OIDC_AUDIENCE: 'x',
  };
  await expect(commandWith(env, 'token', '--role', 'viewer')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('JWT_SECRET: is not set'),
  });
});

test('simulate plays a class from plan to ceremony', async () => {
  const unitId = (await newUnit(server)).id;
  const positionCode = (await newPosition(server)).code;
  await newProgramme(server);
  for (let i = 0; i < 6; i++) await newOfficial(server, { unitId, positionCode });
  const { stdout } = await command('simulate', '--url', server.url, '--pace', '0', '--classes', '1');
  expect(stdout).toContain('the day is over');
  const { data } = await server.ask('{ cohorts { nodes { status enrolledCount graduateCount } } }');
  expect(data.cohorts.nodes).toEqual([{ status: 'COMPLETED', enrolledCount: 4, graduateCount: 4 }]);
});

test('simulate says so when no server answers', async () => {
  await expect(command('simulate', '--url', 'http://127.0.0.1:1')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('npm start'),
  });
});

test.each(['start', 'token', 'backup', 'simulate'])(
  '%s --help tells its options and does nothing',
  async (name) => {
    const { stdout } = await command(name, '--help');
    expect(stdout).toMatch(new RegExp(`^Usage: canbo ${name} `));
  },
);

test('canbo --help lists the commands, and --version is that of the server', async () => {
  for (const name of ['start', 'token', 'backup', 'simulate']) {
    expect((await command('--help')).stdout).toContain(`\n  ${name} `);
  }
  const { data } = await server.ask('{ about { version } }');
  expect((await command('--version')).stdout.trim()).toBe(data.about.version);
});

test.each(['serve', 'constructor', ''])(
  'the unknown command "%s" is refused, with those there are',
  async (name) => {
    await expect(command(name)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^canbo has no command "${name}"\\.\n[^]*backup`)),
    });
  },
);

test('a wrong option is refused with its name and the usage of its command', async () => {
  for (const [name, usage] of [
    ['start', 'Canbo cannot start. '],
    ['backup', ''],
    ['simulate', ''],
  ] as const) {
    await expect(command(name, '--what')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^${usage}[^]*--what[^]*Usage: canbo ${name} `)),
    });
  }
});
