// The audit trail: the event log and the log of reads, merged by time, newest first.
import type { DataSource, EntityManager, SelectQueryBuilder } from 'typeorm';
import { DataAccess } from '../access/data-access.entity';
import { LoggedEvent } from '../events/event.entity';
import { badInput } from '../graphql/errors';
import { grouped } from '../graphql/reader';
import { prefixOf } from '../lib/ids';
import { all, anyOf, isIn, raw, type Sql, sql } from '../lib/sql';
import { columnOf, personalTables, rowsOf } from './declared';
import { type AuditEntry, type AuditFilter, AuditKind } from './privacy.input';

const USUAL_SIZE = 20;
const LARGEST_SIZE = 100;
const LONGEST_CURSOR = 200;

/** An entry that does not know yet which page it is on. */
type BareEntry = Omit<AuditEntry, 'hasNextPage'>;

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
): Promise<BareEntry[]> {
  const size = first ?? USUAL_SIZE;
  if (size < 0 || size > LARGEST_SIZE) {
    throw badInput({
      vi: `\`first\` là ${size}; phải từ 0 đến ${LARGEST_SIZE}.`,
      en: `\`first\` is ${size}; it must be from 0 to ${LARGEST_SIZE}.`,
    });
  }
  const place = after === null ? null : decode(after);
  const wanted = (kind: AuditKind) => !filter.kinds || filter.kinds.includes(kind);
  const changes = wanted(AuditKind.CHANGE) ? await readChanges(manager, filter, place, size) : [];
  const reads = wanted(AuditKind.READ) ? await readReads(manager, filter, place, size) : [];
  const time = ({ occurredAt }: BareEntry) => occurredAt.getTime();
  // Both lists are in order; a stable sort by moment keeps changes before reads and each list's own order.
  return [...changes, ...reads].sort((a, b) => time(b) - time(a)).slice(0, size);
}

async function readChanges(
  manager: EntityManager,
  filter: AuditFilter,
  place: Place | null,
  size: number,
): Promise<BareEntry[]> {
  const rows = manager.createQueryBuilder(LoggedEvent, 'entry').orderBy('entry.occurredAt', 'DESC');
  narrow(rows, filter, 'entry.actor');
  from(rows, AuditKind.CHANGE, 'entry.seq', place);
  if (filter.officialIds) rows.andWhere(...aboutAny(manager.dataSource, filter.officialIds).named());
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

/** Events about any of these persons, of whatever kinds. */
const aboutAny = (source: DataSource, personIds: string[]): Sql =>
  anyOf(
    [...grouped(personIds, (id) => prefixOf(id)!)].map(
      ([person, ids]) => sql`(${about(source, person, ids)})`,
    ),
  );

/**
 * Events of records about these persons, and of parents that have them among others, as the tables declare it.
 * @param person the kind of person.
 * @returns a condition in terms of the alias `entry`.
 */
export function about(source: DataSource, person: string, personIds: string[]): Sql {
  const own: Sql[] = [];
  const parents: Sql[] = [];
  const ofParents: Sql[] = [];
  for (const table of personalTables(source, person)) {
    const rows = sql`${raw(table.metadata.tableName)} WHERE ${rowsOf(table, personIds)}`;
    for (const rule of table.audit) {
      if (rule === 'own events') own.push(sql`SELECT id FROM ${rows}`);
      else {
        const parent = raw(columnOf(table.metadata, rule.of));
        const since = rule.since && sql`${raw(columnOf(table.metadata, rule.since))} <= entry.occurredAt`;
        parents.push(sql`SELECT ${parent} FROM ${rows}`);
        ofParents.push(sql`entry.name IN ${rule.events} AND EXISTS (SELECT 1 FROM ${rows}
          AND ${all([sql`${parent} = entry.subjectId`, since])})`);
      }
    }
  }
  const union = (parts: Sql[]) => parts.reduce((before, part) => sql`${before} UNION ${part}`);
  // All that may be about them first: that is found by the index, and not among all events of these names.
  return sql`entry.subjectId IN (${union([...own, ...parents])})
    AND ${anyOf([sql`entry.subjectId IN (${union(own)})`, ...ofParents])}`;
}

async function readReads(
  manager: EntityManager,
  filter: AuditFilter,
  place: Place | null,
  size: number,
): Promise<BareEntry[]> {
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

function entry(kind: AuditKind, key: string | number, facts: Omit<BareEntry, 'kind' | 'cursor'>): BareEntry {
  const place: Place = { at: facts.occurredAt.getTime(), kind, key };
  const cursor = Buffer.from(JSON.stringify(['audit', place.at, place.kind, place.key])).toString(
    'base64url',
  );
  return { kind, cursor, ...facts };
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
  throw badInput({
    vi: 'Con trỏ này không thuộc nhật ký. Hãy đọc lại từ đầu, không dùng con trỏ.',
    en: 'This cursor is not of the audit trail. Start again without it.',
  });
}
