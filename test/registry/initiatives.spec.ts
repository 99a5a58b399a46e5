// Initiatives and follow-ups: every mutation in every state, figures, and who may read them.
import { Role } from '../../src/access/policy';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newInitiative,
  newOfficial,
  newProgramme,
  newUnit,
  newUniversity,
  nominate,
  refusals,
  refusedUnlogged,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const FACTS = `{ id title localProblem status proposedOn appliedOn result reason
  cohort { id } unit { id } appliedUnit { id } graduate { id } authors { id } }`;

async function read(id: string, token?: string) {
  const query = `query ($id: ID!) { node(id: $id) { ... on Initiative ${FACTS} } }`;
  return (await server.ask(query, { id }, token ? { token } : {})).data.node;
}

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

/** A class whose learners have graduated, the first of them with a thesis. */
async function graduated(learners: number, graduatedOn = '2024-06-01', more: object = {}) {
  const held = await newClass(server, learners, more);
  const thesis = { kind: 'PROJECT', title: 'Quản lý chợ', localProblem: 'Chợ quá tải' };
  const graduates = held.officialIds.map((officialId, i) => ({
    ...{ officialId, graduatedOn },
    ...(i === 0 && { thesis }),
  }));
  const input = { cohortId: held.cohort.id, graduates };
  const done = await must(server, 'recordGraduates', input, 'graduates { id }');
  return { ...held, graduateIds: done.graduates.map(({ id }: { id: string }) => id) as string[] };
}

async function close(unitId: string): Promise<void> {
  const successions = [{ predecessorId: unitId, kind: 'DISSOLVED' }];
  const closing = { effectiveOn: '2025-07-01', closeIds: [unitId], open: [], successions };
  await must(server, 'reorganiseUnits', closing, 'cursor');
}

const PROBLEM = { title: 'Chống ngập', localProblem: 'Ngập nước\nở các hẻm nhỏ' };

describe('a proposal', () => {
  it('keeps its authors, its thesis and the problem of the unit', async () => {
    const { cohort, enrolmentIds, graduateIds, unitId } = await graduated(2);
    const input = { ...PROBLEM, enrolmentIds, unitId, graduateId: graduateIds[0] };
    const { initiative } = await must(server, 'proposeInitiative', input, `initiative ${FACTS}`);
    expect(initiative).toMatchObject({
      ...{ ...PROBLEM, status: 'PROPOSED', cohort: { id: cohort.id }, unit: { id: unitId } },
      ...{ graduate: { id: graduateIds[0] }, appliedUnit: null, appliedOn: null, result: null, reason: null },
    });
    expect(initiative.authors.map(({ id }: { id: string }) => id).sort()).toEqual([...enrolmentIds].sort());
    expect(await read(initiative.id)).toEqual(initiative);
  });

  it('is refused a second time by the same cohort, even with other authors, but not by another cohort', async () => {
    const { enrolmentIds, unitId } = await newClass(server, 2);
    await newInitiative(server, [enrolmentIds[0]!], { ...PROBLEM, unitId });
    const again = { ...PROBLEM, unitId, title: ' chống  NGẬP. ' };
    for (const authors of [[enrolmentIds[0]], [enrolmentIds[1]], enrolmentIds])
      expect(await refused('proposeInitiative', { ...again, enrolmentIds: authors })).toEqual([
        'ALREADY_EXISTS input.title',
      ]);
    await newInitiative(server, (await newClass(server, 1)).enrolmentIds, again);
  });

  it('is accepted once from ten concurrent requests', async () => {
    const { enrolmentIds, unitId } = await newClass(server, 1);
    const input = { ...PROBLEM, enrolmentIds, unitId };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refusals(server, 'proposeInitiative', input)),
    );
    expect(answers.flat().map(({ code, path }) => `${code} ${path.join('.')}`)).toEqual(
      Array(9).fill('ALREADY_EXISTS input.title'),
    );
  });

  it('is refused for authors of two cohorts and for officials who are no learners, each at its place', async () => {
    const one = await newClass(server, 1);
    const other = await newClass(server, 1);
    const cohortId = (await newCohort(server, { hostUnitId: one.unitId })).id;
    await must(server, 'openEnrolment', { cohortId }, 'cursor');
    const [nominated] = await nominate(server, cohortId, [
      (await newOfficial(server, { unitId: one.unitId })).id,
    ]);
    const enrolmentIds = [one.enrolmentIds[0], other.enrolmentIds[0], nominated];
    const input = { ...PROBLEM, unitId: one.unitId, enrolmentIds };
    expect(await refused('proposeInitiative', input)).toEqual([
      'CONFLICT input.enrolmentIds.1',
      'NOT_ELIGIBLE input.enrolmentIds.2',
    ]);
    expect(await refused('proposeInitiative', { ...input, enrolmentIds: [] })).toEqual([
      'INVALID input.enrolmentIds',
    ]);
  });

  it('is refused for a closed unit, a thesis of another official, and an author without one', async () => {
    const { enrolmentIds, graduateIds } = await graduated(2);
    const unitId = (await newUnit(server)).id;
    const propose = (more: object) =>
      refused('proposeInitiative', { ...PROBLEM, enrolmentIds, unitId, ...more });
    expect(await propose({ graduateId: (await graduated(1)).graduateIds[0] })).toEqual([
      'NOT_FOUND input.graduateId',
    ]);
    expect(await propose({ graduateId: graduateIds[1] })).toEqual(['CONFLICT input.graduateId']);
    expect(await propose({ title: ' ' })).toEqual(['INVALID input.title']);
    await close(unitId);
    expect(await propose({})).toEqual(['UNIT_CLOSED input.unitId']);
  });

  it('shows the proposal to all, and its authors only within reach', async () => {
    const { enrolmentIds, unitId, graduateIds } = await graduated(1);
    const elsewhere = (await newUnit(server)).id;
    const { id } = await newInitiative(server, enrolmentIds, { unitId, graduateId: graduateIds[0] });
    const asManager = (own: string) =>
      tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId: own });
    const viewer = await tokenOf({ subject: newCode('v'), role: Role.VIEWER });
    const shown = { authors: [{ id: enrolmentIds[0] }], graduate: { id: graduateIds[0] } };
    expect(await read(id, await asManager(unitId))).toMatchObject(shown);
    for (const token of [await asManager(elsewhere), viewer])
      expect(await read(id, token)).toMatchObject({ id, authors: [], graduate: null, unit: { id: unitId } });
  });
});

