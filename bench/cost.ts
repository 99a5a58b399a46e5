// npm run bench:cost: prints the processor time per 1,000 of cost for every root field, on the sample city, and fails
// where one is ten times the median of its kind. Costs are computed in src/operation/cost.ts.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { Role } from '../src/access/policy';
import { makeSchema } from '../src/schema';
import { costOf } from '../src/operation/cost';
import { INPUTS, newPlace, validInput } from '../test/support/inputs';
import { connect } from '../test/support/live';
import { type ServerProcess, startProcess } from '../test/support/process';
import { newFolder, startTestServer, tokenFor } from '../test/support/server';
import { logEnd } from '../test/support/world';

const METRICS_TOKEN = randomBytes(32).toString('base64url');
/** Minimum processor time of a measurement, because the process clock has a resolution of milliseconds. */
const LEAST_MS = 100;
const MOST_CALLS = 200;
const TOLERATED = 10;
/** Each mutation is asked so often, with other valid inputs. */
const CHANGES = 20;
/** So many follow what these changes wrote, from before the first of them. */
const FOLLOWERS = 10;

const schema = makeSchema();
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Values for arguments and filters, from the sample city. */
interface Sample {
  ids: Record<string, string>;
}

/** What was measured of a field in one form: its price, and the processor time of one answer. */
interface Row {
  kind: 'query' | 'mutation' | 'subscription';
  field: string;
  form: string;
  cost: number;
  ms: number;
}

const ASK_SAMPLE = `{
  unit(code: "79") { id } cohorts(first: 1) { nodes { id } } programmes(first: 1) { nodes { id } }
  officials(first: 1) { nodes { id code } } universities(first: 1) { nodes { id } }
  trainingRequirements(first: 1) { nodes { id } } serviceCommitments(first: 1) { nodes { id } }
  trainingPlans(first: 1) { nodes { id } } }`;

async function sampleOf(server: ServerProcess, token: string): Promise<Sample> {
  const { data } = await server.ask(ASK_SAMPLE, {}, { token });
  const of = (list: string) => data[list].nodes[0]?.id as string;
  return {
    ids: {
      unit: data.unit.id as string,
      cohort: of('cohorts'),
      programme: of('programmes'),
      official: of('officials'),
      university: of('universities'),
      requirement: of('trainingRequirements'),
      commitment: of('serviceCommitments'),
      plan: of('trainingPlans'),
    },
  };
}

/** The most expensive arguments of a field. */
function dearest(field: GraphQLField<unknown, unknown>, { ids }: Sample): string[] {
  const given: string[] = [];
  for (const { name, type } of field.args) {
    if (name === 'first') given.push('first: 100');
    const filter = getNamedType(type);
    if (name === 'groupBy') given.push('groupBy: UNIT');
    if (name !== 'filter' || !isInputObjectType(filter)) continue;
    for (const [key, value] of filtersOf(filter, ids)) given.push(`filter: { ${key}: ${value} }`);
  }
  return given;
}

/** Each filter on its own, where the sample has a value for it. */
function filtersOf(type: GraphQLInputObjectType, ids: Sample['ids']): [string, string][] {
  const named: Record<string, string> = {
    text: '"an"',
    unitIds: `["${ids.unit}"]`,
    cohortIds: `["${ids.cohort}"]`,
    programmeIds: `["${ids.programme}"]`,
    universityIds: `["${ids.university}"]`,
    officialIds: `["${ids.official}"]`,
  };
  const byType: Record<string, string> = {
    Date: '"2010-01-01"',
    DateTime: '"2010-01-01T00:00:00Z"',
    DateRange: '{ from: "2000-01-01", to: "2030-01-01" }',
    Boolean: 'true',
  };
  return Object.values(type.getFields()).flatMap(({ name, type: of }): [string, string][] => {
    const inner = getNamedType(of);
    const value =
      named[name] ?? byType[inner.name] ?? (isEnumType(inner) ? inner.getValues()[0]!.name : undefined);
    if (value === undefined) return [];
    return [[name, isListType(getNullableType(of)) && !value.startsWith('[') ? `[${value}]` : value]];
  });
}

