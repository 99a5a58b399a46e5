// Institutions: what sort of body a university is, and the names that it bore before.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

export class Institutions1765000000091 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    await runner.query(`ALTER TABLE university ADD COLUMN kind ${varchar} NOT NULL DEFAULT 'UNIVERSITY'`);
    const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      ...{ name, type: 'varchar', ...(sqlite ? {} : { collation: 'C' }) },
      ...more,
    });
    await runner.createTable(
      new Table({
        name: 'former_name',
        columns: [
          text('university_id', { isPrimary: true }),
          { name: 'until', type: 'date', isPrimary: true },
          text('name'),
          text('name_en', { isNullable: true }),
          text('abbreviation', { isNullable: true }),
        ],
        foreignKeys: [
          {
            columnNames: ['university_id'],
            referencedTableName: 'university',
            referencedColumnNames: ['id'],
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('former_name');
    await runner.query('ALTER TABLE university DROP COLUMN kind');
  }
}
