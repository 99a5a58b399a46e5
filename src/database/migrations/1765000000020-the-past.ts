// The past: the day and rank of nominations and the nominations before, who keeps the record of a retired official,
// birth dates known in part only, earlier categories and ranks, and when records of past days were entered.
import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

/** Tables whose records may be entered long after the day on which they happened, and did not say when. */
const ENTERED = ['assignment', 'training_order', 'initiative', 'follow_up', 'partnership', 'session'];

const ADDED: [table: string, column: string, type: 'text' | 'date'][] = [
  ['enrolment', 'nominated_on', 'date'],
  ['enrolment', 'grade_at_enrolment', 'text'],
  ['official', 'date_of_birth_precision', 'text'],
  ['official', 'keeping_unit_id', 'text'],
  ['requirement_exemption', 'decision_number', 'text'],
];

export class ThePast1765000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const instant = sqlite ? 'datetime' : 'timestamptz';
    const types = { text: sqlite ? 'varchar' : 'varchar COLLATE "C"', date: 'date' };
    for (const table of ENTERED) await runner.query(`ALTER TABLE ${table} ADD COLUMN created_at ${instant}`);
    for (const [table, column, type] of ADDED)
      await runner.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${types[type]}`);
    // Nominations so far were made on the day in the city on which they were entered; SQLite keeps instants in UTC.
    const day = sqlite
      ? `date(created_at, '+7 hours')`
      : `(created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
    await runner.query(`UPDATE enrolment SET nominated_on = ${day}`);
    await runner.query(`UPDATE official SET date_of_birth_precision = 'DAY' WHERE date_of_birth IS NOT NULL`);
    const text = (name: string, more: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
      name,
      type: 'varchar',
      ...(sqlite ? {} : { collation: 'C' }),
      ...more,
    });
    const to = (table: string, column: string) => ({
      columnNames: [column],
      referencedTableName: table,
      referencedColumnNames: ['id'],
    });
    const category = { expression: "category IN ('CADRE', 'CIVIL_SERVANT', 'PUBLIC_EMPLOYEE')" };
    await runner.createTable(
      new Table({
        name: 'earlier_standing',
        columns: [
          text('official_id', { isPrimary: true }),
          { name: 'until', type: 'date', isPrimary: true },
          text('category'),
          text('grade', { isNullable: true }),
        ],
        foreignKeys: [to('official', 'official_id')],
        checks: [category],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'earlier_nomination',
        columns: [
          text('enrolment_id', { isPrimary: true }),
          { name: 'place', type: 'integer', isPrimary: true },
          { name: 'nominated_on', type: 'date' },
          text('unit_id'),
          text('category'),
          text('status'),
          { name: 'ended_at', type: instant },
        ],
        foreignKeys: [to('enrolment', 'enrolment_id'), to('unit', 'unit_id')],
        checks: [category, { expression: "status IN ('DECLINED', 'WITHDRAWN')" }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['earlier_nomination', 'earlier_standing']) await runner.dropTable(table);
    for (const [table, column] of ADDED) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    for (const table of ENTERED) await runner.query(`ALTER TABLE ${table} DROP COLUMN created_at`);
  }
}
