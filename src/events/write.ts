// write(): runs an action in one transaction and appends its events to the log before COMMIT (transactional outbox).
import type { GraphQLInputType } from 'graphql';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/actor';
import type { Permission } from '../access/policy';
import { linesOf, type Scope } from '../access/scope';
import type { Database } from '../database/database';
import { dayOf } from '../lib/dates';
import {
  Refusal,
  type RefusalEntry,
  refuse,
  Unaccepted,
  UserError,
  UserErrorCode,
  Warning,
  type WarningEntry,
} from '../graphql/errors';
import { type Locale, wording } from '../lib/locale';
import { insertAll } from '../database/insert-all';
import { lockName } from '../database/locks';
import type { Node } from '../graphql/node';
import type { Reader } from '../graphql/reader';
import { asSent, takeNames } from '../graphql/renamed';
import { findFaults, tidy } from '../graphql/validation';
import type { EventName } from './catalogue';
import { decodeCursor, encodeCursor } from './cursor';
import { AnsweredMutation, type Change, insertUnits, LoggedEvent } from './event.entity';
import type { Feed } from './feed';
import { readKnownTime } from './known-time';
import { readBounds } from './log';
import { earlierHashes, requestHash } from './request-hash';

export const ANSWERS_KEPT_HOURS = 24;

/** An event as an action records it; subscriptions filter by the ids. */
export interface Happening {
  name: EventName;
  subjectId: string;
  cohortId?: string;
  programmeId?: string | null;
  universityId?: string | null;
  /** The unit it happened at; it also reaches subscribers to the units above. */
  unitId?: string | null;
  changes?: Change[];
}

/** The transaction as an action sees it. */
export interface Tx {
  manager: EntityManager;
  now: Date;
  /** The day in the city, YYYY-MM-DD. */
  today: string;
  /** The scope of a permission of the caller. A record outside it must be refused like a missing one. */
  scope(permission: Permission): Scope;
  record(happening: Happening): void;
  /**
   * Tells what is possible but improbable. Without acceptWarnings the whole change is refused, after all its checks; the
   * input of an action that warns extends WarnedInput.
   */
  warn(warning: WarningEntry): void;
}

/** The part of the operation's context that write() uses. */
export interface WriteContext {
  database: Database;
  feed: Feed;
  reader: Reader;
  actor: Actor;
  locale: Locale;
  requestId: string | null;
  /** The GraphQL type of the input; null when it does not come from a client. */
  inputType: GraphQLInputType | null;
  /** Set once the change is committed, even if the answer cannot be sent. */
  saved: boolean;
  /** The record with this id, or null when the caller may not see it. */
  findNode(id: string): Promise<Node | null>;
  /**
   * The caller with the rights still held in this transaction, which cannot be revoked until it ends.
   * @throws FORBIDDEN when the caller no longer holds the permission of the mutation.
   */
  keepRights(manager: EntityManager, today: string): Promise<Actor>;
}

/** Ids of the records in a payload, by field. */
type Subjects = AnsweredMutation['subjects'];

/** What every payload has beside the records. */
interface PayloadBase {
  userErrors: UserError[];
  warnings: Warning[];
  cursor: string | null;
}

/**
 * Runs `work` in one transaction, appends the events it recorded to the log as the last statements before COMMIT, and
 * wakes the feed.
 * @param input the mutation's input; its texts are put in NFC and trimmed before they are checked.
 * @param work changes data through `tx.manager`, records at least one event if it changed anything, and returns the
 *   payload's own fields: records or lists of records.
 * @returns the payload, with those of its records that the caller may see after the change; for a Refusal and for
 *   warnings that are not accepted, `userErrors` and nothing has changed.
 * @throws any other error: UNAVAILABLE and the like, or a bug.
 */
export async function write<
  P extends PayloadBase,
  I extends { clientMutationId?: string | null; acceptWarnings?: boolean | null },
