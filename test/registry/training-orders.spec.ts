// Training orders: every mutation in every state, and what the unit and the university may each do.
import { Role } from '../../src/access/policy';
import { connect } from '../support/live';
import { startTestServer, type TestServer, tokenOf } from '../support/server';
import {
  logEnd,
  must,
  newCode,
  newCohort,
  newOrder,
  newProgramme,
  newTopic,
  newUnit,
  newUniversity,
  refusedUnlogged,
  takeSteps,
} from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const FACTS = `{ id title expectedOutcome headcount requestedOn neededBy status reason acceptedOn result
  unit { id } university { id } topics { id } programme { id } cohorts { id } }`;

async function read(id: string) {
  return (await server.ask(`query ($id: ID!) { node(id: $id) { ... on TrainingOrder ${FACTS} } }`, { id }))
    .data.node;
}

const refused = (name: string, input: object) => refusedUnlogged(server, name, input);

/** A unit, a university, and a programme that it delivers. */
async function newSides() {
  const unitId = (await newUnit(server)).id;
  const universityId = (await newUniversity(server)).id;
  const programmeId = (await newProgramme(server, { universityId })).id;
  return { unitId, universityId, programmeId };
}
type Sides = Awaited<ReturnType<typeof newSides>>;

const cohortOf = ({ unitId, programmeId }: Pick<Sides, 'unitId' | 'programmeId'>) =>
  newCohort(server, { hostUnitId: unitId, programmeId });

const complete = (cohortId: string): Promise<void> =>
  takeSteps(server, cohortId, ['openEnrolment', 'startCohort', 'completeCohort']);

async function agreed(sides: Sides): Promise<string> {
  const orderId = (await newOrder(server, bothOf(sides))).id;
  await must(server, 'agreeOrder', { orderId }, 'cursor');
  return orderId;
}
const bothOf = ({ unitId, universityId }: Sides) => ({ unitId, universityId });

type State = 'REQUESTED' | 'AGREED' | 'RUNNING' | 'ACCEPTED' | 'DECLINED' | 'CANCELLED';
const STATES: State[] = ['REQUESTED', 'AGREED', 'RUNNING', 'ACCEPTED', 'DECLINED', 'CANCELLED'];
const WAY: Record<State, string[]> = {
  REQUESTED: [],
  AGREED: ['agreeOrder'],
  RUNNING: ['agreeOrder', 'scheduleOrder'],
  ACCEPTED: ['agreeOrder', 'scheduleOrder', 'acceptOrder'],
  DECLINED: ['declineOrder'],
  CANCELLED: ['cancelOrder'],
};
const MORE: Record<string, object> = {
  declineOrder: { reason: 'Chưa có giảng viên' },
  cancelOrder: { reason: 'Không còn nhu cầu' },
  acceptOrder: { result: 'Đạt yêu cầu' },
};

/** What a step is sent for an order; a cohort is made where one is needed, and taught where it must be. */
async function inputOf(step: string, orderId: string, sides: Sides): Promise<object> {
  if (step === 'scheduleOrder') return { orderId, cohortIds: [(await cohortOf(sides)).id] };
  if (step === 'acceptOrder') for (const { id } of (await read(orderId)).cohorts) await complete(id);
  return { orderId, ...MORE[step] };
}

/** An order in this state. */
async function orderIn(state: State) {
  const sides = await newSides();
  const { id } = await newOrder(server, bothOf(sides));
  for (const step of WAY[state]) await must(server, step, await inputOf(step, id, sides), 'cursor');
  return { sides, order: await read(id) };
}

const today = async () => (await read((await newOrder(server)).id)).requestedOn as string;
const shift = (day: string, days: number) =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

