// What specs of enrolments share: a cohort open for nominations, the mutations, and what the API shows of it.
import type { TestServer } from './server';
import { must, newCohort, newOfficial, newPosition, newUnit } from './world';

type Row = Record<string, any>;

/** A cohort as the API shows it, with its enrolments. */
export async function readCohort(server: TestServer, id: string): Promise<Row> {
  const query = `query ($id: ID!) { cohort(id: $id) { status enrolledCount
    enrolments(first: 100) { totalCount nodes {
      id status official { id } unitAtEnrolment { id } categoryAtEnrolment } } } }`;
  return (await server.ask(query, { id })).data.cohort;
}

/** The events of cohorts after a cursor. */
export async function eventsOf(server: TestServer, cohortIds: string[], after: string): Promise<Row[]> {
  const query = `query ($ids: [ID!], $after: EventCursor) { cohortEvents(filter: { cohortIds: $ids }, after: $after) {
    cursor kind cohort { id } changes { field from to } } }`;
  return (await server.ask(query, { ids: cohortIds, after })).data.cohortEvents;
}

/** A cohort open for nominations, and officials of its host. */
export async function newEnrollingCohort(server: TestServer, officials: number, more: object = {}) {
  const unitId = (await newUnit(server)).id;
  const positionCode = (await newPosition(server)).code;
  const { id } = await newCohort(server, { hostUnitId: unitId, ...more });
  await must(server, 'openEnrolment', { cohortId: id }, 'cohort { id }');
  const ids: string[] = [];
  for (let i = 0; i < officials; i++) ids.push((await newOfficial(server, { unitId, positionCode })).id);
  return { cohortId: id, unitId, officialIds: ids };
}

export const decide = (
  server: TestServer,
  enrolmentIds: string[],
  decision: 'ACCEPT' | 'DECLINE' | 'WAITLIST',
) => must(server, 'decideEnrolments', { enrolmentIds, decision }, 'enrolments { id status }');

export const withdraw = (server: TestServer, enrolmentId: string) =>
  must(server, 'withdrawEnrolment', { enrolmentId }, 'enrolment { id status }');

/** Any mutation of a cohort that takes its id alone, such as startCohort. */
export const step = (server: TestServer, name: string, cohortId: string) =>
  must(server, name, { cohortId }, 'cohort { id }');