type State = 'PROPOSED' | 'UNDER_STUDY' | 'APPLIED' | 'REJECTED';
const STATES: State[] = ['PROPOSED', 'UNDER_STUDY', 'APPLIED', 'REJECTED'];
const WAY: Record<State, string[]> = {
  PROPOSED: [],
  UNDER_STUDY: ['studyInitiative'],
  APPLIED: ['studyInitiative', 'applyInitiative'],
  REJECTED: ['studyInitiative', 'rejectInitiative'],
};
const inputOf = (step: string, initiativeId: string, unitId: string): object => ({
  initiativeId,
  ...(step === 'applyInitiative' && { unitId, result: 'Hết ngập' }),
  ...(step === 'rejectInitiative' && { reason: 'Thiếu kinh phí' }),
});

/** An initiative in this state, of a class of its own. */
async function initiativeIn(state: State) {
  const { enrolmentIds, unitId } = await newClass(server, 1);
  const { id } = await newInitiative(server, enrolmentIds, { unitId });
  for (const step of WAY[state]) await must(server, step, inputOf(step, id, unitId), 'cursor');
  return { unitId, initiative: await read(id) };
}

describe('a step of an initiative', () => {
  const steps = [
    { step: 'studyInitiative', to: 'UNDER_STUDY', from: 'PROPOSED', kind: 'STUDIED' },
    { step: 'applyInitiative', to: 'APPLIED', from: 'UNDER_STUDY', kind: 'APPLIED' },
    { step: 'rejectInitiative', to: 'REJECTED', from: 'UNDER_STUDY', kind: 'REJECTED' },
  ] as const;
  const table = steps.flatMap((each) => STATES.map((state) => ({ ...each, state })));

  test.each(steps)('$step changes $from to $to and records one event', async ({ step, from, to, kind }) => {
    const { unitId, initiative } = await initiativeIn(from);
    const after = await logEnd(server);
    const done = await must(server, step, inputOf(step, initiative.id, unitId), `initiative ${FACTS}`);
    expect(done.initiative.status).toBe(to);
    expect(await read(initiative.id)).toEqual(done.initiative);
    const client = await connect(server.url);
    const asked = (field: string) =>
      `($f: InitiativeEventFilter, $after: EventCursor) { ${field}(filter: $f, after: $after) {
          cursor kind changes { field from to } initiative { id status } } }`;
    const variables = { f: { unitIds: [unitId], cohortIds: [initiative.cohort.id] }, after };
    const follower = client.subscribe(`subscription ${asked('initiativeChanged')}`, variables);
    const event = (await follower.nextData()).initiativeChanged;
    expect(event).toEqual({
      ...{ cursor: done.cursor, kind, initiative: { id: initiative.id, status: to } },
      changes: [{ field: 'status', from, to }],
    });
    await client.close();
    const pulled = await server.ask(`query ${asked('initiativeEvents')}`, variables);
    expect(pulled.data.initiativeEvents).toEqual([event]);
  });

  test.each(table.filter(({ from, state }) => from !== state))(
    '$step is refused to an initiative that is $state',
    async ({ step, state }) => {
      const { unitId, initiative } = await initiativeIn(state);
      expect(await refused(step, inputOf(step, initiative.id, unitId))).toEqual([
        'ILLEGAL_TRANSITION input.initiativeId',
      ]);
      expect(await read(initiative.id)).toEqual(initiative);
    },
  );

  it('keeps where it is applied and with what result, or why not', async () => {
    const applied = await initiativeIn('APPLIED');
    const { proposedOn } = applied.initiative;
    expect(applied.initiative).toMatchObject({
      ...{ appliedUnit: { id: applied.unitId }, result: 'Hết ngập', appliedOn: proposedOn, reason: null },
    });
    expect((await initiativeIn('REJECTED')).initiative).toMatchObject({
      ...{ appliedUnit: null, result: null, reason: 'Thiếu kinh phí' },
    });
  });

  it('is not applied by a unit that is closed, nor without a result', async () => {
    const { initiative } = await initiativeIn('UNDER_STUDY');
    const unitId = (await newUnit(server)).id;
    const input = { initiativeId: initiative.id, unitId, result: 'Tốt' };
    expect(await refused('applyInitiative', { ...input, result: ' ' })).toEqual(['INVALID input.result']);
    await close(unitId);
    expect(await refused('applyInitiative', input)).toEqual(['UNIT_CLOSED input.unitId']);
    expect((await read(initiative.id)).status).toBe('UNDER_STUDY');
  });

  it('cannot be applied by one unit at another', async () => {
    const { unitId, initiative } = await initiativeIn('UNDER_STUDY');
    const token = await tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId });
    const apply = async (at: string) => {
      const input = { initiativeId: initiative.id, unitId: at, result: 'Tốt' };
      const query =
        'mutation ($input: ApplyInitiativeInput!) { applyInitiative(input: $input) { userErrors { code path } } }';
      return (await server.ask(query, { input }, { token })).data.applyInitiative.userErrors;
    };
    expect(await apply((await newUnit(server)).id)).toEqual([
      { code: 'NOT_FOUND', path: ['input', 'unitId'] },
    ]);
    expect(await apply(unitId)).toEqual([]);
  });

  it("is the successor's to say once the unit is closed", async () => {
    const { unitId, initiative } = await initiativeIn('PROPOSED');
    const next = (await newUnit(server)).id;
    const successions = [{ predecessorId: unitId, successorId: next, kind: 'MERGED' }];
    const closing = { effectiveOn: '2025-07-01', closeIds: [unitId], open: [], successions };
    await must(server, 'reorganiseUnits', closing, 'cursor');
    const as = async (where: string, step: string) => {
      const token = await tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId: where });
      const type = `${step[0]!.toUpperCase()}${step.slice(1)}Input!`;
      const query = `mutation ($input: ${type}) { ${step}(input: $input) { userErrors { code path } } }`;
      const input = inputOf(step, initiative.id, next);
      return (await server.ask(query, { input }, { token })).data[step].userErrors;
    };
    expect(await as((await newUnit(server)).id, 'studyInitiative')).toEqual([
      { code: 'NOT_FOUND', path: ['input', 'initiativeId'] },
    ]);
    expect(await as(next, 'studyInitiative')).toEqual([]);
    expect(await as(next, 'applyInitiative')).toEqual([]);
    expect(await read(initiative.id)).toMatchObject({ status: 'APPLIED', appliedUnit: { id: next } });
  });
});

