// Which scalars does the schema have beside GraphQL's own? Dates, instants and money; the event cursor is in events.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
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

function parseDong(value: unknown): number {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (isWhole) return value;
  throw new GraphQLError(
    `${typeof value === 'bigint' ? value : JSON.stringify(value)} is no amount in whole đồng from 0 to ${Number.MAX_SAFE_INTEGER}.`,
  );
}

/** As far as JSON numbers are exact for every client; Int would end at two thousand million. */
export const DongScalar = new GraphQLScalarType<number, number>({
  name: 'Dong',
  description: 'An amount of money in whole đồng, from 0 to 9007199254740991, exact (số tiền, đồng).',
  parseValue: parseDong,
  parseLiteral: (literal) => {
    if (literal.kind !== Kind.INT) return parseDong(null);
    const exact = BigInt(literal.value);
    return parseDong(exact > Number.MAX_SAFE_INTEGER ? exact : Number(exact));
  },
});

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description: 'An instant, RFC 3339, always UTC with a trailing Z (thời điểm).',
});
