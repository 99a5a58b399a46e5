// Graduations: recording, correcting and revoking.
import {
  logEnd,
  must,
  newClass,
  newCohort,
  newOfficial,
  newTopic,
  newUnit,
  nominate,
  refusals,
  refusedUnlogged,
  unknownId,
} from '../support/world';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;

const FACTS = `{ id graduatedOn credentialNumber classification official { id } unit { id } cohort { id }
  enrolment { id status } thesis { kind title localProblem unit { id } topics { id } } }`;
const DAY = '2024-06-01';
const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' }).format(new Date());

async function read(id: string): Promise<Row> {
  const query = `query ($id: ID!) { cohort(id: $id) { status enrolledCount graduateCount
    graduates(first: 100) { totalCount nodes ${FACTS} } enrolments { nodes { id status graduate { id } } } } }`;
  return (await server.ask(query, { id })).data.cohort;
}

/** The events of a cohort and of its graduates after a cursor, each in commit order. */
async function told(cohortId: string, after: string): Promise<{ cohort: Row[]; graduates: Row[] }> {
  const query = `query ($ids: [ID!], $after: EventCursor) {
    cohort: cohortEvents(filter: { cohortIds: $ids }, after: $after) { cursor kind changes { field from to } }
    graduates: graduateEvents(filter: { cohortIds: $ids }, after: $after) { kind graduateId graduate { id } } }`;
  return (await server.ask(query, { ids: [cohortId], after })).data as { cohort: Row[]; graduates: Row[] };
}

/** Sends a mutation that must be refused and leave cohort and log unchanged; gives code and path of each refusal. */
async function refused(cohortId: string, name: string, input: object): Promise<string[]> {
  const cohort = await read(cohortId);
  const errors = await refusedUnlogged(server, name, input);
  expect(await read(cohortId)).toEqual(cohort);
  return errors;
}

const record = async (cohortId: string, graduates: object[]): Promise<Row> =>
  must(server, 'recordGraduates', { cohortId, graduates }, `graduates ${FACTS}`);
