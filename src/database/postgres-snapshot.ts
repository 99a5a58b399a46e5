// Snapshots of PostgreSQL: connections lent inside a read transaction, and callers who wait for one by turns.
import type { Pool } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import type { Load, Snapshot } from './database';
import type { Permits } from './fair-queue';
import type { OneAtATime } from './postgres-connection';

/** A connection without a transaction, for a few statements: BEGIN and COMMIT would double their cost. */
export async function borrow(source: DataSource): Promise<Snapshot> {
  const runner = source.createQueryRunner();
  const busyMs = await clock(runner); // connects here, where the wait can be cancelled, not at the first statement
  return { manager: runner.manager, replica: false, busyMs, end: () => runner.release() };
}

/** Takes a snapshot with a permit, for which callers wait in turns. */
export async function byTurns(
  permits: Permits,
  caller: string,
  lend: () => Promise<Snapshot>,
): Promise<Snapshot> {
  const leave = await permits.enter(caller);
  try {
    const snapshot = await lend();
    return { ...snapshot, end: () => snapshot.end().finally(leave) };
  } catch (error) {
    leave();
    throw error;
  }
}

/** How a pool is used. @param queued how many wait in front of it. */
export function loadOf(pool: string, { driver }: DataSource, queued = 0): Load {
  const { totalCount: size, idleCount, waitingCount } = (driver as PostgresDriver).master as Pool;
  return { pool, size, inUse: size - idleCount, waiting: waitingCount + queued };
}

/** A connection inside a transaction that reads one moment. */
export async function lend(source: DataSource): Promise<Snapshot> {
  const runner = source.createQueryRunner();
  const run = async (sql: string): Promise<void> => {
    await runner.query(sql);
  };
  let busyMs: () => number;
  try {
    busyMs = await clock(runner);
    await run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  } catch (error) {
    await runner.release();
    throw error;
  }
  return {
    manager: runner.manager,
    replica: false,
    busyMs,
    end: () => run('COMMIT').finally(() => runner.release()),
  };
}

/** Connects. @returns how many milliseconds its statements have taken since. */
async function clock(runner: QueryRunner): Promise<() => number> {
  const client = (await runner.connect()) as OneAtATime;
  const before = client.busyMs;
  return () => client.busyMs - before;
}
