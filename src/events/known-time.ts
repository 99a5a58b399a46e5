// Known time: how late it is at least for certain, whatever the clock of the system says. What is removed by age goes
// by it, so that a clock that jumps removes nothing.
//
// The time is kept in the database. While a process runs, it goes on by a clock that never jumps. When the clock of the
// system says something else, the server was off or that clock is wrong, and nobody can tell which: so it is believed
// only when it has gone on like this for a day.
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database';
import { lockName } from '../database/locks';
import { EventLog, LoggedEvent } from './event.entity';

const HOUR_MS = 3_600_000;
/** How far apart the two may be: retention runs every hour, and a restart takes its time. */
const TOLERANCE_MS = 2 * HOUR_MS;
const PROBATION_MS = 24 * HOUR_MS;

/** In milliseconds. */
export interface Clocks {
  /** What the system says that it is; it can jump. */
  wall(): number;
  /** Since any moment; it cannot jump. */
  steady(): number;
}

export const SYSTEM: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

export interface TimeSeen {
  /** How late it is for certain: what is older than a limit by this is old. */
  certain: Date;
  /** What happened after this was written by a wrong clock. */
  latest: Date;
  /** How far the clock of the system is ahead of what is known, or behind when negative; null while they agree. */
  aheadMs: number | null;
}

export class KnownTime {
  private seen: { known: number; steady: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly clocks: Clocks,
  ) {}

  /** Looks at both clocks, and remembers in the database how late it is. */
  async look(): Promise<TimeSeen> {
    const steady = this.clocks.steady();
    const wall = this.clocks.wall();
    const known = await this.database.transaction(async (manager) => {
      await lockName(manager, 'purge'); // processes do this one after the other
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

  /** What was known last, and the time for which this process has run since. */
  private async goneOn(
    manager: EntityManager,
    { knownAt }: EventLog,
    wall: number,
    steady: number,
  ): Promise<number> {
    const kept = knownAt?.getTime() ?? Math.min(wall, (await lastActivity(manager)) ?? wall);
    if (!this.seen || kept < this.seen.known) return kept; // another process has found that it was too late
    return Math.max(kept, this.seen.known + steady - this.seen.steady);
  }
}

/** How late it was when a process looked last, an hour ago at most; null when none has. */
export async function readKnownTime(manager: EntityManager): Promise<Date | null> {
  return (await manager.createQueryBuilder(EventLog, 'log').getOneOrFail()).knownAt;
}

/** When the last event happened; of a database that was never asked for the time before. */
async function lastActivity(manager: EntityManager): Promise<number | undefined> {
  const last = await manager
    .createQueryBuilder(LoggedEvent, 'event')
    .orderBy('event.seq', 'DESC')
    .limit(1)
    .getOne();
  return last?.occurredAt.getTime();
}

type Kept = Pick<EventLog, 'doubtedAt' | 'claimedAt'> & { knownAt: Date };

/** What is known now: what the clock says, unless it has to go on like this for longer to be believed. */
function settle(known: number, { doubtedAt, claimedAt }: EventLog, wall: number): Kept {
  const agrees = (time: number) => Math.abs(wall - time) <= TOLERANCE_MS;
  if (agrees(known)) return { knownAt: new Date(wall), doubtedAt: null, claimedAt: null };
  if (doubtedAt && claimedAt) {
    const jump = claimedAt.getTime() - doubtedAt.getTime();
    // It may have gone further meanwhile, as when the server is off every night; taken back, it was wrong.
    const goesOn = jump > 0 ? wall >= known + jump - TOLERANCE_MS : wall <= known + jump + TOLERANCE_MS;
    if (goesOn && known - doubtedAt.getTime() >= PROBATION_MS) {
      return settle(known + jump, { ...noDoubt } as EventLog, wall);
    }
    if (goesOn) return { knownAt: new Date(known), doubtedAt, claimedAt };
  }
  return { knownAt: new Date(known), doubtedAt: new Date(known), claimedAt: new Date(wall) };
}

const noDoubt = { doubtedAt: null, claimedAt: null };
