// Attacks by what is sent: other kinds than a scalar takes, texts of 1 MB, hundreds of wrong values (C1, C3, L2 to L5).
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Role } from '../../src/access/policy';
import { goneWithin, Line, tcp } from './client';
import { operationAt, type Place, placesOf } from './places';
import type { Attack, Operation, Stage } from './stage';
import { HOSTILE, LONG_TEXTS, Values } from './values';
import type { Rule } from './verdict';

/** What stopped the server once comes first. */
const KNOWN = [{ length: 30_000_000 }, { length: 500_000_000 }];
const CURSORS: readonly unknown[] = [
  ...HOSTILE,
  ...[{ length: -1 }, { length: '9'.repeat(9) }, 'A'.repeat(900_000)],
  ...[['a'], Array.from({ length: 100_000 }, () => 1), { type: 'Buffer', data: 'x' }],
];
const LITERALS = [
  '1',
  '-1',
  '1.5',
  'true',
  'A',
  '[]',
  '["a"]',
  '{ length: 30000000 }',
  '{}',
  '""',
  '"""a"""',
];
const EVENTS = ['cohort', 'graduate', 'initiative', 'trainingOrder'] as const;
const FOLLOWED = ['cohortChanged', 'graduateRecorded', 'initiativeChanged', 'trainingOrderChanged'] as const;
const DASHBOARD = `{ cohorts(first: 20) { totalCount nodes { id code name status startsOn programme { name } } } }`;
const HONEST_REQUESTS = 60;
const REFUSED_REQUESTS = 5;
const ENOUGH_ANSWERS_MS = 3_000;
const REFUSED_MS = 5_000;
const ARRIVED_MS = 1_000;
/** Of a body with small values. */
const BODY_BYTES = 1_000_000;
const VALUES = 340_000;

const valuesOf = ({ chance, pools }: Stage) => new Values(chance, pools, 0);

/** Every operation that takes an event cursor, with this one. */
function withCursor(cursor: unknown): { operation: Operation; isLive: boolean }[] {
  const variables = { a: cursor };
  return [
    ...EVENTS.map((noun) => ({
      operation: {
        query: `query ($a: EventCursor) { ${noun}Events(after: $a, first: 1) { cursor } }`,
        variables,
      },
      isLive: false,
    })),
    ...FOLLOWED.map((field) => ({
      operation: { query: `subscription ($a: EventCursor) { ${field}(after: $a) { cursor } }`, variables },
      isLive: true,
    })),
  ];
}

const cursors: Attack = {
  name: 'cursors of any kind',
  why: 'what is no cursor is refused before it is decoded, in lists of events and in subscriptions',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const rest = stage.chance.shuffle([...CURSORS, ...KNOWN].flatMap(withCursor));
    const all = [...withCursor(KNOWN[0]).slice(0, 1), ...withCursor(KNOWN[1]).slice(4, 5), ...rest];
    let line = await Line.open(stage.url, caller);
    await stage.flood(
      3,
      async (turn) => {
        const { operation, isLive } = all[turn]!;
        const another = await stage.caller(Role.VIEWER);
        stage.note(JSON.stringify(operation.variables).slice(0, 60));
        if (!isLive) return stage.ask(another, operation);
        if (turn % 2 === 0) return stage.stream(another, operation, { ms: ENOUGH_ANSWERS_MS });
        if (line.closed !== null) line = await Line.open(stage.url, caller);
        return stage.over(line, caller, operation, ENOUGH_ANSWERS_MS);
      },
      all.length,
    );
    for (const literal of LITERALS) {
      if (stage.timeIsUp) break;
      await stage.ask(caller, { query: `{ cohortEvents(after: ${literal}, first: 1) { cursor } }` });
      await stage.stream(
        caller,
        { query: 'subscription { cohortChanged { cursor } }' },
        { headers: { 'last-event-id': literal, 'canbo-after': literal }, ms: 200 },
      );
    }
    line.close();
  },
};

const scalars: Attack = {
  name: 'other kinds for each scalar',
  why: 'each scalar takes its own kind and nothing else, over HTTP and WebSocket',
  share: 2,
  run: async (stage) => {
    const places = stage.chance.shuffle(placesOf(stage.schema).filter(({ kind }) => kind !== 'subscription'));
    const kinds = [...new Set(places.map(({ scalar }) => scalar))];
    const some = kinds.flatMap((scalar) => places.filter((each) => each.scalar === scalar).slice(0, 2));
    const all = stage.chance.shuffle(some.flatMap((place) => HOSTILE.map((value) => ({ place, value }))));
    const values = valuesOf(stage);
    const caller = await stage.caller(Role.ADMINISTRATOR);
    let line = await Line.open(stage.url, caller);
    await stage.flood(
      4,
      async (turn) => {
        const { place, value } = all[turn]!;
        stage.note(`${place.field.name} ${place.path.join('.')}`);
        const operation = operationAt(place, value, values);
        if (turn % 2 === 0) return stage.ask(await stage.caller(Role.ADMINISTRATOR), operation);
        if (line.closed !== null) line = await Line.open(stage.url, caller);
        return stage.over(line, caller, operation);
      },
      all.length,
    );
    line.close();
  },
};

