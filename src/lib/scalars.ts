// Which scalars does the schema have beside GraphQL's own? Dates and instants; the event cursor is in events.
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

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description: 'An instant, RFC 3339, always UTC with a trailing Z (thời điểm).',
});
