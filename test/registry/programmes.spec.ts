// Programmes: adding, revising, and their partners.
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newCode,
  newCohort,
  newProgramme,
  newTopic,
  newUniversity,
  newUnit,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const NO_UNIVERSITY = 'university_01jzzzzzzzfzzvzzzzzzzzzzzz';
const FIELDS = `id code name nameEn kind degreeLevel contentGroup basis location periods objectives version
  topics { id } university { id } partners { role unit { id } university { id } }`;
const BARE = {
  name: 'Bồi dưỡng kỹ năng',
  kind: 'REFRESHER',
  contentGroup: 'PROFESSIONAL_SKILLS',
  basis: 'JOB_POSITION',
};

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const programme = async (id: string) =>
  (await read(`query ($id: ID!) { programme(id: $id) { ${FIELDS} } }`, { id })).programme;

const add = async (more: object = {}) =>
  (await must(server, 'addProgramme', { code: newCode('C'), ...BARE, ...more }, `programme { ${FIELDS} }`))
    .programme;

const revise = async (programmeId: string, more: object) =>
  (await must(server, 'reviseProgramme', { programmeId, ...more }, `programme { ${FIELDS} }`)).programme;

const listed = async (filter: object): Promise<string[]> =>
  (
    await read('query ($f: ProgrammeFilter) { programmes(filter: $f, first: 100) { nodes { id } } }', {
      f: filter,
    })
  ).programmes.nodes.map(({ id }: { id: string }) => id);

/** The only refusal of a mutation that left the programmes and the log as they were. */
async function refused(name: string, input: object): Promise<{ code: string; path: string }> {
  const count = () => read('{ programmes { totalCount } }');
  const before = [await count(), await logEnd(server)];
  const errors = await refusals(server, name, input);
  expect([await count(), await logEnd(server)]).toEqual(before);
  expect(errors).toHaveLength(1);
  return { code: errors[0]!.code, path: errors[0]!.path.slice(1).join('.') };
}

const delivering = (id: string) => ({ role: 'DELIVERING', unit: null, university: { id } });

describe('adding a programme', () => {
  it('keeps what is given, with topics by code and partners in the order given', async () => {
    const [t1, t2] = [await newTopic(server), await newTopic(server)];
    const university = await newUniversity(server);
    const unit = await newUnit(server);
    const facts = {
      code: newCode('C'),
      name: 'Thạc sĩ Quản lý công',
      nameEn: 'Master of Public Management',
      kind: 'DEGREE',
      degreeLevel: 'MASTER',
      contentGroup: 'STATE_MANAGEMENT',
      basis: 'TITLE_STANDARD',
      location: 'COMBINED',
      periods: 1_200,
      objectives: ['Phân tích chính sách', 'Lãnh đạo tổ chức công'],
    };
    const made = await add({
      ...facts,
      universityId: university.id,
      topicIds: [t2.id, t1.id],
      partners: [
        { role: 'COMMISSIONING', unitId: unit.id },
        { role: 'LEAD', universityId: university.id },
      ],
    });
    expect(made).toEqual({
      id: expect.stringMatching(/^programme_/),
      ...facts,
      version: 1,
      topics: [{ id: t1.id }, { id: t2.id }],
      university: { id: university.id },
      partners: [
        { role: 'COMMISSIONING', unit: { id: unit.id }, university: null },
        { role: 'LEAD', unit: null, university: { id: university.id } },
        delivering(university.id),
      ],
    });
    expect(await programme(made.id)).toEqual(made);
    const byCode = await read('query ($c: String) { programme(code: $c) { id } }', { c: facts.code });
    expect(byCode.programme).toEqual({ id: made.id });
  });

  it('needs little: held in the country, without a university, topics or partners', async () => {
    const nothing = { degreeLevel: null, university: null, topics: [], partners: [], objectives: [] };
    expect(await add()).toMatchObject({ location: 'DOMESTIC', periods: null, ...nothing });
  });

  it('is listed by kind, topic, code and who delivers it', async () => {
    const topic = await newTopic(server);
    const university = await newUniversity(server);
    const mine = await add({ universityId: university.id, topicIds: [topic.id] });
    const other = await add({ kind: 'EXCHANGE', universityId: university.id });
    const universityIds = [university.id];
    expect((await listed({ universityIds })).sort()).toEqual([mine.id, other.id].sort());
    expect(await listed({ universityIds, kinds: ['EXCHANGE'] })).toEqual([other.id]);
    expect(await listed({ universityIds, kinds: [] })).toEqual([]);
    expect(await listed({ topicIds: [topic.id] })).toEqual([mine.id]);
    expect(await listed({ codes: [other.code] })).toEqual([other.id]);
    const seen = await read(
      `query ($id: ID!) { university(id: $id) {
        programmes(filter: { kinds: [REFRESHER] }) { totalCount nodes { id } } } }`,
      { id: university.id },
    );
    expect(seen.university.programmes).toEqual({ totalCount: 1, nodes: [{ id: mine.id }] });
  });

  it.each([
    ['a degree without its level', { kind: 'DEGREE' }, 'INVALID', 'degreeLevel'],
    ['a level without a degree', { degreeLevel: 'MASTER' }, 'INVALID', 'degreeLevel'],
    ['no periods at all', { periods: 0 }, 'INVALID', 'periods'],
    ['an empty name', { name: '' }, 'INVALID', 'name'],
    ['a university nobody knows', { universityId: NO_UNIVERSITY }, 'NOT_FOUND', 'universityId'],
    ['a topic nobody knows', { topicIds: ['topic_01jzzzzzzzfzzvzzzzzzzzzzzz'] }, 'NOT_FOUND', 'topicIds.0'],
    ['a partner that is nobody', { partners: [{ role: 'LEAD' }] }, 'INVALID', 'partners.0'],
    [
      'a partner nobody knows',
      { partners: [{ role: 'LEAD', universityId: NO_UNIVERSITY }] },
      'NOT_FOUND',
      'partners.0.universityId',
    ],
    [
      'a partner whose id is of something else',
      { partners: [{ role: 'LEAD', unitId: NO_UNIVERSITY }] },
      'INVALID',
      'partners.0.unitId',
    ],
  ])('refuses %s', async (_, mistake, code, path) => {
    expect(await refused('addProgramme', { code: newCode('C'), ...BARE, ...mistake })).toEqual({
      code,
      path,
    });
  });

  it('refuses a code in use, a partner that is two, and one named twice in one role', async () => {
    const { code } = await newProgramme(server);
    const [unitId, universityId] = [(await newUnit(server)).id, (await newUniversity(server)).id];
    expect(await refused('addProgramme', { ...BARE, code })).toEqual({
      code: 'ALREADY_EXISTS',
      path: 'code',
    });
    const withPartners = (...partners: object[]) =>
      refused('addProgramme', { ...BARE, code: newCode('C'), partners });
    expect(await withPartners({ role: 'LEAD', unitId, universityId })).toEqual({
      code: 'INVALID',
      path: 'partners.0',
    });
    const lead = { role: 'LEAD', unitId };
    expect(await withPartners(lead, { role: 'FUNDING', unitId }, lead)).toEqual({
      code: 'INVALID',
      path: 'partners.2',
    });
  });
});

