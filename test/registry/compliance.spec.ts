// Training requirements and compliance: who must meet them, who has, and how that changes with persons and units.
import { Role } from '../../src/access/policy';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newOfficial,
  newPosition,
  newProgramme,
  newRequirement,
  newSession,
  newTopic,
  newUnit,
  refusedUnlogged,
  unknownId,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;

const FIGURES = 'required met dueSoon overdue exempt';
const QUERY = `query ($requirementId: ID!, $unitId: ID!, $on: Date) {
  compliance(requirementId: $requirementId, unitId: $unitId, on: $on) {
    on ${FIGURES} cursor requirement { id } unit { id }
    units { unit { id } ${FIGURES} } lacking(first: 100) { totalCount nodes { id } } } }`;

async function compliance(
  requirementId: string,
  unitId: string,
  on?: string,
  how: object = {},
): Promise<Row> {
  const { data, errors } = await server.ask(QUERY, { requirementId, unitId, on }, how);
  expect(errors).toBeUndefined();
  return data.compliance;
}

/** Required, met, due soon, overdue, exempt, in short. */
async function figures(requirementId: string, unitId: string, on?: string): Promise<string> {
  return short(await compliance(requirementId, unitId, on));
}
const short = (row: Row) =>
  `${row.required}: ${row.met} met, ${row.dueSoon} due, ${row.overdue} overdue, ${row.exempt} exempt`;

async function lackers(requirementId: string, unitId: string, on?: string): Promise<string[]> {
  const { lacking } = await compliance(requirementId, unitId, on);
  expect(lacking.totalCount).toBe(lacking.nodes.length);
  return lacking.nodes.map(({ id }: Row) => id).sort();
}

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

/** A class whose learners all graduated on a day. */
async function graduated(programmeId: string, learners: number, graduatedOn: string, more: object = {}) {
  const made = await newClass(server, learners, { programmeId, ...more });
  const graduates = made.officialIds.map((officialId) => ({ officialId, graduatedOn }));
  const input = { cohortId: made.cohort.id, graduates };
  const { graduates: recorded } = await must(server, 'recordGraduates', input, 'graduates { id }');
  return { ...made, graduateIds: recorded.map(({ id }: Row) => id as string) };
}

async function attend(
  cohortId: string,
  officialId: string,
  heldOn: string,
  periods: number,
): Promise<string> {
  const { id } = await newSession(server, { cohortId, heldOn, periods });
  await must(server, 'recordAttendance', { sessionId: id, attendance: [{ officialId }] }, 'cursor');
  return id;
}

async function endPost(officialId: string, until: string): Promise<void> {
  const { data } = await server.ask(`{ official(id: "${officialId}") { assignments { id } } }`);
  const assignmentId = data.official.assignments[0].id as string;
  await must(server, 'endAssignment', { assignmentId, until }, 'assignment { id }');
}

const tomorrow = () => new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);

