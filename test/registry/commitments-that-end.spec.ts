// How commitments to service end, by service, waiver or repayment, and how slips in them are put right.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  must,
  newCode,
  newDegreeClass,
  newServiceRule,
  newUnit,
  refusals,
  refusedUnlogged,
} from '../support/world';

type Fields = Record<string, any>;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await newServiceRule(server, { multiple: 1 });
});
afterAll(() => server.stop());

const reason = 'Nhập sai';
const COST = 120_000_000;
const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

async function read(query: string, variables: object = {}): Promise<Fields> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** A learner of a two-year class that ended on 2024-02-29, who owes 24 months from the day after. */
async function committed({ graduates = true } = {}) {
  const { cohort, officialIds, enrolmentIds, unitId } = await newDegreeClass(server, 1);
  const owed = { commitments: [{ enrolmentId: enrolmentIds[0], cost: COST }] };
  const { commitments } = await must(server, 'recordServiceCommitments', owed, 'commitments { id }');
  const degrees = [{ officialId: officialIds[0], graduatedOn: '2024-02-29' }];
  if (graduates) await must(server, 'recordGraduates', { cohortId: cohort.id, graduates: degrees }, 'cursor');
  return { commitmentId: commitments[0].id as string, officialId: officialIds[0]!, unitId };
}

/** Ends the only post of an official. */
async function leaves(officialId: string, until: string): Promise<void> {
  const { official } = await read('query ($id: ID!) { official(id: $id) { assignments { id } } }', {
    id: officialId,
  });
  await must(server, 'endAssignment', { assignmentId: official.assignments[0].id, until }, 'cursor');
}

const TERMS = 'studyMonths monthsOwed servesFrom endsOn cost version status endedOn endingReason';
const commitmentOf = async (id: string): Promise<Fields> =>
  (
    await read(
      `query ($id: ID!) { node(id: $id) { ... on ServiceCommitment { ${TERMS}
        corrections { event reason } repayments { amount paidOn receipt } } } }`,
      { id },
    )
  ).node;
const compensationOf = async (commitmentId: string, on: string): Promise<Fields> =>
  (
    await read(
      'query ($commitmentId: ID!, $on: Date) { compensation(commitmentId: $commitmentId, on: $on) { amount repaid left } }',
      { commitmentId, on },
    )
  ).compensation;

describe('a commitment entered wrongly', () => {
  it('gets its right cost and length of study, and what is owed follows', async () => {
    const { commitmentId } = await committed();
    const input = { commitmentId, studyMonths: 18, version: 1, reason };
    const { commitment } = await must(server, 'correctCommitment', input, `commitment { ${TERMS} }`);
    expect(commitment).toMatchObject({
      studyMonths: 18,
      monthsOwed: 18,
      endsOn: '2025-08-31',
      cost: COST,
      version: 2,
    });
    await must(server, 'correctCommitment', { commitmentId, cost: 90_000_000, reason }, 'cursor');
    expect(await commitmentOf(commitmentId)).toMatchObject({
      ...{ studyMonths: 18, cost: 90_000_000, version: 3 },
      corrections: [1, 2].map(() => ({ event: 'commitment.corrected', reason })),
    });
  });

  it('keeps both changes of two who correct different fields, and refuses the second who read an old version', async () => {
    const { commitmentId } = await committed();
    await Promise.all([
      must(server, 'correctCommitment', { commitmentId, cost: 1_000, reason }, 'cursor'),
      must(server, 'correctCommitment', { commitmentId, studyMonths: 12, reason }, 'cursor'),
    ]);
    expect(await commitmentOf(commitmentId)).toMatchObject({ cost: 1_000, studyMonths: 12, version: 3 });
    const stale = { commitmentId, cost: 2_000, version: 2, reason };
    expect(await refused('correctCommitment', stale)).toEqual(['STALE_VERSION input.version']);
  });

  it('does not cost less than was repaid, nor change once it has ended', async () => {
    const { commitmentId } = await committed({ graduates: false });
    await must(server, 'recordRepayment', { commitmentId, amount: 50_000_000 }, 'cursor');
    const less = { commitmentId, cost: 49_999_999, reason };
    expect(await refused('correctCommitment', less)).toEqual(['CONFLICT input.cost']);
    await must(server, 'dischargeCommitment', { commitmentId, as: 'WAIVED', reason }, 'cursor');
    for (const [name, input] of [
      ['correctCommitment', { cost: COST + 1, reason }],
      ['dischargeCommitment', { as: 'FULFILLED' }],
      ['recordRepayment', { amount: 1 }],
    ] as const)
      expect(await refused(name, { commitmentId, ...input })).toEqual([
        'ILLEGAL_TRANSITION input.commitmentId',
      ]);
  });
});

