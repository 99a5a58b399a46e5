// Atomic mutations: each happens whole or not at all, and nobody reads half of one, however many run at once.
import type { Row } from '../support/database';
import {
  acceptOne,
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUnit,
  nominate,
} from '../support/world';
import { connect } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const DAY = '2024-06-01';
const CEREMONIES = 15;
const SEATS = 4; // graduates of each ceremony
const GRADUATES = CEREMONIES * SEATS;
const LEARNERS = GRADUATES + 3; // three of whom only refused ceremonies name

/** A running cohort whose learners all study. */
async function largeClass() {
  const programmeId = (await newProgramme(server)).id;
  const unitId = (await newUnit(server)).id;
  const positionCode = (await newPosition(server)).code;
  const cohort = await newCohort(server, { programmeId, hostUnitId: unitId });
  await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');
  const officialIds: string[] = [];
  for (let i = 0; i < LEARNERS; i++) {
    officialIds.push((await newOfficial(server, { unitId, positionCode })).id);
  }
  const enrolmentIds = await nominate(server, cohort.id, officialIds);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
  await must(server, 'startCohort', { cohortId: cohort.id }, 'cohort { id }');
  return { cohort, officialIds, programmeId, unitId, positionCode };
}

/** What one request reads of a cohort in many ways: a reader between two halves of a ceremony sees them disagree. */
const LOOK = `query ($id: ID!, $ids: [ID!], $programmeIds: [ID!], $from: EventCursor) {
  before: latestCursor
  first: cohort(id: $id) { ...counts }
  graduateEvents(filter: { cohortIds: $ids }, after: $from, first: 100) { graduateId }
  ceremonies: cohortEvents(filter: { cohortIds: $ids, kinds: [GRADUATES_RECORDED] }, after: $from, first: 100) {
    changes { to } }
  graduates(filter: { cohortIds: $ids }) { totalCount }
  programme: cohorts(filter: { programmeIds: $programmeIds }) { nodes { ...counts } }
  last: cohort(id: $id) { ...counts }
  after: latestCursor
  trainingStatistics(filter: { programmeIds: $programmeIds }, groupBy: UNIT) {
    cursor participations graduates groups { participations graduates
      unit { cohorts(filter: { programmeIds: $programmeIds }) { nodes {
        completed: enrolments(filter: { statuses: [COMPLETED, DECLINED] }) { totalCount }
        studying: enrolments(filter: { statuses: [STUDYING, NOMINATED] }) { totalCount } } } } } }
}
fragment counts on Cohort {
  enrolledCount graduateCount graduates { totalCount }
  completed: enrolments(filter: { statuses: [COMPLETED] }) { totalCount }
  studying: enrolments(filter: { statuses: [STUDYING] }) { totalCount }
}`;

