// Order of the log: that of commit, though transactions of several processes run side by side.
import { decodeCursor } from '../../src/events/cursor';
import { makeDatabase, sql } from '../support/database';
import { connect } from '../support/live';
import { startProcess } from '../support/process';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, pullCohorts, type Told, Writer } from '../server/stream';

const WRITERS = 20;
const REVISIONS = 10;

afterAll(removeFolders);

/** What work is like: each transaction takes up to so long before it appends, and before its commit is through. */
const hold = (seconds: number) => [
  `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
   'BEGIN PERFORM pg_sleep(random() * ${seconds}); RETURN NULL; END'`,
  'CREATE TRIGGER hold_work AFTER UPDATE ON cohort FOR EACH ROW EXECUTE FUNCTION hold()',
  `CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED
   FOR EACH ROW EXECUTE FUNCTION hold()`,
];

/** A lock that locks nothing, found before the real one. */
const NO_LOCK = [
  `CREATE FUNCTION public.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS 'SELECT'`,
  `DO $$ BEGIN
     EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
   END $$`,
];

const seqOf = (cursor: string): number => decodeCursor(cursor).seq;

/** Twenty writers over two processes, and a follower of a third: what was written, followed, and is in the log. */
async function writeAndFollow(circumstances: string[], start: (folder: string) => Promise<TestServer>) {
  const folder = folderOfItsOwn();
  await makeDatabase(folder);
  for (const statement of circumstances) await sql(folder, statement);
  const nodes = await Promise.all([1, 2, 3].map(() => start(folder)));
  const writers: Writer[] = [];
  for (let i = 0; i < WRITERS; i++) writers.push(await Writer.start(nodes[i % 2]!));
  const begin = await logEnd(nodes[2]!);
  const client = await connect(nodes[2]!.url);
  const subscriber = client.subscribe<{ cohortChanged: Told }>(FOLLOW_COHORTS, { after: begin });
  const written: string[] = [];
  await Promise.all(
    writers.map(async (writer) => {
      for (let i = 0; i < REVISIONS; i++) written.push(await writer.revise());
    }),
  );
  const last = await writers[0]!.revise();
  const followed: string[] = [];
  while (followed.at(-1) !== last) followed.push((await subscriber.nextData()).cohortChanged.cursor);
  const logged = (await pullCohorts(nodes[2]!, begin)).map(({ cursor }) => cursor);
  await client.close();
  await Promise.all(nodes.map((node) => node.stop()));
  return { written: [...written, last].sort((a, b) => seqOf(a) - seqOf(b)), followed, logged };
}

it('a follower receives each event exactly once and in order', async () => {
  const { written, followed, logged } = await writeAndFollow(hold(0.02), startProcess);
  expect(written).toHaveLength(WRITERS * REVISIONS + 1);
  expect(logged).toEqual(written);
  expect(followed).toEqual(written);
});

it('without the lock of the log, a follower would skip events that commit late', async () => {
  // Long enough for a busy machine to read in between.
  const { followed, logged } = await writeAndFollow([...hold(0.3), ...NO_LOCK], (folder) =>
    startTestServer({ folder }),
  );
  expect(logged).toHaveLength(WRITERS * REVISIONS + 1);
  expect(followed.length).toBeLessThan(logged.length);
});
