// How do officials and their posts change? Registering, revising, assigning and ending.
import type { Permission } from '../../access/policy';
import { type Condition, isWithin } from '../../access/scope';
import { revise, assertVersion } from '../../events/revision';
import type { Tx } from '../../events/write';
import { holdsOn, overlap } from '../../lib/dates';
import { refuse, type Text } from '../../lib/errors';
import { newId } from '../../lib/ids';
import { lockRows } from '../../lib/locks';
import { searchText } from '../../lib/search';
import { personKey } from '../../lib/vietnamese';
import { requirePosition } from '../position/position.actions';
import { assertOpen, lineOf, requireUnit, requireUnitWithin } from '../unit/unit.actions';
import { type Unit } from '../unit/unit.entity';
import { Assignment, Official } from './official.entity';
import type {
  AssignOfficialInput,
  EndAssignmentInput,
  RegisterOfficialInput,
  ReviseOfficialInput,
} from './official.input';

type Path = (string | number)[];

/**
 * Registers an official with a first post. Refuses a unit that is not open, and a staff code in use.
 *
 * A code may be in use where the caller does not reach. So it is looked at last: nobody finds out about a code but by
 * asking in earnest, and who guesses one that is free has registered an official in their own name.
 */
export async function registerOfficial(
  tx: Tx,
  input: RegisterOfficialInput,
): Promise<{ official: Official }> {
  const { manager } = tx;
  await requireUnitWithin(tx, 'official.register', input.unitId, ['unitId']);
  assertBorn(tx, input.dateOfBirth);
  const official = manager.create(Official, {
    id: newId(Official.idPrefix),
    code: input.code,
    fullName: input.fullName,
    category: input.category,
    gender: input.gender ?? null,
    dateOfBirth: input.dateOfBirth ?? null,
    email: input.email ?? null,
    grade: input.grade ?? null,
    version: 1,
    createdAt: tx.now,
    erasedAt: null,
    ...keysOf(input.fullName, input.code),
  });
  const assignment = await newAssignment(tx, official, { ...input, isManagerial: false });
  if (await manager.existsBy(Official, { code: input.code })) {
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
    unitIds: await lineOf(tx, assignment.unitId),
  });
  return { official };
}

/** Corrects what is registered of an official. The event names the fields, never their values: those are personal. */
export async function reviseOfficial(tx: Tx, input: ReviseOfficialInput): Promise<{ official: Official }> {
  const { manager } = tx;
  const official = await requireOfficial(tx, 'official.revise', input.officialId, ['officialId']);
  assertVersion(official, input.version);
  assertBorn(tx, input.dateOfBirth);
  const { fullName, category, gender, dateOfBirth, email, grade } = input;
  const asked = { fullName, category, gender, dateOfBirth, email, grade };
  const { columns, changes } = revise<Official>(official, asked, ['fullName', 'category']);
  if (changes.length === 0) return { official };
  Object.assign(official, columns, { version: official.version + 1 });
  Object.assign(official, keysOf(official.fullName, official.code));
  await manager.update(Official, { id: official.id }, official);
  tx.record({
    name: 'official.revised',
    subjectId: official.id,
    changes: changes.map(({ field }) => ({ field, from: null, to: null })),
  });
  return { official };
}

/** Gives an official a post. Refuses a closed unit, and the same position at the same unit twice at a time. */
export async function assignOfficial(
  tx: Tx,
  input: AssignOfficialInput,
): Promise<{ assignment: Assignment }> {
  const official = await requireOfficial(tx, 'official.assign', input.officialId, ['officialId']);
  await requireUnitWithin(tx, 'official.assign', input.unitId, ['unitId']);
  const assignment = await newAssignment(tx, official, input);
  await tx.manager.insert(Assignment, assignment);
  tx.record({
    name: 'official.assigned',
    subjectId: assignment.id,
    unitIds: await lineOf(tx, assignment.unitId),
  });
  return { assignment };
}

/** Ends a post that has no end yet, or one that is to end later. */
export async function endAssignment(tx: Tx, input: EndAssignmentInput): Promise<{ assignment: Assignment }> {
  await lockRows(tx.manager, Assignment, [input.assignmentId], 'change');
  // A post that is over belongs to the history of whoever the official serves now.
  const scope = tx.scope('assignment.end');
  const [inUnits, parameters] = scope.units('own.unit_id');
  const [ofStaff, more] = scope.staff('own.official_id');
  const lasts = '(own.valid_to IS NULL OR own.valid_to >= :today)';
  const within: Condition = [
    `${inUnits} AND (${lasts} OR ${ofStaff})`,
    { ...parameters, ...more, today: tx.today },
  ];
  const assignment =
    ((await isWithin(tx.manager, 'assignment', input.assignmentId, within)) &&
      (await tx.manager.findOneBy(Assignment, { id: input.assignmentId }))) ||
    refuse('NOT_FOUND', ['assignmentId'], {
      vi: 'Không tìm thấy bố trí công tác này.',
      en: 'There is no such assignment.',
    });
  if (input.until < assignment.validFrom) {
    refuse('INVALID', ['until'], {
      vi: `Ngày kết thúc không được trước ngày bắt đầu ${assignment.validFrom}.`,
      en: `It cannot end before it began, on ${assignment.validFrom}.`,
    });
  }
  if (assignment.validTo !== null && assignment.validTo <= input.until) {
    refuse('ILLEGAL_TRANSITION', ['assignmentId'], {
      vi: `Bố trí này đã kết thúc ngày ${assignment.validTo}.`,
      en: `This assignment ended on ${assignment.validTo} already.`,
    });
  }
  const changes = [{ field: 'validTo', from: assignment.validTo, to: input.until }];
  assignment.validTo = input.until;
  await tx.manager.update(Assignment, { id: assignment.id }, { validTo: input.until });
  tx.record({
    name: 'assignment.ended',
    subjectId: assignment.id,
    unitIds: await lineOf(tx, assignment.unitId),
    changes,
  });
  return { assignment };
}

