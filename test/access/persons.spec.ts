// Identity of persons: who may know it. Every role, within reach and elsewhere, by every path that leads to a person,
// over HTTP and WebSocket. Each personal field by itself is in reach.spec.ts.
import 'reflect-metadata';
import { KNOWN_BY } from '../../src/access/personal';
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newCohort,
  newInitiative,
  newOfficial,
  newPosition,
  newProgramme,
  newServiceRule,
  newSession,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';
import { type Caller, CALLERS, type Cast, extentOf, newCast } from './cast';

type Fields = Record<string, any>;

interface Person {
  topId: string;
  unitId: string;
  universityId: string;
  cohortId: string;
  officialId: string;
  enrolmentId: string;
  graduateId: string;
  followUpId: string;
  sourceId: string;
  initiativeId: string;
  assignmentId: string;
  /** What must not be told: each is found nowhere else in the world. */
  secrets: string[];
}

let server: TestServer;
let here: Person;
let elsewhere: Person;
let start: string;
let cast: Cast;

async function newPerson(mark: string): Promise<Person> {
  const topId = (await newUnit(server)).id;
  const unitId = (await newUnit(server, { parentId: topId })).id;
  const universityId = (await newUniversity(server)).id;
  const facts = {
    code: `HS-${mark}`,
    fullName: `Phan Thị ${mark}`,
    gender: 'FEMALE',
    dateOfBirth: mark === 'Anh' ? '1981-02-03' : '1979-11-12',
    email: `${mark.toLowerCase()}@canbo.example`,
    grade: `Chuyên viên ${mark}`,
  };
  const positionCode = (await newPosition(server)).code;
  const officialId = (await newOfficial(server, { ...facts, unitId, positionCode })).id;
  const programmeId = (await newProgramme(server, { universityId })).id;
  const hostUnitId = (await newUnit(server)).id; // a unit of neither: the sender and the university have their reach
  const cohortId = (await newCohort(server, { programmeId, hostUnitId })).id;
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const enrolmentIds = await nominate(server, cohortId, [officialId]);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
  await must(server, 'startCohort', { cohortId }, 'cursor');
  const thesis = { kind: 'PROJECT', title: `Quản lý chợ ${mark}`, localProblem: `Chợ ${mark} quá tải` };
  const graduate = {
    officialId,
    graduatedOn: '2024-06-01',
    credentialNumber: `SH-${mark}`,
    classification: 'EXCELLENT',
    thesis,
  };
  const { graduates } = await must(
    server,
    'recordGraduates',
    { cohortId, graduates: [graduate] },
    'graduates { id }',
  );
  const graduateId = graduates[0].id as string;
  const how = `Ở chợ ${mark} mỗi ngày`;
  const { followUp } = await must(
    server,
    'recordFollowUp',
    { graduateId, time: 'AFTER_3_MONTHS', isApplied: true, how },
    'followUp { id }',
  );
  const told = { subjectId: graduateId, title: `Gương sáng ${mark}`, link: `https://example.org/${mark}` };
  const { source } = await must(server, 'nameSource', told, 'source { id }');
  const initiative = await newInitiative(server, enrolmentIds, { graduateId });
  const { data } = await server.ask(`{ official(id: "${officialId}") { assignments { id } } }`);
  return {
    ...{ topId, unitId, universityId, cohortId, officialId },
    enrolmentId: enrolmentIds[0]!,
    sourceId: source.id,
    ...{ graduateId, followUpId: followUp.id, initiativeId: initiative.id },
    assignmentId: data.official.assignments[0].id,
    secrets: [
      ...[facts.code, facts.fullName, facts.dateOfBirth, facts.email, facts.grade],
      ...[graduate.credentialNumber, thesis.title, thesis.localProblem, how, told.title, told.link],
    ],
  };
}

beforeAll(async () => {
  server = await startTestServer();
  start = await logEnd(server);
  here = await newPerson('Anh');
  elsewhere = await newPerson('Bình');
  const { topId, universityId, officialId } = here;
  cast = await newCast(server, { unitId: topId, universityId, officialId });
});
afterAll(async () => {
  await cast.leave();
  await server.stop();
});

