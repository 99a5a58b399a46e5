// Keys and resolvers for urql's graphcache: which types have no id of their own, and which lists page by cursor.
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { LISTS, WITHOUT_ID } from './tables.js';

/** For `cacheExchange({ keys })`: these records are stored with what they belong to. */
export const keys: Record<string, () => null> = Object.fromEntries(
  WITHOUT_ID.split(' ').map((type) => [type, () => null]),
);

type Resolvers = Record<string, Record<string, ReturnType<typeof relayPagination>>>;

/** For `cacheExchange({ resolvers })`: pages that were loaded `after` one another are one list. */
export const resolvers: Resolvers = Object.fromEntries(
  Object.entries(LISTS).map(([type, fields]) => [
    type,
    Object.fromEntries(Object.keys(fields).map((field) => [field, relayPagination()])),
  ]),
);
