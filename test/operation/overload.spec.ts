// Overload: floods by one caller, and the turns that others have meanwhile. Turns are counted, nothing is timed.
import { once } from 'node:events';
import { getIntrospectionQuery } from 'graphql';
import { Role } from '../../src/access/policy';
import { callerKey } from '../../src/access/caller';
import { LIMITS } from '../../src/config/limits';
import { Reader } from '../../src/graphql/reader';
import { type Asked, type Turn, Turns } from '../../src/operation/turns';
import { FOLLOW_COHORTS, openRaw, type RawSubscription, Writer } from '../server/stream';
import { connect } from '../support/live';
import { openStream } from '../support/sse';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd, newCode } from '../support/world';

async function on(
  options: Parameters<typeof startTestServer>[0],
  work: (own: TestServer) => Promise<void>,
): Promise<void> {
  const own = await startTestServer(options);
  try {
    await work(own);
  } finally {
    await own.stop();
  }
}

const times = (n: number, make: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => make(i)).join(' ');
const ABOUT = '{ about { version } }';
const PAGE = '{ units(first: 1) { nodes { name } } }';

/** Whoever asks for a connection behind so many waits, on either engine. */
const MORE_THAN_CONNECTIONS = 20;

/** Takes all connections to the database, so that what has its turn stays where it is. @returns what gives them back. */
async function hold({ running }: TestServer): Promise<() => Promise<void>> {
  const { database } = running.services;
  const held = Array.from({ length: MORE_THAN_CONNECTIONS }, () => database.snapshot(0));
  await held[0];
  return async () => {
    for (const snapshot of held) await (await snapshot).end();
  };
}

/** What the operator sees of turns. */
async function load({ url }: TestServer): Promise<{ running: number; waiting: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (name: string) => Number(new RegExp(`^canbo_operations_${name} (\\d+)$`, 'm').exec(text)![1]);
  return { running: of('running'), waiting: of('waiting') };
}

async function until(own: TestServer, wanted: { running?: number; waiting: number }): Promise<void> {
  for (;;) {
    const { running, waiting } = await load(own);
    if (waiting === wanted.waiting && running === (wanted.running ?? running)) return;
  }
}

