// Records for tests, made through the public API, with codes that no other test uses.
import { setImmediate as turn } from 'node:timers/promises';
import { Role } from '../../src/access/policy';
import { type TestServer, tokenOf } from './server';

type Fields = Record<string, any>;

let made = 0;
/** A code that no other record of this test run has. */
export function newCode(prefix = 'T'): string {
  made += 1;
  return `${prefix}${process.pid}-${made}`;
}

/** Runs a mutation that must succeed and returns its payload. */
export async function must(
  server: TestServer,
  name: string,
  input: Fields,
  selection: string,
): Promise<Fields> {
  const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const { data, errors } = await server.ask(
    `mutation ($input: ${Input}) { ${name}(input: $input) { ${selection} cursor userErrors { code message path } } }`,
    { input },
  );
  const payload = data?.[name] as Fields | undefined;
  if (errors || !payload || payload.userErrors.length > 0) {
    throw new Error(`${name}: ${JSON.stringify(errors ?? payload?.userErrors)}`);
  }
  return payload;
}

/** Runs a mutation and returns its userErrors; the codes and paths are what tests compare. */
export async function refusals(
  server: TestServer,
  name: string,
  input: Fields,
  language = 'en',
): Promise<{ code: string; path: string[]; message: string }[]> {
  const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const { data, errors } = await server.ask(
    `mutation ($input: ${Input}) { ${name}(input: $input) { cursor userErrors { code message path } } }`,
    { input },
    { language },
  );
  if (errors) throw new Error(`${name}: ${JSON.stringify(errors)}`);
  const payload = data[name] as Fields;
  if (payload.userErrors.length > 0) expect(payload.cursor).toBeNull();
  return payload.userErrors;
}

/** Where the log ends: a refusal must leave it where it was. */
export async function logEnd(server: TestServer): Promise<string> {
  return (await server.ask('{ latestCursor }')).data.latestCursor;
}

/** Resolves once live delivery has come to the end of the log, so that what follows meets no earlier event. */
export async function delivered(server: TestServer): Promise<void> {
  const { feed } = server.running.services;
  const end = feed.seqOf(await logEnd(server));
  while (feed.progress.position < end) await turn();
}

/**
 * Sends a mutation that must be refused without an event in the log.
 * @returns each refusal as code and path, such as "INVALID input.until".
 */
export async function refusedUnlogged(server: TestServer, name: string, input: Fields): Promise<string[]> {
  const before = await logEnd(server);
  const errors = await refusals(server, name, input);
  expect(await logEnd(server)).toBe(before);
  return errors.map(({ code, path }) => `${code} ${path.join('.')}`);
}

/** An id that is well formed and of no record. */
export const unknownId = (id: string): string => `${id.slice(0, -6)}000000`;

export async function newUnit(
  server: TestServer,
  more: Fields = {},
): Promise<{ id: string; code: string; name: string }> {
  const code = newCode('U');
  const input = { code, kind: 'WARD', name: `Phường ${code}`, validFrom: '2020-01-01', ...more };
  return (await must(server, 'openUnit', input, 'unit { id code name }')).unit;
}

/** A unit that was dissolved on this day, without a successor. */
export async function dissolvedUnit(server: TestServer, effectiveOn: string, more: Fields = {}) {
  const unit = await newUnit(server, more);
  const successions = [{ predecessorId: unit.id, kind: 'DISSOLVED' }];
  const input = { effectiveOn, closeIds: [unit.id], open: [], successions };
  await must(server, 'reorganiseUnits', input, 'cursor');
  return unit;
}

export async function newPosition(
  server: TestServer,
  more: Fields = {},
): Promise<{ id: string; code: string }> {
  const input = { code: newCode('P'), title: 'Chuyên viên', ...more };
  return (await must(server, 'addPosition', input, 'position { id code }')).position;
}

export async function newTopic(server: TestServer, more: Fields = {}): Promise<{ id: string; code: string }> {
  const input = { code: newCode('L'), name: 'Quản lý đô thị', ...more };
  return (await must(server, 'addTopic', input, 'topic { id code }')).topic;
}

export async function newUniversity(
  server: TestServer,
  more: Fields = {},
): Promise<{ id: string; code: string }> {
  const input = { code: newCode('V'), name: 'Đại học Kinh tế TP. Hồ Chí Minh', ...more };
  return (await must(server, 'addUniversity', input, 'university { id code }')).university;
}

export async function newProgramme(
  server: TestServer,
  more: Fields = {},
): Promise<{ id: string; code: string }> {
  const input = {
    code: newCode('C'),
    name: 'Bồi dưỡng kỹ năng quản lý dự án',
    kind: 'REFRESHER',
    contentGroup: 'PROFESSIONAL_SKILLS',
    basis: 'JOB_POSITION',
    ...more,
  };
  return (await must(server, 'addProgramme', input, 'programme { id code }')).programme;
}

