// Does every mutation open for exactly those the policy names, and no further than it says? Generated over the schema: a
// new one is asked for a valid input. What is read is in reach.spec.ts.
import 'reflect-metadata';
import {
  getNullableType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  isUnionType,
} from 'graphql';
import { type Permission, policy, Role } from '../../src/access/policy';
import { AccessTable, type Outcome } from '../support/access-table';
import { connect } from '../support/live';
import { type Answer, startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newDocument,
  newFigure,
  newInitiative,
  newMember,
  newDay,
  newDegreeClass,
  newOfficial,
  newOrder,
  newPlan,
  newPosition,
  newProgramme,
  newRequirement,
  newSession,
  newServiceRule,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';
import {
  type Caller,
  CALLERS,
  type Cast,
  extentOf,
  fieldsOf,
  named,
  newCast,
  permissions,
  refusalOf,
  schema,
  TRANSPORTS,
} from './cast';

/** A part of the world: a unit below another, a university, and who works there. */
interface Place {
  topId: string;
  unitId: string;
  universityId: string;
  officialId: string;
  programmeId: string;
  positionCode: string;
}

let server: TestServer;
let here: Place;
let elsewhere: Place;
/** Everybody, each with the reach of `here`. */
let cast: Cast;

async function newPlace(): Promise<Place> {
  const topId = (await newUnit(server)).id;
  const unitId = (await newUnit(server, { parentId: topId })).id;
  const universityId = (await newUniversity(server)).id;
  const positionCode = (await newPosition(server)).code;
  const officialId = (await newOfficial(server, { unitId, positionCode })).id;
  const programmeId = (await newProgrammeOf({ unitId, universityId })).id;
  return { topId, unitId, universityId, officialId, programmeId, positionCode };
}
const newProgrammeOf = ({ unitId, universityId }: { unitId: string; universityId: string }) =>
  newProgramme(server, { universityId, partners: [{ role: 'COMMISSIONING', unitId }] });

beforeAll(async () => {
  server = await startTestServer();
  here = await newPlace();
  elsewhere = await newPlace();
  await newServiceRule(server);
  const { topId, universityId, officialId } = here;
  cast = await newCast(server, { unitId: topId, universityId, officialId });
});
afterAll(async () => {
  await cast.leave();
  await server.stop();
});

const table = new AccessTable(CALLERS);
const outcomeOf = (name: string, { data, errors }: Pick<Answer<any>, 'data' | 'errors'>): Outcome =>
  errors ? 'refused' : data[name].cursor ? 'whole' : 'nothing';

/** How far the policy lets somebody go. */
const reachOf = (path: string, caller: Caller) => extentOf(permissions.get(path)!, caller);

const cohortAt = async ({ programmeId, unitId }: Place) => ({
  cohortId: (await newCohort(server, { programmeId, hostUnitId: unitId })).id,
});
const classAt = ({ programmeId, unitId, positionCode }: Place, learners: number) =>
  newClass(server, learners, { programmeId, hostUnitId: unitId, positionCode });
async function enrollingAt(place: Place): Promise<{ cohortId: string }> {
  const input = await cohortAt(place);
  await must(server, 'openEnrolment', input, 'cohort { id }');
  return input;
}
async function graduatedAt(place: Place): Promise<{ graduateId: string }> {
  const { cohort, officialIds } = await classAt(place, 1);
  const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
  const input = { cohortId: cohort.id, graduates };
  const payload = await must(server, 'recordGraduates', input, 'graduates { id }');
  return { graduateId: payload.graduates[0].id };
}
const orderAt = async ({ unitId, universityId }: Place) => ({
  orderId: (await newOrder(server, { unitId, universityId })).id,
});
async function agreedAt(place: Place): Promise<{ orderId: string }> {
  const input = await orderAt(place);
  await must(server, 'agreeOrder', input, 'cursor');
  return input;
}
async function initiativeAt(place: Place, ...steps: string[]): Promise<{ initiativeId: string }> {
  const { enrolmentIds } = await classAt(place, 1);
  const { id } = await newInitiative(server, enrolmentIds, { unitId: place.unitId });
  for (const step of steps) await must(server, step, { initiativeId: id }, 'cursor');
  return { initiativeId: id };
}
const officialAt = async ({ unitId, positionCode }: Place) =>
  (await newOfficial(server, { unitId, positionCode })).id;

/** A rule of one day, which no other overlaps. */
function serviceRule() {
  const from = newDay();
  return { category: 'CADRE', from, until: from, multiple: 2, source: 'Nghị định mẫu' };
}

/** An input of each mutation that succeeds for whoever reaches the place: each call makes a new one. */
const VALID: Record<string, (place: Place) => object | Promise<object>> = {
  openUnit: () => ({ code: newCode('U'), kind: 'WARD', name: 'Phường Bến Nghé' }),
  reorganiseUnits: async () => {
    const { id } = await newUnit(server);
    const successions = [{ predecessorId: id, kind: 'DISSOLVED' }];
    return { effectiveOn: '2024-01-01', closeIds: [id], open: [], successions };
  },
  addPosition: () => ({ code: newCode('P'), title: 'Bí thư' }),
  addTopic: () => ({ code: newCode('L'), name: 'Quy hoạch' }),
  grantRole: ({ unitId }) => ({ role: 'UNIT_MANAGER', subject: newCode('s-'), unitId }),
  revokeRole: async ({ unitId }) => {
    const input = { role: 'UNIT_MANAGER', subject: newCode('s-'), unitId };
    return { grantId: (await must(server, 'grantRole', input, 'grant { id }')).grant.id };
  },
  eraseOfficial: async (place) => ({ officialId: await officialAt(place) }),
  registerOfficial: ({ unitId, positionCode }) => ({
    code: newCode('O'),
    fullName: 'Lê Thị Mẫu',
    category: 'CADRE',
    ...{ unitId, positionCode },
    since: '2021-01-01',
  }),
  reviseOfficial: async (place) => ({ officialId: await officialAt(place), fullName: 'Lê Văn Mẫu' }),
  assignOfficial: async (place) => ({
    officialId: await officialAt(place),
    unitId: place.unitId,
    positionCode: (await newPosition(server)).code,
    since: '2022-01-01',
  }),
  endAssignment: async (place) => {
    const { data } = await server.ask(
      `{ official(id: "${await officialAt(place)}") { assignments { id } } }`,
    );
    return { assignmentId: data.official.assignments[0].id, until: '2024-01-01' };
  },
  moveOfficials: async (place) => {
    const { data } = await server.ask(
      `{ official(id: "${await officialAt(place)}") { assignments { id } } }`,
    );
    const unitId = (await newUnit(server, { parentId: place.topId })).id;
    return { moves: [{ assignmentId: data.official.assignments[0].id }], unitId, from: '2024-01-01' };
  },
  addUniversity: () => ({ code: newCode('V'), name: 'Học viện Cán bộ' }),
  reviseUniversity: ({ universityId }) => ({ universityId, name: `Học viện ${newCode()}` }),
  signPartnership: ({ unitId, universityId }) => ({ unitId, universityId, title: 'Thoả thuận' }),
  addProgramme: ({ unitId, universityId }) => ({
    code: newCode('C'),
    name: 'Bồi dưỡng',
    kind: 'REFRESHER',
    contentGroup: 'STATE_MANAGEMENT',
    basis: 'TOPICAL',
    universityId,
    partners: [{ role: 'COMMISSIONING', unitId }],
  }),
  reviseProgramme: async (place) => ({ programmeId: (await newProgrammeOf(place)).id, name: 'Chuyên đề' }),
  planCohort: (place) => ({
    code: newCode('K'),
    name: 'Lớp',
    programmeId: place.programmeId,
    hostUnitId: place.unitId,
    startsOn: '2024-01-01',
  }),
  reviseCohort: async (place) => ({ ...(await cohortAt(place)), version: 1, name: 'Lớp hai' }),
  openEnrolment: (place) => cohortAt(place),
  startCohort: (place) => enrollingAt(place),
  completeCohort: async (place) => ({ cohortId: (await classAt(place, 0)).cohort.id }),
  cancelCohort: async (place) => ({ ...(await cohortAt(place)), reason: 'Không đủ học viên' }),
  requestTraining: ({ unitId, universityId }) => ({
    ...{ unitId, universityId, title: 'Chuyển đổi số', expectedOutcome: 'Làm được ngay' },
    ...{ headcount: 30, neededBy: '2999-12-31' },
  }),
  agreeOrder: (place) => orderAt(place),
  declineOrder: async (place) => ({ ...(await orderAt(place)), reason: 'Chưa có giảng viên' }),
  scheduleOrder: async (place) => ({
    ...(await agreedAt(place)),
    cohortIds: [(await cohortAt(place)).cohortId],
  }),
  acceptOrder: async (place) => {
    const { orderId } = await agreedAt(place);
    const { cohortId } = await cohortAt(place);
    await must(server, 'scheduleOrder', { orderId, cohortIds: [cohortId] }, 'cursor');
    for (const step of ['openEnrolment', 'startCohort', 'completeCohort'])
      await must(server, step, { cohortId }, 'cursor');
    return { orderId, result: 'Đạt yêu cầu' };
  },
  cancelOrder: async (place) => ({ ...(await orderAt(place)), reason: 'Không còn nhu cầu' }),
  nominateOfficials: async (place) => ({
    ...(await enrollingAt(place)),
    officialIds: [await officialAt(place)],
  }),
  decideEnrolments: async (place) => {
    const { cohortId } = await enrollingAt(place);
    const enrolmentIds = await nominate(server, cohortId, [await officialAt(place)]);
    return { enrolmentIds, decision: 'ACCEPT' };
  },
  withdrawEnrolment: async (place) => ({ enrolmentId: (await classAt(place, 1)).enrolmentIds[0] }),
  recordGraduates: async (place) => {
    const { cohort, officialIds } = await classAt(place, 1);
    return { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }] };
  },
  correctGraduate: async (place) => ({ ...(await graduatedAt(place)), credentialNumber: 'B 2' }),
  revokeGraduate: (place) => graduatedAt(place),
  addRequirement: ({ unitId }) => ({
    name: 'Học tập ít nhất 40 tiết mỗi năm',
    unitId,
    periods: 40,
    recurrence: 'YEARLY',
    validFrom: '2025-01-01',
    source: { title: 'Văn bản mẫu' },
  }),
  reviseRequirement: async ({ unitId }) => ({
    requirementId: (await newRequirement(server, { unitId })).id,
    name: 'Mỗi năm một tuần',
  }),
  endRequirement: async ({ unitId }) => ({
    requirementId: (await newRequirement(server, { unitId })).id,
    until: '2025-12-31',
  }),
  exemptOfficial: async (place) => ({
    requirementId: (await newRequirement(server, { unitId: place.unitId })).id,
    officialId: await officialAt(place),
    reason: 'Nghỉ thai sản',
  }),
  revokeExemption: async (place) => {
    const { requirementId, officialId, reason } = (await VALID.exemptOfficial!(place)) as Input;
    const sparing = { requirementId, officialId, reason };
    const { exemption } = await must(server, 'exemptOfficial', sparing, 'exemption { id }');
    return { exemptionId: exemption.id, reason: 'Đã đi làm lại' };
  },
  scheduleSession: async (place) => ({
    ...(await cohortAt(place)),
    heldOn: '2024-03-01',
    periods: 4,
    place: 'Hội trường',
  }),
  reviseSession: async (place) => ({
    sessionId: (await newSession(server, await cohortAt(place))).id,
    periods: 5,
  }),
  cancelSession: async (place) => ({
    sessionId: (await newSession(server, await cohortAt(place))).id,
    reason: 'Giảng viên bận',
  }),
  recordAttendance: async (place) => {
    const { cohort, officialIds } = await classAt(place, 1);
    const session = await newSession(server, { cohortId: cohort.id });
    return { sessionId: session.id, attendance: [{ officialId: officialIds[0] }] };
  },
  correctAttendance: async (place) => {
    const { sessionId, attendance } = (await VALID.recordAttendance!(place)) as Input;
    await must(server, 'recordAttendance', { sessionId, attendance }, 'cursor');
    return { sessionId, attendance: [{ ...(attendance as object[])[0], periods: 1 }] };
  },
  nameSource: ({ programmeId }) => ({ subjectId: programmeId, title: newCode('Bài báo ') }),
  stateFigure: ({ unitId }) => ({
    metric: 'PARTICIPATIONS',
    value: 7,
    periodFrom: '2024-01-01',
    periodTo: '2024-12-31',
    unitId,
    source: { title: newCode('Bài báo ') },
  }),
  addDocument: () => ({ kind: 'SCHEME', title: 'Đề án' }),
  linkDocument: async ({ programmeId }) => ({
    documentId: (await newDocument(server)).id,
    programmeId,
  }),
  unlinkDocument: async ({ programmeId }) => {
    const input = { documentId: (await newDocument(server)).id, programmeId };
    await must(server, 'linkDocument', input, 'document { id }');
    return input;
  },
  addCommitteeMember: async ({ unitId, positionCode }) => ({
    committeeId: (await newUnit(server, { kind: 'COMMITTEE' })).id,
    ...{ unitId, positionCode },
    since: '2022-01-01',
  }),
  endCommitteeMember: async ({ unitId, positionCode }) => ({
    memberId: (await newMember(server, { unitId, positionCode })).id,
    until: '2024-01-01',
  }),
  adoptPlan: async ({ topId }) => ({
    unitId: (await newUnit(server, { parentId: topId })).id,
    year: 2024,
    targets: [{ target: 10 }],
  }),
  revisePlan: async ({ topId }) => {
    const unitId = (await newUnit(server, { parentId: topId })).id;
    return { planId: (await newPlan(server, { unitId })).id, decisionNumber: 'KH 1' };
  },
  withdrawFigure: async ({ unitId }) => ({ figureId: (await newFigure(server, { unitId })).id }),
  addServiceRule: () => serviceRule(),
  endServiceRule: async () => {
    const rule = serviceRule();
    return { serviceRuleId: (await newServiceRule(server, { ...rule, until: null })).id, until: rule.from };
  },
  recordServiceCommitments: async ({ unitId, positionCode }) => {
    const { enrolmentIds } = await newDegreeClass(server, 1, { hostUnitId: unitId, positionCode });
    return { commitments: [{ enrolmentId: enrolmentIds[0], cost: 120_000_000 }] };
  },
  proposeInitiative: async (place) => ({
    enrolmentIds: (await classAt(place, 1)).enrolmentIds,
    ...{ unitId: place.unitId, title: 'Chống ngập', localProblem: 'Ngập nước' },
  }),
  studyInitiative: (place) => initiativeAt(place),
  applyInitiative: async (place) => ({
    ...(await initiativeAt(place, 'studyInitiative')),
    ...{ unitId: place.unitId, result: 'Hết ngập' },
  }),
  rejectInitiative: async (place) => ({
    ...(await initiativeAt(place, 'studyInitiative')),
    reason: 'Thiếu kinh phí',
  }),
  recordFollowUp: async (place) => ({
    ...(await graduatedAt(place)),
    ...{ time: 'AFTER_3_MONTHS', isApplied: true, how: 'Hằng ngày' },
  }),
};

