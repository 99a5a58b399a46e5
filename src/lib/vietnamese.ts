// Vietnamese text: folding for search, and sort keys for the Vietnamese order of names.

const ALPHABET = '0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz';
const TONES = ['', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323']; // ngang huyền hỏi ngã sắc nặng
const TONE_MARKS = /[\u0300\u0301\u0303\u0309\u0323]/gu;
const END = '00'; // less than every letter, so that a shorter word comes first

/** Folds a text for search: no marks, đ as d, lower case, single spaces. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/\s+/gu, ' ')
    .trim();
}

/**
 * The sort key of a person's name: given name, then middle names, then family name, letters before tones syllable by
 * syllable. Digits only, so that every database collation sorts it alike.
 */
export function personKey(fullName: string): string {
  const syllables = fullName.trim().split(/\s+/u);
  const given = syllables.at(-1) ?? '';
  const middle = syllables.slice(1, -1);
  const family = syllables.length > 1 ? syllables.slice(0, 1) : [];
  return [[given], middle, family].map((part) => part.map(syllableKey).join('') + END).join('');
}

/** The sort key of any other name, with numbers of up to eight digits by value: Quận 2 before Quận 10. */
export function textKey(text: string): string {
  const words = text.match(/\p{Nd}+|[\p{L}\p{M}]+/gu) ?? [];
  return words.map((word) => syllableKey(/^\p{Nd}/u.test(word) ? word.padStart(8, '0') : word)).join('');
}

function syllableKey(syllable: string): string {
  const decomposed = syllable.toLowerCase().normalize('NFD');
  const tone = Math.max(0, TONES.indexOf(decomposed.match(TONE_MARKS)?.[0] ?? ''));
  const letters = [...decomposed.replace(TONE_MARKS, '').normalize('NFC')].map((letter) => {
    const position = ALPHABET.indexOf(letter);
    return position < 0 ? '99' : String(position + 1).padStart(2, '0');
  });
  return letters.join('') + END + tone;
}
