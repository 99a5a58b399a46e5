// Damages good documents: flipped bytes, missing ends, wrong kinds, JSON that is none, broken frames and messages.
import type { Chance } from '../faults/chance';
import type { How } from './client';
import type { Operation } from './stage';
import { HOSTILE } from './values';

export interface DamagedRequest {
  name: string;
  body: string | Buffer;
  how: How;
}

type Damage = (operation: Operation, chance: Chance) => Omit<DamagedRequest, 'name'>;

const asJson = (body: unknown, how: How = {}) => ({ body: JSON.stringify(body), how });
const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}${close.repeat(depth)}`;

/** Puts other values in the place of some of the values anywhere in the variables. */
function garble(value: unknown, chance: Chance): unknown {
  if (chance.next() < 0.25) return chance.pick(HOSTILE);
  if (Array.isArray(value)) return value.map((each) => garble(each, chance));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, garble(each, chance)]));
}

const HTTP: Readonly<Record<string, Damage>> = {
  'flipped bytes': (operation, chance) => {
    const body = Buffer.from(JSON.stringify(operation));
    for (let i = chance.between(1, 8); i > 0; i--) body[chance.between(0, body.length - 1)]! ^= 1 << (i & 7);
    return { body, how: {} };
  },
  'flipped letters in the query': ({ query, variables }, chance) => {
    const signs = [...query];
    const other = [
      '{',
      '}',
      '(',
      ')',
      '$',
      '"',
      '...',
      '!',
      ':',
      '@',
      '\\',
      '\u0000',
      'é',
      '[',
      '#',
      '&',
      '|',
    ];
    for (let i = chance.between(1, 4); i > 0; i--)
      signs[chance.between(0, signs.length - 1)] = chance.pick(other);
    return asJson({ query: signs.join(''), variables });
  },
  truncated: (operation, chance) => {
    const body = JSON.stringify(operation);
    return { body: body.slice(0, chance.between(0, body.length - 1)), how: {} };
  },
  'query truncated': ({ query, variables }, chance) =>
    asJson({ query: query.slice(0, chance.between(0, query.length - 1)), variables }),
  'doubled pieces': ({ query, variables }, chance) => {
    const from = chance.between(0, query.length - 1);
    const piece = query.slice(from, from + chance.between(1, 60));
    return asJson({
      query: query.slice(0, from) + piece.repeat(chance.between(1, 30)) + query.slice(from),
      variables,
    });
  },
  'wrong kinds': ({ query, variables }, chance) => asJson({ query, variables: garble(variables, chance) }),
  'variables left out': ({ query }) => asJson({ query }),
  'huge numbers': ({ query, variables }, chance) => ({
    body: JSON.stringify({ query, variables }).replace(/\d+/g, (digits) =>
      chance.next() < 0.3 ? '9'.repeat(chance.between(10, 400)) : digits,
    ),
    how: {},
  }),
  'deep variables': ({ query }, chance) => ({
    body: `{"query":${JSON.stringify(query)},"variables":{"v0":${nested(chance.between(100, 50_000), '[', ']')}}}`,
    how: {},
  }),
  'deep objects': ({ query }, chance) => {
    const depth = chance.between(100, 20_000);
    return {
      body: `{"query":${JSON.stringify(query)},"variables":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`,
      how: {},
    };
  },
  'deep selections': (_operation, chance) => {
    const depth = chance.between(17, 3_000);
    return asJson({ query: `{ unit(code: "79") ${'{ parent '.repeat(depth)}{ id }${' }'.repeat(depth)} }` });
  },
  'deep literals': (_operation, chance) =>
    asJson({
      query: `{ units(filter: { codes: ${nested(chance.between(2, 1_500), '[', ']')} }) { totalCount } }`,
    }),
  'no query': (_operation, chance) => asJson({ query: chance.pick(HOSTILE) }),
  'other fields': (operation, chance) =>
    asJson({
      ...operation,
      ...{ operationName: chance.pick(HOSTILE), extensions: chance.pick(HOSTILE) },
      ...(chance.next() < 0.5 && { variables: chance.pick(HOSTILE) }),
    }),
  'no object': (operation, chance) =>
    asJson(chance.pick([[operation, operation], [], null, 1, 'x', [[operation]]])),
  prototypes: ({ query }) => ({
    body: `{"query":${JSON.stringify(query)},"variables":{"__proto__":{"v0":1},"constructor":{"prototype":1}},"__proto__":{"query":"{a}"}}`,
    how: {},
  }),
  'twice the same key': (operation) => {
    const body = JSON.stringify(operation);
    return { body: `${body.slice(0, -1)},"query":1,"variables":"x"}`, how: {} };
  },
  'another encoding': (operation, chance) => ({
    body: Buffer.from(JSON.stringify(operation), chance.pick(['utf16le', 'latin1', 'base64'] as const)),
    how: {},
  }),
  'wrong content type': (operation, chance) => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=a',
      '',
      'x',
    ];
    types.push(
      'application/graphql',
      'application/json; charset=utf-7',
      'application/json;;;',
      '*/*',
      'a/b, c/d',
    );
    return asJson(operation, { headers: { 'content-type': chance.pick(types) } });
  },
  'wrong coding': (operation, chance) =>
    asJson(operation, { headers: { 'content-encoding': chance.pick(['gzip', 'br', 'deflate', 'x']) } }),
  'wrong method': ({ query }, chance) => ({
    body: '',
    how: {
      method: chance.pick(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD']),
      path: chance.pick([
        ...[
          `/graphql?query=${encodeURIComponent(query).slice(0, 4_000)}`,
          '/graphql?query=%',
          '/graphql?query[]=a',
        ],
        ...[
          '/graphql?variables={',
          '/graphql/stream',
          '/graphql/%2e%2e/',
          '/%',
          '//graphql',
          '/graphql?query=a&query=b',
        ],
      ]),
    },
  }),
  'wrong headers': (operation, chance) =>
    asJson(operation, {
      headers: {
        [chance.pick([
          'canbo-after',
          'accept-language',
          'authorization',
          'accept',
          'origin',
          'last-event-id',
        ])]: chance.pick([
          '',
          'x',
          'Bearer a.b.c',
          'e30',
          'a'.repeat(6_000),
          ',;q=,',
          'vi;q=9999999999',
          '*/*;q=-1',
          'ÿ',
        ]),
      },
    }),
};

/** A request with one thing wrong, to either address. */
export function damagedRequest(operation: Operation, chance: Chance): DamagedRequest {
  const name = chance.pick(Object.keys(HTTP));
  return { name, ...HTTP[name]!(operation, chance) };
}

/** A message of graphql-ws with something wrong. */
export function damagedMessage(operation: Operation, chance: Chance): string | Buffer {
  const id = chance.pick<unknown>(['1', '__proto__', '', 'x'.repeat(1_000), ...HOSTILE]);
  const type = chance.pick<unknown>([
    'subscribe',
    'subscribe',
    'connection_init',
    'next',
    'ping',
    'pong',
    'error',
    7,
  ]);
  const { body } = damagedRequest(operation, chance);
  const payload: unknown = chance.pick([operation, chance.pick(HOSTILE), { query: body.toString() }]);
  const whole = JSON.stringify({ id, type, payload });
  return chance.pick([
    ...[whole, JSON.stringify({ id: '1', type, payload }), JSON.stringify({ type: 'complete', id })],
    ...[
      whole.slice(0, chance.between(0, whole.length)),
      Buffer.from(whole),
      Buffer.from(body),
      '[]',
      'null',
      '{',
    ],
    ...[
      `{"id":"1","type":"subscribe","payload":${body.toString()}}`,
      JSON.stringify([{ id, type, payload }]),
    ],
  ]);
}

/** Bytes that are no frame a client may send. */
export function damagedFrame(chance: Chance): Buffer {
  const mask = [1, 2, 3, 4];
  return Buffer.from(
    chance.pick([
      ...[
        [0x81, 0x05, 104, 101, 108, 108, 111],
        [0xf1, 0x80, ...mask],
        [0x83, 0x80, ...mask],
      ],
      ...[
        [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0x09, 0x80, ...mask],
      ],
      ...[
        [0x89, 0xfe, 0x00, 0x7e, ...mask],
        [0x80, 0x80, ...mask],
        [0x81, 0x82, ...mask, 0xff, 0xfe],
      ],
      ...[
        [0x88, 0x81, ...mask, 0],
        [0x88, 0x82, ...mask, 0, 0],
        [0xc1, 0x80, ...mask],
      ],
      Array.from({ length: chance.between(1, 200) }, () => chance.between(0, 255)),
    ]),
  );
}
