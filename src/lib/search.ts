// How is a record found by text? Every word must occur in its folded text, marks and case ignored: anywhere, or at the
// beginning of a word if it has one or two characters.
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
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
  if (long.length > 0) {
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
      const pattern = `%${start}${word.replace(/[\\%_]/g, (special) => `\\${special}`)}%`;
      query.andWhere(`' ' || ${query.alias}.search LIKE :word${i} ESCAPE '\\'`, { [`word${i}`]: pattern });
    });
}

/** The text a record is found by. */
export function searchText(...parts: (string | null | undefined)[]): string {
  return parts
    .filter(Boolean)
    .map((part) => fold(part!))
    .join(' ');
}
