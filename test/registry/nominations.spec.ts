// Who can be sent to a cohort, and what does the registry keep of the day they were?
import type { Row } from '../support/database';
import {
  logEnd,
  missing,
  must,
  newCohort,
  newOfficial,
  newPosition,
  newUnit,
  nominate,
  refusals,
  refused,
} from '../support/world';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function read(id: string): Promise<Row> {
  const query = `query ($id: ID!) { cohort(id: $id) { status enrolledCount
    enrolments(first: 100) { totalCount nodes {
      id status official { id } unitAtEnrolment { id } categoryAtEnrolment } } } }`;
  return (await server.ask(query, { id })).data.cohort;
}

async function told(cohortIds: string[], after: string): Promise<Row[]> {
  const query = `query ($ids: [ID!], $after: EventCursor) { cohortEvents(filter: { cohortIds: $ids }, after: $after) {
    cursor kind cohort { id } changes { field from to } } }`;
  return (await server.ask(query, { ids: cohortIds, after })).data.cohortEvents;
}

/** A cohort that takes nominations, and officials of its host. */
async function enrolling(officials: number, more: object = {}) {
  const unitId = (await newUnit(server)).id;
  const positionCode = (await newPosition(server)).code;
  const { id } = await newCohort(server, { hostUnitId: unitId, ...more });
  await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
  const ids: string[] = [];
  for (let i = 0; i < officials; i++) ids.push((await newOfficial(server, { unitId, positionCode })).id);
  return { cohortId: id, unitId, officialIds: ids };
}

const decide = (enrolmentIds: string[], decision: 'ACCEPT' | 'DECLINE') =>
  must(server, 'decideEnrolments', { enrolmentIds, decision }, 'enrolments { id status }');
const withdraw = (enrolmentId: string) =>
  must(server, 'withdrawEnrolment', { enrolmentId }, 'enrolment { id status }');
const step = (name: string, cohortId: string) => must(server, name, { cohortId }, 'cohort { id }');

