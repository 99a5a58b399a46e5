// Sources: every record can have one, named only by a caller who may change the record.
import { dataSourceOptions } from '../../src/data-source';
import { Role } from '../../src/access/policy';
import { subjects } from '../../src/registry/source/source.input';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newDegreeClass,
  newDocument,
  newFigure,
  newInitiative,
  newMember,
  newOrder,
  newPlan,
  newPosition,
  newProgramme,
  newRequirement,
  newServiceRule,
  newSession,
  newTopic,
  newUnit,
  newUniversity,
  refusals,
} from '../support/world';

type Fields = Record<string, any>;

let server: TestServer;
let ruleId: string;
beforeAll(async () => {
  server = await startTestServer();
  ruleId = (await newServiceRule(server)).id;
});
afterAll(() => server.stop());

/** The types of the registry that can have a source. */
function types(): string[] {
  const entities = dataSourceOptions({ engine: 'better-sqlite3', path: ':memory:' }).entities as object[];
  const prefixes = entities.flatMap((entity) => ('idPrefix' in entity ? [entity.idPrefix as string] : []));
  return prefixes.filter((prefix) => prefix !== 'source').sort();
}

/** One record of every type, by its type, at a unit and a university of their own. */
async function newRecords(): Promise<Fields> {
  const unitId = (await newUnit(server)).id;
  const universityId = (await newUniversity(server)).id;
  const programmeId = (await newProgramme(server, { universityId })).id;
  const { cohort, enrolmentIds, officialIds } = await newClass(server, 1, {
    programmeId,
    hostUnitId: unitId,
  });
  const [officialId, enrolmentId] = [officialIds[0]!, enrolmentIds[0]!];
  const session = (await newSession(server, { cohortId: cohort.id })).id;
  const present = { sessionId: session, attendance: [{ officialId, periods: 4 }] };
  const { attendance } = await must(server, 'recordAttendance', present, 'attendance { id }');
  const graduate = [{ officialId, graduatedOn: '2024-06-01' }];
  const { graduates } = await must(
    server,
    'recordGraduates',
    { cohortId: cohort.id, graduates: graduate },
    'graduates { id }',
  );
  const graduateId = graduates[0].id as string;
  const answer = { graduateId, time: 'AFTER_3_MONTHS', isApplied: false };
  const { followUp } = await must(server, 'recordFollowUp', answer, 'followUp { id }');
  const degree = await newDegreeClass(server, 1, { hostUnitId: unitId });
  const owed = { commitments: [{ enrolmentId: degree.enrolmentIds[0], cost: 120_000_000 }] };
  const { commitments } = await must(server, 'recordServiceCommitments', owed, 'commitments { id }');
  const paid = { commitmentId: commitments[0].id, amount: 1_000_000 };
  const { repayment } = await must(server, 'recordRepayment', paid, 'repayment { id }');
  const requirement = (await newRequirement(server, { unitId })).id;
  const sparing = { requirementId: requirement, officialId, reason: 'Nghỉ thai sản' };
  const { exemption } = await must(server, 'exemptOfficial', sparing, 'exemption { id }');
  const signed = { unitId, universityId, title: 'Thỏa thuận', topicIds: [] };
  const { partnership } = await must(server, 'signPartnership', signed, 'partnership { id }');
  const holder = { role: 'VIEWER', subject: newCode('s-') };
  const { grant } = await must(server, 'grantRole', holder, 'grant { id }');
  const { data } = await server.ask(`{ official(id: "${officialId}") { assignments { id } } }`);
  const slip = { unitId: (await newUnit(server)).id, nameEn: 'Ward', reason: 'Nhập sai' };
  const { unit: corrected } = await must(server, 'correctUnit', slip, 'unit { corrections { id } }');
  return {
    ...{ unit: unitId, university: universityId, programme: programmeId, cohort: cohort.id },
    ...{ official: officialId, enrolment: enrolmentId, graduate: graduateId, followup: followUp.id },
    assignment: data.official.assignments[0].id,
    position: (await newPosition(server)).id,
    topic: (await newTopic(server)).id,
    ...{ session, attendance: attendance[0].id, requirement, exemption: exemption.id },
    ...{ partnership: partnership.id, grant: grant.id, servicerule: ruleId, commitment: commitments[0].id },
    repayment: repayment.id,
    initiative: (await newInitiative(server, enrolmentIds, { unitId })).id,
    order: (await newOrder(server, { unitId, universityId })).id,
    figure: (await newFigure(server, { unitId })).id,
    plan: (await newPlan(server, { unitId })).id,
    document: (await newDocument(server)).id,
    member: (await newMember(server)).id,
    correction: corrected.corrections[0].id,
  };
}