describe('the initiatives', () => {
  it('are found from their cohort, its university, and the unit whose problem it is or one above', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const topId = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: topId })).id;
    const { cohort, enrolmentIds } = await newClass(server, 1, { programmeId });
    const one = await newInitiative(server, enrolmentIds, { unitId });
    const two = await newInitiative(server, enrolmentIds);
    await must(server, 'studyInitiative', { initiativeId: two.id }, 'cursor');
    const { data } = await server.ask(`{
      cohort(id: "${cohort.id}") { initiatives { totalCount } studied: initiatives(filter: { statuses: [UNDER_STUDY] }) { nodes { id } } }
      university(id: "${universityId}") { initiatives(first: 1) { totalCount nodes { cohort { id } } } }
      own: unit(id: "${unitId}") { initiatives { nodes { id } } }
      above: unit(id: "${topId}") { initiatives { nodes { id } } }
      alone: unit(id: "${topId}") { initiatives(filter: { includeSubunits: false }) { nodes { id } } } }`);
    expect(data).toEqual({
      cohort: { initiatives: { totalCount: 2 }, studied: { nodes: [{ id: two.id }] } },
      university: { initiatives: { totalCount: 2, nodes: [{ cohort: { id: cohort.id } }] } },
      own: { initiatives: { nodes: [one] } },
      above: { initiatives: { nodes: [one] } },
      alone: { initiatives: { nodes: [] } },
    });
  });
});

