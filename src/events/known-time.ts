// Known time: a lower bound of the current time that does not depend on the system clock being right. Retention uses
// it, so that a clock that jumps ahead deletes nothing.
//
// It is stored in the database. While a process runs, it advances by a monotonic clock. When the system clock differs,
// either the server was off or the clock is wrong, and the process cannot decide which: so the clock is believed only
// after it has gone on consistently for a day.
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database';
import { lockName } from '../database/locks';
import { EventLog, LoggedEvent } from './event.entity';

const HOUR_MS = 3_600_000;
/** How far the clocks may differ: retention runs every hour, and a restart takes some time. */
const TOLERANCE_MS = 2 * HOUR_MS;
const PROBATION_MS = 24 * HOUR_MS;

/** In milliseconds. */
export interface Clocks {
  /** The system clock; it can jump. */
  wall(): number;
  /** A monotonic clock, from any origin. */
  steady(): number;
}

export const SYSTEM: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

export interface TimeSeen {
  /** The time that has certainly come: ages are measured from it. */
  certain: Date;
  /** Events after this were written by a wrong clock. */
  latest: Date;
  /** How far the system clock is ahead of the known time, or behind when negative; null while they agree. */
  aheadMs: number | null;
}

/** Computes and stores the known time. */
export class KnownTime {
  private seen: { known: number; steady: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly clocks: Clocks,
  ) {}

  /** Reads both clocks and stores the known time in the database. */
  async look(): Promise<TimeSeen> {
    const steady = this.clocks.steady();
    const wall = this.clocks.wall();
    const known = await this.database.transaction(async (manager) => {
      await lockName(manager, 'purge'); // one process at a time
      const log = await manager.createQueryBuilder(EventLog, 'log').getOneOrFail();
      const after = settle(await this.goneOn(manager, log, wall, steady), log, wall);
      await manager.createQueryBuilder().update(EventLog).set(after).execute();
      return after.knownAt.getTime();
    });
    this.seen = { known, steady };
    return {
      certain: new Date(Math.min(known, wall)),
      latest: new Date(Math.max(known, wall) + TOLERANCE_MS),
      aheadMs: known === wall ? null : wall - known,
    };
  }

  /** The time known last, advanced by the time that this process has run since. */
  private async goneOn(
    manager: EntityManager,
    { knownAt }: EventLog,
    wall: number,
    steady: number,
  ): Promise<number> {
    const kept = knownAt?.getTime() ?? Math.min(wall, (await lastActivity(manager)) ?? wall);
    if (!this.seen || kept < this.seen.known) return kept; // another process has set the known time back
    return Math.max(kept, this.seen.known + steady - this.seen.steady);
  }
}

/** The known time as stored last, an hour ago at most; null when it was never stored. */
export async function readKnownTime(manager: EntityManager): Promise<Date | null> {
  return (await manager.createQueryBuilder(EventLog, 'log').getOneOrFail()).knownAt;
}

/** When the last event happened: the first known time of a database that has none. */
async function lastActivity(manager: EntityManager): Promise<number | undefined> {
  const last = await manager
    .createQueryBuilder(LoggedEvent, 'event')
    .orderBy('event.seq', 'DESC')
    .limit(1)
    .getOne();
  return last?.occurredAt.getTime();
}

type Kept = Pick<EventLog, 'doubtedAt' | 'claimedAt'> & { knownAt: Date };

/** The new known time: the system clock, unless it differs and has not yet gone on consistently for long enough. */
function settle(known: number, { doubtedAt, claimedAt }: EventLog, wall: number): Kept {
  const agrees = (time: number) => Math.abs(wall - time) <= TOLERANCE_MS;
  if (agrees(known)) return { knownAt: new Date(wall), doubtedAt: null, claimedAt: null };
  if (doubtedAt && claimedAt) {
    const jump = claimedAt.getTime() - doubtedAt.getTime();
    // It may have jumped further meanwhile, as when the server is off every night; if it jumped back, it was wrong.
    const goesOn = jump > 0 ? wall >= known + jump - TOLERANCE_MS : wall <= known + jump + TOLERANCE_MS;
    if (goesOn && known - doubtedAt.getTime() >= PROBATION_MS) {
      return settle(known + jump, { ...noDoubt } as EventLog, wall);
    }
    if (goesOn) return { knownAt: new Date(known), doubtedAt, claimedAt };
  }
  return { knownAt: new Date(known), doubtedAt: new Date(known), claimedAt: new Date(wall) };
}

const noDoubt = { doubtedAt: null, claimedAt: null };
