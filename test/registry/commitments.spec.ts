// Service rules, commitments and compensation after degree study.
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newDay,
  newDegreeClass,
  newOfficial,
  newProgramme,
  newServiceRule,
  newUnit,
  newUniversity,
  nominate,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await newServiceRule(server, { maximumAge: 45, yearsBefore: 3 });
});
afterAll(() => server.stop());

const NOBODY = '01jb0000000000000000000000';
const MOST = Number.MAX_SAFE_INTEGER;

async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const coded = (errors: { code: string; path: string[] }[]) =>
  errors.map(({ code, path }) => `${code} ${path.slice(1).join('.')}`);

const TERMS = 'id studyMonths monthsOwed servesFrom endsOn cost rule { source }';

/** A degree class whose learners have committed themselves; they graduate when `graduates` says so. */
async function committed(
  learners: number,
  { cost = 120_000_000, graduates = true, ...more }: Record<string, any> = {},
): Promise<any> {
  const made = await newDegreeClass(server, learners, more);
  const commitments = made.enrolmentIds.map((enrolmentId) => ({ enrolmentId, cost }));
  const done = await must(server, 'recordServiceCommitments', { commitments }, `commitments { ${TERMS} }`);
  if (graduates) {
    const ceremony = made.officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-02-29' }));
    await must(server, 'recordGraduates', { cohortId: made.cohort.id, graduates: ceremony }, 'cursor');
  }
  return { ...made, commitments: done.commitments };
}

/** A degree class that takes nominations still. */
async function enrolling(more: object = {}): Promise<string> {
  const programmeId = (await newProgramme(server, { kind: 'DEGREE', degreeLevel: 'MASTER' })).id;
  const { id } = await newCohort(server, {
    ...{ programmeId, startsOn: '2022-03-01', endsOn: '2024-02-29' },
    ...more,
  });
  await must(server, 'openEnrolment', { cohortId: id }, 'cursor');
  return id;
}

async function leave(officialId: string, until: string): Promise<void> {
  const { official } = await read('query ($id: ID!) { official(id: $id) { assignments { id } } }', {
    id: officialId,
  });
  await must(server, 'endAssignment', { assignmentId: official.assignments[0].id, until }, 'cursor');
}

const compensation = async (commitmentId: string, on: string): Promise<any> =>
  (
    await read(
      `query ($id: ID!, $on: Date) { compensation(commitmentId: $id, on: $on) {
        on basis cost monthsOwed monthsServed amount steps } }`,
      { id: commitmentId, on },
    )
  ).compensation;

describe('a rule on service', () => {
  it('holds for its category and period, with its source, until it is ended', async () => {
    const [from, until] = [newDay(), newDay()];
    const input = { category: 'CADRE', from, multiple: 2, maximumAge: 40, source: 'Nghị định mẫu, Điều 6' };
    const { rule } = await must(server, 'addServiceRule', input, 'rule { id validTo }');
    expect(rule.validTo).toBeNull();
    const on = async (day: string) =>
      (
        await read(
          'query ($on: Date) { serviceRules(on: $on) { id category multiple maximumAge yearsBefore source } }',
          { on: day },
        )
      ).serviceRules;
    const { from: _from, ...facts } = input;
    expect(await on(until)).toEqual([{ id: rule.id, yearsBefore: null, ...facts }]);
    await must(server, 'endServiceRule', { serviceRuleId: rule.id, until: from }, 'cursor');
    expect(await on(until)).toEqual([]);
    expect(await on(from)).toHaveLength(1);
    const again = { serviceRuleId: rule.id, until };
    expect(coded(await refusals(server, 'endServiceRule', again))).toEqual([
      'ILLEGAL_TRANSITION serviceRuleId',
    ]);
  });

  it('is refused when it overlaps another of its category, ends before it begins, or names no source', async () => {
    const rule = { category: 'CIVIL_SERVANT', from: '2020-01-01', multiple: 2, source: 'Nghị định mẫu' };
    const before = await logEnd(server);
    const told = async (more: object) =>
      coded(await refusals(server, 'addServiceRule', { ...rule, ...more }));
    expect(await told({})).toEqual(['OVERLAPPING_PERIOD from']);
    expect(await told({ from: '2000-01-01', until: '2010-01-01' })).toEqual(['OVERLAPPING_PERIOD from']);
    expect(await told({ from: '2000-01-01', until: '1999-12-31' })).toEqual(['INVALID until']);
    expect(await told({ source: ' ' })).toEqual(['INVALID source']);
    expect(await told({ multiple: 0 })).toEqual(['INVALID multiple']);
    expect(await logEnd(server)).toBe(before);
    const input = { serviceRuleId: `servicerule_${NOBODY}`, until: '2020-01-01' };
    expect(coded(await refusals(server, 'endServiceRule', input))).toEqual(['NOT_FOUND serviceRuleId']);
  });
});