/** Every text at every place; first the one that stopped the server once. */
function textsOf({ schema, chance }: Stage): { place: Place; text: string }[] {
  const places = placesOf(schema).filter(({ scalar }) => scalar === 'String' || scalar === 'ID');
  const known = places.find(({ field, path }) => field.name === 'cohort' && path.join() === 'code')!;
  const all = places.flatMap((place) => Object.keys(LONG_TEXTS).map((text) => ({ place, text })));
  return [{ place: known, text: 'combining marks' }, ...chance.shuffle(all)];
}

const longTexts: Attack = {
  name: 'texts of 1 MB',
  why: 'the length of a text is looked at before the text, wherever it is sent',
  share: 3,
  run: async (stage) => {
    const all = textsOf(stage);
    const values = valuesOf(stage);
    await stage.flood(
      2,
      async (turn) => {
        const { place, text } = all[turn]!;
        stage.note(`${text} as ${place.field.name} ${place.path.join('.')}`);
        const operation = operationAt(place, LONG_TEXTS[text], values);
        const caller = await stage.caller(Role.ADMINISTRATOR);
        if (place.kind === 'subscription') return stage.stream(caller, operation, { ms: ENOUGH_ANSWERS_MS });
        return turn % 3 === 0 ? stage.socket(caller, operation) : stage.ask(caller, operation);
      },
      all.length,
    );
  },
};

const wrongValues: Attack = {
  name: 'wrong values by the hundred',
  why: 'too many errors are one plain error, and no alarm',
  run: async (stage) => {
    const lists = placesOf(stage.schema).filter(({ isList, kind }) => isList && kind !== 'subscription');
    const values = valuesOf(stage);
    const enums = { query: 'query ($a: [UnitKind!]) { units(filter: { kinds: $a }) { totalCount } }' };
    for (const count of [50, 51, 60, 1_000, 100_000]) {
      if (stage.timeIsUp) return;
      const caller = await stage.caller(Role.VIEWER);
      const wrong = Array.from({ length: count }, () => 'X');
      const operation = { ...enums, variables: { a: wrong } };
      await stage.ask(caller, operation);
      await stage.socket(caller, operation);
    }
    await stage.flood(
      2,
      async (turn) => {
        const place = lists[turn]!;
        const wrong = Array.from({ length: 60 }, () => ({ a: 1 }));
        stage.note(`${place.field.name} ${place.path.join('.')}`);
        return stage.ask(await stage.caller(Role.ADMINISTRATOR), operationAt(place, wrong, values));
      },
      lists.length,
    );
  },
};

/** CPU time of the server for one of several requests; the honest callers are silent meanwhile. */
async function cpuOf(stage: Stage, times: number, one: () => Promise<unknown>): Promise<number> {
  const before = stage.target.cpuMs();
  for (let turn = 0; turn < times; turn++) await one();
  return (stage.target.cpuMs() - before) / times;
}

/**
 * What a refused input of 1 MB costs the server, measured in honest requests: a page of cohorts as a dashboard asks for
 * it. Nobody else may ask meanwhile. @returns the dearest, and what is wrong.
 */
export async function priceOfRefusal(stage: Stage, rule: Rule): Promise<{ faults: string[]; worst: number }> {
  const honest = await stage.caller(Role.VIEWER);
  const ask = () => stage.ask(honest, { query: DASHBOARD });
  await cpuOf(stage, HONEST_REQUESTS / 2, ask); // the first ones are compiled
  const unit = await cpuOf(stage, HONEST_REQUESTS, ask);
  const faults: string[] = [];
  let worst = 0;
  for (const [name, text] of Object.entries(LONG_TEXTS)) {
    const operation = { query: 'query ($c: String) { cohort(code: $c) { id } }', variables: { c: text } };
    const caller = await stage.caller(Role.VIEWER);
    const refused = () => stage.ask(caller, operation, { ms: REFUSED_MS });
    // One that is far too dear is not asked for again.
    let ratio = (await cpuOf(stage, 1, refused)) / unit;
    const isFar = ratio > 5 * rule.refusedInHonest;
    if (!isFar) ratio = (await cpuOf(stage, REFUSED_REQUESTS, refused)) / unit;
    worst = Math.max(worst, ratio);
    if (ratio > rule.refusedInHonest) {
      faults.push(`1 MB of ${name} costs the server as much as ${Math.round(ratio)} honest requests`);
    }
    if (isFar) await stage.target.replace(); // it may be at work on it for minutes
  }
  return { faults, worst };
}

