// Stated figures: the count beside the published number, and whether the two agree.
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCohort,
  newFigure,
  newProgramme,
  newUnit,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const COUNTED = 'value counted difference agrees';

async function figure(input: object, selection = COUNTED): Promise<any> {
  const { id } = await newFigure(server, input);
  const query = `{ node(id: "${id}") { ... on StatedFigure { ${selection} } } }`;
  return (await server.ask(query)).data.node;
}

describe('a stated figure', () => {
  it('is counted of the unit and all below it, for the cohorts that start in the period', async () => {
    const topId = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: topId })).id;
    const { cohort, officialIds } = await newClass(server, 6, { hostUnitId: unitId });
    await newClass(server, 1, { hostUnitId: unitId, startsOn: '2023-03-01' }); // not in the period
    const graduates = officialIds
      .slice(0, 5)
      .map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
    const counts = { COHORTS: 1, PARTICIPATIONS: 6, OFFICIALS: 6, GRADUATES: 5 };
    for (const [metric, counted] of Object.entries(counts)) {
      expect(await figure({ metric, value: counted + 2, unitId: topId })).toEqual({
        value: counted + 2,
        counted,
        difference: -2,
        agrees: false,
      });
    }
  });

  it('is counted on its programme and at its location alone', async () => {
    const abroad = await newProgramme(server, { location: 'ABROAD' });
    const { unitId } = await newClass(server, 5, { programmeId: abroad.id });
    await newClass(server, 2, { hostUnitId: unitId });
    const counted = async (more: object) =>
      (await figure({ metric: 'PARTICIPATIONS', value: 5, unitId, ...more })).counted;
    expect(await counted({})).toBe(7);
    expect(await counted({ programmeId: abroad.id })).toBe(5);
    expect(await counted({ location: 'ABROAD' })).toBe(5);
    expect(await counted({ location: 'DOMESTIC' })).toBe(2);
    expect(await counted({ programmeId: abroad.id, location: 'DOMESTIC' })).toBe(0);
  });

  it('is counted of its content group, kind and basis alone', async () => {
    const [skills, management, degree] = await Promise.all([
      newProgramme(server, { basis: 'TOPICAL' }),
      newProgramme(server, { contentGroup: 'STATE_MANAGEMENT' }),
      newProgramme(server, { kind: 'DEGREE', degreeLevel: 'MASTER' }),
    ]);
    const { unitId } = await newClass(server, 5, { programmeId: skills.id });
    await newClass(server, 2, { hostUnitId: unitId, programmeId: management.id });
    await newClass(server, 1, { hostUnitId: unitId, programmeId: degree.id });
    const counted = async (more: object) =>
      (await figure({ metric: 'PARTICIPATIONS', value: 5, unitId, ...more })).counted;
    expect(await counted({})).toBe(8);
    expect(await counted({ contentGroup: 'PROFESSIONAL_SKILLS' })).toBe(6);
    expect(await counted({ programmeKind: 'REFRESHER' })).toBe(7);
    expect(await counted({ basis: 'JOB_POSITION' })).toBe(3);
    expect(await counted({ contentGroup: 'PROFESSIONAL_SKILLS', programmeKind: 'REFRESHER' })).toBe(5);
    const said = await figure({ basis: 'TOPICAL', unitId }, 'contentGroup programmeKind basis location');
    expect(said).toEqual({ contentGroup: null, programmeKind: null, basis: 'TOPICAL', location: null });
  });

  it.each([
    ['EXACT', [11], [10, 12]],
    ['NEARLY', [12], [10, 11, 13]],
    ['OVER', [10], [9, 11, 12]],
    ['ABOUT', [10, 11, 12], [9, 13]],
  ])('said to be %s of eleven cohorts agrees as %j, and not as %j', async (qualifier, right, wrong) => {
    const unitId = (await newUnit(server)).id;
    const programmeId = (await newProgramme(server)).id;
    for (let i = 0; i < 11; i++) await newCohort(server, { hostUnitId: unitId, programmeId });
    for (const value of [...right, ...wrong]) {
      const { agrees } = await figure({ unitId, qualifier, value });
      expect([value, agrees]).toEqual([value, right.includes(value)]);
    }
  });

  it('moves with what is registered', async () => {
    const unitId = (await newUnit(server)).id;
    const { id } = await newFigure(server, { unitId, value: 1 });
    const read = async () =>
      (await server.ask(`{ node(id: "${id}") { ... on StatedFigure { ${COUNTED} } } }`)).data.node;
    expect(await read()).toEqual({ value: 1, counted: 0, difference: -1, agrees: false });
    await newClass(server, 0, { hostUnitId: unitId });
    expect(await read()).toEqual({ value: 1, counted: 1, difference: 0, agrees: true });
  });

  it('is shown without its count where that is about fewer than five persons', async () => {
    const { unitId } = await newClass(server, 3);
    const { id } = await newFigure(server, { unitId, metric: 'OFFICIALS', value: 3 });
    const query = `{ node(id: "${id}") { ... on StatedFigure { ${COUNTED} } } }`;
    expect((await server.ask(query)).data.node).toMatchObject({ counted: 3, agrees: true });
    const hidden = (await server.ask(query, {}, { as: null })).data.node;
    expect(hidden).toEqual({ value: 3, counted: null, difference: null, agrees: null });
  });

  it('keeps its words and its source', async () => {
    const source = {
      title: 'Báo cáo tổng kết',
      publisher: 'Sở Nội vụ',
      publishedOn: '2025-01-10',
      link: 'https://example.org/bao-cao',
    };
    const selection = 'wording qualifier metric sources { title publisher publishedOn link }';
    expect(
      await figure({ wording: 'khoảng 20 lớp', qualifier: 'ABOUT', value: 20, source }, selection),
    ).toEqual({ wording: 'khoảng 20 lớp', qualifier: 'ABOUT', metric: 'COHORTS', sources: [source] });
  });

  it.each([
    ['a number below zero', { value: -1 }, 'INVALID', 'value'],
    ['a period that ends before it begins', { periodTo: '2023-12-31' }, 'INVALID', 'periodTo'],
    [
      'a unit that did not exist in the period',
      { periodFrom: '2018-01-01', periodTo: '2019-12-31' },
      'UNIT_CLOSED',
      'unitId',
    ],
    ['a source without a title', { source: { title: ' ' } }, 'INVALID', 'source.title'],
    [
      'a source of the future',
      { source: { title: 'x', publishedOn: '2999-01-01' } },
      'INVALID',
      'source.publishedOn',
    ],
    [
      'a link that is none',
      { source: { title: 'x', link: 'javascript:alert(1)' } },
      'INVALID',
      'source.link',
    ],
  ])('is refused with %s', async (_what, wrong, code, path) => {
    const unitId = (await newUnit(server)).id;
    const before = await logEnd(server);
    const facts = { metric: 'COHORTS', value: 1, periodFrom: '2024-01-01', periodTo: '2024-12-31' };
    const input = { ...facts, unitId, source: { title: 'Bài báo' }, ...wrong };
    const told = await refusals(server, 'stateFigure', input);
    expect(told.map((each) => [each.code, each.path.join('.')])).toEqual([[code, `input.${path}`]]);
    expect(await logEnd(server)).toBe(before);
  });

  it('is stated once by a source, and again when that was withdrawn', async () => {
    const unitId = (await newUnit(server)).id;
    const programmeId = (await newProgramme(server)).id;
    const source = { title: 'Báo cáo năm 2024' };
    const first = await newFigure(server, { unitId, source });
    const facts = { metric: 'COHORTS', value: 2, periodFrom: '2024-01-01', periodTo: '2024-12-31' };
    const again = { ...facts, unitId, source };
    const end = await logEnd(server);
    expect(await refusals(server, 'stateFigure', again)).toMatchObject([
      { code: 'ALREADY_EXISTS', path: ['input', 'source'] },
    ]);
    expect(await logEnd(server)).toBe(end);
    for (const more of [
      { source: { title: 'Bài báo' } },
      { metric: 'GRADUATES' },
      { periodTo: '2024-06-30' },
      { programmeId },
      { location: 'ABROAD' },
      { contentGroup: 'PROFESSIONAL_SKILLS' },
      { programmeKind: 'REFRESHER' },
      { basis: 'JOB_POSITION' },
    ]) {
      await newFigure(server, { unitId, source, ...more });
    }
    await must(server, 'withdrawFigure', { figureId: first.id }, 'cursor');
    await must(server, 'stateFigure', again, 'cursor');
  });

  it('that is withdrawn leaves the list, says when and why, and is not withdrawn twice', async () => {
    const unitId = (await newUnit(server)).id;
    const kept = await newFigure(server, { unitId });
    const wrong = await newFigure(server, { unitId });
    const input = { figureId: wrong.id, reason: 'Ghi nhầm kỳ' };
    const { figure: withdrawn } = await must(
      server,
      'withdrawFigure',
      input,
      'figure { withdrawnAt withdrawalReason }',
    );
    expect(withdrawn).toEqual({ withdrawnAt: expect.any(String), withdrawalReason: 'Ghi nhầm kỳ' });
    const query = `{ statedFigures(filter: { unitIds: ["${unitId}"] }) { totalCount nodes { id } } }`;
    expect((await server.ask(query)).data.statedFigures).toEqual({ totalCount: 1, nodes: [kept] });
    expect(await refusals(server, 'withdrawFigure', input)).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', path: ['input', 'figureId'] },
    ]);
  });

  it('is listed by metric, and by unit with or without those below', async () => {
    const topId = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: topId })).id;
    const cohorts = await newFigure(server, { unitId });
    const graduates = await newFigure(server, { unitId: topId, metric: 'GRADUATES' });
    const list = async (filter: string) =>
      (await server.ask(`{ statedFigures(filter: { unitIds: ["${topId}"] ${filter} }) { nodes { id } } }`))
        .data.statedFigures.nodes;
    expect(await list('metrics: [COHORTS]')).toEqual([cohorts]);
    expect(await list('includeSubunits: false')).toEqual([graduates]);
    expect(await list('')).toHaveLength(2);
  });
});
