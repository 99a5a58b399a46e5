// Text validation and normalisation: length, combining marks, control, invisible and direction characters, web and
// e-mail addresses. Every check is linear in the length of the text.
import { domainToUnicode } from 'node:url';
import isEmail from 'validator/lib/isEmail';
import type { Text } from './locale';
import { mendLetters } from './vietnamese';

/** Code units per character on input: a decomposed Vietnamese letter has three, with a superfluous mark four. */
const UNITS_A_CHARACTER = 4;
/** Code units of any text in an operation: the longest field, and more than any cursor has. */
export const LONGEST_TEXT = 5_000 * UNITS_A_CHARACTER;
const LONGEST_CODE = 60;
const LONGEST_ADDRESS = 2_000;
const LONGEST_EMAIL = 254;

/** Vietnamese letters have at most two marks; normalising a run of marks takes quadratic time. */
const TOO_MANY_MARKS = /\p{M}{5}/u;
/** Control characters and lone surrogates: databases store them differently, or not at all. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
/**
 * Invisible characters, and those that change the direction of the text beside them. Emoji use two of them, the
 * variation selector and the joiner, which are allowed after an emoji.
 */
const HIDDEN =
  /(?<!\p{ExtPict})[\ufe0e\ufe0f](?!\u20e3)|(?<![\p{ExtPict}\p{EMod}\ufe0f])\u200d|(?![\ufe0e\ufe0f\u200d])[\p{DI}\p{Cf}\u115f\u1160\u2800]/u;
/** Two neighbouring letters of which one is Latin and one of an alphabet with letters that look Latin. */
const MIXED =
  /\p{Script=Latin}\p{M}*(?=\p{L})[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]|(?=\p{L})[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]\p{M}*\p{Script=Latin}/u;
const LATIN = /\p{Script=Latin}/u;
/** A word of Cyrillic or Greek letters of which each looks like a Latin one: suspect beside Latin words only. */
const ALIKE = /(?<![\p{L}\p{M}\p{N}])[АВЕЅІЈКМНОРСТУХаеіјорсухѕԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧο]+(?![\p{L}\p{M}\p{N}])/u;
/** Latin letters and digits of another width or for formulas. */
const WIDE = /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]/u;
/** A visible character, or one that is refused with a message of its own. */
const VISIBLE = /[^\s\p{DI}\p{Cf}\u2800]/u;

const MARKS: Text = {
  vi: 'Có quá nhiều dấu trên một chữ.',
  en: 'Has too many combining marks on one letter.',
};
const CONTROL: Text = { vi: 'Có ký tự điều khiển không hợp lệ.', en: 'Contains control characters.' };
const CODE: Text = {
  vi: `Mã gồm chữ cái Latinh, chữ số 0-9 và các dấu . _ / -, tối đa ${LONGEST_CODE} ký tự, không có khoảng trắng.`,
  en: `A code has Latin letters, digits 0-9 and . _ / -, at most ${LONGEST_CODE} characters, no spaces.`,
};
const ADDRESS: Text = { vi: 'Địa chỉ trang web không hợp lệ.', en: 'Not a web address.' };
const EMAIL: Text = { vi: 'Địa chỉ thư điện tử không hợp lệ.', en: 'Not an e-mail address.' };

/** How many code units a text of `most` characters may have before normalisation. */
export const unitsOf = (most: number): number => most * UNITS_A_CHARACTER;
export const CODE_UNITS = unitsOf(LONGEST_CODE);
export const ADDRESS_UNITS = unitsOf(LONGEST_ADDRESS);
export const EMAIL_UNITS = unitsOf(LONGEST_EMAIL);

/** Whether a text has more than `most` characters; very long ones are not counted. */
export function longerThan(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || [...text].length > most);
}

/**
 * Normalises a text: NFC, trimmed, any blanks as one space (line ends stay), Ð as Đ, ’ within a word as an apostrophe;
 * null when it has no visible character. A text longer than `units`, or with a run of
 * marks, stays as it is: normalising it would be expensive, and its field refuses it.
 */
