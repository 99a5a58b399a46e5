// Training statistics: participations (lượt) and persons (người), which states count, and breakdowns that add up.
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newClass,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newTopic,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';

const FIGURES = 'suppressed cohorts participations officials graduates abroad';

let server: TestServer;
let positionCode: string;
beforeAll(async () => {
  server = await startTestServer();
  positionCode = (await newPosition(server)).code;
});
afterAll(() => server.stop());

const official = async (unitId: string, category = 'CIVIL_SERVANT') =>
  (await newOfficial(server, { unitId, positionCode, category })).id;

/** A cohort in progress in which these officials study. */
async function hold(more: object, officialIds: string[]): Promise<string> {
  const { id: cohortId } = await newCohort(server, more);
  await must(server, 'openEnrolment', { cohortId }, 'cohort { id }');
  if (officialIds.length > 0) {
    const enrolmentIds = await nominate(server, cohortId, officialIds);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
  }
  await must(server, 'startCohort', { cohortId }, 'cohort { id }');
  return cohortId;
}

async function graduate(cohortId: string, officialIds: string[]): Promise<string[]> {
  const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-12-01' }));
  const payload = await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
  return payload.graduates.map(({ id }: { id: string }) => id);
}

async function statistics(filter: object, groupBy?: string, language = 'en'): Promise<any> {
  const { data, errors } = await server.ask(
    `query ($filter: TrainingStatisticsFilter, $groupBy: TrainingStatisticsDimension) {
      trainingStatistics(filter: $filter, groupBy: $groupBy) {
        ${FIGURES} cursor groups { key label unit { id } university { id } topic { id } ${FIGURES} }
      }
      latestCursor
    }`,
    { filter, groupBy },
    { language },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  expect(data.trainingStatistics.cursor).toBe(data.latestCursor);
  return data.trainingStatistics;
}

/** [cohorts, participations, officials, graduates, abroad] */
const row = (figures: any): number[] => {
  expect(figures.suppressed).toBe(false);
  return [figures.cohorts, figures.participations, figures.officials, figures.graduates, figures.abroad];
};
const rows = (figures: any): Record<string, number[]> =>
  Object.fromEntries(figures.groups.map((group: any) => [group.key, row(group)]));

describe('participations and persons', () => {
  it('count one person in two cohorts as two participations of one person', async () => {
    const unitId = (await newUnit(server)).id;
    const [once, twice] = [await official(unitId), await official(unitId)];
    const first = await hold({}, [once, twice]);
    const second = await hold({}, [twice]);
    await graduate(first, [twice]);
    await graduate(second, [twice]);
    const filter = { unitIds: [unitId] };
    expect(row(await statistics(filter))).toEqual([2, 3, 2, 2, 0]);
    // In a breakdown the person counts once in each group they studied in.
    const byCategory = await statistics(filter, 'CATEGORY');
    expect(rows(byCategory)).toEqual({ CIVIL_SERVANT: [2, 3, 2, 2, 0] });
  });

  it('count accepted, studying, completed and not completed enrolments, and no others', async () => {
    const programmeId = (await newProgramme(server)).id;
    const unitId = (await newUnit(server)).id;
    const people: string[] = [];
    for (let i = 0; i < 4; i++) people.push(await official(unitId));
    const { id: cohortId } = await newCohort(server, { programmeId });
    const count = async () => {
      const figures = await statistics({ programmeIds: [programmeId] });
      const { data } = await server.ask(`{ cohort(id: "${cohortId}") { enrolledCount graduateCount } }`);
      expect([figures.participations, figures.graduates]).toEqual(Object.values(data.cohort));
      return row(figures).slice(1, 4);
    };
    expect(await count()).toEqual([0, 0, 0]);
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const [e0, e1, e2, e3] = await nominate(server, cohortId, people);
    expect(await count()).toEqual([0, 0, 0]); // NOMINATED
    await must(server, 'decideEnrolments', { enrolmentIds: [e0], decision: 'DECLINE' }, 'cursor');
    expect(await count()).toEqual([0, 0, 0]); // DECLINED
    await must(server, 'decideEnrolments', { enrolmentIds: [e1, e2, e3], decision: 'ACCEPT' }, 'cursor');
    expect(await count()).toEqual([3, 3, 0]); // ACCEPTED
    await must(server, 'withdrawEnrolment', { enrolmentId: e1 }, 'cursor');
    expect(await count()).toEqual([2, 2, 0]); // WITHDRAWN
    await must(server, 'startCohort', { cohortId }, 'cursor');
    expect(await count()).toEqual([2, 2, 0]); // STUDYING
    const [graduateId] = await graduate(cohortId, [people[2]!]);
    expect(await count()).toEqual([2, 2, 1]); // COMPLETED
    await must(server, 'completeCohort', { cohortId }, 'cursor');
    expect(await count()).toEqual([2, 2, 1]); // NOT_COMPLETED
    await must(server, 'revokeGraduate', { graduateId }, 'cursor');
    expect(await count()).toEqual([2, 2, 0]); // the graduation is gone, the participation is not
    await graduate(cohortId, [people[2]!, people[3]!]);
    expect(await count()).toEqual([2, 2, 2]);
  });

  it('leave out cohorts that were cancelled, with their learners', async () => {
    const programmeId = (await newProgramme(server)).id;
    const unitId = (await newUnit(server)).id;
    const cohortId = await hold({ programmeId, hostUnitId: unitId }, [await official(unitId)]);
    expect(row(await statistics({ programmeIds: [programmeId] }))).toEqual([1, 1, 1, 0, 0]);
    await must(server, 'cancelCohort', { cohortId, reason: 'Bão' }, 'cursor');
    expect(row(await statistics({ programmeIds: [programmeId] }))).toEqual([0, 0, 0, 0, 0]);
    expect((await statistics({ programmeIds: [programmeId] }, 'STATUS')).groups).toEqual([]);
  });

  it('count the category and unit of then, whatever became of the person', async () => {
    const [before, after] = [(await newUnit(server)).id, (await newUnit(server)).id];
    const person = await official(before, 'CADRE');
    await hold({}, [person]);
    await must(server, 'reviseOfficial', { officialId: person, category: 'PUBLIC_EMPLOYEE' }, 'cursor');
    const post = { officialId: person, unitId: after, positionCode, since: '2023-01-01' };
    await must(server, 'assignOfficial', post, 'cursor');
    expect(rows(await statistics({ unitIds: [before, after] }, 'CATEGORY'))).toEqual({
      CADRE: [1, 1, 1, 0, 0],
    });
    expect((await statistics({ unitIds: [after] })).participations).toBe(0);
  });
});

describe('a year of training', () => {
  /** Names to ids; figures are looked at within these two programmes. */
  const id: Record<string, string> = {};
  let programmeIds: string[];

  beforeAll(async () => {
    id.district = (await newUnit(server, { kind: 'URBAN_DISTRICT', name: 'Quận 7' })).id;
    id.east = (
      await newUnit(server, { parentId: id.district, name: 'Phường Tân Phú', nameEn: 'Tan Phu Ward' })
    ).id;
    id.west = (await newUnit(server, { parentId: id.district, name: 'Phường Bình Thuận' })).id;
    id.host = (await newUnit(server, { name: 'Ban Tổ chức' })).id;
    id.planning = (await newTopic(server, { name: 'Quy hoạch' })).id;
    id.finance = (await newTopic(server, { name: 'Tài chính công', nameEn: 'Public finance' })).id;
    id.ueh = (await newUniversity(server, { name: 'Đại học Kinh tế' })).id;
    id.short = (await newProgramme(server, { universityId: id.ueh, topicIds: [id.planning, id.finance] })).id;
    id.master = (
      await newProgramme(server, {
        kind: 'DEGREE',
        degreeLevel: 'MASTER',
        contentGroup: 'STATE_MANAGEMENT',
        location: 'COMBINED',
        topicIds: [id.finance],
      })
    ).id;
    programmeIds = [id.short, id.master];
    const an = await official(id.east, 'CADRE');
    const binh = await official(id.east);
    const chi = await official(id.west, 'PUBLIC_EMPLOYEE');
    id.class23 = await hold({ programmeId: id.short, hostUnitId: id.host, startsOn: '2023-05-01' }, [
      an,
      binh,
      chi,
    ]);
    id.class24 = await hold({ programmeId: id.master, hostUnitId: id.west, startsOn: '2024-05-01' }, [
      an,
      chi,
    ]);
    await newCohort(server, {
      programmeId: id.short,
      hostUnitId: id.west,
      startsOn: '2024-12-31',
      location: 'ABROAD',
    });
    await graduate(id.class24, [chi]);
    await must(server, 'completeCohort', { cohortId: id.class23 }, 'cursor');
  });

  const WHOLE = [3, 5, 3, 1, 2];

  // [cohorts, participations, officials, graduates, abroad] of each group
  const GROUPS: Record<string, () => Record<string, number[]>> = {
    UNIT: () => ({
      [id.host!]: [1, 0, 0, 0, 0], // a host that sent no learners
      [id.east!]: [2, 3, 2, 0, 1],
      [id.west!]: [3, 2, 1, 1, 1], // hosts two, and sent to two
    }),
    UNIVERSITY: () => ({ [id.ueh!]: [2, 3, 3, 0, 0], NONE: [1, 2, 2, 1, 2] }),
    TOPIC: () => ({ [id.planning!]: [2, 3, 3, 0, 0], [id.finance!]: WHOLE }),
    YEAR: () => ({ 2023: [1, 3, 3, 0, 0], 2024: [2, 2, 2, 1, 2] }),
    PROGRAMME_KIND: () => ({ REFRESHER: [2, 3, 3, 0, 0], DEGREE: [1, 2, 2, 1, 2] }),
    CONTENT_GROUP: () => ({ PROFESSIONAL_SKILLS: [2, 3, 3, 0, 0], STATE_MANAGEMENT: [1, 2, 2, 1, 2] }),
    CATEGORY: () => ({
      CADRE: [2, 2, 1, 0, 1],
      CIVIL_SERVANT: [1, 1, 1, 0, 0],
      PUBLIC_EMPLOYEE: [2, 2, 1, 1, 1],
    }),
    LOCATION: () => ({ DOMESTIC: [1, 3, 3, 0, 0], COMBINED: [1, 2, 2, 1, 2], ABROAD: [1, 0, 0, 0, 0] }),
    STATUS: () => ({ COMPLETED: [1, 3, 3, 0, 0], IN_PROGRESS: [1, 2, 2, 1, 2], PLANNED: [1, 0, 0, 0, 0] }),
  };

  it('is counted whole, without groups unless they are asked for', async () => {
    const figures = await statistics({ programmeIds });
    expect(row(figures)).toEqual(WHOLE);
    expect(figures.groups).toEqual([]);
  });

  it('can be grouped by everything the contract names', async () => {
    const { data } = await server.ask(
      '{ __type(name: "TrainingStatisticsDimension") { enumValues { name } } }',
    );
    expect(data.__type.enumValues.map(({ name }: any) => name).sort()).toEqual(Object.keys(GROUPS).sort());
  });

  it.each(Object.keys(GROUPS))('is grouped by %s', async (groupBy) => {
    const figures = await statistics({ programmeIds }, groupBy);
    expect(row(figures)).toEqual(WHOLE);
    expect(rows(figures)).toEqual(GROUPS[groupBy]!());
    for (const { key, unit, university, topic } of figures.groups) {
      const own = key === 'NONE' ? null : { id: key };
      expect([unit, university, topic]).toEqual(
        ['UNIT', 'UNIVERSITY', 'TOPIC'].map((each) => (each === groupBy ? own : null)),
      );
    }
  });

  it('labels its groups for people, in the language they read', async () => {
    const labels = async (groupBy: string, language: string) =>
      (await statistics({ programmeIds }, groupBy, language)).groups.map(({ label }: any) => label);
    expect(await labels('UNIT', 'vi')).toEqual(['Ban Tổ chức', 'Phường Bình Thuận', 'Phường Tân Phú']);
    expect(await labels('UNIT', 'en')).toEqual(['Ban Tổ chức', 'Phường Bình Thuận', 'Tan Phu Ward']);
    expect(await labels('UNIVERSITY', 'vi')).toEqual(['Đại học Kinh tế', 'Không nêu']);
    expect(await labels('CATEGORY', 'vi')).toEqual(['Cán bộ', 'Công chức', 'Viên chức']);
    expect(await labels('YEAR', 'en')).toEqual(['2023', '2024']);
  });

  it.each([
    ['unitIds', () => ({ unitIds: [id.east] }), [2, 3, 2, 0, 1]],
    ['unitIds of a unit above', () => ({ unitIds: [id.district] }), WHOLE],
    ['two unitIds, one above the other', () => ({ unitIds: [id.district, id.east] }), WHOLE],
    [
      'unitIds without those below',
      () => ({ unitIds: [id.district], includeSubunits: false }),
      [0, 0, 0, 0, 0],
    ],
    ['unitIds of a host', () => ({ unitIds: [id.host] }), [1, 0, 0, 0, 0]],
    ['universityIds', () => ({ universityIds: [id.ueh] }), [2, 3, 3, 0, 0]],
    ['programmeIds', () => ({ programmeIds: [id.master] }), [1, 2, 2, 1, 2]],
    ['topicIds', () => ({ topicIds: [id.planning] }), [2, 3, 3, 0, 0]],
    ['two topicIds of one programme', () => ({ topicIds: [id.planning, id.finance] }), WHOLE],
    ['kinds', () => ({ kinds: ['DEGREE', 'EXCHANGE'] }), [1, 2, 2, 1, 2]],
    ['categories', () => ({ categories: ['CADRE'] }), [2, 2, 1, 0, 1]],
    ['locations', () => ({ locations: ['ABROAD', 'COMBINED'] }), [2, 2, 2, 1, 2]],
    [
      'startsOn, both days included',
      () => ({ startsOn: { from: '2023-05-01', to: '2024-05-01' } }),
      [2, 5, 3, 1, 2],
    ],
    ['startsOn from a day', () => ({ startsOn: { from: '2024-05-02' } }), [1, 0, 0, 0, 0]],
    ['startsOn to a day', () => ({ startsOn: { to: '2024-04-30' } }), [1, 3, 3, 0, 0]],
    [
      'several at once',
      () => ({ unitIds: [id.east], kinds: ['DEGREE'], categories: ['CADRE'] }),
      [1, 1, 1, 0, 1],
    ],
    [
      'nulls',
      () => ({ unitIds: null, kinds: null, startsOn: null, attribution: null, includeSubunits: null }),
      WHOLE,
    ],
  ])('is narrowed by %s', async (_what, filter, expected) => {
    const narrowed = { programmeIds, ...filter() };
    const figures = await statistics(narrowed, 'STATUS');
    expect(row(figures)).toEqual(expected);
    const sum = (at: number) => Object.values(rows(figures)).reduce((total, each) => total + each[at]!, 0);
    expect([sum(0), sum(1), sum(3), sum(4)]).toEqual([expected[0], expected[1], expected[3], expected[4]]);
    expect(row(await statistics({ ...narrowed, attribution: 'CURRENT_SUCCESSOR' }))).toEqual(expected);
  });

  it('is shown by each unit for itself and its subunits, whatever unitIds contains', async () => {
    const of = async (unitId: string, filter: object) => {
      const query = `query ($id: ID!, $filter: TrainingStatisticsFilter) {
        unit(id: $id) { statistics(filter: $filter) { ${FIGURES} groups { key } } } }`;
      const { data } = await server.ask(query, { id: unitId, filter });
      expect(data.unit.statistics.groups).toEqual([]);
      return row(data.unit.statistics);
    };
    expect(await of(id.district!, {})).toEqual(WHOLE);
    expect(await of(id.district!, { includeSubunits: false })).toEqual([0, 0, 0, 0, 0]);
    expect(await of(id.east!, { unitIds: [id.west] })).toEqual([2, 3, 2, 0, 1]);
    expect(await of(id.west!, { startsOn: { from: '2024-01-01' } })).toEqual([2, 1, 1, 1, 1]);
    expect(await of(id.host!, {})).toEqual([1, 0, 0, 0, 0]);
    const both = `{ a: unit(id: "${id.east}") { statistics { ${FIGURES} } } b: unit(id: "${id.west}") { statistics { ${FIGURES} } } }`;
    const { data } = await server.ask(both);
    expect([row(data.a.statistics), row(data.b.statistics)]).toEqual([
      [2, 3, 2, 0, 1],
      [3, 2, 1, 1, 1],
    ]);
  });

  it('counts 34 learners of one cohort as 34, with none of another cohort', async () => {
    const { cohort, unitId } = await newClass(server, 34);
    expect(row(await statistics({ unitIds: [unitId] }))).toEqual([1, 34, 34, 0, 0]);
    expect((await statistics({ unitIds: [unitId] }, 'YEAR')).groups).toHaveLength(1);
    const { data } = await server.ask(`{ cohort(id: "${cohort.id}") { enrolledCount } }`);
    expect(data.cohort.enrolledCount).toBe(34);
  });
});
