// The sample city: the article's figures counted from rows, its cohorts, real units, and no real persons.
import { rmSync } from 'node:fs';
import { startSampleServer } from '../support/sample';
import { newFolder, startTestServer, type TestServer } from '../support/server';
import { must, newUnit } from '../support/world';

const FIGURES = 'cohorts participations officials graduates abroad';
const YEARS = { startsOn: { from: '2021-01-01', to: '2023-12-31' } };
/** The courses that the article's sentence with the 39,539 is about. */
const SENTENCE = {
  ...YEARS,
  ...{ contentGroups: ['PROFESSIONAL_SKILLS'], kinds: ['REFRESHER'], locations: ['DOMESTIC'] },
};

/** How many records there are, and the first of each kind in full. */
const SIGHT = `{ units(first: 20) { totalCount nodes { id code name validFrom } }
  officials(first: 20) { totalCount nodes { id code fullName dateOfBirth assignments { id unit { id } validFrom } } }
  cohorts(first: 20) { totalCount nodes { id code createdAt enrolments(first: 10) { totalCount nodes { id } } } }
  graduates(first: 20) { totalCount nodes { id credentialNumber official { id } thesis { title } } } }`;

let server: TestServer;
let atFirst: unknown;
beforeAll(async () => {
  server = await startSampleServer();
  atFirst = await read(SIGHT);
});
afterAll(() => server.stop());

