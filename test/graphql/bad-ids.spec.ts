// Ids of nothing, or of another type. Generated over the schema: every argument, filter and input field that takes
// ids.
import 'reflect-metadata';
import {
  getNamedType,
  getNullableType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';
import { makeSchema } from '../../src/schema';
import { startTestServer, type TestServer } from '../support/server';
import {
  logEnd,
  newClass,
  newCode,
  newDocument,
  newFigure,
  newPlan,
  newDegreeClass,
  newInitiative,
  newOrder,
  newProgramme,
  newServiceRule,
  newTopic,
  newUnit,
  newUniversity,
  must,
  refusals,
} from '../support/world';

const schema = makeSchema();
const NOBODY = '01jb0000000000000000000000';
let server: TestServer;
/** The id of a record that no field takes: sources have none of their own. */
let foreign: string;
let end: string;

beforeAll(async () => {
  server = await startTestServer();
  const told = { subjectId: (await newUnit(server)).id, title: 'Bài báo' };
  foreign = (await must(server, 'nameSource', told, 'source { id }')).source.id;
  const topicIds = [(await newTopic(server)).id];
  const universityId = (await newUniversity(server)).id;
  const programmeId = (await newProgramme(server, { topicIds, universityId })).id;
  const { cohort, officialIds, enrolmentIds } = await newClass(server, 2, { programmeId });
  const graduates = officialIds.map((officialId) => ({ officialId, graduatedOn: '2024-06-01' }));
  await must(server, 'recordGraduates', { cohortId: cohort.id, graduates }, 'cursor');
  await must(server, 'grantRole', { role: 'VIEWER', subject: 'somebody' }, 'cursor');
  await newFigure(server);
  await newPlan(server);
  await newDocument(server);
  await newServiceRule(server);
  const [enrolmentId] = (await newDegreeClass(server, 1)).enrolmentIds;
  const commitments = [{ enrolmentId, cost: 90_000_000 }];
  await must(server, 'recordServiceCommitments', { commitments }, 'cursor');
  await newOrder(server, { universityId, topicIds });
  await newInitiative(server, enrolmentIds);
  end = await logEnd(server);
});
afterEach(async () => expect(await logEnd(server)).toBe(end));
afterAll(() => server.stop());

/** The type of record a field's ids are of. */
function prefixOf(field: string): string {
  const name = field.replace(/Ids?$/, '').toLowerCase();
  const OF_UNITS = ['parent', 'within', 'close', 'predecessor', 'successor', 'subject', 'committee'];
  if (OF_UNITS.includes(name) || name.endsWith('unit')) return 'unit';
  if (name === 'keep' || name === 'duplicate') return 'official';
  return name === 'carriedoverfrom' ? 'plan' : name;
}

const isId = (type: GraphQLInputType) => getNamedType(type).name === 'ID';
const fieldsOf = (type: GraphQLInputType): GraphQLInputField[] =>
  Object.values((getNamedType(type) as GraphQLInputObjectType).getFields());

/** An input with every id field, and whatever else is needed; `idOf` gives the id for a field. */
function inputOf(type: GraphQLInputType, idOf: (field: string) => string): Record<string, unknown> {
  // Of a required field with two names the schema can require neither.
  const isWanted = ({ extensions }: GraphQLInputField) =>
    (extensions as { renamed?: { required: boolean } }).renamed?.required;
  const wanted = fieldsOf(type).filter(
    (field) => isRequiredInputField(field) || isId(field.type) || isWanted(field),
  );
  return Object.fromEntries(
    wanted.map((field) => {
      const bare = getNullableType(field.type);
      const entry = getNamedType(field.type);
      const scalars: Record<string, unknown> = {
        ID: idOf(field.name),
        Int: 1,
        Dong: 1,
        Periods: 1,
        WholeNumber: field.name === 'year' ? 2024 : 1,
        Boolean: true,
        Date: '2024-01-01',
      };
      const value = isInputObjectType(entry)
        ? inputOf(entry, idOf)
        : isEnumType(entry)
          ? (entry.getValue('REFRESHER') ?? entry.getValues()[0]!).name
          : (scalars[entry.name] ?? newCode('X'));
      return [field.name, isListType(bare) ? [value] : value];
    }),
  );
}

/** The paths of the id fields of an input, as refusals give them. */
function idPaths(type: GraphQLInputType, above = ['input']): string[] {
  return fieldsOf(type).flatMap((field) => {
    const path = [...above, field.name, ...(isListType(getNullableType(field.type)) ? ['0'] : [])];
    if (isId(field.type)) return [path.join('.')];
    if (!isRequiredInputField(field) || !isInputObjectType(getNamedType(field.type))) return [];
    return idPaths(getNamedType(field.type), path);
  });
}

const mutations = Object.values(schema.getMutationType()!.getFields())
  .map(({ name, args }) => [name, args[0]!.type] as const)
  .filter(([, type]) => idPaths(type).length > 0);

describe.each(mutations)('%s', (name, type) => {
  it('refuses ids of another type, and what is no id, at the place of each', async () => {
    for (const id of [foreign, 'nonsense', `unit_${'0'.repeat(1_000)}`, 'unit_', 'UNIT_01JB']) {
      const told = await refusals(
        server,
        name,
        inputOf(type, () => id),
      );
      expect(told.map(({ path }) => path.join('.'))).toEqual(expect.arrayContaining(idPaths(type)));
      expect(new Set(told.map(({ code }) => code))).toEqual(new Set(['INVALID']));
    }
  });

  it('does not find what is not there', async () => {
    const told = await refusals(
      server,
      name,
      inputOf(type, (field) => `${prefixOf(field)}_${NOBODY}`),
    );
    expect([...new Set(told.map(({ code }) => code))]).toEqual(['NOT_FOUND']);
  });
});

const queries = Object.values(schema.getQueryType()!.getFields());

describe.each(queries.filter(({ args }) => args.some(({ name }) => name === 'id')).map(({ name }) => name))(
  '%s by id',
  (name) => {
    const ask = (id: string) => server.ask(`query ($id: ID!) { ${name}(id: $id) { __typename } }`, { id });

    it('is null when there is none, and refuses ids of another type and what is no id', async () => {
      const unknown = await ask(`${name === 'node' ? 'unit' : name}_${NOBODY}`);
      expect([unknown.errors, unknown.data[name]]).toEqual([undefined, null]);
      const wrong = name === 'node' ? `wrong_${NOBODY}` : foreign;
      for (const id of [wrong, 'nonsense', '', ' ', 'unit_', 'x'.repeat(10_000), '\u0000']) {
        const { errors } = await ask(id);
        expect([id, errors?.map((each) => [each.extensions.code, each.path])]).toEqual([
          id,
          [['BAD_USER_INPUT', [name]]],
        ]);
        expect(errors![0]!.message.length).toBeLessThan(200);
      }
    });
  },
);

describe('a record', () => {
  it.each(['unit', 'official', 'university', 'programme', 'cohort'])(
    '%s is asked for by id or by code, not by both or neither',
    async (name) => {
      for (const args of ['', `(id: "${name}_${NOBODY}", code: "x")`, '(id: null, code: null)']) {
        const { errors } = await server.ask(`{ ${name}${args} { id } }`);
        expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
      }
    },
  );

  it('is read with a hundred others at most, and null where there is none', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const some = [`unit_${NOBODY}`, foreign, `cohort_${NOBODY}`];
    expect((await server.ask(query, { ids: some })).data.nodes).toEqual([null, { id: foreign }, null]);
    expect((await server.ask(query, { ids: [] })).data.nodes).toEqual([]);
    const { errors } = await server.ask(query, { ids: Array(101).fill(foreign) });
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
  });
});

