// Seats of a cohort for each unit: allots them, and refuses nominations beyond them.
import { In, Not } from 'typeorm';
import { linesOf } from '../../access/scope';
import { insertAll } from '../../database/insert-all';
import type { Tx } from '../../events/write';
import { NAMED_TWICE, type Path, Refusals, refuse } from '../../graphql/errors';
import { newId } from '../../lib/ids';
import { NO_UNIT, unitsAmong } from '../unit/unit.actions';
import { Unit } from '../unit/unit.entity';
import type { Cohort } from './cohort.entity';
import type { UnitSeatsInput } from './cohort.input';
import { Enrolment, EnrolmentStatus } from './enrolment.entity';
import { UnitSeats } from './seats.entity';

/** The seats of a unit, as an input gives them. */
export type Seats = Pick<UnitSeats, 'unitId' | 'seats'>;

/** The seats of a cohort, in their order. */
export async function seatsOf(tx: Tx, cohortId: string): Promise<Seats[]> {
  const rows = await tx.manager.find(UnitSeats, { where: { cohortId }, order: { place: 'ASC' } });
  return rows.map(({ unitId, seats }) => ({ unitId, seats }));
}

/**
 * The seats that an input gives. Refuses a unit that does not exist or is named twice.
 * @param path of the list in the input.
 */
export async function requireSeats(
  tx: Tx,
  given: UnitSeatsInput[] | null | undefined,
  path: Path,
): Promise<Seats[]> {
  const seats = (given ?? []).map((each) => ({ unitId: each.unitId, seats: each.seats }));
  const ids = seats.map(({ unitId }) => unitId);
  const known = await unitsAmong(tx, ids);
  const refusals = new Refusals();
  for (const [i, id] of ids.entries()) {
    if (!known.has(id)) refusals.add('NOT_FOUND', [...path, i, 'unitId'], NO_UNIT);
    else if (ids.indexOf(id) !== i) refusals.add('ALREADY_EXISTS', [...path, i, 'unitId'], NAMED_TWICE);
  }
  refusals.throwIfAny();
  return seats;
}

/** Refuses at `path` a capacity below the seats of all units together. */
export function refuseMoreSeats(capacity: number | null, seats: readonly Seats[], path: Path): void {
  const allotted = seats.reduce((sum, each) => sum + each.seats, 0);
  if (capacity === null || allotted <= capacity) return;
  refuse('CAPACITY_EXCEEDED', path, {
    vi: `Tổng chỉ tiêu phân bổ cho các đơn vị là ${allotted}, nhiều hơn sĩ số tối đa ${capacity}.`,
    en: `The units have ${allotted} seats together, more than the ${capacity} places of the cohort.`,
  });
}

/**
 * Gives a cohort, which is locked, other seats. Refuses fewer for a unit than it has sent learners.
 * @param path of the list in the input.
 */
export async function allotSeats(tx: Tx, cohort: Cohort, seats: Seats[], path: Path): Promise<void> {
  const { manager } = tx;
  if (seats.length > 0) {
    const refusals = new Refusals();
    for (const [unitId, sent] of await sentBy(tx, cohort, seats)) {
      const i = seats.findIndex((each) => each.unitId === unitId);
      if (i >= 0 && sent <= seats[i]!.seats) continue;
      const { name } = await manager.findOneByOrFail(Unit, { id: unitId });
      refusals.add('CONFLICT', i < 0 ? path : [...path, i, 'seats'], {
        vi: `${name} đã cử ${sent} người, chỉ tiêu không thể là ${seats[i]?.seats ?? 0}.`,
        en: `${name} has sent ${sent} learners; it cannot have ${seats[i]?.seats ?? 0} seats.`,
      });
    }
    refusals.throwIfAny();
  }
  await manager.delete(UnitSeats, { cohortId: cohort.id });
  const rows = seats.map((each, place) => ({ id: newId('seats'), cohortId: cohort.id, place, ...each }));
  await insertAll(manager, UnitSeats, rows);
}

/**
 * Refuses, each at its place in the list, nominees whose unit has no seats in the cohort, or none left: once seats are
 * allotted, only units with seats send learners. The rule is ours, as no official text was available.
 * @param unitIds the sending units of the nominees, in the order of the list.
 */
export async function refuseBeyondSeats(tx: Tx, cohort: Cohort, unitIds: string[]): Promise<void> {
  const seats = await seatsOf(tx, cohort.id);
  if (seats.length === 0) return;
  const sent = await sentBy(tx, cohort, seats);
  const bearers = await bearersOf(tx, unitIds, seats);
  const refusals = new Refusals();
  for (const [i, unitId] of unitIds.entries()) {
    const bearer = bearers.get(unitId);
    const most = seats.find((each) => each.unitId === bearer)?.seats ?? 0;
    const now = 1 + (bearer ? (sent.get(bearer) ?? 0) : 0);
    if (bearer) sent.set(bearer, now);
    if (now <= most) continue;
    const { name } = await tx.manager.findOneByOrFail(Unit, { id: bearer ?? unitId });
    refusals.add('CAPACITY_EXCEEDED', ['officialIds', i], {
      vi:
        most === 0
          ? `${name} không được phân bổ chỉ tiêu của lớp ${cohort.code}.`
          : `${name} được phân bổ ${most} chỉ tiêu của lớp ${cohort.code}, không còn chỗ cho người này.`,
      en:
        most === 0
          ? `${name} has no seats in the cohort ${cohort.code}.`
          : `${name} has ${most} seats in the cohort ${cohort.code}; none is left for this official.`,
    });
  }
  refusals.throwIfAny();
}

/**
 * How many seats are taken, by the unit that bears them; a unit without seats bears its own. Who waits takes one, as
 * they move up without another look at the seats.
 */
async function sentBy(
  tx: Tx,
  { id: cohortId }: Cohort,
  seats: readonly Seats[],
): Promise<Map<string, number>> {
  const { DECLINED, WITHDRAWN } = EnrolmentStatus;
  const rows = await tx.manager
    .createQueryBuilder(Enrolment, 'own')
    .select('own.unitAtEnrolmentId', 'unitId')
    .addSelect('COUNT(*)', 'sent')
    .where({ cohortId, status: Not(In([DECLINED, WITHDRAWN])) })
    .groupBy('own.unitAtEnrolmentId')
    .getRawMany<{ unitId: string; sent: number | string }>();
  const bearers = await bearersOf(
    tx,
    rows.map(({ unitId }) => unitId),
    seats,
  );
  const taken = new Map<string, number>();
  for (const { unitId, sent } of rows) {
    const bearer = bearers.get(unitId) ?? unitId;
    taken.set(bearer, (taken.get(bearer) ?? 0) + Number(sent));
  }
  return taken;
}

/** For each unit the nearest one, itself or above it, that has seats; units without any are left out. */
async function bearersOf(
  tx: Tx,
  unitIds: readonly string[],
  seats: readonly Seats[],
): Promise<Map<string, string>> {
  const withSeats = new Set(seats.map(({ unitId }) => unitId));
  const lines = await linesOf(tx.manager, [...new Set(unitIds)]);
  return new Map(
    [...lines].flatMap(([unitId, line]) => {
      const bearer = line.find((id) => withSeats.has(id));
      return bearer ? [[unitId, bearer] as const] : [];
    }),
  );
}
