// Limits of operations, from outside: what a limit allows passes, the next more is refused.
import { once } from 'node:events';
import { getIntrospectionQuery, parse } from 'graphql';
import WebSocket from 'ws';
import { Role } from '../../src/access/policy';
import { LIMITS } from '../../src/config/limits';
import { Reader } from '../../src/graphql/reader';
import { Answer } from '../../src/operation/answer';
import { documentBytes, releaseTokens } from '../../src/operation/documents';
import { FOLLOW_COHORTS, openRaw, Writer } from '../server/stream';
import { connect } from '../support/live';
import { ask, startTestServer, type TestServer, tokenFor } from '../support/server';
import { TRANSPORTS } from '../support/transports';
import { logEnd, newCode, newTopic, newUnit } from '../support/world';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

/** Runs the work on a server of its own. */
async function on(
  options: Parameters<typeof startTestServer>[0],
  work: (own: TestServer) => Promise<void>,
): Promise<void> {
  const own = await startTestServer(options);
  try {
    await work(own);
  } finally {
    await own.stop();
  }
}

/** What a document takes in memory once it is parsed. */
const sizeOf = (document: string) => documentBytes(releaseTokens(parse(document)));

const times = (n: number, make: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => make(i)).join(' ');
const nested = (depth: number) =>
  `{ unit(code: "79") ${'{ parent '.repeat(depth - 2)} { code } ${'}'.repeat(depth - 2)} }`;
const aliased = (n: number) => `{ ${times(n, (i) => `a${i}: latestCursor`)} }`;
const directed = (n: number) => `{ ${times(n, () => '... @include(if: true) { latestCursor }')} }`;
/** A list that fits no argument is 12 tokens and its entries; what is wrong with the document is told only if it is read. */
const ofTokens = (n: number) => `query ($x: [Int] = [${'1 '.repeat(n - 15)}]) { latestCursor }`;
/** 49 pages of 100 cost 14,749, the operation itself 10, and the last page 1 and 3 for each of its units. */
const pages = (last: number) =>
  `{ ${times(49, (i) => `p${i}: units(first: 100) { nodes { id name } }`)} units(first: ${last}) { nodes { id name } } }`;

