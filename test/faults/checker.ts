// Was the promise kept? Compares what the log holds with what was acknowledged and what each follower received.

/** An event as its row in the log has it. */
export interface LogRow {
  seq: number;
  name: string;
  cohortId: string | null;
  programmeId: string | null;
  unitIds: string[];
}

/** What the database remembers of a mutation: its idempotency key, and the last event at its end. */
export interface Answer {
  key: string;
  seq: number;
}

/** A log, whole from `start` on. A restored backup is another log. */
export interface Log {
  id: string;
  /** The last event before anybody wrote or followed. */
  start: number;
  rows: LogRow[];
  answers: Answer[];
  /** Records that the log must account for: as many as events of that name. */
  records: { event: string; count: number }[];
  /** A backup took its place: followers may have been cut off before its end. */
  abandoned: boolean;
}

/** A mutation that was sent, and the events it makes. */
export interface Sent {
  key: string;
  events: readonly string[];
}

/** What a writer was told. */
export interface Acknowledgement {
  key: string;
  logId: string;
  seq: number;
}

/** Which events a follower asked for; each list narrows. */
export interface Filter {
  names: readonly string[];
  programmeIds?: readonly string[];
  unitIds?: readonly string[];
}

/** What a follower received of one log. */
export interface Followed {
  name: string;
  filter: Filter;
  logId: string;
  /** It asked for what came after this one. */
  after: number;
  received: readonly number[];
}

export interface Findings {
  lost: string[];
  repeated: string[];
  outOfOrder: string[];
  /** Received, and not in its filter or not in the log. */
  strange: string[];
  /** Acknowledged, and not in the log once and whole. */
  missing: string[];
  /** In the log or in the records, and not whole. */
  half: string[];
}

export function emptyFindings(): Findings {
  return { lost: [], repeated: [], outOfOrder: [], strange: [], missing: [], half: [] };
}

/** Whether an event is one of those that were asked for. */
export function matches({ names, programmeIds, unitIds }: Filter, row: LogRow): boolean {
  return (
    names.includes(row.name) &&
    (!programmeIds || programmeIds.includes(row.programmeId ?? '')) &&
    (!unitIds || row.unitIds.some((id) => unitIds.includes(id)))
  );
}

/** Everything that is wrong with one log, and with what was told of it. */
export function check(
  log: Log,
  sent: readonly Sent[],
  acknowledged: readonly Acknowledgement[],
  followers: readonly Followed[],
): Findings {
  const findings = emptyFindings();
  checkMutations(log, sent, acknowledged, findings);
  for (const follower of followers) {
    if (follower.logId === log.id) checkFollower(log, follower, findings);
  }
  return findings;
}

/** The keys cut the log into mutations, because what is remembered of each is the last event at its end. */
function checkMutations(
  log: Log,
  sent: readonly Sent[],
  acknowledged: readonly Acknowledgement[],
  { missing, half }: Findings,
): void {
  const eventsOf = new Map(sent.map(({ key, events }) => [key, events]));
  const seqOf = new Map<string, number>();
  const rows = [...log.rows].sort((a, b) => a.seq - b.seq);
  let next = 0;
  for (const { key, seq } of [...log.answers].sort((a, b) => a.seq - b.seq)) {
    if (seqOf.has(key)) missing.push(`${key} is in log ${log.id} twice`);
    seqOf.set(key, seq);
    const made: string[] = [];
    while (next < rows.length && rows[next]!.seq <= seq) made.push(rows[next++]!.name);
    const wanted = eventsOf.get(key);
    if (!wanted) half.push(`${key} was never sent`);
    else if (made.join() !== wanted.join()) {
      half.push(`${key} made ${made.join() || 'nothing'}, not ${wanted.join()}`);
    }
  }
  for (; next < rows.length; next++) half.push(`event ${rows[next]!.seq} is of no mutation`);
  for (const { key, logId, seq } of acknowledged) {
    if (logId !== log.id) continue;
    const found = seqOf.get(key);
    if (found === undefined) missing.push(`${key} was acknowledged and is not in log ${log.id}`);
    else if (found !== seq) missing.push(`${key} was acknowledged at ${seq} and is at ${found}`);
  }
  for (const { event, count } of log.records) {
    const told = rows.filter(({ name }) => name === event).length;
    if (told !== count) half.push(`${count} records for ${told} events ${event}`);
  }
}

function checkFollower(log: Log, follower: Followed, findings: Findings): void {
  const { name, filter, after, received } = follower;
  const due = log.rows.filter((row) => row.seq > after && matches(filter, row)).map(({ seq }) => seq);
  const known = new Set(due);
  const seen = new Set<number>();
  let last = -Infinity;
  for (const seq of received) {
    if (seen.has(seq)) findings.repeated.push(`${name}: event ${seq} came again`);
    else if (!known.has(seq)) findings.strange.push(`${name}: event ${seq} is none of its events`);
    else if (seq < last) findings.outOfOrder.push(`${name}: event ${seq} came after ${last}`);
    seen.add(seq);
    last = Math.max(last, seq);
  }
  const until = log.abandoned ? last : Infinity;
  for (const seq of due) {
    if (seq <= until && !seen.has(seq)) findings.lost.push(`${name}: event ${seq} never came`);
  }
}
