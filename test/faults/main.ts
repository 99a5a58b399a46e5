// npm run test:faults: checks that no event is lost, repeated or reordered while servers, databases and networks fail.
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Engine } from './faults';
import { abandonRun, type Figures, isBad, run } from './run';

const USAGE = `Usage: npm run test:faults -- [--seed <number>] [--faults 200] [--engine sqlite|postgres|both]\n       [--only <name of a fault>]`;
const SHOWN = 20;
const MINUTE_MS = 60_000;

const tell = (line: string) => process.stdout.write(`${line}\n`);

function giveUp(): never {
  abandonRun();
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      faults: { type: 'string', default: '200' },
      engine: { type: 'string', default: 'both' },
      only: { type: 'string' },
    },
  });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const faults = Number(values.faults);
  const engines: Engine[] = (['sqlite', 'postgres'] as const).filter((each) =>
    [each, 'both'].includes(values.engine),
  );
  if (!Number.isInteger(seed) || !(faults >= 1) || engines.length === 0) throw new Error(USAGE);
  tell(`seed ${seed}`);
  const longest = (3 + faults / 10) * MINUTE_MS;
  setTimeout(() => {
    tell(`It did not end within ${longest / MINUTE_MS} minutes.`);
    giveUp();
  }, longest).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, giveUp);

  const figures: Figures[] = [];
  for (const [i, engine] of engines.entries()) {
    const share = Math.floor((faults * (i + 1)) / engines.length) - Math.floor((faults * i) / engines.length);
    figures.push(await run(engine, seed + i, share, tell, values.only));
  }
  const done = figures.reduce((sum, each) => sum + each.faults, 0);
  const bad = figures.some(isBad) || done < faults;
  for (const { engine, findings, leaks, troubles } of figures) {
    for (const [kind, found] of Object.entries({ ...findings, leaks, troubles })) {
      found.slice(0, SHOWN).forEach((each) => tell(`${engine} ${kind}: ${each}`));
    }
  }
  print(figures);
  tell(`seed ${seed}: ${bad ? 'something is wrong' : 'all is well'}`);
  process.exit(bad ? 1 : 0);
}

const COLUMNS: [string, (figures: Figures) => number][] = [
  ['faults', ({ faults }) => faults],
  ['mutations', ({ mutations }) => mutations],
  ['events', ({ events }) => events],
  ['delivered', ({ delivered }) => delivered],
  ['connections', ({ sessions }) => sessions],
  ['seconds', ({ seconds }) => seconds],
  ['lost', ({ findings }) => findings.lost.length],
  ['repeated', ({ findings }) => findings.repeated.length],
  ['out of order', ({ findings }) => findings.outOfOrder.length],
  ['unexpected', ({ findings }) => findings.strange.length],
  ['acknowledged and missing', ({ findings }) => findings.missing.length],
  ['half', ({ findings }) => findings.half.length],
  ['leaks', ({ leaks }) => leaks.length],
  ['other troubles', ({ troubles }) => troubles.length],
];

/** Prints a table with a row for each figure and a column for each engine. */
function print(all: Figures[]): void {
  const line = (title: string, cells: unknown[]) =>
    tell(title.padEnd(26) + cells.map((cell) => String(cell).padStart(10)).join(''));
  line('', [...all.map(({ engine }) => engine), 'total']);
  for (const [title, figure] of COLUMNS) {
    const each = all.map(figure);
    line(title, [...each, each.reduce((sum, count) => sum + count, 0)]);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
