// Indexes for event filters: each list of a filter finds its next matching event without a scan.
import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

const COLUMNS = ['name', 'cohort_id', 'programme_id', 'university_id', 'unit_id'];
const INDEXES = COLUMNS.map((column) => new TableIndex({ columnNames: [column, 'seq'] }));

export class EventIndexes1765000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const collation = sqlite ? undefined : 'C';
    // Not with addColumn: on SQLite TypeORM would copy the whole log.
    await runner.query(
      `ALTER TABLE event ADD COLUMN unit_id varchar ${sqlite ? '' : 'COLLATE "C"'}`.trimEnd(),
    );
    await runner.query(
      `UPDATE event SET unit_id = ${sqlite ? `json_extract(unit_ids, '$[0]')` : 'unit_ids::json ->> 0'}`,
    );
    await runner.createTable(
      new Table({
        name: 'event_unit',
        columns: [
          { name: 'unit_id', type: 'varchar', isPrimary: true, collation },
          { name: 'seq', type: 'integer', isPrimary: true },
        ],
        foreignKeys: [
          {
            columnNames: ['seq'],
            referencedTableName: 'event',
            referencedColumnNames: ['seq'],
            onDelete: 'CASCADE',
          },
        ],
        indices: [{ columnNames: ['seq'] }],
      }),
    );
    const units = sqlite ? 'json_each(e.unit_ids)' : 'json_array_elements_text(e.unit_ids::json)';
    await runner.query(
      `INSERT INTO event_unit (unit_id, seq) SELECT DISTINCT u.value, e.seq FROM event e, ${units} u`,
    );
    await runner.dropIndex('event', new TableIndex({ columnNames: ['name'] })); // the new index on name and seq replaces it
    for (const index of INDEXES) await runner.createIndex('event', index);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of INDEXES) await runner.dropIndex('event', index);
    await runner.createIndex('event', new TableIndex({ columnNames: ['name'] }));
    await runner.dropTable('event_unit');
    await runner.query('ALTER TABLE event DROP COLUMN unit_id');
  }
}
