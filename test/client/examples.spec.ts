// Do the examples run as they are printed? Each follows a real server, is cut off, and resumes without a hole.
import { gql } from '@apollo/client/core';
import WebSocket from 'ws';
import { followCohorts, makeApollo } from '../../client/examples/apollo';
import { makeUrql } from '../../client/examples/urql';
import { createCanboClient } from '../../client/src/index';
import { Role } from '../../src/access/policy';
import { FOLLOW_COHORTS, type Told, Writer } from '../feed/stream';
import { type Proxy, startProxy } from '../support/proxy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';

let server: TestServer;
let proxy: Proxy;
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  proxy = await startProxy(server.url);
  token = await tokenFor(Role.ADMINISTRATOR);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

const makeCanbo = () =>
  createCanboClient({
    url: `${proxy.url.replace('http', 'ws')}/graphql`,
    token,
    webSocketImpl: WebSocket,
    delays: { firstMs: 5, longestMs: 20 },
  });

it('urql hands every event to its subscribers, across a cut', async () => {
  const writer = await Writer.start(server);
  const urql = makeUrql(`${server.url}/graphql`, token, makeCanbo(), () => undefined);
  const { data } = await urql.query<{ latestCursor: string }>('{ latestCursor }', {});
  expect(data!.latestCursor).toEqual(expect.any(String));
  const received: string[] = [];
  let hear: () => void = () => undefined;
  const heard = async (count: number) => {
    while (received.length < count) await new Promise<void>((resolve) => (hear = resolve));
    return received;
  };
  const subscription = urql
    .subscription<{ cohortChanged: Told }>(FOLLOW_COHORTS, { filter: { cohortIds: [writer.cohort.id] } })
    .subscribe(({ data, error }) => {
      expect(error).toBeUndefined();
      received.push(data!.cohortChanged.cursor);
      hear();
    });
  // Until it knows its place, what is written is before it: write until it tells of something.
  const written: string[] = [];
  while (received.length === 0) written.push(await writer.revise());
  const known = written.slice(written.indexOf(received[0]!));
  await heard(known.length);
  proxy.cut();
  known.push(...(await writer.reviseTimes(5)));
  expect(await heard(known.length)).toEqual(known);
  subscription.unsubscribe();
});

it('Apollo Client shows in its cache what the events tell, across a cut', async () => {
  const writer = await Writer.start(server);
  const apollo = makeApollo(`${server.url}/graphql`, token);
  const query = gql`
    query Capacity($id: ID!) {
      cohort(id: $id) {
        id
        code
        name
        capacity
      }
    }
  `;
  const shown: (number | null | undefined)[] = [];
  let seen: () => void = () => undefined;
  const views = apollo
    .watchQuery<{ cohort: { capacity: number | null } }>({ query, variables: { id: writer.cohort.id } })
    .subscribe(({ data }) => {
      shown.push(data?.cohort?.capacity);
      seen();
    });
  const showing = async (capacity: number) => {
    while (shown.at(-1) !== capacity) await new Promise<void>((resolve) => (seen = resolve));
  };
  const following = followCohorts(apollo, makeCanbo(), { cohortIds: [writer.cohort.id] });
  while (following.cursor === null) await server.ask('{ latestCursor }');
  await writer.revise();
  await showing(1);
  proxy.cut();
  await writer.reviseTimes(5);
  await showing(6);
  views.unsubscribe();
  await following.stop();
  apollo.stop();
});
