// Do the commands of the README work? Each runs as a process of its own, against a real server.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/config';
import { SECRET, startTestServer, type TestServer } from '../support/server';
import { newOfficial, newPosition, newProgramme, newUnit } from '../support/world';

const run = promisify(execFile);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Runs a command's compiled file with the settings of this server. */
function command(name: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, JWT_SECRET: SECRET, DATABASE_URL: `sqlite:${server.databasePath}` };
  return run(process.execPath, [join(projectRoot, 'dist', 'src', `${name}.js`), ...args], { env });
}

test('token prints a token of the role, which the server takes', async () => {
  const { stdout } = await command('token', '--role', 'unit-manager', '--subject', 'an');
  const asked = { token: stdout.trim() };
  expect((await server.ask('{ about { version } }', {}, asked)).errors).toBeUndefined();
  const adding = 'mutation { addTopic(input: { code: "X", name: "X" }) { cursor } }';
  expect((await server.ask(adding, {}, asked)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test.each([[['--role', 'king']], [['--role', 'viewer', '--lifetime', 'soon']], [[]], [['--what']]])(
  'token %j is refused with its usage',
  async (args) => {
    await expect(command('token', ...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Usage: npm run -s token'),
    });
  },
);

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
