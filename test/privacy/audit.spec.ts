// Audit trail, access log, export of personal data, and erasure of an identity.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Role } from '../../src/access/policy';
import { engine } from '../../src/config/database-location';
import { contents, sql } from '../support/database';
import { startProcess } from '../support/process';
import { newFolder, startTestServer, type TestServer, tokenOf } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newDegreeClass,
  newInitiative,
  newOfficial,
  newPosition,
  newRequirement,
  newServiceRule,
  newSession,
  newUnit,
  nominate,
  noted,
  refusals,
} from '../support/world';

type Fields = Record<string, any>;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await newServiceRule(server);
});
afterAll(() => server.stop());
afterAll(removeFolders);

const tokenOfOfficial = (officialId: string) =>
  tokenOf({ subject: newCode('official-'), role: Role.OFFICIAL, officialId });

/** How many reads are on record. */
async function reads(from: Pick<TestServer, 'ask'>): Promise<number> {
  return (await from.ask('{ dataAccessLog(first: 0) { totalCount } }')).data.dataAccessLog.totalCount;
}
/** Waits until so many are. */
async function recorded(from: Pick<TestServer, 'ask'>, count: number): Promise<void> {
  while ((await reads(from)) < count);
}

/** Reads as an administrator of this name, and waits until it is on record: that is after the answer. */
async function readAs(subject: string, query: string): Promise<void> {
  const token = await tokenOf({ subject, role: Role.ADMINISTRATOR });
  await server.ask(query, {}, { token });
  for (let found = 0; found === 0;) found = (await readsBy(subject)).length;
}

async function readsBy(subject: string): Promise<Fields[]> {
  const filter = { kinds: ['READ'], subjects: [subject] };
  const query = 'query ($filter: AuditFilter) { auditTrail(filter: $filter) { action } }';
  return (await server.ask(query, { filter })).data.auditTrail;
}

async function graduate(): Promise<Fields> {
  const { cohort, officialIds } = await newClass(server, 1);
  const [officialId] = officialIds;
  const thesis = { kind: 'PROJECT', title: 'Quản lý chợ đêm' };
  const graduates = [{ officialId, graduatedOn: '2024-06-01', credentialNumber: 'SH-77', thesis }];
  const payload = await must(
    server,
    'recordGraduates',
    { cohortId: cohort.id, graduates },
    'graduates { id }',
  );
  return { officialId, cohortId: cohort.id, graduateId: payload.graduates[0].id };
}

