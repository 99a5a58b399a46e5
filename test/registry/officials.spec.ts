// Officials: registering, revising, posts on a day, and personal data kept out of the event log.
import { Role } from '../../src/access/policy';
import { sql } from '../support/database';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import { logEnd, must, newCode, newOfficial, newPosition, newUnit, refusals } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const NOBODY = 'official_01jzzzzzzzfzzvzzzzzzzzzzzz';

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** The only refusal of a mutation that left the log where it was. */
async function refused(name: string, input: object): Promise<{ code: string; path: string }> {
  const before = await logEnd(server);
  const errors = await refusals(server, name, input);
  expect(await logEnd(server)).toBe(before);
  expect(errors).toHaveLength(1);
  return { code: errors[0]!.code, path: errors[0]!.path.slice(1).join('.') };
}

const PERSON = `id code fullName category gender dateOfBirth email grade version
  assignments { id unit { id } position { code } isManagerial validFrom validTo }`;

const official = async (id: string) =>
  (await read(`query ($id: ID!) { official(id: $id) { ${PERSON} } }`, { id })).official;

const revise = (input: object) =>
  must(server, 'reviseOfficial', input, `official { ${PERSON} }`).then((payload) => payload.official);

/** Closes a unit at the end of June 2025 and opens its heir. */
async function rename(unit: { id: string }): Promise<string> {
  const heir = { code: newCode('W'), kind: 'WARD', name: 'Phường kế thừa' };
  const succession = { predecessorId: unit.id, successorCode: heir.code, kind: 'RENAMED' };
  const input = {
    effectiveOn: '2025-07-01',
    closeIds: [unit.id],
    open: [heir],
    successions: [succession],
  };
  return (await must(server, 'reorganiseUnits', input, 'opened { id }')).opened[0].id;
}

/** What is filled in to register an official. */
async function form(more: object = {}) {
  return {
    code: newCode('O'),
    fullName: 'Trần Văn Mẫu',
    category: 'PUBLIC_EMPLOYEE',
    gender: 'MALE',
    dateOfBirth: '1985-04-30',
    email: 'mau.tran@example.org',
    grade: 'Chuyên viên chính',
    unitId: (await newUnit(server)).id,
    positionCode: (await newPosition(server)).code,
    since: '2021-05-01',
    ...more,
  };
}

describe('registering an official', () => {
  it('keeps what the form says, and the first post with it', async () => {
    const input = await form();
    const { official: made } = await must(server, 'registerOfficial', input, `official { ${PERSON} }`);
    const { unitId, positionCode, since, ...own } = input;
    const post = {
      id: expect.stringMatching(/^assignment_/),
      unit: { id: unitId },
      position: { code: positionCode },
      isManagerial: false,
      validFrom: since,
      validTo: null,
    };
    expect(made).toEqual({ ...own, id: made.id, version: 1, assignments: [post] });
    expect(await official(made.id)).toEqual(made);
    const { official: byCode } = await read('query ($c: String) { official(code: $c) { id } }', {
      c: input.code,
    });
    expect(byCode.id).toBe(made.id);
  });

  it.each<[string, string, string, () => object | Promise<object>]>([
    [
      'a staff code in use',
      'ALREADY_EXISTS',
      'code',
      async () => ({ code: (await newOfficial(server)).code }),
    ],
    [
      'a staff code in use, in another case',
      'ALREADY_EXISTS',
      'code',
      async () => ({ code: (await newOfficial(server, { code: newCode('CĐ') })).code.toLowerCase() }),
    ],
    ['an unknown unit', 'NOT_FOUND', 'unitId', () => ({ unitId: 'unit_01jzzzzzzzfzzvzzzzzzzzzzzz' })],
    ['an id that is no unit', 'INVALID', 'unitId', () => ({ unitId: NOBODY })],
    ['an unknown position', 'NOT_FOUND', 'positionCode', () => ({ positionCode: 'NONE' })],
    ['a post from before the unit began', 'UNIT_CLOSED', 'since', () => ({ since: '2019-12-31' })],
    ['a birth in the future', 'INVALID', 'dateOfBirth', () => ({ dateOfBirth: '2100-01-01' })],
    ['an e-mail that is none', 'INVALID', 'email', () => ({ email: 'mau.tran' })],
    ['an empty name', 'INVALID', 'fullName', () => ({ fullName: ' \n ' })],
    ['a name on two lines', 'INVALID', 'fullName', () => ({ fullName: 'Trần\nVăn' })],
    ['a name of 10,000 characters', 'INVALID', 'fullName', () => ({ fullName: 'ă'.repeat(10_000) })],
  ])('refuses %s', async (_, code, path, mistake) => {
    const input = await form(await mistake());
    const before = await read('{ officials { totalCount } }');
    expect(await refused('registerOfficial', input)).toEqual({ code, path });
    expect(await read('{ officials { totalCount } }')).toEqual(before);
  });

  it('refuses a closed unit, and one that opens later, in words that name it', async () => {
    const closed = await newUnit(server);
    await rename(closed);
    const later = await newUnit(server, { validFrom: '2100-01-01' });
    expect(await refused('registerOfficial', await form({ unitId: closed.id }))).toEqual({
      code: 'UNIT_CLOSED',
      path: 'unitId',
    });
    expect(await refused('registerOfficial', await form({ unitId: later.id }))).toEqual({
      code: 'UNIT_CLOSED',
      path: 'since',
    });
    const input = await form({ unitId: closed.id });
    const [vi] = await refusals(server, 'registerOfficial', input, 'fr');
    const [en] = await refusals(server, 'registerOfficial', input, 'en-GB');
    expect(vi!.message).toBe(`${closed.name} đã kết thúc hoạt động ngày 30/6/2025. Hãy chọn đơn vị kế thừa.`);
    expect(en!.message).toBe(`${closed.name} was closed on 2025-06-30. Choose one of its successors.`);
  });
});

