// Units: opening, what a closed unit can no longer do, and answers as of a day.
import { dayOf } from '../../src/lib/dates';
import { startTestServer, type TestServer } from '../support/server';
import {
  dissolvedUnit,
  logEnd,
  must,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUniversity,
  newUnit,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const NOBODY = 'unit_01jzzzzzzzfzzvzzzzzzzzzzzz';

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** The only refusal of a mutation that left the log where it was. */
async function refused(name: string, input: object): Promise<{ code: string; path: string }> {
  const before = await logEnd(server);
  const errors = await refusals(server, name, input);
  expect(await logEnd(server)).toBe(before);
  expect(errors).toHaveLength(1);
  return { code: errors[0]!.code, path: errors[0]!.path.join('.') };
}

/** Ends a unit on the day before `effectiveOn`, without a successor. */
const dissolve = (id: string, effectiveOn = '2025-07-01') =>
  must(
    server,
    'reorganiseUnits',
    { effectiveOn, closeIds: [id], open: [], successions: [{ predecessorId: id, kind: 'DISSOLVED' }] },
    'closed { id }',
  );

const ward = (more: object = {}) => {
  const code = newCode('W');
  return { code, kind: 'WARD', name: `Phường ${code}`, ...more };
};

/** A unit that was dissolved at the end of June 2025. */
const closedUnit = (more: object = {}) => dissolvedUnit(server, '2025-07-01', more);

const unitByCode = async (code: string, on?: string): Promise<string | null> =>
  (await read('query ($code: String, $on: Date) { unit(code: $code, on: $on) { id } }', { code, on })).unit
    ?.id ?? null;

const listed = async (filter: object): Promise<string[]> =>
  (
    await read('query ($f: UnitFilter) { units(filter: $f, first: 100) { nodes { id } } }', { f: filter })
  ).units.nodes.map(({ id }: { id: string }) => id);

describe('opening a unit', () => {
  it('opens it from today when no day is given', async () => {
    const code = newCode('U');
    const input = { code, kind: 'DEPARTMENT', name: 'Sở Nội vụ', nameEn: 'Department of Home Affairs' };
    const { unit } = await must(
      server,
      'openUnit',
      input,
      'unit { code kind name nameEn validFrom validTo isOpen parent { id } }',
    );
    expect(unit).toEqual({
      ...input,
      validFrom: dayOf(new Date()),
      validTo: null,
      isOpen: true,
      parent: null,
    });
  });

  it('refuses a code that another unit bears in that period', async () => {
    const unit = await newUnit(server, { validFrom: '2020-01-01' });
    const clash = { code: 'OVERLAPPING_PERIOD', path: 'input.code' };
    expect(await refused('openUnit', ward({ code: unit.code, validFrom: '2024-01-01' }))).toEqual(clash);
    expect(await refused('openUnit', ward({ code: unit.code, validFrom: '2010-01-01' }))).toEqual(clash);
    expect(await listed({ codes: [unit.code] })).toEqual([unit.id]);
  });

  it('gives a code away again from the day after its bearer ended, and no day earlier', async () => {
    const old = await closedUnit();
    expect(await refused('openUnit', ward({ code: old.code, validFrom: '2025-06-30' }))).toEqual({
      code: 'OVERLAPPING_PERIOD',
      path: 'input.code',
    });
    const heir = await newUnit(server, { code: old.code, validFrom: '2025-07-01' });
    expect(await unitByCode(old.code, '2025-06-30')).toBe(old.id);
    expect(await unitByCode(old.code, '2025-07-01')).toBe(heir.id);
  });

  it('refuses a parent that is closed, not open yet, unknown, or no unit at all', async () => {
    const closed = await closedUnit();
    const later = await newUnit(server, { validFrom: '2024-01-01' });
    const below = (parentId: string) =>
      refused('openUnit', ward({ parentId, validFrom: '2023-01-01' })).then(({ code, path }) => [code, path]);
    expect(await below(closed.id)).toEqual(['UNIT_CLOSED', 'input.parentId']);
    expect(await below(later.id)).toEqual(['UNIT_CLOSED', 'input.parentId']);
    expect(await below(NOBODY)).toEqual(['NOT_FOUND', 'input.parentId']);
    expect(await below(closed.id.replace('unit', 'cohort'))).toEqual(['INVALID', 'input.parentId']);
  });

  it('refuses a parent whose end is set already, because the new unit would outlast it', async () => {
    const parent = await newUnit(server);
    await dissolve(parent.id, '2100-01-01');
    expect(await refused('openUnit', ward({ parentId: parent.id, validFrom: '2024-01-01' }))).toEqual({
      code: 'UNIT_CLOSED',
      path: 'input.parentId',
    });
  });

  it.each([
    ['an empty name', { name: '  ' }, 'input.name'],
    ['a name with control characters', { name: 'Phường\u0007 1' }, 'input.name'],
    ['a name of 10,000 characters', { name: 'x'.repeat(10_000) }, 'input.name'],
    ['a code with a space', { code: 'P 1' }, 'input.code'],
  ])('refuses %s', async (_, more, path) => {
    expect(await refused('openUnit', ward(more))).toEqual({ code: 'INVALID', path });
  });

  it('says why in Vietnamese, and in English on request', async () => {
    const { code, name } = await newUnit(server);
    const [vi] = await refusals(server, 'openUnit', ward({ code }), '');
    const [en] = await refusals(server, 'openUnit', ward({ code }), 'en');
    expect(vi!.message).toBe(`Mã ${code} đang thuộc về ${name} trong thời gian này.`);
    expect(en!.message).toBe(`The code ${code} belongs to ${name} in that period.`);
  });
});

describe('a closed unit', () => {
  it('hosts no cohort, signs no partnership and takes no official', async () => {
    const { id } = await closedUnit();
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server)).id;
    const positionCode = (await newPosition(server)).code;
    const cohort = { code: newCode('K'), name: 'Lớp', programmeId, hostUnitId: id, startsOn: '2025-09-01' };
    const official = { code: newCode('O'), fullName: 'Lê An', category: 'CADRE', unitId: id, positionCode };
    expect(await refused('planCohort', cohort)).toEqual({ code: 'UNIT_CLOSED', path: 'input.hostUnitId' });
    expect(await refused('signPartnership', { unitId: id, universityId, title: 'Hợp tác' })).toEqual({
      code: 'UNIT_CLOSED',
      path: 'input.unitId',
    });
    expect(await refused('registerOfficial', { ...official, since: '2025-09-01' })).toEqual({
      code: 'UNIT_CLOSED',
      path: 'input.unitId',
    });
    const { official: nobody, cohort: none } = await read(
      'query ($o: String, $k: String) { official(code: $o) { id } cohort(code: $k) { id } }',
      { o: official.code, k: cohort.code },
    );
    expect([nobody, none]).toEqual([null, null]);
  });

  it('keeps what it had, to be asked for as of its time', async () => {
    const unit = await newUnit(server);
    const official = await newOfficial(server, { unitId: unit.id });
    await newCohort(server, { hostUnitId: unit.id });
    await dissolve(unit.id);
    const { unit: seen } = await read(
      `query ($id: ID!) { unit(id: $id) {
        then: officials(filter: { on: "2025-06-30" }) { nodes { id } }
        now: officials { nodes { id } }
        cohorts { totalCount } } }`,
      { id: unit.id },
    );
    expect(seen).toEqual({
      then: { nodes: [{ id: official.id }] },
      now: { nodes: [] },
      cohorts: { totalCount: 1 },
    });
  });
});

