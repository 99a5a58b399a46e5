// Pages of lists: every list is read forwards and backwards, in every order, and gives each record once. Generated
// over the schema: a new connection is tested without a line here.
import 'reflect-metadata';
import {
  getNamedType,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  isObjectType,
} from 'graphql';
import { makeSchema } from '../../src/schema';
import { startTestServer, type TestServer } from '../support/server';
import {
  must,
  newClass,
  newCohort,
  newDocument,
  newFigure,
  newDegreeClass,
  newInitiative,
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
  noted,
} from '../support/world';

const MANY = 7;
const schema = makeSchema();

interface List {
  name: string;
  parent: string;
  field: string;
  node: string;
  /** As in "{ field: CODE, direction: ASC }"; null where the list has one order only. */
  orders: { field: string; up: string; down: string }[];
}

const all: List[] = Object.values(schema.getTypeMap()).flatMap((type) =>
  (isObjectType(type) ? Object.values(type.getFields()) : [])
    .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
    .map((field) => {
      const order = field.args.find(({ name }) => name === 'orderBy');
      const values = order
        ? (getNamedType(
            (getNamedType(order.type) as GraphQLInputObjectType).getFields().field!.type,
          ) as GraphQLEnumType)
        : null;
      return {
        name: `${type.name}.${field.name}`,
        parent: type.name,
        field: field.name,
        node: getNamedType(field.type).name.replace(/Connection$/, ''),
        orders: (values?.getValues() ?? []).map(({ name }) => ({
          field: name,
          up: `orderBy: { field: ${name}, direction: ASC }`,
          down: `orderBy: { field: ${name}, direction: DESC }`,
        })),
      };
    }),
);
/** The list of reads comes first: reading the others makes it longer. */
const isOfReads = ({ node }: List) => node === 'DataAccess';
const lists = [...all.filter(isOfReads), ...all.filter((list) => !isOfReads(list))];
const roots = lists.filter(({ parent }) => parent === 'Query');
const nested = lists.filter(({ parent }) => parent !== 'Query');
/** What has an id is read by it, and listed with others; the rest is computed for one question at a time. */
const isRecord = ({ parent }: List) =>
  (schema.getType(parent) as GraphQLObjectType).getInterfaces().some(({ name }) => name === 'Node');
const named = (some: List[]) => some.map((list) => [list.name, list] as const);

const PAGE =
  'edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

