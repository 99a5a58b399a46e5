// Do several processes on one database act as one, and does losing a connection cost no more than a moment?
import { administer } from '../support/database';
import { connect, type LiveClient, type Subscriber } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, take, Writer } from '../feed/stream';

const NEVER_MS = 3_600_000;
const MINE = "datname = '@' AND pid <> pg_backend_pid()";

let folder: string;
let nodes: TestServer[];
let clients: LiveClient[];
let writers: Writer[];
let subscribers: Subscriber<any>[];

/** Two processes that share nothing but their database, a writer through each and a subscriber at each. */
async function start(pollMs: number): Promise<void> {
  folder = folderOfItsOwn();
  nodes = [await startTestServer({ folder, pollMs }), await startTestServer({ folder, pollMs })];
  writers = await Promise.all(nodes.map((node) => Writer.start(node)));
  const after = await logEnd(nodes[0]!);
  clients = await Promise.all(nodes.map(({ url }) => connect(url)));
  subscribers = clients.map((client) => client.subscribe(FOLLOW_COHORTS, { after }));
  await expectAllToHear(await write());
}
afterEach(async () => {
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS true');
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(nodes.map((node) => node.stop()));
});
afterAll(removeFolders);

/** A change through each process, one after the other. */
async function write(): Promise<string[]> {
  const cursors: string[] = [];
  for (const writer of writers) cursors.push(await writer.revise());
  return cursors;
}

async function expectAllToHear(cursors: string[]): Promise<void> {
  for (const subscriber of subscribers) {
    expect((await take(subscriber, cursors.length)).map(({ cursor }) => cursor)).toEqual(cursors);
  }
}

const lose = (which: string) =>
  administer(folder, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${MINE} AND ${which}`);

it('tells the subscribers of all of a change through one, without waiting for a poll', async () => {
  await start(NEVER_MS);
  for (let i = 0; i < 5; i++) await expectAllToHear(await write());
});

it('tells what was written while it could not hear, when the listening connection is back', async () => {
  await start(NEVER_MS);
  expect(await lose("application_name = 'canbo wake-ups'")).toHaveLength(2);
  await expectAllToHear(await write());
  await expectAllToHear(await write());
});

it('finds changes by itself as long as it cannot listen', async () => {
  await start(50);
  // As many connections as it may take to show an event to all: no more can be opened from here on.
  const all = nodes.flatMap((node) => Array<typeof node>(8).fill(node));
  await Promise.all(all.map((node) => node.ask('{ units { totalCount } }')));
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS false');
  expect(await lose("application_name = 'canbo wake-ups'")).toHaveLength(2);
  await expectAllToHear(await write());
});

it('asks to try again while the database is away, and goes on by itself when it is back', async () => {
  await start(50);
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS false');
  await lose('true');
  for (const node of nodes) {
    const { url } = node;
    const { errors } = await node.ask('{ units { totalCount } }');
    expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect(JSON.stringify(errors)).not.toMatch(/connect|postgres|accept/i);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  }
  await expect(writers[0]!.revise()).rejects.toThrow('UNAVAILABLE');
  await administer(folder, 'ALTER DATABASE "@" ALLOW_CONNECTIONS true');
  for (const { url } of nodes) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  writers = await Promise.all(nodes.map((node) => Writer.start(node)));
  for (const subscriber of subscribers) await take(subscriber, 2); // the cohorts that were planned
  await expectAllToHear(await write());
});
