// Wrong clocks and purges: nothing is removed too early when a clock jumps, at a start or while a process runs, and an
// event that was written by a wrong clock does not stop purges for ever.
import { runInThisContext } from 'node:vm';
import pino from 'pino';
import { engine } from '../../src/config/database-location';
import type { Clocks } from '../../src/events/known-time';
import { Retention } from '../../src/server/retention';
import { sql } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { logEnd, must, newClass, newCode } from '../support/world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Where the code under test runs, unlike the tests. */
const realm = runInThisContext('globalThis') as typeof globalThis;
const RealDate = realm.Date;

/** From now on the clock of the system is ahead by this, or behind. */
function moveClock(ms: number): void {
  const now = () => RealDate.now() + ms;
  realm.Date =
    ms === 0
      ? RealDate
      : new Proxy(RealDate, {
          construct: (_, parts: [number]) => (parts.length ? new RealDate(...parts) : new RealDate(now())),
          get: (_, name, moved) => (name === 'now' ? now : (Reflect.get(RealDate, name, moved) as unknown)),
        });
}
afterEach(() => moveClock(0));
afterAll(removeFolders);

const at = (time: number): string => {
  const text = new RealDate(time).toISOString().replace('T', ' ');
  return engine === 'postgres' ? text : text.replace('Z', ''); // as each stores it
};

/** What could be removed by its age. */
async function kept(folder: string): Promise<Record<string, number>> {
  const [row] = await sql(
    folder,
    `SELECT (SELECT count(*) FROM event) AS events, (SELECT purged_through FROM event_log) AS replayed_after,
     (SELECT count(*) FROM data_access) AS reads, (SELECT count(*) FROM answered_mutation) AS answers`,
  );
  return Object.fromEntries(Object.entries(row!).map(([name, count]) => [name, Number(count)]));
}

/** A server whose operator reads along. */
async function watched(folder: string): Promise<{ server: TestServer; told: string[] }> {
  const told: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void told.push(line) });
  return { server: await startTestServer({ folder, logger }), told };
}

