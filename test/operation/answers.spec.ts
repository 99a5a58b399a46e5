// Size of answers: how large one may become, who must read it, and what all that is not read may hold.
import { connect as connectTo, Socket } from 'node:net';
import { once } from 'node:events';
import pino from 'pino';
import type { Logger as SqlLogger } from 'typeorm';
import { Role } from '../../src/access/policy';
import { LIMITS } from '../../src/config/limits';
import { openRaw, subscribeRaw, Writer } from '../server/stream';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { openStream } from '../support/sse';
import { type Transport, TRANSPORTS } from '../support/transports';
import { logEnd, newCode } from '../support/world';

const MAX = 1_000_000;
const EVENT_BYTES = 200_000;
/** So much more than usual may be asked for that only the size of the answer is in the way. */
const GENEROUS = { aliases: 10_000, tokens: 40_000, cost: 10_000_000, eventCost: 1_000_000 };
const RATE_LIMIT = '1000000000';

/** Counts reads of programmes. */
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
const times = (n: number, make: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => make(i)).join(' ');
const padded = (i: number, length: number) => `a${i}_`.padEnd(length, 'x');
/** 250 letters, most of three bytes. */
const LONG_NAME = 'Lớp bồi dưỡng '.repeat(18).slice(0, 250).trim();

let server: TestServer;
let writer: Writer;
beforeAll(async () => {
  server = await startTestServer({
    env: { MAX_ANSWER_BYTES: String(MAX), RATE_LIMIT },
    limits: { ...GENEROUS, eventBytes: EVENT_BYTES },
    sqlLogger: counter,
  });
  await openUnits(server);
  writer = await Writer.start(server, { name: LONG_NAME });
});
afterAll(() => server.stop());

/** A hundred units with long names. */
async function openUnits(own: TestServer): Promise<void> {
  const open = (i: number) => `m${i}: openUnit(input: {
    code: "${newCode('U')}", name: "${LONG_NAME}", kind: WARD, validFrom: "2020-01-01" }) { cursor }`;
  const { errors } = await own.ask(`mutation { ${times(50, open)} }`);
  const more = await own.ask(`mutation { ${times(50, open)} }`);
  if (errors || more.errors) throw new Error(JSON.stringify(errors ?? more.errors));
}

/** Asks for the names of a hundred units so many times: some 30 kB each. */
const named = (n: number) => `{ units(first: 100) { nodes { ${times(n, (i) => `a${i}: name`)} } } }`;

/** The first result of a subscription, whatever it is. */
const overStream: Transport = async (url, query, variables, how) => {
  const stream = await openStream(url, { query, variables, ...how });
  if (stream.status !== 200) return (await bodyOf(stream.response)) as never;
  const { data } = (await stream.nextEvent())!;
  stream.cut();
  return data;
};
async function bodyOf(response: AsyncIterable<unknown>): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}

it('a large answer arrives whole, whatever characters stand where its pieces meet', async () => {
  // Four bytes and two code units each; what stands before shifts the end of some piece into the middle of one.
  const objectives = Array.from({ length: 1_000 }, (_, i) => `${'x'.repeat(i % 3)}${'🎓'.repeat(140)}"\\`);
  const query = `mutation ($input: AddProgrammeInput!) {
    addProgramme(input: $input) { programme { objectives } userErrors { message } } }`;
  const classification = { kind: 'REFRESHER', basis: 'TOPICAL', contentGroup: 'STATE_MANAGEMENT' };
  const input = { code: newCode('LONG'), name: 'Bồi dưỡng', ...classification, objectives };
  const { data } = await server.ask(query, { input });
  expect(data.addProgramme).toEqual({ programme: { objectives }, userErrors: [] });
});

