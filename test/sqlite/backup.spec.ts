// Backup: a copy made while the server runs is a whole database, of one moment.
import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import SqliteFile from 'better-sqlite3';
import { projectRoot } from '../../src/config/project-root';
import { FOLLOW_COHORTS, type Told, Writer } from '../server/stream';
import { connect } from '../support/live';
import { newFolder, startTestServer } from '../support/server';
import { logEnd, newTopic } from '../support/world';

const run = promisify(execFile);

const folders: string[] = [];
function folderOfItsOwn(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const backup = (databasePath: string, ...args: string[]) =>
  run(process.execPath, [join(projectRoot, 'dist', 'src', 'main.js'), 'backup', ...args], {
    env: { ...process.env, DATABASE_URL: `sqlite:${databasePath}` },
  });

it('a backup is a whole database of one moment, made while writes go on, and can be restored', async () => {
  const server = await startTestServer();
  const writer = await Writer.start(server);
  const start = await logEnd(server);
  const copy = join(folderOfItsOwn(), 'copy.db');
  let over = false;
  const saving = backup(join(server.folder, 'canbo.db'), copy).finally(() => (over = true));
  const written: string[] = await writer.reviseTimes(5);
  while (!over) written.push(...(await writer.reviseTimes(5)));
  const { stdout } = await saving;
  expect(stdout).toContain(copy);
  expect(readdirSync(join(copy, '..'))).toEqual(['copy.db']);
  written.push(await writer.revise());

  const folder = folderOfItsOwn();
  copyFileSync(copy, join(folder, 'canbo.db'));
  const restored = await startTestServer({ folder });
  const { data } = await restored.ask(`{ cohortEvents(first: 100) { changes { to } } }`);
  const [, ...kept] = data.cohortEvents.map(({ changes }: Told) => changes[0]?.to); // the first is of its planning
  expect(kept).toEqual(kept.map((_: unknown, i: number) => String(i + 1)));
  expect(kept.length).toBeLessThan(written.length);
  const { data: now } = await restored.ask(
    'query ($id: ID!) { node(id: $id) { ... on Cohort { capacity } } }',
    {
      id: writer.cohort.id,
    },
  );
  expect(now.node.capacity).toBe(kept.length || null); // the registry is of the same moment as the log
  // As many events as the original has written since: its cursors would seem to be of this log.
  for (let i = 0; i <= written.length; i++) await newTopic(restored);
  const client = await connect(restored.url);
  for (const after of [start, written[0], written.at(-1)]) {
    const { errors } = await client.subscribe(FOLLOW_COHORTS, { after }).next();
    expect(errors).toMatchObject([{ extensions: { code: 'CURSOR_INVALID' } }]);
  }
  await client.close();
  await restored.stop();
  await server.stop();
});

it('a backup goes beside the database under the time of day, and replaces no file', async () => {
  const server = await startTestServer();
  const { stdout } = await backup(join(server.folder, 'canbo.db'));
  const [made] = readdirSync(join(server.folder, 'backups'));
  expect(made).toMatch(/^canbo-\d{4}-\d\d-\d\dT[\d-]+Z\.db$/);
  expect(stdout).toContain(join(server.folder, 'backups', made!));
  const again = backup(join(server.folder, 'canbo.db'), join(server.folder, 'backups', made!));
  await expect(again).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') });
  expect(readdirSync(join(server.folder, 'backups'))).toEqual([made]);
  await server.stop();
});

it.each([
  ['the database of another program', 'other.db', /no such table: event/],
  ['nothing', 'nothing.db', /does not exist/],
])('a backup of %s is refused, and leaves nothing behind', async (_what, name, stderr) => {
  const folder = folderOfItsOwn();
  new SqliteFile(join(folder, 'other.db')).exec('CREATE TABLE other (id)').close();
  const refused = backup(join(folder, name), join(folder, 'copy.db'));
  await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(stderr) });
  expect(readdirSync(folder)).toEqual(['other.db']);
});
