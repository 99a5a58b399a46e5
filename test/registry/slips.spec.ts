// Slips that are put right: steps of cohorts taken back, cohorts that never were, posts and staff codes entered wrongly.
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newSession,
  newUnit,
  newUniversity,
  nominate,
  refusedUnlogged,
} from '../support/world';

type Fields = Record<string, any>;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const reason = 'Ghi nhầm';
const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

async function read(query: string, variables: object = {}): Promise<Fields> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const cohortOf = async (id: string) =>
  (
    await read(
      `query ($id: ID!) { cohort(id: $id) { status code version enrolledCount annulledAt corrections { event reason }
        enrolments(first: 50) { nodes { status } } } }`,
      { id },
    )
  ).cohort;
const statuses = ({ enrolments }: Fields) => enrolments.nodes.map(({ status }: Fields) => status).sort();
/** What changes of a cohort, with the version it has now. */
const change = async (cohortId: string, more: object) => ({
  ...{ cohortId, version: (await cohortOf(cohortId)).version },
  ...more,
});
const reopen = (cohortId: string) => must(server, 'reopenCohort', { cohortId, reason }, 'cohort { status }');

describe('a step of a cohort that is taken back', () => {
  it('returns a cohort that was completed too early to its lessons, with those whom the end declined', async () => {
    const { cohort, enrolmentIds } = await newClass(server, 3);
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[2] }, 'cursor');
    await must(server, 'completeCohort', { cohortId: cohort.id }, 'cursor');
    expect(statuses(await cohortOf(cohort.id))).toEqual(['NOT_COMPLETED', 'NOT_COMPLETED', 'WITHDRAWN']);
    expect((await reopen(cohort.id)).cohort.status).toBe('IN_PROGRESS');
    const reopened = await cohortOf(cohort.id);
    expect(statuses(reopened)).toEqual(['STUDYING', 'STUDYING', 'WITHDRAWN']);
    expect(reopened.corrections).toEqual([{ event: 'cohort.reopened', reason }]);
    expect((await reopen(cohort.id)).cohort.status).toBe('ENROLLING');
    expect(statuses(await cohortOf(cohort.id))).toEqual(['ACCEPTED', 'ACCEPTED', 'WITHDRAWN']);
    expect(await refused('reopenCohort', { cohortId: cohort.id, reason })).toEqual([
      'CONFLICT input.cohortId',
    ]);
  });

  it('gives a cancelled cohort back its state and its learners, and no one who had withdrawn before', async () => {
    const { cohort, enrolmentIds } = await newClass(server, 3);
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[0] }, 'cursor');
    await must(server, 'cancelCohort', { cohortId: cohort.id, reason: 'Hoãn' }, 'cursor');
    expect((await reopen(cohort.id)).cohort.status).toBe('IN_PROGRESS');
    expect(await cohortOf(cohort.id)).toMatchObject({ enrolledCount: 2 });
  });

  it('is refused where nothing was done yet, and where graduates or attendance rest on it', async () => {
    const planned = await newCohort(server);
    expect(await refused('reopenCohort', { cohortId: planned.id, reason })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    const { cohort, officialIds } = await newClass(server, 1);
    const session = await newSession(server, { cohortId: cohort.id });
    const attendance = { sessionId: session.id, attendance: [{ officialId: officialIds[0] }] };
    await must(server, 'recordAttendance', attendance, 'cursor');
    const input = { cohortId: cohort.id, reason };
    for (const name of ['reopenCohort', 'annulCohort'])
      expect(await refused(name, input)).toEqual(['CONFLICT input.cohortId']);
    await must(server, 'cancelSession', { sessionId: session.id, reason: 'Ghi nhầm' }, 'cursor');
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
    for (const name of ['reopenCohort', 'annulCohort'])
      expect(await refused(name, input)).toEqual(['CONFLICT input.cohortId']);
  });
});