describe('a request', () => {
  it('is kept with its topics, and reaches the lists of the unit, those above it and the university', async () => {
    const topId = (await newUnit(server)).id;
    const unitId = (await newUnit(server, { parentId: topId })).id;
    const universityId = (await newUniversity(server)).id;
    const topicIds = [(await newTopic(server)).id, (await newTopic(server)).id].sort();
    const input = {
      ...{ unitId, universityId, topicIds, title: ' Đô thị thông minh ', headcount: 45 },
      ...{ expectedOutcome: 'Đọc được bản đồ số\nvà dùng ngay', neededBy: '2999-05-01' },
    };
    const { order } = await must(server, 'requestTraining', input, `order ${FACTS}`);
    expect(order).toMatchObject({
      ...{ title: 'Đô thị thông minh', headcount: 45, neededBy: '2999-05-01', status: 'REQUESTED' },
      ...{ expectedOutcome: input.expectedOutcome, unit: { id: unitId }, university: { id: universityId } },
      ...{ reason: null, acceptedOn: null, result: null, programme: null, cohorts: [] },
    });
    expect(order.topics.map(({ id }: { id: string }) => id).sort()).toEqual(topicIds);
    expect(await read(order.id)).toEqual(order);
    const { data } = await server.ask(`{
      own: unit(id: "${unitId}") { orders { totalCount nodes { id } } }
      above: unit(id: "${topId}") { orders { nodes { id } } }
      alone: unit(id: "${topId}") { orders(filter: { includeSubunits: false }) { nodes { id } } }
      asked: university(id: "${universityId}") { orders(filter: { statuses: [REQUESTED] }) { nodes { id } } }
      agreed: university(id: "${universityId}") { orders(filter: { statuses: [AGREED] }) { nodes { id } } } }`);
    const one = [{ id: order.id }];
    expect(data).toEqual({
      own: { orders: { totalCount: 1, nodes: one } },
      above: { orders: { nodes: one } },
      alone: { orders: { nodes: [] } },
      asked: { orders: { nodes: one } },
      agreed: { orders: { nodes: [] } },
    });
  });

  it('is found by unit, university, topic, state and the day it is needed by', async () => {
    const { unitId, universityId } = await newSides();
    const topicIds = [(await newTopic(server)).id];
    const { id } = await newOrder(server, { unitId, universityId, topicIds, neededBy: '2998-04-05' });
    const find = async (filter: object) => {
      const query =
        'query ($filter: TrainingOrderFilter) { trainingOrders(filter: $filter) { nodes { id } } }';
      return (await server.ask(query, { filter })).data.trainingOrders.nodes;
    };
    for (const filter of [
      { unitIds: [unitId] },
      { universityIds: [universityId] },
      { topicIds },
      { neededBy: { from: '2998-04-05', to: '2998-04-05' } },
    ]) {
      expect([filter, await find(filter)]).toEqual([filter, [{ id }]]);
      expect(await find({ ...filter, statuses: ['DECLINED'] })).toEqual([]);
    }
  });

  it('is refused for a deadline in the past, no officials to teach, and an empty text', async () => {
    const { unitId, universityId } = await newSides();
    const day = await today();
    const good = {
      ...{ unitId, universityId, title: 'Chuyên đề', headcount: 1 },
      expectedOutcome: 'Làm được',
    };
    const request = (more: object) => refused('requestTraining', { ...good, neededBy: day, ...more });
    expect(await request({ neededBy: shift(day, -1) })).toEqual(['INVALID input.neededBy']);
    expect(await request({ headcount: 0 })).toEqual(['INVALID input.headcount']);
    expect(await request({ headcount: -5 })).toEqual(['INVALID input.headcount']);
    expect(await request({ title: ' ' })).toEqual(['INVALID input.title']);
    expect(await request({ expectedOutcome: '' })).toEqual(['INVALID input.expectedOutcome']);
    await must(server, 'requestTraining', { ...good, neededBy: day }, 'cursor');
  });

  it('is refused for a unit, university or topic that is not there, and a unit that is closed', async () => {
    const { unitId, universityId } = await newSides();
    const nobody = (id: string) => `${id.slice(0, -6)}000000`;
    const topicIds = [(await newTopic(server)).id];
    const good = {
      ...{ unitId, universityId, title: 'Chuyên đề', headcount: 1 },
      ...{ expectedOutcome: 'Làm được', neededBy: '2999-01-01' },
    };
    const request = (more: object) => refused('requestTraining', { ...good, ...more });
    expect(await request({ unitId: nobody(unitId) })).toEqual(['NOT_FOUND input.unitId']);
    expect(await request({ universityId: nobody(universityId) })).toEqual(['NOT_FOUND input.universityId']);
    expect(await request({ topicIds: [topicIds[0], nobody(topicIds[0]!)] })).toEqual([
      'NOT_FOUND input.topicIds.1',
    ]);
    const successions = [{ predecessorId: unitId, kind: 'DISSOLVED' }];
    const closing = { effectiveOn: '2025-07-01', closeIds: [unitId], open: [], successions };
    await must(server, 'reorganiseUnits', closing, 'cursor');
    expect(await request({})).toEqual(['UNIT_CLOSED input.unitId']);
  });
});

