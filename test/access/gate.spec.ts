// Does every door open for exactly the roles that the policy names? Generated over the schema: a new field is tested
// without a line here, and a new mutation is asked for a valid input.
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
import { permissionsOf } from '../../src/access/gate';
import { policy, Role } from '../../src/access/policy';
import { makeSchema } from '../../src/schema';
import { connect } from '../support/live';
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  must,
  newClass,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newProgramme,
  newUnit,
  newUniversity,
  nominate,
} from '../support/world';

const schema = makeSchema();
const permissions = permissionsOf(schema);
const everyone: (Role | null)[] = [...Object.values(Role), null];
const fieldsOf = (root: 'Query' | 'Mutation' | 'Subscription') => {
  const type = { Query: schema.getQueryType(), Mutation: schema.getMutationType() };
  return Object.values((root === 'Subscription' ? schema.getSubscriptionType() : type[root])!.getFields());
};

/** Who may use a field, as the policy says; a caller without a token reads as VIEWER outside production. */
function mayUse(path: string, role: Role | null): boolean {
  const roles: readonly Role[] = policy[permissions.get(path)!];
  return roles.includes(role ?? Role.VIEWER);
}

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const cohortIn = async (more: object = {}) => ({ cohortId: (await newCohort(server, more)).id });
async function enrolling(): Promise<{ cohortId: string }> {
  const input = await cohortIn();
  await must(server, 'openEnrolment', input, 'cohort { id }');
  return input;
}
async function graduated(): Promise<{ graduateId: string }> {
  const { cohort, officialIds } = await newClass(server, 1);
  const graduates = [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }];
  const input = { cohortId: cohort.id, graduates };
  const payload = await must(server, 'recordGraduates', input, 'graduates { id }');
  return { graduateId: payload.graduates[0].id };
}
async function assigned(): Promise<{ assignmentId: string }> {
  const { id } = await newOfficial(server);
  const { data } = await server.ask(`{ official(id: "${id}") { assignments { id } } }`);
  return { assignmentId: data.official.assignments[0].id };
}

/** An input of each mutation that succeeds for whoever may send it: each call makes a new one. */
const VALID: Record<string, () => object | Promise<object>> = {
  openUnit: () => ({ code: newCode('U'), kind: 'WARD', name: 'Phường Bến Nghé' }),
  reorganiseUnits: async () => {
    const { id } = await newUnit(server);
    const successions = [{ predecessorId: id, kind: 'DISSOLVED' }];
    return { effectiveOn: '2024-01-01', closeIds: [id], open: [], successions };
  },
  addPosition: () => ({ code: newCode('P'), title: 'Bí thư' }),
  addTopic: () => ({ code: newCode('L'), name: 'Quy hoạch' }),
  registerOfficial: async () => ({
    code: newCode('O'),
    fullName: 'Lê Thị Mẫu',
    category: 'CADRE',
    unitId: (await newUnit(server)).id,
    positionCode: (await newPosition(server)).code,
    since: '2021-01-01',
  }),
  reviseOfficial: async () => ({ officialId: (await newOfficial(server)).id, fullName: 'Lê Văn Mẫu' }),
  assignOfficial: async () => ({
    officialId: (await newOfficial(server)).id,
    unitId: (await newUnit(server)).id,
    positionCode: (await newPosition(server)).code,
    since: '2022-01-01',
  }),
  endAssignment: async () => ({ ...(await assigned()), until: '2024-01-01' }),
  addUniversity: () => ({ code: newCode('V'), name: 'Học viện Cán bộ' }),
  reviseUniversity: async () => ({ universityId: (await newUniversity(server)).id, name: 'Học viện' }),
  signPartnership: async () => ({
    unitId: (await newUnit(server)).id,
    universityId: (await newUniversity(server)).id,
    title: 'Thoả thuận',
  }),
  addProgramme: () => ({
    code: newCode('C'),
    name: 'Bồi dưỡng',
    kind: 'REFRESHER',
    contentGroup: 'STATE_MANAGEMENT',
    basis: 'TOPICAL',
  }),
  reviseProgramme: async () => ({ programmeId: (await newProgramme(server)).id, name: 'Chuyên đề' }),
  planCohort: async () => ({
    code: newCode('K'),
    name: 'Lớp',
    programmeId: (await newProgramme(server)).id,
    hostUnitId: (await newUnit(server)).id,
    startsOn: '2024-01-01',
  }),
  reviseCohort: async () => ({ ...(await cohortIn()), version: 1, name: 'Lớp hai' }),
  openEnrolment: () => cohortIn(),
  startCohort: () => enrolling(),
  completeCohort: async () => ({ cohortId: (await newClass(server, 0)).cohort.id }),
  cancelCohort: async () => ({ ...(await cohortIn()), reason: 'Không đủ học viên' }),
  nominateOfficials: async () => ({ ...(await enrolling()), officialIds: [(await newOfficial(server)).id] }),
  decideEnrolments: async () => {
    const { cohortId } = await enrolling();
    const enrolmentIds = await nominate(server, cohortId, [(await newOfficial(server)).id]);
    return { enrolmentIds, decision: 'ACCEPT' };
  },
  withdrawEnrolment: async () => ({ enrolmentId: (await newClass(server, 1)).enrolmentIds[0] }),
  recordGraduates: async () => {
    const { cohort, officialIds } = await newClass(server, 1);
    return { cohortId: cohort.id, graduates: [{ officialId: officialIds[0], graduatedOn: '2024-06-01' }] };
  },
  correctGraduate: async () => ({ ...(await graduated()), credentialNumber: 'B 2' }),
  revokeGraduate: () => graduated(),
};

