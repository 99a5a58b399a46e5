// Delayed release of figures by unit or category: live for readers with rights to persons; for others those of the end
// of the day before, with that day in the answer, also after a restart and after a wrong clock.
import { Role } from '../../src/access/policy';
import { dayBefore } from '../../src/lib/dates';
import { giveTheClockBack, setTheClockBack, takeTheClock, today, turnTheDay } from '../support/clock';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenFor, tokenOf } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import {
  must,
  newClass,
  newCode,
  newCohort,
  newFigure,
  newOfficial,
  newPlan,
  newProgramme,
  newUnit,
  nominate,
} from '../support/world';

let server: TestServer;
let folder: string;
beforeEach(async () => {
  takeTheClock();
  folder = folderOfItsOwn();
  server = await startTestServer({ folder });
});
afterAll(removeFolders);
afterEach(async () => {
  await server.stop();
  giveTheClockBack();
});

const seen = async (filter: object, groupBy: string | null = null, how: object = { as: Role.VIEWER }) =>
  (
    await server.ask(
      `query ($filter: TrainingStatisticsFilter, $groupBy: TrainingStatisticsDimension) {
        trainingStatistics(filter: $filter, groupBy: $groupBy) {
          participations asOf cursor groups { key participations asOf } } latestCursor }`,
      { filter, groupBy },
      how,
    )
  ).data.trainingStatistics;

/** One more class of six officials of a unit, all in the same category. */
const more = (unitId: string) => newClass(server, 6, { hostUnitId: unitId });

it('figures by unit are not released on the first day, and figures by cohort alone are live', async () => {
  const unitId = (await newUnit(server)).id;
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 0, asOf: dayBefore(today()) });
  await more(unitId);
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: null, asOf: dayBefore(today()) });
  expect(await seen({ unitIds: [unitId] }, null, {})).toMatchObject({ participations: 6, asOf: null });
  const token = await tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId });
  expect(await seen({ unitIds: [unitId] }, null, { token })).toMatchObject({ participations: 6, asOf: null });
  const byUnit = await seen({}, 'UNIT');
  expect(byUnit).toMatchObject({ participations: 6, asOf: null });
  expect(byUnit.groups).toContainEqual({ key: unitId, participations: null, asOf: dayBefore(today()) });
  expect(await seen({}, 'YEAR')).toMatchObject({ groups: [{ key: '2024', participations: 6, asOf: null }] });
});

it('figures are those of the day before, whether the first operation of a day reads or writes', async () => {
  const { unitId } = await more((await newUnit(server)).id);
  turnTheDay();
  const yesterday = { participations: 6, asOf: dayBefore(today()) };
  expect(await seen({ unitIds: [unitId] })).toMatchObject(yesterday);
  await more(unitId);
  expect(await seen({ unitIds: [unitId] })).toMatchObject(yesterday);
  turnTheDay();
  await more(unitId); // before anybody asks
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 12, asOf: dayBefore(today()) });
  expect(await seen({ unitIds: [unitId] }, null, {})).toMatchObject({ participations: 18, asOf: null });
  turnTheDay();
  turnTheDay(); // a day without anybody
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 18, asOf: dayBefore(today()) });
});

it('stated figures show the same released figures, and targets of plans none', async () => {
  const { unitId } = await more((await newUnit(server)).id);
  const [plan, figure] = [await newPlan(server, { unitId }), await newFigure(server, { unitId })];
  const of = async (as: Role) => {
    const query = `query ($plan: ID!, $figure: ID!) {
      plan: node(id: $plan) { ... on TrainingPlan { targets { asOf actual remaining } } }
      figure: node(id: $figure) { ... on StatedFigure { asOf } } }`;
    const { data } = await server.ask(query, { plan: plan.id, figure: figure.id }, { as });
    return [data.plan.targets[0].asOf, data.figure.asOf];
  };
  const day = dayBefore(today());
  expect(await of(Role.VIEWER)).toEqual([null, day]); // learners of a unit in classes of some state
  expect(await of(Role.ADMINISTRATOR)).toEqual([null, null]);
});

it('released figures stay the same after a restart', async () => {
  const { unitId } = await more((await newUnit(server)).id);
  turnTheDay();
  await more(unitId);
  await server.stop();
  server = await startTestServer({ folder });
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 6, asOf: dayBefore(today()) });
});

it('figures are never released for a future day, and release goes on once the clock is right again', async () => {
  const { unitId } = await more((await newUnit(server)).id);
  for (let day = 0; day < 400; day++) turnTheDay();
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 6 });
  setTheClockBack(399);
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 6, asOf: dayBefore(today()) });
  await more(unitId);
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 6, asOf: dayBefore(today()) });
  turnTheDay();
  expect(await seen({ unitIds: [unitId] })).toMatchObject({ participations: 12, asOf: dayBefore(today()) });
});

it('subscriptions send the released figures until the first event of the next day', async () => {
  const { unitId } = await more((await newUnit(server)).id);
  const client = await connect(server.url, { token: await tokenFor(Role.VIEWER, 'dashboard', '72h') });
  const followed = client.subscribe<any>(
    `subscription ($filter: TrainingStatisticsFilter) {
      trainingStatisticsChanged(filter: $filter) { participations asOf cursor } }`,
    { filter: { unitIds: [unitId] } },
  );
  const next = async () => (await followed.nextData()).trainingStatisticsChanged;
  expect(await next()).toMatchObject({ participations: null });
  await more(unitId);
  expect(await next()).toMatchObject({ participations: null, asOf: dayBefore(today()) });
  turnTheDay();
  const { cursor } = await must(server, 'planCohort', await cohortOf(unitId), 'cohort { id }');
  let figures = await next();
  while (figures.cursor !== cursor) figures = await next();
  expect(figures).toMatchObject({ participations: 12, asOf: dayBefore(today()) });
  await client.close();
});

async function cohortOf(hostUnitId: string) {
  const programmeId = (await newProgramme(server)).id;
  return { code: newCode('K'), name: 'Lớp', startsOn: '2024-03-01', programmeId, hostUnitId };
}

it('figures leave out a single new learner until enough others are accepted', async () => {
  const units: string[] = [];
  for (let i = 0; i < 4; i++) units.push((await newUnit(server)).id);
  for (const unitId of units) await more(unitId);
  turnTheDay();
  const accepted = async (unitIds: string[], category: string) => {
    const cohortId = (await newCohort(server)).id;
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const ids: string[] = [];
    for (const unitId of unitIds) ids.push((await newOfficial(server, { unitId, category })).id);
    const enrolmentIds = await nominate(server, cohortId, ids);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
  };
  const told = async () => {
    turnTheDay();
    const { groups } = await seen({}, 'UNIT');
    return units.map((id) => groups.find(({ key }: any) => key === id).participations);
  };
  await accepted(units.slice(0, 1), 'CADRE');
  expect(await told()).toEqual([6, 6, 6, 6]);
  await accepted(units, 'CIVIL_SERVANT'); // two classes, but more than half in one
  expect(await told()).toEqual([6, 6, 6, 6]);
  await accepted(units, 'CADRE');
  await accepted(units.slice(1, 3), 'CIVIL_SERVANT');
  expect(await told()).toEqual([9, 9, 9, 8]);
});
