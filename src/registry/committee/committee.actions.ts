// Committee member actions: add a member and end a membership.
import type { Tx } from '../../events/write';
import { holdsOn, overlap, type Period } from '../../lib/dates';
import { missing, refuse } from '../../graphql/errors';
import { assertCanEnd, assertEndsAfter } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { lockName, lockRows } from '../../database/locks';
import { requireDocument } from '../document/document.actions';
import { requirePosition } from '../position/position.actions';
import { requireUnit } from '../unit/unit.actions';
import { type Unit, UnitKind } from '../unit/unit.entity';
import { CommitteeMember } from './committee.entity';
import type { AddCommitteeMemberInput, EndCommitteeMemberInput } from './committee.input';

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
  const unit = await requireUnit(tx, input.unitId, ['unitId']);
  const position = await requirePosition(tx, input.positionCode, ['positionCode']);
  if (input.documentId) await requireDocument(tx, input.documentId);
  if (committee.kind !== UnitKind.COMMITTEE) {
    refuse('INVALID', ['committeeId'], {
      vi: `${committee.name} không phải ban chỉ đạo hay ủy ban.`,
      en: `${committee.name} is no committee: its kind is ${committee.kind}.`,
    });
  }
  const period = { validFrom: input.since, validTo: input.until ?? null };
  assertEndsAfter(period.validFrom, period.validTo);
  assertThroughout(committee, period, 'committeeId');
  assertThroughout(unit, period, 'unitId');
  const seat = { committeeId: committee.id, unitId: unit.id, positionId: position.id };
  const clash = (await manager.findBy(CommitteeMember, seat)).find((each) => overlap(each, period));
  if (clash) {
    refuse('OVERLAPPING_PERIOD', ['since'], {
      vi: `${position.title} của ${unit.name} đã là thành viên từ ${clash.validFrom} đến ${clash.validTo ?? 'nay'}.`,
      en: `This position sits on it from ${clash.validFrom} to ${clash.validTo ?? 'now'} already.`,
    });
  }
  const member = manager.create(CommitteeMember, {
    id: newId(CommitteeMember.idPrefix),
    ...seat,
    documentId: input.documentId ?? null,
    ...period,
  });
  await manager.insert(CommitteeMember, member);
  tx.record({ name: 'member.added', subjectId: member.id, unitId: committee.id });
  return { member };
}

/** Ends a membership that has no end yet, or one that is to end later. */
export async function endCommitteeMember(
  tx: Tx,
  input: EndCommitteeMemberInput,
): Promise<{ member: CommitteeMember }> {
  const { manager } = tx;
  await lockRows(manager, CommitteeMember, [input.memberId], 'change');
  const member =
    (await manager.findOneBy(CommitteeMember, { id: input.memberId })) ??
    refuse('NOT_FOUND', ['memberId'], missing('thành viên', 'member'));
  assertCanEnd(tx, member, input.until, 'memberId', {
    vi: 'Tư cách thành viên này',
    en: 'This membership',
  });
  const changes = [{ field: 'validTo', from: member.validTo, to: input.until }];
  member.validTo = input.until;
  await manager.update(CommitteeMember, { id: member.id }, { validTo: input.until });
  tx.record({
    name: 'member.ended',
    subjectId: member.id,
    unitId: member.committeeId,
    changes,
  });
  return { member };
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