const ask = (caller: Caller, query: string, variables: object = {}): Promise<Fields> =>
  cast.ask(caller, 'HTTP', query, variables);
const askLive = (caller: Caller, query: string, variables: object = {}): Promise<Fields> =>
  cast.ask(caller, 'WebSocket', query, variables);

/** Whether the policy lets somebody see the person of a place. */
function sees(caller: Caller, person: Person): boolean {
  const extent = extentOf(KNOWN_BY, caller);
  return extent === 'EVERYTHING' || (person === here && extent !== null && extent !== 'NOTHING');
}

const OFFICIAL = '... on Official { id code fullName gender dateOfBirth email grade category }';
const GRADUATE =
  '... on Graduate { id credentialNumber classification thesis { title localProblem } followUps { id isApplied how } official { id fullName } }';

/** Every way to a person that starts from something everybody may have in hand. */
const WAYS: Record<string, [query: string, variables: (person: Person) => object]> = {
  'by id': ['query ($id: ID!) { official(id: $id) { ...o } }', ({ officialId }) => ({ id: officialId })],
  'by code': [
    'query ($code: String!) { official(code: $code) { ...o } }',
    ({ secrets }) => ({ code: secrets[0] }),
  ],
  'as a node': ['query ($id: ID!) { node(id: $id) { ...o } }', ({ officialId }) => ({ id: officialId })],
  'in a list of all': [
    '{ officials(first: 100) { totalCount nodes { ...o } edges { cursor } } }',
    () => ({}),
  ],
  'by text': [
    'query ($text: String!) { officials(filter: { text: $text }) { totalCount nodes { ...o } } }',
    ({ secrets }) => ({ text: secrets[1] }),
  ],
  'by codes': [
    'query ($codes: [String!]!) { officials(filter: { codes: $codes }) { totalCount nodes { ...o } } }',
    ({ secrets }) => ({ codes: [secrets[0]] }),
  ],
  'through a unit': [
    'query ($id: ID!) { unit(id: $id) { officials { totalCount nodes { ...o } } } }',
    ({ unitId }) => ({ id: unitId }),
  ],
  'through a cohort': [
    'query ($id: ID!) { cohort(id: $id) { enrolments { totalCount nodes { id official { ...o } graduate { ...g } } } graduates { nodes { ...g } } } }',
    ({ cohortId }) => ({ id: cohortId }),
  ],
  'through an enrolment': [
    'query ($id: ID!) { node(id: $id) { ... on Enrolment { id official { ...o } graduate { ...g } } } }',
    ({ enrolmentId }) => ({ id: enrolmentId }),
  ],
  'through a graduate': [
    'query ($id: ID!) { node(id: $id) { ...g } }',
    ({ graduateId }) => ({ id: graduateId }),
  ],
  'through a post': [
    'query ($id: ID!) { node(id: $id) { ... on Assignment { id official { ...o } } } }',
    ({ assignmentId }) => ({ id: assignmentId }),
  ],
  'in a list of graduates': ['{ graduates(first: 100) { totalCount nodes { ...g } } }', () => ({})],
  'through a follow-up': [
    'query ($id: ID!) { node(id: $id) { ... on FollowUp { id isApplied how graduate { ...g } } } }',
    ({ followUpId }) => ({ id: followUpId }),
  ],
  'through a source': [
    'query ($id: ID!, $subjectId: ID!) { node(id: $id) { ... on Source { id title link } } sources(subjectId: $subjectId) { id title link } }',
    ({ sourceId, graduateId }) => ({ id: sourceId, subjectId: graduateId }),
  ],
  'through the sources of a record': [
    'query ($ids: [ID!]!) { nodes(ids: $ids) { sources { title link } } }',
    ({ officialId, enrolmentId, graduateId }) => ({ ids: [officialId, enrolmentId, graduateId] }),
  ],
  'through an initiative': [
    'query ($id: ID!) { node(id: $id) { ... on Initiative { title authors { id official { ...o } } graduate { ...g } } } }',
    ({ initiativeId }) => ({ id: initiativeId }),
  ],
  'in a list of initiatives': [
    '{ initiatives { nodes { title authors { id official { ...o } } graduate { ...g } } } }',
    () => ({}),
  ],
  'through events': ['{ graduateEvents(first: 100) { kind graduate { ...g } cohort { id } } }', () => ({})],
};

