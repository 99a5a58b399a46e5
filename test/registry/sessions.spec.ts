// Sessions and attendance: scheduling, recording, correcting, and whose periods count.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCohort,
  newOfficial,
  newSession,
  newUnit,
  nominate,
  refusedUnlogged,
  unknownId,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

async function sessionsOf(cohortId: string): Promise<Row[]> {
  const query = `query ($id: ID!) { cohort(id: $id) { sessions(first: 100) { nodes {
    id heldOn periods place abroad { country from to } cancellationReason version cohort { id } } } } }`;
  return (await server.ask(query, { id: cohortId })).data.cohort.sessions.nodes;
}

async function periodsOf(officialId: string, year: number, how: object = {}): Promise<number | null> {
  const query = 'query ($id: ID!, $year: Int!) { official(id: $id) { trainingPeriods(year: $year) } }';
  return (await server.ask(query, { id: officialId, year }, how)).data.official?.trainingPeriods ?? null;
}

const record = (sessionId: string, attendance: object[]) =>
  must(server, 'recordAttendance', { sessionId, attendance }, 'attendance { id periods session { id } }');
const facts = { heldOn: '2024-03-05', periods: 4, place: 'Hội trường' };
describe('scheduling', () => {
  test('gives a cohort its sessions by day, at home and abroad, and sends an event to its subscribers', async () => {
    const { id: cohortId } = await newCohort(server, { endsOn: '2024-03-31' });
    const before = await logEnd(server);
    const abroad = { country: 'Singapore', from: '2024-03-10', to: '2024-03-14' };
    const later = { ...facts, cohortId, heldOn: '2024-03-11', place: 'Singapore', abroad };
    const { session } = await must(server, 'scheduleSession', later, 'session { id }');
    const first = await newSession(server, { cohortId, heldOn: '2024-03-31', periods: 8 });
    expect(await sessionsOf(cohortId)).toEqual([
      {
        ...{ ...facts, id: session.id, heldOn: '2024-03-11', place: 'Singapore', abroad, version: 1 },
        ...{ cancellationReason: null, cohort: { id: cohortId } },
      },
      expect.objectContaining({ id: first.id, heldOn: '2024-03-31', periods: 8, abroad: null }),
    ]);
    const query = `query ($ids: [ID!], $after: EventCursor) {
      cohortEvents(filter: { cohortIds: $ids }, after: $after) { kind changes { field to } } }`;
    const { data } = await server.ask(query, { ids: [cohortId], after: before });
    expect(data.cohortEvents.map(({ kind }: Row) => kind)).toEqual(['SESSIONS_CHANGED', 'SESSIONS_CHANGED']);
    expect(data.cohortEvents[0].changes).toEqual([
      { field: 'heldOn', to: '2024-03-11' },
      { field: 'periods', to: '4' },
    ]);
  });

  test.each([-1, 0, 1.5, 41, 2 ** 53])('refuses %d periods', async (periods) => {
    const { id: cohortId } = await newCohort(server);
    const told = await refused('scheduleSession', { ...facts, cohortId, periods });
    expect(told).toEqual(['INVALID input.periods']);
    const sessionId = (await newSession(server, { cohortId })).id;
    expect(await refused('reviseSession', { sessionId, periods })).toEqual(['INVALID input.periods']);
  });

  test('refuses days outside of the cohort, reversed, and a session outside of its stay abroad', async () => {
    const { id: cohortId } = await newCohort(server, { endsOn: '2024-03-31' });
    const told = (more: object) => refused('scheduleSession', { ...facts, cohortId, ...more });
    const stay = (from: string, to: string) => ({ abroad: { country: 'Nhật Bản', from, to } });
    expect(await told({ heldOn: '2024-02-29' })).toEqual(['INVALID input.heldOn']);
    expect(await told({ heldOn: '2024-04-01' })).toEqual(['INVALID input.heldOn']);
    expect(await told(stay('2024-03-06', '2024-03-04'))).toEqual(['INVALID input.abroad.to']);
    expect(await told(stay('2024-03-06', '2024-03-09'))).toEqual(['INVALID input.abroad']);
    expect(await told(stay('2024-02-20', '2024-03-09'))).toEqual(['INVALID input.abroad.from']);
    expect(await told(stay('2024-03-05', '2024-04-09'))).toEqual(['INVALID input.abroad.to']);
    expect(await told({ abroad: { country: ' ', from: '2024-03-05', to: '2024-03-06' } })).toEqual([
      'INVALID input.abroad.country',
    ]);
    expect(await sessionsOf(cohortId)).toEqual([]);
  });

  test('is refused in a cancelled cohort, whose sessions stay as they are', async () => {
    const { id: cohortId } = await newCohort(server);
    const sessionId = (await newSession(server, { cohortId })).id;
    await must(server, 'cancelCohort', { cohortId, reason: 'Hoãn' }, 'cohort { id }');
    expect(await refused('scheduleSession', { ...facts, cohortId })).toEqual([
      'ILLEGAL_TRANSITION input.cohortId',
    ]);
    expect(await refused('reviseSession', { sessionId, periods: 5 })).toEqual([
      'ILLEGAL_TRANSITION input.sessionId',
    ]);
  });
});

