// SQLite reads run on threads, and what happens when a thread ends.
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';
import {
  type GraphQLField,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';
import type { QueryFailedError } from 'typeorm';
import { sharedSchema } from '../../src/schema';
import { connect } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, newClass, newRequirement, noted } from '../support/world';
import { FOLLOW_COHORTS, take, Writer } from '../server/stream';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const COUNTING = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT COUNT(*) AS count FROM n`;

/** What SQLite runs on this thread while `work` does, but for rights and what is written of who has read. */
async function ranHere(work: () => Promise<unknown>): Promise<string[]> {
  const ran: string[] = [];
  const memory = new SqliteFile(':memory:');
  const prototype = Object.getPrototypeOf(memory.prepare('SELECT 1')) as Record<
    string,
    (...args: any[]) => any
  >;
  memory.close();
  const methods = ['all', 'get', 'run', 'iterate'];
  const real = methods.map((method) => prototype[method]!);
  methods.forEach((method, i) => {
    prototype[method] = function (this: { source: string }, ...args: unknown[]) {
      if (!/data_access|merged_record|role_grant|^(BEGIN|COMMIT)/.test(this.source)) ran.push(this.source);
      return real[i]!.apply(this, args);
    };
  });
  try {
    await work();
  } finally {
    methods.forEach((method, i) => (prototype[method] = real[i]!));
  }
  return ran;
}

it('no statement of a reading operation runs on the main thread', async () => {
  const held = await newClass(server, 2);
  const requirement = await newRequirement(server, { unitId: held.unitId });
  const ids: Record<string, string> = {
    officialId: held.officialIds[0]!,
    unitId: held.unitId,
    requirementId: requirement.id,
    commitmentId: 'commitment_01h455vb4pex5vsknk084sn02q',
    subjectId: held.cohort.id,
    id: held.cohort.id,
    ids: held.cohort.id,
  };
  const value = (type: GraphQLInputType, name: string): string => {
    if (isNonNullType(type)) return value(type.ofType, name);
    if (isListType(type)) return `[${value(type.ofType, name)}]`;
    if (isEnumType(type)) return type.getValues()[0]!.name;
    if (isInputObjectType(type)) return '{}';
    return `"${ids[name] ?? '2024-01-01'}"`;
  };
  const call = (field: GraphQLField<unknown, unknown>) => {
    const args = field.args.filter(({ type }) => isNonNullType(type));
    const given =
      args.length > 0 ? `(${args.map(({ name, type }) => `${name}: ${value(type, name)}`).join()})` : '';
    const type = getNamedType(field.type);
    const shown = type.name.endsWith('Connection') ? '{ totalCount nodes { __typename } }' : '{ __typename }';
    return `{ ${field.name}${given} ${isLeafType(type) ? '' : shown} }`;
  };
  const fields = Object.values(sharedSchema().getQueryType()!.getFields());
  expect(fields.length).toBeGreaterThan(30);
  await noted(server);
  const failed: unknown[] = [];
  const ran = await ranHere(async () => {
    for (const field of fields) {
      const { data, errors } = await server.ask(call(field));
      if (errors?.some(({ extensions }) => extensions.code !== 'BAD_USER_INPUT') || (!data && !errors))
        failed.push([call(field), errors]);
    }
    const client = await connect(server.url);
    await client.subscribe('subscription { trainingStatisticsChanged { cohorts } }').next();
    await client.close();
  });
  expect(failed).toEqual([]);
  expect(ran).toEqual([]);
});

it('no statement of a replaying subscription runs on the main thread', async () => {
  const after = await logEnd(server);
  const writer = await Writer.start(server);
  await writer.reviseTimes(3);
  const client = await connect(server.url);
  const ran = await ranHere(() => take(client.subscribe(FOLLOW_COHORTS, { after }), 4));
  expect(ran).toEqual([]);
  await client.close();
});

it('a write is detected as running on the main thread', async () => {
  const writer = await Writer.start(server);
  expect((await ranHere(() => writer.revise())).length).toBeGreaterThan(1);
});

it('other operations run while a statement runs, and its thread is reused only when it has ended', async () => {
  const { database } = server.running.services;
  const inUse = () => database.load().find(({ pool }) => pool === 'operations')!.inUse;
  const snapshot = await database.snapshot(0);
  const counting = snapshot.manager.query<{ count: number }[]>(COUNTING);
  let turns = 0;
  let counted = false;
  void counting.then(() => (counted = true));
  await turn();
  const ended = snapshot.end(); // as for a caller who has gone away
  await expect(snapshot.manager.query('SELECT 1')).rejects.toThrow('has ended');
  while (!counted) {
    if (inUse() === 0) expect(counted).toBe(true);
    turns += 1;
    await turn();
  }
  expect(await counting).toEqual([{ count: 1_000_000 }]);
  await ended;
  expect(turns).toBeGreaterThan(10);
  expect(inUse()).toBe(0);
});

it('a long transaction leaves others their turn', async () => {
  let turns = 0;
  let over = false;
  const counting = (async () => {
    for (; !over; turns++) await turn();
  })();
  await server.running.services.database.transaction(async (manager) => {
    for (let i = 0; i < 320; i++) await manager.query('SELECT 1');
  });
  over = true;
  await counting;
  expect(turns).toBeGreaterThanOrEqual(20);
});

it('what SQLite refuses reads as it does on the main thread', async () => {
  const snapshot = await server.running.services.database.snapshot(0);
  const refused = snapshot.manager.query('SELECT none_such FROM unit');
  await expect(refused).rejects.toThrow(/^SqliteError: no such column: none_such$/);
  const { driverError } = (await refused.catch((error: unknown) => error)) as QueryFailedError;
  expect(driverError).toMatchObject({ code: 'SQLITE_ERROR' });
  expect(await snapshot.manager.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await snapshot.end();
});

it('a thread that dies fails the reads on it, and is replaced', async () => {
  const { database } = server.running.services;
  const snapshot = await database.snapshot(0);
  const threads = new Set<Worker>();
  const postMessage = Reflect.get(Worker.prototype, 'postMessage') as (...message: unknown[]) => void;
  Worker.prototype.postMessage = function (this: Worker, ...message: unknown[]) {
    threads.add(this);
    return postMessage.apply(this, message);
  };
  await snapshot.manager.query('SELECT 1');
  Worker.prototype.postMessage = postMessage;
  await Promise.all([...threads].map((thread) => thread.terminate()));
  await expect(snapshot.manager.query('SELECT 1')).rejects.toMatchObject({
    driverError: { code: 'ECONNRESET' },
  });
  await snapshot.end();
  expect((await server.ask('{ units { totalCount } latestCursor }')).errors).toBeUndefined();
});
