// Generated values for property tests, with fast-check. A property that fails prints its seed and the smallest values
// that break it; `SEED=<seed>` runs the same values again.
import fc from 'fast-check';

/** Asserts that a property holds for some hundreds of generated values. */
export function holds<T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>): void {
  const { SEED } = process.env;
  fc.assert(property, { numRuns: 500, ...(SEED && { seed: Number(SEED) }) });
}

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

export const dayAt = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** Days, YYYY-MM-DD, at any distance from each other. */
export const days = (from = '1800-01-01', to = '9999-12-31'): fc.Arbitrary<string> =>
  fc
    .integer({ min: Date.parse(from) / DAY_MS, max: Date.parse(to) / DAY_MS })
    .map((day) => dayAt(day * DAY_MS));

const VOWELS = [...'aăâeêioôơuưy'];
const INITIALS = ['', ...'bcdđghklmnpqrstvx', 'ch', 'gh', 'kh', 'ng', 'ngh', 'nh', 'ph', 'th', 'tr'];
const FINALS = ['', ...'cimnoptuy', 'ch', 'ng', 'nh'];
/** In their order: level, grave, hook above, tilde, acute, dot below. */
export const TONES = ['', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323'];

/** Syllables of Vietnamese form, in lower case and NFC, the tone on the first vowel. */
export const syllables: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...INITIALS),
    fc.constantFrom(...VOWELS),
    fc.constantFrom(...TONES),
    fc.constantFrom(...FINALS),
  )
  .map(([initial, vowel, tone, final]) => `${initial}${vowel}${tone}${final}`.normalize('NFC'));

/** Names of one to five such syllables. */
export const names: fc.Arbitrary<string[]> = fc.array(syllables, { minLength: 1, maxLength: 5 });
