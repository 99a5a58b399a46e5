// Runs all attacks on one server: a quiet time first, then one attack after the other, each judged by what others saw.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { signToken } from '../../src/access/identity';
import { Role } from '../../src/access/policy';
import { projectRoot } from '../../src/config/project-root';
import type { Chance } from '../faults/chance';
import { check } from '../faults/checker';
import { inTime } from '../faults/progress';
import { ANSWERS } from './answers';
import { closeAll } from './client';
import { CONNECTIONS } from './connections';
import { COSTLY } from './costly';
import { FLOODS } from './floods';
import { FOLLOWED } from './followed';
import { GENERATED } from './generated';
import { type Ground, readLog, readPools, readSecrets } from './ground';
import { Honest } from './honest';
import { INPUTS, priceOfRefusal } from './inputs';
import { LOG } from './log';
import { SOCKETS } from './sockets';
import { type Attack, Stage } from './stage';
import { Target } from './target';
import { faultsOf, turnFaultsOf, type Outcome, round, type Rule, type Seen, timesOf } from './verdict';
import type { Engine } from '../faults/faults';

export const ATTACKS: readonly Attack[] = [
  ...[...INPUTS, ...ANSWERS, ...LOG, ...FLOODS, ...SOCKETS, ...FOLLOWED, ...CONNECTIONS],
  ...[...COSTLY, ...GENERATED],
];

export interface Options {
  engine: Engine;
  /** What a caller without a token is. */
  anonymous: 'none' | 'viewer';
  chance: Chance;
  seconds: number;
  quietSeconds: number;
  documents: number;
  damaged: number;
  rule: Rule;
  /** Runs only the attacks whose names contain one of them; all when there is none. */
  only: readonly string[];
}

export interface Report {
  title: string;
  outcomes: Outcome[];
  /** Internal errors, told apart, with what was sent. */
  internal: string[];
  /** Everything else that is wrong. */
  troubles: string[];
  peakMb: number;
  worstMs: number;
  quiet: Seen;
  /** What the dearest refused 1 MB costs, in honest requests; null when it was not measured. */
  refusal: number | null;
}

/** What is under way on one server. */
interface Run {
  stage: Stage;
  honest: Honest;
  report: Report;
  rule: Rule;
  tell: (line: string) => void;
}

/** How long an attack may go on after its time, before the server is taken for lost. */
const GRACE_MS = 20_000;
const REFUSAL = 'price of a refused 1 MB';
/** The server must be as quick as ever so long after an attack. */
const SETTLE_MS = 15_000;
const SETTLED_MS = 500;
const MOST_MB = 1_500;

/** Runs the attacks; tells what it does line by line. */
export async function run(
  ground: Ground,
  folder: string,
  options: Options,
  tell: (line: string) => void,
): Promise<Report> {
  const { engine, anonymous, chance } = options;
  const target = new Target(folder, {
    ...{ DATABASE_URL: ground.url, ANONYMOUS: anonymous, AUTOMATIC_PERSISTED_QUERIES: 'on' },
  });
  abandon = () => target.destroy();
  const schema = buildSchema(readFileSync(join(projectRoot, 'schema.graphql'), 'utf8'));
  const pools = await readPools(ground, engine);
  const secrets = await readSecrets(ground);
  tell(`${pools.head} events in the log, ${secrets.size} personal values known, ANONYMOUS=${anonymous}`);
  await target.start();
  const { seconds, documents, damaged } = options;
  const stage = new Stage(target, schema, chance, pools, secrets, seconds, documents, damaged);
  const honest = new Honest({ url: target.url, tokens: await tokensOf(target), mostMb: MOST_MB });
  stage.heapMb = async () => {
    await honest.rest();
    return target.heapMb().finally(() => honest.goOn());
  };
  const report: Report = {
    ...{ title: `${engine}, ${pools.head} events, ANONYMOUS=${anonymous}`, outcomes: [], internal: [] },
    ...{ troubles: [], peakMb: 0, worstMs: 0, refusal: null },
    quiet: { samples: [], lagMs: 0, notReady: [], peakMb: 0 },
  };
  try {
    await honest.begin(target.pid);
    await pause(2_000); // the first answers are slow
    await honest.look();
    await pause(options.quietSeconds * 1_000);
    report.quiet = await honest.look();
    tell(lineOf('quiet', report.quiet));
    const under: Run = { stage, honest, report, rule: options.rule, tell };
    const isWanted = (name: string) =>
      options.only.length === 0 || options.only.some((part) => name.includes(part));
    for (const attack of ATTACKS.filter(({ name }) => isWanted(name))) {
      report.outcomes.push(await perform(attack, under));
    }
    if (isWanted(REFUSAL)) await measureRefusal(under);
    await compareLogs(ground, honest, pools.head, report);
  } finally {
    await honest.end();
    closeAll();
    await target.stop();
  }
  report.peakMb = Math.max(target.peakMb(), ...report.outcomes.map(({ peakMb }) => peakMb));
  report.worstMs = Math.max(0, ...report.outcomes.map(({ times }) => times.worst));
  report.internal = internalOf(stage);
  report.troubles.push(...stage.leaks.map((leak) => `a leak: ${leak}`));
  return report;
}

