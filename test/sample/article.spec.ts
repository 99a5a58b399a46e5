// The facts of the article, one by one, against the sample; the numbers are those of the domain notes.
import { startSampleServer } from '../support/sample';
import type { TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startSampleServer();
});
afterAll(() => server.stop());

async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const cohort = async (code: string, selection: string) =>
  (
    await read(
      `query ($codes: [String!]) { cohorts(filter: { codes: $codes }) { nodes { ${selection} } } }`,
      {
        codes: [code],
      },
    )
  ).cohorts.nodes[0];

/** Every learner of a cohort. */
async function learnersOf(code: string, selection: string): Promise<any[]> {
  const { enrolments } = await cohort(code, `enrolments(first: 100) { nodes { ${selection} } }`);
  return enrolments.nodes;
}

/** A programme with its partners, each as `ROLE code`. */
async function programme(code: string, selection: string): Promise<any> {
  const { programmes } = await read(
    `query ($codes: [String!]) { programmes(filter: { codes: $codes }) { nodes {
      partners { role unit { code } university { abbreviation } } ${selection} } } }`,
    { codes: [code] },
  );
  const { partners, ...found } = programmes.nodes[0];
  return {
    ...found,
    partners: partners.map(
      ({ role, unit, university }: any) => `${role} ${(unit ?? university).code ?? university.abbreviation}`,
    ),
  };
}

/** The agreements of the unit that bore a code at the time of the article. */
async function partnersOf(code: string): Promise<any[]> {
  const { unit } = await read(
    `query ($code: String) { unit(code: $code, on: "2023-12-31") { name
      partnerships { nodes { areas topics { code } university { abbreviation } } } } }`,
    { code },
  );
  return unit.partnerships.nodes;
}

test("1. a Master of Public Policy for the city's officials, by the Organisation Board with UEH: 41 learners since 2023-03-02", async () => {
  expect(await programme('THS-CSC', 'name kind degreeLevel')).toEqual({
    name: 'Thạc sĩ Chính sách công hệ Điều hành cao cấp',
    kind: 'DEGREE',
    degreeLevel: 'MASTER',
    partners: ['LEAD TU-BTC', 'DELIVERING UEH'],
  });
  const found = await cohort('TP-CSC-1', 'startsOn enrolledCount');
  expect(found).toEqual({ startsOn: '2023-03-02', enrolledCount: 41 });
});

test('2, 3. Quận 7: of the 42 learners of the Executive Master of Public Management, 38 graduated, with works on its own problems', async () => {
  const found = await cohort(
    'Q7-QLC-1',
    `periodLabel hostUnit { code name } university { abbreviation } enrolledCount graduateCount
     graduates(first: 50) { nodes { graduatedOn thesis { kind localProblem unit { name } topics { code } } } }`,
  );
  expect(found).toMatchObject({
    periodLabel: '2021-2023',
    hostUnit: { code: '778', name: 'Quận 7' },
    university: { abbreviation: 'UEH' },
    enrolledCount: 42,
    graduateCount: 38,
  });
  const graduates: any[] = found.graduates.nodes;
  expect(new Set(graduates.map(({ graduatedOn }) => graduatedOn))).toEqual(new Set(['2024-02-29']));
  const theses = graduates.map(({ thesis }) => thesis).filter(Boolean);
  expect(theses.length).toBeGreaterThan(10);
  for (const thesis of theses) {
    expect(thesis).toMatchObject({ kind: 'PROJECT', unit: { name: 'Quận 7' } });
    expect(thesis.localProblem).toContain('Quận 7');
    expect(thesis.topics.length).toBeGreaterThan(0);
  }
});

