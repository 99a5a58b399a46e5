// Attacks by subscriptions that stay: requests of nearly 128 KiB each, in great number, that nothing happens to.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS } from '../../src/config/limits';
import { Role } from '../../src/access/policy';
import { type Caller, Line } from './client';
import type { Attack, Operation, Stage } from './stage';

const PER_LINE = 90;
const MOST = 720;
const OF_EACH = 180;
const CALLERS = 12;
/** Each of them counts as more. */
const LEAST_BYTES = 100_000;
/** What the last of them may need to begin. */
const BEGUN_MS = 300;
const NOBODY = 'cohort_01h455vb4pex5vsknk084sn02q';

/** Requests that take nearly as much memory as that of a subscription may. */
const LARGE: Readonly<Record<string, (i: number) => Operation>> = {
  'a filter of 1,000 ids': () => ({
    query: 'subscription ($ids: [ID!]) { cohortChanged(filter: { cohortIds: $ids }) { cursor } }',
    variables: { ids: Array.from({ length: 1_000 }, () => NOBODY) },
  }),
  'a long document': (i) => ({
    query: `subscription { cohortChanged(filter: { cohortIds: ["${NOBODY}"] }) { cursor } } #${i}${' '.repeat(LIMITS.followedBytes - 2_000)}`,
  }),
  'many comments': (i) => ({
    query: `${`#${i}\n`.repeat(LIMITS.lines - 10)}subscription { cohortChanged(filter: { cohortIds: ["${NOBODY}"] }) { cursor } }`,
  }),
  'many tokens': (i) => ({
    query: `subscription { cohortChanged(filter: { cohortIds: [${`"${NOBODY}" `.repeat(900)}] }) { a${i}: cursor ${'cursor '.repeat(2_500)} } }`,
  }),
  'variables of no use': () => ({
    query: `subscription { cohortChanged(filter: { cohortIds: ["${NOBODY}"] }) { cursor } }`,
    variables: { a: Array.from({ length: 900 }, () => ({})) },
  }),
};

/** Follows with large requests until the time is up. @returns how many are followed. */
async function followMany(stage: Stage, caller: Caller, lines: Line[], most: number): Promise<number> {
  const kinds = Object.entries(LARGE);
  let [sent, refused] = [0, 0];
  while (sent < most && !stage.timeIsUp) {
    const line = await Line.open(stage.url, caller);
    lines.push(line);
    line.socket.on('message', (data: Buffer) => {
      const code = /"code":"(\w+)"/.exec(data.toString())?.[1];
      if (!code) return;
      refused += 1;
      stage.count(code);
    });
    for (let i = 0; i < PER_LINE; i++) {
      const [name, make] = kinds[sent % kinds.length]!;
      if (i === 0) stage.note(name);
      line.send({ id: `f${i}`, type: 'subscribe', payload: make(sent) });
      sent += 1;
      stage.asked += 1;
    }
    await line.ask({ query: '{ about { version } }' }); // those before it have begun by then
  }
  return sent - refused;
}

/** @param allowed bytes that the server says it holds at most. */
async function judge(stage: Stage, followed: number, before: number, allowed: number): Promise<void> {
  stage.count('followed', followed);
  stage.remark = `${Math.round((await stage.heapMb()) - before)} MB held`;
  if (followed * LEAST_BYTES > allowed)
    stage.troubles.push(`${followed} large subscriptions were let in: ${stage.remark}`);
}

const ofOne: Attack = {
  name: 'large subscriptions of one caller',
  why: 'what the requests of subscriptions take in memory is bounded for each caller, however long they stay',
  share: 8,
  run: async (stage) => {
    const before = await stage.heapMb();
    const lines: Line[] = [];
    const followed = await followMany(stage, await stage.caller(Role.VIEWER), lines, MOST);
    await judge(stage, followed, before, LIMITS.followedBytesOfCaller);
    lines.forEach((line) => line.close());
  },
};

const ofMany: Attack = {
  name: 'large subscriptions of many callers',
  why: 'the same is bounded for all callers together',
  share: 10,
  run: async (stage) => {
    const before = await stage.heapMb();
    const lines: Line[] = [];
    let followed = 0;
    await stage.flood(
      3,
      async () => {
        const more = await followMany(stage, await stage.caller(Role.VIEWER), lines, OF_EACH);
        followed += more;
      },
      CALLERS,
    );
    await judge(stage, followed, before, LIMITS.followedBytesOfAll);
    lines.forEach((line) => line.close());
  },
};

const COMPLETED = 450;
const KEPT_MB = 10;

const completed: Attack = {
  name: 'completed, never ponged',
  why: 'a subscription that was completed is not kept for a client that answers no ping',
  share: 8,
  run: async (stage) => {
    const line = await Line.open(stage.url, await stage.caller(Role.VIEWER), true, false);
    const before = await stage.heapMb();
    const variables = { ids: Array.from({ length: 900 }, () => NOBODY) };
    const query = 'subscription ($ids: [ID!]) { cohortChanged(filter: { cohortIds: $ids }) { cursor } }';
    while (stage.asked < COMPLETED && !stage.timeIsUp) {
      const ids = Array.from({ length: PER_LINE }, () => randomUUID());
      for (const id of ids) line.send({ id, type: 'subscribe', payload: { query, variables } });
      await line.ask({ query: '{ about { version } }' }); // those before it have begun by then
      await pause(BEGUN_MS);
      for (const id of ids) line.send({ id, type: 'complete' });
      stage.asked += ids.length;
    }
    await line.ask({ query: '{ about { version } }' });
    const held = (await stage.heapMb()) - before;
    stage.remark = `${Math.round(held)} MB held`;
    if (held > KEPT_MB)
      stage.troubles.push(`${stage.asked} completed subscriptions are kept: ${stage.remark}`);
    line.close();
  },
};

const RECEIPTS = 900;

const said: Attack = {
  name: 'long cursors in greetings',
  why: 'what a greeting says to have received is not kept beyond its socket unless it can be a cursor',
  share: 4,
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const before = await stage.heapMb();
    const query = 'subscription { cohortChanged { cursor } }';
    await stage.flood(
      8,
      async () => {
        const line = await Line.open(stage.url, caller, false);
        const authorization = `Bearer ${caller.token}`;
        line.send({
          type: 'connection_init',
          payload: { authorization, after: randomUUID().padEnd(30_000, 'y') },
        });
        await line.next();
        line.send({ id: randomUUID(), type: 'subscribe', payload: { query } });
        await line.next(); // the ping with its receipt
        line.close();
        stage.asked += 1;
      },
      RECEIPTS,
    );
    const held = (await stage.heapMb()) - before;
    stage.remark = `${Math.round(held)} MB held`;
    if (held > KEPT_MB) stage.troubles.push(`${stage.asked} sockets are gone: ${stage.remark}`);
  },
};

export const FOLLOWED: readonly Attack[] = [ofOne, ofMany, completed, said];
