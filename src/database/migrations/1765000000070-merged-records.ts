// Records that were merged into others, because two records were of one person.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

export class MergedRecords1765000000070 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      ...{ name, type: 'varchar', ...(sqlite ? {} : { collation: 'C' }) },
      ...more,
    });
    await runner.createTable(
      new Table({
        name: 'merged_record',
        columns: [
          text('id', { isPrimary: true }),
          text('into_id'),
          text('person_id'),
          { name: 'merged_at', type: sqlite ? 'datetime' : 'timestamptz' },
          { name: 'was', type: 'text', isNullable: true },
        ],
        indices: [{ columnNames: ['person_id'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('merged_record');
  }
}