describe('nominating', () => {
  test('enrols officials in the order given, with one event for the list', async () => {
    const { cohortId, unitId, officialIds } = await enrolling(3);
    const [before, given] = [await logEnd(server), [...officialIds].reverse()];
    const selection =
      'enrolments { status official { id } unitAtEnrolment { id } cohort { id enrolledCount } }';
    const done = await must(server, 'nominateOfficials', { cohortId, officialIds: given }, selection);
    expect(done.enrolments).toEqual(
      given.map((id) => ({
        ...{ status: 'NOMINATED', official: { id }, unitAtEnrolment: { id: unitId } },
        cohort: { id: cohortId, enrolledCount: 0 },
      })),
    );
    const changes = [{ field: 'nominated', from: null, to: '3' }];
    const event = { cursor: done.cursor, kind: 'ENROLMENTS_CHANGED', cohort: { id: cohortId }, changes };
    expect(await told([cohortId], before)).toEqual([event]);
  });

  test.each([
    ['PLANNED', []],
    ['IN_PROGRESS', ['openEnrolment', 'startCohort']],
    ['COMPLETED', ['openEnrolment', 'startCohort', 'completeCohort']],
  ])('is refused to a cohort that is %s', async (_state, steps) => {
    const { id } = await newCohort(server);
    for (const name of steps) await step(name, id);
    const officialIds = [(await newOfficial(server)).id];
    expect(await refused(server, 'nominateOfficials', { cohortId: id, officialIds })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    expect((await read(id)).enrolments.totalCount).toBe(0);
  });

  test('puts nobody twice into one cohort, not even after declining or withdrawing', async () => {
    const { cohortId, officialIds } = await enrolling(4);
    const ids = await nominate(server, cohortId, officialIds);
    await decide([ids[1]!], 'ACCEPT');
    await decide([ids[2]!], 'DECLINE');
    await withdraw(ids[3]!);
    const again = { cohortId, officialIds };
    expect(await refused(server, 'nominateOfficials', again)).toEqual(
      [0, 1, 2, 3].map((i) => `ALREADY_EXISTS input.officialIds.${i}`),
    );
    expect((await read(cohortId)).enrolments.totalCount).toBe(4);
  });

  test('lets exactly one of ten nominations of the same official through', async () => {
    const { cohortId, officialIds } = await enrolling(1);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refusals(server, 'nominateOfficials', { cohortId, officialIds })),
    );
    expect(answers.filter((errors) => errors.length === 0)).toHaveLength(1);
    expect(answers.flat().map(({ code }) => code)).toEqual(Array(9).fill('ALREADY_EXISTS'));
    expect((await read(cohortId)).enrolments.totalCount).toBe(1);
  });

  test('refuses who holds no post at an open unit today', async () => {
    const { cohortId } = await enrolling(0);
    const [retired, incoming, orphan] = [
      await newOfficial(server),
      await newOfficial(server, { since: '2998-01-01' }),
      await newOfficial(server),
    ];
    const query = 'query ($id: ID!) { official(id: $id) { assignments { id unit { id } } } }';
    const postOf = async (id: string) => (await server.ask(query, { id })).data.official.assignments[0];
    const assignmentId = (await postOf(retired.id)).id;
    await must(server, 'endAssignment', { assignmentId, until: '2024-12-31' }, 'assignment { id }');
    const unitId = (await postOf(orphan.id)).unit.id;
    const successions = [{ predecessorId: unitId, kind: 'DISSOLVED' }];
    const input = { effectiveOn: '2025-07-01', closeIds: [unitId], open: [], successions };
    await must(server, 'reorganiseUnits', input, 'closed { id }');
    const officialIds = [retired.id, incoming.id, orphan.id];
    expect(await refused(server, 'nominateOfficials', { cohortId, officialIds })).toEqual(
      [0, 1, 2].map((i) => `NOT_ELIGIBLE input.officialIds.${i}`),
    );
    const [error] = await refusals(server, 'nominateOfficials', { cohortId, officialIds }, '*');
    // A refusal says whom it is about by the place in the list: a staff code would be a read that nobody notes.
    expect(error!.message).toBe(
      'Cán bộ này hiện không công tác tại đơn vị nào đang hoạt động. Hãy bố trí công tác trước.',
    );
  });

  test('names each wrong entry of a list and enrols none of the right ones', async () => {
    const { cohortId, unitId, officialIds } = await enrolling(2);
    const [good, enrolled] = officialIds as [string, string];
    await nominate(server, cohortId, [enrolled]);
    const incoming = (await newOfficial(server, { unitId, since: '2998-01-01' })).id;
    const list = [good, missing(good), enrolled, good, incoming];
    expect(await refused(server, 'nominateOfficials', { cohortId, officialIds: list })).toEqual([
      'NOT_FOUND input.officialIds.1',
      'ALREADY_EXISTS input.officialIds.2',
      'ALREADY_EXISTS input.officialIds.3',
      'NOT_ELIGIBLE input.officialIds.4',
    ]);
    expect((await read(cohortId)).enrolments.totalCount).toBe(1);
  });

  test("names the place of an id that is no official's", async () => {
    const { cohortId, unitId, officialIds } = await enrolling(1);
    const list = [officialIds[0], unitId, 'rác'];
    expect(await refused(server, 'nominateOfficials', { cohortId, officialIds: list })).toEqual([
      'INVALID input.officialIds.1',
      'INVALID input.officialIds.2',
    ]);
    expect(await refused(server, 'nominateOfficials', { cohortId, officialIds: [] })).toEqual([
      'INVALID input.officialIds',
    ]);
  });
});

describe('what an enrolment freezes', () => {
  test('are the unit and category of that day, whatever becomes of the official', async () => {
    const { cohortId, unitId, officialIds } = await enrolling(1);
    await nominate(server, cohortId, officialIds);
    const officialId = officialIds[0]!;
    const other = (await newUnit(server)).id;
    const positionCode = (await newPosition(server)).code;
    const post = { officialId, unitId: other, positionCode, since: '2021-01-01' };
    await must(server, 'assignOfficial', post, 'assignment { id }');
    await must(server, 'reviseOfficial', { officialId, category: 'CADRE' }, 'official { id }');
    const later = await enrolling(0);
    await nominate(server, later.cohortId, officialIds);
    const frozen = async (id: string) => (await read(id)).enrolments.nodes[0];
    const [first, second] = [await frozen(cohortId), await frozen(later.cohortId)];
    expect(first).toMatchObject({ unitAtEnrolment: { id: unitId }, categoryAtEnrolment: 'CIVIL_SERVANT' });
    expect(second).toMatchObject({ unitAtEnrolment: { id: other }, categoryAtEnrolment: 'CADRE' });
  });
});
