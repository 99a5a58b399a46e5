// Tables for access control: role grants, and the access log of reads of personal data.
import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableForeignKeyOptions,
} from 'typeorm';

const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  ...more,
});
const maybe = (name: string): TableColumnOptions => text(name, { isNullable: true });
const key = (name: string): TableColumnOptions => text(name, { isPrimary: true });
const to = (table: string, column: string): TableForeignKeyOptions => ({
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
});

/** Bytewise collation, explicit on PostgreSQL; SQLite has no other. */
const bytewise = (column: TableColumnOptions): TableColumnOptions =>
  column.type === 'varchar' ? { ...column, collation: 'C' } : column;

export class Access1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const instant = sqlite ? 'datetime' : 'timestamptz';
    const compared = (columns: TableColumnOptions[]) => (sqlite ? columns : columns.map(bytewise));
    const at = (name: string, isNullable = false): TableColumnOptions => ({
      name,
      type: instant,
      isNullable,
    });
    await runner.createTable(
      new Table({
        name: 'role_grant',
        columns: compared([
          key('id'),
          text('role'),
          maybe('subject'),
          maybe('official_id'),
          maybe('unit_id'),
          { name: 'successor_ids', type: 'text' },
          maybe('university_id'),
          { name: 'valid_from', type: 'date' },
          { name: 'valid_to', type: 'date', isNullable: true },
          at('granted_at'),
          at('revoked_at', true),
          maybe('revocation_reason'),
        ]),
        foreignKeys: [
          to('official', 'official_id'),
          to('unit', 'unit_id'),
          to('university', 'university_id'),
        ],
        indices: [
          { columnNames: ['subject'] },
          { columnNames: ['official_id'] },
          { columnNames: ['granted_at', 'id'] },
        ],
        checks: [
          {
            expression:
              "role IN ('ADMINISTRATOR', 'UNIT_MANAGER', 'UNIVERSITY_REGISTRAR', 'OFFICIAL', 'VIEWER')",
          },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'data_access',
        columns: compared([
          key('id'),
          maybe('subject'),
          text('operation'),
          maybe('request_id'),
          at('occurred_at'),
        ]),
        indices: [{ columnNames: ['occurred_at', 'id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'data_access_person',
        columns: compared([key('access_id'), key('official_id')]),
        indices: [{ columnNames: ['official_id', 'access_id'] }],
      }),
    );
    // Not with addColumn: on SQLite TypeORM would copy the table and lose the triggers of its search index.
    await runner.query(`ALTER TABLE official ADD COLUMN erased_at ${instant}`);
  }

  /** Not supported: it would lose the grants and the access log. */
  async down(): Promise<void> {
    return Promise.reject(new Error('This migration cannot be undone; restore a backup.'));
  }
}
