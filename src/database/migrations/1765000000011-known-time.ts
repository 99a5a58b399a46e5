// Known time of the event log, so that a wrong system clock does not decide what is old enough to be purged.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = ['known_at', 'doubted_at', 'claimed_at'];

export class KnownTime1765000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const instant = runner.dataSource.options.type === 'better-sqlite3' ? 'datetime' : 'timestamptz';
    for (const column of COLUMNS) await runner.query(`ALTER TABLE event_log ADD COLUMN ${column} ${instant}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await runner.query(`ALTER TABLE event_log DROP COLUMN ${column}`);
  }
}
