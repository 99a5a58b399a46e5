// Example: urql with live events: an exchange that runs subscriptions through canbo-client.
import { type Client, createClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { type CanboClient } from '../src/index'; // 'canbo-client' in your project

/**
 * Makes a client for queries and mutations over HTTP, and for subscriptions that resume.
 * @param refetch repeats the queries that are shown, with the policy `network-only`; resolves when they are done.
 */
export function makeUrql(
  url: string,
  token: string,
  canbo: CanboClient,
  refetch: () => Promise<unknown>,
): Client {
  let after: string | undefined;
  const urql = createClient({
    url,
    preferGetMethod: false,
    fetchOptions: () => ({
      headers: { authorization: `Bearer ${token}`, ...(after && { 'canbo-after': after }) },
    }),
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => {
            const following = canbo.subscribe(query ?? '', variables ?? {}, {
              onEvent: (data) => sink.next({ data }),
              onError: (error) => sink.error(error),
              onExpired: async () => {
                const { data, error } = await urql.query<{ latestCursor: string }>(
                  '{ latestCursor }',
                  {},
                  { requestPolicy: 'network-only' },
                );
                if (error) throw error; // canbo-client retries
                const { latestCursor } = data!;
                // Read at least as new as the cursor, even from a replica. Only now: a cursor of another log is refused.
                after = latestCursor;
                try {
                  await refetch();
                } finally {
                  after = undefined;
                }
                return latestCursor;
              },
            });
            return { unsubscribe: () => void following.stop() };
          },
        }),
      }),
    ],
  });
  return urql;
}
