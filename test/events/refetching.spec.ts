// Refetching by events: a client that fetches again what the events of a mutation name, and from there on whatever what
// has changed refers to, knows the same as one that fetches everything again. As Zulip checks it (`verify_action`).
import {
  getNamedType,
  type GraphQLField,
  type GraphQLInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { decodeCursor } from '../../src/events/cursor';
import { makeSchema } from '../../src/schema';
import { contents, type Row, sql } from '../support/database';
import { INPUTS, type Input, newPlace, type Place, validInput } from '../support/inputs';
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newProgramme,
  newServiceRule,
  newTopic,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';

/** Figures that others' records move; subscriptions to figures send them again. */
const FIGURES = new Set([
  'Unit.statistics',
  'Unit.leftOpen',
  'PlanTarget.actual',
  'PlanTarget.asOf',
  'PlanTarget.remaining',
  'StatedFigure.counted',
  'StatedFigure.difference',
  'StatedFigure.agrees',
]);

/** All that a client can know: each record by its id, with the ids of those that it refers to. */
type Known = Map<string, string>;

const schema = makeSchema();
const nodes = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType).map(({ name }) => name);
const ID = /\b[a-z_]+_[0-7][0-9a-hjkmnp-tv-z]{25}\b/g;

let server: TestServer;
let place: Place;

/** A registry of its own for the tests of a block: what one fetches whole must stay small. */
function ownRegistry() {
  beforeAll(async () => {
    server = await startTestServer({
      limits: { cost: 1e9, heavyCost: 1e9, tokens: 100_000, aliases: 1_000, comparisons: 1e9 },
      env: { RATE_LIMIT: '1000000000' },
    });
    place = await newPlace(server);
    await newServiceRule(server);
  });
  afterAll(() => server.stop());
}

/** Every field that takes no argument, or can do without. */
function selectionOf(typeName: string, within: string[] = []): string {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`No selection for ${typeName}.`);
  const fields = Object.values(type.getFields()).filter(
    ({ name, args }) =>
      !FIGURES.has(`${typeName}.${name}`) && !args.some((arg) => String(arg.type).endsWith('!')),
  );
  return `{ ${fields.map((field) => fieldOf(field, [...within, typeName])).join(' ')} }`;
}

function fieldOf({ name, type }: GraphQLField<unknown, unknown>, within: string[]): string {
  const inner = getNamedType(type);
  if (isLeafType(inner)) return name;
  if (nodes.includes(inner.name)) return `${name} { id }`;
  if (inner.name.endsWith('Connection')) return `${name}(first: 100) { totalCount nodes { id } }`;
  if (within.includes(inner.name)) throw new Error(`${within.join('.')}.${name} has no end.`);
  return `${name} ${selectionOf(inner.name, within)}`;
}

const QUERY = `query (${nodes.map((name) => `$${name}: [ID!]!`).join(' ')}) {
  ${nodes.map((name) => `${name}: nodes(ids: $${name}) { ... on ${name} ${selectionOf(name)} }`).join('\n')}
}`;

async function ask(query: string, variables: object): Promise<Row> {
  const { data, errors } = await server.ask(query, variables);
  if (errors) throw new Error(JSON.stringify(errors.slice(0, 3)));
  return data;
}

/** Fetches everything. */
async function everything(): Promise<Known> {
  const rows = await contents(server.folder, (table) => !/^(data_access|event|answered)/.test(table));
  const ids = [...new Set(rows.match(ID))];
  const known: Known = new Map();
  for (let from = 0; from < ids.length; from += 100) {
    const some = ids.slice(from, from + 100);
    const { nodes: found } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: some,
    });
    const ofType = (name: string) =>
      (found as (Row | null)[]).filter((each) => each?.__typename === name).map((each) => each!.id as string);
    const lists = await ask(QUERY, Object.fromEntries(nodes.map((name) => [name, ofType(name)])));
    for (const record of Object.values(lists).flat()) known.set(record.id, JSON.stringify(record, inOrder));
  }
  return known;
}

/** A list follows from its records: where they stand in it, from what they are called, say. */
function inOrder(_key: string, value: unknown): unknown {
  const isList = Array.isArray(value) && value.every((each: Row) => Object.keys(each ?? {}).join() === 'id');
  return isList ? (value as { id: string }[]).toSorted((a, b) => (a.id < b.id ? -1 : 1)) : value;
}

/** What events name. */
interface Named {
  /** Their subject, its cohort, and the records in their changes. */
  records: string[];
  /** Programme, university and units: where it happened. */
  places: string[];
}

function namedBy(events: Row[]): Named {
  const all = (...columns: string[]) =>
    events.flatMap((event) => columns.flatMap((column) => String(event[column]).match(ID) ?? []));
  return {
    records: all('subject_id', 'cohort_id', 'changes'),
    places: all('programme_id', 'university_id', 'unit_ids'),
  };
}

/**
 * What a client that knew `before` still does not know when it has fetched again what the events name, what their
 * records refer to, and on from there what any record refers to that has changed.
 */
function missed(before: Known, after: Known, { records, places }: Named): string[] {
  const isChanged = (id: string) => before.get(id) !== after.get(id);
  const fetched = new Set([...records, ...places]);
  const waiting = [...new Set([...records, ...places.filter(isChanged)])];
  for (const id of waiting) {
    const referred = [before, after].flatMap((known) => known.get(id)?.match(ID) ?? []);
    for (const each of referred.filter((one) => !fetched.has(one))) {
      fetched.add(each);
      if (isChanged(each)) waiting.push(each);
    }
  }
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((id) => isChanged(id) && !fetched.has(id))
    .map((id) => `${id}: ${before.get(id)} became ${after.get(id)}`);
}