describe.each(TRANSPORTS)('over %s', (_name, over) => {
  const alive = async () => expect((await over(server.url, '{ latestCursor }')).errors).toBeUndefined();

  it.each([
    ['depth', nested, LIMITS.depth],
    ['aliases', aliased, LIMITS.aliases],
    ['directives', directed, LIMITS.directives],
  ])('a document has as many %s as are allowed, and not one more', async (limit, make, allowed) => {
    expect((await over(server.url, make(allowed))).errors).toBeUndefined();
    const { errors } = await over(server.url, make(allowed + 1));
    const extensions = { code: 'QUERY_TOO_COMPLEX', limit, asked: allowed + 1, allowed };
    expect(errors).toMatchObject([
      {
        extensions,
        message: expect.stringMatching(new RegExp(`${limit} ${allowed + 1}.*${allowed} is allowed`)),
      },
    ]);
  });

  it('a document has as many lines as are allowed, and not one more', async () => {
    for (const end of ['\n', '#\n', '\r']) {
      const ofLines = (n: number) => `${end.repeat(n - 1)}{ latestCursor }`;
      expect((await over(server.url, ofLines(LIMITS.lines))).errors).toBeUndefined();
      const extensions = { code: 'QUERY_TOO_COMPLEX', limit: 'lines', allowed: LIMITS.lines };
      expect((await over(server.url, ofLines(LIMITS.lines + 1))).errors).toMatchObject([{ extensions }]);
    }
  });

  it('a list of a size that is refused costs as much as the largest', async () => {
    const costOf = async (first: number) =>
      (await over(server.url, `{ units(first: ${first}) { nodes { id name } } }`)).extensions!.cost;
    const largest = await costOf(100);
    expect(await costOf(-1)).toBe(largest);
    expect(await costOf(101)).toBe(largest);
  });

  it('a document has as many tokens as are allowed, and not one more', async () => {
    const read = await over(server.url, ofTokens(LIMITS.tokens));
    expect(read.errors).toMatchObject([{ message: 'Variable "$x" is never used.' }]);
    const { errors } = await over(server.url, ofTokens(LIMITS.tokens + 1));
    const extensions = { code: 'QUERY_TOO_COMPLEX', limit: 'tokens' };
    expect(errors).toMatchObject([
      { extensions, message: expect.stringContaining(`more than ${LIMITS.tokens} tokens`) },
    ]);
  });

  it('an operation costs as much as is allowed, and not more', async () => {
    const { errors, extensions } = await over(server.url, pages(80));
    expect({ errors, extensions }).toEqual({ errors: undefined, extensions: { cost: LIMITS.cost } });
    const refused = await over(server.url, pages(81));
    const told = { code: 'QUERY_TOO_COMPLEX', limit: 'cost', asked: LIMITS.cost + 3, allowed: LIMITS.cost };
    expect(refused.errors).toMatchObject([{ extensions: told, message: expect.stringContaining('`first`') }]);
  });

  it('each answer says what it cost, a refused write and a wrong argument included', async () => {
    const costOf = async (query: string, variables?: object) =>
      (await over(server.url, query, variables)).extensions?.cost;
    expect(await costOf('{ latestCursor }')).toBe(11);
    expect(await costOf('{ units(first: 1000) { totalCount } }')).toBe(111 + 20);
    expect(await costOf('mutation { addTopic(input: { code: "", name: "" }) { userErrors { code } } }')).toBe(
      31,
    );
  });

  it('a list costs what it can hold: a page, what `first` says, or the codes it is asked for', async () => {
    const costOf = async (args: string, variables?: object) =>
      (await over(server.url, `query ($codes: [String!]) { units${args} { nodes { id } } }`, variables))
        .extensions?.cost;
    expect(await costOf('(filter: { codes: $codes })', { codes: null })).toBe(10 + 1 + 20 * 2);
    expect(await costOf('(filter: { codes: $codes }, first: 7)', { codes: ['79'] })).toBe(10 + 1 + 7 * 2);
    expect(await costOf('(last: 7, filter: { codes: $codes })', {})).toBe(10 + 1 + 7 * 2);
    expect(await costOf('(filter: { codes: $codes })', { codes: ['79', '769'] })).toBe(10 + 1 + 2 * 2);
  });

  it('a list costs more that is counted or searched, also where it shows nothing', async () => {
    const costOf = async (query: string) => (await over(server.url, query)).extensions?.cost;
    const total = 'fragment T on UnitConnection { ...on UnitConnection { totalCount } }';
    expect(await costOf(`{ units(first: 0) { ...T } } ${total}`)).toBe(10 + 1 + 20);
    expect(await costOf('{ units(first: 1, filter: { text: "an" }) { nodes { id } } }')).toBe(
      10 + 1 + 40 + 2,
    );
    expect(await costOf('{ cohortEvents(first: 1) { kind } }')).toBe(10 + 40 + 1);
    expect(await costOf('{ exportPersonalData(officialId: "official_x") }')).toBe(10 + 200);
  });

  it('a write costs by the entries of its input', async () => {
    const query = `mutation ($input: NominateOfficialsInput!) {
      nominateOfficials(input: $input) { enrolments { id } userErrors { code } } }`;
    const costFor = async (officials: number) => {
      const input = { cohortId: newCode(), officialIds: Array(officials).fill('official_x') };
      return (await over(server.url, query, { input })).extensions?.cost;
    };
    expect((await costFor(30))! - (await costFor(10))!).toBe(20 * (1 + 3));
  });

  it('a statistic costs as much as it has to count, and a socket can follow 30 at once', async () => {
    const costOf = async (query: string) => (await over(server.url, query)).extensions?.cost;
    expect(await costOf('{ trainingStatistics { cohorts } }')).toBe(10 + 500 + 1);
    const page = '{ units(first: 100) { nodes { statistics { cohorts } } } }';
    expect(await costOf(page)).toBe(10 + 1 + 100 * 102); // a whole page is affordable
    const each = (n: number) => `{ ${times(n, (i) => `a${i}: trainingStatistics { cohorts }`)} }`;
    expect(await costOf(each(29))).toBe(10 + 29 * 501);
    const { errors } = await over(server.url, each(30));
    expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'cost' } }]);
    await on({}, async (own) => {
      const client = await connect(own.url, { as: Role.VIEWER });
      const tiles = (await manyUnits(own, 30)).map((id) => client.subscribe(followFigures(id)));
      for (const tile of tiles) expect((await tile.next()).extensions).toEqual({ cost: 511 });
      await client.close();
    });
  });

  it('the whole schema can be asked for, as the playground does', async () => {
    const query = getIntrospectionQuery({
      inputValueDeprecation: true,
      schemaDescription: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      oneOf: true,
    });
    const { data, errors, extensions } = await over(server.url, query);
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(50);
    expect(extensions!.cost).toBeGreaterThan(LIMITS.cost / 4);
  });

  it('the schema costs by what is asked of it', async () => {
    const costOf = async (query: string) => (await over(server.url, query)).extensions?.cost;
    expect(await costOf('{ __schema { queryType { name } } }')).toBe(10 + 100 + 1);
    expect(await costOf('{ __schema { types { name } } }')).toBe(10 + 100 + 4);
    expect(await costOf('{ a: __type(name: "Unit") { name } b: __type(name: "Unit") { name } }')).toBe(211);
  });

  const circle = 'fragment A on Unit { parent { ...B } } fragment B on Unit { parent { ...A } }';
  const doubling = times(
    60,
    (i) => `fragment F${i} on Unit { a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`,
  );
  const deepSchema = `{ __schema { types ${'{ fields { type '.repeat(8)} { name } ${'} }'.repeat(8)} } }`;
  it.each([
    ['nested 5,000 deep', `{ unit(code: "79") ${'{ parent '.repeat(5_000)}`, 'QUERY_TOO_COMPLEX'],
    ['with 10,000 aliases', aliased(10_000), 'QUERY_TOO_COMPLEX'],
    ['with 1,000 aliases', aliased(1_000), 'QUERY_TOO_COMPLEX'],
    ['with 1,000 directives', directed(1_000), 'QUERY_TOO_COMPLEX'],
    ['with 300 directives on one field', `{ latestCursor ${'@x '.repeat(300)} }`, 'QUERY_TOO_COMPLEX'],
    [
      'whose fragments go in a circle',
      `{ unit(code: "79") { ...A } } ${circle}`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'whose fragments double 60 times',
      `{ unit(code: "79") { ...F0 } } ${doubling} fragment F60 on Unit { code }`,
      'QUERY_TOO_COMPLEX',
    ],
    ['that digs into the schema', deepSchema, 'QUERY_TOO_COMPLEX'],
    [
      'that asks for the schema 99 times',
      `{ ${times(99, (i) => `a${i}: __schema { types { fields { args { name } } } }`)} }`,
      'QUERY_TOO_COMPLEX',
    ],
    [
      'that asks for all fields of the schema 99 times',
      `{ __schema { ${times(99, (i) => `a${i}: types { fields { name args { name type { name } } } }`)} } }`,
      'QUERY_TOO_COMPLEX',
    ],
    [
      'that asks for lists of lists of the schema',
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['with 2,000 ids in a list', `{ nodes(ids: [${'"x" '.repeat(2_000)}]) { id } }`, 'BAD_USER_INPUT'],
    [
      'with a string of 500,000 characters',
      `{ node(id: "${'x'.repeat(500_000)}") { id } }`,
      'BAD_USER_INPUT',
    ],
  ])('a document %s is refused, and the next one answered', async (_what, query, code) => {
    const { errors } = await over(server.url, query);
    expect(errors?.map(({ extensions }) => extensions.code)).toContain(code);
    expect(errors?.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL_SERVER_ERROR');
    await alive();
  });

  it('a caller who has spent the budget is told when to come back, is let in then, and holds up nobody else', () =>
    on({ env: { RATE_LIMIT: '15000' } }, async (own) => {
      const heavy = `{ ${times(24, (i) => `p${i}: units(first: 100) { nodes { id name } }`)} }`; // 7,234 each
      const [token, another] = [await tokenFor(Role.VIEWER, 'spender'), await tokenFor(Role.VIEWER, 'saver')];
      for (let i = 0; i < 2; i++) {
        expect((await over(own.url, heavy, {}, { token })).errors).toBeUndefined();
      }
      const { errors } = await over(own.url, heavy, {}, { token });
      expect(errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } },
      ]);
      const retryAfter = errors![0]!.extensions.retryAfter as number;
      expect(Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= 60).toBe(true);
      expect((await over(own.url, heavy, {}, { token: another })).errors).toBeUndefined();
      const light = '{ units(first: 100) { nodes { id name } } }';
      let answer = await over(own.url, light, {}, { token });
      while (!answer.errors) answer = await over(own.url, light, {}, { token });
      expect(answer.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
      while (answer.errors) answer = await over(own.url, light, {}, { token });
      expect(answer.data.units.nodes).toEqual([]);
    }));

  it('documents that are refused use the budget up as well', () =>
    on({ env: { RATE_LIMIT: '15000' } }, async (own) => {
      const seen = new Set<string>();
      while (!seen.has('RATE_LIMITED')) {
        const { errors } = await over(own.url, '{ nothing }');
        for (const { extensions } of errors!) seen.add(extensions.code);
      }
      expect([...seen]).toEqual(['GRAPHQL_VALIDATION_FAILED', 'RATE_LIMITED']);
    }));

  it('an operation that takes too long is ended with a clear error, though what it waits for never comes', () =>
    on({ limits: { operationMs: 2_000 } }, async (own) => {
      const { database } = own.running.services;
      expect((await over(own.url, '{ latestCursor }')).errors).toBeUndefined();
      const held = Array.from({ length: MORE_THAN_CONNECTIONS }, () => database.snapshot(0));
      await held[0];
      const { errors } = await over(own.url, '{ latestCursor }');
      expect(errors).toMatchObject([
        {
          message: expect.stringContaining('did not end within the 2 s'),
          extensions: { code: 'UNAVAILABLE', limit: 'time' },
        },
      ]);
      for (const snapshot of held) await (await snapshot).end();
      expect((await over(own.url, '{ latestCursor }')).errors).toBeUndefined();
    }));

  it('a mutation that could not begin in time is never begun', () =>
    on({ limits: { operationMs: 2_000 } }, async (own) => {
      const before = await logEnd(own);
      const { database } = own.running.services;
      const many = (work: () => Promise<void>) =>
        Promise.all(Array.from({ length: MORE_THAN_CONNECTIONS }, () => database.transaction(work)));
      let release!: () => void;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const held = many(() => gate);
      const { errors } = await over(
        own.url,
        'mutation ($input: AddTopicInput!) { addTopic(input: $input) { cursor } }',
        { input: { code: newCode(), name: 'Quy hoạch' } },
      );
      expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', limit: 'time' } }]);
      release();
      await held;
      await many(() => Promise.resolve()); // whatever waited has had its turn
      expect(await logEnd(own)).toBe(before);
    }));
});