describe('50 mutations at once, half of them refused, under constant reading', () => {
  let cohort: Row;
  let start: string;
  let accepted: { name: string; payload: Row }[];
  let denied: { input: Row; expected: string; told: string[]; cursor: string | null }[];
  const looks: Row[] = [];

  beforeAll(async () => {
    const large = await largeClass();
    const { officialIds, programmeId, unitId, positionCode } = large;
    cohort = large.cohort;
    const other = await newClass(server, 1);
    const graduates = [{ officialId: other.officialIds[0], graduatedOn: DAY }];
    await must(server, 'recordGraduates', { cohortId: other.cohort.id, graduates }, 'cursor');
    const parent = await newUnit(server);
    await newUnit(server, { parentId: parent.id });
    const stranger = (await newOfficial(server)).id;
    const elsewhere = (await newProgramme(server)).id;

    const ceremony = (ids: string[]): [string, Row] => [
      'recordGraduates',
      { cohortId: cohort.id, graduates: ids.map((officialId) => ({ officialId, graduatedOn: DAY })) },
    ];
    const plan = (code = newCode('K')): [string, Row] => [
      'planCohort',
      { code, name: 'Lớp mới', programmeId: elsewhere, hostUnitId: unitId, startsOn: '2024-03-01' },
    ];
    const good = [
      ...Array.from({ length: CEREMONIES }, (_, i) =>
        ceremony(officialIds.slice(i * SEATS, (i + 1) * SEATS)),
      ),
      ...Array.from({ length: 10 }, () => plan()),
    ];
    const person = { fullName: 'Trần Văn Thử', category: 'CADRE', since: '2020-01-01', unitId };
    const dissolve = {
      closeIds: [parent.id],
      successions: [{ predecessorId: parent.id, kind: 'DISSOLVED' }],
    };
    // All but the ceremonies and plans are refused only after they have written something.
    const bad = Array.from({ length: 5 }, (): [[string, Row], string, string][] => [
      [ceremony([...officialIds.slice(GRADUATES), stranger]), 'NOT_ENROLLED', 'input.graduates.3.officialId'],
      [plan(cohort.code as string), 'ALREADY_EXISTS', 'input.code'],
      [
        ['registerOfficial', { ...person, code: newCode('O'), positionCode: `${positionCode}-no` }],
        ...(['NOT_FOUND', 'input.positionCode'] as const),
      ],
      [
        ['cancelCohort', { cohortId: other.cohort.id, reason: 'Thử' }],
        ...(['CONFLICT', 'input.cohortId'] as const),
      ],
      [
        ['reorganiseUnits', { effectiveOn: '2025-07-01', open: [], ...dissolve }],
        ...(['CONFLICT', 'input.closeIds.0'] as const),
      ],
    ]).flat();
    start = await logEnd(server);

    let writing = true;
    const variables = { id: cohort.id, ids: [cohort.id], programmeIds: [programmeId], from: start };
    const readers = Array.from({ length: 4 }, async () => {
      do {
        const { data, errors } = await server.ask(LOOK, variables);
        expect(errors).toBeUndefined();
        looks.push(data);
      } while (writing);
    });
    // Messages of one socket arrive together, so their execution interleaves at every step that waits; requests over
    // HTTP arrive one by one, so that readers get in between.
    const socket = await connect(server.url);
    const send = async (name: string, input: Row, live: boolean): Promise<Row> => {
      const selection = { recordGraduates: 'graduates { id }', planCohort: 'cohort { id }' }[name] ?? '';
      const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
      const mutation = `mutation ($input: ${Input}) { ${name}(input: $input) {
        ${selection} cursor userErrors { code path } } }`;
      if (live) return (await socket.subscribe(mutation, { input }).nextData())[name];
      return (await server.ask(mutation, { input })).data[name];
    };
    const answers = await Promise.all(
      good.flatMap(([name, input], i) => {
        const [[badName, badInput], code, path] = bad[i]!;
        return [
          send(name, input, i % 2 === 0).then((payload) => ({ name, payload })),
          send(badName, badInput, i % 2 === 0).then(({ cursor, userErrors }) => {
            const told = userErrors.map((error: Row) => `${error.code} ${error.path.join('.')}`);
            return { input: badInput, expected: `${code} ${path}`, told, cursor };
          }),
        ] as const;
      }),
    );
    writing = false;
    await Promise.all(readers);
    await socket.close();
    accepted = answers.flatMap((answer) => ('payload' in answer ? [answer] : []));
    denied = answers.flatMap((answer) => ('payload' in answer ? [] : [answer]));
  });

  test('leave exactly the accepted ones', async () => {
    expect([accepted.length, denied.length]).toEqual([25, 25]);
    expect(denied.map(({ told }) => told)).toEqual(denied.map(({ expected }) => [expected]));
    expect(denied.every(({ cursor }) => cursor === null)).toBe(true);
    expect(accepted.flatMap(({ payload }) => payload.userErrors)).toEqual([]);
    const { data } = await server.ask(LOOK, {
      id: cohort.id,
      ids: [cohort.id],
      programmeIds: [],
      from: start,
    });
    expect(data.last).toMatchObject({ graduateCount: GRADUATES, studying: { totalCount: 3 } });
    const planned = accepted
      .filter(({ name }) => name === 'planCohort')
      .map(({ payload }) => payload.cohort.id);
    const nodes = await server.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: planned });
    expect(nodes.data.nodes).toEqual(planned.map((id) => ({ id })));
    for (const { input } of denied) {
      if (!input.fullName) continue;
      const lost = 'query ($code: String) { official(code: $code) { id } }';
      expect((await server.ask(lost, { code: input.code })).data.official).toBeNull();
    }
    const cancelled = denied.find(({ input }) => input.reason)!.input.cohortId;
    const closed = denied.find(({ input }) => input.closeIds)!.input.closeIds[0];
    const query =
      'query ($c: ID, $u: ID) { cohort(id: $c) { status } unit(id: $u) { validTo successors { kind } } }';
    expect((await server.ask(query, { c: cancelled, u: closed })).data).toEqual({
      cohort: { status: 'IN_PROGRESS' },
      unit: { validTo: null, successors: [] },
    });
  });

  test('leave their events and no others, each mutation together, in commit order', async () => {
    const query = `query ($from: EventCursor) {
      cohortEvents(after: $from, first: 100) { cursor kind cohort { id } changes { field from to } }
      graduateEvents(after: $from, first: 100) { cursor kind graduateId } }`;
    const { cohortEvents, graduateEvents } = (await server.ask(query, { from: start })).data;
    const byCursor = new Map(accepted.map((each) => [each.payload.cursor, each]));
    const inOrder = cohortEvents.map(({ cursor }: Row) => byCursor.get(cursor));
    expect(inOrder.filter(Boolean)).toHaveLength(25);
    expect(cohortEvents).toHaveLength(25);
    expect(await logEnd(server)).toBe(cohortEvents[24].cursor);
    const ids = inOrder.flatMap(({ payload }: Row) => payload.graduates?.map(({ id }: Row) => id) ?? []);
    expect(graduateEvents.map(({ graduateId }: Row) => graduateId)).toEqual(ids);
    const counts = cohortEvents.filter(({ kind }: Row) => kind === 'GRADUATES_RECORDED');
    expect(counts.map(({ changes }: Row) => changes)).toEqual(
      Array.from({ length: CEREMONIES }, (_, i) => [
        { field: 'graduateCount', from: String(i * SEATS), to: String((i + 1) * SEATS) },
      ]),
    );
    // After the last event of a mutation come the graduates of later ones, and nothing of its own.
    let left = ids.length;
    for (const [i, { cursor }] of cohortEvents.entries()) {
      left -= inOrder[i].payload.graduates?.length ?? 0;
      const { data } = await server.ask(query, { from: cursor });
      expect([data.cohortEvents.length, data.graduateEvents.length]).toEqual([24 - i, left]);
    }
  });

  test('are never seen by half', () => {
    expect(looks.length).toBeGreaterThanOrEqual(4);
    for (const look of looks) {
      const done = look.first.graduateCount as number;
      expect(done % SEATS).toBe(0);
      const counts = {
        ...{ enrolledCount: LEARNERS, graduateCount: done, graduates: { totalCount: done } },
        ...{ completed: { totalCount: done }, studying: { totalCount: LEARNERS - done } },
      };
      expect(look).toMatchObject({
        ...{ first: counts, last: counts, programme: { nodes: [counts] }, graduates: { totalCount: done } },
        ...{ before: look.after },
      });
      expect(look.graduateEvents).toHaveLength(done);
      expect(look.ceremonies.map(({ changes }: Row) => Number(changes[0].to))).toEqual(
        Array.from({ length: done / SEATS }, (_, i) => (i + 1) * SEATS),
      );
      // The figures are counted on another thread, in one snapshot of its own; what the request reads inside of them,
      // after waiting for them, is of one moment, too, but not of theirs.
      const { participations, graduates, groups } = look.trainingStatistics;
      expect(participations).toBe(LEARNERS);
      expect(graduates % SEATS).toBe(0);
      expect(groups).toMatchObject([{ participations, graduates }]);
      const [{ completed, studying }] = groups[0].unit.cohorts.nodes;
      expect(completed.totalCount % SEATS).toBe(0);
      expect(studying.totalCount).toBe(LEARNERS - completed.totalCount);
    }
  });

  test('fit the cursors read with them: what came after is exactly what was not seen yet', async () => {
    const query = `query ($ids: [ID!], $after: EventCursor) {
      graduateEvents(filter: { cohortIds: $ids }, after: $after, first: 100) { graduateId } }`;
    const later = async (after: string) =>
      (await server.ask(query, { ids: [cohort.id], after })).data.graduateEvents.length as number;
    const seen = new Map<string, number>();
    for (const { after, first, trainingStatistics } of looks) {
      seen.set(after, first.graduateCount);
      seen.set(trainingStatistics.cursor, trainingStatistics.graduates);
    }
    for (const [cursor, graduates] of seen) expect(await later(cursor)).toBe(GRADUATES - graduates);
  });
});

