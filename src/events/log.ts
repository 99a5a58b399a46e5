// Event log: reads events in commit order, checks cursors against the log, and purges its oldest part.
import type { GraphQLError } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { Database, Row } from '../database/database';
import type { Statement } from '../lib/sql';
import { apiError, badInput } from '../graphql/errors';
import { lockName } from '../database/locks';
import type { Reader } from '../graphql/reader';
import { decodeCursor, encodeCursor } from './cursor';
import { EventLog, LoggedEvent } from './event.entity';
import { once } from '../lib/once';
import { type Selection, WINDOW } from './selection';

const PURGE_STEP = 1_000;

/** The bounds of the log as one snapshot sees it. */
export interface Bounds {
  logId: string;
  /** The sequence number of the last event, even if it was purged. */
  head: number;
  /** Events up to here are no longer replayed, but may still be kept for the audit trail. */
  purgedThrough: number;
}

/** Reads the id and the bounds of the log. */
export async function readBounds(manager: EntityManager): Promise<Bounds> {
  const log = await manager
    .createQueryBuilder()
    .select(['log.id AS id', 'log.purged_through AS purged', '(SELECT MAX(seq) FROM event) AS last'])
    .from(EventLog, 'log')
    .getRawOne<{ id: string; purged: number; last: number | null }>();
  return { logId: log!.id, purgedThrough: log!.purged, head: Math.max(log!.last ?? 0, log!.purged) };
}

/** Statement for an analysis: the head of the log in the same snapshot. */
export const LOG_POSITION: Statement = {
  sql: `SELECT l.id AS id, COALESCE((SELECT MAX(seq) FROM event), l.purged_through) AS seq FROM event_log l`,
  parameters: [],
};

/** The cursor in a row of LOG_POSITION. */
export function cursorIn(row: Row): string {
  return encodeCursor({ logId: String(row.id), seq: Number(row.seq) });
}

/** The cursor of the newest event. */
export async function readHead(manager: EntityManager): Promise<string> {
  const { logId, head } = await readBounds(manager);
  return encodeCursor({ logId, seq: head });
}

/**
 * The sequence number to resume after; without a cursor, `otherwise`.
 * @throws CURSOR_INVALID for a cursor of another log, or beyond the head of this one (after a backup was restored);
 *   CURSOR_EXPIRED with `oldest` when events after it are no longer replayed.
 */
export function resumeAfter(cursor: string | null | undefined, bounds: Bounds, otherwise: number): number {
  if (cursor === null || cursor === undefined) return otherwise;
  const { logId, seq } = decodeCursor(cursor);
  if (logId !== bounds.logId || seq > bounds.head) throw anotherLog();
  assertKept(seq, bounds);
  return seq;
}

/** The error for a cursor that does not belong to this log. */
export function anotherLog(): GraphQLError {
  return apiError(
    'CURSOR_INVALID',
    'This cursor belongs to another event log. Read `latestCursor`, refetch, and follow from there.',
  );
}

/** Checks that all events after `seq` can be replayed. @throws CURSOR_EXPIRED with `oldest` when they cannot. */
export function assertKept(seq: number, { logId, purgedThrough }: Bounds): void {
  if (seq >= purgedThrough) return;
  throw apiError(
    'CURSOR_EXPIRED',
    'Events after this cursor are no longer kept. Refetch, and follow from a new cursor.',
    { oldest: encodeCursor({ logId, seq: purgedThrough }) },
  );
}

/** One event, or null. */
export function readEvent(manager: EntityManager, seq: number): Promise<LoggedEvent | null> {
  return manager.findOneBy(LoggedEvent, { seq });
}

/** At most `limit` events after `seq`, up to and including `through`, in commit order. */
export function readAfter(
  manager: EntityManager,
  seq: number,
  limit: number,
  through?: number,
): Promise<LoggedEvent[]> {
  const events = manager.createQueryBuilder(LoggedEvent, 'event').where('event.seq > :seq', { seq });
  if (through !== undefined) events.andWhere('event.seq <= :through', { through });
  return events.orderBy('event.seq').limit(limit).getMany();
}

/** Time limits of retention. */
export interface Ages {
  /** Events before this are no longer replayed. */
  replayed: Date;
  /** Events before this are deleted; no later than `replayed`. */
  audited: Date;
  /** Events dated after this were written by a wrong clock, and say nothing about the age of others. */
  latest: Date;
}

/**
 * Ends the replay of events before `replayed`, and deletes those before `audited`. Both go from the beginning of the
 * log up to the first event that is younger, in small transactions, so that writers never wait long behind them.
 */
export async function purge(database: Database, { replayed, audited, latest }: Ages): Promise<void> {
  await stepwise(database, {
    before: replayed,
    latest,
    from: async (manager) => (await readBounds(manager)).purgedThrough,
    remove: (manager, seq) =>
      manager.createQueryBuilder().update(EventLog).set({ purgedThrough: seq }).execute(),
  });
  await stepwise(database, {
    before: audited,
    latest,
    from: () => Promise.resolve(0),
    remove: (manager, seq) =>
      manager.createQueryBuilder().delete().from(LoggedEvent).where('seq <= :seq', { seq }).execute(),
  });
}

