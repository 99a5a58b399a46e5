// The waiting list of a cohort: its order, who moves up when a place becomes free, and no learner over the capacity.
import { decide, newEnrollingCohort, readCohort, step, withdraw } from '../support/enrolments';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, must, newProgramme, nominate, refusedUnlogged } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Row = Record<string, any>;

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

/** A cohort in which the first nominees have all places, and the others wait in the order of their ids. */
async function newFullCohort(capacity: number, waiting: number, more: object = {}) {
  const { cohortId, officialIds } = await newEnrollingCohort(server, capacity + waiting, {
    capacity,
    ...more,
  });
  const ids = await nominate(server, cohortId, officialIds);
  await decide(server, ids.slice(0, capacity), 'ACCEPT');
  await decide(server, ids.slice(capacity), 'WAITLIST');
  return { cohortId, officialIds, ids };
}

/** Status and waiting place of enrolments of one cohort, in the order of the ids, such as "WAITLISTED 1". */
async function standings(cohortId: string, ids: string[]): Promise<string[]> {
  const query = `query ($id: ID!) { cohort(id: $id) {
    enrolments(first: 100) { nodes { id status waitingPlace } } } }`;
  const { nodes } = (await server.ask(query, { id: cohortId })).data.cohort.enrolments;
  return ids.map((id) => {
    const { status, waitingPlace } = nodes.find((each: Row) => each.id === id);
    return waitingPlace === null ? status : `${status} ${waitingPlace}`;
  });
}

/** The events of a cohort after a cursor, each as its name, its subject and its changes by field. */
async function eventsAfter(cohortId: string, after: string | null): Promise<Row[]> {
  const query = `query ($ids: [ID!], $after: EventCursor) {
    cohortEvents(filter: { cohortIds: $ids }, after: $after, first: 100) {
      cursor name subjectId changes { field from to } } }`;
  const page = (await server.ask(query, { ids: [cohortId], after })).data.cohortEvents as Row[];
  if (page.length < 100) return page;
  return [...page, ...(await eventsAfter(cohortId, page.at(-1)!.cursor))];
}

const versionOf = async (id: string): Promise<number> =>
  (await server.ask('query ($id: ID!) { cohort(id: $id) { version } }', { id })).data.cohort.version;

async function resize(cohortId: string, capacity: number | null): Promise<void> {
  const input = { cohortId, version: await versionOf(cohortId), capacity };
  await must(server, 'reviseCohort', input, 'cohort { id }');
}

describe('the waiting list', () => {
  test('keeps the order in which people were put on it', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 4, { capacity: 1 });
    const ids = await nominate(server, cohortId, officialIds);
    await decide(server, [ids[0]!], 'ACCEPT');
    const before = await logEnd(server);
    await decide(server, [ids[3]!, ids[1]!], 'WAITLIST');
    await decide(server, [ids[2]!], 'WAITLIST');
    expect(await standings(cohortId, ids)).toEqual([
      'ACCEPTED',
      'WAITLISTED 2',
      'WAITLISTED 3',
      'WAITLISTED 1',
    ]);
    const [first] = await eventsAfter(cohortId, before);
    expect(first).toMatchObject({
      name: 'enrolment.decided',
      changes: [
        { field: 'enrolledCount', from: '1', to: '1' },
        { field: 'waitlisted', from: null, to: '2' },
      ],
    });
  });

  test('closes up when somebody on it is withdrawn or declined, and nobody gets a place', async () => {
    const { cohortId, ids } = await newFullCohort(1, 3);
    await withdraw(server, ids[1]!);
    expect(await standings(cohortId, ids)).toEqual(['ACCEPTED', 'WITHDRAWN', 'WAITLISTED 1', 'WAITLISTED 2']);
    await decide(server, [ids[2]!], 'DECLINE');
    expect(await standings(cohortId, ids)).toEqual(['ACCEPTED', 'WITHDRAWN', 'DECLINED', 'WAITLISTED 1']);
  });

  test('takes back who had left it at its end', async () => {
    const { cohortId, officialIds, ids } = await newFullCohort(1, 2);
    await withdraw(server, ids[1]!);
    await nominate(server, cohortId, [officialIds[1]!]);
    await decide(server, [ids[1]!], 'WAITLIST');
    expect(await standings(cohortId, ids)).toEqual(['ACCEPTED', 'WAITLISTED 2', 'WAITLISTED 1']);
  });

  test('refuses who waits already or has a place, and a place that is not free', async () => {
    const { cohortId, officialIds, ids } = await newFullCohort(1, 1);
    expect(await refused('decideEnrolments', { enrolmentIds: ids, decision: 'WAITLIST' })).toEqual(
      [0, 1].map((i) => `ILLEGAL_TRANSITION input.enrolmentIds.${i}`),
    );
    expect(await refused('decideEnrolments', { enrolmentIds: [ids[1]], decision: 'ACCEPT' })).toEqual([
      'CAPACITY_EXCEEDED input.enrolmentIds.0',
    ]);
    expect(await refused('nominateOfficials', { cohortId, officialIds: [officialIds[1]] })).toEqual([
      'ALREADY_EXISTS input.officialIds.0',
    ]);
  });

  test('is no participation, in the cohort and in figures', async () => {
    const programmeId = (await newProgramme(server)).id;
    const { cohortId } = await newFullCohort(1, 2, { programmeId });
    const query =
      'query ($ids: [ID!]) { trainingStatistics(filter: { programmeIds: $ids }) { participations } }';
    const { data } = await server.ask(query, { ids: [programmeId] });
    expect(data.trainingStatistics).toEqual({ participations: 1 });
    expect((await readCohort(server, cohortId)).enrolledCount).toBe(1);
  });
});

