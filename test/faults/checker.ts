// Checker: compares the event log with the acknowledged mutations and with what each follower received.

/** A row of the event log. */
export interface LogRow {
  seq: number;
  name: string;
  cohortId: string | null;
  programmeId: string | null;
  unitIds: string[];
}

/** The stored answer of a mutation: its idempotency key, and its last event. */
export interface Answer {
  key: string;
  seq: number;
}

/** An event log, complete after `start`. A restored backup is another log. */
export interface Log {
  id: string;
  /** The last event before the writers and followers began. */
  start: number;
  rows: LogRow[];
  answers: Answer[];
  /** Numbers of records, which must equal the numbers of events of these names. */
  records: { event: string; count: number }[];
  /** Whether a backup replaced it: followers may then have been cut off before its end. */
  abandoned: boolean;
}

/** A mutation that was sent, and the events it records. */
export interface Sent {
  key: string;
  events: readonly string[];
}

/** An answer that a writer received. */
export interface Acknowledgement {
  key: string;
  logId: string;
  seq: number;
}

/** The filter of a follower; each list narrows it. */
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
  /** The sequence number after which it asked for events. */
  after: number;
  received: readonly number[];
}

export interface Findings {
  lost: string[];
  repeated: string[];
  outOfOrder: string[];
  /** Received, but not in its filter or not in the log. */
  strange: string[];
  /** Acknowledged, but not in the log exactly once. */
  missing: string[];
  /** In the log or in the records, but incomplete. */
  half: string[];
}

export function emptyFindings(): Findings {
  return { lost: [], repeated: [], outOfOrder: [], strange: [], missing: [], half: [] };
}

/** Whether an event matches a filter. */
export function matches({ names, programmeIds, unitIds }: Filter, row: LogRow): boolean {
  return (
    names.includes(row.name) &&
    (!programmeIds || programmeIds.includes(row.programmeId ?? '')) &&
    (!unitIds || row.unitIds.some((id) => unitIds.includes(id)))
  );
}

/** All errors of a log, and of the answers and events that clients received from it. */
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

/** Splits the log into mutations at the last event of each stored answer, and checks each. */
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