describe('a commitment', () => {
  it('owes the multiple of the months of study, from the day after the course', async () => {
    const { commitments } = await committed(1);
    expect(commitments).toEqual([
      {
        ...{ id: expect.any(String), studyMonths: 24, monthsOwed: 72 },
        ...{ servesFrom: '2024-03-01', endsOn: '2030-02-28', cost: 120_000_000 },
        rule: { source: 'Nghị định mẫu, Điều 1' },
      },
    ]);
  });

  it('goes by the rule in force on the first day of study, for the category of then', async () => {
    const unitId = (await newUnit(server)).id;
    const [older, newer] = ['2021-12-31', '2022-01-01'];
    const cadres = { category: 'PUBLIC_EMPLOYEE' };
    await newServiceRule(server, { ...cadres, until: older, multiple: 2 });
    await newServiceRule(server, { ...cadres, from: newer, until: null, multiple: 4 });
    const owed = [];
    for (const startsOn of [older, newer]) {
      const cohortId = await enrolling({ startsOn, endsOn: '2022-12-31' });
      const officialId = (await newOfficial(server, { unitId, ...cadres })).id;
      const enrolmentIds = await nominate(server, cohortId, [officialId]);
      await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
      const revision = { officialId, category: 'CIVIL_SERVANT' };
      await must(server, 'reviseOfficial', revision, 'cursor');
      const input = { commitments: [{ enrolmentId: enrolmentIds[0], cost: 1, studyMonths: 12 }] };
      const { commitments } = await must(
        server,
        'recordServiceCommitments',
        input,
        'commitments { monthsOwed }',
      );
      owed.push(commitments[0].monthsOwed);
    }
    expect(owed).toEqual([24, 48]);
  });

  it('counts a begun month of study as whole, or the decided length when it is given', async () => {
    const { enrolmentIds } = await newDegreeClass(server, 2, {
      startsOn: '2022-03-15',
      endsOn: '2023-03-15',
    });
    const commitments = [{ studyMonths: null }, { studyMonths: 18 }].map((more, i) => ({
      ...{ enrolmentId: enrolmentIds[i], cost: 0 },
      ...more,
    }));
    const done = await must(server, 'recordServiceCommitments', { commitments }, `commitments { ${TERMS} }`);
    expect(done.commitments).toMatchObject([
      { studyMonths: 13, monthsOwed: 39, servesFrom: '2023-03-16' },
      { studyMonths: 18, monthsOwed: 54, servesFrom: '2023-03-16' },
    ]);
  });

  it('says whether the learner met the age and the years of service that the rule names', async () => {
    const cohortId = await enrolling();
    const people = [
      { dateOfBirth: '1976-03-02', since: '2019-03-01' }, // 45 until the day after the first
      { dateOfBirth: '1976-03-01', since: '2010-01-01' },
      { dateOfBirth: '1990-01-01', since: '2019-03-02' },
      { since: '2010-01-01' },
    ];
    const unitId = (await newUnit(server, { validFrom: '2000-01-01' })).id;
    const officialIds: string[] = [];
    for (const more of people) officialIds.push((await newOfficial(server, { unitId, ...more })).id);
    const enrolmentIds = await nominate(server, cohortId, officialIds);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
    const commitments = enrolmentIds.map((enrolmentId) => ({ enrolmentId, cost: 1 }));
    const selection =
      'commitments { meetsConditions official { id } enrolment { serviceCommitment { cost } } }';
    const done = await must(server, 'recordServiceCommitments', { commitments }, selection);
    expect(done.commitments).toEqual(
      [true, false, false, null].map((meetsConditions, i) => ({
        meetsConditions,
        official: { id: officialIds[i] },
        enrolment: { serviceCommitment: { cost: 1 } },
      })),
    );
  });

  it('is refused, each at its place, for officials who owe nothing; then none is recorded', async () => {
    const good = (await newDegreeClass(server, 1)).enrolmentIds[0];
    const done = (await committed(1)).enrolmentIds[0];
    const refresher = (await newClass(server, 1)).enrolmentIds[0];
    const endless = (await newDegreeClass(server, 1, { endsOn: null })).enrolmentIds[0];
    const erased = await newDegreeClass(server, 1);
    await must(server, 'eraseOfficial', { officialId: erased.officialIds[0] }, 'cursor');
    const cadre = (await newOfficial(server, { category: 'CADRE' })).id;
    const people = [cadre, (await newOfficial(server)).id];
    const [unruled, nominated] = await nominate(server, await enrolling(), people);
    await must(server, 'decideEnrolments', { enrolmentIds: [unruled], decision: 'ACCEPT' }, 'cursor');
    const before = await logEnd(server);
    const list = [good, done, refresher, endless, unruled, erased.enrolmentIds[0], nominated, good];
    const commitments = [...list, `enrolment_${NOBODY}`].map((enrolmentId) => ({ enrolmentId, cost: 1 }));
    expect(coded(await refusals(server, 'recordServiceCommitments', { commitments }))).toEqual([
      'ALREADY_EXISTS commitments.1.enrolmentId',
      'NOT_ELIGIBLE commitments.2.enrolmentId',
      'INVALID commitments.3.studyMonths',
      'NOT_ELIGIBLE commitments.4.enrolmentId',
      'NOT_ELIGIBLE commitments.5.enrolmentId',
      'NOT_ELIGIBLE commitments.6.enrolmentId',
      'ALREADY_EXISTS commitments.7.enrolmentId',
      'NOT_FOUND commitments.8.enrolmentId',
    ]);
    expect(await logEnd(server)).toBe(before);
    const { node } = await read(`{ node(id: "${good}") { ... on Enrolment { serviceCommitment { id } } } }`);
    expect(node.serviceCommitment).toBeNull();
  });

  it('takes money in whole đồng only, from nothing to the most that is exact', async () => {
    const { enrolmentIds } = await newDegreeClass(server, 1);
    const mutation = `mutation ($input: RecordServiceCommitmentsInput!) {
      recordServiceCommitments(input: $input) { commitments { cost } userErrors { code path } } }`;
    const send = (cost: unknown) =>
      server.ask(mutation, { input: { commitments: [{ enrolmentId: enrolmentIds[0], cost }] } });
    const before = await logEnd(server);
    const refusal = [{ code: 'INVALID', path: ['input', 'commitments', '0', 'cost'] }];
    for (const cost of [-1, 0.5, MOST + 1, 1e300]) {
      const { data } = await send(cost);
      expect([cost, data.recordServiceCommitments.userErrors]).toEqual([cost, refusal]);
    }
    for (const cost of ['5', 'five', null, true]) {
      const { errors } = await send(cost);
      expect([cost, errors?.map(({ extensions }) => extensions.code)]).toEqual([cost, ['BAD_USER_INPUT']]);
    }
    const written = (cost: string) =>
      server.ask(`mutation { recordServiceCommitments(input: { commitments: [{ enrolmentId: "${enrolmentIds[0]}", cost: ${cost} }] }) {
        userErrors { code path } } }`);
    for (const cost of ['-1', '9007199254740993', '1.5']) {
      expect((await written(cost)).data.recordServiceCommitments.userErrors).toEqual(refusal);
    }
    expect((await written('"5"')).errors).toHaveLength(1);
    expect(await logEnd(server)).toBe(before);
    expect((await send(MOST)).data.recordServiceCommitments).toEqual({
      commitments: [{ cost: MOST }],
      userErrors: [],
    });
  });
});

