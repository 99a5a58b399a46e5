// Subscriptions that are alike: a hundred cost one execution an event; what differs for a caller is its own.
import type { Logger as SqlLogger } from 'typeorm';
import { Role } from '../../src/access/policy';
import { connect, type LiveClient, type LiveOptions, type Subscriber } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd } from '../support/world';
import { Writer } from './stream';

/** Counts how often the programme of a cohort is read. */
class Counter implements SqlLogger {
  programmes = 0;
  logQuery = (sql: string): void => {
    if (/^SELECT.* FROM "programme"/s.test(sql)) this.programmes += 1;
  };
  logQueryError = (): void => undefined;
  logQuerySlow = (): void => undefined;
  logSchemaBuild = (): void => undefined;
  logMigration = (): void => undefined;
  log = (): void => undefined;
}

const counter = new Counter();
let server: TestServer;
const clients: LiveClient[] = [];
beforeAll(async () => {
  server = await startTestServer({ sqlLogger: counter });
});
afterEach(() => Promise.all(clients.splice(0).map((each) => each.close())));
afterAll(() => server.stop());

const FOLLOW = `subscription ($filter: CohortEventFilter, $after: EventCursor) {
  cohortChanged(filter: $filter, after: $after) { cursor cohort { programme { name } } } }`;

/** A cohort that changes, and what it costs to show its next event to all who follow it. */
async function stage() {
  const writer = await Writer.start(server);
  const filter = { cohortIds: [writer.cohort.id] };
  const begun = [await logEnd(server), await writer.revise()];
  const all: Subscriber<any>[] = [];
  const tell = async (): Promise<number> => {
    const before = counter.programmes;
    const cursor = await writer.revise();
    for (const subscriber of all) {
      let told: string;
      do told = (await subscriber.nextData()).cohortChanged.cursor;
      while (told !== cursor); // what it replays first
    }
    return counter.programmes - before;
  };
  return {
    tell,
    join: async (options: LiveOptions = {}, query = FOLLOW) => {
      const client = await connect(server.url, options);
      clients.push(client);
      all.push(client.subscribe(query, { filter, after: begun[all.length % 2] }));
    },
  };
}

it('subscriptions with the same document share one execution of an event, whatever cursor each began at', async () => {
  const { join, tell } = await stage();
  await join();
  await tell(); // now it waits for news
  const forOne = await tell();
  for (let i = 0; i < 10; i++) await join();
  await tell();
  expect([forOne, await tell()]).toEqual([1, 1]);
});

it.each<[string, LiveOptions, string]>([
  ['another caller', { as: Role.VIEWER }, FOLLOW],
  ['another language', { language: 'vi' }, FOLLOW],
  ['other fields', {}, FOLLOW.replace('cursor', 'cursor kind')],
])('%s has its own execution of the event', async (_what, options, query) => {
  const { join, tell } = await stage();
  await join();
  await tell();
  const forOne = await tell();
  await join(options, query);
  await tell();
  expect([forOne, await tell()]).toEqual([1, 2]);
});
