// A log replaced under a running server (promoted, restored, renamed): every subscriber is told.
import { engine } from '../../src/config/database-location';
import { sql } from '../support/database';
import { connect, type LiveClient } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { openStream } from '../support/sse';
import { delivered, logEnd } from '../support/world';
import { FOLLOW_COHORTS, take, Writer } from '../server/stream';

const NEVER_MS = 3_600_000;
const FIGURES = 'subscription { trainingStatisticsChanged { cohorts } }';
const TOLD = [{ extensions: { code: 'CURSOR_INVALID' } }];

let server: TestServer;
let client: LiveClient;
afterEach(async () => {
  await client.close();
  await server.stop();
});

async function start(pollMs: number): Promise<Writer> {
  server = await startTestServer({ pollMs });
  client = await connect(server.url);
  return Writer.start(server);
}

/** The operator's statements: one in the place of another event, so that the log is as long as before. */
const ANOTHER_ID = `UPDATE event_log SET id = 'a1b2c3d4e5f60718'`;
const WITHOUT_THE_NEWEST = 'DELETE FROM event WHERE seq > (SELECT MAX(seq) - 3 FROM event)';
const OTHERS_INSTEAD = `UPDATE event SET subject_id = 'another' WHERE seq = (SELECT MAX(seq) FROM event)`;

describe.each([
  ['has got another id', ANOTHER_ID],
  ['has lost its newest events', WITHOUT_THE_NEWEST],
  ['has other events in the place of the newest', OTHERS_INSTEAD],
])('a log that %s', (_what, statement) => {
  it('ends every subscription with CURSOR_INVALID, and is followed from its own head', async () => {
    const writer = await start(20);
    const after = await logEnd(server);
    const figures = client.subscribe(FIGURES);
    await figures.next();
    const [live, filtered] = [
      client.subscribe(FOLLOW_COHORTS, { after }),
      client.subscribe(FOLLOW_COHORTS, { after, filter: { kinds: ['CANCELLED'] } }),
    ];
    const stream = await openStream(server.url, { query: FOLLOW_COHORTS, variables: { after } });
    await writer.reviseTimes(5);
    await take(live, 5);
    for (let i = 0; i < 5; i++) await stream.nextEvent();

    await sql(server.folder, statement);
    for (const subscriber of [live, filtered]) {
      expect((await subscriber.next()).errors).toMatchObject(TOLD);
      await subscriber.ended;
    }
    expect(await stream.nextEvent()).toMatchObject({ event: 'next', data: { errors: TOLD } });
    expect(await stream.nextEvent()).toMatchObject({ event: 'complete' });
    await figures.nextData(); // figures have no cursor: they are told anew

    const again = client.subscribe(FOLLOW_COHORTS, { after: await logEnd(server) });
    const written = await writer.reviseTimes(2);
    expect((await take(again, 2)).map(({ cursor }) => cursor)).toEqual(written);
  });

  it('is read by new subscriptions before the feed has polled', async () => {
    const writer = await start(NEVER_MS);
    await writer.reviseTimes(5);
    await delivered(server); // or it would look again by itself
    await sql(server.folder, statement);
    const fresh = client.subscribe(FOLLOW_COHORTS);
    // Nothing tells that it has joined but an event; until then each revision may have come before it.
    let joined = false;
    const first = take(fresh, 1).finally(() => (joined = true));
    const written: string[] = [];
    while (!joined) written.push(await writer.revise());
    const told = await first;
    while (told.at(-1)!.cursor !== written.at(-1)) told.push(...(await take(fresh, 1)));
    expect(told.map(({ cursor }) => cursor)).toEqual(written.slice(-told.length));
  });
});

it('a purge beyond the position of a paused feed is reported to its subscribers', async () => {
  const writer = await start(NEVER_MS);
  const live = client.subscribe(FOLLOW_COHORTS, { after: await logEnd(server) });
  await writer.revise();
  await take(live, 1);
  // Past its position, as when a frozen process wakes up a month later.
  const insert = (seq: string) =>
    `INSERT INTO event (seq, name, occurred_at, subject_id, unit_ids, changes)
     SELECT ${seq}, name, occurred_at, subject_id, unit_ids, changes FROM event ORDER BY seq DESC LIMIT 1`;
  await sql(server.folder, insert('seq + 1000'));
  await sql(server.folder, 'UPDATE event_log SET purged_through = (SELECT MAX(seq) FROM event)');
  if (engine === 'postgres') await sql(server.folder, `SELECT setval('event_seq_seq', 5000)`);
  await writer.revise();
  expect((await live.next()).errors).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED' } }]);
  const again = client.subscribe(FOLLOW_COHORTS, { after: await logEnd(server) });
  expect((await take(again, 0)).length).toBe(0);
  const cursor = await writer.revise();
  expect((await take(again, 1))[0]!.cursor).toBe(cursor);
});
