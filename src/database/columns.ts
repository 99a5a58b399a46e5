// Column types: one decorator for each kind of value, for SQLite and PostgreSQL alike.
import { Check, Column, type ColumnOptions, PrimaryColumn } from 'typeorm';
import { engine } from '../config/database-location';

/** Explicit, because TypeORM would infer `timestamp without time zone` for a Date on PostgreSQL and lose hours. */
export const INSTANT = engine === 'postgres' ? 'timestamptz' : 'datetime';

/**
 * Text is compared bytewise, as SQLite does: sort keys, ids and codes must not depend on a server's locale. Migrations
 * must use the same collation.
 */
export const BYTEWISE = engine === 'postgres' ? { collation: 'C' } : {};

/** SQL check that a column is one of an enum's values; NULL passes, as in every SQL check. */
export function isOneOf(column: string, values: object): string {
  return `${column} IN (${Object.values(values)
    .map((value) => `'${String(value)}'`)
    .join(', ')})`;
}

/** An enum as text with a check, so that no database enum must be migrated when a value is added. */
export function EnumColumn(values: object, column: string, options: ColumnOptions = {}): PropertyDecorator {
  return (target, property) => {
    Column({ type: 'varchar', ...BYTEWISE, ...options })(target, property);
    Check(isOneOf(column, values))(target.constructor);
  };
}

/** A text column, compared bytewise. */
export const Text = (options: ColumnOptions = {}): PropertyDecorator =>
  Column({ type: 'varchar', ...BYTEWISE, ...options });
export const OptionalText = (): PropertyDecorator => Text({ nullable: true });
/** A primary key column; ids are text. */
export const Key = (options: ColumnOptions = {}): PropertyDecorator =>
  PrimaryColumn({ type: 'varchar', ...BYTEWISE, ...(options as object) });
export const Day = (options: ColumnOptions = {}): PropertyDecorator => Column({ type: 'date', ...options });
export const OptionalDay = (): PropertyDecorator => Column({ type: 'date', nullable: true });
export const Instant = (options: ColumnOptions = {}): PropertyDecorator =>
  Column({ type: INSTANT, ...options });
/** When a record was entered whose own day may lie long before; null for those from before this was kept. */
export const Entered = (): PropertyDecorator => Instant({ nullable: true });
/** Whole đồng, exact in JavaScript up to 2^53; PostgreSQL returns a bigint as text. */
export const Dong = (): PropertyDecorator =>
  Column({ type: 'bigint', transformer: { to: (dong: unknown) => dong, from: Number } });
