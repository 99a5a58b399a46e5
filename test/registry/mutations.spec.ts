// Every mutation of the schema: records an event when it changes something; when refused, the database stays as it was.
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newDay,
  newDegreeClass,
  newDocument,
  newFigure,
  newInitiative,
  newMember,
  newOfficial,
  newOrder,
  newPlan,
  newPosition,
  newProgramme,
  newRequirement,
  newServiceRule,
  newSession,
  newUnit,
  newUniversity,
  nominate,
  refusals,
  unknownId,
} from '../support/world';
import { decodeCursor } from '../../src/events/cursor';
import { makeSchema } from '../../src/schema';
import { contents, sql } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await newServiceRule(server);
});
afterAll(() => server.stop());

type Row = Record<string, any>;
const mutations = makeSchema().getMutationType()!.getFields();

/** Who read what is noted in its own time. */
const notReads = (table: string): boolean => !table.startsWith('data_access');

const DAY = '2024-06-01';

async function enrolment(): Promise<Row> {
  const { id } = await newCohort(server);
  await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
  const officialId = (await newOfficial(server)).id;
  const [enrolmentId] = await nominate(server, id, [officialId]);
  return { cohortId: id, officialId, enrolmentId };
}

async function graduate(): Promise<Row> {
  const { cohort, officialIds } = await newClass(server, 1);
  const graduates = [{ officialId: officialIds[0], graduatedOn: DAY }];
  const done = await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
  return { graduateId: done.graduates[0].id };
}

async function assignment(): Promise<Row> {
  const { id } = await newOfficial(server);
  const query = 'query ($id: ID!) { official(id: $id) { assignments { id } } }';
  return { assignmentId: (await server.ask(query, { id })).data.official.assignments[0].id };
}

async function stepped(...steps: string[]): Promise<Row> {
  const { id } = await newCohort(server);
  for (const step of steps) await must(server, step, { cohortId: id }, 'cohort { id }');
  return { cohortId: id };
}

/** An order of a unit to a university that has taken it on, and a planned cohort of both. */
async function agreedOrder(): Promise<Row> {
  const hostUnitId = (await newUnit(server)).id;
  const universityId = (await newUniversity(server)).id;
  const programmeId = (await newProgramme(server, { universityId })).id;
  const orderId = (await newOrder(server, { unitId: hostUnitId, universityId })).id;
  await must(server, 'agreeOrder', { orderId }, 'cursor');
  return { orderId, cohortIds: [(await newCohort(server, { programmeId, hostUnitId })).id] };
}

async function taughtOrder(): Promise<Row> {
  const { orderId, cohortIds } = await agreedOrder();
  await must(server, 'scheduleOrder', { orderId, cohortIds }, 'cursor');
  for (const step of ['openEnrolment', 'startCohort', 'completeCohort'])
    await must(server, step, { cohortId: cohortIds[0] }, 'cursor');
  return { orderId, result: 'Đạt yêu cầu' };
}

async function initiative(...steps: string[]): Promise<Row> {
  const { enrolmentIds } = await newClass(server, 1);
  const { id } = await newInitiative(server, enrolmentIds);
  for (const step of steps) await must(server, step, { initiativeId: id }, 'cursor');
  return { initiativeId: id };
}

const class1 = async () => {
  const { cohort, officialIds } = await newClass(server, 1);
  return { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: DAY }] };
};
const session = ({ cohortId }: Row) => newSession(server, { cohortId: cohortId as string });
const unitId = async () => (await newUnit(server)).id;
const requirementId = async (at?: string) =>
  (await newRequirement(server, { unitId: at ?? (await unitId()) })).id;
const officialId = async () => (await newOfficial(server)).id;
const reference = async () => ({
  documentId: (await newDocument(server)).id,
  programmeId: (await newProgramme(server)).id,
});
const programmeFacts = { kind: 'REFRESHER', contentGroup: 'STATE_MANAGEMENT', basis: 'TOPICAL' };

/** A rule of two days, which no other overlaps. */
function serviceRule(): Row {
  const [from, until] = [newDay(), newDay()];
  return { category: 'CADRE', from, until, multiple: 2, source: 'Nghị định mẫu' };
}

