// Malformed dates and texts: one clear error each, nothing changed, and never the answer to a bug.
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newCode,
  newCohort,
  newOfficial,
  newProgramme,
  newUnit,
  newUniversity,
  refusals,
} from '../support/world';

let server: TestServer;
/** One record of each type that ids point to. */
const ids: Record<string, string> = {};
let end: string;

beforeAll(async () => {
  server = await startTestServer();
  ids.unit = (await newUnit(server)).id;
  ids.university = (await newUniversity(server)).id;
  ids.programme = (await newProgramme(server)).id;
  ids.cohort = (await newCohort(server)).id;
  ids.official = (await newOfficial(server)).id;
  end = await logEnd(server);
});
afterEach(async () => expect(await logEnd(server)).toBe(end)); // whatever was sent, nothing was changed
afterAll(() => server.stop());

/** The one error of an operation. */
async function errorOf(query: string, variables: object = {}): Promise<{ code: string; message: string }> {
  const { data, errors } = await server.ask(query, variables);
  expect(Object.values(data ?? {}).filter((each) => each !== null)).toEqual([]);
  expect(errors).toHaveLength(1);
  return { code: errors![0]!.extensions.code, message: errors![0]!.message };
}

const NO_DATES = [
  '2023-02-30',
  '2023-13-01',
  '2023-00-10',
  '2023-1-1',
  '20230101',
  '2023-01-01T00:00:00Z',
  '',
  ' ',
  'today',
  '+12023-01-01',
  '0000-00-00',
  '2023-01-01 ',
  20230101,
  true,
];

describe('a date', () => {
  it.each(NO_DATES)('that is none is refused everywhere: %j', async (on) => {
    const inQuery = await errorOf('query ($on: Date) { unit(code: "x", on: $on) { id } }', { on });
    expect(inQuery.code).toBe('BAD_USER_INPUT');
    expect(inQuery.message).toContain('on');
    const inFilter = await errorOf('query ($f: CohortFilter) { cohorts(filter: $f) { totalCount } }', {
      f: { startsOn: { from: on } },
    });
    expect(inFilter.code).toBe('BAD_USER_INPUT');
    const inInput = await errorOf('mutation ($i: PlanCohortInput!) { planCohort(input: $i) { cursor } }', {
      i: { code: 'x', name: 'x', programmeId: ids.programme, hostUnitId: ids.unit, startsOn: on },
    });
    expect(inInput.code).toBe('BAD_USER_INPUT');
    expect(inInput.message).toContain('startsOn');
    const inDocument = await errorOf(`{ unit(code: "x", on: ${JSON.stringify(on)}) { id } }`);
    expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(inDocument.code);
  });

  it('of a leap day is good only in a leap year', async () => {
    expect((await server.ask('{ unit(code: "x", on: "2024-02-29") { id } }')).errors).toBeUndefined();
    expect((await errorOf('{ unit(code: "x", on: "2023-02-29") { id } }')).message).toContain('2023-02-29');
  });
});

const FORMS = [
  ['of 10,000 characters', 'Đ'.repeat(10_000)],
  ['with a line break', 'Lớp\nmột'],
  ['with a NUL', 'Lớp\u0000một'],
  ['with an escape character', 'Lớp \u001b[31m'],
  ['with a character that turns the writing direction', 'Lớp \u202eniath'],
  ['with half a character', 'Lớp \ud83d'],
  ['with 250 marks on a letter', `Lớp a${'\u0301'.repeat(250)}`],
  ['that is empty', ''],
  ['that is blank', ' \t \u00a0 '],
] as const;

const NO_ADDRESSES = [
  'ueh.edu.vn',
  'javascript:alert(1)',
  'https://',
  'https:ueh.edu.vn',
  'https:/ueh.edu.vn',
  'ftp://ueh.edu.vn',
  'https://localhost',
  'https://ueh.edu.vn@evil.vn/',
  'https://ueh.edu.vn:secret@evil.vn/',
  'https://ueh.edu.vn\\@evil.vn',
  'https://evil.vn\\.ueh.edu.vn',
  'https://ueh.edu.vn%40evil.vn',
  'https://ueh.edu.vn/"onclick="alert(1)',
  "https://ueh.edu.vn/'",
  'https://ueh.edu.vn/<script>',
  'https://ueh.edu.vn/a b',
  'https://ueh.edu.vn/\tx',
  'https://ueh.edu.vn/\u202efdp.exe',
  'https://ueh.edu.vn/\u200b',
  'https://uе\u04bb.edu.vn', // Cyrillic
  'https://ueh。edu。vn',
  'https://ｕｅｈ.edu.vn',
  'http://2130706433/',
  'http://0x7f.0.0.1/',
  `https://ueh.edu.vn/${'x'.repeat(2_000)}`,
];

