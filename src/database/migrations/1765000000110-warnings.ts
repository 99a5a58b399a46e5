// Warnings: those of answers that are kept, and the names of officials without marks, by which a probable duplicate is
// found.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { fold } from '../../lib/vietnamese';

const ROWS = 1_000;
/** Each key: its table, the column it is made of, and how. */
const KEYS = [{ table: 'official', key: 'folded_name', of: 'full_name', make: fold }];
/** New ones for each run: TypeORM writes the name of the table into them. */
const indexes = () => ({
  official: new TableIndex({ columnNames: ['date_of_birth', 'folded_name'] }),
});

export class Warnings1765000000110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    await runner.query('ALTER TABLE answered_mutation ADD COLUMN warnings text');
    for (const { table, key, of, make } of KEYS) {
      // Not with addColumn: on SQLite TypeORM would copy the table and lose the triggers of its search index.
      await runner.query(
        `ALTER TABLE ${table} ADD COLUMN ${key} ${sqlite ? 'varchar' : 'varchar COLLATE "C"'}`,
      );
      const mark = (place: number) => (sqlite ? '?' : `$${place}`);
      for (let last = ''; ;) {
        const rows = (await runner.query(
          `SELECT id, ${of} AS said FROM ${table} WHERE id > ${mark(1)} AND ${of} IS NOT NULL ORDER BY id LIMIT ${ROWS}`,
          [last],
        )) as { id: string; said: string }[];
        for (const { id, said } of rows) {
          const values = [make(said), id];
          await runner.query(`UPDATE ${table} SET ${key} = ${mark(1)} WHERE id = ${mark(2)}`, values);
        }
        if (rows.length < ROWS) break;
        last = rows.at(-1)!.id;
      }
    }
    for (const [table, index] of Object.entries(indexes())) await runner.createIndex(table, index);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, index] of Object.entries(indexes())) await runner.dropIndex(table, index);
    for (const { table, key } of KEYS) await runner.query(`ALTER TABLE ${table} DROP COLUMN ${key}`);
    await runner.query('ALTER TABLE answered_mutation DROP COLUMN warnings');
  }
}
