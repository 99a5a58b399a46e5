// Warnings: what is possible but improbable is not saved until it is accepted, and then it is saved and told; and the
// pairs of officials on record who may be one person.
import { Role } from '../../src/access/policy';
import { newEnrollingCohort } from '../support/enrolments';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newOfficial,
  newPosition,
  newSession,
  newUnit,
  newUniversity,
  newProgramme,
  nominate,
} from '../support/world';

let server: TestServer;
let unitId: string;
let positionCode: string;
beforeAll(async () => {
  server = await startTestServer();
  unitId = (await newUnit(server)).id;
  positionCode = (await newPosition(server)).code;
});
afterAll(() => server.stop());

type Row = Record<string, any>;
type How = { language?: string; token?: string };

const TOLD = 'cursor userErrors { code message path } warnings { code message path official { id } }';
const DAY = '2024-06-01';

async function send(name: string, input: object, how: How = {}): Promise<Row> {
  const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const answer = await server.ask(
    `mutation ($input: ${Input}) { ${name}(input: $input) { ${TOLD} } }`,
    { input },
    how,
  );
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data[name];
}

/**
 * Sends a change that must be held back with one warning, in both languages, and then accepts it.
 * @returns the warning in English.
 */
async function warned(name: string, input: object): Promise<Row> {
  const before = await logEnd(server);
  const vietnamese = await send(name, input, { language: 'vi' });
  const held = await send(name, input);
  expect(await logEnd(server)).toBe(before);
  expect(held.cursor).toBeNull();
  const [warning] = held.warnings;
  const { code, message, path } = warning;
  expect(held.warnings).toHaveLength(1);
  expect(held.userErrors).toEqual([{ code: 'UNACCEPTED_WARNING', message, path }]);
  expect(vietnamese.warnings).toMatchObject([{ code, path }]);
  expect(vietnamese.warnings[0].message).not.toBe(message);
  expect(vietnamese.warnings[0].message).toMatch(/[ạảãàáâậấẩẫăắằặđêệếôộốồơớờợưứữự]/);
  const accepted = await send(name, { ...input, acceptWarnings: true });
  expect(accepted).toMatchObject({ userErrors: [], warnings: [warning] });
  expect(await logEnd(server)).toBe(accepted.cursor);
  expect(accepted.cursor).not.toBe(before);
  return { ...warning, path: path.slice(1).join('.') };
}

/** Sends a change of which nothing is improbable. */
async function saved(name: string, input: object, how: How = {}): Promise<void> {
  expect(await send(name, input, how)).toMatchObject({ userErrors: [], warnings: [] });
}

const person = (more: object = {}) => ({
  code: newCode('O'),
  fullName: 'Nguyễn Văn Thủy',
  category: 'CIVIL_SERVANT',
  since: '2020-01-01',
  unitId,
  positionCode,
  ...more,
});

/** A name and a date of birth that no other test has. */
let born = 0;
const newBirth = () => {
  born += 1;
  return `1980-01-${String(born).padStart(2, '0')}`;
};

describe('a probable duplicate', () => {
  test('is warned of when somebody of the same name and date of birth is registered', async () => {
    const dateOfBirth = newBirth();
    const { id } = await newOfficial(server, person({ dateOfBirth }));
    const again = person({ fullName: 'nguyễn  văn  thuỷ', dateOfBirth });
    expect(await warned('registerOfficial', again)).toMatchObject({
      code: 'PROBABLE_DUPLICATE',
      path: 'fullName',
      message: 'There is a record with the same name and date of birth. Check whether it is the same person.',
      official: { id },
    });
  });

  test('is warned of when a name or a date of birth is revised, and of nothing else that is revised', async () => {
    const dateOfBirth = newBirth();
    const { id } = await newOfficial(server, person({ dateOfBirth }));
    const officialId = (await newOfficial(server, person({ dateOfBirth: newBirth() }))).id;
    const warning = await warned('reviseOfficial', { officialId, dateOfBirth });
    expect(warning).toMatchObject({ code: 'PROBABLE_DUPLICATE', path: 'fullName', official: { id } });
    await saved('reviseOfficial', { officialId, grade: 'Chuyên viên' });
  });

  test('is nobody of the same name with another date of birth, or with none', async () => {
    await newOfficial(server, person({ dateOfBirth: newBirth() }));
    await saved('registerOfficial', person({ dateOfBirth: newBirth() }));
    await saved('registerOfficial', person());
    await saved('registerOfficial', person());
  });

  test('is nobody whom the caller may not see', async () => {
    const dateOfBirth = newBirth();
    await newOfficial(server, person({ dateOfBirth }));
    const own = (await newUnit(server)).id;
    const token = await tokenOf({ subject: newCode(), role: Role.UNIT_MANAGER, unitId: own });
    await saved('registerOfficial', person({ dateOfBirth, unitId: own }), { token });
  });

  test('counts as a read of that record', async () => {
    const dateOfBirth = newBirth();
    const { id } = await newOfficial(server, person({ dateOfBirth }));
    const subject = newCode('officer-');
    const token = await tokenOf({ subject, role: Role.UNIT_MANAGER, unitId });
    const query = `mutation ($input: RegisterOfficialInput!) { registerOfficial(input: $input) { userErrors { code } } }`;
    await server.ask(query, { input: person({ dateOfBirth }) }, { token });
    const log = 'query ($id: ID) { dataAccessLog(officialId: $id) { nodes { subject } } }';
    const readersOf = async (officialId: string): Promise<string[]> =>
      (await server.ask(log, { id: officialId })).data.dataAccessLog.nodes.map((each: Row) => each.subject);
    const later = (await newOfficial(server, person())).id;
    await server.ask('query ($id: ID) { official(id: $id) { code } }', { id: later }, { token });
    while (!(await readersOf(later)).includes(subject)); // reads are on record after the answer, in their order
    expect(await readersOf(id)).toContain(subject);
  });
});