/** An official with a post since 2020; unit and position are made when not given. */
export async function newOfficial(
  server: TestServer,
  more: Fields = {},
): Promise<{ id: string; code: string }> {
  const input = {
    code: newCode('O'),
    fullName: 'Nguyễn Thị Mẫu',
    category: 'CIVIL_SERVANT',
    since: '2020-01-01',
    ...more,
    unitId: more.unitId ?? (await newUnit(server)).id,
    positionCode: more.positionCode ?? (await newPosition(server)).code,
  };
  return (await must(server, 'registerOfficial', input, 'official { id code }')).official;
}

/** A planned cohort that started some time ago; programme and host unit are made when not given. */
export async function newCohort(
  server: TestServer,
  more: Fields = {},
): Promise<{ id: string; code: string; version: number }> {
  const input = {
    code: newCode('K'),
    name: 'Lớp bồi dưỡng',
    startsOn: '2024-03-01',
    ...more,
    programmeId: more.programmeId ?? (await newProgramme(server)).id,
    hostUnitId: more.hostUnitId ?? (await newUnit(server)).id,
  };
  return (await must(server, 'planCohort', input, 'cohort { id code version }')).cohort;
}

/** A figure stated of a unit for 2024 by a source of its own; the unit is made when not given. */
export async function newFigure(server: TestServer, more: Fields = {}): Promise<{ id: string }> {
  const input = {
    metric: 'COHORTS',
    value: 1,
    periodFrom: '2024-01-01',
    periodTo: '2024-12-31',
    source: { title: newCode('Báo cáo ') },
    ...more,
    unitId: more.unitId ?? (await newUnit(server)).id,
  };
  return (await must(server, 'stateFigure', input, 'figure { id }')).figure;
}

/** A plan of a unit for 2024 with one target; the unit is made when not given. */
export async function newPlan(server: TestServer, more: Fields = {}): Promise<{ id: string }> {
  const unitId = more.unitId ?? (await newUnit(server)).id;
  const input = { year: 2024, targets: [{ target: 10 }], ...more, unitId };
  return (await must(server, 'adoptPlan', input, 'plan { id }')).plan;
}

export async function newDocument(server: TestServer, more: Fields = {}): Promise<{ id: string }> {
  const input = { kind: 'SCHEME', title: 'Đề án bồi dưỡng ngoại ngữ', ...more };
  return (await must(server, 'addDocument', input, 'document { id }')).document;
}

/** A member of a committee since 2021; committee, unit and position are made when not given. */
export async function newMember(server: TestServer, more: Fields = {}): Promise<{ id: string }> {
  const input = {
    since: '2021-01-01',
    ...more,
    committeeId: more.committeeId ?? (await newUnit(server, { kind: 'COMMITTEE' })).id,
    unitId: more.unitId ?? (await newUnit(server)).id,
    positionCode: more.positionCode ?? (await newPosition(server)).code,
  };
  return (await must(server, 'addCommitteeMember', input, 'member { id }')).member;
}

/** A training order, REQUESTED; unit and university are made when not given. */
export async function newOrder(server: TestServer, more: Fields = {}): Promise<{ id: string }> {
  const input = {
    title: 'Chuyển đổi số',
    expectedOutcome: 'Dùng được dữ liệu số trong công việc',
    headcount: 40,
    neededBy: '2999-12-31',
    ...more,
    unitId: more.unitId ?? (await newUnit(server)).id,
    universityId: more.universityId ?? (await newUniversity(server)).id,
  };
  return (await must(server, 'requestTraining', input, 'order { id }')).order;
}

/** Nominates officials to a cohort and returns the enrolment ids in the same order. */
export async function nominate(
  server: TestServer,
  cohortId: string,
  officialIds: string[],
): Promise<string[]> {
  const payload = await must(server, 'nominateOfficials', { cohortId, officialIds }, 'enrolments { id }');
  return payload.enrolments.map(({ id }: Fields) => id as string);
}

/** Nominates a new official to a cohort that takes nominations, and accepts them. */
export async function acceptOne(server: TestServer, cohortId: string, more: Fields = {}): Promise<void> {
  const enrolmentIds = await nominate(server, cohortId, [(await newOfficial(server, more)).id]);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'cursor');
}

/** Takes a planned cohort through steps; one that is to be completed gets a learner, without whom it could not be. */
export async function takeSteps(
  server: TestServer,
  cohortId: string,
  steps: readonly string[],
  hasLearner = steps.includes('completeCohort'),
): Promise<void> {
  for (const step of steps) {
    if (step === 'startCohort' && hasLearner) await acceptOne(server, cohortId);
    await must(server, step, { cohortId }, 'cursor');
  }
}

