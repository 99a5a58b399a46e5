// Two records of one official that become one: what stays, what stands against it, and how the lost one is found.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newInitiative,
  newOfficial,
  newPosition,
  newSession,
  newUnit,
  nominate,
  noted,
  refusals,
  refusedUnlogged,
} from '../support/world';

type Fields = Record<string, any>;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const reason = 'Một người nhập hai lần';
const merging = (keepId: string, duplicateId: string) => ({ keepId, duplicateId, reason });
const refused = (keepId: string, duplicateId: string) =>
  refusedUnlogged(server, 'mergeOfficials', merging(keepId, duplicateId));
const CONFLICTS = 'conflicts { code blocks field recordIds message }';

async function read(query: string, variables: object = {}): Promise<Fields> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** A class with a learner for each of two records of one person, and the figures of its unit. */
async function classOfBoth() {
  const { cohort, officialIds, enrolmentIds, unitId } = await newClass(server, 2);
  const [keepId, duplicateId] = officialIds as [string, string];
  return { cohort, keepId, duplicateId, enrolmentIds, unitId };
}

const figures = async (unitId: string) => {
  const query = `query ($filter: TrainingStatisticsFilter) {
    trainingStatistics(filter: $filter) { cohorts participations officials graduates } }`;
  return (await read(query, { filter: { unitIds: [unitId] } })).trainingStatistics;
};

const dryRun = async (keepId: string, duplicateId: string) => {
  const before = await logEnd(server);
  const payload = await must(
    server,
    'mergeOfficials',
    { ...merging(keepId, duplicateId), dryRun: true },
    CONFLICTS,
  );
  expect(await logEnd(server)).toBe(before);
  return payload.conflicts as Fields[];
};

