// Search by words and codes of any case: a key beside each code, the given names of officials, sort keys and search
// columns made anew, and an index of words. Codes that differ in case or width only are named in the log, not merged.
import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { codeKey } from '../../lib/texts';
import { personKey, unitKey } from '../../lib/vietnamese';
import { LONGEST_WORD, searchText, unitSearchText } from '../search';
import { trigramIndex, trigramTable } from './1700000000000-registry';

const CODED = ['unit', 'programme', 'cohort', 'university', 'position', 'topic'];
/** A new one for each table: TypeORM writes the name into it. */
const byEnd = () => new TableIndex({ columnNames: ['ends_key', 'id'] });
const byKey = () => new TableIndex({ columnNames: ['code_key'] });
const ROWS = 1_000;
const NEWLY_SEARCHED = ['university', 'document', 'training_order'];
/** Codes have no blanks. */
const FORMER_CODES = `(SELECT string_agg(code, ' ') FROM former_code WHERE official_id = official.id) AS former`;
const ABOVE = '(SELECT name FROM unit parent WHERE parent.id = unit.parent_id) AS above';
/** Sorts after each day. */
const UNENDED = '9999-12-31';

type Cells = Record<string, string | null>;
type Row = Cells & { id: string };

/** The columns that each searched table's text is made of, and how. */
const SEARCHED: Record<string, { columns: string[]; keys: (row: Row) => Cells }> = {
  unit: {
    columns: ['name', 'name_en', 'code', ABOVE],
    keys: ({ name, name_en, code, above }) => ({
      search: unitSearchText(name!, name_en, code),
      name_key: unitKey(name!, above),
    }),
  },
  programme: {
    columns: ['name', 'name_en', 'code'],
    keys: ({ name, name_en, code }) => ({ search: searchText(name, name_en, code) }),
  },
  cohort: {
    columns: ['name', 'code', 'period_label', 'ends_on'],
    keys: ({ name, code, period_label, ends_on }) => ({
      search: searchText(name, code, period_label),
      ends_key: ends_on ?? UNENDED,
    }),
  },
  official: {
    columns: ['full_name', 'code', FORMER_CODES],
    keys: ({ full_name, code, former }) => ({
      search: searchText(full_name, code, ...(former?.split(' ') ?? [])),
      name_key: personKey(full_name!),
    }),
  },
  university: {
    columns: ['name', 'name_en', 'abbreviation', 'code'],
    keys: ({ name, name_en, abbreviation, code }) => ({
      search: searchText(name, name_en, abbreviation, code),
    }),
  },
  document: {
    columns: ['title', 'number', 'issuer'],
    keys: ({ title, number, issuer }) => ({ search: searchText(title, number, issuer) }),
  },
  training_order: {
    columns: ['title', 'expected_outcome'],
    keys: ({ title, expected_outcome }) => ({ search: searchText(title, expected_outcome) }),
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
    await runner.query(`ALTER TABLE cohort ADD COLUMN ends_key ${text}`);
    for (const table of NEWLY_SEARCHED)
      await runner.query(`ALTER TABLE ${quoted(table)} ADD COLUMN search ${text}`);
    if (!isSqlite(runner)) await runner.query(SEARCH_WORDS);
    for (const [table, { columns, keys }] of Object.entries(SEARCHED)) {
      if (!NEWLY_SEARCHED.includes(table)) await dropTrigrams(runner, table);
      await update(runner, table, columns, keys);
      await (isSqlite(runner) ? indexWords : indexLexemes)(runner, table);
    }
    await runner.createIndex('cohort', byEnd());
  }

  /** The contents of the search columns stay: what was searched before stands in them, too. */
  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(SEARCHED)) await dropWords(runner, table);
    if (!isSqlite(runner)) await runner.query('DROP FUNCTION search_words');
    for (const table of NEWLY_SEARCHED) await runner.query(`ALTER TABLE ${quoted(table)} DROP COLUMN search`);
    await runner.dropIndex('cohort', byEnd());
    await runner.query('ALTER TABLE cohort DROP COLUMN ends_key');
    for (const table of CODED) {
      await runner.dropIndex(table, byKey());
      await runner.query(`ALTER TABLE ${quoted(table)} DROP COLUMN code_key`);
    }
    await runner.query('ALTER TABLE official DROP COLUMN given_name');
  }
}