describe('a step of an order', () => {
  const steps = [
    { step: 'agreeOrder', to: 'AGREED', from: ['REQUESTED'], kind: 'AGREED' },
    { step: 'declineOrder', to: 'DECLINED', from: ['REQUESTED', 'AGREED'], kind: 'DECLINED' },
    { step: 'scheduleOrder', to: 'RUNNING', from: ['AGREED'], kind: 'SCHEDULED' },
    { step: 'acceptOrder', to: 'ACCEPTED', from: ['RUNNING'], kind: 'ACCEPTED' },
    { step: 'cancelOrder', to: 'CANCELLED', from: ['REQUESTED', 'AGREED', 'RUNNING'], kind: 'CANCELLED' },
  ];
  const table = steps.flatMap((each) => STATES.map((state) => ({ ...each, state })));

  test.each(table.filter(({ from, state }) => from.includes(state)))(
    '$step changes $state to $to and records one event',
    async ({ step, state, to, kind }) => {
      const { sides, order } = await orderIn(state);
      const input = await inputOf(step, order.id, sides);
      const after = await logEnd(server);
      const done = await must(server, step, input, `order ${FACTS}`);
      expect(done.order.status).toBe(to);
      expect(await read(order.id)).toEqual(done.order);
      const client = await connect(server.url);
      const asked = (field: string) =>
        `($f: TrainingOrderEventFilter, $after: EventCursor) { ${field}(filter: $f, after: $after) {
          cursor kind changes { field from to } order { id status } } }`;
      const variables = { f: { unitIds: [sides.unitId] }, after };
      const follower = client.subscribe(`subscription ${asked('trainingOrderChanged')}`, variables);
      const event = (await follower.nextData()).trainingOrderChanged;
      expect(event).toEqual({
        ...{ cursor: done.cursor, kind, order: { id: order.id, status: to } },
        changes: [{ field: 'status', from: state, to }],
      });
      await client.close();
      const pulled = await server.ask(`query ${asked('trainingOrderEvents')}`, variables);
      expect(pulled.data.trainingOrderEvents).toEqual([event]);
    },
  );

  test.each(table.filter(({ from, state }) => !from.includes(state)))(
    '$step is refused to an order that is $state',
    async ({ step, state }) => {
      const { sides, order } = await orderIn(state);
      const input = step === 'acceptOrder' ? { result: 'Đạt' } : await inputOf(step, order.id, sides);
      const told = await refused(step, { ...input, orderId: order.id });
      expect(told).toEqual(['ILLEGAL_TRANSITION input.orderId']);
      expect(await read(order.id)).toEqual(order);
    },
  );

  it('keeps why it was declined or cancelled, and what the acceptance found', async () => {
    expect((await orderIn('DECLINED')).order.reason).toBe('Chưa có giảng viên');
    expect((await orderIn('CANCELLED')).order.reason).toBe('Không còn nhu cầu');
    const { order } = await orderIn('ACCEPTED');
    expect(order).toMatchObject({ result: 'Đạt yêu cầu', acceptedOn: order.requestedOn, reason: null });
  });
});

