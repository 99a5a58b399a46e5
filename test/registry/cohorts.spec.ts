// Cohorts: every mutation in every state, hosts, and revisions.
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newProgramme,
  newUnit,
  newUniversity,
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

const FACTS = `{ id code name status version periodLabel startsOn endsOn capacity location cancellationReason enrolledCount
  programme { id } hostUnit { id } university { id } enrolments { nodes { id status } } }`;

async function read(id: string) {
  return (await server.ask(`query ($id: ID!) { cohort(id: $id) ${FACTS} }`, { id })).data.cohort;
}

/** The events of a cohort after a cursor. */
async function told(cohortId: string, after: string) {
  const query = `query ($ids: [ID!], $after: EventCursor) {
    cohortEvents(filter: { cohortIds: $ids }, after: $after) { cursor kind changes { field from to } } }`;
  return (await server.ask(query, { ids: [cohortId], after })).data.cohortEvents;
}

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

type State = 'PLANNED' | 'ENROLLING' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED';
const STATES: State[] = ['PLANNED', 'ENROLLING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'];
const WAY: Record<State, string[]> = {
  PLANNED: [],
  ENROLLING: ['openEnrolment'],
  IN_PROGRESS: ['openEnrolment', 'startCohort'],
  COMPLETED: ['openEnrolment', 'startCohort', 'completeCohort'],
  CANCELLED: [],
};
const inputOf = (step: string, cohortId: string) =>
  step === 'cancelCohort' ? { cohortId, reason: 'Không đủ học viên' } : { cohortId };

/** A cohort in this state, with a learner once it has started. */
async function cohortIn(state: State, more: object = {}) {
  const cohort = await newCohort(server, more);
  if (state === 'CANCELLED') await must(server, 'cancelCohort', inputOf('cancelCohort', cohort.id), 'cursor');
  else await takeSteps(server, cohort.id, WAY[state], true);
  return read(cohort.id);
}

/** A unit that was dissolved on this day. */
async function closedUnit(effectiveOn: string) {
  const unit = await newUnit(server);
  const successions = [{ predecessorId: unit.id, kind: 'DISSOLVED' }];
  const input = { effectiveOn, closeIds: [unit.id], open: [], successions };
  await must(server, 'reorganiseUnits', input, 'closed { id }');
  return unit;
}

describe('a step of a cohort', () => {
  const steps = [
    { step: 'openEnrolment', to: 'ENROLLING', from: ['PLANNED'], kind: 'ENROLMENT_OPENED' },
    { step: 'startCohort', to: 'IN_PROGRESS', from: ['ENROLLING'], kind: 'STARTED' },
    { step: 'completeCohort', to: 'COMPLETED', from: ['IN_PROGRESS'], kind: 'COMPLETED' },
    {
      step: 'cancelCohort',
      to: 'CANCELLED',
      from: ['PLANNED', 'ENROLLING', 'IN_PROGRESS'],
      kind: 'CANCELLED',
    },
  ];
  const table = steps.flatMap((each) => STATES.map((state) => ({ ...each, state })));

  test.each(table.filter(({ from, state }) => from.includes(state)))(
    '$step changes $state to $to and records one event',
    async ({ step, state, to, kind }) => {
      const cohort = await cohortIn(state);
      const before = await logEnd(server);
      const done = await must(server, step, inputOf(step, cohort.id), `cohort ${FACTS}`);
      expect(done.cohort).toMatchObject({ status: to, version: cohort.version + 1 });
      expect(await read(cohort.id)).toEqual(done.cohort);
      expect(await told(cohort.id, before)).toEqual([
        { cursor: done.cursor, kind, changes: [{ field: 'status', from: state, to }] },
      ]);
    },
  );

  test.each(table.filter(({ from, state }) => !from.includes(state)))(
    '$step is refused to a cohort that is $state',
    async ({ step, state }) => {
      const cohort = await cohortIn(state);
      expect(await refused(step, inputOf(step, cohort.id))).toEqual(['ILLEGAL_TRANSITION input.cohortId']);
      expect(await read(cohort.id)).toEqual(cohort);
    },
  );

  test('startCohort is refused before the first day', async () => {
    const cohort = await cohortIn('ENROLLING', { startsOn: '2999-01-04' });
    expect(await refused('startCohort', { cohortId: cohort.id })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    await must(server, 'reviseCohort', { cohortId: cohort.id, version: 2, startsOn: '2024-01-04' }, 'cursor');
    await must(server, 'startCohort', { cohortId: cohort.id }, 'cursor');
  });

  test('completeCohort is refused without a learner', async () => {
    const { cohort, enrolmentIds } = await newClass(server, 1);
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[0] }, 'cursor');
    expect(await refused('completeCohort', { cohortId: cohort.id })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    expect((await read(cohort.id)).status).toBe('IN_PROGRESS');
  });

  test.each(steps)('$step is refused to a cohort that does not exist', async ({ step }) => {
    const { id } = await newUnit(server);
    const missing = id.replace('unit', 'cohort');
    expect(await refused(step, inputOf(step, missing))).toEqual(['NOT_FOUND input.cohortId']);
    expect(await refused(step, inputOf(step, id))).toEqual(['INVALID input.cohortId']);
  });

  test('is refused in Vietnamese by default, and in English on request', async () => {
    const { id, code } = await cohortIn('CANCELLED');
    const say = async (language: string) =>
      (await refusals(server, 'startCohort', { cohortId: id }, language)).map(({ message }) => message);
    const vietnamese = `Lớp ${code} đang ở trạng thái "đã hủy", không chuyển sang "đang học" được.`;
    expect(await say('*')).toEqual([vietnamese]);
    expect(await say('vi-VN,vi;q=0.9')).toEqual([vietnamese]);
    expect(await say('en-GB')).toEqual([`The cohort ${code} is CANCELLED; it cannot become IN_PROGRESS.`]);
  });
});

