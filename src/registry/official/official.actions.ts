// Official and assignment actions: register, revise, assign, move, end a post; and which officials a caller may change.
import { codeKey } from '../../lib/texts';
import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { KNOWN_BY } from '../../access/personal';
import type { Permission } from '../../access/policy';
import { idsWithin, isWithin } from '../../access/scope';
import { revise, assertVersion } from '../../events/revision';
import type { Tx } from '../../events/write';
import { insertAll, inParts } from '../../database/insert-all';
import { dayBefore, holdsOn, overlap } from '../../lib/dates';
import { missing, NAMED_TWICE, type Path, type Reason, Refusals, refuse } from '../../graphql/errors';
import { assertCanEnd, assertEndsAfter } from '../../graphql/periods';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { all, anyOf, type Sql, sql } from '../../lib/sql';
import { personKey } from '../../lib/vietnamese';
import { requirePosition } from '../position/position.actions';
import { Position } from '../position/position.entity';
import { isReached } from '../unit/standing';
import {
  assertHappened,
  assertStillOpen,
  NO_UNIT,
  requireUnit,
  requireUnitWithin,
} from '../unit/unit.actions';
import { type Unit } from '../unit/unit.entity';
import { assertBorn, precisionOf, refusePostsBeforeBirth, UNBORN } from './birth';
import { Assignment, FormerCode, Official } from './official.entity';
import type {
  AssignOfficialInput,
  EndAssignmentInput,
  MoveOfficialsInput,
  RegisterOfficialInput,
  ReviseOfficialInput,
} from './official.input';
import { keepStanding } from './standings';

export const NO_ASSIGNMENT: Text = missing('bố trí công tác', 'assignment');

/**
 * Registers an official with a first post, of today, of the past for one who has retired or moved on, or yet to begin.
 * Refuses a unit that does not exist then, a post before birth, and a staff code in use.
 *
 * A code may be in use out of the caller's reach. So it is checked last: a caller can only probe for codes with an
 * input that is otherwise valid, and a guess that is free registers an official in the caller's name.
 */
export async function registerOfficial(
  tx: Tx,
  input: RegisterOfficialInput,
): Promise<{ official: Official }> {
  const { manager } = tx;
  await requireUnitWithin(tx, 'official.register', input.unitId, ['unitId']);
  const birth = { dateOfBirth: input.dateOfBirth ?? null, ...precisionOf(input, null) };
  assertBorn(tx, birth);
  assertWithin(input.fullName, input.givenName);
  const official = manager.create(Official, {
    id: newId(Official.idPrefix),
    code: input.code,
    codeKey: codeKey(input.code),
    fullName: input.fullName,
    category: input.category,
    gender: input.gender ?? null,
    ...birth,
    email: input.email ?? null,
    grade: input.grade ?? null,
    keepingUnitId: null,
    givenName: input.givenName ?? null,
    version: 1,
    createdAt: tx.now,
    erasedAt: null,
    ...keysOf(input),
  });
  const assignment = await newAssignment(tx, official, {
    ...input,
    isManagerial: input.isManagerial ?? false,
  });
  if (!holdsOn(assignment, tx.today)) official.keepingUnitId = assignment.unitId;
  await lockName(manager, `staff code ${official.codeKey}`);
  if (await codeOwner(manager, input.code)) {
    refuse('ALREADY_EXISTS', ['code'], {
      vi: `Mã hồ sơ ${input.code} đã tồn tại.`,
      en: `The staff code ${input.code} exists already.`,
    });
  }
  await manager.insert(Official, official);
  await manager.insert(Assignment, assignment);
  tx.record({
    name: 'official.registered',
    subjectId: official.id,
    unitId: assignment.unitId,
  });
  return { official };
}

/** The official who has a staff code, or had it before, ignoring case. */
export async function codeOwner(manager: EntityManager, code: string): Promise<Official | null> {
  const key = { codeKey: codeKey(code) };
  const former = await manager.findOneBy(FormerCode, key);
  return (
    (await manager.findOneBy(Official, key)) ??
    (former && manager.findOneBy(Official, { id: former.officialId }))
  );
}