/** What the run under way leaves behind when this process must end at once. */
let abandon = (): void => undefined;

/** Ends, without another turn, the server of the run under way. */
export function abandonRun(): void {
  abandon();
}

async function tokensOf(target: Target): Promise<{ reader: string; writer: string }> {
  const secret = new TextEncoder().encode(target.secret);
  const sign = (role: Role, subject: string) => signToken(secret, { role, subject, lifetime: '8h' });
  return {
    reader: await sign(Role.VIEWER, 'honest reader'),
    writer: await sign(Role.ADMINISTRATOR, 'honest writer'),
  };
}

/** One attack, until the server is as quick as before or was replaced. */
async function perform(attack: Attack, { stage: all, honest, report, rule, tell }: Run): Promise<Outcome> {
  const began = Date.now();
  const stage = all.begin(attack);
  const bugs = () => Math.max(stage.internal.length, stage.target.alarms.length);
  const before = bugs();
  const longest = stage.until - began + GRACE_MS;
  const late = await inTime(attack.run(stage), longest, attack.name).then(
    () => null,
    (error: Error) => error.message,
  );
  const seen = await settled(honest, rule);
  const faults = [...faultsOf(seen, report.quiet, rule), ...turnFaultsOf(seen, stage.ownMs)];
  const crashed = seen.overgrown || !stage.target.running;
  const worst = seen.samples.reduce((a, b) => (b.ms > a.ms ? b : a), { dueAt: 0, ms: 0 });
  const blamed = stage.blamed(worst.dueAt);
  if (faults.length > 0 && blamed) faults.push(`the worst was during: ${blamed}`);
  if (late) faults.push(late);
  faults.push(...stage.troubles.slice(0, 3));
  if (crashed) faults.unshift(seen.overgrown ? `it was ended at ${MOST_MB} MB` : 'the server crashed');
  if (bugs() > before) faults.push(`internal errors: ${bugs() - before}`);
  if (seen.overgrown) seen.peakMb = Math.max(seen.peakMb, MOST_MB);
  tell(lineOf(attack.name, seen, stage));
  faults.forEach((fault) => tell(`    ${fault}`));
  report.troubles.push(...faults.map((fault) => `${attack.name}: ${fault}`));
  // The next attack finds a server in good health, so that it is blamed for its own doing alone.
  if (crashed || faults.length > 0) await replaceServer(stage, honest);
  const { asked, codes } = stage;
  return {
    ...{ name: attack.name, seconds: (Date.now() - began) / 1_000, asked, codes, faults },
    ...{ times: timesOf(seen.samples), lagMs: seen.lagMs, peakMb: seen.peakMb },
  };
}

