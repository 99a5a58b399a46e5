// Which scalars does the schema have beside GraphQL's own? Dates, instants and numbers that fields bound; the event
// cursor is in events.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { badInput } from './errors';

/** A year with fewer digits than it needs is a slip of the hand, not history. */
const EARLIEST = '1800-01-01';
const LONGEST_DATE = 10;
const LONGEST_INSTANT = 40;
/** Digits of a number in a document: more are none that a field takes. */
const LONGEST_NUMBER = 100;
/** Characters of a value that a message repeats. */
const LONGEST_QUOTE = 60;

/** A value as a message names it: a text or number by its beginning, whatever else by its kind. */
function quoted(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value);
  if (Array.isArray(value)) return 'A list';
  return typeof value === 'object' && value !== null ? 'An object' : String(value);
}

/** A literal as the same value sent in a variable, as far as scalars look at it. */
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
 * How a scalar reads what was sent, the same from a variable and from a literal.
 * @param what it wants to be, after "is no", for the message of its refusal.
 * @param read gives the value, or null (or throws) for what is none; it is never handed a text longer than `longest`.
 */
function reading<T>(
  kind: 'string' | 'number',
  what: string,
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
  const why = (value: unknown) => `${quoted(value)} is no ${what}.`;
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
        throw new GraphQLError(why(value), { nodes: literal, extensions: { code: 'BAD_USER_INPUT' } });
      return found;
    },
  };
}

/** How a scalar that is a text of at most `longest` characters reads what was sent. */
export const readingText = <T>(what: string, longest: number, read: (text: string) => T | null) =>
  reading('string', what, read, longest);

export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'A calendar date, YYYY-MM-DD, no time zone (ngày).',
  ...readingText('calendar date of the form YYYY-MM-DD', LONGEST_DATE, (text) => {
    const day = GraphQLLocalDate.parseValue(text);
    return day >= EARLIEST ? day : null;
  }),
});

/**
 * Any number passes: which ones a field takes is for the field to say, so that a fraction or a negative amount is
 * refused at its place and in the caller's language. A long literal loses digits here, and is beyond every bound all
 * the same.
 */
const anyNumber = reading('number', 'number', (value: number) => (Number.isNaN(value) ? null : value));

/** As far as JSON numbers are exact for every client; Int would end at two thousand million. */
export const DongScalar = new GraphQLScalarType<number, number>({
  name: 'Dong',
  description: 'An amount of money in whole đồng, from 0 to 9007199254740991, exact (số tiền, đồng).',
  ...anyNumber,
});

/** Sent alone, and read as Int: with Int, half a period is refused before anybody can say where in the input it is. */
export const PeriodsScalar = new GraphQLScalarType<number, number>({
  name: 'Periods',
  description: 'Teaching periods, a whole number; told as Int (số tiết).',
  ...anyNumber,
});

/** The same for what else is asked for as a number: headcounts, targets, months and years. */
export const WholeScalar = new GraphQLScalarType<number, number>({
  name: 'WholeNumber',
  description: 'A whole number within the bounds of its field; told as Int (số nguyên).',
  ...anyNumber,
});

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description: 'An instant, RFC 3339, always UTC with a trailing Z (thời điểm).',
  ...readingText('instant of the form YYYY-MM-DDTHH:MM:SSZ', LONGEST_INSTANT, (text) =>
    GraphQLDateTime.parseValue(text),
  ),
});
