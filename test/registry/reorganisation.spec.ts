// Reorganisations of units: every kind, and refusals that change nothing.
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, must, newClass, newCode, newUnit, refusals } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const NOBODY = 'unit_01jzzzzzzzfzzvzzzzzzzzzzzz';
const DAY = '2025-07-01';

/** Asks one question and returns its data. */
async function read(query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await server.ask(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const reorganise = (input: object) =>
  must(
    server,
    'reorganiseUnits',
    { effectiveOn: DAY, closeIds: [], open: [], ...input },
    `closed { id validTo } opened { id code name validFrom validTo }`,
  );

const ward = (more: object = {}) => {
  const code = newCode('W');
  return { code, kind: 'WARD', name: `Phường ${code}`, ...more };
};

const dissolving = ({ id }: { id: string }) => ({
  closeIds: [id],
  successions: [{ predecessorId: id, kind: 'DISSOLVED' }],
});

const unitById = async (id: string) =>
  (
    await read(
      `query ($id: ID!) { unit(id: $id) {
        code name validFrom validTo isOpen
        predecessors { predecessor { id } effectiveOn kind isPartial note }
        successors { successor { id } effectiveOn kind isPartial note } } }`,
      { id },
    )
  ).unit;

const unitByCode = async (code: string, on?: string): Promise<string | null> =>
  (await read('query ($code: String, $on: Date) { unit(code: $code, on: $on) { id } }', { code, on })).unit
    ?.id ?? null;

const listed = async (filter: object): Promise<string[]> =>
  (
    await read('query ($f: UnitFilter) { units(filter: $f, first: 100) { nodes { id } } }', { f: filter })
  ).units.nodes.map(({ id }: { id: string }) => id);

/** How these units stand, how many there are in all, and where the log ends. */
const stateOf = (...units: { id: string }[]) =>
  read(
    `query ($ids: [ID!]!) { latestCursor units { totalCount } nodes(ids: $ids) { ... on Unit {
      code validFrom validTo children { totalCount }
      successors { kind successor { id } } predecessors { predecessor { id } } } } }`,
    { ids: units.map(({ id }) => id) },
  );

/** Asks for a reorganisation that must be refused and leave these units as they stand. */
async function refused(input: object, units: { id: string }[], language = 'en') {
  const before = await stateOf(...units);
  const errors = await refusals(
    server,
    'reorganiseUnits',
    { effectiveOn: DAY, closeIds: [], open: [], ...input },
    language,
  );
  expect(await stateOf(...units)).toEqual(before);
  return errors.map(({ code, path, message }) => ({ code, path: path.slice(1).join('.'), message }));
}

describe('a reorganisation', () => {
  it('renames a unit together with all below it: new ones find their parent by its code', async () => {
    const old = await newUnit(server, { kind: 'URBAN_DISTRICT' });
    const child = await newUnit(server, { parentId: old.id });
    const { opened } = await reorganise({
      closeIds: [old.id, child.id],
      open: [
        ward({ code: old.code, kind: 'MUNICIPAL_CITY' }),
        ward({ code: child.code, parentCode: old.code }),
      ],
      successions: [old, child].map(({ id, code }) => ({
        predecessorId: id,
        successorCode: code,
        kind: 'RENAMED',
      })),
    });
    const { unit } = await read('query ($id: ID) { unit(id: $id) { parent { id } ancestors { id } } }', {
      id: opened[1].id,
    });
    expect(unit).toEqual({ parent: { id: opened[0].id }, ancestors: [{ id: opened[0].id }] });
  });

  it('merges units: the old ones end the day before, the new one begins, and links join them', async () => {
    const [a, b] = [await newUnit(server), await newUnit(server)];
    const merged = ward();
    const { closed, opened } = await reorganise({
      closeIds: [a.id, b.id],
      open: [merged],
      successions: [a, b].map(({ id }) => ({
        predecessorId: id,
        successorCode: merged.code,
        kind: 'MERGED',
        note: 'Nghị quyết 1685/NQ-UBTVQH15',
      })),
    });
    expect(closed).toEqual([a, b].map(({ id }) => ({ id, validTo: '2025-06-30' })));
    const { code, name } = merged;
    expect(opened).toEqual([{ id: expect.any(String), code, name, validFrom: '2025-07-01', validTo: null }]);
    const link = {
      effectiveOn: '2025-07-01',
      kind: 'MERGED',
      isPartial: false,
      note: 'Nghị quyết 1685/NQ-UBTVQH15',
    };
    expect(await unitById(opened[0].id)).toMatchObject({
      isOpen: true,
      predecessors: [a, b].map(({ id }) => ({ predecessor: { id }, ...link })),
      successors: [],
    });
    expect(await unitById(a.id)).toMatchObject({
      isOpen: false,
      successors: [{ successor: { id: opened[0].id }, ...link }],
    });
  });

  it('splits a unit in parts, some of them going to a unit that was there before', async () => {
    const [old, neighbour] = [await newUnit(server), await newUnit(server)];
    const parts = [ward(), ward()];
    const { opened } = await reorganise({
      closeIds: [old.id],
      open: parts,
      successions: [
        ...parts.map(({ code }) => ({ successorCode: code })),
        { successorId: neighbour.id, note: 'Khu phố 5' },
      ].map((part) => ({ ...part, predecessorId: old.id, kind: 'SPLIT', isPartial: true })),
    });
    const { successors } = await unitById(old.id);
    expect(successors.map(({ successor }: any) => successor.id)).toEqual([
      opened[0].id,
      opened[1].id,
      neighbour.id,
    ]);
    expect(successors.every(({ isPartial, kind }: any) => isPartial && kind === 'SPLIT')).toBe(true);
    expect(await unitById(neighbour.id)).toMatchObject({ isOpen: true, validFrom: '2020-01-01' });
  });

  it('renames a unit under the code it had: the code means the new one from that day', async () => {
    const old = await newUnit(server);
    const { opened } = await reorganise({
      closeIds: [old.id],
      open: [ward({ code: old.code, name: 'Phường Tân Thuận' })],
      successions: [{ predecessorId: old.id, successorCode: old.code, kind: 'RENAMED' }],
    });
    expect(await unitByCode(old.code, '2025-06-30')).toBe(old.id);
    expect(await unitByCode(old.code, '2025-07-01')).toBe(opened[0].id);
    expect(await unitByCode(old.code)).toBe(opened[0].id);
    expect(await unitByCode(old.code, '2019-12-31')).toBeNull();
  });

  it('swaps the codes of two units on one day', async () => {
    const [a, b] = [await newUnit(server), await newUnit(server)];
    await reorganise({
      closeIds: [a.id, b.id],
      open: [ward({ code: b.code, name: 'nay là A' }), ward({ code: a.code, name: 'nay là B' })],
      successions: [
        { predecessorId: a.id, successorCode: b.code, kind: 'RENAMED' },
        { predecessorId: b.id, successorCode: a.code, kind: 'RENAMED' },
      ],
    });
    const [link] = (await unitById(a.id)).successors;
    expect(await unitById(link.successor.id)).toMatchObject({ code: b.code, name: 'nay là A' });
  });

  it('dissolves a unit without a successor', async () => {
    const unit = await newUnit(server);
    await reorganise(dissolving(unit));
    const gone = await unitById(unit.id);
    expect(gone).toMatchObject({ validTo: '2025-06-30', isOpen: false });
    expect(gone.successors).toEqual([
      { successor: null, effectiveOn: '2025-07-01', kind: 'DISSOLVED', isPartial: false, note: null },
    ]);
  });

  it('transfers a part between two units that both stay open, and records it in the log', async () => {
    const [from, to] = [await newUnit(server), await newUnit(server)];
    const before = await logEnd(server);
    const { closed, opened, cursor } = await reorganise({
      successions: [{ predecessorId: from.id, successorId: to.id, kind: 'TRANSFERRED', isPartial: true }],
    });
    expect([closed, opened]).toEqual([[], []]);
    expect(cursor).not.toBe(before);
    expect(await unitById(from.id)).toMatchObject({ validTo: null, isOpen: true });
    expect((await unitById(to.id)).predecessors).toMatchObject([
      { predecessor: { id: from.id }, isPartial: true },
    ]);
  });

  it('closes a unit with everything below it at once', async () => {
    const district = await newUnit(server, { kind: 'URBAN_DISTRICT' });
    const below = await newUnit(server, { parentId: district.id });
    const ids = [district.id, below.id];
    await reorganise({
      closeIds: ids,
      successions: ids.map((predecessorId) => ({ predecessorId, kind: 'DISSOLVED' })),
    });
    expect(await listed({ withinIds: [district.id], on: '2025-06-30' })).toHaveLength(2);
    expect(await listed({ withinIds: [district.id], on: '2025-07-01' })).toEqual([]);
  });

  it('leaves posts, cohorts and enrolments with the old unit', async () => {
    const { cohort, officialIds, enrolmentIds, unitId } = await newClass(server, 1);
    const heir = ward();
    const { opened } = await reorganise({
      closeIds: [unitId],
      open: [heir],
      successions: [{ predecessorId: unitId, successorCode: heir.code, kind: 'RENAMED' }],
    });
    const seen = await read(
      `query ($cohort: ID!, $official: ID!, $enrolment: ID!, $heir: ID!) {
        cohort(id: $cohort) { status hostUnit { id } }
        official(id: $official) { assignments { unit { id } validTo } }
        node(id: $enrolment) { ... on Enrolment { status unitAtEnrolment { id } } }
        unit(id: $heir) { officials { totalCount } cohorts { totalCount } } }`,
      { cohort: cohort.id, official: officialIds[0], enrolment: enrolmentIds[0], heir: opened[0].id },
    );
    expect(seen).toEqual({
      cohort: { status: 'IN_PROGRESS', hostUnit: { id: unitId } },
      official: { assignments: [{ unit: { id: unitId }, validTo: null }] },
      node: { status: 'STUDYING', unitAtEnrolment: { id: unitId } },
      unit: { officials: { totalCount: 0 }, cohorts: { totalCount: 0 } },
    });
  });
});

describe('a refused reorganisation changes nothing, not even what its earlier steps had done', () => {
  /** A world for one refusal: two units to close, one to open, and one whose end came before. */
  async function world() {
    const [a, b, gone] = [await newUnit(server), await newUnit(server), await newUnit(server)];
    await reorganise({ ...dissolving(gone), effectiveOn: '2024-01-01' });
    const heir = ward();
    const to = (id: string, more: object = {}) => ({
      predecessorId: id,
      successorCode: heir.code,
      kind: 'MERGED',
      ...more,
    });
    const good = {
      effectiveOn: DAY,
      closeIds: [a.id, b.id],
      open: [heir],
      successions: [to(a.id), to(b.id)],
    };
    return { a, b, gone, heir, to, good };
  }
  type World = Awaited<ReturnType<typeof world>>;
  const changed = (last: (w: World) => object) => (w: World) => ({
    successions: [w.to(w.a.id), w.to(w.b.id, last(w))],
  });

  it.each<[string, string, string, (w: World) => object]>([
    ['an unknown unit', 'NOT_FOUND', 'closeIds.1', (w) => ({ closeIds: [w.a.id, NOBODY] })],
    ['a unit named twice', 'INVALID', 'closeIds.2', (w) => ({ closeIds: [w.a.id, w.b.id, w.a.id] })],
    ['a unit closed before', 'UNIT_CLOSED', 'closeIds.1', (w) => ({ closeIds: [w.a.id, w.gone.id] })],
    ['a unit of which nothing is said', 'INVALID', 'closeIds.1', (w) => ({ successions: [w.to(w.a.id)] })],
    [
      'a successor nobody opens',
      'NOT_FOUND',
      'successions.1.successorCode',
      changed(() => ({ successorCode: 'NONE' })),
    ],
    [
      'a successor that ends the same day',
      'UNIT_CLOSED',
      'successions.1.successorId',
      changed((w) => ({ successorCode: null, successorId: w.a.id })),
    ],
    [
      'a successor nobody knows',
      'NOT_FOUND',
      'successions.1.successorId',
      changed(() => ({ successorCode: null, successorId: NOBODY })),
    ],
    ['a successor given in two ways', 'INVALID', 'successions.1', changed((w) => ({ successorId: w.a.id }))],
    ['no successor at all', 'INVALID', 'successions.1', changed(() => ({ successorCode: null }))],
    [
      'a successor of a dissolved unit',
      'INVALID',
      'successions.1.kind',
      changed(() => ({ kind: 'DISSOLVED' })),
    ],
    [
      'the whole of a unit that lives on',
      'INVALID',
      'successions.1.isPartial',
      (w) => ({ closeIds: [w.a.id] }),
    ],
    [
      'a part of a unit that is closed already',
      'UNIT_CLOSED',
      'successions.2.predecessorId',
      (w) => ({ successions: [...w.good.successions, w.to(w.gone.id, { isPartial: true })] }),
    ],
    [
      'two new units under one code',
      'OVERLAPPING_PERIOD',
      'open.1.code',
      (w) => ({ open: [w.heir, { ...w.heir, name: 'Phường khác' }] }),
    ],
    [
      'a new unit under a code that lives on',
      'OVERLAPPING_PERIOD',
      'open.1.code',
      (w) => ({ closeIds: [w.a.id], successions: [w.to(w.a.id)], open: [w.heir, ward({ code: w.b.code })] }),
    ],
    [
      'a new unit below one that ends',
      'UNIT_CLOSED',
      'open.0.parentId',
      (w) => ({ open: [{ ...w.heir, parentId: w.b.id }] }),
    ],
    ['a new unit without a name', 'INVALID', 'open.0.name', (w) => ({ open: [{ ...w.heir, name: '' }] })],
    ['nothing to be done', 'INVALID', 'successions', () => ({ closeIds: [], open: [], successions: [] })],
  ])('%s', async (_, code, path, mistake) => {
    const made = await world();
    const { a, b, gone } = made;
    expect(await refused({ ...made.good, ...mistake(made) }, [a, b, gone])).toMatchObject([{ code, path }]);
  });

  it('a unit that did not exist yet on the day before', async () => {
    const unit = await newUnit(server, { validFrom: DAY });
    expect(await refused(dissolving(unit), [unit])).toMatchObject([{ code: 'INVALID', path: 'closeIds.0' }]);
  });

  it('the same succession twice', async () => {
    const { a, b, gone, good } = await world();
    const twice = { ...good, successions: [...good.successions, good.successions[0]!] };
    expect(await refused(twice, [a, b, gone])).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
  });

  it('a part of a unit that would go over to itself', async () => {
    const unit = await newUnit(server);
    const itself = { predecessorId: unit.id, successorId: unit.id, kind: 'TRANSFERRED', isPartial: true };
    expect(await refused({ successions: [itself] }, [unit])).toMatchObject([
      { code: 'INVALID', path: 'successions.0.successorId' },
    ]);
  });

  it('orphans: a unit cannot end while one below it stays open', async () => {
    const parent = await newUnit(server, { kind: 'URBAN_DISTRICT' });
    const child = await newUnit(server, { parentId: parent.id, name: 'Phường Bến Nghé' });
    const [error, ...others] = await refused(dissolving(parent), [parent, child], '');
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'CONFLICT', path: 'closeIds.0' });
    expect(error!.message).toContain('Phường Bến Nghé');
  });

  it('orphans for a while: a unit cannot end before one below it that has ended since', async () => {
    const parent = await newUnit(server, { kind: 'URBAN_DISTRICT' });
    const child = await newUnit(server, { parentId: parent.id });
    await reorganise(dissolving(child));
    const dayEarlier = { ...dissolving(parent), effectiveOn: '2025-06-30' };
    expect(await refused(dayEarlier, [parent, child])).toMatchObject([
      { code: 'CONFLICT', path: 'closeIds.0' },
    ]);
    await reorganise(dissolving(parent));
  });

  it('several wrong units, with one error for each', async () => {
    const { a, b, gone, good } = await world();
    const errors = await refused({ ...good, closeIds: [gone.id, a.id, NOBODY] }, [a, b, gone]);
    expect(errors).toMatchObject([
      { code: 'UNIT_CLOSED', path: 'closeIds.0' },
      { code: 'NOT_FOUND', path: 'closeIds.2' },
    ]);
  });
});