describe('a requirement', () => {
  const facts = { name: 'Bồi dưỡng', recurrence: 'YEARLY', validFrom: '2025-01-01' };
  const source = { title: 'Kế hoạch', date: '2024-12-01', url: 'https://hcmcpv.org.vn/ke-hoach' };

  test('says who, what, how often, from when and by which source, and is found on its days', async () => {
    const [unit, position, topic] = [
      await newUnit(server),
      await newPosition(server),
      await newTopic(server),
    ];
    const input = {
      ...{ ...facts, recurrence: 'EVERY_N_MONTHS', everyMonths: 24, validTo: '2030-12-31', source },
      ...{ positionCodes: [position.code], categories: ['CADRE'], unitKinds: ['WARD'] },
      ...{ unitId: unit.id, topicId: topic.id },
    };
    const selection = `requirement { id name positions { code } categories unitKinds unit { id }
      programme { id } topic { id } contentGroup periods recurrence everyMonths validFrom validTo
      source { title date url } version }`;
    const { requirement } = await must(server, 'addRequirement', input, selection);
    expect(requirement).toEqual({
      ...{ ...facts, recurrence: 'EVERY_N_MONTHS', everyMonths: 24, validTo: '2030-12-31', source },
      ...{ positions: [{ code: position.code }], categories: ['CADRE'], unitKinds: ['WARD'] },
      ...{ unit: { id: unit.id }, topic: { id: topic.id } },
      ...{ programme: null, contentGroup: null, periods: null, version: 1, id: requirement.id },
    });
    const found = async (on: string | null) => {
      const query = 'query ($on: Date) { trainingRequirements(on: $on, first: 100) { nodes { id } } }';
      const { nodes } = (await server.ask(query, { on })).data.trainingRequirements;
      return nodes.some(({ id }: Row) => id === requirement.id);
    };
    expect([await found(null), await found('2025-01-01'), await found('2030-12-31')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([await found('2024-12-31'), await found('2031-01-01')]).toEqual([false, false]);
  });

  test('that applies to no official is refused', async () => {
    const add = (more: object) => refused('addRequirement', { ...facts, source, periods: 40, ...more });
    expect(await add({})).toEqual(['INVALID input.positionCodes']);
    for (const field of ['positionCodes', 'categories', 'unitKinds']) {
      expect(await add({ [field]: [] })).toEqual([`INVALID input.${field}`]);
    }
    const unitId = (await newUnit(server)).id;
    expect(await add({ unitId, unitKinds: ['COMMUNE', 'DEPARTMENT'] })).toEqual(['INVALID input.unitKinds']);
    expect(await add({ unitId, validFrom: '2018-01-01', validTo: '2019-12-31' })).toEqual([
      'UNIT_CLOSED input.unitId',
    ]);
    const closing = {
      ...{ effectiveOn: '2024-01-01', closeIds: [unitId], open: [] },
      successions: [{ predecessorId: unitId, kind: 'DISSOLVED' }],
    };
    await must(server, 'reorganiseUnits', closing, 'cursor');
    expect(await add({ unitId })).toEqual(['UNIT_CLOSED input.unitId']);
    expect(await add({ positionCodes: [newCode('P')] })).toEqual(['NOT_FOUND input.positionCodes.0']);
    const { code } = await newPosition(server);
    expect(await add({ positionCodes: [code, ' '] })).toEqual(['INVALID input.positionCodes.1']);
  });

  test('that names no thing to learn, two things, or an impossible recurrence is refused', async () => {
    const unitId = (await newUnit(server)).id;
    const add = (more: object) => refused('addRequirement', { ...facts, source, unitId, ...more });
    expect(await add({})).toEqual(['INVALID input.programmeId']);
    expect(await add({ periods: 40, contentGroup: 'STATE_MANAGEMENT' })).toEqual([
      'INVALID input.programmeId',
    ]);
    for (const periods of [0, -1, 39.5]) expect(await add({ periods })).toEqual(['INVALID input.periods']);
    const rhythm = { periods: 40, recurrence: 'EVERY_N_MONTHS' };
    for (const everyMonths of [0, -12, 601]) {
      expect(await add({ ...rhythm, everyMonths })).toEqual(['INVALID input.everyMonths']);
    }
    expect(await add(rhythm)).toEqual(['INVALID input.everyMonths']);
    expect(await add({ periods: 40, everyMonths: 12 })).toEqual(['INVALID input.everyMonths']);
    expect(await add({ periods: 40, validTo: '2024-12-31' })).toEqual(['INVALID input.validTo']);
    expect(await add({ periods: 40, source: { title: ' ' } })).toEqual(['INVALID input.source.title']);
    expect(await add({ periods: 40, source: { title: 'x', url: 'here' } })).toEqual([
      'INVALID input.source.url',
    ]);
    const toCome = { title: 'x', date: '2999-01-01' };
    expect(await add({ periods: 40, source: toCome })).toEqual(['INVALID input.source.date']);
  });

  test('for the whole registry is for administrators', async () => {
    const token = await tokenOf({
      subject: 'm',
      role: Role.UNIT_MANAGER,
      unitId: (await newUnit(server)).id,
    });
    const input = { ...facts, source, periods: 40, categories: ['CADRE'] };
    const mutation = `mutation ($input: AddRequirementInput!) {
      addRequirement(input: $input) { userErrors { code path } } }`;
    const { data } = await server.ask(mutation, { input }, { token });
    expect(data.addRequirement.userErrors).toEqual([{ code: 'NOT_FOUND', path: ['input', 'unitId'] }]);
  });

  test('is revised in name and source, and ended once', async () => {
    const unitId = (await newUnit(server)).id;
    const { id: requirementId } = await newRequirement(server, { unitId });
    const revised = await must(
      server,
      'reviseRequirement',
      { requirementId, version: 1, name: 'Tên khác', source },
      'requirement { name version source { title date url } }',
    );
    expect(revised.requirement).toEqual({ name: 'Tên khác', version: 2, source });
    expect(await refused('reviseRequirement', { requirementId, version: 1, name: 'x' })).toEqual([
      'STALE_VERSION input.version',
    ]);
    expect(await refused('reviseRequirement', { requirementId, name: null })).toEqual(['INVALID input.name']);
    expect(await refused('reviseRequirement', { requirementId, source: null })).toEqual([
      'INVALID input.source',
    ]);
    const toCome = { title: 'x', date: '2999-01-01' };
    expect(await refused('reviseRequirement', { requirementId, source: toCome })).toEqual([
      'INVALID input.source.date',
    ]);
    const end = (until: string) => refused('endRequirement', { requirementId, until });
    expect(await end('2021-12-31')).toEqual(['INVALID input.until']);
    const ended = { requirementId, until: '2025-06-30' };
    await must(server, 'endRequirement', ended, 'requirement { id }');
    expect(await end('2025-06-30')).toEqual(['ILLEGAL_TRANSITION input.requirementId']);
    expect(await figures(requirementId, unitId, '2025-07-01')).toBe('0: 0 met, 0 due, 0 overdue, 0 exempt');
  });
});

describe('to which officials it applies', () => {
  test('are the officials in a fitting post at a fitting unit on the day', async () => {
    const top = (await newUnit(server, { kind: 'URBAN_DISTRICT' })).id;
    const [ward, other] = [
      (await newUnit(server, { parentId: top })).id,
      (await newUnit(server, { parentId: top })).id,
    ];
    const [secretary, chair, clerk] = [
      (await newPosition(server)).code,
      (await newPosition(server)).code,
      (await newPosition(server)).code,
    ];
    const official = async (unitId: string, positionCode: string, category = 'CADRE') =>
      (await newOfficial(server, { unitId, positionCode, category })).id;
    const bound = [
      await official(ward, secretary),
      await official(ward, chair),
      await official(other, chair),
    ].sort();
    await official(ward, clerk); // another position
    await official(top, chair); // another kind of unit
    await official(ward, chair, 'CIVIL_SERVANT'); // another category
    await official((await newUnit(server)).id, secretary); // elsewhere
    const { id } = await newRequirement(server, {
      ...{ unitId: top, positionCodes: [secretary, chair], categories: ['CADRE'], unitKinds: ['WARD'] },
      ...{ contentGroup: 'PROFESSIONAL_SKILLS', validFrom: '2025-01-01' },
    });
    expect(await lackers(id, top, '2025-02-01')).toEqual(bound);
    const { units, ...whole } = await compliance(id, top, '2025-02-01');
    expect(whole).toMatchObject({ on: '2025-02-01', requirement: { id }, unit: { id: top } });
    expect(whole.cursor).toBe(await logEnd(server));
    expect(short(whole)).toBe('3: 0 met, 3 due, 0 overdue, 0 exempt');
    expect(new Map(units.map((row: Row) => [row.unit.id, row.required]))).toEqual(
      new Map([
        [ward, 2],
        [other, 1],
      ]),
    );
    expect(await figures(id, ward, '2025-02-01')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await figures(id, top, '2024-12-31')).toBe('0: 0 met, 0 due, 0 overdue, 0 exempt');
  });

  test('changes when a post ends, another begins and units are reorganised, and stays as it was in the past', async () => {
    const top = (await newUnit(server, { kind: 'URBAN_DISTRICT' })).id;
    const ward = (await newUnit(server, { parentId: top })).id;
    const positionCode = (await newPosition(server)).code;
    const leaving = (await newOfficial(server, { unitId: ward, positionCode })).id;
    const staying = (await newOfficial(server, { unitId: ward, positionCode })).id;
    const { id } = await newRequirement(server, { unitId: top });
    expect(await lackers(id, top, '2024-06-01')).toEqual([leaving, staying].sort());
    await endPost(leaving, '2024-06-30');
    const coming = (await newOfficial(server, { unitId: ward, positionCode, since: '2024-07-01' })).id;
    expect(await lackers(id, top, '2024-06-30')).toEqual([leaving, staying].sort());
    expect(await lackers(id, top, '2024-07-01')).toEqual([staying, coming].sort());
    const code = newCode('U');
    await must(
      server,
      'reorganiseUnits',
      {
        ...{ effectiveOn: '2025-07-01', closeIds: [ward] },
        open: [{ code, kind: 'WARD', name: 'Phường mới', parentId: top }],
        successions: [{ predecessorId: ward, successorCode: code, kind: 'MERGED' }],
      },
      'opened { id }',
    );
    expect(await lackers(id, top, '2025-06-30')).toEqual([staying, coming].sort());
    expect(await lackers(id, top, '2025-07-01')).toEqual([]); // a closed unit has no staff
    const { data } = await server.ask(`{ unit(code: "${code}") { id } }`);
    const post = { officialId: staying, unitId: data.unit.id, positionCode, since: '2025-07-01' };
    await must(server, 'assignOfficial', post, 'assignment { id }');
    expect(await lackers(id, top, '2025-07-01')).toEqual([staying]);
    expect(await lackers(id, ward, '2025-07-01')).toEqual([staying]); // its successor stands for it
    expect(await lackers(id, top, '2025-06-30')).toEqual([staying, coming].sort());
  });

  test('counts an official with two fitting posts once as a person, and in each unit', async () => {
    const top = (await newUnit(server)).id;
    const [one, two] = [
      (await newUnit(server, { parentId: top })).id,
      (await newUnit(server, { parentId: top })).id,
    ];
    const positionCode = (await newPosition(server)).code;
    const officialId = (await newOfficial(server, { unitId: one, positionCode })).id;
    const post = { officialId, unitId: two, positionCode, since: '2021-01-01' };
    await must(server, 'assignOfficial', post, 'assignment { id }');
    const { id } = await newRequirement(server, { unitId: top });
    const { required, units } = await compliance(id, top, '2024-06-01');
    expect([required, units.map((row: Row) => row.required)]).toEqual([1, [1, 1]]);
  });
});

describe('after a reorganisation, a duty of the closed unit', () => {
  const before = '2025-06-30';
  const after = '2025-07-01';
  /** Closes units and opens wards that they became; [predecessor, place of the successor among the opened, more]. */
  async function reorganise(
    closeIds: string[],
    wards: number,
    links: [from: string, to: number | string | null, kind: string, isPartial?: boolean][],
    effectiveOn = after,
  ): Promise<{ ids: string[]; cursor: string }> {
    const open = Array.from({ length: wards }, () => newCode('U')).map((code) => ({
      ...{ code, kind: 'WARD', name: `Phường ${code}` },
    }));
    const successions = links.map(([predecessorId, to, kind, isPartial = false]) => ({
      ...{ predecessorId, kind, isPartial },
      ...(typeof to === 'number' && { successorCode: open[to]!.code }),
      ...(typeof to === 'string' && { successorId: to }),
    }));
    const input = { effectiveOn, closeIds, open, successions };
    const { opened, cursor } = await must(server, 'reorganiseUnits', input, 'cursor opened { id }');
    return { ids: opened.map(({ id }: Row) => id), cursor };
  }
  const serving = async (unitId: string, since = '2021-01-01') =>
    (await newOfficial(server, { unitId, since })).id;
  const move = async (officialId: string, unitId: string, since = after) => {
    const positionCode = (await newPosition(server)).code;
    await must(server, 'assignOfficial', { officialId, unitId, positionCode, since }, 'cursor');
  };
  const ward = async (more: object = {}) => (await newUnit(server, more)).id;

  test('applies to all officials of the unit it was merged into, and below; all of them have the year', async () => {
    const [old, other] = [await ward(), await ward()];
    const [moved, stranger] = [await serving(old), await serving(other)];
    const { id } = await newRequirement(server, { unitId: old });
    const [next] = (
      await reorganise([old, other], 1, [
        [old, 0, 'MERGED'],
        [other, 0, 'MERGED'],
      ])
    ).ids;
    const below = await ward({ parentId: next, validFrom: after });
    await move(moved, next!);
    await move(stranger, below);
    for (const at of [old, next!]) expect(await lackers(id, at, after)).toEqual([moved, stranger].sort());
    expect(await figures(id, next!, after)).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await lackers(id, below, after)).toEqual([stranger]);
    // The past does not change: there the successors do not stand for the unit yet.
    expect(await lackers(id, old, before)).toEqual([moved]);
    expect([await lackers(id, other, before), await lackers(id, next!, before)]).toEqual([[], []]);
    expect(await lackers(id, other, after)).toEqual([moved, stranger].sort());
  });

  test('binds all parts it was split into, and what those became', async () => {
    const old = await ward();
    const { id } = await newRequirement(server, { unitId: old });
    const first = await reorganise(
      [old],
      2,
      [
        [old, 0, 'SPLIT', true],
        [old, 1, 'SPLIT', true],
      ],
      '2024-01-01',
    );
    const [one, two] = first.ids as [string, string];
    const people = [await serving(one, '2024-01-01'), await serving(two, '2024-01-01')];
    const [three] = (await reorganise([one], 1, [[one, 0, 'RENAMED']])).ids as [string];
    await move(people[0]!, three);
    expect(await lackers(id, old, before)).toEqual([...people].sort());
    expect(await lackers(id, old, after)).toEqual([...people].sort());
    expect(await lackers(id, three, after)).toEqual([people[0]]);
    expect(await lackers(id, old, '2023-12-31')).toEqual([]);
  });

  test('applies at a unit that got a part of it when it closed, not at one that got a part before', async () => {
    const [old, whole, part, early] = [await ward(), await ward(), await ward(), await ward()];
    const people = [await serving(old), await serving(whole), await serving(part), await serving(early)];
    const { id } = await newRequirement(server, { unitId: old });
    await reorganise([], 0, [[old, early, 'TRANSFERRED', true]], '2024-01-01');
    expect(await lackers(id, old, '2024-01-01')).toEqual([people[0]]);
    await reorganise([old], 0, [
      [old, whole, 'MERGED'],
      [old, part, 'TRANSFERRED', true],
    ]);
    expect(await lackers(id, old, after)).toEqual([people[1], people[2]].sort());
    expect(await lackers(id, early, after)).toEqual([]);
  });

  test('follows the wards of a district that was dissolved, as of their last day together', async () => {
    const district = await ward({ kind: 'URBAN_DISTRICT' });
    const [last, left, elsewhere] = [
      await ward({ parentId: district }),
      await ward({ parentId: district }),
      await ward(),
    ];
    await serving(elsewhere);
    const gone = await serving(left);
    const { id } = await newRequirement(server, { unitId: district, unitKinds: ['WARD'] });
    // A ward that goes to another district leaves the duty, then and for ever.
    await reorganise([left], 0, [[left, elsewhere, 'MERGED']], '2024-01-01');
    await move(gone, elsewhere, '2024-01-01');
    expect(await lackers(id, district, '2024-01-01')).toEqual([]);
    const [next] = (
      await reorganise([district, last], 1, [
        [district, null, 'DISSOLVED'],
        [last, 0, 'MERGED'],
      ])
    ).ids as [string];
    const official = await serving(next, after);
    expect(await lackers(id, district, after)).toEqual([official]);
    expect(await lackers(id, elsewhere, after)).toEqual([]);
  });

  test('applies to no official when the unit has no successor, or successors of other kinds', async () => {
    const [old, alone] = [await ward(), await ward()];
    const { id } = await newRequirement(server, { unitId: old, unitKinds: ['WARD'] });
    const dissolved = await newRequirement(server, { unitId: alone });
    const office = await ward({ kind: 'DEPARTMENT' });
    const officialId = await serving(office);
    await reorganise([old, alone], 0, [
      [old, office, 'MERGED'],
      [alone, null, 'DISSOLVED'],
    ]);
    for (const each of [id, dissolved.id]) expect(await lackers(each, office, after)).toEqual([]);
    const all = await newRequirement(server, { unitId: office });
    expect(await lackers(all.id, old, after)).toEqual([officialId]);
    expect(await lackers(all.id, alone, after)).toEqual([]);
  });

  test('is not revived when it had ended, or another took its place', async () => {
    const old = await ward();
    const ended = await newRequirement(server, { unitId: old, validTo: before });
    const replaced = await newRequirement(server, { unitId: old });
    const { ids } = await reorganise([old], 1, [[old, 0, 'RENAMED']]);
    const [next] = ids as [string];
    await must(server, 'endRequirement', { requirementId: replaced.id, until: '2025-08-31' }, 'cursor');
    const another = await newRequirement(server, { unitId: next, validFrom: '2025-09-01' });
    const officialId = await serving(next, after);
    expect(await lackers(ended.id, next, after)).toEqual([]);
    expect(await lackers(replaced.id, next, '2025-08-31')).toEqual([officialId]);
    expect(await lackers(replaced.id, next, '2025-09-01')).toEqual([]);
    expect(await lackers(another.id, next, '2025-09-01')).toEqual([officialId]);
    const refusal = await refused('addRequirement', {
      ...{ name: 'Bồi dưỡng', recurrence: 'YEARLY', validFrom: after, periods: 40, unitId: old },
      source: { title: 'Kế hoạch' },
    });
    expect(refusal).toEqual(['UNIT_CLOSED input.unitId']); // a new one names the successor
  });

  test('can be waived by a manager of one successor for its own staff, and ended by a manager of all of them', async () => {
    const above = await ward({ kind: 'MUNICIPALITY' });
    const old = await ward({ parentId: above });
    const { id: requirementId } = await newRequirement(server, { unitId: old });
    const top = await ward({ kind: 'MUNICIPALITY' });
    const [one, two] = (await Promise.all([1, 2].map(() => ward({ parentId: top })))) as [string, string];
    const [office, stranger] = [await ward({ parentId: one }), await ward()];
    await reorganise([old], 0, [
      [old, one, 'SPLIT', true],
      [old, two, 'SPLIT', true],
    ]);
    const [own, other] = [await serving(office), await serving(two)];
    const reason = 'Nghỉ thai sản';
    const as = async (unitId: string, name: string, input: object) => {
      const token = await tokenOf({ subject: newCode('manager-'), role: Role.UNIT_MANAGER, unitId });
      const type = name[0]!.toUpperCase() + name.slice(1);
      const query = `mutation ($input: ${type}Input!) { ${name}(input: $input) { userErrors { code path } } }`;
      const { data } = await server.ask(query, { input }, { token });
      return data[name].userErrors.map(({ code, path }: Row) => `${code} ${path.join('.')}`);
    };
    const end = await logEnd(server);
    const noRequirement = ['NOT_FOUND input.requirementId'];
    expect(await as(stranger, 'exemptOfficial', { requirementId, officialId: own, reason })).toEqual([
      'NOT_FOUND input.officialId',
    ]);
    expect(await as(one, 'exemptOfficial', { requirementId, officialId: other, reason })).toEqual([
      'NOT_FOUND input.officialId',
    ]);
    const ending = { requirementId, until: '2098-12-31' };
    expect(await as(one, 'endRequirement', ending)).toEqual(noRequirement);
    expect(await as(one, 'reviseRequirement', { requirementId, name: 'x' })).toEqual(noRequirement);
    expect(await logEnd(server)).toBe(end);
    expect(await as(one, 'exemptOfficial', { requirementId, officialId: own, reason })).toEqual([]);
    expect((await compliance(requirementId, old)).exempt).toBe(1);
    const { data } = await server.ask(`{ official(id: "${own}") { exemptions { id } } }`);
    const taking = { exemptionId: data.official.exemptions[0].id as string, reason };
    expect(await as(two, 'revokeExemption', taking)).toEqual(['NOT_FOUND input.exemptionId']);
    expect(await as(one, 'revokeExemption', taking)).toEqual([]);
    expect(await as(top, 'reviseRequirement', { requirementId, name: 'Tên khác' })).toEqual([]);
    expect(await as(top, 'endRequirement', ending)).toEqual([]);
    expect(await lackers(requirementId, top, '2099-01-01')).toEqual([]);
  });

  test('is sent live, only to callers who reach all successors of the unit', async () => {
    const old = await ward();
    const next = await ward();
    const [staying, there] = [await serving(old), await serving(next)];
    const { id } = await newRequirement(server, { unitId: old });
    const token = await tokenOf({ subject: newCode('manager-'), role: Role.UNIT_MANAGER, unitId: old });
    expect(await compliance(id, old, after, { token })).toMatchObject({ required: 1 });
    const client = await connect(server.url);
    const subscriber = client.subscribe<Row>(
      `subscription { complianceChanged(requirementId: "${id}", unitId: "${old}") {
        required cursor lacking(first: 9) { nodes { id } } } }`,
    );
    const told = async () => (await subscriber.next()).data!.complianceChanged as Row;
    expect((await told()).lacking.nodes).toEqual([{ id: staying }]);
    const { cursor } = await reorganise([old], 0, [[old, next, 'MERGED']]);
    let now = await told();
    while (now.cursor !== cursor) now = await told();
    expect(now.lacking.nodes).toEqual([{ id: there }]);
    await client.close();
    expect(await compliance(id, old, after, { token })).toBeNull();
    expect(await compliance(id, old, before, { token })).toMatchObject({ required: 1 });
  });
});

describe('when it is met', () => {
  test('is met by a graduation from the programme in the year, until it is revoked', async () => {
    const programmeId = (await newProgramme(server)).id;
    const { unitId, graduateIds } = await graduated(programmeId, 2, '2025-05-10');
    const { id } = await newRequirement(server, { unitId, programmeId });
    const other = await newRequirement(server, { unitId, programmeId: (await newProgramme(server)).id });
    expect(await figures(id, unitId, '2025-05-09')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-05-10')).toBe('2: 2 met, 0 due, 0 overdue, 0 exempt');
    expect(await figures(other.id, unitId, '2025-05-10')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2026-01-01')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt'); // every year again
    await must(server, 'revokeGraduate', { graduateId: graduateIds[0] }, 'graduate { id }');
    expect(await figures(id, unitId, '2025-05-10')).toBe('2: 1 met, 1 due, 0 overdue, 0 exempt');
  });

  test('of a year is overdue once that year has ended, whatever was missed the year before', async () => {
    const { unitId } = await newClass(server, 2);
    const { id } = await newRequirement(server, { unitId, periods: 40, validFrom: '2024-01-01' });
    expect(await figures(id, unitId, '2024-12-30')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2024-12-31')).toBe('2: 0 met, 0 due, 2 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-11-29')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-12-31')).toBe('2: 0 met, 0 due, 2 overdue, 0 exempt');
  });

  test('is met by a graduation from any programme about the topic, or of the content group', async () => {
    const topicIds = [(await newTopic(server)).id];
    const content = { topicIds, contentGroup: 'DEFENCE_SECURITY' };
    const programmeId = (await newProgramme(server, content)).id;
    const { unitId } = await graduated(programmeId, 1, '2025-05-10');
    const met = '1: 1 met, 0 due, 0 overdue, 0 exempt';
    const about = await newRequirement(server, { unitId, topicId: topicIds[0] });
    expect(await figures(about.id, unitId, '2025-12-31')).toBe(met);
    const group = await newRequirement(server, { unitId, contentGroup: 'DEFENCE_SECURITY' });
    expect(await figures(group.id, unitId, '2025-12-31')).toBe(met);
    const theory = await newRequirement(server, { unitId, contentGroup: 'POLITICAL_THEORY' });
    expect(await figures(theory.id, unitId, '2025-12-31')).toBe('1: 0 met, 0 due, 1 overdue, 0 exempt');
  });

  test('is met by enough attended periods of the year, without cancelled sessions', async () => {
    const { cohort, officialIds, unitId } = await newClass(server, 2);
    const officialId = officialIds[0]!;
    const { id } = await newRequirement(server, { unitId, periods: 40, validFrom: '2024-01-01' });
    await attend(cohort.id, officialId, '2024-12-30', 8);
    await attend(cohort.id, officialId, '2025-03-01', 32);
    expect(await figures(id, unitId, '2025-03-01')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    const last = await attend(cohort.id, officialId, '2025-03-02', 8);
    expect(await figures(id, unitId, '2025-03-01')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-03-02')).toBe('2: 1 met, 1 due, 0 overdue, 0 exempt');
    expect(await lackers(id, unitId, '2025-03-02')).toEqual([officialIds[1]]);
    await must(server, 'cancelSession', { sessionId: last, reason: 'Ghi nhầm' }, 'session { id }');
    expect(await figures(id, unitId, '2025-03-02')).toBe('2: 0 met, 2 due, 0 overdue, 0 exempt');
  });

  test('moves live when attendance is corrected', async () => {
    const { cohort, officialIds, unitId } = await newClass(server, 1);
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
    const sessionId = await attend(cohort.id, officialIds[0]!, today, 40);
    const { id } = await newRequirement(server, { unitId, periods: 40 });
    const client = await connect(server.url);
    const subscriber = client.subscribe<Row>(
      `subscription { complianceChanged(requirementId: "${id}", unitId: "${unitId}") { ${FIGURES} cursor } }`,
    );
    const next = async () => (await subscriber.next()).data!.complianceChanged as Row;
    expect((await next()).met).toBe(1);
    const attendance = [{ officialId: officialIds[0], periods: 39 }];
    const { cursor } = await must(server, 'correctAttendance', { sessionId, attendance }, 'cursor');
    let told = await next();
    while (told.cursor !== cursor) told = await next();
    expect([told.met, told.required]).toEqual([0, 1]);
    await client.close();
  });

  test('has done it once for all times where it is required once, also before', async () => {
    const programmeId = (await newProgramme(server)).id;
    const { unitId } = await graduated(programmeId, 1, '2024-05-10');
    await newOfficial(server, { unitId });
    const { id } = await newRequirement(server, {
      ...{ unitId, programmeId, recurrence: 'ONCE', validFrom: '2025-03-01' },
    });
    expect(await figures(id, unitId, '2025-12-31')).toBe('2: 1 met, 1 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2026-01-01')).toBe('2: 1 met, 0 due, 1 overdue, 0 exempt');
  });

  test('is good for so many months where it is required every so many months', async () => {
    const programmeId = (await newProgramme(server)).id;
    const { unitId } = await graduated(programmeId, 1, '2024-08-31');
    await newOfficial(server, { unitId, since: '2024-10-15' });
    const { id } = await newRequirement(server, {
      ...{ unitId, programmeId, recurrence: 'EVERY_N_MONTHS', everyMonths: 6 },
    });
    expect(await figures(id, unitId, '2025-02-27')).toBe('2: 1 met, 1 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-02-28')).toBe('2: 1 met, 1 due, 0 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-03-01')).toBe('2: 0 met, 1 due, 1 overdue, 0 exempt');
    expect(await figures(id, unitId, '2025-04-15')).toBe('2: 0 met, 0 due, 2 overdue, 0 exempt');
  });
});