describe('a place that becomes free', () => {
  test('by a withdrawal goes to the first who waits, and the next event says to whom', async () => {
    const { cohortId, ids } = await newFullCohort(2, 2);
    const before = await logEnd(server);
    const { cursor } = await withdraw(server, ids[0]!);
    expect(await standings(cohortId, ids)).toEqual(['WITHDRAWN', 'ACCEPTED', 'ACCEPTED', 'WAITLISTED 1']);
    const events = await eventsAfter(cohortId, before);
    expect(events).toMatchObject([
      { name: 'enrolment.withdrawn', changes: [{ field: 'enrolledCount', from: '2', to: '1' }] },
      {
        ...{ name: 'enrolment.movedUp', subjectId: ids[2], cursor },
        changes: [
          { field: 'enrolledCount', from: '1', to: '2' },
          { field: 'status', from: 'WAITLISTED', to: 'ACCEPTED' },
        ],
      },
    ]);
  });

  test('after the start makes who moves up a learner at once', async () => {
    const { cohortId, ids } = await newFullCohort(1, 1);
    await step(server, 'startCohort', cohortId);
    await withdraw(server, ids[0]!);
    expect(await standings(cohortId, ids)).toEqual(['WITHDRAWN', 'STUDYING']);
  });

  test('by a larger capacity goes to as many as there is room for, and to all when the limit is lifted', async () => {
    const { cohortId, ids } = await newFullCohort(1, 4);
    await resize(cohortId, 3);
    expect(await standings(cohortId, ids)).toEqual([
      ...['ACCEPTED', 'ACCEPTED', 'ACCEPTED'],
      ...['WAITLISTED 1', 'WAITLISTED 2'],
    ]);
    await resize(cohortId, null);
    expect(await standings(cohortId, ids)).toEqual(Array(5).fill('ACCEPTED'));
  });
});

describe('the steps of a cohort', () => {
  test('its end declines who waits, and they wait again in their order when it is taken back', async () => {
    const { cohortId, ids } = await newFullCohort(1, 2);
    await step(server, 'startCohort', cohortId);
    await step(server, 'completeCohort', cohortId);
    expect(await standings(cohortId, ids)).toEqual(['NOT_COMPLETED', 'DECLINED', 'DECLINED']);
    await must(server, 'reopenCohort', { cohortId, reason: 'Nhầm lớp' }, 'cohort { id }');
    expect(await standings(cohortId, ids)).toEqual(['STUDYING', 'WAITLISTED 1', 'WAITLISTED 2']);
  });

  test.each(['cancelCohort', 'annulCohort'])('%s withdraws who waits', async (name) => {
    const { cohortId, ids } = await newFullCohort(1, 1);
    await must(server, name, { cohortId, reason: 'Không đủ kinh phí' }, 'cohort { id }');
    expect(await standings(cohortId, ids)).toEqual(['WITHDRAWN', 'WITHDRAWN']);
  });

  test('who waits keeps an opening from being taken back', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 1);
    await decide(server, await nominate(server, cohortId, officialIds), 'WAITLIST');
    expect(await refused('reopenCohort', { cohortId, reason: 'Nhầm' })).toEqual(['CONFLICT input.cohortId']);
  });
});

test('no event of the log has more learners than places, however many decide at once', async () => {
  const { cohortId, officialIds } = await newEnrollingCohort(server, 30, { capacity: 8 });
  const ids = await nominate(server, cohortId, officialIds);
  await decide(server, ids.slice(0, 4), 'ACCEPT');
  const ask = (name: string, input: object) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
    return server.ask(
      `mutation ($input: ${type}) { ${name}(input: $input) { cursor userErrors { code } } }`,
      {
        input,
      },
    );
  };
  const version = await versionOf(cohortId);
  const answers = await Promise.all([
    ...ids.slice(4, 20).map((id) => ask('decideEnrolments', { enrolmentIds: [id], decision: 'ACCEPT' })),
    ...ids.slice(20).map((id) => ask('decideEnrolments', { enrolmentIds: [id], decision: 'WAITLIST' })),
    ...ids.slice(0, 3).map((enrolmentId) => ask('withdrawEnrolment', { enrolmentId })),
    ask('reviseCohort', { cohortId, version, capacity: 12 }),
  ]);
  const codes = answers.flatMap(({ data }) =>
    Object.values(data as Row).flatMap((each) => each.userErrors.map(({ code }: Row) => code)),
  );
  expect(new Set(codes)).toEqual(codes.length > 0 ? new Set(['CAPACITY_EXCEEDED']) : new Set());

  let [enrolled, capacity] = [0, 8];
  for (const { name, changes } of await eventsAfter(cohortId, null)) {
    for (const { field, from, to } of changes) {
      if (name === 'cohort.revised' && field === 'capacity') capacity = Number(to);
      if (field !== 'enrolledCount') continue;
      expect(Number(from)).toBe(enrolled);
      enrolled = Number(to);
    }
    expect(enrolled).toBeLessThanOrEqual(capacity);
  }
  const { enrolledCount, enrolments } = await readCohort(server, cohortId);
  expect([enrolled, capacity]).toEqual([enrolledCount, 12]);
  const participating = enrolments.nodes.filter(({ status }: Row) => status === 'ACCEPTED');
  expect(participating).toHaveLength(enrolledCount);
});
