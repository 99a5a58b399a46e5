// Institutions: what sort they are, the names they bore before, and who records for a class that no university delivers.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newProgramme,
  newUnit,
  newUniversity,
  refusals,
  refusedUnlogged,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const DAY = '2024-06-01';
const NAMES = 'university { version name names { name validFrom validTo } }';
const BEFORE = [
  { name: 'Học viện Hành chính Quốc gia', validTo: '2025-01-07' },
  { name: 'Trường Hành chính', abbreviation: 'THC', validTo: '1991-12-31' },
];

describe('an institution', () => {
  it('is a university unless it is said to be something else, and is found by its kind', async () => {
    const plain = await newUniversity(server);
    const centre = await newUniversity(server, { name: 'Trung tâm Chính trị', kind: 'POLITICAL_SCHOOL' });
    const query = `query ($codes: [String!], $kinds: [InstitutionKind!]) {
      universities(filter: { codes: $codes, kinds: $kinds }) { nodes { id kind kindLabel } } }`;
    const codes = [plain.code, centre.code];
    const ofKind = async (kinds: string[]) =>
      (await server.ask(query, { codes, kinds })).data.universities.nodes;
    expect(await ofKind(['UNIVERSITY'])).toEqual([
      { id: plain.id, kind: 'UNIVERSITY', kindLabel: 'University or academy' },
    ]);
    expect(await ofKind(['POLITICAL_SCHOOL'])).toMatchObject([{ id: centre.id }]);
    await must(server, 'reviseUniversity', { universityId: plain.id, kind: 'OFFICE' }, 'cursor');
    expect(await ofKind(['OFFICE'])).toMatchObject([{ id: plain.id }]);
  });

  it('has names over time, each until the next', async () => {
    const { id } = await newUniversity(server, { name: 'Học viện Hành chính và Quản trị công' });
    const input = { universityId: id, formerNames: BEFORE };
    const { university } = await must(server, 'reviseUniversity', input, NAMES);
    expect(university).toEqual({
      version: 2,
      name: 'Học viện Hành chính và Quản trị công',
      names: [
        { name: 'Trường Hành chính', validFrom: null, validTo: '1991-12-31' },
        { name: 'Học viện Hành chính Quốc gia', validFrom: '1992-01-01', validTo: '2025-01-07' },
        { name: 'Học viện Hành chính và Quản trị công', validFrom: '2025-01-08', validTo: null },
      ],
    });
    const query = `query ($id: ID!) { university(id: $id) {
      first: nameOn(on: "1990-01-01") last: nameOn(on: "2025-01-07") next: nameOn(on: "2025-01-08") nameOn } }`;
    expect((await server.ask(query, { id })).data.university).toEqual({
      first: 'Trường Hành chính',
      last: 'Học viện Hành chính Quốc gia',
      next: 'Học viện Hành chính và Quản trị công',
      nameOn: 'Học viện Hành chính và Quản trị công',
    });
  });

  it('is found by a name of before, until that is taken back', async () => {
    const word = `Xyz${Date.now()}`;
    const { id } = await newUniversity(server);
    const found = async () =>
      (await server.ask(`{ universities(filter: { text: "${word}" }) { nodes { id } } }`)).data.universities
        .nodes;
    const formerNames = [{ name: `Trường ${word}`, validTo: '2020-12-31' }];
    await must(server, 'reviseUniversity', { universityId: id, formerNames }, 'cursor');
    expect(await found()).toEqual([{ id }]);
    await must(server, 'reviseUniversity', { universityId: id, formerNames: null }, 'cursor');
    expect(await found()).toEqual([]);
  });

  it('changes nothing for the same names, and a change is in the log', async () => {
    const { id } = await newUniversity(server);
    const input = { universityId: id, formerNames: BEFORE };
    const before = await logEnd(server);
    await must(server, 'reviseUniversity', input, 'cursor');
    await must(server, 'reviseUniversity', { ...input, formerNames: [...BEFORE].reverse() }, NAMES);
    expect(await logEnd(server)).not.toEqual(before);
    const { university } = await must(server, 'reviseUniversity', input, NAMES);
    expect(university.version).toBe(2);
  });

  it('ends no two names on one day, and none today or later', async () => {
    const { id } = await newUniversity(server);
    const formerNames = [
      BEFORE[0],
      { name: 'Trường', validTo: BEFORE[0]!.validTo },
      { name: 'x', validTo: '2999-01-01' },
    ];
    expect(await refusedUnlogged(server, 'reviseUniversity', { universityId: id, formerNames })).toEqual([
      'ALREADY_EXISTS input.formerNames.1.validTo',
      'INVALID input.formerNames.2.validTo',
    ]);
  });
});

describe('a class that no university delivers', () => {
  /** The server as the manager of a unit asks it. */
  async function managerOf(unitId: string): Promise<TestServer> {
    const token = await tokenOf({ subject: `manager of ${unitId}`, role: Role.UNIT_MANAGER, unitId });
    return { ...server, ask: (query, variables, more) => server.ask(query, variables, { ...more, token }) };
  }

  it('has its graduates recorded, corrected and revoked by its host', async () => {
    const above = (await newUnit(server)).id;
    const hostUnitId = (await newUnit(server, { parentId: above })).id;
    const { cohort, officialIds } = await newClass(server, 1, { hostUnitId });
    for (const unitId of [hostUnitId, above]) {
      const manager = await managerOf(unitId);
      const graduates = [{ officialId: officialIds[0], graduatedOn: DAY }];
      const input = { cohortId: cohort.id, graduates };
      const made = await must(manager, 'recordGraduates', input, 'graduates { id }');
      const graduateId = made.graduates[0].id;
      const corrected = { graduateId, credentialNumber: 'CN 7' };
      expect(
        (await must(manager, 'correctGraduate', corrected, 'graduate { credentialNumber }')).graduate,
      ).toEqual({ credentialNumber: 'CN 7' });
      await must(manager, 'revokeGraduate', { graduateId, reason: 'Nhầm' }, 'cursor');
    }
  });

  it('is none of another unit', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    const manager = await managerOf((await newUnit(server)).id);
    const input = { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: DAY }] };
    expect(await refusedUnlogged(manager, 'recordGraduates', input)).toEqual(['NOT_FOUND input.cohortId']);
  });

  it('is the only one: who delivers a class records for it, and its host is told so', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const { cohort, officialIds, unitId } = await newClass(server, 1, { programmeId });
    const input = { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: DAY }] };
    const manager = await managerOf(unitId);
    expect(await refusals(manager, 'recordGraduates', input, 'vi')).toEqual([
      {
        code: 'NOT_FOUND',
        path: ['input', 'cohortId'],
        message: `Kết quả lớp ${cohort.code} do cơ sở đào tạo thực hiện lớp ghi nhận.`,
      },
    ]);
    const made = await must(server, 'recordGraduates', input, 'graduates { id }');
    const graduateId = made.graduates[0].id;
    expect(await refusedUnlogged(manager, 'revokeGraduate', { graduateId })).toEqual([
      'NOT_FOUND input.graduateId',
    ]);
  });
});