describe('a read of personal data', () => {
  it('is on record with who, by which operation, whose and when, and tells nothing else', async () => {
    const { officialIds } = await newClass(server, 2);
    const ids = officialIds.map((id) => `"${id}"`).join(', ');
    await readAs('inspector', `query Staff { nodes(ids: [${ids}]) { ... on Official { fullName email } } }`);
    const { data } = await server.ask(
      '{ dataAccessLog(first: 1) { nodes { subject operation officialIds occurredAt requestId } } }',
    );
    expect(data.dataAccessLog.nodes).toEqual([
      {
        subject: 'inspector',
        operation: 'query Staff { nodes }',
        officialIds: [...officialIds].sort(),
        occurredAt: expect.stringMatching(/Z$/),
        requestId: expect.any(String),
      },
    ]);
  });

  it('names its fields, though they hide in a fragment or behind an alias', async () => {
    const { officialIds } = await newClass(server, 1);
    const hidden = `query about { ...f } fragment f on Query { about: official(id: "${officialIds[0]}") { fullName } }`;
    await readAs('sly', hidden);
    expect(await readsBy('sly')).toEqual([{ action: 'query about { official }' }]);
  });

  it('names all of them, though a hundred aliases or a long name come before', async () => {
    const { officialIds } = await newClass(server, 1);
    const many = Array.from({ length: 99 }, (_, i) => `a${i}: about { version }`).join(' ');
    const name = 'N'.repeat(100);
    await readAs('slyer', `query ${name} { ${many} official(id: "${officialIds[0]}") { fullName } }`);
    expect(await readsBy('slyer')).toEqual([{ action: `query ${name} { about official }` }]);
  });

  it('is told to the official concerned, and to no other', async () => {
    const { officialIds } = await newClass(server, 2);
    const [one, other] = officialIds as [string, string];
    await readAs('curious', `{ nodes(ids: ["${one}", "${other}"]) { ... on Official { fullName } } }`);
    const query =
      'query ($id: ID) { dataAccessLog(officialId: $id) { totalCount nodes { subject officialIds } } }';
    const token = await tokenOfOfficial(one);
    const own = (await server.ask(query, {}, { token })).data.dataAccessLog;
    expect(own.nodes[0]).toEqual({ subject: 'curious', officialIds: [one] });
    expect(new Set(own.nodes.flatMap(({ officialIds }: Fields) => officialIds))).toEqual(new Set([one]));
    const others = (await server.ask(query, { id: other }, { token })).data.dataAccessLog;
    expect(others).toEqual({ totalCount: 0, nodes: [] });
  });

  it('of nothing personal is not on record', async () => {
    const { officialIds } = await newClass(server, 1);
    const token = await tokenOf({ subject: 'frugal', role: Role.ADMINISTRATOR });
    await server.ask('{ cohorts { nodes { name enrolledCount } } officials { totalCount } }', {}, { token });
    await readAs('frugal', `{ official(id: "${officialIds[0]}") { fullName } }`);
    expect(await readsBy('frugal')).toEqual([{ action: 'query { official }' }]);
  });

  it('of oneself is not on record', async () => {
    const { officialIds } = await newClass(server, 1);
    const token = await tokenOfOfficial(officialIds[0]!);
    const own = `{ official(id: "${officialIds[0]}") { code fullName enrolments { nodes { status } } } }`;
    expect((await server.ask(own, {}, { token })).data.official.enrolments.nodes).toHaveLength(1);
    await noted(server);
    const { data } = await server.ask(
      `{ dataAccessLog(officialId: "${officialIds[0]}") { nodes { subject } } }`,
    );
    const readers = data.dataAccessLog.nodes.map(({ subject }: Fields) => subject as string);
    expect(readers.filter((subject: string) => subject.startsWith('official-'))).toEqual([]);
  });

  it('is not lost when the server is stopped at once', async () => {
    const folder = newFolder();
    const running = await startProcess(folder);
    const made = await newClass(running, 1);
    for (let i = 0; i < 20; i++) {
      await running.ask(`query Reading${i} { official(id: "${made.officialIds[0]}") { fullName } }`);
    }
    expect(await running.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const operations = await sql(
      folder,
      "SELECT operation FROM data_access WHERE operation LIKE '%Reading%'",
    );
    expect(operations).toHaveLength(20);
  });
});

describe('a row about a person', () => {
  let person: Fields;
  beforeAll(async () => {
    const { officialId, cohortId, graduateId } = await graduate();
    const { data } = await server.ask(
      `{ official(id: "${officialId}") { code fullName unit { id } assignments { id } enrolments { nodes { id } } } }`,
    );
    const { code, fullName, unit, assignments, enrolments } = data.official;
    const sessionId = (await newSession(server, { cohortId })).id;
    const attended = { sessionId, attendance: [{ officialId }] };
    const { attendance } = await must(server, 'recordAttendance', attended, 'attendance { id }');
    const studied = await newDegreeClass(server, 1);
    const owed = { commitments: [{ enrolmentId: studied.enrolmentIds[0], cost: 1_000_000 }] };
    const { commitments } = await must(server, 'recordServiceCommitments', owed, 'commitments { id }');
    const role = { role: 'VIEWER', officialId };
    const { grant } = await must(server, 'grantRole', role, 'grant { id }');
    const fullest = newCode('Z');
    await must(server, 'reviseOfficial', { officialId, fullName: `${fullName} ${fullest}` }, 'cursor');
    Object.assign((person = {}), {
      ...{ officialId, cohortId, graduateId, code, word: fullest, unitId: unit.id },
      assignmentId: assignments[0].id,
      enrolmentId: enrolments.nodes[0].id,
      ...{ attendanceId: attendance[0].id, grantId: grant.id },
      ...{ commitmentId: commitments[0].id, owingId: studied.officialIds[0] },
    });
  });

  it.each<[string, (person: Fields) => string]>([
    ['an official', ({ officialId }) => `official(id: "${officialId}") { category }`],
    ['an official with no field at all', ({ officialId }) => `node(id: "${officialId}") { __typename }`],
    ['a post', ({ assignmentId }) => `node(id: "${assignmentId}") { ... on Assignment { unit { id } } }`],
    ['an enrolment', ({ enrolmentId }) => `nodes(ids: ["${enrolmentId}"]) { id }`],
    ['a graduate', ({ graduateId }) => `node(id: "${graduateId}") { ... on Graduate { graduatedOn } }`],
    [
      'a learner of a cohort',
      ({ cohortId }) => `cohort(id: "${cohortId}") { enrolments { edges { node { status } } } }`,
    ],
    [
      'a graduate of a cohort',
      ({ cohortId }) => `cohort(id: "${cohortId}") { graduates { nodes { graduatedOn } } }`,
    ],
    [
      'a graduate in a list',
      ({ cohortId }) => `graduates(filter: { cohortIds: ["${cohortId}"] }) { nodes { id } }`,
    ],
    ['a graduate of an event', () => 'graduateEvents(first: 100) { graduate { id } }'],
    [
      'what somebody attended',
      ({ attendanceId }) => `node(id: "${attendanceId}") { ... on Attendance { periods } }`,
    ],
    ['a role', ({ grantId }) => `node(id: "${grantId}") { ... on RoleGrant { role } }`],
    [
      'a role in a list',
      ({ officialId }) => `grants(filter: { officialIds: ["${officialId}"] }) { nodes { role } }`,
    ],
    ['the staff of a unit', ({ unitId }) => `unit(id: "${unitId}") { officials { nodes { id } } }`],
    ['a code that is counted', ({ code }) => `officials(filter: { codes: ["${code}"] }) { totalCount }`],
    [
      'a word that is counted',
      ({ word }) => `officials(filter: { text: "${word}" }, first: 0) { totalCount }`,
    ],
    [
      'that somebody owes no service',
      ({ officialId }) => `serviceCommitments(filter: { officialIds: ["${officialId}"] }) { totalCount }`,
    ],
    [
      'a role that is counted',
      ({ officialId }) => `grants(filter: { officialIds: ["${officialId}"] }, first: 0) { totalCount }`,
    ],
    [
      'what was done about somebody',
      ({ officialId }) => `auditTrail(filter: { officialIds: ["${officialId}"] }) { action }`,
    ],
    [
      'a code of which a page tells that there is more',
      ({ code }) => `officials(filter: { codes: ["${code}"] }, first: 0) { pageInfo { hasNextPage } }`,
    ],
    [
      'a code that is counted at a unit',
      ({ code, unitId }) =>
        `unit(id: "${unitId}") { officials(filter: { codes: ["${code}"] }, first: 0) { totalCount } }`,
    ],
  ])('is on record when it is shown: %s', async (_what, query) => {
    const subject = newCode('reader-');
    const token = await tokenOf({ subject, role: Role.ADMINISTRATOR });
    const { errors } = await server.ask(`{ ${query(person)} }`, {}, { token });
    expect(errors).toBeUndefined();
    await noted(server);
    const { data } = await server.ask(
      `{ dataAccessLog(officialId: "${person.officialId}", first: 100) { nodes { subject officialIds } } }`,
    );
    const own = data.dataAccessLog.nodes.filter((each: Fields) => each.subject === subject);
    expect(own).toEqual([{ subject, officialIds: expect.arrayContaining([person.officialId]) }]);
  });

  it('is on record when it is reckoned what they are to pay back', async () => {
    const subject = newCode('reader-');
    const token = await tokenOf({ subject, role: Role.ADMINISTRATOR });
    const query = `{ compensation(commitmentId: "${person.commitmentId}") { cost amount } }`;
    expect((await server.ask(query, {}, { token })).errors).toBeUndefined();
    await noted(server);
    const { data } = await server.ask(
      `{ dataAccessLog(officialId: "${person.owingId}", first: 100) { nodes { subject } } }`,
    );
    expect(data.dataAccessLog.nodes).toContainEqual({ subject });
  });

  it('is on record when its code is refused to somebody else as taken', async () => {
    const subject = newCode('prober-');
    const { id: unitId } = await newUnit(server);
    const token = await tokenOf({ subject, role: Role.UNIT_MANAGER, unitId });
    const input = {
      ...{
        code: person.code.toLowerCase(),
        fullName: 'Lê Thị Mẫu',
        category: 'CADRE',
        unitId,
        since: '2021-01-01',
      },
      positionCode: (await newPosition(server)).code,
    };
    const query =
      'mutation ($input: RegisterOfficialInput!) { registerOfficial(input: $input) { userErrors { code path message } } }';
    const { data } = await server.ask(query, { input }, { token });
    expect(data.registerOfficial.userErrors).toEqual([
      {
        code: 'ALREADY_EXISTS',
        path: ['input', 'code'],
        message: `The staff code ${person.code.toLowerCase()} exists already.`, // and nothing of where
      },
    ]);
    await noted(server);
    expect(await readsBy(subject)).toEqual([{ action: 'mutation { registerOfficial }' }]);
  });
});

describe('while it cannot be noted who reads personal data', () => {
  // What a full disk does to the log of reads, and no more.
  const takeAway = (folder: string) => sql(folder, 'ALTER TABLE data_access RENAME TO data_access_away');
  const giveBack = (folder: string) => sql(folder, 'ALTER TABLE data_access_away RENAME TO data_access');

  it('they are shown while there is room to remember who did, and then no longer', async () => {
    const folder = folderOfItsOwn();
    const begun = await startTestServer({ folder });
    const { cohort, officialIds } = await newClass(begun, 3);
    await begun.stop();
    const own = await startTestServer({ folder, limits: { waitingPersons: 3 } });
    const ids = officialIds.map((id) => `"${id}"`).join(', ');
    const read = (name: string) =>
      own.ask(`query ${name} { nodes(ids: [${ids}]) { ... on Official { fullName } } }`);
    const before = await reads(own);
    await takeAway(own.folder);
    expect((await read('Remembered')).errors).toBeUndefined();
    const { data, errors } = await read('Refused');
    expect(errors!.map(({ extensions: { code } }) => code)).toEqual(['UNAVAILABLE']);
    expect(JSON.stringify(data)).not.toContain('Nguyễn');
    const other = await own.ask(`{ cohort(id: "${cohort.id}") { name enrolledCount } }`);
    expect(other.errors).toBeUndefined();

    await giveBack(own.folder);
    await recorded(own, before + 1);
    while ((await read('Shown')).errors); // there is room a moment after what waited is on record
    await recorded(own, before + 2);
    const log = await own.ask('{ dataAccessLog { nodes { operation officialIds } } }');
    expect(log.data.dataAccessLog.nodes.slice(0, 2)).toEqual(
      ['Shown', 'Remembered'].map((name) => ({
        operation: `query ${name} { nodes }`,
        officialIds: [...officialIds].sort(),
      })),
    );
    await own.stop();
  });

  it('a change whose answer cannot be shown says that it was saved, and can be asked for again', async () => {
    const folder = folderOfItsOwn();
    const begun = await startTestServer({ folder });
    const { officialIds } = await newClass(begun, 1);
    await begun.stop();
    const own = await startTestServer({ folder, limits: { waitingPersons: 0 } });
    const revise = `mutation ($input: ReviseOfficialInput!) {
      reviseOfficial(input: $input) { official { fullName } cursor userErrors { code } } }`;
    const input = { officialId: officialIds[0], grade: 'Chuyên viên chính', clientMutationId: 'once' };
    const before = await logEnd(own);
    const told = [];
    for (const language of ['vi', 'en']) {
      const { data, errors } = await own.ask(revise, { input }, { language });
      expect(data.reviseOfficial).toEqual({ official: null, cursor: await logEnd(own), userErrors: [] });
      told.push(...errors!.map(({ message, extensions, path }) => [message, extensions.code, path]));
    }
    const where = ['UNAVAILABLE', ['reviseOfficial', 'official']];
    expect(told).toEqual([
      [expect.stringMatching(/^Thay đổi ĐÃ được lưu; .* clientMutationId là an toàn/), ...where],
      [expect.stringMatching(/^The change WAS saved; .* clientMutationId is safe/), ...where],
    ]);
    expect(await logEnd(own)).not.toBe(before);
    const read = await own.ask(`{ official(id: "${officialIds[0]}") { grade } }`);
    expect(read.errors![0]!.message).toMatch(/^Personal data are not shown for now/);
    await own.stop();
    const later = await startTestServer({ folder });
    const events = '{ auditTrail(filter: { kinds: [CHANGE] }, first: 2) { action } }';
    expect((await later.ask(events)).data.auditTrail).toEqual([
      { action: 'official.revised' },
      { action: 'cohort.started' }, // and not revised twice
    ]);
    const again = await later.ask(revise, { input });
    expect(again.data.reviseOfficial.official).toEqual({ fullName: 'Nguyễn Thị Mẫu' });
    await later.stop();
  });

  it('a server that stops says of each read that it happened, and closes the database', async () => {
    const folder = folderOfItsOwn();
    const running = await startProcess(folder);
    const { officialIds } = await newClass(running, 1);
    await noted(running);
    await takeAway(folder);
    for (const name of ['One', 'Two'])
      await running.ask(`query ${name} { official(id: "${officialIds[0]}") { fullName } }`);
    expect(await running.end('SIGTERM')).toEqual({ code: 1, signal: null });
    const told = running.log.flatMap((line) => JSON.parse(line).read ?? []);
    expect(told).toEqual(
      ['One', 'Two'].map((name) => ({
        subject: 'test-administrator',
        operation: `query ${name} { official }`,
        requestId: expect.any(String),
        personIds: officialIds,
        occurredAt: expect.stringMatching(/Z$/),
      })),
    );
    if (engine === 'better-sqlite3') expect(existsSync(join(folder, 'canbo.db-wal'))).toBe(false);
    await giveBack(folder);
  });
});

describe('the audit trail', () => {
  it('tells of changes and reads by time, newest first, a page at a time, each once', async () => {
    const { officialId, graduateId, cohortId } = await graduate();
    await readAs('auditee', `{ official(id: "${officialId}") { fullName } }`);
    const trail = async (args: string) =>
      (await server.ask(`{ auditTrail(${args}) { cursor kind subject action recordId occurredAt } }`)).data
        .auditTrail as Fields[];
    const about = `filter: { officialIds: ["${officialId}"] }`;
    expect(
      (await trail(about)).map(({ kind, subject, action, recordId }) => [kind, subject, action, recordId]),
    ).toEqual([
      ['READ', 'auditee', 'query { official }', null],
      ['READ', 'test-administrator', 'mutation { recordGraduates }', null],
      ['CHANGE', 'test-administrator', 'graduate.recorded', graduateId],
      ['CHANGE', 'test-administrator', 'cohort.started', cohortId],
      ['READ', 'test-administrator', 'mutation { decideEnrolments }', null],
      ['CHANGE', 'test-administrator', 'enrolment.decided', cohortId],
      ['READ', 'test-administrator', 'mutation { nominateOfficials }', null],
      ['CHANGE', 'test-administrator', 'enrolment.nominated', cohortId],
      ['READ', 'test-administrator', 'mutation { registerOfficial }', null],
      ['CHANGE', 'test-administrator', 'official.registered', officialId],
    ]);
    await noted(server); // that trail was a read, too
    const all = await trail('first: 100');
    const paged: Fields[] = [];
    for (let after = ''; paged.length < all.length;) {
      const page = await trail(`first: 7 ${after}`);
      paged.push(...page);
      after = `after: "${page.at(-1)!.cursor}"`;
    }
    expect(paged.slice(0, all.length)).toEqual(all);
    const times = all.map(({ occurredAt }) => occurredAt as string);
    expect(times).toEqual([...times].sort().reverse());
    const bySubject = await trail('filter: { subjects: ["auditee"] }');
    expect(bySubject.map(({ action }) => action)).toEqual(['query { official }']);
    expect((await trail('filter: { kinds: [CHANGE] }')).every(({ kind }) => kind === 'CHANGE')).toBe(true);
  });

  it('tells whether another page follows', async () => {
    const { officialId } = await graduate();
    const filter = `filter: { officialIds: ["${officialId}"], kinds: [CHANGE] }`;
    const page = async (args: string) =>
      (await server.ask(`{ auditTrail(${filter}, ${args}) { cursor hasNextPage } }`)).data
        .auditTrail as Fields[];
    const follows = (entries: Fields[]) => entries.map(({ hasNextPage }) => hasNextPage as boolean);
    const whole = await page('first: 100');
    expect(whole.length).toBeGreaterThan(2);
    expect(follows(whole)).toEqual(whole.map(() => false));
    expect(follows(await page(`first: ${whole.length}`))).toEqual(whole.map(() => false));
    expect(follows(await page('first: 2'))).toEqual([true, true]);
    expect(follows(await page(`first: 1, after: "${whole.at(-2)!.cursor}"`))).toEqual([false]);
  });
});

describe('the audit trail of an official', () => {
  it('tells of everything that was done about them, and of nothing that was not', async () => {
    const { cohort, enrolmentIds, officialIds, unitId } = await newDegreeClass(server, 1);
    const [officialId, cohortId] = [officialIds[0]!, cohort.id];
    const { assignments } = (await server.ask(`{ official(id: "${officialId}") { assignments { id } } }`))
      .data.official;
    const id = async (name: string, input: Fields, field: string): Promise<string> =>
      [(await must(server, name, input, `${field} { id }`))[field]].flat()[0].id;
    await must(server, 'reviseOfficial', { officialId, grade: 'Chuyên viên' }, 'cursor');
    const post = { officialId, unitId, positionCode: (await newPosition(server)).code, since: '2023-01-01' };
    const posted = await must(server, 'assignOfficial', post, 'assignment { id }');
    await must(server, 'endAssignment', { assignmentId: assignments[0].id, until: '2024-12-31' }, 'cursor');
    const session = await newSession(server, { cohortId, heldOn: '2023-03-01' });
    const attended = { sessionId: session.id, attendance: [{ officialId }] };
    const attendanceId = await id('recordAttendance', attended, 'attendance');
    const correction = { sessionId: session.id, attendance: [{ officialId, periods: 1 }] };
    await must(server, 'correctAttendance', correction, 'cursor');
    const owed = { commitments: [{ enrolmentId: enrolmentIds[0], cost: 1_000_000 }] };
    const commitmentId = await id('recordServiceCommitments', owed, 'commitments');
    const graduates = [{ officialId, graduatedOn: '2024-02-29' }];
    const graduateId = await id('recordGraduates', { cohortId, graduates }, 'graduates');
    await must(server, 'correctGraduate', { graduateId, credentialNumber: 'SH 9' }, 'cursor');
    const followUp = { graduateId, time: 'AFTER_3_MONTHS', isApplied: false };
    const followUpId = await id('recordFollowUp', followUp, 'followUp');
    await must(server, 'revokeGraduate', { graduateId }, 'cursor');
    const initiative = await newInitiative(server, enrolmentIds, { unitId });
    await must(server, 'studyInitiative', { initiativeId: initiative.id }, 'cursor');
    const requirement = await newRequirement(server, { unitId });
    const sparing = { requirementId: requirement.id, officialId, reason: 'Nghỉ ốm' };
    const exemptionId = await id('exemptOfficial', sparing, 'exemption');
    await must(server, 'revokeExemption', { exemptionId, reason: 'Đã khỏi' }, 'cursor');
    const grantId = await id('grantRole', { role: 'VIEWER', officialId }, 'grant');
    await must(server, 'revokeRole', { grantId }, 'cursor');
    await must(server, 'completeCohort', { cohortId }, 'cursor');
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    await newClass(server, 1); // somebody else

    const filter = { officialIds: [officialId], kinds: ['CHANGE'] };
    const query = 'query ($f: AuditFilter) { auditTrail(filter: $f, first: 100) { action recordId } }';
    const { auditTrail } = (await server.ask(query, { f: filter })).data;
    expect(auditTrail.map(({ action, recordId }: Fields) => [action, recordId]).reverse()).toEqual([
      ['official.registered', officialId],
      ['enrolment.nominated', cohortId],
      ['enrolment.decided', cohortId],
      ['cohort.started', cohortId],
      ['official.revised', officialId],
      ['official.assigned', posted.assignment.id],
      ['assignment.ended', assignments[0].id],
      ['attendance.recorded', session.id],
      ['attendance.corrected', attendanceId],
      ['commitment.recorded', commitmentId],
      ['graduate.recorded', graduateId],
      ['graduate.corrected', graduateId],
      ['followup.recorded', followUpId],
      ['graduate.revoked', graduateId],
      ['enrolment.reopened', cohortId],
      ['initiative.proposed', initiative.id],
      ['initiative.studied', initiative.id],
      ['official.exempted', exemptionId],
      ['exemption.revoked', exemptionId],
      ['role.granted', grantId],
      ['role.revoked', grantId],
      ['cohort.completed', cohortId],
      ['official.erased', officialId],
    ]);
  });
});

describe('years later', () => {
  /** What the clock would do to what is on record. */
  async function age(folder: string, days: number): Promise<void> {
    const earlier = (moment: string) =>
      engine === 'postgres'
        ? `${moment} - interval '${days} days'`
        : `strftime('%Y-%m-%d %H:%M:%f', ${moment}, '-${days} days')`;
    for (const table of ['event', 'data_access'])
      await sql(folder, `UPDATE ${table} SET occurred_at = ${earlier('occurred_at')}`);
    await sql(folder, `UPDATE enrolment SET created_at = ${earlier('created_at')}`);
  }
  /** Repeats the first row, so that more is on record than is removed in one step. */
  async function multiply(folder: string): Promise<void> {
    const many = (rows: number) =>
      `(WITH RECURSIVE many(no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM many WHERE no < ${rows}) SELECT no FROM many) many`;
    const first = (table: string) => `(SELECT * FROM ${table} LIMIT 1) first`;
    const event = 'name, occurred_at, subject_id, unit_ids, changes';
    await sql(folder, `INSERT INTO event (${event}) SELECT ${event} FROM ${first('event')}, ${many(2_500)}`);
    await sql(
      folder,
      `INSERT INTO data_access (id, operation, occurred_at)
       SELECT 'access_' || no, operation, occurred_at FROM ${first('data_access')}, ${many(250)}`,
    );
  }

  it('changes and reads are still told when they are no longer replayed, until their own time is over', async () => {
    const folder = folderOfItsOwn();
    let own = await startTestServer({ folder });
    const beginning = await logEnd(own);
    const { officialIds } = await newClass(own, 1);
    await own.ask(`query Staff { official(id: "${officialIds[0]}") { fullName } }`);
    const told = async () => {
      const trail = await own.ask('{ auditTrail(first: 100) { kind action recordId requestId } }');
      const person = `query ($id: ID!) { exportPersonalData(officialId: $id) }`;
      const { changes, reads } = (await own.ask(person, { id: officialIds[0] })).data.exportPersonalData;
      const names = (entries: Fields[]) => entries.map(({ name, operation }) => name ?? operation);
      return { trail: trail.data.auditTrail, changes: names(changes), reads: names(reads) };
    };
    await noted(own);
    const before = await told();
    expect(before).toMatchObject({
      trail: expect.arrayContaining([expect.objectContaining({ action: 'query Staff { official }' })]),
      changes: ['official.registered', 'enrolment.nominated', 'enrolment.decided', 'cohort.started'],
      reads: expect.arrayContaining(['mutation { registerOfficial }', 'query Staff { official }']),
    });
    await own.stop();

    await sql(folder, "DELETE FROM data_access WHERE operation LIKE '%exportPersonalData%'");
    await age(folder, 364);
    own = await startTestServer({ folder, env: { AUDIT_RETENTION_DAYS: '365' } });
    expect(await told()).toEqual(before);
    const pull = 'query ($after: EventCursor) { cohortEvents(after: $after) { cursor } }';
    expect((await own.ask(pull)).data.cohortEvents).toEqual([]);
    const { errors } = await own.ask(pull, { after: beginning });
    const head = await logEnd(own);
    expect(errors![0]!.extensions).toEqual({ code: 'CURSOR_EXPIRED', oldest: head });
    await own.stop();

    await age(folder, 2);
    await multiply(folder);
    const end = (await sql(folder, 'SELECT max(seq) AS seq FROM event'))[0]!.seq as number;
    own = await startTestServer({ folder, env: { AUDIT_RETENTION_DAYS: '365' } });
    const rest = await sql(
      folder,
      `SELECT (SELECT count(*) FROM event) AS events, (SELECT purged_through FROM event_log) AS replayed,
       (SELECT count(*) FROM data_access WHERE operation LIKE '%Staff%') AS reads`,
    );
    expect(rest.map(({ events, replayed, reads }) => [Number(events), replayed, Number(reads)])).toEqual([
      [0, end, 0],
    ]);
    expect((await told()).changes).toEqual([]);
    await own.stop();
  });

  it('the audit cannot be made to end before the replay', async () => {
    const env = { EVENT_RETENTION_DAYS: '60', AUDIT_RETENTION_DAYS: '59' };
    await expect(startTestServer({ folder: folderOfItsOwn(), env })).rejects.toThrow(
      /^AUDIT_RETENTION_DAYS: /,
    );
  });
});

describe('exportPersonalData', () => {
  it('gives a person everything held about them, and nobody else', async () => {
    const { officialId } = await graduate();
    const query = 'query ($id: ID!) { exportPersonalData(officialId: $id) }';
    await must(server, 'grantRole', { role: 'OFFICIAL', subject: newCode('me-'), officialId }, 'cursor');
    const token = await tokenOfOfficial(officialId);
    const { data } = await server.ask(query, { id: officialId }, { token });
    expect(data.exportPersonalData).toMatchObject({
      official: { id: officialId, fullName: 'Nguyễn Thị Mẫu' },
      assignments: [{ unit: expect.stringContaining('Phường'), position: 'Chuyên viên' }],
      enrolments: [{ status: 'COMPLETED', cohort: 'Lớp bồi dưỡng' }],
      graduations: [{ credentialNumber: 'SH-77', thesisTitle: 'Quản lý chợ đêm' }],
      roles: [{ role: 'OFFICIAL' }],
      changes: [
        { name: 'official.registered' },
        ...[{ name: 'enrolment.nominated' }, { name: 'enrolment.decided' }, { name: 'cohort.started' }],
        ...[{ name: 'graduate.recorded' }, { name: 'role.granted' }],
      ],
    });
    const stranger = await graduate();
    expect(
      (await server.ask(query, { id: stranger.officialId }, { token })).data.exportPersonalData,
    ).toBeNull();
  });
});

describe('exportPersonalData of somebody', () => {
  const exported = async (officialId: string, token?: string): Promise<Fields> => {
    const query = 'query ($id: ID!) { exportPersonalData(officialId: $id) }';
    return (await server.ask(query, { id: officialId }, { token })).data.exportPersonalData;
  };

  it('who was nominated late tells of the class from then on', async () => {
    const [first, officialId] = [(await newOfficial(server)).id, (await newOfficial(server)).id];
    const cohortId = (await newCohort(server)).id;
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const enrolmentIds = await nominate(server, cohortId, [first]);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
    await nominate(server, cohortId, [officialId]);
    await must(server, 'startCohort', { cohortId }, 'cursor');
    const ofClass = async (id: string) => {
      const { changes } = await exported(id);
      return changes.filter(({ recordId }: Fields) => recordId === cohortId).map(({ name }: Fields) => name);
    };
    const late = ['enrolment.nominated', 'cohort.started'];
    expect(await ofClass(officialId)).toEqual(late);
    expect(await ofClass(first)).toEqual(['enrolment.nominated', 'enrolment.decided', ...late]);
  });

  it("who acts under a subject tells what they did and read, and nobody else's does", async () => {
    const { officialIds } = await newClass(server, 2);
    const [officialId, other] = officialIds as [string, string];
    const subject = newCode('lan@');
    await must(server, 'grantRole', { role: 'OFFICIAL', subject, officialId }, 'cursor');
    await must(server, 'grantRole', { role: 'ADMINISTRATOR', subject }, 'cursor');
    const token = await tokenOf({ subject });
    const revise = `mutation { reviseOfficial(input: { officialId: "${other}", grade: "A1" }) { cursor } }`;
    await server.ask(revise, {}, { token });
    await server.ask(`{ official(id: "${other}") { fullName } }`, {}, { token });
    await noted(server);
    const [asked] = (await readsBy(subject)).map(({ action }) => action);
    expect(asked).toBe('query { official }');
    const at = { subject, occurredAt: expect.stringMatching(/Z$/), requestId: expect.any(String) };
    const own = {
      changesMade: [{ ...at, name: 'official.revised', recordId: other }],
      readsMade: [{ ...at, id: expect.any(String), operation: 'query { official }' }],
    };
    expect(await exported(officialId)).toMatchObject(own);
    expect(await exported(other)).toMatchObject({ changesMade: [], readsMade: [] });
  });

  it('whose token alone says who they are tells what they did by it, to themselves', async () => {
    const { officialIds } = await newClass(server, 1);
    const [officialId] = officialIds as [string];
    const token = await tokenOfOfficial(officialId);
    await exported(officialId, token);
    await noted(server);
    expect((await exported(officialId, token)).readsMade).toMatchObject([
      { operation: 'query { exportPersonalData }' },
    ]);
    expect((await exported(officialId)).readsMade).toEqual([]);
  });
});

describe('exportPersonalData of whoever wrote with somebody else', () => {
  it('tells only whose thesis it comes from that it is their own', async () => {
    const { cohort, enrolmentIds, officialIds } = await newClass(server, 2);
    const thesis = { kind: 'PROJECT', title: 'Quản lý chợ đêm' };
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01', thesis }];
    const recorded = await must(
      server,
      'recordGraduates',
      { cohortId: cohort.id, graduates },
      'graduates { id }',
    );
    const graduateId = recorded.graduates[0].id;
    await newInitiative(server, enrolmentIds, { graduateId });
    const told = officialIds.map(async (id) => {
      const { data } = await server.ask(`{ exportPersonalData(officialId: "${id}") }`);
      return data.exportPersonalData.initiatives.map((each: Fields) => each.graduateId);
    });
    expect(await Promise.all(told)).toEqual([[graduateId], [null]]);
  });
});

describe('eraseOfficial', () => {
  const everything = `query ($official: ID!, $cohort: ID!) {
    official(id: $official) { code fullName gender dateOfBirth email grade erasedAt }
    cohort(id: $cohort) { enrolledCount graduateCount enrolments { nodes { status official { id } } } }
    trainingStatistics { participations officials graduates }
    graduates(filter: { cohortIds: [$cohort] }) { nodes { credentialNumber classification thesis { title } } }
  }`;

  it('puts a pseudonym in the place of the person, while figures, enrolments and events stay', async () => {
    const { officialId, cohortId } = await graduate();
    const variables = { official: officialId, cohort: cohortId };
    const events = '{ cohortEvents(first: 100) { cursor changes { field from to } } }';
    const [before, eventsBefore] = [await server.ask(everything, variables), await server.ask(events)];
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    const [after, eventsAfter] = [await server.ask(everything, variables), await server.ask(events)];
    expect(after.data.official).toEqual({
      code: expect.stringMatching(/^an-danh-/),
      fullName: 'Đã ẩn danh',
      ...{ gender: null, dateOfBirth: null, email: null, grade: null },
      erasedAt: expect.any(String),
    });
    expect(after.data.cohort).toEqual(before.data.cohort);
    expect(after.data.trainingStatistics).toEqual(before.data.trainingStatistics);
    expect(after.data.graduates.nodes).toEqual([
      { credentialNumber: null, classification: null, thesis: { title: 'Đã ẩn danh' } },
    ]);
    expect(eventsAfter.data).toEqual(eventsBefore.data);
  });

  it('leaves nothing of the name to be found, in no table', async () => {
    const { officialId } = await graduate();
    const name = `Trịnh Thị ${newCode('Z')}`;
    await must(
      server,
      'reviseOfficial',
      { officialId, fullName: name, email: 'trinh@canbo.example' },
      'cursor',
    );
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    const { data } = await server.ask(`{ officials(filter: { text: "${name}" }) { totalCount } }`);
    expect(data.officials.totalCount).toBe(0);
    const rows = await contents(server.folder, (table) => !table.includes('search'));
    expect(rows).not.toContain(name);
    expect(rows).not.toContain('trinh@canbo.example');
  });

  describe('of what they proposed', () => {
    const WORDS = { title: 'Chợ đêm không rác', localProblem: 'Rác ở chợ đêm sau 22 giờ' };
    const read = async (id: string) => {
      const selection = 'title localProblem status result authors { id }';
      return (await server.ask(`{ node(id: "${id}") { ... on Initiative { ${selection} } } }`)).data.node;
    };
    const PSEUDONYMS = { title: 'Đã ẩn danh', localProblem: 'Đã ẩn danh' };

    it('leaves what the unit made of it, and of their own words nothing, in no table', async () => {
      const { enrolmentIds, officialIds, unitId } = await newClass(server, 1);
      const mark = newCode('Z');
      const words = { title: `${WORDS.title} ${mark}`, localProblem: `${WORDS.localProblem} ${mark}` };
      const { id } = await newInitiative(server, enrolmentIds, { ...words, unitId });
      const article = { subjectId: id, title: `Báo viết về ${mark}`, link: `https://example.org/${mark}` };
      await must(server, 'nameSource', article, 'cursor');
      await must(server, 'studyInitiative', { initiativeId: id }, 'cursor');
      await must(server, 'applyInitiative', { initiativeId: id, unitId, result: 'Sạch hơn' }, 'cursor');
      const figures = `{ initiativeFigures(filter: { unitIds: ["${unitId}"] }) { total applied } }`;
      const before = await server.ask(figures);
      const other = await newInitiative(server, enrolmentIds, { unitId }); // two of one cohort without a title
      await must(server, 'eraseOfficial', { officialId: officialIds[0] }, 'cursor');
      const made = { status: 'APPLIED', result: 'Sạch hơn', authors: [{ id: enrolmentIds[0] }] };
      expect(await read(id)).toEqual({ ...PSEUDONYMS, ...made });
      expect(await read(other.id)).toMatchObject(PSEUDONYMS);
      expect((await server.ask(figures)).data.initiativeFigures).toEqual({
        ...before.data.initiativeFigures,
        total: 2,
      });
      expect(await contents(server.folder, () => true)).not.toContain(mark);
    });

    it('leaves the words of several to those who are left, until there is nobody', async () => {
      const { enrolmentIds, officialIds } = await newClass(server, 2);
      const { id } = await newInitiative(server, enrolmentIds, WORDS);
      await must(server, 'eraseOfficial', { officialId: officialIds[0] }, 'cursor');
      expect(await read(id)).toMatchObject(WORDS);
      await must(server, 'eraseOfficial', { officialId: officialIds[1] }, 'cursor');
      expect(await read(id)).toMatchObject(PSEUDONYMS);
    });

    it('leaves nothing that comes from their thesis, whoever else wrote it', async () => {
      const { cohort, enrolmentIds, officialIds } = await newClass(server, 2);
      const thesis = { kind: 'PROJECT', title: 'Quản lý chợ đêm' };
      const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01', thesis }];
      const input = { cohortId: cohort.id, graduates };
      const [{ id: graduateId }] = (await must(server, 'recordGraduates', input, 'graduates { id }'))
        .graduates;
      const { id } = await newInitiative(server, enrolmentIds, { ...WORDS, graduateId });
      await must(server, 'eraseOfficial', { officialId: officialIds[1] }, 'cursor');
      expect(await read(id)).toMatchObject(WORDS);
      await must(server, 'eraseOfficial', { officialId: officialIds[0] }, 'cursor');
      expect(await read(id)).toMatchObject(PSEUDONYMS);
    });

    it('takes no further proposal of theirs', async () => {
      const { enrolmentIds, officialIds, unitId } = await newClass(server, 2);
      await must(server, 'eraseOfficial', { officialId: officialIds[1] }, 'cursor');
      expect(await refusals(server, 'proposeInitiative', { enrolmentIds, unitId, ...WORDS })).toMatchObject([
        { code: 'NOT_ELIGIBLE', path: ['input', 'enrolmentIds', '1'] },
      ]);
    });
  });

  it('is final: no further change, and not twice', async () => {
    const { officialId, graduateId } = await graduate();
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    for (const [name, input] of [
      ['eraseOfficial', { officialId }],
      ['reviseOfficial', { officialId, fullName: 'Ai đó' }],
      ['correctGraduate', { graduateId, credentialNumber: 'SH-78' }],
    ] as const) {
      expect(await refusals(server, name, input)).toMatchObject([{ code: 'NOT_ELIGIBLE' }]);
    }
  });

  it('leaves one pseudonym for their subjects in all that they did and read, in the order it was', async () => {
    const { officialId } = await graduate();
    const other = await graduate();
    const subjects = [newCode('lan@'), newCode('lan.hr@')];
    const grants: string[] = [];
    const tell = async (role: object) =>
      grants.push((await must(server, 'grantRole', role, 'grant { id }')).grant.id as string);
    for (const subject of subjects) {
      await tell({ role: 'OFFICIAL', subject, officialId });
      await tell({ role: 'ADMINISTRATOR', subject });
      const token = await tokenOf({ subject });
      const input = { code: newCode('L'), name: 'Chợ', clientMutationId: 'one' };
      const add = 'mutation ($input: AddTopicInput!) { addTopic(input: $input) { userErrors { code } } }';
      expect((await server.ask(add, { input }, { token })).data.addTopic.userErrors).toEqual([]);
      await server.ask(`{ official(id: "${other.officialId}") { fullName } }`, {}, { token });
    }
    await noted(server);
    const trail = async (of: string[]) => {
      const query =
        'query ($of: [String!]) { auditTrail(filter: { subjects: $of }) { cursor kind subject action } }';
      return (await server.ask(query, { of })).data.auditTrail as Fields[];
    };
    const before = await trail(subjects);
    expect(before.map(({ action }) => action)).toEqual([
      'query { official }',
      'topic.added',
      'query { official }',
      'topic.added',
    ]);
    for (const grantId of grants)
      await must(server, 'revokeRole', { grantId, reason: 'Thôi việc' }, 'cursor');
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    const { code } = (await server.ask(`{ official(id: "${officialId}") { code } }`)).data.official;
    expect(await trail([code])).toEqual(before.map((each) => ({ ...each, subject: code })));
    const log = `{ dataAccessLog(officialId: "${other.officialId}") { nodes { subject } } }`;
    expect((await server.ask(log)).data.dataAccessLog.nodes).toEqual(
      expect.arrayContaining([{ subject: code }]),
    );
    const rows = await contents(server.folder);
    for (const subject of subjects) expect(rows).not.toContain(subject);
  });

  it('leaves no subject in a read that waited to be noted until then', async () => {
    const { officialIds } = await newClass(server, 2);
    const [officialId, other] = officialIds as [string, string];
    const subject = newCode('an@');
    const grants = [];
    for (const role of [{ role: 'OFFICIAL', officialId }, { role: 'ADMINISTRATOR' }])
      grants.push((await must(server, 'grantRole', { ...role, subject }, 'grant { id }')).grant.id);
    await noted(server);
    await sql(server.folder, 'ALTER TABLE data_access_person RENAME TO data_access_person_away');
    const read = `query Waiting { official(id: "${other}") { fullName } }`;
    await server.ask(read, {}, { token: await tokenOf({ subject }) });
    for (const grantId of grants) await must(server, 'revokeRole', { grantId }, 'cursor');
    await must(server, 'eraseOfficial', { officialId }, 'cursor');
    await sql(server.folder, 'ALTER TABLE data_access_person_away RENAME TO data_access_person');
    await noted(server);
    const { code } = (await server.ask(`{ official(id: "${officialId}") { code } }`)).data.official;
    const log = await server.ask(`{ dataAccessLog(officialId: "${other}") { nodes { subject operation } } }`);
    expect(log.data.dataAccessLog.nodes).toContainEqual({
      subject: code,
      operation: 'query Waiting { official }',
    });
    expect(await contents(server.folder)).not.toContain(subject);
  });

  it('leaves a subject alone that was granted to somebody else, too', async () => {
    const [wrong, right] = [await graduate(), await graduate()];
    const role = { role: 'OFFICIAL', subject: newCode('hoa@') };
    const granted = { ...role, officialId: wrong.officialId };
    const { grant } = await must(server, 'grantRole', granted, 'grant { id }');
    await must(server, 'revokeRole', { grantId: grant.id, reason: 'Nhầm người' }, 'cursor');
    await must(server, 'grantRole', { ...role, officialId: right.officialId }, 'cursor');
    await must(server, 'eraseOfficial', { officialId: wrong.officialId }, 'cursor');
    const token = await tokenOf({ subject: role.subject });
    const { viewer } = (await server.ask('{ viewer { official { id } } }', {}, { token })).data;
    expect(viewer).toEqual({ official: { id: right.officialId } });
  });

  it('is refused while their subject still holds a role', async () => {
    const { officialId } = await graduate();
    const subject = newCode('mai@');
    const own = { role: 'OFFICIAL', subject, officialId };
    const { grant } = await must(server, 'grantRole', own, 'grant { id }');
    await must(server, 'grantRole', { role: 'ADMINISTRATOR', subject }, 'cursor');
    await must(server, 'revokeRole', { grantId: grant.id }, 'cursor');
    expect(await refusals(server, 'eraseOfficial', { officialId })).toMatchObject([{ code: 'CONFLICT' }]);
  });

  it.each<[string, (subject: string, officialId: string) => Promise<string>]>([
    [
      'a subject that was granted to be them',
      async (subject, officialId) => {
        const own = { role: 'OFFICIAL', subject, officialId };
        const { grant } = await must(server, 'grantRole', own, 'grant { id }');
        await must(server, 'revokeRole', { grantId: grant.id }, 'cursor');
        return tokenOf({ subject, role: Role.ADMINISTRATOR });
      },
    ],
    [
      'a token that says so',
      async (subject, officialId) => {
        await must(server, 'grantRole', { role: 'ADMINISTRATOR', subject }, 'cursor');
        return tokenOf({ subject, role: Role.OFFICIAL, officialId });
      },
    ],
  ])('is refused to the person themselves, known by %s', async (_what, tokenFor) => {
    const { officialId } = await graduate();
    const erase = `mutation { eraseOfficial(input: { officialId: "${officialId}" }) { userErrors { code path } } }`;
    const token = await tokenFor(newCode('self@'), officialId);
    const end = await logEnd(server);
    expect((await server.ask(erase, {}, { token })).data.eraseOfficial.userErrors).toEqual([
      { code: 'CONFLICT', path: ['input', 'officialId'] },
    ]);
    expect(await logEnd(server)).toBe(end);
    const { data } = await server.ask(`{ official(id: "${officialId}") { erasedAt } }`);
    expect(data.official).toEqual({ erasedAt: null });
  });

  it('is refused while the official still holds a role', async () => {
    const { officialId } = await graduate();
    await must(server, 'grantRole', { role: 'ADMINISTRATOR', officialId }, 'cursor');
    expect(await refusals(server, 'eraseOfficial', { officialId })).toMatchObject([{ code: 'CONFLICT' }]);
  });
});

describe('grantRole', () => {
  it.each([
    ['no holder', { role: 'VIEWER' }, 'subject'],
    ['two holders', { role: 'VIEWER', subject: 'x', official: true }, 'subject'],
    ['an official who is nobody', { role: 'OFFICIAL', official: true }, 'subject'],
    ['a manager of no unit', { role: 'UNIT_MANAGER', subject: 'x' }, 'unitId'],
    ['a registrar of no university', { role: 'UNIVERSITY_REGISTRAR', subject: 'x' }, 'universityId'],
    ['a viewer of one unit', { role: 'VIEWER', subject: 'x', unit: true }, 'unitId'],
    [
      'an end before the beginning',
      { role: 'VIEWER', subject: 'x', from: '2024-02-01', until: '2024-01-31' },
      'until',
    ],
    [
      'a successor that is none',
      { role: 'UNIT_MANAGER', subject: 'x', unit: true, successor: true },
      'successorIds.0',
    ],
  ])(
    'refuses %s, and changes nothing',
    async (_what, { official, unit, successor, ...input }: Fields, path) => {
      const { officialIds, unitId } = await newClass(server, 1);
      const { totalCount } = (await server.ask('{ grants { totalCount } }')).data.grants;
      const told = await refusals(server, 'grantRole', {
        ...input,
        ...(official && { officialId: officialIds[0] }),
        ...(unit && { unitId }),
        ...(successor && { successorIds: [(await newClass(server, 0)).unitId] }),
      });
      expect(told).toMatchObject([{ code: 'INVALID', path: ['input', ...path.split('.')] }]);
      expect((await server.ask('{ grants { totalCount } }')).data.grants.totalCount).toBe(totalCount);
    },
  );

  it('refuses the same role twice at a time, and a revocation twice', async () => {
    const input = { role: 'VIEWER', subject: newCode('s-') };
    const { grant } = await must(server, 'grantRole', input, 'grant { id }');
    expect(await refusals(server, 'grantRole', input)).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
    await must(server, 'revokeRole', { grantId: grant.id, reason: 'Chuyển công tác' }, 'cursor');
    expect(await refusals(server, 'revokeRole', { grantId: grant.id })).toMatchObject([
      { code: 'ILLEGAL_TRANSITION' },
    ]);
    await must(server, 'grantRole', input, 'cursor');
  });
});