async function read(query: string, variables: object = {}, from = server): Promise<any> {
  const { data, errors } = await from.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** The figures of the unit that bears a code on a day. */
const figuresOf = async (code: string, on: string, filter: object) =>
  (
    await read(
      `query ($code: String, $on: Date, $filter: TrainingStatisticsFilter) {
        unit(code: $code, on: $on) { statistics(filter: $filter) { ${FIGURES} } } }`,
      { code, on, filter },
    )
  ).unit.statistics;

test('says that its data are a sample', async () => {
  expect((await read('{ about { sampleData } }')).about.sampleData).toBe(true);
});

test('counts 39,539 participations in nearly 490 cohorts of 2021 to 2023 in professional skills', async () => {
  const { trainingStatistics } = await read(
    `query ($filter: TrainingStatisticsFilter) { trainingStatistics(filter: $filter, groupBy: YEAR) {
      ${FIGURES} groups { key cohorts participations abroad } } }`,
    { filter: SENTENCE },
  );
  const { groups, ...whole } = trainingStatistics;
  expect(whole).toMatchObject({ cohorts: 487, participations: 39_539, abroad: 0 });
  expect(whole.officials).toBeLessThan(whole.participations);
  expect(groups.map(({ key }: { key: string }) => key)).toEqual(['2021', '2022', '2023']);
  for (const figure of ['cohorts', 'participations', 'abroad']) {
    const sum = groups.reduce((total: number, group: Record<string, number>) => total + group[figure]!, 0);
    expect(sum).toBe(whole[figure]);
  }
});

test('the enlarged city counts through its predecessors what the old one counted at its time', async () => {
  const old = await figuresOf('79', '2023-12-31', { ...YEARS, attribution: 'AT_TIME' });
  expect(old).toMatchObject({ abroad: 180 });
  expect(old.participations).toBeGreaterThan(39_539 + 180);
  expect(await figuresOf('79', '2026-01-01', { ...YEARS, attribution: 'CURRENT_SUCCESSOR' })).toEqual(old);
  expect(await figuresOf('79', '2026-01-01', { ...YEARS, attribution: 'AT_TIME' })).toMatchObject({
    cohorts: 0,
    participations: 0,
  });
});

test('a department counts for both cities, too', async () => {
  const then = await figuresOf('SNV', '2023-12-31', YEARS);
  expect(then.participations).toBeGreaterThan(100);
  expect(await figuresOf('SNV', '2026-01-01', { ...YEARS, attribution: 'CURRENT_SUCCESSOR' })).toEqual(then);
});

test.each([
  ['2020-12-31', 24, 322],
  ['2024-12-31', 22, 312],
  ['2025-06-30', 22, 273],
  ['2025-07-01', 0, 168],
])('on %s the city has %i districts and %i wards, communes and the like', async (on, districts, wards) => {
  const { unit } = await read(`query ($on: Date) { unit(code: "79", on: $on) { id } }`, { on });
  const count = async (kinds: string[]) =>
    (
      await read(`query ($f: UnitFilter) { units(filter: $f, first: 1) { totalCount } }`, {
        f: { on, withinIds: [unit.id], kinds },
      })
    ).units.totalCount;
  expect(await count(['MUNICIPAL_CITY', 'URBAN_DISTRICT', 'RURAL_DISTRICT'])).toBe(districts);
  expect(await count(['WARD', 'COMMUNE', 'TOWNSHIP', 'SPECIAL_ZONE'])).toBe(wards);
});

test('a reused code belongs to another unit on another day', async () => {
  const nameOn = async (on: string) =>
    (await read(`query ($on: Date) { unit(code: "769", on: $on) { name } }`, { on })).unit?.name ?? null;
  expect(await nameOn('2020-12-31')).toBe('Quận 2');
  expect(await nameOn('2021-01-01')).toBe('Thành phố Thủ Đức');
  expect(await nameOn('2025-07-01')).toBeNull();
});

test.each([
  ['754', 'Thị xã Phú Mỹ', 'TOWN', '2025-03-01', 'Thành phố Phú Mỹ'],
  ['26710', 'Xã Tân Hải', 'COMMUNE', '2025-03-01', 'Phường Tân Hải'],
  ['26707', 'Xã Tân Hòa', 'COMMUNE', '2025-03-01', 'Phường Tân Hòa'],
  ['752', 'Huyện Long Điền', 'RURAL_DISTRICT', '2025-01-01', 'Huyện Long Đất'],
  ['753', 'Huyện Đất Đỏ', 'RURAL_DISTRICT', '2025-01-01', 'Huyện Long Đất'],
  ['26668', 'Xã Tam Phước', 'COMMUNE', '2025-01-01', 'Xã Tam An'],
  ['26608', 'Xã Kim Long', 'COMMUNE', '2025-01-01', 'Thị trấn Kim Long'],
  ['26701', 'Xã Lộc An', 'COMMUNE', '2025-01-01', 'Xã Phước Hội'],
  ['26692', 'Thị trấn Phước Hải', 'TOWNSHIP', '2025-01-01', 'Thị trấn Phước Hải'],
  ['26551', 'Phường Phước Hiệp', 'WARD', '2025-01-01', 'Phường Phước Trung'],
  ['721', 'Thị xã Bến Cát', 'TOWN', '2024-05-01', 'Thành phố Bến Cát'],
  ['25840', 'Xã An Điền', 'COMMUNE', '2024-05-01', 'Phường An Điền'],
  ['25843', 'Xã An Tây', 'COMMUNE', '2024-05-01', 'Phường An Tây'],
  ['723', 'Thị xã Tân Uyên', 'TOWN', '2023-04-10', 'Thành phố Tân Uyên'],
])('the unit %s of the provinces was %s, a %s, until %s', async (code, name, kind, day, successor) => {
  const { unit } = await read(
    `query ($code: String) { unit(code: $code, on: "2022-12-31") { name kind
      successors { effectiveOn successor { name ancestors { name } } } } }`,
    { code },
  );
  expect(unit).toMatchObject({
    name,
    kind,
    successors: [{ effectiveOn: day, successor: { name: successor } }],
  });
});

test('a ward of a town that became a city goes on below the city, with its people', async () => {
  const { units } = await read(`{ units(filter: { codes: ["26716"], on: "2025-03-01" }) { nodes {
    name parent { name kind } predecessors { predecessor { name validTo parent { name kind } } } } } }`);
  expect(units.nodes).toEqual([
    {
      ...{ name: 'Phường Tân Phước', parent: { name: 'Thành phố Phú Mỹ', kind: 'PROVINCIAL_CITY' } },
      predecessors: [
        {
          predecessor: {
            ...{ name: 'Phường Tân Phước', validTo: '2025-02-28' },
            parent: { name: 'Thị xã Phú Mỹ', kind: 'TOWN' },
          },
        },
      ],
    },
  ]);
});

test('every post of the officials of the two provinces lies within the time of its unit', async () => {
  const { provinces } = await read('{ provinces: units(filter: { codes: ["74", "77"] }) { nodes { id } } }');
  const unitIds = provinces.nodes.map(({ id }: { id: string }) => id);
  const { officials } = await read(
    `query ($unitIds: [ID!]) { officials(first: 100, filter: { unitIds: $unitIds, on: "2023-04-09" }) {
      totalCount nodes { assignments { validFrom validTo unit { validFrom validTo } } } } }`,
    { unitIds },
  );
  expect(officials.totalCount).toBeGreaterThan(100);
  for (const { validFrom, validTo, unit } of officials.nodes.flatMap(({ assignments }: any) => assignments)) {
    expect(validFrom >= (unit.validFrom ?? '')).toBe(true);
    expect((validTo ?? '9999-12-31') <= (unit.validTo ?? '9999-12-31')).toBe(true);
  }
});

/** The officials in a post of this position on a day. */
async function holding(positionCodes: string[], on: string, unitCode = '79'): Promise<any[]> {
  const { unit } = await read('query ($code: String, $on: Date) { unit(code: $code, on: $on) { id } }', {
    code: unitCode,
    on,
  });
  const { officials } = await read(
    `query ($filter: OfficialFilter) { officials(first: 100, filter: $filter) {
      nodes { grade gender dateOfBirth assignments(on: "${on}") { position { code title } unit { code } } } } }`,
    { filter: { unitIds: [unit.id], positionCodes, on } },
  );
  return officials.nodes;
}

test('the Inspection Committee has a Chủ nhiệm and three deputies', async () => {
  const titles = (await holding(['CN', 'PCN', 'TB', 'PTB'], '2026-11-01', 'TU-UBKT')).flatMap(
    ({ assignments }) => assignments.map(({ position }: any) => position.title),
  );
  expect(titles.sort()).toEqual(['Chủ nhiệm', 'Phó Chủ nhiệm', 'Phó Chủ nhiệm', 'Phó Chủ nhiệm']);
});

test('who leads a department is a principal or a senior specialist', async () => {
  const leaders = await holding(['GD', 'PGD', 'TB', 'PTB', 'CTT', 'PCTT', 'CN', 'PCN'], '2023-12-31');
  expect(leaders.length).toBeGreaterThan(40);
  for (const { grade } of leaders) expect(['Chuyên viên chính', 'Chuyên viên cao cấp']).toContain(grade);
});

test('no woman in office is beyond the age of retirement', async () => {
  for (const positions of [['BT'], ['CT'], ['PBT'], ['CVP', 'GD', 'PGD']]) {
    const women = (await holding(positions, '2026-11-01')).filter(({ gender }) => gender === 'FEMALE');
    expect(women.length).toBeGreaterThan(10);
    for (const { dateOfBirth } of women) expect(dateOfBirth >= '1970-01-01').toBe(true);
  }
});

test('a ward of today has its chief of office and its one commander', async () => {
  const posts = (await holding(['QS', 'CVP', 'GDTT', 'TP'], '2026-11-01', '27487')).flatMap(
    ({ assignments }) => assignments.map(({ position }: any) => position.code),
  );
  expect(posts.sort()).toEqual(['CVP', 'GDTT', 'QS', 'TP', 'TP']);
});

test('no name of a unit is written Hoà', async () => {
  const { units } = await read('{ units(filter: { text: "Hòa" }, first: 100) { nodes { name } } }');
  const names: string[] = units.nodes.map(({ name }: { name: string }) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => /hoà(?!\p{L})/iu.test(name))).toEqual([]);
});

