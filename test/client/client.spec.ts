// canbo-client: every event once and in order, whatever happens to the connection.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import { type CanboClientOptions, createCanboClient, type CursorStore } from '../../client/src/index';
import { Role } from '../../src/access/policy';
import { Random } from '../../src/sample/random';
import { FOLLOW_COHORTS, type Told, Writer } from '../server/stream';
import { type Proxy, startProxy } from '../support/proxy';
import { newFolder, startTestServer, type TestServer, tokenFor } from '../support/server';
import { sql } from '../support/database';
import { logEnd, must } from '../support/world';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startTestServer({ pingMs: 50 });
  token = await tokenFor(Role.ADMINISTRATOR);
});
afterAll(() => server.stop());

const clientOf = (url: string, more: Partial<CanboClientOptions> = {}) =>
  createCanboClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    token,
    webSocketImpl: WebSocket,
    delays: { firstMs: 5, longestMs: 20 },
    ...more,
  });

/** What a subscription hands over, and how to wait for it. */
class Ear {
  readonly cursors: string[] = [];
  readonly expired: string[] = [];
  readonly failed: Promise<unknown>;
  onError: (error: unknown) => void = () => undefined;
  private wake: () => void = () => undefined;

  constructor(readonly onExpired: () => Promise<string> = () => Promise.reject(new Error('Not expected.'))) {
    this.failed = new Promise((resolve) => (this.onError = resolve));
  }

  readonly onEvent = (data: { cohortChanged: Told }): void => {
    this.cursors.push(data.cohortChanged.cursor);
    this.wake();
  };

  async heard(count: number): Promise<string[]> {
    while (this.cursors.length < count) {
      const news = new Promise<void>((resolve) => (this.wake = resolve));
      await Promise.race([news, this.failed.then((error) => Promise.reject(error as Error))]);
    }
    return this.cursors;
  }
}

const variablesOf = (writer: Writer) => ({ filter: { cohortIds: [writer.cohort.id] } });

async function through(make: () => Promise<Proxy>, work: (proxy: Proxy) => Promise<void>): Promise<void> {
  const proxy = await make();
  try {
    await work(proxy);
  } finally {
    await proxy.close();
  }
}

