// Replicas: reads go there, and a client that has just written reads its own write.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { projectRoot } from '../../src/config/project-root';
import { connect } from '../support/live';
import { type AskOptions, newFolder, startTestServer, type TestServer, tokenOf } from '../support/server';
import { removeFolders, refusal } from '../support/starts';
import { must, newCode, newUniversity } from '../support/world';
import { pullCohorts, Writer } from '../server/stream';

let servers: ChildProcess;
let urls: { primary: string; replica: string };
let server: TestServer;

beforeAll(async () => {
  servers = fork(join(projectRoot, 'test', 'support', 'replicated-postgres.mjs'));
  [urls] = (await once(servers, 'message')) as [typeof urls];
  await sqlOn(urls.primary, 'CREATE DATABASE canbo');
  server = await startTestServer({
    folder: newFolder(),
    env: { DATABASE_URL: at(urls.primary), DATABASE_REPLICA_URLS: at(urls.replica) },
  });
});
afterAll(async () => {
  await server.stop();
  servers.disconnect();
  await once(servers, 'exit');
  await removeFolders();
});

const at = (url: string): string => url.replace(/\/postgres$/, '/canbo');

async function sqlOn(url: string, statement: string): Promise<Record<string, any>[]> {
  const client = new Client(url);
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

/** Runs `work` while the replica replays nothing. */
async function whileItLags(work: () => Promise<void>): Promise<void> {
  await sqlOn(at(urls.replica), 'SELECT pg_wal_replay_pause()');
  // The pause takes effect with the next record: one that everybody may know.
  await must(server, 'addTopic', { code: newCode('L'), name: 'Quy hoạch' }, 'topic { id }');
  for (;;) {
    const [row] = await sqlOn(at(urls.replica), 'SELECT pg_get_wal_replay_pause_state() AS state');
    if (row!.state === 'paused') break;
  }
  try {
    await work();
  } finally {
    await sqlOn(at(urls.replica), 'SELECT pg_wal_replay_resume()');
  }
}

async function command(what: 'stop replica' | 'start replica'): Promise<void> {
  const done = once(servers, 'message');
  servers.send(what);
  await done;
}

const READ = `query ($id: ID!) { university(id: $id) { code } }`;
const codeOf = async (id: string, how?: AskOptions) =>
  (await server.ask(READ, { id }, how)).data.university?.code ?? null;

it('reads from the replica, which lags, and what it has just written from the primary', async () => {
  await whileItLags(async () => {
    const payload = await must(
      server,
      'addUniversity',
      { code: newCode('V'), name: 'Đại học Luật' },
      'university { id code }', // the answer of the mutation itself is of the primary
    );
    const { id, code } = payload.university;
    expect(await codeOf(id)).toBeNull();
    expect(await codeOf(id, { after: payload.cursor })).toBe(code);
  });
});

it('a list read from the replica states the log position of the replica', async () => {
  const { data } = await server.ask('{ latestCursor }');
  const lists = '{ universities(last: 1) { asOf } cohorts { asOf } }';
  await whileItLags(async () => {
    const { university, cursor } = await must(
      server,
      'addUniversity',
      { code: newCode('V'), name: 'Đại học Luật' },
      'cursor university { cohorts { asOf } }',
    );
    expect(university.cohorts.asOf).toBe(cursor);
    const ofReplica = (await server.ask(lists)).data;
    expect(ofReplica).toEqual({
      universities: { asOf: data.latestCursor },
      cohorts: { asOf: data.latestCursor },
    });
    const ofPrimary = (await server.ask(lists, {}, { after: cursor })).data;
    expect(ofPrimary).toEqual({ universities: { asOf: cursor }, cohorts: { asOf: cursor } });
  });
});

it('waits for the replica when it is only a moment behind', async () => {
  for (let i = 0; i < 20; i++) {
    const { cursor, university } = await must(
      server,
      'addUniversity',
      { code: newCode('V'), name: 'Đại học Luật' },
      'university { id code }',
    );
    expect(await codeOf(university.id, { after: cursor })).toBe(university.code);
  }
});

it('counts what the caller has just written', async () => {
  await whileItLags(async () => {
    const count = async (how?: AskOptions) =>
      (await server.ask('{ trainingStatistics { cohorts } }', {}, how)).data.trainingStatistics.cohorts;
    const before = await count();
    const writer = await Writer.start(server);
    const after = await writer.revise();
    expect(await count()).toBe(before);
    expect(await count({ after })).toBe(before + 1);
  });
});

it('live and pulled events come with their records', async () => {
  await whileItLags(async () => {
    const client = await connect(server.url);
    const query = 'subscription { cohortChanged { cursor cohort { code } } }';
    const subscriber = client.subscribe<any>(query);
    const ready = client.subscribe<any>('{ latestCursor }');
    await ready.nextData(); // the subscription before it is in place
    const writer = await Writer.start(server);
    const { cursor, cohort } = (await subscriber.nextData()).cohortChanged;
    expect(cohort).toEqual({ code: writer.cohort.code });
    // Whoever was told of it over this socket can read it.
    const read = client.subscribe<any>(`{ cohort(id: "${writer.cohort.id}") { code } }`);
    expect((await read.nextData()).cohort).toEqual({ code: writer.cohort.code });
    await writer.revise();
    expect(await pullCohorts(server, cursor)).toMatchObject([{ kind: 'REVISED', cohort }]);
    await client.close();
  });
});

it('a revoked role counts at once, though the replica lags', async () => {
  const subject = newCode('somebody-');
  const token = await tokenOf({ subject });
  const { grant } = await must(server, 'grantRole', { role: 'VIEWER', subject }, 'grant { id }');
  expect((await server.ask('{ units { totalCount } }', {}, { token })).errors).toBeUndefined();
  await whileItLags(async () => {
    await must(server, 'revokeRole', { grantId: grant.id }, 'cursor');
    const { errors } = await server.ask('{ units { totalCount } }', {}, { token });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

it('reads from the primary while the replica is away', async () => {
  await command('stop replica');
  const { id, code } = await newUniversity(server);
  expect(await codeOf(id)).toBe(code);
  expect(await codeOf(id)).toBe(code);
  await command('start replica');
});

it('starts while the replica is away', async () => {
  const env = { DATABASE_URL: at(urls.primary), DATABASE_REPLICA_URLS: 'postgres://localhost:1/canbo' };
  const other = await startTestServer({ folder: newFolder(), env });
  expect((await other.ask('{ units { totalCount } }')).errors).toBeUndefined();
  await other.stop();
});

it.each(['localhost', 'sqlite:canbo.db', `postgres://canbo:s3cret@localhost`])(
  'refuses %s as a replica, naming the variable and no password',
  async (wrong) => {
    const env = { DATABASE_REPLICA_URLS: `${at(urls.replica)}, ${wrong}` };
    const message = await refusal({ env });
    expect(message).toMatch(/^DATABASE_REPLICA_URLS: .*place 2/);
    expect(message).not.toContain('s3cret');
  },
);

it('refuses a header canbo-after that is no cursor of this registry', async () => {
  for (const after of ['x', Buffer.from('0123456789abcdef.1').toString('base64url')]) {
    const { status, errors } = await server.ask('{ latestCursor }', {}, { after });
    expect([status, errors]).toMatchObject([400, [{ extensions: { code: 'CURSOR_INVALID' } }]]);
  }
});
