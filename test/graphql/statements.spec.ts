// SQL statements of a page: as many for 10 records with their relations as for 2.
import type { Logger as SqlLogger } from 'typeorm';
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newClass,
  newCode,
  newOfficial,
  newPosition,
  newProgramme,
  newTopic,
  newUnit,
  newUniversity,
} from '../support/world';

const MANY = 10;

/** Hears every statement of the server. */
class Counter implements SqlLogger {
  heard: string[] = [];
  logQuery = (sql: string): void => {
    // The feed looks at the log in its own time, and reads are noted after the answer: nobody's operation.
    if (
      !/FROM "event"|FROM "event_log"|INTO "data_access|FROM "merged_record"|pg_advisory_xact_lock_shared|^(BEGIN|START TRANSACTION|COMMIT)/.test(
        sql,
      )
    )
      this.heard.push(sql);
  };
  logQueryError = (): void => undefined;
  logQuerySlow = (): void => undefined;
  logSchemaBuild = (): void => undefined;
  logMigration = (): void => undefined;
  log = (): void => undefined;
}

const counter = new Counter();
let server: TestServer;
/** Codes of units that took over from one unit and gave a part away to another. */
const unitCodes: string[] = [];
const DAY = '2022-06-01';

beforeAll(async () => {
  server = await startTestServer({ sqlLogger: counter });
  const positionCode = (await newPosition(server)).code;
  const top = await newUnit(server, { kind: 'MUNICIPALITY', validFrom: '2010-01-01' });
  for (let i = 0; i < MANY; i++) {
    const topicId = (await newTopic(server)).id;
    const university = await newUniversity(server);
    const parent = await newUnit(server, { parentId: top.id, validFrom: '2010-01-01' });
    const before = await newUnit(server, { parentId: parent.id, validFrom: '2010-01-01' });
    const unit = await replace(before.id, parent.id);
    unitCodes.push(unit.code);
    for (let child = 0; child < 2; child++) {
      const room = await newUnit(server, { parentId: unit.id });
      await newOfficial(server, { unitId: room.id, positionCode });
    }
    const programme = await newProgramme(server, {
      universityId: university.id,
      topicIds: [topicId],
      partners: [{ role: 'COMMISSIONING', unitId: unit.id }],
    });
    const agreement = { unitId: unit.id, universityId: university.id, title: `Thoả thuận ${i}` };
    await must(
      server,
      'signPartnership',
      { ...agreement, validFrom: '2022-02-01', topicIds: [topicId] },
      'partnership { id }',
    );
    const held = await newClass(server, 3, { programmeId: programme.id, hostUnitId: unit.id });
    const graduates = held.officialIds.map((officialId) => ({
      officialId,
      graduatedOn: '2024-06-01',
      thesis: { kind: 'THESIS', title: 'Ngập nước', unitId: unit.id, topicIds: [topicId] },
    }));
    await must(server, 'recordGraduates', { cohortId: held.cohort.id, graduates }, 'graduates { id }');
  }
});
afterAll(() => server.stop());

/** Opens a unit in place of another, and moves a part of it on to a third. */
async function replace(id: string, parentId: string): Promise<{ code: string; id: string }> {
  const reorganise = (successions: object[], more: object) =>
    must(
      server,
      'reorganiseUnits',
      { effectiveOn: '2020-01-01', closeIds: [], open: [], successions, ...more },
      'opened { id code }',
    );
  const code = newCode('U');
  const { opened } = await reorganise([{ predecessorId: id, successorCode: code, kind: 'RENAMED' }], {
    closeIds: [id],
    open: [{ code, kind: 'WARD', name: `Phường ${code}`, parentId }],
  });
  const successorId = (await newUnit(server)).id;
  await reorganise([{ predecessorId: opened[0].id, successorId, kind: 'TRANSFERRED', isPartial: true }], {});
  return opened[0];
}