describe('a commitment ends', () => {
  it('by service once all months were served, and not before', async () => {
    const { commitmentId } = await committed();
    const early = { commitmentId, as: 'FULFILLED', on: '2026-02-27' };
    expect(await refused('dischargeCommitment', early)).toEqual(['CONFLICT input.as']);
    const [told] = await refusals(server, 'dischargeCommitment', early, 'vi');
    expect(told!.message).toContain('23/24 tháng');
    await must(server, 'dischargeCommitment', { ...early, on: '2026-02-28' }, 'cursor');
    expect(await commitmentOf(commitmentId)).toMatchObject({ status: 'FULFILLED', endedOn: '2026-02-28' });
    const filter = { statuses: ['FULFILLED'], unitIds: [(await committed()).unitId] };
    const listed =
      'query ($filter: ServiceCommitmentFilter) { serviceCommitments(filter: $filter) { totalCount } }';
    expect((await read(listed, { filter })).serviceCommitments.totalCount).toBe(0);
  });

  it('not by service of a learner without a degree, who repays or is waived, with a reason', async () => {
    const { commitmentId } = await committed({ graduates: false });
    expect(await refused('dischargeCommitment', { commitmentId, as: 'FULFILLED' })).toEqual([
      'CONFLICT input.as',
    ]);
    expect(await refused('dischargeCommitment', { commitmentId, as: 'WAIVED' })).toEqual([
      'INVALID input.reason',
    ]);
    const future = { commitmentId, as: 'WAIVED', reason, on: '2999-01-01' };
    expect(await refused('dischargeCommitment', future)).toEqual(['INVALID input.on']);
    await must(server, 'dischargeCommitment', { commitmentId, as: 'WAIVED', reason }, 'cursor');
    expect(await commitmentOf(commitmentId)).toMatchObject({ status: 'WAIVED', endingReason: reason });
    expect(await compensationOf(commitmentId, '2026-06-30')).toEqual({ amount: COST, repaid: 0, left: 0 });
  });

  it('by repayments, part by part, until all that is due is paid', async () => {
    const { commitmentId, officialId } = await committed();
    await leaves(officialId, '2025-02-28'); // after 12 of 24 months
    expect(await compensationOf(commitmentId, '2025-06-30')).toEqual({
      amount: 60_000_000,
      repaid: 0,
      left: 60_000_000,
    });
    const part = { commitmentId, amount: 20_000_000, paidOn: '2025-04-01', receipt: 'BL 12' };
    await must(server, 'recordRepayment', part, 'cursor');
    expect(await compensationOf(commitmentId, '2025-06-30')).toMatchObject({
      repaid: 20_000_000,
      left: 40_000_000,
    });
    const tooMuch = { commitmentId, amount: 40_000_001, paidOn: '2025-06-30' };
    expect(await refused('recordRepayment', tooMuch)).toEqual(['CONFLICT input.amount']);
    const [told] = await refusals(server, 'recordRepayment', tooMuch, 'vi');
    expect(told!.message).toContain('40.000.000 đồng');
    const rest = { ...tooMuch, amount: 40_000_000 };
    const { commitment } = await must(server, 'recordRepayment', rest, 'commitment { status endedOn }');
    expect(commitment).toEqual({ status: 'SETTLED', endedOn: '2025-06-30' });
    expect((await commitmentOf(commitmentId)).repayments).toEqual([
      { amount: 20_000_000, paidOn: '2025-04-01', receipt: 'BL 12' },
      { amount: 40_000_000, paidOn: '2025-06-30', receipt: null },
    ]);
  });

  it('by one of two who pay the last part at once', async () => {
    const { commitmentId } = await committed({ graduates: false });
    const pay = () => refusals(server, 'recordRepayment', { commitmentId, amount: COST });
    const both = await Promise.all([pay(), pay()]);
    expect(both.map((errors) => errors.map(({ code }) => code)).sort()).toEqual([[], ['ILLEGAL_TRANSITION']]);
    expect((await commitmentOf(commitmentId)).repayments).toHaveLength(1);
  });
});

describe('an end of a commitment that was entered by mistake', () => {
  it('is taken back, and so is a repayment', async () => {
    const { commitmentId } = await committed({ graduates: false });
    expect(await refused('reopenCommitment', { commitmentId, reason })).toEqual([
      'ILLEGAL_TRANSITION input.commitmentId',
    ]);
    await must(server, 'dischargeCommitment', { commitmentId, as: 'WAIVED', reason: 'Nghỉ hưu' }, 'cursor');
    await must(server, 'reopenCommitment', { commitmentId, reason }, 'cursor');
    expect(await commitmentOf(commitmentId)).toMatchObject({
      status: 'RUNNING',
      endedOn: null,
      endingReason: null,
    });
    const paid = { commitmentId, amount: COST };
    const { repayment } = await must(server, 'recordRepayment', paid, 'repayment { id commitment { id } }');
    expect(repayment.commitment).toEqual({ id: commitmentId });
    expect(await refused('reopenCommitment', { commitmentId, reason })).toEqual([
      'ILLEGAL_TRANSITION input.commitmentId',
    ]);
    const wrong = { repaymentId: repayment.id, reason };
    await must(server, 'withdrawRepayment', wrong, 'cursor');
    expect(await commitmentOf(commitmentId)).toMatchObject({
      status: 'RUNNING',
      endedOn: null,
      repayments: [],
    });
    expect(await refused('withdrawRepayment', wrong)).toEqual(['NOT_FOUND input.repaymentId']);
  });

  it('is for the unit that sent the learner, and no other', async () => {
    const { commitmentId } = await committed({ graduates: false });
    const unitId = (await newUnit(server)).id;
    const token = await tokenOf({ subject: newCode('s-'), role: Role.UNIT_MANAGER, unitId });
    const query = `mutation ($input: DischargeCommitmentInput!) { dischargeCommitment(input: $input) {
      userErrors { code path } } }`;
    const input = { commitmentId, as: 'WAIVED', reason };
    const { data } = await server.ask(query, { input }, { token });
    expect(data.dischargeCommitment.userErrors).toEqual([
      { code: 'NOT_FOUND', path: ['input', 'commitmentId'] },
    ]);
  });
});
