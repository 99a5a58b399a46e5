// Text search: which records contain the words of a text, without regard to marks and case, and how well they match.
import { type EntityManager, Index } from 'typeorm';
import { engine } from '../config/database-location';
import { all, anyOf, raw, type Sql, sql } from '../lib/sql';
import { initials, spellings, withoutKind } from '../lib/spellings';
import { fold } from '../lib/vietnamese';

const MOST_STARTS = 12; // places within one word, such as a code, where it can be found
/** Of so many records one: where more match, reading the table is faster than looking up each in the index of words. */
const SHARE = 20;
/** Characters of a word in the index of PostgreSQL, which takes 2,046 bytes. */
export const LONGEST_WORD = 500;
/** What the index of words has for the blanks of a line, so that each line is a word of it, too. */
const JOINT = '\ue000';

/** What the column may contain for one word of a text: this as a word, or as the beginning of one. */
interface Needle {
  word: string;
  whole: boolean;
}

/**
 * The SQL condition that the `search` column contains the words of `text`, in one of its spellings. A word is found at
 * the beginning of a word; one with marks (phú) finds longer words only with the same marks (not "phuong"), and a
 * short number beside other words finds that number alone.
 * @param table the name and the alias of the table.
 * @param isCommon as isCommonText says: then the rows are read, not the index of words.
 */
export function matchesText(table: string, text: string, isCommon = false): Sql {
  const ways = waysOf(text);
  if (ways.length === 0) return all([]);
  const column = raw(`${table}.search`);
  if (engine === 'postgres') return sql`search_words(${column}) @@ CAST(${lexemesOf(ways)} AS tsquery)`;
  if (isCommon) {
    const holds = ({ word, whole }: Needle) =>
      sql`${column} LIKE ${`% ${literal(word)}${whole ? ' ' : ''}%`} ESCAPE '\\'`;
    return anyOf(ways.map((words) => all(words.map((needles) => anyOf(needles.map(holds))))));
  }
  return indexed(table, matchOf(ways));
}

/** The condition that the index of words of a table has a record for a query in the syntax of FTS5. */
function indexed(table: string, query: string): Sql {
  const index = raw(`${table}_search`);
  return sql`${raw(table)}.id IN (SELECT found.id FROM ${index} JOIN ${index}_row found ON found.row = ${index}.rowid WHERE ${index} MATCH ${query})`;
}

/** Whether so many records contain the words that the table is to be read; never on PostgreSQL, which estimates. */
export async function isCommonText(manager: EntityManager, table: string, text: string): Promise<boolean> {
  const ways = waysOf(text);
  if (engine === 'postgres' || ways.length === 0) return false;
  const past = `SELECT 1 FROM ${table}_search WHERE ${table}_search MATCH ? LIMIT 1
    OFFSET (SELECT coalesce(max(row), 0) / ${SHARE} FROM ${table}_search_row)`;
  return (await manager.query<unknown[]>(past, [matchOf(ways)])).length > 0;
}

/** For each spelling of a text, and each word of it, what to look for. */
function waysOf(text: string): Needle[][][] {
  return spellings(text).map((way) =>
    [...new Set(way.split(' '))].map((word) => needlesOf(word, way.includes(' '))),
  );
}

function needlesOf(word: string, beside: boolean): Needle[] {
  const folded = fold(word);
  if (beside && /^\d{1,2}$/.test(folded)) return [{ word: folded, whole: true }];
  if (word === folded) return [{ word, whole: false }];
  return [
    { word: folded, whole: true },
    { word, whole: false },
  ];
}

/** The query of the index of words, in the syntax of FTS5. */
function matchOf(ways: Needle[][][]): string {
  const found = ({ word, whole }: Needle) => `"${word.replaceAll('"', '""')}"${whole ? '' : ' *'}`;
  return queryOf(ways, found, ' AND ', ' OR ');
}

