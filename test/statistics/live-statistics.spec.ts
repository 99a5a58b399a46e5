// Live statistics: sent at once, after each change, with the log position at which they are true.
import { connect, type LiveClient, type Subscriber } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import {
  delivered,
  logEnd,
  must,
  newClass,
  newCode,
  newOfficial,
  newPosition,
  newProgramme,
  newTopic,
  newUnit,
} from '../support/world';
import { pullCohorts, take } from '../server/stream';

const FOLLOW_FIGURES = `subscription ($filter: TrainingStatisticsFilter, $groupBy: TrainingStatisticsDimension) {
  trainingStatisticsChanged(filter: $filter, groupBy: $groupBy) {
    cohorts participations officials graduates abroad suppressed groups { key cohorts participations } cursor } }`;
interface Figures {
  cohorts: number;
  participations: number;
  graduates: number;
  cursor: string;
  groups: { key: string; cohorts: number }[];
}

let server: TestServer;
let client: LiveClient;
let heard = (): void => undefined;
beforeAll(async () => {
  server = await startTestServer({ pingMs: 600 });
  client = await connect(server.url, { onPing: () => heard() });
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

/** The server waits 250 ms between figures and pings every 600: two pings later all that was due has been sent. */
async function twoPings(): Promise<void> {
  for (const _ping of [1, 2]) await new Promise<void>((resolve) => (heard = resolve));
}

const next = async (subscriber: Subscriber<any>) => (await take<Figures>(subscriber, 1))[0]!;

/** Plans so many cohorts at a unit in one request. */
async function plan(hostUnitId: string, count: number): Promise<string> {
  const programmeId = (await newProgramme(server)).id;
  const fields = Array.from({ length: count }, (_, i) => {
    const facts = `code: "${newCode('K')}", name: "Lớp", startsOn: "2024-03-01"`;
    return `m${i}: planCohort(input: { ${facts}, programmeId: "${programmeId}", hostUnitId: "${hostUnitId}" }) {
      cursor userErrors { code } }`;
  });
  const { data, errors } = await server.ask(`mutation { ${fields.join(' ')} }`);
  if (errors) throw new Error(JSON.stringify(errors));
  return data[`m${count - 1}`].cursor;
}

it('sends the figures at once, as the query gives them, with the position of the log', async () => {
  const { unitId, cohort, officialIds } = await newClass(server, 3);
  const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
  await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'graduates { id }');
  const variables = { filter: { unitIds: [unitId] }, groupBy: 'YEAR' };
  const subscriber = client.subscribe(FOLLOW_FIGURES, variables);
  const figures = await next(subscriber);
  expect(figures).toMatchObject({ cohorts: 1, participations: 3, officials: 3, graduates: 1, abroad: 0 });
  expect(figures.groups).toEqual([{ key: '2024', cohorts: 1, participations: 3 }]);
  expect(figures.cursor).toBe(await logEnd(server));
  const query = FOLLOW_FIGURES.replace('subscription', 'query').replace('Changed', '');
  expect((await server.ask(query, variables)).data.trainingStatistics).toEqual(figures);
  subscriber.stop();
});

it('sends them again after a change, of a position not before the change', async () => {
  const unitId = (await newUnit(server)).id;
  const subscriber = client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: [unitId] } });
  expect(await next(subscriber)).toMatchObject({ cohorts: 0, participations: 0 });
  const changed = await plan(unitId, 1);
  let figures = await next(subscriber);
  while (figures.cursor !== changed) figures = await next(subscriber); // the programme's own event may come first
  expect(figures).toMatchObject({ cohorts: 1, participations: 0, graduates: 0 });
  expect(figures.cursor).toBe(changed);
  subscriber.stop();
});

