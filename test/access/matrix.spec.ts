// Access to mutations: each opens for exactly the roles that the policy names, and no further than it says. Generated
// over the schema, with the inputs of test/support/inputs.ts. Reads are in reach.spec.ts.
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
import { type Input, newPlace, type Place, validInput } from '../support/inputs';
import { connect } from '../support/live';
import { type Answer, startTestServer, type TestServer } from '../support/server';
import { logEnd, newCohort, newProgramme, newServiceRule } from '../support/world';
import {
  type Caller,
  CALLERS,
  type Cast,
  draw,
  extentOf,
  fieldsOf,
  named,
  newCast,
  permissions,
  refusalOf,
  schema,
  seed,
  type Transport,
  TRANSPORTS,
} from './cast';

let server: TestServer;
let here: Place;
let elsewhere: Place;
/** Everybody, each with the reach of `here`. */
let cast: Cast;

beforeAll(async () => {
  server = await startTestServer();
  here = await newPlace(server);
  elsewhere = await newPlace(server);
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
  // Everybody reads requirements; one that does not apply to an official is told to be so.
  'exemptOfficial.requirementId': 'NOT_ELIGIBLE',
};

const mutation = (name: string) => {
  const Name = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  return `mutation ($input: ${Name}Input!) { ${name}(input: $input) { cursor userErrors { code message } } }`;
};

const allowedOf = (name: string) => CALLERS.filter((caller) => reachOf(`Mutation.${name}`, caller));

/** What unit managers may do to cohorts that no university delivers, and universities to theirs. */
const OF_HOSTS = new Set(['recordGraduates', 'correctGraduate', 'revokeGraduate']);

/** An input of a mutation that this caller may send at a place within reach. */
const inputFor = async (name: string, caller: Caller, place: Place): Promise<Input> =>
  validInput(
    name,
    caller === Role.UNIT_MANAGER && OF_HOSTS.has(name)
      ? { ...place, programmeId: (await newProgramme(server)).id }
      : place,
  );

/** Is done for a caller: at the other place where they reach everything, so that this is observed, too. */
async function expectDone(name: string, caller: Caller, transport: Transport): Promise<void> {
  const path = `Mutation.${name}`;
  const reach = reachOf(path, caller) === 'EVERYTHING' ? 'beyond' : 'within';
  const input = await inputFor(name, caller, reach === 'within' ? here : elsewhere);
  const { data, errors } = await cast.ask(caller, transport, mutation(name), { input });
  table.observe(path, caller, reach, outcomeOf(name, { data, errors }));
  expect([caller, transport, errors]).toEqual([caller, transport, undefined]);
  expect(data[name].userErrors).toEqual([]);
  expect(data[name].cursor).toBe(await logEnd(server));
}

/** Names all of elsewhere, and each thing of elsewhere among what is here. */
async function expectNothingElsewhere(name: string, callers: Caller[], transport: Transport): Promise<void> {
  const theirs = await validInput(name, elsewhere);
  const owns = new Map<Caller, Input>();
  for (const caller of callers) owns.set(caller, await inputFor(name, caller, here));
  const before = await logEnd(server);
  const things: [field: string, value: unknown, code: string][] = [];
  for (const [field, value] of Object.entries(theirs)) {
    if (!/"[a-z]+_[0-9a-z]{26}"/.test(JSON.stringify(value))) continue;
    const code = ANYWHERE[`${name}.${field}`];
    if (code !== null) things.push([field, value, code ?? 'NOT_FOUND']);
  }
  for (const [caller, own] of owns) {
    const inputs: [what: string, input: Input, code: string][] = [
      ['all', theirs, 'NOT_FOUND'],
      ...things.map(([field, value, code]): [string, Input, string] => [
        field,
        { ...own, [field]: value },
        code,
      ]),
    ];
    for (const [what, input, code] of inputs) {
      const { data, errors } = await cast.ask(caller, transport, mutation(name), { input });
      table.observe(`Mutation.${name}`, caller, 'beyond', outcomeOf(name, { data, errors }));
      expect(errors).toBeUndefined();
      const codes = new Set(data[name].userErrors.map((error: { code: string }) => error.code));
      expect([caller, what, [...codes]]).toEqual([caller, what, [code]]);
      expect(data[name].cursor).toBeNull();
    }
  }
  expect(await logEnd(server)).toBe(before);
}

describe.each(named('Mutation'))('%s', (name) => {
  const allowed = allowedOf(name);
  const refused = CALLERS.filter((caller) => !allowed.includes(caller));
  const bounded = allowed.filter((caller) => reachOf(`Mutation.${name}`, caller) !== 'EVERYTHING');

  it('is refused to everybody else, on either transport, and leaves no event', async () => {
    const input = await validInput(name, here);
    const before = await logEnd(server);
    for (const caller of refused) {
      for (const transport of TRANSPORTS) {
        const { data, errors } = await cast.ask(caller, transport, mutation(name), { input });
        table.observe(`Mutation.${name}`, caller, 'within', outcomeOf(name, { data, errors }));
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
    expect(await logEnd(server)).not.toBe(before);
  });

  it.each(allowed)('is done for %s within reach', (caller) => expectDone(name, caller, 'HTTP'));

  if (bounded.length > 0) {
    it('finds nothing elsewhere, not even one thing of several, and leaves no event', () =>
      expectNothingElsewhere(name, bounded, 'HTTP'));
  }
});

describe('over WebSocket', () => {
  const ofExtent = new Map<string, { name: string; caller: Caller }[]>();
  for (const name of named('Mutation')) {
    for (const caller of allowedOf(name)) {
      const extent = `${caller} ${reachOf(`Mutation.${name}`, caller)}`;
      ofExtent.set(extent, [...(ofExtent.get(extent) ?? []), { name, caller }]);
    }
  }
  // One mutation of each role and extent.
  const drawn = [...ofExtent].map(([extent, of]) => ({ extent, ...draw(of, 1)[0]! }));

  it.each(drawn)(
    `$name is done for $extent, and not elsewhere (SEED=${seed})`,
    async ({ name, caller, extent }) => {
      await expectDone(name, caller, 'WebSocket');
      if (!extent.endsWith('EVERYTHING')) await expectNothingElsewhere(name, [caller], 'WebSocket');
    },
  );
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

  it('keeps units to administrators, learners to units, graduations to who teaches', () => {
    expect(holders('openUnit')).toEqual([ADMINISTRATOR]);
    expect(holders('reorganiseUnits')).toEqual([ADMINISTRATOR]);
    expect(holders('grantRole')).toEqual([ADMINISTRATOR]);
    expect(holders('nominateOfficials')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('planCohort')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('acceptOrder')).toEqual([ADMINISTRATOR, UNIT_MANAGER]);
    expect(holders('agreeOrder')).toEqual([ADMINISTRATOR, UNIVERSITY_REGISTRAR]);
    expect(holders('recordGraduates')).toEqual([ADMINISTRATOR, UNIT_MANAGER, UNIVERSITY_REGISTRAR]);
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