describe('a server that accepts connections and says nothing', () => {
  /** `connections` resolves when there were so many. */
  async function ignored(
    work: (url: string, connections: (count: number) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const open: Socket[] = [];
    let wake: () => void = () => undefined;
    const silent = createServer((socket) => {
      open.push(socket.on('error', () => undefined));
      wake();
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      await work(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, async (count) => {
        while (open.length < count) await new Promise<void>((resolve) => (wake = resolve));
      });
    } finally {
      silent.close();
      for (const socket of open) socket.destroy();
    }
  }

  it('can be left before the connection is made', () =>
    ignored(async (url, connections) => {
      const ear = new Ear();
      const following = clientOf(url).subscribe(FOLLOW_COHORTS, {}, { ...ear, after: await logEnd(server) });
      await connections(1);
      await following.stop();
    }));

  it('is given up, and asked again', () =>
    ignored(async (url, connections) => {
      const ear = new Ear();
      const following = clientOf(url, { silenceMs: 20 }).subscribe(
        FOLLOW_COHORTS,
        {},
        {
          ...ear,
          after: await logEnd(server),
        },
      );
      await connections(3);
      await following.stop();
    }));
});

describe('a connection that is cut at random', () => {
  it.each(['one', 'two', 'three'])('loses, repeats and reorders nothing (seed %s)', (seed) => {
    const random = new Random(seed);
    return through(
      () => startProxy(server.url, () => random.between(100, 4_000)),
      async (proxy) => {
        const writer = await Writer.start(server);
        const ear = new Ear();
        const after = await logEnd(server);
        const following = clientOf(proxy.url).subscribe(FOLLOW_COHORTS, variablesOf(writer), {
          ...ear,
          after,
        });
        const written: string[] = [];
        while (written.length < 150) {
          written.push(...(await writer.reviseTimes(random.between(1, 10))));
          await ear.heard(Math.max(1, written.length - random.between(0, 20)));
        }
        expect(await ear.heard(written.length)).toEqual(written);
        const marker = await writer.revise(); // nothing that was repeated stands before it
        expect((await ear.heard(written.length + 1)).slice(written.length)).toEqual([marker]);
        expect(proxy.opened).toBeGreaterThan(5);
        await following.stop();
        expect(following.cursor).toBe(marker);
      },
    );
  });

  it('before the first event loses nothing either, as it knows a place from the beginning', async () => {
    const quiet = await startTestServer({ pingMs: 3_600_000 }); // no ping tells the place
    await through(
      () => startProxy(quiet.url),
      async (proxy) => {
        const writer = await Writer.start(quiet);
        const ear = new Ear();
        const following = clientOf(proxy.url).subscribe(FOLLOW_COHORTS, variablesOf(writer), ear);
        while (following.cursor === null) await quiet.ask('{ latestCursor }');
        proxy.cut();
        const written = await writer.reviseTimes(3);
        expect(await ear.heard(3)).toEqual(written);
        await following.stop();
      },
    );
    await quiet.stop();
  });

  it('while events are being handled repeats none of them', () =>
    through(
      () => startProxy(server.url),
      async (proxy) => {
        const writer = await Writer.start(server);
        const ear = new Ear();
        let [begun, goOn]: (() => void)[] = [];
        const handling = new Promise<void>((resolve) => (begun = resolve));
        const gate = new Promise<void>((resolve) => (goOn = resolve));
        const following = clientOf(proxy.url).subscribe<{ cohortChanged: Told }>(
          FOLLOW_COHORTS,
          variablesOf(writer),
          {
            ...ear,
            after: await logEnd(server),
            onEvent: async (data) => {
              begun!();
              await gate;
              ear.onEvent(data);
            },
          },
        );
        const written = await writer.reviseTimes(3);
        await handling;
        const opened = proxy.opened;
        proxy.cut();
        // Whoever comes back too early asks with an old cursor, and is given time for it.
        for (let i = 0; i < 50 && proxy.opened === opened; i++) await server.ask('{ latestCursor }');
        goOn!();
        written.push(await writer.revise());
        await ear.heard(4);
        written.push(await writer.revise());
        expect(await ear.heard(5)).toEqual(written);
        await following.stop();
      },
    ));
});

it('moves on with pings while its filter is quiet', async () => {
  const [quiet, busy] = [await Writer.start(server), await Writer.start(server)];
  const after = await logEnd(server);
  const following = clientOf(server.url).subscribe(FOLLOW_COHORTS, variablesOf(quiet), {
    ...new Ear(),
    after,
  });
  const written = (await busy.reviseTimes(5)).at(-1)!;
  while (following.cursor !== written) await server.ask('{ latestCursor }');
  await following.stop();
});

describe('the time until the next attempt', () => {
  it('does not grow from cut to cut while pings say that the connection is good', () =>
    through(
      () => startProxy(server.url),
      async (proxy) => {
        const [quiet, busy] = [await Writer.start(server), await Writer.start(server)];
        // Twenty times doubled, it would be most of an hour.
        const client = clientOf(proxy.url, { delays: { firstMs: 5, longestMs: Infinity } });
        const after = await logEnd(server);
        const following = client.subscribe(FOLLOW_COHORTS, variablesOf(quiet), { ...new Ear(), after });
        for (let cuts = 0; cuts < 20; cuts++) {
          const written = await busy.revise();
          while (following.cursor !== written) await server.ask('{ latestCursor }'); // a ping has told it
          proxy.cut();
        }
        await following.stop();
      },
    ));

  it('grows while the server accepts connections and fails at once', async () => {
    const failing = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    const accepted = { patient: 0, rash: 0 };
    let enough: () => void = () => undefined;
    const often = new Promise<void>((resolve) => (enough = resolve));
    failing.on('connection', (socket, { url }) => {
      socket.once('message', () => {
        socket.send('{"type":"connection_ack"}', () => socket.close(1011));
        accepted[url!.startsWith('/patient') ? 'patient' : 'rash'] += 1;
        if (accepted.rash === 100) enough();
      });
    });
    await once(failing, 'listening');
    const url = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`;
    const after = await logEnd(server);
    const followings = [
      clientOf(`${url}/patient`, { delays: { firstMs: 1, longestMs: Infinity } }),
      clientOf(`${url}/rash`, { delays: { firstMs: 1, longestMs: 1 } }),
    ].map((client) => client.subscribe(FOLLOW_COHORTS, {}, { ...new Ear(), after }));
    await often;
    expect(accepted.patient).toBeLessThan(50);
    await Promise.all(followings.map((following) => following.stop()));
    failing.close();
  });
});

describe('the token', () => {
  it('is renewed when it expires, and no event is lost meanwhile', async () => {
    const asked: boolean[] = [];
    let renewed: () => void = () => undefined;
    const renewal = new Promise<void>((resolve) => (renewed = resolve));
    const client = clientOf(server.url, {
      token: (renew) => {
        asked.push(renew);
        if (renew) renewed();
        return tokenFor(Role.VIEWER, 'x', renew ? '1h' : '2s');
      },
    });
    const writer = await Writer.start(server);
    const ear = new Ear();
    const following = client.subscribe(FOLLOW_COHORTS, variablesOf(writer), {
      ...ear,
      after: await logEnd(server),
    });
    const written = [await writer.revise()];
    await ear.heard(1);
    await renewal;
    written.push(...(await writer.reviseTimes(3)));
    expect(await ear.heard(4)).toEqual(written);
    expect(asked).toEqual([false, true]);
    await following.stop();
  });

  it('that is refused twice in a row is given up on, and one that cannot change at once', async () => {
    for (const [wrong, calls] of [
      ['a.b.c', 0],
      [() => 'a.b.c', 2],
    ] as const) {
      const asked = jest.fn();
      const given = typeof wrong === 'string' ? wrong : () => (asked(), wrong());
      const ear = new Ear();
      clientOf(server.url, { token: given }).subscribe(FOLLOW_COHORTS, {}, ear);
      expect(await ear.failed).toMatchObject({ code: 4403 });
      expect(asked).toHaveBeenCalledTimes(calls);
    }
  });

  it('that holds no right ends it with the reason', async () => {
    const ear = new Ear();
    const production = await startTestServer({ env: { NODE_ENV: 'production' } });
    clientOf(production.url, { token: undefined }).subscribe(FOLLOW_COHORTS, {}, ear);
    expect(await ear.failed).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    await production.stop();
  });
});

it('refetches when events are no longer kept, and goes on from where that was', async () => {
  const own = await startTestServer();
  const writer = await Writer.start(own);
  const old = await writer.revise();
  const missed = await writer.revise();
  await sql(own.folder, 'UPDATE event_log SET purged_through = (SELECT max(seq) FROM event)');
  const refetched: string[] = [];
  const ear = new Ear(async () => {
    refetched.push(await logEnd(own));
    return refetched.at(-1)!;
  });
  const following = clientOf(own.url).subscribe(FOLLOW_COHORTS, variablesOf(writer), { ...ear, after: old });
  const elsewhere = Buffer.from('elsewhere.3').toString('base64url');
  const stray = new Ear(ear.onExpired);
  const other = clientOf(own.url).subscribe(FOLLOW_COHORTS, variablesOf(writer), {
    ...stray,
    after: elsewhere,
  });
  while (following.cursor !== missed || other.cursor !== missed) await own.ask('{ latestCursor }');
  const written = await writer.revise();
  expect([await ear.heard(1), await stray.heard(1)]).toEqual([[written], [written]]);
  expect(refetched).toEqual([missed, missed]);
  await Promise.all([following.stop(), other.stop()]);
  await own.stop();
});

it('asks again for a refetch that failed, and ends when it fails again and again', async () => {
  const writer = await Writer.start(server);
  const elsewhere = Buffer.from('elsewhere.3').toString('base64url');
  let attempts = 0;
  const ear = new Ear(() => {
    attempts += 1;
    if (attempts < 3) throw new Error('the network is away');
    return logEnd(server);
  });
  const how = { ...ear, after: elsewhere };
  const following = clientOf(server.url).subscribe(FOLLOW_COHORTS, variablesOf(writer), how);
  while (following.cursor === elsewhere || following.cursor === null) await server.ask('{ latestCursor }');
  const written = await writer.revise();
  expect(await ear.heard(1)).toEqual([written]);
  await following.stop();

  const hopeless = new Ear(() => {
    throw new Error('a bug');
  });
  clientOf(server.url).subscribe(FOLLOW_COHORTS, {}, { ...hopeless, after: elsewhere });
  expect(await hopeless.failed).toMatchObject({ message: 'a bug' });
});

it('goes on in another program where the last one stopped, by the stored cursor', async () => {
  const kept = new Map<string, string>();
  const cursorStore: CursorStore = {
    load: (key) => kept.get(key),
    save: (key, cursor) => void kept.set(key, cursor),
  };
  const writer = await Writer.start(server);
  const first = new Ear();
  const how = { ...first, key: 'cohorts', after: await logEnd(server) };
  const following = clientOf(server.url, { cursorStore }).subscribe(FOLLOW_COHORTS, variablesOf(writer), how);
  const written = await writer.reviseTimes(3);
  await first.heard(3);
  await following.stop();
  written.push(...(await writer.reviseTimes(4)));
  const second = new Ear();
  const again = clientOf(server.url, { cursorStore }).subscribe(FOLLOW_COHORTS, variablesOf(writer), {
    ...second,
    key: 'cohorts',
  });
  await second.heard(4);
  expect([...first.cursors, ...second.cursors]).toEqual(written);
  await again.stop();
});

it('hands over one event at a time, and stores no cursor of one that is not handled', async () => {
  const saved: string[] = [];
  const cursorStore: CursorStore = { load: () => null, save: (_key, cursor) => void saved.push(cursor) };
  const writer = await Writer.start(server);
  const after = await logEnd(server);
  const written = await writer.reviseTimes(3);
  let running = 0;
  const seen: string[] = [];
  const failed = new Promise((onError) => {
    clientOf(server.url, { cursorStore }).subscribe<{ cohortChanged: Told }>(
      FOLLOW_COHORTS,
      variablesOf(writer),
      {
        after,
        key: 'k',
        onError,
        onExpired: () => after,
        onEvent: async ({ cohortChanged: { cursor } }) => {
          running += 1;
          expect(running).toBe(1);
          await server.ask('{ latestCursor }');
          seen.push(cursor);
          running -= 1;
          if (seen.length === 2) throw new Error('the disk is full');
        },
      },
    );
  });
  expect(await failed).toEqual(new Error('the disk is full'));
  expect(seen).toEqual(written.slice(0, 2));
  expect(saved.filter((cursor) => written.includes(cursor))).toEqual(written.slice(0, 1));
});

it('survives a server that stops and comes back', async () => {
  const folder = newFolder();
  let own = await startTestServer({ folder });
  await through(
    () => startProxy(own.url),
    async (proxy) => {
      const writer = await Writer.start(own);
      const ear = new Ear();
      const after = await logEnd(own);
      const following = clientOf(proxy.url).subscribe(FOLLOW_COHORTS, variablesOf(writer), { ...ear, after });
      const written = [await writer.revise()];
      await ear.heard(1);
      await own.stop();
      own = await startTestServer({ folder });
      written.push(await revise(own, writer, 2));
      proxy.target = own.url;
      written.push(await revise(own, writer, 3));
      expect(await ear.heard(3)).toEqual(written);
      await following.stop();
    },
  );
  await own.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Revises the writer's cohort, whose server has gone, at another. */
async function revise(at: TestServer, { cohort }: Writer, version: number): Promise<string> {
  const input = { cohortId: cohort.id, version, capacity: version };
  return (await must(at, 'reviseCohort', input, 'cohort { id }')).cursor;
}

it('says what a document lacks that could not be resumed', async () => {
  const client = clientOf(server.url);
  expect(() => client.subscribe('subscription { cohortChanged { cursor } }', {}, new Ear())).toThrow(
    /\$after/,
  );
  const ear = new Ear();
  const after = await logEnd(server);
  client.subscribe(
    'subscription ($after: EventCursor) { cohortChanged(after: $after) { kind } }',
    {},
    { ...ear, after },
  );
  await Writer.start(server);
  expect(await ear.failed).toEqual(new Error('Select `cursor` of the event: it is how to resume.'));
});