export const ERASED: Text = {
  vi: 'Hồ sơ này đã được ẩn danh, không thay đổi được nữa.',
  en: 'The identity of this official was erased; nothing about them changes any more.',
};
export const NO_OFFICIAL: Text = { vi: 'Không tìm thấy cán bộ này.', en: 'There is no such official.' };

/** The official with this id, to change them or their posts. Refuses at `path` one who is not there, is out of reach, or was erased. */
export async function requireOfficial(
  tx: Tx,
  permission: Permission,
  id: string,
  path: Path,
): Promise<Official> {
  await lockRows(tx.manager, Official, [id], 'change');
  const within = await isWithin(tx.manager, 'official', id, tx.scope(permission).staff('own.id'));
  const official = within ? await tx.manager.findOneBy(Official, { id }) : null;
  if (!official) refuse('NOT_FOUND', path, NO_OFFICIAL);
  if (official.erasedAt !== null) {
    refuse('NOT_ELIGIBLE', path, ERASED);
  }
  return official;
}

/** An assignment is in force on a day when its own period and its unit's hold: nobody serves at a closed unit. */
export function inForceOn(assignment: Assignment, unit: Unit, day: string): boolean {
  return holdsOn({ validFrom: assignment.validFrom, validTo: assignment.validTo }, day) && holdsOn(unit, day);
}

/** Of several assignments in force, the one that says where an official serves: the latest. */
export function latestOf(assignments: Assignment[]): Assignment | undefined {
  return assignments.reduce<Assignment | undefined>(
    (latest, each) => (!latest || each.validFrom > latest.validFrom ? each : latest),
    undefined,
  );
}

interface Post {
  unitId: string;
  positionCode: string;
  isManagerial: boolean;
  since: string;
  until?: string | null;
}

/** A post that may be given, not saved yet. */
async function newAssignment(tx: Tx, official: Official, post: Post): Promise<Assignment> {
  const { manager } = tx;
  const period = { validFrom: post.since, validTo: post.until ?? null };
  const unit = await requireUnit(tx, post.unitId, ['unitId']);
  const position = await requirePosition(tx, post.positionCode, ['positionCode']);
  if (period.validTo !== null && period.validTo < period.validFrom) {
    refuse('INVALID', ['until'], {
      vi: 'Ngày kết thúc không được trước ngày bắt đầu.',
      en: 'It cannot end before it begins.',
    });
  }
  if (unit.validFrom !== null && period.validFrom < unit.validFrom) {
    refuse('UNIT_CLOSED', ['since'], {
      vi: `${unit.name} chỉ hoạt động từ ngày ${unit.validFrom}.`,
      en: `${unit.name} opens on ${unit.validFrom} only.`,
    });
  }
  // A post that ended while the unit was open is history, and may be recorded late; any other needs an open unit.
  const past = period.validTo !== null && unit.validTo !== null && period.validTo <= unit.validTo;
  if (!past) assertOpen(unit, period.validFrom, tx.today, ['unitId']);
  const same = await manager.findBy(Assignment, {
    officialId: official.id,
    unitId: unit.id,
    positionId: position.id,
  });
  const clash = same.find((each) => overlap(each, period));
  if (clash) {
    refuse('OVERLAPPING_PERIOD', ['since'], {
      vi: `Người này đã giữ chức danh ${position.title} tại ${unit.name} từ ${clash.validFrom} đến ${clash.validTo ?? 'nay'}.`,
      en: `This official is ${position.titleEn ?? position.title} at ${unit.name} from ${clash.validFrom} to ${clash.validTo ?? 'now'} already.`,
    });
  }
  return manager.create(Assignment, {
    id: newId(Assignment.idPrefix),
    officialId: official.id,
    unitId: unit.id,
    positionId: position.id,
    isManagerial: post.isManagerial,
    ...period,
  });
}

function keysOf(fullName: string, code: string): Pick<Official, 'search' | 'nameKey'> {
  return { search: searchText(fullName, code), nameKey: personKey(fullName) };
}

function assertBorn(tx: Tx, dateOfBirth: string | null | undefined): void {
  if (!dateOfBirth || dateOfBirth < tx.today) return;
  refuse('INVALID', ['dateOfBirth'], {
    vi: 'Ngày sinh phải ở trong quá khứ.',
    en: 'A date of birth lies in the past.',
  });
}
