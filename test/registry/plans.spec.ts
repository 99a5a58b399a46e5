// Training plans: targets beside counts, carry-over from the year before, and live progress.
import { connect, type LiveClient } from '../support/live';
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  acceptOne,
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newOrder,
  newPlan,
  newProgramme,
  newTopic,
  newUnit,
  newUniversity,
  nominate,
  refusedUnlogged,
} from '../support/world';
import { take } from '../server/stream';

const TARGETS = 'targets { metric target carriedOver actual remaining }';

let server: TestServer;
let client: LiveClient;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect(server.url);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

async function read(id: string, selection: string, as?: null): Promise<any> {
  const query = `{ node(id: "${id}") { ... on TrainingPlan { ${selection} } } }`;
  return (await server.ask(query, {}, as === null ? { as } : {})).data.node;
}

/** Whether a refusal is this one, and left the log where it was. */
async function refused(name: string, input: object, code: string, path: string): Promise<void> {
  expect(await refusedUnlogged(server, name, input)).toEqual([`${code} input.${path}`]);
}

describe('a target', () => {
  it('is set against what is counted of the unit and all below it in that year', async () => {
    const topId = (await newUnit(server)).id;
    const hostUnitId = (await newUnit(server, { parentId: topId })).id;
    await newClass(server, 6, { hostUnitId });
    await newClass(server, 1, { hostUnitId, startsOn: '2023-12-31' });
    await newCohort(server, { hostUnitId, startsOn: '2025-01-01' });
    const targets = [{ target: 10 }, { metric: 'COHORTS', target: 1 }];
    const { id } = await newPlan(server, { unitId: topId, targets });
    expect((await read(id, TARGETS)).targets).toEqual([
      { metric: 'PARTICIPATIONS', target: 10, carriedOver: 0, actual: 6, remaining: 4 },
      { metric: 'COHORTS', target: 1, carriedOver: 0, actual: 1, remaining: 0 },
    ]);
  });

  it('counts what has started, and apart from that what is planned or enrolling', async () => {
    const hostUnitId = (await newUnit(server)).id;
    await newClass(server, 6, { hostUnitId });
    await newCohort(server, { hostUnitId });
    const enrolling = await newCohort(server, { hostUnitId });
    await must(server, 'openEnrolment', { cohortId: enrolling.id }, 'cursor');
    await acceptOne(server, enrolling.id, { unitId: hostUnitId });
    const targets = [{ target: 10 }, { metric: 'COHORTS', target: 10 }];
    const { id } = await newPlan(server, { unitId: hostUnitId, targets });
    expect((await read(id, 'targets { actual scheduled remaining }')).targets).toEqual([
      { actual: 6, scheduled: 1, remaining: 4 },
      { actual: 1, scheduled: 2, remaining: 9 },
    ]);
  });

  it('counts those who became its unit within the year, for whoever reaches the unit', async () => {
    const old = await newUnit(server);
    await newClass(server, 3, { hostUnitId: old.id });
    const code = newCode('U');
    const input = {
      effectiveOn: '2024-07-01',
      closeIds: [old.id],
      open: [{ code, kind: 'WARD', name: 'Phường mới' }],
      successions: [{ predecessorId: old.id, successorCode: code, kind: 'MERGED' }],
    };
    const { opened } = await must(server, 'reorganiseUnits', input, 'opened { id }');
    const unitId = opened[0].id;
    const plan = await newPlan(server, { unitId, targets: [{ target: 10 }] });
    const token = await tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId });
    const query = `{ node(id: "${plan.id}") { ... on TrainingPlan { targets { actual } } } }`;
    expect((await server.ask(query, {}, { token })).data.node.targets).toEqual([{ actual: 3 }]);
    const figures = `query ($filter: TrainingStatisticsFilter) {
      trainingStatistics(filter: $filter) { participations suppressed } }`;
    const filter = { unitIds: [unitId], attribution: 'CURRENT_SUCCESSOR' };
    const { data } = await server.ask(figures, { filter }, { token });
    expect(data.trainingStatistics).toEqual({ participations: 3, suppressed: false });
    const other = await tokenOf({
      ...{ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId: (await newUnit(server)).id },
    });
    const hidden = await server.ask(figures, { filter }, { token: other });
    expect(hidden.data.trainingStatistics).toEqual({ participations: null, suppressed: true });
  });

  it('is counted of its content group, category, topic and location alone', async () => {
    const topic = await newTopic(server);
    const particular = { location: 'ABROAD', contentGroup: 'STATE_MANAGEMENT', topicIds: [topic.id] };
    const programme = await newProgramme(server, particular);
    const { unitId } = await newClass(server, 5, { programmeId: programme.id });
    await newClass(server, 2, { hostUnitId: unitId });
    const parts = [
      {},
      { contentGroup: 'STATE_MANAGEMENT' },
      { topicId: topic.id },
      { location: 'ABROAD' },
      { location: 'DOMESTIC' },
      { category: 'CIVIL_SERVANT' },
      { category: 'CADRE' },
    ];
    const targets = parts.map((part) => ({ target: 7, ...part }));
    const { id } = await newPlan(server, { unitId, targets });
    const found = await read(id, 'targets { actual topic { id } contentGroup category location }');
    expect(found.targets.map(({ actual }: any) => actual)).toEqual([7, 5, 5, 5, 2, 7, 0]);
    expect(found.targets[2].topic).toEqual({ id: topic.id });
    expect(found.targets[1]).toMatchObject({ contentGroup: 'STATE_MANAGEMENT', category: null, topic: null });
  });

  it('is shown without its count where that is about fewer than five persons', async () => {
    const { unitId } = await newClass(server, 3);
    const { id } = await newPlan(server, { unitId });
    expect((await read(id, TARGETS)).targets).toMatchObject([{ actual: 3, remaining: 7 }]);
    expect((await read(id, TARGETS, null)).targets).toMatchObject([
      { target: 10, actual: null, remaining: null },
    ]);
  });

  it.each([
    ['below zero', [{ target: -1 }], 'targets.0.target'],
    ['with a carry-over below zero', [{ target: 1, carriedOver: -1 }], 'targets.0.carriedOver'],
    ['for a part that has one already', [{ target: 1 }, { target: 2 }], 'targets.1'],
  ])('is refused %s', async (_what, targets, path) => {
    const unitId = (await newUnit(server)).id;
    await refused('adoptPlan', { unitId, year: 2024, targets }, 'INVALID', path);
  });
});

