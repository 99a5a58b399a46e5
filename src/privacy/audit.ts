// What is in the audit trail? The event log and the log of reads, merged by time, newest first.
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { DataAccess } from '../access/data-access.entity';
import type { EventName } from '../events/catalogue';
import { LoggedEvent } from '../events/event.entity';
import { badInput } from '../graphql/errors';
import { isIn, raw, type Sql, sql } from '../lib/sql';
import { AuditEntry, type AuditFilter, AuditKind } from './privacy.input';

const USUAL_SIZE = 20;
const LARGEST_SIZE = 100;
const LONGEST_CURSOR = 200;

/** The order of the trail: latest moment first, then changes, then the newest key. */
interface Place {
  at: number;
  kind: AuditKind;
  key: string | number;
}

/**
 * The entries after a cursor, newest first.
 * @throws BAD_USER_INPUT for a size out of bounds, and for a cursor of another list.
 */
export async function readAuditTrail(
  manager: EntityManager,
  filter: AuditFilter,
  after: string | null,
  first: number | null,
): Promise<AuditEntry[]> {
  const size = first ?? USUAL_SIZE;
  if (size < 0 || size > LARGEST_SIZE) {
    throw badInput(`\`first\` is ${size}; it must be from 0 to ${LARGEST_SIZE}.`);
  }
  const place = after === null ? null : decode(after);
  const wanted = (kind: AuditKind) => !filter.kinds || filter.kinds.includes(kind);
  const changes = wanted(AuditKind.CHANGE) ? await readChanges(manager, filter, place, size) : [];
  const reads = wanted(AuditKind.READ) ? await readReads(manager, filter, place, size) : [];
  const time = ({ occurredAt }: AuditEntry) => occurredAt.getTime();
  // Both lists are in order; a stable sort by moment keeps changes before reads and each list's own order.
  return [...changes, ...reads].sort((a, b) => time(b) - time(a)).slice(0, size);
}

async function readChanges(
  manager: EntityManager,
  filter: AuditFilter,
  place: Place | null,
  size: number,
): Promise<AuditEntry[]> {
  const rows = manager.createQueryBuilder(LoggedEvent, 'entry').orderBy('entry.occurredAt', 'DESC');
  narrow(rows, filter, 'entry.actor');
  from(rows, AuditKind.CHANGE, 'entry.seq', place);
  if (filter.officialIds) rows.andWhere(...about(filter.officialIds).named());
  const events = await rows.addOrderBy('entry.seq', 'DESC').limit(size).getMany();
  return events.map((event) =>
    entry(AuditKind.CHANGE, event.seq, {
      occurredAt: event.occurredAt,
      subject: event.actor,
      action: event.name,
      recordId: event.subjectId,
      changes: event.changes,
      requestId: event.request,
    }),
  );
}

/** Tables whose records are about the official they name. */
const OF_OFFICIALS = [
  'assignment',
  'attendance',
  'service_commitment',
  'graduate',
  'follow_up',
  'role_grant',
  'requirement_exemption',
  'source',
];
/** Events of a class that change the enrolments of its learners, of all or of some: whose, the log does not say. */
const OF_LEARNERS: EventName[] = [
  'enrolment.nominated',
  'enrolment.decided',
  'enrolment.withdrawn',
  'enrolment.reopened',
  'cohort.started',
  'cohort.completed',
  'cohort.cancelled',
];

/**
 * Events of records about these officials, and of sessions and classes that have them among others, of classes from
 * their own nomination on. @returns a condition in terms of the alias `entry`.
 */