/** Reads are noted after their answer. */
async function noted(folder: string): Promise<void> {
  while ((await kept(folder)).reads === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('a start with a clock that is wrong', () => {
  it.each([
    ['3 years ahead', 3 * 365 * DAY],
    ['40 days ahead', 40 * DAY],
    ['26 hours ahead', 26 * HOUR],
    ['3 years behind', -3 * 365 * DAY],
  ])('by being %s removes nothing, says so, and the next one goes on as before', async (_what, ms) => {
    const folder = folderOfItsOwn();
    let { server, told } = await watched(folder);
    const beginning = await logEnd(server);
    const input = { clientMutationId: newCode('key-'), code: newCode('L'), name: 'Quy hoạch' };
    const first = await must(server, 'addTopic', input, 'topic { id }');
    const { officialIds } = await newClass(server, 1);
    await server.ask(`{ official(id: "${officialIds[0]}") { fullName } }`);
    await noted(folder);
    await server.stop();
    expect(told).toEqual([]);
    const before = await kept(folder);

    for (const jump of [ms, 0]) {
      moveClock(jump);
      ({ server, told } = await watched(folder));
      expect(told).toEqual(
        jump === 0 ? [] : [expect.stringMatching(/the clock is \d+\.\d days (ahead|behind)/)],
      );
      expect(await kept(folder)).toEqual({ ...before, reads: expect.anything() });
      expect((await kept(folder)).reads).toBeGreaterThanOrEqual(before.reads!);
      const pull = 'query ($after: EventCursor) { cohortEvents(after: $after) { kind } }';
      expect((await server.ask(pull, { after: beginning })).data.cohortEvents).not.toEqual([]);
      expect(await must(server, 'addTopic', input, 'topic { id }')).toEqual(first);
      await server.stop();
    }
  });

  it('removes nothing of a database either that has not been asked for the time before', async () => {
    const folder = folderOfItsOwn();
    const first = await startTestServer({ folder });
    await newClass(first, 1);
    await first.stop();
    await sql(folder, 'UPDATE event_log SET known_at = NULL');
    const before = await kept(folder);
    moveClock(3 * 365 * DAY);
    const { server, told } = await watched(folder);
    await server.stop();
    expect(await kept(folder)).toEqual(before);
    expect(told).toHaveLength(1);
  });
});

describe('what is removed', () => {
  let server: TestServer;
  let clock: { wall: number; steady: number };
  let told: string[];
  beforeEach(async () => {
    server = await startTestServer();
    clock = { wall: Date.now(), steady: 0 };
    told = [];
    await newClass(server, 1);
  });
  afterEach(() => server.stop());

  const logger = () => pino({ level: 'error' }, { write: (line: string) => void told.push(line) });
  const clocks: Clocks = { wall: () => clock.wall, steady: () => clock.steady };
  const days = { eventRetentionDays: 30, auditRetentionDays: 730 };
  /** A process that begins now. */
  const process = () => new Retention(server.running.services, days, logger(), clocks);
  const pass = (ms: number) => {
    clock.wall += ms;
    clock.steady += ms;
  };
  const events = async () => (await kept(server.folder)).events!;
  /** Whether events can still be replayed from the beginning. */
  const replayed = async () => (await kept(server.folder)).replayed_after === 0;

  it('after a pause of years waits until the process has run for a day, and is then removed', async () => {
    const retention = process();
    await retention.run();
    clock.wall += 3 * 365 * DAY;
    for (let hour = 0; hour < 24; hour++) {
      await retention.run();
      expect([await replayed(), told.length]).toEqual([true, hour + 1]);
      pass(HOUR);
    }
    await retention.run();
    expect([await replayed(), await events(), told.length]).toEqual([false, 0, 24]);
  });

  it('does not hang on a process that goes on for a day: it adds up over those that follow', async () => {
    await process().run();
    clock.wall += 60 * DAY; // a registry that is on by day alone, after a long holiday
    for (let day = 1; (await replayed()) && day < 10; day++) {
      const retention = process();
      for (let hour = 0; hour < 9; hour++) {
        await retention.run();
        pass(HOUR);
      }
      clock.wall += 15 * HOUR;
      if (day < 3) expect(await replayed()).toBe(true);
    }
    expect(await replayed()).toBe(false);
  });

  it('waits anew when the clock is set right and jumps once more', async () => {
    const retention = process();
    for (let time = 0; time < 3; time++) {
      clock.wall += 3 * 365 * DAY;
      for (let hour = 0; hour < 20; hour++) {
        await retention.run();
        pass(HOUR);
      }
      clock.wall -= 3 * 365 * DAY;
      const before = told.length;
      await retention.run();
      expect(told).toHaveLength(before);
    }
    expect(await replayed()).toBe(true);
  });

  it('goes no further when the clock jumps on while it is doubted', async () => {
    const retention = process();
    await retention.run();
    clock.wall += 20 * DAY;
    for (let hour = 0; hour < 23; hour++) {
      await retention.run();
      pass(HOUR);
    }
    clock.wall += 3 * 365 * DAY;
    for (let hour = 0; hour < 20; hour++) {
      await retention.run();
      pass(HOUR);
    }
    expect(await replayed()).toBe(true);
  });

  it('is the same for two processes, one of which has a wrong clock', async () => {
    const [right, wrong] = [process(), process()];
    for (let hour = 0; hour < 50; hour++) {
      await right.run();
      clock.wall += 3 * 365 * DAY;
      await wrong.run();
      clock.wall -= 3 * 365 * DAY;
      pass(HOUR);
    }
    expect(await replayed()).toBe(true);
  });

  it('passes over events of a far future, however many they are, and takes them along', async () => {
    const columns = 'name, subject_id, unit_ids, changes';
    const many = (count: number, time: number) =>
      sql(
        server.folder,
        `INSERT INTO event (${columns}, occurred_at)
         WITH RECURSIVE many(no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM many WHERE no < ${count})
         SELECT 'topic.added', 'topic_' || no, '[]', '[]', '${at(time)}' FROM many`,
      );
    const last = async () =>
      (await sql(server.folder, 'SELECT max(seq) AS seq FROM event'))[0]!.seq as number;
    await sql(server.folder, `UPDATE event SET occurred_at = '${at(clock.wall - 40 * DAY)}'`);
    await many(2_500, RealDate.UTC(2099, 0));
    await many(3, clock.wall - 35 * DAY);
    const old = await last();
    await many(2, RealDate.UTC(2099, 0));
    await many(2, clock.wall - DAY);
    await process().run();
    expect((await kept(server.folder)).replayed_after).toBe(old);
    clock.wall += DAY;
    await sql(
      server.folder,
      `UPDATE event SET occurred_at = '${at(clock.wall - 800 * DAY)}' WHERE seq <= ${old}`,
    );
    await sql(server.folder, `UPDATE event SET occurred_at = '${at(RealDate.UTC(2099, 0))}' WHERE seq = 2`);
    await process().run();
    expect(await events()).toBe(4);
  });
});
