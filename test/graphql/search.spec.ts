// Search by the words that people use: whole words first, exact marks first, abbreviations of offices, look-alike letters,
// pages in order of relevance, and codes of any case and width.
import fc from 'fast-check';
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newClass,
  newCode,
  newCohort,
  newDocument,
  newOfficial,
  newOrder,
  newPosition,
  newUnit,
  newUniversity,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** Code and field of each refusal. */
const refused = async (name: string, input: object): Promise<string[]> =>
  (await refusals(server, name, input)).map(({ code, path }) => `${code} ${path.at(-1)}`);

describe('units', () => {
  let parentId: string;
  beforeAll(async () => {
    const top = await newUnit(server, { kind: 'MUNICIPALITY', name: 'Thành phố Hồ Chí Minh' });
    parentId = top.id;
    const names = [
      ...['Quận 1', 'Quận 7', 'Quận 10', 'Huyện Bình Chánh', 'Thành phố Thủ Đức', 'Thị trấn Tân Túc'],
      ...['Phường 1', 'Phường 10', 'Phường An Phú', 'Phường Phú An', 'Phường An Phú Đông', 'Phường An Đông'],
      ...['Phường Tân Phú', 'Phường Tân Bình', 'Phường Vĩnh Tân', 'Xã Vĩnh Lộc A', 'Xã Vĩnh Lộc B'],
      ...['Sở Giáo dục và Đào tạo', 'Sở Nội vụ', 'Ban Tổ chức Thành ủy', 'Phường Hòa Bình'],
    ];
    for (const name of names) await newUnit(server, { name, parentId, kind: 'WARD' });
  });

  const search = async (text: string, more: object = {}): Promise<string[]> =>
    (
      await read('query ($f: UnitFilter) { units(filter: $f, first: 100) { nodes { name } } }', {
        f: { text, ...more },
      })
    ).units.nodes.map(({ name }: { name: string }) => name);

  it.each([
    ...[
      'Quận 7',
      'Q.7',
      'Q. 7',
      'Q7',
      'q 7',
      'quan 7',
      'QUẬN 07',
      'UBND Quận 7',
      'Quận ủy Quận 7',
      'Quận ủy 7',
    ].map((text) => [text, 'Quận 7']),
    ...['Phường 1', 'P.1', 'P1', 'Phường 01', 'phuong 1'].map((text) => [text, 'Phường 1']),
    ...['Thủ Đức', 'TP Thủ Đức', 'TP. Thủ Đức', 'Tp Thu Duc', 'TP.THỦ ĐỨC', 'UBND TP Thủ Đức'].map((text) => [
      text,
      'Thành phố Thủ Đức',
    ]),
    ...['An Phú', 'an phu', 'P. An Phú', 'P.An Phú', 'UBND phường An Phú', 'Đảng ủy phường An Phú'].map(
      (text) => [text, 'Phường An Phú'],
    ),
    ['dang uy phuong an phu', 'Phường An Phú'],
    ['Phú An', 'Phường Phú An'],
    ['Tân Phú', 'Phường Tân Phú'],
    ['tan phu', 'Phường Tân Phú'],
    ['H. Bình Chánh', 'Huyện Bình Chánh'],
    ['TT. Tân Túc', 'Thị trấn Tân Túc'],
    ['X. Vĩnh Lộc A', 'Xã Vĩnh Lộc A'],
    ...['TPHCM', 'TP.HCM', 'TP HCM', 'Tp. Hồ Chí Minh', 'HCM', 'tp ho chi minh'].map((text) => [
      text,
      'Thành phố Hồ Chí Minh',
    ]),
    ...['Sở GD&ĐT', 'Sở GDĐT', 'Sở Giáo dục & Đào tạo', 'so gd&dt', 'GDĐT'].map((text) => [
      text,
      'Sở Giáo dục và Đào tạo',
    ]),
    ...['Sở Nội vụ TP.HCM', 'Sở NV', 'so noi vu thanh pho ho chi minh'].map((text) => [text, 'Sở Nội vụ']),
    ['Ban TCTU', 'Ban Tổ chức Thành ủy'],
    ['Phường Hoà Bình', 'Phường Hòa Bình'],
  ])('%j finds first %j', async (text, name) => {
    expect((await search(text))[0]).toBe(name);
    expect((await search(text.normalize('NFD')))[0]).toBe(name);
  });

  it('a number is that number, and marks in the text leave out words without them', async () => {
    expect(await search('Quận 7')).toEqual(['Quận 7']);
    expect(await search('Tân Phú')).toEqual(['Phường Tân Phú']);
    expect(await search('An Phú')).toEqual(['Phường An Phú', 'Phường An Phú Đông', 'Phường Phú An']);
  });

  it('an order that is asked for stays', async () => {
    const { units } = await read(
      `query ($f: UnitFilter) { units(filter: $f, orderBy: { field: NAME, direction: DESC }) { nodes { name } } }`,
      { f: { text: 'An Phú' } },
    );
    expect(units.nodes.map(({ name }: { name: string }) => name)).toEqual([
      'Phường Phú An',
      'Phường An Phú Đông',
      'Phường An Phú',
    ]);
  });

  it('of a unit by relevance, too, for several units at once', async () => {
    const other = await newUnit(server, { kind: 'MUNICIPALITY', name: 'Tỉnh khác' });
    await newUnit(server, { name: 'Phường Phú An', parentId: other.id });
    const { up, down } = await read(
      `query ($a: ID!, $b: ID!, $f: UnitFilter) {
        up: unit(id: $a) { children(filter: $f, first: 2) { nodes { name } } }
        down: unit(id: $b) { children(filter: $f, first: 2) { nodes { name } } } }`,
      { a: parentId, b: other.id, f: { text: 'an phú' } },
    );
    expect(
      [up, down].map(({ children }) => children.nodes.map(({ name }: { name: string }) => name)),
    ).toEqual([['Phường An Phú', 'Phường An Phú Đông'], ['Phường Phú An']]);
  });
});