function required(field: GraphQLField<unknown, unknown>, { ids }: Sample): string[] {
  const by: Record<string, string> = {
    requirementId: `"${ids.requirement}"`,
    unitId: `"${ids.unit}"`,
    officialId: `"${ids.official}"`,
    commitmentId: `"${ids.commitment}"`,
    planId: `"${ids.plan}"`,
    subjectId: `"${ids.cohort}"`,
    ids: `["${ids.cohort}", "${ids.unit}", "${ids.official}"]`,
    id: `"${ids[field.name] ?? ids.cohort}"`,
  };
  const needed = field.args.filter((arg) => isRequiredArgument(arg) || arg.name === 'id');
  return needed.map(({ name }) => `${name}: ${by[name]}`);
}

/** Selects all scalar fields of a type, and those of its objects to a number of levels. */
function selectionOf(type: GraphQLOutputType, levels: number, total: boolean): string {
  const named = getNamedType(type);
  if (!isObjectType(named) && !isInterfaceType(named)) return isLeafType(named) ? '' : '{ __typename }';
  const isConnection = named.name.endsWith('Connection');
  const parts = Object.values(named.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument) || (field.name === 'totalCount' && !total)) return [];
    if (isLeafType(getNamedType(field.type))) return [field.name];
    if (isConnection ? field.name !== 'nodes' : levels === 0) return [];
    return [`${field.name} ${selectionOf(field.type, isConnection ? levels : levels - 1, total)}`];
  });
  return `{ ${parts.join(' ') || '__typename'} }`;
}

/** The queries to measure of a field: its scalars, the deepest affordable selection, and one for each filter. */
function formsOf(field: GraphQLField<unknown, unknown>, sample: Sample): [string, string[]][] {
  const write = (given: string[], selection: string) => {
    const args = [...required(field, sample), ...given].filter(Boolean);
    return `{ ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${selection} }`;
  };
  const dear = dearest(field, sample);
  const page = dear.filter((each) => !each.startsWith('filter'));
  const filters = dear.filter((each) => each.startsWith('filter'));
  const small = field.args.some(({ name }) => name === 'first') ? ['first: 1'] : [];
  const named = getNamedType(field.type).name;
  return [
    ['plain', [write([], selectionOf(field.type, 0, false))]],
    // Deepest first: the first one that is not refused for its cost is measured.
    ['whole', [2, 1, 0].map((levels) => write(page, selectionOf(field.type, levels, true)))],
    ...filters.map((filter): [string, string[]] => {
      const other = page.filter((each) => !each.startsWith('first'));
      const count = named.endsWith('Connection') ? '{ totalCount }' : selectionOf(field.type, 0, true);
      return [filter, [write([...small, ...other, filter], count)]];
    }),
  ];
}

async function cpuMs({ url }: ServerProcess): Promise<number> {
  const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  return Number(/^canbo_process_cpu_seconds_total ([\d.e-]+)$/m.exec(text)![1]) * 1000;
}

interface Measured {
  cost: number;
  ms: number;
}

/** Repeats a query. @returns null when it is refused for its cost. */
async function measure(server: ServerProcess, query: string, token: string): Promise<Measured | null> {
  const once = async () => {
    const { errors, extensions } = await server.ask(query, {}, { token });
    if (errors?.[0]?.extensions.code === 'QUERY_TOO_COMPLEX') return null;
    if (errors) throw new Error(`${query}: ${JSON.stringify(errors[0])}`);
    return extensions!.cost!;
  };
  const cost = await once();
  if (cost === null) return null;
  await once(); // warm-up
  const before = await cpuMs(server);
  let [calls, spent] = [0, 0];
  while (spent < LEAST_MS && calls < MOST_CALLS) {
    for (let i = 0; i < 5; i++) await once();
    calls += 5;
    spent = (await cpuMs(server)) - before;
  }
  return { cost, ms: spent / calls };
}

/** Measures every root field of Query in its forms. */
async function measureQueries(server: ServerProcess, token: string, sample: Sample): Promise<Row[]> {
  const rows: Row[] = [];
  for (const field of Object.values(schema.getQueryType()!.getFields())) {
    for (const [form, queries] of formsOf(field, sample)) {
      for (const query of queries) {
        const measured = await measure(server, query, token).catch((error: Error) => {
          say(`${field.name} ${form}: ${error.message.slice(0, 300)}`);
          process.exitCode = 1;
          return null;
        });
        if (!measured) continue;
        rows.push({ kind: 'query', field: field.name, form, ...measured });
        break;
      }
    }
  }
  return rows;
}

