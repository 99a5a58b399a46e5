// Decisions with number and day on the records they decide: opening a cohort, sending learners, recognising results.
import { dayOf } from '../../src/lib/dates';
import { Role } from '../../src/access/policy';
import { decide, eventsOf, newEnrollingCohort, withdraw } from '../support/enrolments';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import { logEnd, must, newClass, newCohort, newUnit, nominate, refusedUnlogged } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const DECISION = { decisionNumber: '45/QĐ-UBND', decidedOn: '2024-02-01' };
const FIELDS = 'decisionNumber decidedOn';
const NONE = { decisionNumber: null, decidedOn: null };
const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

async function decisionsOf(cohortId: string): Promise<Record<string, object>> {
  const query = `query ($id: ID!) { cohort(id: $id) { enrolments(first: 100) { nodes { id ${FIELDS} } } } }`;
  const { nodes } = (await server.ask(query, { id: cohortId })).data.cohort.enrolments;
  return Object.fromEntries(nodes.map(({ id, ...decision }: any) => [id, decision]));
}

test('the decision that opens a cohort is kept with it, and can be corrected', async () => {
  const { id: cohortId } = await newCohort(server, DECISION);
  const read = async () =>
    (await server.ask(`query ($id: ID!) { cohort(id: $id) { ${FIELDS} } }`, { id: cohortId })).data.cohort;
  expect(await read()).toEqual(DECISION);
  const correction = { cohortId, version: 1, decisionNumber: '46/QĐ-UBND' };
  await must(server, 'reviseCohort', correction, 'cohort { id }');
  expect(await read()).toEqual({ ...DECISION, decisionNumber: '46/QĐ-UBND' });
  const future = { cohortId, version: 2, decidedOn: '2999-01-01' };
  expect(await refused('reviseCohort', future)).toEqual(['INVALID input.decidedOn']);
});

describe('the decision that sends learners', () => {
  test('is recorded for many at once, of several cohorts, with an event for each cohort', async () => {
    const [first, second] = [await newEnrollingCohort(server, 2), await newEnrollingCohort(server, 1)];
    const ids = await nominate(server, first.cohortId, first.officialIds);
    const others = await nominate(server, second.cohortId, second.officialIds);
    await decide(server, [ids[0]!], 'ACCEPT');
    const before = await logEnd(server);
    const input = { enrolmentIds: [...ids, ...others], ...DECISION };
    const done = await must(server, 'recordSending', input, `enrolments { id ${FIELDS} }`);
    expect(done.enrolments).toEqual(input.enrolmentIds.map((id) => ({ id, ...DECISION })));
    const events = await eventsOf(server, [first.cohortId, second.cohortId], before);
    expect(events.map(({ kind, cohort, changes }) => [kind, cohort.id, changes])).toEqual(
      [
        [first.cohortId, '2'],
        [second.cohortId, '1'],
      ].map(([id, to]) => ['ENROLMENTS_CHANGED', id, [{ field: 'sendingDecisions', from: null, to }]]),
    );
  });

  test('is corrected by recording it again; what is left out stays', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 2);
    const ids = await nominate(server, cohortId, officialIds);
    await must(server, 'recordSending', { enrolmentIds: ids, ...DECISION }, 'cursor');
    await must(server, 'recordSending', { enrolmentIds: [ids[0]], decisionNumber: '7/QĐ-SNV' }, 'cursor');
    await must(server, 'recordSending', { enrolmentIds: [ids[1]], ...NONE }, 'cursor');
    expect(await decisionsOf(cohortId)).toEqual({
      [ids[0]!]: { ...DECISION, decisionNumber: '7/QĐ-SNV' },
      [ids[1]!]: NONE,
    });
  });

  test('is refused for those who were declined or have withdrawn, twice, or with a day to come', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 3);
    const ids = await nominate(server, cohortId, officialIds);
    await decide(server, [ids[0]!], 'DECLINE');
    await withdraw(server, ids[1]!);
    const enrolmentIds = [...ids, ids[2]];
    expect(await refused('recordSending', { enrolmentIds, ...DECISION })).toEqual([
      'ILLEGAL_TRANSITION input.enrolmentIds.0',
      'ILLEGAL_TRANSITION input.enrolmentIds.1',
      'ALREADY_EXISTS input.enrolmentIds.3',
    ]);
    const future = { enrolmentIds: [ids[2]], ...DECISION, decidedOn: '2999-01-01' };
    expect(await refused('recordSending', future)).toEqual(['INVALID input.decidedOn']);
    expect(Object.values(await decisionsOf(cohortId))).toEqual([NONE, NONE, NONE]);
  });

  test('stays with an earlier nomination when the official is nominated again', async () => {
    const { cohortId, officialIds } = await newEnrollingCohort(server, 1);
    const ids = await nominate(server, cohortId, officialIds);
    await must(server, 'recordSending', { enrolmentIds: ids, ...DECISION }, 'cursor');
    await withdraw(server, ids[0]!);
    const again = { cohortId, officialIds };
    const selection = `enrolments { ${FIELDS} nominatedOn earlierNominations { ${FIELDS} } }`;
    const { enrolments } = await must(server, 'nominateOfficials', again, selection);
    expect(enrolments).toEqual([{ ...NONE, nominatedOn: dayOf(new Date()), earlierNominations: [DECISION] }]);
  });

  test('is recorded by the unit that sends them or hosts the cohort, and by no other', async () => {
    const { cohortId, unitId, officialIds } = await newEnrollingCohort(server, 1);
    const enrolmentIds = await nominate(server, cohortId, officialIds);
    const send = async (at: string) => {
      const token = await tokenOf({ subject: at, role: Role.UNIT_MANAGER, unitId: at });
      const query = `mutation ($input: RecordSendingInput!) {
        recordSending(input: $input) { userErrors { code } } }`;
      const { data } = await server.ask(query, { input: { enrolmentIds, ...DECISION } }, { token });
      return data.recordSending.userErrors.map(({ code }: { code: string }) => code);
    };
    expect(await send((await newUnit(server)).id)).toEqual(['NOT_FOUND']);
    expect(await send(unitId)).toEqual([]);
  });
});

test('the decision that recognises results is kept with each graduation, and can be corrected', async () => {
  const { cohort, officialIds } = await newClass(server, 2);
  const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
  const ceremony = { cohortId: cohort.id, graduates, ...DECISION };
  const done = await must(server, 'recordGraduates', ceremony, `graduates { id ${FIELDS} }`);
  expect(done.graduates).toMatchObject([DECISION, DECISION]);
  const correction = { graduateId: done.graduates[0].id, decidedOn: '2024-06-02' };
  const { graduate } = await must(server, 'correctGraduate', correction, `graduate { ${FIELDS} }`);
  expect(graduate).toEqual({ ...DECISION, decidedOn: '2024-06-02' });
  const future = { graduateId: done.graduates[1].id, decidedOn: '2999-01-01' };
  expect(await refused('correctGraduate', future)).toEqual(['INVALID input.decidedOn']);
});
