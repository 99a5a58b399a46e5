// Enrolments after nomination: deciding, withdrawing, capacity, and who counts as a learner.
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newProgramme,
  nominate,
  refusals,
  refusedUnlogged,
  unknownId,
} from '../support/world';
import { decide, eventsOf, newEnrollingCohort, readCohort, step, withdraw } from '../support/enrolments';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;

const read = (cohortId: string) => readCohort(server, cohortId);
const told = (cohortIds: string[], after: string) => eventsOf(server, cohortIds, after);
const refused = (name: string, input: object) => refusedUnlogged(server, name, input);
const enrolling = (officials: number, more: object = {}) => newEnrollingCohort(server, officials, more);

/** The states of enrolments of one cohort, in the order of the ids. */
async function statusesOf(cohortId: string, ids: string[]): Promise<string[]> {
  const { nodes } = (await read(cohortId)).enrolments;
  return ids.map((id) => nodes.find((each: Row) => each.id === id).status);
}

describe('deciding', () => {
  test('accepts or declines, and the event has the new number of learners', async () => {
    const { cohortId, officialIds } = await enrolling(3);
    const ids = await nominate(server, cohortId, officialIds);
    const before = await logEnd(server);
    const accepted = await decide(server, [ids[2]!, ids[0]!], 'ACCEPT');
    expect(accepted.enrolments).toEqual([ids[2], ids[0]].map((id) => ({ id, status: 'ACCEPTED' })));
    const declined = await decide(server, [ids[1]!], 'DECLINE');
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

  test('on enrolments of several cohorts records one event for each cohort', async () => {
    const [one, two] = [await enrolling(1), await enrolling(1)];
    const ids = [
      ...(await nominate(server, one.cohortId, one.officialIds)),
      ...(await nominate(server, two.cohortId, two.officialIds)),
    ];
    const before = await logEnd(server);
    const { cursor } = await decide(server, ids, 'ACCEPT');
    const events = await told([one.cohortId, two.cohortId], before);
    expect(events.map((each) => each.cohort.id).sort()).toEqual([one.cohortId, two.cohortId].sort());
    expect(events[1]!.cursor).toBe(cursor);
  });

  test('accepts a late nomination to study at once', async () => {
    const { cohortId, officialIds } = await enrolling(1);
    const ids = await nominate(server, cohortId, officialIds);
    await step(server, 'startCohort', cohortId);
    expect((await decide(server, ids, 'ACCEPT')).enrolments).toEqual([{ id: ids[0], status: 'STUDYING' }]);
  });

  test('names each wrong entry of a list and decides none of the right ones', async () => {
    const { cohortId, officialIds } = await enrolling(3);
    const [good, declined, withdrawn] = (await nominate(server, cohortId, officialIds)) as [
      string,
      string,
      string,
    ];
    await decide(server, [declined], 'DECLINE');
    await withdraw(server, withdrawn);
    const list = [good, declined, unknownId(good), withdrawn, good];
    for (const decision of ['ACCEPT', 'DECLINE']) {
      expect(await refused('decideEnrolments', { enrolmentIds: list, decision })).toEqual([
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
    expect(await refused('decideEnrolments', { enrolmentIds, decision })).toEqual(all);
    await step(server, 'completeCohort', cohort.id);
    expect(await refused('decideEnrolments', { enrolmentIds, decision })).toEqual(all);
    expect(await statusesOf(cohort.id, enrolmentIds)).toEqual(['COMPLETED', 'NOT_COMPLETED']);
  });
});

describe('the capacity', () => {
  test('limits acceptances, not nominations, and the error names the first without a place', async () => {
    const { cohortId, officialIds } = await enrolling(4, { capacity: 2 });
    const ids = await nominate(server, cohortId, officialIds);
    await decide(server, [ids[0]!], 'ACCEPT');
    const rest = ids.slice(1);
    expect(await refused('decideEnrolments', { enrolmentIds: rest, decision: 'ACCEPT' })).toEqual([
      'CAPACITY_EXCEEDED input.enrolmentIds.1',
    ]);
    expect(await statusesOf(cohortId, ids)).toEqual(['ACCEPTED', 'NOMINATED', 'NOMINATED', 'NOMINATED']);
    await decide(server, [ids[1]!], 'ACCEPT');
    const last = { enrolmentIds: [ids[2]], decision: 'ACCEPT' };
    expect(await refused('decideEnrolments', last)).toEqual(['CAPACITY_EXCEEDED input.enrolmentIds.0']);
    await withdraw(server, ids[0]!);
    await decide(server, [ids[2]!], 'ACCEPT');
    await decide(server, [ids[3]!], 'DECLINE');
    expect((await read(cohortId)).enrolledCount).toBe(2);
  });

  test('gives the last place to exactly one of ten concurrent requests', async () => {
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
  test.each(['NOMINATED', 'ACCEPTED', 'STUDYING'])('withdraws an enrolment that is %s', async (status) => {
    const { cohortId, officialIds } = await enrolling(1);
    const ids = await nominate(server, cohortId, officialIds);
    if (status !== 'NOMINATED') await decide(server, ids, 'ACCEPT');
    if (status === 'STUDYING') await step(server, 'startCohort', cohortId);
    const before = await logEnd(server);
    const { enrolment, cursor } = await withdraw(server, ids[0]!);
    expect(enrolment).toEqual({ id: ids[0], status: 'WITHDRAWN' });
    const from = status === 'NOMINATED' ? '0' : '1';
    const changes = [{ field: 'enrolledCount', from, to: '0' }];
    const event = { cursor, kind: 'ENROLMENTS_CHANGED', cohort: { id: cohortId }, changes };
    expect(await told([cohortId], before)).toEqual([event]);
  });

  test('is refused for withdrawn, declined and graduated learners, and after the end', async () => {
    const { cohortId, officialIds } = await enrolling(4);
    const ids = await nominate(server, cohortId, officialIds);
    await decide(server, [ids[0]!], 'DECLINE');
    await withdraw(server, ids[1]!);
    await decide(server, [ids[2]!, ids[3]!], 'ACCEPT');
    await step(server, 'startCohort', cohortId);
    const graduates = [{ officialId: officialIds[2], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
    const no = ['ILLEGAL_TRANSITION input.enrolmentId'];
    for (const id of ids.slice(0, 3))
      expect(await refused('withdrawEnrolment', { enrolmentId: id })).toEqual(no);
    await step(server, 'completeCohort', cohortId);
    for (const id of ids) expect(await refused('withdrawEnrolment', { enrolmentId: id })).toEqual(no);
    expect(await statusesOf(cohortId, ids)).toEqual(['DECLINED', 'WITHDRAWN', 'COMPLETED', 'NOT_COMPLETED']);
    expect(await refused('withdrawEnrolment', { enrolmentId: unknownId(ids[0]!) })).toEqual([
      'NOT_FOUND input.enrolmentId',
    ]);
  });
});

describe('counting', () => {
  test('counts only ACCEPTED, STUDYING, COMPLETED and NOT_COMPLETED as participations', async () => {
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
    await decide(server, [ids[0]!], 'DECLINE');
    await decide(server, ids.slice(1, 4), 'ACCEPT');
    expect([await read(cohortId), await figures()]).toMatchObject([
      { enrolledCount: 3 },
      { participations: 3 },
    ]);
    await withdraw(server, ids[1]!);
    await step(server, 'startCohort', cohortId);
    const graduates = [{ officialId: officialIds[2], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
    expect([await read(cohortId), await figures()]).toMatchObject([
      { enrolledCount: 2 },
      { participations: 2 },
    ]);
    await step(server, 'completeCohort', cohortId);
    expect(await read(cohortId)).toMatchObject({ enrolledCount: 2, enrolments: { totalCount: 5 } });
    const again = await newCohort(server, { code: newCode('K'), programmeId });
    await step(server, 'openEnrolment', again.id);
    await decide(server, await nominate(server, again.id, [officialIds[2]!]), 'ACCEPT');
    expect(await figures()).toEqual({ participations: 3, officials: 2 });
  });
});