describe('the figures', () => {
  it('count by state, for each cohort, programme, university and unit', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const topId = (await newUnit(server)).id;
    const unitIds = [
      (await newUnit(server, { parentId: topId })).id,
      (await newUnit(server, { parentId: topId })).id,
    ];
    const one = await newClass(server, 1, { programmeId, hostUnitId: unitIds[0] });
    const two = await newClass(server, 1, { programmeId, hostUnitId: unitIds[0] });
    const propose = async (held: typeof one, unitId: string, ...steps: string[]) => {
      const { id } = await newInitiative(server, held.enrolmentIds, { unitId });
      for (const step of steps) await must(server, step, inputOf(step, id, unitId), 'cursor');
    };
    await propose(one, unitIds[0]!, 'studyInitiative', 'applyInitiative');
    await propose(one, unitIds[0]!);
    await propose(one, unitIds[1]!, 'studyInitiative');
    await propose(two, unitIds[0]!, 'studyInitiative', 'rejectInitiative');
    const figures = async (groupBy: string, filter: object = { universityIds: [universityId] }) => {
      const query = `query ($f: InitiativeFilter, $g: InitiativeDimension) { initiativeFigures(filter: $f, groupBy: $g) {
        total proposed underStudy applied rejected groups { key total applied
          cohort { id } programme { id } university { id } unit { id } } } }`;
      return (await server.ask(query, { f: filter, g: groupBy })).data.initiativeFigures;
    };
    const none = { cohort: null, programme: null, university: null, unit: null };
    const byCohort = await figures('COHORT');
    expect(byCohort).toEqual({
      ...{ total: 4, proposed: 1, underStudy: 1, applied: 1, rejected: 1 },
      groups: [
        { ...none, key: one.cohort.id, total: 3, applied: 1, cohort: { id: one.cohort.id } },
        { ...none, key: two.cohort.id, total: 1, applied: 0, cohort: { id: two.cohort.id } },
      ],
    });
    const whole = (key: string) => ({ ...none, key, total: 4, applied: 1 });
    expect((await figures('PROGRAMME')).groups).toEqual([
      { ...whole(programmeId), programme: { id: programmeId } },
    ]);
    expect((await figures('UNIVERSITY')).groups).toEqual([
      { ...whole(universityId), university: { id: universityId } },
    ]);
    expect((await figures('UNIT', { unitIds: [topId] })).groups).toEqual([
      { ...none, key: unitIds[0], total: 3, applied: 1, unit: { id: unitIds[0] } },
      { ...none, key: unitIds[1], total: 1, applied: 0, unit: { id: unitIds[1] } },
    ]);
    expect(await figures('UNIT', { unitIds: [topId], includeSubunits: false })).toMatchObject({
      ...{ total: 0, groups: [] },
    });
    expect(await figures('COHORT', { cohortIds: [one.cohort.id], statuses: ['APPLIED'] })).toMatchObject({
      ...{ total: 1, applied: 1, proposed: 0 },
    });
    const without = await newClass(server, 1);
    await newInitiative(server, without.enrolmentIds);
    expect((await figures('UNIVERSITY', { cohortIds: [without.cohort.id] })).groups).toEqual([
      { ...none, key: 'NONE', total: 1, applied: 0 },
    ]);
  });
});

