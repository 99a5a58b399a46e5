// How does Apollo Client follow events? canbo-client writes what they tell into the cache, and every view follows it.
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

/** A client for queries and mutations over HTTP. */
export function makeApollo(uri: string, token: string): ApolloClient {
  const http = new HttpLink({ uri, headers: { authorization: `Bearer ${token}` } });
  return new ApolloClient({ link: ApolloLink.from([http]), cache: new InMemoryCache() });
}

/** Keeps the cohorts in the cache as they are on the server. */
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
        // At least as new as the cursor, even if another replica answers. Only now: of another database it is refused.
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
