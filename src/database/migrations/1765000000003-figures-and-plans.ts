// Tables for sources, stated figures, plans, documents and members of committees.
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
const key = (name: string): TableColumnOptions => text(name, { isPrimary: true });
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

/** Bytewise collation, explicit on PostgreSQL; SQLite has no other. */
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
        maybe('official_id'),
        text('title'),
        maybe('publisher'),
        day('published_on', true),
        maybe('link'),
        at('created_at'),
      ],
      indices: [{ columnNames: ['subject_id', 'created_at'] }, { columnNames: ['official_id'] }],
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
    {
      name: 'training_plan',
      columns: [
        id,
        text('unit_id'),
        whole('year'),
        maybe('decision_number'),
        day('decided_on', true),
        maybe('carried_over_from_id'),
        whole('version'),
        at('created_at'),
        at('updated_at'),
      ],
      foreignKeys: [to('unit', 'unit_id'), to('training_plan', 'carried_over_from_id')],
      indices: [{ columnNames: ['year', 'unit_id'], isUnique: true }, { columnNames: ['unit_id'] }],
    },
    {
      name: 'plan_target',
      columns: [
        key('plan_id'),
        { ...whole('place'), isPrimary: true },
        text('metric'),
        whole('target'),
        whole('carried_over'),
        maybe('content_group'),
        maybe('category'),
        maybe('topic_id'),
        maybe('location'),
      ],
      foreignKeys: [to('training_plan', 'plan_id'), to('topic', 'topic_id')],
      checks: [
        oneOf('metric', 'PARTICIPATIONS COHORTS'),
        oneOf('content_group', 'POLITICAL_THEORY DEFENCE_SECURITY STATE_MANAGEMENT PROFESSIONAL_SKILLS'),
        oneOf('category', 'CADRE CIVIL_SERVANT PUBLIC_EMPLOYEE'),
        oneOf('location', LOCATIONS),
      ],
    },
    {
      name: 'document',
      columns: [
        id,
        text('kind'),
        maybe('number'),
        text('title'),
        maybe('issuer'),
        day('issued_on', true),
        maybe('link'),
        at('created_at'),
        text('title_key'),
      ],
      indices: [{ columnNames: ['title_key'] }],
      checks: [oneOf('kind', 'SCHEME DECISION PLAN DIRECTIVE RESOLUTION OTHER')],
    },
    {
      name: 'document_reference',
      columns: [
        { ...whole('no'), isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
        text('document_id'),
        maybe('programme_id'),
        maybe('plan_id'),
      ],
      foreignKeys: [
        to('document', 'document_id'),
        to('programme', 'programme_id'),
        to('training_plan', 'plan_id'),
      ],
      indices: [
        { columnNames: ['document_id'] },
        { columnNames: ['programme_id', 'document_id'], isUnique: true },
        { columnNames: ['plan_id', 'document_id'], isUnique: true },
      ],
      checks: [{ expression: '(programme_id IS NULL) <> (plan_id IS NULL)' }],
    },
    {
      name: 'committee_member',
      columns: [
        id,
        text('committee_id'),
        text('unit_id'),
        text('position_id'),
        maybe('document_id'),
        day('valid_from'),
        day('valid_to', true),
      ],
      foreignKeys: [
        to('unit', 'committee_id'),
        to('unit', 'unit_id'),
        to('position', 'position_id'),
        to('document', 'document_id'),
      ],
      indices: [{ columnNames: ['committee_id', 'valid_from'] }],
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

  /** Not supported: it would lose these records. */
  async down(): Promise<void> {
    return Promise.reject(new Error('This migration cannot be undone; restore a backup.'));
  }
}
