// Moving officials: ends many posts the day before and begins them at other units, in one mutation.
import { In } from 'typeorm';
import { idsWithin } from '../../access/scope';
import type { Tx } from '../../events/write';
import { insertAll, inParts } from '../../database/insert-all';
import { dayBefore, overlap } from '../../lib/dates';
import { NAMED_TWICE, type Path, type Reason, Refusals } from '../../graphql/errors';
import { endedOn } from '../../graphql/periods';
import { newId } from '../../lib/ids';
import { lockRows } from '../../database/locks';
import { assertStillOpen, requireUnitWithin } from '../unit/unit.actions';
import { type Unit } from '../unit/unit.entity';
import { Assignment, Official } from './official.entity';
import type { MoveOfficialsInput } from './official.input';
import { NO_ASSIGNMENT, postsWithin } from './post';
import { ERASED } from './official.actions';

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
    const wrong = found
      ? whyNotMoved(found, wanted, from, tx.today)
      : (['NOT_FOUND', NO_ASSIGNMENT] as const);
    if (wrong) refusals.add(wrong[0], [...path, 'assignmentId'], wrong[1]);
    else if (ids.indexOf(move.assignmentId) !== i) {
      refusals.add('ALREADY_EXISTS', [...path, 'assignmentId'], NAMED_TWICE);
    }
    const unit = wanted ? targets.get(wanted) : null;
    if (!found || wrong || !unit) continue;
    const { officialId, positionId, isManagerial, validTo } = found.post;
    moved.push(
      manager.create(Assignment, {
        id: newId(Assignment.idPrefix),
        officialId,
        unitId: unit.id,
        positionId,
        isManagerial,
        validFrom: from,
        validTo,
        createdAt: tx.now,
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
  today: string,
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
  const { vi, en } = endedOn(validTo, today);
  return ['ILLEGAL_TRANSITION', { vi: `Bố trí này ${vi}.`, en: `This assignment ${en}.` }];
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