/** Bodies of hardly more than 1 MB that take many times that when they are parsed. */
const WIDE: readonly string[] = ['1', '{}', '[]', '""', 'null', '{"a":1}'].flatMap((entry) => {
  const list = `[${Array.from({ length: Math.min(VALUES, Math.floor(BODY_BYTES / (entry.length + 1))) }, () => entry).join()}]`;
  return [
    `{"query":"{ about { version } }","variables":{"a":${list}}}`,
    `{"query":"query ($a: [ID!]!) { nodes(ids: $a) { id } }","variables":{"a":${list}}}`,
    `{"query":"subscription { cohortChanged { cursor } }","extensions":${list}}`,
  ];
});
const REFUSED_HTTP = 413;
const REFUSED_SOCKET = 1009;

const wide: Attack = {
  name: 'wide JSON',
  why: 'a request of too many values is refused before it is parsed, however few bytes it has',
  share: 2,
  run: (stage) =>
    stage.flood(8, async (turn) => {
      const body = WIDE[turn % WIDE.length]!;
      stage.note(body.slice(0, 80));
      const caller = await stage.caller(turn % 2 === 0 ? Role.VIEWER : 'STRANGER');
      if (turn % 3 > 0) {
        const answer = await (turn % 3 === 1 ? stage.raw(caller, body) : stage.stream(caller, body));
        if (answer.status !== REFUSED_HTTP)
          stage.troubles.push(`${answer.status} answers ${body.slice(0, 80)}`);
        return;
      }
      const line = await Line.open(stage.url, caller);
      line.send(`{"id":"w","type":"subscribe","payload":${body}}`);
      await line.gone(REFUSED_MS);
      stage.asked += 1;
      stage.count(`closed with ${line.closed}`);
      if (line.closed !== REFUSED_SOCKET) stage.troubles.push(`a socket took ${body.slice(0, 80)}`);
      line.close();
    }),
};

/** Just below what is refused unread, and dear to parse: each name is another one. */
const MANY_NAMES = `{"query":"{","variables":{${Array.from({ length: 49_000 }, (_, i) => `"${((i * 2_654_435_761) >>> 0).toString(36)}${i}":0`).join()}}}`;
const AT_ONCE = 30;

const names: Attack = {
  name: 'many names at once',
  why: 'large bodies whose last byte comes at the same moment are parsed one by one, and none for a wrong token',
  share: 2,
  run: async (stage) => {
    const caller = await stage.caller('STRANGER');
    for (let turn = 0; !stage.timeIsUp; turn++) {
      const token = turn % 2 === 0 ? 'authorization: Bearer a.b.c\r\n' : '';
      const head = `POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${token}content-type: application/json\r\ncontent-length: ${MANY_NAMES.length}\r\n\r\n`;
      const sockets = await Promise.all(
        Array.from({ length: AT_ONCE }, () => tcp(stage.target.port, caller.address)),
      );
      for (const socket of sockets) {
        socket.resume();
        socket.write(head + MANY_NAMES.slice(0, -1));
      }
      await pause(ARRIVED_MS);
      stage.note(`${AT_ONCE} last bytes, ${token ? 'with a wrong token' : 'without a token'}`);
      for (const socket of sockets) socket.write('}');
      await Promise.all(sockets.map((socket) => goneWithin(socket, ENOUGH_ANSWERS_MS * 5)));
      stage.asked += AT_ONCE;
      sockets.forEach((socket) => socket.destroy());
    }
  },
};

/** Headers as long as headers may be, of what a pattern may go over again and again. */
const HEADERS: readonly (readonly [string, string])[] = [
  ...['if-none-match', 'accept', 'accept-encoding', 'accept-language', 'content-type'].flatMap((name) =>
    [`a${' '.repeat(15_000)}b`, 'a/b,'.repeat(3_700), `a;a="${'\\"'.repeat(7_000)}`].map(
      (value) => [name, value] as const,
    ),
  ),
  ['authorization', `Bearer${' '.repeat(8_000)}a b`],
];
/** Many times what such a request takes, and a fraction of what a bad pattern would. */
const HEADER_MS = 15;

const headers: Attack = {
  name: 'long headers',
  why: 'no header is read by a pattern that goes over it again and again',
  run: async (stage) => {
    const query = '{ about { version } }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const caller = await stage.caller(Role.VIEWER);
    await stage.raw(caller, JSON.stringify({ query, extensions }));
    const path = `/graphql?extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    for (const [name, value] of HEADERS) {
      if (stage.timeIsUp) return;
      const how = { method: 'GET', path, headers: { 'apollo-require-preflight': '1', [name]: value } };
      const ms = await stage.mainThreadMsEach(async () => {
        for (let i = 0; i < 10; i++) await stage.raw(caller, '', how);
      });
      if (ms > HEADER_MS) stage.troubles.push(`a long ${name} takes ${Math.round(ms)} ms of the main thread`);
    }
  },
};

export const INPUTS: readonly Attack[] = [cursors, scalars, longTexts, wrongValues, wide, names, headers];