/** Runs a mutation; what changed, and what its events name. */
async function change(mutation: string, input: Input) {
  const before = await everything();
  const end = decodeCursor(await logEnd(server)).seq;
  await must(server, mutation, input, 'cursor');
  const events = await sql(server.folder, `SELECT * FROM event WHERE seq > ${end}`);
  return { before, after: await everything(), named: namedBy(events) };
}

/** By how many mutations a registry grows before the next begins anew. */
const A_BLOCK = 6;
const mutations = Object.keys(INPUTS);
const blocks = mutations.flatMap((first, at) =>
  at % A_BLOCK === 0 ? [{ first, block: mutations.slice(at, at + A_BLOCK) }] : [],
);

describe.each(blocks)('from $first on', ({ block }) => {
  ownRegistry();

  it.each(block)('%s: its events lead to all that it has changed', async (mutation) => {
    const { before, after, named } = await change(mutation, await validInput(mutation, place));
    expect(missed(before, after, named)).toEqual([]);
    expect(missed(before, after, { records: [], places: [] })).not.toEqual([]); // the check sees that there was something to know
  });
});

/** A class with a learner, one who was nominated and one who was accepted; enrolment is still open. */
async function enrolling() {
  const { unitId, positionCode, programmeId } = place;
  const cohortId = (await newCohort(server, { programmeId, hostUnitId: unitId })).id;
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const officialIds = [];
  for (let i = 0; i < 2; i++) officialIds.push((await newOfficial(server, { unitId, positionCode })).id);
  const [accepted, nominated] = await nominate(server, cohortId, officialIds);
  await must(server, 'decideEnrolments', { enrolmentIds: [accepted], decision: 'ACCEPT' }, 'cursor');
  return { cohortId, nominated, officialIds };
}

async function underWay() {
  const { cohortId } = await enrolling();
  await must(server, 'startCohort', { cohortId }, 'cursor');
  return { cohortId };
}

/** A unit with all that can be left open when it closes, beside another one. */
async function fullUnit(): Promise<string> {
  const { id } = await newUnit(server, { parentId: place.topId });
  await newOfficial(server, { unitId: id, positionCode: place.positionCode });
  await newCohort(server, { programmeId: place.programmeId, hostUnitId: id });
  await must(server, 'grantRole', { role: 'UNIT_MANAGER', subject: newCode('s-'), unitId: id }, 'cursor');
  await must(
    server,
    'requestTraining',
    { ...(await validInput('requestTraining', place)), unitId: id },
    'cursor',
  );
  await must(
    server,
    'addRequirement',
    { ...(await validInput('addRequirement', place)), unitId: id },
    'cursor',
  );
  return id;
}

/** An official of whom the registry knows as much as it can. */
async function knownOfficial(): Promise<string> {
  const { cohort, officialIds } = await newClass(server, 1, { hostUnitId: place.unitId });
  const [officialId] = officialIds;
  const thesis = { kind: 'PROJECT', title: 'Chống ngập' };
  const graduates = [{ officialId, graduatedOn: '2024-06-01', thesis }];
  await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
  await must(server, 'nameSource', { subjectId: officialId, title: 'Bài báo về một người' }, 'cursor');
  return officialId!;
}

describe('in other cases', () => {
  ownRegistry();

  it.each<[mutation: string, how: string, input: () => Promise<Input>]>([
    ['startCohort', 'that has learners', async () => ({ cohortId: (await enrolling()).cohortId })],
    ['completeCohort', 'that has learners', underWay],
    ['cancelCohort', 'that has learners', async () => ({ ...(await underWay()), reason: 'Hoãn' })],
    [
      'decideEnrolments',
      'to decline one',
      async () => ({ enrolmentIds: [(await enrolling()).nominated], decision: 'DECLINE' }),
    ],
    [
      'withdrawEnrolment',
      'of one who was not accepted yet',
      async () => ({ enrolmentId: (await enrolling()).nominated }),
    ],
    [
      'reviseProgramme',
      'to another university, other topics and partners',
      async () => ({
        ...{ programmeId: (await newProgramme(server)).id, universityId: (await newUniversity(server)).id },
        topicIds: [(await newTopic(server)).id],
        partners: [{ role: 'LEAD', unitId: (await newUnit(server)).id }],
      }),
    ],
    [
      'correctGraduate',
      'to have a thesis',
      async () => ({
        ...(await validInput('correctGraduate', place)),
        thesis: { kind: 'PROJECT', title: 'Đề án', unitId: (await newUnit(server)).id },
      }),
    ],
    [
      'scheduleOrder',
      'with a cohort that it plans',
      async () => {
        const { orderId } = await validInput('scheduleOrder', place);
        const { programmeId, unitId: hostUnitId } = place;
        const cohort = { programmeId, hostUnitId, code: newCode('K'), name: 'Lớp', startsOn: '2999-01-01' };
        return { orderId, cohort };
      },
    ],
    [
      'reorganiseUnits',
      'that are full, into one that is there and one that is new',
      async () => {
        const [closing, other] = [await fullUnit(), await fullUnit()];
        const code = newCode('U');
        return {
          effectiveOn: '2025-07-01',
          closeIds: [closing, other],
          open: [{ code, kind: 'WARD', name: 'Phường mới', parentId: place.topId }],
          successions: [
            { predecessorId: closing, successorCode: code, kind: 'MERGED' },
            { predecessorId: other, successorId: place.unitId, kind: 'MERGED' },
          ],
        };
      },
    ],
    ['eraseOfficial', 'of whom much is known', async () => ({ officialId: await knownOfficial() })],
  ])('%s %s: its events lead to all that it has changed', async (mutation, _how, input) => {
    const { before, after, named } = await change(mutation, await input());
    expect(missed(before, after, named)).toEqual([]);
  });
});
