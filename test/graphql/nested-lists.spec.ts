// Nested lists of one record that differ in nothing but their conditions: each gives its own rows.
import { type Listing, PageArgs } from '../../src/graphql/page';
import { readPage } from '../../src/graphql/read-page';
import { Reader } from '../../src/graphql/reader';
import { sql } from '../../src/lib/sql';
import { Cohort } from '../../src/registry/cohort/cohort.entity';
import { startTestServer, type TestServer } from '../support/server';
import { must, newCohort, newUnit } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const cohortsIn = (status: string): Listing<Cohort> => ({
  entity: Cohort,
  alias: 'cohort',
  orders: { STARTS_ON: ['startsOn'] },
  usual: { field: 'STARTS_ON', direction: 'ASC' },
  narrow: () => [sql`cohort.status = ${status}`],
});

it('two nested lists of one parent with different filters are loaded separately', async () => {
  const host = await newUnit(server);
  const planned = await newCohort(server, { hostUnitId: host.id });
  const enrolling = await newCohort(server, { hostUnitId: host.id });
  await must(server, 'openEnrolment', { cohortId: enrolling.id }, 'cohort { id }');
  const reader = new Reader(server.running.services.database, 'nobody');
  const having = async (status: string) => {
    const of = { id: host.id, column: 'cohort.hostUnitId' };
    const page = await readPage(reader, '2026-01-01', cohortsIn(status), new PageArgs(), { of });
    return [page.nodes.map(({ id }) => id), await page.totalCount()];
  };
  try {
    expect(await Promise.all([having('PLANNED'), having('ENROLLING')])).toEqual([
      [[planned.id], 1],
      [[enrolling.id], 1],
    ]);
  } finally {
    await reader.end();
  }
});
