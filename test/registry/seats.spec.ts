// Seats of cohorts for each unit, and the last day for nominations: who may send how many learners, and until when.
import { Role } from '../../src/access/policy';
import { decide, step, withdraw } from '../support/enrolments';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
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
  unknownId,
} from '../support/world';

let server: TestServer;
let positionCode: string;
beforeAll(async () => {
  server = await startTestServer();
  positionCode = (await newPosition(server)).code;
});
afterAll(() => server.stop());

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

/** A district, two wards of it and a ward elsewhere, each ward with officials, and a cohort of the district. */
async function newWards(more: (ids: Record<string, string>) => object = () => ({})) {
  const district = (await newUnit(server)).id;
  const [first, second] = [
    (await newUnit(server, { parentId: district })).id,
    (await newUnit(server, { parentId: district })).id,
  ];
  const other = (await newUnit(server)).id;
  const ids = { district, first, second, other };
  const cohortId = (await newCohort(server, { hostUnitId: district, ...more(ids) })).id;
  await step(server, 'openEnrolment', cohortId);
  const officialAt = async (unitId: string) => (await newOfficial(server, { unitId, positionCode })).id;
  return { ...ids, cohortId, officialAt };
}

async function revise(cohortId: string, more: object): Promise<void> {
  await must(server, 'reviseCohort', { cohortId, ...(await versionOf(cohortId)), ...more }, 'cohort { id }');
}

const versionOf = async (id: string): Promise<{ version: number }> =>
  (await server.ask('query ($id: ID!) { cohort(id: $id) { version } }', { id })).data.cohort;

async function seatsOf(cohortId: string, token?: string): Promise<[string, number][]> {
  const query = 'query ($id: ID!) { cohort(id: $id) { seats { unit { id } seats } } }';
  const { data } = await server.ask(query, { id: cohortId }, token ? { token } : {});
  return data.cohort.seats.map((each: any) => [each.unit.id, each.seats]);
}

