// Renamed input fields: the present name, and the former one for old clients, mean the same; both at once are refused.
import 'reflect-metadata';
import {
  getNamedType,
  type GraphQLInputObjectType,
  isInputObjectType,
  type GraphQLInputField,
} from 'graphql';
import { Role } from '../../src/access/policy';
import { makeSchema } from '../../src/schema';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newCode,
  newCohort,
  newOfficial,
  newPosition,
  newUnit,
  nominate,
  refusals,
} from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

/** Periods that clients of the contract rely on, and ranges that are no period of validity. */
const KEPT = [
  'RegisterOfficialInput.since',
  'RegisterOfficialInput.until',
  'CorrectAssignmentInput.since',
  'CorrectAssignmentInput.until',
  'ReviseOfficialInput.since',
  'StayAbroadInput.from',
  'StayAbroadInput.to',
];

/** All fields of the inputs of mutations, those within them, too. */
function inputFields(): [string, GraphQLInputField][] {
  const entered = new Set<GraphQLInputObjectType>();
  const enter = (type: GraphQLInputObjectType): [string, GraphQLInputField][] => {
    if (entered.has(type)) return [];
    entered.add(type);
    return Object.values(type.getFields()).flatMap((field) => {
      const below = getNamedType(field.type);
      return [
        [`${type.name}.${field.name}`, field] as const,
        ...(isInputObjectType(below) ? enter(below) : []),
      ];
    });
  };
  const mutations = Object.values(makeSchema().getMutationType()!.getFields());
  return mutations.flatMap(({ args }) => enter(getNamedType(args[0]!.type) as GraphQLInputObjectType));
}

describe('the schema', () => {
  it('spells the period of what is written as it spells that of what is read', () => {
    const odd = inputFields().filter(
      ([path, { name, type, deprecationReason }]) =>
        /^(since|until|from|to|before)$/.test(name) &&
        getNamedType(type).name === 'Date' &&
        !deprecationReason &&
        !KEPT.includes(path),
    );
    expect(odd.map(([path]) => path)).toEqual([]);
  });

  it('says of each deprecated name since when, until when at least, and what to use instead', () => {
    const types = Object.values(makeSchema().getTypeMap()).filter(isInputObjectType);
    const deprecated = types.flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ deprecationReason }) => deprecationReason != null)
        .map(({ deprecationReason }) => ({ type, reason: deprecationReason! })),
    );
    expect(deprecated.length).toBeGreaterThan(15);
    for (const { type, reason } of deprecated) {
      const found =
        /^Deprecated since \d{4}-\d\d, removed not before \d{4}-\d\d \(docs\/clients\.md\): use `(\w+)`\.$/.exec(
          reason,
        );
      expect(type.getFields()).toHaveProperty(found?.[1] ?? reason);
    }
  });
});

const assignment = async () => ({
  officialId: (await newOfficial(server)).id,
  unitId: (await newUnit(server)).id,
  positionCode: (await newPosition(server)).code,
});

describe('a mutation', () => {
  it('takes either name, and a retry by the other name as the same request', async () => {
    const given = { ...(await assignment()), clientMutationId: newCode('key ') };
    const shown = 'cursor assignment { id validFrom validTo }';
    const period = { validFrom: '2022-01-01', validTo: '2022-12-31' };
    const first = await must(server, 'assignOfficial', { ...given, ...period }, shown);
    expect(first.assignment).toMatchObject(period);
    const again = { ...given, since: '2022-01-01', until: '2022-12-31' };
    expect(await must(server, 'assignOfficial', again, shown)).toEqual(first);
  });

  it('refuses both names at once, and none where one is needed', async () => {
    const given = await assignment();
    const both = { ...given, since: '2022-01-01', validFrom: '2022-01-01' };
    expect(await refusals(server, 'assignOfficial', both)).toEqual([
      {
        code: 'INVALID',
        path: ['input', 'validFrom'],
        message: 'since is the former name of validFrom: send one of the two.',
      },
    ]);
    expect(await refusals(server, 'assignOfficial', given)).toEqual([
      { code: 'INVALID', path: ['input', 'validFrom'], message: 'Must not be empty.' },
    ]);
  });

  it('names in a refusal the field that was sent', async () => {
    const given = await assignment();
    const pathsOf = async (period: object) =>
      (await refusals(server, 'assignOfficial', { ...given, ...period })).map(({ path }) => path);
    expect(await pathsOf({ validFrom: '2022-01-01', validTo: '2021-01-01' })).toEqual([['input', 'validTo']]);
    expect(await pathsOf({ since: '2022-01-01', until: '2021-01-01' })).toEqual([['input', 'until']]);
  });
});

