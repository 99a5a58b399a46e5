// Vietnamese text: one form of look-alike letters, folding for search, and sort keys for the Vietnamese order of names.

const ALPHABET = '0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz';
const TONES = ['', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323']; // ngang huyền hỏi ngã sắc nặng
const TONE_MARKS = /[\u0300\u0301\u0303\u0309\u0323]/gu;
const END = '00'; // less than every letter, so that a shorter word comes first

const APOSTROPHES = /['\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u00b4`\ua78c\uff07]/gu;
/** The tone stands on the first of the two last vowels in one spelling and on the second in the other: hòa, hoà. */
const OPEN_END = /(o[àảãáạèẻẽéẹ]|(?<!q)u[ỳỷỹýỵ])(?![\p{L}\p{M}])/gu;

/** Replaces Ð (U+00D0) and Ɖ (U+0189), which look like Đ, and typographic apostrophes within a word. */
export function mendLetters(text: string): string {
  return text
    .replace(/[\u00d0\u0189]/gu, 'Đ')
    .replace(/[\u00f0\u0256]/gu, 'đ')
    .replace(APOSTROPHES, (found, at: number) =>
      /\p{L}/u.test(text[at - 1] ?? '') && /\p{L}/u.test(text[at + 1] ?? '') ? "'" : found,
    );
}

/** The form in which search compares exact marks: lower case, single spaces, one place of the tone, one apostrophe. */
export function plain(text: string): string {
  return mendLetters(text.normalize('NFKC').replace(APOSTROPHES, "'"))
    .toLowerCase()
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(OPEN_END, (vowels) => {
      const [first, second, tone] = [vowels[0]!, ...vowels[1]!.normalize('NFD')];
      return (first + tone! + second!).normalize('NFC');
    });
}

/** Folds a text for search: no marks, đ as d, lower case, single spaces. */
export function fold(text: string): string {
  return plain(text)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('đ', 'd')
    .replace(/\s+/gu, ' ')
    .trim();
}

/**
 * The sort key of a person's name, as office lists sort: given name, family name, middle names, letters before tones
 * syllable by syllable. What stands in brackets does not sort. Digits only, so that every collation sorts it alike.
 * @param givenName where it is not the last word of the name, as in Ê Đê or Khmer names.
 */
export function personKey(fullName: string, givenName?: string | null): string {
  const words = (text: string) => text.trim().split(/\s+/u).filter(Boolean);
  const syllables = words(fullName.replace(/\([^()]*\)/gu, ' '));
  if (syllables.length === 0) syllables.push(...words(fullName));
  const given = givenName ? words(givenName) : syllables.slice(-1);
  const at = syllables.findLastIndex((_, i) => given.every((word, j) => syllables[i + j] === word));
  if (at >= 0) syllables.splice(at, given.length);
  return [given, syllables.slice(0, 1), syllables.slice(1)]
    .map((part) => part.map(syllableKey).join('') + END)
    .join('');
}

/** The sort key of any other name, with numbers of up to eight digits by value: Quận 2 before Quận 10. */
export function textKey(text: string): string {
  const words = text.match(/\p{Nd}+|[\p{L}\p{M}]+/gu) ?? [];
  return words.map((word) => syllableKey(/^\p{Nd}/u.test(word) ? word.padStart(8, '0') : word)).join('');
}

/** The sort key of a unit's name; those of one name come in the order of the units above them: Phường 1 of Quận 3. */
export function unitKey(name: string, above: string | null | undefined): string {
  return textKey(name) + END + textKey(above ?? '');
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