type Input = Record<string, unknown>;

/** What may be named out of reach: null where that is right, or the rule by which it is refused to everybody alike. */
const ANYWHERE: Record<string, string | null> = {
  // Universities are in the catalogue; whom one agrees with or asks for a course is for either to say.
  'signPartnership.universityId': null,
  'requestTraining.universityId': null,
  // Units send their staff to the courses of others, and propose what others may study.
  'nominateOfficials.cohortId': null,
  'proposeInitiative.unitId': null,
  // Whoever is no learner of one's own class is told so, be they somebody or nobody.
  'recordGraduates.graduates': 'NOT_ENROLLED',
  'recordAttendance.attendance': 'NOT_ENROLLED',
  'scheduleOrder.cohortIds': 'CONFLICT',
};

async function validInput(name: string, place: Place): Promise<Input> {
  const make = VALID[name];
  if (!make) throw new Error(`Say in VALID what ${name} can be sent with.`);
  return (await make(place)) as Input;
}

const mutation = (name: string) => {
  const Name = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  return `mutation ($input: ${Name}Input!) { ${name}(input: $input) { cursor userErrors { code message } } }`;
};

describe.each(named('Mutation'))('%s', (name) => {
  const path = `Mutation.${name}`;
  const refused = CALLERS.filter((caller) => !reachOf(path, caller));
  const allowed = CALLERS.filter((caller) => reachOf(path, caller));
  const bounded = allowed.filter((caller) => reachOf(path, caller) !== 'EVERYTHING');

  it('is refused to everybody else, on either transport, and leaves no event', async () => {
    const input = await validInput(name, here);
    const before = await logEnd(server);
    for (const caller of refused) {
      for (const transport of TRANSPORTS) {
        const { data, errors } = await cast.ask(caller, transport, mutation(name), { input });
        table.observe(path, caller, 'within', outcomeOf(name, { data, errors }));
        const told = errors?.map((error) => [error.extensions.code, error.path]);
        expect([caller, transport, data ?? null, told]).toEqual([
          ...[caller, transport, null],
          [[refusalOf(caller), [name]]],
        ]);
      }
    }
    expect(await logEnd(server)).toBe(before);
    // The very same input is good for an administrator: nothing but the gate stood in the way.
    const { data } = await cast.ask(Role.ADMINISTRATOR, 'HTTP', mutation(name), { input });
    expect(data[name].userErrors).toEqual([]);
    expect(data[name].cursor).not.toBe(before);
  });

  it.each(allowed.flatMap((caller) => TRANSPORTS.map((transport) => [caller, transport] as const)))(
    'is done for %s within reach over %s',
    async (caller, transport) => {
      const reach = bounded.includes(caller) ? 'within' : 'beyond';
      const input = await validInput(name, reach === 'within' ? here : elsewhere);
      const { data, errors } = await cast.ask(caller, transport, mutation(name), { input });
      table.observe(path, caller, reach, outcomeOf(name, { data, errors }));
      expect(errors).toBeUndefined();
      expect(data[name].userErrors).toEqual([]);
      expect(data[name].cursor).toBe(await logEnd(server));
    },
  );

  if (bounded.length > 0) {
    it('finds nothing elsewhere, not even one thing of several, and leaves no event', async () => {
      const theirs: Input = await validInput(name, elsewhere);
      const own: Input = await validInput(name, here);
      const before = await logEnd(server);
      // All of elsewhere, and each thing of elsewhere among what is here.
      const inputs: [what: string, input: Input, code: string][] = [['all', theirs, 'NOT_FOUND']];
      for (const [field, value] of Object.entries(theirs)) {
        if (!/"[a-z]+_[0-9a-z]{26}"/.test(JSON.stringify(value))) continue;
        const code = ANYWHERE[`${name}.${field}`];
        if (code !== null) inputs.push([field, { ...own, [field]: value }, code ?? 'NOT_FOUND']);
      }
      for (const caller of bounded) {
        for (const transport of TRANSPORTS) {
          for (const [what, input, code] of inputs) {
            const { data, errors } = await cast.ask(caller, transport, mutation(name), { input });
            table.observe(path, caller, 'beyond', outcomeOf(name, { data, errors }));
            expect(errors).toBeUndefined();
            const codes = data[name].userErrors.map((error: { code: string }) => error.code);
            expect([caller, what, codes]).toEqual([caller, what, [code]]);
            expect(data[name].cursor).toBeNull();
          }
        }
      }
      expect(await logEnd(server)).toBe(before);
    });
  }
});