describe('an official of whom only a part is known, or who serves no more', () => {
  const PRECISE = 'official { id dateOfBirth dateOfBirthPrecision }';

  it('has a birth date of a year or a month alone, which stays so', async () => {
    for (const [dateOfBirth, dateOfBirthPrecision] of [
      ['1970-01-01', 'YEAR'],
      ['1970-05-01', 'MONTH'],
      ['1970-05-20', undefined],
    ]) {
      const input = await form({ dateOfBirth, dateOfBirthPrecision });
      const { official } = await must(server, 'registerOfficial', input, PRECISE);
      expect(official).toMatchObject({ dateOfBirth, dateOfBirthPrecision: dateOfBirthPrecision ?? 'DAY' });
      const named = { officialId: official.id, fullName: 'Trần Văn Khác' };
      expect((await must(server, 'reviseOfficial', named, PRECISE)).official).toEqual(official);
      const cleared = { officialId: official.id, dateOfBirth: null };
      expect((await must(server, 'reviseOfficial', cleared, PRECISE)).official).toMatchObject({
        ...{ dateOfBirth: null, dateOfBirthPrecision: null },
      });
    }
  });

  it.each([
    [
      'a precision without a date',
      { dateOfBirth: undefined, dateOfBirthPrecision: 'YEAR' },
      'dateOfBirthPrecision',
    ],
    [
      'a year with a month',
      { dateOfBirth: '1970-05-01', dateOfBirthPrecision: 'YEAR' },
      'dateOfBirthPrecision',
    ],
    [
      'a month with a day',
      { dateOfBirth: '1970-05-20', dateOfBirthPrecision: 'MONTH' },
      'dateOfBirthPrecision',
    ],
    ['a post before birth', { dateOfBirth: '2022-01-01', since: '2021-01-01' }, 'since'],
    ['a post that ends before it begins', { since: '2021-01-01', until: '2020-12-31' }, 'until'],
  ])('is refused %s', async (_, mistake, path) => {
    expect(await refused('registerOfficial', await form(mistake))).toEqual({ code: 'INVALID', path });
  });

  it('is registered with a post that has ended, at a unit that was closed since, by who reaches its heir', async () => {
    const old = await newUnit(server);
    const unitId = await rename(old);
    const token = await tokenOf({ subject: newCode('m-'), role: Role.UNIT_MANAGER, unitId });
    const own = {
      ...server,
      ask: (query: string, variables?: object) => server.ask(query, variables, { token }),
    };
    const input = await form({ unitId: old.id, since: '2020-01-01', until: '2023-12-31' });
    const selection = 'official { id fullName assignments { validTo unit { id } } }';
    const { official } = await must(own as TestServer, 'registerOfficial', input, selection);
    expect(official).toMatchObject({
      ...{ fullName: input.fullName, assignments: [{ validTo: '2023-12-31', unit: { id: old.id } }] },
    });
    // And goes on to be found, and corrected.
    const revised = { officialId: official.id, grade: 'Chuyên viên' };
    await must(own as TestServer, 'reviseOfficial', revised, 'official { id }');
  });
});

