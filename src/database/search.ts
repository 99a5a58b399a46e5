// Text search without marks and case: every word must occur in the record's folded text, anywhere, or at the beginning
// of a word if it has one or two characters.
import { Index } from 'typeorm';
import { engine } from '../config/database-location';
import { all, raw, type Sql, sql } from '../lib/sql';
import { fold } from '../lib/vietnamese';

const TRIGRAM = 3; // the index has runs of three characters; shorter words are searched without it

/**
 * The SQL condition that the `search` column contains each word of `text`.
 * @param table the name and the alias of the table; its trigram index is `<table>_search`.
 */
export function matchesText(table: string, text: string): Sql {
  const words = fold(text).split(' ').filter(Boolean);
  const long = words.filter((word) => [...word].length >= TRIGRAM);
  const short = words.filter((word) => !long.includes(word));
  const column = raw(`${table}.search`);
  return all([
    ...(engine === 'postgres'
      ? long.map((word) => sql`${column} LIKE ${`%${literal(word)}%`} ESCAPE '\\'`) // served by the trigram index
      : long.length > 0
        ? [
            sql`${raw(table)}.id IN (SELECT id FROM ${raw(`${table}_search`)} WHERE search MATCH ${phrases(long)})`,
          ]
        : []),
    ...short.map((word) => {
      // Only at the beginning of words, or "Quận 7" would find everything of 2027.
      const start = /^[\p{L}\p{N}]/u.test(word) ? ' ' : '';
      return sql`' ' || ${column} LIKE ${`%${start}${literal(word)}%`} ESCAPE '\\'`;
    }),
  ]);
}

const phrases = (words: string[]): string => words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');

/** Declares the trigram index of a `search` column, which TypeORM cannot describe; migrations create it. */
export const Searched = (table: string): ClassDecorator => Index(`${table}_search`, { synchronize: false });

/** Escapes a word for LIKE. */
const literal = (word: string): string => word.replace(/[\\%_]/g, (special) => `\\${special}`);

/** The content of a `search` column: the folded parts. */
export function searchText(...parts: (string | null | undefined)[]): string {
  return parts
    .filter(Boolean)
    .map((part) => fold(part!))
    .join(' ');
}