describe('a programme', () => {
  it('is not revised by a partner who neither leads, commissions nor delivers it', async () => {
    const { unitId } = here;
    const programme = await newProgramme(server, {
      universityId: elsewhere.universityId,
      partners: [{ role: 'COORDINATING', unitId }],
    });
    const input = { programmeId: programme.id, universityId: null };
    const { data } = await cast.ask(Role.UNIT_MANAGER, 'HTTP', mutation('reviseProgramme'), { input });
    expect(data.reviseProgramme.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });
});

/** A value that a required argument takes; no id of it exists. */
function any(type: GraphQLInputType, name = ''): string {
  const bare = getNullableType(type);
  if (isListType(bare)) return '[]';
  if (isEnumType(bare)) return bare.getValues()[0]!.name;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${any(field.type)}`).join(', ')} }`;
  }
  const prefix = name.endsWith('Id') && name !== 'subjectId' ? name.slice(0, -2) : 'unit';
  return (
    {
      ID: `"${prefix}_01jb0000000000000000000000"`,
      Int: '1',
      Dong: '1',
      Periods: '1',
      WholeNumber: '1',
      Boolean: 'true',
      Date: '"2024-01-01"',
    }[bare.name] ?? '"x"'
  );
}

/** `field(required arguments) { __typename }`. */
function call(root: 'Query' | 'Subscription', name: string): string {
  const field = fieldsOf(root).find((each) => each.name === name)!;
  if (field.args.some((arg) => arg.name === 'code')) return `${name}(code: "none") { __typename }`;
  const args = field.args.filter((each) => isNonNullType(each.type) && each.defaultValue === undefined);
  const given = args.map((each) => `${each.name}: ${any(each.type, each.name)}`).join(', ');
  const bare = String(field.type).replace(/[[\]!]/g, '');
  const type = schema.getType(bare)!;
  const leaf = !('getFields' in type) && !isUnionType(type);
  return `${name}${given && `(${given})`}${leaf ? '' : ' { __typename }'}`;
}