/** One operation over HTTP as a fetch, which can be given up. */
const post = async (own: TestServer, query: string, token: string | null, signal?: AbortSignal) => {
  const response = await fetch(`${own.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
    signal,
  });
  const answer = (await response.json()) as {
    data?: any;
    errors?: { extensions: Record<string, unknown> }[];
  };
  return { status: response.status, code: answer.errors?.[0]?.extensions.code, ...answer };
};

const send = (raw: RawSubscription, id: string, query: string) =>
  raw.socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
const complete = (raw: RawSubscription, id: string) =>
  raw.socket.send(JSON.stringify({ id, type: 'complete' }));

/** Notes who asks for a turn and who has one, in order. */
function watchTurns(): { log: { who: string; begun: boolean; bytes: number }[]; stop: () => void } {
  const { prototype } = Turns;
  const take: (this: Turns, asked: Asked) => Promise<Turn> = Reflect.get(prototype, 'take');
  const log: { who: string; begun: boolean; bytes: number }[] = [];
  prototype.take = async function (this: Turns, asked: Asked) {
    const who = callerKey(asked.caller);
    log.push({ who, begun: false, bytes: asked.bytes });
    const turn = await take.call(this, asked);
    log.push({ who, begun: true, bytes: asked.bytes });
    return turn;
  };
  return { log, stop: () => (prototype.take = take) };
}

describe('a flood', () => {
  const HEAVY = `{ ${times(30, (i) => `p${i}: units(first: 100) { nodes { id name parent { name } } }`)} }`;
  const INVALID = `{ units { nodes { ${'parent { parent { name } } '.repeat(300)} } } }`;
  const WRONG = `{ ${times(900, (i) => `nothing${i}`)} }`;

  // Who has used least of the main thread is next, so what is small waits for one of the others, or for some as small.
  it('of every kind, over all transports, lets others have their turns, and live events, pings and probes by', () =>
    on({ pingMs: 3_000, env: { RATE_LIMIT: '15000' } }, async (own) => {
      const writer = await Writer.start(own);
      const flooder = await tokenFor(Role.VIEWER, 'flooder');
      const pings: unknown[] = [];
      const other = await connect(own.url, { onPing: (payload) => pings.push(payload) });
      const live = other.subscribe(FOLLOW_COHORTS, {
        filter: { cohortIds: [writer.cohort.id] },
        after: await logEnd(own),
      });
      await own.ask(ABOUT);

      let going = true;
      const told = new Set<unknown>();
      const heard = (answer: { code?: unknown; errors?: { extensions: Record<string, unknown> }[] }) =>
        told.add(answer.code);
      const again = async (work: () => Promise<unknown>) => {
        while (going) await work();
      };
      const floods = [
        ...[HEAVY, INVALID, WRONG, ABOUT].flatMap((query) =>
          Array.from({ length: 4 }, () => again(async () => heard(await post(own, query, flooder)))),
        ),
        ...Array.from({ length: 3 }, () =>
          again(async () => {
            const stream = await openStream(own.url, { query: INVALID, token: flooder });
            told.add((await stream.body()).errors[0].extensions.code);
          }),
        ),
      ];
      const raw = await openRaw(own.url, { authorization: `Bearer ${flooder}` });
      raw.socket.on('message', (frame: Buffer) => {
        const { type, payload } = JSON.parse(frame.toString());
        if (type === 'error') told.add(payload[0].extensions.code);
      });
      // On a busy machine a socket that is read so slowly may be taken for a dead one: then the rest floods on.
      const isOpen = () => raw.socket.readyState === raw.socket.OPEN;
      let sent = 0;
      floods.push(
        again(async () => {
          if (!isOpen()) return own.ask(ABOUT);
          for (let i = 0; i < 500; i++) {
            send(raw, `f${(sent += 1)}`, i % 2 ? INVALID : FOLLOW_COHORTS);
            complete(raw, `f${sent}`);
          }
          for (let i = 0; i < 50; i++) send(raw, `g${(sent += 1)}`, HEAVY);
          const pongs = () => raw.messages.filter(({ type }) => type === 'pong').length;
          const seen = pongs();
          raw.socket.send('{"type":"ping"}');
          while (going && isOpen() && pongs() === seen)
            await Promise.race([once(raw.socket, 'message'), once(raw.socket, 'close')]);
        }),
      );

      while (!told.has('QUERY_TOO_COMPLEX')) await own.ask(ABOUT);
      const { log, stop } = watchTurns();
      const before = pings.length;
      for (let i = 0; i < 20; i++) expect((await own.ask(ABOUT)).errors).toBeUndefined();
      stop();
      const cursor = await writer.revise();
      expect((await live.nextData()).cohortChanged.cursor).toBe(cursor);
      expect((await fetch(`${own.url}/health/ready`)).status).toBe(200);
      while (pings.length === before) expect((await own.ask(ABOUT)).errors).toBeUndefined();
      while (!told.has('RATE_LIMITED')) await own.ask(ABOUT);
      going = false;
      raw.socket.terminate(); // or all that it sent and nobody has read yet would have its turn first
      await Promise.all(floods);
      await other.close();

      const key = 'subject test-administrator';
      const asked = log.flatMap(({ who, begun }, i) => (who === key && !begun ? [i] : []));
      expect(asked).toHaveLength(20);
      expect(log.some(({ who, begun }) => begun && who !== key)).toBe(true);
      const passed = asked.map((from) => {
        const upTo = log.findIndex(({ who, begun }, i) => i > from && who === key && begun);
        return log.slice(from, upTo).filter(({ begun }) => begun).length;
      });
      passed.sort((a, b) => a - b);
      expect({ passed, half: passed[10]! <= 2, all: passed[19]! <= 60 }).toEqual({
        passed,
        half: true,
        all: true,
      });
    }));
});

describe('the next turn', () => {
  it('is of the caller who has used least of the main thread, not of each by turns', () =>
    on({}, async ({ running: { services } }) => {
      const turns = new Turns({ ...LIMITS, operations: 1 });
      const begun: string[] = [];
      const run = async (who: string, ms: number) => {
        const caller = { identity: null, locale: 'en' as const, requestId: null, address: who };
        const turn = await turns.take({ caller, bytes: 1, reader: new Reader(services.database, who) });
        begun.push(who);
        turn.alone(() => {
          for (const until = performance.now() + ms; performance.now() < until;);
        });
        turn.end();
      };
      const ten = <T>(work: () => T) => Array.from({ length: 10 }, work);
      await Promise.all([...ten(() => run('large', 30)), ...ten(() => run('small', 0))]);
      expect(begun).toHaveLength(20);
      expect(begun.slice(0, begun.lastIndexOf('small')).filter((who) => who === 'large')).toHaveLength(1);
    }));
});

describe('what has begun and waits for counts', () => {
  const limits = { ...LIMITS, parkedPerCaller: 2, heldBytesPerCaller: 100 };
  const take = (turns: Turns, { running }: TestServer, bytes: number) => {
    const caller = { identity: null, locale: 'en' as const, requestId: null, address: 'one' };
    return turns.take({ caller, bytes, reader: new Reader(running.services.database, 'one') });
  };

  it('is of so many at a time; those that come back are not among them', () =>
    on({}, async (own) => {
      const turns = new Turns(limits);
      const [first, second] = [await take(turns, own, 1), await take(turns, own, 1)];
      first.leave();
      second.leave();
      let begun = false;
      const third = take(turns, own, 1).then((turn) => ((begun = true), turn));
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      expect(begun).toBe(false);
      await first.back();
      expect(await third).toBeDefined(); // one of the two is back
      first.leave();
      const fourth = take(turns, own, 1);
      second.end();
      first.end();
      (await third).end();
      (await fourth).end();
      expect(turns.load).toEqual({ running: 0, waiting: 0 });
    }));

  it('counts with its request until it ends', () =>
    on({}, async (own) => {
      const turns = new Turns(limits);
      const first = await take(turns, own, 60);
      first.leave();
      await expect(take(turns, own, 60)).rejects.toMatchObject({ extensions: { limit: 'waiting' } });
      first.end();
      (await take(turns, own, 60)).end();
    }));
});

describe('what waits for its turn', () => {
  it('is refused beyond what a caller may have waiting, and the rest is answered in the end', () =>
    on({ limits: { waitingPerCaller: 20 } }, async (own) => {
      const [token, another] = [await tokenFor(Role.VIEWER, 'many'), await tokenFor(Role.VIEWER, 'one')];
      const giveBack = await hold(own);
      const all = Array.from({ length: 60 }, () => post(own, PAGE, token));
      await until(own, { running: 8, waiting: 20 });
      const modest = post(own, PAGE, another);
      await until(own, { running: 9, waiting: 20 });
      const refused = [];
      for (const each of all) {
        // Those that are refused are answered while the others wait.
        const first = await Promise.race([each, new Promise((resolve) => setImmediate(resolve, null))]);
        if (first) refused.push(first);
      }
      await giveBack();
      const answers = await Promise.all(all);
      const over = answers.filter(({ status }) => status === 429);
      expect(over).toHaveLength(60 - 28);
      expect(refused.every((each) => over.includes(each as (typeof over)[0]))).toBe(true);
      for (const { errors } of over) {
        expect(errors).toMatchObject([
          { extensions: { code: 'RATE_LIMITED', limit: 'waiting', retryAfter: expect.any(Number) } },
        ]);
      }
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(28);
      expect((await modest).status).toBe(200);
    }));

  it('is shed from whoever waits for most, the newest first, when too much waits in all', () =>
    on({ limits: { waiting: 30, operations: 16 } }, async (own) => {
      const [many, few] = [await tokenFor(Role.VIEWER, 'many'), await tokenFor(Role.VIEWER, 'few')];
      const giveBack = await hold(own);
      const raw = await openRaw(own.url, { authorization: `Bearer ${many}` });
      for (let i = 0; i < 38; i++) send(raw, `m${i}`, PAGE);
      await until(own, { running: 8, waiting: 30 });
      const modest = Array.from({ length: 12 }, () => post(own, PAGE, few));
      while (raw.messages.filter(({ type }) => type === 'error').length < 4)
        await once(raw.socket, 'message');
      await until(own, { running: 16, waiting: 30 });
      await giveBack();
      for (const each of modest) expect((await each).status).toBe(200);
      while (raw.received.length < 34) await once(raw.socket, 'message');
      const shed = raw.messages.filter(({ type }) => type === 'error').map(({ id }) => id as string);
      expect(shed).toEqual(['m37', 'm36', 'm35', 'm34']);
      raw.socket.close();
    }));

  it('is bounded in bytes as well', () =>
    on({ limits: { heldBytesPerCaller: 2_000_000 } }, async (own) => {
      const token = await tokenFor(Role.VIEWER, 'large');
      const giveBack = await hold(own);
      const raw = await openRaw(own.url, { authorization: `Bearer ${token}` });
      for (let i = 0; i < 8; i++) send(raw, `m${i}`, PAGE);
      await until(own, { running: 8, waiting: 0 });
      for (let i = 0; i < 3; i++) send(raw, `n${i}`, `${PAGE} #${'x'.repeat(900_000)}`);
      while (!raw.messages.some(({ type }) => type === 'error')) await once(raw.socket, 'message');
      expect(raw.messages.at(-1)).toMatchObject({
        id: 'n2',
        payload: [{ extensions: { code: 'RATE_LIMITED', limit: 'waiting' } }],
      });
      await giveBack();
      while (raw.received.length < 10) await once(raw.socket, 'message');
      raw.socket.close();
    }));

  it('is forgotten when its caller goes away, over HTTP and WebSocket', () =>
    on({}, async (own) => {
      const [staying, going] = [await tokenFor(Role.VIEWER, 'a'), await tokenFor(Role.VIEWER, 'b')];
      const giveBack = await hold(own);
      const leaving = new AbortController();
      const raw = await openRaw(own.url, { authorization: `Bearer ${going}` });
      for (let i = 0; i < 20; i++) send(raw, `m${i}`, PAGE);
      const left = Array.from({ length: 20 }, () => post(own, PAGE, going, leaving.signal));
      await until(own, { running: 8, waiting: 32 });
      const stays = post(own, PAGE, staying);
      await until(own, { running: 9, waiting: 32 });
      leaving.abort();
      await Promise.allSettled(left);
      raw.socket.terminate();
      await until(own, { running: 1, waiting: 0 });
      await giveBack();
      expect((await stays).status).toBe(200);
    }));

  it('is told that its time is up, which includes the waiting', () =>
    on({ limits: { operationMs: 400 } }, async (own) => {
      const token = await tokenFor(Role.VIEWER, 'late');
      const giveBack = await hold(own);
      const raw = await openRaw(own.url, { authorization: `Bearer ${token}` });
      const all = Array.from({ length: 9 }, () => post(own, PAGE, token));
      send(raw, '1', PAGE);
      const stream = openStream(own.url, { query: FOLLOW_COHORTS, token });
      const late = { code: 'UNAVAILABLE', limit: 'time', allowed: 0.4 };
      for (const each of all) expect((await each).errors).toMatchObject([{ extensions: late }]);
      while (raw.messages.length < 2) await once(raw.socket, 'message');
      expect(raw.messages[1].payload.errors ?? raw.messages[1].payload).toMatchObject([{ extensions: late }]);
      await giveBack();
      (await stream).cut();
      expect((await post(own, PAGE, token)).status).toBe(200);
      raw.socket.close();
    }));

  it('is never begun when it was completed before, and its id can be used again at once', () =>
    on({}, async (own) => {
      const raw = await openRaw(own.url, { authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
      const before = await logEnd(own);
      const giveBack = await hold(own);
      for (let i = 0; i < 8; i++) send(raw, `m${i}`, PAGE);
      await until(own, { running: 8, waiting: 0 });
      const write = `mutation { addTopic(input: { code: "${newCode()}", name: "Quy hoạch" }) { cursor } }`;
      send(raw, 'one', write);
      complete(raw, 'one');
      send(raw, 'two', write);
      complete(raw, 'two');
      send(raw, 'two', '{ latestCursor }');
      raw.socket.send('{"type":"ping"}'); // answered once the server has read all that came before
      while (!raw.messages.some(({ type }) => type === 'pong')) await once(raw.socket, 'message');
      await giveBack();
      while (raw.messages.filter(({ type }) => type === 'complete').length < 9)
        await once(raw.socket, 'message');
      const of = (own: string) => raw.messages.filter(({ id }) => id === own);
      expect(of('one')).toEqual([]);
      expect(of('two')).toMatchObject([
        { type: 'next', payload: { data: { latestCursor: before } } },
        { type: 'complete' },
      ]);
      expect(await logEnd(own)).toBe(before);
      raw.socket.close();
    }));

  it('begins in the order in which its caller sent it', () =>
    on({}, async (own) => {
      const raw = await openRaw(own.url, { authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
      const { log, stop } = watchTurns();
      for (let i = 0; i < 40; i++) {
        const name = 'x'.repeat(i + 1); // each is one byte longer than the one before
        const id = String(i).padStart(2, '0');
        send(raw, id, `mutation { addTopic(input: { code: "${newCode()}", name: "${name}" }) { cursor } }`);
      }
      while (raw.received.length < 40) await once(raw.socket, 'message');
      stop();
      const begun = log.filter((each) => each.begun).map(({ bytes }) => bytes);
      expect(begun).toHaveLength(40);
      expect(begun).toEqual([...begun].sort((a, b) => a - b));
      raw.socket.close();
    }));
});

describe('the time that is taken', () => {
  it('is charged beyond the price, to its caller alone, and withholds no events', () =>
    on({ limits: { costPerMs: 1_000_000 } }, async (own) => {
      const [slow, quick] = [await tokenFor(Role.VIEWER, 'slow'), await tokenFor(Role.VIEWER, 'quick')];
      const writer = await Writer.start(asOthers(own));
      const client = await connect(own.url, { token: slow });
      const filter = { cohortIds: [writer.cohort.id] };
      const after = (await asOthers(own).ask('{ latestCursor }')).data.latestCursor;
      const live = client.subscribe(FOLLOW_COHORTS, { filter, after });
      await writer.revise();
      await live.nextData();
      let answer = await post(own, ABOUT, slow);
      while (answer.status === 200) answer = await post(own, ABOUT, slow);
      expect(answer).toMatchObject({
        status: 429,
        errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }],
      });
      expect(answer.errors![0]!.extensions.retryAfter).toBeLessThanOrEqual(121);
      expect((await post(own, ABOUT, quick)).status).toBe(200);
      const cursor = await writer.revise();
      expect((await live.nextData()).cohortChanged.cursor).toBe(cursor);
      await client.close();
    }));

  /** The same server, asked by another administrator each time: each has a budget of its own. */
  let asked = 0;
  function asOthers(own: TestServer): TestServer {
    return {
      ...own,
      ask: async (query, variables) =>
        own.ask(query, variables, { token: await tokenFor(Role.ADMINISTRATOR, `other ${(asked += 1)}`) }),
    };
  }
});