async function validInput(name: string): Promise<object> {
  const make = VALID[name];
  if (!make) throw new Error(`Say in VALID what ${name} can be sent with.`);
  return make();
}

const mutation = (name: string) => {
  const Name = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  return `mutation ($input: ${Name}Input!) { ${name}(input: $input) { cursor userErrors { code message } } }`;
};

describe.each(fieldsOf('Mutation').map(({ name }) => name))('%s', (name) => {
  const path = `Mutation.${name}`;
  const refused = everyone.filter((role) => !mayUse(path, role));
  const allowed = everyone.filter((role) => mayUse(path, role));

  it('is refused to everybody else, and leaves no event', async () => {
    const input = await validInput(name);
    const before = await logEnd(server);
    for (const as of refused) {
      const { data, errors, status } = await server.ask(mutation(name), { input }, { as });
      expect([as, status, data]).toEqual([as, 200, null]);
      const told = errors!.map((error) => [error.extensions.code, error.path]);
      expect([as, told]).toEqual([as, [[as === null ? 'UNAUTHENTICATED' : 'FORBIDDEN', [name]]]]);
    }
    expect(await logEnd(server)).toBe(before);
    // The very same input is good for whoever may: nothing but the gate stood in the way, and nothing was changed.
    const { data } = await server.ask(mutation(name), { input }, { as: allowed[0] });
    expect(data[name].userErrors).toEqual([]);
    expect(data[name].cursor).not.toBe(before);
  });

  it.each(allowed)('is done for %s', async (as) => {
    const { data, errors } = await server.ask(mutation(name), { input: await validInput(name) }, { as });
    expect(errors).toBeUndefined();
    expect(data[name].userErrors).toEqual([]);
    expect(data[name].cursor).toBe(await logEnd(server));
  });
});

describe('the policy', () => {
  const holders = (name: string) => everyone.filter((role) => mayUse(`Mutation.${name}`, role));
  const { ADMINISTRATOR, UNIT_MANAGER, UNIVERSITY_REGISTRAR } = Role;

  it('lets viewers and strangers read and follow everything and change nothing', () => {
    for (const [path] of permissions) {
      const reading = !path.startsWith('Mutation.');
      expect([path, mayUse(path, Role.VIEWER)]).toEqual([path, reading]);
    }
  });

  it('keeps units to administrators, learners to units, graduations to universities', () => {
    expect(holders('openUnit')).toEqual([ADMINISTRATOR]);
    expect(holders('reorganiseUnits')).toEqual([ADMINISTRATOR]);
    expect(holders('nominateOfficials')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('planCohort')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('recordGraduates')).toEqual([ADMINISTRATOR, UNIVERSITY_REGISTRAR]);
    expect(holders('decideEnrolments')).toEqual([ADMINISTRATOR, UNIT_MANAGER, UNIVERSITY_REGISTRAR]);
  });

  it('leaves nothing that an administrator may not do', () => {
    expect([...permissions.keys()].filter((path) => !mayUse(path, ADMINISTRATOR))).toEqual([]);
  });
});

