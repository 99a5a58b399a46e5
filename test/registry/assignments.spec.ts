// Assignments: giving and ending posts, and the officials of a unit as of a day.
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, must, newCode, newOfficial, newPosition, newUnit, refusals } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const postsOf = async (id: string) =>
  (
    await read(
      `query ($id: ID!) { official(id: $id) { assignments {
        id unit { id } position { code } isManagerial validFrom validTo } } }`,
      { id },
    )
  ).official.assignments;

/** The only refusal of a mutation that left the log, and the posts of this official, as they were. */
async function refused(officialId: string, name: string, input: object) {
  const before = [await logEnd(server), await postsOf(officialId)];
  const errors = await refusals(server, name, input);
  expect([await logEnd(server), await postsOf(officialId)]).toEqual(before);
  expect(errors).toHaveLength(1);
  return { code: errors[0]!.code, path: errors[0]!.path.slice(1).join('.') };
}

const assign = (input: object) =>
  must(server, 'assignOfficial', input, 'assignment { id isManagerial validFrom validTo }').then(
    (payload) => payload.assignment,
  );

const endPost = (assignmentId: string, until: string) =>
  must(server, 'endAssignment', { assignmentId, until }, 'assignment { id validTo }').then(
    (payload) => payload.assignment,
  );

const found = async (filter: object): Promise<string[]> =>
  (
    await read('query ($f: OfficialFilter) { officials(filter: $f, first: 100) { nodes { id } } }', {
      f: filter,
    })
  ).officials.nodes.map(({ id }: { id: string }) => id);

/** An official with a post of 2020, at a unit and in a position of no other official. */
async function serving(more: object = {}) {
  const unit = await newUnit(server);
  const position = await newPosition(server);
  const { id } = await newOfficial(server, { unitId: unit.id, positionCode: position.code, ...more });
  const [post] = await postsOf(id);
  return {
    id,
    unit,
    position,
    post,
    again: { officialId: id, unitId: unit.id, positionCode: position.code },
  };
}

/** Closes a unit at the end of June 2025; its heir takes over whole. */
async function succeed(unitId: string): Promise<string> {
  const heir = { code: newCode('W'), kind: 'WARD', name: 'Phường kế thừa' };
  const successions = [{ predecessorId: unitId, successorCode: heir.code, kind: 'RENAMED' }];
  const input = { effectiveOn: '2025-07-01', closeIds: [unitId], open: [heir], successions };
  return (await must(server, 'reorganiseUnits', input, 'opened { id }')).opened[0].id;
}

describe('giving a post', () => {
  it('adds it to the posts there are, earliest first', async () => {
    const { id, post } = await serving();
    const other = await newUnit(server);
    const secretary = await newPosition(server);
    const second = await assign({
      officialId: id,
      unitId: other.id,
      positionCode: secretary.code,
      isManagerial: true,
      since: '2022-01-01',
      until: '2023-12-31',
    });
    expect(second).toEqual({
      id: second.id,
      isManagerial: true,
      validFrom: '2022-01-01',
      validTo: '2023-12-31',
    });
    expect(await postsOf(id)).toEqual([
      post,
      { ...second, unit: { id: other.id }, position: { code: secretary.code } },
    ]);
  });

  it('refuses the same position in the same unit twice at a time, from either side', async () => {
    const { id, post, again } = await serving();
    await endPost(post.id, '2021-12-31');
    await assign({ ...again, since: '2023-01-01', until: '2023-12-31' });
    const overlapping = { code: 'OVERLAPPING_PERIOD', path: 'since' };
    for (const period of [
      { since: '2021-12-31', until: '2022-06-30' },
      { since: '2022-06-30', until: '2023-01-01' },
      { since: '2023-03-01', until: '2023-04-01' },
      { since: '2022-06-30' },
    ]) {
      expect(await refused(id, 'assignOfficial', { ...again, ...period })).toEqual(overlapping);
    }
  });

  it('allows it in the gap between, up to the very day', async () => {
    const { id, post, again } = await serving();
    await endPost(post.id, '2021-12-31');
    await assign({ ...again, since: '2023-01-01' });
    await assign({ ...again, since: '2022-01-01', until: '2022-12-31' });
    expect((await postsOf(id)).map(({ validFrom }: any) => validFrom)).toEqual([
      '2020-01-01',
      '2022-01-01',
      '2023-01-01',
    ]);
  });

  it('allows another position in that unit, or that position elsewhere, at the same time', async () => {
    const { id, again } = await serving();
    await assign({ ...again, positionCode: (await newPosition(server)).code, since: '2020-01-01' });
    await assign({ ...again, unitId: (await newUnit(server)).id, since: '2020-01-01' });
    expect(await postsOf(id)).toHaveLength(3);
  });

  it.each([
    ['an end before the beginning', { until: '2021-12-31' }, 'INVALID', 'until'],
    ['a day before the unit began', { since: '2019-12-31' }, 'UNIT_CLOSED', 'since'],
    ['an unknown position', { positionCode: 'NONE' }, 'NOT_FOUND', 'positionCode'],
    [
      'an official nobody knows',
      { officialId: 'official_01jzzzzzzzfzzvzzzzzzzzzzzz' },
      'NOT_FOUND',
      'officialId',
    ],
  ])('refuses %s', async (_, mistake, code, path) => {
    const { id, again } = await serving();
    const input = { ...again, unitId: (await newUnit(server)).id, since: '2022-01-01', ...mistake };
    expect(await refused(id, 'assignOfficial', input)).toEqual({ code, path });
  });

  it('refuses a closed unit, but takes a post that ended while it was open: that is history', async () => {
    const { id } = await serving();
    const closed = await newUnit(server);
    await succeed(closed.id);
    const post = { officialId: id, unitId: closed.id, positionCode: (await newPosition(server)).code };
    for (const period of [
      { since: '2025-07-01' },
      { since: '2024-01-01' },
      { since: '2024-01-01', until: '2025-07-01' },
    ]) {
      expect(await refused(id, 'assignOfficial', { ...post, ...period })).toEqual({
        code: 'UNIT_CLOSED',
        path: 'unitId',
      });
    }
    await assign({ ...post, since: '2024-01-01', until: '2025-06-30' });
    expect(await found({ unitIds: [closed.id], on: '2025-06-30' })).toEqual([id]);
  });
});

