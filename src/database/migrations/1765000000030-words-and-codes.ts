// Search by words and codes of any case: a key beside each code, the given names of officials, and their sort keys and
// the search columns made anew. Codes that differ in case or width only are named in the log, and nothing is merged.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { codeKey } from '../../lib/texts';
import { personKey } from '../../lib/vietnamese';
import { searchText, unitSearchText } from '../search';

const CODED = ['unit', 'programme', 'cohort', 'university', 'position', 'topic'];
/** A new one for each table: TypeORM writes the name into it. */
const byKey = () => new TableIndex({ columnNames: ['code_key'] });
const ROWS = 1_000;

type Cells = Record<string, string | null>;
type Row = Cells & { id: string };

/** The columns that each searched table's text is made of, and how. */
const SEARCHED: Record<string, { columns: string[]; keys: (row: Row) => Cells }> = {
  unit: {
    columns: ['name', 'name_en', 'code'],
    keys: ({ name, name_en, code }) => ({ search: unitSearchText(name!, name_en, code) }),
  },
  programme: {
    columns: ['name', 'name_en', 'code'],
    keys: ({ name, name_en, code }) => ({ search: searchText(name, name_en, code) }),
  },
  cohort: {
    columns: ['name', 'code', 'period_label'],
    keys: ({ name, code, period_label }) => ({ search: searchText(name, code, period_label) }),
  },
  official: {
    columns: ['full_name', 'code'],
    keys: ({ full_name, code }) => ({
      search: searchText(full_name, code),
      name_key: personKey(full_name!),
    }),
  },
};

export class WordsAndCodes1765000000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const text = isSqlite(runner) ? 'varchar' : 'varchar COLLATE "C"';
    // Not with addColumn: on SQLite TypeORM would copy the table and lose the triggers of its search index.
    await runner.query(`ALTER TABLE official ADD COLUMN given_name ${text}`);
    for (const table of CODED) {
      await runner.query(`ALTER TABLE ${quoted(table)} ADD COLUMN code_key ${text}`);
      await update(runner, table, ['code'], ({ code }) => ({ code_key: codeKey(code!) }));
      await runner.createIndex(table, byKey());
      await tell(runner, table);
    }
    for (const [table, { columns, keys }] of Object.entries(SEARCHED)) {
      await withoutTrigger(runner, table, () => update(runner, table, columns, keys));
    }
  }

  /** The search columns stay: what was searched before stands in them, too. */
  async down(runner: QueryRunner): Promise<void> {
    for (const table of CODED) {
      await runner.dropIndex(table, byKey());
      await runner.query(`ALTER TABLE ${quoted(table)} DROP COLUMN code_key`);
    }
    await runner.query('ALTER TABLE official DROP COLUMN given_name');
  }
}

const isSqlite = (runner: QueryRunner) => runner.dataSource.options.type === 'better-sqlite3';
const quoted = (table: string) => `"${table}"`;

async function update(
  runner: QueryRunner,
  table: string,
  columns: string[],
  keys: (row: Row) => Cells,
): Promise<void> {
  const mark = (place: number) => (isSqlite(runner) ? '?' : `$${place}`);
  for (let last = ''; ;) {
    const rows = (await runner.query(
      `SELECT id, ${columns.join(', ')} FROM ${quoted(table)} WHERE id > ${mark(1)} ORDER BY id LIMIT ${ROWS}`,
      [last],
    )) as Row[];
    for (const row of rows) {
      const cells = Object.entries(keys(row));
      const set = cells.map(([column], i) => `${column} = ${mark(i + 1)}`).join(', ');
      const values = [...cells.map(([, value]) => value), row.id];
      await runner.query(`UPDATE ${quoted(table)} SET ${set} WHERE id = ${mark(values.length)}`, values);
    }
    if (rows.length < ROWS) return;
    last = rows.at(-1)!.id;
  }
}

/** The trigger looks for the row in all of the index at each change: the index is filled anew at the end instead. */
async function withoutTrigger(runner: QueryRunner, table: string, work: () => Promise<void>): Promise<void> {
  if (!isSqlite(runner)) return work();
  await runner.query(`DROP TRIGGER ${table}_search_update`);
  await work();
  await runner.query(`DELETE FROM ${table}_search`);
  await runner.query(`INSERT INTO ${table}_search (id, search) SELECT id, search FROM ${quoted(table)}`);
  await runner.query(`CREATE TRIGGER ${table}_search_update AFTER UPDATE OF search ON ${table}
    WHEN old.search <> new.search BEGIN
    UPDATE ${table}_search SET search = new.search WHERE id = new.id; END`);
}

/** Names the codes that are one by the new rule. Units bear a code for a period, so that theirs may come twice. */
async function tell(runner: QueryRunner, table: string): Promise<void> {
  const pairs = (await runner.query(
    `SELECT code_key, MIN(code) AS first, MAX(code) AS second FROM ${quoted(table)}
     GROUP BY code_key HAVING COUNT(DISTINCT code) > 1 ORDER BY code_key`,
  )) as { first: string; second: string }[];
  for (const { first, second } of pairs) {
    console.error(
      `Two codes of ${table} differ in case or width only: ${first} and ${second}. Both are kept.`,
    );
  }
}
