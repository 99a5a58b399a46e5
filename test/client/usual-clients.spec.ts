// Usual clients, set up as their own tutorials do: each event once and in order, however often they are cut off.
import { GraphQLClient } from 'graphql-request';
import type { Client } from 'graphql-ws';
import { Role } from '../../src/access/policy';
import { Random } from '../../src/sample/random';
import { Writer } from '../server/stream';
import { startProxy } from '../support/proxy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';
import { logEnd, newProgramme, newUnit, newCode } from '../support/world';
import { makeWs, type Setup, USUAL_CLIENTS, type UsualClient } from './usual-clients';

const CUTS = 50;
const FOLLOW = `subscription Follow($filter: CohortEventFilter, $after: EventCursor) {
  cohortChanged(filter: $filter, after: $after) { cursor kind cohort { id code } } }`;
const PAGE = `query Page($after: String) {
  cohorts(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { id code } } } }`;
const PLAN = `mutation Plan($input: PlanCohortInput!) {
  planCohort(input: $input) { cohort { id code name } userErrors { code message path } } }`;

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  token = await tokenFor(Role.ADMINISTRATOR);
});
afterAll(() => server.stop());

/** The cursors that a subscription has been given. */
class Heard {
  readonly cursors: string[] = [];
  private failure: unknown = null;
  private wake: () => void = () => undefined;

  readonly onData = (data: any): void => {
    this.cursors.push(data.cohortChanged.cursor);
    this.wake();
  };
  readonly onError = (error: unknown): void => {
    this.failure = error;
    this.wake();
  };

