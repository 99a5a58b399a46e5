// Which scalars does the schema have beside GraphQL's own? Dates, instants and numbers that fields bound; the event cursor is in events.
import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from 'graphql';
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';

/** A year with fewer digits than it needs is a slip of the hand, not history. */
const EARLIEST = '1800-01-01';

function parseDay(value: unknown): string {
  try {
    const day = GraphQLLocalDate.parseValue(value);
    if (day >= EARLIEST) return day;
  } catch {
    // Told below.
  }
  throw new GraphQLError(`${JSON.stringify(value)} is no calendar date of the form YYYY-MM-DD.`);
}

export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'A calendar date, YYYY-MM-DD, no time zone (ngày).',
  parseValue: parseDay,
  parseLiteral: (literal) => parseDay(literal.kind === Kind.STRING ? literal.value : null),
});

/**
 * Any number passes: which ones a field takes is for the field to say, so that a fraction or a negative amount is refused
 * at its place and in the caller's language. A long literal loses digits here, and is beyond every bound all the same.
 */
const anyNumber = {
  parseValue: (value: unknown): number => {
    if (typeof value === 'number') return value;
    throw new GraphQLError(`${JSON.stringify(value)} is no number.`);
  },
  parseLiteral: (literal: ValueNode): number => {
    if (literal.kind === Kind.INT || literal.kind === Kind.FLOAT) return Number(literal.value);
    throw new GraphQLError(`${print(literal)} is no number.`);
  },
};

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
});