describe('two records of one official that are merged', () => {
  it('leave one, which the lost id and the lost code find, with all that either had', async () => {
    const keep = await newOfficial(server, { grade: 'Chuyên viên' });
    const facts = { dateOfBirth: '1985-03-01', dateOfBirthPrecision: 'MONTH', fullName: 'Nguyễn Thị Mầu' };
    const lost = await newOfficial(server, { ...facts, email: 'mau@example.vn' });
    const older = newCode('O');
    await must(server, 'changeOfficialCode', { officialId: lost.id, code: older, reason }, 'cursor');
    const { cohort, unitId } = await newClass(server, 0);
    const open = await newCohort(server, { hostUnitId: unitId });
    await must(server, 'openEnrolment', { cohortId: open.id }, 'cursor');
    const [enrolmentId] = await nominate(server, open.id, [lost.id]);
    const selection = `official { id code fullName formerCodes version grade email dateOfBirth dateOfBirthPrecision
      corrections { event reason } assignments { unit { id } } }`;
    const { official } = await must(server, 'mergeOfficials', merging(keep.id, lost.id), selection);
    expect(official).toEqual({
      ...{ id: keep.id, code: keep.code, fullName: 'Nguyễn Thị Mẫu', grade: 'Chuyên viên' },
      ...{ formerCodes: [lost.code, older], version: 2, email: 'mau@example.vn' },
      ...{ dateOfBirth: '1985-03-01', dateOfBirthPrecision: 'MONTH' },
      corrections: ['official.recoded', 'official.merged'].map((event) => ({ event, reason })),
      assignments: [expect.anything(), expect.anything()],
    });
    expect(cohort).toBeDefined();
    const found = `query ($id: ID!, $code: String!, $older: String!, $enrolmentId: ID!) {
      byId: official(id: $id) { id } byCode: official(code: $code) { id } byOlder: official(code: $older) { id }
      node(id: $id) { id } enrolment: node(id: $enrolmentId) { ... on Enrolment { official { id } } }
      officials(filter: { text: $code }) { nodes { id } } }`;
    const kept = { id: keep.id };
    expect(await read(found, { id: lost.id, code: lost.code, older, enrolmentId })).toEqual({
      ...{ byId: kept, byCode: kept, byOlder: kept, node: kept, enrolment: { official: kept } },
      officials: { nodes: [kept] },
    });
    const again = { officialId: lost.id, code: newCode('O'), reason };
    expect(await refusedUnlogged(server, 'changeOfficialCode', again)).toEqual([
      'NOT_FOUND input.officialId',
    ]);
  });

  it('count as one participation and one person in a class in which both were entered', async () => {
    const { cohort, keepId, duplicateId, enrolmentIds, unitId } = await classOfBoth();
    const [session, other] = [
      await newSession(server, { cohortId: cohort.id }),
      await newSession(server, { cohortId: cohort.id, heldOn: '2024-03-02' }),
    ];
    const attended = [
      { officialId: keepId, periods: 1 },
      { officialId: duplicateId, periods: 3 },
    ];
    await must(server, 'recordAttendance', { sessionId: session.id, attendance: attended }, 'cursor');
    await must(server, 'recordAttendance', { sessionId: other.id, attendance: attended.slice(1) }, 'cursor');
    const { id: initiativeId } = await newInitiative(server, enrolmentIds);
    const graduates = [{ officialId: duplicateId, graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
    expect(await figures(unitId)).toEqual({ cohorts: 1, participations: 2, officials: 2, graduates: 1 });
    const conflicts = await dryRun(keepId, duplicateId);
    expect(conflicts).toEqual([
      expect.objectContaining({ code: 'SAME_POST', blocks: false }),
      {
        ...{ code: 'SAME_COHORT', blocks: false, field: null, recordIds: [...enrolmentIds].reverse() },
        message: expect.stringContaining(cohort.code),
      },
    ]);
    await must(server, 'mergeOfficials', merging(keepId, duplicateId), CONFLICTS);
    expect(await figures(unitId)).toEqual({ cohorts: 1, participations: 1, officials: 1, graduates: 1 });
    const query = `query ($id: ID!, $initiativeId: ID!, $lost: ID!) {
      cohort(id: $id) { enrolledCount graduates { nodes { official { id } } } enrolments { nodes {
        id status official { id } earlierNominations { status } attendance { periods } } } }
      lost: node(id: $lost) { id }
      node(id: $initiativeId) { ... on Initiative { authors { id } } } }`;
    const [lostId, stays] = enrolmentIds;
    const all = await read(query, { id: cohort.id, initiativeId, lost: lostId });
    expect(all.cohort).toEqual({
      ...{ enrolledCount: 1, graduates: { nodes: [{ official: { id: keepId } }] } },
      enrolments: {
        nodes: [
          {
            ...{ id: stays, status: 'COMPLETED', official: { id: keepId } },
            ...{
              earlierNominations: [{ status: 'WITHDRAWN' }],
              attendance: [{ periods: 3 }, { periods: 3 }],
            },
          },
        ],
      },
    });
    expect(all.lost).toEqual({ id: stays });
    expect(all.node.authors).toEqual([{ id: stays }]);
  });

  it('hold one post where both held the same in overlapping periods', async () => {
    const unitId = (await newUnit(server)).id;
    const positionCode = (await newPosition(server)).code;
    const keep = await newOfficial(server, {
      unitId,
      positionCode,
      since: '2021-01-01',
      until: '2022-12-31',
    });
    const lost = await newOfficial(server, {
      unitId,
      positionCode,
      since: '2020-05-01',
      until: '2021-06-30',
    });
    const later = { officialId: lost.id, unitId, positionCode, since: '2022-06-01' };
    await must(server, 'assignOfficial', later, 'cursor');
    expect((await dryRun(keep.id, lost.id)).map(({ code }) => code)).toEqual(['SAME_POST']);
    const selection = 'official { assignments { validFrom validTo } }';
    const { official } = await must(server, 'mergeOfficials', merging(keep.id, lost.id), selection);
    expect(official.assignments).toEqual([{ validFrom: '2020-05-01', validTo: null }]);
  });

  it('are told of in the log of both ids, and in the audit trail and the reads of the kept one', async () => {
    const [keep, lost] = [await newOfficial(server), await newOfficial(server)];
    const subject = newCode('reader-');
    const token = await tokenOf({ subject, role: Role.ADMINISTRATOR });
    const query = 'query Sight($id: ID!) { official(id: $id) { fullName } }';
    for (const id of [keep.id, lost.id]) await server.ask(query, { id }, { token });
    await noted(server);
    await must(server, 'mergeOfficials', merging(keep.id, lost.id), 'cursor');
    const trail = `query ($ids: [ID!]) { auditTrail(filter: { officialIds: $ids }) { kind action recordId subject } }`;
    for (const id of [keep.id, lost.id]) {
      const { auditTrail } = await read(trail, { ids: [id] });
      const changes = auditTrail.filter(({ kind }: Fields) => kind === 'CHANGE');
      expect(changes.map(({ action, recordId }: Fields) => [action, recordId])).toEqual([
        ...[
          ['official.merged', keep.id],
          ['official.merged', lost.id],
        ],
        ...[
          ['official.registered', lost.id],
          ['official.registered', keep.id],
        ],
      ]);
      expect(auditTrail.filter((each: Fields) => each.subject === subject)).toHaveLength(2);
    }
    const { exportPersonalData } = await read('query ($id: ID!) { exportPersonalData(officialId: $id) }', {
      id: keep.id,
    });
    expect(exportPersonalData.mergedRecords).toMatchObject([{ id: lost.id, was: { code: lost.code } }]);
    await must(server, 'eraseOfficial', { officialId: keep.id }, 'cursor');
    const erased = await read('query ($id: ID!) { exportPersonalData(officialId: $id) }', { id: keep.id });
    expect(JSON.stringify(erased)).not.toContain(lost.code);
  });
});

describe('a merge is refused', () => {
  it('of an official with themself, an erased one, and one out of reach', async () => {
    const [keep, erased] = [await newOfficial(server), await newOfficial(server)];
    await must(server, 'eraseOfficial', { officialId: erased.id }, 'cursor');
    expect(await refused(keep.id, keep.id)).toEqual(['INVALID input.duplicateId']);
    expect(await refused(keep.id, erased.id)).toEqual(['NOT_ELIGIBLE input.duplicateId']);
    expect(await refused(erased.id, keep.id)).toEqual(['NOT_ELIGIBLE input.keepId']);
    const unitId = (await newUnit(server)).id;
    const own = await newOfficial(server, { unitId });
    const token = await tokenOf({ subject: newCode('s-'), role: Role.UNIT_MANAGER, unitId });
    const query = `mutation ($input: MergeOfficialsInput!) { mergeOfficials(input: $input) {
      userErrors { code path } } }`;
    const { data } = await server.ask(query, { input: merging(own.id, keep.id) }, { token });
    expect(data.mergeOfficials.userErrors).toEqual([{ code: 'NOT_FOUND', path: ['input', 'duplicateId'] }]);
  });

  it('of two who both graduated from one cohort, in the language of the caller', async () => {
    const { cohort, keepId, duplicateId } = await classOfBoth();
    const graduates = [keepId, duplicateId].map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
    expect((await dryRun(keepId, duplicateId)).map(({ code, blocks }) => [code, blocks])).toEqual([
      ['SAME_POST', false],
      ['BOTH_GRADUATED', true],
    ]);
    expect(await refused(keepId, duplicateId)).toEqual(['CONFLICT input.duplicateId']);
    const [vietnamese] = await refusals(server, 'mergeOfficials', merging(keepId, duplicateId), 'vi');
    expect(vietnamese!.message).toContain(`hoàn thành lớp ${cohort.code}`);
  });

  it('where a post would begin before birth, the duplicate holds a role, or the record was changed since', async () => {
    const keep = await newOfficial(server, { dateOfBirth: '2000-01-01' });
    const unitId = (await newUnit(server, { validFrom: '1990-01-01' })).id;
    const early = await newOfficial(server, { unitId, since: '1999-01-01' });
    expect(await refused(keep.id, early.id)).toEqual(['CONFLICT input.duplicateId']);
    const other = await newOfficial(server);
    await must(server, 'grantRole', { role: 'UNIT_MANAGER', officialId: other.id, unitId }, 'cursor');
    expect((await dryRun(keep.id, other.id)).map(({ code }) => code)).toEqual(['ROLE_HELD']);
    expect(await refused(keep.id, other.id)).toEqual(['CONFLICT input.duplicateId']);
    const stale = { ...merging(keep.id, (await newOfficial(server)).id), version: 7 };
    expect(await refusedUnlogged(server, 'mergeOfficials', stale)).toEqual(['STALE_VERSION input.version']);
  });

  it('by one of two that merge the same records at once, whichever stays', async () => {
    const [one, other] = [await newOfficial(server), await newOfficial(server)];
    const both = await Promise.all([
      refusals(server, 'mergeOfficials', merging(one.id, other.id)),
      refusals(server, 'mergeOfficials', merging(other.id, one.id)),
    ]);
    expect(both.map((errors) => errors.map(({ code }) => code)).sort()).toEqual([[], ['NOT_FOUND']]);
  });
});
