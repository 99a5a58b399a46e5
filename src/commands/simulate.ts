// canbo simulate: makes a day of plausible changes on a running server, so that subscriptions have events to show.
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { signToken } from '../access/identity';
import { Role } from '../access/policy';
import { readConfig, signingSecret } from '../config/config';
import { dayOf } from '../lib/dates';
import { Refused, WrongArguments } from './refused';

/** What --help prints. */
export const USAGE = `Usage: canbo simulate [--url http://localhost:4000] [--pace 1000] [--classes 12] [--token <token>]
--pace     milliseconds between two changes
--classes  how many classes the day has; each is planned, filled, held and ends with a ceremony`;

type Fields = Record<string, unknown>;
interface UserError {
  code: string;
  message: string;
}

class Api {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async query<T>(query: string, variables: Fields = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    }).catch(() => {
      throw new Refused(
        `No server answers at ${this.url}. Start one with "canbo" (npm start), or give its --url.`,
      );
    });
    const { data, errors } = (await response.json()) as { data?: T; errors?: { message: string }[] };
    if (!data || errors) throw new Refused(errors?.[0]?.message ?? `HTTP ${response.status}`);
    return data;
  }

  /** Runs a mutation. @returns the record, or null when it was refused, which is printed. */
  async change<T>(name: string, input: Fields, selection: string): Promise<T | null> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
    const data = await this.query<Record<string, T & { userErrors: UserError[] }>>(
      `mutation ($input: ${type}) { ${name}(input: $input) { ${selection} userErrors { code message } } }`,
      { input },
    );
    const { userErrors, ...payload } = data[name]!;
    for (const { code, message } of userErrors) tell(`  từ chối ${code}: ${message}`);
    return userErrors.length > 0 ? null : (payload as T);
  }
}

const tell = (line: string) => process.stdout.write(`${line}\n`);
const pick = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)]!;

interface Id {
  id: string;
}
interface Stage {
  programmes: { nodes: (Id & { name: string })[] };
  units: { nodes: (Id & { name: string; officials: { nodes: Id[] } })[] };
}

const STAGE = `query ($today: Date!) {
  programmes(filter: { kinds: [REFRESHER] }, first: 100) { nodes { id name } }
  units(filter: { kinds: [WARD, COMMUNE], on: $today }, first: 100) {
    nodes { id name officials(first: 30) { nodes { id } } }
  }
}`;

/** Runs one cohort from planning to graduation, a change at a time. */
async function* playClass(api: Api, stage: Stage, today: string, number: number): AsyncGenerator<string> {
  const unit = pick(stage.units.nodes.filter(({ officials }) => officials.nodes.length >= 5));
  const programme = pick(stage.programmes.nodes);
  const code = `MP-${Date.now().toString(36)}-${number}`.toUpperCase();
  const planned = await api.change<{ cohort: Id }>(
    'planCohort',
    {
      code,
      name: `${programme.name} (${unit.name})`,
      programmeId: programme.id,
      hostUnitId: unit.id,
      startsOn: today,
      capacity: 25,
    },
    'cohort { id }',
  );
  if (!planned) return;
  const cohortId = planned.cohort.id;
  yield `${code}: lập kế hoạch lớp "${programme.name}" tại ${unit.name}`;
  if (await api.change('openEnrolment', { cohortId }, 'cohort { id }')) yield `${code}: mở chiêu sinh`;
  const officialIds = unit.officials.nodes.map(({ id }) => id);
  const nominated = await api.change<{ enrolments: Id[] }>(
    'nominateOfficials',
    { cohortId, officialIds },
    'enrolments { id }',
  );
  if (!nominated) return;
  yield `${code}: cử ${officialIds.length} người`;
  const places = Math.min(25, Math.ceil(officialIds.length * 0.8));
  const ids = nominated.enrolments.map(({ id }) => id);
  const decide = (enrolmentIds: string[], decision: string) =>
    api.change('decideEnrolments', { enrolmentIds, decision }, 'enrolments { id }');
  if (await decide(ids.slice(0, places), 'ACCEPT')) yield `${code}: nhận ${places} người`;
  if (ids.length > places && (await decide(ids.slice(places), 'DECLINE'))) {
    yield `${code}: không nhận ${ids.length - places} người`;
  }
  if (await api.change('startCohort', { cohortId }, 'cohort { id }')) yield `${code}: khai giảng`;
  if (await api.change('withdrawEnrolment', { enrolmentId: ids[0] }, 'enrolment { id }'))
    yield `${code}: 1 người rút tên`;
  const graduates = officialIds.slice(1, places).map((officialId, i) => ({
    officialId,
    graduatedOn: today,
    credentialNumber: `${code}/${i + 1}`,
    classification: pick(['EXCELLENT', 'VERY_GOOD', 'GOOD', 'GOOD', 'PASS']),
  }));
  if (await api.change('recordGraduates', { cohortId, graduates }, 'graduates { id }')) {
    yield `${code}: ghi nhận ${graduates.length} người hoàn thành`;
  }
  if (await api.change('completeCohort', { cohortId }, 'cohort { id }')) yield `${code}: bế giảng`;
}

/** Plays the day and prints each step. @throws Refused for wrong arguments, and when no server answers. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      pace: { type: 'string', default: '1000' },
      classes: { type: 'string', default: '12' },
      token: { type: 'string' },
    },
  });
  const [pace, classes] = [Number(values.pace), Number(values.classes)];
  if (!(pace >= 0)) throw new WrongArguments(`--pace: "${values.pace}" is no number of milliseconds.`);
  if (!(classes >= 1)) throw new WrongArguments(`--classes: "${values.classes}" is no number from 1 on.`);
  const config = readConfig();
  const token =
    values.token ??
    (await signToken(signingSecret(config), {
      role: Role.ADMINISTRATOR,
      subject: 'simulate',
      lifetime: '1d',
    }));
  const api = new Api(values.url ?? `http://localhost:${config.port}`, token);
  const today = dayOf(new Date());
  const stage = await api.query<Stage>(STAGE, { today });
  if (
    stage.programmes.nodes.length === 0 ||
    !stage.units.nodes.some(({ officials }) => officials.nodes.length >= 5)
  ) {
    throw new Refused(
      'The registry holds no refresher programme or no ward with five officials: nothing to simulate with.',
    );
  }
  // Cohorts overlap as on a real day: at each turn, one of those under way takes its next step.
  const waiting = Array.from({ length: classes }, (_, i) => playClass(api, stage, today, i + 1));
  const underWay: AsyncGenerator<string>[] = [];
  while (waiting.length + underWay.length > 0) {
    if (waiting.length > 0 && underWay.length < 3) underWay.push(waiting.shift()!);
    const turn = pick(underWay);
    const step = await turn.next();
    if (step.done) underWay.splice(underWay.indexOf(turn), 1);
    else {
      tell(`${new Date().toISOString().slice(11, 19)} ${step.value}`);
      await pause(pace);
    }
  }
  tell('Hết ngày / the day is over.');
}