/** For each mutation an input that is accepted, and what to change in it so that it is refused. */
const MUTATIONS: Record<string, [accepted: () => Promise<Row>, wrong: (input: Row) => Row]> = {
  openUnit: [
    () => Promise.resolve({ code: newCode('U'), kind: 'WARD', name: 'Phường' }),
    ({ code }) => ({ parentId: unknownId(`unit_${'0'.repeat(26)}`), code: `${code}-2` }),
  ],
  reorganiseUnits: [
    async () => {
      const id = await unitId();
      const successions = [{ predecessorId: id, kind: 'DISSOLVED' }];
      return { effectiveOn: '2025-07-01', closeIds: [id], open: [], successions };
    },
    ({ successions }) => ({ successions: [...successions, { ...successions[0], successorCode: 'X' }] }),
  ],
  addPosition: [() => Promise.resolve({ code: newCode('P'), title: 'Chuyên viên' }), () => ({ title: ' ' })],
  addTopic: [() => Promise.resolve({ code: newCode('L'), name: 'Quy hoạch' }), () => ({ name: ' ' })],
  registerOfficial: [
    async () => ({
      ...{ code: newCode('O'), fullName: 'Lê Thị Thử', category: 'CADRE', since: '2020-01-01' },
      ...{ unitId: await unitId(), positionCode: (await newPosition(server)).code },
    }),
    ({ code }) => ({ code: `${code}-2`, positionCode: 'nobody' }),
  ],
  reviseOfficial: [
    async () => ({ officialId: await officialId(), fullName: 'Lê Thị Mới' }),
    () => ({ fullName: null }),
  ],
  assignOfficial: [
    async () => ({
      ...{ officialId: await officialId(), unitId: await unitId(), since: '2021-01-01' },
      positionCode: (await newPosition(server)).code,
    }),
    () => ({ until: '2020-12-31' }),
  ],
  endAssignment: [
    async () => ({ ...(await assignment()), until: '2024-12-31' }),
    () => ({ until: '2019-12-31' }),
  ],
  moveOfficials: [
    async () => ({ moves: [await assignment(), await assignment()], unitId: await unitId(), from: DAY }),
    ({ moves }) => ({ moves: [...moves, moves[0]] }),
  ],
  addUniversity: [() => Promise.resolve({ code: newCode('V'), name: 'Đại học' }), () => ({ website: 'no' })],
  reviseUniversity: [
    async () => ({ universityId: (await newUniversity(server)).id, name: 'Đại học Mới' }),
    () => ({ name: null }),
  ],
  signPartnership: [
    async () => ({
      ...{ unitId: await unitId(), universityId: (await newUniversity(server)).id },
      ...{ title: 'Thỏa thuận', validFrom: '2024-01-01' },
    }),
    () => ({ validTo: '2023-12-31' }),
  ],
  addProgramme: [
    () => Promise.resolve({ code: newCode('C'), name: 'Chương trình', ...programmeFacts }),
    ({ code }) => ({ code: `${code}-2`, degreeLevel: 'MASTER' }),
  ],
  reviseProgramme: [
    async () => ({ programmeId: (await newProgramme(server)).id, name: 'Chương trình mới' }),
    () => ({ version: 7 }),
  ],
  planCohort: [
    async () => ({
      ...{ programmeId: (await newProgramme(server)).id, hostUnitId: await unitId() },
      ...{ code: newCode('K'), name: 'Lớp', startsOn: '2024-03-01' },
    }),
    ({ code }) => ({ code: `${code}-2`, endsOn: '2024-02-01' }),
  ],
  reviseCohort: [async () => ({ ...(await stepped()), version: 1, name: 'Lớp mới' }), () => ({ version: 9 })],
  openEnrolment: [() => stepped(), () => ({})],
  startCohort: [() => stepped('openEnrolment'), () => ({})],
  completeCohort: [() => stepped('openEnrolment', 'startCohort'), () => ({})],
  cancelCohort: [async () => ({ ...(await stepped()), reason: 'Hoãn' }), () => ({})],
  requestTraining: [
    async () => ({
      ...{ unitId: await unitId(), universityId: (await newUniversity(server)).id },
      ...{ title: 'Chuyển đổi số', expectedOutcome: 'Làm được ngay', headcount: 30, neededBy: '2999-12-31' },
    }),
    () => ({ neededBy: '2020-01-01' }),
  ],
  agreeOrder: [async () => ({ orderId: (await newOrder(server)).id }), () => ({})],
  declineOrder: [async () => ({ orderId: (await newOrder(server)).id, reason: 'Quá tải' }), () => ({})],
  scheduleOrder: [
    agreedOrder,
    ({ cohortIds }) => ({ cohortIds: [...cohortIds, unknownId(cohortIds[0] as string)] }),
  ],
  acceptOrder: [taughtOrder, () => ({})],
  cancelOrder: [async () => ({ orderId: (await newOrder(server)).id, reason: 'Hoãn' }), () => ({})],
  nominateOfficials: [
    async () => ({ ...(await stepped('openEnrolment')), officialIds: [await officialId()] }),
    ({ officialIds }) => ({ officialIds: [...officialIds, unknownId(officialIds[0] as string)] }),
  ],
  decideEnrolments: [
    async () => ({ enrolmentIds: [(await enrolment()).enrolmentId], decision: 'ACCEPT' }),
    ({ enrolmentIds }) => ({ enrolmentIds: [...enrolmentIds, unknownId(enrolmentIds[0] as string)] }),
  ],
  withdrawEnrolment: [async () => ({ enrolmentId: (await enrolment()).enrolmentId }), () => ({})],
  recordGraduates: [
    class1,
    ({ graduates }) => ({ graduates: [...graduates, { ...graduates[0], graduatedOn: '2999-01-01' }] }),
  ],
  correctGraduate: [
    async () => ({ ...(await graduate()), classification: 'GOOD' }),
    () => ({ classification: 'PASS', graduatedOn: '2999-01-01' }),
  ],
  revokeGraduate: [() => graduate(), () => ({})],
  addRequirement: [
    async () => ({
      ...{ name: 'Học tập 40 tiết', unitId: await unitId(), periods: 40, recurrence: 'YEARLY' },
      ...{ validFrom: '2025-01-01', source: { title: 'Văn bản' } },
    }),
    () => ({ everyMonths: 6 }),
  ],
  reviseRequirement: [
    async () => ({ requirementId: await requirementId(), name: 'Tên mới' }),
    () => ({ version: 7 }),
  ],
  endRequirement: [
    async () => ({ requirementId: await requirementId(), until: '2025-12-31' }),
    () => ({ until: '2021-12-31' }),
  ],
  exemptOfficial: [
    async () => {
      const at = await unitId();
      const { id } = await newOfficial(server, { unitId: at });
      return { requirementId: await requirementId(at), officialId: id, reason: 'Nghỉ thai sản' };
    },
    () => ({}),
  ],
  revokeExemption: [
    async () => {
      const [sparing] = MUTATIONS.exemptOfficial!;
      const { exemption } = await must(server, 'exemptOfficial', await sparing(), 'exemption { id }');
      return { exemptionId: exemption.id, reason: 'Đã đi làm lại' };
    },
    () => ({}),
  ],
  scheduleSession: [
    async () => ({ ...(await stepped()), heldOn: '2024-03-02', periods: 4, place: 'Hội trường' }),
    () => ({ heldOn: '2024-02-01' }),
  ],
  reviseSession: [
    async () => ({ sessionId: (await session(await stepped())).id, periods: 5 }),
    () => ({ periods: 0 }),
  ],
  cancelSession: [
    async () => ({ sessionId: (await session(await stepped())).id, reason: 'Hoãn' }),
    () => ({}),
  ],
  recordAttendance: [
    async () => {
      const { cohortId, graduates } = await class1();
      const { id } = await session({ cohortId });
      return { sessionId: id, attendance: [{ officialId: graduates[0]!.officialId }] };
    },
    () => ({}),
  ],
  correctAttendance: [
    async () => {
      const [recording] = MUTATIONS.recordAttendance!;
      const { sessionId, attendance } = await recording();
      await must(server, 'recordAttendance', { sessionId, attendance }, 'cursor');
      return { sessionId, attendance: [{ ...(attendance as object[])[0], periods: 1 }] };
    },
    ({ attendance }) => ({ attendance: [...attendance, attendance[0]] }),
  ],
  proposeInitiative: [
    async () => ({
      enrolmentIds: (await newClass(server, 2)).enrolmentIds,
      ...{ unitId: await unitId(), title: 'Chống ngập', localProblem: 'Ngập nước' },
    }),
    ({ enrolmentIds }) => ({ enrolmentIds: [...enrolmentIds, unknownId(enrolmentIds[0] as string)] }),
  ],
  studyInitiative: [() => initiative(), () => ({})],
  applyInitiative: [
    async () => ({ ...(await initiative('studyInitiative')), unitId: await unitId(), result: 'Tốt' }),
    () => ({}),
  ],
  rejectInitiative: [
    async () => ({ ...(await initiative('studyInitiative')), reason: 'Thiếu kinh phí' }),
    () => ({}),
  ],
  recordFollowUp: [
    async () => ({ ...(await graduate()), time: 'AFTER_12_MONTHS', isApplied: true, how: 'Hằng ngày' }),
    () => ({ how: null }),
  ],
  grantRole: [
    async () => ({ role: 'UNIT_MANAGER', subject: newCode('somebody-'), unitId: await unitId() }),
    () => ({ until: '2019-12-31' }),
  ],
  revokeRole: [
    async () => {
      const { grant } = await must(
        server,
        'grantRole',
        { role: 'VIEWER', subject: newCode('s-') },
        'grant { id }',
      );
      return { grantId: grant.id };
    },
    () => ({}),
  ],
  nameSource: [
    async () => ({ subjectId: await unitId(), title: 'Bài báo' }),
    () => ({ publishedOn: '2999-01-01' }),
  ],
  stateFigure: [
    async () => ({
      ...{ metric: 'COHORTS', value: 5, periodFrom: '2024-01-01', periodTo: '2024-12-31' },
      ...{ unitId: await unitId(), source: { title: 'Bài báo' } },
    }),
    () => ({ source: { title: 'Bài báo', publishedOn: '2999-01-01' } }),
  ],
  withdrawFigure: [async () => ({ figureId: (await newFigure(server)).id }), () => ({})],
  adoptPlan: [
    async () => ({ unitId: await unitId(), year: 2024, targets: [{ target: 10 }] }),
    () => ({ targets: [{ target: 10 }, { target: 20 }] }),
  ],
  revisePlan: [
    async () => ({ planId: (await newPlan(server)).id, decisionNumber: 'KH 2' }),
    () => ({ version: 7 }),
  ],
  addDocument: [
    () => Promise.resolve({ kind: 'DECISION', title: 'Quyết định' }),
    () => ({ issuedOn: '2999-01-01' }),
  ],
  linkDocument: [reference, () => ({})],
  unlinkDocument: [
    async () => {
      const input = await reference();
      await must(server, 'linkDocument', input, '__typename');
      return input;
    },
    () => ({}),
  ],
  addCommitteeMember: [
    async () => ({
      ...{ committeeId: (await newUnit(server, { kind: 'COMMITTEE' })).id, unitId: await unitId() },
      ...{ positionCode: (await newPosition(server)).code, since: '2021-01-01' },
    }),
    () => ({ until: '2020-12-31' }),
  ],
  endCommitteeMember: [
    async () => ({ memberId: (await newMember(server)).id, until: '2024-12-31' }),
    () => ({ until: '2019-12-31' }),
  ],
  addServiceRule: [() => Promise.resolve(serviceRule()), () => ({ until: '2009-12-31' })],
  endServiceRule: [
    async () => {
      const rule = serviceRule();
      return { serviceRuleId: (await newServiceRule(server, rule)).id, until: rule.from };
    },
    () => ({ until: '2009-12-31' }),
  ],
  recordServiceCommitments: [
    async () => {
      const { enrolmentIds } = await newDegreeClass(server, 2);
      return { commitments: enrolmentIds.map((enrolmentId) => ({ enrolmentId, cost: 90_000_000 })) };
    },
    ({ commitments }) => ({ commitments: [...commitments, commitments[0]] }),
  ],
  eraseOfficial: [async () => ({ officialId: await officialId() }), () => ({})],
};