describe('seats of a unit', () => {
  test('are given when a cohort is planned or revised, in their order', async () => {
    const { cohortId, first, second } = await newWards((ids) => ({
      seats: [
        { unitId: ids.second, seats: 3 },
        { unitId: ids.first, seats: 2 },
      ],
    }));
    expect(await seatsOf(cohortId)).toEqual([
      [second, 3],
      [first, 2],
    ]);
    await revise(cohortId, { seats: [{ unitId: first, seats: 5 }] });
    expect(await seatsOf(cohortId)).toEqual([[first, 5]]);
    await revise(cohortId, { name: 'Lớp khác' });
    expect(await seatsOf(cohortId)).toEqual([[first, 5]]);
    await revise(cohortId, { seats: null });
    expect(await seatsOf(cohortId)).toEqual([]);
  });

  test('bound how many it nominates, each refused at its place, in both languages', async () => {
    const { cohortId, first, officialAt } = await newWards((ids) => ({
      code: `K-${ids.first}`,
      seats: [{ unitId: ids.first, seats: 2 }],
    }));
    const officialIds = [await officialAt(first), await officialAt(first), await officialAt(first)];
    const input = { cohortId, officialIds };
    expect(await refused('nominateOfficials', input)).toEqual(['CAPACITY_EXCEEDED input.officialIds.2']);
    const [vi] = await refusals(server, 'nominateOfficials', input, 'vi');
    expect(vi!.message).toMatch(/được phân bổ 2 chỉ tiêu của lớp K-.*, không còn chỗ cho người này\./);
    const [en] = await refusals(server, 'nominateOfficials', input);
    expect(en!.message).toMatch(/has 2 seats in the cohort K-.*; none is left for this official\./);
    await nominate(server, cohortId, officialIds.slice(0, 2));
    const late = { cohortId, officialIds: officialIds.slice(2) };
    expect(await refused('nominateOfficials', late)).toEqual(['CAPACITY_EXCEEDED input.officialIds.0']);
  });

  test('leave none for units without, until all may send again', async () => {
    const { cohortId, second, other, officialAt } = await newWards((ids) => ({
      seats: [{ unitId: ids.first, seats: 2 }],
    }));
    const officialIds = [await officialAt(second), await officialAt(other)];
    expect(await refused('nominateOfficials', { cohortId, officialIds })).toEqual(
      [0, 1].map((i) => `CAPACITY_EXCEEDED input.officialIds.${i}`),
    );
    await revise(cohortId, { seats: null });
    await nominate(server, cohortId, officialIds);
  });

  test('are shared by the units below it, but for those with seats of their own', async () => {
    const { cohortId, district, first, second, officialAt } = await newWards((ids) => ({
      seats: [
        { unitId: ids.district, seats: 1 },
        { unitId: ids.first, seats: 1 },
      ],
    }));
    await nominate(server, cohortId, [await officialAt(first), await officialAt(second)]);
    const officialIds = [await officialAt(district), await officialAt(first)];
    expect(await refused('nominateOfficials', { cohortId, officialIds })).toEqual(
      [0, 1].map((i) => `CAPACITY_EXCEEDED input.officialIds.${i}`),
    );
  });

  test('are free again after a withdrawal or a refusal, and taken by who waits', async () => {
    const { cohortId, first, officialAt } = await newWards((ids) => ({
      capacity: 3,
      seats: [{ unitId: ids.first, seats: 3 }],
    }));
    const officialIds = [await officialAt(first), await officialAt(first), await officialAt(first)];
    const ids = await nominate(server, cohortId, officialIds);
    await decide(server, [ids[0]!], 'WAITLIST');
    const more = { cohortId, officialIds: [await officialAt(first), await officialAt(first)] };
    expect(await refused('nominateOfficials', more)).toHaveLength(2);
    await withdraw(server, ids[1]!);
    await decide(server, [ids[2]!], 'DECLINE');
    await nominate(server, cohortId, more.officialIds);
  });

  test('are never exceeded, however many nominate at once', async () => {
    const { cohortId, first, officialAt } = await newWards((ids) => ({
      seats: [{ unitId: ids.first, seats: 3 }],
    }));
    const officialIds: string[] = [];
    for (let i = 0; i < 10; i++) officialIds.push(await officialAt(first));
    const answers = await Promise.all(
      officialIds.map((id) => refusals(server, 'nominateOfficials', { cohortId, officialIds: [id] })),
    );
    expect(answers.filter((errors) => errors.length === 0)).toHaveLength(3);
    expect(answers.flat().map(({ code }) => code)).toEqual(Array(7).fill('CAPACITY_EXCEEDED'));
  });

  test('cannot be fewer than it has sent, more than the places, twice, or of no unit', async () => {
    const { cohortId, district, first, second, officialAt } = await newWards(() => ({ capacity: 5 }));
    await nominate(server, cohortId, [await officialAt(first), await officialAt(first)]);
    const attempt = async (more: object) =>
      refused('reviseCohort', { cohortId, ...(await versionOf(cohortId)), ...more });
    const seats = (...given: [string, number][]) => ({
      seats: given.map(([unitId, each]) => ({ unitId, seats: each })),
    });
    expect(await attempt(seats([first, 1]))).toEqual(['CONFLICT input.seats.0.seats']);
    expect(await attempt(seats([second, 1]))).toEqual(['CONFLICT input.seats']);
    expect(await attempt(seats([first, 3], [second, 3]))).toEqual(['CAPACITY_EXCEEDED input.seats']);
    expect(await attempt(seats([first, 2], [first, 2]))).toEqual(['ALREADY_EXISTS input.seats.1.unitId']);
    expect(await attempt(seats([first, 2], [unknownId(first), 2]))).toEqual([
      'NOT_FOUND input.seats.1.unitId',
    ]);
    expect(await attempt(seats([first, 0]))).toEqual(['INVALID input.seats.0.seats']);
    await revise(cohortId, seats([first, 3], [second, 2]));
    expect(await attempt({ capacity: 4 })).toEqual(['CAPACITY_EXCEEDED input.capacity']);
    const plan = { code: `S-${district}`, name: 'Lớp', startsOn: '2024-01-01', hostUnitId: district };
    const { programme } = (
      await server.ask('query ($id: ID!) { cohort(id: $id) { programme { id } } }', { id: cohortId })
    ).data.cohort;
    const planned = { ...plan, programmeId: programme.id, capacity: 5, ...seats([first, 6]) };
    expect(await refused('planCohort', planned)).toEqual(['CAPACITY_EXCEEDED input.seats']);
  });

  test('are shown to the host and to the unit, as the learners whom it sends, and not told by events', async () => {
    const { cohortId, district, first, second, other } = await newWards();
    const before = await logEnd(server);
    await revise(cohortId, {
      seats: [first, second].map((unitId) => ({ unitId, seats: 4 })),
    });
    const tokenAt = (unitId: string) => tokenOf({ subject: unitId, role: Role.UNIT_MANAGER, unitId });
    expect(await seatsOf(cohortId, await tokenAt(district))).toHaveLength(2);
    expect(await seatsOf(cohortId, await tokenAt(first))).toEqual([[first, 4]]);
    expect(await seatsOf(cohortId, await tokenAt(other))).toEqual([]);
    expect(await seatsOf(cohortId, await tokenOf({ subject: 'viewer', role: Role.VIEWER }))).toEqual([]);
    const query = `query ($ids: [ID!], $after: EventCursor) {
      cohortEvents(filter: { cohortIds: $ids }, after: $after) { name changes { field from to } } }`;
    const { data } = await server.ask(query, { ids: [cohortId], after: before });
    expect(data.cohortEvents).toEqual([
      { name: 'cohort.revised', changes: [{ field: 'seats', from: null, to: null }] },
    ]);
  });
});

