// Attacks on the event log: pulls that match nothing, and a thousand replays from its beginning (C4, H1).
import { Role } from '../../src/access/policy';
import { Line } from './client';
import type { Attack, Operation, Stage } from './stage';

/** A well-formed id that no record has. */
const NOBODY = 'cohort_01h455vb4pex5vsknk084sn02q';
const NOWHERE = 'unit_01h455vb4pex5vsknk084sn02q';
const ALIASES = 100;
const LINES = 10;
const REPLAYS_PER_LINE = 100;

const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** Filters that let nothing pass, or hardly anything. */
const FIELDS: Readonly<Record<string, string[]>> = {
  cohortEvents: [`cohortIds: ["${NOBODY}"]`, `unitIds: ["${NOWHERE}"]`, 'kinds: [CANCELLED]'],
  graduateEvents: [`cohortIds: ["${NOBODY}"]`, `unitIds: ["${NOWHERE}"]`, 'kinds: [REVOKED]'],
  initiativeEvents: ['', `unitIds: ["${NOWHERE}"]`, 'kinds: [REJECTED]'],
  trainingOrderEvents: ['', `unitIds: ["${NOWHERE}"]`, 'kinds: [CANCELLED]'],
};

/** Two lists that each match all over the log and never together, so that all of it is searched: see addEvents(). */
const apart = (cohort: string): Operation => ({
  query: `{ ${times(ALIASES, (i) => `a${i}: cohortEvents(first: 1, filter: { cohortIds: ["${cohort}"], kinds: [REVISED] }) { kind }`)} }`,
});

/** Pulls, each as often as one operation may. */
export function pulls(): Operation[] {
  return Object.entries(FIELDS).flatMap(([field, filters]) =>
    filters.flatMap((filter) => [
      { query: `{ ${times(ALIASES, (i) => `a${i}: ${field}(first: 1, filter: { ${filter} }) { kind }`)} }` },
      {
        query: `{ ${times(ALIASES, (i) => `a${i}: ${field}(first: 100, filter: { ${filter} }) { cursor }`)} }`,
      },
    ]),
  );
}

const pulled: Attack = {
  name: 'pulls of the whole log',
  why: 'a pull looks at a bounded number of rows, gives up its turn, and holds no connection for long',
  share: 2,
  run: async (stage) => {
    const all = stage.chance.shuffle(pulls());
    const dearest = apart(stage.pools.ids.get('cohort')![0]!);
    await stage.flood(3, async (turn) => {
      const isDearest = turn % 3 === 0;
      const operation = isDearest ? dearest : all[turn % all.length]!;
      stage.note(operation.query.slice(0, 120));
      const caller = await stage.caller(turn % 4 === 3 ? Role.OFFICIAL : Role.VIEWER);
      const { text } = await stage.ask(caller, operation);
      const isRefused = text.includes('"limit":"rows"');
      if (isDearest && stage.isLarge && !isRefused)
        stage.troubles.push('a pull has searched all of the log a hundred times');
    });
  },
};

const FOLLOWS = ['cohortChanged', 'graduateRecorded', 'initiativeChanged', 'trainingOrderChanged'];

const replays: Attack = {
  name: 'a thousand replays',
  why: 'replays share what they read, and live delivery and readiness do not wait for them',
  share: 2,
  run: async (stage) => {
    const caller = await stage.caller(Role.VIEWER);
    const after = Buffer.from(`${stage.pools.logId}.0`).toString('base64url');
    const lines: Line[] = [];
    stage.note('subscribing from the beginning of the log');
    for (let i = 0; i < LINES && !stage.timeIsUp; i++) {
      const line = await Line.open(stage.url, caller);
      const field = FOLLOWS[i < LINES / 2 ? 0 : i % FOLLOWS.length]!;
      const filter = field === 'cohortChanged' ? `cohortIds: ["${NOBODY}"]` : `unitIds: ["${NOWHERE}"]`;
      const query = `subscription { ${field}(after: "${after}", filter: { ${filter} }) { cursor } }`;
      for (let each = 0; each < REPLAYS_PER_LINE; each++) {
        line.send({ id: `r${each}`, type: 'subscribe', payload: { query } });
        stage.asked += 1;
      }
      lines.push(line);
    }
    await stage.rest();
    lines.forEach((line) => line.close());
    await replaysOfAll(stage, after);
  },
};

/** Some that match everything, and are left in the middle. */
async function replaysOfAll(stage: Stage, after: string): Promise<void> {
  const query = `subscription { cohortChanged(after: "${after}") { cursor cohort { name } } }`;
  for (let i = 0; i < LINES && stage.target.running; i++) {
    const caller = await stage.caller(Role.VIEWER);
    await stage.stream(caller, { query }, { ms: 1_000 });
  }
}

export const LOG: readonly Attack[] = [pulled, replays];