/**
 * Corrects the record of an official. A new category or rank holds from today on, or since the day given; nominations
 * of earlier days still have the earlier one. The event names the fields without their values, which are personal data.
 */
export async function reviseOfficial(tx: Tx, input: ReviseOfficialInput): Promise<{ official: Official }> {
  const { manager } = tx;
  const official = await requireOfficial(tx, 'official.revise', input.officialId, ['officialId']);
  assertVersion(official, input.version);
  assertHappened(tx, input.since, 'since');
  const { fullName, givenName, category, gender, dateOfBirth, email, grade } = input;
  const stated = { fullName, givenName, category, gender, dateOfBirth, email, grade };
  const asked = { ...stated, ...precisionOf(input, official) };
  const { columns, changes } = revise<Official>(official, asked, ['fullName', 'category']);
  if (changes.length === 0) return { official };
  if (columns.dateOfBirth !== undefined || columns.dateOfBirthPrecision !== undefined) {
    assertBorn(tx, { ...official, ...columns });
    await refusePostsBeforeBirth(tx, { ...official, ...columns });
  }
  assertWithin(columns.fullName ?? official.fullName, columns.givenName);
  // A rank that was missing is filled in; it is not one that is new since today.
  const isFilledIn = columns.category === undefined && official.grade === null && !input.since;
  if ((columns.category !== undefined || columns.grade !== undefined) && !isFilledIn)
    await keepStanding(tx, official, input.since ?? tx.today);
  Object.assign(official, columns, { version: official.version + 1 });
  const former = await manager.findBy(FormerCode, { officialId: official.id });
  Object.assign(official, keysOf(official, ...former.map(({ code }) => code)));
  await manager.update(Official, { id: official.id }, official);
  tx.record({
    name: 'official.revised',
    subjectId: official.id,
    changes: changes.map(({ field }) => ({ field, from: null, to: null })),
  });
  return { official };
}

/**
 * Assigns an official to a post. Refuses a unit that does not exist throughout, a post before birth, and the same
 * position at the same unit twice in one period. A post that has ended may be at a closed unit of which a part is within
 * reach: it belongs to the career of an official who is.
 */
export async function assignOfficial(
  tx: Tx,
  input: AssignOfficialInput,
): Promise<{ assignment: Assignment }> {
  const official = await requireOfficial(tx, 'official.assign', input.officialId, ['officialId']);
  if (!(await isReached(tx, 'official.assign', input.unitId, true))) refuse('NOT_FOUND', ['unitId'], NO_UNIT);
  const assignment = await newAssignment(tx, official, input);
  await tx.manager.insert(Assignment, assignment);
  tx.record({
    name: 'official.assigned',
    subjectId: assignment.id,
    unitId: assignment.unitId,
  });
  return { assignment };
}

/** Ends a post that has no end yet, or one that is to end later. */
export async function endAssignment(tx: Tx, input: EndAssignmentInput): Promise<{ assignment: Assignment }> {
  await lockRows(tx.manager, Assignment, [input.assignmentId], 'change');
  const within = postsWithin(tx, 'assignment.end');
  const assignment =
    ((await isWithin(tx.manager, Assignment, input.assignmentId, within)) &&
      (await tx.manager.findOneBy(Assignment, { id: input.assignmentId }))) ||
    refuse('NOT_FOUND', ['assignmentId'], NO_ASSIGNMENT);
  assertCanEnd(assignment, input.until, 'assignmentId', {
    vi: 'Bố trí này đã kết thúc',
    en: 'This assignment ended',
  });
  const changes = [{ field: 'validTo', from: assignment.validTo, to: input.until }];
  assignment.validTo = input.until;
  await tx.manager.update(Assignment, { id: assignment.id }, { validTo: input.until });
  tx.record({
    name: 'assignment.ended',
    subjectId: assignment.id,
    unitId: assignment.unitId,
    changes,
  });
  return { assignment };
}

/**
 * Moves officials to other units on one day, all or none: each keeps the position, and the last day that was set for
 * the old post becomes that of the new one. Refuses, each at its place in the list, posts that are missing or out of
 * reach, are named twice, begin on that day or later, or have ended by then, and units that are not open.
 */