/** Beside codes of plain letters and digits they would look the same. */
const LOOK_ALIKES = ['А1', 'ɑ1', 'ᴀ1', '７９', '٧', 'Ⅷ', '½', 'ﬁ', 'x\u0301', 'a\u00ad', '\u3164'];

const UNSEEN = {
  'U+00AD': 'Lớp\u00admột',
  'U+061C': 'Lớp\u061cmột',
  'U+200B': 'Lớp\u200bmột',
  'U+200D': 'Lớp\u200dmột',
  'U+200E': 'Lớp\u200emột',
  'U+200F': 'Lớp\u200fmột',
  'U+202E': 'Lớp\u202emột',
  'U+2060': 'Lớp\u2060một',
  'U+2066': 'Lớp\u2066một',
  'U+2800': 'Lớp\u2800một',
  'U+3164': 'Lớp\u3164một',
  'U+FE0F': 'Lớp\ufe0fmột',
  'U+FEFF': 'Lớp\ufeffmột',
  'U+FFA0': 'Lớp\uffa0một',
  'U+E0041': 'Lớp\u{e0041}một',
};

describe('an invisible character', () => {
  it.each(Object.entries(UNSEEN))('is refused by its name: %s', async (name, text) => {
    const message = `Contains an invisible or direction character (${name}): remove it.`;
    for (const [mutation, input] of [
      ['addTopic', { code: newCode(), name: text }],
      ['cancelCohort', { cohortId: ids.cohort, reason: text }],
      ['reviseOfficial', { officialId: ids.official, email: `${text}@ueh.edu.vn` }],
      ['reviseUniversity', { universityId: ids.university, website: `https://ueh.edu.vn/${text}` }],
      ['addTopic', { clientMutationId: text, code: newCode(), name: 'x' }],
    ] as const)
      expect(await refusals(server, mutation, input)).toMatchObject([{ code: 'INVALID', message }]);
  });

  it('alone is nothing', async () => {
    for (const name of ['\u200b', ' \ufeff\u200e', '\u3164', '\u2800\u00ad']) {
      const told = await refusals(server, 'addTopic', { code: newCode(), name });
      expect(told).toMatchObject([{ message: 'Must not be empty.', path: ['input', 'name'] }]);
    }
  });

  it('passes where it makes an emoji', async () => {
    const name = 'Lớp ✔️ 1️⃣ 👩🏽‍⚕️ 👨‍👩‍👧 ❤️‍🔥';
    const { topic } = await must(server, 'addTopic', { code: newCode(), name }, 'topic { name }');
    expect(topic.name).toBe(name);
    end = await logEnd(server);
  });
});

describe('an address', () => {
  it.each([
    'https://ueh.edu.vn',
    'http://UEH.edu.vn:8080/Đào-tạo?lớp=1&x=(2)#phần',
    'https://trường.vn/',
    'https://xn--trng-8na.vn/',
    'http://10.0.0.5/van-ban.pdf',
  ])('is kept as it was written: %s', async (website) => {
    const input = { universityId: ids.university, website };
    const { university } = await must(server, 'reviseUniversity', input, 'university { website }');
    expect(university.website).toBe(website);
    end = await logEnd(server);
  });
});