describe('a cohort that is annulled', () => {
  it('is in no list and no figure, gives its code back, and can be had again', async () => {
    const { cohort, unitId } = await newClass(server, 2);
    const filter = { unitIds: [unitId] };
    const counted = async () => {
      const query = `query ($filter: CohortFilter, $figures: TrainingStatisticsFilter) {
        cohorts(filter: $filter) { totalCount } trainingStatistics(filter: $figures) { cohorts participations } }`;
      const { cohorts, trainingStatistics } = await read(query, { filter, figures: filter });
      return [cohorts.totalCount, trainingStatistics.cohorts, trainingStatistics.participations];
    };
    expect(await counted()).toEqual([1, 1, 2]);
    await must(server, 'annulCohort', { cohortId: cohort.id, reason }, 'cursor');
    expect(await counted()).toEqual([0, 0, 0]);
    expect(await cohortOf(cohort.id)).toMatchObject({
      ...{
        status: 'CANCELLED',
        annulledAt: expect.any(String),
        corrections: [{ event: 'cohort.annulled', reason }],
      },
    });
    expect(await refused('annulCohort', { cohortId: cohort.id, reason })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    await newCohort(server, { code: cohort.code });
    await reopen(cohort.id);
    expect(await counted()).toEqual([1, 1, 2]);
  });
});

describe('a cohort entered with the wrong facts', () => {
  it('takes another code, programme with its university, and host, until a certificate stands against it', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    const universityId = (await newUniversity(server)).id;
    const [programmeId, hostUnitId] = [
      (await newProgramme(server, { universityId })).id,
      (await newUnit(server)).id,
    ];
    const wanted = await change(cohort.id, { code: newCode('K'), programmeId, hostUnitId });
    const selection = 'cohort { code programme { id } hostUnit { id } university { id } }';
    const { cohort: revised } = await must(server, 'reviseCohort', wanted, selection);
    expect(revised).toEqual({
      ...{ code: expect.stringMatching(/^K/), programme: { id: programmeId }, hostUnit: { id: hostUnitId } },
      university: { id: universityId },
    });
    const taken = (await newCohort(server)).code;
    expect(await refused('reviseCohort', await change(cohort.id, { code: taken }))).toEqual([
      'ALREADY_EXISTS input.code',
    ]);
    const young = (await newUnit(server, { validFrom: '2025-01-01' })).id;
    expect(await refused('reviseCohort', await change(cohort.id, { hostUnitId: young }))).toEqual([
      'UNIT_CLOSED input.hostUnitId',
    ]);
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
    for (const other of [{ code: newCode('K') }, { hostUnitId: (await newUnit(server)).id }])
      expect(await refused('reviseCohort', await change(cohort.id, other))).toEqual([
        'CONFLICT input.cohortId',
      ]);
  });
});

const postsOf = async (id: string) =>
  (
    await read(
      'query ($id: ID!) { official(id: $id) { assignments { id validFrom validTo unit { id } position { code } } } }',
      { id },
    )
  ).official.assignments;

