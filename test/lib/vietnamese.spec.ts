// Folding and sort keys of Vietnamese text, for generated syllables and for any text at all.
import fc from 'fast-check';
import { fold, personKey, textKey } from '../../src/lib/vietnamese';
import { holds, names, syllables, TONES } from '../support/generated';

/** Any characters, many of them those that folding is about. */
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom('đ', 'Đ', 'ữ', 'İ', '\u0301', ' ', '\u00a0'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});
const sign = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const capitalised = (syllable: string) => syllable[0]!.toUpperCase() + syllable.slice(1);

/** The order of the Unicode CLDR, which knows Vietnamese on its own account. */
const cldr = new Intl.Collator('vi');
const alphabetically = (a: string, b: string) => Math.sign(cldr.compare(a, b));

/** One list of syllables before another: by the first that differs, the shorter one first. */
function inTurn(a: readonly string[], b: readonly string[]): number {
  for (const [i, syllable] of a.entries()) {
    const order = i < b.length ? alphabetically(syllable, b[i]!) : 1;
    if (order !== 0) return order;
  }
  return a.length < b.length ? -1 : 0;
}

describe('a folded text', () => {
  it('of Vietnamese has its plain letters, whatever its marks, case, form and spaces', () => {
    const plain = new Map([...'aăâdđeêioôơuưy'].map((letter, i) => [letter, 'aaaddeeiooouuy'[i]!]));
    const spaces = fc.constantFrom(' ', '  ', '\t', '\u00a0 ');
    holds(
      fc.property(
        ...([names, spaces, fc.constantFrom('NFC', 'NFD'), fc.boolean()] as const),
        (words, space, form, isLoud) => {
          const text = words.join(space).normalize(form);
          const letters = words
            .join(' ')
            .normalize('NFD')
            .replace(/[\u0300\u0301\u0303\u0309\u0323]/gu, '');
          const expected = [...letters.normalize('NFC')]
            .map((letter) => plain.get(letter) ?? letter)
            .join('');
          expect(fold(`${space}${isLoud ? text.toUpperCase() : text}${space}`)).toBe(expected);
        },
      ),
    );
  });

  it('has no marks and no more than single spaces, and folding it again changes nothing', () => {
    holds(
      fc.property(texts, (text) => {
        const folded = fold(text);
        expect(folded).not.toMatch(/\p{M}|[đĐ]|\s\s|^\s|\s$/u);
        expect(fold(folded)).toBe(folded);
      }),
    );
  });
});

describe('the sort key of a person', () => {
  it('puts given names first, then family names, then middle names, each in the order of the alphabet', () => {
    const parts = (name: string[]) => [name.slice(-1), name.slice(0, -1).slice(0, 1), name.slice(1, -1)];
    const alike = fc
      .tuple(names, names, fc.boolean())
      .map(([a, b, isNamesake]) => (isNamesake ? [a, [...b.slice(0, -1), a.at(-1)!]] : [a, b]));
    holds(
      fc.property(alike, ([a, b]) => {
        const order =
          parts(a!)
            .map((part, i) => inTurn(part, parts(b!)[i]!))
            .find((each) => each !== 0) ?? 0;
        expect(sign(personKey(a!.join(' ')), personKey(b!.join(' ')))).toBe(order);
      }),
    );
  });

  it('has each letter of the alphabet in its place', () => {
    const letters = [...'aăâbcdđeêfghijklmnoôơpqrstuưvwxyz'];
    const keys = letters.map((letter) => personKey(letter));
    expect(keys).toEqual(keys.toSorted());
    expect(letters).toEqual(letters.toSorted(alphabetically));
    expect(new Set(keys).size).toBe(letters.length);
  });

  it('puts syllables that differ in nothing but the tone in the order of the tones', () => {
    const rising = fc.integer({ min: 0, max: 4 });
    holds(
      fc.property(syllables, rising, (syllable, tone) => {
        const letters = syllable.normalize('NFD').replace(/[\u0300\u0301\u0303\u0309\u0323]/gu, '');
        const toned = (i: number) => letters.normalize('NFC').replace(/[aăâeêioôơuưy]/u, `$&${TONES[i]!}`);
        expect(sign(personKey(toned(tone)), personKey(toned(tone + 1)))).toBe(-1);
      }),
    );
  });

  it('is the same in capitals, in either form, and wherever a tone is written', () => {
    holds(
      fc.property(names, fc.constantFrom('NFC', 'NFD'), (name, form) => {
        const key = personKey(name.join(' '));
        expect(personKey(`  ${name.map(capitalised).join('  ')} `.normalize(form))).toBe(key);
        expect(personKey(name.join(' ').toUpperCase())).toBe(key);
      }),
    );
    expect(personKey('Hòa')).toBe(personKey('Hoà'));
  });

  it('has digits only, for any text', () => {
    holds(fc.property(texts, (text) => expect(personKey(text)).toMatch(/^\d+$/)));
  });
});

describe('the sort key of other names', () => {
  it('puts numbers of up to eight digits in order of their value', () => {
    const numbers = fc.integer({ min: 0, max: 99_999_999 });
    holds(
      fc.property(names, numbers, numbers, fc.integer({ min: 1, max: 8 }), (words, a, b, width) => {
        const key = (number: number | string) => textKey([...words, number].join(' '));
        expect(sign(key(a), key(b))).toBe(Math.sign(a - b));
        expect(key(String(a).padStart(width, '0'))).toBe(key(a));
      }),
    );
  });

  it('puts words in the order of the alphabet, whatever stands between them', () => {
    const between = fc.constantFrom(' ', ', ', ' - ', ' ("');
    holds(
      fc.property(names, names, names, between, (same, one, other, space) => {
        const [a, b] = [
          [...same, ...one],
          [...same, ...other],
        ];
        expect(sign(textKey(a.join(space)), textKey(b.join(' ')))).toBe(inTurn(a, b));
      }),
    );
  });

  it('has digits only, for any text', () => {
    holds(fc.property(texts, (text) => expect(textKey(text)).toMatch(/^\d*$/)));
  });
});
