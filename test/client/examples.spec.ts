// Client examples: each runs as it is printed, is cut off, and resumes without a gap.
import { createServer, request as sendOn } from 'node:http';
import { type AddressInfo } from 'node:net';
import { gql } from '@apollo/client/core';
import { print } from 'graphql';
import WebSocket from 'ws';
import { followCohorts, makeApollo } from '../../client/examples/apollo';
import { makeUrql } from '../../client/examples/urql';
import { createCanboClient } from '../../client/src/index';
import { Role } from '../../src/access/policy';
import { FOLLOW_COHORTS, type Told, Writer } from '../server/stream';
import { sql } from '../support/database';
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

const CAPACITY = gql`
  query Capacity($id: ID!) {
    cohort(id: $id) {
      id
      code
      name
      capacity
    }
  }
`;

/** Cuts off whoever follows until an event has come and gone: the cursor of that event. */
async function missOne(writer: Writer): Promise<string> {
  proxy.target = 'http://127.0.0.1:1'; // where nobody listens
  proxy.cut();
  const missed = await writer.revise();
  await sql(server.folder, 'UPDATE event_log SET purged_through = (SELECT max(seq) FROM event)');
  proxy.target = server.url;
  return missed;
}

/** The server over HTTP, and the header canbo-after of each request through here that holds a text. */
async function startListener(): Promise<{
  url: string;
  afterOf: (text: string) => (string | null)[];
  close: () => void;
}> {
  const heard: { body: string; after: string | null }[] = [];
  const listener = createServer((request, response) => {
    const { method, headers, url } = request;
    const onward = sendOn(server.url + url!, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    const told = { body: '', after: [headers['canbo-after']].flat()[0] ?? null };
    heard.push(told);
    request.on('data', (bytes: Buffer) => (told.body += bytes.toString()));
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/graphql`,
    afterOf: (text) => heard.filter(({ body }) => body.includes(text)).map(({ after }) => after),
    close: () => {
      listener.close();
      listener.closeAllConnections();
    },
  };
}

it('urql hands every event to its subscribers, across a cut', async () => {
  const writer = await Writer.start(server);
  const urql = makeUrql(`${server.url}/graphql`, token, makeCanbo(), () =>
    Promise.reject(new Error('Not expected.')),
  );
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

it('urql refetches what is as new as the cursor it follows from, when events are no longer kept', async () => {
  const writer = await Writer.start(server);
  let refetched: (capacity: unknown) => void = () => undefined;
  const capacity = new Promise((resolve) => (refetched = resolve));
  const ask = () =>
    urql.query<{ cohort: { capacity: number } }>(print(CAPACITY), { id: writer.cohort.id }).toPromise();
  const { url, afterOf, close } = await startListener();
  const urql = makeUrql(url, token, makeCanbo(), async () => refetched((await ask()).data!.cohort.capacity));
  let hear: () => void = () => undefined;
  const subscription = urql
    .subscription(FOLLOW_COHORTS, { filter: { cohortIds: [writer.cohort.id] } })
    .subscribe(() => hear());
  const told = () => new Promise<void>((resolve) => (hear = resolve));
  let known = false;
  void told().then(() => (known = true));
  let revisions = 0;
  while (!known) revisions += (await writer.reviseTimes(1)).length;
  const missed = await missOne(writer);
  expect(await capacity).toBe(revisions + 1);
  expect([afterOf('latestCursor'), afterOf('Capacity')]).toEqual([[null], [missed]]);
  const resumed = told();
  await writer.revise();
  await resumed;
  await ask();
  expect(afterOf('Capacity')).toEqual([missed, null]);
  subscription.unsubscribe();
  close();
});

it('Apollo Client shows in its cache what the events tell, across a cut', async () => {
  const writer = await Writer.start(server);
  const { url, afterOf, close } = await startListener();
  const apollo = makeApollo(url, token);
  const shown: (number | null | undefined)[] = [];
  let seen: () => void = () => undefined;
  const views = apollo
    .watchQuery<{ cohort: { capacity: number | null } }>({
      query: CAPACITY,
      variables: { id: writer.cohort.id },
    })
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
  const missed = await missOne(writer);
  await showing(7);
  expect([afterOf('latestCursor'), afterOf('Capacity')]).toEqual([[null], [null, missed]]);
  await writer.revise();
  await showing(8);
  await apollo.refetchQueries({ include: 'active' });
  expect(afterOf('Capacity')).toEqual([null, missed, null]);
  views.unsubscribe();
  await following.stop();
  apollo.stop();
  close();
});
