// Subscriptions: exactly the events asked for, in the order of commit, each once, however the subscriber joins.
import { connect, type LiveClient, type LiveOptions, type Subscriber } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, must, newClass, newOfficial, newProgramme, refusals } from '../support/world';
import { FOLLOW_COHORTS, FOLLOW_GRADUATES, pullCohorts, take, Writer } from '../server/stream';

let server: TestServer;
const clients: LiveClient[] = [];
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
});

async function follow(
  variables: object,
  query = FOLLOW_COHORTS,
  options: LiveOptions = {},
): Promise<Subscriber<any>> {
  const client = await connect(server.url, options);
  clients.push(client);
  return client.subscribe(query, variables);
}

const kindsOf = (events: { kind: string }[]) => events.map(({ kind }) => kind);
const cursorsOf = (events: { cursor: string }[]) => events.map(({ cursor }) => cursor);

describe('joining a stream', () => {
  it('gives each of many subscribers that join a running stream exactly its events, in commit order', async () => {
    const writers = [await Writer.start(server), await Writer.start(server), await Writer.start(server)];
    const filter = { cohortIds: writers.map(({ cohort }) => cohort.id) };
    const start = await logEnd(server);
    const joined: { after: string; subscriber: Subscriber<any> }[] = [];
    const join = async (after: string) => joined.push({ after, subscriber: await follow({ filter, after }) });
    await join(start);
    const written = [start];
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let i = 0; i < 40; i++) {
          written.push(await writer.revise());
          if (i % 5 === w) await join(written[Math.floor(Math.random() * written.length)]!);
        }
      }),
    );
    const all = await pullCohorts(server, start, filter);
    expect(all).toHaveLength(120);
    expect(new Set(cursorsOf(all))).toEqual(new Set(written.slice(1)));
    expect(joined.length).toBeGreaterThan(20);
    for (const { after, subscriber } of joined) {
      const expected = all.slice(all.findIndex(({ cursor }) => cursor === after) + 1);
      expect(await take(subscriber, expected.length)).toEqual(expected);
    }
    const marker = await writers[0]!.revise();
    for (const { subscriber } of joined) expect(cursorsOf(await take(subscriber, 1))).toEqual([marker]);
  });

  it('replays a log longer than one page while writing goes on, and then goes live', async () => {
    const writer = await Writer.start(server);
    const after = await logEnd(server);
    const written: string[] = [];
    for (let i = 0; i < 6; i++) written.push(...(await writer.reviseTimes(100)));
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after };
    const early = await follow(variables);
    written.push(await writer.revise());
    const late = await follow(variables);
    for (let i = 0; i < 20; i++) written.push(await writer.revise());
    for (const subscriber of [early, late]) {
      expect(cursorsOf(await take(subscriber, written.length))).toEqual(written);
    }
  });

  it('repeats nothing to subscribers that catch up in the very moment of a commit', async () => {
    const writer = await Writer.start(server);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    const client = await connect(server.url);
    clients.push(client);
    const joined: Subscriber<any>[] = [client.subscribe(FOLLOW_COHORTS, variables)];
    const written: string[] = [];
    for (let i = 0; i < 25; i++) {
      const writing = writer.reviseTimes(3);
      joined.push(
        client.subscribe(FOLLOW_COHORTS, { ...variables, after: written.at(-1) ?? variables.after }),
      );
      written.push(...(await writing));
    }
    written.push(await writer.revise());
    for (const [i, subscriber] of joined.entries()) {
      const expected = written.slice(3 * Math.max(0, i - 1));
      expect(cursorsOf(await take(subscriber, expected.length))).toEqual(expected);
    }
  });

  it('gives a subscriber without a cursor only what is committed from then on, without a gap', async () => {
    const writer = await Writer.start(server);
    const written = await writer.reviseTimes(5);
    const subscriber = await follow({ filter: { cohortIds: [writer.cohort.id] } });
    while (subscriber.waiting().length === 0) written.push(await writer.revise());
    written.push(...(await writer.reviseTimes(5)));
    const [first] = await take(subscriber, 1);
    const from = written.indexOf(first!.cursor);
    expect(from).toBeGreaterThanOrEqual(5);
    const rest = written.slice(from + 1);
    expect(cursorsOf(await take(subscriber, rest.length))).toEqual(rest);
  });

  it('resumes across any number of reconnects with neither gap nor duplicate', async () => {
    const writer = await Writer.start(server);
    const filter = { cohortIds: [writer.cohort.id] };
    let after = await logEnd(server);
    const [written, received]: string[][] = [[], []];
    for (let i = 0; i < 10; i++) {
      const client = await connect(server.url);
      const subscriber = client.subscribe(FOLLOW_COHORTS, { filter, after });
      const writing = writer.reviseTimes(20).then((cursors) => written!.push(...cursors));
      received!.push(...cursorsOf(await take(subscriber, 7)));
      after = received!.at(-1)!;
      await client.close();
      await writing;
    }
    const rest = await follow({ filter, after });
    received!.push(...cursorsOf(await take(rest, written!.length - received!.length)));
    expect(received).toEqual(written);
  });
});