>(
  context: WriteContext,
  PayloadType: new () => P,
  input: I,
  work: (tx: Tx, input: I) => Promise<Omit<P, keyof PayloadBase>>,
): Promise<P> {
  const { database, actor } = context;
  context.saved = false; // a document may hold several mutations
  try {
    const misnamed = takeNames(input);
    const tidied = tidy(input);
    const faults = [...misnamed, ...findFaults(tidied)];
    if (faults.length > 0) throw new Refusal(faults);
    await context.reader.renew(); // do not hold a snapshot while waiting for the turn to write
    const turn = database.transaction(async (manager) => {
      context.reader.mustGoOn(); // do not begin a change whose caller has gone
      const now = new Date();
      const today = dayOf(now);
      // Before anything is decided: a grant may have been revoked since the operation began.
      const rights = await context.keepRights(manager, today);
      const key = tidied.clientMutationId;
      if (key) await lockName(manager, `answer ${JSON.stringify([actor.subject, key])}`);
      const known = key ? await readKnownTime(manager) : null;
      const earlier = key
        ? await answeredBefore(manager, context, PayloadType.name, tidied, earliest(now, known))
        : null;
      if (earlier) return earlier;
      const before = await database.changesSoFar(manager);
      const happened: Happening[] = [];
      const warnings: WarningEntry[] = [];
      const subjects = idsOf(
        await work(
          {
            manager,
            now,
            today,
            scope: (permission) => rights.scope(permission),
            record: (happening) => happened.push(happening),
            warn: (warning) => warnings.push(warning),
          },
          tidied,
        ),
      );
      if (warnings.length > 0 && !tidied.acceptWarnings) throw new Unaccepted(warnings);
      if (happened.length === 0 && (await database.changesSoFar(manager)) !== before) {
        throw new Error(`A mutation answering ${PayloadType.name} changed data and recorded no event.`);
      }
      if (happened.length > 0) {
        await database.takeLogTurn(manager);
        await append(manager, happened, actor.subject, context.requestId, now);
      }
      const { logId, head } = await readBounds(manager);
      if (key)
        await keepAnswer(manager, context, PayloadType.name, tidied, {
          subjects,
          warnings,
          seq: head,
          answeredAt: latest(now, known),
        });
      return { subjects, warnings, cursor: encodeCursor({ logId, seq: head }) };
    });
    const answer = await context.reader.unlessAborted(turn);
    context.saved = true;
    await context.reader.renew(decodeCursor(answer.cursor).seq);
    context.feed.wake();
    // Read again in one snapshot with everything they refer to: another mutation may have followed already.
    const records = await readSubjects(context, answer.subjects);
    const told = {
      userErrors: [],
      warnings: spoken(Warning, answer.warnings, context.locale, input),
      cursor: answer.cursor,
    };
    return Object.assign(new PayloadType(), told, records);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : refusalOf(database, error);
    if (!refusal) throw error;
    const warnings = refusal instanceof Unaccepted ? refusal.warnings : [];
    return Object.assign(new PayloadType(), {
      userErrors: spoken(UserError, refusal.entries, context.locale, input),
      warnings: spoken(Warning, warnings, context.locale, input),
      cursor: null,
    });
  }
}

/** Appends events to the log, in the order given. */
async function append(
  manager: EntityManager,
  happened: Happening[],
  actor: string | null,
  request: string | null,
  occurredAt: Date,
): Promise<void> {
  const lines = await linesOf(
    manager,
    happened.flatMap(({ unitId }) => unitId ?? []),
  );
  const rows = happened.map(({ unitId, ...happening }) => ({
    cohortId: null,
    programmeId: null,
    universityId: null,
    changes: [],
    ...happening,
    unitId: unitId ?? null,
    unitIds: (unitId && lines.get(unitId)) || [],
    actor,
    request,
    occurredAt,
  }));
  await insertAll(manager, LoggedEvent, rows);
  if (rows.every(({ unitId }) => unitId === null)) return;
  // No other transaction appends before this one ends, so the last rows are these.
  const appended = `(SELECT seq, unit_ids FROM event ORDER BY seq DESC LIMIT ${rows.length})`;
  const sqlite = manager.dataSource.options.type === 'better-sqlite3';
  await manager.query(insertUnits(sqlite, appended));
}