/** Every list field of every filter of a query. */
const filterLists = queries.flatMap((query) => {
  const filter = query.args.find(({ name }) => name === 'filter');
  if (!filter) return [];
  return fieldsOf(filter.type)
    .filter((field) => isListType(getNullableType(field.type)))
    .map((field) => [`${query.name} by ${field.name}`, query.name, String(filter.type), field] as const);
});

/** What to count of an answer. */
function countable(query: string): string {
  if (query.endsWith('Events') || query === 'auditTrail') return '{ cursor }';
  if (query === 'initiativeFigures') return '{ total }';
  return query === 'trainingStatistics' ? '{ cohorts participations officials graduates }' : '{ totalCount }';
}

describe.each(filterLists)('%s', (_title, name, type, field) => {
  const ask = async (values: unknown) => {
    const query = `query ($filter: ${type}) { ${name}(filter: $filter) ${countable(name)} }`;
    const { data, errors } = await server.ask(query, { filter: { [field.name]: values } });
    const found = data?.[name];
    const total = Array.isArray(found)
      ? found.length
      : Object.values(found ?? {}).reduce((a, b) => Number(a) + Number(b), 0);
    return { total, errors: errors?.map(({ extensions, message }) => ({ ...extensions, message })) };
  };
  const entry = getNamedType(field.type);

  it('finds something when nothing is said, and nothing in an empty list', async () => {
    expect(await ask(null)).toEqual({ total: expect.any(Number), errors: undefined });
    expect((await ask(null)).total).toBeGreaterThan(0);
    expect(await ask([])).toEqual({ total: 0, errors: undefined });
  });

  if (isEnumType(entry)) {
    it('takes a value as often as it is named', async () => {
      const all = entry.getValues().map((each) => each.name);
      const often = Array.from({ length: 40_000 }, (_, i) => all[i % all.length]);
      expect(await ask(often)).toEqual(await ask(all));
    });
  } else {
    const value = isId(field.type) ? `${prefixOf(field.name)}_${NOBODY}` : 'none';

    it('finds nothing of what is not there, and refuses more than a thousand', async () => {
      expect(await ask([value])).toEqual({ total: 0, errors: undefined });
      expect(await ask(Array(1_000).fill(value))).toEqual({ total: 0, errors: undefined });
      const told = (await ask(Array(1_001).fill(value))).errors;
      expect(told).toEqual([{ code: 'BAD_USER_INPUT', message: expect.stringContaining(field.name) }]);
    });
  }

  if (isId(field.type)) {
    it('refuses ids of another type, and what is no id', async () => {
      for (const id of [foreign, 'nonsense', '', 'x'.repeat(10_000)]) {
        const told = (await ask([`${prefixOf(field.name)}_${NOBODY}`, id])).errors;
        expect(told).toEqual([{ code: 'BAD_USER_INPUT', message: expect.stringContaining(field.name) }]);
      }
    });
  }
});

describe('a huge list', () => {
  it('of officials to nominate is refused whole, or told one by one', async () => {
    const { cohort } = await newClass(server, 0);
    const cohortId = cohort.id;
    end = await logEnd(server);
    const officialIds = Array.from({ length: 1_001 }, () => `official_${NOBODY}`);
    const tooMany = await refusals(server, 'nominateOfficials', { cohortId, officialIds });
    expect(tooMany).toMatchObject([{ code: 'INVALID', path: ['input', 'officialIds'] }]);
    expect(tooMany[0]!.message).toContain('1000');
  });
});