export function about(officialIds: string[]): Sql {
  const own = isIn('official_id', officialIds);
  const enrolments = sql`SELECT id FROM enrolment WHERE ${own}`;
  const sessions = sql`SELECT session_id FROM attendance WHERE enrolment_id IN (${enrolments})`;
  const ofOfficials = OF_OFFICIALS.reduce(
    (before, table) => sql`${before} UNION SELECT id FROM ${raw(table)} WHERE ${own}`,
    sql`SELECT id FROM official WHERE ${isIn('id', officialIds)}`,
  );
  const records = sql`${ofOfficials}
    UNION SELECT initiative_id FROM initiative_author WHERE enrolment_id IN (${enrolments})`;
  // All that may be about them first: that is found by the index, and not among all events of these names.
  return sql`entry.subjectId IN (${records}
      UNION SELECT cohort_id FROM enrolment WHERE ${own} UNION ${sessions})
    AND (entry.subjectId IN (${records})
      OR (entry.name IN ${OF_LEARNERS} AND EXISTS (SELECT 1 FROM enrolment
        WHERE ${own} AND cohort_id = entry.subjectId AND created_at <= entry.occurredAt))
      OR (entry.name = 'attendance.recorded' AND entry.subjectId IN (${sessions})))`;
}

async function readReads(
  manager: EntityManager,
  filter: AuditFilter,
  place: Place | null,
  size: number,
): Promise<AuditEntry[]> {
  const rows = manager.createQueryBuilder(DataAccess, 'entry').orderBy('entry.occurredAt', 'DESC');
  narrow(rows, filter, 'entry.subject');
  from(rows, AuditKind.READ, 'entry.id', place);
  if (filter.officialIds) {
    const own = isIn('official_id', filter.officialIds);
    rows.andWhere(...sql`entry.id IN (SELECT access_id FROM data_access_person WHERE ${own})`.named());
  }
  const reads = await rows.addOrderBy('entry.id', 'DESC').limit(size).getMany();
  return reads.map((read) =>
    entry(AuditKind.READ, read.id, {
      occurredAt: read.occurredAt,
      subject: read.subject,
      action: read.operation,
      recordId: null,
      changes: [],
      requestId: read.requestId,
    }),
  );
}

function narrow<T extends object>(
  rows: SelectQueryBuilder<T>,
  { subjects, from, before }: AuditFilter,
  subject: string,
): void {
  if (subjects) rows.andWhere(...isIn(subject, subjects).named());
  if (from) rows.andWhere('entry.occurredAt >= :since', { since: from });
  if (before) rows.andWhere('entry.occurredAt < :before', { before });
}

/** Only what comes after a place in the order of the trail. */
function from<T extends object>(
  rows: SelectQueryBuilder<T>,
  kind: AuditKind,
  key: string,
  place: Place | null,
): void {
  if (!place) return;
  const at = new Date(place.at);
  if (kind === place.kind) {
    const older = `(entry.occurredAt < :at OR (entry.occurredAt = :at AND ${key} < :key))`;
    rows.andWhere(older, { at, key: place.key });
  } else {
    const tied = kind === AuditKind.READ ? '<=' : '<'; // reads follow the changes of the same moment
    rows.andWhere(`entry.occurredAt ${tied} :at`, { at });
  }
}

function entry(
  kind: AuditKind,
  key: string | number,
  facts: Omit<AuditEntry, 'kind' | 'cursor'>,
): AuditEntry {
  const place: Place = { at: facts.occurredAt.getTime(), kind, key };
  const cursor = Buffer.from(JSON.stringify(['audit', place.at, place.kind, place.key])).toString(
    'base64url',
  );
  return Object.assign(new AuditEntry(), { kind, cursor, ...facts });
}

function decode(cursor: string): Place {
  try {
    if (cursor.length > LONGEST_CURSOR) throw new RangeError('no cursor is as long');
    const [tag, at, kind, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const keyType = kind === AuditKind.CHANGE ? 'number' : 'string';
    if (tag === 'audit' && typeof at === 'number' && Math.abs(at) <= 8.64e15 && typeof key === keyType) {
      if (kind === AuditKind.CHANGE || kind === AuditKind.READ) return { at, kind, key: key as string };
    }
  } catch {
    // Told below: whatever is wrong with it, the reader can only start anew.
  }
  throw badInput('This cursor is not of the audit trail. Start again without it.');
}
