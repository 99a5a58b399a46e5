// How is each kind of value stored, on SQLite and on PostgreSQL alike?
import { Check, Column, type ColumnOptions, PrimaryColumn } from 'typeorm';
import { engine } from '../config/config';

/** An inferred Date would become `timestamp without time zone` on PostgreSQL and lose hours. */
export const INSTANT = engine === 'postgres' ? 'timestamptz' : 'datetime';

/**
 * Text is compared byte by byte, as SQLite does: sort keys, ids and codes must not depend on the language of a server.
 * Migrations must say the same.
 */
export const BYTEWISE = engine === 'postgres' ? { collation: 'C' } : {};

/** SQL that holds when a column is one of an enum's values; NULL passes, as in every SQL check. */
export function isOneOf(column: string, values: object): string {
  return `${column} IN (${Object.values(values)
    .map((value) => `'${String(value)}'`)
    .join(', ')})`;
}

/** An enum as text with a check: no database enum to migrate when a value is added. */
export function EnumColumn(values: object, column: string, options: ColumnOptions = {}): PropertyDecorator {
  return (target, property) => {
    Column({ type: 'varchar', ...BYTEWISE, ...options })(target, property);
    Check(isOneOf(column, values))(target.constructor);
  };
}

export const Text = (options: ColumnOptions = {}): PropertyDecorator =>
  Column({ type: 'varchar', ...BYTEWISE, ...options });
export const OptionalText = (): PropertyDecorator => Text({ nullable: true });
/** A column of the primary key, which is text as all ids are. */
export const Key = (): PropertyDecorator => PrimaryColumn({ type: 'varchar', ...BYTEWISE });
export const Day = (): PropertyDecorator => Column({ type: 'date' });
export const OptionalDay = (): PropertyDecorator => Column({ type: 'date', nullable: true });
export const Instant = (options: ColumnOptions = {}): PropertyDecorator =>
  Column({ type: INSTANT, ...options });
/** Whole đồng, which JavaScript holds exactly up to 2^53; PostgreSQL hands a bigint over as text. */
export const Dong = (): PropertyDecorator =>
  Column({ type: 'bigint', transformer: { to: (dong: unknown) => dong, from: Number } });
