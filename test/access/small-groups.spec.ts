// Can a reader without rights find out a figure about fewer than five persons? Neither by asking for it, nor by
// subtracting what is shown.
import { Role } from '../../src/access/policy';
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
  nominate,
} from '../support/world';
import { attack, type Figure } from './attack';

const FIGURES = 'suppressed cohorts participations officials graduates abroad';
const CATEGORIES = ['CADRE', 'CIVIL_SERVANT', 'PUBLIC_EMPLOYEE'];

let server: TestServer;
let positionCode: string;
beforeAll(async () => {
  server = await startTestServer();
  positionCode = (await newPosition(server)).code;
});
afterAll(() => server.stop());

/** Learners to take into one cohort: how many from which unit, of which category; the first so many graduate. */
type Sent = [unitId: string, category: string, count: number][];

async function teach(cohort: object, sent: Sent, graduating = 0): Promise<string> {
  const { id: cohortId } = await newCohort(server, cohort);
  const officialIds: string[] = [];
  for (const [unitId, category, count] of sent)
    for (let i = 0; i < count; i++)
      officialIds.push((await newOfficial(server, { unitId, category, positionCode })).id);
  await must(server, 'openEnrolment', { cohortId }, 'cursor');
  const enrolmentIds = await nominate(server, cohortId, officialIds);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
  await must(server, 'startCohort', { cohortId }, 'cursor');
  const graduates = officialIds
    .slice(0, graduating)
    .map((officialId) => ({ officialId, graduatedOn: '2024-12-01' }));
  if (graduating > 0) await must(server, 'recordGraduates', { cohortId, graduates }, 'cursor');
  return cohortId;
}