const documentOf = (query: string) =>
  [
    query,
    query.includes('...o') ? `fragment o on Official { ${OFFICIAL} }` : '',
    query.includes('...g') ? `fragment g on Graduate { ${GRADUATE} }` : '',
  ].join('\n');

describe.each(Object.entries(WAYS))('a person found %s', (_way, [query, variables]) => {
  it.each(CALLERS)('is known to %s exactly as far as the policy says', async (caller) => {
    for (const person of [here, elsewhere]) {
      for (const asking of [ask, askLive]) {
        const { data, errors } = await asking(caller, documentOf(query), variables(person));
        if (caller === 'NONE') {
          expect(errors[0].extensions.code).toBe('FORBIDDEN');
          continue;
        }
        expect(errors).toBeUndefined();
        const text = JSON.stringify(data);
        const ids = [
          person.officialId,
          person.enrolmentId,
          person.graduateId,
          person.assignmentId,
          person.followUpId,
          person.sourceId,
        ];
        const asked: unknown[] = Object.values(variables(person)).flat();
        const told = person.secrets.filter((secret) => text.includes(secret));
        if (sees(caller, person)) {
          expect([caller, told.length > 0]).toEqual([caller, true]);
        } else {
          expect([caller, told]).toEqual([caller, []]);
          expect(ids.filter((id) => text.includes(id) && !asked.includes(id))).toEqual([]);
        }
      }
    }
  });
});

describe('a graduate whom a unit sent and who serves elsewhere now', () => {
  it('still counts among those it sent, but nobody is told who it is', async () => {
    const person = await newPerson('Dung');
    const manager = await tokenOf({ subject: 'm', role: Role.UNIT_MANAGER, unitId: person.topId });
    const query = `{ node(id: "${person.graduateId}") { ... on Graduate { id credentialNumber classification thesis { title } official { id } unit { id } sources { id } } } }`;
    const asking = async () => (await server.ask(query, {}, { token: manager })).data.node;
    expect(await asking()).toMatchObject({
      credentialNumber: 'SH-Dung',
      official: { id: person.officialId },
      sources: [{ id: person.sourceId }],
    });
    await must(server, 'endAssignment', { assignmentId: person.assignmentId, until: '2024-12-31' }, 'cursor');
    expect(await asking()).toEqual({
      id: person.graduateId,
      ...{ credentialNumber: null, classification: null, thesis: null, official: null },
      unit: { id: person.unitId },
      sources: [],
    });
    const bySource = `{ node(id: "${person.sourceId}") { id } sources(subjectId: "${person.graduateId}") { id } }`;
    const { data } = await server.ask(bySource, {}, { token: manager });
    expect(data).toEqual({ node: null, sources: [] });
  });
});

/** A class of one learner, begun, that another unit hosts. */
async function study(officialId: string, more: Fields): Promise<{ cohortId: string; enrolmentId: string }> {
  const cohortId = (await newCohort(server, more)).id;
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const enrolmentIds = await nominate(server, cohortId, [officialId]);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
  await must(server, 'startCohort', { cohortId }, 'cursor');
  return { cohortId, enrolmentId: enrolmentIds[0]! };
}

