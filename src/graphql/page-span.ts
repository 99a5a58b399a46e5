// Bounds of one page: how many rows, in which order and direction, and the cursor where they begin.
import { prefixOf } from '../lib/ids';
import { badInput } from './errors';
import type { AnyListing, ListRequest, Order, Row } from './page';

const DEFAULT_SIZE = 20;
/** The most records of one page. */
export const LARGEST_SIZE = 100;
/** Longer than any real cursor: a sort key has three digits for each of the 300 letters of a name. */
const LONGEST_CURSOR = 10_000;
/** The last instant of a cursor: PostgreSQL takes no five-digit year in this form. */
const LATEST = Date.UTC(9999, 11, 31);

export interface Span {
  size: number;
  backward: boolean;
  order: Order;
  columns: string[];
  /** Identifies cursors of this list, order and parent. */
  tag: string;
  /** Order values and id of the cursor's row. */
  from: unknown[] | null;
  limit: number;
}

export function directionOf({ order, backward }: Span): 'ASC' | 'DESC' {
  return (order.direction === 'ASC') !== backward ? 'ASC' : 'DESC';
}

/**
 * @param typeOf the database type of a column.
 * @throws BAD_USER_INPUT for sizes out of bounds and cursors of another list.
 */
export function spanOf<T extends Row>(
  listing: AnyListing<T>,
  request: ListRequest,
  typeOf: (column: string) => string,
): Span {
  const { first, last, after, before } = request.page;
  const order = request.orderBy ?? listing.usual;
  if (first != null && last != null) throw badInput('Ask for `first` or for `last`, not for both.');
  if (first != null && before != null) throw badInput('`before` goes with `last`; with `first` use `after`.');
  if (last != null && after != null) throw badInput('`after` goes with `first`; with `last` use `before`.');
  if (after != null && before != null) throw badInput('Use `after` or `before`, not both.');
  const backward = last != null || before != null;
  const size = first ?? last ?? DEFAULT_SIZE;
  if (size < 0 || size > LARGEST_SIZE) {
    throw badInput(`\`${backward ? 'last' : 'first'}\` is ${size}; it must be from 0 to ${LARGEST_SIZE}.`);
  }
  const columns = [...listing.orders[order.field]!, 'id'];
  const cursor = after ?? before;
  const tag = [listing.alias, order.field, order.direction, request.of?.id].filter(Boolean).join('.');
  const types = (listing.secret ? ['id'] : columns).map(typeOf);
  const from = cursor == null ? null : decode(cursor, tag, types);
  if (from && listing.secret && prefixOf(String(from[0])) !== listing.secret) throw foreignCursor();
  return { size, backward, order, columns, tag, from, limit: size + 1 };
}

/** The cursor of a record of this list. */
export function encode<T extends Row>(listing: AnyListing<T>, span: Span, node: T): string {
  const values = (listing.secret ? ['id'] : span.columns).map((column) => {
    const value: unknown = node[column];
    return value instanceof Date ? { at: value.getTime() } : value;
  });
  return Buffer.from(JSON.stringify([span.tag, ...values])).toString('base64url');
}

function decode(cursor: string, tag: string, types: string[]): unknown[] {
  if (cursor.length > LONGEST_CURSOR) throw foreignCursor();
  try {
    const [found, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
      unknown,
      ...unknown[],
    ];
    if (found === tag && values.length === types.length)
      return values.map((value, i) => orderValue(value, types[i]!));
  } catch {
    // Reported below: whatever is wrong with the cursor, the client can only start anew.
  }
  throw foreignCursor();
}

const foreignCursor = () =>
  badInput('This cursor is not of this list in this order. Start again without it.');

/** @throws TypeError for a value that cannot be compared with its column, as in a forged cursor: PostgreSQL would fail. */
function orderValue(value: unknown, type: string): string | number | Date {
  const at = (value as { at?: unknown } | null)?.at;
  if (/time/.test(type)) {
    if (typeof at === 'number' && Math.abs(at) <= LATEST) return new Date(at);
  } else if (/int/.test(type)) {
    if (Number.isInteger(value) && Math.abs(value as number) < 2 ** 31) return value as number;
  } else if (typeof value === 'string') {
    if (type !== 'date' || isDay(value)) return value;
  }
  throw new TypeError('no order value');
}

function isDay(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