describe('an age that cannot be', () => {
  test.each([
    ['a child', '2010-05-01', 9],
    ['somebody of 120 years', '1900-01-01', 120],
  ])('%s in a post', async (_, dateOfBirth, age) => {
    const warning = await warned('registerOfficial', person({ dateOfBirth }));
    expect(warning).toMatchObject({ code: 'IMPROBABLE_DATE', path: 'since', official: null });
    expect(warning.message).toContain(`at the age of ${age}`);
  });

  test('in a post that is given later, and of a date of birth that is revised', async () => {
    const dateOfBirth = newBirth();
    const officialId = (await newOfficial(server, person({ fullName: newCode('Trần '), dateOfBirth }))).id;
    const early = {
      officialId,
      unitId: (await newUnit(server, { validFrom: '1985-01-01' })).id,
      positionCode,
    };
    const post = { ...early, since: '1990-01-01', until: '1990-12-31' };
    expect(await warned('assignOfficial', post)).toMatchObject({ code: 'IMPROBABLE_DATE', path: 'since' });
    const warning = await warned('reviseOfficial', { officialId, dateOfBirth: '1989-01-01' });
    expect(warning).toMatchObject({ code: 'IMPROBABLE_DATE', path: 'dateOfBirth' });
  });
});

describe('the number of a certificate', () => {
  const taughtBy = async (universityId: string) => ({
    programmeId: (await newProgramme(server, { universityId })).id,
  });
  const graduate = (officialId: string, credentialNumber: string) => ({
    officialId,
    graduatedOn: DAY,
    credentialNumber,
  });

  test('is warned of twice at one institution, whatever its case and blanks', async () => {
    const universityId = (await newUniversity(server)).id;
    const first = await newClass(server, 1, await taughtBy(universityId));
    const second = await newClass(server, 1, await taughtBy(universityId));
    const numbered = [graduate(first.officialIds[0]!, 'Đ-2024 0001')];
    await saved('recordGraduates', { cohortId: first.cohort.id, graduates: numbered });
    const same = [graduate(second.officialIds[0]!, 'đ-20240001')];
    const warning = await warned('recordGraduates', { cohortId: second.cohort.id, graduates: same });
    expect(warning).toMatchObject({
      code: 'DUPLICATE_CREDENTIAL',
      path: 'graduates.0.credentialNumber',
      official: { id: first.officialIds[0] },
    });
  });

  test('is warned of twice in one ceremony, and when a graduation is corrected', async () => {
    const { cohort, officialIds } = await newClass(server, 3);
    const [first, second, third] = officialIds as [string, string, string];
    const warning = await warned('recordGraduates', {
      cohortId: cohort.id,
      graduates: [graduate(first, 'B-1'), graduate(second, 'B-1')],
    });
    expect(warning).toMatchObject({ code: 'DUPLICATE_CREDENTIAL', path: 'graduates.1.credentialNumber' });
    const one = { cohortId: cohort.id, graduates: [graduate(third, 'B-3')] };
    const { graduates } = await must(server, 'recordGraduates', one, 'graduates { id }');
    const correction = { graduateId: graduates[0].id, credentialNumber: 'b-1' };
    expect(await warned('correctGraduate', correction)).toMatchObject({ path: 'credentialNumber' });
  });

  test('may be given by two institutions', async () => {
    const numbers = async (more: object) => {
      const { cohort, officialIds } = await newClass(server, 1, more);
      const graduates = [graduate(officialIds[0]!, 'C-1')];
      await saved('recordGraduates', { cohortId: cohort.id, graduates });
    };
    await numbers(await taughtBy((await newUniversity(server)).id));
    await numbers(await taughtBy((await newUniversity(server)).id));
    await numbers({});
    await numbers({});
  });
});