describe('scheduling', () => {
  it('links planned cohorts of the unit or one below it, and takes over their programme', async () => {
    const sides = await newSides();
    const below = (await newUnit(server, { parentId: sides.unitId })).id;
    const cohortIds = [(await cohortOf(sides)).id, (await cohortOf({ ...sides, unitId: below })).id];
    const orderId = await agreed(sides);
    const { order } = await must(server, 'scheduleOrder', { orderId, cohortIds }, `order ${FACTS}`);
    expect(order.programme).toEqual({ id: sides.programmeId });
    expect(order.cohorts.map(({ id }: { id: string }) => id).sort()).toEqual([...cohortIds].sort());
  });

  it('plans a cohort by the rules of planCohort', async () => {
    const sides = await newSides();
    const orderId = await agreed(sides);
    const cohort = {
      ...{ code: newCode('K'), name: 'Lớp đặt hàng', startsOn: '2026-01-05' },
      ...{ programmeId: sides.programmeId, hostUnitId: sides.unitId },
    };
    const schedule = (more: object) => refused('scheduleOrder', { orderId, cohort: { ...cohort, ...more } });
    const { code } = await cohortOf(sides);
    expect(await schedule({ code })).toEqual(['ALREADY_EXISTS input.cohort.code']);
    expect(await schedule({ name: ' ' })).toEqual(['INVALID input.cohort.name']);
    expect(await schedule({ endsOn: '2026-01-04' })).toEqual(['INVALID input.cohort.endsOn']);
    expect(await schedule({ hostUnitId: (await newUnit(server)).id })).toEqual([
      'CONFLICT input.cohort.hostUnitId',
    ]);
    expect(await schedule({ programmeId: (await newProgramme(server)).id })).toEqual([
      'CONFLICT input.cohort.programmeId',
    ]);
    const count = async () =>
      (await server.ask(`{ cohorts(filter: { codes: ["${cohort.code}"] }) { totalCount } }`)).data.cohorts
        .totalCount;
    expect(await count()).toBe(0);
    const done = await must(
      server,
      'scheduleOrder',
      { orderId, cohort },
      'order { cohorts { code status } }',
    );
    expect(done.order.cohorts).toEqual([{ code: cohort.code, status: 'PLANNED' }]);
    expect(await count()).toBe(1);
  });

  it('refuses cohorts of another unit, university, programme or order, and those not planned, each in its place', async () => {
    const sides = await newSides();
    const orderId = await agreed(sides);
    const schedule = (...cohortIds: string[]) => refused('scheduleOrder', { orderId, cohortIds });
    const good = (await cohortOf(sides)).id;
    const elsewhere = (await cohortOf({ ...sides, unitId: (await newUnit(server)).id })).id;
    expect(await schedule(good, elsewhere)).toEqual(['CONFLICT input.cohortIds.1']);
    const others = (await cohortOf({ ...(await newSides()), unitId: sides.unitId })).id;
    expect(await schedule(others)).toEqual(['CONFLICT input.cohortIds.0']);
    const second = (await newProgramme(server, { universityId: sides.universityId })).id;
    const another = (await cohortOf({ ...sides, programmeId: second })).id;
    expect(await schedule(good, another)).toEqual(['CONFLICT input.cohortIds.1']);
    const open = (await cohortOf(sides)).id;
    await must(server, 'openEnrolment', { cohortId: open }, 'cursor');
    expect(await schedule(open)).toEqual(['ILLEGAL_TRANSITION input.cohortIds.0']);
    expect(await schedule(good, `${good.slice(0, -6)}000000`)).toEqual(['NOT_FOUND input.cohortIds.1']);
    expect(await schedule()).toEqual(['INVALID input.cohortIds']);
    await must(server, 'scheduleOrder', { orderId: await agreed(sides), cohortIds: [good] }, 'cursor');
    expect(await schedule(good)).toEqual(['CONFLICT input.cohortIds.0']);
    expect((await read(orderId)).status).toBe('AGREED');
  });

  it('refuses cohorts and a new cohort at once', async () => {
    const sides = await newSides();
    const orderId = await agreed(sides);
    const cohort = {
      ...{ code: newCode('K'), name: 'Lớp', startsOn: '2026-01-05' },
      ...{ programmeId: sides.programmeId, hostUnitId: sides.unitId },
    };
    const cohortIds = [(await cohortOf(sides)).id];
    expect(await refused('scheduleOrder', { orderId, cohort, cohortIds })).toEqual([
      'INVALID input.cohortIds',
    ]);
  });
});

describe('acceptance', () => {
  it('waits until every cohort has ended or was cancelled, and needs one that took place', async () => {
    const sides = await newSides();
    const orderId = await agreed(sides);
    const cohortIds = [(await cohortOf(sides)).id, (await cohortOf(sides)).id];
    await must(server, 'scheduleOrder', { orderId, cohortIds }, 'cursor');
    const accept = () => refused('acceptOrder', { orderId, result: 'Đạt' });
    expect(await accept()).toEqual(['CONFLICT input.orderId']);
    await must(server, 'cancelCohort', { cohortId: cohortIds[0], reason: 'Gộp lớp' }, 'cursor');
    expect(await accept()).toEqual(['CONFLICT input.orderId']);
    await complete(cohortIds[1]!);
    await must(server, 'acceptOrder', { orderId, result: 'Đạt' }, 'cursor');
    const empty = await agreed(sides);
    const cohortId = (await cohortOf(sides)).id;
    await must(server, 'scheduleOrder', { orderId: empty, cohortIds: [cohortId] }, 'cursor');
    await must(server, 'cancelCohort', { cohortId, reason: 'Hoãn' }, 'cursor');
    expect(await refused('acceptOrder', { orderId: empty, result: 'Đạt' })).toEqual([
      'CONFLICT input.orderId',
    ]);
  });
});

