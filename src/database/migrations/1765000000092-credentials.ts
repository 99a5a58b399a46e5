// Certificates: the number as it is compared, register number, day of issue and name on it, and an index of the words
// of theses. Numbers that one institution awarded twice are named in the log, not merged.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { codeKey } from '../../lib/texts';
import { searchText } from '../search';
import { indexLexemes, indexWords, update } from './1765000000030-words-and-codes';

const TEXTS = ['credential_key', 'register_number', 'name_on_credential', 'search'];
const byKey = () => new TableIndex({ columnNames: ['credential_key'] });

export class Credentials1765000000092 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    const varchar = sqlite ? 'varchar' : 'varchar COLLATE "C"';
    for (const column of TEXTS) await runner.query(`ALTER TABLE graduate ADD COLUMN ${column} ${varchar}`);
    await runner.query('ALTER TABLE graduate ADD COLUMN issued_on date');
    await update(
      runner,
      'graduate',
      ['credential_number', 'thesis_title', 'thesis_local_problem'],
      ({ credential_number, thesis_title, thesis_local_problem }) => ({
        credential_key: credential_number ? codeKey(credential_number).replace(/\s+/gu, '') : null,
        search: thesis_title ? searchText(thesis_title, thesis_local_problem) : null,
      }),
    );
    await runner.createIndex('graduate', byKey());
    await (sqlite ? indexWords : indexLexemes)(runner, 'graduate');
    await tell(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (runner.dataSource.options.type === 'better-sqlite3') {
      for (const when of ['insert', 'update', 'delete'])
        await runner.query(`DROP TRIGGER graduate_search_${when}`);
      for (const index of ['search', 'search_row']) await runner.query(`DROP TABLE graduate_${index}`);
    } else await runner.query('DROP INDEX graduate_search');
    await runner.dropIndex('graduate', byKey());
    for (const column of [...TEXTS, 'issued_on'])
      await runner.query(`ALTER TABLE graduate DROP COLUMN ${column}`);
  }
}

/** Names the certificates of one institution that have one number, by their ids: a number may identify a person. */
async function tell(runner: QueryRunner): Promise<void> {
  const pairs = (await runner.query(
    `SELECT MIN(graduate.id) AS first, MAX(graduate.id) AS second FROM graduate
     JOIN cohort ON cohort.id = graduate.cohort_id
     WHERE graduate.revoked_at IS NULL AND graduate.credential_key IS NOT NULL
     GROUP BY COALESCE(cohort.university_id, cohort.host_unit_id), graduate.credential_key
     HAVING COUNT(*) > 1 ORDER BY MIN(graduate.id)`,
  )) as { first: string; second: string }[];
  for (const { first, second } of pairs)
    console.error(
      `Two certificates of one institution have one number: ${first} and ${second}. Both are kept.`,
    );
}
