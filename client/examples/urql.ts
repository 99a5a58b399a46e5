// How does urql follow events? An exchange that hands its subscriptions to canbo-client.
import { type Client, createClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { type CanboClient } from '../src/index'; // 'canbo-client' in your project

/** A client for queries and mutations over HTTP, and for subscriptions that resume. */
export function makeUrql(url: string, token: string, canbo: CanboClient, refetch: () => void): Client {
  const urql = createClient({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => {
            const following = canbo.subscribe(query ?? '', variables ?? {}, {
              onEvent: (data) => sink.next({ data }),
              onError: (error) => sink.error(error),
              onExpired: async () => {
                const { data } = await urql.query<{ latestCursor: string }>('{ latestCursor }', {});
                refetch(); // after the cursor was read: what is fetched is at least as new
                return data!.latestCursor;
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