describe('a post entered wrongly', () => {
  it('gets another unit, position and days, and its event says what was there before', async () => {
    const official = await newOfficial(server);
    const [post] = await postsOf(official.id);
    const [unitId, positionCode] = [(await newUnit(server)).id, (await newPosition(server)).code];
    const input = {
      assignmentId: post.id,
      unitId,
      positionCode,
      since: '2020-02-01',
      until: '2024-01-31',
      reason,
    };
    await must(server, 'correctAssignment', input, 'cursor');
    const corrected = {
      ...{ id: post.id, validFrom: '2020-02-01', validTo: '2024-01-31' },
      unit: { id: unitId },
    };
    expect(await postsOf(official.id)).toEqual([{ ...corrected, position: { code: positionCode } }]);
    // A last day that was a mistake is taken away.
    await must(server, 'correctAssignment', { assignmentId: post.id, until: null, reason }, 'cursor');
    expect((await postsOf(official.id))[0].validTo).toBeNull();
    const { node } = await read('query ($id: ID!) { node(id: $id) { corrections { event reason } } }', {
      id: post.id,
    });
    expect(node.corrections).toEqual([1, 2].map(() => ({ event: 'assignment.corrected', reason })));
  });

  it('is refused days on which the unit did not exist or the official was not born, and what breaks a nomination', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const official = await newOfficial(server, { unitId: hostUnitId, dateOfBirth: '2000-05-01' });
    const [post] = await postsOf(official.id);
    const correct = (change: object) =>
      refused('correctAssignment', { assignmentId: post.id, reason, ...change });
    expect(await correct({ since: '2019-12-31' })).toEqual(['UNIT_CLOSED input.since']);
    expect(await correct({ until: '2019-12-31' })).toEqual(['INVALID input.until']);
    const old = (await newUnit(server, { validFrom: '1990-01-01' })).id;
    expect(await correct({ unitId: old, since: '2000-04-30' })).toEqual(['INVALID input.since']);
    const cohort = await newCohort(server, { hostUnitId });
    await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cursor');
    await nominate(server, cohort.id, [official.id]);
    expect(await correct({ unitId: old })).toEqual(['CONFLICT input.assignmentId']);
    expect(await correct({ until: '2024-12-31' })).toEqual(['CONFLICT input.assignmentId']);
    await must(server, 'correctAssignment', { assignmentId: post.id, since: '2020-03-01', reason }, 'cursor');
  });

  it('is removed if it never was, but not the only one of an official', async () => {
    const official = await newOfficial(server);
    const [post] = await postsOf(official.id);
    expect(await refused('removeAssignment', { assignmentId: post.id, reason })).toEqual([
      'CONFLICT input.assignmentId',
    ]);
    const positionCode = (await newPosition(server)).code;
    const wrong = { officialId: official.id, unitId: post.unit.id, positionCode, since: '2021-01-01' };
    const { assignment } = await must(server, 'assignOfficial', wrong, 'assignment { id }');
    const removed = await must(
      server,
      'removeAssignment',
      { assignmentId: assignment.id, reason },
      'official { assignments { id } corrections { event reason } }',
    );
    expect(removed.official).toEqual({
      ...{ assignments: [{ id: post.id }], corrections: [{ event: 'assignment.removed', reason }] },
    });
  });
});

describe('a staff code that changes', () => {
  it('leaves the code before finding the official, whatever its case in a registration', async () => {
    const official = await newOfficial(server);
    const code = newCode('O');
    const input = { officialId: official.id, code, reason };
    const changed = await must(server, 'changeOfficialCode', input, 'official { code formerCodes version }');
    expect(changed.official).toEqual({ code, formerCodes: [official.code], version: 2 });
    const found = `query ($code: String!, $codes: [String!]) { official(code: $code) { id }
      officials(filter: { codes: $codes }) { nodes { id } } text: officials(filter: { text: $code }) { nodes { id } } }`;
    for (const each of [code, official.code]) {
      expect(await read(found, { code: each, codes: [each] })).toEqual({
        official: { id: official.id },
        ...{ officials: { nodes: [{ id: official.id }] }, text: { nodes: [{ id: official.id }] } },
      });
    }
    const other = await newOfficial(server);
    for (const taken of [official.code.toLowerCase(), code])
      expect(await refused('changeOfficialCode', { officialId: other.id, code: taken, reason })).toEqual([
        'ALREADY_EXISTS input.code',
      ]);
    await must(server, 'changeOfficialCode', { ...input, code: official.code }, 'cursor');
    const { official: back } = await read('query ($id: ID!) { official(id: $id) { code formerCodes } }', {
      id: official.id,
    });
    expect(back).toEqual({ code: official.code, formerCodes: [code] });
  });
});

const unitOf = async (id: string) =>
  (
    await read('query ($id: ID!) { unit(id: $id) { name code validFrom validTo successors { kind } } }', {
      id,
    })
  ).unit;

