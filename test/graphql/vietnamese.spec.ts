// Vietnamese text: found without its marks, kept in one form, sorted by its alphabet, and errors in Vietnamese.
import { startTestServer, type TestServer } from '../support/server';
import { connect } from '../support/live';
import {
  must,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUnit,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Named = { id: string; name: string };

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** Registers officials of these names at one unit. */
async function register(names: string[]): Promise<string> {
  const unitId = (await newUnit(server)).id;
  const positionCode = (await newPosition(server)).code;
  for (const fullName of names) await newOfficial(server, { unitId, positionCode, fullName });
  return unitId;
}

/** Names, out of order in a way that is always the same. */
function shuffled<T>(names: T[]): T[] {
  const [even, odd] = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
  return [...odd.reverse(), ...even];
}

describe('text search', () => {
  const THAI = 'Võ Khắc Thái';
  const DAT = 'Đặng Đức Đạt';
  const PERCENT = 'Trần 100% Tâm';
  const UNDERSCORE = 'Hồ_Bá Lệ';
  const QUOTES = 'Phạm "Bi" Anh';
  const STAR = 'Mai A*B\\C';
  const NEAR = 'Near Khải';
  let unitId: string;
  beforeAll(async () => {
    unitId = await register([THAI, 'Vũ Khắc Thắng', DAT, 'Lý Ý', PERCENT, UNDERSCORE, QUOTES, STAR, NEAR]);
  });

  const search = async (text: string): Promise<string[]> =>
    (
      await read(
        `query ($f: OfficialFilter) { officials(filter: $f, first: 100) { totalCount nodes { fullName } } }`,
        { f: { text, unitIds: [unitId] } },
      )
    ).officials.nodes.map(({ fullName }: { fullName: string }) => fullName);

  it.each([
    ['vo khac thai', [THAI]],
    ['VÕ KHẮC', [THAI]],
    ['Võ Khắc Thái'.normalize('NFD'), [THAI]],
    ['thai vo', [THAI]],
    ['  kha   thái ', [THAI]],
    ['hac', []],
    ['khac', [THAI, 'Vũ Khắc Thắng']],
    ['dang duc dat', [DAT]],
    ['ĐẶNG đức', [DAT]],
    ['đang', [DAT]],
    ['ly', ['Lý Ý']],
    ['ý', ['Lý Ý']],
    ['y l', ['Lý Ý']],
    ['vo xuan', []],
  ])('%j finds %j', async (text, names) => {
    expect(await search(text)).toEqual(names);
  });

  it.each([
    ['%', [PERCENT]],
    ['100', [PERCENT]],
    ['0%', []],
    ['100%', [PERCENT]],
    ['v%i', []],
    ['%%%', []],
    ['_', [UNDERSCORE]],
    ['ho_ba', [UNDERSCORE]],
    ['vo_khac', []],
    ['"', [QUOTES]],
    ['"bi"', [QUOTES]],
    ['"vo khac"', []],
    ['""', []],
    ['*', [STAR]],
    ['a*b', [STAR]],
    ['thai*', []],
    ['\\', [STAR]],
    ['b\\c', [STAR]],
    ['NEAR', [NEAR]],
    ['NEAR(vo khac)', []],
    ['khac AND thai', []],
    ['khac OR duc', []],
    ['khac NOT thai', []],
    ['search:thai', []],
    ['^vo khac', []],
    ['(khac', []],
    ['khac -thai', []],
    ["'; DROP TABLE official; --", []],
  ])('takes %j as it is written, not as a pattern or an operator', async (text, names) => {
    expect(await search(text)).toEqual(names);
  });

  it('asks for nothing when it is blank', async () => {
    expect(await search(' ')).toHaveLength(9);
  });

  it('follows a name that is revised', async () => {
    const official = await newOfficial(server, { fullName: 'Ngô Gia Tự Cũ' });
    const hits = async (text: string) =>
      (
        await read('query ($f: OfficialFilter) { officials(filter: $f) { totalCount } }', {
          f: { text, codes: [official.code] },
        })
      ).officials.totalCount;
    await must(
      server,
      'reviseOfficial',
      { officialId: official.id, fullName: 'Ngô Gia Mới' },
      'official { id }',
    );
    expect([await hits('tu cu'), await hits('gia moi'), await hits(official.code)]).toEqual([0, 1, 1]);
  });

  it('finds units, programmes and cohorts in the same way, by English names, codes and periods too', async () => {
    const unit = await newUnit(server, { name: 'Thành phố Thủ Đức', nameEn: 'Thu Duc City' });
    const programme = await newProgramme(server, { name: 'Quản lý đô thị', nameEn: 'Urban management' });
    const cohort = await newCohort(server, {
      name: 'Lớp Thạc sĩ Quản lý đô thị khoá 1',
      periodLabel: '2021-2023',
    });
    const hits = async (list: string, filter: string, text: string): Promise<string[]> =>
      (
        await read(`query ($f: ${filter}) { ${list}(filter: $f, first: 100) { nodes { id } } }`, {
          f: { text },
        })
      )[list].nodes.map(({ id }: Named) => id);
    for (const text of ['thu duc', 'THỦ ĐỨC', 'duc city', unit.code.toLowerCase()]) {
      expect(await hits('units', 'UnitFilter', text)).toEqual([unit.id]);
    }
    for (const text of ['do thi', 'Đô Thị', 'urban', programme.code]) {
      expect(await hits('programmes', 'ProgrammeFilter', text)).toEqual([programme.id]);
    }
    for (const text of ['thac si do thi', 'khoá 1', '2021-2023 thạc', cohort.code]) {
      expect(await hits('cohorts', 'CohortFilter', text)).toEqual([cohort.id]);
    }
  });

  it.each([
    ['text of 201 characters', 'ă'.repeat(201)],
    ['control characters', 'vo\u0000khac'],
  ])('refuses %s', async (_, text) => {
    const { errors } = await server.ask(
      'query ($f: OfficialFilter) { officials(filter: $f) { totalCount } }',
      { f: { text } },
    );
    expect(errors).toHaveLength(1);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });
});

it('keeps text that came decomposed in its composed form, without blanks around it', async () => {
  const name = 'Đặng Thị Hường';
  const sent = ` ${name.normalize('NFD')} `;
  expect(sent.trim()).not.toBe(name);
  const code = newCode('SỞ-').normalize('NFD');
  const unit = await newUnit(server, { code, name: sent });
  const official = await newOfficial(server, { fullName: sent });
  const programme = await newProgramme(server, { name: sent });
  const cohort = await newCohort(server, { name: sent, periodLabel: sent });
  const stored = await read(
    `query ($o: ID!, $p: ID!, $c: ID!) { official(id: $o) { fullName } programme(id: $p) { name }
      cohort(id: $c) { name periodLabel } }`,
    { o: official.id, p: programme.id, c: cohort.id },
  );
  expect(unit).toMatchObject({ code: code.normalize('NFC'), name });
  expect(stored).toEqual({
    official: { fullName: name },
    programme: { name },
    cohort: { name, periodLabel: name },
  });
});

describe('names of persons sort by given name, then family name, then middle names, as office lists do', () => {
  const inOrder = [
    'Lê Văn An',
    'Lê Văn Anh',
    'Lê Văn Ánh',
    'Lê Văn Ăn',
    'Lê Văn Ân',
    'Đỗ Văn Bình',
    'Lê Thanh Văn Bình',
    'Lê Văn Minh Bình',
    'Nguyễn An Bình',
    'Phạm Văn Bình',
    'Trần Bình',
    'VÕ VĂN BÌNH',
    'Lê Văn Cúc',
    'Lê Văn Dũng',
    'Lê Văn Đạt',
    'Lê Văn Em',
    'Lê Văn Êm',
    'Lê Văn Ma',
    'Lê Văn Mà',
    'Lê Văn Mả',
    'Lê Văn Mã',
    'Lê Văn Má',
    'Lê Văn Mạ',
    'Lê Văn Mai',
    'Lê Văn Oanh',
    'Lê Văn Ôn',
    'Lê Văn Ơn',
    'Lê Văn Uy',
    'Lê Văn Ưng',
    'Lê Văn Yên',
    'Lê Văn Yến',
  ];
  let unitId: string;
  beforeAll(async () => {
    // Every third one decomposed, as some keyboards send them: the order must not see the difference.
    const sent = inOrder.map((name, i) => (i % 3 === 0 ? name.normalize('NFD') : name));
    unitId = await register([...shuffled(sent), 'Lê Văn Ôn', 'Lê Văn Ôn']);
  });
  const withTwins = inOrder.flatMap((name) => (name === 'Lê Văn Ôn' ? [name, name, name] : [name]));

  const page = async (args: object, direction = 'ASC') =>
    (
      await read(
        `query ($f: OfficialFilter, $d: OrderDirection!, $first: Int, $after: String, $last: Int, $before: String) {
          officials(filter: $f, orderBy: { field: NAME, direction: $d },
            first: $first, after: $after, last: $last, before: $before) {
            totalCount nodes { id fullName }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { f: { unitIds: [unitId] }, d: direction, ...args },
      )
    ).officials;
  const names = (nodes: { fullName: string }[]) => nodes.map(({ fullName }) => fullName);

  it('in the alphabet a ă â b c d đ e ê … and the tones ngang huyền hỏi ngã sắc nặng', async () => {
    expect(names((await page({ first: 100 })).nodes)).toEqual(withTwins);
    expect(names((await page({ first: 100 }, 'DESC')).nodes)).toEqual([...withTwins].reverse());
  });

  it('and by name when no order is asked for', async () => {
    const { officials } = await read(
      'query ($f: OfficialFilter) { officials(filter: $f, first: 100) { nodes { fullName } } }',
      { f: { unitIds: [unitId] } },
    );
    expect(names(officials.nodes)).toEqual(withTwins);
  });

  it('page by page forwards, nobody twice and nobody left out', async () => {
    const seen: { id: string; fullName: string }[] = [];
    let last = await page({ first: 5 });
    expect(last.pageInfo.hasPreviousPage).toBe(false);
    seen.push(...last.nodes);
    while (last.pageInfo.hasNextPage) {
      last = await page({ first: 5, after: last.pageInfo.endCursor });
      expect(last.pageInfo.hasPreviousPage).toBe(true);
      expect(last.totalCount).toBe(withTwins.length);
      seen.push(...last.nodes);
    }
    expect(names(seen)).toEqual(withTwins);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(withTwins.length);
  });

  it('page by page backwards, through the same places', async () => {
    const forwards = (await page({ first: 100 })).nodes;
    let last = await page({ last: 5 });
    expect(last.pageInfo.hasNextPage).toBe(false);
    let seen = last.nodes;
    while (last.pageInfo.hasPreviousPage) {
      last = await page({ last: 5, before: last.pageInfo.startCursor });
      expect(last.pageInfo.hasNextPage).toBe(true);
      seen = [...last.nodes, ...seen];
    }
    expect(seen).toEqual(forwards);
  });
});

it('other names sort in the alphabet, numbers by their value', async () => {
  const inOrder = [
    '1',
    '2',
    '3',
    '10',
    '12',
    'Bình Tân',
    'Bình Thạnh',
    'Gò Vấp',
    'Phú Nhuận',
    'Tân Bình',
  ].map((name) => `Quận ${name}`);
  const parent = await newUnit(server, { kind: 'MUNICIPALITY' });
  for (const name of shuffled(inOrder)) await newUnit(server, { name, parentId: parent.id });
  const { unit } = await read(
    `query ($id: ID!) { unit(id: $id) {
      up: children(first: 100) { nodes { name } }
      down: children(first: 100, orderBy: { field: NAME, direction: DESC }) { nodes { name } }
      two: children(first: 2) { nodes { name } pageInfo { endCursor } } } }`,
    { id: parent.id },
  );
  expect(unit.up.nodes.map(({ name }: Named) => name)).toEqual(inOrder);
  expect(unit.down.nodes.map(({ name }: Named) => name)).toEqual([...inOrder].reverse());
  const next = await read(
    'query ($id: ID!, $c: String) { unit(id: $id) { children(first: 2, after: $c) { nodes { name } } } }',
    { id: parent.id, c: unit.two.pageInfo.endCursor },
  );
  expect(next.unit.children.nodes.map(({ name }: Named) => name)).toEqual(['Quận 3', 'Quận 10']);
});

describe('a refusal speaks Vietnamese unless English is asked for first', () => {
  const [vi, en] = ['Không được để trống.', 'Must not be empty.'];
  it.each([
    ['', vi],
    ['vi-VN', vi],
    ['fr', vi],
    ['*', vi],
    ['vi,en;q=0.9', vi],
    ['en;q=0.4, vi;q=0.6', vi],
    ['en;q=0, vi;q=0.1', vi],
    ['en', en],
    ['EN-us', en],
    ['en-US,en;q=0.9,vi;q=0.8', en],
    ['fr, en;q=0.5', en],
  ])('Accept-Language: %j', async (language, message) => {
    const input = { code: newCode('U'), kind: 'WARD', name: '' };
    const errors = await refusals(server, 'openUnit', input, language);
    expect(errors).toEqual([{ code: 'INVALID', path: ['input', 'name'], message }]);
  });

  it.each([
    ['', vi],
    ['en', en],
  ])('over WebSocket, with acceptLanguage: %j', async (language, message) => {
    const client = await connect(server.url, { language });
    const answer = client.subscribe(
      'mutation { openUnit(input: { code: "X", kind: WARD, name: " " }) { userErrors { message } } }',
    );
    expect(await answer.nextData()).toEqual({ openUnit: { userErrors: [{ message }] } });
    await client.close();
  });
});
