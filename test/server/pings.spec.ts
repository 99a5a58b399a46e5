// Cursor pings: they say how far a quiet subscriber has come, and resuming from there loses nothing.
import { Selection } from '../../src/events/selection';
import { connect } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd } from '../support/world';
import { FOLLOW_COHORTS, pullCohorts, subscribeRaw, take, Writer } from './stream';

const servers: TestServer[] = [];
/** A peer that does not answer a ping before the next one is cut off: rapid pings break sockets off, too. */
async function start(pingMs: number): Promise<TestServer> {
  const server = await startTestServer({ pingMs });
  servers.push(server);
  return server;
}
afterAll(() => Promise.all(servers.map((server) => server.stop())));

it('pings advance the cursor of a subscriber whose filter matches nothing', async () => {
  const server = await start(300);
  const [quiet, busy] = [await Writer.start(server), await Writer.start(server)];
  const filter = { cohortIds: [quiet.cohort.id] };
  const heard: unknown[] = [];
  let tell: (cursor: unknown) => void = () => undefined;
  const client = await connect(server.url, {
    onPing: (payload) => {
      heard.push(payload?.cursor);
      tell(payload?.cursor);
    },
  });
  const subscriber = client.subscribe(FOLLOW_COHORTS, { filter, after: await logEnd(server) });
  const written = (await busy.reviseTimes(20)).at(-1)!;
  await new Promise<void>((resolve) => (tell = (cursor) => cursor === written && resolve()));
  expect(heard).toContain(written);
  expect(subscriber.waiting()).toEqual([]);
  await client.close();

  const missed = await quiet.revise();
  const again = await connect(server.url);
  const resumed = again.subscribe(FOLLOW_COHORTS, { filter, after: written });
  expect((await take(resumed, 1)).map(({ cursor }) => cursor)).toEqual([missed]);
  await again.close();
});

it('pings never carry a cursor before the last event sent', async () => {
  const server = await start(60_000);
  const { feed } = server.running.services;
  const writer = await Writer.start(server);
  const after = await logEnd(server);
  const written = await writer.reviseTimes(2);
  // Timers seldom meet these moments over a socket: one subscriber is replaying, or has not yet sent what it was given.
  const follower = await feed.follow(after, new Selection(new Set(['cohort.revised'])), '');
  const first = (await follower.next()).value!;
  expect(feed.cursorFor([follower], 0)).toBe(after);
  expect(feed.cursorFor([follower], first.seq)).toBeUndefined();
  const second = (await follower.next()).value!;
  expect(feed.cursorFor([follower], first.seq)).toBe(written[0]);
  expect(feed.cursorFor([follower], second.seq)).toBeUndefined();
  await follower.return();
});

it('pings never carry a cursor before the one the subscription began at', async () => {
  const server = await start(60_000);
  const { feed } = server.running.services;
  await feed.stop(); // from here on it is behind
  const writer = await Writer.start(server);
  await writer.reviseTimes(2);
  const after = await logEnd(server);
  const follower = await feed.follow(after, new Selection(new Set(['cohort.revised'])), '');
  const next = follower.next();
  expect(feed.cursorFor([follower], 0)).toBe(after);
  await follower.return();
  await next;
});

it('clients that resume from the last cursor of a ping or event lose nothing', async () => {
  const server = await start(10);
  const [followed, other] = [await Writer.start(server), await Writer.start(server)];
  const filter = { cohortIds: [followed.cohort.id] };
  const written: string[] = [];
  const end = await logEnd(server);
  const followers = Array.from({ length: 12 }, () => ({ after: end, received: [] as string[] }));
  let pings = 0;
  /** Opens a socket, hears so many cursors, breaks off. */
  const hear = async (follower: (typeof followers)[number], cursors: number) => {
    const variables = { filter, after: follower.after };
    const raw = await subscribeRaw(server.url, FOLLOW_COHORTS, variables).catch(() => null);
    if (!raw) return;
    const enough = new Promise<void>((resolve) => {
      let heard = 0;
      raw.socket.on('message', (frame: Buffer) => {
        if (frame.includes('"cursor"') && ++heard >= cursors) resolve();
      });
    });
    await Promise.race([enough, raw.closed]);
    raw.socket.terminate();
    await raw.closed;
    for (const { type, payload } of raw.messages) {
      const cursor = type === 'next' ? payload.data.cohortChanged.cursor : payload?.cursor;
      if (type === 'next') follower.received.push(cursor);
      else if (cursor) pings += 1;
      follower.after = cursor ?? follower.after;
    }
  };
  for (let i = 0; i < 8; i++) {
    written.push(...(await followed.reviseTimes(4)));
    await Promise.all([...followers.map((each, f) => hear(each, 1 + ((i + f) % 6))), other.reviseTimes(20)]);
  }
  written.push(await followed.revise());
  for (const { after, received } of followers) {
    received.push(...(await pullCohorts(server, after, filter)).map(({ cursor }) => cursor));
    expect(received).toEqual(written);
  }
  expect(pings).toBeGreaterThan(0);
});
