// How is a record found by text? Every word must occur in its folded text, marks and case ignored: anywhere, or at the
// beginning of a word if it has one or two characters.
import { Index, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';
import { engine } from '../config';
import { fold } from './vietnamese';

const TRIGRAM = 3; // the index knows runs of three characters; shorter words are looked for without it

/**
 * Narrows a query to records whose `search` column contains each word of `text`.
 * @param table the searched table; its trigram index is `<table>_search`.
 */
export function matchText<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  table: string,
  text: string,
): void {
  const words = fold(text).split(' ').filter(Boolean);
  const long = words.filter((word) => [...word].length >= TRIGRAM);
  if (engine === 'postgres') {
    long.forEach((word, i) => {
      // The trigram index serves LIKE as it is.
      query.andWhere(`${query.alias}.search LIKE :long${i} ESCAPE '\\'`, {
        [`long${i}`]: `%${literal(word)}%`,
      });
    });
  } else if (long.length > 0) {
    const phrases = long.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');
    query.andWhere(`${query.alias}.id IN (SELECT id FROM ${table}_search WHERE search MATCH :phrases)`, {
      phrases,
    });
  }
  words
    .filter((word) => !long.includes(word))
    .forEach((word, i) => {
      // Where words begin, or "Quận 7" would find everything of 2027.
      const start = /^[\p{L}\p{N}]/u.test(word) ? ' ' : '';
      const pattern = `%${start}${literal(word)}%`;
      query.andWhere(`' ' || ${query.alias}.search LIKE :word${i} ESCAPE '\\'`, { [`word${i}`]: pattern });
    });
}

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