describe('a certificate without attendance', () => {
  test('is warned of where the class had sessions, for who attended no period of them', async () => {
    const { cohort, officialIds } = await newClass(server, 2);
    const [present, absent] = officialIds as [string, string];
    const sessionId = (await newSession(server, { cohortId: cohort.id })).id;
    const attendance = [{ officialId: present }, { officialId: absent, periods: 0 }];
    await saved('recordAttendance', { sessionId, attendance });
    const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: DAY }));
    const warning = await warned('recordGraduates', { cohortId: cohort.id, graduates });
    expect(warning).toMatchObject({ code: 'NO_ATTENDANCE', path: 'graduates.1.officialId' });
  });

  test('is none of a class whose sessions are not on record, or were cancelled', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    const sessionId = (await newSession(server, { cohortId: cohort.id })).id;
    await saved('cancelSession', { sessionId, reason: 'Mưa bão' });
    const graduates = [{ officialId: officialIds[0], graduatedOn: DAY }];
    await saved('recordGraduates', { cohortId: cohort.id, graduates });
  });
});

describe('one person in two rooms', () => {
  /** Two classes of one host with the same learner, the first of which has a session of six periods. */
  async function twoClasses() {
    const { cohort, officialIds, unitId: hostUnitId } = await newClass(server, 1);
    const other = await newClass(server, 0, { hostUnitId });
    await must(server, 'reopenCohort', { cohortId: other.cohort.id, reason: 'Còn thiếu người' }, 'cursor');
    const enrolmentIds = await nominate(server, other.cohort.id, officialIds);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
    await must(server, 'startCohort', { cohortId: other.cohort.id }, 'cursor');
    await newSession(server, { cohortId: cohort.id, periods: 6 });
    const facts = { cohortId: other.cohort.id, heldOn: '2024-03-01', place: 'Phòng 2' };
    return { cohort, officialId: officialIds[0]!, facts };
  }

  test('is warned of when sessions of a day have more periods than the day', async () => {
    const { cohort, officialId, facts } = await twoClasses();
    const warning = await warned('scheduleSession', { ...facts, periods: 3 });
    expect(warning).toMatchObject({
      code: 'OVERLAPPING_SESSIONS',
      path: 'heldOn',
      official: { id: officialId },
    });
    expect(warning.message).toContain(`in the cohort ${cohort.code}: 9 periods together`);
  });

  test('is none where both fit into the day, or are on two days, until that is revised', async () => {
    const { facts } = await twoClasses();
    await saved('scheduleSession', { ...facts, periods: 2 });
    const { id } = await newSession(server, { ...facts, heldOn: '2024-03-02', periods: 8 });
    await saved('reviseSession', { sessionId: id, place: 'Phòng 3' });
    const warning = await warned('reviseSession', { sessionId: id, heldOn: '2024-03-01' });
    expect(warning).toMatchObject({ code: 'OVERLAPPING_SESSIONS', path: 'heldOn' });
  });

  test('is warned of when attendance at both is recorded, or corrected to that', async () => {
    const { cohort, officialId, facts } = await twoClasses();
    const first = (await newSession(server, { cohortId: cohort.id, periods: 4 })).id;
    await saved('recordAttendance', { sessionId: first, attendance: [{ officialId }] });
    const long = { ...facts, periods: 8, acceptWarnings: true };
    const { session } = await must(server, 'scheduleSession', long, 'session { id }');
    const sessionId = session.id as string;
    const attended = { sessionId, attendance: [{ officialId }] };
    const expected = { code: 'OVERLAPPING_SESSIONS', path: 'attendance.0.officialId' };
    expect(await warned('recordAttendance', attended)).toMatchObject(expected);
    await saved('correctAttendance', { sessionId, attendance: [{ officialId, periods: 4 }] });
    const more = { sessionId, attendance: [{ officialId, periods: 5 }] };
    expect(await warned('correctAttendance', more)).toMatchObject(expected);
  });
});

