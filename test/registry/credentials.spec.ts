// Degrees and certificates: their numbers within an institution, the name on them, and whether a paper is genuine.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  must,
  newClass,
  newCode,
  newProgramme,
  newTopic,
  newUniversity,
  refusals,
  refusedUnlogged,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;
const DAY = '2024-06-01';

/** A class of a new university, or of this one, with two learners. */
async function newCourse(universityId?: string, more: object = {}) {
  const by = universityId ?? (await newUniversity(server)).id;
  const programmeId = (await newProgramme(server, { universityId: by, ...more })).id;
  return { universityId: by, programmeId, ...(await newClass(server, 2, { programmeId })) };
}
type Course = Awaited<ReturnType<typeof newCourse>>;

const award = async ({ cohort, officialIds }: Course, more: object, learner = 0): Promise<Row> => {
  const graduates = [{ officialId: officialIds[learner], graduatedOn: DAY, ...more }];
  const selection = 'graduates { id credentialNumber nameOnCredential registerNumber issuedOn }';
  return (await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, selection)).graduates[0];
};
const input = ({ cohort, officialIds }: Course, numbers: string[]) => ({
  cohortId: cohort.id,
  graduates: numbers.map((credentialNumber, i) => ({
    ...{ officialId: officialIds[i], graduatedOn: DAY, credentialNumber },
  })),
});

const CHECK = `query ($number: String!, $universityId: ID, $name: String) {
  verifyCredential(number: $number, universityId: $universityId, nameOnCredential: $name) {
    status nameMatches issuedOn registerNumber university { id } hostUnit { id } programme { id } } }`;
const check = async (variables: object, more: object = {}): Promise<Row> =>
  (await server.ask(CHECK, variables, more)).data.verifyCredential;
const NOTHING = {
  ...{ nameMatches: null, issuedOn: null, registerNumber: null },
  ...{ university: null, hostUnit: null, programme: null },
};

describe('the number of a certificate', () => {
  it('is on one certificate of an institution, whatever its case and spaces', async () => {
    const course = await newCourse();
    const number = newCode('UEH ');
    await award(course, { credentialNumber: number });
    const other = await newCourse(course.universityId);
    const again = input(other, [` ${number.toLowerCase().replace(' ', '')} `]);
    expect(await refusals(server, 'recordGraduates', again, 'vi')).toEqual([
      {
        code: 'UNACCEPTED_WARNING',
        path: ['input', 'graduates', '0', 'credentialNumber'],
        message: expect.stringContaining('đã được cơ sở đào tạo này cấp') as unknown,
      },
    ]);
    const elsewhere = await newCourse();
    expect(await award(elsewhere, { credentialNumber: number })).toMatchObject({ credentialNumber: number });
  });

  it('is given to nobody twice in one ceremony, nor by a correction', async () => {
    const course = await newCourse();
    const number = newCode('A');
    expect(await refusedUnlogged(server, 'recordGraduates', input(course, [number, `${number} `]))).toEqual([
      'UNACCEPTED_WARNING input.graduates.1.credentialNumber',
    ]);
    await award(course, { credentialNumber: number });
    const { id } = await award(course, {}, 1);
    const corrected = { graduateId: id, credentialNumber: number };
    expect(await refusedUnlogged(server, 'correctGraduate', corrected)).toEqual([
      'UNACCEPTED_WARNING input.credentialNumber',
    ]);
  });

  it('is free again once its certificate is revoked, and stays with its own in a correction', async () => {
    const course = await newCourse();
    const number = newCode('a');
    const { id } = await award(course, { credentialNumber: number });
    const upper = { graduateId: id, credentialNumber: number.toUpperCase() };
    await must(server, 'correctGraduate', upper, 'cursor');
    await must(server, 'revokeGraduate', { graduateId: id }, 'cursor');
    await award(course, { credentialNumber: number }, 1);
  });
});

describe('a certificate', () => {
  it('keeps the name of the day of the award, its register number and its day of issue', async () => {
    const course = await newCourse();
    const more = { registerNumber: '12/2024', issuedOn: '2024-07-01' };
    const made = await award(course, more);
    expect(made).toMatchObject({ ...more, nameOnCredential: 'Nguyễn Thị Mẫu' });
    const renamed = { officialId: course.officialIds[0], fullName: 'Nguyễn Thị Mới' };
    await must(server, 'reviseOfficial', renamed, 'cursor');
    const query = `{ cohort(id: "${course.cohort.id}") { graduates { nodes { nameOnCredential official { fullName } } } } }`;
    expect((await server.ask(query)).data.cohort.graduates.nodes).toEqual([
      { nameOnCredential: 'Nguyễn Thị Mẫu', official: { fullName: 'Nguyễn Thị Mới' } },
    ]);
  });

  it('is issued neither before the class nor in the future', async () => {
    const course = await newCourse();
    const [first, second] = ['2019-01-01', '2999-01-01'];
    const graduates = [first, second].map((issuedOn, i) => ({
      ...{ officialId: course.officialIds[i], graduatedOn: DAY, issuedOn },
    }));
    expect(
      await refusedUnlogged(server, 'recordGraduates', { cohortId: course.cohort.id, graduates }),
    ).toEqual(['INVALID input.graduates.0.issuedOn', 'INVALID input.graduates.1.issuedOn']);
  });

  it('completes a refresher, and only a degree is graduated with', async () => {
    const refresher = await newCourse();
    const degree = await newCourse(undefined, { kind: 'DEGREE', degreeLevel: 'MASTER' });
    for (const [course, word] of [
      [refresher, 'hoàn thành'],
      [degree, 'tốt nghiệp'],
    ] as const) {
      await award(course, {});
      const again = input(course, [newCode('C')]);
      expect(await refusals(server, 'recordGraduates', again, 'vi')).toMatchObject([
        { message: `Người này đã được ghi nhận ${word} lớp này.` },
      ]);
    }
  });
});