async function statistics(filter: object, groupBy: string | null, as: Role): Promise<any> {
  const { data, errors } = await server.ask(
    `query ($filter: TrainingStatisticsFilter, $groupBy: TrainingStatisticsDimension) {
      trainingStatistics(filter: $filter, groupBy: $groupBy) { ${FIGURES} groups { key ${FIGURES} } } }`,
    { filter, groupBy },
    { as },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.trainingStatistics;
}
const seen = (filter: object, groupBy: string | null = null) => statistics(filter, groupBy, Role.VIEWER);
const real = (filter: object, groupBy: string | null = null) =>
  statistics(filter, groupBy, Role.ADMINISTRATOR);

const NO_PERSONS = { suppressed: true, participations: null, officials: null, graduates: null, abroad: null };
const byKey = (figures: any): Record<string, any> =>
  Object.fromEntries(figures.groups.map((group: any) => [group.key, group]));

/** A programme of its own, and a filter that finds nothing else. */
async function alone(more: object = {}): Promise<{ programmeId: string; filter: object }> {
  const programmeId = (await newProgramme(server, more)).id;
  return { programmeId, filter: { programmeIds: [programmeId] } };
}

describe('a whole figure', () => {
  it.each([1, 4])('about %i persons is not given', async (persons) => {
    const { programmeId, filter } = await alone();
    await teach({ programmeId }, [[(await newUnit(server)).id, 'CADRE', persons]]);
    expect(await seen(filter)).toEqual({ ...NO_PERSONS, cohorts: 1, groups: [] });
    expect(await real(filter)).toMatchObject({ suppressed: false, officials: persons });
  });

  it('about nobody, or about five persons, is given', async () => {
    const { programmeId, filter } = await alone();
    expect(await seen(filter)).toMatchObject({ suppressed: false, participations: 0, officials: 0 });
    await teach({ programmeId }, [[(await newUnit(server)).id, 'CADRE', 5]]);
    expect(await seen(filter)).toMatchObject({
      suppressed: false,
      participations: 5,
      officials: 5,
      abroad: 0,
    });
  });

  it('keeps few graduates back, and nothing else', async () => {
    const { programmeId, filter } = await alone();
    await teach({ programmeId }, [[(await newUnit(server)).id, 'CADRE', 9]], 2);
    const figures = { suppressed: true, cohorts: 1, participations: 9, officials: 9, graduates: null };
    expect(await seen(filter)).toMatchObject({ ...figures, abroad: 0 });
  });
});

describe('groups', () => {
  it('that are small are hidden together with others, so that the rest of the total tells nothing', async () => {
    const { programmeId, filter } = await alone();
    const unitId = (await newUnit(server)).id;
    for (const [year, persons] of [
      [2021, 3],
      [2022, 20],
      [2023, 30],
      [2024, 40],
    ] as const)
      await teach({ programmeId, startsOn: `${year}-03-01` }, [[unitId, 'CADRE', persons]]);
    const figures = await seen(filter, 'YEAR');
    expect(figures).toMatchObject({ suppressed: false, participations: 93, officials: 93 });
    const groups = byKey(figures);
    expect(groups[2021]).toMatchObject({ ...NO_PERSONS, cohorts: 1 });
    expect(figures.groups.filter((group: any) => group.suppressed)).toHaveLength(2);
    for (const group of figures.groups) expect(group.suppressed).toBe(group.participations === null);
    expect((await real(filter, 'YEAR')).groups.map((group: any) => group.officials)).toEqual([3, 20, 30, 40]);
  });

  it('are all shown when none is small', async () => {
    const { programmeId, filter } = await alone();
    const unitId = (await newUnit(server)).id;
    await teach({ programmeId }, [
      [unitId, 'CADRE', 5],
      [unitId, 'CIVIL_SERVANT', 6],
    ]);
    for (const groupBy of ['CATEGORY', 'UNIT', 'YEAR', 'LOCATION'])
      expect(await seen(filter, groupBy)).toEqual(await real(filter, groupBy));
  });

  it('hide the total, too, when all of them together are too few', async () => {
    const { programmeId, filter } = await alone();
    const sent: Sent = [];
    for (let i = 0; i < 5; i++) sent.push([(await newUnit(server)).id, 'CADRE', 1]);
    await teach({ programmeId }, sent);
    const figures = await seen(filter, 'UNIT'); // five units and five persons: one each
    expect(figures).toMatchObject({ ...NO_PERSONS, cohorts: 1 });
    for (const group of figures.groups) if (group.key !== 'NONE') expect(group.officials ?? 0).toBe(0);
  });

  it('abroad do not betray what is hidden by the count of all that were abroad', async () => {
    const { programmeId, filter } = await alone({ location: 'ABROAD' });
    const unitId = (await newUnit(server)).id;
    for (const [location, persons] of [
      ['ABROAD', 2],
      ['COMBINED', 12],
      ['DOMESTIC', 30],
    ] as const)
      await teach({ programmeId, location }, [[unitId, 'CADRE', persons]]);
    const groups = byKey(await seen(filter, 'LOCATION'));
    expect(groups.ABROAD).toMatchObject(NO_PERSONS);
    expect(groups.COMBINED).toMatchObject(NO_PERSONS);
  });
});

describe('units', () => {
  it('asked for one by one do not betray a small one beside or below them', async () => {
    const { programmeId, filter } = await alone();
    const city = (await newUnit(server)).id;
    const [small, large, larger] = [
      (await newUnit(server, { parentId: city })).id,
      (await newUnit(server, { parentId: city })).id,
      (await newUnit(server, { parentId: city })).id,
    ];
    await teach({ programmeId }, [
      [small, 'CADRE', 2],
      [large, 'CADRE', 11],
      [larger, 'CADRE', 12],
    ]);
    const of = async (unitId: string) => {
      const query = `query ($id: ID!, $filter: TrainingStatisticsFilter) { unit(id: $id) { statistics(filter: $filter) { ${FIGURES} } } }`;
      const { data } = await server.ask(query, { id: unitId, filter }, { as: Role.VIEWER });
      expect(await seen({ ...filter, unitIds: [unitId] })).toMatchObject(data.unit.statistics);
      return data.unit.statistics.officials;
    };
    expect(await of(city)).toBe(25);
    expect(await of(small)).toBeNull();
    expect([await of(large), await of(larger)].filter((each) => each === null)).toHaveLength(1);
    expect((await seen({ ...filter, unitIds: [large, larger] })).officials).toBeNull();
    const groups = byKey(await seen(filter, 'UNIT'));
    for (const unitId of [small, large, larger]) expect(groups[unitId].officials).toBe(await of(unitId));
  });

  it('above a dissolved unit are not shown by the unit of today, where they overlap with its heirs', async () => {
    const { programmeId, filter } = await alone();
    const city = (await newUnit(server)).id;
    const district = (await newUnit(server, { parentId: city })).id;
    const ward = (await newUnit(server, { parentId: district })).id;
    await teach({ programmeId }, [
      [district, 'CADRE', 6],
      [ward, 'CADRE', 8],
    ]);
    const code = newCode('U');
    const input = {
      effectiveOn: '2025-07-01',
      closeIds: [district, ward],
      open: [{ code, kind: 'WARD', name: 'Phường mới', parentId: city }],
      successions: [
        { predecessorId: district, kind: 'DISSOLVED' },
        { predecessorId: ward, successorCode: code, kind: 'MERGED' },
      ],
    };
    const heir = (await must(server, 'reorganiseUnits', input, 'opened { id }')).opened[0].id;
    const today = { ...filter, attribution: 'CURRENT_SUCCESSOR' };
    expect((await real({ ...today, unitIds: [district] })).officials).toBe(14);
    expect((await seen({ ...today, unitIds: [district] })).officials).toBeNull(); // minus the heir: its own six
    expect((await seen({ ...today, unitIds: [heir] })).officials).toBe(8);
    expect((await seen({ ...today, unitIds: [city] })).officials).toBe(14);
    expect((await seen({ ...filter, unitIds: [district] })).officials).toBe(14);
  });

  it('are followed as they are asked for', async () => {
    const { programmeId, filter } = await alone();
    await teach({ programmeId }, [[(await newUnit(server)).id, 'CADRE', 3]]);
    const client = await connect(server.url, { as: Role.VIEWER });
    const subscriber = client.subscribe<any>(
      `subscription ($filter: TrainingStatisticsFilter) { trainingStatisticsChanged(filter: $filter) { ${FIGURES} } }`,
      { filter },
    );
    expect((await subscriber.nextData()).trainingStatisticsChanged).toEqual({ ...NO_PERSONS, cohorts: 1 });
    await client.close();
  });
});

/** The learners of one unit and category in the class of one year; also where there are none. */
interface Cell {
  unitId: string;
  category: string;
  year: string;
  officials: number;
  graduates: number;
}

/** The same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe.each([1, 3])('in random world %i', (seed) => {
  it('no small figure can be computed from all that is shown', async () => {
    const next = random(seed);
    const city = (await newUnit(server)).id;
    const district = (await newUnit(server, { parentId: city })).id;
    const wards: string[] = [];
    for (const parentId of [city, city, district, district, district])
      wards.push((await newUnit(server, { parentId })).id);
    const within: Record<string, string[]> = {
      [city]: [city, district, ...wards],
      [district]: [district, ...wards.slice(2)],
    };
    for (const ward of wards) within[ward] = [ward];

    const { programmeId, filter } = await alone();
    const cells: Cell[] = [];
    for (const year of ['2023', '2024']) {
      const sent: Sent = [];
      let toGraduate = 30;
      for (const unitId of within[city]!)
        for (const category of CATEGORIES) {
          const officials = next(3) === 0 ? 0 : 1 + next(next(3) === 0 ? 4 : 9);
          if (officials > 0) sent.push([unitId, category, officials]);
          const graduates = Math.min(toGraduate, officials);
          toGraduate -= graduates;
          cells.push({ unitId, category, year, officials, graduates });
        }
      await teach({ programmeId, startsOn: `${year}-03-01` }, sent, 30);
    }

    const scopes: [object, (unitId: string) => boolean][] = [
      [{}, () => true],
      ...Object.entries(within).flatMap(([id, all]): [object, (unitId: string) => boolean][] => [
        [{ unitIds: [id] }, (unitId) => all.includes(unitId)],
        [{ unitIds: [id], includeSubunits: false }, (unitId) => id === unitId],
      ]),
      [{ unitIds: wards.slice(1, 4) }, (unitId) => wards.slice(1, 4).includes(unitId)],
    ];
    const categorySets = [
      null,
      ...CATEGORIES.map((each) => [each]),
      CATEGORIES.slice(0, 2),
      CATEGORIES.slice(1),
    ];
    const keyOf = { UNIT: 'unitId', CATEGORY: 'category', YEAR: 'year' } as const;
    const figures: Record<'officials' | 'graduates', Figure[]> = { officials: [], graduates: [] };
    for (const [units, has] of scopes)
      for (const categories of categorySets)
        for (const groupBy of [null, 'UNIT', 'CATEGORY', 'YEAR'] as const) {
          const asked = { ...units, ...(categories && { categories }) };
          const tell = (what: string, shown: any, isIn: (cell: Cell) => boolean) => {
            const of = cells.flatMap((cell, at) => (isIn(cell) ? [at] : []));
            for (const count of ['officials', 'graduates'] as const) {
              const real = of.reduce((sum, at) => sum + cells[at]![count], 0);
              expect([real, null]).toContain(shown[count]);
              figures[count].push({ what, shown: shown[count], real, of });
            }
          };
          const isAsked = (cell: Cell) =>
            has(cell.unitId) && (categories === null || categories.includes(cell.category));
          const answer = await seen({ ...filter, ...asked }, groupBy);
          const name = JSON.stringify([asked, groupBy]);
          tell(name, answer, isAsked);
          for (const group of answer.groups)
            tell(
              `${name} ${group.key}`,
              group,
              (cell) => isAsked(cell) && cell[keyOf[groupBy!]] === group.key,
            );
        }
    for (const each of Object.values(figures)) {
      const small = each.filter(({ real }) => real >= 1 && real <= 4);
      expect(small.length).toBeGreaterThan(0);
      expect(small.filter(({ shown }) => shown !== null)).toEqual([]);
      expect(each.filter(({ shown }) => shown).length).toBeGreaterThan(20);
      expect(attack(each, cells.length)).toEqual([]);
    }
  });
});