describe('the last day for nominations', () => {
  test('refuses later ones in both languages, and takes those of an earlier day', async () => {
    const { cohortId, first, officialAt } = await newWards(() => ({
      code: `H${Date.now()}`,
      nominationsUntil: '2024-02-15',
    }));
    const officialIds = [await officialAt(first)];
    const late = { cohortId, officialIds };
    expect(await refused('nominateOfficials', late)).toEqual(['ILLEGAL_TRANSITION input.cohortId']);
    const [vi] = await refusals(server, 'nominateOfficials', late, 'vi');
    expect(vi!.message).toMatch(/nhận danh sách cử người đến hết ngày 15\/02\/2024/);
    const [en] = await refusals(server, 'nominateOfficials', late);
    expect(en!.message).toMatch(/took nominations until 2024-02-15/);
    expect(await refused('nominateOfficials', { ...late, asOf: '2024-02-16' })).toEqual([
      'ILLEGAL_TRANSITION input.asOf',
    ]);
    const inTime = { ...late, asOf: '2024-02-15' };
    const { enrolments } = await must(server, 'nominateOfficials', inTime, 'enrolments { nominatedOn }');
    expect(enrolments).toEqual([{ nominatedOn: '2024-02-15' }]);
  });

  test('is put off by the host', async () => {
    const { cohortId, first, officialAt } = await newWards(() => ({ nominationsUntil: '2024-02-15' }));
    const officialIds = [await officialAt(first)];
    await revise(cohortId, { nominationsUntil: '2999-01-01' });
    await nominate(server, cohortId, officialIds);
    await revise(cohortId, { nominationsUntil: null });
    await nominate(server, cohortId, [await officialAt(first)]);
  });

  test('cannot lie after the end of the cohort', async () => {
    const { cohortId } = await newWards(() => ({ endsOn: '2024-05-01', nominationsUntil: '2024-04-01' }));
    const attempt = async (more: object) =>
      refused('reviseCohort', { cohortId, ...(await versionOf(cohortId)), ...more });
    expect(await attempt({ nominationsUntil: '2024-05-02' })).toEqual(['INVALID input.nominationsUntil']);
    expect(await attempt({ endsOn: '2024-03-15' })).toEqual(['INVALID input.endsOn']);
  });
});
