// Small-group suppression: a caller without rights to persons cannot obtain a figure about fewer than five persons,
// neither directly nor by subtraction. What is shown depends on the whole registry, so each world has a server of its
// own; figures by unit or category are those of the day before, so worlds are queried on the day after they were made.
import { Role } from '../../src/access/policy';
import { giveTheClockBack, takeTheClock, turnTheDay } from '../support/clock';
import { connect } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';
import { attack, type Figure } from './attack';
import { random } from './random';

const FIGURES = 'suppressed cohorts participations officials graduates abroad';
const CATEGORIES = ['CADRE', 'CIVIL_SERVANT', 'PUBLIC_EMPLOYEE'];

let server: TestServer;
let positionCode: string;
let hostUnitId: string;
/** The officials of each unit and category, who go to one class after the other. */
let staff: Map<string, string[]>;
function inAWorldOfItsOwn(): void {
  beforeAll(async () => {
    takeTheClock();
    server = await startTestServer({ limits: { cost: 100_000 }, env: { RATE_LIMIT: '100000000' } });
    staff = new Map();
    positionCode = (await newPosition(server)).code;
    hostUnitId = (await newUnit(server)).id;
  });
  afterAll(async () => {
    await server.stop();
    giveTheClockBack();
  });
}

async function people(unitId: string, category: string, count: number): Promise<string[]> {
  const known = staff.get(unitId + category) ?? [];
  const missing = Array.from({ length: Math.max(0, count - known.length) }, () =>
    newOfficial(server, { unitId, category, positionCode }),
  );
  const all = [...known, ...(await Promise.all(missing)).map(({ id }) => id)];
  staff.set(unitId + category, all);
  return all.slice(0, count);
}

/** Learners to take into one cohort: how many from which unit, of which category; the first so many graduate. */
type Sent = [unitId: string, category: string, count: number][];

/** @returns the learners, for each line of those sent. */
async function teach(cohort: object, sent: Sent, graduating = 0): Promise<string[][]> {
  const { id: cohortId } = await newCohort(server, { hostUnitId, ...cohort });
  const learners = await Promise.all(sent.map((each) => people(...each)));
  const officialIds = learners.flat();
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const enrolmentIds = await nominate(server, cohortId, officialIds);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
  await must(server, 'startCohort', { cohortId }, 'cursor');
  const graduates = officialIds
    .slice(0, graduating)
    .map((officialId) => ({ officialId, graduatedOn: '2024-12-01' }));
  if (graduating > 0) await must(server, 'recordGraduates', { cohortId, graduates }, 'cursor');
  return learners;
}

interface Question {
  filter: object;
  groupBy?: string | null;
}