const actorKey = (context: WriteContext): string => context.actor.subject ?? '';

/**
 * A system clock that has jumped ahead must not expire answers of an hour ago, nor may an answer stored now expire when
 * the clock is right again: hence the earlier of both times for expiry, and the later one for storing.
 */
const earliest = (now: Date, known: Date | null): Date => (known && known < now ? known : now);
const latest = (now: Date, known: Date | null): Date => (known && known > now ? known : now);

async function answeredBefore(
  manager: EntityManager,
  context: WriteContext,
  payload: string,
  input: { clientMutationId?: string | null },
  now: Date,
) {
  const oldest = new Date(now.getTime() - ANSWERS_KEPT_HOURS * 3_600_000);
  await manager
    .createQueryBuilder()
    .delete()
    .from(AnsweredMutation)
    .where('answered_at < :oldest', { oldest })
    .execute();
  const answer = await manager.findOneBy(AnsweredMutation, {
    actor: actorKey(context),
    key: input.clientMutationId!,
  });
  if (!answer) return null;
  const same = [requestHash(payload, input, context.inputType), ...earlierHashes(payload, input)];
  if (!same.includes(answer.inputHash)) {
    refuse('CONFLICT', ['clientMutationId'], {
      vi: 'Khóa này đã dùng cho một yêu cầu khác. Hãy dùng khóa mới cho mỗi thay đổi.',
      en: 'This key was used for another request. Use a new key for each change.',
    });
  }
  const { subjects } = answer;
  const warnings = answer.warnings ?? [];
  const { logId } = await readBounds(manager);
  return { subjects, warnings, cursor: encodeCursor({ logId, seq: answer.seq }) };
}

async function keepAnswer(
  manager: EntityManager,
  context: WriteContext,
  payload: string,
  input: { clientMutationId?: string | null },
  answer: Pick<AnsweredMutation, 'subjects' | 'warnings' | 'seq' | 'answeredAt'>,
): Promise<void> {
  await manager.insert(AnsweredMutation, {
    actor: actorKey(context),
    key: input.clientMutationId!,
    inputHash: requestHash(payload, input, context.inputType),
    ...answer,
  });
}

/** The ids of the records in the action's result. */
function idsOf(fields: object): Subjects {
  const entries = Object.entries(fields) as [string, Node | Node[]][];
  return Object.fromEntries(
    entries.map(([field, value]) => [field, Array.isArray(value) ? value.map(({ id }) => id) : value.id]),
  );
}

/** Reads the records the caller may still see: ending a post, for example, also ends the reach it gave. */
async function readSubjects(context: WriteContext, subjects: Subjects): Promise<Record<string, unknown>> {
  const entries = Object.entries(subjects).map(async ([field, ids]) => {
    if (!Array.isArray(ids)) return [field, await context.findNode(ids)] as const;
    const records = await Promise.all(ids.map((id) => context.findNode(id)));
    return [field, records.filter((record) => record !== null)] as const;
  });
  return Object.fromEntries<unknown>(await Promise.all(entries));
}

/** Uniqueness is enforced by the database; its violation becomes a refusal like any other. */
function refusalOf(database: Database, error: unknown): Refusal | null {
  const column = database.duplicateColumn(error);
  if (!column) return null;
  const field = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return new Refusal([
    {
      code: UserErrorCode.ALREADY_EXISTS,
      path: [field],
      text: { vi: 'Giá trị này đã tồn tại.', en: 'This value exists already.' },
    },
  ]);
}

/** Refusals or warnings in the language of the caller, with paths as the client sent the input. */
function spoken<T extends UserError | Warning>(
  Type: new () => T,
  entries: (RefusalEntry | WarningEntry)[],
  locale: Locale,
  input: object,
): T[] {
  return entries.map(({ code, path, text, officialId }) =>
    Object.assign(new Type(), {
      code,
      message: wording(text, locale),
      path: ['input', ...asSent(input, path).map(String)],
      officialId: officialId ?? null,
    }),
  );
}
