// Filters and orders that lists share: date ranges, search text, subunits, a day, and the input type for an order.
import { Arg, type ClassType, Extensions, Field, InputType, registerEnumType } from 'type-graphql';
import { described } from './enums';
import { DateScalar } from './scalars';
import { NotBefore, Prose } from './validation';
import { all, raw, type Sql, sql } from '../lib/sql';

export const OrderDirection = described('OrderDirection', 'Which way a list runs (chiều sắp xếp).', {
  ASC: 'Smallest, earliest, first in the alphabet first (tăng dần).',
  DESC: 'Largest, latest, last in the alphabet first (giảm dần).',
});
export type OrderDirection = keyof typeof OrderDirection;

@InputType({ description: 'A range of dates, both inclusive (khoảng ngày).' })
export class DateRange {
  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day; without it, from the beginning (từ ngày).',
  })
  from?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; without it, without end (đến ngày).' })
  @NotBefore('from')
  to?: string | null;
}

/** The field of a filter by units that says whether units below them count, too. */
export const IncludeSubunits = (): PropertyDecorator =>
  Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Units below those of the filter count, too (gồm đơn vị trực thuộc).',
  });

/**
 * Prices a field of a filter: what the search takes when it is given, whatever is shown of the records found.
 * `npm run bench:cost` fails where a price is ten times too low.
 */
export const SearchCost = (searchCost: number): PropertyDecorator => Extensions({ searchCost });

/** The field of a filter with words to search for. @param where they are searched. @param cost as in SearchCost. */
export function SearchText(where: string, cost = 40): PropertyDecorator {
  return (target, property) => {
    SearchCost(cost)(target, property);
    Field(() => String, {
      nullable: true,
      description: `Words of ${where}; case, marks and usual abbreviations do not matter, and the best matches come first where no order is asked for (từ khóa).`,
    })(target, property);
    Prose(200, { optional: true })(target, property);
  };
}

/** The argument `on`, a day that may be left out. */
export const OnDay = (description = 'The day; today by default (vào ngày).'): ParameterDecorator =>
  Arg('on', () => DateScalar, { nullable: true, description }) as ParameterDecorator;

/** The SQL condition that a column lies in a date range; without a range every row meets it. */
export function inRange(column: string, range: DateRange | null | undefined): Sql {
  return all([
    range?.from && sql`${raw(column)} >= ${range.from}`,
    range?.to && sql`${raw(column)} <= ${range.to}`,
  ]);
}

/** Makes the input type for the order of a list, and the enum of its order fields. */
export function orderOf<F extends string>(
  name: string,
  vi: string,
  fields: Record<F, string>,
): ClassType<{ field: F; direction: OrderDirection }> {
  const values = Object.fromEntries(Object.keys(fields).map((field) => [field, field]));
  registerEnumType(values, {
    name: `${name}OrderField`,
    description: `What a list of ${name} is ordered by (sắp xếp ${vi} theo).`,
    valuesConfig: Object.fromEntries(
      Object.entries<string>(fields).map(([field, description]) => [field, { description }]),
    ),
  });

  @InputType(`${name}Order`, { description: `How to order a list of ${name} (thứ tự ${vi}).` })
  class Order {
    @Field(() => values, { description: 'By what (theo).' })
    field!: F;

    @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Which way (chiều).' })
    direction!: OrderDirection;
  }
  return Order;
}