describe('a unit entered wrongly', () => {
  it('gets its right name, code and first day, and is found by them', async () => {
    const unit = await newUnit(server, { name: 'Phuong Tan My' });
    const code = newCode('U');
    const input = { unitId: unit.id, name: 'Phường Tân Mỹ', code, validFrom: '2019-01-01', reason };
    await must(server, 'correctUnit', input, 'cursor');
    expect(await unitOf(unit.id)).toMatchObject({
      name: 'Phường Tân Mỹ',
      code,
      validFrom: '2019-01-01',
      validTo: null,
    });
    const { unit: found } = await read(
      'query ($code: String) { unit(code: $code, on: "2019-01-01") { id } }',
      { code },
    );
    expect(found.id).toBe(unit.id);
  });

  it('is refused a code in use, and a first day after something happened there', async () => {
    const [unit, other] = [await newUnit(server), await newUnit(server)];
    const correct = (change: object) => refused('correctUnit', { unitId: unit.id, reason, ...change });
    expect(await correct({ code: other.code })).toEqual(['OVERLAPPING_PERIOD input.code']);
    expect(await correct({ name: null })).toEqual(['INVALID input.name']);
    await newOfficial(server, { unitId: unit.id, since: '2021-05-01' });
    expect(await correct({ validFrom: '2021-05-02' })).toEqual(['CONFLICT input.validFrom']);
    await must(server, 'correctUnit', { unitId: unit.id, validFrom: '2021-05-01', reason }, 'cursor');
    const child = await newUnit(server, { parentId: unit.id, validFrom: '2021-06-01' });
    const early = { unitId: child.id, validFrom: '2021-04-30', reason };
    expect(await refused('correctUnit', early)).toEqual(['CONFLICT input.validFrom']);
  });
});

describe('a reorganisation that is called off', () => {
  const effectiveOn = '2999-01-01';
  const planned = async () => {
    const district = await newUnit(server, { kind: 'URBAN_DISTRICT' });
    const ward = await newUnit(server, { parentId: district.id });
    const heir = { code: newCode('W'), kind: 'WARD', name: 'Phường mới' };
    const input = {
      ...{ effectiveOn, closeIds: [district.id, ward.id], open: [heir] },
      successions: [
        { predecessorId: district.id, kind: 'DISSOLVED' },
        { predecessorId: ward.id, successorCode: heir.code, kind: 'RENAMED' },
      ],
    };
    const { opened } = await must(server, 'reorganiseUnits', input, 'opened { id }');
    return { district, ward, openedId: opened[0].id as string };
  };

  it('leaves what it closed open, and nothing of what it opened, whichever of its units is named', async () => {
    for (const which of ['ward', 'district', 'opened']) {
      const { district, ward, openedId } = await planned();
      const unitId = { ward: ward.id, district: district.id, opened: openedId }[which]!;
      const input = { effectiveOn, unitIds: [unitId], reason };
      const { reopened } = await must(server, 'callOffReorganisation', input, 'reopened { id validTo }');
      expect(new Set(reopened.map(({ id }: Fields) => id))).toEqual(new Set([district.id, ward.id]));
      for (const { id } of [district, ward])
        expect(await unitOf(id)).toMatchObject({ validTo: null, successors: [] });
      expect(await unitOf(openedId)).toBeNull();
    }
  });

  it('is refused on another day, and once something is entered at a unit that it opened', async () => {
    const { ward, openedId } = await planned();
    const input = { effectiveOn, unitIds: [ward.id], reason };
    expect(await refused('callOffReorganisation', { ...input, effectiveOn: '2998-01-01' })).toEqual([
      'NOT_FOUND input.unitIds.0',
    ]);
    await newOfficial(server, { unitId: openedId, since: effectiveOn });
    expect(await refused('callOffReorganisation', input)).toEqual(['CONFLICT input.unitIds']);
  });
});
