// Type policies for Apollo Client's cache: every list of the schema pages by cursor, apart for each filter and order.
import { relayStylePagination } from '@apollo/client/utilities';
import { LISTS } from './tables.js';

type Policies = Record<string, { fields: Record<string, ReturnType<typeof relayStylePagination>> }>;

/** For `new InMemoryCache({ typePolicies })`. `fetchMore` with `after` then adds the next page to the list. */
export const typePolicies: Policies = Object.fromEntries(
  Object.entries(LISTS).map(([type, fields]) => [
    type,
    {
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, keys]) => [
          field,
          relayStylePagination(keys.split(' ').filter(Boolean)),
        ]),
      ),
    },
  ]),
);