describe('months served', () => {
  const served = async (id: string, on: string) =>
    (
      await read(
        `query ($id: ID!, $on: Date) { node(id: $id) { ... on ServiceCommitment { monthsServed(on: $on) } } }`,
        { id, on },
      )
    ).node.monthsServed;

  it('are whole months from the day after the course, and never more than are owed', async () => {
    const { commitments } = await committed(1);
    const { id } = commitments[0];
    expect(await served(id, '2024-02-29')).toBe(0);
    expect(await served(id, '2024-03-30')).toBe(0);
    expect(await served(id, '2024-03-31')).toBe(1);
    expect(await served(id, '2025-03-01')).toBe(12);
    expect(await served(id, '2030-02-27')).toBe(71);
    expect(await served(id, '2030-02-28')).toBe(72);
    expect(await served(id, '2050-01-01')).toBe(72);
  });

  it('stop with the last post, go on with the next, and go on without a break through a move', async () => {
    const { commitments, officialIds, unitId } = await committed(1);
    const { id } = commitments[0];
    const { official } = await read(
      `{ official(id: "${officialIds[0]}") { assignments { id position { code } } } }`,
    );
    const [{ id: assignmentId, position }] = official.assignments;
    const other = (await newUnit(server)).id;
    const move = { moves: [{ assignmentId }], unitId: other, from: '2024-03-16' };
    const { assignments } = await must(server, 'moveOfficials', move, 'assignments { id }');
    expect(await served(id, '2024-04-30')).toBe(2);
    await must(server, 'endAssignment', { assignmentId: assignments[0].id, until: '2024-04-30' }, 'cursor');
    expect(await served(id, '2024-12-31')).toBe(2);
    const back = { officialId: officialIds[0], unitId, positionCode: position.code, since: '2024-07-01' };
    await must(server, 'assignOfficial', back, 'cursor');
    expect(await served(id, '2024-12-31')).toBe(2 + 6);
  });
});