test('the successors of a dissolved district are those of its wards', async () => {
  const { unit } = await read(`{ unit(code: "778", on: "2023-12-31") { id
    successors { effectiveOn kind isPartial note predecessor { name } successor { name } } } }`);
  expect(unit.successors.map(({ successor }: any) => successor.name).sort()).toEqual(
    ['Phường Phú Thuận', 'Phường Tân Hưng', 'Phường Tân Mỹ', 'Phường Tân Thuận'].sort(),
  );
  for (const link of unit.successors) {
    expect(link).toMatchObject({
      ...{ effectiveOn: '2025-07-01', kind: 'DISSOLVED', isPartial: true },
      ...{ note: expect.stringContaining('Quận 7'), predecessor: { name: 'Quận 7' } },
    });
  }
});

test('no person has the name of one in the article or of another holder of office, and every staff code is marked as sample', async () => {
  const holders = ['Nguyễn Xuân Phúc', 'Nguyễn Phước Lộc', 'Trần Hoàng Quân', 'Võ Văn Minh', 'Lê Quốc Phong'];
  for (const name of ['Võ Khắc Thái', 'Hoàng Tùng', 'Sử Đình Thành', ...holders]) {
    const { officials } = await read(
      `query ($text: String) { officials(filter: { text: $text }, first: 100) { nodes { fullName } } }`,
      { text: name },
    );
    expect(officials.nodes.map(({ fullName }: any) => fullName)).not.toContain(name);
  }
  const { officials } = await read(`{ officials(first: 100) { nodes { code email } } }`);
  for (const { code, email } of officials.nodes) {
    expect(code).toMatch(/^M\d{6}$/);
    expect(email ?? 'none@mau.example').toMatch(/@mau\.example$/);
  }
});