/** A cohort IN_PROGRESS with this many learners, all STUDYING. */
export async function newClass(
  server: TestServer,
  learners: number,
  more: Fields = {},
): Promise<{
  cohort: { id: string; code: string };
  officialIds: string[];
  enrolmentIds: string[];
  unitId: string;
}> {
  const { positionCode = (await newPosition(server)).code, ...facts } = more;
  const unitId = facts.hostUnitId ?? (await newUnit(server)).id;
  const cohort = await newCohort(server, { ...facts, hostUnitId: unitId });
  const officialIds: string[] = [];
  for (let i = 0; i < learners; i++)
    officialIds.push((await newOfficial(server, { unitId, positionCode })).id);
  await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');
  const enrolmentIds = learners > 0 ? await nominate(server, cohort.id, officialIds) : [];
  if (learners > 0)
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
  await must(server, 'startCohort', { cohortId: cohort.id }, 'cohort { id }');
  return { cohort, officialIds, enrolmentIds, unitId };
}

/** An initiative of these enrolments, PROPOSED; the unit is made when not given. */
export async function newInitiative(
  server: TestServer,
  enrolmentIds: string[],
  more: Fields = {},
): Promise<{ id: string }> {
  const input = {
    enrolmentIds,
    title: `Sáng kiến ${newCode()}`,
    localProblem: 'Ngập nước ở các hẻm nhỏ',
    ...more,
    unitId: more.unitId ?? (await newUnit(server)).id,
  };
  return (await must(server, 'proposeInitiative', input, 'initiative { id }')).initiative;
}

let days = 0;
/** A day far ahead that no other record of this test run has. */
export function newDay(): string {
  days += 1;
  return new Date(Date.UTC(2100, 0, days)).toISOString().slice(0, 10);
}

/** The rule by which the officials of newOfficial owe service, three times the length of study; once a server. */
export async function newServiceRule(server: TestServer, more: Fields = {}): Promise<{ id: string }> {
  const rule = { category: 'CIVIL_SERVANT', from: '2010-01-01', until: '2099-12-31', multiple: 3 };
  const input = { ...rule, source: 'Nghị định mẫu, Điều 1', ...more };
  return (await must(server, 'addServiceRule', input, 'rule { id }')).rule;
}

/** A class of two years, from 2022-03-01 on, that leads to a master's degree. */
export async function newDegreeClass(server: TestServer, learners: number, more: Fields = {}) {
  const programmeId =
    more.programmeId ?? (await newProgramme(server, { kind: 'DEGREE', degreeLevel: 'MASTER' })).id;
  return newClass(server, learners, {
    startsOn: '2022-03-01',
    endsOn: '2024-02-29',
    ...more,
    programmeId,
  });
}

/** A session of a cohort on its first day usually; every cohort of this world begins on 2024-03-01. */
export async function newSession(
  server: TestServer,
  more: Fields & { cohortId: string },
): Promise<{ id: string; version: number }> {
  const input = { heldOn: '2024-03-01', periods: 4, place: 'Hội trường', ...more };
  return (await must(server, 'scheduleSession', input, 'session { id version }')).session;
}

/** Whoever serves at the unit or below must attend 40 periods a year, unless something else is said. */
export async function newRequirement(
  server: TestServer,
  more: Fields & { unitId: string },
): Promise<{ id: string; version: number }> {
  const learned = ['programmeId', 'topicId', 'contentGroup'].some((field) => field in more);
  const input = {
    name: 'Học tập ít nhất 40 tiết mỗi năm',
    recurrence: 'YEARLY',
    validFrom: '2022-01-01',
    source: { title: 'Văn bản mẫu' },
    ...(learned ? {} : { periods: 40 }),
    ...more,
  };
  return (await must(server, 'addRequirement', input, 'requirement { id version }')).requirement;
}

/** Waits until all reads of personal data so far are on record: they are noted after the answer, in their order. */
export async function noted(server: Pick<TestServer, 'ask'>): Promise<void> {
  const subject = newCode('last-');
  const token = await tokenOf({ subject, role: Role.ADMINISTRATOR });
  await server.ask('{ officials(first: 1) { nodes { fullName } } }', {}, { token });
  const filter = { kinds: ['READ'], subjects: [subject] };
  for (;;) {
    const { data } = await server.ask(
      'query ($filter: AuditFilter) { auditTrail(filter: $filter) { kind } }',
      {
        filter,
      },
    );
    if (data.auditTrail.length > 0) return;
  }
}
