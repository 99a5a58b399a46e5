// Versions of graduations and follow-ups, so that two who correct one at once notice each other.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const VERSIONED = ['graduate', 'follow_up'];

export class GraduateVersions1765000000072 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of VERSIONED)
      await runner.query(`ALTER TABLE ${table} ADD COLUMN version integer NOT NULL DEFAULT 1`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of VERSIONED) await runner.query(`ALTER TABLE ${table} DROP COLUMN version`);
  }
}