describe('docs/access.md', () => {
  it('has what was observed of each mutation', () => {
    const paths = named('Mutation')
      .sort()
      .map((name) => `Mutation.${name}`);
    const operations = paths.map((path) => [path, permissions.get(path)!]);
    table.expectSection('Mutations', ['field', 'permission'], operations);
  });
});

describe('the policy', () => {
  const holders = (name: string) => CALLERS.filter((caller) => reachOf(`Mutation.${name}`, caller));
  const { ADMINISTRATOR, UNIT_MANAGER, UNIVERSITY_REGISTRAR } = Role;

  it('lets viewers, officials and strangers change nothing', () => {
    for (const name of named('Mutation')) {
      for (const caller of [Role.VIEWER, Role.OFFICIAL, 'NONE', null] as const)
        expect([name, reachOf(`Mutation.${name}`, caller)]).toEqual([name, null]);
    }
  });

  it('keeps units to administrators, learners to units, graduations to universities', () => {
    expect(holders('openUnit')).toEqual([ADMINISTRATOR]);
    expect(holders('reorganiseUnits')).toEqual([ADMINISTRATOR]);
    expect(holders('grantRole')).toEqual([ADMINISTRATOR]);
    expect(holders('nominateOfficials')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('planCohort')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('acceptOrder')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('agreeOrder')).toEqual([ADMINISTRATOR, UNIVERSITY_REGISTRAR]);
    expect(holders('recordGraduates')).toEqual([ADMINISTRATOR, UNIVERSITY_REGISTRAR]);
    expect(holders('decideEnrolments')).toEqual([ADMINISTRATOR, UNIT_MANAGER, UNIVERSITY_REGISTRAR]);
  });

  it('has no permission that nothing asks for', () => {
    const carried = [...permissions.values()];
    // Who caused an event, figures about fewer than five persons, lists of enrolments within other records.
    const others = ['event.identify', 'statistics.reveal', 'enrolment.read'];
    const asked = (permission: Permission) => carried.includes(permission) || others.includes(permission);
    expect((Object.keys(policy) as Permission[]).filter((each) => !asked(each))).toEqual([]);
  });

  it('leaves nothing that an administrator may not do', () => {
    expect([...permissions.keys()].filter((path) => !reachOf(path, ADMINISTRATOR))).toEqual([]);
  });
});