describe('the reorganisation of 2025-07-01', () => {
  const idOf = async (code: string, on: string): Promise<string> =>
    (await server.ask(`{ unit(code: "${code}", on: "${on}") { id } }`)).data.unit.id;
  interface Figures {
    whole: { participations: number; officials: number; graduates: number };
    sent: Record<string, number>;
  }
  async function figures(unitIds: string[], attribution: string): Promise<Figures> {
    const { data, errors } = await server.ask(
      `query ($filter: TrainingStatisticsFilter) { trainingStatistics(filter: $filter, groupBy: UNIT) {
        participations officials graduates groups { key participations } } }`,
      { filter: { ...YEARS, unitIds, attribution } },
    );
    expect(errors).toBeUndefined();
    const { groups, ...whole } = data.trainingStatistics;
    const rows = groups.map(({ key, participations }: any) => [key, participations] as const) as [
      string,
      number,
    ][];
    const sent = rows.filter(([, participations]) => participations > 0);
    expect(sent.reduce((sum, [, participations]) => sum + participations, 0)).toBe(whole.participations);
    return { whole, sent: Object.fromEntries(sent) };
  }

  it('leaves Quận 7 and the four wards that followed it with the same learners as the district then', async () => {
    const district = await idOf('778', '2023-12-31');
    const { data } = await server.ask(
      `query ($id: ID!) { unit(id: $id) { validTo leftOpen { assignmentCount }
        children(first: 100, filter: { on: "2025-06-30" }) { nodes { id name validTo
          successors { effectiveOn isPartial successor { id name ancestors { code validFrom } } } } } } }`,
      { id: district },
    );
    expect(data.unit.validTo).toBe('2025-06-30');
    expect(data.unit.leftOpen.assignmentCount).toBe(0); // all were moved on the day
    const old: any[] = data.unit.children.nodes;
    const links = old.flatMap(({ successors }) => successors);
    expect(links.every(({ effectiveOn }) => effectiveOn === '2025-07-01')).toBe(true);
    const wards = new Map<string, string>(links.map(({ successor }) => [successor.id, successor.name]));
    expect([...wards.values()].sort()).toEqual(
      ['Phường Phú Thuận', 'Phường Tân Hưng', 'Phường Tân Mỹ', 'Phường Tân Thuận'].sort(),
    );
    const then = await figures([district], 'AT_TIME');
    const now = await figures([district, ...wards.keys()], 'CURRENT_SUCCESSOR');
    expect(then.whole.participations).toBeGreaterThan(100);
    expect(now.whole).toEqual(then.whole);
    // Each row of now is a row of then, or the sum of the old wards that went over whole.
    const wholeHeir = (ward: any) =>
      ward.successors.length === 1 && !ward.successors[0].isPartial
        ? ward.successors[0].successor.id
        : ward.id;
    const expected: Record<string, number> = {};
    for (const [id, participations] of Object.entries(then.sent)) {
      const ward = old.find((each) => each.id === id);
      const row = ward ? wholeHeir(ward) : id;
      expected[row] = (expected[row] ?? 0) + participations;
    }
    expect(now.sent).toEqual(expected);
    expect(Object.keys(now.sent).some((id) => wards.has(id))).toBe(true);
  });

  it('leaves the city before and the enlarged city after with the same figures', async () => {
    const then = await figures([await idOf('79', '2023-12-31')], 'AT_TIME');
    const now = await figures([await idOf('79', '2026-01-01')], 'CURRENT_SUCCESSOR');
    expect(then.whole.participations).toBeGreaterThan(39_539 + 180);
    expect(now.whole).toEqual(then.whole);
    expect(Object.keys(now.sent)).not.toEqual(Object.keys(then.sent));
  });
});

