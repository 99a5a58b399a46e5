// Custom scalars: dates, instants, event cursors, and numbers whose bounds are checked by their fields.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { LONGEST_TEXT } from '../lib/texts';
import type { Text } from '../lib/locale';
import { badInput } from './errors';

/** Earlier years are typing errors, such as a year with a digit missing. */
const EARLIEST = '1800-01-01';
const LONGEST_DATE = 10;
const LONGEST_INSTANT = 40;
/** Digits of a number literal; no field takes a number with more. */
const LONGEST_NUMBER = 100;
/** Characters of a value that an error message quotes. */
const LONGEST_QUOTE = 60;

/** A value as an error message shows it: the beginning of a text or number, otherwise the kind of value. */
function quoted(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value);
  if (Array.isArray(value)) return 'A list';
  return typeof value === 'object' && value !== null ? 'An object' : String(value);
}

/** The value of a literal, as it would arrive in a variable. */
function valueOf(literal: ValueNode): unknown {
  switch (literal.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      return literal.value.length > LONGEST_NUMBER ? NaN : Number(literal.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
      return literal.value;
    case Kind.LIST:
      return literal.values;
    default:
      return literal.kind === Kind.NULL ? null : literal;
  }
}

/**
 * Makes the parsers of a scalar, alike for variables and literals.
 * @param what the noun for the error message, after "không phải" and "is no".
 * @param read returns the value, or null (or throws) for an invalid one; texts longer than `longest` never reach it.
 */
function reading<T>(
  kind: 'string' | 'number',
  what: Text,
  read: (value: never) => T | null,
  longest = Infinity,
): { parseValue: (value: unknown) => T; parseLiteral: (literal: ValueNode) => T } {
  const taken = (value: unknown): T | null => {
    if (typeof value !== kind || (typeof value === 'string' && value.length > longest)) return null;
    try {
      return read(value as never);
    } catch {
      return null;
    }
  };
  const why = (value: unknown): Text => ({
    vi: `${quoted(value)} không phải ${what.vi}.`,
    en: `${quoted(value)} is no ${what.en}.`,
  });
  return {
    parseValue: (value) => {
      const found = taken(value);
      if (found === null) throw badInput(why(value));
      return found;
    },
    parseLiteral: (literal) => {
      const value = valueOf(literal);
      const found = taken(value);
      if (found === null)
        throw new GraphQLError(why(value).en, { nodes: literal, originalError: badInput(why(value)) });
      return found;
    },
  };
}

/** Makes the parsers of a scalar that is a text of at most `longest` characters. */
export const readingText = <T>(what: Text, longest: number, read: (text: string) => T | null) =>
  reading('string', what, read, longest);

const DAY: Text = {
  vi: 'ngày có thật, dạng năm-tháng-ngày (YYYY-MM-DD)',
  en: 'calendar date of the form YYYY-MM-DD',
};
const INSTANT: Text = {
  vi: 'thời điểm dạng YYYY-MM-DDTHH:MM:SSZ',
  en: 'instant of the form YYYY-MM-DDTHH:MM:SSZ',
};

export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'A calendar date, YYYY-MM-DD, no time zone (ngày).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6', // full-date
  ...readingText(DAY, LONGEST_DATE, (text) => {
    const day = GraphQLLocalDate.parseValue(text);
    return day >= EARLIEST ? day : null;
  }),
});

/**
 * Accepts any number; the field checks the bounds, so that a fraction or a negative amount is refused with its path and
 * in the caller's language. A long literal loses digits here, but is out of bounds anyway.
 */
const anyNumber = reading('number', { vi: 'số', en: 'number' }, (value: number) =>
  Number.isNaN(value) ? null : value,
);

/** Up to the largest integer that is exact in JSON for every client; Int ends at 2,147,483,647. */
export const DongScalar = new GraphQLScalarType<number, number>({
  name: 'Dong',
  description: 'An amount of money in whole đồng, from 0 to 9007199254740991, exact (số tiền, đồng).',
  ...anyNumber,
});

/** For inputs only; output fields are Int. Int would refuse half a period before the path in the input is known. */
export const PeriodsScalar = new GraphQLScalarType<number, number>({
  name: 'Periods',
  description: 'Teaching periods, a whole number; returned as Int (số tiết).',
  ...anyNumber,
});

/** The same for other whole numbers: headcounts, targets, months and years. */
export const WholeScalar = new GraphQLScalarType<number, number>({
  name: 'WholeNumber',
  description: 'A whole number within the bounds of its field; returned as Int (số nguyên).',
  ...anyNumber,
});

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description: 'An instant, RFC 3339, always UTC with a trailing Z (thời điểm).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6', // date-time
  ...readingText(INSTANT, LONGEST_INSTANT, (text) => GraphQLDateTime.parseValue(text)),
});

/** A cursor stays a string until it is used (events/cursor.ts), where the log it belongs to is known. */
export const EventCursor = new GraphQLScalarType<string, string>({
  name: 'EventCursor',
  description:
    'An opaque position in the event log (vị trí trong nhật ký sự kiện). Order of cursors is order of commit. Pass it as `after`.',
  // Any text passes here and fails with CURSOR_INVALID where it is decoded: clients refetch on that code.
  ...readingText({ vi: 'con trỏ sự kiện', en: 'event cursor' }, LONGEST_TEXT, (cursor) => cursor),
});
