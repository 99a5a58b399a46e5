// Attacks by number: cheap questions, dear ones, invalid documents, subscriptions that end at once (H2, L1).
import { setImmediate as turn } from 'node:timers/promises';
import { Role } from '../../src/access/policy';
import { Line } from './client';
import type { Attack, Stage } from './stage';

const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const SUBSCRIBED = 20_000;
const LINES = 3;
const BURST = 200;
/** Of the main thread, for a document that is refused and what others ask meanwhile. */
const INVALID_MS = 30;
/** Of the CPU time of counts; the main thread has to do with answers alone. */
const MAIN_SHARE = 0.55;

/** Valid to the parser, wrong in three hundred places. */
const INVALID: readonly string[] = [
  `{ ${times(300, () => 'units { nodes { parent { parent { name } } } }')} }`,
  `{ ${times(90, (i) => `a${i}: units { nodes { nome } }`)} }`,
  `query (${times(150, (i) => `$v${i}: Int`)}) { about { version } }`,
  `{ ...F0 } ${times(150, (i) => `fragment F${i} on Query { about { version } ...F${i + 1} }`)} fragment F150 on Query { about { version } }`,
  `{ ${times(600, () => 'about { version }')} }`,
  `{ ${'['.repeat(100)}`,
];

const invalid: Attack = {
  name: 'invalid documents of strangers',
  why: 'to refuse a document costs little, and strangers as a whole have a bounded share',
  run: async (stage) => {
    const strangers = await Promise.all([0, 1].map(() => stage.caller('STRANGER')));
    const ms = await stage.mainThreadMsEach(() =>
      stage.flood(16, (turn) => {
        const query = INVALID[turn % 3 === 0 ? 0 : turn % INVALID.length]!;
        stage.note(query.slice(0, 60));
        return stage.ask(strangers[turn % 2]!, { query });
      }),
    );
    stage.remark = `${Math.round(ms)} ms of the main thread for each`;
    if (ms > INVALID_MS) stage.troubles.push(`an invalid document takes ${stage.remark}`);
  },
};

const counts: Attack = {
  name: 'counts by text',
  why: 'what counts is paid for by what it takes, and does not run on the thread that others wait for',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const fields = ['units', 'cohorts', 'programmes', 'initiatives', 'documents'];
    const [main, all] = [stage.target.mainThreadMs(), stage.target.cpuMs()];
    await stage.flood(16, (turn) => {
      const field = fields[turn % 3 === 0 ? 0 : turn % fields.length]!;
      const text = (i: number) => `filter: { text: "${String.fromCharCode(97 + ((turn + i) % 26))}" }`;
      stage.note(`100 counts of ${field}`);
      return stage.ask(caller, {
        query: `{ ${times(100, (i) => `a${i}: ${field}(${text(i)}) { totalCount }`)} }`,
      });
    });
    const share = (stage.target.mainThreadMs() - main) / Math.max(1, stage.target.cpuMs() - all);
    stage.remark = `${Math.round(100 * share)} % of it on the main thread`;
    if (share > MAIN_SHARE && stage.isSqlite) stage.troubles.push(`counting takes CPU time, ${stage.remark}`);
  },
};

const trivial: Attack = {
  name: 'trivial questions, 50 at a time',
  why: 'one caller has a few operations at a time, and others have their turns',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    await stage.flood(50, () => stage.timed(() => stage.ask(caller, { query: '{ about { version } }' })));
  },
};

/** So many callers that no bound of one caller helps. */
const crowd: Attack = {
  name: 'many callers at once',
  why: 'overload sheds the newest work of the heaviest callers',
  run: async (stage) => {
    const callers = await Promise.all(Array.from({ length: 20 }, () => stage.caller(Role.VIEWER)));
    const query = `{ ${times(20, (i) => `p${i}: cohorts(first: 100) { nodes { id name code status } }`)} }`;
    await stage.flood(20, (turn) => stage.timed(() => stage.ask(callers[turn % callers.length]!, { query })));
  },
};

const subscribeAndComplete: Attack = {
  name: 'subscribe and complete',
  why: 'a subscription that ends at once has its price and its turn',
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const queries = [
      'subscription { cohortChanged { cursor } }',
      'subscription { trainingStatisticsChanged { cohorts } }',
    ];
    const lines = await Promise.all(Array.from({ length: LINES }, () => Line.open(stage.url, caller)));
    for (let sent = 0; sent < SUBSCRIBED && !stage.timeIsUp; sent += BURST) {
      for (let i = 0; i < BURST; i++) {
        const line = lines[i % LINES]!;
        line.send({
          id: `s${sent + i}`,
          type: 'subscribe',
          payload: { query: queries[i % 40 === 0 ? 1 : 0] },
        });
        line.send({ id: `s${sent + i}`, type: 'complete' });
        stage.asked += 1;
      }
      const isWriting = () =>
        lines.some(({ socket }) => socket.readyState === socket.OPEN && socket.bufferedAmount > 0);
      do await turn();
      while (isWriting() && !stage.timeIsUp);
    }
    await Promise.all(lines.map((line) => answered(stage, line)));
    lines.forEach((line) => line.close());
  },
};

/** When the server has come to the end of what it was sent, or has closed the socket. */
async function answered(stage: Stage, line: Line): Promise<void> {
  const payload = { query: 'query { about { version } }' };
  const { cut, status } = await line.ask(payload, stage.seconds * 2_000);
  stage.count(cut ?? `answered with ${status}`);
}

const conditional: Attack = {
  name: 'conditional subscriptions',
  why: 'a subscription that may skip its field is refused as invalid on every transport, and is no alarm',
  run: async (stage) => {
    const documents = ['skip', 'include'].flatMap((directive) => [
      `subscription ($x: Boolean!) { cohortChanged @${directive}(if: $x) { cursor } }`,
      `subscription ($x: Boolean = true) { ... @${directive}(if: $x) { cohortChanged { cursor } } }`,
      `subscription ($x: Boolean!) { ...F @${directive}(if: $x) } fragment F on Subscription { cohortChanged { cursor } }`,
      `subscription { cohortChanged @${directive}(if: 7) { cursor } }`,
      `subscription { cohortChanged @${directive} { cursor } }`,
    ]);
    for (const who of ['STRANGER', Role.VIEWER] as const) {
      for (const query of documents) {
        for (const variables of [{ x: true }, { x: false }, {}, { x: 'a' }]) {
          if (stage.timeIsUp) return;
          const caller = await stage.caller(who);
          await stage.ask(caller, { query, variables });
          await stage.socket(caller, { query, variables }, 300);
          await stage.stream(caller, { query, variables }, { ms: 300 });
        }
      }
    }
  },
};

export const FLOODS: readonly Attack[] = [invalid, counts, trivial, crowd, subscribeAndComplete, conditional];
