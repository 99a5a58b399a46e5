// Seats of cohorts for each unit, the last day for nominations, and the decisions that open, send and recognise.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

const DECIDED = ['cohort', 'enrolment', 'earlier_nomination', 'graduate'];

export class SeatsAndDecisions1765000000070 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    await runner.query('ALTER TABLE cohort ADD COLUMN nominations_until date');
    for (const table of DECIDED) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN decision_number ${varchar}`);
      await runner.query(`ALTER TABLE ${table} ADD COLUMN decided_on date`);
    }
    const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      ...{ name, type: 'varchar', ...(sqlite ? {} : { collation: 'C' }) },
      ...more,
    });
    await runner.createTable(
      new Table({
        name: 'unit_seats',
        columns: [
          text('id', { isPrimary: true }),
          text('cohort_id'),
          { name: 'place', type: 'integer' },
          text('unit_id'),
          { name: 'seats', type: 'integer' },
        ],
        foreignKeys: ['cohort', 'unit'].map((table) => ({
          columnNames: [`${table}_id`],
          referencedTableName: table,
          referencedColumnNames: ['id'],
        })),
        indices: [{ columnNames: ['cohort_id', 'unit_id'], isUnique: true }, { columnNames: ['unit_id'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('unit_seats');
    for (const table of DECIDED) {
      for (const column of ['decided_on', 'decision_number'])
        await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    }
    await runner.query('ALTER TABLE cohort DROP COLUMN nominations_until');
  }
}