test("4. Quận 7's graduates brought back initiatives, which the district studies and applies", async () => {
  const { initiatives, initiativeFigures } = await read(`{
    initiatives { nodes { status title localProblem cohort { code } unit { code } appliedUnit { code } result reason
      authors { official { fullName } } graduate { thesis { title localProblem } followUps { time isApplied how } } } }
    initiativeFigures(groupBy: COHORT) { followUps { time answered applied } total proposed underStudy applied rejected groups { cohort { code } total } } }`);
  expect(initiativeFigures).toEqual({
    ...{ total: 5, proposed: 1, underStudy: 1, applied: 2, rejected: 1 },
    followUps: [
      { time: 'AFTER_3_MONTHS', answered: 1, applied: 1 },
      { time: 'AFTER_6_MONTHS', answered: 1, applied: 1 },
      { time: 'AFTER_12_MONTHS', answered: 1, applied: 0 },
    ],
    groups: [{ cohort: { code: 'Q7-QLC-1' }, total: 5 }],
  });
  for (const each of initiatives.nodes) {
    expect(each).toMatchObject({ cohort: { code: 'Q7-QLC-1' }, unit: { code: '778' } });
    // Everybody reads initiatives: words of a thesis in them would tell whose it is.
    const { thesis } = each.graduate;
    for (const words of [thesis.title, thesis.localProblem])
      expect([each.title, each.localProblem]).not.toContain(words);
    expect(each.authors.length).toBeGreaterThan(0);
    expect(each.appliedUnit?.code ?? null).toBe(each.status === 'APPLIED' ? '778' : null);
    expect(Boolean(each.result)).toBe(each.status === 'APPLIED');
    expect(Boolean(each.reason)).toBe(each.status === 'REJECTED');
  }
  const followed = initiatives.nodes.filter((each: any) => each.graduate.followUps.length > 0);
  expect(followed).toHaveLength(1);
});

test('5. Quận 3 and Bình Chánh work with UEH too; batch 2 of Quận 3 opened on 2022-01-08 with 27 learners', async () => {
  for (const code of ['770', '785']) {
    expect(await partnersOf(code)).toMatchObject([{ university: { abbreviation: 'UEH' } }]);
  }
  const found = await cohort('Q3-QLC-2', 'startsOn enrolledCount programme { code }');
  expect(found).toEqual({ startsOn: '2022-01-08', enrolledCount: 27, programme: { code: 'THS-QLC' } });
});

test('6. Thủ Đức and UEH cooperate in five areas, from postgraduate training to start-ups and whatever Thủ Đức asks for', async () => {
  const [agreement, ...others] = await partnersOf('769');
  expect(others).toEqual([]);
  expect(agreement.areas).toEqual([
    expect.stringContaining('sau đại học'),
    expect.stringContaining('hội nhập quốc tế'),
    expect.stringContaining('đô thị thông minh và chuyển đổi số'),
    expect.stringContaining('khởi nghiệp'),
    expect.stringContaining('theo nhu cầu của Thành phố Thủ Đức'),
  ]);
  expect(agreement).toMatchObject({ university: { abbreviation: 'UEH' } });
});

test('7. Thủ Đức and UEH designed an Executive Master of Public Management together', async () => {
  const { partners } = await programme('THS-QLC-TD', 'degreeLevel');
  expect(partners).toEqual(expect.arrayContaining(['CO_DESIGN 769', 'DELIVERING UEH']));
});

test("8. Thủ Đức's officials also attend the city's courses", async () => {
  const { unit } = await read('{ unit(code: "769", on: "2023-12-31") { id } }');
  const { cohorts } = await read(
    `query ($ids: [ID!]) { unit(code: "79", on: "2023-12-31") { id }
      cohorts(filter: { text: "lãnh đạo", startsOn: { from: "2021-01-01", to: "2023-12-31" } }, first: 50) {
        nodes { hostUnit { code } enrolments(first: 1, filter: { unitIds: $ids, includeSubunits: true }) { totalCount } } } }`,
    { ids: [unit.id] },
  );
  const away = cohorts.nodes.filter(
    ({ hostUnit, enrolments }: any) => hostUnit.code !== '769' && enrolments.totalCount > 0,
  );
  expect(away.length).toBeGreaterThan(0);
});

test('9. Thủ Đức orders short topical courses from UEH, as the need arises', async () => {
  const { unit } = await read(`{ unit(code: "769", on: "2023-12-31") { orders { nodes {
    status requestedOn university { abbreviation } topics { code } programme { partners { role } }
    cohorts { status startsOn hostUnit { code } } } } } }`);
  expect(unit.orders.nodes).toHaveLength(2);
  for (const order of unit.orders.nodes) {
    expect(order).toMatchObject({ status: 'ACCEPTED', university: { abbreviation: 'UEH' } });
    expect(order.topics.length).toBeGreaterThan(0);
    expect(order.programme.partners).toContainEqual({ role: 'COMMISSIONING' });
    expect(order.cohorts).toHaveLength(2);
    for (const each of order.cohorts) {
      expect(each).toMatchObject({ status: 'COMPLETED', hostUnit: { code: '769' } });
      expect(each.startsOn > order.requestedOn).toBe(true);
    }
  }
  const days = unit.orders.nodes.map(({ requestedOn }: { requestedOn: string }) => requestedOn);
  expect(new Set(days).size).toBe(2);
});