describe('an exemption', () => {
  const reason = 'Nghỉ thai sản';

  test('excludes an official from its first day to its last', async () => {
    const unitId = (await newUnit(server)).id;
    const officialId = (await newOfficial(server, { unitId })).id;
    const { id: requirementId } = await newRequirement(server, { unitId });
    const from = tomorrow();
    const input = { requirementId, officialId, from, until: '2098-12-31', reason };
    const selection = 'exemption { id requirement { id } official { id } validFrom validTo reason }';
    const { exemption } = await must(server, 'exemptOfficial', input, selection);
    expect(exemption).toEqual({
      ...{ id: exemption.id, requirement: { id: requirementId }, official: { id: officialId } },
      ...{ validFrom: from, validTo: '2098-12-31', reason },
    });
    const lacks = await compliance(requirementId, unitId);
    expect([lacks.required, lacks.exempt]).toEqual([1, 0]);
    expect(await figures(requirementId, unitId, from)).toBe('0: 0 met, 0 due, 0 overdue, 1 exempt');
    expect(await lackers(requirementId, unitId, '2098-12-31')).toEqual([]);
    expect(await figures(requirementId, unitId, '2099-01-01')).toBe('1: 0 met, 1 due, 0 overdue, 0 exempt');
  });

  test('is refused after the fact, without a reason, where nothing applies, and twice at a time', async () => {
    const programmeId = (await newProgramme(server)).id;
    const { unitId, officialIds } = await graduated(programmeId, 1, '2024-05-10');
    const once = { unitId, programmeId, recurrence: 'ONCE' };
    const { id: requirementId } = await newRequirement(server, once);
    const officialId = (await newOfficial(server, { unitId })).id;
    const exempt = (more: object) =>
      refused('exemptOfficial', { requirementId, officialId, reason, ...more });
    expect(await exempt({ from: '2024-01-01' })).toEqual(['INVALID input.from']);
    expect(await exempt({ from: '2024-01-01', until: '2024-12-31' })).toEqual(['INVALID input.from']);
    expect(await exempt({ until: '2024-12-31' })).toEqual(['INVALID input.until']);
    expect(await exempt({ reason: ' ' })).toEqual(['INVALID input.reason']);
    expect(await exempt({ officialId: officialIds[0] })).toEqual(['NOT_ELIGIBLE input.officialId']);
    const stranger = (await newOfficial(server)).id;
    expect(await exempt({ officialId: stranger })).toEqual(['NOT_ELIGIBLE input.officialId']);
    expect(await figures(requirementId, unitId)).toBe('2: 1 met, 0 due, 1 overdue, 0 exempt');
    await must(server, 'exemptOfficial', { requirementId, officialId, reason }, 'cursor');
    expect(await exempt({ from: tomorrow() })).toEqual(['OVERLAPPING_PERIOD input.from']);
    expect(await figures(requirementId, unitId)).toBe('1: 1 met, 0 due, 0 overdue, 1 exempt');
  });

  test('is for callers who reach the official, whichever unit set the requirement', async () => {
    const [top, category] = [(await newUnit(server)).id, 'PUBLIC_EMPLOYEE'];
    const unitId = (await newUnit(server, { parentId: top })).id;
    const officialId = (await newOfficial(server, { unitId, category })).id;
    const own = await newRequirement(server, { unitId });
    const ofTheCity = await newRequirement(server, { unitId: top });
    const everywhere = { categories: [category], periods: 40, recurrence: 'YEARLY', validFrom: '2025-01-01' };
    const { requirement } = await must(
      server,
      'addRequirement',
      { ...everywhere, name: 'Cả thành phố', source: { title: 'Văn bản mẫu' } },
      'requirement { id }',
    );
    const exempting = (reach: string) => async (requirementId: string) => {
      const token = await tokenOf({ subject: newCode('m-'), role: Role.UNIT_MANAGER, unitId: reach });
      const query =
        'mutation ($input: ExemptOfficialInput!) { exemptOfficial(input: $input) { userErrors { code path } } }';
      const input = { requirementId, officialId, reason };
      const { data } = await server.ask(query, { input }, { token });
      return data.exemptOfficial.userErrors.map(({ code, path }: Row) => `${code} ${path.join('.')}`);
    };
    const neighbour = (await newUnit(server, { parentId: top })).id;
    const before = await logEnd(server);
    for (const { id } of [own, ofTheCity, requirement])
      expect(await exempting(neighbour)(id)).toEqual(['NOT_FOUND input.officialId']);
    expect(await exempting(unitId)(unknownId(own.id))).toEqual(['NOT_FOUND input.requirementId']);
    expect(await logEnd(server)).toBe(before);
    for (const { id } of [own, ofTheCity]) expect(await exempting(unitId)(id)).toEqual([]);
    expect(await exempting(top)(requirement.id)).toEqual([]);
  });

  test('from a day of the past needs the number of the decision, which comes after the leave has begun', async () => {
    const unitId = (await newUnit(server)).id;
    const officialId = (await newOfficial(server, { unitId })).id;
    const { id: requirementId } = await newRequirement(server, { unitId });
    const leave = { requirementId, officialId, reason, from: '2024-03-01', until: '2024-12-31' };
    expect(await refused('exemptOfficial', leave)).toEqual(['INVALID input.from']);
    const input = { ...leave, decisionNumber: '45/QĐ-UBND' };
    const { exemption } = await must(
      server,
      'exemptOfficial',
      input,
      'exemption { validFrom decisionNumber }',
    );
    expect(exemption).toEqual({ validFrom: '2024-03-01', decisionNumber: '45/QĐ-UBND' });
    expect((await compliance(requirementId, unitId, '2024-12-31')).exempt).toBe(1);
    expect((await compliance(requirementId, unitId, '2025-01-01')).exempt).toBe(0);
  });

  describe('that is revoked', () => {
    const why = 'Đã đi làm lại';
    const given = async (more: object = {}) => {
      const unitId = (await newUnit(server)).id;
      const officialId = (await newOfficial(server, { unitId })).id;
      const { id: requirementId } = await newRequirement(server, { unitId });
      const input = { requirementId, officialId, reason, ...more };
      const { exemption } = await must(server, 'exemptOfficial', input, 'exemption { id validFrom }');
      return { unitId, officialId, requirementId, exemptionId: exemption.id, began: exemption.validFrom };
    };
    const revoke = (input: object) =>
      must(
        server,
        'revokeExemption',
        { reason: why, ...input },
        'exemption { revokedFrom revocationReason }',
      );
    const told = '{ required exempt lacking(first: 9) { nodes { id } } }';

    test('holds to the day before, and then no more', async () => {
      const { unitId, officialId, requirementId, exemptionId, began } = await given({ until: '2098-12-31' });
      const { exemption } = await revoke({ exemptionId, from: tomorrow() });
      expect(exemption).toEqual({ revokedFrom: tomorrow(), revocationReason: why });
      expect(await figures(requirementId, unitId, began)).toBe('0: 0 met, 0 due, 0 overdue, 1 exempt');
      expect(await lackers(requirementId, unitId, tomorrow())).toEqual([officialId]);
      expect((await compliance(requirementId, unitId, '2098-12-31')).exempt).toBe(0);
    });

    test('is over at once, and makes room for another', async () => {
      const { unitId, officialId, requirementId, exemptionId } = await given();
      const client = await connect(server.url);
      const subscriber = client.subscribe<Row>(
        `subscription { complianceChanged(requirementId: "${requirementId}", unitId: "${unitId}") ${told} }`,
      );
      const next = async () => (await subscriber.next()).data!.complianceChanged;
      expect(await next()).toEqual({ required: 0, exempt: 1, lacking: { nodes: [] } });
      await revoke({ exemptionId });
      let now = await next();
      while (now.required === 0) now = await next(); // an earlier change may still send a tick
      expect(now).toEqual({ required: 1, exempt: 0, lacking: { nodes: [{ id: officialId }] } });
      await client.close();
      await must(server, 'exemptOfficial', { requirementId, officialId, reason }, 'cursor');
      expect((await compliance(requirementId, unitId)).exempt).toBe(1);
    });

    test('before it began never held', async () => {
      const { unitId, requirementId, exemptionId } = await given({ from: '2098-01-01' });
      const { exemption } = await revoke({ exemptionId });
      expect(exemption.revokedFrom).toBe('2098-01-01');
      expect((await compliance(requirementId, unitId, '2098-01-01')).exempt).toBe(0);
    });

    test('is refused twice, without a reason, after the fact and for days on which it does not hold', async () => {
      const { exemptionId, officialId, requirementId } = await given({
        from: tomorrow(),
        until: '2098-12-31',
      });
      const attempt = (more: object) => refused('revokeExemption', { exemptionId, reason: why, ...more });
      expect(await attempt({ reason: ' ' })).toEqual(['INVALID input.reason']);
      expect(await attempt({ from: '2024-01-01' })).toEqual(['INVALID input.from']); // has passed
      const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
      expect(await attempt({ from: today })).toEqual(['INVALID input.from']); // before it begins
      expect(await attempt({ from: '2099-01-01' })).toEqual(['INVALID input.from']);
      expect(await attempt({ exemptionId: `${exemptionId.slice(0, -6)}000000` })).toEqual([
        'NOT_FOUND input.exemptionId',
      ]);
      expect(await attempt({ exemptionId: officialId })).toEqual(['INVALID input.exemptionId']);
      await revoke({ exemptionId });
      expect(await attempt({})).toEqual(['ILLEGAL_TRANSITION input.exemptionId']);
      // Days it no longer covers are free, and those it still covers are not.
      const again = { requirementId, officialId, reason };
      const later = await must(
        server,
        'exemptOfficial',
        { ...again, from: '2098-01-01' },
        'exemption { id }',
      );
      await revoke({ exemptionId: later.exemption.id, from: '2098-03-01' });
      expect(await refused('exemptOfficial', { ...again, from: '2098-02-28' })).toEqual([
        'OVERLAPPING_PERIOD input.from',
      ]);
      await must(server, 'exemptOfficial', { ...again, from: '2098-03-01' }, 'cursor');
    });

    test('is for callers who reach the official, whichever unit set the requirement', async () => {
      const top = (await newUnit(server)).id;
      const unitId = (await newUnit(server, { parentId: top })).id;
      const officialId = (await newOfficial(server, { unitId })).id;
      const { id: requirementId } = await newRequirement(server, { unitId: top });
      const sparing = { requirementId, officialId, reason };
      const { exemption } = await must(server, 'exemptOfficial', sparing, 'exemption { id }');
      const input = { exemptionId: exemption.id, reason: why };
      const mutation = `mutation ($input: RevokeExemptionInput!) {
        revokeExemption(input: $input) { exemption { revocationReason } userErrors { code path } } }`;
      const as = async (where: string) => {
        const token = await tokenOf({ subject: newCode('manager-'), role: Role.UNIT_MANAGER, unitId: where });
        return (await server.ask(mutation, { input }, { token })).data.revokeExemption;
      };
      const notFound = [{ code: 'NOT_FOUND', path: ['input', 'exemptionId'] }];
      expect(await as((await newUnit(server)).id)).toEqual({ exemption: null, userErrors: notFound });
      expect(await as(unitId)).toEqual({ exemption: { revocationReason: why }, userErrors: [] });
    });
  });

  test('is listed with the official and, within reach, with the requirement; a requirement with the unit', async () => {
    const top = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: top })).id;
    const officialId = (await newOfficial(server, { unitId })).id;
    const { id: requirementId } = await newRequirement(server, { unitId: top, name: 'Trên' });
    const own = (await newRequirement(server, { unitId, name: 'Dưới' })).id;
    await newRequirement(server, { unitId: (await newUnit(server)).id });
    const sparing = { requirementId, officialId, reason };
    const ids: string[] = [];
    for (const days of [{ from: '2098-01-01' }, { until: '2090-12-31' }]) {
      const { exemption } = await must(server, 'exemptOfficial', { ...sparing, ...days }, 'exemption { id }');
      ids.unshift(exemption.id);
    }
    const listed = async (where: string) => {
      const query = `{ requirement: node(id: "${requirementId}") { ... on TrainingRequirement {
          exemptions(first: 9) { totalCount nodes { id } } } }
        official(id: "${officialId}") { exemptions { id } }
        unit(id: "${unitId}") { requirements(first: 9) { nodes { id } } } }`;
      const token = await tokenOf({ subject: newCode('manager-'), role: Role.UNIT_MANAGER, unitId: where });
      return (await server.ask(query, {}, { token })).data;
    };
    const exemptions = ids.map((id) => ({ id }));
    const unit = { requirements: { nodes: [{ id: own }, { id: requirementId }] } };
    expect(await listed(unitId)).toEqual({
      ...{
        requirement: { exemptions: { totalCount: 2, nodes: exemptions } },
        official: { exemptions },
        unit,
      },
    });
    expect(await listed((await newUnit(server)).id)).toEqual({
      ...{ requirement: { exemptions: { totalCount: 0, nodes: [] } }, official: null, unit },
    });
  });

  test('shows its reason within reach only, and loses it when the person is erased', async () => {
    const unitId = (await newUnit(server)).id;
    const officialId = (await newOfficial(server, { unitId })).id;
    const { id: requirementId } = await newRequirement(server, { unitId });
    const input = { requirementId, officialId, reason };
    const { exemption } = await must(server, 'exemptOfficial', input, 'exemption { id }');
    const read = async (token?: string) => {
      const query = `{ node(id: "${exemption.id}") { ... on RequirementExemption { reason revocationReason } } }`;
      return (await server.ask(query, {}, { token })).data.node;
    };
    const manager = async (where: string) =>
      tokenOf({ subject: `manager of ${where}`, role: Role.UNIT_MANAGER, unitId: where });
    expect(await read(await manager(unitId))).toEqual({ reason, revocationReason: null });
    expect(await read(await manager((await newUnit(server)).id))).toBeNull();
    await must(server, 'revokeExemption', { exemptionId: exemption.id, reason: `${reason} xong` }, 'cursor');
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    expect((await read()).reason).not.toContain(reason);
    expect((await read()).revocationReason).toBeNull();
    expect(await figures(requirementId, unitId)).toBe('0: 0 met, 0 due, 0 overdue, 0 exempt');
  });
});