describe('a name', () => {
  const long = 'n'.repeat(LIMITS.nameLength);
  const asked: [string, (name: string) => string][] = [
    ['of an alias', (name) => `{ ${name}: latestCursor }`],
    ['of an operation', (name) => `query ${name} { latestCursor }`],
    ['of a fragment', (name) => `{ about { ...${name} } } fragment ${name} on About { version }`],
    ['of a variable', (name) => `query ($${name}: Boolean = true) { latestCursor @include(if: $${name}) }`],
  ];
  const refusal = (length: number) => ({
    code: 'QUERY_TOO_COMPLEX',
    limit: 'nameLength',
    asked: length,
    allowed: LIMITS.nameLength,
  });

  describe.each(TRANSPORTS)('over %s', (_name, over) => {
    it.each(asked)('%s has as many characters as are allowed, and not one more', async (_what, make) => {
      expect((await over(server.url, make(long))).errors).toBeUndefined();
      for (const length of [LIMITS.nameLength + 1, 400_000]) {
        const { errors } = await over(server.url, make('n'.repeat(length)));
        expect(errors).toMatchObject([{ extensions: refusal(length) }]);
        expect(JSON.stringify(errors).length).toBeLessThan(500);
      }
    });

    it('in a text or a comment is none', async () => {
      const word = 'n'.repeat(1_000);
      const query = `# ${word}\n{ programme(code: "${word.slice(0, 300)}") { id } }`;
      const { errors } = await over(server.url, query);
      expect(errors?.map(({ extensions }) => extensions.limit) ?? []).not.toContain('nameLength');
    });

    it('is refused wherever it is, also among a thousand that go in a circle', async () => {
      const fragment = (i: number) =>
        `fragment ${padded(i, 1_000)} on Unit { ...${padded((i + 1) % 400, 1_000)} }`;
      const { errors } = await over(
        server.url,
        `{ units { nodes { ...${padded(0, 1_000)} } } } ${times(400, fragment)}`,
      );
      expect(errors).toMatchObject([{ extensions: refusal(1_000) }]);
    });
  });

  it('of an alias is refused over SSE as well', async () => {
    const query = `subscription { ${'n'.repeat(101)}: cohortChanged { cursor } }`;
    const { errors } = await overStream(server.url, query);
    expect(errors).toMatchObject([{ extensions: refusal(101) }]);
  });

  it('of an operation on its socket is bounded, too', async () => {
    const { socket, messages } = await openRaw(server.url);
    const id = 'i'.repeat(101);
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: '{ latestCursor }' } }));
    await once(socket, 'message');
    expect(messages.at(-1)).toMatchObject({ type: 'error', payload: [{ extensions: refusal(101) }] });
    socket.terminate();
  });
});

describe('the price', () => {
  const costOf = async (query: string) => (await server.ask(query)).extensions?.cost;
  const page = (key: string) => `{ units(first: 100) { nodes { ${key} } } }`;

  it('has the length of a key in it as often as it may be told, beyond what keys usually have', async () => {
    const usual = 10 + 1 + 100 * (1 + 1);
    expect(await costOf(page('name'))).toBe(usual);
    expect(await costOf(page(`${padded(1, 40)}: name`))).toBe(usual);
    expect(await costOf(page(`${padded(1, 100)}: name`))).toBe(usual + 100 * 1.5);
    expect(await costOf(page('__typename name'))).toBe(usual);
    expect(await costOf(page('type: __typename name'))).toBe(usual + 100);
    expect(await costOf('{ __schema { types { name } } }')).toBe(10 + 100 + 4);
    expect(await costOf('{ __schema { types { name type: name } } }')).toBe(10 + 100 + 4 + 300);
  });

  it('has the length of the document in it, beyond what documents usually have', async () => {
    const commented = (length: number) => `{ latestCursor } #`.padEnd(length, '.');
    expect(await costOf(commented(10_000))).toBe(11);
    expect(await costOf(commented(110_000))).toBe(111);
  });
});

const FOLLOW = 'subscription ($filter: CohortEventFilter, $after: EventCursor)';
/** Cohort events of so many bytes at least. */
const eventOf = (bytes: number) => {
  const copies = Math.ceil(bytes / Buffer.byteLength(LONG_NAME));
  return `${FOLLOW} { cohortChanged(filter: $filter, after: $after) {
    cursor cohort { ${times(copies, (i) => `a${i}: name`)} } } }`;
};