describe('revising an official', () => {
  it('changes what is given, clears what is null, leaves the rest, and counts the version', async () => {
    const { id } = await newOfficial(server, { email: 'a@example.org', grade: 'Chuyên viên' });
    const before = await official(id);
    const revised = await revise({ officialId: id, version: 1, fullName: 'Lê Thị Mới', email: null });
    expect(revised).toEqual({ ...before, fullName: 'Lê Thị Mới', email: null, version: 2 });
    expect(await official(id)).toEqual(revised);
  });

  it('says nothing new when nothing changes', async () => {
    const { id } = await newOfficial(server);
    const before = await logEnd(server);
    const { fullName, category } = await official(id);
    expect(await revise({ officialId: id, version: 1, fullName, category })).toMatchObject({ version: 1 });
    expect(await logEnd(server)).toBe(before);
  });

  it('refuses a revision based on an older version', async () => {
    const { id } = await newOfficial(server);
    await revise({ officialId: id, version: 1, grade: 'Chuyên viên' });
    const late = { officialId: id, version: 1, grade: 'Chuyên viên cao cấp' };
    expect(await refused('reviseOfficial', late)).toEqual({ code: 'STALE_VERSION', path: 'version' });
    expect(await official(id)).toMatchObject({ grade: 'Chuyên viên', version: 2 });
  });

  it.each([
    ['a cleared name', { fullName: null }, 'INVALID', 'fullName'],
    ['an empty name', { fullName: '' }, 'INVALID', 'fullName'],
    ['a cleared category', { category: null }, 'INVALID', 'category'],
    ['a birth in the future', { dateOfBirth: '2100-01-01' }, 'INVALID', 'dateOfBirth'],
    ['an e-mail that is none', { email: '@' }, 'INVALID', 'email'],
    ['somebody nobody knows', { officialId: NOBODY }, 'NOT_FOUND', 'officialId'],
  ])('refuses %s', async (_, mistake, code, path) => {
    const { id } = await newOfficial(server, { grade: 'Chuyên viên' });
    const before = await official(id);
    const input = { officialId: id, grade: 'Chuyên viên chính', ...mistake };
    expect(await refused('reviseOfficial', input)).toEqual({ code, path });
    expect(await official(id)).toEqual(before);
  });
});

it('keeps no personal value in the log, nor beside it', async () => {
  const secrets = ['Huỳnh Ngọc Bích', 'Huỳnh Ngọc Bảo', 'bich.huynh@example.org', '1979-11-23', 'Thanh tra'];
  const [fullName, newName, email, dateOfBirth, grade] = secrets;
  const clientMutationId = newCode('key');
  const { id } = await newOfficial(server, {
    clientMutationId,
    fullName,
    email,
    dateOfBirth,
    gender: 'OTHER',
  });
  await revise({ officialId: id, fullName: newName, grade, email: null, gender: 'FEMALE' });
  await refusals(server, 'reviseOfficial', { officialId: id, version: 1, fullName });
  const events = await sql(server.folder, 'SELECT * FROM event ORDER BY seq');
  const answers = await sql(server.folder, 'SELECT * FROM answered_mutation');
  const own = events.filter((event) => event.subject_id === id);
  expect(own.map(({ name }) => name)).toEqual(['official.registered', 'official.revised']);
  expect(JSON.parse(own[1]!.changes)).toEqual(
    ['fullName', 'gender', 'email', 'grade'].map((field) => ({ field, from: null, to: null })),
  );
  expect(answers).not.toEqual([]);
  const kept = JSON.stringify([events, answers]);
  for (const secret of [...secrets, 'OTHER', 'FEMALE']) expect(kept).not.toContain(secret);
});
