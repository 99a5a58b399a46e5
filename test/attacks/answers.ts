// Attacks by what is answered: keys of any length in lists of lists, answers and events that nobody reads (C2).
import type { Socket as TcpSocket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Role } from '../../src/access/policy';
import { type Caller, Line, tcp } from './client';
import type { Attack, Operation, Stage } from './stage';

const MEGABYTE = 1_048_576;
/** 10 MB unless configured, and what stands around it. */
const LARGEST_ANSWER = 12 * MEGABYTE;
const UNREAD = 20;
const IDLE_LINES = 20;
const PER_LINE = 10;
/** How a document is refused that asks for more than is allowed. */
const REFUSED = '"QUERY_TOO_COMPLEX"';
/** Of a record whose texts are as long as an administrator makes them. */
const LONG_BYTES = 300_000;
/** So many of it are more than an answer may have, and so many are less. */
const [TOO_MANY, FEWER] = [40, 30];
/** Answers of 9 MB that one caller may hold, and one that is being ended. */
const HELD = 4;
/** What making all of them may take. */
const MADE_MS = 30_000;
/** How long a connection may take nothing; Node notices after twice the time at the latest. */
const STALLED_MS = 35_000;
const CHANGES = 24;
/** The last of them may still be told of. */
const ENDED_MS = 5_000;

const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const lists = (count: number) => times(count, (i) => `p${i}: cohorts(first: 100) { nodes { ...F } }`);
/** Names no longer than this many letters, as many as there may be. */
const keys = (count: number, letters: number, field: string) =>
  times(count, (i) => `${'a'.repeat(letters)}${i}: ${field}`);

/** Short questions with long answers, for which each asks too much. */
const LARGE: Readonly<Record<string, string>> = {
  'a key of 1 MB in 4 lists': `{ ${lists(4)} } fragment F on Cohort { ${'a'.repeat(1_000_000)}: id }`,
  'a key of 1 MB in 6 lists': `{ ${lists(6)} } fragment F on Cohort { ${'a'.repeat(1_000_000)}: id }`,
  'a key of 100 KB in 20 lists': `{ ${lists(20)} } fragment F on Cohort { ${'b'.repeat(100_000)}: name }`,
  'keys of 100 letters': `{ ${lists(2)} } fragment F on Cohort { ${keys(45, 97, 'name')} }`,
  'free keys of 100 letters': `{ ${lists(5)} } fragment F on Cohort { ${keys(90, 97, '__typename')} }`,
  'keys of 9 KB': `{ ${lists(2)} } fragment F on Cohort { ${keys(50, 9_000, '__typename')} }`,
  'keys in lists of lists': `{ programmes(first: 20) { nodes { cohorts(first: 100) { nodes { ...F } } } } }
    fragment F on Cohort { ${keys(5, 90_000, 'id')} }`,
  'a long key around a union': `{ nodes(ids: $ids) { ... on Cohort { ${'c'.repeat(900_000)}: id } } }`,
};

function operationOf(name: string, { pools }: Stage): Operation {
  const query = LARGE[name]!;
  const ids = Array.from({ length: 100 }, (_, i) => pools.ids.get('cohort')![i % 20]!);
  return query.includes('$ids') ? { query: `query ($ids: [ID!]!) ${query}`, variables: { ids } } : { query };
}

const longKeys: Attack = {
  name: 'long keys',
  why: 'names are bounded and priced, so that a short question has no long answer',
  share: 2,
  run: async (stage) => {
    const names = Object.keys(LARGE);
    await stage.flood(
      2,
      async (turn) => {
        const name = names[turn % names.length]!;
        stage.note(name);
        const caller = await stage.caller(Role.VIEWER);
        const operation = operationOf(name, stage);
        const { bytes, text } =
          turn % 3 === 2 ? await stage.socket(caller, operation) : await stage.ask(caller, operation);
        if (!text.includes(REFUSED))
          stage.troubles.push(`${name}: an answer of ${Math.round(bytes / MEGABYTE)} MB`);
      },
      names.length * 3,
    );
  },
};

