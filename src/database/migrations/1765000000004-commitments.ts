// Tables for service owed after degree study: the rules in force over time, and each learner's commitment.
import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableForeignKeyOptions,
} from 'typeorm';

const text = (name: string): TableColumnOptions => ({ name, type: 'varchar' });
const key = (name: string): TableColumnOptions => ({ ...text(name), isPrimary: true });
const to = (table: string, column: string): TableForeignKeyOptions => ({
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
});

/** Bytewise collation, explicit on PostgreSQL; SQLite has no other. */
const bytewise = (column: TableColumnOptions): TableColumnOptions =>
  column.type === 'varchar' ? { ...column, collation: 'C' } : column;

export class Commitments1765000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const compared = (columns: TableColumnOptions[]) => (sqlite ? columns : columns.map(bytewise));
    const day = (name: string, isNullable = false): TableColumnOptions => ({
      name,
      type: 'date',
      isNullable,
    });
    const whole = (name: string, isNullable = false): TableColumnOptions => ({
      name,
      type: 'integer',
      isNullable,
    });
    await runner.createTable(
      new Table({
        name: 'service_rule',
        columns: compared([
          key('id'),
          text('category'),
          day('valid_from'),
          day('valid_to', true),
          whole('multiple'),
          whole('maximum_age', true),
          whole('years_before', true),
          text('source'),
        ]),
        indices: [{ columnNames: ['category', 'valid_from'] }],
        checks: [{ expression: "category IN ('CADRE', 'CIVIL_SERVANT', 'PUBLIC_EMPLOYEE')" }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'service_commitment',
        columns: compared([
          key('id'),
          text('enrolment_id'),
          text('official_id'),
          text('unit_id'),
          text('rule_id'),
          whole('study_months'),
          whole('months_owed'),
          day('serves_from'),
          day('ends_on'),
          { name: 'cost', type: 'bigint' },
          { name: 'created_at', type: sqlite ? 'datetime' : 'timestamptz' },
        ]),
        foreignKeys: [
          to('enrolment', 'enrolment_id'),
          to('official', 'official_id'),
          to('unit', 'unit_id'),
          to('service_rule', 'rule_id'),
        ],
        indices: [
          { columnNames: ['enrolment_id'], isUnique: true },
          { columnNames: ['official_id'] },
          { columnNames: ['unit_id'] },
          { columnNames: ['ends_on', 'id'] },
        ],
        checks: [{ expression: 'cost >= 0' }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('service_commitment');
    await runner.dropTable('service_rule');
  }
}