describe('compliance', () => {
  test('is shown to callers who reach the unit, and null elsewhere and for unknown ids', async () => {
    const top = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: top })).id;
    const officialId = (await newOfficial(server, { unitId })).id;
    const { id } = await newRequirement(server, { unitId: top });
    const token = await tokenOf({ subject: 'manager', role: Role.UNIT_MANAGER, unitId });
    expect(await compliance(id, unitId, undefined, { token })).toMatchObject({
      required: 1,
      lacking: { nodes: [{ id: officialId }] },
    });
    expect(await compliance(id, top, undefined, { token })).toBeNull();
    expect(await compliance(`${id.slice(0, -6)}000000`, unitId)).toBeNull();
    expect(await compliance(id, `${unitId.slice(0, -6)}000000`)).toBeNull();
    for (const [requirementId, where] of [
      [unitId, unitId],
      [id, id],
      ['x', unitId],
    ]) {
      const { errors } = await server.ask(QUERY, { requirementId, unitId: where });
      expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
    }
    const { errors } = await server.ask(QUERY, { requirementId: id, unitId }, { as: Role.VIEWER });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  test('is followed live: at once, and after what moves it', async () => {
    const programmeId = (await newProgramme(server)).id;
    const { unitId, cohort, officialIds } = await newClass(server, 2, { programmeId });
    const { id } = await newRequirement(server, { unitId, programmeId, recurrence: 'ONCE' });
    const client = await connect(server.url);
    const subscriber = client.subscribe<Row>(
      `subscription ($requirementId: ID!, $unitId: ID!) {
        complianceChanged(requirementId: $requirementId, unitId: $unitId) {
          ${FIGURES} cursor lacking(first: 9) { nodes { id } } } }`,
      { requirementId: id, unitId },
    );
    const next = async () => (await subscriber.next()).data!.complianceChanged as Row;
    const until = async (cursor: string) => {
      let told = await next();
      while (told.cursor !== cursor) told = await next(); // an earlier change may still send a tick
      return told;
    };
    expect(short(await next())).toBe('2: 0 met, 0 due, 2 overdue, 0 exempt');
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    const done = await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
    const told = await until(done.cursor);
    expect(short(told)).toBe('2: 1 met, 0 due, 1 overdue, 0 exempt');
    expect(told.lacking.nodes).toEqual([{ id: officialIds[1] }]);
    const input = { requirementId: id, officialId: officialIds[1], reason: 'Nghỉ thai sản' };
    const { cursor } = await must(server, 'exemptOfficial', input, 'cursor');
    expect(short(await until(cursor))).toBe('1: 1 met, 0 due, 0 overdue, 1 exempt');
    subscriber.stop();
    const wrong = client.subscribe(
      `subscription { complianceChanged(requirementId: "x", unitId: "${unitId}") { required } }`,
    );
    expect((await wrong.next()).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    await client.close();
  });

  test('cannot be followed at a unit out of reach, where even a tick would reveal something', async () => {
    const [own, other] = [(await newUnit(server)).id, (await newUnit(server)).id];
    const { id } = await newRequirement(server, { unitId: other });
    const token = await tokenOf({ subject: newCode('manager-'), role: Role.UNIT_MANAGER, unitId: own });
    const client = await connect(server.url, { token });
    const at = (unitId: string) =>
      client.subscribe(
        `subscription { complianceChanged(requirementId: "${id}", unitId: "${unitId}") { on } }`,
      );
    expect((await at(other).next()).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await at(own).next()).errors).toBeUndefined();
    await client.close();
  });
});