describe('officials', () => {
  const NAMES = [
    'Trần Thị Anh',
    'Đỗ Thị Ánh',
    'Đoàn Thị Hạnh',
    "H'Hen Niê",
    'Phan Ánh Dương',
    'Lê Hà',
    'Lê Hạ',
  ];
  let unitId: string;
  let positionCode: string;
  beforeAll(async () => {
    unitId = (await newUnit(server)).id;
    positionCode = (await newPosition(server)).code;
    for (const fullName of NAMES) await newOfficial(server, { unitId, positionCode, fullName });
  });
  const page = async (text: string, args: object = { first: 100 }, more: object = {}) =>
    (
      await read(
        `query ($f: OfficialFilter, $first: Int, $after: String, $last: Int, $before: String) {
          officials(filter: $f, first: $first, after: $after, last: $last, before: $before) {
            totalCount nodes { id fullName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { f: { text, unitIds: [unitId], ...more }, ...args },
      )
    ).officials;
  const search = async (text: string): Promise<string[]> =>
    (await page(text)).nodes.map(({ fullName }: { fullName: string }) => fullName);

  it('are found by whole words before others, and with the marks of the text first', async () => {
    expect(await search('Ánh')).toEqual(['Đỗ Thị Ánh', 'Phan Ánh Dương', 'Trần Thị Anh']);
    expect(await search('Đỗ Thị Ánh')).toEqual(['Đỗ Thị Ánh']);
    expect(await search('lê hạ')).toEqual(['Lê Hạ', 'Lê Hà']);
    expect(await search('Hà Lê')).toEqual(['Lê Hà', 'Lê Hạ']);
  });

  it.each(["H'Hen", 'H’Hen', 'H‘Hen', 'Hʼhen', 'H`Hen', 'hhen', 'hen', 'h´hen'])(
    '%j finds H’Hen',
    async (text) => {
      expect(await search(text)).toEqual(["H'Hen Niê"]);
    },
  );

  it('have one Đ and one apostrophe, however they were typed', async () => {
    const names = ['\u00d0ặng Văn \u00d0ạt', '\u0189inh Văn Đ\u00f0', 'Y’Moan\u00a0 Niê'];
    for (const fullName of names) await newOfficial(server, { unitId, positionCode, fullName });
    expect(await search('Đặng Văn Đạt')).toEqual(['Đặng Văn Đạt']);
    expect(await search('dang van dat')).toEqual(['Đặng Văn Đạt']);
    expect(await search('\u00d0inh')).toEqual(['Đinh Văn Đđ']);
    expect(await search('Y\u2018Moan')).toEqual(["Y'Moan Niê"]);
  });

  it('come page by page in the order of relevance, forwards and backwards, nobody twice', async () => {
    const all = (await page('le')).nodes;
    for (const fullName of ['Lê Thị Lê', 'Lệ Thị Hoa', 'Hoa Lê', 'Lền Văn A', 'Lệ Lê'])
      await newOfficial(server, { unitId, positionCode, fullName });
    const whole = (await page('lê')).nodes;
    expect(whole.length).toBe(all.length + 4);
    let forwards = await page('lê', { first: 2 });
    let seen = forwards.nodes;
    while (forwards.pageInfo.hasNextPage) {
      forwards = await page('lê', { first: 2, after: forwards.pageInfo.endCursor });
      seen = [...seen, ...forwards.nodes];
    }
    expect(seen).toEqual(whole);
    let backwards = await page('lê', { last: 3 });
    seen = backwards.nodes;
    while (backwards.pageInfo.hasPreviousPage) {
      backwards = await page('lê', { last: 3, before: backwards.pageInfo.startCursor });
      seen = [...backwards.nodes, ...seen];
    }
    expect(seen).toEqual(whole);
  });

  it('that many match are ranked as few are: whole names, whole words, beginnings; then the next page', async () => {
    const place = (await newUnit(server)).id;
    const names = ['Hoàng Văn Hoa', 'Hoa', 'Hoàn Thị Hoa', 'Hòa', 'Hoan', 'Lê Hoa', 'Vũ Hòa', 'Hoa Hoa'];
    for (const fullName of names) await newOfficial(server, { unitId: place, positionCode, fullName });
    const ofPlace = { unitIds: [place] };
    const whole = await page('hoa', { first: 100 }, ofPlace);
    const best = [
      ...['Hoa', 'Hòa'],
      ...['Hoa Hoa', 'Hoàn Thị Hoa', 'Hoàng Văn Hoa', 'Lê Hoa', 'Vũ Hòa'],
      'Hoan',
    ];
    expect(whole.nodes.map(({ fullName }: { fullName: string }) => fullName)).toEqual(best);
    expect(whole.totalCount).toBe(8);
    let seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { nodes, pageInfo } = await page('hoa', { first: 3, after }, ofPlace);
      seen = [...seen, ...nodes.map(({ fullName }: { fullName: string }) => fullName)];
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(seen).toEqual(best);
    const exact = await page('Hòa', { first: 100 }, ofPlace);
    expect(exact.nodes.map(({ fullName }: { fullName: string }) => fullName)).toEqual([
      ...['Hòa', 'Hoa', 'Vũ Hòa', 'Hoa Hoa', 'Hoàn Thị Hoa', 'Hoàng Văn Hoa', 'Lê Hoa'],
    ]);
  });

  it('are found by their name of now and not by that of before', async () => {
    const { id } = await newOfficial(server, { unitId, positionCode, fullName: 'Quách Tuyết Nhung' });
    await must(server, 'reviseOfficial', { officialId: id, fullName: 'Quách Tuyết Băng' }, 'cursor');
    expect(await search('quach tuyet nhung')).toEqual([]);
    expect(await search('quach bang')).toEqual(['Quách Tuyết Băng']);
  });

  it('are always found first by their own name: without marks, decomposed, in capitals, in another order', async () => {
    const syllables =
      'Nguyễn Đặng Hoàng Thị Văn Hòa Thuý Quý Ánh Ý Phượng Đức Nghĩa Oanh Yến Út Lê Hà Tú Ân'.split(' ');
    const names = fc.sample(fc.array(fc.constantFrom(...syllables), { minLength: 2, maxLength: 5 }), {
      numRuns: 25,
      seed: Number(process.env.SEED ?? 7),
    });
    for (const name of names.map((each) => each.join(' '))) {
      const { id } = await newOfficial(server, { unitId, positionCode, fullName: name });
      const plain = name.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D');
      for (const text of [
        name,
        name.normalize('NFD'),
        name.toUpperCase(),
        plain,
        ` ${plain.toLowerCase()} `,
      ]) {
        const { nodes } = await page(text);
        expect([text, nodes.map((node: { id: string }) => node.id)]).toEqual([
          text,
          expect.arrayContaining([id]),
        ]);
      }
      expect((await page(name)).nodes[0].fullName).toBe(name);
    }
  });

  it('sort by a given name that was stated; brackets do not sort', async () => {
    const place = (await newUnit(server)).id;
    const people = [
      { fullName: 'Lê Văn Ba' },
      { fullName: 'Y Phương Niê Kdăm', givenName: 'Phương' },
      { fullName: 'Nguyễn Văn An (Ba Tê)' },
      { fullName: 'Lê Văn Quý' },
    ];
    for (const person of people) await newOfficial(server, { ...person, unitId: place, positionCode });
    const { officials } = await read(
      'query ($f: OfficialFilter) { officials(filter: $f) { nodes { id fullName givenName } } }',
      { f: { unitIds: [place] } },
    );
    expect(officials.nodes.map(({ fullName }: { fullName: string }) => fullName)).toEqual([
      'Nguyễn Văn An (Ba Tê)',
      'Lê Văn Ba',
      'Y Phương Niê Kdăm',
      'Lê Văn Quý',
    ]);
    expect(officials.nodes[2].givenName).toBe('Phương');
    const revised = { officialId: officials.nodes[1].id, givenName: 'Hoa' };
    expect(await refused('reviseOfficial', revised)).toEqual(['INVALID givenName']);
  });

  it.each([
    ['Nguyễn Vаn A', 'U+0430'],
    ['Nguyễn\u200bVăn A', 'U+200B'],
    ['Trần\u00adThị B', 'U+00AD'],
    ['Οanh Lê', 'U+039F'],
    ['Nguyễn Văn А', 'U+0410'],
    ['Lê Ｈoa', 'U+FF28'],
    ['𝐋ê Hoa', 'U+1D40B'],
  ])('a name with a look-alike or an invisible character is refused by name: %j', async (fullName, point) => {
    const input = { code: newCode(), fullName, category: 'CADRE', since: '2020-01-01', unitId, positionCode };
    const [refusal, ...others] = await refusals(server, 'registerOfficial', input);
    expect([refusal!.code, refusal!.path.at(-1), others]).toEqual(['INVALID', 'fullName', []]);
    expect(refusal!.message).toContain(point);
  });
});

describe('units of one name', () => {
  it('come in the order of the units above them, also of the name these have now', async () => {
    const [first, second] = [
      await newUnit(server, { name: 'Quận 2', kind: 'URBAN_DISTRICT' }),
      await newUnit(server, { name: 'Quận 10', kind: 'URBAN_DISTRICT' }),
    ];
    for (const { id } of [second, first]) await newUnit(server, { name: 'Phường Cùng Tên', parentId: id });
    await newUnit(server, { name: 'Phường Cùng Tên A', parentId: first.id });
    const districts = async () =>
      (
        await read('query ($f: UnitFilter) { units(filter: $f) { nodes { parent { name } } } }', {
          f: { text: 'Phường Cùng Tên' },
        })
      ).units.nodes.map(({ parent }: { parent: { name: string } }) => parent.name);
    expect(await districts()).toEqual(['Quận 2', 'Quận 10', 'Quận 2']);
    const slip = { unitId: first.id, name: 'Quận 12', reason: 'Gõ nhầm' };
    await must(server, 'correctUnit', slip, 'cursor');
    expect(await districts()).toEqual(['Quận 10', 'Quận 12', 'Quận 12']);
  });

  it('are told apart in figures', async () => {
    const classes = [
      await newUnit(server, { name: 'Quận 4', kind: 'URBAN_DISTRICT' }),
      await newUnit(server, { name: 'Quận 5', kind: 'URBAN_DISTRICT' }),
    ];
    const unitIds: string[] = [];
    for (const { id } of classes) {
      const ward = await newUnit(server, { name: 'Phường 9', parentId: id });
      unitIds.push(ward.id);
      await newClass(server, 1, { hostUnitId: ward.id });
    }
    const { trainingStatistics } = await read(
      'query ($f: TrainingStatisticsFilter) { trainingStatistics(filter: $f, groupBy: UNIT) { groups { label } } }',
      { f: { unitIds } },
    );
    expect(trainingStatistics.groups).toEqual([{ label: 'Phường 9, Quận 4' }, { label: 'Phường 9, Quận 5' }]);
  });
});

describe('universities, documents and orders', () => {
  const find = async (list: string, filter: string, text: string, selection: string): Promise<string[]> =>
    (
      await read(
        `query ($f: ${filter}) { ${list}(filter: $f) { totalCount nodes { found: ${selection} } } }`,
        { f: { text } },
      )
    )[list].nodes.map(({ found }: { found: string }) => found);

  it('are found by the words of what they are called, the best first', async () => {
    const { id } = await newUniversity(server, {
      name: 'Trường Đại học Kinh tế Thành phố Hồ Chí Minh',
      abbreviation: 'UEH',
    });
    await newUniversity(server, { name: 'Học viện Kinh tế số' });
    const universities = (text: string) => find('universities', 'UniversityFilter', text, 'name');
    expect(await universities('ueh')).toEqual(['Trường Đại học Kinh tế Thành phố Hồ Chí Minh']);
    expect(await universities('dai hoc kinh te tphcm')).toEqual([
      'Trường Đại học Kinh tế Thành phố Hồ Chí Minh',
    ]);
    expect((await universities('Học viện Kinh tế số'))[0]).toBe('Học viện Kinh tế số');
    const renamed = { universityId: id, abbreviation: 'KTHCM' };
    await must(server, 'reviseUniversity', renamed, 'cursor');
    expect(await universities('ueh')).toEqual([]);
    expect(await universities('kthcm')).toEqual(['Trường Đại học Kinh tế Thành phố Hồ Chí Minh']);

    await newDocument(server, { title: 'Đề án chuyển đổi số', number: '12/ĐA-UBND', issuer: 'Sở Nội vụ' });
    await newDocument(server, { title: 'Kế hoạch số hóa' });
    const documents = (text: string) => find('documents', 'DocumentFilter', text, 'title');
    expect(await documents('chuyen doi so')).toEqual(['Đề án chuyển đổi số']);
    expect(await documents('12/da-ubnd')).toEqual(['Đề án chuyển đổi số']);
    expect(await documents('Sở NV')).toEqual(['Đề án chuyển đổi số']);

    await newOrder(server, { title: 'Đô thị thông minh', expectedOutcome: 'Lập được bản đồ số' });
    await newOrder(server, { title: 'Thông tin đối ngoại' });
    const orders = (text: string) => find('trainingOrders', 'TrainingOrderFilter', text, 'title');
    expect(await orders('thong minh')).toEqual(['Đô thị thông minh']);
    expect(await orders('bản đồ')).toEqual(['Đô thị thông minh']);
    expect(await orders('không có ở đâu')).toEqual([]);
  });
});

it('cohorts sort by their last day, those without one after all others', async () => {
  const hostUnitId = (await newUnit(server)).id;
  for (const endsOn of ['2024-06-30', null, '2024-03-31'])
    await newCohort(server, { hostUnitId, startsOn: '2024-01-01', endsOn });
  const { cohorts } = await read(
    `query ($f: CohortFilter) { cohorts(filter: $f, orderBy: { field: ENDS_ON }) { nodes { id endsOn version } } }`,
    { f: { unitIds: [hostUnitId] } },
  );
  const days = (list: { endsOn: string | null }[]) => list.map(({ endsOn }) => endsOn);
  expect(days(cohorts.nodes)).toEqual(['2024-03-31', '2024-06-30', null]);
  const [{ id, version }] = cohorts.nodes;
  await must(server, 'reviseCohort', { cohortId: id, version, endsOn: '2024-12-31' }, 'cursor');
  const after = await read(
    `query ($f: CohortFilter) { cohorts(filter: $f, orderBy: { field: ENDS_ON, direction: DESC }) { nodes { endsOn } } }`,
    { f: { unitIds: [hostUnitId] } },
  );
  expect(days(after.cohorts.nodes)).toEqual([null, '2024-12-31', '2024-06-30']);
});

it("blank codes are nobody's", async () => {
  const filter = '(filter: { codes: [" ", ""] }) { totalCount }';
  const { data, errors } = await server.ask(
    `{ officials${filter} cohorts${filter} units${filter} programmes${filter} universities${filter} }`,
  );
  expect(errors).toBeUndefined();
  expect(Object.values(data).map((list: any) => list.totalCount)).toEqual([0, 0, 0, 0, 0]);
});

describe('codes are one whatever their case and width', () => {
  it('in look-up, in filters and in uniqueness', async () => {
    const official = await newOfficial(server);
    const cohort = await newCohort(server);
    const unit = await newUnit(server);
    const position = await newPosition(server);
    const wide = (code: string) =>
      ` ${code.toLowerCase().replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))} `;
    const found = await read(
      `query ($o: String!, $c: String!, $u: String!) { official(code: $o) { id } cohort(code: $c) { id }
        unit(code: $u) { id } officials(filter: { codes: [$o] }) { nodes { id } }
        cohorts(filter: { codes: [$c] }) { nodes { id } } units(filter: { codes: [$u] }) { nodes { id } } }`,
      { o: wide(official.code), c: wide(cohort.code), u: wide(unit.code) },
    );
    expect(found).toEqual({
      official: { id: official.id },
      cohort: { id: cohort.id },
      unit: { id: unit.id },
      officials: { nodes: [{ id: official.id }] },
      cohorts: { nodes: [{ id: cohort.id }] },
      units: { nodes: [{ id: unit.id }] },
    });
    const code = position.code.toLowerCase();
    expect(await refused('addPosition', { code, title: 'Chuyên viên' })).toEqual(['ALREADY_EXISTS code']);
    const again = {
      code: unit.code.toLowerCase(),
      name: 'Phường khác',
      kind: 'WARD',
      validFrom: '2021-01-01',
    };
    expect(await refused('openUnit', again)).toEqual(['OVERLAPPING_PERIOD code']);
  });
});