describe('what a step does to the learners', () => {
  /** A cohort taking nominations with one learner nominated, accepted, declined and withdrawn each. */
  async function mixed() {
    const unitId = (await newUnit(server)).id;
    const cohort = await cohortIn('ENROLLING', { hostUnitId: unitId });
    const officials: string[] = [];
    for (let i = 0; i < 4; i++) officials.push((await newOfficial(server, { unitId })).id);
    const [nominated, accepted, declined, withdrawn] = await nominate(server, cohort.id, officials);
    const decide = (enrolmentId: string, decision: string) =>
      must(server, 'decideEnrolments', { enrolmentIds: [enrolmentId], decision }, 'enrolments { id }');
    await decide(accepted!, 'ACCEPT');
    await decide(declined!, 'DECLINE');
    await must(server, 'withdrawEnrolment', { enrolmentId: withdrawn }, 'enrolment { id }');
    const ids = { nominated, accepted, declined, withdrawn };
    return { cohortId: cohort.id as string, nominatedId: nominated!, ids };
  }

  async function statuses({ cohortId, ids }: Awaited<ReturnType<typeof mixed>>) {
    const { nodes } = (await read(cohortId)).enrolments;
    const statusOf = (id?: string) => nodes.find((each: { id: string }) => each.id === id).status;
    return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, statusOf(id)]));
  }

  test('starting makes the accepted ones study and leaves the others', async () => {
    const world = await mixed();
    await must(server, 'startCohort', { cohortId: world.cohortId }, 'cohort { id }');
    expect(await statuses(world)).toEqual({
      ...{ nominated: 'NOMINATED', accepted: 'STUDYING' },
      ...{ declined: 'DECLINED', withdrawn: 'WITHDRAWN' },
    });
  });

  test('completing makes the rest NOT_COMPLETED, except graduates and officials who never took part', async () => {
    const { cohort, officialIds, enrolmentIds } = await newClass(server, 3);
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[1] }, 'enrolment { id }');
    await must(server, 'completeCohort', { cohortId: cohort.id }, 'cohort { id }');
    const { enrolments, enrolledCount } = await read(cohort.id);
    const statusOf = new Map(enrolments.nodes.map((each: any) => [each.id, each.status]));
    expect(enrolmentIds.map((id) => statusOf.get(id))).toEqual(['COMPLETED', 'WITHDRAWN', 'NOT_COMPLETED']);
    expect(enrolledCount).toBe(2);
  });

  test('completing declines undecided nominations', async () => {
    const world = await mixed();
    await must(server, 'startCohort', { cohortId: world.cohortId }, 'cohort { id }');
    await must(server, 'completeCohort', { cohortId: world.cohortId }, 'cohort { id }');
    expect(await statuses(world)).toEqual({
      ...{ nominated: 'DECLINED', accepted: 'NOT_COMPLETED' },
      ...{ declined: 'DECLINED', withdrawn: 'WITHDRAWN' },
    });
  });

  test('cancelling withdraws nominated, accepted and studying learners, so that none counts', async () => {
    const world = await mixed();
    await must(server, 'startCohort', { cohortId: world.cohortId }, 'cohort { id }');
    const input = { cohortId: world.cohortId, reason: ' Giảng viên bận ' };
    const { cohort } = await must(server, 'cancelCohort', input, `cohort ${FACTS}`);
    expect(cohort).toMatchObject({ enrolledCount: 0, cancellationReason: 'Giảng viên bận' });
    expect(await statuses(world)).toEqual({
      ...{ nominated: 'WITHDRAWN', accepted: 'WITHDRAWN' },
      ...{ declined: 'DECLINED', withdrawn: 'WITHDRAWN' },
    });
  });

  test('cancelling is refused while the cohort has graduates, and possible once they are revoked', async () => {
    const { cohort, officialIds } = await newClass(server, 2);
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    const recorded = await must(
      server,
      'recordGraduates',
      { cohortId: cohort.id, graduates },
      'graduates { id }',
    );
    const before = await read(cohort.id);
    expect(await refused('cancelCohort', inputOf('cancelCohort', cohort.id))).toEqual([
      'CONFLICT input.cohortId',
    ]);
    expect(await read(cohort.id)).toEqual(before);
    await must(server, 'revokeGraduate', { graduateId: recorded.graduates[0].id }, 'graduate { id }');
    const done = await must(server, 'cancelCohort', inputOf('cancelCohort', cohort.id), 'cohort { status }');
    expect(done.cohort.status).toBe('CANCELLED');
  });

  test('cancelling needs a reason', async () => {
    const { id } = await cohortIn('PLANNED');
    expect(await refused('cancelCohort', { cohortId: id, reason: ' \t ' })).toEqual(['INVALID input.reason']);
    expect((await read(id)).status).toBe('PLANNED');
  });
});