/** Many answers in few requests. */
async function answers(questions: Question[], as: Role): Promise<any[]> {
  const found: any[] = [];
  for (let at = 0; at < questions.length; at += 50) {
    const asked = questions.slice(at, at + 50);
    const { data, errors } = await server.ask(
      `query (${asked.map((_, i) => `$f${i}: TrainingStatisticsFilter, $g${i}: TrainingStatisticsDimension`).join()}) {
        ${asked.map((_, i) => `a${i}: trainingStatistics(filter: $f${i}, groupBy: $g${i}) { ...all groups { key ...each } }`).join(' ')}
      }
      fragment all on TrainingStatistics { ${FIGURES} }
      fragment each on TrainingStatisticsGroup { ${FIGURES} }`,
      Object.fromEntries(
        asked.flatMap(({ filter, groupBy = null }, i) => [
          [`f${i}`, filter],
          [`g${i}`, groupBy],
        ]),
      ),
      { as },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    found.push(...asked.map((_, i) => data[`a${i}`]));
  }
  return found;
}
const seen = async (filter: object, groupBy: string | null = null): Promise<any> =>
  (await answers([{ filter, groupBy }], Role.VIEWER))[0];
const real = async (filter: object, groupBy: string | null = null): Promise<any> =>
  (await answers([{ filter, groupBy }], Role.ADMINISTRATOR))[0];

const NO_PERSONS = { suppressed: true, participations: null, officials: null, graduates: null, abroad: null };
const byKey = (figures: any): Record<string, any> =>
  Object.fromEntries(figures.groups.map((group: any) => [group.key, group]));

describe('classes', () => {
  inAWorldOfItsOwn();
  let [programmeId, otherId] = ['', ''];
  beforeAll(async () => {
    programmeId = (await newProgramme(server, { location: 'ABROAD' })).id;
    otherId = (await newProgramme(server)).id;
    const unitId = (await newUnit(server)).id;
    for (const [startsOn, persons, location] of [
      ['2023-02-01', 6, 'DOMESTIC'],
      ['2023-04-01', 3, 'DOMESTIC'],
      ['2023-06-01', 7, 'COMBINED'],
      ['2023-08-01', 2, 'ABROAD'],
      ['2024-02-01', 8, 'DOMESTIC'],
    ] as const)
      await teach({ programmeId, startsOn, location }, [[unitId, 'CADRE', persons]]);
    await teach({ programmeId: otherId, startsOn: '2024-04-01' }, [[unitId, 'CADRE', 6]], 2);
  }); // the day does not turn: figures by classes alone are live

  it('of fewer than five are not counted, but for readers with the right', async () => {
    const days = { startsOn: { from: '2023-04-01', to: '2023-04-30' } };
    expect(await seen(days)).toEqual({ ...NO_PERSONS, cohorts: 1, groups: [] });
    expect(await real(days)).toMatchObject({ suppressed: false, officials: 3 });
  });

  it('are counted where they are zero, or five and more', async () => {
    expect(await seen({ startsOn: { from: '2022-01-01', to: '2022-03-31' } })).toMatchObject({
      suppressed: false,
      participations: 0,
      officials: 0,
    });
    expect(await seen({ startsOn: { from: '2024-02-01', to: '2024-03-31' } })).toMatchObject({
      suppressed: false,
      participations: 8,
      officials: 8,
      abroad: 0,
    });
  });

  it('are counted by whole years however small some of them are', async () => {
    const figures = await seen({}, 'YEAR');
    expect(figures).toMatchObject({ participations: 32, officials: 8, abroad: 9 });
    const groups = byKey(figures);
    expect(groups[2023]).toMatchObject({ suppressed: false, participations: 18, officials: 7, abroad: 9 });
    expect(groups[2024]).toMatchObject({ participations: 14, officials: 8 });
    expect(await seen({ startsOn: { from: '2023-01-01', to: '2023-12-31' } })).toMatchObject({
      participations: 18,
    });
  });

  it('are not betrayed by days that are moved', async () => {
    const until = async (to: string) =>
      (await seen({ startsOn: { from: '2023-01-01', to } })).participations as number | null;
    expect([await until('2023-03-31'), await until('2023-04-30')]).toContain(null); // 9 - 6
    expect([await until('2023-07-31'), await until('2023-12-31')]).toContain(null); // 18 - 16
  });

  it('abroad do not betray what is hidden by the count of all that were abroad', async () => {
    const groups = byKey(await seen({ startsOn: { from: '2023-01-01', to: '2023-12-31' } }, 'LOCATION'));
    expect(groups.ABROAD).toMatchObject(NO_PERSONS);
    expect(groups.COMBINED).toMatchObject(NO_PERSONS);
    expect(groups.DOMESTIC).toMatchObject({ participations: 9, abroad: 0 });
  });

  it('keep few graduates back, and nothing else', async () => {
    expect(await seen({ programmeIds: [otherId] })).toMatchObject({
      suppressed: true,
      cohorts: 1,
      participations: 6,
      officials: 6,
      graduates: null,
      abroad: 0,
    });
  });
});

describe('units', () => {
  inAWorldOfItsOwn();
  let [programmeId, city, small, large, larger, empty] = ['', '', '', '', '', ''];
  beforeAll(async () => {
    programmeId = (await newProgramme(server)).id;
    city = (await newUnit(server)).id;
    const inCity = async () => (await newUnit(server, { parentId: city })).id;
    [small, large, larger, empty] = [await inCity(), await inCity(), await inCity(), await inCity()];
    const sent = (each: number): Sent => [
      [small, 'CADRE', each === 6 ? 2 : 0],
      [large, 'CADRE', each + 2],
      [larger, 'CIVIL_SERVANT', each + 3],
    ];
    await teach({ programmeId, startsOn: '2023-03-01' }, sent(6));
    await teach({ startsOn: '2024-03-01' }, sent(7));
    turnTheDay();
  });
  const of = async (unitId: string, filter: object = {}) => {
    const query = `query ($id: ID!, $filter: TrainingStatisticsFilter) { unit(id: $id) { statistics(filter: $filter) { ${FIGURES} } } }`;
    const { data } = await server.ask(query, { id: unitId, filter }, { as: Role.VIEWER });
    expect(await seen({ ...filter, unitIds: [unitId] })).toMatchObject(data.unit.statistics);
    return data.unit.statistics;
  };

  it('asked for one by one do not betray a small one beside or below them', async () => {
    expect((await of(city)).officials).toBe(21);
    expect((await of(small)).officials).toBeNull();
    const others = [(await of(large)).officials, (await of(larger)).officials];
    expect(others.filter((each) => each === null)).toHaveLength(1);
    expect((await seen({ unitIds: [large, larger] })).officials).toBeNull();
    const groups = byKey(await seen({}, 'UNIT'));
    for (const unitId of [small, large, larger])
      expect(groups[unitId].officials).toBe((await of(unitId)).officials);
  });

  it.each([
    ['some days', { startsOn: { from: '2023-01-01', to: '2023-06-30' } }],
    ['a programme', () => ({ programmeIds: [programmeId] })],
    ['a place', { locations: ['DOMESTIC'] }],
    ['a kind', { kinds: ['REFRESHER'] }],
    ['a content group', { contentGroups: ['PROFESSIONAL_SKILLS'] }],
    ['a basis', { bases: ['JOB_POSITION'] }],
    ['states', { statuses: ['PLANNED', 'ENROLLING', 'IN_PROGRESS'] }],
    [
      'a year, where any unit had few learners in any year',
      { startsOn: { from: '2024-01-01', to: '2024-12-31' } },
    ],
  ])('are not told by %s', async (_what, given) => {
    const filter = typeof given === 'function' ? given() : given;
    for (const unitId of [city, large, empty]) expect(await of(unitId, filter)).toMatchObject(NO_PERSONS);
    expect((await real({ ...filter, unitIds: [large] })).officials).toBeGreaterThan(0);
    expect((await seen(filter)).officials).toBe((await real(filter)).officials);
  });

  it('are not betrayed by the classes they take part in, nor by a list of those with learners', async () => {
    const filter = { programmeIds: [programmeId] };
    expect((await real({ ...filter, unitIds: [small] })).cohorts).toBe(1);
    expect((await of(small, filter)).cohorts).toBe(0); // hosts none
    expect((await of(hostUnitId, filter)).cohorts).toBe(1);
    const groups = byKey(await seen(filter, 'UNIT'));
    for (const unitId of [city, small, large, larger, empty])
      expect(groups[unitId]).toMatchObject({ ...NO_PERSONS, cohorts: 0 });
    const categories = await seen({ ...filter, unitIds: [small] }, 'CATEGORY');
    expect(Object.keys(byKey(categories)).sort()).toEqual(CATEGORIES);
    for (const group of categories.groups) expect(group).toMatchObject({ ...NO_PERSONS, cohorts: 0 });
  });

  it('are followed as they are asked for', async () => {
    const client = await connect(server.url, { as: Role.VIEWER });
    const follow = async (filter: object) =>
      (
        await client
          .subscribe<any>(
            `subscription ($filter: TrainingStatisticsFilter) { trainingStatisticsChanged(filter: $filter) { ${FIGURES} } }`,
            { filter },
          )
          .nextData()
      ).trainingStatisticsChanged;
    expect(await follow({ unitIds: [small] })).toEqual({ ...NO_PERSONS, cohorts: 0 });
    expect(await follow({ unitIds: [city], programmeIds: [programmeId] })).toMatchObject(NO_PERSONS);
    expect((await follow({ unitIds: [city] })).officials).toBe(21);
    await client.close();
  });
});

describe('what is hidden', () => {
  inAWorldOfItsOwn();

  it('is decided anew after every change, also of those who are not asked for', async () => {
    const unit = async () => (await newUnit(server)).id;
    const [one, other, third] = [await unit(), await unit(), await unit()];
    const officials = async () => {
      turnTheDay();
      return (await seen({ unitIds: [one] })).officials;
    };
    const send = (unitId: string, count: number): Sent[number] => [unitId, 'CADRE', count];
    await teach({}, [send(one, 6), send(other, 4)]);
    expect(await officials()).toBeNull(); // the other could be subtracted
    await teach({}, [send(other, 5)]);
    expect(await officials()).toBe(6);
    expect(await officials()).toBe(6);
    for (const unitId of [third, await unit(), await unit()])
      await teach({}, [send(unitId, 2), [await unit(), 'CIVIL_SERVANT', 2]]);
    expect(await officials()).toBeNull();
  });
});

describe('units of today', () => {
  inAWorldOfItsOwn();

  it('are shown where they are a sum of what is shown of units of then', async () => {
    const city = (await newUnit(server)).id;
    const wards: string[] = [];
    for (let i = 0; i < 4; i++) wards.push((await newUnit(server, { parentId: city })).id);
    await teach(
      {},
      [2, 8, 8, 9].map((count, at) => [wards[at]!, 'CADRE', count]),
    );
    turnTheDay();
    const shown = byKey(await seen({}, 'UNIT'));
    const open = wards.filter((id) => shown[id].officials !== null);
    expect(open.length).toBeGreaterThan(0);
    const merge = async (ids: string[]): Promise<string> => {
      const code = newCode('U');
      const input = {
        effectiveOn: '2025-07-01',
        closeIds: ids,
        open: [{ code, kind: 'WARD', name: 'Phường mới', parentId: city }],
        successions: ids.map((predecessorId) => ({ predecessorId, successorCode: code, kind: 'MERGED' })),
      };
      return (await must(server, 'reorganiseUnits', input, 'opened { id }')).opened[0].id;
    };
    const mixed = await merge([wards[0]!, open[0]!]); // subtract the open one, and the small one is left
    const rest = await merge(wards.slice(1).filter((id) => id !== open[0]));
    const today = async (id: string) =>
      (await seen({ unitIds: [id], attribution: 'CURRENT_SUCCESSOR' })).officials;
    expect([await today(mixed), await today(rest)]).toEqual([null, null]);
    expect(await today(city)).toBe(27);
  });
});

describe('a line with too few learners to hide anybody among', () => {
  inAWorldOfItsOwn();

  it('shows no part, not even which are empty, but the sum', async () => {
    const sent: Sent = [];
    for (let i = 0; i < 5; i++) sent.push([(await newUnit(server)).id, 'CADRE', 1]);
    await teach({}, sent);
    turnTheDay();
    const figures = await seen({}, 'UNIT'); // five units and five persons: one each
    expect(figures).toMatchObject({ suppressed: false, officials: 5 });
    expect(Object.keys(byKey(figures))).toEqual(expect.arrayContaining([hostUnitId, sent[0]![0]]));
    for (const group of figures.groups) expect(group).toMatchObject(NO_PERSONS);
    expect(await seen({ unitIds: [hostUnitId] })).toMatchObject(NO_PERSONS);
  });
});

describe('where nothing is small', () => {
  inAWorldOfItsOwn();

  it('units, categories and years are shown as they are, crossed, too', async () => {
    const units = [(await newUnit(server)).id, (await newUnit(server)).id];
    const sent: Sent = units.flatMap((id): Sent => [
      [id, 'CADRE', 5],
      [id, 'CIVIL_SERVANT', 6],
    ]);
    for (const startsOn of ['2023-03-01', '2024-03-01']) await teach({ startsOn }, sent, 22);
    turnTheDay();
    const year = { startsOn: { from: '2023-01-01', to: '2023-12-31' } };
    const questions = [{}, year, { unitIds: [units[0]] }, { ...year, unitIds: [units[0]] }].flatMap(
      (filter) => ['CATEGORY', 'UNIT', 'YEAR'].map((groupBy) => ({ filter, groupBy })),
    );
    expect(await answers(questions, Role.VIEWER)).toEqual(await answers(questions, Role.ADMINISTRATOR));
  });
});

/** The learners of one unit and category in one class; also where there are none. */
interface Cell {
  unitId: string;
  category: string;
  class: Class;
  learners: string[];
  graduates: string[];
}

interface Class {
  startsOn: string;
  programmeId: string;
  universityId: string;
  location: string;
}

/** A filter, or a part of one, with the cells it lets through. */
type Narrowing = [filter: object, lets: (cell: Cell) => boolean];

describe('in a random world', () => {
  inAWorldOfItsOwn();

  it('no small figure can be computed from all that is shown', async () => {
    const next = random(3);
    const city = (await newUnit(server)).id;
    const district = (await newUnit(server, { parentId: city })).id;
    const wards: string[] = [];
    for (const parentId of [city, city, district, district])
      wards.push((await newUnit(server, { parentId })).id);
    const within: Record<string, string[]> = {
      [city]: [city, district, ...wards],
      [district]: [district, ...wards.slice(2)],
    };
    for (const ward of wards) within[ward] = [ward];

    const universityIds = [(await newUniversity(server)).id, (await newUniversity(server)).id];
    const programmes: { programmeId: string; universityId: string }[] = [];
    for (const universityId of [universityIds[0]!, universityIds[1]!, universityIds[0]!]) {
      const { id: programmeId } = await newProgramme(server, { universityId });
      programmes.push({ programmeId, universityId });
    }
    const cells: Cell[] = [];
    for (const [startsOn, programme, location, isSmall] of [
      ['2023-02-01', 0, 'DOMESTIC', false],
      ['2023-09-01', 1, 'COMBINED', false],
      ['2024-02-01', 2, 'DOMESTIC', false],
      ['2024-03-01', 0, 'COMBINED', true],
      ['2024-09-01', 1, 'DOMESTIC', true],
    ] as const) {
      const it = { startsOn, location, ...programmes[programme]! };
      const sent: Sent = within[city]!.flatMap((unitId) =>
        CATEGORIES.map((category): Sent[number] => {
          const isEmpty = isSmall ? next(8) > 0 : next(3) === 0;
          return [unitId, category, isEmpty ? 0 : 1 + next(isSmall ? 2 : 8)];
        }),
      );
      const graduating = isSmall ? 0 : 9 + next(9);
      const learners = await teach({ startsOn, location, programmeId: it.programmeId }, sent, graduating);
      const graduates = learners.flat().slice(0, graduating);
      sent.forEach(([unitId, category], at) => {
        const here = learners[at]!;
        const done = here.filter((id) => graduates.includes(id));
        cells.push({ unitId, category, class: it, learners: here, graduates: done });
      });
    }

    const persons: Narrowing[] = [
      [{}, () => true],
      ...Object.entries(within).map(([id, all]): Narrowing => [
        { unitIds: [id] },
        (cell) => all.includes(cell.unitId),
      ]),
      [{ unitIds: [city], includeSubunits: false }, (cell) => cell.unitId === city],
      [{ unitIds: wards.slice(1, 3) }, (cell) => wards.slice(1, 3).includes(cell.unitId)],
      ...CATEGORIES.map((each): Narrowing => [{ categories: [each] }, (cell) => cell.category === each]),
      [{ categories: CATEGORIES.slice(1) }, (cell) => cell.category !== CATEGORIES[0]],
      [
        { unitIds: [district], categories: [CATEGORIES[0]] },
        (cell) => within[district]!.includes(cell.unitId) && cell.category === CATEGORIES[0],
      ],
    ];
    const days = (from: string, to: string): Narrowing => [
      { startsOn: { from, to } },
      (cell) => cell.class.startsOn >= from && cell.class.startsOn <= to,
    ];
    const byClass: Narrowing[] = [
      [{}, () => true],
      days('2023-01-01', '2023-12-31'),
      days('2024-01-01', '2024-12-31'),
      days('2023-01-01', '2024-12-31'),
      days('2023-01-01', '2023-06-30'),
      days('2023-01-01', '2024-02-28'),
      days('2023-01-01', '2024-06-30'),
      days('2024-03-01', '2024-12-31'),
      [
        { programmeIds: [programmes[0]!.programmeId] },
        (cell) => cell.class.programmeId === programmes[0]!.programmeId,
      ],
      [{ universityIds: [universityIds[1]] }, (cell) => cell.class.universityId === universityIds[1]],
      [{ locations: ['COMBINED'] }, (cell) => cell.class.location === 'COMBINED'],
    ];
    const groupings: Record<string, (cell: Cell) => string> = {
      NONE: () => '',
      UNIT: (cell) => cell.unitId,
      CATEGORY: (cell) => cell.category,
      YEAR: (cell) => cell.class.startsOn.slice(0, 4),
      UNIVERSITY: (cell) => cell.class.universityId,
      LOCATION: (cell) => cell.class.location,
    };
    const isNarrowed = (filter: object) => Object.keys(filter).length > 0;
    const questions = persons.flatMap(([of, isOf]) =>
      byClass.flatMap(([when, isThen]) =>
        Object.entries(groupings)
          .slice(0, isNarrowed(of) && isNarrowed(when) ? 1 : undefined)
          .map(([by, keyOf]) => ({
            filter: { ...of, ...when },
            groupBy: by === 'NONE' ? null : by,
            keyOf,
            lets: (cell: Cell) => isOf(cell) && isThen(cell),
          })),
      ),
    );
    turnTheDay();
    const told = await answers(questions, Role.VIEWER);
    const figures: Record<'learners' | 'graduates', Figure[]> = { learners: [], graduates: [] };
    const tell = (what: string, shown: any, isIn: (cell: Cell) => boolean) => {
      const note = (which: 'learners' | 'graduates', count: number | null, isOf: (cell: Cell) => boolean) => {
        const of = cells.flatMap((cell, at) => (isOf(cell) ? [at] : []));
        const ids = of.flatMap((at) => cells[at]![which]);
        expect([ids.length, null]).toContain(count);
        figures[which].push({ what, shown: count, persons: new Set(ids).size, of });
        return new Set(ids).size;
      };
      const persons = note('learners', shown.participations, isIn);
      expect([persons, null]).toContain(shown.officials);
      note('graduates', shown.graduates, isIn);
      note('learners', shown.abroad, (cell) => isIn(cell) && cell.class.location !== 'DOMESTIC');
    };
    questions.forEach(({ filter, groupBy, keyOf, lets }, at) => {
      const name = JSON.stringify([filter, groupBy]);
      tell(name, told[at], lets);
      for (const group of told[at].groups)
        tell(`${name} ${group.key}`, group, (cell) => lets(cell) && keyOf(cell) === group.key);
    });
    for (const each of Object.values(figures)) {
      const small = each.filter(({ persons }) => persons >= 1 && persons <= 4);
      expect(small.length).toBeGreaterThan(0);
      expect(small.filter(({ shown }) => shown !== null)).toEqual([]);
      expect(each.filter(({ shown }) => shown).length).toBeGreaterThan(20);
      expect(attack(each, cells.length)).toEqual([]);
    }
  });
});