export async function moveOfficials(
  tx: Tx,
  input: MoveOfficialsInput,
): Promise<{ assignments: Assignment[] }> {
  const { manager } = tx;
  const { moves, from } = input;
  const common = input.unitId ? await requireTarget(tx, input.unitId, from, ['unitId']) : null;
  const ids = moves.map(({ assignmentId }) => assignmentId);
  const posts = await postsToMove(tx, ids);
  const targets = new Map<string, Unit>(common ? [[common.id, common]] : []);
  const refusals = new Refusals();
  const moved: Assignment[] = [];
  for (const [i, move] of moves.entries()) {
    const path = ['moves', i];
    const found = posts.get(move.assignmentId);
    const wanted = move.unitId ?? common?.id;
    if (wanted && !targets.has(wanted)) {
      const unit = await refusals.gather(() => requireTarget(tx, wanted, from, [...path, 'unitId']));
      if (unit) targets.set(wanted, unit);
    } else if (!wanted) {
      refusals.add('INVALID', [...path, 'unitId'], {
        vi: 'Hãy nêu đơn vị tiếp nhận, ở đây hoặc chung cho cả danh sách.',
        en: 'Say where to: here, or in the unitId of the whole list.',
      });
    }
    const wrong = found ? whyNotMoved(found, wanted, from) : (['NOT_FOUND', NO_ASSIGNMENT] as const);
    if (wrong) refusals.add(wrong[0], [...path, 'assignmentId'], wrong[1]);
    else if (ids.indexOf(move.assignmentId) !== i) {
      refusals.add('ALREADY_EXISTS', [...path, 'assignmentId'], NAMED_TWICE);
    }
    const unit = wanted ? targets.get(wanted) : null;
    if (!found || wrong || !unit) continue;
    const { officialId, positionId, isManagerial, validTo } = found.post;
    moved.push(
      manager.create(Assignment, {
        ...{ id: newId(Assignment.idPrefix), officialId, unitId: unit.id, positionId, isManagerial },
        ...{ validFrom: from, validTo, createdAt: tx.now },
      }),
    );
  }
  refusals.throwIfAny();
  await refuseClashes(tx, moved);
  const lastDay = dayBefore(from);
  for (const some of inParts(ids)) {
    await manager.update(Assignment, { id: In(some) }, { validTo: lastDay });
  }
  await insertAll(manager, Assignment, moved);
  for (const [i, assignment] of moved.entries()) {
    const old = posts.get(ids[i]!)!.post;
    tx.record({
      name: 'assignment.ended',
      subjectId: old.id,
      unitId: old.unitId,
      changes: [{ field: 'validTo', from: old.validTo, to: lastDay }],
    });
    tx.record({
      name: 'official.assigned',
      subjectId: assignment.id,
      unitId: assignment.unitId,
    });
  }
  return { assignments: moved };
}

export const ERASED: Text = {
  vi: 'Hồ sơ này đã được ẩn danh, không thay đổi được nữa.',
  en: 'The identity of this official was erased; nothing about them changes any more.',
};
export const NO_OFFICIAL: Text = missing('cán bộ', 'official');

/** The official with this id, locked for change. Refuses at `path` one who is missing, out of reach, or erased. */
export async function requireOfficial(
  tx: Tx,
  permission: Permission,
  id: string,
  path: Path,
): Promise<Official> {
  await lockRows(tx.manager, Official, [id], 'change');
  const within = await isWithin(tx.manager, Official, id, tx.scope(permission).staff('own.id'));
  const official = within ? await tx.manager.findOneBy(Official, { id }) : null;
  if (!official) refuse('NOT_FOUND', path, NO_OFFICIAL);
  if (official.erasedAt !== null) {
    refuse('NOT_ELIGIBLE', path, ERASED);
  }
  return official;
}

/** Of these officials, those whose identity was erased. */
export async function erasedAmong(tx: Tx, ids: string[]): Promise<Set<string>> {
  const erased = await tx.manager.findBy(Official, { id: In(ids), erasedAt: Not(IsNull()) });
  return new Set(erased.map(({ id }) => id));
}

