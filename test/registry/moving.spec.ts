// After a reorganisation: what closed units leave open, moving many officials at once, and the real reorganisation of
// 2025, whose figures agree by either attribution.
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newOrder,
  newPosition,
  newRequirement,
  newUnit,
  refusals,
} from '../support/world';

let server: TestServer;
let positionCode: string;
beforeAll(async () => {
  server = await startTestServer();
  positionCode = (await newPosition(server)).code;
});
afterAll(() => server.stop());

const NOBODY = '01jb0000000000000000000000';
const CLOSING = '2025-07-01';

async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const LEFT = `unit { id } assignmentCount assignments { id official { id } } cohortCount cohorts { id status }
  orderCount orders { id } requirementCount requirements { id }`;

/** Closes the units in favour of a new one below the same parent. */
async function close(ids: string[], parentId?: string): Promise<any> {
  const code = newCode('H');
  const open = [{ code, kind: 'WARD', name: `Phường ${code}`, ...(parentId && { parentId }) }];
  const successions = ids.map((predecessorId) => ({ predecessorId, successorCode: code, kind: 'MERGED' }));
  const input = { effectiveOn: CLOSING, closeIds: ids, open, successions };
  return must(server, 'reorganiseUnits', input, `opened { id } leftOpen { ${LEFT} }`);
}

const postsOf = async (officialId: string): Promise<any[]> =>
  (
    await read(
      `query ($id: ID!) { official(id: $id) {
        assignments { id unit { id } position { code } isManagerial validFrom validTo } } }`,
      { id: officialId },
    )
  ).official.assignments;

/** Officials of one unit, with the one post of each. */
async function staffOf(
  unitId: string,
  count: number,
): Promise<{ officialId: string; assignmentId: string }[]> {
  const staff = [];
  for (let i = 0; i < count; i++) {
    const officialId = (await newOfficial(server, { unitId, positionCode })).id;
    staff.push({ officialId, assignmentId: (await postsOf(officialId))[0].id as string });
  }
  return staff;
}

const entries = (staff: { assignmentId: string }[]) => staff.map(({ assignmentId }) => ({ assignmentId }));
const coded = (errors: { code: string; path: string[] }[]) =>
  errors.map(({ code, path }) => `${code} ${path.slice(1).join('.')}`);

describe('what closed units leave open', () => {
  it('is in the payload of the reorganisation: officials still assigned, running cohorts, orders and requirements', async () => {
    const { cohort, officialIds, unitId } = await newClass(server, 2);
    const planned = await newCohort(server, { hostUnitId: unitId, startsOn: '2025-01-01' });
    const over = await newCohort(server, { hostUnitId: unitId });
    await must(server, 'cancelCohort', { cohortId: over.id, reason: 'Hoãn' }, 'cursor');
    const [gone] = await staffOf(unitId, 1);
    await must(server, 'endAssignment', { assignmentId: gone!.assignmentId, until: '2025-06-30' }, 'cursor');
    const empty = (await newUnit(server)).id;
    const order = await newOrder(server, { unitId });
    await must(
      server,
      'cancelOrder',
      { orderId: (await newOrder(server, { unitId })).id, reason: 'Hoãn' },
      'cursor',
    );
    const duty = await newRequirement(server, { unitId });
    const { leftOpen } = await close([empty, unitId]);
    const nothing = { assignments: [], cohorts: [], orders: [], requirements: [] };
    const counts = { assignmentCount: 0, cohortCount: 0, orderCount: 0, requirementCount: 0 };
    expect(leftOpen).toEqual([
      { unit: { id: empty }, ...nothing, ...counts },
      {
        orderCount: 1,
        orders: [{ id: order.id }],
        requirementCount: 1,
        requirements: [{ id: duty.id }],
        unit: { id: unitId },
        assignmentCount: 2,
        assignments: expect.any(Array),
        cohortCount: 2,
        cohorts: [
          { id: cohort.id, status: 'IN_PROGRESS' },
          { id: planned.id, status: 'PLANNED' },
        ],
      },
    ]);
    expect(leftOpen[1].assignments.map(({ official }: any) => official.id).sort()).toEqual(
      [...officialIds].sort(),
    );
  });

  it('can be asked of a unit at any time, and is nothing while the unit is open or all were moved', async () => {
    const unitId = (await newUnit(server)).id;
    const staff = await staffOf(unitId, 3);
    const left = async () =>
      (
        await read(
          `query ($id: ID!) { unit(id: $id) { leftOpen { assignmentCount assignments(first: 2) { id } } } }`,
          { id: unitId },
        )
      ).unit.leftOpen;
    expect(await left()).toEqual({ assignmentCount: 0, assignments: [] });
    const { opened } = await close([unitId]);
    expect(await left()).toMatchObject({ assignmentCount: 3, assignments: [{}, {}] });
    const move = { moves: entries(staff), unitId: opened[0].id, from: CLOSING };
    await must(server, 'moveOfficials', move, 'cursor');
    expect(await left()).toEqual({ assignmentCount: 0, assignments: [] });
  });

  it('leaves out erased officials, who can no longer be moved', async () => {
    const unitId = (await newUnit(server)).id;
    const [official] = await staffOf(unitId, 1);
    await must(server, 'eraseOfficial', { officialId: official!.officialId }, 'cursor');
    expect((await close([unitId])).leftOpen[0].assignmentCount).toBe(0);
  });

  it('shows only the cohorts to callers who may not see persons', async () => {
    const { unitId } = await newClass(server, 1);
    await close([unitId]);
    const query = `{ unit(id: "${unitId}") { leftOpen { assignmentCount assignments { id } cohortCount } } }`;
    const { data } = await server.ask(query, {}, { as: null });
    expect(data.unit.leftOpen).toEqual({ assignmentCount: 0, assignments: [], cohortCount: 1 });
  });
});