const sourcesOf = async (id: string, token?: string): Promise<Fields> => {
  const query = 'query ($id: ID!) { node(id: $id) { sources { title } } sources(subjectId: $id) { title } }';
  const { data, errors } = await server.ask(query, { id }, { token });
  expect(errors).toBeUndefined();
  return data;
};

/** Names a source as a caller, and gives the codes of the refusals. */
async function nameAs(token: string, subjectId: string): Promise<string[]> {
  const query =
    'mutation ($input: NameSourceInput!) { nameSource(input: $input) { cursor userErrors { code path } } }';
  const input = { subjectId, title: newCode('Bài báo ') };
  const { data, errors } = await server.ask(query, { input }, { token });
  expect(errors).toBeUndefined();
  for (const { path } of data.nameSource.userErrors) expect(path).toEqual(['input', 'subjectId']);
  return data.nameSource.userErrors.map(({ code }: Fields) => code);
}

describe('a source', () => {
  it('can be named of every type of record but of sources', () => {
    expect(subjects()).toEqual(expect.arrayContaining(types()));
    expect(subjects()).not.toContain('source');
  });

  it('is named for any record, and read in the order of naming', async () => {
    const records = await newRecords();
    expect(Object.keys(records).sort()).toEqual(types());
    for (const [type, subjectId] of Object.entries(records)) {
      if (type === 'figure') continue; // it cannot be stated without one
      expect([type, await sourcesOf(subjectId)]).toEqual([type, { node: { sources: [] }, sources: [] }]);
      for (const title of ['Bài báo', 'Quyết định'])
        await must(server, 'nameSource', { subjectId, title }, 'source { id }');
      const named = [{ title: 'Bài báo' }, { title: 'Quyết định' }];
      expect([type, await sourcesOf(subjectId)]).toEqual([
        type,
        { node: { sources: named }, sources: named },
      ]);
    }
  });

  it('is named once of a record', async () => {
    const subjectId = (await newUnit(server)).id;
    const name = (more: object, id = subjectId) =>
      must(server, 'nameSource', { subjectId: id, title: 'Bài báo', ...more }, 'cursor');
    const whole = {
      publisher: 'Sài Gòn Giải Phóng',
      publishedOn: '2024-03-05',
      link: 'https://example.org/1',
    };
    await name({});
    await name(whole);
    const end = await logEnd(server);
    for (const again of [{}, whole]) {
      expect(await refusals(server, 'nameSource', { subjectId, title: ' Bài báo', ...again })).toMatchObject([
        { code: 'ALREADY_EXISTS', path: ['input', 'title'] },
      ]);
    }
    expect(await logEnd(server)).toBe(end);
    await name({ ...whole, link: 'https://example.org/2' });
    await name(whole, (await newUnit(server)).id);
  });

  it('is not named of a source, nor of what is not there', async () => {
    const unitId = (await newUnit(server)).id;
    const { source } = await must(server, 'nameSource', { subjectId: unitId, title: 'x' }, 'source { id }');
    const end = await logEnd(server);
    for (const [subjectId, code] of [
      [source.id, 'INVALID'],
      ['cohort_01jb0000000000000000000000', 'NOT_FOUND'],
    ]) {
      const told = await refusals(server, 'nameSource', { subjectId, title: 'Bài báo' });
      expect(told).toMatchObject([{ code, path: ['input', 'subjectId'] }]);
    }
    const { errors } = await server.ask(`{ sources(subjectId: "${source.id}") { id } }`);
    expect(errors).toMatchObject([{ path: ['sources'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await logEnd(server)).toBe(end);
  });

  it('can be named by exactly those who may change the record, where they reach it', async () => {
    const records = await newRecords();
    const tokens = {
      UNIT_MANAGER: await tokenOf({ subject: 'm', role: Role.UNIT_MANAGER, unitId: records.unit }),
      UNIVERSITY_REGISTRAR: await tokenOf({
        ...{ subject: 'r', role: Role.UNIVERSITY_REGISTRAR },
        universityId: records.university,
      }),
    };
    const names: Record<keyof typeof tokens, string[]> = { UNIT_MANAGER: [], UNIVERSITY_REGISTRAR: [] };
    for (const holder of ['UNIT_MANAGER', 'UNIVERSITY_REGISTRAR'] as const) {
      for (const [type, subjectId] of Object.entries(records)) {
        const end = await logEnd(server);
        const told = await nameAs(tokens[holder], subjectId as string);
        if (told.length === 0) names[holder].push(type);
        else expect([type, told, await logEnd(server)]).toEqual([type, ['NOT_FOUND'], end]);
      }
    }
    expect(names.UNIT_MANAGER.sort()).toEqual([
      ...['assignment', 'attendance', 'cohort', 'commitment', 'enrolment', 'exemption', 'figure'],
      ...[
        'followup',
        'initiative',
        'official',
        'order',
        'partnership',
        'plan',
        'repayment',
        'requirement',
        'session',
      ],
    ]);
    expect(names.UNIVERSITY_REGISTRAR.sort()).toEqual([
      ...['attendance', 'enrolment', 'followup', 'graduate', 'order', 'programme', 'session', 'university'],
    ]);
    const far = await newRecords();
    for (const token of Object.values(tokens)) {
      for (const subjectId of Object.values(far))
        expect(await nameAs(token, subjectId)).toEqual(['NOT_FOUND']);
    }
  });

  it('of a graduation goes out of sight with it when that is revoked', async () => {
    const { graduate: subjectId } = await newRecords();
    const { source } = await must(server, 'nameSource', { subjectId, title: 'Bài báo' }, 'source { id }');
    await must(server, 'revokeGraduate', { graduateId: subjectId, reason: 'Nhầm lớp' }, 'cursor');
    expect(await sourcesOf(subjectId)).toEqual({ node: null, sources: [] });
    expect((await server.ask(`{ node(id: "${source.id}") { id } }`)).data.node).toBeNull();
    expect(await refusals(server, 'nameSource', { subjectId, title: 'Bài báo' })).toMatchObject([
      { code: 'NOT_FOUND' },
    ]);
  });
});

describe('a source about a person', () => {
  const facts = { title: 'Gương sáng Nguyễn Văn Tèo', publisher: 'Báo', link: 'https://example.org/teo' };

  it('is theirs to have, and in the audit of them', async () => {
    const { official: officialId, enrolment: subjectId } = await newRecords();
    const { source } = await must(server, 'nameSource', { ...facts, subjectId }, 'source { id }');
    const query =
      'query ($id: ID!, $f: AuditFilter) { exportPersonalData(officialId: $id) auditTrail(filter: $f) { action recordId changes { field to } } }';
    const f = { officialIds: [officialId], kinds: ['CHANGE'] };
    const { data } = await server.ask(query, { id: officialId, f });
    expect(data.exportPersonalData.sources).toMatchObject([{ id: source.id, subjectId, ...facts }]);
    expect(data.exportPersonalData.changes).toContainEqual(
      expect.objectContaining({ name: 'source.named', recordId: source.id }),
    );
    const changes = [{ field: 'subjectId', to: subjectId }];
    expect(data.auditTrail[0]).toEqual({ action: 'source.named', recordId: source.id, changes });
  });

  it('loses what could identify them when their identity is erased, and no other can be named', async () => {
    const { official: officialId, ...records } = await newRecords();
    const { graduate: subjectId } = records;
    const publishedOn = '2024-06-30';
    await must(server, 'nameSource', { ...facts, publishedOn, subjectId }, 'cursor');
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    const query = `{ sources(subjectId: "${subjectId}") { title publisher publishedOn link } }`;
    expect((await server.ask(query)).data.sources).toEqual([
      { title: 'Đã ẩn danh', publisher: null, publishedOn: null, link: null },
    ]);
    const end = await logEnd(server);
    for (const type of ['assignment', 'enrolment', 'attendance', 'graduate', 'followup', 'exemption']) {
      const told = await refusals(server, 'nameSource', { ...facts, subjectId: records[type] });
      expect([type, told]).toMatchObject([type, [{ code: 'NOT_ELIGIBLE', path: ['input', 'subjectId'] }]]);
    }
    expect(await refusals(server, 'nameSource', { ...facts, subjectId: officialId })).toMatchObject([
      { code: 'NOT_ELIGIBLE' },
    ]);
    expect(await logEnd(server)).toBe(end);
  });
});
