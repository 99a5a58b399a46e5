// The waiting list of cohorts: the status of who waits, and their order.
import { type MigrationInterface, type QueryRunner, TableCheck } from 'typeorm';

const BEFORE = ['NOMINATED', 'ACCEPTED', 'DECLINED', 'STUDYING', 'COMPLETED', 'NOT_COMPLETED', 'WITHDRAWN'];
const AFTER = ['NOMINATED', 'WAITLISTED', ...BEFORE.slice(1)];

/** Gives the status of enrolments another check; SQLite copies the table for it. */
async function allow(runner: QueryRunner, statuses: string[]): Promise<void> {
  const table = (await runner.getTable('enrolment'))!;
  const check = table.checks.find(({ expression }) => expression?.includes('NOT_COMPLETED'))!;
  await runner.dropCheckConstraint(table, check);
  const expression = `status IN (${statuses.map((status) => `'${status}'`).join(', ')})`;
  await runner.createCheckConstraint(table, new TableCheck({ expression }));
}

export class WaitingList1765000000060 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await allow(runner, AFTER);
    await runner.query('ALTER TABLE enrolment ADD COLUMN waiting_number integer');
  }

  /** Whoever waits is nominated again, as an earlier release knows nobody who waits. */
  async down(runner: QueryRunner): Promise<void> {
    for (const column of ['status', 'told_status', 'status_before'])
      await runner.query(`UPDATE enrolment SET ${column} = 'NOMINATED' WHERE ${column} = 'WAITLISTED'`);
    await runner.query('ALTER TABLE enrolment DROP COLUMN waiting_number');
    await allow(runner, BEFORE);
  }
}