describe('ending a post', () => {
  it('ends it on the day given, and sooner still when asked again', async () => {
    const { id, post } = await serving();
    expect(await endPost(post.id, '2024-12-31')).toEqual({ id: post.id, validTo: '2024-12-31' });
    expect(await endPost(post.id, '2024-06-30')).toEqual({ id: post.id, validTo: '2024-06-30' });
    expect(await postsOf(id)).toEqual([{ ...post, validTo: '2024-06-30' }]);
  });

  it('refuses to prolong an ended post, to end it before it began, and an unknown one', async () => {
    const { id, post } = await serving();
    await endPost(post.id, '2024-06-30');
    const end = (input: object) =>
      refused(id, 'endAssignment', { assignmentId: post.id, ...input }).then(({ code, path }) => [
        code,
        path,
      ]);
    expect(await end({ until: '2024-06-30' })).toEqual(['ILLEGAL_TRANSITION', 'assignmentId']);
    expect(await end({ until: '2024-12-31' })).toEqual(['ILLEGAL_TRANSITION', 'assignmentId']);
    expect(await end({ until: '2019-12-31' })).toEqual(['INVALID', 'until']);
    const assignmentId = 'assignment_01jzzzzzzzfzzvzzzzzzzzzzzz';
    expect(await end({ assignmentId, until: '2024-01-01' })).toEqual(['NOT_FOUND', 'assignmentId']);
    expect(await end({ assignmentId: id, until: '2024-01-01' })).toEqual(['INVALID', 'assignmentId']);
  });
});

