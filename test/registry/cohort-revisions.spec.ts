// Revising a cohort: what can change in each state, and two revisions at once.
import {
  logEnd,
  must,
  newClass,
  newCohort,
  newOfficial,
  newUnit,
  nominate,
  refusals,
  refusedUnlogged,
  takeSteps,
} from '../support/world';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const FACTS = '{ id name status version periodLabel startsOn endsOn capacity updatedAt }';

async function read(id: string) {
  return (await server.ask(`query ($id: ID!) { cohort(id: $id) ${FACTS} }`, { id })).data.cohort;
}

const revised = (input: object) => must(server, 'reviseCohort', input, `cohort ${FACTS}`);
const step = (name: string, cohortId: string) => must(server, name, { cohortId }, `cohort ${FACTS}`);

/** Sends a revision that must be refused and leave cohort and log unchanged; gives code and path of each refusal. */
async function refused(cohortId: string, input: object): Promise<string[]> {
  const cohort = await read(cohortId);
  const given = { cohortId, version: cohort.version, ...input };
  const errors = await refusedUnlogged(server, 'reviseCohort', given);
  expect(await read(cohortId)).toEqual(cohort);
  return errors;
}

describe('revising a cohort', () => {
  test('changes what is given, clears what is null, leaves the rest, and records each change', async () => {
    const { id } = await newCohort(server, { periodLabel: '2024', endsOn: '2024-05-01', capacity: 30 });
    const before = await logEnd(server);
    const input = { cohortId: id, version: 1, name: 'Lớp mới', endsOn: null, capacity: 40 };
    const { cohort, cursor } = await revised(input);
    expect(cohort).toMatchObject({
      ...{ name: 'Lớp mới', endsOn: null, capacity: 40, version: 2, status: 'PLANNED' },
      ...{ periodLabel: '2024', startsOn: '2024-03-01' },
    });
    expect(await read(id)).toEqual(cohort);
    const { data } = await server.ask(
      `query ($ids: [ID!], $after: EventCursor) {
        cohortEvents(filter: { cohortIds: $ids }, after: $after) { cursor kind changes { field from to } } }`,
      { ids: [id], after: before },
    );
    expect(data.cohortEvents).toEqual([
      {
        ...{ cursor, kind: 'REVISED' },
        changes: [
          { field: 'name', from: 'Lớp bồi dưỡng', to: 'Lớp mới' },
          { field: 'endsOn', from: '2024-05-01', to: null },
          { field: 'capacity', from: '30', to: '40' },
        ],
      },
    ]);
  });

  test('that changes nothing keeps the version and records nothing', async () => {
    const { id } = await newCohort(server, { capacity: 30 });
    const [cohort, before] = [await read(id), await logEnd(server)];
    const same = { cohortId: id, version: 1, name: 'Lớp bồi dưỡng ', capacity: 30, endsOn: null };
    expect(await revised(same)).toMatchObject({ cohort, cursor: before });
    expect(await read(id)).toEqual(cohort);
    expect(await logEnd(server)).toBe(before);
  });

  test('refuses facts that cannot be', async () => {
    const { id } = await newCohort(server, { endsOn: '2024-05-01' });
    const table: [object, string][] = [
      [{ name: null }, 'INVALID input.name'],
      [{ name: '   ' }, 'INVALID input.name'],
      [{ startsOn: null }, 'INVALID input.startsOn'],
      [{ capacity: 0 }, 'INVALID input.capacity'],
      [{ endsOn: '2024-02-29' }, 'INVALID input.endsOn'],
      [{ startsOn: '2024-05-02' }, 'INVALID input.endsOn'],
      [{ startsOn: '2019-12-31' }, 'UNIT_CLOSED input.startsOn'],
    ];
    for (const [wrong, refusal] of table) {
      expect([wrong, await refused(id, wrong)]).toEqual([wrong, [refusal]]);
    }
  });

  test('is refused once the cohort has ended or was cancelled', async () => {
    const completed = await newCohort(server);
    await takeSteps(server, completed.id, ['openEnrolment', 'startCohort', 'completeCohort']);
    const cancelled = await newCohort(server);
    await must(server, 'cancelCohort', { cohortId: cancelled.id, reason: 'Hoãn' }, 'cohort { id }');
    for (const { id } of [completed, cancelled]) {
      expect(await refused(id, { name: 'Lớp khác' })).toEqual(['ILLEGAL_TRANSITION input.cohortId']);
    }
  });

  test('moves the start until the cohort has started, and everything else until it has ended', async () => {
    const { id } = await newCohort(server);
    await step('openEnrolment', id);
    await revised({ cohortId: id, version: 2, startsOn: '2024-04-01' });
    await step('startCohort', id);
    expect(await refused(id, { startsOn: '2024-04-02' })).toEqual(['ILLEGAL_TRANSITION input.startsOn']);
    const { cohort } = await revised({
      ...{ cohortId: id, version: 4, startsOn: '2024-04-01' },
      ...{ periodLabel: 'Khóa 1', endsOn: '2024-09-01' },
    });
    expect(cohort).toMatchObject({ version: 5, periodLabel: 'Khóa 1', endsOn: '2024-09-01' });
  });

  test('does not move the start of a cohort whose host was closed', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const { id } = await newCohort(server, { hostUnitId });
    const successions = [{ predecessorId: hostUnitId, kind: 'DISSOLVED' }];
    const input = { effectiveOn: '2025-07-01', closeIds: [hostUnitId], open: [], successions };
    await must(server, 'reorganiseUnits', input, 'closed { id }');
    expect(await refused(id, { startsOn: '2025-08-01' })).toEqual(['UNIT_CLOSED input.startsOn']);
    await revised({ cohortId: id, version: 1, name: 'Lớp của đơn vị cũ' });
  });
});