const step = (name: string, cohortId: string) => must(server, name, { cohortId }, 'cohort { id }');
describe('recording a ceremony', () => {
  test('completes each learner, in the order given', async () => {
    const { cohort, officialIds, enrolmentIds, unitId } = await newClass(server, 3);
    const more = { credentialNumber: 'B-017', classification: 'VERY_GOOD' };
    const { graduates } = await record(cohort.id, [
      { officialId: officialIds[2], graduatedOn: DAY, ...more },
      { officialId: officialIds[0], graduatedOn: DAY },
    ]);
    const common = { graduatedOn: DAY, unit: { id: unitId }, cohort: { id: cohort.id }, thesis: null };
    expect(graduates).toMatchObject([
      { ...common, ...more, official: { id: officialIds[2] }, enrolment: { id: enrolmentIds[2] } },
      {
        ...common,
        ...{ credentialNumber: null, classification: null },
        ...{ official: { id: officialIds[0] }, enrolment: { id: enrolmentIds[0] } },
      },
    ]);
    const after = await read(cohort.id);
    expect(after).toMatchObject({ enrolledCount: 3, graduateCount: 2, graduates: { totalCount: 2 } });
    const stateOf = new Map(after.enrolments.nodes.map((each: Row) => [each.id, each]));
    expect(enrolmentIds.map((id) => stateOf.get(id))).toMatchObject([
      { status: 'COMPLETED', graduate: { id: graduates[1].id } },
      { status: 'STUDYING', graduate: null },
      { status: 'COMPLETED', graduate: { id: graduates[0].id } },
    ]);
  });

  test('records one event for each graduate and one for the cohort', async () => {
    const { cohort, officialIds } = await newClass(server, 3);
    await record(cohort.id, [{ officialId: officialIds[0], graduatedOn: DAY }]);
    const before = await logEnd(server);
    const { graduates, cursor } = await record(
      cohort.id,
      officialIds.slice(1).map((officialId) => ({ officialId, graduatedOn: DAY })),
    );
    const events = await told(cohort.id, before);
    expect(events.graduates).toEqual(
      graduates.map(({ id }: Row) => ({ kind: 'RECORDED', graduateId: id, graduate: { id } })),
    );
    const changes = [{ field: 'graduateCount', from: '1', to: '3' }];
    expect(events.cohort).toEqual([{ cursor, kind: 'GRADUATES_RECORDED', changes }]);
  });

  test('keeps the thesis with its unit and topics', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    const [one, two, unit] = [await newTopic(server), await newTopic(server), await newUnit(server)];
    const said = {
      kind: 'PROJECT',
      title: 'Chống ngập tại phường',
      localProblem: 'Ngập khi triều cường\nvà mưa lớn',
    };
    const thesis = { ...said, unitId: unit.id, topicIds: [two.id, one.id, two.id] };
    const { graduates } = await record(cohort.id, [{ officialId: officialIds[0], graduatedOn: DAY, thesis }]);
    const kept = (await read(cohort.id)).graduates.nodes[0].thesis;
    expect(graduates[0].thesis).toEqual(kept);
    expect(kept).toMatchObject({ ...said, unit: { id: unit.id } });
    expect(kept.topics.map(({ id }: Row) => id).sort()).toEqual([one.id, two.id].sort());
  });

  test('names each wrong entry of the list and records none of the right ones', async () => {
    const { cohort, officialIds, unitId } = await newClass(server, 5);
    const [good, done, left, early, late] = officialIds as [string, string, string, string, string];
    await record(cohort.id, [{ officialId: done, graduatedOn: DAY }]);
    const leaver = (await read(cohort.id)).enrolments.nodes[officialIds.indexOf(left)];
    await must(server, 'withdrawEnrolment', { enrolmentId: leaver.id }, 'enrolment { id }');
    const stranger = (await newOfficial(server, { unitId })).id;
    const on = (officialId: string, graduatedOn = DAY) => ({ officialId, graduatedOn });
    const graduates = [
      ...[on(good), on(done), on(left), on(stranger), on(unknownId(good)), on(good)],
      ...[on(early, '2024-02-29'), on(late, '2999-01-01')],
    ];
    expect(await refused(cohort.id, 'recordGraduates', { cohortId: cohort.id, graduates })).toEqual([
      'ALREADY_EXISTS input.graduates.1.officialId',
      'NOT_ELIGIBLE input.graduates.2.officialId',
      'NOT_ENROLLED input.graduates.3.officialId',
      'NOT_ENROLLED input.graduates.4.officialId',
      'ALREADY_EXISTS input.graduates.5.officialId',
      'INVALID input.graduates.6.graduatedOn',
      'INVALID input.graduates.7.graduatedOn',
    ]);
  });

  test('describes a wrong entry in Vietnamese by default, and in English on request', async () => {
    const { cohort, officialIds } = await newClass(server, 3);
    const stranger = (await newOfficial(server)).id;
    const graduates = [...officialIds, stranger].map((officialId) => ({ officialId, graduatedOn: DAY }));
    const ask = (language: string) =>
      refusals(server, 'recordGraduates', { cohortId: cohort.id, graduates }, language);
    const refusal = { code: 'NOT_ENROLLED', path: ['input', 'graduates', '3', 'officialId'] };
    const vi = `Người này không phải học viên lớp ${cohort.code}.`;
    const en = `This official is no learner of the cohort ${cohort.code}.`;
    expect(await ask('*')).toEqual([{ ...refusal, message: vi }]);
    expect(await ask('en')).toEqual([{ ...refusal, message: en }]);
    expect((await read(cohort.id)).graduateCount).toBe(0);
  });

  test('refuses what a list or a thesis cannot hold, at its place', async () => {
    const { cohort, officialIds, unitId } = await newClass(server, 2);
    const good = { officialId: officialIds[0], graduatedOn: DAY };
    const topicId = (await newTopic(server)).id;
    const title = 'Đề án';
    const second = (more: object) => [good, { ...good, officialId: officialIds[1], ...more }];
    const thesis = (more: object) => second({ thesis: { kind: 'THESIS', title, ...more } });
    const table: [object[], string][] = [
      [[], 'INVALID input.graduates'],
      [second({ officialId: unitId }), 'INVALID input.graduates.1.officialId'],
      [second({ credentialNumber: 'x'.repeat(101) }), 'INVALID input.graduates.1.credentialNumber'],
      [thesis({ title: ' ' }), 'INVALID input.graduates.1.thesis.title'],
      [thesis({ unitId: unknownId(unitId) }), 'NOT_FOUND input.graduates.1.thesis.unitId'],
      [thesis({ topicIds: [topicId, unknownId(topicId)] }), 'NOT_FOUND input.graduates.1.thesis.topicIds.1'],
    ];
    for (const [graduates, refusal] of table) {
      const input = { cohortId: cohort.id, graduates };
      expect(await refused(cohort.id, 'recordGraduates', input)).toEqual([refusal]);
    }
  });
});

