// Hostile inputs, in every place that takes a value, over HTTP and WebSocket: 60 values for each scalar and a megabyte
// for each text are refused in short, before any work.
import 'reflect-metadata';
import { isScalarType } from 'graphql';
import { LONGEST_TEXT } from '../../src/lib/texts';
import { LIMITS } from '../../src/config/limits';
import { makeSchema } from '../../src/schema';
import { hearWorkOnTextsOver, MARKER } from '../support/long-texts';
import { operationAt, type Place, placesOf } from '../support/places';
import { openSenders, type Sender } from '../support/senders';
import { ask, startTestServer, type TestServer, tokenOf } from '../support/server';
import { openStream } from '../support/sse';
import { logEnd } from '../support/world';

const schema = makeSchema();
const places = placesOf(schema);
const LONGEST_MESSAGE = 700;
const REFUSALS = new Set([
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'ANSWER_TOO_LARGE', // of more errors than are told
]);
/** What a text may also be answered with that is none of an event cursor of this registry. */
const NO_CURSOR = new Set(['CURSOR_INVALID', 'CURSOR_EXPIRED']);

let server: TestServer;
let ways: [string, Sender][];
let close: () => Promise<void>;
let end: string;

beforeAll(async () => {
  server = await startTestServer({ env: { RATE_LIMIT: '1000000000' } });
  ({ ways, close } = await openSenders(server.url));
  end = await logEnd(server);
});
afterEach(async () => expect(await logEnd(server)).toBe(end)); // whatever was sent, nothing was changed
afterAll(async () => {
  await close();
  await server.stop();
});

/** Chosen by a seed that is printed when something fails. */
const seed = Number(process.env.SEED) || Date.now() % 1_000_000;
let state = seed;
const choose = <T>(from: readonly T[]): T => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return from[Math.floor((state / 2 ** 32) * from.length)]!;
};

const short = (value: unknown) => (JSON.stringify(value) ?? '').slice(0, 80);

describe('a hostile value in the place of a scalar', () => {
  /** What each scalar takes; the rest of JSON is none of it. */
  const TAKEN: Record<string, string[]> = {
    ...{ EventCursor: ['string'], Date: ['string'], DateTime: ['string'], String: ['string'] },
    ...{ Dong: ['number'], Periods: ['number'], WholeNumber: ['number'], Int: ['number'] },
    ...{ ID: ['string', 'number'], Boolean: ['boolean'] },
  };
  const VALUES: unknown[] = [
    ...[{}, { length: 50_000_000 }, { length: -1 }, { type: 'Buffer', data: [1] }, { toString: 'x' }],
    ...[{ valueOf: 1 }, { constructor: { name: 'String' } }, { a: { b: { c: [{}] } } }, { value: 'x' }],
    ...[[], [[]], [null], [[['x']]], [{}], [1, 'x'], Array.from({ length: 500 }, () => 0), null],
    ...[true, false, 0, -1, 1, 0.5, 1e-7, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 1e300, -1e308],
    ...['', ' ', '0', '-1', 'NaN', 'null', 'undefined', 'true', '[object Object]', '__proto__', '../etc'],
    ...['2024-02-30', '0000-00-00', '2024-01-01T99:99:99Z', '1e999', "' OR 1=1 --", '";--', '%', '\\'],
    ...['\u0000', '\ud83d', '\u202e', '\u200b', 'ａ', '{{7*7}}', '${7}', 'x'.repeat(65)],
    ...['x'.repeat(30_000), 'Did you mean '.repeat(2_000), `a${'\u0301\u0316'.repeat(9_000)}`],
  ];
  const scalars = Object.values(schema.getTypeMap()).filter(isScalarType);
  const used = scalars.map(({ name }) => name).filter((name) => places.some(({ type }) => type === name));

  it('of which there are 60, and a place for each scalar', () => {
    expect(VALUES.length).toBeGreaterThanOrEqual(60);
    expect(used.sort()).toEqual(Object.keys(TAKEN).sort());
  });

  it.each(used)('of type %s is refused, unless it is of its kind', async (scalar) => {
    // One that is no list, or a list could be one; and no subscription, which HTTP refuses whole.
    const place = places.find(
      (each) => each.type === scalar && !each.listed && each.operation !== 'subscription',
    )!;
    for (const value of VALUES) {
      for (const literal of [null, literalOf(value)]) {
        for (const [way, send] of ways) {
          const what = [place.name, way, literal === null ? 'variable' : 'literal', short(value)];
          const { data, errors } = await send(operationAt(place, literal), literal === null ? { value } : {});
          const codes = (errors ?? []).map(({ extensions }) => extensions.code);
          const bad = codes.filter((code) => !REFUSALS.has(code) && !NO_CURSOR.has(code));
          expect([...what, bad]).toEqual([...what, []]);
          for (const { message } of errors ?? []) expect(message.length).toBeLessThan(LONGEST_MESSAGE);
          // As a literal, null leaves out what may be left out.
          const own = TAKEN[scalar]!.includes(typeof value) || (value === null && literal !== null);
          // A literal may be of another kind, and too long as well.
          if (!own) expect([...what, data ?? null, codes.length > 0]).toEqual([...what, null, true]);
          expect(codes.length).toBeLessThanOrEqual(literal === null ? 1 : 2);
        }
      }
    }
  });

  /** A value as a document says it. */
  function literalOf(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map(literalOf).join(' ')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const fields = Object.entries(value).map(([name, each]) => `${name}: ${literalOf(each)}`);
    return `{${fields.join(' ')}}`;
  }
});