describe('revising', () => {
  test('changes what is given and nothing else, and refuses an old version', async () => {
    const { id: cohortId } = await newCohort(server);
    const { id: sessionId } = await newSession(server, { cohortId });
    const abroad = { country: 'Lào', from: '2024-03-01', to: '2024-03-02' };
    await must(server, 'reviseSession', { sessionId, version: 1, abroad }, 'session { id }');
    await must(server, 'reviseSession', { sessionId, version: 2, place: 'Viêng Chăn' }, 'session { id }');
    expect(await sessionsOf(cohortId)).toMatchObject([
      { heldOn: '2024-03-01', periods: 4, place: 'Viêng Chăn', abroad, version: 3 },
    ]);
    expect(await refused('reviseSession', { sessionId, version: 2, periods: 8 })).toEqual([
      'STALE_VERSION input.version',
    ]);
    expect(await refused('reviseSession', { sessionId, heldOn: '2024-02-01' })).toEqual([
      'INVALID input.heldOn',
      'INVALID input.abroad',
    ]);
    expect(await refused('reviseSession', { sessionId, place: null })).toEqual(['INVALID input.place']);
    await must(server, 'reviseSession', { sessionId, abroad: null }, 'session { id }');
    expect(await sessionsOf(cohortId)).toMatchObject([{ abroad: null, version: 4 }]);
  });

  test('leaves room for what was attended', async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id, periods: 6 });
    await record(sessionId, [{ officialId: officialIds[0], periods: 5 }]);
    expect(await refused('reviseSession', { sessionId, periods: 4 })).toEqual(['CONFLICT input.periods']);
    expect(await refused('reviseSession', { sessionId, heldOn: '2999-01-01' })).toEqual([
      'CONFLICT input.heldOn',
    ]);
    await must(server, 'reviseSession', { sessionId, periods: 5 }, 'session { id }');
  });

  test('of the cohort leaves no session outside of its days, but for those called off', async () => {
    const { id: cohortId } = await newCohort(server, { endsOn: '2024-03-31' });
    const sessionId = (await newSession(server, { cohortId, heldOn: '2024-03-20' })).id;
    const revise = { cohortId, version: 1 };
    expect(await refused('reviseCohort', { ...revise, endsOn: '2024-03-19' })).toEqual([
      'CONFLICT input.endsOn',
    ]);
    expect(await refused('reviseCohort', { ...revise, startsOn: '2024-03-21' })).toEqual([
      'CONFLICT input.startsOn',
    ]);
    await must(server, 'cancelSession', { sessionId, reason: 'Hoãn' }, 'session { id }');
    await must(server, 'reviseCohort', { ...revise, endsOn: '2024-03-19' }, 'cohort { id }');
  });
});