  /** Resolves once so many have come. @throws what the subscription ended with */
  async reach(count: number): Promise<void> {
    while (this.cursors.length < count) {
      if (this.failure) throw new Error('It ended.', { cause: this.failure });
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Resolves once this one has come. */
  async until(cursor: string): Promise<void> {
    while (!this.cursors.includes(cursor)) await this.reach(this.cursors.length + 1);
  }
}

const filterOf = (writer: Writer) => ({ cohortIds: [writer.cohort.id] });

/** Writes, and cuts the connection in the midst of it, fifty times. @returns what was written. */
async function cutFiftyTimes(
  make: (setup: Setup) => UsualClient,
  more: (heard: Heard) => Partial<Setup>,
): Promise<{ heard: Heard; written: string[] }> {
  const proxy = await startProxy(server.url);
  const writer = await Writer.start(server);
  const heard = new Heard();
  const client = make({ url: proxy.url, token, ...more(heard) });
  const variables = { filter: filterOf(writer), after: await logEnd(server) };
  const stop = client.follow(FOLLOW, variables, heard.onData, heard.onError);
  const random = new Random('cuts');
  const written: string[] = [];
  // A cut that comes before the client is back is none.
  while (proxy.opened <= CUTS) {
    written.push(...(await writer.reviseTimes(random.between(1, 4))));
    await heard.until(written.at(-1 - random.between(0, Math.min(2, written.length - 1)))!);
    proxy.cut();
  }
  await heard.until(written.at(-1)!);
  written.push(await writer.revise()); // what is repeated would come before it
  await heard.until(written.at(-1)!);
  stop();
  client.stop();
  await proxy.close();
  return { heard, written };
}

describe.each(USUAL_CLIENTS)('%s', (name, make) => {
  it('misses and repeats nothing in fifty cuts, with resuming()', async () => {
    const { heard, written } = await cutFiftyTimes(make, () => ({ resumes: true }));
    expect(heard.cursors).toEqual(written);
  });

  if (name !== 'graphql-sse') {
    it('misses and repeats nothing in fifty cuts, when it says what it has received as it connects', async () => {
      const { heard, written } = await cutFiftyTimes(make, ({ cursors }) => ({
        ws: { connectionParams: () => ({ authorization: `Bearer ${token}`, after: cursors.at(-1) }) },
      }));
      expect(heard.cursors).toEqual(written);
    });
  }

  it('asks, pages and changes', async () => {
    const client = make({ url: server.url, token });
    const [programmeId, hostUnitId] = [(await newProgramme(server)).id, (await newUnit(server)).id];
    const input = { code: newCode('K'), name: 'Lớp thử', startsOn: '2024-03-01', programmeId, hostUnitId };
    const { planCohort } = await client.ask(PLAN, { input });
    expect(planCohort).toMatchObject({ cohort: { code: input.code, name: 'Lớp thử' }, userErrors: [] });
    const codes = new Set<string>();
    let [after, more, total]: [string | undefined, boolean, number] = [undefined, true, 0];
    while (more) {
      const { cohorts }: any = await client.ask(PAGE, { after });
      const nodes = cohorts.edges.map(({ node }: any) => node.code as string);
      nodes.forEach((code: string) => codes.add(code));
      [after, more, total] = [cohorts.pageInfo.endCursor, cohorts.pageInfo.hasNextPage, cohorts.totalCount];
    }
    expect(codes.size).toBe(total);
    expect(codes).toContain(input.code);
    client.stop();
  });
});

it('graphql-request asks, pages and changes', async () => {
  const client = new GraphQLClient(`${server.url}/graphql`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const [programmeId, hostUnitId] = [(await newProgramme(server)).id, (await newUnit(server)).id];
  const input = { code: newCode('K'), name: 'Lớp thử', startsOn: '2024-03-01', programmeId, hostUnitId };
  const { planCohort } = await client.request<any>(PLAN, { input });
  expect(planCohort.cohort.code).toBe(input.code);
  const { cohorts } = await client.request<any>(PAGE, {});
  const next = await client.request<any>(PAGE, { after: cohorts.pageInfo.endCursor });
  expect(next.cohorts.edges[0].node.id).not.toBe(cohorts.edges[0].node.id);
});

describe('an untouched client of graphql-ws', () => {
  it('misses nothing in fifty cuts, and is given again only what it had no time to acknowledge', async () => {
    const { heard, written } = await cutFiftyTimes(USUAL_CLIENTS[0]![1], () => ({}));
    expect([...new Set(heard.cursors)]).toEqual(written);
    // From the beginning with each of fifty cuts it would be some 25 times as many.
    expect(heard.cursors.length).toBeLessThan(10 * written.length);
  });

  /** A client whose pongs can be waited for. */
  function acknowledging(url: string) {
    const acknowledged = new Set<string>();
    let wake: () => void = () => undefined;
    const client = makeWs({
      url,
      token,
      ws: {
        on: {
          pong: (received, payload) => {
            if (received) return;
            Object.values(payload?.received ?? {}).forEach((cursor) => acknowledged.add(cursor as string));
            wake();
          },
        },
      },
    });
    /** Resolves once the server has what acknowledges a cursor. */
    const settled = async (cursor: string) => {
      while (!acknowledged.has(cursor)) await new Promise<void>((resolve) => (wake = resolve));
      await overSocket(client); // answered after the pong was heard
    };
    return { client, settled };
  }

  /** A client that says as it connects what it has received, whatever of. */
  const saying = (url: string, last: () => string | undefined) =>
    makeWs({
      url,
      token,
      ws: { connectionParams: () => ({ authorization: `Bearer ${token}`, after: last() }) },
    });

  const overSocket = (client: Client) =>
    new Promise<void>((resolve, reject) =>
      client.subscribe(
        { query: '{ latestCursor }' },
        { next: () => resolve(), error: reject, complete: () => undefined },
      ),
    );

  const subscribe = (client: Client, variables: object) => {
    const heard = new Heard();
    const stop = client.subscribe(
      { query: FOLLOW, variables: variables as Record<string, unknown> },
      { next: ({ data }) => heard.onData(data), error: heard.onError, complete: () => undefined },
    );
    return { heard, stop };
  };

  it('is given nothing twice in fifty cuts that it has acknowledged, and loses nothing without an `after`', async () => {
    const proxy = await startProxy(server.url);
    const writer = await Writer.start(server);
    const { client, settled } = acknowledging(proxy.url);
    const { heard } = subscribe(client, { filter: filterOf(writer) });
    await settled(await logEnd(server)); // where it begins is told as soon as it has begun
    const written: string[] = [];
    for (let cuts = 0; cuts < CUTS; cuts++) {
      const [last] = (written.push(...(await writer.reviseTimes(2))), written.slice(-1));
      await heard.until(last!);
      await settled(last!);
      proxy.cut();
      written.push(await writer.revise());
    }
    await heard.reach(written.length);
    expect(heard.cursors).toEqual(written);
    await client.dispose();
    await proxy.close();
  });

  it('still replays to a new subscription that begins further back on purpose, also over the same socket', async () => {
    const proxy = await startProxy(server.url);
    const writer = await Writer.start(server);
    const start = await logEnd(server);
    const said: { last?: string } = {};
    const client = saying(proxy.url, () => said.last);
    const written = await writer.reviseTimes(5);
    const one = subscribe(client, { filter: filterOf(writer), after: start });
    await one.heard.reach(5);
    said.last = one.heard.cursors.at(-1);
    proxy.cut();
    written.push(await writer.revise());
    await one.heard.reach(6);
    const two = subscribe(client, { filter: filterOf(writer), after: start });
    await two.heard.reach(6);
    one.stop();
    two.stop();
    await client.dispose();
    const again = saying(proxy.url, () => said.last);
    const three = subscribe(again, { filter: filterOf(writer), after: start });
    await three.heard.reach(6);
    expect([one, two, three].map(({ heard }) => heard.cursors)).toEqual([written, written, written]);
    three.stop();
    await again.dispose();
    await proxy.close();
  });

  it('loses nothing where several subscriptions of a socket have come to different places', async () => {
    const proxy = await startProxy(server.url);
    const [fast, slow] = [await Writer.start(server), await Writer.start(server)];
    const start = await logEnd(server);
    let last: string | undefined;
    const client = saying(proxy.url, () => last);
    const behind = await slow.reviseTimes(90);
    const live = subscribe(client, { filter: filterOf(fast) });
    await overSocket(client);
    const replaying = subscribe(client, { filter: filterOf(slow), after: start });
    const written: string[] = [];
    for (let cuts = 0; cuts < 5; cuts++) {
      written.push(await fast.revise());
      await live.heard.until(written.at(-1)!);
      last = live.heard.cursors.at(-1); // far beyond what the other one has received
      proxy.cut();
    }
    await replaying.heard.until(behind.at(-1)!);
    expect([...new Set(replaying.heard.cursors)]).toEqual(behind);
    expect([...new Set(live.heard.cursors)]).toEqual(written);
    await client.dispose();
    await proxy.close();
  });

  it('loses nothing when what it says is of an earlier subscription', async () => {
    const proxy = await startProxy(server.url);
    const writer = await Writer.start(server);
    const start = await logEnd(server);
    const written = await writer.reviseTimes(90);
    const last = written.at(-1);
    const client = saying(proxy.url, () => last);
    const { heard } = subscribe(client, { filter: filterOf(writer), after: start });
    await heard.reach(1);
    proxy.cut();
    await heard.until(written.at(-1)!);
    expect([...new Set(heard.cursors)]).toEqual(written);
    await client.dispose();
    await proxy.close();
  });
});
