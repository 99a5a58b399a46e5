// Committee member actions: add and correct a member, and end a membership.
import { assertVersion, revise } from '../../events/revision';
import type { Tx } from '../../events/write';
import { holdsOn, overlap, type Period } from '../../lib/dates';
import { missing, refuse } from '../../graphql/errors';
import { assertCanEnd, assertEndsAfter } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { saveCorrection } from '../correction/correction.actions';
import { requireDocument } from '../document/document.actions';
import { requirePosition } from '../position/position.actions';
import { Position } from '../position/position.entity';
import { requireUnit } from '../unit/unit.actions';
import { type Unit, UnitKind } from '../unit/unit.entity';
import { CommitteeMember, CommitteeRole } from './committee.entity';
import type {
  AddCommitteeMemberInput,
  CorrectCommitteeMemberInput,
  EndCommitteeMemberInput,
} from './committee.input';

/**
 * Adds a position to a committee. Refuses a unit that is not a committee, a period in which the committee or the unit
 * of the position does not exist throughout, and a position that is a member in that period already.
 */
export async function addCommitteeMember(
  tx: Tx,
  input: AddCommitteeMemberInput,
): Promise<{ member: CommitteeMember }> {
  const { manager } = tx;
  await lockName(manager, `committee ${input.committeeId}`);
  const committee = await requireUnit(tx, input.committeeId, ['committeeId']);
  if (committee.kind !== UnitKind.COMMITTEE) {
    refuse('INVALID', ['committeeId'], {
      vi: `${committee.name} không phải ban chỉ đạo hay ủy ban.`,
      en: `${committee.name} is no committee: its kind is ${committee.kind}.`,
    });
  }
  const position = await requirePosition(tx, input.positionCode, ['positionCode']);
  if (input.documentId) await requireDocument(tx, input.documentId);
  const member = manager.create(CommitteeMember, {
    id: newId(CommitteeMember.idPrefix),
    ...{ committeeId: committee.id, unitId: input.unitId, positionId: position.id },
    ...{ validFrom: input.since, validTo: input.until ?? null, documentId: input.documentId ?? null },
    ...{ role: input.role ?? CommitteeRole.MEMBER, version: 1 },
  });
  await assertSeat(tx, member);
  await manager.insert(CommitteeMember, member);
  tx.record({ name: 'member.added', subjectId: member.id, unitId: committee.id });
  return { member };
}

/** Corrects a member that was entered wrongly, under the rules of adding one. */
export async function correctCommitteeMember(
  tx: Tx,
  input: CorrectCommitteeMemberInput,
): Promise<{ member: CommitteeMember }> {
  const { manager } = tx;
  const known = await requireMember(tx, input.memberId);
  await lockName(manager, `committee ${known.committeeId}`);
  const member = await requireMember(tx, input.memberId); // as it is under the locks
  assertVersion(member, input.version);
  const { unitId, positionCode, validFrom, validTo, documentId, role } = input;
  for (const field of ['unitId', 'positionCode', 'validFrom', 'role'] as const) {
    if (input[field] === null)
      refuse('INVALID', [field], { vi: 'Không được để trống.', en: 'Must not be empty.' });
  }
  const positionId = positionCode
    ? (await requirePosition(tx, positionCode, ['positionCode'])).id
    : undefined;
  if (documentId) await requireDocument(tx, documentId);
  const asked = { unitId, positionId, validFrom, validTo, documentId, role };
  const revision = revise<CommitteeMember>(member, asked, []);
  if (revision.changes.length === 0) return { member };
  await assertSeat(tx, { ...member, ...revision.columns }, 'validFrom', 'validTo');
  const happening = { name: 'member.corrected' as const, unitId: member.committeeId };
  await saveCorrection(tx, CommitteeMember, member, revision, input.reason, happening);
  return { member };
}

/** Ends a membership that has no end yet, or one that is to end later. */
export async function endCommitteeMember(
  tx: Tx,
  input: EndCommitteeMemberInput,
): Promise<{ member: CommitteeMember }> {
  const { manager } = tx;
  const member = await requireMember(tx, input.memberId);
  assertVersion(member, input.version);
  assertCanEnd(tx, member, input.until, 'memberId', {
    vi: 'Tư cách thành viên này',
    en: 'This membership',
  });
  const changes = [{ field: 'validTo', from: member.validTo, to: input.until }];
  const ended = { validTo: input.until, version: member.version + 1 };
  Object.assign(member, ended);
  await manager.update(CommitteeMember, { id: member.id }, ended);
  tx.record({
    name: 'member.ended',
    subjectId: member.id,
    unitId: member.committeeId,
    changes,
  });
  return { member };
}

/** The member with this id, locked for change. Refuses one that is missing. */
async function requireMember({ manager }: Tx, id: string): Promise<CommitteeMember> {
  await lockRows(manager, CommitteeMember, [id], 'change');
  return (
    (await manager.findOneBy(CommitteeMember, { id })) ??
    refuse('NOT_FOUND', ['memberId'], missing('thành viên', 'member'))
  );
}

/**
 * Refuses a period in which the committee or the unit of the position does not exist throughout, and a position that
 * is a member in that period already.
 * @param first and last are the fields of the input with the days.
 */
async function assertSeat(tx: Tx, member: CommitteeMember, first = 'since', last = 'until'): Promise<void> {
  const { committeeId, unitId, positionId } = member;
  const committee = await requireUnit(tx, committeeId, ['committeeId']);
  const unit = await requireUnit(tx, unitId, ['unitId']);
  assertEndsAfter(member.validFrom, member.validTo, [last]);
  assertThroughout(committee, member, 'committeeId');
  assertThroughout(unit, member, 'unitId');
  const same = await tx.manager.findBy(CommitteeMember, { committeeId, unitId, positionId });
  const clash = same.find((each) => each.id !== member.id && overlap(each, member));
  if (!clash) return;
  const { title } = await tx.manager.findOneByOrFail(Position, { id: positionId });
  refuse('OVERLAPPING_PERIOD', [first], {
    vi: `${title} của ${unit.name} đã là thành viên từ ${clash.validFrom} đến ${clash.validTo ?? 'nay'}.`,
    en: `This position sits on it from ${clash.validFrom} to ${clash.validTo ?? 'now'} already.`,
  });
}

function assertThroughout(unit: Unit, { validFrom, validTo }: Period, field: string): void {
  if (holdsOn(unit, validFrom!) && (validTo === null ? unit.validTo === null : holdsOn(unit, validTo)))
    return;
  const [from, to] = [unit.validFrom ?? '…', unit.validTo ?? '…'];
  refuse('UNIT_CLOSED', [field], {
    vi: `${unit.name} chỉ tồn tại từ ${from} đến ${to}.`,
    en: `${unit.name} exists from ${from} to ${to} only.`,
  });
}
