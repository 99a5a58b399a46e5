// Tables for training orders of units, and for initiatives of graduates.
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
const day = (name: string, isNullable = false): TableColumnOptions => ({ name, type: 'date', isNullable });
const to = (table: string, column: string): TableForeignKeyOptions => ({
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
});

/** Bytewise collation, explicit on PostgreSQL; SQLite has no other. */
const bytewise = (column: TableColumnOptions): TableColumnOptions =>
  column.type === 'varchar' ? { ...column, collation: 'C' } : column;

export class OrdersAndInitiatives1765000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const compared = (columns: TableColumnOptions[]) => (sqlite ? columns : columns.map(bytewise));
    await runner.createTable(
      new Table({
        name: 'training_order',
        columns: compared([
          key('id'),
          text('unit_id'),
          text('university_id'),
          text('title'),
          text('expected_outcome'),
          { name: 'headcount', type: 'integer' },
          day('requested_on'),
          day('needed_by'),
          text('status'),
          maybe('programme_id'),
          maybe('reason'),
          day('accepted_on', true),
          maybe('result'),
        ]),
        foreignKeys: [
          to('unit', 'unit_id'),
          to('university', 'university_id'),
          to('programme', 'programme_id'),
        ],
        indices: [
          { columnNames: ['needed_by', 'id'] },
          { columnNames: ['unit_id'] },
          { columnNames: ['university_id'] },
        ],
        checks: [
          {
            expression: "status IN ('REQUESTED', 'AGREED', 'RUNNING', 'ACCEPTED', 'DECLINED', 'CANCELLED')",
          },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'training_order_topic',
        columns: compared([key('order_id'), key('topic_id')]),
        foreignKeys: [to('training_order', 'order_id'), to('topic', 'topic_id')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'training_order_cohort',
        columns: compared([key('cohort_id'), text('order_id')]),
        foreignKeys: [to('cohort', 'cohort_id'), to('training_order', 'order_id')],
        indices: [{ columnNames: ['order_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'initiative',
        columns: compared([
          key('id'),
          text('title'),
          text('local_problem'),
          text('cohort_id'),
          text('unit_id'),
          maybe('graduate_id'),
          text('status'),
          day('proposed_on'),
          maybe('applied_unit_id'),
          day('applied_on', true),
          maybe('result'),
          maybe('reason'),
          text('title_key'),
        ]),
        foreignKeys: [
          to('cohort', 'cohort_id'),
          to('unit', 'unit_id'),
          to('graduate', 'graduate_id'),
          to('unit', 'applied_unit_id'),
        ],
        indices: [
          { columnNames: ['cohort_id', 'title_key'], isUnique: true },
          { columnNames: ['proposed_on', 'id'] },
          { columnNames: ['unit_id'] },
        ],
        checks: [{ expression: "status IN ('PROPOSED', 'UNDER_STUDY', 'APPLIED', 'REJECTED')" }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'initiative_author',
        columns: compared([key('initiative_id'), key('enrolment_id')]),
        foreignKeys: [to('initiative', 'initiative_id'), to('enrolment', 'enrolment_id')],
        indices: [{ columnNames: ['enrolment_id', 'initiative_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'follow_up',
        columns: compared([
          key('id'),
          text('graduate_id'),
          text('official_id'),
          text('time'),
          { name: 'is_applied', type: 'boolean' },
          maybe('how'),
          day('recorded_on'),
        ]),
        foreignKeys: [to('graduate', 'graduate_id'), to('official', 'official_id')],
        indices: [{ columnNames: ['graduate_id', 'time'], isUnique: true }, { columnNames: ['official_id'] }],
        checks: [{ expression: "time IN ('AFTER_3_MONTHS', 'AFTER_6_MONTHS', 'AFTER_12_MONTHS')" }],
      }),
    );
  }

  /** Not supported: it would lose the orders and initiatives. */
  async down(): Promise<void> {
    return Promise.reject(new Error('This migration cannot be undone; restore a backup.'));
  }
}