describe('the two sides', () => {
  /** Code and path of each refusal to a caller; empty when the mutation was done. */
  async function as(token: string, name: string, input: object): Promise<string[]> {
    const Input = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation ($input: ${Input}) { ${name}(input: $input) { userErrors { code path } } }`;
    const { data, errors } = await server.ask(query, { input }, { token });
    if (errors) return errors.map(({ extensions }) => extensions.code);
    return data[name].userErrors.map((each: any) => `${each.code} ${each.path.join('.')}`);
  }

  it('each do their own part: the unit asks and accepts, the university agrees and may link cohorts', async () => {
    const sides = await newSides();
    const manager = await tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId: sides.unitId });
    const registrar = await tokenOf({
      ...{ subject: newCode('r'), role: Role.UNIVERSITY_REGISTRAR, universityId: sides.universityId },
    });
    const orderId = (await newOrder(server, bothOf(sides))).id;
    expect(await as(manager, 'agreeOrder', { orderId })).toEqual(['FORBIDDEN']);
    expect(await as(registrar, 'agreeOrder', { orderId })).toEqual([]);
    expect(await as(registrar, 'cancelOrder', { orderId, reason: 'x' })).toEqual(['FORBIDDEN']);
    const cohort = {
      ...{ code: newCode('K'), name: 'Lớp', startsOn: '2026-01-05' },
      ...{ programmeId: sides.programmeId, hostUnitId: sides.unitId },
    };
    // A caller who may not plan cohorts cannot plan one through an order.
    expect(await as(registrar, 'scheduleOrder', { orderId, cohort })).toEqual([
      'NOT_FOUND input.cohort.hostUnitId',
    ]);
    const cohortId = (await cohortOf(sides)).id;
    expect(await as(registrar, 'scheduleOrder', { orderId, cohortIds: [cohortId] })).toEqual([]);
    await complete(cohortId);
    expect(await as(registrar, 'acceptOrder', { orderId, result: 'x' })).toEqual(['FORBIDDEN']);
    expect(await as(manager, 'acceptOrder', { orderId, result: 'Đạt' })).toEqual([]);
    const second = await agreed(sides);
    expect(await as(manager, 'scheduleOrder', { orderId: second, cohort })).toEqual([]);
  });

  it('continue after the unit was closed, through managers of all its successors', async () => {
    const sides = await newSides();
    const [orderId, needless] = [await agreed(sides), await agreed(sides)];
    const top = (await newUnit(server)).id;
    const parts = [await newUnit(server, { parentId: top }), await newUnit(server, { parentId: top })];
    const [one, two] = parts.map(({ id }) => id) as [string, string];
    const split = (successorId: string) => ({
      ...{ predecessorId: sides.unitId, successorId, kind: 'SPLIT', isPartial: true },
    });
    const closing = { effectiveOn: '2025-07-01', closeIds: [sides.unitId], open: [] };
    await must(server, 'reorganiseUnits', { ...closing, successions: [split(one), split(two)] }, 'cursor');
    const managerOf = (unitId: string) => tokenOf({ subject: newCode('m'), role: Role.UNIT_MANAGER, unitId });
    const cohortId = (await cohortOf({ ...sides, unitId: one })).id;
    const stranger = (await cohortOf({ ...sides, unitId: (await newUnit(server)).id })).id;
    const end = await logEnd(server);
    const calling = { orderId: needless, reason: 'Không còn nhu cầu' };
    expect(await as(await managerOf(one), 'cancelOrder', calling)).toEqual(['NOT_FOUND input.orderId']);
    const manager = await managerOf(top);
    expect(await as(manager, 'scheduleOrder', { orderId, cohortIds: [stranger] })).toEqual([
      'CONFLICT input.cohortIds.0',
    ]);
    expect(await logEnd(server)).toBe(end);
    expect(await as(manager, 'cancelOrder', calling)).toEqual([]);
    expect(await as(manager, 'scheduleOrder', { orderId, cohortIds: [cohortId] })).toEqual([]);
    await complete(cohortId);
    expect(await as(manager, 'acceptOrder', { orderId, result: 'Đạt' })).toEqual([]);
  });
});