export function tidyText(text: string, units: number): string | null {
  if (text.length > units || TOO_MANY_MARKS.test(text)) return text;
  const tidied = mendLetters(text.normalize('NFC'))
    .replace(/[\p{Zs}]+/gu, ' ')
    .trim();
  return VISIBLE.test(tidied) ? tidied : null;
}

/** Normalises a code as it is stored; one that no record can have stays as it is. */
function storedCode(code: string): string {
  return tidyText(code, CODE_UNITS) ?? '';
}

/** The keys of codes to look for; blank ones, which arrive as null, are nobody's. */
export const codeKeys = (codes: readonly (string | null)[]): string[] =>
  codes.flatMap((code) => (code === null ? [] : codeKey(code)));

/** The key by which codes are compared, in look-ups and for uniqueness: whatever case and width. Takes any text. */
export function codeKey(code: string): string {
  const stored = storedCode(code);
  if (stored.length > CODE_UNITS || TOO_MANY_MARKS.test(stored)) return stored;
  return mendLetters(stored.normalize('NFKC')).toLowerCase().normalize('NFC');
}

/** Why a text is not allowed on a single line, or null. */
export function lineFault(text: string): Text | null {
  if (TOO_MANY_MARKS.test(text)) return MARKS;
  if (UNSAFE.test(text)) return CONTROL;
  const [hidden] = HIDDEN.exec(text) ?? [];
  if (hidden !== undefined) return hiddenText(hidden);
  const [word] = MIXED.exec(text) ?? [];
  const foreign =
    word && /(?=[\p{L}])[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.exec(word)?.[0];
  const alike = foreign ?? WIDE.exec(text)?.[0] ?? (LATIN.test(text) ? ALIKE.exec(text)?.[0][0] : undefined);
  return alike ? lookAlike(alike) : null;
}

/** Why a text is not a valid code, or null. */
export function codeFault(text: string): Text | null {
  if (longerThan(text, LONGEST_CODE) || TOO_MANY_MARKS.test(text)) return CODE;
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(withoutMarks(text)) ? null : CODE;
}

/** Why a text is not a valid web address, or null. The address shown must be the one a browser opens. */
export function addressFault(text: string): Text | null {
  if (longerThan(text, LONGEST_ADDRESS)) return ADDRESS;
  const unseen = lineFault(text);
  if (unseen) return unseen;
  const [, host] = /^https?:\/\/([\p{L}\d.-]+)(?::\d+)?(?:[/?#]|$)/iu.exec(text) ?? [];
  if (!host || /[\s\\"'<>`]/u.test(text) || !URL.canParse(text)) return ADDRESS;
  const { hostname } = new URL(text);
  const isRead = [hostname, domainToUnicode(hostname)].includes(host.toLowerCase());
  // Labels of Latin letters, the last one a top-level domain; or an IPv4 address.
  const hasForm = /^[a-z\d-]+(\.[a-z\d-]+)*\.([a-z][a-z\d-]*[a-z\d]|\d+)$/i.test(withoutMarks(host));
  return isRead && hasForm ? null : ADDRESS;
}

/**
 * Removes Vietnamese marks, to check whether the rest is plain Latin. Look-alikes from other alphabets, full-width
 * digits, Roman numerals and fractions are not: with them, two different records could look the same.
 */
function withoutMarks(text: string): string {
  if (text.normalize('NFKC') !== text || /\p{M}/u.test(text)) return text;
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd');
}

/** Why a text is not a valid e-mail address, or null. */
export function emailFault(text: string): Text | null {
  if (text.length > LONGEST_EMAIL) return EMAIL;
  return lineFault(text) ?? (isEmail(text) ? null : EMAIL);
}

/** The message for an invisible character, with its code point. */
function hiddenText(character: string): Text {
  const name = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  return {
    vi: `Có ký tự ẩn hoặc ký tự đổi hướng chữ (${name}): hãy xóa ký tự này.`,
    en: `Contains an invisible or direction character (${name}): remove it.`,
  };
}

function lookAlike(character: string): Text {
  const name = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  return {
    vi: `Có ký tự "${character}" (${name}) trông giống chữ Latinh nhưng không phải: hãy gõ lại chữ này.`,
    en: `Contains "${character}" (${name}), which looks like a Latin letter or digit but is none: type it again.`,
  };
}