/** Asks for a page of a size and gives the statements it took, with the page. */
async function costOf(query: string, first: number): Promise<{ statements: string[]; nodes: any[] }> {
  counter.heard = [];
  const { data, errors } = await server.ask(query, { first, codes: unitCodes, day: DAY });
  const statements = counter.heard;
  if (errors) throw new Error(JSON.stringify(errors));
  return { statements, nodes: Object.values(data)[0].nodes };
}

const UNIT = 'id name';
const PAGES: Record<string, [query: string, rich: (node: any) => boolean]> = {
  'cohorts with programme, university, host unit, counts and 3 enrolments each with official': [
    `query ($first: Int) { cohorts(first: $first) { nodes {
      id programme { id name } university { id name } hostUnit { ${UNIT} } enrolledCount graduateCount
      enrolments(first: 3) { nodes { status official { id fullName unit { ${UNIT} } } } } } } }`,
    ({ programme, university, enrolledCount, graduateCount, enrolments }) =>
      Boolean(programme && university) &&
      enrolledCount + graduateCount === 6 &&
      enrolments.nodes.length === 3 &&
      enrolments.nodes.every(({ official }: any) => official.fullName && official.unit.id),
  ],
  'cohorts with enrolments, their graduates, and totals': [
    `query ($first: Int) { cohorts(first: $first) { nodes {
      enrolments(first: 2, filter: { statuses: [COMPLETED] }) { totalCount nodes {
        unitAtEnrolment { ${UNIT} } graduate { id graduatedOn thesis { title unit { id } topics { id } } } } }
      graduates(last: 2) { totalCount nodes { official { id } enrolment { id status } unit { id } cohort { id } } } } } }`,
    ({ enrolments, graduates }) =>
      enrolments.totalCount + graduates.totalCount === 6 &&
      enrolments.nodes.every(({ graduate }: any) => graduate.thesis.topics.length === 1),
  ],
  'units with parent, ancestors, children, predecessors, successors, officials and cohorts': [
    `query ($first: Int, $codes: [String!], $day: Date) { units(first: $first, filter: { codes: $codes }) { nodes {
      id isOpen parent { ${UNIT} } ancestors { ${UNIT} }
      children(first: 5) { totalCount nodes { ${UNIT} parent { id } } }
      predecessors { kind predecessor { ${UNIT} } successor { id } }
      successors { kind successor { ${UNIT} } }
      officials(first: 5, filter: { on: $day }) { totalCount nodes { id fullName unit(on: $day) { ${UNIT} } } }
      cohorts(first: 5) { totalCount nodes { id programme { id } } }
      partnerships(first: 5) { totalCount nodes { title university { id name } topics { id } } } } } }`,
    ({ parent, ancestors, children, predecessors, successors, officials, cohorts, partnerships }) =>
      Boolean(parent) &&
      ancestors.length === 2 &&
      children.totalCount === 2 &&
      predecessors.length + successors.length === 2 &&
      officials.nodes.length === 5 &&
      cohorts.totalCount === 1 &&
      partnerships.nodes[0].topics.length === 1,
  ],
  'officials with assignments, unit, enrolments and graduations': [
    `query ($first: Int) { officials(first: $first, orderBy: { field: CREATED_AT, direction: DESC }) { nodes {
      id unit { ${UNIT} } assignments { isManagerial unit { ${UNIT} } position { code title } }
      enrolments(first: 2) { totalCount nodes { status cohort { id name } unitAtEnrolment { id } } }
      graduations(first: 2) { totalCount nodes { graduatedOn cohort { id programme { id } } } } } } }`,
    ({ unit, assignments }) => Boolean(unit) && assignments.length === 1,
  ],
  'graduates with everything': [
    `query ($first: Int) { graduates(first: $first) { nodes {
      id official { id fullName unit { id } } enrolment { id status official { id } } unit { ${UNIT} parent { id } }
      cohort { id name programme { id topics { id } university { id } } hostUnit { id } enrolledCount graduateCount }
      thesis { kind title unit { ${UNIT} } topics { id name } } } } }`,
    ({ official, enrolment, cohort, thesis }) =>
      Boolean(official && enrolment && cohort.programme.university) && thesis.topics.length === 1,
  ],
  'programmes with topics, partners and cohorts': [
    `query ($first: Int) { programmes(first: $first) { nodes {
      id topics { id name } university { id name } partners { role unit { ${UNIT} } university { id name } }
      cohorts(first: 3) { totalCount nodes { id hostUnit { id } enrolledCount graduateCount } } } } }`,
    ({ topics, partners, cohorts }) =>
      topics.length === 1 && partners.length === 2 && cohorts.totalCount === 1,
  ],
  'universities with partnerships, programmes and cohorts': [
    `query ($first: Int) { universities(first: $first) { nodes {
      id partnerships(first: 3) { totalCount nodes { unit { ${UNIT} } topics { id } } }
      programmes(first: 3) { totalCount nodes { id topics { id } partners { role } } }
      cohorts(first: 3) { totalCount nodes { id hostUnit { id } enrolledCount } } } } }`,
    ({ partnerships, programmes, cohorts }) =>
      partnerships.totalCount + programmes.totalCount + cohorts.totalCount === 3,
  ],
};