/** Opens so many units in one request. */
async function manyUnits(own: TestServer, count: number): Promise<string[]> {
  const open = (i: number) => `m${i}: openUnit(input: {
    code: "${newCode('U')}", name: "Phường", kind: WARD, validFrom: "2020-01-01" }) { unit { id } }`;
  const { data } = await own.ask(`mutation { ${times(count, open)} }`);
  return Object.values(data).map(({ unit }) => unit.id as string);
}

const followFigures = (unitId: string) =>
  `subscription { trainingStatisticsChanged(filter: { unitIds: ["${unitId}"] }) { cohorts } }`;

const waitingCounts = ({ running }: TestServer) =>
  running.services.database.load().find(({ pool }) => pool === 'counts')!.waiting;

/** Lets no count begin. @returns what lets so many go on, or all, and tells how many were to begin. */
function holdCounts({ running }: TestServer): ((count?: number) => void) & { asked: () => number } {
  type Run = (...asked: unknown[]) => Promise<unknown>;
  const { analyses } = running.services.database as unknown as { analyses: { run: Run } };
  const { run } = analyses;
  const held: (() => void)[] = [];
  let [allowed, begun] = [0, 0];
  analyses.run = async (...asked) => {
    begun += 1;
    if (allowed > 0) allowed -= 1;
    else await new Promise<void>((goOn) => held.push(goOn));
    return run(...asked);
  };
  const letGo = (count = Infinity) => {
    allowed += count;
    for (; allowed > 0 && held.length > 0; allowed -= 1) held.shift()!();
  };
  return Object.assign(letGo, { asked: () => begun });
}