describe('honest callers', () => {
  it('who are 100 people behind one address, each opening a page at once, are all answered', () =>
    on({}, async (own) => {
      const page = [
        ABOUT,
        '{ units(first: 20) { nodes { id name } } }',
        '{ cohorts(first: 20) { nodes { id code programme { name } } } }',
        '{ programmes(first: 20) { nodes { id name } } }',
        '{ trainingStatistics { cohorts } }',
      ];
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => page.map((query) => own.ask(query, {}, { as: null }))).flat(),
      );
      expect(answers.filter(({ errors }) => errors)).toEqual([]);
    }));

  it('with 30 live tiles in each of three tabs see all of them, and one of theirs opens the playground', () =>
    on({}, async (own) => {
      const tabs = await Promise.all([1, 2, 3].map(() => connect(own.url, { as: Role.VIEWER })));
      const tiles = tabs.flatMap((tab) =>
        Array.from({ length: 30 }, () =>
          tab.subscribe('subscription { trainingStatisticsChanged { cohorts } }'),
        ),
      );
      const whole = await own.ask(getIntrospectionQuery(), {}, { as: Role.VIEWER });
      expect(whole.errors).toBeUndefined();
      for (const tile of tiles) expect(await tile.nextData()).toBeDefined();
      for (const tab of tabs) await tab.close();
    }));
});