describe('a page of 10', () => {
  it.each(Object.entries(PAGES))(
    '%s costs as many statements as a page of 2',
    async (_what, [query, rich]) => {
      const two = await costOf(query, 2);
      const many = await costOf(query, MANY);
      expect([two.nodes.length, many.nodes.length]).toEqual([2, MANY]);
      expect(many.nodes.every(rich)).toBe(true);
      expect(two.statements.length).toBeGreaterThan(3);
      expect(many.statements.length).toBe(two.statements.length);
    },
  );

  it('costs as many statements again the second time: nothing is kept between operations', async () => {
    const [query] = Object.values(PAGES)[0]!;
    const once = await costOf(query, MANY);
    const twice = await costOf(query, MANY);
    expect(twice.statements.length).toBe(once.statements.length);
  });
});

describe('totalCount', () => {
  it.each([
    ['a list', '', 'cohorts(first: $first) { nodes { id } %s }'],
    [
      'a list within records',
      '%s',
      'cohorts(first: $first) { nodes { id enrolments(first: 2) { nodes { id } %s } } }',
    ],
    ['a filtered list', '', 'cohorts(first: $first, filter: { text: "lop" }) { nodes { id } %s }'],
  ])('of %s costs one statement when asked for, and none otherwise', async (_what, _none, field) => {
    const query = (extra: string) => `query ($first: Int) { ${field.replace('%s', extra)} }`;
    const without = await costOf(query(''), MANY);
    const counted = await costOf(query('totalCount'), MANY);
    expect(without.statements.filter((sql) => /COUNT\(/i.test(sql))).toEqual([]);
    expect(counted.statements.filter((sql) => /COUNT\(/i.test(sql))).toHaveLength(1);
    expect(counted.statements.length).toBe(without.statements.length + 1);
  });
});

describe('nodes', () => {
  it('reads records of one type in one statement, whatever their number', async () => {
    const { data } = await server.ask('{ cohorts(first: 20) { nodes { id } } }');
    const ids = data.cohorts.nodes.map(({ id }: { id: string }) => id);
    const read = async (some: string[]) => {
      counter.heard = [];
      await server.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: some });
      return counter.heard.length;
    };
    expect(await read(ids)).toBe(await read(ids.slice(0, 2)));
  });
});

/** Records that everybody of a new class graduates, each with a thesis about a unit and a topic of their own. */
async function statementsOfCeremony(learners: number): Promise<number> {
  const { cohort, officialIds } = await newClass(server, learners);
  const graduates = [];
  for (const officialId of officialIds) {
    const [unitId, topicId] = [(await newUnit(server)).id, (await newTopic(server)).id];
    const thesis = { kind: 'THESIS', title: 'Ngập nước', unitId, topicIds: [topicId] };
    graduates.push({ officialId, graduatedOn: '2024-06-01', thesis });
  }
  counter.heard = [];
  await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'userErrors { code }');
  return counter.heard.length;
}

it('records 100 graduates in as many statements as 2', async () => {
  expect(await statementsOfCeremony(100)).toBe(await statementsOfCeremony(2));
});
