// Place of a list in the event log (`asOf`): whoever follows after it gets every change since the list, and no other.
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { Role } from '../../src/access/policy';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { must, newCode, newCohort, newProgramme, newUnit } from '../support/world';

const PLANNED = 12;

let server: TestServer;
let unitId: string;
let programmeId: string;
beforeAll(async () => {
  server = await startTestServer();
  unitId = (await newUnit(server)).id;
  programmeId = (await newProgramme(server)).id;
});
afterAll(() => server.stop());

const plan = async (): Promise<string> =>
  (await newCohort(server, { programmeId, hostUnitId: unitId, startsOn: '2024-01-01' })).id;

/** The cohorts planned after a place, pulled from the log. */
async function plannedAfter(after: string): Promise<string[]> {
  const query = `query ($after: EventCursor, $unitIds: [ID!]) { cohortEvents(after: $after, first: 100,
    filter: { unitIds: $unitIds, kinds: [PLANNED] }) { cohort { id } } }`;
  const { data } = await server.ask(query, { after, unitIds: [unitId] });
  return data.cohortEvents.map((event: { cohort: { id: string } }) => event.cohort.id);
}

const LISTS = `query ($unit: ID!, $units: [ID!]) {
  figures: trainingStatistics(filter: { unitIds: $units }) { cohorts }
  cohorts(first: 100, filter: { unitIds: $units }) { ...Place nodes { id } }
  unit(id: $unit) {
    statistics { cohorts }
    cohorts(first: 100) { nodes { id } ... on CohortConnection { asOf totalCount } }
    parent { id }
  }
}
fragment Place on CohortConnection { asOf totalCount }`;

it('asOf is exact for each list, while others write and figures are counted between lists', async () => {
  const all = new Set<string>();
  const lists: { asOf: string; totalCount: number; nodes: { id: string }[] }[] = [];
  const writing = (async () => {
    for (let i = 0; i < PLANNED; i++) all.add(await plan());
  })();
  let isWriting = true;
  void writing.finally(() => (isWriting = false));
  while (isWriting || lists.length < 6) {
    const { data, errors } = await server.ask(LISTS, { unit: unitId, units: [unitId] });
    expect(errors).toBeUndefined();
    lists.push(data.cohorts, data.unit.cohorts);
  }
  await writing;
  for (const { asOf, nodes } of lists) {
    const listed = nodes.map(({ id }) => id);
    const later = await plannedAfter(asOf);
    expect(new Set([...listed, ...later])).toEqual(all);
    expect(listed.length + later.length).toBe(all.size);
  }
});

it('asOf is given for an empty list too, and is the same for all lists of one snapshot', async () => {
  const { id } = await newUnit(server);
  const { data } = await server.ask(
    `query ($id: ID!) { latestCursor universities { asOf }
      unit(id: $id) { cohorts { asOf nodes { id } } children { asOf } } }`,
    { id },
  );
  const { cohorts, children } = data.unit;
  expect(cohorts.nodes).toEqual([]);
  expect(new Set([data.latestCursor, data.universities.asOf, cohorts.asOf, children.asOf]).size).toBe(1);
});

it('asOf stays with its list in the cache of Apollo Client, whatever another view reads meanwhile', async () => {
  const authorization = `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`;
  const link = new HttpLink({ uri: `${server.url}/graphql`, headers: { authorization } });
  const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
  const cohorts = {
    query: gql`
      query Cohorts {
        cohorts(first: 3) {
          asOf
          totalCount
          edges {
            node {
              id
            }
          }
        }
      }
    `,
  };
  interface Shown {
    cohorts: { asOf: string; totalCount: number };
  }
  const before = (await apollo.query<Shown>(cohorts)).data!.cohorts;
  const planned = await plan();
  await apollo.query({
    query: gql`
      query Others {
        latestCursor
        universities(first: 1) {
          asOf
          totalCount
        }
      }
    `,
  });
  const shown = apollo.readQuery<Shown>(cohorts)!.cohorts;
  expect(shown).toEqual(before);

  const socket = await connect(server.url);
  const follow = `subscription ($after: EventCursor) { cohortChanged(after: $after) { cohort { id } } }`;
  const { cohortChanged } = await socket.subscribe(follow, { after: shown.asOf }).nextData();
  expect(cohortChanged.cohort.id).toBe(planned);
  await socket.close();
  apollo.stop();
});

it('asOf is given by a list in an event', async () => {
  const socket = await connect(server.url);
  const { data } = await server.ask('{ latestCursor }');
  const follow = `subscription ($after: EventCursor, $units: [ID!]) {
    cohortChanged(after: $after, filter: { unitIds: $units }) { cursor cohort { hostUnit { cohorts { asOf } } } } }`;
  const events = socket.subscribe(follow, { after: data.latestCursor, units: [unitId] });
  await plan();
  const { cursor, cohort } = (await events.nextData()).cohortChanged;
  expect(cohort.hostUnit.cohorts.asOf).toBe(cursor);
  await socket.close();
});

it('asOf of a list in the payload of a mutation includes that change', async () => {
  const { university, cursor } = await must(
    server,
    'addUniversity',
    { code: newCode('V'), name: 'Đại học Luật' },
    'cursor university { cohorts { asOf } }',
  );
  expect(university.cohorts.asOf).toBe(cursor);
});
