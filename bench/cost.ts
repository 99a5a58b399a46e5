// npm run bench:cost: prints the processor time per 1,000 of cost for every root field of Query, on the sample city,
// and fails where one is ten times the median. Costs are computed in src/operation/cost.ts.
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
} from 'graphql';
import { Role } from '../src/access/policy';
import { makeSchema } from '../src/schema';
import { type ServerProcess, startProcess } from '../test/support/process';
import { newFolder, startTestServer, tokenFor } from '../test/support/server';

const METRICS_TOKEN = randomBytes(32).toString('base64url');
/** Minimum processor time of a measurement, because the process clock has a resolution of milliseconds. */
const LEAST_MS = 100;
const MOST_CALLS = 200;
const TOLERATED = 10;

const schema = makeSchema();
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Values for arguments and filters, from the sample city. */
interface Sample {
  ids: Record<string, string>;
  since: string;
}

const ASK_SAMPLE = `{
  unit(code: "79") { id } cohorts(first: 1) { nodes { id } } programmes(first: 1) { nodes { id } }
  officials(first: 1) { nodes { id code } } universities(first: 1) { nodes { id } }
  trainingRequirements(first: 1) { nodes { id } } serviceCommitments(first: 1) { nodes { id } } }`;

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

async function main(): Promise<void> {
  const folder = newFolder();
  say('Filling the sample city …');
  await (await startTestServer({ folder, sample: true })).stop();
  const server = await startProcess(folder, { METRICS_TOKEN, RATE_LIMIT: '1000000000' });
  try {
    const token = await tokenFor(Role.ADMINISTRATOR);
    const { data } = await server.ask(ASK_SAMPLE, {}, { token });
    const of = (list: string) => data[list].nodes[0]?.id as string;
    const ids = {
      unit: data.unit.id as string,
      cohort: of('cohorts'),
      programme: of('programmes'),
      official: of('officials'),
      university: of('universities'),
      requirement: of('trainingRequirements'),
      commitment: of('serviceCommitments'),
    };
    const rows: { field: string; form: string; cost: number; ms: number; rate: number }[] = [];
    for (const field of Object.values(schema.getQueryType()!.getFields())) {
      for (const [form, queries] of formsOf(field, { ids, since: '' })) {
        for (const query of queries) {
          const measured = await measure(server, query, token).catch((error: Error) => {
            say(`${field.name} ${form}: ${error.message.slice(0, 300)}`);
            process.exitCode = 1;
            return null;
          });
          if (!measured) continue;
          rows.push({ field: field.name, form, ...measured, rate: (measured.ms / measured.cost) * 1000 });
          break;
        }
      }
    }
    report(rows);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(rows: { field: string; form: string; cost: number; ms: number; rate: number }[]): void {
  const rates = rows.map(({ rate }) => rate).sort((a, b) => a - b);
  const median = rates[Math.floor(rates.length / 2)]!;
  say('field                 form                                      cost        ms   ms per 1,000');
  for (const { field, form, cost, ms, rate } of rows) {
    const mark = rate > TOLERATED * median ? '  TOO CHEAP' : '';
    const figures = `${String(cost).padStart(7)} ${ms.toFixed(2).padStart(9)} ${rate.toFixed(1).padStart(10)}`;
    say(`${field.padEnd(22)}${form.slice(0, 38).padEnd(40)}${figures}${mark}`);
  }
  const wrong = rows.filter(({ rate }) => rate > TOLERATED * median);
  say(`median ${median.toFixed(1)} ms per 1,000 of cost; beyond ${TOLERATED} times that: ${wrong.length}`);
  if (wrong.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