describe('the optimistic lock', () => {
  test('refuses a version that is not the present one, older or newer', async () => {
    const { id } = await newCohort(server);
    await revised({ cohortId: id, version: 1, name: 'Lớp A' });
    for (const version of [1, 3, 0, -1]) {
      expect(await refused(id, { version, name: 'Lớp B' })).toEqual(['STALE_VERSION input.version']);
    }
    const [error] = await refusals(server, 'reviseCohort', { cohortId: id, version: 1, name: 'Lớp B' }, '*');
    expect(error!.message).toBe(
      'Có người vừa sửa: phiên bản hiện tại là 2, bạn gửi 1. Hãy tải lại rồi sửa tiếp.',
    );
  });

  test('counts a step as a change', async () => {
    const { id } = await newCohort(server);
    await step('openEnrolment', id);
    expect(await refused(id, { version: 1, name: 'Lớp B' })).toEqual(['STALE_VERSION input.version']);
  });

  test('lets exactly one of ten revise the version all of them read', async () => {
    const { id } = await newCohort(server);
    const names = Array.from({ length: 10 }, (_, i) => `Lớp ${i}`);
    const before = await logEnd(server);
    const answers = await Promise.all(
      names.map((name) => refusals(server, 'reviseCohort', { cohortId: id, version: 1, name })),
    );
    const winners = names.filter((_, i) => answers[i]!.length === 0);
    expect(winners).toHaveLength(1);
    expect(answers.flat().map(({ code }) => code)).toEqual(Array(9).fill('STALE_VERSION'));
    expect(await read(id)).toMatchObject({ version: 2, name: winners[0] });
    const { data } = await server.ask(
      'query ($ids: [ID!], $after: EventCursor) { cohortEvents(filter: { cohortIds: $ids }, after: $after) { kind } }',
      { ids: [id], after: before },
    );
    expect(data.cohortEvents).toEqual([{ kind: 'REVISED' }]);
  });
});

describe('the capacity on revision', () => {
  test('is not below the learners there are; nominations and withdrawals take no place', async () => {
    const { cohort, enrolmentIds } = await newClass(server, 3, { capacity: 5 });
    expect(await refused(cohort.id, { capacity: 2 })).toEqual(['CAPACITY_EXCEEDED input.capacity']);
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[0] }, 'enrolment { id }');
    const { version } = await read(cohort.id);
    const done = await revised({ cohortId: cohort.id, version, capacity: 2 });
    expect(done.cohort.capacity).toBe(2);
  });

  test('may be lower than the nominations, and null lifts it', async () => {
    const unitId = (await newUnit(server)).id;
    const { id } = await newCohort(server, { hostUnitId: unitId, capacity: 5 });
    await step('openEnrolment', id);
    const officials = [await newOfficial(server, { unitId }), await newOfficial(server, { unitId })];
    await nominate(
      server,
      id,
      officials.map((each) => each.id),
    );
    const { version } = await read(id);
    await revised({ cohortId: id, version, capacity: 1 });
    const { cohort } = await revised({ cohortId: id, version: version + 1, capacity: null });
    expect(cohort.capacity).toBeNull();
  });
});
