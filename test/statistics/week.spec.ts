// Watching the registry for a week without rights to persons identifies no learner: not by any figure at any moment,
// not by the events of cohorts, and not by the differences from one day to the next.
import { Role } from '../../src/access/policy';
import { giveTheClockBack, takeTheClock, turnTheDay } from '../support/clock';
import { sql } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newPlan,
  newUnit,
  nominate,
} from '../support/world';
import { random } from './random';

const CATEGORIES = ['CADRE', 'CIVIL_SERVANT', 'PUBLIC_EMPLOYEE'];
const KINDS = ['accepted', 'withdrawn', 'graduated'] as const;
type Kind = (typeof KINDS)[number];

interface Learner {
  officialId: string;
  enrolmentId: string;
  unitId: string;
  category: string;
  cohortId: string;
}

/** What happened to a learner, and what everybody knows of it: the kind and the class. */
interface Change extends Learner {
  kind: Kind;
}

const FIGURES = 'suppressed cohorts participations officials graduates abroad asOf';
const SEEN = `query ($units: [ID!]!, $plan: ID!) {
  city: trainingStatistics { ${FIGURES} }
  byUnit: trainingStatistics(groupBy: UNIT) { groups { key ${FIGURES} } }
  byCategory: trainingStatistics(groupBy: CATEGORY) { groups { key ${FIGURES} } }
  crossed: trainingStatistics(filter: { unitIds: $units }, groupBy: CATEGORY) { ${FIGURES} groups { key ${FIGURES} } }
  units(first: 50) { nodes { id statistics { ${FIGURES} } } }
  node(id: $plan) { ... on TrainingPlan { targets { actual scheduled remaining asOf } } }
}`;

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const next = random(seed);
const pick = <T>(from: readonly T[]): T => from[next(from.length)]!;

let server: TestServer;
let wards: string[];
let classes: string[];
let planId: string;
/** Learners by what can happen to them next. */
let everybody: Learner[] = [];
let taking = 0;
const nominated: Learner[] = [];
const studying: Learner[] = [];

beforeAll(async () => {
  takeTheClock();
  server = await startTestServer({ limits: { cost: 100_000 }, env: { RATE_LIMIT: '100000000' } });
  const positionCode = (await newPosition(server)).code;
  const city = (await newUnit(server)).id;
  planId = (await newPlan(server, { unitId: city })).id;
  wards = [];
  for (let i = 0; i < 14; i++) wards.push((await newUnit(server, { parentId: city })).id);
  const officials: Omit<Learner, 'enrolmentId' | 'cohortId'>[] = [];
  for (const unitId of wards)
    for (const category of CATEGORIES) {
      const made = Array.from({ length: 5 }, () => newOfficial(server, { unitId, category, positionCode }));
      for (const { id } of await Promise.all(made)) officials.push({ officialId: id, unitId, category });
    }
  const programmeId = (await newProgramme(server)).id;
  classes = [];
  for (let i = 0; i < 6; i++) {
    const { id: cohortId } = await newCohort(server, { programmeId, hostUnitId: city });
    classes.push(cohortId);
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const sent = officials.filter(() => i === 0 || next(3) === 0);
    const ids = await nominate(
      server,
      cohortId,
      sent.map(({ officialId }) => officialId),
    );
    const learners = sent.map((each, at) => ({ ...each, enrolmentId: ids[at]!, cohortId }));
    // Of the first class most study from the beginning, and few of two wards.
    const begun =
      i === 0 ? learners.filter(({ unitId }) => next(5) > (wards.indexOf(unitId) < 2 ? 3 : 0)) : [];
    if (begun.length > 0) await accept(begun);
    await must(server, 'startCohort', { cohortId }, 'cursor');
    studying.push(...begun);
    everybody = [...everybody, ...learners];
    taking += begun.length;
    nominated.push(...learners.filter((each) => !begun.includes(each)));
  }
  turnTheDay();
});

afterAll(async () => {
  await server.stop();
  giveTheClockBack();
});

const accept = (learners: Learner[]) =>
  must(
    server,
    'decideEnrolments',
    { enrolmentIds: learners.map(({ enrolmentId }) => enrolmentId), decision: 'ACCEPT' },
    'cursor',
  );

/** Lets something happen to one learner of whichever class, or to some of one. */
async function change(kind: Kind, most: number): Promise<Learner[]> {
  const from = kind === 'accepted' ? nominated : studying;
  if (from.length === 0) return [];
  const { cohortId } = pick(from);
  const some = from.filter((each) => each.cohortId === cohortId);
  for (const left = 1 + next(most); some.length > left;) some.splice(next(some.length), 1);
  for (const each of some) from.splice(from.indexOf(each), 1);
  if (kind === 'accepted') {
    await accept(some);
    studying.push(...some);
    taking += some.length;
  } else if (kind === 'graduated') {
    const graduates = some.map(({ officialId }) => ({ officialId, graduatedOn: '2024-06-01' }));
    await must(server, 'recordGraduates', { cohortId, graduates }, 'cursor');
  } else {
    for (const { enrolmentId } of some) await must(server, 'withdrawEnrolment', { enrolmentId }, 'cursor');
    taking -= some.length;
  }
  return some;
}

