// Tables for sessions of cohorts and their attendance, and for training requirements and exemptions.
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
const whole = (name: string, isNullable = false): TableColumnOptions => ({
  name,
  type: 'integer',
  isNullable,
});
const json = (name: string): TableColumnOptions => ({ name, type: 'text', isNullable: true });
const day = (name: string, isNullable = false): TableColumnOptions => ({ name, type: 'date', isNullable });
const to = (table: string, column: string): TableForeignKeyOptions => ({
  columnNames: [column],
  referencedTableName: table,
  referencedColumnNames: ['id'],
});

/** Bytewise collation, explicit on PostgreSQL; SQLite has no other. */
const bytewise = (column: TableColumnOptions): TableColumnOptions =>
  column.type === 'varchar' ? { ...column, collation: 'C' } : column;

export class Duties1765000000002 implements MigrationInterface {
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
        name: 'session',
        columns: compared([
          key('id'),
          text('cohort_id'),
          day('held_on'),
          whole('periods'),
          text('place'),
          maybe('country'),
          day('abroad_from', true),
          day('abroad_to', true),
          at('cancelled_at', true),
          maybe('cancellation_reason'),
          whole('version'),
        ]),
        foreignKeys: [to('cohort', 'cohort_id')],
        indices: [{ columnNames: ['cohort_id', 'held_on'] }],
        checks: [
          { expression: 'periods >= 1' },
          {
            expression:
              '(country IS NULL) = (abroad_from IS NULL) AND (country IS NULL) = (abroad_to IS NULL)',
          },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'attendance',
        columns: compared([
          key('id'),
          text('session_id'),
          text('enrolment_id'),
          text('official_id'),
          whole('periods'),
          at('recorded_at'),
        ]),
        foreignKeys: [
          to('session', 'session_id'),
          to('enrolment', 'enrolment_id'),
          to('official', 'official_id'),
        ],
        indices: [
          { columnNames: ['session_id', 'enrolment_id'], isUnique: true },
          { columnNames: ['enrolment_id'] },
          { columnNames: ['official_id'] },
        ],
        checks: [{ expression: 'periods >= 0' }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'training_requirement',
        columns: compared([
          key('id'),
          text('name'),
          json('position_ids'),
          json('categories'),
          json('unit_kinds'),
          maybe('unit_id'),
          maybe('programme_id'),
          maybe('topic_id'),
          maybe('content_group'),
          whole('periods', true),
          text('recurrence'),
          whole('every_months', true),
          day('valid_from'),
          day('valid_to', true),
          text('source_title'),
          day('source_date', true),
          maybe('source_url'),
          whole('version'),
          text('name_key'),
        ]),
        foreignKeys: [to('unit', 'unit_id'), to('programme', 'programme_id'), to('topic', 'topic_id')],
        indices: [{ columnNames: ['name_key'] }],
        checks: [
          {
            expression:
              '(CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN topic_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN content_group IS NULL THEN 0 ELSE 1 END) + (CASE WHEN periods IS NULL THEN 0 ELSE 1 END) = 1',
          },
          { expression: "(recurrence = 'EVERY_N_MONTHS') = (every_months IS NOT NULL)" },
          {
            expression:
              "content_group IN ('POLITICAL_THEORY', 'DEFENCE_SECURITY', 'STATE_MANAGEMENT', 'PROFESSIONAL_SKILLS')",
          },
          { expression: "recurrence IN ('ONCE', 'YEARLY', 'EVERY_N_MONTHS')" },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'requirement_exemption',
        columns: compared([
          key('id'),
          text('requirement_id'),
          text('official_id'),
          day('valid_from'),
          day('valid_to', true),
          text('reason'),
          at('exempted_at'),
          day('revoked_from', true),
          maybe('revocation_reason'),
        ]),
        foreignKeys: [to('training_requirement', 'requirement_id'), to('official', 'official_id')],
        indices: [{ columnNames: ['requirement_id', 'official_id'] }, { columnNames: ['official_id'] }],
      }),
    );
  }

  /** Not supported: it would lose the attendance records. */
  async down(): Promise<void> {
    return Promise.reject(new Error('This migration cannot be undone; restore a backup.'));
  }
}