test('the table names every mutation of the schema', async () => {
  const { data } = await server.ask('{ __schema { mutationType { fields { name } } } }');
  const names = data.__schema.mutationType.fields.map(({ name }: Row) => name);
  expect(Object.keys(MUTATIONS).sort()).toEqual(names.sort());
});

/** Fails unless everything in the database, but who read what, is afterwards what it was. */
async function changingNothing(act: () => Promise<void>): Promise<void> {
  const before = await contents(server.folder, notReads);
  await act();
  expect(await contents(server.folder, notReads)).toBe(before);
}

async function refused(name: string, input: object): Promise<void> {
  const errors = await refusals(server, name, { ...input, clientMutationId: newCode('key ') });
  expect(errors.length).toBeGreaterThan(0);
  for (const { path, message } of errors) {
    expect(path[0]).toBe('input');
    expect(message).not.toBe('');
  }
}

test.each(Object.entries(MUTATIONS))(
  '%s records what it changed, once for all its retries, and changes nothing at all when it is refused',
  async (name, [accepted, wrong]) => {
    const input = await accepted();
    // What is refused for a wrong fact is wrong from the start; what is refused for a repetition has to happen once.
    const isWrong = Object.keys(wrong(input)).length > 0;
    await changingNothing(async () => {
      const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
      const mutation = `mutation ($input: ${Input}) { ${name}(input: $input) { cursor } }`;
      const { errors } = await server.ask(mutation, { input }, { as: null });
      expect(errors).toMatchObject([{ path: [name], extensions: { code: 'UNAUTHENTICATED' } }]);
      if (isWrong) await refused(name, { ...input, ...wrong(input) });
    });

    const before = await logEnd(server);
    const keyed = { ...input, clientMutationId: newCode('key ') };
    const first = await must(server, name, keyed, '__typename');
    expect(first.cursor).not.toBe(before);
    expect(await logEnd(server)).toBe(first.cursor);
    const recorded = await sql(
      server.folder,
      `SELECT name FROM event WHERE seq > ${decodeCursor(before).seq}`,
    );
    expect(mutations[name]!.extensions.tells).toEqual(
      expect.arrayContaining(recorded.map((event) => event.name)),
    );

    await changingNothing(async () => {
      expect(await must(server, name, keyed, '__typename')).toEqual(first);
      if (!isWrong) await refused(name, input);
    });
  },
);

