// Bounds of one page: how many rows, in which order and direction, and the cursor where they begin.
import type { Relevance } from '../database/search';
import { prefixOf } from '../lib/ids';
import { raw, type Sql, sql } from '../lib/sql';
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
  /** What comes before the columns: how well a record matches a text, where no order was asked for. */
  relevance: Relevance | null;
  /** Identifies cursors of this list, order and parent. */
  tag: string;
  /** Order values and id of the cursor's row. */
  from: unknown[] | null;
  limit: number;
}

export function directionOf({ order, backward }: Span): 'ASC' | 'DESC' {
  return (order.direction === 'ASC') !== backward ? 'ASC' : 'DESC';
}

/** Ranks run as the columns do, so that all of them are compared in one direction. */
const rankIn = ({ order }: Span, rank: number) => (order.direction === 'ASC' ? rank : -rank);

/** The SQL of the values that a list is ordered by, on an alias. */
export function orderedBy({ columns, relevance, order }: Span, alias: string): Sql[] {
  const values = columns.map((column) => raw(`${alias}.${column}`));
  if (!relevance) return values;
  return [order.direction === 'ASC' ? relevance.of(alias) : sql`-(${relevance.of(alias)})`, ...values];
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
  const relevance = (!request.orderBy && request.relevance) || null;
  const order = request.orderBy ?? listing.usual;
  if (first != null && last != null)
    throw badInput({
      vi: 'Chỉ nêu `first` hoặc `last`, không nêu cả hai.',
      en: 'Ask for `first` or for `last`, not for both.',
    });
  if (first != null && before != null)
    throw badInput({
      vi: '`before` đi cùng `last`; với `first` hãy dùng `after`.',
      en: '`before` goes with `last`; with `first` use `after`.',
    });
  if (last != null && after != null)
    throw badInput({
      vi: '`after` đi cùng `first`; với `last` hãy dùng `before`.',
      en: '`after` goes with `first`; with `last` use `before`.',
    });
  if (after != null && before != null)
    throw badInput({
      vi: 'Chỉ dùng `after` hoặc `before`, không dùng cả hai.',
      en: 'Use `after` or `before`, not both.',
    });
  const backward = last != null || before != null;
  const size = first ?? last ?? DEFAULT_SIZE;
  if (size < 0 || size > LARGEST_SIZE) {
    throw badInput({
      vi: `\`${backward ? 'last' : 'first'}\` là ${size}; phải từ 0 đến ${LARGEST_SIZE}.`,
      en: `\`${backward ? 'last' : 'first'}\` is ${size}; it must be from 0 to ${LARGEST_SIZE}.`,
    });
  }
  const columns = [...listing.orders[order.field]!, 'id'];
  const cursor = after ?? before;
  const field = relevance ? 'RELEVANCE' : order.field;
  const tag = [listing.alias, field, order.direction, request.of?.id].filter(Boolean).join('.');
  const types = (listing.secret ? ['id'] : columns).map(typeOf);
  if (relevance && !listing.secret) types.unshift('integer');
  const from = cursor == null ? null : decode(cursor, tag, types);
  if (from && listing.secret && prefixOf(String(from[0])) !== listing.secret) throw foreignCursor();
  return { size, backward, order, columns, relevance, tag, from, limit: size + 1 };
}

/** The cursor of a record of this list. */
export function encode<T extends Row>(listing: AnyListing<T>, span: Span, node: T): string {
  const values = (listing.secret ? ['id'] : span.columns).map((column) => {
    const value: unknown = node[column];
    return value instanceof Date ? { at: value.getTime() } : value;
  });
  if (span.relevance && !listing.secret)
    values.unshift(rankIn(span, span.relevance.ofValue(node.search as string | null)));
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
  badInput({
    vi: 'Con trỏ này không thuộc danh sách với cách sắp xếp này. Hãy đọc lại từ đầu, không dùng con trỏ.',
    en: 'This cursor is not of this list in this order. Start again without it.',
  });

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