describe('a learner', () => {
  test.each([
    ['PLANNED', []],
    ['ENROLLING', ['openEnrolment']],
  ])('of a cohort that is %s does not graduate', async (_state, steps) => {
    const { id } = await newCohort(server);
    for (const name of steps) await step(name, id);
    const officialId = (await newOfficial(server)).id;
    if (steps.length > 0) {
      const enrolmentIds = await nominate(server, id, [officialId]);
      await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
    }
    const input = { cohortId: id, graduates: [{ officialId, graduatedOn: DAY }] };
    expect(await refused(id, 'recordGraduates', input)).toEqual(['ILLEGAL_TRANSITION input.cohortId']);
  });

  test('of a cohort that was cancelled does not graduate', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    await must(server, 'cancelCohort', { cohortId: cohort.id, reason: 'Hoãn' }, 'cohort { id }');
    const input = { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: DAY }] };
    expect(await refused(cohort.id, 'recordGraduates', input)).toEqual(['ILLEGAL_TRANSITION input.cohortId']);
  });

  test('an official who was only nominated or declined does not graduate', async () => {
    const { id } = await newCohort(server);
    await step('openEnrolment', id);
    const officials = [(await newOfficial(server)).id, (await newOfficial(server)).id];
    const [, declined] = await nominate(server, id, officials);
    const decision = { enrolmentIds: [declined], decision: 'DECLINE' };
    await must(server, 'decideEnrolments', decision, 'enrolments { id }');
    await step('startCohort', id);
    const graduates = officials.map((officialId) => ({ officialId, graduatedOn: DAY }));
    expect(await refused(id, 'recordGraduates', { cohortId: id, graduates })).toEqual([
      'NOT_ELIGIBLE input.graduates.0.officialId',
      'NOT_ELIGIBLE input.graduates.1.officialId',
    ]);
  });

  test('of a cohort that has ended still completes it at a ceremony held later', async () => {
    const { cohort, officialIds, enrolmentIds } = await newClass(server, 2);
    await step('completeCohort', cohort.id);
    const { graduates } = await record(cohort.id, [{ officialId: officialIds[0], graduatedOn: DAY }]);
    expect(graduates[0].enrolment).toEqual({ id: enrolmentIds[0], status: 'COMPLETED' });
    const after = await read(cohort.id);
    expect(after).toMatchObject({ status: 'COMPLETED', enrolledCount: 2, graduateCount: 1 });
    const statuses = after.enrolments.nodes.map(({ status }: Row) => status).sort();
    expect(statuses).toEqual(['COMPLETED', 'NOT_COMPLETED']);
  });

  test('graduates on the first day of the cohort or today, but not outside', async () => {
    const { cohort, officialIds } = await newClass(server, 2);
    const [one, two] = officialIds;
    const tryOn = (graduatedOn: string) => {
      const input = { cohortId: cohort.id, graduates: [{ officialId: one, graduatedOn }] };
      return refused(cohort.id, 'recordGraduates', input);
    };
    const dayAfterTomorrow = new Date(Date.parse(today) + 2 * 86_400_000).toISOString().slice(0, 10);
    expect(await tryOn('2024-02-29')).toEqual(['INVALID input.graduates.0.graduatedOn']);
    expect(await tryOn(dayAfterTomorrow)).toEqual(['INVALID input.graduates.0.graduatedOn']);
    await record(cohort.id, [
      { officialId: one, graduatedOn: '2024-03-01' },
      { officialId: two, graduatedOn: today },
    ]);
  });

  test('graduates once, however many ceremonies name them at the same moment', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    const input = { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: DAY }] };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refusals(server, 'recordGraduates', input)),
    );
    expect(answers.flat().map(({ code }) => code)).toEqual(Array(9).fill('ALREADY_EXISTS'));
    expect((await read(cohort.id)).graduateCount).toBe(1);
  });
});

