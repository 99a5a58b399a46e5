// Indexes for the audit trail, whose events are now kept for longer than they can be replayed.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const INDEXES: [table: string, columns: string[]][] = [
  ['event', ['subject_id']],
  ['event', ['actor', 'occurred_at']],
  ['data_access', ['subject', 'occurred_at']],
];

export class Audit1765000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columnNames] of INDEXES) {
      await runner.createIndex(table, new TableIndex({ columnNames }));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, columnNames] of INDEXES) {
      await runner.dropIndex(table, new TableIndex({ columnNames }));
    }
  }
}
