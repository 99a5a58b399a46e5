// Slips that are put right: the reasons of corrections, what a step of a cohort can be taken back to, annulled cohorts,
// and the staff codes that officials had before.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

export class Slips1765000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const instant = sqlite ? 'datetime' : 'timestamptz';
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    await runner.query(`ALTER TABLE cohort ADD COLUMN status_before ${varchar}`);
    await runner.query(`ALTER TABLE cohort ADD COLUMN annulled_at ${instant}`);
    await runner.query(`ALTER TABLE enrolment ADD COLUMN status_before ${varchar}`);
    const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      name,
      type: 'varchar',
      ...(sqlite ? {} : { collation: 'C' }),
      ...more,
    });
    await runner.createTable(
      new Table({
        name: 'correction',
        columns: [
          text('id', { isPrimary: true }),
          text('subject_id'),
          text('official_id', { isNullable: true }),
          text('event'),
          text('reason'),
          { name: 'created_at', type: instant },
        ],
        indices: [{ columnNames: ['subject_id', 'created_at'] }, { columnNames: ['official_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'former_code',
        columns: [
          text('code_key', { isPrimary: true }),
          text('code'),
          text('official_id'),
          { name: 'until', type: instant },
        ],
        foreignKeys: [
          { columnNames: ['official_id'], referencedTableName: 'official', referencedColumnNames: ['id'] },
        ],
        indices: [{ columnNames: ['official_id'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['former_code', 'correction']) await runner.dropTable(table);
    await runner.query('ALTER TABLE enrolment DROP COLUMN status_before');
    for (const column of ['annulled_at', 'status_before'])
      await runner.query(`ALTER TABLE cohort DROP COLUMN ${column}`);
  }
}
