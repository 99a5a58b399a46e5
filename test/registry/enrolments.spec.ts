// Who of the nominated is accepted, who leaves, and who counts as a learner?
import type { Row } from '../support/database';
import {
  logEnd,
  missing,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
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

/** The states of enrolments of one cohort, in the order of the ids. */
async function statusesOf(cohortId: string, ids: string[]): Promise<string[]> {
  const { nodes } = (await read(cohortId)).enrolments;
  return ids.map((id) => nodes.find((each: Row) => each.id === id).status);
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

describe('deciding', () => {
  test('accepts or declines, and tells how many learners there are now', async () => {
    const { cohortId, officialIds } = await enrolling(3);
    const ids = await nominate(server, cohortId, officialIds);
    const before = await logEnd(server);
    const accepted = await decide([ids[2]!, ids[0]!], 'ACCEPT');
    expect(accepted.enrolments).toEqual([ids[2], ids[0]].map((id) => ({ id, status: 'ACCEPTED' })));
    const declined = await decide([ids[1]!], 'DECLINE');
    expect(declined.enrolments).toEqual([{ id: ids[1], status: 'DECLINED' }]);
    const event = { kind: 'ENROLMENTS_CHANGED', cohort: { id: cohortId } };
    expect(await told([cohortId], before)).toEqual([
      {
        ...event,
        cursor: accepted.cursor,
        changes: [
          { field: 'enrolledCount', from: '0', to: '2' },
          { field: 'accepted', from: null, to: '2' },
        ],
      },
      {
        ...event,
        cursor: declined.cursor,
        changes: [
          { field: 'enrolledCount', from: '2', to: '2' },
          { field: 'declined', from: null, to: '1' },
        ],
      },
    ]);
    expect(await statusesOf(cohortId, ids)).toEqual(['ACCEPTED', 'DECLINED', 'ACCEPTED']);
  });

  test('on enrolments of several cohorts tells each cohort once', async () => {
    const [one, two] = [await enrolling(1), await enrolling(1)];
    const ids = [
      ...(await nominate(server, one.cohortId, one.officialIds)),
      ...(await nominate(server, two.cohortId, two.officialIds)),
    ];
    const before = await logEnd(server);
    const { cursor } = await decide(ids, 'ACCEPT');
    const events = await told([one.cohortId, two.cohortId], before);
    expect(events.map((each) => each.cohort.id).sort()).toEqual([one.cohortId, two.cohortId].sort());
    expect(events[1]!.cursor).toBe(cursor);
  });

  test('accepts a late nomination to study at once', async () => {
    const { cohortId, officialIds } = await enrolling(1);
    const ids = await nominate(server, cohortId, officialIds);
    await step('startCohort', cohortId);
    expect((await decide(ids, 'ACCEPT')).enrolments).toEqual([{ id: ids[0], status: 'STUDYING' }]);
  });

  test('names each wrong entry of a list and decides none of the right ones', async () => {
    const { cohortId, officialIds } = await enrolling(3);
    const [good, declined, withdrawn] = (await nominate(server, cohortId, officialIds)) as [
      string,
      string,
      string,
    ];
    await decide([declined], 'DECLINE');
    await withdraw(withdrawn);
    const list = [good, declined, missing(good), withdrawn, good];
    for (const decision of ['ACCEPT', 'DECLINE']) {
      expect(await refused(server, 'decideEnrolments', { enrolmentIds: list, decision })).toEqual([
        'ILLEGAL_TRANSITION input.enrolmentIds.1',
        'NOT_FOUND input.enrolmentIds.2',
        'ILLEGAL_TRANSITION input.enrolmentIds.3',
        'ALREADY_EXISTS input.enrolmentIds.4',
      ]);
    }
    expect(await statusesOf(cohortId, [good])).toEqual(['NOMINATED']);
  });

  test.each(['ACCEPT', 'DECLINE'])('does not %s twice, nor who studies or has finished', async (decision) => {
    const { cohort, officialIds, enrolmentIds } = await newClass(server, 2);
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
    const all = [0, 1].map((i) => `ILLEGAL_TRANSITION input.enrolmentIds.${i}`);
    expect(await refused(server, 'decideEnrolments', { enrolmentIds, decision })).toEqual(all);
    await step('completeCohort', cohort.id);
    expect(await refused(server, 'decideEnrolments', { enrolmentIds, decision })).toEqual(all);
    expect(await statusesOf(cohort.id, enrolmentIds)).toEqual(['COMPLETED', 'NOT_COMPLETED']);
  });
});

describe('the capacity', () => {
  test('bounds who is accepted, not who is nominated, and points at the first without a place', async () => {
    const { cohortId, officialIds } = await enrolling(4, { capacity: 2 });
    const ids = await nominate(server, cohortId, officialIds);
    await decide([ids[0]!], 'ACCEPT');
    const rest = ids.slice(1);
    expect(await refused(server, 'decideEnrolments', { enrolmentIds: rest, decision: 'ACCEPT' })).toEqual([
      'CAPACITY_EXCEEDED input.enrolmentIds.1',
    ]);
    expect(await statusesOf(cohortId, ids)).toEqual(['ACCEPTED', 'NOMINATED', 'NOMINATED', 'NOMINATED']);
    await decide([ids[1]!], 'ACCEPT');
    const last = { enrolmentIds: [ids[2]], decision: 'ACCEPT' };
    expect(await refused(server, 'decideEnrolments', last)).toEqual([
      'CAPACITY_EXCEEDED input.enrolmentIds.0',
    ]);
    await withdraw(ids[0]!);
    await decide([ids[2]!], 'ACCEPT');
    await decide([ids[3]!], 'DECLINE');
    expect((await read(cohortId)).enrolledCount).toBe(2);
  });

  test('gives the last place to exactly one of ten who ask for it at once', async () => {
    const { cohortId, officialIds } = await enrolling(10, { capacity: 1 });
    const ids = await nominate(server, cohortId, officialIds);
    const answers = await Promise.all(
      ids.map((id) => refusals(server, 'decideEnrolments', { enrolmentIds: [id], decision: 'ACCEPT' })),
    );
    expect(answers.flat().map(({ code }) => code)).toEqual(Array(9).fill('CAPACITY_EXCEEDED'));
    expect((await read(cohortId)).enrolledCount).toBe(1);
  });
});

describe('withdrawing', () => {
  test.each(['NOMINATED', 'ACCEPTED', 'STUDYING'])('takes back who is %s', async (status) => {
    const { cohortId, officialIds } = await enrolling(1);
    const ids = await nominate(server, cohortId, officialIds);
    if (status !== 'NOMINATED') await decide(ids, 'ACCEPT');
    if (status === 'STUDYING') await step('startCohort', cohortId);
    const before = await logEnd(server);
    const { enrolment, cursor } = await withdraw(ids[0]!);
    expect(enrolment).toEqual({ id: ids[0], status: 'WITHDRAWN' });
    const from = status === 'NOMINATED' ? '0' : '1';
    const changes = [{ field: 'enrolledCount', from, to: '0' }];
    const event = { cursor, kind: 'ENROLMENTS_CHANGED', cohort: { id: cohortId }, changes };
    expect(await told([cohortId], before)).toEqual([event]);
  });

  test('is refused to who left, was declined or graduated, and after the end', async () => {
    const { cohortId, officialIds } = await enrolling(4);
    const ids = await nominate(server, cohortId, officialIds);
    await decide([ids[0]!], 'DECLINE');
    await withdraw(ids[1]!);
    await decide([ids[2]!, ids[3]!], 'ACCEPT');
    await step('startCohort', cohortId);
    const graduates = [{ officialId: officialIds[2], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
    const no = ['ILLEGAL_TRANSITION input.enrolmentId'];
    for (const id of ids.slice(0, 3))
      expect(await refused(server, 'withdrawEnrolment', { enrolmentId: id })).toEqual(no);
    await step('completeCohort', cohortId);
    for (const id of ids) expect(await refused(server, 'withdrawEnrolment', { enrolmentId: id })).toEqual(no);
    expect(await statusesOf(cohortId, ids)).toEqual(['DECLINED', 'WITHDRAWN', 'COMPLETED', 'NOT_COMPLETED']);
    expect(await refused(server, 'withdrawEnrolment', { enrolmentId: missing(ids[0]!) })).toEqual([
      'NOT_FOUND input.enrolmentId',
    ]);
  });
});

describe('counting', () => {
  test('counts who is accepted, studying, completed or not completed as a participation, and nobody else', async () => {
    const programmeId = (await newProgramme(server)).id;
    const figures = async () => {
      const query = `query ($ids: [ID!]) {
        trainingStatistics(filter: { programmeIds: $ids }) { participations officials } }`;
      return (await server.ask(query, { ids: [programmeId] })).data.trainingStatistics;
    };
    const { cohortId, officialIds } = await enrolling(5, { programmeId });
    const ids = await nominate(server, cohortId, officialIds);
    expect([await read(cohortId), await figures()]).toMatchObject([
      { enrolledCount: 0 },
      { participations: 0 },
    ]);
    await decide([ids[0]!], 'DECLINE');
    await decide(ids.slice(1, 4), 'ACCEPT');
    expect([await read(cohortId), await figures()]).toMatchObject([
      { enrolledCount: 3 },
      { participations: 3 },
    ]);
    await withdraw(ids[1]!);
    await step('startCohort', cohortId);
    const graduates = [{ officialId: officialIds[2], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
    expect([await read(cohortId), await figures()]).toMatchObject([
      { enrolledCount: 2 },
      { participations: 2 },
    ]);
    await step('completeCohort', cohortId);
    expect(await read(cohortId)).toMatchObject({ enrolledCount: 2, enrolments: { totalCount: 5 } });
    const again = await newCohort(server, { code: newCode('K'), programmeId });
    await step('openEnrolment', again.id);
    await decide(await nominate(server, again.id, [officialIds[2]!]), 'ACCEPT');
    expect(await figures()).toEqual({ participations: 3, officials: 2 });
  });
});
