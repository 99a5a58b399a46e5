// Concurrent rules: ten requests break one at the same moment, five through each of two processes.
import type { Row } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import {
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';

let nodes: TestServer[];
let server: TestServer;
beforeAll(async () => {
  const folder = folderOfItsOwn();
  nodes = [await startTestServer({ folder }), await startTestServer({ folder })];
  server = nodes[0]!;
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await removeFolders();
});

const TIMES = 10;

/** Sends ten mutations at once through both processes; the payloads, the refused ones last. */
async function race(name: string, selection: string, input: (i: number) => Row): Promise<Row[]> {
  const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const query = `mutation ($input: ${Input}) {
    ${name}(input: $input) { ${selection} cursor userErrors { code path } } }`;
  const answers = await Promise.all(
    Array.from({ length: TIMES }, (_, i) => nodes[i % 2]!.ask(query, { input: input(i) })),
  );
  for (const { errors } of answers) expect(errors).toBeUndefined();
  return answers.map(({ data }) => data[name]).sort((a, b) => a.userErrors.length - b.userErrors.length);
}

/** The refusals of a race that one request wins. */
async function lost(name: string, selection: string, input: (i: number) => Row): Promise<string[]> {
  const [first, ...others] = await race(name, selection, input);
  expect(first!.userErrors).toEqual([]);
  return others.flatMap(({ userErrors }) =>
    userErrors.map(({ code, path }: Row) => `${code} ${path.join('.')}`),
  );
}
const nine = (refusal: string): string[] => Array(TIMES - 1).fill(refusal);

it('the last place of a cohort is given to one of two concurrent acceptances', async () => {
  const cohort = await newCohort(server, { capacity: 1 });
  await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');
  const post = { unitId: (await newUnit(server)).id, positionCode: (await newPosition(server)).code };
  const officials: string[] = [];
  for (let i = 0; i < TIMES; i++) officials.push((await newOfficial(server, post)).id);
  const enrolments = await nominate(server, cohort.id, officials);
  const decide = (i: number) => ({ enrolmentIds: [enrolments[i]], decision: 'ACCEPT' });
  expect(await lost('decideEnrolments', 'enrolments { id }', decide)).toEqual(
    nine('CAPACITY_EXCEEDED input.enrolmentIds.0'),
  );
});

it('a lower capacity is refused while the last places are being taken', async () => {
  const cohort = await newCohort(server);
  await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');
  const enrolments = await nominate(server, cohort.id, [
    (await newOfficial(server)).id,
    (await newOfficial(server)).id,
  ]);
  const query = `mutation ($decide: DecideEnrolmentsInput!) { decideEnrolments(input: $decide) { userErrors { code } } }`;
  const revise = `mutation ($revise: ReviseCohortInput!) { reviseCohort(input: $revise) { userErrors { code } } }`;
  const [decided, revised] = await Promise.all([
    nodes[0]!.ask(query, { decide: { enrolmentIds: enrolments, decision: 'ACCEPT' } }),
    nodes[1]!.ask(revise, { revise: { cohortId: cohort.id, version: 2, capacity: 1 } }),
  ]);
  const codes = [decided.data.decideEnrolments, revised.data.reviseCohort].flatMap((payload) =>
    payload.userErrors.map(({ code }: Row) => code),
  );
  expect(codes).toEqual(['CAPACITY_EXCEEDED']); // of whichever came second
});

it('one enrolment leads to one graduation', async () => {
  const { cohort, officialIds } = await newClass(server, 1);
  const input = {
    cohortId: cohort.id,
    graduates: [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }],
  };
  expect(await lost('recordGraduates', 'graduates { id }', () => input)).toEqual(
    nine('ALREADY_EXISTS input.graduates.0.officialId'),
  );
});

it('one graduation is revoked once', async () => {
  const { cohort, officialIds } = await newClass(server, 1);
  const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
  const done = await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
  const input = { graduateId: done.graduates[0].id, reason: 'nhầm' };
  expect(await lost('revokeGraduate', 'graduate { id }', () => input)).toEqual(
    nine('ILLEGAL_TRANSITION input.graduateId'),
  );
});

it('one post is held once at a time', async () => {
  const input = {
    officialId: (await newOfficial(server)).id,
    unitId: (await newUnit(server)).id,
    positionCode: (await newPosition(server)).code,
  };
  const since = (i: number) => `2024-01-${String(i + 1).padStart(2, '0')}`;
  expect(await lost('assignOfficial', 'assignment { id }', (i) => ({ ...input, since: since(i) }))).toEqual(
    nine('OVERLAPPING_PERIOD input.since'),
  );
});

it('one code belongs to one unit in overlapping periods', async () => {
  const code = newCode('U');
  const unit = (i: number) => ({ code, kind: 'WARD', name: `Phường ${i}`, validFrom: `202${i}-01-01` });
  expect(await lost('openUnit', 'unit { id }', unit)).toEqual(nine('OVERLAPPING_PERIOD input.code'));
});

