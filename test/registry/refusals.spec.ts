// Words of refusals: what a record is, when something ends, and who may; in Vietnamese with days and states in words.
import { wording } from '../../src/lib/locale';
import {
  dissolvedUnit,
  must,
  newCohort,
  newOfficial,
  newOrder,
  newPlan,
  newProgramme,
  newUnit,
  newUniversity,
  nominate,
  refusals,
  takeSteps,
} from '../support/world';
import { startTestServer, type TestServer, tokenOf } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** The server for a personnel officer of a unit. */
async function managerOf(unitId: string): Promise<TestServer> {
  const token = await tokenOf({ subject: `manager ${unitId}`, role: 'UNIT_MANAGER', unitId });
  return {
    ...server,
    ask: (query, variables, options) => server.ask(query, variables, { ...options, token }),
  };
}

/** Why a mutation is refused, in Vietnamese and in English. */
async function words(caller: TestServer, name: string, input: object): Promise<string[]> {
  const said = await Promise.all(['vi', 'en'].map((language) => refusals(caller, name, input, language)));
  return said.map((errors) => errors.map(({ message }) => message).join(' '));
}

test.each([
  ['Ngày 2026-03-07.', 'Ngày 07/3/2026.'],
  ['Ngày 2026-02-27 hoặc 2026-11-30', 'Ngày 27/02/2026 hoặc 30/11/2026'],
  ['(2026-01-01)', '(01/01/2026)'],
  ['Lớp K-2026-03-07', 'Lớp K-2026-03-07'],
  ['"2026-03-07"', '"2026-03-07"'],
])('%s is said as %s in Vietnamese', (text, said) => {
  expect(wording({ vi: text, en: text }, 'vi')).toBe(said);
  expect(wording({ vi: text, en: text }, 'en')).toBe(text);
});

test('who sent a learner is told that the host decides, and a stranger of no such enrolment', async () => {
  const [host, sender, stranger] = [await newUnit(server), await newUnit(server), await newUnit(server)];
  const cohort = await newCohort(server, { hostUnitId: host.id });
  await takeSteps(server, cohort.id, ['openEnrolment']);
  const { id } = await newOfficial(server, { unitId: sender.id });
  const enrolmentIds = await nominate(server, cohort.id, [id]);
  const decision = { enrolmentIds, decision: 'ACCEPT' };
  expect(await words(await managerOf(sender.id), 'decideEnrolments', decision)).toEqual([
    `Đơn vị tổ chức lớp (${host.name}) xét duyệt; bạn không có quyền này.`,
    `The unit that hosts the cohort (${host.name}) decides on it; you may not.`,
  ]);
  expect(await words(await managerOf(stranger.id), 'decideEnrolments', decision)).toEqual([
    'Không tìm thấy lượt tham gia này.',
    'There is no such enrolment.',
  ]);
});

describe('what everybody may see, but others may change', () => {
  test('a class names the unit that hosts it', async () => {
    const [host, other] = [await newUnit(server), await newUnit(server)];
    const { id, code } = await newCohort(server, { hostUnitId: host.id });
    expect(await words(await managerOf(other.id), 'openEnrolment', { cohortId: id })).toEqual([
      `Bạn không có quyền thực hiện việc này với lớp ${code}, do ${host.name} tổ chức.`,
      `You may not do this to the cohort ${code}, which ${host.name} hosts.`,
    ]);
  });

  test.each([
    ['revisePlan', 'planId', async () => (await newPlan(server)).id, 'kế hoạch này', {}],
    ['cancelOrder', 'orderId', async () => (await newOrder(server)).id, 'đặt hàng này', { reason: 'Nhầm' }],
    ['reviseProgramme', 'programmeId', async () => (await newProgramme(server)).id, '', {}],
  ])('%s of a stranger is not told that there is none', async (name, field, make, what, more) => {
    const caller = await managerOf((await newUnit(server)).id);
    const [vi] = await words(caller, name, { [field]: await make(), ...more });
    expect(vi).toContain(`Bạn không có quyền thực hiện việc này với ${what}`);
  });

  test('a registrar is told so of another university', async () => {
    const [own, other] = [await newUniversity(server), await newUniversity(server)];
    const role = { role: 'UNIVERSITY_REGISTRAR', universityId: own.id } as const;
    const token = await tokenOf({ subject: 'registrar', ...role });
    const caller: TestServer = {
      ...server,
      ask: (query, variables, options) => server.ask(query, variables, { ...options, token }),
    };
    const [vi] = await words(caller, 'reviseUniversity', { universityId: other.id, name: 'X' });
    expect(vi).toMatch(/^Bạn không có quyền thực hiện việc này với /);
  });
});

describe('an end that lies ahead', () => {
  test('of a unit is said to come', async () => {
    const unit = await dissolvedUnit(server, '2098-03-08');
    const input = { effectiveOn: '2099-01-01', closeIds: [unit.id], open: [] };
    const again = { ...input, successions: [{ predecessorId: unit.id, kind: 'DISSOLVED' }] };
    const [vi, en] = await words(server, 'reorganiseUnits', again);
    expect(vi).toBe(`${unit.name} sẽ kết thúc hoạt động từ hết ngày 07/3/2098.`);
    expect(en).toBe(`${unit.name} closes on 2098-03-07 already.`);
  });

  test('of a post is said to come, and one that has come to have come', async () => {
    const { id } = await newOfficial(server);
    const posts = 'query ($id: ID!) { official(id: $id) { assignments { id } } }';
    const [{ id: assignmentId }] = (await server.ask(posts, { id })).data.official.assignments;
    await must(server, 'endAssignment', { assignmentId, until: '2098-12-31' }, 'assignment { id }');
    const end = (until: string) => words(server, 'endAssignment', { assignmentId, until });
    expect((await end('2099-12-31'))[0]).toBe('Bố trí này sẽ kết thúc từ hết ngày 31/12/2098.');
    await must(server, 'endAssignment', { assignmentId, until: '2024-12-31' }, 'assignment { id }');
    expect((await end('2099-12-31'))[0]).toBe('Bố trí này đã kết thúc ngày 31/12/2024.');
  });
});