test('the rules of service stand there with their sources, and what the class of Quận 7 owes', async () => {
  const { serviceRules, serviceCommitments } = await read(
    `{ serviceRules { category validFrom validTo multiple maximumAge yearsBefore source }
      serviceCommitments(first: 1) { totalCount nodes { studyMonths monthsOwed servesFrom
        enrolment { cohort { code } } rule { source } } } }`,
  );
  expect(serviceRules).toHaveLength(3);
  expect(serviceRules[1]).toEqual({
    ...{ category: 'CIVIL_SERVANT', validFrom: '2025-07-01', validTo: null },
    ...{ multiple: 3, maximumAge: 45, yearsBefore: 3, source: 'Nghị định 171/2025/NĐ-CP' },
  });
  expect(serviceCommitments.totalCount).toBeGreaterThan(10);
  expect(serviceCommitments.nodes[0]).toEqual({
    ...{ studyMonths: 29, monthsOwed: 58, servesFrom: '2024-03-01' },
    enrolment: { cohort: { code: 'Q7-QLC-1' } },
    rule: { source: expect.stringContaining('101/2017') },
  });
});

test('a class in progress at an open unit takes graduates, and one that enrols can be started', async () => {
  const { cohorts } = await read(`{ cohorts(filter: { statuses: [IN_PROGRESS, ENROLLING] }, first: 50) {
    nodes { id status startsOn hostUnit { isOpen } enrolments(first: 1) { nodes { official { id } } } } } }`);
  const open: any[] = cohorts.nodes
    .filter(({ hostUnit }: any) => hostUnit.isOpen)
    .sort((a: any, b: any) => (a.startsOn < b.startsOn ? -1 : 1));
  const [started, enrolling] = ['IN_PROGRESS', 'ENROLLING'].map((status) =>
    open.find((each) => each.status === status),
  );
  expect([started.startsOn < '2026-11-01', enrolling.startsOn < '2026-11-01']).toEqual([true, true]);
  const graduate = { officialId: started.enrolments.nodes[0].official.id, graduatedOn: started.startsOn };
  await must(server, 'recordGraduates', { cohortId: started.id, graduates: [graduate] }, 'graduates { id }');
  await must(server, 'startCohort', { cohortId: enrolling.id }, 'cohort { status }');
});

describe('the filling', () => {
  let folder: string;
  beforeEach(() => (folder = newFolder()));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('gives the same city each time, and happens once', async () => {
    const other = await startTestServer({ folder, sample: true });
    expect(await read(SIGHT, {}, other)).toEqual(atFirst);
    const { latestCursor } = await read('{ latestCursor }', {}, other);
    await other.stop();
    const again = await startTestServer({ folder, sample: true });
    expect(await read(SIGHT, {}, again)).toEqual(atFirst);
    expect(await read('{ latestCursor about { sampleData } }', {}, again)).toEqual({
      latestCursor,
      about: { sampleData: true },
    });
    await again.stop();
  });

  test('does not fill a registry that has data already', async () => {
    const begun = await startTestServer({ folder });
    await newUnit(begun);
    await begun.stop();
    const again = await startTestServer({ folder, sample: true });
    expect(await read('{ about { sampleData } units(first: 1) { totalCount } }', {}, again)).toEqual({
      about: { sampleData: false },
      units: { totalCount: 1 },
    });
    await again.stop();
  });
});