/**
 * Those of these officials whom the caller may identify. An action that takes ids of officials treats the others as
 * missing: any other refusal would reveal whose row it is, which the row itself hides from the caller.
 */
export function knownAmong(tx: Tx, officialIds: string[]): Promise<Set<string>> {
  return idsWithin(tx.manager, Official, officialIds, tx.scope(KNOWN_BY).persons('own.id'));
}

/** Whether an assignment is in force on a day: within its own period and its unit's, as a closed unit has no staff. */
export function inForceOn(assignment: Assignment, unit: Unit, day: string): boolean {
  return holdsOn({ validFrom: assignment.validFrom, validTo: assignment.validTo }, day) && holdsOn(unit, day);
}

/** Of several assignments in force, the latest: it decides at which unit an official serves. */
export function latestOf(assignments: Assignment[]): Assignment | undefined {
  return assignments.reduce<Assignment | undefined>(
    (latest, each) => (!latest || each.validFrom > latest.validFrom ? each : latest),
    undefined,
  );
}

/**
 * Condition on the posts that a caller may end: those at units within reach; past ones only of the caller's own staff.
 */
function postsWithin(tx: Tx, permission: Permission): Sql {
  // A past post belongs to the record of the official, who is managed by the present unit.
  const scope = tx.scope(permission);
  const lasts = sql`own.valid_to IS NULL OR own.valid_to >= ${tx.today}`;
  return all([scope.units('own.unit_id'), anyOf([lasts, scope.staff('own.official_id')])]);
}

interface PostToMove {
  post: Assignment;
  official: Official;
}

/** The posts with these ids that are within reach, each with its official, locked; by id. */
async function postsToMove(tx: Tx, ids: string[]): Promise<Map<string, PostToMove>> {
  const { manager } = tx;
  const within = await idsWithin(manager, Assignment, ids, postsWithin(tx, 'official.move'));
  const named = await manager.findBy(Assignment, { id: In([...within]) });
  await lockRows(
    manager,
    Official,
    named.map(({ officialId }) => officialId),
    'change',
  );
  await lockRows(manager, Assignment, [...within], 'change');
  const posts = await manager.findBy(Assignment, { id: In([...within]) });
  const officials = new Map(
    (await manager.findBy(Official, { id: In(posts.map(({ officialId }) => officialId)) })).map((each) => [
      each.id,
      each,
    ]),
  );
  return new Map(posts.map((post) => [post.id, { post, official: officials.get(post.officialId)! }]));
}

/** The unit, within reach and open from that day on. Refuses any other at `path`. */
async function requireTarget(tx: Tx, id: string, from: string, path: Path): Promise<Unit> {
  const unit = await requireUnitWithin(tx, 'official.move', id, path);
  assertStillOpen(unit, from, tx.today, path);
  return unit;
}

/** Why a post cannot end the day before `from` and go on at another unit, or null. */
function whyNotMoved(
  { post, official }: PostToMove,
  unitId: string | undefined,
  from: string,
): Reason | null {
  const { validFrom, validTo } = post;
  if (official.erasedAt !== null) return ['NOT_ELIGIBLE', ERASED];
  if (post.unitId === unitId) {
    const text = {
      vi: 'Người này đang công tác tại chính đơn vị đó.',
      en: 'It is at that very unit already.',
    };
    return ['INVALID', text];
  }
  if (from <= validFrom) {
    const vi = `Bố trí này bắt đầu ngày ${validFrom}; chỉ chuyển được từ ngày sau đó.`;
    return ['INVALID', { vi, en: `This post begins on ${validFrom}; it can go over on a later day only.` }];
  }
  if (validTo === null || validTo >= from) return null;
  const en = `This assignment ended on ${validTo} already.`;
  return ['ILLEGAL_TRANSITION', { vi: `Bố trí này đã kết thúc ngày ${validTo}.`, en }];
}

