// Example: Apollo Client with live events. canbo-client writes them into the cache, which updates every view.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { type CanboClient, type Subscription } from '../src/index'; // 'canbo-client' in your project

const COHORT = gql`
  fragment LiveCohort on Cohort {
    id
    code
    name
    capacity
  }
`;
const FOLLOW = gql`
  subscription FollowCohorts($after: EventCursor, $filter: CohortEventFilter) {
    cohortChanged(after: $after, filter: $filter) {
      cursor
      cohort {
        __typename
        ...LiveCohort
      }
    }
  }
  ${COHORT}
`;

interface Told {
  cohortChanged: { cursor: string; cohort: { __typename: 'Cohort'; id: string } };
}

/** Makes a client for queries and mutations over HTTP. */
export function makeApollo(uri: string, token: string): ApolloClient {
  const http = new HttpLink({ uri, headers: { authorization: `Bearer ${token}` } });
  return new ApolloClient({ link: ApolloLink.from([http]), cache: new InMemoryCache() });
}

/** Keeps the cohorts in the cache up to date. */
export function followCohorts(apollo: ApolloClient, canbo: CanboClient, filter: object = {}): Subscription {
  return canbo.subscribe<Told>(
    FOLLOW,
    { filter },
    {
      onEvent: ({ cohortChanged: { cohort } }) => {
        const id = apollo.cache.identify(cohort);
        apollo.cache.writeFragment({ id, fragment: COHORT, data: cohort });
      },
      onExpired: async () => {
        const query = gql`
          query Place {
            latestCursor
          }
        `;
        const { data } = await apollo.query<{ latestCursor: string }>({ query, fetchPolicy: 'no-cache' });
        const { latestCursor } = data!;
        // Read at least as new as the cursor, even from a replica. Set only now: a cursor of another log is refused.
        apollo.defaultContext.headers = { 'canbo-after': latestCursor };
        try {
          await apollo.refetchQueries({ include: 'active' });
        } finally {
          delete apollo.defaultContext.headers;
        }
        return latestCursor;
      },
    },
  );
}
