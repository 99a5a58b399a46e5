// Verdict on one attack: delays of others, internal errors, memory, personal values.

/** One question of the honest caller who asks 50 times a second. */
export interface Sample {
  /** When it was due, by the clock of the machine. */
  dueAt: number;
  /** From then until the answer; of one that was never answered, until the attack was over. */
  ms: number;
  /** What came instead of an answer. */
  failure?: string;
}

export interface Times {
  count: number;
  p50: number;
  p99: number;
  worst: number;
}

/** What the honest callers saw during a period. */
export interface Seen {
  samples: Sample[];
  /** The longest that an acknowledged change took to reach both followers. */
  lagMs: number;
  /** Answers of /health/ready other than 200, with their reasons. */
  notReady: string[];
  /** The most memory that the server's process held. */
  peakMb: number;
}

/** What one attack did. */
export interface Outcome {
  name: string;
  seconds: number;
  asked: number;
  times: Times;
  lagMs: number;
  peakMb: number;
  /** Answers by their error code; OK for those without an error. */
  codes: Map<string, number>;
  faults: string[];
}

/** What an attack may do to others and to the server. */
export interface Rule {
  p99Ms: number;
  worstMs: number;
  /** On a busy machine: this many times the worst of the quiet time before. */
  timesQuiet: number;
  lagMs: number;
  peakMb: number;
  /** CPU time of a refused input of 1 MB, in honest requests. */
  refusedInHonest: number;
}

export const RULE: Readonly<Rule> = {
  p99Ms: 50,
  worstMs: 200,
  timesQuiet: 10,
  lagMs: 1_000,
  peakMb: 400,
  refusedInHonest: 10,
};

/** At the landing gate others take a core meanwhile: the short form finds what stops a server, not what slows it. */
export const AT_THE_GATE: Readonly<Rule> = {
  p99Ms: 500,
  worstMs: 2_000,
  timesQuiet: 20,
  lagMs: 5_000,
  peakMb: 1_000,
  refusedInHonest: 20,
};

/** Too few to judge turns by; and how many times longer than others an attacker with many at a time must wait. */
const [FEW, FAIR] = [10, 2];

/** The longest-but-few of a list. */
export function timesOf(samples: readonly Sample[]): Times {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), worst: sorted.at(-1) ?? 0 };
}

/** What is wrong with what the honest callers saw, measured by what they saw in the quiet time before. */
export function faultsOf(seen: Seen, quiet: Seen, rule: Rule): string[] {
  const [times, calm] = [timesOf(seen.samples), timesOf(quiet.samples)];
  const busy = times.worst < rule.timesQuiet * calm.worst;
  const kept = busy || (times.p99 < rule.p99Ms && times.worst < rule.worstMs);
  const failures = seen.samples.flatMap(({ failure }) => failure ?? []);
  return [
    times.count === 0 && 'nobody else asked anything, so nothing is known of them',
    !kept &&
      `others waited: p99 ${round(times.p99)} ms, worst ${round(times.worst)} ms (quiet: ${round(calm.worst)} ms)`,
    failures.length > 0 && `others were refused ${failures.length} times: ${failures[0]}`,
    seen.lagMs > Math.max(rule.lagMs, rule.timesQuiet * quiet.lagMs) &&
      `a change took ${round(seen.lagMs)} ms to reach its followers (quiet: ${round(quiet.lagMs)} ms)`,
    seen.notReady.length > 0 && `it was not ready ${seen.notReady.length} times: ${seen.notReady[0]}`,
    seen.peakMb > rule.peakMb && `it held ${round(seen.peakMb)} MB`,
  ].filter((each) => each !== false);
}

/**
 * What is wrong with the turns of others, whatever the machine: who asks for many at a time waits for those of his own,
 * and others do not.
 */
export function turnFaultsOf({ samples }: Pick<Seen, 'samples'>, ownMs: readonly number[]): string[] {
  if (ownMs.length < FEW) return [];
  const [own, others] = [timesOf(ownMs.map((ms) => ({ dueAt: 0, ms }))).p50, timesOf(samples).p50];
  if (others < own / FAIR) return [];
  return [`others wait like the attacker for their turns: ${round(others)} ms, and he ${round(own)} ms`];
}

/** Whether an answer or a line of the server's log owns up to a bug. */
export function isInternal(text: string): boolean {
  return text.includes('"INTERNAL_SERVER_ERROR"');
}

/** A line of the server's log that an operator would be woken by. */
export interface Alarm {
  message: string;
  reference: string | null;
}

/** @returns null for a line below the level of errors, and for one that is no JSON. */
export function alarmOf(line: string): Alarm | null {
  let entry: { level?: number; msg?: string; reference?: string; err?: { type?: string; message?: string } };
  try {
    entry = JSON.parse(line) as typeof entry;
  } catch {
    return null;
  }
  if (!(Number(entry.level) >= 50)) return null;
  const cause = entry.err ? `: ${entry.err.type}: ${String(entry.err.message)}` : '';
  return {
    message: `${entry.msg}${cause}`.replace(/\s+/g, ' ').slice(0, 240),
    reference: entry.reference ?? null,
  };
}

/** What happened, as the first of its error codes says it. */
export function codeOf(status: number, text: string): string {
  const code = /"(?:extensions":|userErrors":\[)\{[^{}]*?"code":"([A-Z_]+)"/.exec(text)?.[1];
  if (code) return code;
  return status === 200 ? 'OK' : `HTTP ${status}`;
}

/** Names, staff codes, days of birth and addresses of persons, found again in any text. */
export class Secrets {
  private static readonly LONGEST = 6;
  private readonly values: Set<string>;

  /** @param known texts that everybody may read: what stands in them gives nobody away. */
  constructor(values: Iterable<string>, known: Iterable<string>) {
    this.values = new Set([...values].filter((value) => value.length >= 5));
    for (const text of known) for (const part of partsOf(text, Secrets.LONGEST)) this.values.delete(part);
  }

  get size(): number {
    return this.values.size;
  }

  /** Those that an answer tells, and that were not in the question. */
  toldIn(answer: string, question: string): string[] {
    const told = new Set<string>();
    for (const [literal] of answer.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
      for (const part of partsOf(unquoted(literal), Secrets.LONGEST))
        if (this.values.has(part)) told.add(part);
    }
    return [...told].filter((value) => !question.includes(value));
  }
}

function unquoted(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}

/** Every run of up to so many words. */
function* partsOf(text: string, longest: number): Generator<string> {
  const words = text.split(/[\s,;:()"'/]+/).filter(Boolean);
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= Math.min(words.length, from + longest); to++) {
      yield words.slice(from, to).join(' ');
    }
  }
}

export const round = (ms: number): number => (ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms));