describe('a plan', () => {
  it('names its decision, and is the only one of the unit for the year', async () => {
    const unitId = (await newUnit(server)).id;
    const decision = { decisionNumber: '12/KH-UBND', decidedOn: '2024-01-15' };
    const { id } = await newPlan(server, { unitId, ...decision });
    expect(await read(id, 'year decisionNumber decidedOn unit { id } version')).toEqual({
      ...{ year: 2024, ...decision, unit: { id: unitId }, version: 1 },
    });
    await refused('adoptPlan', { unitId, year: 2024, targets: [{ target: 1 }] }, 'ALREADY_EXISTS', 'year');
  });

  it.each([
    ['a year in which the unit did not exist', { year: 2019 }, 'UNIT_CLOSED', 'unitId'],
    ['a decision of the future', { decidedOn: '2999-01-01' }, 'INVALID', 'decidedOn'],
    ['no target', { targets: [] }, 'INVALID', 'targets'],
    [
      'a topic that is not there',
      { targets: [{ target: 1, topicId: 'topic_01jb0000000000000000000000' }] },
      'NOT_FOUND',
      'targets.0.topicId',
    ],
    [
      'something carried over from nowhere',
      { targets: [{ target: 1, carriedOver: 1 }] },
      'INVALID',
      'carriedOverFromId',
    ],
  ])('is refused with %s', async (_what, wrong, code, path) => {
    const unitId = (await newUnit(server)).id;
    await refused('adoptPlan', { unitId, year: 2024, targets: [{ target: 1 }], ...wrong }, code, path);
  });

  it('carries over from the plan of the year before, on top of its own targets', async () => {
    const { unitId } = await newClass(server, 6);
    const before = await newPlan(server, { unitId, year: 2023 });
    const { id } = await newPlan(server, {
      unitId,
      carriedOverFromId: before.id,
      targets: [{ target: 10, carriedOver: 3 }],
    });
    expect(await read(id, `carriedOverFrom { id year } ${TARGETS}`)).toMatchObject({
      carriedOverFrom: { id: before.id, year: 2023 },
      targets: [{ target: 10, carriedOver: 3, actual: 6, remaining: 7 }],
    });
  });

  it('carries over from the plan of a unit that it succeeded', async () => {
    const old = await newUnit(server);
    const before = await newPlan(server, { unitId: old.id, year: 2024 });
    const { opened } = await must(
      server,
      'reorganiseUnits',
      {
        effectiveOn: '2025-01-01',
        closeIds: [old.id],
        open: [{ code: `${old.code}-2`, kind: 'WARD', name: 'Phường mới' }],
        successions: [{ predecessorId: old.id, successorCode: `${old.code}-2`, kind: 'MERGED' }],
      },
      'opened { id }',
    );
    const unitId = opened[0].id;
    const { id } = await newPlan(server, { unitId, year: 2025, carriedOverFromId: before.id });
    expect(await read(id, 'carriedOverFrom { unit { id } }')).toEqual({
      carriedOverFrom: { unit: { id: old.id } },
    });
  });

  it('does not carry over from another year, from another unit, from itself or in a circle', async () => {
    const unitId = (await newUnit(server)).id;
    const ofYear = async (year: number, more: object = {}) =>
      (await newPlan(server, { unitId, year, ...more })).id;
    const [first, other] = [await ofYear(2021), (await newPlan(server, { year: 2023 })).id];
    const second = await ofYear(2022, { carriedOverFromId: first });
    const fourth = { unitId, year: 2024, targets: [{ target: 1 }] };
    for (const carriedOverFromId of [first, second, other])
      await refused('adoptPlan', { ...fourth, carriedOverFromId }, 'CONFLICT', 'carriedOverFromId');
    for (const carriedOverFromId of [first, second])
      await refused('revisePlan', { planId: first, carriedOverFromId }, 'CONFLICT', 'carriedOverFromId');
  });

  it('is revised in what is given, targets as a whole, each time as a next version', async () => {
    const { id } = await newPlan(server, { decisionNumber: 'KH 1' });
    const targets = [{ target: 20 }, { target: 2, metric: 'COHORTS' }];
    await must(server, 'revisePlan', { planId: id, version: 1, targets }, 'plan { id }');
    expect(await read(id, 'version decisionNumber targets { metric target }')).toEqual({
      version: 2,
      decisionNumber: 'KH 1',
      targets: [
        { metric: 'PARTICIPATIONS', target: 20 },
        { metric: 'COHORTS', target: 2 },
      ],
    });
    await refused(
      'revisePlan',
      { planId: id, version: 1, decisionNumber: 'KH 2' },
      'STALE_VERSION',
      'version',
    );
    await refused('revisePlan', { planId: id, targets: null }, 'INVALID', 'targets');
    await refused('revisePlan', { planId: id, targets: [{ target: -1 }] }, 'INVALID', 'targets.0.target');
  });

  it('is found by unit, with or without those below, and by year; and from its unit', async () => {
    const topId = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: topId })).id;
    const [old, young] = [
      await newPlan(server, { unitId, year: 2023 }),
      await newPlan(server, { unitId, year: 2024 }),
    ];
    const top = await newPlan(server, { unitId: topId, year: 2024 });
    const list = async (filter: string) =>
      (await server.ask(`{ trainingPlans(filter: { unitIds: ["${topId}"] ${filter} }) { nodes { id } } }`))
        .data.trainingPlans.nodes;
    expect(await list('includeSubunits: false')).toEqual([top]);
    expect(await list('year: 2023')).toEqual([old]);
    expect(await list('')).toHaveLength(3);
    const { data } = await server.ask(`{ unit(id: "${unitId}") { plans { totalCount nodes { id } } } }`);
    expect(data.unit.plans).toEqual({ totalCount: 2, nodes: [young, old] });
  });
});

