// What was published, planned and decided: stated figures with their sources.
import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableForeignKeyOptions,
  type TableOptions,
} from 'typeorm';

const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  ...more,
});
const maybe = (name: string): TableColumnOptions => text(name, { isNullable: true });
const id: TableColumnOptions = text('id', { isPrimary: true });
const whole = (name: string): TableColumnOptions => ({ name, type: 'integer' });
const day = (name: string, isNullable = false): TableColumnOptions => ({ name, type: 'date', isNullable });
const to = (table: string, column: string): TableForeignKeyOptions => ({
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
});
const oneOf = (column: string, values: string) => ({
  expression: `${column} IN (${values
    .split(' ')
    .map((value) => `'${value}'`)
    .join(', ')})`,
});

const LOCATIONS = 'DOMESTIC ABROAD COMBINED';

/** Text is compared byte by byte: SQLite knows nothing else, PostgreSQL must be told. */
const bytewise = (column: TableColumnOptions): TableColumnOptions =>
  column.type === 'varchar' ? { ...column, collation: 'C' } : column;

function tables(instant: string): (TableOptions & { columns: TableColumnOptions[] })[] {
  const at = (name: string, isNullable = false): TableColumnOptions => ({ name, type: instant, isNullable });
  return [
    {
      name: 'source',
      columns: [
        id,
        text('subject_id'),
        text('title'),
        maybe('publisher'),
        day('published_on', true),
        maybe('link'),
        at('created_at'),
      ],
      indices: [{ columnNames: ['subject_id', 'created_at'] }],
    },
    {
      name: 'stated_figure',
      columns: [
        id,
        text('metric'),
        whole('value'),
        text('qualifier'),
        maybe('wording'),
        day('period_from'),
        day('period_to'),
        text('unit_id'),
        maybe('programme_id'),
        maybe('location'),
        at('created_at'),
        at('withdrawn_at', true),
        maybe('withdrawal_reason'),
      ],
      foreignKeys: [to('unit', 'unit_id'), to('programme', 'programme_id')],
      indices: [{ columnNames: ['period_to', 'id'] }, { columnNames: ['unit_id'] }],
      checks: [
        oneOf('metric', 'COHORTS PARTICIPATIONS OFFICIALS GRADUATES'),
        oneOf('qualifier', 'EXACT NEARLY OVER ABOUT'),
        oneOf('location', LOCATIONS),
      ],
    },
  ];
}

export class FiguresAndPlans1765000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    for (const { columns, ...table } of tables(sqlite ? 'datetime' : 'timestamptz')) {
      await runner.createTable(new Table({ ...table, columns: sqlite ? columns : columns.map(bytewise) }));
    }
  }

  /** What was registered since cannot be told from the earlier tables; a backup is the way. */
  async down(): Promise<void> {
    return Promise.reject(new Error('This migration cannot be undone; restore a backup.'));
  }
}