describe('as of a day', () => {
  it('a unit is open from its first day to its last, both included', async () => {
    const { id } = await closedUnit();
    const { unit } = await read(
      `query ($id: ID!) { unit(id: $id) {
        eve: isOpen(on: "2019-12-31") first: isOpen(on: "2020-01-01")
        last: isOpen(on: "2025-06-30") after: isOpen(on: "2025-07-01") today: isOpen } }`,
      { id },
    );
    expect(unit).toEqual({ eve: false, first: true, last: true, after: false, today: false });
  });

  it('an id finds its unit always, or only while it existed when a day is given', async () => {
    const { id } = await closedUnit();
    const found = await read(
      `query ($id: ID!) { always: unit(id: $id) { id }
        then: unit(id: $id, on: "2025-06-30") { id } after: unit(id: $id, on: "2025-07-01") { id } }`,
      { id },
    );
    expect(found).toEqual({ always: { id }, then: { id }, after: null });
  });

  it('a code finds nothing today once its bearer is closed', async () => {
    const { id, code } = await closedUnit();
    expect(await unitByCode(code)).toBeNull();
    expect(await unitByCode(code, '2025-06-30')).toBe(id);
    expect(await unitByCode(newCode('U'), '2025-06-30')).toBeNull();
  });

  it('lists the units of that day, or of all times without one', async () => {
    const parent = await newUnit(server, { kind: 'PROVINCE' });
    const old = await closedUnit({ parentId: parent.id });
    const heir = await newUnit(server, { code: old.code, parentId: parent.id, validFrom: '2025-07-01' });
    const parentIds = [parent.id];
    expect(await listed({ parentIds, on: '2025-06-30' })).toEqual([old.id]);
    expect(await listed({ parentIds, on: '2025-07-01' })).toEqual([heir.id]);
    expect(await listed({ parentIds, on: '2019-12-31' })).toEqual([]);
    expect(await listed({ codes: [old.code] })).toEqual(expect.arrayContaining([old.id, heir.id]));
    expect(await listed({ codes: [old.code], on: '2025-06-30' })).toEqual([old.id]);
  });

  it('knows the units above, nearest first, and those below, directly or at any depth', async () => {
    const city = await newUnit(server, { kind: 'MUNICIPALITY', name: 'Thành phố' });
    const district = await newUnit(server, { kind: 'URBAN_DISTRICT', parentId: city.id });
    const old = await closedUnit({ parentId: district.id, name: 'Phường 1' });
    const ward = await newUnit(server, { parentId: district.id, name: 'Phường 2' });
    const seen = await read(
      `query ($city: ID!, $ward: ID!) {
        ward: unit(id: $ward) { parent { id } ancestors { id } children { totalCount } }
        city: unit(id: $city) { parent { id } ancestors { id } children { nodes { id
          all: children { totalCount nodes { id } }
          then: children(filter: { on: "2025-06-30" }) { totalCount }
          now: children(filter: { on: "2025-07-01" }) { totalCount nodes { id } } } } } }`,
      { city: city.id, ward: ward.id },
    );
    expect(seen.ward).toEqual({
      parent: { id: district.id },
      ancestors: [{ id: district.id }, { id: city.id }],
      children: { totalCount: 0 },
    });
    const all = { totalCount: 2, nodes: [{ id: old.id }, { id: ward.id }] };
    const now = { totalCount: 1, nodes: [{ id: ward.id }] };
    expect(seen.city).toEqual({
      parent: null,
      ancestors: [],
      children: { nodes: [{ id: district.id, all, then: { totalCount: 2 }, now }] },
    });
    const four = [city.id, district.id, old.id, ward.id];
    expect((await listed({ withinIds: [city.id] })).sort()).toEqual(four.sort());
    expect(await listed({ withinIds: [city.id], kinds: ['WARD'] })).toEqual([old.id, ward.id]);
    expect(await listed({ parentIds: [city.id] })).toEqual([district.id]);
    expect(await listed({ parentIds: [] })).toEqual([]);
  });

  it('refuses to guess: an id and a code, neither of them, an id of something else, a day that is none', async () => {
    const { id, code } = await newUnit(server);
    for (const args of [`id: "${id}", code: "${code}"`, 'on: "2025-01-01"', 'id: "cohort_1", on: null']) {
      const { errors } = await server.ask(`{ unit(${args}) { id } }`);
      expect(errors).toHaveLength(1);
      expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    }
    const { errors } = await server.ask('query ($on: Date) { unit(code: "1", on: $on) { id } }', {
      on: '2023-02-30',
    });
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });
});