let server: TestServer;
/** For each type with lists, a record whose lists are long. */
const rich: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer({ limits: { cost: 100_000 } }); // all orders of a hundred lists at a time
  const unitId = (await newUnit(server, { name: 'Quận 3' })).id;
  for (let i = 0; i < MANY; i++) {
    await newUnit(server, { parentId: unitId, name: ['Phường 2', 'Phường 10'][i % 2] });
  }
  const university = await newUniversity(server);
  const positionCode = (await newPosition(server)).code;
  const officialIds: string[] = [];
  const programmeIds: string[] = [];
  for (let i = 0; i < MANY; i++) {
    if (i > 0) await newUniversity(server);
    const fullName = ['Trần Văn Mẫu', 'Lê Thị Ánh', 'Lê Thị Ánh'][i % 3];
    officialIds.push((await newOfficial(server, { unitId, positionCode, fullName })).id);
    programmeIds.push((await newProgramme(server, { universityId: university.id })).id);
    const partnership = { unitId, universityId: university.id, title: `Thoả thuận ${i % 3}` };
    await must(server, 'signPartnership', partnership, 'partnership { id }');
    await newOrder(server, { unitId, universityId: university.id, neededBy: `2999-0${1 + (i % 3)}-01` });
  }
  for (let i = 0; i < MANY; i++) {
    const cohort = await newCohort(server, {
      programmeId: programmeIds[0],
      hostUnitId: unitId,
      startsOn: `2024-0${1 + (i % 3)}-01`,
      name: ['Lớp 9', 'Lớp 10'][i % 2],
    });
    const cohortId = cohort.id;
    await must(server, 'openEnrolment', { cohortId }, 'cohort { id }');
    const enrolmentIds = await nominate(server, cohortId, officialIds);
    await must(server, 'decideEnrolments', { enrolmentIds, decision: 'ACCEPT' }, 'enrolments { id }');
    await must(server, 'startCohort', { cohortId }, 'cohort { id }');
    for (let no = 0; no < (i === MANY - 1 ? MANY : 1); no++) {
      await newInitiative(server, enrolmentIds, { unitId });
    }
    const graduates = officialIds.map((officialId, no) => ({
      officialId,
      graduatedOn: `2024-06-0${1 + (no % 3)}`,
    }));
    await must(server, 'recordGraduates', { cohortId, graduates }, 'graduates { id }');
    for (let no = 0; no < (i === MANY - 1 ? MANY : 2); no++) {
      const { id } = await newSession(server, { cohortId, heldOn: `2024-06-0${1 + (no % 3)}` });
      rich.Session = id;
    }
    rich.Cohort = cohortId;
  }
  await newClass(server, 1);
  for (let i = 0; i < MANY; i++) await newDocument(server, { title: `Đề án ${i % 3}` });
  for (let i = 0; i < MANY; i++) await newPlan(server, { unitId, year: 2020 + i });
  for (let i = 0; i < MANY; i++) await newFigure(server, { unitId, periodTo: `2024-12-0${1 + (i % 3)}` });
  for (let i = 0; i < MANY; i++) {
    const { id } = await newRequirement(server, { unitId, name: `Yêu cầu ${i % 3}` });
    lackedBySeven = `requirementId: "${id}", unitId: "${unitId}"`;
    rich.TrainingRequirement = id;
  }
  const attendance = officialIds.map((officialId) => ({ officialId }));
  await must(server, 'recordAttendance', { sessionId: rich.Session, attendance }, 'cursor');
  for (const [i, officialId] of officialIds.entries()) {
    const days = { from: `2999-0${1 + (i % 3)}-01`, until: '2999-12-31' };
    const sparing = { requirementId: rich.TrainingRequirement, officialId, reason: 'Nghỉ ốm', ...days };
    await must(server, 'exemptOfficial', sparing, 'cursor');
  }
  await newServiceRule(server);
  const { enrolmentIds } = await newDegreeClass(server, MANY);
  const commitments = enrolmentIds.map((enrolmentId) => ({ enrolmentId, cost: 90_000_000 }));
  await must(server, 'recordServiceCommitments', { commitments }, 'cursor');
  const twin = {
    fullName: 'Lê Văn Trùng',
    dateOfBirth: '1980-01-01',
    acceptWarnings: true,
  };
  for (let i = 0; i <= MANY; i++) await newOfficial(server, { unitId, positionCode, ...twin });
  for (let i = 0; i < MANY; i++) {
    await must(server, 'grantRole', { role: 'VIEWER', subject: `viewer ${i}` }, 'cursor');
    await server.ask(`{ node(id: "${officialIds[i]}") { ... on Official { fullName } } }`);
  }
  await noted(server);
  Object.assign(rich, {
    Unit: unitId,
    University: university.id,
    Programme: programmeIds[0],
    Official: officialIds[0],
  });
});
afterAll(() => server.stop());

/** The arguments of a compliance whose lists are long. */
let lackedBySeven = '';

/** A pair has no id: it is known by that of its later record. */
const isOfPairs = ({ node }: List) => node === 'DuplicateOfficials';

/** The root field `${as}` and, unless it is the list itself, the field `list` below it. */
function fieldOf(as: string, of: List, args: string, selection: string, id?: string): string {
  const { parent, field } = of;
  const asked = isOfPairs(of)
    ? selection.replace(/(nodes?) \{ id \}/g, '$1 { duplicate { id } }')
    : selection;
  const list = `${field}${args.trim() ? `(${args})` : ''} { ${asked} }`;
  if (parent === 'Query') return `${as}: ${list}`;
  if (parent === 'Compliance') return `${as}: compliance(${lackedBySeven}) { list: ${list} }`;
  return `${as}: node(id: "${id ?? rich[parent]}") { ... on ${parent} { list: ${list} } }`;
}

const documentOf = (list: List, args: string, selection: string, id?: string): string =>
  `{ ${fieldOf(list.parent === 'Query' ? 'list' : 'node', list, args, selection, id)} }`;

async function read(list: List, args: string, selection = PAGE, id?: string): Promise<any> {
  const { data, errors } = await server.ask(documentOf(list, args, selection, id));
  if (errors) throw new Error(`${list.name}(${args}): ${JSON.stringify(errors)}`);
  const page = list.parent === 'Query' ? data.list : data.node.list;
  return isOfPairs(list)
    ? JSON.parse(JSON.stringify(page), (_key, value) => value?.duplicate ?? value)
    : page;
}