describe('moving officials', () => {
  it('ends each old post the day before and begins the same position at the new unit', async () => {
    const [a, b] = [(await newUnit(server)).id, (await newUnit(server)).id];
    const [one, two] = [(await staffOf(a, 1))[0]!, (await staffOf(b, 1))[0]!];
    const managed = await must(
      server,
      'assignOfficial',
      {
        ...{ officialId: two.officialId, unitId: a, isManagerial: true },
        ...{ positionCode, since: '2024-01-01', until: '2026-12-31' },
      },
      'assignment { id }',
    );
    const { opened } = await close([a, b]);
    const other = (await newUnit(server)).id;
    const { assignments } = await must(
      server,
      'moveOfficials',
      {
        moves: [
          { assignmentId: one.assignmentId },
          { assignmentId: two.assignmentId, unitId: other },
          { assignmentId: managed.assignment.id },
        ],
        unitId: opened[0].id,
        from: CLOSING,
      },
      'assignments { official { id } unit { id } isManagerial validFrom validTo }',
    );
    const since = { validFrom: CLOSING, validTo: null, isManagerial: false };
    expect(assignments).toEqual([
      { official: { id: one.officialId }, unit: { id: opened[0].id }, ...since },
      { official: { id: two.officialId }, unit: { id: other }, ...since },
      {
        ...{ official: { id: two.officialId }, unit: { id: opened[0].id } },
        ...{ ...since, isManagerial: true, validTo: '2026-12-31' },
      },
    ]);
    expect(await postsOf(one.officialId)).toMatchObject([
      { id: one.assignmentId, unit: { id: a }, validTo: '2025-06-30' },
      { unit: { id: opened[0].id }, position: { code: positionCode }, validFrom: CLOSING },
    ]);
  });

  it('records two events for each: the post that ended, then the new one', async () => {
    const unitId = (await newUnit(server)).id;
    const staff = await staffOf(unitId, 2);
    const { opened } = await close([unitId]);
    const input = { moves: entries(staff), unitId: opened[0].id, from: CLOSING };
    const { assignments } = await must(server, 'moveOfficials', input, 'assignments { id }');
    const { auditTrail } = await read(
      '{ auditTrail(filter: { kinds: [CHANGE] }, first: 4) { action recordId } }',
    );
    const told = auditTrail.map(({ action, recordId }: any) => `${action} ${recordId}`).reverse();
    expect(told).toEqual(
      staff.flatMap(({ assignmentId }, i) => [
        `assignment.ended ${assignmentId}`,
        `official.assigned ${assignments[i].id}`,
      ]),
    );
  });

  it('names each wrong entry by its place, and then moves no official', async () => {
    const [unitId, closed, later] = [
      (await newUnit(server)).id,
      (await newUnit(server)).id,
      (await newUnit(server, { validFrom: '2025-08-01' })).id,
    ];
    const target = (await newUnit(server)).id;
    const [good, over, erased] = await staffOf(unitId, 3);
    const until = { assignmentId: over!.assignmentId, until: '2025-06-30' };
    await must(server, 'endAssignment', until, 'cursor');
    await must(server, 'eraseOfficial', { officialId: erased!.officialId }, 'cursor');
    const young = (await newOfficial(server, { unitId, positionCode, since: CLOSING })).id;
    await close([closed]);
    const before = await logEnd(server);
    const at = (assignmentId: string, to?: string) => ({ assignmentId, ...(to && { unitId: to }) });
    const wrong = [
      at(good!.assignmentId),
      at(over!.assignmentId),
      at(`assignment_${NOBODY}`),
      at(good!.assignmentId),
      at(erased!.assignmentId),
      at((await postsOf(young))[0].id),
      at(good!.assignmentId, closed),
      at(good!.assignmentId, later),
      at(good!.assignmentId, `unit_${NOBODY}`),
      at(good!.assignmentId, unitId),
    ];
    const told = await refusals(server, 'moveOfficials', { moves: wrong, unitId: target, from: CLOSING });
    expect(coded(told)).toEqual([
      'ILLEGAL_TRANSITION moves.1.assignmentId',
      'NOT_FOUND moves.2.assignmentId',
      'ALREADY_EXISTS moves.3.assignmentId',
      'NOT_ELIGIBLE moves.4.assignmentId',
      'INVALID moves.5.assignmentId',
      'UNIT_CLOSED moves.6.unitId',
      'ALREADY_EXISTS moves.6.assignmentId',
      'UNIT_CLOSED moves.7.unitId',
      'ALREADY_EXISTS moves.7.assignmentId',
      'NOT_FOUND moves.8.unitId',
      'ALREADY_EXISTS moves.8.assignmentId',
      'INVALID moves.9.assignmentId',
    ]);
    expect(await postsOf(good!.officialId)).toMatchObject([{ validTo: null }]);
    expect(await logEnd(server)).toBe(before);
  });

  it('refuses an entry without any target, a list of none, and one of more than a thousand', async () => {
    const [official] = await staffOf((await newUnit(server)).id, 1);
    const unitId = (await newUnit(server)).id;
    const send = async (input: object) =>
      coded(await refusals(server, 'moveOfficials', { from: CLOSING, ...input }));
    const move = { assignmentId: official!.assignmentId };
    expect(await send({ moves: [move] })).toEqual(['INVALID moves.0.unitId']);
    expect(await send({ moves: [], unitId })).toEqual(['INVALID moves']);
    expect(await send({ moves: Array(1_001).fill(move), unitId })).toEqual(['INVALID moves']);
  });

  it('refuses the same position at the same unit twice, whether held before or by the list itself', async () => {
    const [a, b, target] = [await newUnit(server), await newUnit(server), await newUnit(server)];
    const [official] = await staffOf(a.id, 1);
    const { officialId } = official!;
    const second = { officialId, unitId: b.id, positionCode, since: '2021-01-01' };
    const { assignment } = await must(server, 'assignOfficial', second, 'assignment { id }');
    const moves = [{ assignmentId: official!.assignmentId }, { assignmentId: assignment.id }];
    const told = (unitId: string, some = moves) =>
      refusals(server, 'moveOfficials', { moves: some, unitId, from: CLOSING });
    expect(coded(await told(target.id))).toEqual(['OVERLAPPING_PERIOD moves.1.assignmentId']);
    expect(coded(await told(b.id, moves.slice(0, 1)))).toEqual(['OVERLAPPING_PERIOD moves.0.assignmentId']);
  });

  it('is for the managers of both units only', async () => {
    const top = (await newUnit(server)).id;
    const [from, to, elsewhere] = [
      (await newUnit(server, { parentId: top })).id,
      (await newUnit(server, { parentId: top })).id,
      (await newUnit(server)).id,
    ];
    const [own] = await staffOf(from, 1);
    const [foreign] = await staffOf(elsewhere, 1);
    const token = await tokenOf({ subject: 'm', role: 'UNIT_MANAGER', unitId: top });
    const send = async (moves: object[], unitId: string) => {
      const query = `mutation ($input: MoveOfficialsInput!) { moveOfficials(input: $input) { userErrors { code path } } }`;
      const { data } = await server.ask(query, { input: { moves, unitId, from: CLOSING } }, { token });
      return coded(data.moveOfficials.userErrors);
    };
    expect(await send([...entries([own!, foreign!])], to)).toEqual(['NOT_FOUND moves.1.assignmentId']);
    expect(await send(entries([own!]), elsewhere)).toEqual(['NOT_FOUND unitId']);
    expect(await send(entries([own!]), to)).toEqual([]);
  });
});
