// What do the filters and orders of all lists share?
import { type ClassType, Field, InputType, registerEnumType } from 'type-graphql';
import type { Statement } from './database';
import { DateScalar } from './scalars';

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which way a list runs (chiều sắp xếp).',
  valuesConfig: {
    ASC: { description: 'Smallest, earliest, first in the alphabet first (tăng dần).' },
    DESC: { description: 'Largest, latest, last in the alphabet first (giảm dần).' },
  },
});

@InputType({ description: 'A range of dates, both inclusive (khoảng ngày).' })
export class DateRange {
  @Field(() => DateScalar, {
    nullable: true,
    description: 'First day; without it, from the beginning (từ ngày).',
  })
  from?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; without it, without end (đến ngày).' })
  to?: string | null;
}

/** The condition that a column lies in a range, with its parameters; null when the range says nothing. */
export function inRange(
  column: string,
  range: DateRange | null | undefined,
  name: string,
): [string, object] | null {
  const bounds = [range?.from && `${column} >= :${name}From`, range?.to && `${column} <= :${name}To`].filter(
    Boolean,
  );
  if (bounds.length === 0) return null;
  return [bounds.join(' AND '), { [`${name}From`]: range?.from, [`${name}To`]: range?.to }];
}

/** The condition that a column has one of these values, with its parameter; no value means no row. */
export function isIn(column: string, values: readonly string[], name: string): [string, object] {
  const once = [...new Set(values)]; // a database takes only so many parameters
  return once.length === 0 ? ['1 = 0', {}] : [`${column} IN (:...${name})`, { [name]: once }];
}

/** A statement with its parameters by name, as the query builder wants them. */
export function named({ sql, parameters }: Statement, prefix: string): [string, Record<string, unknown>] {
  let at = 0;
  const names = parameters.map((value, i) => [`${prefix}${i}`, value] as const);
  return [sql.replace(/\?/g, () => `:${names[at++]![0]}`), Object.fromEntries(names)];
}

/** The input type that orders a list, and the enum of what it can be ordered by. */
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