describe('compensation', () => {
  it('is the share of the cost that was not served, with each step shown', async () => {
    const { commitments, officialIds } = await committed(1);
    await leave(officialIds[0], '2025-01-15');
    expect(await compensation(commitments[0].id, '2025-12-31')).toEqual({
      ...{ on: '2025-12-31', basis: 'SERVICE_LEFT' },
      ...{ cost: 120_000_000, monthsOwed: 72, monthsServed: 10, amount: 103_333_333 },
      steps: [
        'F = 120000000',
        'T1 = 24 x 3 = 72',
        'T2 = 10',
        'T1 - T2 = 62',
        'F x (T1 - T2) = 7440000000',
        'F x (T1 - T2) / T1 = 103333333 + 24/72',
        'S = 103333333',
      ],
    });
  });

  it('rounds half a đồng up, once at the end', async () => {
    const { commitments } = await committed(1, { cost: 36 }); // 36 x 71 / 72 = 35.5
    expect((await compensation(commitments[0].id, '2024-03-31')).amount).toBe(36);
    const { commitments: less } = await committed(1, { cost: 35 }); // 35 x 71 / 72 = 34.51…
    expect((await compensation(less[0].id, '2024-03-31')).amount).toBe(35);
    const { commitments: least } = await committed(1, { cost: 37 }); // 37 x 71 / 72 = 36.48…
    expect((await compensation(least[0].id, '2024-03-31')).amount).toBe(36);
  });

  it('is exact for the largest amount that there can be', async () => {
    const { commitments } = await committed(1, { cost: MOST });
    const exact = (BigInt(MOST) * 71n * 2n + 72n) / 144n;
    const { amount, steps } = await compensation(commitments[0].id, '2024-03-31');
    expect(BigInt(amount)).toBe(exact);
    expect(steps).toContain(`F x (T1 - T2) = ${BigInt(MOST) * 71n}`);
  });

  it('is nothing once all was served', async () => {
    const { commitments } = await committed(1);
    expect(await compensation(commitments[0].id, '2031-01-01')).toMatchObject({
      amount: 0,
      monthsServed: 72,
    });
  });

  it('is the whole cost for learners who quit or get no degree, however long they serve', async () => {
    const { commitments, enrolmentIds, cohort } = await committed(2, { graduates: false });
    const whole = { basis: 'NO_DEGREE', amount: 120_000_000 };
    expect(await compensation(commitments[0].id, '2023-01-01')).toMatchObject(whole); // still studying
    await must(server, 'withdrawEnrolment', { enrolmentId: enrolmentIds[0] }, 'cursor');
    await must(server, 'completeCohort', { cohortId: cohort.id }, 'cursor');
    for (const { id } of commitments) {
      const { steps, ...told } = await compensation(id, '2026-01-01');
      expect(told).toMatchObject(whole);
      expect(steps.at(-1)).toBe('S = F = 120000000');
    }
  });

  it('is null where there is no such commitment', async () => {
    expect(await compensation(`commitment_${NOBODY}`, '2025-01-01')).toBeNull();
    const { errors } = await server.ask(`{ compensation(commitmentId: "unit_${NOBODY}") { amount } }`);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the commitments at risk', () => {
  const found = async (filter: object): Promise<string[]> =>
    (
      await read(
        `query ($filter: ServiceCommitmentFilter) { serviceCommitments(filter: $filter, first: 100) { nodes { id } } }`,
        { filter },
      )
    ).serviceCommitments.nodes.map(({ id }: any) => id);

  it('are those of learners who quit, got no degree, have left, or will leave before the end', async () => {
    const { commitments, officialIds, unitId } = await committed(5);
    const failed = await committed(1, { graduates: false, hostUnitId: unitId });
    await must(server, 'completeCohort', { cohortId: failed.cohort.id }, 'cursor');
    const quit = await committed(1, { graduates: false, hostUnitId: unitId });
    await must(server, 'withdrawEnrolment', { enrolmentId: quit.enrolmentIds[0] }, 'cursor');
    const studying = await committed(1, { graduates: false, hostUnitId: unitId });
    await leave(officialIds[0], '2025-01-15');
    await leave(officialIds[1], '2029-01-01');
    await leave(officialIds[2], '2030-02-28'); // the last day owed
    // Back before the end, but away today.
    await leave(officialIds[3], '2025-01-15');
    const positionCode = (
      await read(`{ official(id: "${officialIds[3]}") { assignments { position { code } } } }`)
    ).official.assignments[0].position.code;
    const back = { officialId: officialIds[3], unitId, positionCode, since: '2029-01-01' };
    await must(server, 'assignOfficial', back, 'cursor');
    const ids = commitments.map(({ id }: any) => id);
    const risky = [ids[0], ids[1], ids[3], failed.commitments[0].id, quit.commitments[0].id];
    const safe = [ids[2], ids[4], studying.commitments[0].id];
    expect((await found({ atRisk: true, unitIds: [unitId] })).sort()).toEqual(risky.sort());
    expect((await found({ atRisk: false, unitIds: [unitId] })).sort()).toEqual(safe.sort());
    expect((await found({ unitIds: [unitId] })).sort()).toEqual([...risky, ...safe].sort());
    expect(await found({ officialIds: [officialIds[0]] })).toEqual([ids[0]]);
  });

  it('are shown to the managers of the unit that sent the learners, and to the learner, alone', async () => {
    const { commitments, officialIds, unitId } = await committed(2);
    await leave(officialIds[0], '2025-01-15');
    const ids = commitments.map(({ id }: any) => id).sort();
    const asking = async (role: string, reach: object) => {
      const token = await tokenOf({ subject: `one ${role}`, role: role as never, ...reach });
      const query = `query ($units: [ID!], $id: ID!) { serviceCommitments(filter: { unitIds: $units }) { nodes { id } }
        compensation(commitmentId: $id) { amount } node(id: $id) { id } }`;
      const { data } = await server.ask(query, { units: [unitId], id: ids[0] }, { token });
      const told = data.serviceCommitments.nodes.map(({ id }: any) => id).sort();
      return [told, data.compensation !== null, data.node !== null];
    };
    expect(await asking('UNIT_MANAGER', { unitId })).toEqual([ids, true, true]);
    expect(await asking('UNIT_MANAGER', { unitId: (await newUnit(server)).id })).toEqual([[], false, false]);
    expect(await asking('VIEWER', {})).toEqual([[], false, false]);
    const [own] = commitments.filter((each: any) => each.id === ids[0]);
    const owner = officialIds[commitments.indexOf(own)];
    expect(await asking('OFFICIAL', { officialId: owner })).toEqual([[ids[0]], true, true]);
  });

  it('are not shown to the university that taught the class: it is owed nothing', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { kind: 'DEGREE', degreeLevel: 'MASTER', universityId }))
      .id;
    const { commitments, enrolmentIds, officialIds } = await committed(1, { programmeId });
    const token = await tokenOf({ subject: newCode('m'), role: Role.UNIVERSITY_REGISTRAR, universityId });
    const query =
      'query ($id: ID!, $on: ID!, $of: ID!) { node(id: $id) { id } compensation(commitmentId: $id) { amount } taught: node(id: $on) { id } official(id: $of) { serviceCommitments { id } } }';
    const variables = { id: commitments[0].id, on: enrolmentIds[0], of: officialIds[0] };
    const { data } = await server.ask(query, variables, { token });
    expect(data).toEqual({
      ...{ node: null, compensation: null, taught: { id: enrolmentIds[0] } },
      official: { serviceCommitments: [] },
    });
    const whole = await server.ask(query, variables);
    expect(whole.data.official.serviceCommitments).toEqual([{ id: commitments[0].id }]);
  });
});