it('a unit that is being closed accepts no new record', async () => {
  const unit = await newUnit(server);
  const official = await newOfficial(server);
  const positionCode = (await newPosition(server)).code;
  const closing = `mutation ($input: ReorganiseUnitsInput!) { reorganiseUnits(input: $input) { cursor userErrors { code } } }`;
  const input = {
    effectiveOn: '2024-07-01',
    closeIds: [unit.id],
    open: [],
    successions: [{ predecessorId: unit.id, kind: 'DISSOLVED' }],
  };
  const plan = async (i: number) => {
    const facts = { code: newCode('K'), name: 'Lớp', startsOn: '2024-08-01', hostUnitId: unit.id };
    const programmeId = (await newProgramme(server)).id;
    return () =>
      nodes[i % 2]!.ask(
        `mutation ($input: PlanCohortInput!) { planCohort(input: $input) { cursor userErrors { code } } }`,
        { input: { ...facts, programmeId } },
      );
  };
  const assign = () =>
    nodes[1]!.ask(
      `mutation ($input: AssignOfficialInput!) { assignOfficial(input: $input) { cursor userErrors { code } } }`,
      { input: { officialId: official.id, unitId: unit.id, positionCode, since: '2024-08-01' } },
    );
  const plans = await Promise.all([1, 2, 3, 4].map(plan));
  const [closed, ...others] = await Promise.all([
    nodes[0]!.ask(closing, { input }),
    assign(),
    ...plans.map((send) => send()),
  ]);
  expect(closed.data.reorganiseUnits.userErrors).toEqual([]);
  // Whatever was done was done before the closing, and the log tells so.
  const { data } = await server.ask(
    'query ($after: EventCursor) { cohortEvents(after: $after) { cursor } }',
    {
      after: closed.data.reorganiseUnits.cursor,
    },
  );
  const planned = new Set(data.cohortEvents.map(({ cursor }: Row) => cursor));
  for (const { data: answer } of others) {
    const { cursor, userErrors } = Object.values<Row>(answer)[0]!;
    if (cursor === null) expect(userErrors).toEqual([{ code: 'UNIT_CLOSED' }]);
    else expect(planned).not.toContain(cursor);
  }
});

it.each([
  [
    'reviseCohort',
    'cohort { id }',
    async () => ({ cohortId: (await newCohort(server)).id }),
    (i: number) => ({ capacity: i + 1 }),
  ],
  [
    'reviseOfficial',
    'official { id }',
    async () => ({ officialId: (await newOfficial(server)).id }),
    (i: number) => ({ grade: `bậc ${i}` }),
  ],
  [
    'reviseProgramme',
    'programme { id }',
    async () => ({ programmeId: (await newProgramme(server)).id }),
    (i: number) => ({ name: `tên ${i}` }),
  ],
  [
    'reviseUniversity',
    'university { id }',
    async () => ({ universityId: (await newUniversity(server)).id }),
    (i: number) => ({ name: `tên ${i}` }),
  ],
])('one version is revised once by %s', async (name, selection, make, change) => {
  const id = await make();
  expect(await lost(name, selection, (i) => ({ ...id, version: 1, ...change(i) }))).toEqual(
    nine('STALE_VERSION input.version'),
  );
});

it('one role is granted once, and revoked once', async () => {
  const input = { role: 'VIEWER', subject: newCode('somebody-') };
  const [done, ...others] = await race('grantRole', 'grant { id }', () => input);
  expect(done!.userErrors).toEqual([]);
  expect(others.flatMap(({ userErrors }) => userErrors.map(({ code }: Row) => code))).toEqual(
    nine('ALREADY_EXISTS'),
  );
  expect(await lost('revokeRole', 'grant { id }', () => ({ grantId: done!.grant.id }))).toEqual(
    nine('ILLEGAL_TRANSITION input.grantId'),
  );
});

it('concurrent requests with one idempotency key make one change and get the same answer', async () => {
  const facts = { code: newCode('L'), name: 'Quy hoạch', clientMutationId: newCode('key') };
  const answers = await race('addTopic', 'topic { id }', () => facts);
  expect(answers[0]!.cursor).not.toBeNull();
  expect(answers).toEqual(Array(TIMES).fill(answers[0]));
});

it('no mutation is lost when many are sent at once', async () => {
  const before = (await server.ask('{ topics { id } }')).data.topics.length;
  const answers = await race('addTopic', 'topic { id }', () => ({ code: newCode('L'), name: 'Quy hoạch' }));
  expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect(new Set(answers.map(({ cursor }) => cursor)).size).toBe(TIMES);
  expect((await server.ask('{ topics { id } }')).data.topics).toHaveLength(before + TIMES);
});