describe('the training periods of an official', () => {
  it('are counted as far as the reader sees the classes, and no further', async () => {
    const unitId = (await newUnit(server)).id;
    const officialId = (await newOfficial(server, { unitId })).id;
    const universities: string[] = [];
    for (const periods of [3, 5]) {
      const universityId = (await newUniversity(server)).id;
      const programmeId = (await newProgramme(server, { universityId })).id;
      const { cohortId } = await study(officialId, { programmeId });
      const sessionId = (await newSession(server, { cohortId, periods })).id;
      await must(server, 'recordAttendance', { sessionId, attendance: [{ officialId }] }, 'cursor');
      universities.push(universityId);
    }
    const periods = async (role: Role, reach: object = {}) => {
      const token = await tokenOf({ subject: 't', role, ...reach });
      const query = `{ official(id: "${officialId}") { trainingPeriods(year: 2024) } }`;
      return (await server.ask(query, {}, { token })).data.official.trainingPeriods;
    };
    for (const [i, expected] of [3, 5].entries()) {
      const reach = { universityId: universities[i] };
      expect(await periods(Role.UNIVERSITY_REGISTRAR, reach)).toBe(expected);
    }
    expect(await periods(Role.UNIT_MANAGER, { unitId })).toBe(8);
    expect(await periods(Role.OFFICIAL, { officialId })).toBe(8);
    expect(await periods(Role.ADMINISTRATOR)).toBe(8);
  });
});

describe('a row that keeps back whom it is about', () => {
  it('is not found by them, either', async () => {
    await newServiceRule(server);
    const { unitId, officialId, assignmentId } = await newPerson('Lam');
    const programmeId = (await newProgramme(server, { kind: 'DEGREE', degreeLevel: 'MASTER' })).id;
    const days = { startsOn: '2022-03-01', endsOn: '2024-02-29' };
    const { enrolmentId } = await study(officialId, { programmeId, ...days });
    const commitments = [{ enrolmentId, cost: 1_000_000 }];
    await must(server, 'recordServiceCommitments', { commitments }, 'cursor');
    const query = `query ($filter: ServiceCommitmentFilter) {
      serviceCommitments(filter: $filter) { totalCount nodes { official { id } } } }`;
    const token = await tokenOf({ subject: 'c', role: Role.UNIT_MANAGER, unitId });
    const found = async (filter: object) =>
      (await server.ask(query, { filter }, { token })).data.serviceCommitments;
    const known = { totalCount: 1, nodes: [{ official: { id: officialId } }] };
    expect(await found({ officialIds: [officialId] })).toEqual(known);
    await must(server, 'endAssignment', { assignmentId, until: '2024-12-31' }, 'cursor');
    expect(await found({})).toEqual({ totalCount: 1, nodes: [{ official: null }] });
    expect(await found({ officialIds: [officialId] })).toEqual({ totalCount: 0, nodes: [] });
  });
});