describe('planning a cohort', () => {
  test("takes the programme's university and location, and starts as version 1 with one event", async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId, location: 'COMBINED' })).id;
    const hostUnitId = (await newUnit(server)).id;
    const facts = { code: newCode('K'), name: 'Lớp cao học', periodLabel: '2024-2026', capacity: 45 };
    const input = { ...facts, programmeId, hostUnitId, startsOn: '2024-03-01', endsOn: '2024-03-01' };
    const before = await logEnd(server);
    const { cohort, cursor } = await must(server, 'planCohort', input, `cohort ${FACTS}`);
    expect(cohort).toMatchObject({
      ...{ ...facts, startsOn: '2024-03-01', endsOn: '2024-03-01', location: 'COMBINED' },
      ...{ status: 'PLANNED', version: 1, enrolledCount: 0, cancellationReason: null },
      ...{ programme: { id: programmeId }, hostUnit: { id: hostUnitId }, university: { id: universityId } },
    });
    const changes = [{ field: 'status', from: null, to: 'PLANNED' }];
    expect(await told(cohort.id, before)).toEqual([{ cursor, kind: 'PLANNED', changes }]);
    const abroad = await newCohort(server, { programmeId, location: 'ABROAD' });
    expect(await read(abroad.id)).toMatchObject({ location: 'ABROAD', capacity: null, endsOn: null });
  });

  test('refuses facts that cannot be', async () => {
    const planned = await newCohort(server);
    const hostUnitId = (await newUnit(server, { validFrom: '2024-01-01' })).id;
    const programmeId = (await newProgramme(server)).id;
    const good = { name: 'Lớp', programmeId, hostUnitId, startsOn: '2024-03-01' };
    const table: [object, string][] = [
      [{ code: planned.code }, 'ALREADY_EXISTS input.code'],
      [{ code: 'two words' }, 'INVALID input.code'],
      [{ name: '  ' }, 'INVALID input.name'],
      [{ endsOn: '2024-02-29' }, 'INVALID input.endsOn'],
      [{ capacity: 0 }, 'INVALID input.capacity'],
      [{ capacity: -5 }, 'INVALID input.capacity'],
      [{ programmeId: hostUnitId }, 'INVALID input.programmeId'],
      [{ programmeId: programmeId.slice(0, -4) + '0000' }, 'NOT_FOUND input.programmeId'],
      [{ hostUnitId: programmeId.replace('programme', 'unit') }, 'NOT_FOUND input.hostUnitId'],
      [{ startsOn: '2023-12-31' }, 'UNIT_CLOSED input.hostUnitId'],
    ];
    for (const [wrong, refusal] of table) {
      const input = { code: newCode('K'), ...good, ...wrong };
      expect([wrong, await refused('planCohort', input)]).toEqual([wrong, [refusal]]);
    }
    const { data } = await server.ask(
      'query ($ids: [ID!]) { cohorts(filter: { programmeIds: $ids }) { totalCount } }',
      { ids: [programmeId] },
    );
    expect(data.cohorts.totalCount).toBe(0);
  });

  test('takes a host that was closed since for a day before it was, and refuses it from then on', async () => {
    const hostUnitId = (await closedUnit('2025-07-01')).id;
    const programmeId = (await newProgramme(server)).id;
    for (const startsOn of ['2025-07-01', '2026-01-01']) {
      const input = { code: newCode('K'), name: 'Lớp', programmeId, hostUnitId, startsOn };
      expect(await refused('planCohort', input)).toEqual(['UNIT_CLOSED input.hostUnitId']);
    }
    await newCohort(server, { programmeId, hostUnitId, startsOn: '2025-06-30' });
  });

  test('takes a host that is to close later for a start before that day only', async () => {
    const hostUnitId = (await closedUnit('2999-01-01')).id;
    const programmeId = (await newProgramme(server)).id;
    const input = { code: newCode('K'), name: 'Lớp', programmeId, hostUnitId, startsOn: '2999-01-01' };
    expect(await refused('planCohort', input)).toEqual(['UNIT_CLOSED input.hostUnitId']);
    await must(server, 'planCohort', { ...input, startsOn: '2998-12-31' }, 'cohort { id }');
  });
});