describe('an answer', () => {
  const tooLarge = { code: 'ANSWER_TOO_LARGE', limit: 'answerBytes', allowed: MAX };
  const followed = async () => ({ filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) });

  describe.each(TRANSPORTS)('over %s', (_name, over) => {
    it('is told up to the size that is allowed', async () => {
      const { data, errors } = await over(server.url, named(25));
      expect(errors).toBeUndefined();
      expect(Buffer.byteLength(JSON.stringify(data))).toBeGreaterThan(MAX * 0.7);
    });

    it.each<[string, string]>([
      ['of long values', named(50)],
      [
        'of long keys',
        `{ ${times(15, (i) => `p${i}: units(first: 100) { nodes { ...F } }`)} }
        fragment F on Unit { ${times(9, (i) => `${padded(i, 100)}: id`)} }`,
      ],
      [
        'of the names of types',
        `{ ${times(15, (i) => `p${i}: units(first: 100) { nodes { ...F } }`)} }
        fragment F on Unit { ${times(9, (i) => `${padded(i, 100)}: __typename`)} }`,
      ],
      [
        'of the schema under long names',
        `{ __schema { types { ...T } } }
        fragment T on __Type { ${times(9, (i) => `a${i}: fields { ${padded(i, 100)}: name description }`)} }`,
      ],
      [
        'of the same schema many times',
        `{ ${times(12, (i) => `a${i}: __schema { types { fields { description args { description } } } }`)} }`,
      ],
    ])('%s stops where it becomes too large, and says so alone', async (_what, query) => {
      const answer = await over(server.url, query);
      const { data, errors } = answer;
      expect([JSON.stringify(data).length, errors?.map(({ extensions }) => extensions)]).toEqual([
        4,
        [tooLarge],
      ]);
      expect(answer.errors![0]!.message).toContain(`${MAX} bytes`);
      expect(answer.extensions?.cost).toBeGreaterThan(10);
      expect((await over(server.url, '{ latestCursor }')).errors).toBeUndefined();
    });

    it('that is too large reads no further', async () => {
      const twice = (
        n: number,
      ) => `{ ${times(2, (i) => `c${i}: cohort(id: "${writer.cohort.id}") { ...F }`)} }
        fragment F on Cohort { ${times(n, (i) => `a${i}: name`)} programme { name } }`;
      const readBy = async (query: string) => {
        const before = counter.programmes;
        const { errors } = await over(server.url, query);
        return [counter.programmes - before, errors?.map(({ extensions }) => extensions)];
      };
      expect(await readBy(twice(10))).toEqual([1, undefined]);
      expect(await readBy(twice(1_900))).toEqual([0, [tooLarge]]);
    });

    it('has the first hundred of its errors, and how many more there are', async () => {
      const { errors } = await over(
        server.url,
        `{ ${times(300, (i) => `u${i}: node(id: "x${i}") { id }`)} }`,
      );
      expect(errors).toHaveLength(LIMITS.errors + 1);
      expect(errors![0]).toMatchObject({ path: ['u0'], extensions: { code: 'BAD_USER_INPUT' } });
      expect(errors!.at(-1)).toMatchObject({
        message: expect.stringContaining('200 more errors'),
        extensions: { code: 'ANSWER_TOO_LARGE', limit: 'errors', asked: 300, allowed: LIMITS.errors },
      });
    });
  });

  it('that is too large has status 200 over HTTP: the operation was valid, and was executed', async () => {
    expect(await server.ask(named(50))).toMatchObject({
      status: 200,
      data: null,
      errors: [{ extensions: tooLarge }],
    });
  });

  it('of changes does not undo them, and says how to find out; the next one is not begun', async () => {
    const codes = ['X', 'Y', 'Z'].map((prefix) => newCode(prefix));
    const open = (i: number) => `m${i}: openUnit(input: {
      code: "${codes[i]}", name: "${LONG_NAME}", kind: WARD, validFrom: "2020-01-01" }) { unit { ...F } }`;
    const fragment = `fragment F on Unit { ${times(1_900, (i) => `a${i}: name`)} }`;
    const { data, errors } = await server.ask(`mutation { ${times(3, open)} } ${fragment}`);
    expect([data, errors]).toMatchObject([null, [{ extensions: tooLarge }]]);
    expect(errors![0]!.message).toContain('clientMutationId');
    const found = await server.ask(
      `{ ${codes.map((code, i) => `u${i}: unit(code: "${code}") { code }`).join(' ')} }`,
    );
    expect(Object.values(found.data).map((unit) => unit?.code)).toEqual([codes[0], codes[1], undefined]);
  });

  it.each(['WebSocket', 'SSE'])('of one event over %s ends its subscription, and no other', async (name) => {
    const variables = await followed();
    const client = await connect(server.url);
    const healthy = client.subscribe(eventOf(EVENT_BYTES / 2), variables);
    const told = { code: 'ANSWER_TOO_LARGE', limit: 'answerBytes', allowed: EVENT_BYTES };
    if (name === 'WebSocket') {
      const large = client.subscribe(eventOf(EVENT_BYTES), variables);
      await writer.revise();
      expect((await large.next()).errors).toMatchObject([{ extensions: told }]);
      await large.ended;
    } else {
      const stream = await openStream(server.url, { query: eventOf(EVENT_BYTES), variables });
      await writer.revise();
      const sent = (await stream.nextEvent())!;
      expect([sent.id, sent.data.errors]).toMatchObject([undefined, [{ extensions: told }]]);
      expect(await stream.nextEvent()).toMatchObject({ event: 'complete' });
    }
    await writer.revise();
    for (let i = 0; i < 2; i++) expect((await healthy.next()).errors).toBeUndefined();
    await client.close();
  });
});