test('10. urban management, planning, project management and public finance are the hot fields', async () => {
  const { topics } = await read('{ topics { code isPriority } }');
  const hot = topics.filter(({ isPriority }: any) => isPriority).map(({ code }: any) => code);
  expect(hot).toEqual(expect.arrayContaining(['QLDT', 'QH', 'QLDA', 'TCC']));
});

test('11. every year the Party secretary and the chairperson of each of the 34 wards of Thủ Đức learn project management', async () => {
  const wards: any[] = (
    await read(`{ unit(code: "769", on: "2023-12-31") { name
      children(first: 100, filter: { on: "2023-12-31" }) { nodes { code } } } }`)
  ).unit.children.nodes;
  expect(wards).toHaveLength(34);
  const learners = await learnersOf(
    'TD-QLDA-2023',
    'unitAtEnrolment { code } official { assignments { unit { code } validFrom validTo position { code } } }',
  );
  const posts = learners.map(({ unitAtEnrolment, official }) => {
    const post = official.assignments.find(
      ({ validFrom, validTo }: any) => validFrom <= '2023-05-15' && (validTo ?? '9999-12-31') >= '2023-05-15',
    );
    expect(post.unit.code).toBe(unitAtEnrolment.code);
    return `${unitAtEnrolment.code} ${post.position.code}`;
  });
  expect(posts.sort()).toEqual(wards.flatMap(({ code }) => [`${code} BT`, `${code} CT`]).sort());
});

test('11. it requires project management of the 34 wards each year, and 40 periods of civil servants', async () => {
  const { trainingRequirements, unit, old, today } = await read(`{
    trainingRequirements { nodes { id topic { code } periods positions { code } categories recurrence } }
    unit(code: "769", on: "2023-12-31") { id }
    old: unit(code: "79", on: "2025-06-30") { id }
    today: unit(code: "79", on: "2025-07-01") { id } }`);
  const [periods, skills] = trainingRequirements.nodes.sort((a: any) => (a.periods ? -1 : 1));
  expect(skills).toMatchObject({ topic: { code: 'QLDA' }, positions: [{ code: 'BT' }, { code: 'CT' }] });
  expect(periods).toMatchObject({ periods: 40, categories: ['CIVIL_SERVANT'], recurrence: 'YEARLY' });
  const on = async (day: string) =>
    (
      await read(`{ compliance(requirementId: "${skills.id}", unitId: "${unit.id}", on: "${day}") {
        required met units { required met } lacking(first: 1) { totalCount } } }`)
    ).compliance;
  const before = await on('2023-01-31');
  expect(before).toMatchObject({ required: 68, met: 0, lacking: { totalCount: 68 } });
  const after = await on('2023-12-31');
  expect(after).toMatchObject({ required: 68, lacking: { totalCount: 68 - after.met } });
  expect(after.units).toHaveLength(34);
  expect(after.met).toBeGreaterThan(50);
  // The city within the city was dissolved, and its 34 wards became 12: the duty goes on there.
  expect((await on('2025-06-30')).units).toHaveLength(34);
  expect((await on('2025-07-01')).units).toHaveLength(12);
  // Of the old city, too: the city of today stands for it.
  const { compliance, servants } = await read(`{
    compliance(requirementId: "${periods.id}", unitId: "${old.id}", on: "2026-12-31") {
      required met exempt lacking(first: 100) { totalCount nodes { trainingPeriods(year: 2026) } } }
    servants: officials(filter: { unitIds: ["${today.id}"], categories: [CIVIL_SERVANT], on: "2026-12-31" }) {
      totalCount } }`);
  const { nodes: lackers, totalCount } = compliance.lacking;
  expect(compliance).toMatchObject({ required: servants.totalCount, exempt: 0 });
  expect(compliance.met).toBeGreaterThan(100);
  expect(totalCount).toBe(servants.totalCount - compliance.met);
  for (const { trainingPeriods } of lackers) expect(trainingPeriods).toBeLessThan(40);
});