test('a request that waits for figures reads what is beside them in the moment it began', async () => {
  const programmeId = (await newProgramme(server)).id;
  const { cohort, officialIds } = await newClass(server, 2, { programmeId });
  const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: DAY }));
  const mutation =
    'mutation ($input: RecordGraduatesInput!) { recordGraduates(input: $input) { userErrors { code } } }';
  const variables = { id: cohort.id, ids: [cohort.id], programmeIds: [programmeId] };
  const socket = await connect(server.url);
  const looking = socket.subscribe(LOOK, { ...variables, from: await logEnd(server) }).nextData();
  const input = { cohortId: cohort.id, graduates };
  const writing = socket.subscribe(mutation, { input }).nextData();
  const [look, done] = await Promise.all([looking, writing]);
  await socket.close();
  expect(done.recordGraduates.userErrors).toEqual([]);
  expect(look.last).toEqual(look.first);
  expect(look.graduateEvents).toHaveLength(look.first.graduateCount);
});

describe('several mutations in one request', () => {
  const COUNTS = 'enrolments { status cohort { enrolledCount version } } cursor userErrors { code path }';

  test('each see their own write and those before it in the payload', async () => {
    const { id } = await newCohort(server);
    await must(server, 'openEnrolment', { cohortId: id }, 'cursor');
    await acceptOne(server, id);
    const steps = ['startCohort', 'completeCohort'];
    const look = '{ cursor cohort { status version unit: hostUnit { cohorts { nodes { status } } } } }';
    const fields = steps.map((step) => `${step}(input: { cohortId: $id }) ${look}`).join(' ');
    const { data } = await server.ask(`mutation ($id: ID!) { ${fields} }`, { id });
    const seen = steps.map((step) => data[step].cohort);
    expect(seen).toEqual(
      ['IN_PROGRESS', 'COMPLETED'].map((status, i) => ({
        ...{ status, version: i + 3, unit: { cohorts: { nodes: [{ status }] } } },
      })),
    );
    expect(await logEnd(server)).toBe(data.completeCohort.cursor);
  });

  test('stand for themselves: one that is refused neither undoes nor stops the others', async () => {
    const unitId = (await newUnit(server)).id;
    const { id } = await newCohort(server, { hostUnitId: unitId, capacity: 2 });
    await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
    const officials: string[] = [];
    for (let i = 0; i < 3; i++) officials.push((await newOfficial(server, { unitId })).id);
    const [a, b, c] = await nominate(server, id, officials);
    const one = (name: string, ids: string) =>
      `${name}: decideEnrolments(input: { enrolmentIds: [${ids}], decision: ACCEPT }) { ${COUNTS} }`;
    const { data } = await server.ask(
      `mutation ($a: ID!, $b: ID!, $c: ID!) { ${one('one', '$a')} ${one('two', '$b, $c')} ${one('three', '$c')} }`,
      { a, b, c },
    );
    const enrolled = (enrolledCount: number) => [{ status: 'ACCEPTED', cohort: { enrolledCount } }];
    expect(data.one).toMatchObject({ userErrors: [], enrolments: enrolled(1) });
    const full = { code: 'CAPACITY_EXCEEDED', path: ['input', 'enrolmentIds', '1'] };
    expect(data.two).toEqual({ enrolments: [], cursor: null, userErrors: [full] });
    expect(data.three).toMatchObject({ userErrors: [], enrolments: enrolled(2) });
    expect(await logEnd(server)).toBe(data.three.cursor);
  });
});

test('the payload of a mutation is of one moment, though another one follows at once', async () => {
  const unitId = (await newUnit(server)).id;
  const { id } = await newCohort(server, { hostUnitId: unitId });
  await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
  const enrolmentIds = await nominate(server, id, [(await newOfficial(server, { unitId })).id]);
  const socket = await connect(server.url);
  const deciding = `mutation ($ids: [ID!]!) { decideEnrolments(input: { enrolmentIds: $ids, decision: ACCEPT }) {
    enrolments { status cohort { status } } } }`;
  const starting = 'mutation ($id: ID!) { startCohort(input: { cohortId: $id }) { cohort { status } } }';
  const answers = [
    socket.subscribe(deciding, { ids: enrolmentIds }).nextData(),
    socket.subscribe(starting, { id }).nextData(),
  ] as const;
  const [decided, started] = await Promise.all(answers);
  await socket.close();
  expect(started.startCohort.cohort).toEqual({ status: 'IN_PROGRESS' });
  expect([
    { status: 'ACCEPTED', cohort: { status: 'ENROLLING' } },
    { status: 'STUDYING', cohort: { status: 'IN_PROGRESS' } },
  ]).toContainEqual(decided.decideEnrolments.enrolments[0]);
});