/** Sends an operation over HTTP on a bare socket that reads nothing after the first bytes. */
async function askAndNotRead(url: string, query: string, token: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connectTo(Number(port), hostname);
  socket.on('error', () => undefined);
  const body = JSON.stringify({ query });
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n` +
      `authorization: Bearer ${token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await once(socket, 'data');
  socket.pause();
  return socket;
}

/** Larger than what the system holds for a connection: some 15 MB. */
const HUGE = named(500);
const OF_HUGE = { env: { MAX_ANSWER_BYTES: '30000000', RATE_LIMIT } };

/** A server of its own, whose operator is heard. */
async function huge(limits: object, work: (own: TestServer, warned: () => Promise<string>) => Promise<void>) {
  const lines: string[] = [];
  let tell = (): void => undefined;
  const logger = pino({ level: 'warn' }, { write: (line) => void (lines.push(line), tell()) });
  const own = await startTestServer({ ...OF_HUGE, limits: { ...GENEROUS, ...limits }, logger });
  const warned = async () => {
    while (lines.length === 0) await new Promise<void>((resolve) => (tell = resolve));
    return lines.shift()!;
  };
  try {
    await openUnits(own);
    await work(own, warned);
  } finally {
    await own.stop();
  }
}
const held = ({ running }: TestServer) => running.services.ledger.bytes;

describe('an answer that is not read', () => {
  it('over HTTP is ended, and nothing of it held any longer', () =>
    huge({ stalledMs: 300 }, async (own, warned) => {
      const socket = await askAndNotRead(own.url, HUGE, await tokenFor(Role.VIEWER));
      expect(held(own)).toBeGreaterThan(10_000_000);
      expect(await warned()).toContain('answer not read, closing connection');
      while (held(own) > 0) await own.ask('{ latestCursor }');
      socket.resume();
      await once(socket, 'close');
      expect(socket.bytesRead).toBeLessThan(14_000_000);
    }));

  it('over HTTP is ended when it is read too slowly, however steadily', () =>
    huge({ unreadMs: 500 }, async (own, warned) => {
      const socket = await askAndNotRead(own.url, HUGE, await tokenFor(Role.VIEWER));
      expect(await warned()).toContain('answer not read, closing connection');
      while (held(own) > 0) await own.ask('{ latestCursor }');
      socket.destroy();
    }));

  it('makes the next of its caller be refused, and those of nobody else', () =>
    huge({ answersOfCaller: 20_000_000 }, async (own) => {
      const [token, another] = [await tokenFor(Role.VIEWER, 'heavy'), await tokenFor(Role.VIEWER, 'light')];
      const unread = await askAndNotRead(own.url, HUGE, token);
      const { status, data, errors } = await own.ask(HUGE, {}, { token });
      expect({ status, data }).toEqual({ status: 429, data: null });
      expect(errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED', limit: 'answersOfCaller', retryAfter: expect.any(Number) } },
      ]);
      const client = await connect(own.url, { token });
      expect((await client.subscribe(HUGE).next()).errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED' } },
      ]);
      await client.close();
      expect((await own.ask('{ latestCursor }', {}, { token })).errors).toBeUndefined();
      expect((await own.ask(HUGE, {}, { token: another })).errors).toBeUndefined();
      unread.destroy();
      while (held(own) > 0) await own.ask('{ latestCursor }');
      expect((await own.ask(HUGE, {}, { token })).errors).toBeUndefined();
    }));

  it('is thrown away for others when all of them hold too much', () =>
    huge({ answersOfAll: 20_000_000 }, async (own, warned) => {
      const unread = await askAndNotRead(own.url, HUGE, await tokenFor(Role.VIEWER, 'heavy'));
      const token = await tokenFor(Role.VIEWER, 'light');
      expect((await own.ask(HUGE, {}, { token })).errors).toBeUndefined();
      expect(await warned()).toContain('answer not read, closing connection');
      unread.destroy();
    }));

  it('over WebSocket is held in the ledger, and thrown away when too much is', () =>
    huge({ answersOfCaller: 20_000_000 }, async (own) => {
      const token = await tokenFor(Role.VIEWER, 'heavy');
      const unread = await openRaw(own.url, { authorization: `Bearer ${token}` });
      unread.socket.pause();
      const ask = (id: string) =>
        unread.socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: HUGE } }));
      ask('1');
      while (held(own) < 10_000_000) await own.ask('{ latestCursor }');
      const { errors } = await own.ask(HUGE, {}, { token });
      expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
      unread.socket.terminate();
      while (held(own) > 0) await own.ask('{ latestCursor }');
    }));
});

