// Versions of orders, agreements, topics, positions, documents and committee members, and the role of a member.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const VERSIONED = ['training_order', 'partnership', 'topic', 'position', 'document', 'committee_member'];

export class Revisable1765000000073 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    for (const table of VERSIONED)
      await runner.query(`ALTER TABLE ${table} ADD COLUMN version integer NOT NULL DEFAULT 1`);
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    await runner.query(`ALTER TABLE committee_member ADD COLUMN role ${varchar} NOT NULL DEFAULT 'MEMBER'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE committee_member DROP COLUMN role');
    for (const table of VERSIONED) await runner.query(`ALTER TABLE ${table} DROP COLUMN version`);
  }
}