describe('in production', () => {
  let production: TestServer;
  beforeAll(async () => {
    production = await startTestServer({ env: { NODE_ENV: 'production' } });
  });
  afterAll(() => production.stop());

  it.each(named('Query'))('%s answers nothing without a token', async (name) => {
    const { data, errors } = await production.ask(`{ ${call('Query', name)} }`, {}, { as: null });
    expect(data?.[name] ?? null).toBeNull();
    expect(errors!.map((each) => [each.extensions.code, each.path])).toEqual([['UNAUTHENTICATED', [name]]]);
  });

  it.each(named('Mutation'))('%s changes nothing without a token', async (name) => {
    const [input] = fieldsOf('Mutation').find((field) => field.name === name)!.args;
    const before = await logEnd(production);
    const query = `mutation { ${name}(input: ${any(input!.type)}) { cursor } }`;
    const { data, errors } = await production.ask(query, {}, { as: null });
    expect(data).toBeNull();
    expect(errors!.map((each) => [each.extensions.code, each.path])).toEqual([['UNAUTHENTICATED', [name]]]);
    expect(await logEnd(production)).toBe(before);
  });

  it.each(named('Subscription'))('%s tells nothing without a token', async (name) => {
    const client = await connect(production.url, { as: null });
    const subscriber = client.subscribe(`subscription { ${call('Subscription', name)} }`);
    const told = await subscriber.next().then(
      ({ data, errors }) => ({ data, errors }),
      (error: Error) => ({ data: null, errors: JSON.parse(error.message) }),
    );
    expect(told.data?.[name] ?? null).toBeNull();
    expect(JSON.stringify(told.errors)).toContain('UNAUTHENTICATED');
    await client.close();
  });

  it('lets strangers read as viewers where ANONYMOUS=viewer says so', async () => {
    const open = await startTestServer({ env: { NODE_ENV: 'production', ANONYMOUS: 'viewer' } });
    const { data } = await open.ask('{ viewer { subject roles { role } } }', {}, { as: null });
    expect(data.viewer).toEqual({ subject: null, roles: [{ role: 'VIEWER' }] });
    await open.stop();
  });
});

describe('who caused an event', () => {
  it('is told to administrators alone', async () => {
    await newCohort(server);
    for (const caller of CALLERS.filter((each) => each !== 'NONE')) {
      const { data } = await cast.ask(caller, 'HTTP', '{ cohortEvents(first: 1) { actor } }');
      expect([caller, data.cohortEvents[0].actor !== null]).toEqual([caller, caller === Role.ADMINISTRATOR]);
    }
  });
});
