// Shutdown: how the process ends when it is asked to.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { engine } from '../../src/config/database-location';
import { sql } from '../support/database';
import { connect } from '../support/live';
import { type ServerProcess, startProcess } from '../support/process';
import { newFolder } from '../support/server';
import { openStream } from '../support/sse';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, subscribeRaw, take, Writer } from './stream';

const REVISIONS = 28;

let folder: string;
let server: ServerProcess;
beforeEach(async () => {
  folder = newFolder();
  server = await startProcess(folder);
});
afterEach(async () => {
  await server.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/**
 * As many revisions as one operation may hold. Each answers with figures, which a thread counts: so the process hears signals
 * in between, where without them it would be through before it listens.
 */
function manyRevisions({ cohort }: Writer): string {
  const fields = Array.from({ length: REVISIONS }, (_, i) => {
    const input = `{ cohortId: "${cohort.id}", version: ${i + 1}, capacity: ${i + 1} }`;
    return `m${i}: reviseCohort(input: ${input}) { cursor cohort { hostUnit { statistics { cohorts } } } }`;
  });
  return `mutation { ${fields.join(' ')} }`;
}
const cursorsOf = (data: object) =>
  Object.values<{ cursor: string }>(data as any).map(({ cursor }) => cursor);

it.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s lets a running operation end, closes sockets with 1001 and leaves a whole database',
  async (signal) => {
    const writer = await Writer.start(server);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    const raw = await subscribeRaw(server.url, FOLLOW_COHORTS, variables);
    const begun = new Promise((resolve) => raw.socket.once('message', resolve));
    const running = server.ask(manyRevisions(writer));
    await begun; // the first of them is committed, the answer not given
    const exit = await server.end(signal);
    const { data, errors } = await running;
    expect(errors).toBeUndefined();
    const written = cursorsOf(data);
    expect(written).toHaveLength(REVISIONS);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(await raw.closed).toMatchObject({ code: 1001 });
    expect(server.log.map((line) => JSON.parse(line).level)).toEqual(server.log.map(() => 30));

    if (engine === 'better-sqlite3') {
      expect(existsSync(join(folder, 'canbo.db-wal'))).toBe(false);
      expect(await sql(folder, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    }

    server = await startProcess(folder);
    const received: string[] = raw.received.map(({ data }) => data.cohortChanged.cursor);
    const client = await connect(server.url);
    const resumed = client.subscribe(FOLLOW_COHORTS, { ...variables, after: received.at(-1) });
    received.push(...(await take(resumed, REVISIONS - received.length)).map(({ cursor }) => cursor));
    expect(received).toEqual(written);
    await client.close();
  },
);

it('lets a mutation that came over a socket end with its answer', async () => {
  const writer = await Writer.start(server);
  const client = await connect(server.url);
  const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
  const subscriber = client.subscribe(FOLLOW_COHORTS, variables);
  const mutation = client.subscribe(manyRevisions(writer));
  await subscriber.nextData();
  const stopping = server.end('SIGTERM');
  expect(cursorsOf(await mutation.nextData())).toHaveLength(REVISIONS);
  expect(await stopping).toEqual({ code: 0, signal: null });
  expect(await client.closed).toMatchObject({ code: 1001 });
});

it('answers UNAVAILABLE to what still comes while it waits for an operation to end', async () => {
  const writer = await Writer.start(server);
  const client = await connect(server.url);
  const stream = await openStream(server.url, { query: FOLLOW_COHORTS });
  const mutation = client.subscribe(manyRevisions(writer));
  await stream.nextEvent(); // it runs
  const stopping = server.end('SIGTERM');
  await stream.closed; // and the process is stopping
  const { status, errors } = await server.ask('{ latestCursor }');
  expect([status, errors]).toMatchObject([503, [{ extensions: { code: 'UNAVAILABLE' } }]]);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  const ready = await fetch(`${server.url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable', reason: 'stopping' }]);
  expect(cursorsOf(await mutation.nextData())).toHaveLength(REVISIONS);
  expect(await stopping).toEqual({ code: 0, signal: null });
  await client.closed;
});

it('leaves no lock behind when it is killed', async () => {
  const cursor = await (await Writer.start(server)).revise();
  expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  server = await startProcess(folder);
  expect(await logEnd(server)).toBe(cursor);
});