describe('attendance', () => {
  test('is recorded for many at once, all periods by default', async () => {
    const { cohort, officialIds, enrolmentIds } = await newClass(server, 3);
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id });
    const [full, part, absent] = officialIds;
    const { attendance } = await record(sessionId, [
      { officialId: part, periods: 3 },
      { officialId: full },
      { officialId: absent, periods: 0 },
    ]);
    expect(attendance.map(({ periods, session }: Row) => [periods, session.id])).toEqual(
      [3, 4, 0].map((periods) => [periods, sessionId]),
    );
    const query = `query ($id: ID!) { cohort(id: $id) { enrolments(first: 9) { nodes {
      id attendance { periods session { heldOn } enrolment { id } } } } } }`;
    const { data } = await server.ask(query, { id: cohort.id });
    const seen = new Map(data.cohort.enrolments.nodes.map((each: Row) => [each.id, each.attendance]));
    expect(enrolmentIds.map((id) => seen.get(id))).toEqual(
      [4, 3, 0].map((periods, i) => [
        { periods, session: { heldOn: '2024-03-01' }, enrolment: { id: enrolmentIds[i] } },
      ]),
    );
  });

  test('names each wrong entry of a list and records none of the right ones', async () => {
    const { cohort, officialIds } = await newClass(server, 4);
    const [good, recorded, withdrawn, greedy] = officialIds as [string, string, string, string];
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id });
    await record(sessionId, [{ officialId: recorded }]);
    const query = `query ($id: ID!) { cohort(id: $id) { enrolments(first: 9) { nodes { id official { id } } } } }`;
    const { nodes } = (await server.ask(query, { id: cohort.id })).data.cohort.enrolments;
    const enrolmentId = nodes.find(({ official }: Row) => official.id === withdrawn).id;
    await must(server, 'withdrawEnrolment', { enrolmentId }, 'enrolment { id }');
    const stranger = (await newOfficial(server)).id;
    const attendance = [
      { officialId: good },
      { officialId: stranger },
      { officialId: recorded },
      { officialId: withdrawn },
      { officialId: greedy, periods: 5 },
      { officialId: good },
      { officialId: unknownId(good) },
    ];
    expect(await refused('recordAttendance', { sessionId, attendance })).toEqual([
      'NOT_ENROLLED input.attendance.1.officialId',
      'ALREADY_EXISTS input.attendance.2.officialId',
      'NOT_ENROLLED input.attendance.3.officialId',
      'INVALID input.attendance.4.periods',
      'ALREADY_EXISTS input.attendance.5.officialId',
      'NOT_ENROLLED input.attendance.6.officialId',
    ]);
    for (const periods of [-1, 0.5]) {
      const input = { sessionId, attendance: [{ officialId: good, periods }] };
      expect(await refused('recordAttendance', input)).toEqual(['INVALID input.attendance.0.periods']);
    }
    expect(await refused('recordAttendance', { sessionId, attendance: [] })).toEqual([
      'INVALID input.attendance',
    ]);
    expect(await periodsOf(good, 2024)).toBe(0);
  });

  test('is refused before the cohort has started, and for a future or cancelled session', async () => {
    const { id: cohortId } = await newCohort(server);
    await must(server, 'openEnrolment', { cohortId }, 'cohort { id }');
    const officialId = (await newOfficial(server)).id;
    await nominate(server, cohortId, [officialId]);
    const early = (await newSession(server, { cohortId })).id;
    const attend = (sessionId: string, who: string) =>
      refused('recordAttendance', { sessionId, attendance: [{ officialId: who }] });
    const no = ['ILLEGAL_TRANSITION input.sessionId'];
    expect(await attend(early, officialId)).toEqual(no);
    const { cohort, officialIds } = await newClass(server, 1);
    const future = (await newSession(server, { cohortId: cohort.id, heldOn: '2999-01-01' })).id;
    expect(await attend(future, officialIds[0]!)).toEqual(no);
    const { id } = await newSession(server, { cohortId: cohort.id });
    await must(server, 'cancelSession', { sessionId: id, reason: 'Mưa bão' }, 'session { id }');
    expect(await attend(id, officialIds[0]!)).toEqual(no);
    expect(await refused('cancelSession', { sessionId: id, reason: 'Mưa bão' })).toEqual(no);
    expect(await refused('reviseSession', { sessionId: id, periods: 5 })).toEqual(no);
  });
});

test('periods are numbers, in variables and in the document, and nothing else', async () => {
  const { id: cohortId } = await newCohort(server);
  const send = async (periods: string) => {
    const { data, errors } = await server.ask(`mutation { scheduleSession(input: {
      cohortId: "${cohortId}", heldOn: "2024-03-05", place: "Hội trường", periods: ${periods} }) {
      session { periods } userErrors { code path } } }`);
    return errors ? errors.map(({ extensions }) => extensions.code) : data.scheduleSession;
  };
  for (const periods of ['"4"', 'true', 'MANY', '[4]']) expect(await send(periods)).toHaveLength(1);
  for (const periods of ['-1', '1.5', '9007199254740993', '1e999']) {
    expect(await send(periods)).toEqual({
      ...{ session: null, userErrors: [{ code: 'INVALID', path: ['input', 'periods'] }] },
    });
  }
  expect(await send('4')).toEqual({ session: { periods: 4 }, userErrors: [] });
  const mutation = 'mutation ($input: ScheduleSessionInput!) { scheduleSession(input: $input) { cursor } }';
  const { errors } = await server.ask(mutation, { input: { ...facts, cohortId, periods: '4' } });
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
});

