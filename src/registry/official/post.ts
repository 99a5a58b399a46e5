// Posts of officials (assignments): which a caller may end, what makes one valid, and which is in force on a day.
import type { Permission } from '../../access/policy';
import type { Tx } from '../../events/write';
import { holdsOn, overlap } from '../../lib/dates';
import { missing, refuse } from '../../graphql/errors';
import { assertEndsAfter } from '../../graphql/periods';
import type { Text } from '../../lib/locale';
import { newId } from '../../lib/ids';
import { all, anyOf, type Sql, sql } from '../../lib/sql';
import { requirePosition } from '../position/position.actions';
import { Position } from '../position/position.entity';
import { assertStillOpen, requireUnit } from '../unit/unit.actions';
import { type Unit } from '../unit/unit.entity';
import { UNBORN, warnOfAges } from './birth';
import { Assignment, type Official } from './official.entity';

export const NO_ASSIGNMENT: Text = missing('bố trí công tác', 'assignment');

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
export function postsWithin(tx: Tx, permission: Permission): Sql {
  // A past post belongs to the record of the official, who is managed by the present unit.
  const scope = tx.scope(permission);
  const lasts = sql`own.valid_to IS NULL OR own.valid_to >= ${tx.today}`;
  return all([scope.units('own.unit_id'), anyOf([lasts, scope.staff('own.official_id')])]);
}

interface Post {
  unitId: string;
  positionCode: string;
  isManagerial: boolean;
  since: string;
  until?: string | null;
}

/** Checks a post and makes its assignment, not saved yet. */
export async function newAssignment(tx: Tx, official: Official, post: Post): Promise<Assignment> {
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
 * row. Warns of an improbable age.
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
  warnOfAges(tx, official, [period], ['since']);
}