/** Measures every mutation with valid inputs, whose records have been made before. */
async function measureMutations(server: ServerProcess): Promise<Row[]> {
  const rows: Row[] = [];
  const place = await newPlace(server);
  for (const name of Object.keys(INPUTS)) {
    const field = schema.getMutationType()!.getFields()[name]!;
    const query = `mutation ($input: ${String(field.args[0]!.type)}) { ${name}(input: $input) { cursor } }`;
    const inputs = [];
    for (let i = 0; i < CHANGES; i++) inputs.push(await validInput(name, place));
    const before = await cpuMs(server);
    let cost = 0;
    for (const input of inputs) {
      const { extensions } = await server.ask(query, { input });
      cost += extensions!.cost!;
    }
    const ms = (await cpuMs(server)) - before;
    rows.push({ kind: 'mutation', field: name, form: '', cost: cost / CHANGES, ms: ms / CHANGES });
  }
  return rows;
}

/** @returns how many events of a type the log has after a cursor. */
async function countEvents(server: ServerProcess, type: string, after: string): Promise<number> {
  const list = `${type[0]!.toLowerCase()}${type.slice(1)}s`;
  let count = 0;
  for (let cursor = after; ;) {
    const { data } = await server.ask(
      `query ($after: EventCursor) { events: ${list}(after: $after, first: 100) { cursor } }`,
      { after: cursor },
    );
    const { events } = data as { events: { cursor: string }[] };
    if (events.length === 0) return count;
    count += events.length;
    cursor = events.at(-1)!.cursor;
  }
}

/** Measures every subscription: those with `after` by all events since then, the others by their first result. */
async function measureSubscriptions(server: ServerProcess, sample: Sample, after: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const field of Object.values(schema.getSubscriptionType()!.getFields())) {
    const replays = field.args.some(({ name }) => name === 'after');
    const given = [...required(field, sample), ...(replays ? [`after: "${after}"`] : [])].join(', ');
    const args = given ? `(${given})` : '';
    // Aliases of their own: followers who ask alike share what is made.
    const query = (i: number) =>
      `subscription { a${i}: ${field.name}${args} ${selectionOf(field.type, 1, true)} }`;
    const document = parse(query(0));
    const price = costOf(schema, document, document.definitions[0] as OperationDefinitionNode, {});
    if (!price || !('total' in price)) throw new Error(`${field.name} has no price`);
    const results = replays ? await countEvents(server, getNamedType(field.type).name, after) : 1;
    const before = await cpuMs(server);
    for (let i = 0; i < FOLLOWERS; i++) {
      const client = await connect(server.url);
      const follower = client.subscribe(query(i));
      for (let each = 0; each < results; each++) await follower.nextData();
      await client.close();
    }
    const ms = ((await cpuMs(server)) - before) / FOLLOWERS / results;
    rows.push({
      kind: 'subscription',
      field: field.name,
      form: `${results} a follower`,
      cost: price.total,
      ms,
    });
  }
  return rows;
}

async function main(): Promise<void> {
  const folder = newFolder();
  say('Filling the sample city …');
  await (await startTestServer({ folder, sample: true })).stop();
  const server = await startProcess(folder, { METRICS_TOKEN, RATE_LIMIT: '1000000000' });
  try {
    const token = await tokenFor(Role.ADMINISTRATOR);
    const sample = await sampleOf(server, token);
    const queries = await measureQueries(server, token, sample);
    const after = await logEnd(server);
    const mutations = await measureMutations(server);
    const subscriptions = await measureSubscriptions(server, sample, after);
    for (const rows of [queries, mutations, subscriptions]) report(rows);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(rows: Row[]): void {
  const rateOf = ({ ms, cost }: Row) => (ms / cost) * 1000;
  const rates = rows.map(rateOf).sort((a, b) => a - b);
  const median = rates[Math.floor(rates.length / 2)]!;
  const dear = (row: Row) => rateOf(row) > TOLERATED * median;
  const kind = rows[0]!.kind;
  say(`${kind.padEnd(28)}form                                      cost        ms   ms per 1,000`);
  for (const row of rows) {
    const figures = [
      String(row.cost).padStart(7),
      row.ms.toFixed(2).padStart(9),
      rateOf(row).toFixed(1).padStart(10),
    ];
    const mark = dear(row) ? '  TOO CHEAP' : '';
    say(`${row.field.padEnd(28)}${row.form.slice(0, 38).padEnd(38)}${figures.join(' ')}${mark}`);
  }
  const wrong = rows.filter(dear).length;
  say(`${kind}: median ${median.toFixed(1)} ms per 1,000 of cost; beyond ${TOLERATED} times that: ${wrong}`);
  if (wrong > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