describe('attendance that was recorded wrong', () => {
  const correct = (sessionId: string, attendance: object[]) =>
    must(server, 'correctAttendance', { sessionId, attendance }, 'attendance { id periods }');

  test('is corrected, and the hours with it; subscribers of the cohort get an event that names no learner', async () => {
    const { cohort, officialIds } = await newClass(server, 3);
    const [one, two, three] = officialIds as [string, string, string];
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id });
    const recorded = await record(sessionId, [
      { officialId: one },
      { officialId: two, periods: 0 },
      { officialId: three },
    ]);
    const ids = recorded.attendance.map(({ id }: Row) => id);
    const before = await logEnd(server);
    const corrections = [
      { officialId: one, periods: 0 },
      { officialId: two, periods: 3 },
      { officialId: three, periods: 4 }, // as it was
    ];
    const { attendance } = await correct(sessionId, corrections);
    expect(attendance).toEqual([
      { id: ids[0], periods: 0 },
      { id: ids[1], periods: 3 },
      { id: ids[2], periods: 4 },
    ]);
    expect(await Promise.all(officialIds.map((id) => periodsOf(id, 2024)))).toEqual([0, 3, 4]);
    const query = `query ($ids: [ID!], $after: EventCursor) {
      cohortEvents(filter: { cohortIds: $ids }, after: $after) { kind changes { field from to } } }`;
    const { data } = await server.ask(query, { ids: [cohort.id], after: before });
    expect(data.cohortEvents).toEqual([
      { kind: 'SESSIONS_CHANGED', changes: [{ field: 'corrected', from: null, to: '2' }] },
    ]);
    const trail = `{ auditTrail(filter: { kinds: [CHANGE] }, first: 3) {
      action recordId changes { field from to } } }`;
    expect((await server.ask(trail)).data.auditTrail.reverse()).toEqual([
      {
        ...{ action: 'attendance.corrected', recordId: ids[0] },
        changes: [{ field: 'periods', from: '4', to: '0' }],
      },
      {
        ...{ action: 'attendance.corrected', recordId: ids[1] },
        changes: [{ field: 'periods', from: '0', to: '3' }],
      },
      expect.objectContaining({ action: 'session.attended', recordId: sessionId }),
    ]);
    await must(server, 'reviseSession', { sessionId, periods: 4, place: 'Phòng 2' }, 'cursor');
    // Fewer periods than a learner attended are refused until the attendance is corrected.
    expect(await refused('reviseSession', { sessionId, periods: 3 })).toEqual(['CONFLICT input.periods']);
    await correct(sessionId, [{ officialId: three, periods: 3 }]);
    await must(server, 'reviseSession', { sessionId, periods: 3 }, 'cursor');
  });

  test('can be corrected after a withdrawal and after the end of the cohort, but not of a cancelled session', async () => {
    const { cohort, officialIds, enrolmentIds } = await newClass(server, 2);
    const officialId = officialIds[0]!;
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id });
    await record(sessionId, [{ officialId }]);
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[0] }, 'cursor');
    await must(server, 'completeCohort', { cohortId: cohort.id }, 'cursor');
    await correct(sessionId, [{ officialId, periods: 2 }]);
    expect(await periodsOf(officialId, 2024)).toBe(2);
    await must(server, 'cancelSession', { sessionId, reason: 'Ghi nhầm' }, 'cursor');
    const input = { sessionId, attendance: [{ officialId, periods: 1 }] };
    expect(await refused('correctAttendance', input)).toEqual(['ILLEGAL_TRANSITION input.sessionId']);
  });

  test('is corrected wholly or not at all, each wrong entry named', async () => {
    const { cohort, officialIds } = await newClass(server, 4);
    const [good, absent, greedy, erased] = officialIds as [string, string, string, string];
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id });
    await record(
      sessionId,
      [good, greedy, erased].map((officialId) => ({ officialId })),
    );
    await must(server, 'eraseOfficial', { officialId: erased }, 'cursor');
    const attendance = [
      { officialId: good, periods: 1 },
      { officialId: absent, periods: 1 },
      { officialId: greedy, periods: 5 },
      { officialId: good, periods: 2 },
      { officialId: erased, periods: 1 },
      { officialId: unknownId(good), periods: 1 },
    ];
    expect(await refused('correctAttendance', { sessionId, attendance })).toEqual([
      'NOT_FOUND input.attendance.1.officialId',
      'INVALID input.attendance.2.periods',
      'ALREADY_EXISTS input.attendance.3.officialId',
      'NOT_ELIGIBLE input.attendance.4.officialId',
      'NOT_FOUND input.attendance.5.officialId',
    ]);
    for (const periods of [-1, 1.5, 41]) {
      const input = { sessionId, attendance: [{ officialId: good, periods }] };
      expect(await refused('correctAttendance', input)).toEqual(['INVALID input.attendance.0.periods']);
    }
    expect(await refused('correctAttendance', { sessionId, attendance: [] })).toEqual([
      'INVALID input.attendance',
    ]);
    expect(await periodsOf(good, 2024)).toBe(4);
  });
});