describe('an event', () => {
  it.each(['WebSocket', 'SSE'])(
    'is one buffer for all who follow it, made once and copied for nobody, over %s',
    async (name) => {
      const SUBSCRIBERS = 200;
      const query = eventOf(EVENT_BYTES / 2);
      const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
      const all = await Promise.all(
        Array.from({ length: SUBSCRIBERS }, async () => {
          if (name === 'SSE') {
            const stream = await openStream(server.url, { query, variables });
            return { next: () => stream.nextEvent(), stop: () => stream.cut() };
          }
          const raw = await subscribeRaw(server.url, query, variables);
          let seen = 0;
          const next = async () => {
            while (raw.received.length <= seen) await once(raw.socket, 'message');
            seen += 1;
            return { data: raw.received.at(-1) };
          };
          return { next, stop: () => raw.socket.terminate() };
        }),
      );
      await writer.revise(); // from here on all of them wait for news
      for (const each of all) await each.next();
      const write = jest.spyOn(Socket.prototype, 'write');
      const cursor = await writer.revise();
      const told = await Promise.all(all.map((each) => each.next()));
      const sent = write.mock.calls
        .map(([chunk]) => chunk as unknown as Buffer)
        .filter((chunk) => chunk.length > 50_000);
      write.mockRestore();
      for (const each of told) expect(each!.data.data.cohortChanged.cursor).toBe(cursor);
      expect(sent).toHaveLength(SUBSCRIBERS);
      for (const { buffer, byteOffset } of sent) {
        expect([buffer === sent[0]!.buffer, byteOffset]).toEqual([true, sent[0]!.byteOffset]);
      }
      for (const each of all) each.stop();
    },
  );

  it('of any size arrives whole and in its order beside all others of a socket', async () => {
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    const client = await connect(server.url);
    const sizes = [1, 3_000, 4_000, 5_000, 70_000, 150_000];
    const all = sizes.map((size) => client.subscribe(eventOf(size), variables));
    const written = await writer.reviseTimes(10);
    for (const each of all) {
      for (const cursor of written) expect((await each.nextData()).cohortChanged.cursor).toBe(cursor);
    }
    await client.close();
  });
});