/** A value that a required argument takes; no id of it exists. */
function any(type: GraphQLInputType): string {
  const bare = getNullableType(type);
  if (isListType(bare)) return '[]';
  if (isEnumType(bare)) return bare.getValues()[0]!.name;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${any(field.type)}`).join(', ')} }`;
  }
  return (
    { ID: '"unit_01jb0000000000000000000000"', Int: '1', Boolean: 'true', Date: '"2024-01-01"' }[bare.name] ??
    '"x"'
  );
}

/** `field(required arguments) { __typename }`. */
function call(root: 'Query' | 'Subscription', name: string): string {
  const field = fieldsOf(root).find((each) => each.name === name)!;
  const args = field.args.filter((each) => isNonNullType(each.type) && each.defaultValue === undefined);
  const given = args.map((each) => `${each.name}: ${any(each.type)}`).join(', ');
  const bare = String(field.type).replace(/[[\]!]/g, '');
  const type = schema.getType(bare)!;
  const leaf = !('getFields' in type) && !isUnionType(type);
  return `${name}${given && `(${given})`}${leaf ? '' : ' { __typename }'}`;
}
const argumentsOf: Record<string, string> = Object.fromEntries(
  ['unit', 'official', 'university', 'programme', 'cohort'].map((name) => [
    name,
    `${name}(code: "none") { __typename }`,
  ]),
);

describe('in production', () => {
  let production: TestServer;
  beforeAll(async () => {
    production = await startTestServer({ env: { NODE_ENV: 'production' } });
  });
  afterAll(() => production.stop());

  it.each(fieldsOf('Query').map(({ name }) => name))('%s answers nothing without a token', async (name) => {
    const query = `{ ${argumentsOf[name] ?? call('Query', name)} }`;
    const { data, errors } = await production.ask(query, {}, { as: null });
    expect(data?.[name] ?? null).toBeNull();
    expect(errors!.map((each) => [each.extensions.code, each.path])).toEqual([['UNAUTHENTICATED', [name]]]);
    for (const as of Object.values(Role)) {
      const answer = await production.ask(query, {}, { as });
      expect([as, answer.errors]).toEqual([as, undefined]);
    }
  });

  it.each(fieldsOf('Mutation').map(({ name }) => name))(
    '%s changes nothing without a token',
    async (name) => {
      const [input] = fieldsOf('Mutation').find((field) => field.name === name)!.args;
      const before = await logEnd(production);
      const query = `mutation { ${name}(input: ${any(input!.type)}) { cursor } }`;
      const { data, errors } = await production.ask(query, {}, { as: null });
      expect(data).toBeNull();
      expect(errors!.map((each) => [each.extensions.code, each.path])).toEqual([['UNAUTHENTICATED', [name]]]);
      expect(await logEnd(production)).toBe(before);
    },
  );

  it.each(fieldsOf('Subscription').map(({ name }) => name))(
    '%s tells nothing without a token',
    async (name) => {
      const client = await connect(production.url, { as: null });
      const subscriber = client.subscribe(`subscription { ${call('Subscription', name)} }`);
      const told = await subscriber.next().then(
        ({ data, errors }) => ({ data, errors }),
        (error: Error) => ({ data: null, errors: JSON.parse(error.message) }),
      );
      expect(told.data?.[name] ?? null).toBeNull();
      expect(JSON.stringify(told.errors)).toContain('UNAUTHENTICATED');
      await client.close();
    },
  );
});

describe('outside production', () => {
  it('tells only administrators who did it', async () => {
    await newCohort(server);
    const query = '{ cohortEvents(first: 1) { actor } }';
    for (const as of everyone) {
      const { data } = await server.ask(query, {}, { as });
      expect([as, data.cohortEvents[0].actor]).toEqual([
        as,
        as === Role.ADMINISTRATOR ? 'test-administrator' : null,
      ]);
    }
  });
});