describe('the payload of a mutation', () => {
  const official = 'official { id code fullName unit { id } assignments { id } enrolments { nodes { id } } }';
  const run = async (token: string, name: string, input: object, selection: string): Promise<Fields> => {
    const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation ($input: ${Input}) { ${name}(input: $input) { ${selection} cursor userErrors { code path } } }`;
    const { data, errors } = await server.ask(query, { input }, { token });
    expect(errors).toBeUndefined();
    return data[name];
  };
  const done = { cursor: expect.any(String), userErrors: [] };

  it('shows nobody whose post it ended: they are out of reach from then on', async () => {
    const person = await newPerson('Giang');
    const token = await tokenOf({ subject: 'p', role: Role.UNIT_MANAGER, unitId: person.topId });
    const input = { assignmentId: person.assignmentId, until: '2024-12-31' };
    const payload = await run(token, 'endAssignment', input, `assignment { id validTo ${official} }`);
    expect(payload).toEqual({ ...done, assignment: null });
  });

  it('shows nobody when it is asked for again after they have left', async () => {
    const person = await newPerson('Hoa');
    const token = await tokenOf({ subject: 'q', role: Role.UNIT_MANAGER, unitId: person.topId });
    const input = { officialId: person.officialId, grade: 'Chuyên viên', clientMutationId: 'again' };
    const first = await run(token, 'reviseOfficial', input, official);
    expect(first.official).toMatchObject({ id: person.officialId, enrolments: { nodes: [{}] } });
    await must(server, 'endAssignment', { assignmentId: person.assignmentId, until: '2024-12-31' }, 'cursor');
    expect(await run(token, 'reviseOfficial', input, official)).toEqual({
      ...{ cursor: first.cursor, userErrors: [] },
      official: null,
    });
  });

  it('shows no source of what was about them, either', async () => {
    const person = await newPerson('Khanh');
    const token = await tokenOf({ subject: 's', role: Role.UNIT_MANAGER, unitId: person.topId });
    const input = { subjectId: person.officialId, title: 'Gương sáng', clientMutationId: 'source' };
    const first = await run(token, 'nameSource', input, 'source { title }');
    expect(first).toEqual({ ...done, source: { title: 'Gương sáng' } });
    await must(server, 'endAssignment', { assignmentId: person.assignmentId, until: '2024-12-31' }, 'cursor');
    const again = await run(token, 'nameSource', input, 'source { title }');
    expect(again).toEqual({ ...first, source: null });
  });

  it('shows who was registered for a post yet to begin: the unit keeps the record until then', async () => {
    const { id: unitId } = await newUnit(server);
    const token = await tokenOf({ subject: 'r', role: Role.UNIT_MANAGER, unitId });
    const positionCode = (await newPosition(server)).code;
    const facts = { code: 'HS-Mai', fullName: 'Phan Thị Mai', category: 'CADRE' };
    const input = { ...facts, unitId, positionCode, since: '2999-01-01' };
    expect(await run(token, 'registerOfficial', input, 'official { code unit { id } }')).toEqual({
      ...done,
      official: { code: 'HS-Mai', unit: null },
    });
    const query = '{ official(code: "HS-Mai") { fullName } }';
    expect((await server.ask(query, {}, { token })).data.official).toEqual({ fullName: 'Phan Thị Mai' });
    // Once another unit employs her, she is theirs.
    const elsewhereId = (await newUnit(server)).id;
    const { data } = await server.ask('{ official(code: "HS-Mai") { id } }');
    const post = { officialId: data.official.id, unitId: elsewhereId, positionCode, since: '2024-01-01' };
    await must(server, 'assignOfficial', post, 'cursor');
    expect((await server.ask(query, {}, { token })).data.official).toBeNull();
  });

  it('leaves out the learners of a cohort whose host is closed', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const cohortId = (await newCohort(server, { hostUnitId })).id;
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const enrolmentIds = await nominate(server, cohortId, [elsewhere.officialId]);
    const closing = { predecessorId: hostUnitId, kind: 'DISSOLVED' };
    const dissolve = { effectiveOn: '2025-07-01', closeIds: [hostUnitId], open: [], successions: [closing] };
    await must(server, 'reorganiseUnits', dissolve, 'cursor');
    const token = await tokenOf({ subject: 's', role: Role.UNIT_MANAGER, unitId: hostUnitId });
    const input = { enrolmentIds, decision: 'DECLINE' };
    const payload = await run(token, 'decideEnrolments', input, `enrolments { id status ${official} }`);
    expect(payload).toEqual({ ...done, enrolments: [] });
  });
});

describe('a staff code in use elsewhere', () => {
  const query =
    'mutation ($input: RegisterOfficialInput!) { registerOfficial(input: $input) { userErrors { code path } } }';

  it.each<[string, Fields, [code: string, field: string]]>([
    ['a position that is none', { positionCode: 'none' }, ['NOT_FOUND', 'positionCode']],
    ['a birth in the future', { dateOfBirth: '2999-01-01' }, ['INVALID', 'dateOfBirth']],
    ['a post before the unit opened', { since: '1999-01-01' }, ['UNIT_CLOSED', 'since']],
  ])('is told of to nobody who does not register in earnest: %s', async (_what, wrong, [code, field]) => {
    const positionCode = (await newPosition(server)).code;
    const facts = { fullName: 'Phan Thị Mẫu', category: 'CADRE', since: '2021-01-01' };
    for (const staffCode of [elsewhere.secrets[0], 'HS-of-nobody']) {
      const input = { ...facts, code: staffCode, unitId: here.unitId, positionCode, ...wrong };
      const { data } = await ask(Role.UNIT_MANAGER, query, { input });
      expect(data.registerOfficial.userErrors).toEqual([{ code, path: ['input', field] }]);
    }
  });
});

describe('a post that has not begun', () => {
  it('makes nobody staff of the unit yet', async () => {
    const unitId = (await newUnit(server)).id;
    const positionCode = (await newPosition(server)).code;
    const post = { officialId: elsewhere.officialId, unitId, positionCode, since: '2999-01-01' };
    await must(server, 'assignOfficial', post, 'cursor');
    const manager = await tokenOf({ subject: 'n', role: Role.UNIT_MANAGER, unitId });
    const query = `{ official(id: "${elsewhere.officialId}") { fullName } }`;
    expect((await server.ask(query, {}, { token: manager })).data.official).toBeNull();
  });
});

describe('the learners of a cohort', () => {
  it('are known to the unit that hosts it', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const cohortId = (await newCohort(server, { hostUnitId })).id;
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    await nominate(server, cohortId, [elsewhere.officialId]);
    const host = await tokenOf({ subject: 'h', role: Role.UNIT_MANAGER, unitId: hostUnitId });
    const query = `{ cohort(id: "${cohortId}") { enrolments { nodes { official { fullName } } } } }`;
    const { data } = await server.ask(query, {}, { token: host });
    expect(data.cohort.enrolments.nodes).toEqual([{ official: { fullName: elsewhere.secrets[1] } }]);
    // A unit that is closed hosts no more, and is told no more.
    const closing = { predecessorId: hostUnitId, kind: 'DISSOLVED' };
    const dissolve = { effectiveOn: '2025-07-01', closeIds: [hostUnitId], open: [], successions: [closing] };
    await must(server, 'reorganiseUnits', dissolve, 'cursor');
    const later = await server.ask(query, {}, { token: host });
    expect(later.data.cohort.enrolments.nodes).toEqual([]);
    // To know a learner is not to be their personnel office.
    const revise =
      'mutation ($input: ReviseOfficialInput!) { reviseOfficial(input: $input) { userErrors { code } } }';
    const input = { officialId: elsewhere.officialId, grade: 'x' };
    const revised = await server.ask(revise, { input }, { token: host });
    expect(revised.data.reviseOfficial.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
  });
});

describe('a learner whom the reader may not know any more', () => {
  /** What each of the mutations that go by officials says of these, in the order given. */
  async function toldOf(token: string, cohortId: string, sessionId: string, officialIds: string[]) {
    const attendance = officialIds.map((officialId) => ({ officialId, periods: 1 }));
    const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
    const told: Record<string, string[]> = {};
    for (const [name, input] of Object.entries({
      recordAttendance: { sessionId, attendance },
      correctAttendance: { sessionId, attendance },
      recordGraduates: { cohortId, graduates },
    })) {
      const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
      const query = `mutation ($input: ${Input}) { ${name}(input: $input) { userErrors { code } } }`;
      const { data, errors } = await server.ask(query, { input }, { token });
      told[name] = (data?.[name]?.userErrors ?? errors!.map(({ extensions }) => extensions)).map(
        ({ code }: Fields) => code as string,
      );
    }
    return told;
  }

  it('is refused like nobody, though they attended before they left', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const [left, nobody] = [(await newOfficial(server)).id, (await newOfficial(server)).id];
    const { cohortId, enrolmentId } = await study(left, { programmeId });
    const sessionId = (await newSession(server, { cohortId })).id;
    const attended = { sessionId, attendance: [{ officialId: left }] };
    await must(server, 'recordAttendance', attended, 'cursor');
    await must(server, 'withdrawEnrolment', { enrolmentId }, 'cursor');
    const token = await tokenOf({ subject: 'u', role: Role.UNIVERSITY_REGISTRAR, universityId });
    expect(await toldOf(token, cohortId, sessionId, [left, nobody])).toEqual({
      recordAttendance: ['NOT_ENROLLED', 'NOT_ENROLLED'],
      correctAttendance: ['NOT_FOUND', 'NOT_FOUND'],
      recordGraduates: ['NOT_ENROLLED', 'NOT_ENROLLED'],
    });
  });

  it('is refused like nobody, though the unit that hosts the class was closed only since', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const [learner, nobody] = [(await newOfficial(server)).id, (await newOfficial(server)).id];
    const { cohortId } = await study(learner, { hostUnitId });
    const sessionId = (await newSession(server, { cohortId })).id;
    const closing = { predecessorId: hostUnitId, kind: 'DISSOLVED' };
    const dissolve = { effectiveOn: '2025-07-01', closeIds: [hostUnitId], open: [], successions: [closing] };
    await must(server, 'reorganiseUnits', dissolve, 'cursor');
    const token = await tokenOf({ subject: 'v', role: Role.UNIT_MANAGER, unitId: hostUnitId });
    expect(await toldOf(token, cohortId, sessionId, [learner, nobody])).toEqual({
      recordAttendance: ['NOT_ENROLLED', 'NOT_ENROLLED'],
      correctAttendance: ['NOT_FOUND', 'NOT_FOUND'],
      recordGraduates: ['NOT_ENROLLED', 'NOT_ENROLLED'],
    });
  });
});

describe('the order of officials', () => {
  it('is told by no cursor: neither in it, nor by asking what comes after somebody out of reach', async () => {
    const { data } = await ask(
      Role.ADMINISTRATOR,
      '{ officials(first: 100) { edges { cursor node { id } } } }',
    );
    const edges: Fields[] = data.officials.edges;
    for (const { cursor } of edges) {
      expect(Buffer.from(cursor as string, 'base64url').toString()).toMatch(
        /^\["official[.\w]*","official_\w+"\]$/,
      );
    }
    const { cursor } = edges.find(({ node }) => node.id === elsewhere.officialId)!;
    for (const args of [`after: "${cursor}"`, `before: "${cursor}"`]) {
      const list = await ask(Role.UNIT_MANAGER, `{ officials(${args}) { nodes { id } } }`);
      expect(list.data.officials.nodes).toEqual([]);
    }
  });
});

describe('graduate events by unit', () => {
  const subscription =
    'subscription ($f: GraduateEventFilter, $after: EventCursor) { graduateRecorded(filter: $f, after: $after) { graduate { id } cohort { id } } }';
  const query = 'query ($f: GraduateEventFilter) { graduateEvents(filter: $f) { graduate { id } } }';

  it('are for those who may know whom the unit sent', async () => {
    for (const person of [here, elsewhere]) {
      const byUnit = { unitIds: [person.unitId] };
      for (const caller of CALLERS.filter((each) => each !== 'NONE')) {
        const extent = extentOf('graduate.read', caller);
        const may = extent === 'EVERYTHING' || (extent === 'UNITS' && person === here);
        const pulled = await ask(caller, query, { f: byUnit });
        expect([caller, pulled.errors?.[0].extensions.code]).toEqual([caller, may ? undefined : 'FORBIDDEN']);
        const follower = cast.sockets.get(caller)!.subscribe(subscription, { f: byUnit, after: start });
        const first = await follower.next().then(
          ({ data, errors }) => errors?.[0]!.extensions!.code ?? data!.graduateRecorded.cohort.id,
          (error: Error) => JSON.parse(error.message)[0].extensions.code,
        );
        follower.stop();
        expect([caller, first]).toEqual([caller, may ? person.cohortId : 'FORBIDDEN']);
      }
    }
  });

  it('are for a registrar in the cohorts of their own university', async () => {
    const f = { unitIds: [here.unitId], universityIds: [here.universityId] };
    const { data } = await ask(Role.UNIVERSITY_REGISTRAR, query, { f });
    expect(data.graduateEvents).toEqual([{ graduate: { id: here.graduateId } }]);
  });

  it('tell everybody else that a cohort has a graduate, and not who', async () => {
    const follower = cast.sockets.get(Role.VIEWER)!.subscribe(subscription, { after: start });
    expect(await follower.nextData()).toEqual({
      graduateRecorded: { graduate: null, cohort: { id: here.cohortId } },
    });
    follower.stop();
  });
});
