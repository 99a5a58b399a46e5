// npm run test:attacks: attacks a real server and fails when one caller stops it, delays others or learns of persons.
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from '../faults/chance';
import type { Engine } from '../faults/faults';
import { addEvents, fillWithSample, keepGround, openGround, restoreGround } from './ground';
import { abandonRun, type Options, type Report, run } from './run';
import { AT_THE_GATE, round, RULE, type Rule } from './verdict';

const USAGE = `Usage: npm run test:attacks -- [--short] [--seed <number>] [--engine sqlite|postgres|both]
       [--seconds <of one attack>] [--documents 10000] [--damaged 5000] [--only <part of a name>]...
       [--ground <folder of a database that is kept for the next time; with --short on sqlite>]`;
const EVENTS = 100_000;
const MINUTE_MS = 60_000;
const WHOLE = { seconds: 5, quietSeconds: 60, documents: 10_000, damaged: 5_000, minutes: 20 };
/** On one engine, with the large log alone. */
const SHORT = { seconds: 1.5, quietSeconds: 10, documents: 400, damaged: 300, minutes: 10 };

const tell = (line: string) => process.stdout.write(`${line}\n`);

interface Settings extends Pick<
  Options,
  'seconds' | 'quietSeconds' | 'documents' | 'damaged' | 'only' | 'rule'
> {
  seed: number;
  engines: Engine[];
  isShort: boolean;
  /** Where a filled database is kept. */
  ground?: string;
  /** How long an engine may take. */
  minutes: number;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      ...{ seed: { type: 'string' }, engine: { type: 'string' } },
      ...{ only: { type: 'string', multiple: true }, ground: { type: 'string' } },
      ...{ seconds: { type: 'string' }, documents: { type: 'string' }, damaged: { type: 'string' } },
    },
  });
  const usual = values.short ? SHORT : WHOLE;
  const engine = values.engine ?? (values.short ? 'sqlite' : 'both');
  const settings = {
    seed: values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed),
    engines: (['sqlite', 'postgres'] as const).filter((each) => [each, 'both'].includes(engine)),
    isShort: values.short,
    rule: values.short ? AT_THE_GATE : RULE,
    only: values.only ?? [],
    ground: values.ground,
    seconds: Number(values.seconds ?? usual.seconds),
    quietSeconds: usual.quietSeconds,
    documents: Number(values.documents ?? usual.documents),
    damaged: Number(values.damaged ?? usual.damaged),
    minutes: usual.minutes * Math.max(1, Number(values.seconds ?? 0) / usual.seconds),
  };
  const numbers = [settings.seed, settings.documents, settings.damaged];
  const isKept = settings.ground !== undefined;
  const mayBeKept = settings.isShort && settings.engines.join() === 'sqlite';
  if (
    !numbers.every(Number.isInteger) ||
    !(settings.seconds > 0) ||
    settings.engines.length === 0 ||
    (isKept && !mayBeKept)
  ) {
    throw new Error(USAGE);
  }
  return settings;
}

/** All runs on one engine: the log of the sample first, then a large one, where strangers may read. */
async function runOn(engine: Engine, settings: Settings, chance: Chance): Promise<Report[]> {
  const folder = mkdtempSync(join(tmpdir(), 'canbo-attacks-'));
  const ground = await openGround(engine, folder);
  const { isShort, documents, damaged } = settings;
  const runs = (isShort ? 1 : 2) * settings.engines.length;
  const share = { documents: Math.ceil(documents / runs), damaged: Math.ceil(damaged / runs) };
  const options = { ...settings, ...share, engine, chance };
  const reports: Report[] = [];
  let isGood = false;
  try {
    const isFilled = restoreGround(folder, settings.ground);
    if (!isFilled) await fillWithSample(ground, folder);
    if (!isShort) reports.push(await run(ground, folder, { ...options, anonymous: 'none' }, tell));
    if (!isFilled) await addEvents(ground, EVENTS);
    if (!isFilled) keepGround(folder, settings.ground);
    reports.push(await run(ground, folder, { ...options, anonymous: 'viewer' }, tell));
    isGood = !reports.some((report) => isBad(report, settings.rule));
    return reports;
  } finally {
    await ground.remove();
    if (isGood) rmSync(folder, { recursive: true, force: true });
    else tell(`${engine}: the log of the server is in ${folder}`);
  }
}

function isBad({ internal, troubles, peakMb }: Report, rule: Rule): boolean {
  return internal.length > 0 || troubles.length > 0 || peakMb > rule.peakMb;
}

function print(report: Report): void {
  const { title, internal, troubles, outcomes, peakMb, worstMs, refusal } = report;
  const figures = {
    documents: outcomes.reduce((sum, { asked }) => sum + asked, 0),
    'internal errors, told apart': internal.length,
    'longest stall of others, ms': round(worstMs),
    'peak memory, MB': round(peakMb),
    'a refused 1 MB, in honest requests': refusal === null ? 'not measured' : round(refusal),
    'attacks that did what they should not': outcomes.filter(({ faults }) => faults.length > 0).length,
    'troubles in all': troubles.length,
  };
  tell(`\n${title}`);
  for (const [name, figure] of Object.entries(figures))
    tell(`${name.padEnd(40)}${String(figure).padStart(14)}`);
  internal.forEach((each) => tell(`internal error: ${each}`));
  troubles.forEach((each) => tell(`trouble: ${each}`));
}

function giveUp(): never {
  abandonRun();
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readSettings();
  tell(`seed ${settings.seed}`);
  const longest = settings.minutes * settings.engines.length;
  setTimeout(() => {
    tell(`It did not end within ${longest} minutes.`);
    giveUp();
  }, longest * MINUTE_MS).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, giveUp);
  const reports: Report[] = [];
  for (const [i, engine] of settings.engines.entries()) {
    reports.push(...(await runOn(engine, settings, new Chance(settings.seed + i))));
  }
  reports.forEach(print);
  const bad = reports.some((report) => isBad(report, settings.rule));
  tell(`seed ${settings.seed}: ${bad ? 'something is wrong' : 'all is well'}`);
  process.exit(bad ? 1 : 0);
}

main().catch((error: unknown) => {
  console.error(error);
  giveUp();
});
