// Wrong values of an input or filter: all at once, each with its place; ranges that run backwards among them.
import 'reflect-metadata';
import { getNamedType, type GraphQLInputObjectType } from 'graphql';
import { Role } from '../../src/access/policy';
import { makeSchema } from '../../src/schema';
import { startTestServer, type TestServer } from '../support/server';
import { newClass, newCode, newCohort, newProgramme, newUnit, refusals, unknownId } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const BACKWARDS = { from: '2024-02-01', to: '2023-02-01' };

/** The root fields with a filter by a range of days, with the name of each such filter field. */
const RANGES = Object.values(makeSchema().getQueryType()!.getFields()).flatMap((field) => {
  const filter = field.args.find(({ name }) => name === 'filter');
  if (!filter) return [];
  const type = getNamedType(filter.type) as GraphQLInputObjectType;
  return Object.values(type.getFields())
    .filter((each) => getNamedType(each.type).name === 'DateRange')
    .map((each) => [field.name, type.name, each.name] as const);
});

it.each(RANGES)('%s refuses a %s.%s that ends before it begins', async (root, type, name) => {
  const selection = root.endsWith('Statistics') ? 'cohorts' : 'totalCount';
  const query = `query ($filter: ${type}) { ${root}(filter: $filter) { ${selection} } }`;
  const { errors } = await server.ask(query, { filter: { [name]: BACKWARDS } });
  expect(errors).toMatchObject([
    {
      message: `${root}: ${name}.to: It cannot end before it begins, on 2024-02-01.`,
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ]);
});

it('planCohort says at once all that is wrong with the values, and with what they refer to', async () => {
  const hostUnitId = (await newUnit(server)).id;
  const programmeId = (await newProgramme(server)).id;
  const days = { startsOn: '2024-03-01', endsOn: '2024-02-01' };
  const ill = { code: '', name: ' ', capacity: -3, hostUnitId, programmeId, ...days };
  const pathsOf = async (input: object) =>
    (await refusals(server, 'planCohort', input)).map(({ path }) => path[1]).sort();
  expect(await pathsOf(ill)).toEqual(['capacity', 'code', 'endsOn', 'name']);

  const { code } = await newCohort(server);
  const unknown = { hostUnitId: unknownId(hostUnitId), programmeId: unknownId(programmeId) };
  const input = { code, name: 'Lớp', startsOn: '2024-03-01', ...unknown };
  expect(await pathsOf(input)).toEqual(['code', 'hostUnitId', 'programmeId']);
  expect(await pathsOf({ ...input, ...unknown, code: newCode('K') })).toEqual(['hostUnitId', 'programmeId']);
});

it.each([
  ['Date', 'unit(code: "79", on: "31/12/2023") { id }', '"31/12/2023" is no calendar date'],
  ['DateTime', 'auditTrail(filter: { from: "hôm qua" }) { kind }', '"hôm qua" is no instant'],
  ['EventCursor', 'cohortEvents(after: 7) { cursor }', '7 is no event cursor'],
])('a literal that is no %s is refused with its place', async (_scalar, field, message) => {
  const { errors } = await server.ask(`{\n  ${field}\n}`);
  expect(errors).toMatchObject([
    {
      message: expect.stringContaining(message),
      locations: [{ line: 2, column: field.search(/"(31|h)|7\)/) + 3 }],
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ]);
});

it('a list says whether something may be withheld from the caller', async () => {
  await newClass(server, 1);
  const query = `{ enrolled: cohorts(first: 1) { withheld nodes { enrolments { withheld totalCount } graduates { withheld } } }
    graduates { withheld } officials { withheld } }`;
  const flags = async (as: Role) => {
    const { enrolled, graduates, officials } = (await server.ask(query, {}, { as })).data;
    const [cohort] = enrolled.nodes;
    return [enrolled, cohort.enrolments, cohort.graduates, graduates, officials].map(
      ({ withheld }) => withheld,
    );
  };
  expect(await flags(Role.ADMINISTRATOR)).toEqual([false, false, false, false, false]);
  expect(await flags(Role.VIEWER)).toEqual([false, true, true, true, true]);
});

it('a code that no unit bears today is found with its days in the list of units', async () => {
  const { code, id } = await newUnit(server, { validFrom: '2010-01-01' });
  const query = `query ($code: String!, $on: Date) { unit(code: $code, on: $on) { id }
    units(filter: { codes: [$code] }) { nodes { id validFrom } } }`;
  const { data } = await server.ask(query, { code, on: '2001-01-01' });
  expect(data).toEqual({ unit: null, units: { nodes: [{ id, validFrom: '2010-01-01' }] } });
});
