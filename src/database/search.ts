// Text search: which records contain the words of a text, without regard to marks and case, and how well they match.
import { Index } from 'typeorm';
import { engine } from '../config/config';
import { all, anyOf, raw, type Sql, sql } from '../lib/sql';
import { initials, spellings, withoutKind } from '../lib/spellings';
import { fold } from '../lib/vietnamese';

const TRIGRAM = 3; // the index has runs of three characters; shorter ones are searched without it
const MOST_STARTS = 12; // places within one word, such as a code, where it can be found

/**
 * The SQL condition that the `search` column contains the words of `text`, in one of its spellings. A word is found at
 * the beginning of a word; one with marks (phú) finds longer words only with the same marks (not "phuong"), and a
 * short number beside other words finds that number alone.
 * @param table the name and the alias of the table; its trigram index is `<table>_search`.
 */
export function matchesText(table: string, text: string): Sql {
  const column = raw(`${table}.search`);
  const ways = spellings(text).map((way) => {
    const words = way.split(' ').map((word) => needlesOf(word, way.includes(' ')));
    const indexed = words.filter((needles) => needles.every((needle) => [...needle].length >= TRIGRAM));
    const bare = engine === 'postgres' ? words : words.filter((needles) => !indexed.includes(needles));
    return all([
      engine !== 'postgres' &&
        indexed.length > 0 &&
        sql`${raw(table)}.id IN (SELECT id FROM ${raw(`${table}_search`)} WHERE search MATCH ${phrases(indexed)})`,
      ...bare.map((needles) =>
        anyOf(needles.map((needle) => sql`${column} LIKE ${`%${literal(needle)}%`} ESCAPE '\\'`)),
      ),
    ]);
  });
  return ways.length === 0 ? all([]) : anyOf(ways);
}

/** What to look for in the column for one word. */
function needlesOf(word: string, beside: boolean): string[] {
  const folded = fold(word);
  if (beside && /^\d{1,2}$/.test(folded)) return [` ${folded} `];
  return word === folded ? [` ${folded}`] : [` ${folded} `, ` ${word}`];
}

/**
 * How well a text matches: a ladder of rungs, best first, each with what the column must contain. Whole names before
 * whole words in their order, before whole words in any order, and of each the exact marks before the folded ones.
 */
function ladder(text: string): string[][] {
  return spellings(text).flatMap((way) => {
    const folded = fold(way);
    const whole = (words: string) => words.split(' ').map((word) => ` ${word} `);
    return [[`\n ${way} \n`], [`\n ${folded} \n`], [` ${way} `], [` ${folded} `], whole(way), whole(folded)];
  });
}

/** The place of a record in the order of relevance of a text: SQL, and the same of a column's value. */
export interface Relevance {
  of: (alias: string) => Sql;
  ofValue: (search: string) => number;
}

/** The relevance of records for a text, 0 for the best; null for a blank text. */
export function relevanceOf(text: string | null | undefined): Relevance | null {
  const rungs = text ? ladder(text) : [];
  if (rungs.length === 0) return null;
  const position = raw(engine === 'postgres' ? 'strpos' : 'instr');
  return {
    of: (alias) => {
      const column = raw(`${alias}.search`);
      const cases = rungs.map((needles, rung) => {
        const holds = all(needles.map((needle) => sql`${position}(${column}, ${needle}) > 0`));
        return sql`WHEN ${holds} THEN ${raw(String(rung))} `;
      });
      const otherwise = sql`ELSE ${raw(String(rungs.length))} END`;
      return sql`CASE ${cases.reduceRight((rest, each) => sql`${each}${rest}`, otherwise)}`;
    },
    ofValue: (search) => {
      const rung = rungs.findIndex((needles) => needles.every((needle) => search.includes(needle)));
      return rung < 0 ? rungs.length : rung;
    },
  };
}

const phrases = (words: string[][]): string =>
  words
    .map((needles) => `(${needles.map((needle) => `"${needle.replaceAll('"', '""')}"`).join(' OR ')})`)
    .join(' AND ');

/** Declares the trigram index of a `search` column, which TypeORM cannot describe; migrations create it. */
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