interface Removal {
  before: Date;
  latest: Date;
  from: (manager: EntityManager) => Promise<number>;
  /** Removes all events up to this one. */
  remove: (manager: EntityManager, seq: number) => Promise<unknown>;
}

async function stepwise(database: Database, { before, latest, from, remove }: Removal): Promise<void> {
  for (let position: number | null = 0; position !== null;) {
    const after: number = position;
    position = await database.transaction(async (manager) => {
      await lockName(manager, 'purge'); // of two processes, the slower would set purgedThrough back
      const rows = await timesAfter(manager, Math.max(after, await from(manager)));
      const kept = rows.findIndex(({ occurredAt }) => occurredAt >= before && occurredAt <= latest);
      const passed = kept < 0 ? rows : rows.slice(0, kept);
      const old = passed.filter(({ occurredAt }) => occurredAt < before).at(-1);
      if (old) await remove(manager, old.seq);
      return passed.length === PURGE_STEP ? passed.at(-1)!.seq : null;
    });
  }
}

/** The times of the next events after `seq`, at most PURGE_STEP. */
function timesAfter(manager: EntityManager, seq: number): Promise<LoggedEvent[]> {
  return manager
    .createQueryBuilder(LoggedEvent, 'event')
    .select(['event.seq', 'event.occurredAt'])
    .where('event.seq > :seq', { seq })
    .orderBy('event.seq')
    .limit(PURGE_STEP)
    .getMany();
}

const LARGEST_PULL = 100;

/** How many windows of the log all event queries of an operation have searched, and how many they may. */
export interface Searched {
  windows: number;
  readonly allowed: number;
}

/** A page of events. */
interface Pulled {
  events: LoggedEvent[];
  /** Searches for an event after the last of the page; throws as pull(). */
  hasNextPage: () => Promise<boolean>;
}

/**
 * Reads the matching events after a cursor, in commit order; from the oldest kept when there is no cursor. Fewer than
 * `first` means that there are no more: a list is never truncated, the operation fails instead.
 * @param searched counts the windows searched: two lists with no event in common would lead through the whole log.
 * @throws BAD_USER_INPUT for a size out of bounds, CURSOR_INVALID, CURSOR_EXPIRED; QUERY_TOO_COMPLEX with where to go on.
 */
export async function pull(
  ctx: { reader: Reader; searched: Searched },
  after: string | null | undefined,
  first: number | null | undefined,
  selection: Selection,
): Promise<Pulled> {
  const { reader, searched } = ctx;
  const wanted = first ?? 20;
  if (wanted < 0 || wanted > LARGEST_PULL) {
    throw badInput({
      vi: `\`first\` là ${wanted}; phải từ 0 đến ${LARGEST_PULL}.`,
      en: `\`first\` is ${wanted}; it must be from 0 to ${LARGEST_PULL}.`,
    });
  }
  if (after) await reader.reach(decodeCursor(after).seq); // a replica may be behind the cursor
  return reader.read(async (manager) => {
    const bounds = await readBounds(manager);
    const found: LoggedEvent[] = [];
    let seq = resumeAfter(after, bounds, bounds.purgedThrough);
    while (found.length < wanted) {
      reader.mustGoOn();
      const next = await selection.nextAfter(manager, seq);
      if (next === null) break;
      if (searched.windows >= searched.allowed) throw searchedTooMuch(searched, bounds, found, next);
      searched.windows += 1;
      const page = await selection.read(manager, next, wanted - found.length);
      found.push(...page.events);
      seq = page.through;
    }
    const hasNextPage = once(async () => {
      if (found.length < wanted) return false;
      const last = encodeCursor({ logId: bounds.logId, seq });
      return (await pull(ctx, last, 1, selection)).events.length > 0;
    });
    return { events: found, hasNextPage };
  });
}

/**
 * The error for a search over too many rows; it says where to go on. The events found are not returned, because a short
 * list would mean that there are no more. A query for `found` events after `cursor` searches the same windows again.
 * @param next the sequence number before which there are no matching events other than those found.
 */
function searchedTooMuch(
  searched: Searched,
  { logId }: Bounds,
  found: readonly LoggedEvent[],
  next: number,
): GraphQLError {
  const allowed = searched.allowed * WINDOW;
  const cursor = encodeCursor({ logId, seq: (found[0]?.seq ?? next) - 1 });
  const where = found[0]
    ? `After \`cursor\` it has found ${found.length} so far: query these with \`after: "${cursor}", first: ${found.length}\`, then go on after the last`
    : `Up to \`cursor\` there is none: go on with \`after: "${cursor}"\``;
  return apiError(
    'QUERY_TOO_COMPLEX',
    `This operation has searched ${allowed} rows of the event log, which is the limit, and has not found all events requested. ${where}, or use fewer lists in the filter, or query fewer lists of events at a time.`,
    { limit: 'rows', allowed, cursor, found: found.length },
  );
}