test('12. officials exchange experience with other provinces', async () => {
  const { kind, partners } = await programme('GL-TINH', 'kind');
  expect(kind).toBe('EXCHANGE');
  expect(partners).toEqual(['LEAD TU-BTC', 'COORDINATING 74', 'COORDINATING 77']);
});

test('2, 13, 14. nearly 490 classes, 39,539 participations, 180 learners and nearly 40 graduates are stated, counted and agree', async () => {
  const { statedFigures } = await read(`{ statedFigures { nodes {
    wording qualifier value counted difference agrees contentGroup programmeKind basis location
    sources { title publisher } } } }`);
  const stated = statedFigures.nodes.map((each: any) => [each.wording, each.value, each.counted]);
  expect(stated.sort()).toEqual([
    ['180 học viên', 180, 180],
    ['39.539 lượt cán bộ, công chức, viên chức', 39_539, 39_539],
    ['gần 40 cán bộ, công chức tốt nghiệp', 40, 38],
    ['gần 490 lớp', 490, 487],
  ]);
  for (const { agrees, sources } of statedFigures.nodes) {
    expect(agrees).toBe(true);
    expect(sources).toEqual([
      { title: 'Tập trung nâng chất cán bộ tại chỗ', publisher: 'Sài Gòn Giải Phóng' },
    ]);
  }
  const selectors = statedFigures.nodes.map((each: any) =>
    [each.value, each.contentGroup, each.programmeKind, each.basis, each.location].join(' '),
  );
  expect(selectors.sort()).toEqual([
    '180    COMBINED',
    '39539 PROFESSIONAL_SKILLS REFRESHER  DOMESTIC',
    '40    ',
    '490 PROFESSIONAL_SKILLS REFRESHER  DOMESTIC',
  ]);
});

test('13, 14. the sentence is about refresher courses in professional skills, without political theory, state management, defence, degrees and exchanges, and without the 180', async () => {
  const { unit } = await read('{ unit(code: "79", on: "2023-12-31") { id } }');
  const counted = async (more: object) => {
    const filter = { unitIds: [unit.id], startsOn: { from: '2021-01-01', to: '2023-12-31' }, ...more };
    const query = `query ($filter: TrainingStatisticsFilter) { trainingStatistics(filter: $filter, groupBy: CONTENT_GROUP) {
      cohorts participations officials abroad groups { key cohorts } } }`;
    return (await read(query, { filter })).trainingStatistics;
  };
  const skills = { contentGroups: ['PROFESSIONAL_SKILLS'], kinds: ['REFRESHER'], locations: ['DOMESTIC'] };
  const sentence = await counted(skills);
  expect(sentence).toMatchObject({ cohorts: 487, participations: 39_539, abroad: 0 });
  expect(sentence.officials).toBeLessThan(sentence.participations); // lượt, not người
  expect(await counted({ locations: ['COMBINED'] })).toMatchObject({ participations: 180, abroad: 180 });
  const all = await counted({});
  expect(all.groups.map(({ key }: any) => key).sort()).toEqual([
    'DEFENCE_SECURITY',
    'POLITICAL_THEORY',
    'PROFESSIONAL_SKILLS',
    'STATE_MANAGEMENT',
  ]);
  expect(all.participations).toBeGreaterThan(39_539 + 180);
  const bases = ['RANK_STANDARD', 'TITLE_STANDARD', 'JOB_POSITION', 'TOPICAL'];
  const byBasis = await Promise.all(bases.map((basis) => counted({ ...skills, bases: [basis] })));
  expect(byBasis.reduce((sum, { cohorts }) => sum + cohorts, 0)).toBe(487);
});