describe('revising a programme', () => {
  it('changes what is given, clears what is null, and leaves the rest', async () => {
    const topic = await newTopic(server);
    const before = await add({ nameEn: 'Skills', periods: 80, objectives: ['Một'], topicIds: [topic.id] });
    const revised = await revise(before.id, {
      version: 1,
      name: 'Kỹ năng mới',
      nameEn: null,
      objectives: null,
    });
    const expected = { ...before, name: 'Kỹ năng mới', nameEn: null, objectives: [], version: 2 };
    expect(revised).toEqual(expected);
    expect(await programme(before.id)).toEqual(expected);
  });

  it('replaces topics and partners, and clears them', async () => {
    const [t1, t2] = [await newTopic(server), await newTopic(server)];
    const unit = await newUnit(server);
    const { id } = await add({ topicIds: [t1.id], partners: [{ role: 'LEAD', unitId: unit.id }] });
    const revised = await revise(id, { topicIds: [t2.id], partners: [{ role: 'FUNDING', unitId: unit.id }] });
    expect(revised).toMatchObject({
      topics: [{ id: t2.id }],
      partners: [{ role: 'FUNDING', unit: { id: unit.id }, university: null }],
      version: 2,
    });
    expect(await revise(id, { topicIds: null, partners: null })).toMatchObject({ topics: [], partners: [] });
  });

  it('lets the university that delivers it change; cohorts planned before keep theirs', async () => {
    const [old, next] = [await newUniversity(server), await newUniversity(server)];
    const { id } = await add({ universityId: old.id });
    const cohort = await newCohort(server, { programmeId: id });
    expect(await revise(id, { universityId: next.id, location: 'ABROAD' })).toMatchObject({
      university: { id: next.id },
      partners: [delivering(next.id)],
    });
    expect(await revise(id, { partners: null })).toMatchObject({ partners: [delivering(next.id)] });
    const kept = await read('query ($id: ID!) { cohort(id: $id) { location university { id } } }', {
      id: cohort.id,
    });
    expect(kept.cohort).toEqual({ location: 'DOMESTIC', university: { id: old.id } });
    expect(await revise(id, { universityId: null })).toMatchObject({ university: null, partners: [] });
  });

  it('records no event when nothing changes', async () => {
    const topics = [(await newTopic(server)).id, (await newTopic(server)).id];
    const { id, name } = await add({ topicIds: topics });
    const before = await logEnd(server);
    expect(await revise(id, { name, topicIds: topics.reverse() })).toMatchObject({ version: 1 });
    expect(await logEnd(server)).toBe(before);
  });

  it.each([
    ['an older version', { version: 1 }, 'STALE_VERSION', 'version'],
    ['a cleared name', { name: null }, 'INVALID', 'name'],
    ['a cleared content group', { contentGroup: null }, 'INVALID', 'contentGroup'],
    ['a cleared basis', { basis: null }, 'INVALID', 'basis'],
    ['a cleared location', { location: null }, 'INVALID', 'location'],
    ['too many periods', { periods: 5_001 }, 'INVALID', 'periods'],
    ['a university nobody knows', { universityId: NO_UNIVERSITY }, 'NOT_FOUND', 'universityId'],
    ['a partner that is nobody', { partners: [{ role: 'LEAD' }] }, 'INVALID', 'partners.0'],
    [
      'a programme nobody knows',
      { programmeId: 'programme_01jzzzzzzzfzzvzzzzzzzzzzzz' },
      'NOT_FOUND',
      'programmeId',
    ],
  ])('refuses %s', async (_, mistake, code, path) => {
    const { id } = await add({ topicIds: [(await newTopic(server)).id] });
    const before = await revise(id, { periods: 40 });
    const input = { programmeId: id, version: 2, nameEn: 'New', topicIds: [], ...mistake };
    expect(await refused('reviseProgramme', input)).toEqual({ code, path });
    expect(await programme(id)).toEqual(before);
  });
});