describe('a text', () => {
  const KINDS = {
    letters: 'x',
    'Vietnamese letters': 'ế',
    'decomposed letters': 'e\u0302\u0301',
    'combining marks': '\u0301\u0316',
    'lone surrogates': '\ud83d',
    NULs: '\u0000',
    emoji: '🏫',
    spaces: ' ',
    'no-break spaces': '\u00a0 ',
    quotes: '"',
    backslashes: '\\',
    'signs of LIKE': '%_',
    base64: 'eyJ',
    dots: '.',
    'line breaks': '\r\n',
    'invisible characters': '\u200b',
    suggestions: 'Did you mean ',
    digits: '9',
  };
  /** As much of it as fits into a body, whatever JSON makes of it. */
  const textOf = (kind: keyof typeof KINDS, bytes: number) => {
    const unit = KINDS[kind];
    return MARKER + unit.repeat(Math.floor(bytes / (Buffer.byteLength(JSON.stringify(unit)) - 2)));
  };
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const texts = places.filter(({ type }) => ['String', 'ID', 'EventCursor', 'Date'].includes(type));
  const most = LIMITS.bytes - 4_096;

  it('has many places', () => expect(texts.length).toBeGreaterThan(200));

  /** Sends it, and gives what was refused, with the work that was done on it. */
  async function expectRefused(
    place: Place,
    way: string,
    send: Sender,
    kind: keyof typeof KINDS,
    literal: boolean,
  ) {
    const value = textOf(kind, literal ? most / 2 : most);
    const ear = hearWorkOnTextsOver(LONGEST_TEXT);
    // JSON.stringify escapes whatever GraphQL does not take as it is.
    const query = operationAt(place, literal ? JSON.stringify(value) : null);
    const asked = send(query, literal ? {} : { value });
    const { data, errors } = await asked.finally(() => ear.stop());
    const what = { place: place.name, way, kind, literal, seed };
    expect({ ...what, heard: ear.heard }).toEqual({ ...what, heard: [] });
    const codes = (errors ?? []).map(({ extensions }) => extensions.code);
    const refused = codes.length > 0 && codes.every((code) => REFUSALS.has(code));
    expect({ ...what, data: data ?? null, codes, refused }).toEqual({
      ...what,
      data: null,
      codes,
      refused: true,
    });
    expect(errors![0]!.message.length).toBeLessThan(LONGEST_MESSAGE);
  }

  it('of a megabyte is refused in every place before it is worked on', async () => {
    // Each place over one of the two, and the next time perhaps over the other.
    for (const place of texts) {
      const [way, send] = place.operation === 'subscription' ? ways[1]! : choose(ways);
      await expectRefused(place, way, send, choose(kinds), false);
    }
  });

  it.each(kinds)('of half a megabyte of %s in the document is refused as well', async (kind) => {
    for (const [way, send] of ways) {
      const asked = texts.filter(({ operation }) => operation !== 'subscription');
      await expectRefused(choose(asked), way, send, kind, true);
    }
  });

  it('that is shorter than the longest there is, but longer than its field takes, changes nothing', async () => {
    const own = texts.filter(({ operation }) => operation !== 'subscription');
    for (const place of own) {
      const kind = choose(kinds);
      const value = textOf(kind, LONGEST_TEXT * 6).slice(0, LONGEST_TEXT);
      // What is put in NFC, which costs the most, is not longer than its field, and has no run of marks;
      // but a text may be as long in one field.
      const ear = hearWorkOnTextsOver(LONGEST_TEXT - 1);
      const [way, send] = choose(ways);
      const { data, errors } = await send(operationAt(place, null), { value }).finally(() => ear.stop());
      const what = { place: place.name, way, kind, seed };
      const put = ear.heard.filter(({ work }) => work === 'normalize').length;
      expect({ ...what, put: put > 0 && place.path.at(-1) !== 'localProblem' }).toEqual({
        ...what,
        put: false,
      });
      const codes = (errors ?? []).map(({ extensions }) => extensions.code);
      expect({ ...what, codes: codes.filter((code) => !REFUSALS.has(code) && !NO_CURSOR.has(code)) }).toEqual(
        {
          ...what,
          codes: [],
        },
      );
      const refused = Object.values(data ?? {}).flatMap((each) => (each as Payload | null)?.userErrors ?? []);
      if (place.operation === 'mutation')
        expect({ ...what, refused: codes.length + refused.length > 0 }).toEqual({ ...what, refused: true });
    }
  });

  it('of a megabyte is refused as a name, as an id of a socket and as a key', async () => {
    const long = textOf('letters', most);
    for (const [, send] of ways) {
      const { errors } = await send('query ($f: UnitFilter) { units(filter: $f) { totalCount } }', {
        f: { [long]: 1 },
      });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors![0]!.message.length).toBeLessThan(LONGEST_MESSAGE);
    }
  });

  interface Payload {
    userErrors?: unknown[];
  }
});