describe('the progress of a plan', () => {
  const FOLLOW = `subscription ($planId: ID!) { planProgressChanged(planId: $planId) {
    cursor plan { version targets { target actual scheduled remaining } } } }`;

  it('comes at once, and again when the figures or the plan move, with their place in the log', async () => {
    const unitId = (await newUnit(server)).id;
    const { id: planId } = await newPlan(server, { unitId, targets: [{ metric: 'COHORTS', target: 2 }] });
    const subscriber = client.subscribe(FOLLOW, { planId });
    const next = async () => (await take<any>(subscriber, 1))[0];
    expect(await next()).toEqual({
      cursor: await logEnd(server),
      plan: { version: 1, targets: [{ target: 2, actual: 0, scheduled: 0, remaining: 2 }] },
    });
    /** What is sent at a place in the log: other events may have moved the figures before. */
    const at = async (cursor: string) => {
      for (;;) {
        const progress = await next();
        if (progress.cursor === cursor) return progress.plan;
      }
    };
    const targets = [{ metric: 'COHORTS', target: 5 }];
    const revised = await must(server, 'revisePlan', { planId, targets }, 'plan { id }');
    expect(await at(revised.cursor)).toEqual({
      version: 2,
      targets: [{ target: 5, actual: 0, scheduled: 0, remaining: 5 }],
    });
    await newCohort(server, { hostUnitId: unitId });
    expect(await at(await logEnd(server))).toEqual({
      version: 2,
      targets: [{ target: 5, actual: 0, scheduled: 1, remaining: 5 }],
    });
    subscriber.stop();
  });

  it('follows learners, the course of a cohort, what a programme is about, and what an order brings', async () => {
    const [unitId, universityId] = [(await newUnit(server)).id, (await newUniversity(server)).id];
    const topicId = (await newTopic(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const targets = [{ metric: 'COHORTS', topicId, target: 3 }, { target: 30 }];
    const { id: planId } = await newPlan(server, { unitId, targets });
    const subscriber = client.subscribe(FOLLOW, { planId });
    /** What has started and what is scheduled of each target at the end of the log; earlier ticks are skipped. */
    const counted = async () => {
      const end = await logEnd(server);
      for (;;) {
        const [progress] = await take<any>(subscriber, 1);
        if (progress.cursor !== end) continue;
        return progress.plan.targets.map(({ actual, scheduled }: any) => `${actual} + ${scheduled}`);
      }
    };
    expect(await counted()).toEqual(['0 + 0', '0 + 0']);
    const order = { unitId, universityId, topicIds: [topicId] };
    const { id: orderId } = await newOrder(server, order);
    await must(server, 'agreeOrder', { orderId }, 'cursor');
    const facts = { code: newCode('K'), name: 'Lớp đặt hàng', startsOn: '2024-05-01' };
    const cohort = { ...facts, programmeId, hostUnitId: unitId };
    const scheduled = await must(server, 'scheduleOrder', { orderId, cohort }, 'order { cohorts { id } }');
    expect(await counted()).toEqual(['0 + 0', '0 + 0']);
    await must(server, 'reviseProgramme', { programmeId, topicIds: [topicId] }, 'cursor');
    expect(await counted()).toEqual(['0 + 1', '0 + 0']);
    const cohortId = scheduled.order.cohorts[0].id as string;
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const officialId = (await newOfficial(server, { unitId })).id;
    const enrolmentIds = await nominate(server, cohortId, [officialId]);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
    expect(await counted()).toEqual(['0 + 1', '0 + 1']);
    await must(server, 'startCohort', { cohortId }, 'cursor');
    expect(await counted()).toEqual(['1 + 0', '1 + 0']);
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[0] }, 'cursor');
    expect(await counted()).toEqual(['1 + 0', '0 + 0']);
    await must(server, 'cancelCohort', { cohortId, reason: 'Ít người' }, 'cursor');
    expect(await counted()).toEqual(['0 + 0', '0 + 0']);
    subscriber.stop();
  });

  it('is null of a plan that is not there, and refused for what is no plan', async () => {
    const nobody = client.subscribe(FOLLOW, { planId: 'plan_01jb0000000000000000000000' });
    expect((await nobody.next()).data).toEqual({ planProgressChanged: null });
    nobody.stop();
    const unitId = (await newUnit(server)).id;
    const wrong = client.subscribe(FOLLOW, { planId: unitId });
    const { errors } = await wrong.next();
    expect(errors).toMatchObject([{ path: ['planProgressChanged'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