/** A programme that is long to tell, and everybody may read. @returns its code. */
async function longProgramme(stage: Stage): Promise<string> {
  const code = `LONG-${stage.chance.between(0, 1e9)}`;
  const objectives = Array.from({ length: 1_000 }, () => 'x'.repeat(LONG_BYTES / 1_000));
  const kind = { kind: 'REFRESHER', basis: 'TOPICAL', contentGroup: 'STATE_MANAGEMENT' };
  const query = `mutation ($input: AddProgrammeInput!) {
    addProgramme(input: $input) { programme { id } userErrors { code message } } }`;
  const input = { code, name: 'Bồi dưỡng', ...kind, objectives };
  const { text } = await stage.ask(await stage.caller(Role.ADMINISTRATOR), { query, variables: { input } });
  if (!/"programme":\{/.test(text)) stage.troubles.push(`no long programme: ${text.slice(0, 200)}`);
  return code;
}

const told = (code: string, count: number): Operation => ({
  query: `{ ${times(count, (i) => `a${i}: programme(code: "${code}") { objectives }`)} }`,
});

const longRecords: Attack = {
  name: 'long records',
  why: 'an answer stops at the size that it may reach, whatever it is made of',
  share: 2,
  run: async (stage) => {
    const code = await longProgramme(stage);
    await stage.flood(4, async (turn) => {
      const caller = await stage.caller(Role.VIEWER);
      const operation = told(code, turn % 2 === 0 ? 100 : TOO_MANY);
      stage.note('a long programme many times');
      const { bytes } =
        turn % 3 === 2 ? await stage.socket(caller, operation) : await stage.ask(caller, operation);
      if (bytes > LARGEST_ANSWER) stage.troubles.push(`an answer of ${Math.round(bytes / MEGABYTE)} MB`);
    });
  },
};

/** Sends a request whose answer it does not read; the server closes the connection once the kernel has taken all of it. */
async function askAndHold(stage: Stage, caller: Caller, path: string, body: string): Promise<TcpSocket> {
  const socket = await tcp(stage.target.port, caller.address);
  socket.pause();
  const head = [
    `POST ${path} HTTP/1.1`,
    ...['host: localhost', 'content-type: application/json', 'accept: application/json, text/event-stream'],
    'connection: close', // so that one that is not closed has something to send
    ...[`content-length: ${Buffer.byteLength(body)}`, `authorization: Bearer ${caller.token}`, '', body],
  ];
  socket.write(head.join('\r\n'));
  return socket;
}

const unreadAnswers: Attack = {
  name: 'unread answers',
  why: 'answers that nobody reads hold a bounded memory, and are ended',
  share: 30,
  run: async (stage) => {
    const operation = told(await longProgramme(stage), FEWER);
    const caller = await stage.caller(Role.VIEWER);
    const held: TcpSocket[] = [];
    for (let i = 0; i < UNREAD; i++) {
      stage.note('answers of 9 MB');
      held.push(await askAndHold(stage, caller, '/graphql', JSON.stringify(operation)));
      stage.asked += 1;
    }
    const open = () => stage.target.connectionsFrom(caller.address);
    await within(MADE_MS, () => open() <= HELD);
    stage.count('held', open());
    if (open() > HELD) stage.troubles.push(`${open()} answers of 9 MB are held that nobody reads`);
    await within(STALLED_MS, () => open() === 0);
    if (open() > 0) stage.troubles.push(`${open()} answers are held for longer than ${STALLED_MS / 1_000} s`);
    held.forEach((socket) => socket.destroy());
  },
};

/** What makes classes of a programme, each a change that many follow. */
async function classMaker(stage: Stage, programme: string): Promise<(turn: number) => Promise<void>> {
  const caller = await stage.caller(Role.ADMINISTRATOR);
  const idIn = async (query: string, variables?: Record<string, unknown>) => {
    const { text } = await stage.ask(caller, { query, variables });
    const id = /"id":"(\w+)"/.exec(text)?.[1];
    if (!id) stage.troubles.push(`nothing to make a change of: ${text.slice(0, 200)}`);
    return id;
  };
  const unit = { code: programme, kind: 'WARD', name: 'Phường Mới', validFrom: '2020-01-01' };
  const opened =
    'mutation ($input: OpenUnitInput!) { openUnit(input: $input) { unit { id } userErrors { message } } }';
  const hostUnitId = await idIn(opened, { input: unit });
  const programmeId = await idIn(`{ programme(code: "${programme}") { id } }`);
  const planned =
    'mutation ($input: PlanCohortInput!) { planCohort(input: $input) { cohort { id } userErrors { message } } }';
  return async (turn) => {
    const input = {
      code: `${programme}-${turn}`,
      name: 'Lớp',
      startsOn: '2024-03-01',
      hostUnitId,
      programmeId,
    };
    await idIn(planned, { input });
  };
}

const unreadEvents: Attack = {
  name: 'unread events',
  why: 'events that nobody reads hold a bounded memory, over WebSocket and SSE, however many follow',
  share: 20,
  run: async (stage) => {
    const programme = await longProgramme(stage);
    const caller = await stage.caller(Role.VIEWER);
    const lines: Line[] = [];
    // Few documents, each of them on every socket: what an event tells is made once for all that ask alike.
    const query = (i: number) =>
      `subscription { cohortChanged { cohort { a${i}: name programme { objectives } } } }`;
    for (let i = 0; i < IDLE_LINES; i++) {
      const line = await Line.open(stage.url, caller);
      for (let each = 0; each < PER_LINE; each++) {
        line.send({ id: `s${each}`, type: 'subscribe', payload: { query: query(each) } });
        stage.asked += 1;
      }
      line.socket.pause();
      lines.push(line);
    }
    const held: TcpSocket[] = [];
    for (let i = 0; i < UNREAD; i++) {
      held.push(
        await askAndHold(stage, caller, '/graphql/stream', JSON.stringify({ query: query(i % PER_LINE) })),
      );
      stage.asked += 1;
    }
    await stage.ask(caller, { query: '{ about { version } }' }); // those before it have begun by then
    const before = stage.target.unread;
    const makeClass = await classMaker(stage, programme);
    const ended = () => stage.target.unread - before;
    for (let turn = 0; turn < CHANGES && ended() < IDLE_LINES; turn++) await makeClass(turn);
    await within(ENDED_MS, () => ended() >= IDLE_LINES);
    stage.count('ended by the server', ended());
    if (ended() < IDLE_LINES)
      stage.troubles.push(`${ended()} of ${IDLE_LINES} sockets that read nothing were ended`);
    held.forEach((socket) => socket.destroy());
    lines.forEach((line) => line.close());
  },
};

/** Waits until something holds, or for a time. */
async function within(ms: number, holds: () => boolean): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until && !holds();) await pause(200);
}

export const ANSWERS: readonly Attack[] = [longKeys, longRecords, unreadAnswers, unreadEvents];
