// Case-insensitive staff codes: a key column beside the code, unique, so that two codes cannot differ only in case.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const BY_KEY = new TableIndex({ columnNames: ['code_key'], isUnique: true });

export class StaffCodes1765000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    // Not with addColumn: on SQLite TypeORM would copy the table and lose the triggers of its search index.
    await runner.query(
      `ALTER TABLE official ADD COLUMN code_key varchar ${sqlite ? '' : 'COLLATE "C"'}`.trimEnd(),
    );
    const officials = (await runner.query('SELECT id, code FROM official ORDER BY created_at, id')) as {
      id: string;
      code: string;
    }[];
    const taken = new Set<string>();
    for (const { id, code } of officials) {
      const key = code.toLowerCase();
      if (taken.has(key)) continue; // a duplicate from before this rule: only the older one gets the key
      taken.add(key);
      const values = sqlite ? ['?', '?'] : ['$1', '$2'];
      await runner.query(`UPDATE official SET code_key = ${values[0]} WHERE id = ${values[1]}`, [key, id]);
    }
    await runner.createIndex('official', BY_KEY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('official', BY_KEY);
    await runner.query('ALTER TABLE official DROP COLUMN code_key');
  }
}