describe('the figures of follow-ups', () => {
  const query = `query ($f: InitiativeFilter, $g: InitiativeDimension) { initiativeFigures(filter: $f, groupBy: $g) {
    total followUps { time answered applied } groups { key total followUps { time answered applied } } } }`;
  const ask = async (f: object, g: string | null, token?: string) =>
    (await server.ask(query, { f, g }, { token })).data.initiativeFigures;
  /** The counts after 3, 6 and 12 months. */
  const counts = (...pairs: [answered: number, applied: number][]) =>
    ['AFTER_3_MONTHS', 'AFTER_6_MONTHS', 'AFTER_12_MONTHS'].map((time, at) => ({
      ...{ time, answered: pairs[at]![0], applied: pairs[at]![1] },
    }));

  /** A class of learners of one unit, who answer: whether they apply it, by time. */
  async function answering(more: object, answers: Record<string, boolean[]>) {
    const learners = Math.max(...Object.values(answers).map(({ length }) => length));
    const held = await graduated(learners, '2024-06-01', more);
    for (const [time, applied] of Object.entries(answers)) {
      for (const [at, isApplied] of applied.entries()) {
        const input = { graduateId: held.graduateIds[at], time, isApplied, how: 'Hằng ngày' };
        await must(server, 'recordFollowUp', input, 'cursor');
      }
    }
    return held;
  }

  it('count who answered and who applies it, for each cohort, programme, university and unit', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const topId = (await newUnit(server)).id;
    const hostUnitId = (await newUnit(server, { parentId: topId })).id;
    const one = await answering(
      { programmeId, hostUnitId },
      { AFTER_3_MONTHS: [true, false, true], AFTER_12_MONTHS: [true] },
    );
    const two = await answering({ programmeId }, { AFTER_3_MONTHS: [false] });
    const f = { universityIds: [universityId] };
    const [ofOne, ofTwo] = [counts([3, 2], [0, 0], [1, 1]), counts([1, 0], [0, 0], [0, 0])];
    const whole = counts([4, 2], [0, 0], [1, 1]);
    expect(await ask(f, null)).toEqual({ total: 0, followUps: whole, groups: [] });
    const byKey = async (groupBy: string, filter: object) =>
      Object.fromEntries((await ask(filter, groupBy)).groups.map((each: any) => [each.key, each.followUps]));
    expect(await byKey('COHORT', f)).toEqual({ [one.cohort.id]: ofOne, [two.cohort.id]: ofTwo });
    expect(await byKey('COHORT', { cohortIds: [two.cohort.id] })).toEqual({ [two.cohort.id]: ofTwo });
    expect(await byKey('PROGRAMME', { programmeIds: [programmeId] })).toEqual({ [programmeId]: whole });
    expect(await byKey('UNIVERSITY', f)).toEqual({ [universityId]: whole });
    expect(await byKey('UNIT', f)).toEqual({ [hostUnitId]: ofOne, [two.unitId]: ofTwo });
    expect(await byKey('UNIT', { unitIds: [topId] })).toEqual({ [hostUnitId]: ofOne });
    expect(await byKey('UNIT', { unitIds: [topId], includeSubunits: false })).toEqual({});
    const [revoked] = one.graduateIds;
    await must(server, 'revokeGraduate', { graduateId: revoked, reason: 'Nhầm lớp' }, 'cursor');
    expect((await ask(f, null)).followUps).toEqual(counts([3, 1], [0, 0], [0, 0]));
  });

  it('count only follow-ups that the caller may see; none for a viewer', async () => {
    const universityId = (await newUniversity(server)).id;
    const programmeId = (await newProgramme(server, { universityId })).id;
    const one = await answering({ programmeId }, { AFTER_6_MONTHS: [true, true] });
    const two = await answering({ programmeId }, { AFTER_6_MONTHS: [false] });
    const f = { universityIds: [universityId] };
    const ofOne = { key: one.unitId, total: 0, followUps: counts([0, 0], [2, 2], [0, 0]) };
    const ofTwo = { key: two.unitId, total: 0, followUps: counts([0, 0], [1, 0], [0, 0]) };
    const as = (role: Role, more: object) => tokenOf({ subject: 's', role, ...more });
    const manager = await as(Role.UNIT_MANAGER, { unitId: one.unitId });
    expect(await ask(f, 'UNIT', manager)).toEqual({ total: 0, followUps: ofOne.followUps, groups: [ofOne] });
    const registrar = await as(Role.UNIVERSITY_REGISTRAR, { universityId });
    expect(await ask(f, 'UNIT', registrar)).toMatchObject({
      followUps: counts([0, 0], [3, 2], [0, 0]),
      groups: [ofOne, ofTwo].sort((a, b) => (a.key < b.key ? -1 : 1)),
    });
    const stranger = await as(Role.UNIVERSITY_REGISTRAR, { universityId: (await newUniversity(server)).id });
    const nothing = counts([0, 0], [0, 0], [0, 0]);
    expect(await ask(f, 'UNIT', stranger)).toEqual({ total: 0, followUps: nothing, groups: [] });
    const viewer = await as(Role.VIEWER, {});
    for (const groupBy of ['COHORT', 'PROGRAMME', 'UNIVERSITY', 'UNIT', null]) {
      expect(await ask(f, groupBy, viewer)).toEqual({ total: 0, followUps: null, groups: [] });
    }
    await newInitiative(server, one.enrolmentIds, { unitId: one.unitId });
    expect((await ask(f, 'COHORT', viewer)).groups).toEqual([
      { key: one.cohort.id, total: 1, followUps: null },
    ]);
  });
});