describe('as of a day', () => {
  it('an official serves at the unit of the latest post in force, and nowhere when there is none', async () => {
    const { id, unit, post } = await serving();
    const next = await newUnit(server);
    const positionCode = (await newPosition(server)).code;
    await assign({ officialId: id, unitId: next.id, positionCode, since: '2022-01-01', until: '2022-12-31' });
    await endPost(post.id, '2023-12-31');
    const { official } = await read(
      `query ($id: ID!) { official(id: $id) {
        before: unit(on: "2019-12-31") { id } first: unit(on: "2021-12-31") { id }
        both: unit(on: "2022-01-01") { id } back: unit(on: "2023-01-01") { id }
        after: unit(on: "2024-01-01") { id } today: unit { id }
        held: assignments(on: "2022-12-31") { unit { id } }
        holds: assignments(on: "2024-01-01") { id } } }`,
      { id },
    );
    expect(official).toEqual({
      before: null,
      first: { id: unit.id },
      both: { id: next.id },
      back: { id: unit.id },
      after: null,
      today: null,
      held: [{ unit: { id: unit.id } }, { unit: { id: next.id } }],
      holds: [],
    });
  });

  it('after a reorganisation an official has no unit until a new assignment', async () => {
    const { id, unit, position } = await serving();
    const heir = await succeed(unit.id);
    const whereabouts = async () =>
      (
        await read(
          `query ($id: ID!) { official(id: $id) {
            then: unit(on: "2025-06-30") { id } next: unit(on: "2025-07-01") { id } today: unit { id }
            posts: assignments { unit { id } validTo } now: assignments(on: "2025-07-01") { id } } }`,
          { id },
        )
      ).official;
    const posts = [{ unit: { id: unit.id }, validTo: null }];
    expect(await whereabouts()).toEqual({ then: { id: unit.id }, next: null, today: null, posts, now: [] });
    expect(await found({ unitIds: [unit.id, heir] })).toEqual([]);
    expect(await found({ unitIds: [unit.id, heir], on: '2025-06-30' })).toEqual([id]);

    const { id: post } = await assign({
      officialId: id,
      unitId: heir,
      positionCode: position.code,
      since: '2025-07-01',
    });
    expect(await whereabouts()).toEqual({
      then: { id: unit.id },
      next: { id: heir },
      today: { id: heir },
      posts: [...posts, { unit: { id: heir }, validTo: null }],
      now: [{ id: post }],
    });
    expect(await found({ unitIds: [heir] })).toEqual([id]);
  });

  it('lists officials who serve in a unit, and below it by default', async () => {
    const district = await newUnit(server, { kind: 'URBAN_DISTRICT' });
    const ward = await newUnit(server, { parentId: district.id });
    const above = await newOfficial(server, { unitId: district.id, fullName: 'Lê An' });
    const below = await newOfficial(server, { unitId: ward.id, fullName: 'Lê Bình' });
    const unitIds = [district.id];
    expect(await found({ unitIds })).toEqual([above.id, below.id]);
    expect(await found({ unitIds, includeSubunits: false })).toEqual([above.id]);
    expect(await found({ unitIds: [ward.id] })).toEqual([below.id]);
    expect(await found({ unitIds: [] })).toEqual([]);
    const { unit } = await read(
      `query ($id: ID!) { unit(id: $id) {
        all: officials { totalCount nodes { id } }
        own: officials(filter: { includeSubunits: false }) { totalCount nodes { id } } } }`,
      { id: district.id },
    );
    expect(unit).toEqual({
      all: { totalCount: 2, nodes: [{ id: above.id }, { id: below.id }] },
      own: { totalCount: 1, nodes: [{ id: above.id }] },
    });
  });

  it('lists those who hold a position on that day, in that unit and not in another', async () => {
    const { id, unit, position, post } = await serving();
    const elsewhere = await newOfficial(server, { positionCode: position.code, since: '2024-01-01' });
    await endPost(post.id, '2023-12-31');
    const positionCodes = [position.code];
    expect(await found({ positionCodes, on: '2023-12-31' })).toEqual([id]);
    expect(await found({ positionCodes, on: '2024-01-01' })).toEqual([elsewhere.id]);
    expect(await found({ positionCodes })).toEqual([elsewhere.id]);
    expect(await found({ positionCodes, unitIds: [unit.id], on: '2024-01-01' })).toEqual([]);
    expect(await found({ positionCodes: ['NONE'] })).toEqual([]);
    // A post in the position elsewhere and another post in the unit do not add up to the position in the unit.
    await assign({
      officialId: elsewhere.id,
      unitId: unit.id,
      positionCode: (await newPosition(server)).code,
      since: '2024-01-01',
    });
    expect(await found({ positionCodes, unitIds: [unit.id] })).toEqual([]);
  });

  it('lists and counts an official with two posts there once', async () => {
    const { id, unit, again } = await serving();
    await assign({ ...again, positionCode: (await newPosition(server)).code, since: '2021-01-01' });
    const seen = await read(
      `query ($id: ID!, $ids: [ID!]) {
        officials(filter: { unitIds: $ids }) { totalCount nodes { id } }
        unit(id: $id) { officials { totalCount nodes { id } } } }`,
      { id: unit.id, ids: [unit.id] },
    );
    expect(seen.officials).toEqual({ totalCount: 1, nodes: [{ id }] });
    expect(seen.unit.officials).toEqual({ totalCount: 1, nodes: [{ id }] });
  });

  it('leaves out officials without a post on that day when only a day is given', async () => {
    const { id, post } = await serving();
    await endPost(post.id, '2023-12-31');
    const codes = [(await read('query ($id: ID) { official(id: $id) { code } }', { id })).official.code];
    expect(await found({ codes, on: '2023-12-31' })).toEqual([id]);
    expect(await found({ codes, on: '2024-01-01' })).toEqual([]);
    expect(await found({ codes })).toEqual([id]);
    expect(await found({ codes, categories: ['CADRE'] })).toEqual([]);
    expect(await found({ codes, categories: ['CADRE', 'CIVIL_SERVANT'] })).toEqual([id]);
  });
});