describe('what is told', () => {
  it('tells each step of a cohort as one event with its kind', async () => {
    const programme = await newProgramme(server);
    const after = await logEnd(server);
    const filter = { programmeIds: [programme.id] };
    const subscriber = await follow({ filter, after });
    const some = await follow({ filter: { ...filter, kinds: ['STARTED', 'CANCELLED'] }, after });
    const { cohort, officialIds } = await newClass(server, 2, { programmeId: programme.id });
    const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
    await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
    await must(server, 'completeCohort', { cohortId: cohort.id }, 'cohort { id }');
    const other = await Writer.start(server, { programmeId: programme.id });
    await other.revise();
    await must(server, 'cancelCohort', { cohortId: other.cohort.id, reason: 'Không đủ' }, 'cohort { id }');
    expect(kindsOf(await take(subscriber, 10))).toEqual([
      ...['PLANNED', 'ENROLMENT_OPENED', 'ENROLMENTS_CHANGED', 'ENROLMENTS_CHANGED', 'STARTED'],
      ...['GRADUATES_RECORDED', 'COMPLETED', 'PLANNED', 'REVISED', 'CANCELLED'],
    ]);
    expect(kindsOf(await take(some, 2))).toEqual(['STARTED', 'CANCELLED']);
  });

  it('tells what the event changed, and the cohort as it is now', async () => {
    const writer = await Writer.start(server);
    const after = await logEnd(server);
    await writer.reviseTimes(2);
    const query = `subscription ($after: EventCursor) { cohortChanged(after: $after) {
      changes { field from to } cohort { capacity version } occurredAt actor } }`;
    const subscriber = await follow({ after }, query);
    const cohort = { capacity: 2, version: 3 };
    expect((await subscriber.nextData()).cohortChanged).toMatchObject({
      changes: [{ field: 'capacity', from: null, to: '1' }],
      cohort,
      actor: 'test-administrator',
    });
    expect((await subscriber.nextData()).cohortChanged).toMatchObject({
      changes: [{ field: 'capacity', from: '1', to: '2' }],
      cohort,
    });
  });

  it('gives the cursor that the mutation answered with', async () => {
    const writer = await Writer.start(server);
    const subscriber = await follow({ after: await logEnd(server) });
    const cursors = [await writer.revise(), await writer.revise()];
    expect(cursorsOf(await take(subscriber, 2))).toEqual(cursors);
    expect(await logEnd(server)).toBe(cursors[1]);
  });

  it('never tells of a mutation that was refused', async () => {
    const { cohort, officialIds } = await newClass(server, 2);
    const after = await logEnd(server);
    const [cohorts, graduates] = [await follow({ after }), await follow({ after }, FOLLOW_GRADUATES)];
    const graduatedOn = '2024-06-01';
    const stranger = (await newOfficial(server)).id;
    const halfWrong = [officialIds[0], stranger].map((officialId) => ({ officialId, graduatedOn }));
    const refused = await Promise.all([
      refusals(server, 'startCohort', { cohortId: cohort.id }),
      refusals(server, 'reviseCohort', { cohortId: cohort.id, version: 999, name: 'Lớp khác' }),
      refusals(server, 'nominateOfficials', { cohortId: cohort.id, officialIds: [stranger] }),
      refusals(server, 'recordGraduates', { cohortId: cohort.id, graduates: halfWrong }),
    ]);
    expect(refused.map((each) => each.map(({ code }) => code))).toEqual([
      ['ILLEGAL_TRANSITION'],
      ['STALE_VERSION'],
      ['ILLEGAL_TRANSITION'],
      ['NOT_ENROLLED'],
    ]);
    const list = [{ officialId: officialIds[1], graduatedOn }];
    const marker = await must(
      server,
      'recordGraduates',
      { cohortId: cohort.id, graduates: list },
      'graduates { id }',
    );
    const [first] = await take(graduates, 1);
    expect(first).toMatchObject({ kind: 'RECORDED', graduate: { id: marker.graduates[0].id } });
    expect(await take(cohorts, 1)).toMatchObject([{ cursor: marker.cursor, kind: 'GRADUATES_RECORDED' }]);
  });

  it('tells of each graduate of a ceremony on its own, and of corrections and revocations', async () => {
    const { cohort, officialIds } = await newClass(server, 3);
    const subscriber = await follow(
      { filter: { cohortIds: [cohort.id] }, after: await logEnd(server) },
      FOLLOW_GRADUATES,
    );
    const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
    const recorded = await must(
      server,
      'recordGraduates',
      { cohortId: cohort.id, graduates },
      'graduates { id }',
    );
    const ids: string[] = recorded.graduates.map(({ id }: { id: string }) => id);
    const live = await take<any>(subscriber, 3);
    expect(live).toMatchObject(ids.map((id) => ({ kind: 'RECORDED', graduateId: id, graduate: { id } })));
    expect(new Set(cursorsOf(live)).size).toBe(3);
    const graduateId = ids[1]!;
    await must(server, 'correctGraduate', { graduateId, graduatedOn: '2024-06-02' }, 'graduate { id }');
    expect(await take(subscriber, 1)).toMatchObject([
      { kind: 'CORRECTED', graduateId, graduate: { id: graduateId } },
    ]);
    await must(server, 'revokeGraduate', { graduateId }, 'graduate { id }');
    expect(await take(subscriber, 1)).toMatchObject([{ kind: 'REVOKED', graduateId, graduate: null }]);
  });
});
