// Tests of the checker of the fault suite: made-up logs, each with one thing wrong.
import { check, type Followed, type Log, type Sent } from './checker';

const PLAN = ['cohort.planned'];
const GRADUATE = ['graduate.recorded', 'graduate.recorded', 'cohort.graduated'];
const SENT: Sent[] = [
  { key: 'a', events: PLAN },
  { key: 'b', events: GRADUATE },
  { key: 'c', events: PLAN },
];
const row = (seq: number, name: string, programmeId = 'P') => ({
  ...{ seq, name, programmeId, cohortId: 'K', unitIds: ['U', 'V'] },
});
const LOG: Log = {
  id: 'log',
  start: 10,
  rows: [row(11, PLAN[0]!), row(12, GRADUATE[0]!), row(13, GRADUATE[1]!), row(44, GRADUATE[2]!)].concat(
    row(45, PLAN[0]!, 'Q'),
  ),
  answers: [
    { key: 'a', seq: 11 },
    { key: 'b', seq: 44 },
    { key: 'c', seq: 45 },
  ],
  records: [
    { event: 'cohort.planned', count: 2 },
    { event: 'graduate.recorded', count: 2 },
  ],
  abandoned: false,
};
const ACKNOWLEDGED = LOG.answers.map((answer) => ({ ...answer, logId: 'log' }));
const follower = (received: number[], more: Partial<Followed> = {}): Followed => ({
  ...{ name: 'f', filter: { names: ['cohort.planned', 'graduate.recorded'] }, logId: 'log', after: 10 },
  received,
  ...more,
});
const counts = (log: Log, acknowledged = ACKNOWLEDGED, followers: Followed[] = []) =>
  Object.fromEntries(
    Object.entries(check(log, SENT, acknowledged, followers)).flatMap(([kind, { length }]) =>
      length ? [[kind, length]] : [],
    ),
  );
const told = (received: number[], more?: Partial<Followed>) =>
  counts(LOG, ACKNOWLEDGED, [follower(received, more)]);

it('finds nothing wrong where nothing is', () => {
  expect(told([11, 12, 13, 45])).toEqual({});
  expect(told([45], { after: 13 })).toEqual({});
  expect(told([45], { filter: { names: PLAN, programmeIds: ['Q'] } })).toEqual({});
  expect(told([11, 45], { filter: { names: PLAN, unitIds: ['V'] } })).toEqual({});
  expect(told([], { filter: { names: PLAN, unitIds: ['W'] } })).toEqual({});
});

it('reports an event that was lost', () => {
  expect(told([11, 13, 45])).toEqual({ lost: 1 });
  expect(told([])).toEqual({ lost: 4 });
});

it('reports an event that was repeated', () => {
  expect(told([11, 12, 12, 13, 45])).toEqual({ repeated: 1 });
  expect(told([11, 12, 13, 11, 45])).toEqual({ repeated: 1 });
});

it('reports events that came out of order', () => {
  expect(told([11, 13, 12, 45])).toEqual({ outOfOrder: 1 });
});

it('reports what a filter should have kept back, and what was never in the log', () => {
  expect(told([11, 12, 13, 44, 45])).toEqual({ strange: 1 });
  expect(told([11, 12, 13, 45, 46])).toEqual({ strange: 1 });
});

it('lets a follower of a log that a backup replaced miss its end, and nothing before', () => {
  const log = { ...LOG, abandoned: true };
  expect(counts(log, ACKNOWLEDGED, [follower([11, 12])])).toEqual({});
  expect(counts(log, ACKNOWLEDGED, [follower([11, 13])])).toEqual({ lost: 1 });
});

it('reports what was acknowledged and is not in the log, or elsewhere in it', () => {
  expect(counts(LOG, [...ACKNOWLEDGED, { key: 'd', logId: 'log', seq: 46 }])).toEqual({ missing: 1 });
  expect(counts(LOG, [{ key: 'a', logId: 'log', seq: 12 }])).toEqual({ missing: 1 });
  expect(counts(LOG, [{ key: 'd', logId: 'another', seq: 46 }])).toEqual({});
});

it('reports a mutation that is in the log in part, or without its records', () => {
  const half = { ...LOG, rows: LOG.rows.filter(({ seq }) => seq !== 44) };
  expect(counts(half)).toEqual({ half: 1 });
  expect(counts({ ...LOG, records: [{ event: 'cohort.planned', count: 1 }] })).toEqual({ half: 1 });
});

it('reports a mutation that happened again, and one that nobody remembers', () => {
  const again = row(46, PLAN[0]!);
  const records = [{ event: 'cohort.planned', count: 3 }];
  expect(counts({ ...LOG, records, rows: [...LOG.rows, again] })).toEqual({ half: 1 });
  const answers = [...LOG.answers, { key: 'a', seq: 46 }];
  expect(counts({ ...LOG, records, rows: [...LOG.rows, again], answers }, [])).toEqual({ missing: 1 });
});