describe('a text', () => {
  const inputs = (text: string): [string, object, string][] => [
    ['addTopic', { code: newCode(), name: text }, 'name'],
    ['addTopic', { code: text, name: 'Quy hoạch' }, 'code'],
    ['addUniversity', { code: newCode(), name: text }, 'name'],
    [
      'addProgramme',
      { code: newCode(), name: text, kind: 'REFRESHER', contentGroup: 'STATE_MANAGEMENT', basis: 'TOPICAL' },
      'name',
    ],
    ['openUnit', { code: newCode(), kind: 'WARD', name: text }, 'name'],
    [
      'planCohort',
      {
        code: newCode(),
        name: text,
        programmeId: ids.programme,
        hostUnitId: ids.unit,
        startsOn: '2024-01-01',
      },
      'name',
    ],
    [
      'planCohort',
      { code: text, name: 'Lớp', programmeId: ids.programme, hostUnitId: ids.unit, startsOn: '2024-01-01' },
      'code',
    ],
    [
      'registerOfficial',
      {
        code: newCode(),
        fullName: text,
        category: 'CADRE',
        unitId: ids.unit,
        positionCode: 'x',
        since: '2024-01-01',
      },
      'fullName',
    ],
    [
      'registerOfficial',
      {
        code: newCode(),
        fullName: 'x',
        category: 'CADRE',
        unitId: ids.unit,
        positionCode: text,
        since: '2024-01-01',
      },
      'positionCode',
    ],
    ['cancelCohort', { cohortId: ids.cohort, reason: text }, 'reason'],
    ['signPartnership', { unitId: ids.unit, universityId: ids.university, title: text }, 'title'],
  ];

  it.each(FORMS)('%s is refused where a name, code, title or reason is needed', async (_what, text) => {
    for (const [name, input, field] of inputs(text)) {
      const told = await refusals(server, name, input);
      expect([name, told.map(({ code, path }) => [code, path])]).toEqual([
        name,
        [['INVALID', ['input', field]]],
      ]);
    }
  });

  it('is told what is wrong with it in Vietnamese, or in English on request', async () => {
    const long = { code: newCode(), name: 'x'.repeat(10_000) };
    expect((await refusals(server, 'addTopic', long, 'vi'))[0]!.message).toBe('Tối đa 300 ký tự.');
    expect((await refusals(server, 'addTopic', long, 'en'))[0]!.message).toBe('At most 300 characters.');
    const blank = { code: newCode(), name: ' ' };
    expect((await refusals(server, 'addTopic', blank, 'fr'))[0]!.message).toBe('Không được để trống.');
    expect((await refusals(server, 'addTopic', blank, 'en-GB'))[0]!.message).toBe('Must not be empty.');
  });

  it('that is no e-mail address, web address or code is refused', async () => {
    const official = { officialId: ids.official, email: 'nobody at home' };
    expect((await refusals(server, 'reviseOfficial', official))[0]!.path).toEqual(['input', 'email']);
    for (const website of NO_ADDRESSES) {
      const told = await refusals(server, 'reviseUniversity', { universityId: ids.university, website });
      expect([website, told.map(({ path }) => path)]).toEqual([website, [['input', 'website']]]);
    }
    for (const code of ['a b', '-a', 'a\u200bb', '<b>', 'a'.repeat(61), ...LOOK_ALIKES]) {
      const told = await refusals(server, 'addTopic', { code, name: 'x' });
      expect([code, told.map(({ path }) => path)]).toEqual([code, [['input', 'code']]]);
    }
  });

  it.each(FORMS.slice(0, 7))(
    '%s is refused or finds nothing where records are looked for',
    async (what, text) => {
      for (const list of ['units', 'officials', 'programmes', 'cohorts']) {
        const query = `query ($text: String) { ${list}(filter: { text: $text }) { totalCount } }`;
        const { data, errors } = await server.ask(query, { text });
        if (errors || what.includes('10,000')) {
          expect([list, errors?.map(({ extensions }) => extensions)]).toEqual([
            list,
            [{ code: 'BAD_USER_INPUT' }],
          ]);
          expect(errors![0]!.message).toContain('text');
        } else expect([list, data[list].totalCount]).toEqual([list, 0]);
      }
      for (const root of ['unit', 'official', 'university', 'programme', 'cohort']) {
        const { data, errors } = await server.ask(`query ($code: String) { ${root}(code: $code) { id } }`, {
          code: text,
        });
        expect([what, root, errors, data[root]]).toEqual([what, root, undefined, null]);
      }
    },
  );

  it.each([
    '"',
    '""',
    "'",
    '%',
    '_',
    '*',
    '\\',
    'a"b OR c',
    'NEAR(a b)',
    'name:a',
    '^a',
    '((',
    'a AND',
    ';--',
    '🏫',
    '%%%',
    '***',
    '"""',
  ])('is looked for as it stands, whatever it means to a database: %s', async (text) => {
    for (const list of ['units', 'officials', 'programmes', 'cohorts']) {
      const query = `query ($text: String) { ${list}(filter: { text: $text }) { totalCount } }`;
      const { data, errors } = await server.ask(query, { text });
      expect([list, errors, data[list].totalCount]).toEqual([list, undefined, 0]);
    }
  });
});