describe('a cursor in a header', () => {
  it('of many kilobytes is refused', async () => {
    const after = 'x'.repeat(10_000);
    expect(await ask(server.url, '{ latestCursor }', {}, { after })).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'CURSOR_INVALID' } }],
    });
    const stream = await openStream(server.url, {
      query: 'subscription { cohortChanged { cursor } }',
      lastEventId: after,
    });
    const told = await stream.nextEvent();
    expect(told!.data).toMatchObject({ errors: [{ extensions: { code: 'CURSOR_INVALID' } }] });
    stream.cut();
  });
});

describe('too many errors', () => {
  const one = (code: string, message: string) => [
    { extensions: { code }, message: expect.stringContaining(message) as unknown },
  ];

  it('in variables are one, and no bug', async () => {
    const query = 'query ($kinds: [UnitKind!]) { units(filter: { kinds: $kinds }) { totalCount } }';
    for (const [, send] of ways) {
      for (const wrong of ['X', 'x'.repeat(10_000), 1, {}, null]) {
        const { data, errors } = await send(query, { kinds: Array.from({ length: 60 }, () => wrong) });
        expect(data ?? null).toBeNull();
        expect(errors).toMatchObject(
          one('BAD_USER_INPUT', 'More than 50 values of the variables are wrong.'),
        );
      }
      const { errors } = await send(query, { kinds: Array.from({ length: 50 }, () => 'X') });
      expect(errors).toHaveLength(50);
    }
  });

  it('in a document are one', async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `nothing${i}`).join(' ');
    const message = 'More than 20 places of the document are wrong.';
    for (const [, send] of ways) {
      expect((await send(`{ ${fields(200)} }`)).errors).toMatchObject(
        one('GRAPHQL_VALIDATION_FAILED', message),
      );
      expect((await send(`{ ${fields(20)} }`)).errors).toHaveLength(20);
    }
    const stream = await openStream(server.url, {
      query: `subscription { cohortChanged { ${fields(200)} } }`,
    });
    expect((await stream.body()).errors).toMatchObject(one('GRAPHQL_VALIDATION_FAILED', message));
  });
});

describe('a condition at the root of a subscription', () => {
  const FORMS = [
    'subscription ($x: Boolean!) { cohortChanged @skip(if: $x) { cursor } }',
    'subscription ($x: Boolean!) { cohortChanged @include(if: $x) { cursor } }',
    'subscription ($x: Boolean!) { ... @skip(if: $x) { cohortChanged { cursor } } }',
    'subscription ($x: Boolean!) { ...F @include(if: $x) } fragment F on Subscription { cohortChanged { cursor } }',
    'subscription ($x: Boolean!) { ...F } fragment F on Subscription { ...F cohortChanged @skip(if: $x) { cursor } }',
    'subscription { cohortChanged @skip { cursor } }',
    'subscription { cohortChanged @skip(if: 1) @include(if: null) { cursor } }',
  ];

  it.each(FORMS)('is refused alike on all transports, and is no bug: %s', async (query) => {
    const token = await tokenOf({ subject: 'nobody' });
    const stream = await openStream(server.url, { query, variables: { x: true }, token });
    const answers = [
      ...(await Promise.all(ways.map(async ([, send]) => (await send(query, { x: true })).errors))),
      (await ask(server.url, query, { x: true }, { as: null })).errors,
      (await stream.body()).errors,
    ];
    for (const errors of answers) {
      const codes = (errors as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code);
      expect(new Set(codes)).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
      expect(errors).toEqual(answers[0]);
    }
  });

  it('that is always true leaves a subscription as it is', async () => {
    const query = 'subscription { cohortChanged @include(if: true) { cursor } }';
    const stream = await openStream(server.url, { query });
    expect(stream.status).toBe(200);
    stream.cut();
  });
});
