// Ids and languages, for generated prefixes, headers and any text at all.
import fc from 'fast-check';
import { idFromName, newId, prefixOf } from '../../src/lib/ids';
import { localeOf } from '../../src/lib/locale';
import { holds } from '../support/generated';

const prefixes = fc.stringMatching(/^[a-z]([a-z_]{0,20}[a-z])?$/);

describe('an id', () => {
  it('has the prefix that it was made with, and no other id of a sample record', () => {
    holds(
      fc.property(prefixes, fc.string(), fc.string(), (prefix, a, b) => {
        expect(prefixOf(newId(prefix))).toBe(prefix);
        expect(prefixOf(idFromName(prefix, a))).toBe(prefix);
        expect(idFromName(prefix, a) === idFromName(prefix, b)).toBe(a === b);
      }),
    );
  });

  it('is refused with any letter more, less or of another alphabet', () => {
    holds(
      fc.property(
        prefixes,
        fc.nat(),
        fc.constantFrom('', 'I', 'L', 'u', 'é', '-', '00'),
        (prefix, at, other) => {
          const id = newId(prefix);
          const place = prefix.length + 1 + (at % 26);
          expect(prefixOf(id.slice(0, place) + other + id.slice(place + 1))).toBeNull();
        },
      ),
    );
  });

  it('is told of any text without failing', () => {
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const prefix = prefixOf(text);
        if (prefix !== null) expect(text).toMatch(/^([a-z]([a-z_]{0,61}[a-z])?_)?[0-7][0-9a-z]{25}$/);
      }),
    );
  });
});

describe('the language of an answer', () => {
  const range = fc.record({
    tag: fc.constantFrom('vi', 'en', 'fr', 'vi-VN', 'en-GB', 'EN', '*'),
    weight: fc.option(fc.integer({ min: 0, max: 1000 }).map((each) => each / 1000)),
  });

  it('is the first of Vietnamese and English by weight, or else Vietnamese', () => {
    holds(
      fc.property(fc.array(range), fc.constantFrom(',', ', '), (ranges, comma) => {
        const header = ranges
          .map(({ tag, weight }) => (weight === null ? tag : `${tag};q=${weight}`))
          .join(comma);
        const heard = ranges.map(({ tag, weight }) => [tag.slice(0, 2).toLowerCase(), weight ?? 1] as const);
        const most = Math.max(...heard.map(([tag, weight]) => (tag === 'vi' || tag === 'en' ? weight : 0)));
        const first = heard.find(([tag, weight]) => (tag === 'vi' || tag === 'en') && weight === most);
        expect(localeOf(header)).toBe(most > 0 ? first![0] : 'vi');
      }),
    );
  });

  it('is one of the two, whatever the header says', () => {
    holds(fc.property(fc.string(), (header) => expect(['vi', 'en']).toContain(localeOf(header))));
  });
});