it('is never ahead of nor behind the log position it names', async () => {
  const unitId = (await newUnit(server)).id;
  const start = await logEnd(server);
  const subscriber = client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: [unitId] } });
  const told = [await next(subscriber)];
  const writing = plan(unitId, 100);
  while (told.at(-1)!.cohorts < 100) told.push(await next(subscriber));
  await writing;
  const cursors = [start, ...(await pullCohorts(server, start)).map(({ cursor }) => cursor)];
  for (const { cohorts, cursor } of told.filter((each) => cursors.includes(each.cursor))) {
    expect(cohorts).toBe(cursors.indexOf(cursor));
  }
  expect(told.at(-1)!.cursor).toBe(cursors.at(-1));
  expect(told.length).toBeLessThan(50); // a hundred changes, at most four answers a second
  subscriber.stop();
});

it('answers the many events of one ceremony once', async () => {
  const { unitId, cohort, officialIds } = await newClass(server, 40);
  const subscriber = client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: [unitId] } });
  expect(await next(subscriber)).toMatchObject({ participations: 40, graduates: 0 });
  const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
  const recorded = await must(
    server,
    'recordGraduates',
    { cohortId: cohort.id, graduates },
    'graduates { id }',
  );
  expect(await next(subscriber)).toMatchObject({ graduates: 40, cursor: recorded.cursor });
  await twoPings();
  expect(subscriber.waiting()).toEqual([]);
  const first = recorded.graduates[0].id;
  const revoked = await must(server, 'revokeGraduate', { graduateId: first }, 'graduate { id }');
  expect(await next(subscriber)).toMatchObject({ graduates: 39, cursor: revoked.cursor });
  subscriber.stop();
});

it('sends nothing after changes that move no figure', async () => {
  const unitId = (await newUnit(server)).id;
  const [positionCode, programmeId] = [(await newPosition(server)).code, (await newProgramme(server)).id];
  await delivered(server);
  const subscriber = client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: [unitId] } });
  const { cursor } = await next(subscriber);
  await newTopic(server);
  await newOfficial(server, { unitId, positionCode });
  expect(await logEnd(server)).not.toBe(cursor);
  await twoPings();
  expect(subscriber.waiting()).toEqual([]);
  const input = { code: newCode('K'), name: 'Lớp', startsOn: '2024-03-01', programmeId, hostUnitId: unitId };
  const planned = await must(server, 'planCohort', input, 'cohort { id }');
  expect(await next(subscriber)).toMatchObject({ cohorts: 1, cursor: planned.cursor });
  subscriber.stop();
});

it('gives the same figures to all who follow the same', async () => {
  const unitId = (await newUnit(server)).id;
  const subscribers = Array.from({ length: 30 }, () =>
    client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: [unitId] } }),
  );
  for (const subscriber of subscribers) expect(await next(subscriber)).toMatchObject({ cohorts: 0 });
  const changed = await plan(unitId, 5);
  for (const subscriber of subscribers) {
    let figures = await next(subscriber);
    while (figures.cohorts < 5) figures = await next(subscriber);
    expect(figures).toMatchObject({ cohorts: 5, cursor: changed });
    subscriber.stop();
  }
});

it('refuses a malformed filter, and ends without a trace when the client has enough', async () => {
  const refused = client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: ['cohort_x'] } });
  const { data, errors } = await refused.next();
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([
    { message: expect.stringContaining('filter.unitIds'), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  const unitId = (await newUnit(server)).id;
  const [one, other] = [0, 1].map(() => client.subscribe(FOLLOW_FIGURES, { filter: { unitIds: [unitId] } }));
  await next(one!);
  await next(other!);
  one!.stop();
  const changed = await plan(unitId, 1);
  let figures = await next(other!);
  while (figures.cohorts < 1) figures = await next(other!);
  expect(figures.cursor).toBe(changed);
  expect(one!.waiting()).toEqual([]);
  other!.stop();
});

it('does not hold up a server that stops, nor one whose sockets have gone', async () => {
  const own = await startTestServer();
  const [going, gone] = [await connect(own.url), await connect(own.url)];
  await next(gone.subscribe(FOLLOW_FIGURES));
  await next(going.subscribe(FOLLOW_FIGURES));
  await gone.close();
  const waiting = going.subscribe(FOLLOW_FIGURES);
  await newUnit(own);
  await next(waiting);
  await own.stop();
  expect(await going.closed).toMatchObject({ code: 1001 });
});