const isSqlite = (runner: QueryRunner) => runner.dataSource.options.type === 'better-sqlite3';
const quoted = (table: string) => `"${table}"`;

export async function update(
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

/** The index of trigrams of before, which could not hold the words of two letters, of which Vietnamese has many. */
async function dropTrigrams(runner: QueryRunner, table: string): Promise<void> {
  if (!isSqlite(runner)) {
    await runner.query(`DROP INDEX ${table}_search`);
    return;
  }
  for (const when of ['insert', 'update', 'delete'])
    await runner.query(`DROP TRIGGER ${table}_search_${when}`);
  await runner.query(`DROP TABLE ${table}_search`);
}

/** The other way; an index of trigrams stands where there was one. */
async function dropWords(runner: QueryRunner, table: string): Promise<void> {
  const isNew = NEWLY_SEARCHED.includes(table);
  if (!isSqlite(runner)) {
    await runner.query(`DROP INDEX ${table}_search`);
    if (!isNew) await trigramIndex(runner, table);
    return;
  }
  for (const when of ['insert', 'update', 'delete'])
    await runner.query(`DROP TRIGGER ${table}_search_${when}`);
  for (const index of ['search', 'search_row']) await runner.query(`DROP TABLE ${table}_${index}`);
  if (isNew) return;
  await trigramTable(runner, table);
  await runner.query(`INSERT INTO ${table}_search (id, search) SELECT id, search FROM ${quoted(table)}`);
}

/** The words of a `search` column for an index of PostgreSQL; costly enough to be read from it, not row by row. */
const SEARCH_WORDS = `CREATE FUNCTION search_words(search text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS $$
  SELECT array_to_tsvector(ARRAY(SELECT left(word, ${LONGEST_WORD})
    FROM unnest(string_to_array(translate(search, E'\\n', ' '), ' ')) word WHERE word <> '')) $$`;

export async function indexLexemes(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`CREATE INDEX ${table}_search ON ${quoted(table)} USING gin (search_words(search))`);
}

/**
 * An FTS5 table of the words of a `search` column: what stands between blanks, with whatever signs, and each line, with
 * U+E000 for its blanks. A table of its own keeps which record is which row of it, because VACUUM may renumber the rows of a table without an integer key.
 */
export async function indexWords(runner: QueryRunner, table: string): Promise<void> {
  const index = `${table}_search`;
  const words = (search: string) => `${search} || replace(${search}, ' ', char(57344))`;
  await runner.query(`CREATE TABLE ${index}_row (row INTEGER PRIMARY KEY, id varchar NOT NULL UNIQUE)`);
  await runner.query(`CREATE VIRTUAL TABLE ${index} USING fts5(words, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co Cn'", prefix = '1 2 3', detail = none)`);
  await runner.query(`INSERT INTO ${index}_row (id) SELECT id FROM ${quoted(table)}`);
  await runner.query(`INSERT INTO ${index} (rowid, words)
    SELECT row, ${words('search')} FROM ${index}_row JOIN ${quoted(table)} found ON found.id = ${index}_row.id`);
  const row = (of: string) => `(SELECT row FROM ${index}_row WHERE id = ${of}.id)`;
  await runner.query(`CREATE TRIGGER ${index}_insert AFTER INSERT ON ${quoted(table)} BEGIN
    INSERT INTO ${index}_row (id) VALUES (new.id);
    INSERT INTO ${index} (rowid, words) VALUES (${row('new')}, ${words('new.search')}); END`);
  await runner.query(`CREATE TRIGGER ${index}_update AFTER UPDATE OF search ON ${quoted(table)}
    WHEN old.search IS NOT new.search BEGIN
    UPDATE ${index} SET words = ${words('new.search')} WHERE rowid = ${row('new')}; END`);
  await runner.query(`CREATE TRIGGER ${index}_delete AFTER DELETE ON ${quoted(table)} BEGIN
    DELETE FROM ${index} WHERE rowid = ${row('old')};
    DELETE FROM ${index}_row WHERE id = old.id; END`);
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