/** Refuses moves after which an official would hold the same position at the same unit twice in one period. */
async function refuseClashes(tx: Tx, moved: Assignment[]): Promise<void> {
  const held = await tx.manager.findBy(Assignment, { officialId: In(moved.map((each) => each.officialId)) });
  const refusals = new Refusals();
  for (const [i, post] of moved.entries()) {
    const clash = [...held, ...moved.slice(0, i)].find(
      (each) =>
        each.officialId === post.officialId &&
        each.unitId === post.unitId &&
        each.positionId === post.positionId &&
        overlap(each, post),
    );
    if (!clash) continue;
    refusals.add('OVERLAPPING_PERIOD', ['moves', i, 'assignmentId'], {
      vi: `Người này đã giữ chức danh đó tại đơn vị tiếp nhận từ ${clash.validFrom} đến ${clash.validTo ?? 'nay'}.`,
      en: `This official holds that position there from ${clash.validFrom} to ${clash.validTo ?? 'now'} already.`,
    });
  }
  refusals.throwIfAny();
}

interface Post {
  unitId: string;
  positionCode: string;
  isManagerial: boolean;
  since: string;
  until?: string | null;
}

/** Checks a post and makes its assignment, not saved yet. */
async function newAssignment(tx: Tx, official: Official, post: Post): Promise<Assignment> {
  const position = await requirePosition(tx, post.positionCode, ['positionCode']);
  const assignment = tx.manager.create(Assignment, {
    id: newId(Assignment.idPrefix),
    officialId: official.id,
    unitId: post.unitId,
    positionId: position.id,
    isManagerial: post.isManagerial,
    validFrom: post.since,
    validTo: post.until ?? null,
    createdAt: tx.now,
  });
  await assertPost(tx, official, assignment);
  return assignment;
}

/**
 * Refuses a post at a unit that does not exist throughout, before birth, or that the official holds already in another
 * row.
 */
export async function assertPost(tx: Tx, official: Official, period: Assignment): Promise<void> {
  const { manager } = tx;
  const unit = await requireUnit(tx, period.unitId, ['unitId']);
  const position = await manager.findOneByOrFail(Position, { id: period.positionId });
  assertEndsAfter(period.validFrom, period.validTo);
  if (unit.validFrom !== null && period.validFrom < unit.validFrom) {
    refuse('UNIT_CLOSED', ['since'], {
      vi: `${unit.name} chỉ hoạt động từ ngày ${unit.validFrom}.`,
      en: `${unit.name} opens on ${unit.validFrom} only.`,
    });
  }
  // A post that ended while the unit was open may be recorded late; any other needs an open unit.
  const past = period.validTo !== null && unit.validTo !== null && period.validTo <= unit.validTo;
  if (!past) assertStillOpen(unit, period.validFrom, tx.today, ['unitId']);
  if (official.dateOfBirth !== null && period.validFrom < official.dateOfBirth)
    refuse('INVALID', ['since'], UNBORN);
  const same = await manager.findBy(Assignment, {
    officialId: official.id,
    unitId: unit.id,
    positionId: position.id,
  });
  const clash = same.find((each) => each.id !== period.id && overlap(each, period));
  if (clash) {
    refuse('OVERLAPPING_PERIOD', ['since'], {
      vi: `Người này đã giữ chức danh ${position.title} tại ${unit.name} từ ${clash.validFrom} đến ${clash.validTo ?? 'nay'}.`,
      en: `This official is ${position.titleEn ?? position.title} at ${unit.name} from ${clash.validFrom} to ${clash.validTo ?? 'now'} already.`,
    });
  }
}

/** The keys by which an official is found and sorted. @param formerCodes the staff codes before this one. */
export function keysOf(
  { fullName, givenName, code }: Pick<Official, 'fullName' | 'code'> & { givenName?: string | null },
  ...formerCodes: string[]
): Pick<Official, 'search' | 'nameKey'> {
  return { search: searchText(fullName, code, ...formerCodes), nameKey: personKey(fullName, givenName) };
}

/** A given name is a part of the full name: whole words of it. */
function assertWithin(fullName: string, givenName: string | null | undefined): void {
  if (!givenName || ` ${fullName} `.includes(` ${givenName} `)) return;
  refuse('INVALID', ['givenName'], {
    vi: `Tên "${givenName}" phải là một phần của họ và tên "${fullName}".`,
    en: `The given name "${givenName}" must be a part of the full name "${fullName}".`,
  });
}
