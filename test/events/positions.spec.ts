// Event cursors, for generated positions and for any text at all.
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../src/events/cursor';
import { holds } from '../support/generated';

const positions = fc.record({
  logId: fc.stringMatching(/^[0-9a-z]{1,25}$/),
  seq: fc.integer({ min: 0, max: 999_999_999_999_999 }),
});
const refused = expect.objectContaining({ extensions: expect.objectContaining({ code: 'CURSOR_INVALID' }) });

/** The position that a text stands for; null where it is refused as a cursor that is none. */
function positionOf(text: string) {
  try {
    return decodeCursor(text);
  } catch (error) {
    expect(error).toEqual(refused);
    return null;
  }
}

it('a cursor stands for its position, and no two positions have one cursor', () => {
  holds(
    fc.property(positions, positions, (a, b) => {
      expect(decodeCursor(encodeCursor(a))).toEqual(a);
      const isSame = a.logId === b.logId && a.seq === b.seq;
      expect(encodeCursor(a) === encodeCursor(b)).toBe(isSame);
    }),
  );
});

it('any text is refused, or is the one cursor of its position', () => {
  const near = fc
    .tuple(positions, fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }))
    .map(([position, at, other]) => {
      const cursor = encodeCursor(position);
      const place = at % (cursor.length + 1);
      return cursor.slice(0, place) + other + cursor.slice(place + 1);
    });
  const forged = fc
    .tuple(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('.', '.0', '.-', '. ', '.1e'),
      fc.nat(),
    )
    .map((parts) => Buffer.from(parts.join('')).toString('base64url'));
  holds(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), near, forged), (text) => {
      const position = positionOf(text);
      if (!position) return;
      expect(encodeCursor(position)).toBe(text);
      expect(position.logId).toMatch(/^[0-9a-z]+$/);
      expect(Number.isSafeInteger(position.seq) && position.seq >= 0).toBe(true);
    }),
  );
});

it('a text longer than any cursor is refused', () => {
  const long = fc
    .integer({ min: 65, max: 100 })
    .map((length) => encodeCursor({ logId: 'a'.repeat(length), seq: 1 }));
  holds(fc.property(long, (text) => expect(positionOf(text)).toBeNull()));
});