describe('a follow-up', () => {
  const HOW = 'Dùng khi soạn tờ trình';
  const record = (graduateId: string | undefined, more: object = {}) => ({
    ...{ graduateId, time: 'AFTER_3_MONTHS', isApplied: true, how: HOW, ...more },
  });

  it('is kept with the graduate, once for each time', async () => {
    const { graduateIds } = await graduated(1);
    const times = ['AFTER_3_MONTHS', 'AFTER_6_MONTHS', 'AFTER_12_MONTHS'];
    for (const time of times)
      await must(server, 'recordFollowUp', record(graduateIds[0], { time }), 'followUp { id }');
    await expect(refused('recordFollowUp', record(graduateIds[0]))).resolves.toEqual([
      'ALREADY_EXISTS input.time',
    ]);
    const query = `{ node(id: "${graduateIds[0]}") { ... on Graduate { followUps { time isApplied how graduate { id } } } } }`;
    const { followUps } = (await server.ask(query)).data.node;
    expect(followUps.map((each: any) => each.time).sort()).toEqual([...times].sort());
    for (const each of followUps)
      expect(each).toMatchObject({ isApplied: true, how: HOW, graduate: { id: graduateIds[0] } });
  });

  it('is refused before its time, without how, and for a graduation that was revoked', async () => {
    const yesterday = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    const { graduateIds } = await graduated(1, yesterday);
    expect(await refused('recordFollowUp', record(graduateIds[0]))).toEqual(['INVALID input.time']);
    const earlier = (await graduated(1)).graduateIds[0];
    expect(await refused('recordFollowUp', record(earlier, { how: ' ' }))).toEqual(['INVALID input.how']);
    await must(server, 'recordFollowUp', record(earlier, { isApplied: false, how: null }), 'cursor');
    const revoked = (await graduated(1)).graduateIds[0];
    await must(server, 'revokeGraduate', { graduateId: revoked }, 'cursor');
    expect(await refused('recordFollowUp', record(revoked))).toEqual(['NOT_FOUND input.graduateId']);
  });

  it('is corrected, with a reason, under the rules of recording it', async () => {
    const { graduateIds } = await graduated(1);
    const [first, second] = await Promise.all(
      ['AFTER_3_MONTHS', 'AFTER_6_MONTHS'].map((time) =>
        must(server, 'recordFollowUp', record(graduateIds[0], { time, isApplied: false }), 'followUp { id }'),
      ),
    );
    const followUpId = first!.followUp.id;
    const correct = (more: object) => ({ followUpId, reason: 'Ghi nhầm', ...more });
    const selection = 'followUp { isApplied how recordedOn version corrections { event reason } }';
    const input = correct({ isApplied: true, recordedOn: '2025-01-15', version: 1 });
    const { followUp } = await must(server, 'correctFollowUp', input, selection);
    expect(followUp).toEqual({
      ...{ isApplied: true, how: HOW, recordedOn: '2025-01-15', version: 2 },
      corrections: [{ event: 'followup.corrected', reason: 'Ghi nhầm' }],
    });
    for (const [more, refusal] of [
      [{ how: null }, 'INVALID input.how'],
      [{ isApplied: null }, 'INVALID input.isApplied'],
      [{ time: 'AFTER_6_MONTHS' }, 'ALREADY_EXISTS input.time'],
      [{ recordedOn: '2999-01-01' }, 'INVALID input.recordedOn'],
      [{ how: 'Khác', version: 1 }, 'STALE_VERSION input.version'],
    ] as const)
      expect(await refused('correctFollowUp', correct(more))).toEqual([refusal]);
    await must(
      server,
      'correctFollowUp',
      { followUpId: second!.followUp.id, how: 'Chưa', reason: 'x' },
      'cursor',
    );
  });

  it('is not left before its time by a correction of the day of graduation', async () => {
    const { graduateIds } = await graduated(1, '2024-06-01');
    const [graduateId] = graduateIds;
    const made = record(graduateId, { recordedOn: '2024-09-01' });
    const { followUp } = await must(server, 'recordFollowUp', made, 'followUp { id }');
    const later = { graduateId, graduatedOn: '2024-06-02' };
    expect(await refused('correctGraduate', later)).toEqual(['CONFLICT input.graduatedOn']);
    const moved = { followUpId: followUp.id, recordedOn: '2024-09-02', reason: 'Ghi nhầm' };
    await must(server, 'correctFollowUp', moved, 'cursor');
    const { graduate } = await must(
      server,
      'correctGraduate',
      { ...later, version: 1 },
      'graduate { version }',
    );
    expect(graduate.version).toBe(2);
    const stale = { graduateId, credentialNumber: 'B 1', version: 1 };
    expect(await refused('correctGraduate', stale)).toEqual(['STALE_VERSION input.version']);
  });

  it('loses its words when the identity is erased, which takes no further one, and is handed out before', async () => {
    const { graduateIds, officialIds, enrolmentIds } = await graduated(1);
    const { id } = await newInitiative(server, enrolmentIds);
    await must(server, 'recordFollowUp', record(graduateIds[0]), 'cursor');
    const query = `{ exportPersonalData(officialId: "${officialIds[0]}") }`;
    const { followUps, initiatives, changes } = (await server.ask(query)).data.exportPersonalData;
    expect([followUps.length, followUps[0].how, initiatives[0].id]).toEqual([1, HOW, id]);
    expect(changes.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['followup.recorded', 'initiative.proposed']),
    );
    await must(server, 'eraseOfficial', { officialId: officialIds[0] }, 'cursor');
    const graduate = `{ node(id: "${graduateIds[0]}") { ... on Graduate { followUps { isApplied how } } } }`;
    expect((await server.ask(graduate)).data.node.followUps).toEqual([{ isApplied: true, how: null }]);
    expect(await refused('recordFollowUp', record(graduateIds[0], { time: 'AFTER_6_MONTHS' }))).toEqual([
      'NOT_ELIGIBLE input.graduateId',
    ]);
    const unitId = (await newUnit(server)).id;
    expect(await refused('proposeInitiative', { enrolmentIds, unitId, ...PROBLEM })).toEqual([
      'NOT_ELIGIBLE input.enrolmentIds.0',
    ]);
  });
});
