// What becomes of dates and texts that are nonsense? One clear error each, nothing changed, and never a bug's answer.
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
  ['that is empty', ''],
  ['that is blank', ' \t \u00a0 '],
] as const;

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
    for (const website of ['ueh.edu.vn', 'javascript:alert(1)', 'https://']) {
      const told = await refusals(server, 'reviseUniversity', { universityId: ids.university, website });
      expect(told.map(({ path }) => path)).toEqual([['input', 'website']]);
    }
    for (const code of ['a b', '-a', 'a\u200bb', '<b>', 'a'.repeat(61)]) {
      const told = await refusals(server, 'addTopic', { code, name: 'x' });
      expect([code, told.map(({ path }) => path)]).toEqual([code, [['input', 'code']]]);
    }
  });

  it.each(FORMS.slice(0, 6))(
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