/** Whoever asks for a connection behind so many waits, on either engine. */
const MORE_THAN_CONNECTIONS = 20;

describe('a field that fails', () => {
  it('beyond the errors that are sent fails with one that graphql-js passes on without looking up its line', () => {
    const { services } = server.running;
    const reader = new Reader(services.database, 'one');
    const answer = new Answer(reader, services.answerBounds, services.ledger, 'one');
    const given = Array.from({ length: LIMITS.errors + 2 }, (_, i) => new Error(String(i)));
    const told = given.map((error) => answer.failed(error));
    expect(told.slice(0, LIMITS.errors)).toEqual(given.slice(0, LIMITS.errors));
    expect(told[LIMITS.errors]).toMatchObject({ path: [] });
    expect(told[LIMITS.errors + 1]).toBe(told[LIMITS.errors]);
  });

  it('is answered with the first errors and how many more there are', async () => {
    const { id } = await newUnit(server);
    const { errors: more } = await server.ask(
      `query ($ids: [ID!]!) { a: nodes(ids: $ids) { ...failing } b: nodes(ids: $ids) { ...failing } }
       fragment failing on Unit { cohorts(first: -1) { pageInfo { hasNextPage } } }`,
      { ids: Array.from({ length: 70 }, () => id) },
    );
    expect(more).toHaveLength(LIMITS.errors + 1);
    expect(more!.at(-1)).toMatchObject({
      extensions: { code: 'ANSWER_TOO_LARGE', limit: 'errors', asked: 140 },
    });
  });
});