/** Walks all pages one way; checks each page against itself and its neighbours; returns ids in list order. */
async function walk(list: List, order: string, way: 'first' | 'last'): Promise<string[]> {
  const forwards = way === 'first';
  const found: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const from: string = cursor === null ? '' : `${forwards ? 'after' : 'before'}: "${cursor}"`;
    const page = await read(list, `${order} ${way}: 3 ${from}`);
    const ids = page.edges.map(({ node }: any) => node.id);
    expect(page.nodes.map(({ id }: any) => id)).toEqual(ids);
    expect(page.pageInfo.startCursor).toBe(page.edges.at(0)?.cursor ?? null);
    expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
    const { hasNextPage, hasPreviousPage } = page.pageInfo;
    expect(forwards ? hasPreviousPage : hasNextPage).toBe(cursor !== null);
    if (forwards) found.push(...ids);
    else found.unshift(...ids);
    if (!(forwards ? hasNextPage : hasPreviousPage)) return found;
    expect(ids).toHaveLength(3);
    cursor = forwards ? page.pageInfo.endCursor : page.pageInfo.startCursor;
  }
}

const FIELD_OF: Record<string, string> = {
  CODE: 'code',
  STARTS_ON: 'startsOn',
  GRADUATED_ON: 'graduatedOn',
  CREATED_AT: 'createdAt',
  UPDATED_AT: 'updatedAt',
};

describe.each(named(lists))('%s', (_name, list) => {
  // The falling order backwards reads by the same comparison as the rising one forwards: one order shows it.
  const orders = ['', ...list.orders.flatMap(({ up, down }, i) => (i === 0 ? [up, down] : [up]))];

  it.each(orders)('gives each record once, forwards and backwards alike (%s)', async (order) => {
    const forwards = await walk(list, order, 'first');
    expect(forwards.length).toBeGreaterThanOrEqual(MANY);
    expect(new Set(forwards).size).toBe(forwards.length);
    expect(await walk(list, order, 'last')).toEqual(forwards);
    const whole = await read(list, `${order} first: 100`, 'totalCount nodes { id }');
    expect(whole.nodes.map(({ id }: any) => id)).toEqual(forwards);
    expect(whole.totalCount).toBe(forwards.length);
  });

  for (const { up, down, field } of list.orders) {
    it(`runs one way and the other by ${field}`, async () => {
      const key = FIELD_OF[field];
      const has = key && key in (schema.getType(list.node) as GraphQLObjectType).getFields();
      const selection = `nodes { id ${has ? `key: ${key}` : ''} }`;
      const rising = (await read(list, `${up} first: 100`, selection)).nodes;
      const falling = (await read(list, `${down} first: 100`, selection)).nodes;
      expect(falling).toEqual([...rising].reverse());
      expect((await read(list, `orderBy: { field: ${field} } first: 100`, selection)).nodes).toEqual(rising);
      const keys = rising.map((each: any) => each.key);
      if (has) expect(keys).toEqual([...keys].sort());
    });
  }

  it('gives 20 when nothing is said, and nothing but whether there is more for first: 0', async () => {
    const usual = await read(list, '', 'nodes { id } totalCount');
    expect(usual.nodes).toHaveLength(Math.min(20, usual.totalCount));
    const none = { edges: [], nodes: [] };
    const info = { startCursor: null, endCursor: null, hasNextPage: true, hasPreviousPage: false };
    expect(await read(list, 'first: 0')).toEqual({ ...none, pageInfo: info });
    const { endCursor } = (await read(list, 'first: 100')).pageInfo;
    const past = { ...info, hasNextPage: false, hasPreviousPage: true };
    expect(await read(list, `first: 5 after: "${endCursor}"`)).toEqual({ ...none, pageInfo: past });
  });

  it('refuses sizes out of bounds, both ends at once, and cursors that are not its own', async () => {
    const order = list.orders[0];
    const { endCursor } = (await read(list, 'first: 1')).pageInfo;
    const ordered = order && (await read(list, `${order.up} first: 1`)).pageInfo.endCursor;
    const other = lists.find(({ node }) => node !== list.node)!;
    const foreign = (await read(other, 'first: 1')).pageInfo.endCursor;
    const packed = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tag = JSON.parse(Buffer.from(endCursor, 'base64url').toString())[0];
    const asked = [
      ...['first: -1', 'first: 101', 'last: -1', 'last: 101', 'first: 2147483647'],
      ...['first: 2 last: 2', `first: 2 before: "${endCursor}"`, `last: 2 after: "${endCursor}"`],
      `after: "${endCursor}" before: "${endCursor}"`,
      ...['', ' ', 'x', 'đ', '0', 'bnVsbA', 'A'.repeat(10_000)].flatMap((each) => [
        `after: "${each}"`,
        `before: "${each}"`,
      ]),
      ...[
        [],
        {},
        null,
        7,
        [tag],
        [tag, 'a'],
        [tag, null, null],
        [tag, {}, {}],
        [tag, { at: 1e300 }, 'x'],
      ].map((each) => `after: "${packed(each)}"`),
      `after: "${foreign}"`,
      `before: "${foreign}"`,
      ...(order ? [`${order.down} after: "${ordered}"`] : []),
      ...(list.orders.length > 1 ? [`${list.orders[1]!.up} after: "${ordered}"`] : []),
    ];
    // A list of a record is null with its parent, so many can be asked for at a time; a root takes all others along:
    // each list at the root is asked a quarter, and each is asked of every fourth.
    const isRoot = list.parent === 'Query';
    const at = lists.indexOf(list);
    const own = isRoot ? asked.filter((_args, i) => i % 4 === at % 4) : asked;
    const aside = isRoot ? 1 : own.length;
    for (let from = 0; from < own.length; from += aside) {
      const some = own.slice(from, from + aside);
      const fields = some.map((args, i) => fieldOf(`of${i}`, list, args, PAGE));
      const { data, errors, status } = await server.ask(`{ ${fields.join(' ')} }`);
      expect(status).toBe(200);
      const codes = new Map(errors?.map(({ extensions: { code }, path }) => [path![0], code]));
      expect(some.map((args, i) => [args, codes.get(`of${i}`), data?.[`of${i}`] ?? null])).toEqual(
        some.map((args) => [args, 'BAD_USER_INPUT', null]),
      );
    }
  });
});

