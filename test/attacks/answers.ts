// Attacks by what is answered: keys of any length in lists of lists, answers and events that nobody reads (C2).
import type { Socket as TcpSocket } from 'node:net';
import { Role } from '../../src/access/policy';
import { type Caller, Line, tcp } from './client';
import type { Attack, Operation, Stage } from './stage';

const MEGABYTE = 1_048_576;
/** 10 MB unless configured, and what stands around it. */
const LARGEST_ANSWER = 12 * MEGABYTE;
const UNREAD = 20;
const IDLE_LINES = 20;
const PER_LINE = 10;

const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const lists = (count: number) => times(count, (i) => `p${i}: cohorts(first: 100) { nodes { ...F } }`);
/** Names no longer than this many letters, as many as there may be. */
const keys = (count: number, letters: number, field: string) =>
  times(count, (i) => `${'a'.repeat(letters)}${i}: ${field}`);

/** Short questions with long answers. */
const LARGE: Readonly<Record<string, string>> = {
  'a key of 1 MB in 4 lists': `{ ${lists(4)} } fragment F on Cohort { ${'a'.repeat(1_000_000)}: id }`,
  'a key of 1 MB in 6 lists': `{ ${lists(6)} } fragment F on Cohort { ${'a'.repeat(1_000_000)}: id }`,
  'a key of 100 KB in 20 lists': `{ ${lists(20)} } fragment F on Cohort { ${'b'.repeat(100_000)}: name }`,
  'keys of 100 letters': `{ ${lists(3)} } fragment F on Cohort { ${keys(45, 97, 'name')} }`,
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
  why: 'names are priced, and an answer stops at the size that it may reach',
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
        const { bytes } =
          turn % 3 === 2 ? await stage.socket(caller, operation) : await stage.ask(caller, operation);
        if (bytes > LARGEST_ANSWER)
          stage.troubles.push(`${name}: an answer of ${Math.round(bytes / MEGABYTE)} MB`);
      },
      names.length * 3,
    );
  },
};

/** Sends a request whose answer it does not read. */
async function askAndHold(stage: Stage, caller: Caller, path: string, body: string): Promise<TcpSocket> {
  const socket = await tcp(stage.target.port, caller.address);
  socket.pause();
  const head = [
    `POST ${path} HTTP/1.1`,
    ...['host: localhost', 'content-type: application/json', 'accept: application/json, text/event-stream'],
    ...[`content-length: ${Buffer.byteLength(body)}`, `authorization: Bearer ${caller.token}`, '', body],
  ];
  socket.write(head.join('\r\n'));
  return socket;
}

const unreadAnswers: Attack = {
  name: 'unread answers',
  why: 'answers that nobody reads hold a bounded memory, and are ended',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const held: TcpSocket[] = [];
    const names = ['a key of 1 MB in 4 lists', 'keys of 100 letters', 'free keys of 100 letters'];
    for (let i = 0; i < UNREAD && !stage.timeIsUp; i++) {
      const name = names[i % names.length]!;
      stage.note(name);
      held.push(await askAndHold(stage, caller, '/graphql', JSON.stringify(operationOf(name, stage))));
      stage.asked += 1;
    }
    await stage.rest();
    held.forEach((socket) => socket.destroy());
  },
};

const unreadEvents: Attack = {
  name: 'unread events',
  why: 'events that nobody reads hold a bounded memory, over WebSocket and SSE, however many follow',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const documents = [
      `subscription { cohortChanged { cohort { ${'a'.repeat(900_000)}: id } } }`,
      `subscription { cohortChanged { cohort { ${keys(90, 97, 'name')} } } }`,
      `subscription { cohortChanged { ${keys(90, 97, '__typename')} cohort { ${'b'.repeat(100)}: name } } }`,
    ];
    const lines: Line[] = [];
    for (let i = 0; i < IDLE_LINES && !stage.timeIsUp; i++) {
      const line = await Line.open(stage.url, caller);
      for (let each = 0; each < PER_LINE; each++) {
        const query = documents[(i + each) % documents.length]!;
        line.send({ id: `s${each}`, type: 'subscribe', payload: { query } });
        stage.asked += 1;
      }
      line.socket.pause();
      lines.push(line);
    }
    const held: TcpSocket[] = [];
    for (let i = 0; i < UNREAD && !stage.timeIsUp; i++) {
      const query = documents[i % documents.length]!;
      held.push(await askAndHold(stage, caller, '/graphql/stream', JSON.stringify({ query })));
      stage.asked += 1;
    }
    await stage.rest();
    held.forEach((socket) => socket.destroy());
    lines.forEach((line) => line.close());
  },
};

export const ANSWERS: readonly Attack[] = [longKeys, unreadAnswers, unreadEvents];