describe('a subscription', () => {
  const overSocket = TRANSPORTS[1]![1];

  it('one event of a subscription costs as much as is allowed, and not more', async () => {
    const writer = await Writer.start(server);
    const after = await logEnd(server);
    await writer.revise();
    const follow = (first: number) => `subscription ($after: EventCursor) {
      cohortChanged(after: $after) { cohort { enrolments(first: 100) { nodes { official {
        a: code b: code c: code d: code e: code f: code g: code h: code i: code j: code k: code l: code m: code
        n: code o: code p: code } } } graduates(first: ${first}) { nodes { id } } } } }`;
    const { errors, extensions } = await overSocket(server.url, follow(92), { after });
    expect({ errors, extensions }).toEqual({ errors: undefined, extensions: { cost: 1_998 } });
    const refused = await overSocket(server.url, follow(94), { after });
    expect(refused.errors).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'eventCost', asked: 2_002, allowed: 2_000 } },
    ]);
  });

  it('says with each event what it costs', async () => {
    const writer = await Writer.start(server);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    const client = await connect(server.url);
    const subscriber = client.subscribe(FOLLOW_COHORTS, variables);
    await writer.reviseTimes(2);
    for (let i = 0; i < 2; i++) {
      const { extensions } = await subscriber.next();
      expect(extensions).toEqual({ cost: 10 + 1 + 3 + 5 * 2 + 1 + 1 });
    }
    await client.close();
  });

  it('asked for over HTTP is told where to go', async () => {
    const { status, errors } = await server.ask('subscription { cohortChanged { cursor } }');
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      { message: expect.stringContaining('WebSocket'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

describe('the budget', () => {
  it('answers over HTTP with status 429 and Retry-After', () =>
    on({ env: { RATE_LIMIT: '15000' } }, async (own) => {
      const spend = () =>
        fetch(`${own.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: pages(80) }),
        });
      expect((await spend()).status).toBe(200);
      const refused = await spend();
      expect(refused.status).toBe(429);
      const { errors } = (await refused.json()) as { errors: { extensions: { retryAfter: number } }[] };
      expect(refused.headers.get('retry-after')).toBe(String(errors[0]!.extensions.retryAfter));
    }));

  it('is one for all connections of a token, and another for whoever has none', () =>
    on({ env: { RATE_LIMIT: '15000' } }, async (own) => {
      const [[, http], [, socket]] = TRANSPORTS as [(typeof TRANSPORTS)[0], (typeof TRANSPORTS)[0]];
      expect((await http(own.url, pages(80))).errors).toBeUndefined();
      expect((await socket(own.url, pages(80))).errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED' } },
      ]);
      expect((await socket(own.url, pages(80), {}, { as: null })).errors).toBeUndefined();
      expect((await http(own.url, pages(80), {}, { as: null })).errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED' } },
      ]);
    }));
});

describe('a body', () => {
  const padded = (bytes: number) => {
    const body = JSON.stringify({ query: '{ latestCursor }' });
    return body + ' '.repeat(bytes - body.length);
  };
  const post = (body: string) =>
    fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  it('of a megabyte is read over HTTP, and not a byte more', async () => {
    expect((await post(padded(LIMITS.bytes))).status).toBe(200);
    const refused = await post(padded(LIMITS.bytes + 1));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('of a megabyte is read over WebSocket, and not a byte more', async () => {
    const raw = await openRaw(server.url);
    const message = (bytes: number) => {
      const text = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ latestCursor }' } });
      return text + ' '.repeat(bytes - text.length);
    };
    raw.socket.send(message(LIMITS.bytes));
    while (raw.received.length === 0) await new Promise((resolve) => raw.socket.once('message', resolve));
    expect(raw.received).toMatchObject([{ data: { latestCursor: expect.any(String) } }]);
    raw.socket.send(message(LIMITS.bytes + 1));
    expect((await raw.closed).code).toBe(1009);
  });
});

describe('a socket', () => {
  it('runs as many operations as are allowed; each one more is an error of its own, until one ends', async () => {
    const client = await connect(server.url);
    const writer = await Writer.start(server);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(server) };
    const all = Array.from({ length: 1_000 }, () => client.subscribe(FOLLOW_COHORTS, variables));
    const [held, refused] = [all.slice(0, LIMITS.operationsPerSocket), all.slice(LIMITS.operationsPerSocket)];
    for (const { ended } of refused) {
      await expect(ended).rejects.toMatchObject([
        {
          message: expect.stringContaining('open another socket'),
          extensions: { code: 'RATE_LIMITED', limit: 'operationsPerSocket', retryAfter: 10 },
        },
      ]);
    }
    const cursor = await writer.revise();
    for (const each of held) expect((await each.nextData()).cohortChanged.cursor).toBe(cursor);
    held[0]!.stop();
    const next = client.subscribe(FOLLOW_COHORTS, variables);
    expect((await next.nextData()).cohortChanged.cursor).toBe(cursor);
    await client.close();
  });

  it('follows as much as its caller may have in memory; what is completed makes room', () =>
    on({ limits: { followedBytesOfCaller: 7_000 + sizeOf(FOLLOW_COHORTS) } }, async (own) => {
      const [client, another] = [await connect(own.url), await connect(own.url, { as: Role.VIEWER })];
      const after = await logEnd(own);
      const follow = (by = client) => by.subscribe(FOLLOW_COHORTS, { after });
      const [first, second, theirs] = [follow(), follow(), follow(another)];
      const writer = await Writer.start(own);
      const areTold = async (...followed: ReturnType<typeof follow>[]) => {
        const cursor = await writer.revise();
        for (const each of followed) while ((await each.nextData()).cohortChanged.cursor !== cursor);
      };
      await areTold(first, second, theirs);
      const refusal = { code: 'RATE_LIMITED', limit: 'followedBytesOfCaller', retryAfter: 10 };
      expect((await follow().next()).errors).toMatchObject([{ extensions: refusal }]);
      second.stop();
      await areTold(first, follow(), theirs);
      expect((await follow().next()).errors).toMatchObject([{ extensions: refusal }]);
      await Promise.all([client.close(), another.close()]);
    }));

  it('holds a document once for all who follow it, and not many large ones', () =>
    on({ limits: { followedBytesOfCaller: 300_000 } }, async (own) => {
      const client = await connect(own.url);
      const writer = await Writer.start(own);
      const ids = `"${writer.cohort.id}" `.repeat(300);
      const large = (name: string) =>
        `subscription { cohortChanged(filter: { cohortIds: [${ids}] }) { ${name}: cursor } }`;
      expect(sizeOf(large('alike'))).toBeGreaterThan(120_000);
      const alike = Array.from({ length: 4 }, () => client.subscribe(large('alike')));
      const told = Promise.all(alike.map((each) => each.next()));
      let all: { errors?: unknown }[] | null = null;
      void told.then((answers) => (all = answers));
      while (!all) await writer.revise();
      for (const { errors } of all as { errors?: unknown }[]) expect(errors).toBeUndefined();
      const extensions = { code: 'RATE_LIMITED', limit: 'followedBytesOfCaller' };
      expect((await client.subscribe(large('other')).next()).errors).toMatchObject([{ extensions }]);
      await client.close();
    }));

  it('sends a message in as many parts as are allowed, and not one more', async () => {
    const send = async (parts: number) => {
      const raw = await openRaw(server.url);
      for (let i = 0; i < parts; i++)
        raw.socket.send(i === 0 ? '{"type":"ping"}' : '', { fin: i === parts - 1 });
      const pong = (async () => {
        while (!raw.messages.some(({ type }) => type === 'pong')) await once(raw.socket, 'message');
        return 'answered';
      })();
      const outcome = await Promise.race([pong, raw.closed.then(({ code }) => `closed with ${code}`)]);
      raw.socket.terminate();
      return outcome;
    };
    expect(await send(64)).toBe('answered');
    expect(await send(65)).toBe('closed with 1008');
  });

  it('is one of as many as a caller may have; one more closes with 4291, and one that closes makes room', () =>
    on({ limits: { socketsPerCaller: 3 } }, async (own) => {
      const authorization = `Bearer ${await tokenFor(Role.VIEWER, 'dashboards')}`;
      const three = [];
      for (let i = 0; i < 3; i++) three.push(await openRaw(own.url, { authorization }));
      const open = () => new WebSocket(`${own.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      const attempt = async () => {
        const socket = open();
        const end = new Promise<string>((resolve) => {
          socket.on('close', (code, reason) => resolve(`${code} ${String(reason)}`));
          socket.on('message', () => resolve('let in'));
        });
        socket.on('open', () =>
          socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })),
        );
        const outcome = await end;
        socket.close();
        return outcome;
      };
      expect(await attempt()).toBe('4291 Only 3 sockets a caller: close one');
      (await openRaw(own.url)).socket.close(); // a stranger is somebody else
      three[0]!.socket.close();
      await three[0]!.closed;
      let outcome = await attempt();
      while (outcome !== 'let in') outcome = await attempt();
      for (const { socket } of three) socket.close();
    }));

  it('that is not read for its many operations is not taken for a dead one, and one that answers no ping is', () =>
    on(
      {
        pingMs: 100,
        limits: { unbegunPerSocket: 0, operationsPerCaller: 0, operationMs: 1_000 },
      },
      async (own) => {
        const raw = await openRaw(own.url);
        raw.socket.send(
          JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ latestCursor }' } }),
        );
        while (!raw.messages.some(({ type }) => type === 'error'))
          await Promise.race([new Promise((resolve) => raw.socket.once('message', resolve)), raw.closed]);
        expect(raw.socket.readyState).toBe(WebSocket.OPEN);
        raw.socket.close();
        const address = `${own.url.replace('http', 'ws')}/graphql`;
        const dead = new WebSocket(address, 'graphql-transport-ws', { autoPong: false });
        expect(await new Promise((resolve) => dead.on('close', resolve))).toBe(1006);
      },
    ));

  it('that does not say who it is in time closes with 4408, and one that does stays', () =>
    on({ limits: { initMs: 1_000 } }, async (own) => {
      const polite = await openRaw(own.url);
      const silent = new WebSocket(`${own.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      expect(await new Promise((resolve) => silent.on('close', resolve))).toBe(4408);
      const ponged = new Promise((resolve) => polite.socket.once('message', resolve));
      polite.socket.send('{"type":"ping"}');
      await ponged;
      expect(polite.messages.at(-1)).toMatchObject({ type: 'pong' });
      polite.socket.close();
    }));
});

describe('counts that wait', () => {
  it('hold up nobody who asks for something else, however many they are', async () => {
    const own = await startTestServer();
    const units = await manyUnits(own, 95);
    const letGo = holdCounts(own);
    const client = await connect(own.url, { as: Role.VIEWER });
    const followers = units.map((id) => client.subscribe(followFigures(id)));
    const asked = [
      own.ask(`{ latestCursor unit(id: "${units[0]}") { name statistics { cohorts } } }`),
      own.ask('{ statedFigures { nodes { counted } } trainingStatistics { cohorts } }'),
    ];
    do expect((await own.ask('{ about { version } }')).errors).toBeUndefined();
    while (waitingCounts(own) < 96);
    expect((await newTopic(own)).id).toBeDefined();
    letGo();
    for (const follower of followers) {
      expect((await follower.nextData()).trainingStatisticsChanged.cohorts).toBe(0);
    }
    for (const { errors } of await Promise.all(asked)) expect(errors).toBeUndefined();
    await client.close();
    await own.stop();
  });

  const waiting = async (own: TestServer, count: number) => {
    while (waitingCounts(own) !== count) await own.ask('{ about { version } }');
  };

  it('have turns by caller, so that one who asks for many holds another up by one or two', async () => {
    const own = await startTestServer();
    const units = await manyUnits(own, 40);
    const letGo = holdCounts(own);
    const client = await connect(own.url, { as: Role.VIEWER });
    for (const id of units) client.subscribe(followFigures(id));
    await waiting(own, 39); // one has begun
    const another = own.ask('{ trainingStatistics { cohorts } }');
    await waiting(own, 40);
    letGo(3);
    expect((await another).data.trainingStatistics.cohorts).toBe(0);
    expect(waitingCounts(own)).toBeGreaterThan(30);
    letGo();
    await client.close();
    await own.stop();
  });

  it('for the same are one, whoever asks', async () => {
    const own = await startTestServer();
    const [unitId, elsewhere] = await manyUnits(own, 2);
    const letGo = holdCounts(own);
    const before = own.ask(`{ unit(id: "${elsewhere}") { statistics { cohorts } } }`);
    const clients = await Promise.all(
      ['one', 'two', 'three'].map(async (who) =>
        connect(own.url, { token: await tokenFor(Role.VIEWER, who) }),
      ),
    );
    const followers = clients.flatMap((client) =>
      Array.from({ length: 10 }, () => client.subscribe(followFigures(unitId!))),
    );
    await waiting(own, 30);
    letGo(3); // the one before, what decides of small groups, and theirs
    await before;
    for (const follower of followers) await follower.nextData();
    letGo();
    for (const client of clients) await client.close();
    await own.stop();
  });

  it('are made again when a change has overtaken them, so that all they tell is of one moment', async () => {
    const own = await startTestServer();
    const [unitId] = await manyUnits(own, 1);
    const figures = `{ trainingStatistics(filter: { unitIds: ["${unitId}"] }) { cursor } }`;
    await own.ask(figures, {}, { as: Role.VIEWER }); // what decides of small groups is known from here on
    const letGo = holdCounts(own);
    const asked = own.ask(figures, {}, { as: Role.VIEWER });
    while (letGo.asked() < 1) await own.ask('{ about { version } }');
    await newTopic(own);
    letGo(1);
    while (letGo.asked() < 2) await own.ask('{ about { version } }');
    letGo();
    expect((await asked).data.trainingStatistics.cursor).toBe(await logEnd(own));
    await own.stop();
  });

  it('are not begun when nobody waits for them any more', async () => {
    const own = await startTestServer();
    const units = await manyUnits(own, 30);
    const letGo = holdCounts(own);
    const [going, staying] = [await connect(own.url), await connect(own.url)];
    for (const id of units.slice(0, 10)) going.subscribe(followFigures(id));
    const stopped = units.slice(10, 20).map((id) => staying.subscribe(followFigures(id)));
    const leaving = new AbortController();
    const left = units.slice(20).map((id) =>
      fetch(`${own.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ unit(id: "${id}") { statistics { cohorts } } }` }),
        signal: leaving.signal,
      }),
    );
    await waiting(own, 29);
    await going.close();
    for (const each of stopped) each.stop();
    leaving.abort();
    await Promise.allSettled(left);
    await waiting(own, 0);
    letGo();
    await staying.close();
    await own.stop();
  });
});

describe('a caller who goes away', () => {
  /** A hundred revisions one after the other; figures, which a thread counts, let the server hear in between. */
  function hundredRevisions({ cohort }: Writer): string {
    return `mutation { ${times(100, (i) => {
      const input = `{ cohortId: "${cohort.id}", version: ${i + 1}, capacity: ${i + 1} }`;
      return `m${i}: reviseCohort(input: ${input}) { cohort { hostUnit { statistics { cohorts } } } }`;
    })} }`;
  }

  it.each(['HTTP', 'WebSocket'])('over %s is worked for no longer', async (transport) => {
    const own = await startTestServer({ limits: { cost: 200_000 } });
    const writer = await Writer.start(own);
    const follower = await connect(own.url);
    const variables = { filter: { cohortIds: [writer.cohort.id] }, after: await logEnd(own) };
    const first = follower.subscribe(FOLLOW_COHORTS, variables).nextData();
    const query = hundredRevisions(writer);
    if (transport === 'HTTP') {
      const leaving = new AbortController();
      const answer = fetch(`${own.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`,
        },
        body: JSON.stringify({ query }),
        signal: leaving.signal,
      });
      await first;
      leaving.abort();
      await expect(answer).rejects.toThrow();
    } else {
      const raw = await openRaw(own.url, { authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
      raw.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      await first;
      raw.socket.terminate();
    }
    // Figures are counted in turn: were the hundred still going on, each of these would let one of them by.
    for (let i = 0; i < 110; i++) await ask(own.url, '{ trainingStatistics { cohorts } }');
    const { data } = await own.ask(`{ cohort(id: "${writer.cohort.id}") { version } }`);
    expect(data.cohort.version).toBeGreaterThan(1);
    expect(data.cohort.version).toBeLessThan(100);
    await follower.close();
    await own.stop();
  });
});