/** Looks until others are answered at once again; all that they saw belongs to the attack. */
async function settled(honest: Honest, rule: Rule): Promise<Seen & { overgrown: boolean }> {
  const until = Date.now() + SETTLE_MS;
  const all = await honest.look();
  for (;;) {
    await pause(SETTLED_MS);
    const more = await honest.look();
    all.samples.push(...more.samples);
    all.notReady.push(...more.notReady);
    all.lagMs = Math.max(all.lagMs, more.lagMs);
    all.peakMb = Math.max(all.peakMb, more.peakMb);
    all.overgrown ||= more.overgrown;
    const { worst, count } = timesOf(more.samples);
    if ((count > 0 && worst < rule.worstMs) || Date.now() > until || all.overgrown) return all;
  }
}

async function replaceServer({ target }: Stage, honest: Honest): Promise<void> {
  await honest.pause();
  closeAll();
  await target.replace();
  await honest.resume(target.pid);
  await pause(2_000);
  await honest.look();
}

async function measureRefusal({ stage: all, honest, report, rule, tell }: Run): Promise<void> {
  const stage = all.begin({ name: '', why: '', run: () => Promise.resolve() });
  await honest.pause();
  const { worst, faults } = await priceOfRefusal(stage, rule);
  report.refusal = worst;
  tell(`${REFUSAL.padEnd(34)} at most ${round(worst)} honest requests`);
  faults.forEach((fault) => tell(`    ${fault}`));
  report.troubles.push(...faults);
  if (stage.target.running) await honest.resume(stage.target.pid);
  else await replaceServer(stage, honest);
}

/** Whether each change that was made meanwhile reached both followers exactly once, in order. */
async function compareLogs(ground: Ground, honest: Honest, head: number, report: Report): Promise<void> {
  const { followed, acknowledged, troubles, sessions } = await honest.finish();
  const log = await readLog(ground, head, new Set(acknowledged.map(({ key }) => key)));
  const found = check(log, [], acknowledged, followed);
  report.troubles.push(...troubles);
  for (const kind of ['lost', 'repeated', 'outOfOrder', 'strange', 'missing'] as const) {
    report.troubles.push(...found[kind].slice(0, 5).map((each) => `${kind}: ${each}`));
  }
  const received = followed.map((each) => each.received.length).join(' and ');
  report.title += `; ${acknowledged.length} changes, ${received} received over ${sessions.join(' and ')} connections`;
}

/** The internal errors of a run, each once, with the log's word for it and one document that made it. */
function internalOf({ internal, target: { alarms } }: Stage): string[] {
  const said = new Map(alarms.flatMap(({ message, reference }) => (reference ? [[reference, message]] : [])));
  const found = new Map<string, { count: number; sent: string }>();
  const count = (what: string, sent: string): void => {
    const known = found.get(what);
    if (known) known.count += 1;
    else found.set(what, { count: 1, sent });
  };
  for (const { reference, sent } of internal) {
    count(said.get(reference ?? '') ?? 'an answer that the log says nothing of', sent);
    if (reference) said.delete(reference);
  }
  for (const { message, reference } of alarms) {
    if (!reference || said.has(reference)) count(message, 'nothing that an answer told of');
  }
  return [...found].map(([what, { count: times, sent }]) => `${what} (${times} times), as by ${sent}`);
}

function lineOf(name: string, seen: Seen, stage?: Stage): string {
  const { p50, p99, worst } = timesOf(seen.samples);
  const codes = [...(stage?.codes ?? [])].sort(([, a], [, b]) => b - a);
  const told = codes.map(([code, count]) => `${code} ${count}`).join(', ');
  return [
    `${name.padEnd(34)} p50 ${String(round(p50)).padStart(5)}  p99 ${String(round(p99)).padStart(6)}`,
    `  worst ${String(round(worst)).padStart(6)} ms  lag ${String(round(seen.lagMs)).padStart(5)} ms`,
    `  ${String(round(seen.peakMb)).padStart(5)} MB`,
    stage ? `  ${stage.asked} asked: ${told}${stage.remark && `; ${stage.remark}`}` : '',
  ].join('');
}
