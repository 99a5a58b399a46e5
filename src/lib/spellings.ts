// Abbreviations of Vietnamese offices in search: Q.7, TP Thủ Đức, UBND phường An Phú, TPHCM, Sở GD&ĐT written out.
import { fold, plain } from './vietnamese';

/** Kinds of unit by their abbreviation, which stands before a name or a number. */
const KINDS: Record<string, string> = {
  q: 'quận',
  p: 'phường',
  x: 'xã',
  h: 'huyện',
  tp: 'thành phố',
  tt: 'thị trấn',
  tx: 'thị xã',
};
const KIND = /(?<![\p{L}\p{N}'])(tp|tt|tx|q|p|x|h)(?:\.\s*|\s+|(?=\d))(?=[\p{L}\p{N}])/gu;
const CITY = 'thành phố hồ chí minh';
/** Two initials are too short to be looked for among all words: they are known behind the word they stand for. */
const DEPARTMENTS: Record<string, string> = {
  nv: 'nội vụ',
  tc: 'tài chính',
  tp: 'tư pháp',
  xd: 'xây dựng',
  yt: 'y tế',
  ct: 'công thương',
  dl: 'du lịch',
};
const BODY = 'ubnd|uy ban nhan dan|hdnd|hoi dong nhan dan|dang uy|dang bo';
const KIND_WORDS = 'phuong|xa|quan|huyen|thi tran|thi xa|thanh pho';
/** The bodies of a unit stand for the unit: UBND phường An Phú. */
const OF_BODY = new RegExp(`^(?:${BODY})(?= (?:${KIND_WORDS}) .)|^(?:quan uy|huyen uy)(?= (?:quan|huyen) .)`);
const BEHIND_KIND = new RegExp(`^(?:${KIND_WORDS}) (?=\\D)`);

/**
 * The ways to write a text, best first: as it was typed, with abbreviations written out, and without the body of a unit
 * or the city behind a name. In the form of plain(); none for a blank text.
 */
export function spellings(text: string): string[] {
  const typed = plain(text);
  if (!typed) return [];
  const full = writtenOut(typed);
  const ways = [typed, full, ofUnit(full), withoutCity(full), withoutCity(ofUnit(full))];
  return [...new Set(ways.filter(Boolean))];
}

/** A unit's name without its kind (an phú), unless a number is all that is left. The same text when there is no kind. */
export function withoutKind(name: string): string {
  const typed = plain(name);
  const kind = BEHIND_KIND.exec(fold(typed))?.[0];
  return kind ? typed.split(' ').slice(kind.trim().split(' ').length).join(' ') : typed;
}

/** The initials of a name from each of its words on, of three letters or more: sgddt, gddt, dt is too short. */
export function initials(name: string): string[] {
  const letters = fold(name)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word && word !== 'va')
    .map((word) => word[0]!);
  return letters.slice(0, -2).map((_, i) => letters.slice(i).join(''));
}

function writtenOut(typed: string): string {
  return typed
    .replace(/(?<=\p{L})\s*[.\s]\s*hcm\b/gu, ' hcm')
    .replace(/\btp\s?hcm\b/gu, CITY)
    .replace(/\bhcm\b/gu, 'hồ chí minh')
    .replace(/(?<=(?<!\p{L})\p{L}{1,4})&(?=\p{L}{1,4}(?!\p{L}))/gu, '') // GD&ĐT
    .replace(/\s*&\s*/gu, ' và ')
    .replace(/(?<=^sở )(nv|tc|tp|xd|yt|ct|dl)(?=$| )/u, (short) => DEPARTMENTS[short]!)
    .replace(KIND, (_, short: string) => `${KINDS[short]!} `)
    .replace(/(?<=(?:^| )(?:phường|phuong|quận|quan) )0+(?=\d)/gu, '')
    .replace(/^(quận|huyện) ủy (?!quận|huyện)/u, '$1 ')
    .replace(/(?<=[\p{L}\p{N}])[.,;:]+(?= |$)/gu, '');
}

/** Folding keeps the number of words, so what was found in the folded text is cut off by words. */
function ofUnit(text: string): string {
  const body = OF_BODY.exec(fold(text))?.[0];
  return body ? text.split(' ').slice(body.split(' ').length).join(' ') : text;
}

const withoutCity = (text: string): string =>
  fold(text).endsWith(` ${fold(CITY)}`) && text.split(' ').length > 5
    ? text
        .split(' ')
        .slice(0, -5)
        .join(' ')
        .replace(/[,–-]\s*$/u, '')
        .trim()
    : text;
