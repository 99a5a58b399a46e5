// How is a record found by text? Every word must occur in its folded text, marks and case ignored: anywhere, or at the
// beginning of a word if it has one or two characters.
import { Index } from 'typeorm';
import { engine } from '../config/config';
import { all, raw, type Sql, sql } from '../lib/sql';
import { fold } from '../lib/vietnamese';

const TRIGRAM = 3; // the index knows runs of three characters; shorter words are looked for without it

/**
 * The condition of records whose `search` column contains each word of `text`.
 * @param table the searched table, and its alias; its trigram index is `<table>_search`.
 */
export function matchesText(table: string, text: string): Sql {
  const words = fold(text).split(' ').filter(Boolean);
  const long = words.filter((word) => [...word].length >= TRIGRAM);
  const short = words.filter((word) => !long.includes(word));
  const column = raw(`${table}.search`);
  return all([
    ...(engine === 'postgres'
      ? long.map((word) => sql`${column} LIKE ${`%${literal(word)}%`} ESCAPE '\\'`) // the index serves it as it is
      : long.length > 0
        ? [
            sql`${raw(table)}.id IN (SELECT id FROM ${raw(`${table}_search`)} WHERE search MATCH ${phrases(long)})`,
          ]
        : []),
    ...short.map((word) => {
      // Where words begin, or "Quận 7" would find everything of 2027.
      const start = /^[\p{L}\p{N}]/u.test(word) ? ' ' : '';
      return sql`' ' || ${column} LIKE ${`%${start}${literal(word)}%`} ESCAPE '\\'`;
    }),
  ]);
}

const phrases = (words: string[]): string => words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');

/** Marks an entity whose `search` column has an index that TypeORM cannot describe; migrations make and keep it. */
export const Searched = (table: string): ClassDecorator => Index(`${table}_search`, { synchronize: false });

/** A word as a pattern of LIKE that means nothing but itself. */
const literal = (word: string): string => word.replace(/[\\%_]/g, (special) => `\\${special}`);

/** The text a record is found by. */
export function searchText(...parts: (string | null | undefined)[]): string {
  return parts
    .filter(Boolean)
    .map((part) => fold(part!))
    .join(' ');
}
