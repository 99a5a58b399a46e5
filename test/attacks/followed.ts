// Attacks by subscriptions that stay: requests of nearly 128 KiB each, in great number, that nothing happens to.
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

export const FOLLOWED: readonly Attack[] = [ofOne, ofMany];