/** A class of one graduate with a thesis. */
async function graduated(steps: string[] = []) {
  const { cohort, officialIds } = await newClass(server, 1);
  const topicId = (await newTopic(server)).id;
  const thesis = { kind: 'THESIS', title: 'Quản lý đất đai', topicIds: [topicId] };
  const { graduates } = await record(cohort.id, [
    { officialId: officialIds[0], graduatedOn: DAY, credentialNumber: 'A-1', classification: 'GOOD', thesis },
  ]);
  for (const name of steps) await step(name, cohort.id);
  return { cohortId: cohort.id, officialId: officialIds[0]!, graduate: graduates[0], topicId };
}

describe('correcting a graduate', () => {
  const correct = (input: object) => must(server, 'correctGraduate', input, `graduate ${FACTS}`);

  test('changes what is given, clears what is null, leaves the rest', async () => {
    const { cohortId, graduate, topicId } = await graduated();
    const before = await logEnd(server);
    const given = { graduatedOn: '2024-06-02', credentialNumber: null };
    const done = await correct({ graduateId: graduate.id, ...given });
    expect(done.graduate).toEqual({ ...graduate, ...given });
    expect((await read(cohortId)).graduates.nodes).toEqual([done.graduate]);
    const events = await told(cohortId, before);
    expect(events.graduates).toMatchObject([{ kind: 'CORRECTED', graduateId: graduate.id }]);
    const title = 'Quản lý đất công';
    const changed = await correct({ graduateId: graduate.id, thesis: { kind: 'PROJECT', title } });
    const thesis = { kind: 'PROJECT', title, localProblem: null, unit: null, topics: [] };
    expect(changed.graduate).toEqual({ ...done.graduate, thesis });
    const topics = { kind: 'PROJECT', title, topicIds: [topicId] };
    const alone = await correct({ graduateId: graduate.id, thesis: topics });
    expect(alone.graduate.thesis.topics).toEqual([{ id: topicId }]);
    const cleared = await correct({ graduateId: graduate.id, thesis: null });
    expect(cleared.graduate).toEqual({ ...done.graduate, thesis: null });
    expect((await told(cohortId, before)).graduates).toHaveLength(4);
  });

  test('that changes nothing records nothing', async () => {
    const { cohortId, graduate, topicId } = await graduated();
    const before = await logEnd(server);
    const thesis = { kind: 'THESIS', title: 'Quản lý đất đai', topicIds: [topicId] };
    const done = await correct({ graduateId: graduate.id, graduatedOn: DAY, thesis });
    expect(done).toMatchObject({ graduate, cursor: before });
    expect(await told(cohortId, before)).toEqual({ cohort: [], graduates: [] });
  });

  test('keeps within the bounds of recording', async () => {
    const { cohortId, graduate, topicId } = await graduated();
    const thesis = (more: object) => ({ thesis: { kind: 'THESIS', title: 'Đề tài', ...more } });
    const table: [object, string][] = [
      [{ graduatedOn: '2024-02-29' }, 'INVALID input.graduatedOn'],
      [{ graduatedOn: '2999-01-01' }, 'INVALID input.graduatedOn'],
      [{ graduatedOn: null }, 'INVALID input.graduatedOn'],
      [thesis({ title: '' }), 'INVALID input.thesis.title'],
      [thesis({ topicIds: [topicId, unknownId(topicId)] }), 'NOT_FOUND input.thesis.topicIds.1'],
      [{ graduateId: unknownId(graduate.id) }, 'NOT_FOUND input.graduateId'],
      [{ graduateId: cohortId }, 'INVALID input.graduateId'],
    ];
    for (const [wrong, refusal] of table) {
      const input = { graduateId: graduate.id, classification: 'PASS', ...wrong };
      expect([wrong, await refused(cohortId, 'correctGraduate', input)]).toEqual([wrong, [refusal]]);
    }
  });
});