describe.each(named(nested.filter(isRecord)))('%s of many parents', (_name, list) => {
  it('says the same as of one, and refuses the cursor of another parent', async () => {
    const root = [...roots, ...nested].find(({ node }) => node === list.parent)!;
    const orders = ['', ...list.orders.map(({ down }) => down)];
    const selection = orders
      .flatMap((order, i) => [
        `f${i}: ${list.field}(${order} first: 2) { ${PAGE} totalCount }`,
        `l${i}: ${list.field}(${order} last: 3) { ${PAGE} }`,
      ])
      .join(' ');
    const { nodes } = await read(root, 'first: 100', `nodes { id ${selection} }`);
    expect(nodes.length).toBeGreaterThan(1);
    expect(new Set(nodes.map((each: any) => each.f0.totalCount)).size).toBeGreaterThan(1);
    for (const node of nodes) {
      const { data } = await server.ask(
        `{ node(id: "${node.id}") { id ... on ${list.parent} { ${selection} } } }`,
      );
      expect(node).toEqual(data.node);
    }
    const cursor = nodes.find((each: any) => each.f0.pageInfo.endCursor)!.f0.pageInfo.endCursor;
    const stranger = nodes.find((each: any) => each.f0.pageInfo.endCursor !== cursor)!;
    const { errors } = await server.ask(documentOf(list, `first: 2 after: "${cursor}"`, PAGE, stranger.id));
    expect(errors?.map(({ extensions: { code } }) => code)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a list that changes while it is read', () => {
  it.each(['first', 'last'] as const)('repeats and skips nothing that was there (%s)', async (way) => {
    const hostUnitId = (await newUnit(server)).id;
    const programmeId = rich.Programme!;
    const mark = `${way}-${process.pid}`;
    const add = (letter: string) =>
      newCohort(server, { hostUnitId, programmeId, code: `${mark}-${letter}`, startsOn: '2024-01-01' });
    for (const letter of ['d', 'h', 'l', 'p', 't', 'x']) await add(letter);
    const late = way === 'first' ? ['z', 'a', 'e'] : ['a', 'z', 'u'];
    const seen: string[] = [];
    let from = '';
    for (;;) {
      const { data } = await server.ask(
        `query ($unit: ID!) { cohorts(filter: { unitIds: [$unit] }, orderBy: { field: CODE }, ${way}: 2 ${from}) {
          nodes { code } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { unit: hostUnitId },
      );
      const { nodes, pageInfo } = data.cohorts;
      const codes = nodes.map(({ code }: any) => code.slice(mark.length + 1));
      if (way === 'first') seen.push(...codes);
      else seen.unshift(...codes);
      if (!(way === 'first' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) break;
      from = way === 'first' ? `after: "${pageInfo.endCursor}"` : `before: "${pageInfo.startCursor}"`;
      const next = late.shift();
      if (next) await add(next);
    }
    // What came in ahead of the reader is read, what came in behind is not; the old ones once, in order.
    expect(seen.join('')).toBe(way === 'first' ? 'dhlptxz' : 'adhlptx');
  });
});
