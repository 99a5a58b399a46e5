// Which texts are taken, for generated texts: what must be refused is refused wherever in a text it stands.
import fc from 'fast-check';
import {
  addressFault,
  codeFault,
  emailFault,
  lineFault,
  longerThan,
  codeKey,
  tidyText,
  unitsOf,
} from '../../src/lib/texts';
import { holds, names } from '../support/generated';

const texts = fc.string({ unit: 'binary' });
const words = names.map((syllables) => syllables.join(' '));
/** A Vietnamese text with something put into it. */
const holding = (what: fc.Arbitrary<string>) =>
  fc.tuple(words, what, fc.nat()).map(([text, inserted, at]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + inserted + text.slice(place);
  });
const charactersOf = (...ranges: [from: number, to: number][]) =>
  fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max }).map((code) => String.fromCharCode(code))));
const CONTROL = charactersOf([0x00, 0x1f], [0x7f, 0x9f], [0x2028, 0x2029], [0xd800, 0xdfff]);
const HIDDEN = charactersOf(
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2069],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
);

it('a text is longer than a bound if it has more characters', () => {
  holds(
    fc.property(texts, fc.integer({ min: 0, max: 30 }), (text, most) => {
      expect(longerThan(text, most)).toBe([...text].length > most);
    }),
  );
});

describe('a tidied text', () => {
  it('is in NFC and has no blanks around it, and tidying it again changes nothing', () => {
    holds(
      fc.property(words, fc.constantFrom('', ' ', '\n\t', '\u3000'), (text, blank) => {
        const tidied = tidyText(`${blank}${text.normalize('NFD')}${blank}`, 10_000);
        expect(tidied).toBe(text);
        expect(tidyText(tidied!, 10_000)).toBe(tidied);
      }),
    );
  });

  it('is none where a text shows nothing', () => {
    const blank = fc.string({
      unit: fc.constantFrom(' ', '\t', '\u00a0', '\u200b', '\u2060', '\ufeff', '\u2800'),
    });
    holds(fc.property(blank, (text) => expect(tidyText(text, 10_000)).toBeNull()));
  });

  it('stays as it is where it has more code units than its field takes, or a run of marks', () => {
    const marks = charactersOf([0x0300, 0x036f]);
    const run = fc.array(marks, { minLength: 5, maxLength: 9 }).map((each) => `a${each.join('')}`);
    holds(
      fc.property(holding(run), words, (text, other) => {
        expect(tidyText(` ${text}`, 10_000)).toBe(` ${text}`);
        expect(codeKey(text)).toBe(text);
        const long = ` ${other.normalize('NFD')}`;
        expect(tidyText(long, long.length - 1)).toBe(long);
      }),
    );
  });
});

describe('a line', () => {
  it('of Vietnamese words is taken in either form', () => {
    holds(
      fc.property(words, fc.constantFrom('NFC', 'NFD'), (text, form) =>
        expect(lineFault(text.normalize(form))).toBeNull(),
      ),
    );
  });

  it('with a control character, half a character or a hidden one is refused, wherever it stands', () => {
    holds(
      fc.property(holding(CONTROL), (text) =>
        expect(lineFault(text)?.en).toBe('Contains control characters.'),
      ),
    );
    holds(
      fc.property(holding(HIDDEN), (text) =>
        expect(lineFault(text)?.en).toMatch(/\(U\+[\dA-F]{4}\): remove it/),
      ),
    );
  });
});

describe('a code', () => {
  const plain = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$/);

  it('is taken if it has Latin letters, digits and a few signs, and is at most 60 characters long', () => {
    holds(fc.property(plain, (code) => expect(codeFault(code)).toBeNull()));
    const length = fc.integer({ min: 55, max: 65 });
    holds(
      fc.property(length, (characters) => {
        expect(codeFault('ă'.repeat(characters)) === null).toBe(characters <= 60);
      }),
    );
  });

  it('is refused with anything else in it', () => {
    const other = fc.constantFrom(
      ' ',
      '\u0441',
      '\u0430',
      '\uff11',
      '\u00bd',
      '\u2167',
      '\n',
      '\u200b',
      '%',
      "'",
    );
    holds(
      fc.property(plain, other, fc.nat(), (code, sign, at) => {
        const place = at % (code.length + 1);
        expect(codeFault(code.slice(0, place) + sign + code.slice(place))).not.toBeNull();
      }),
    );
  });

  it('is found however its letters are composed, whatever its case', () => {
    const vietnamese = names.map((each) => each.join('-').toUpperCase());
    holds(
      fc.property(vietnamese, (code) => {
        expect(codeKey(code.normalize('NFD'))).toBe(codeKey(code));
        expect(codeKey(code.toUpperCase())).toBe(codeKey(code));
        expect(codeFault(code) === null).toBe(code.length <= 60);
      }),
    );
  });
});

describe('an address', () => {
  it('with a blank, a quote or a bracket in it is refused, wherever it stands', () => {
    const signs = fc.constantFrom(' ', '\t', '\\', '"', "'", '<', '>', '`');
    holds(
      fc.property(fc.webUrl(), signs, fc.nat(), (address, sign, at) => {
        const place = at % (address.length + 1);
        expect(addressFault(address.slice(0, place) + sign + address.slice(place))).not.toBeNull();
      }),
    );
  });

  it('of a host in another alphabet, or of another protocol, is refused', () => {
    const hosts = fc.tuple(fc.domain(), fc.constantFrom('\u0430', '\u0455', '\uff0e', '\u2167'), fc.nat());
    holds(
      fc.property(hosts, fc.constantFrom('ftp', 'javascript', 'data'), ([host, sign, at], protocol) => {
        const place = at % (host.length + 1);
        expect(addressFault(`https://${host.slice(0, place)}${sign}${host.slice(place)}/`)).not.toBeNull();
        expect(addressFault(`${protocol}://${host}/`)).not.toBeNull();
        expect(addressFault(`https://${host}/`)).toBeNull();
      }),
    );
  });
});

it('no text makes a test fail or take what it must not', () => {
  holds(
    fc.property(fc.oneof(texts, fc.webUrl(), fc.emailAddress(), holding(texts)), (text) => {
      const tidied = tidyText(text, unitsOf(100));
      if (tidied !== null) expect(tidyText(tidied, unitsOf(100))).toBe(tidied);
      if (addressFault(text) === null) {
        expect(text).toMatch(/^https?:\/\/[^\s\\"'<>`]+$/iu);
        expect(lineFault(text)).toBeNull();
      }
      if (emailFault(text) === null) expect(text).toMatch(/^[^\s@]+@[^\s@]+$/);
    }),
  );
});
