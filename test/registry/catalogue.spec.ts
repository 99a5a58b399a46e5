// Adding positions, topics, universities and partnerships.
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, must, newCode, newTopic, newUnit, newUniversity, refusals } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const NO_UNIVERSITY = 'university_01jzzzzzzzfzzvzzzzzzzzzzzz';

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** All there is in these lists, and where the log ends. */
const everything = () =>
  read(`{ latestCursor positions { id code title } topics { id code name }
    universities(first: 100) { totalCount nodes { id name version partnerships { totalCount } } } }`);

/** The only refusal of a mutation that changed nothing. */
async function refused(name: string, input: object): Promise<{ code: string; path: string }> {
  const before = await everything();
  const errors = await refusals(server, name, input);
  expect(await everything()).toEqual(before);
  expect(errors).toHaveLength(1);
  return { code: errors[0]!.code, path: errors[0]!.path.slice(1).join('.') };
}

describe.each([
  ['addPosition', 'position', 'positions', { title: 'Bí thư Đảng ủy', titleEn: 'Secretary', isKey: true }],
  ['addTopic', 'topic', 'topics', { name: 'Tài chính công', nameEn: 'Public finance', isPriority: true }],
])('%s', (mutation, noun, list, facts: Record<string, unknown>) => {
  const [text, textEn, flag] = Object.keys(facts) as [string, string, string];
  const fields = `id code ${text} ${textEn} ${flag}`;

  it('adds one, to be found in the list', async () => {
    const input = { code: newCode('Z'), ...facts };
    const made = (await must(server, mutation, input, `${noun} { ${fields} }`))[noun];
    expect(made).toEqual({ id: expect.stringMatching(`^${noun}_`), ...input });
    expect((await read(`{ ${list} { ${fields} } }`))[list]).toContainEqual(made);
  });

  it('accepts the smallest valid input', async () => {
    const input = { code: newCode('Z'), [text]: facts[text] };
    expect((await must(server, mutation, input, `${noun} { ${fields} }`))[noun]).toMatchObject({
      [textEn]: null,
      [flag]: false,
    });
  });

  it('lists them by code', async () => {
    for (const prefix of ['B', 'A', 'C']) {
      await must(server, mutation, { code: newCode(`${prefix}-`), ...facts }, `${noun} { id }`);
    }
    const codes = (await read(`{ ${list} { code } }`))[list].map(({ code }: { code: string }) => code);
    expect(codes.length).toBeGreaterThanOrEqual(3);
    expect(codes).toEqual([...codes].sort());
  });

  it('refuses a code in use, an empty text and one of 10,000 characters', async () => {
    const code = newCode('Z');
    await must(server, mutation, { code, ...facts }, `${noun} { id }`);
    expect(await refused(mutation, { ...facts, code })).toEqual({ code: 'ALREADY_EXISTS', path: 'code' });
    const invalid = { code: 'INVALID', path: text };
    expect(await refused(mutation, { code: newCode('Z'), [text]: '' })).toEqual(invalid);
    expect(await refused(mutation, { code: newCode('Z'), [text]: 'x'.repeat(10_000) })).toEqual(invalid);
    expect(await refused(mutation, { ...facts, code: 'a b' })).toEqual({ code: 'INVALID', path: 'code' });
  });

  it('says so in both languages', async () => {
    const code = newCode('Z');
    await must(server, mutation, { code, ...facts }, `${noun} { id }`);
    const [vi] = await refusals(server, mutation, { code, ...facts }, 'vi');
    const [en] = await refusals(server, mutation, { code, ...facts }, 'en');
    expect(vi!.message).toMatch(new RegExp(`^Mã (chức danh|lĩnh vực) ${code} đã tồn tại\\.$`));
    expect(en!.message).toBe(`The ${noun} code ${code} exists already.`);
  });
});

