// Official and assignment actions: register, revise, assign, end a post; and which officials a caller may change.
import { codeKey } from '../../lib/texts';
import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { KNOWN_BY } from '../../access/personal';
import type { Permission } from '../../access/policy';
import { idsWithin, isWithin } from '../../access/scope';
import { revise, assertVersion } from '../../events/revision';
import type { Tx } from '../../events/write';
import { holdsOn } from '../../lib/dates';
import { missing, type Path, refuse } from '../../graphql/errors';
import { assertCanEnd } from '../../graphql/periods';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { searchText } from '../../database/search';
import { fold, personKey } from '../../lib/vietnamese';
import { isReached } from '../unit/standing';
import { assertHappened, NO_UNIT, requireUnitWithin } from '../unit/unit.actions';
import { assertBorn, precisionOf, refusePostsBeforeBirth, warnOfAges } from './birth';
import { warnOfDuplicates } from './duplicates';
import { Assignment, FormerCode, Official } from './official.entity';
import type {
  AssignOfficialInput,
  EndAssignmentInput,
  RegisterOfficialInput,
  ReviseOfficialInput,
} from './official.input';
import { keepStanding } from './standings';
import { NO_ASSIGNMENT, postsWithin, newAssignment } from './post';

/**
 * Registers an official with a first post, of today, of the past for one who has retired or moved on, or yet to begin.
 * Refuses a unit that does not exist then, a post before birth, and a staff code in use. Warns of a record within reach
 * with the same name and date of birth, and of an improbable age.
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
  await warnOfDuplicates(tx, official);
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
 * Warns as registerOfficial does of what a new name or date of birth makes improbable.
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
    const posts = await manager.findBy(Assignment, { officialId: official.id });
    warnOfAges(tx, { ...official, ...columns }, posts, ['dateOfBirth']);
  }
  assertWithin(columns.fullName ?? official.fullName, columns.givenName);
  // A rank that was missing is filled in; it is not one that is new since today.
  const isFilledIn = columns.category === undefined && official.grade === null && !input.since;
  if ((columns.category !== undefined || columns.grade !== undefined) && !isFilledIn)
    await keepStanding(tx, official, input.since ?? tx.today);
  Object.assign(official, columns, { version: official.version + 1 });
  const former = await manager.findBy(FormerCode, { officialId: official.id });
  Object.assign(official, keysOf(official, ...former.map(({ code }) => code)));
  if (changes.some(({ field }) => field === 'fullName' || field === 'dateOfBirth'))
    await warnOfDuplicates(tx, official);
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
  assertCanEnd(tx, assignment, input.until, 'assignmentId', {
    vi: 'Bố trí này',
    en: 'This assignment',
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

/** The keys by which an official is found and sorted. @param formerCodes the staff codes before this one. */
export function keysOf(
  { fullName, givenName, code }: Pick<Official, 'fullName' | 'code'> & { givenName?: string | null },
  ...formerCodes: string[]
): Pick<Official, 'search' | 'nameKey' | 'foldedName'> {
  return {
    search: searchText(fullName, code, ...formerCodes),
    nameKey: personKey(fullName, givenName),
    foldedName: fold(fullName),
  };
}

/** A given name is a part of the full name: whole words of it. */
function assertWithin(fullName: string, givenName: string | null | undefined): void {
  if (!givenName || ` ${fullName} `.includes(` ${givenName} `)) return;
  refuse('INVALID', ['givenName'], {
    vi: `Tên "${givenName}" phải là một phần của họ và tên "${fullName}".`,
    en: `The given name "${givenName}" must be a part of the full name "${fullName}".`,
  });
}