describe('a number', () => {
  const order = { title: 'Đặt hàng', expectedOutcome: 'Áp dụng được', neededBy: '2999-12-31' };
  const requirement = {
    name: 'Bồi dưỡng',
    periods: 8,
    validFrom: '2024-01-01',
    source: { title: 'Kế hoạch' },
  };
  const rhythm = { ...requirement, recurrence: 'EVERY_N_MONTHS' };
  const rule = { category: 'CADRE', from: '2024-01-01', multiple: 2, source: 'Văn bản mẫu' };
  const figure = { metric: 'COHORTS', periodFrom: '2024-01-01', periodTo: '2024-12-31' };
  const inputs = (wrong: number): [string, object, string][] => [
    [
      'requestTraining',
      { ...order, unitId: ids.unit, universityId: ids.university, headcount: wrong },
      'headcount',
    ],
    ['addRequirement', { ...rhythm, unitId: ids.unit, everyMonths: wrong }, 'everyMonths'],
    ['adoptPlan', { unitId: ids.unit, year: wrong, targets: [{ target: 1 }] }, 'year'],
    ['adoptPlan', { unitId: ids.unit, year: 2024, targets: [{ target: wrong }] }, 'targets.0.target'],
    [
      'adoptPlan',
      { unitId: ids.unit, year: 2024, targets: [{ target: 1, carriedOver: wrong }] },
      'targets.0.carriedOver',
    ],
    ['addServiceRule', { ...rule, multiple: wrong }, 'multiple'],
    ['addServiceRule', { ...rule, maximumAge: wrong }, 'maximumAge'],
    ['addServiceRule', { ...rule, yearsBefore: wrong }, 'yearsBefore'],
    [
      'recordServiceCommitments',
      { commitments: [{ enrolmentId: 'enrolment_01jb0000000000000000000000', cost: 1, studyMonths: wrong }] },
      'commitments.0.studyMonths',
    ],
    ['stateFigure', { ...figure, unitId: ids.unit, value: wrong, source: { title: 'Bài báo' } }, 'value'],
  ];

  it.each([-1, 1.5, 2 ** 31, 2 ** 53])('out of bounds is refused at its place: %d', async (wrong) => {
    for (const [name, input, path] of inputs(wrong)) {
      const told = await refusals(server, name, input);
      expect([name, told.map((each) => [each.code, each.path.join('.')])]).toEqual([
        name,
        [['INVALID', `input.${path}`]],
      ]);
    }
  });
});

describe('an entry left empty', () => {
  it('in a list of texts says nothing', async () => {
    const lists = { objectives: ['', 'Biết lập kế hoạch', '  '] };
    const input = { ...lists, kind: 'REFRESHER', contentGroup: 'STATE_MANAGEMENT', basis: 'TOPICAL' };
    const { programme } = await must(
      server,
      'addProgramme',
      { ...input, code: newCode('C'), name: 'Chuyên đề' },
      'programme { objectives }',
    );
    expect(programme.objectives).toEqual(['Biết lập kế hoạch']);
    const areas = ['Đào tạo', '', 'x'.repeat(1_001)];
    const agreement = { unitId: ids.unit, universityId: ids.university, title: 'Thoả thuận', areas };
    end = await logEnd(server);
    const told = await refusals(server, 'signPartnership', agreement);
    expect(told).toMatchObject([{ code: 'INVALID', path: ['input', 'areas', '2'] }]);
  });
});

describe('many faults at once', () => {
  it('are all told, each at its place', async () => {
    const told = await refusals(server, 'planCohort', {
      code: 'a b',
      name: ' ',
      programmeId: ids.unit,
      hostUnitId: 'nonsense',
      startsOn: '2024-01-01',
      capacity: 0,
    });
    expect(told.map(({ path }) => path.join('.')).sort()).toEqual([
      'input.capacity',
      'input.code',
      'input.hostUnitId',
      'input.name',
      'input.programmeId',
    ]);
    expect(new Set(told.map(({ code }) => code))).toEqual(new Set(['INVALID']));
  });
});