describe('universities', () => {
  const FIELDS = 'id code name nameEn abbreviation website version';
  const facts = {
    name: 'Trường Đại học Luật TP. Hồ Chí Minh',
    nameEn: 'Ho Chi Minh City University of Law',
    abbreviation: 'ULAW',
    website: 'https://hcmulaw.edu.vn',
  };
  const revise = async (input: object) =>
    (await must(server, 'reviseUniversity', input, `university { ${FIELDS} }`)).university;

  it('are added, and found by id, by code and in the list', async () => {
    const input = { code: newCode('V'), ...facts };
    const { university } = await must(server, 'addUniversity', input, `university { ${FIELDS} }`);
    expect(university).toEqual({ id: university.id, version: 1, ...input });
    const { byId, byCode, universities } = await read(
      `query ($id: ID!, $code: String!) {
        byId: university(id: $id) { ${FIELDS} } byCode: university(code: $code) { ${FIELDS} }
        universities(first: 100) { nodes { ${FIELDS} } } }`,
      { id: university.id, code: university.code },
    );
    expect([byId, byCode]).toEqual([university, university]);
    expect(universities.nodes).toContainEqual(university);
  });

  it('are revised: what is given changes, null clears, the rest stays', async () => {
    const { id, code } = await newUniversity(server, facts);
    const revised = await revise({ universityId: id, version: 1, name: 'Đại học Luật', website: null });
    expect(revised).toEqual({ ...facts, id, code, name: 'Đại học Luật', website: null, version: 2 });
    expect((await read(`query ($id: ID!) { university(id: $id) { ${FIELDS} } }`, { id })).university).toEqual(
      revised,
    );
  });

  it('keep their version and the log its end when a revision says nothing new', async () => {
    const { id } = await newUniversity(server, facts);
    const before = await logEnd(server);
    expect(await revise({ universityId: id, version: 1, name: facts.name })).toMatchObject({ version: 1 });
    expect(await logEnd(server)).toBe(before);
  });

  it('refuse a revision based on an older version', async () => {
    const { id } = await newUniversity(server, facts);
    await revise({ universityId: id, version: 1, abbreviation: 'HCMULAW' });
    expect(await refused('reviseUniversity', { universityId: id, version: 1, abbreviation: 'L' })).toEqual({
      code: 'STALE_VERSION',
      path: 'version',
    });
  });

  it.each([
    ['a cleared name', { name: null }, 'INVALID', 'name'],
    ['a web address that is none', { website: 'hcmulaw' }, 'INVALID', 'website'],
    ['a script for a web address', { website: 'javascript:alert(1)' }, 'INVALID', 'website'],
    ['one that nobody knows', { universityId: NO_UNIVERSITY }, 'NOT_FOUND', 'universityId'],
  ])('refuse %s', async (_, mistake, code, path) => {
    const { id } = await newUniversity(server, facts);
    const input = { universityId: id, abbreviation: 'X', ...mistake };
    expect(await refused('reviseUniversity', input)).toEqual({ code, path });
  });

  it('refuse a code in use', async () => {
    const { code } = await newUniversity(server);
    expect(await refused('addUniversity', { ...facts, code })).toEqual({
      code: 'ALREADY_EXISTS',
      path: 'code',
    });
  });
});

describe('partnerships', () => {
  const FIELDS = `id title signedOn validFrom validTo areas
    unit { id } university { id } topics { id }`;
  async function agreement(more: object = {}) {
    return {
      unitId: (await newUnit(server)).id,
      universityId: (await newUniversity(server)).id,
      title: 'Thoả thuận hợp tác đào tạo giai đoạn 2023-2025',
      signedOn: '2023-03-15',
      validFrom: '2023-04-01',
      validTo: '2025-12-31',
      areas: ['Đào tạo thạc sĩ', 'Tư vấn quy hoạch'],
      ...more,
    };
  }

  it('are signed, and seen from the unit and from the university', async () => {
    const [a, b] = [await newTopic(server), await newTopic(server)];
    const input = await agreement({ topicIds: [b.id, a.id, b.id] });
    const { unitId, universityId, topicIds, ...own } = input as typeof input & { topicIds: string[] };
    const { partnership } = await must(server, 'signPartnership', input, `partnership { ${FIELDS} }`);
    expect(partnership).toEqual({
      id: expect.stringMatching(/^partnership_/),
      ...own,
      unit: { id: unitId },
      university: { id: universityId },
      topics: topicIds
        .slice(0, 2)
        .reverse()
        .map((id) => ({ id })),
    });
    const seen = await read(
      `query ($unit: ID!, $university: ID!) {
        unit(id: $unit) { partnerships { totalCount nodes { ${FIELDS} } } }
        university(id: $university) { partnerships { totalCount nodes { ${FIELDS} } } } }`,
      { unit: unitId, university: universityId },
    );
    const one = { partnerships: { totalCount: 1, nodes: [partnership] } };
    expect(seen).toEqual({ unit: one, university: one });
  });

  it('need no more than the two and a title', async () => {
    const { unitId, universityId, title } = await agreement();
    const input = { unitId, universityId, title };
    const { partnership } = await must(server, 'signPartnership', input, `partnership { ${FIELDS} }`);
    expect(partnership).toMatchObject({
      signedOn: null,
      validFrom: null,
      validTo: null,
      areas: [],
      topics: [],
    });
  });

  it.each([
    ['a day of signing to come', { signedOn: '2100-01-01' }, 'INVALID', 'signedOn'],
    ['an end before the beginning', { validTo: '2023-03-31' }, 'INVALID', 'validTo'],
    [
      'an end before the signing, when no beginning is known',
      { validFrom: null, validTo: '2023-03-14' },
      'INVALID',
      'validTo',
    ],
    ['a unit that did not exist yet', { validFrom: '2019-12-31' }, 'UNIT_CLOSED', 'unitId'],
    ['a university nobody knows', { universityId: NO_UNIVERSITY }, 'NOT_FOUND', 'universityId'],
    ['a unit that is a university', { unitId: NO_UNIVERSITY }, 'INVALID', 'unitId'],
    ['a topic nobody knows', { topicIds: ['topic_01jzzzzzzzfzzvzzzzzzzzzzzz'] }, 'NOT_FOUND', 'topicIds.0'],
    ['an empty title', { title: '' }, 'INVALID', 'title'],
    ['an area of 10,000 characters', { areas: ['ổn', 'x'.repeat(10_000)] }, 'INVALID', 'areas.1'],
  ])('refuse %s', async (_, mistake, code, path) => {
    expect(await refused('signPartnership', await agreement(mistake))).toEqual({ code, path });
  });
});