describe('a nomination after the first day', () => {
  test('is warned of where the class goes on', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 1, { endsOn: '2999-12-31' });
    const warning = await warned('nominateOfficials', { cohortId, officialIds });
    expect(warning).toMatchObject({ code: 'PAST_FIRST_DAY', path: 'cohortId' });
    expect(warning.message).toContain('began on 2024-03-01');
  });

  test('is warned of on a day that is said, and not on the first day or before it', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 2);
    const [first, second] = officialIds;
    await saved('nominateOfficials', { cohortId, officialIds: [first], asOf: '2024-03-01' });
    const late = { cohortId, officialIds: [second], asOf: '2024-03-02' };
    expect(await warned('nominateOfficials', late)).toMatchObject({ code: 'PAST_FIRST_DAY', path: 'asOf' });
  });

  test('is none where a class that has ended is entered after the fact', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 1, { endsOn: '2024-03-31' });
    await saved('nominateOfficials', { cohortId, officialIds });
  });
});

describe('warnings', () => {
  test('are told together, each of its own', async () => {
    const dateOfBirth = '2012-01-01';
    await newOfficial(server, person({ dateOfBirth, acceptWarnings: true }));
    const { warnings, userErrors } = await send('registerOfficial', person({ dateOfBirth }));
    expect(warnings.map(({ code }: Row) => code)).toEqual(['IMPROBABLE_DATE', 'PROBABLE_DUPLICATE']);
    expect(userErrors).toHaveLength(2);
  });

  test('come after refusals: what is wrong is told alone, accepted or not', async () => {
    const dateOfBirth = '2013-01-01';
    const { code } = await newOfficial(server, person({ dateOfBirth, acceptWarnings: true }));
    const taken = { ...person({ dateOfBirth }), code, acceptWarnings: true };
    const refused = await send('registerOfficial', taken);
    expect(refused).toMatchObject({ warnings: [], userErrors: [{ code: 'ALREADY_EXISTS' }] });
  });

  test('are told again by a retry, and a key is free after a change that was held back', async () => {
    const input = person({ dateOfBirth: '2014-01-01', clientMutationId: newCode('key-') });
    expect((await send('registerOfficial', input)).cursor).toBeNull();
    const first = await send('registerOfficial', { ...input, acceptWarnings: true });
    expect(first.warnings).toMatchObject([{ code: 'IMPROBABLE_DATE' }]);
    expect(await send('registerOfficial', { ...input, acceptWarnings: true })).toEqual(first);
  });
});

describe('the list of duplicates', () => {
  const QUERY = `query ($first: Int, $after: String) { duplicateOfficials(first: $first, after: $after) { totalCount
    nodes { official { id } duplicate { id fullName } } pageInfo { endCursor hasNextPage } } }`;

  test('has each pair within reach once, with its earlier record, page by page', async () => {
    const own = (await newUnit(server)).id;
    const token = await tokenOf({ subject: newCode(), role: Role.UNIT_MANAGER, unitId: own });
    const register = async (fullName: string, dateOfBirth: string, more: object = {}) => {
      const input = person({ fullName, dateOfBirth, unitId: own, acceptWarnings: true, ...more });
      return (await newOfficial(server, input)).id;
    };
    const first = await register('Lê Thị Ánh', '1979-02-01');
    const unmarked = await register('LE THI ANH', '1979-02-01');
    const third = await register('Lê Thị Ánh', '1979-02-01');
    await register('Lê Thị Ánh', '1979-02-02');
    const other = await register('Phạm Văn Bé', '1979-02-01');
    const twin = await register('Phạm Văn Bé', '1979-02-01');
    await register('Võ Minh', '1979-02-01');
    await register('Võ Minh', '1979-02-01', { unitId });

    const page = async (variables: object) =>
      (await server.ask(QUERY, variables, { token })).data.duplicateOfficials as Row;
    const { nodes, totalCount } = await page({});
    expect(totalCount).toBe(3);
    expect(nodes.map((each: Row) => [each.official.id, each.duplicate.id])).toEqual([
      [first, unmarked],
      [first, third],
      [other, twin],
    ]);
    const { pageInfo } = await page({ first: 2 });
    const rest = await page({ first: 2, after: pageInfo.endCursor });
    expect(rest.nodes).toMatchObject([{ duplicate: { id: twin, fullName: 'Phạm Văn Bé' } }]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });
});