test('14. what is studied at home and practised abroad: tourism, health, administrative reform, new countryside, industrial infrastructure, high-tech agriculture', async () => {
  const { trainingStatistics } = await read(`{ trainingStatistics(groupBy: TOPIC,
    filter: { locations: [COMBINED], startsOn: { from: "2021-01-01", to: "2023-12-31" } }) {
      participations groups { topic { code } participations } } }`);
  expect(trainingStatistics.participations).toBe(180);
  const topics = trainingStatistics.groups.map(({ topic }: any) => topic.code);
  expect(topics).toEqual(expect.arrayContaining(['DL', 'YT', 'CCHC', 'NTM', 'NTMTM', 'HTCN', 'NNCNC']));
});

test('15, 17. the two schemes stand beside their programmes, and the steering committee has its members', async () => {
  const { documents, unit } = await read(`{
    documents(filter: { kinds: [SCHEME] }) { nodes { title number programmes { code } } }
    unit(code: "BCD-DTBD", on: "2024-03-01") { id kind
      committeeMembers(on: "2024-03-01") { unit { name } position { title } mandate { kind issuer } } } }`);
  expect(documents.nodes).toEqual([
    {
      title: 'Đề án bồi dưỡng lãnh đạo và quản trị tiên tiến',
      number: null,
      programmes: [{ code: 'LD-QTTT' }],
    },
    { title: 'Đề án bồi dưỡng ngoại ngữ', number: null, programmes: [{ code: 'NN-ANH' }] },
  ]);
  expect(unit.kind).toBe('COMMITTEE');
  const { sources } = await read('query ($id: ID!) { sources(subjectId: $id) { publisher } }', {
    id: unit.id,
  });
  expect(sources).toEqual([{ publisher: 'Sài Gòn Giải Phóng' }]);
  expect(unit.committeeMembers).toHaveLength(4);
  expect(unit.committeeMembers).toContainEqual({
    unit: { name: 'Ban Tổ chức Thành ủy' },
    position: { title: 'Trưởng ban' },
    mandate: { kind: 'DECISION', issuer: 'Ban Thường vụ Thành ủy Thành phố Hồ Chí Minh' },
  });
});

test("16. the enlarged city's plan for 2026 asks for 27,180 participations and carries 2,900 over from 2025", async () => {
  const { trainingPlans } = await read(`{ trainingPlans(filter: { year: 2026 }) { nodes {
    unit { name validFrom } carriedOverFrom { year } targets { metric target carriedOver actual remaining } } } }`);
  expect(trainingPlans.nodes).toMatchObject([
    {
      unit: { name: 'Thành phố Hồ Chí Minh', validFrom: '2025-07-01' },
      carriedOverFrom: { year: 2025 },
      targets: [{ metric: 'PARTICIPATIONS', target: 27_180, carriedOver: 2_900 }],
    },
  ]);
  const [{ actual, remaining }] = trainingPlans.nodes[0].targets;
  expect(actual).toBeGreaterThan(0);
  expect(actual + remaining).toBe(30_080);
});

test('16. courses are held in the country and abroad', async () => {
  const { trainingStatistics } = await read(
    '{ trainingStatistics(groupBy: LOCATION) { groups { key cohorts } } }',
  );
  const places = trainingStatistics.groups.map(({ key }: { key: string }) => key);
  expect(places.sort()).toEqual(['ABROAD', 'COMBINED', 'DOMESTIC']);
});

test('18. state management by rank, culture and external relations by job position, strategic thinking by title', async () => {
  const basisOf = async (code: string) => (await programme(code, 'basis')).basis;
  for (const code of ['QLNN-CS', 'QLNN-CV', 'QLNN-CVC', 'QLNN-CVCC']) {
    expect(await basisOf(code)).toBe('RANK_STANDARD');
  }
  for (const code of ['VH-QL', 'CCHC', 'DN-NV']) expect(await basisOf(code)).toBe('JOB_POSITION');
  expect(await basisOf('TDCL')).toBe('TITLE_STANDARD');
});

test('19. no learner has the name of an office holder in the article', async () => {
  for (const name of ['Võ Khắc Thái', 'Hoàng Tùng', 'Sử Đình Thành']) {
    const { officials } = await read(
      'query ($text: String!) { officials(filter: { text: $text }, first: 100) { nodes { fullName } } }',
      { text: name },
    );
    expect(officials.nodes.map(({ fullName }: { fullName: string }) => fullName)).not.toContain(name);
  }
  expect((await read('{ about { sampleData } }')).about.sampleData).toBe(true);
});
