// Nominations: who can be sent to a cohort, and what is frozen on that day.
import { dayOf } from '../../src/lib/dates';
import {
  logEnd,
  must,
  newCohort,
  newOfficial,
  newPosition,
  newUnit,
  nominate,
  refusals,
  refusedUnlogged,
  takeSteps,
  unknownId,
} from '../support/world';
import { decide, eventsOf, newEnrollingCohort, readCohort, withdraw } from '../support/enrolments';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const read = (cohortId: string) => readCohort(server, cohortId);
const told = (cohortIds: string[], after: string) => eventsOf(server, cohortIds, after);
const refused = (name: string, input: object) => refusedUnlogged(server, name, input);
const enrolling = (officials: number, more: object = {}) => newEnrollingCohort(server, officials, more);

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
    await takeSteps(server, id, steps);
    const before = (await read(id)).enrolments.totalCount;
    const officialIds = [(await newOfficial(server)).id];
    expect(await refused('nominateOfficials', { cohortId: id, officialIds })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    expect((await read(id)).enrolments.totalCount).toBe(before);
  });

  test('refuses an official who is in the cohort, and nominates again who was declined or has withdrawn', async () => {
    const { cohortId, unitId, officialIds } = await enrolling(4);
    const ids = await nominate(server, cohortId, officialIds);
    await decide(server, [ids[1]!], 'ACCEPT');
    await decide(server, [ids[2]!], 'DECLINE');
    await withdraw(server, ids[3]!);
    expect(await refused('nominateOfficials', { cohortId, officialIds })).toEqual(
      [0, 1].map((i) => `ALREADY_EXISTS input.officialIds.${i}`),
    );
    const again = { cohortId, officialIds: officialIds.slice(2), asOf: '2024-02-01' };
    const selection =
      'enrolments { id status nominatedOn earlierNominations { nominatedOn status unit { id } category } }';
    const { enrolments } = await must(server, 'nominateOfficials', again, selection);
    const today = dayOf(new Date());
    expect(enrolments).toEqual(
      [
        [ids[2], 'DECLINED'],
        [ids[3], 'WITHDRAWN'],
      ].map(([id, status]) => ({
        ...{ id, status: 'NOMINATED', nominatedOn: '2024-02-01' },
        earlierNominations: [{ nominatedOn: today, status, unit: { id: unitId }, category: 'CIVIL_SERVANT' }],
      })),
    );
    await decide(server, [ids[2]!], 'ACCEPT');
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
    expect(await refused('nominateOfficials', { cohortId, officialIds })).toEqual(
      [0, 1, 2].map((i) => `NOT_ELIGIBLE input.officialIds.${i}`),
    );
    const [error] = await refusals(server, 'nominateOfficials', { cohortId, officialIds }, '*');
    // A refusal names the place in the list only: a staff code would be a read that is not logged.
    expect(error!.message).toBe(
      'Cán bộ này hiện không công tác tại đơn vị nào đang hoạt động. Hãy bố trí công tác trước.',
    );
  });

  test('names each wrong entry of a list and enrols none of the right ones', async () => {
    const { cohortId, unitId, officialIds } = await enrolling(2);
    const [good, enrolled] = officialIds as [string, string];
    await nominate(server, cohortId, [enrolled]);
    const incoming = (await newOfficial(server, { unitId, since: '2998-01-01' })).id;
    const list = [good, unknownId(good), enrolled, good, incoming];
    expect(await refused('nominateOfficials', { cohortId, officialIds: list })).toEqual([
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
    expect(await refused('nominateOfficials', { cohortId, officialIds: list })).toEqual([
      'INVALID input.officialIds.1',
      'INVALID input.officialIds.2',
    ]);
    expect(await refused('nominateOfficials', { cohortId, officialIds: [] })).toEqual([
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

  test('are those of the day as of which they are sent: unit, category and rank', async () => {
    const { cohortId, unitId, officialIds } = await enrolling(1);
    const officialId = officialIds[0]!;
    const revised = (more: object) => must(server, 'reviseOfficial', { officialId, ...more }, 'cursor');
    await revised({ grade: 'Cán sự', since: '2020-01-01' });
    await revised({ grade: 'Chuyên viên', since: '2021-06-01' });
    await revised({ grade: 'Chuyên viên chính', category: 'CADRE', since: '2023-05-01' });
    const positionCode = (await newPosition(server)).code;
    const next = { officialId, unitId: (await newUnit(server)).id, positionCode, since: '2023-05-01' };
    await must(server, 'assignOfficial', next, 'cursor');
    const sent = async (asOf: string) => {
      const selection =
        'enrolments { id nominatedOn unitAtEnrolment { id } categoryAtEnrolment gradeAtEnrolment }';
      const payload = await must(server, 'nominateOfficials', { cohortId, officialIds, asOf }, selection);
      await withdraw(server, payload.enrolments[0].id);
      const { nominatedOn, unitAtEnrolment, categoryAtEnrolment, gradeAtEnrolment } = payload.enrolments[0];
      expect(nominatedOn).toBe(asOf);
      return [unitAtEnrolment.id, categoryAtEnrolment, gradeAtEnrolment];
    };
    expect(await sent('2021-05-31')).toEqual([unitId, 'CIVIL_SERVANT', 'Cán sự']);
    expect(await sent('2023-04-30')).toEqual([unitId, 'CIVIL_SERVANT', 'Chuyên viên']);
    expect(await sent('2023-05-01')).toEqual([next.unitId, 'CADRE', 'Chuyên viên chính']);
    // A rank that was entered since a wrong day is entered again since the right one.
    await revised({ grade: 'Chuyên viên cao cấp', since: '2022-01-01' });
    expect(await sent('2022-01-01')).toEqual([unitId, 'CADRE', 'Chuyên viên cao cấp']);
    expect(await sent('2021-12-31')).toEqual([unitId, 'CIVIL_SERVANT', 'Chuyên viên']);
    expect(await refused('nominateOfficials', { cohortId, officialIds, asOf: '2999-01-01' })).toEqual([
      'INVALID input.asOf',
    ]);
    expect(await refused('nominateOfficials', { cohortId, officialIds, asOf: '2019-12-31' })).toEqual([
      'NOT_ELIGIBLE input.officialIds.0',
    ]);
  });
});