describe('a revision that says what is there already', () => {
  test.each([
    'reviseOfficial',
    'reviseUniversity',
    'reviseProgramme',
    'reviseCohort',
    'correctGraduate',
    'reviseSession',
    'correctAttendance',
    'reviseRequirement',
    'revisePlan',
  ])('records nothing and changes nothing: %s', async (name) => {
    const { version: _version, ...input } = await MUTATIONS[name]![0]();
    const version = name === 'reviseCohort' ? 1 : undefined;
    const first = await must(server, name, { ...input, version }, '__typename');
    const before = await contents(server.folder, notReads);
    const again = { ...input, version: version && version + 1 };
    expect((await must(server, name, again, '__typename')).cursor).toBe(first.cursor);
    expect(await contents(server.folder, notReads)).toBe(before);
  });
});

describe('uniqueness', () => {
  const codes = {
    addPosition: (code: string) => ({ code, title: 'Chuyên viên' }),
    addTopic: (code: string) => ({ code, name: 'Quy hoạch' }),
    addUniversity: (code: string) => ({ code, name: 'Đại học' }),
    addProgramme: (code: string) => ({
      ...{ code, name: 'Lớp kỹ năng', kind: 'REFRESHER' },
      ...{ contentGroup: 'PROFESSIONAL_SKILLS', basis: 'JOB_POSITION' },
    }),
    openUnit: (code: string) => ({ code, kind: 'WARD', name: 'Phường' }),
  };
  const refusedAs = (name: string) => (name === 'openUnit' ? 'OVERLAPPING_PERIOD' : 'ALREADY_EXISTS');

  test.each(Object.entries(codes))(
    'of a code in %s holds when ten ask for it at once',
    async (name, input) => {
      const before = await logEnd(server);
      const code = newCode('X');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => refusals(server, name, input(code))),
      );
      expect(answers.flat().map((each) => `${each.code} ${each.path.join('.')}`)).toEqual(
        Array(9).fill(`${refusedAs(name)} input.code`),
      );
      const end = await logEnd(server);
      expect(end).not.toBe(before);
      expect((await refusals(server, name, input(code))).map((each) => each.code)).toEqual([refusedAs(name)]);
      expect(await logEnd(server)).toBe(end);
    },
  );
});