describe('verifying a paper', () => {
  it('says that it is genuine, revoked or unknown, to whoever asks, and nothing of the person', async () => {
    const course = await newCourse();
    const number = newCode('V ');
    const more = { registerNumber: '7', issuedOn: '2024-07-01' };
    const { id } = await award(course, { credentialNumber: number, ...more });
    const token = await tokenOf({ subject: newCode('viewer'), role: Role.VIEWER });
    const paper = {
      ...{ ...more, nameMatches: null, hostUnit: null },
      ...{ university: { id: course.universityId }, programme: { id: course.programmeId } },
    };
    const asked = { number: number.toLowerCase().replace(' ', '') };
    expect(await check(asked, { token })).toEqual({ status: 'GENUINE', ...paper });
    await must(server, 'revokeGraduate', { graduateId: id }, 'cursor');
    expect(await check(asked, { token })).toEqual({ status: 'REVOKED', ...paper });
    expect(await check({ number: newCode('none') }, { token })).toEqual({ status: 'UNKNOWN', ...NOTHING });
  });

  it('compares the name on it', async () => {
    const course = await newCourse();
    const number = newCode('N');
    await award(course, { credentialNumber: number });
    expect(await check({ number, name: ' nguyễn thị MẪU' })).toMatchObject({ nameMatches: true });
    expect(await check({ number, name: 'Nguyễn Thị Khác' })).toMatchObject({ nameMatches: false });
  });

  it('asks which institution is meant where several have the number', async () => {
    const [one, two] = [await newCourse(), await newCourse()];
    const number = newCode('S');
    for (const course of [one, two]) await award(course, { credentialNumber: number });
    expect(await check({ number })).toEqual({ status: 'GENUINE', ...NOTHING });
    const { universityId } = two;
    expect(await check({ number, universityId })).toMatchObject({ university: { id: universityId } });
    expect(await check({ number, universityId: (await newUniversity(server)).id })).toMatchObject({
      status: 'UNKNOWN',
    });
  });

  it('tells of each of two papers with one number by the name on it', async () => {
    const course = await newCourse();
    const number = newCode('2P ');
    const paper = (no: number) => ({
      ...{ officialId: course.officialIds[no], graduatedOn: DAY, credentialNumber: number },
      ...{ nameOnCredential: `Trần Văn ${no}`, registerNumber: `R${no}` },
    });
    const graduates = [paper(0), paper(1)];
    const recorded = { cohortId: course.cohort.id, graduates, acceptWarnings: true };
    await must(server, 'recordGraduates', recorded, 'cursor');
    expect(await check({ number })).toEqual({ ...NOTHING, status: 'GENUINE' });
    for (const no of [0, 1]) {
      const named = await check({ number, name: `trần văn ${no}` });
      expect(named).toMatchObject({ status: 'GENUINE', nameMatches: true, registerNumber: `R${no}` });
    }
    const other = { ...NOTHING, status: 'GENUINE', nameMatches: false };
    expect(await check({ number, name: 'Trần Văn Ba' })).toEqual(other);
  });

  it('is a read of that person', async () => {
    const course = await newCourse();
    const number = newCode('R');
    await award(course, { credentialNumber: number });
    const subject = newCode('curious');
    const token = await tokenOf({ subject, role: Role.VIEWER });
    await check({ number }, { token });
    const query = `{ dataAccessLog(officialId: "${course.officialIds[0]}") { nodes { subject } } }`;
    const subjects = async () =>
      (await server.ask(query)).data.dataAccessLog.nodes.map((each: Row) => each.subject);
    while (!(await subjects()).includes(subject));
  });

  it('is too dear to try all numbers', async () => {
    const poor = await startTestServer({ env: { RATE_LIMIT: '15000' } });
    const codes: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const { errors } = await poor.ask(CHECK, { number: `X ${i}` });
      codes.push(errors?.[0]?.extensions?.code);
    }
    await poor.stop();
    expect(codes[0]).toBeUndefined();
    expect(codes[4]).toBe('RATE_LIMITED');
  });
});

describe('graduates', () => {
  it('are found by number, by the words of the thesis and by its topic', async () => {
    const course = await newCourse(undefined, { kind: 'DEGREE', degreeLevel: 'MASTER' });
    const topic = (await newTopic(server)).id;
    const [number, word] = [newCode('T '), newCode('từ')];
    const thesis = { kind: 'THESIS', title: `Chống ngập ${word}`, topicIds: [topic] };
    const { id } = await award(course, { credentialNumber: number, thesis });
    await award(course, {}, 1);
    const found = async (filter: object, more: object = {}): Promise<Row[]> => {
      const query = 'query ($filter: GraduateFilter) { graduates(filter: $filter) { nodes { id } } }';
      return (await server.ask(query, { filter }, more)).data.graduates.nodes;
    };
    const filters = [
      ...[{ text: `${word} chong ngap` }, { topicIds: [topic] }],
      { credentialNumber: number.toLowerCase().replace(' ', '') },
    ];
    const token = await tokenOf({ subject: newCode('viewer'), role: Role.VIEWER });
    for (const filter of filters) {
      expect(await found(filter)).toEqual([{ id }]);
      expect(await found(filter, { token })).toEqual([]);
    }
    const corrected = { graduateId: id, thesis: { ...thesis, title: 'Khác', topicIds: [] } };
    await must(server, 'correctGraduate', corrected, 'cursor');
    for (const filter of filters.slice(0, 2)) expect(await found(filter)).toEqual([]);
  });
});