describe('a filter', () => {
  const FIND = `query ($filter: CohortFilter) { cohorts(filter: $filter) { nodes { id } } }`;
  const found = async (filter: object, token?: string) =>
    (await server.ask(FIND, { filter }, { token })).data.cohorts.nodes.map(({ id }: { id: string }) => id);

  it('takes either name, and refuses both at once', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const { id } = await newCohort(server, { hostUnitId });
    expect(await found({ unitIds: [hostUnitId] })).toEqual([id]);
    expect(await found({ hostUnitIds: [hostUnitId] })).toEqual([id]);
    const both = { unitIds: [hostUnitId], hostUnitIds: [hostUnitId] };
    const { errors } = await server.ask(FIND, { filter: both });
    expect(errors).toMatchObject([
      {
        message: 'cohorts: hostUnitIds: unitIds is the former name of hostUnitIds: send one of the two.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
    const ill = await server.ask(FIND, { filter: { hostUnitIds: ['cohort_1'] } });
    expect(ill.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('of a subscription takes either name as well', async () => {
    const hostUnitId = (await newUnit(server)).id;
    const socket = await connect(server.url);
    const after = await logEnd(server); // whichever begins first, the subscription or the change
    const follow = `subscription ($filter: CohortEventFilter, $after: EventCursor) {
      cohortChanged(filter: $filter, after: $after) { cohort { id } } }`;
    const subscribers = [{ unitIds: [hostUnitId] }, { hostUnitIds: [hostUnitId] }].map((filter) =>
      socket.subscribe(follow, { filter, after }),
    );
    const both = socket.subscribe(follow, { filter: { unitIds: [hostUnitId], hostUnitIds: [hostUnitId] } });
    await expect(both.next()).resolves.toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
    await newCohort(server);
    const { id } = await newCohort(server, { hostUnitId });
    for (const each of subscribers) expect((await each.nextData()).cohortChanged.cohort.id).toBe(id);
    await socket.close();
  });
});

/** A cohort of another unit in which these officials take part. */
async function classOf(officialIds: string[]): Promise<{ id: string }> {
  const cohort = await newCohort(server);
  await must(server, 'openEnrolment', { cohortId: cohort.id }, 'cohort { id }');
  const enrolmentIds = await nominate(server, cohort.id, officialIds);
  await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
  return cohort;
}

describe('units of a cohort', () => {
  const FIGURES = `query ($filter: TrainingStatisticsFilter) {
    trainingStatistics(filter: $filter, groupBy: YEAR) { cohorts cohortsHosted suppressed groups { cohorts cohortsHosted } } }`;
  const LIST = `query ($filter: CohortFilter) { cohorts(filter: $filter) { nodes { id } } }`;

  it('are its host and those that sent learners: figures and lists of both agree', async () => {
    const sender = await newUnit(server);
    const officials = [];
    for (let i = 0; i < 2; i++) officials.push((await newOfficial(server, { unitId: sender.id })).id);
    const attended = await classOf(officials);
    const { id: hosted } = await newCohort(server, { hostUnitId: sender.id });
    const list = async (filter: object, how?: object) =>
      (await server.ask(LIST, { filter }, how)).data.cohorts.nodes.map(({ id }: { id: string }) => id);
    expect(await list({ hostUnitIds: [sender.id] })).toEqual([hosted]);
    expect(await list({ learnerUnitIds: [sender.id] })).toEqual([attended.id]);

    const filter = { unitIds: [sender.id] };
    const whole = (await server.ask(FIGURES, { filter })).data.trainingStatistics;
    expect(whole).toMatchObject({ cohorts: 2, cohortsHosted: 1, suppressed: false });
    const stranger = (await server.ask(FIGURES, { filter }, { as: Role.VIEWER })).data.trainingStatistics;
    expect(stranger).toMatchObject({ cohorts: 1, cohortsHosted: 1, suppressed: true });
  });

  it('that sent learners are told only to whom the learners are shown', async () => {
    const [sender, other] = [await newUnit(server), await newUnit(server)];
    const { id } = await newOfficial(server, { unitId: sender.id });
    const cohort = await classOf([id]);
    const found = async (unitId: string, token?: string, as?: Role) =>
      (await server.ask(LIST, { filter: { learnerUnitIds: [unitId] } }, token ? { token } : { as })).data
        .cohorts.nodes;
    const managerOf = (unitId: string) =>
      tokenOf({ role: Role.UNIT_MANAGER, unitId, subject: `manager of ${unitId}` });
    expect(await found(sender.id, await managerOf(sender.id))).toEqual([{ id: cohort.id }]);
    expect(await found(sender.id, await managerOf(other.id))).toEqual([]);
    expect(await found(sender.id, undefined, Role.VIEWER)).toEqual([]);
  });
});