describe('the periods of a year', () => {
  test('add up over cohorts, by the day of the session, without cancelled sessions', async () => {
    const unitId = (await newUnit(server)).id;
    const { cohort, officialIds } = await newClass(server, 1, { hostUnitId: unitId });
    const officialId = officialIds[0]!;
    const attend = async (cohortId: string, heldOn: string, periods: number) => {
      const { id } = await newSession(server, { cohortId, heldOn, periods });
      await record(id, [{ officialId }]);
      return id;
    };
    await attend(cohort.id, '2024-12-31', 5);
    await attend(cohort.id, '2025-01-01', 8);
    const { id: other } = await newCohort(server);
    await must(server, 'openEnrolment', { cohortId: other }, 'cohort { id }');
    const enrolmentIds = await nominate(server, other, [officialId]);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
    await must(server, 'startCohort', { cohortId: other }, 'cursor');
    const off = await attend(other, '2024-06-01', 3);
    expect(await periodsOf(officialId, 2023)).toBe(0);
    expect(await periodsOf(officialId, 2024)).toBe(8);
    expect(await periodsOf(officialId, 2025)).toBe(8);
    await must(server, 'cancelSession', { sessionId: off, reason: 'Ghi nhầm' }, 'session { id }');
    expect(await periodsOf(officialId, 2024)).toBe(5);
  });

  test('are visible within reach only', async () => {
    const { cohort, officialIds, unitId, enrolmentIds } = await newClass(server, 1);
    const { id: sessionId } = await newSession(server, { cohortId: cohort.id });
    const { attendance } = await record(sessionId, [{ officialId: officialIds[0] }]);
    const manager = (where: string) =>
      tokenOf({ subject: `manager of ${where}`, role: Role.UNIT_MANAGER, unitId: where });
    const own = await manager(unitId);
    const other = await manager((await newUnit(server)).id);
    expect(await periodsOf(officialIds[0]!, 2024, { token: own })).toBe(4);
    expect(await periodsOf(officialIds[0]!, 2024, { token: other })).toBeNull();
    const read = async (token: string) => {
      const query = `{ attendance: node(id: "${attendance[0].id}") { id }
        enrolment: node(id: "${enrolmentIds[0]}") { ... on Enrolment { attendance { periods official { id } } } }
        session: node(id: "${sessionId}") { ... on Session { attendance { totalCount nodes { periods } } } } }`;
      return (await server.ask(query, {}, { token })).data;
    };
    expect(await read(own)).toEqual({
      attendance: { id: attendance[0].id },
      enrolment: { attendance: [{ periods: 4, official: { id: officialIds[0] } }] },
      session: { attendance: { totalCount: 1, nodes: [{ periods: 4 }] } },
    });
    const none = { attendance: { totalCount: 0, nodes: [] } };
    expect(await read(other)).toEqual({ attendance: null, enrolment: null, session: none });
  });

  test('are asked for by a year that exists', async () => {
    const { id } = await newOfficial(server);
    for (const year of [-1, 0, 24, 10_000]) {
      const query = `{ official(id: "${id}") { trainingPeriods(year: ${year}) } }`;
      const { errors } = await server.ask(query);
      expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
    }
  });
});