async function look(): Promise<any> {
  const { data, errors } = await server.ask(
    SEEN,
    { units: wards.slice(0, 3), plan: planId },
    { as: Role.VIEWER },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** The released status of each learner, which the reader does not see. */
async function told(): Promise<Map<string, string>> {
  const rows = await sql(server.folder, 'SELECT id, told_status FROM enrolment');
  return new Map(rows.map(({ id, told_status }: any) => [id, told_status]));
}

const KIND_OF: Record<string, Kind | undefined> = {
  'nobody learner': 'accepted',
  'learner nobody': 'withdrawn',
  'learner graduate': 'graduated',
};
const figureOf = (status: string) =>
  status === 'COMPLETED' ? 'graduate' : status === 'STUDYING' ? 'learner' : 'nobody';

/** What came into the figures with this day. */
const newlyTold = (before: Map<string, string>, after: Map<string, string>): Change[] =>
  everybody.flatMap((learner) => {
    const states = [before, after].map((each) => figureOf(each.get(learner.enrolmentId)!));
    const kind = KIND_OF[states.join(' ')];
    return kind ? [{ ...learner, kind }] : [];
  });

/** How much a figure of each group moved. */
function moves(before: any, after: any, field: 'participations' | 'graduates'): Map<string, number> {
  const then = new Map<string, any>(before.groups.map((group: any) => [group.key, group]));
  const moved = new Map<string, number>();
  for (const group of after.groups) {
    const [from, to] = [then.get(group.key)?.[field] ?? null, group[field]];
    if (from !== null && to !== null && from !== to) moved.set(group.key, to - from);
  }
  return moved;
}

interface Guess {
  unitId: string;
  category: string;
  cohortId: string;
  kind: Kind;
  /** How likely the class is, and all of it, for one who does not know who is of which unit. */
  ofClass: number;
  odds: number;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);

const share = (counts: Map<string, number>): [value: string, odds: number] => {
  const total = sum(counts.values());
  const [value, most] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  return [value, most / total];
};

/** For each unit with few more or less: one of its learners is of the class, and the category, that moved most. */
function join(before: any, after: any, happened: Change[]): Guess[] {
  return KINDS.flatMap((kind) => {
    const field = kind === 'graduated' ? 'graduates' : 'participations';
    const wanted = kind === 'withdrawn' ? -1 : 1;
    const candidates = new Map<string, number>();
    for (const each of happened)
      if (each.kind === kind) candidates.set(each.cohortId, (candidates.get(each.cohortId) ?? 0) + 1);
    const categories = new Map(
      [...moves(before.byCategory, after.byCategory, field)].filter(([, by]) => by * wanted > 0),
    );
    if (candidates.size === 0) return [];
    const [cohortId, ofClass] = share(candidates);
    const [category, ofCategory] =
      categories.size > 0
        ? share(new Map([...categories].map(([key, by]) => [key, Math.abs(by)])))
        : ['CIVIL_SERVANT', 1];
    return [...moves(before.byUnit, after.byUnit, field)]
      .filter(([unitId, by]) => by * wanted >= 1 && by * wanted <= 4 && wards.includes(unitId))
      .map(([unitId, by]) => {
        const odds = 1 - (1 - ofClass * ofCategory) ** Math.abs(by);
        return { unitId, category, cohortId, kind, ofClass, odds };
      });
  });
}

it(`no learner can be identified within a week (SEED=${seed})`, async () => {
  const guesses: (Guess & { right: boolean })[] = [];
  let [changes, toldOfFew] = [0, 0];
  let [morning, toldBefore] = [await look(), await told()];
  for (let day = 0; day < 8; day++) {
    // By turns a quiet day, with one change of each kind or none, and one with many.
    const isQuiet = day % 2 === 0;
    for (let i = 0; i < (isQuiet ? 3 : 16); i++) {
      const kind = isQuiet ? KINDS[i]! : next(4) === 0 ? pick(KINDS) : 'accepted';
      changes += (await change(kind, isQuiet ? 1 : 2)).length;
      if (i % 5 > 2) continue;
      const now = await look();
      // Of the same day nothing moves by unit or category; the city's own figures are live.
      expect({ seed, ...now, city: null }).toEqual({ seed, ...morning, city: null });
      expect(now.city).toMatchObject({ participations: taking, asOf: null });
    }
    turnTheDay();
    const [after, toldAfter] = [await look(), await told()];
    // The reader may even know which events of classes came into the figures with this day.
    const happened = newlyTold(toldBefore, toldAfter);
    toldOfFew += happened.length;
    for (const guess of join(morning, after, happened)) {
      const { kind, unitId, category, cohortId } = guess;
      const right = happened.some(
        (each) =>
          each.kind === kind &&
          each.unitId === unitId &&
          each.category === category &&
          each.cohortId === cohortId,
      );
      guesses.push({ ...guess, right });
    }
    [morning, toldBefore] = [after, toldAfter];
  }
  const [right, expected] = [
    guesses.filter((each) => each.right).length,
    sum(guesses.map(({ odds }) => odds)),
  ];
  const outcome = JSON.stringify({ seed, changes, toldOfFew, guesses: guesses.length, right, expected });
  expect({ outcome, better: guesses.filter(({ ofClass }) => ofClass > 0.5) }).toEqual({
    outcome,
    better: [],
  });
  expect({ outcome, isLuck: right <= expected + 4 * Math.sqrt(expected) + 2 }).toEqual({
    outcome,
    isLuck: true,
  });
  expect({ outcome, isProof: toldOfFew > 10 && guesses.length > 3 }).toEqual({ outcome, isProof: true });
});