/** The same as a tsquery of PostgreSQL, whose words are cut as the function search_words cuts them. */
function lexemesOf(ways: Needle[][][]): string {
  const quoted = (word: string) => [...word].slice(0, LONGEST_WORD).join('').replace(/['\\]/g, '$&$&');
  return queryOf(ways, ({ word, whole }) => `'${quoted(word)}'${whole ? '' : ':*'}`, ' & ', ' | ');
}

function queryOf(ways: Needle[][][], found: (needle: Needle) => string, and: string, or: string): string {
  const holds = (words: Needle[][]) => words.map((needles) => `(${needles.map(found).join(or)})`);
  return ways.map((words) => `(${holds(words).join(and)})`).join(or);
}

/**
 * How well a text matches: a ladder of rungs, best first, each with what the column must contain. Whole names before
 * whole words in their order, before whole words in any order, and of each the exact marks before the folded ones.
 */
function ladder(text: string): string[][] {
  const rungs = spellings(text).flatMap((way) => {
    const folded = fold(way);
    const whole = (words: string) => words.split(' ').map((word) => ` ${word} `);
    return [[line(way)], [line(folded)], [` ${way} `], [` ${folded} `], whole(way), whole(folded)];
  });
  return rungs.filter((rung, i) => rungs.findIndex((each) => String(each) === String(rung)) === i);
}

const line = (words: string): string => `\n ${words} \n`;

/** The place of a record in the order of relevance of a text: SQL, and the same of a column's value. */
export interface Relevance {
  of: (alias: string) => Sql;
  ofValue: (search: string | null) => number;
  /** For each place the condition that a record has it, on the table itself; for a text that isCommonText. */
  places: (table: string) => Sql[];
}

/** The relevance of records for a text, 0 for the best; null for a blank text. */
export function relevanceOf(text: string | null | undefined): Relevance | null {
  const rungs = text ? ladder(text) : [];
  if (rungs.length === 0) return null;
  const position = raw(engine === 'postgres' ? 'strpos' : 'instr');
  const of = (alias: string) => {
    const column = raw(`${alias}.search`);
    const cases = rungs.map((needles, rung) => {
      const holds = all(needles.map((needle) => sql`${position}(${column}, ${needle}) > 0`));
      return sql`WHEN ${holds} THEN ${raw(String(rung))} `;
    });
    const otherwise = sql`ELSE ${raw(String(rungs.length))} END`;
    return sql`CASE ${cases.reduceRight((rest, each) => sql`${each}${rest}`, otherwise)}`;
  };
  return {
    of,
    places: (table) =>
      [...rungs, []].map((needles, rung) =>
        all([
          // Few have the words as a whole line, even where many have them.
          needles[0]?.startsWith('\n') && indexed(table, `"${lineToken(needles[0])}"`),
          sql`${of(table)} = ${rung}`,
        ]),
      ),
    ofValue: (search) => {
      const rung = rungs.findIndex((needles) => needles.every((needle) => search?.includes(needle)));
      return rung < 0 ? rungs.length : rung;
    },
  };
}

const lineToken = (needle: string): string =>
  needle.trim().replaceAll(' ', JOINT).replaceAll('"', '""').replace(/^|$/g, JOINT);

/** Declares the index of a `search` column, which TypeORM cannot describe; migrations create it. */
export const Searched = (table: string): ClassDecorator => Index(`${table}_search`, { synchronize: false });

/** Escapes a word for LIKE. */
const literal = (word: string): string => word.replace(/[\\%_]/g, (special) => `\\${special}`);

/**
 * The content of a `search` column: a line for each spelling of each part, folded and with its marks, and a line with
 * the places within words at which they can be found, too. Words stand between blanks, lines between line ends.
 */
export function searchText(...parts: (string | null | undefined)[]): string {
  return linesOf(parts, []);
}

/** The same for the names of units, which are known by their initials, too: GDĐT, TCTU. */
export function unitSearchText(name: string, ...parts: (string | null | undefined)[]): string {
  return linesOf([name, ...parts], initials(name));
}

function linesOf(parts: (string | null | undefined)[], more: string[]): string {
  const said = parts.filter((part) => part != null && part.trim() !== '') as string[];
  const marked = said.flatMap((part) => [...spellings(part), withoutKind(part)]);
  const words = new Set(marked.flatMap((line) => line.split(' ')));
  const starts = new Set([...words].flatMap((word) => startsWithin(fold(word))));
  const lines = new Set([...marked.map(fold), ...marked]);
  return `\n ${[...lines, [...starts, ...more].join(' ')].filter(Boolean).join(' \n ')} \n`;
}

/** The parts of a word behind each change between letters and other signs, and the word without its apostrophes. */
function startsWithin(word: string): string[] {
  const starts = [...word.matchAll(/(?<=[\p{L}\p{N}])[^\p{L}\p{N}]|(?<=[^\p{L}\p{N}])[\p{L}\p{N}]/gu)];
  const joined = word.replaceAll("'", '');
  return [
    ...starts.slice(0, MOST_STARTS).map(({ index }) => word.slice(index)),
    ...(joined === word ? [] : [joined]),
  ];
}