describe('revoking a graduation', () => {
  const revoke = (graduateId: string) =>
    must(
      server,
      'revokeGraduate',
      { graduateId, reason: 'Ghi nhầm' },
      'graduate { id enrolment { status } }',
    );

  test.each([
    ['STUDYING', 'in progress', []],
    ['NOT_COMPLETED', 'completed', ['completeCohort']],
  ])('makes the learner %s again in a cohort %s, and records an event', async (status, _state, steps) => {
    const { cohortId, graduate } = await graduated(steps);
    const before = await logEnd(server);
    const { cursor, ...done } = await revoke(graduate.id);
    expect(done.graduate).toEqual({ id: graduate.id, enrolment: { status } });
    expect(await read(cohortId)).toMatchObject({
      ...{ enrolledCount: 1, graduateCount: 0, graduates: { totalCount: 0, nodes: [] } },
      enrolments: { nodes: [{ status, graduate: null }] },
    });
    const changes = [{ field: 'graduateCount', from: '1', to: '0' }];
    expect(await told(cohortId, before)).toEqual({
      graduates: [{ kind: 'REVOKED', graduateId: graduate.id, graduate: null }],
      cohort: [{ cursor, kind: 'ENROLMENTS_CHANGED', changes }],
    });
  });

  test('happens once, and what is revoked cannot be corrected', async () => {
    const { cohortId, graduate } = await graduated();
    await revoke(graduate.id);
    const gone = ['ILLEGAL_TRANSITION input.graduateId'];
    expect(await refused(cohortId, 'revokeGraduate', { graduateId: graduate.id })).toEqual(gone);
    const correction = { graduateId: graduate.id, classification: 'PASS' };
    expect(await refused(cohortId, 'correctGraduate', correction)).toEqual(gone);
    const [error] = await refusals(server, 'revokeGraduate', { graduateId: graduate.id }, 'vi');
    expect(error!.message).toMatch(/^Việc ghi nhận này đã được thu hồi ngày \d\d\/\d+\/\d{4}\.$/);
  });

  test('leaves no record to be found by its id', async () => {
    const { graduate } = await graduated();
    const find = () => server.ask('query ($id: ID!) { node(id: $id) { id } }', { id: graduate.id });
    expect((await find()).data.node).toEqual({ id: graduate.id });
    await revoke(graduate.id);
    expect((await find()).data.node).toBeNull();
  });

  test('lets the learner graduate again', async () => {
    const { cohortId, officialId, graduate } = await graduated();
    await revoke(graduate.id);
    const { graduates } = await record(cohortId, [{ officialId, graduatedOn: '2024-07-01' }]);
    expect(graduates[0].id).not.toBe(graduate.id);
    expect(await read(cohortId)).toMatchObject({
      ...{ graduateCount: 1, graduates: { nodes: [{ id: graduates[0].id }] } },
      enrolments: { nodes: [{ status: 'COMPLETED', graduate: { id: graduates[0].id } }] },
    });
  });
});
