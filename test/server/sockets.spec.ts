// WebSockets: who may open one, which operations it carries, and how it ends.
import { SignJWT } from 'jose';
import WebSocket from 'ws';
import { Role } from '../../src/access/policy';
import { connect, type LiveOptions } from '../support/live';
import { SECRET, startTestServer, type TestServer, tokenFor } from '../support/server';
import { sql } from '../support/database';
import { logEnd, newCode, newProgramme, newUnit } from '../support/world';
import { FOLLOW_COHORTS, openRaw, Writer } from './stream';

let server: TestServer;
let production: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  production = await startTestServer({ env: { NODE_ENV: 'production' } });
});
afterAll(async () => {
  await production.stop();
  await server.stop();
});

/** One operation over a socket of its own: its result, whatever kind of message brought it. */
async function over(to: TestServer, query: string, variables: object = {}, options: LiveOptions = {}) {
  const client = await connect(to.url, options);
  const subscriber = client.subscribe(query, variables);
  try {
    return await Promise.race([
      subscriber.next(),
      subscriber.ended.then(
        () => subscriber.next(),
        (errors) => ({ errors }),
      ),
    ]);
  } finally {
    await client.close();
  }
}

const codesOf = (errors: any) => errors?.map((error: any) => error.extensions.code);

describe('the token', () => {
  const sign = (claims: object, secret = SECRET) =>
    new SignJWT({ role: 'ADMINISTRATOR', sub: 'x', iss: 'canbo', aud: 'canbo', exp: 4e9, ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret));
  const unsigned = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

  it.each<[string, () => unknown, string]>([
    ['of another secret', () => sign({}, 'another secret of more than 32 characters'), 'is not valid here'],
    ['that has expired', () => tokenFor(Role.ADMINISTRATOR, 'x', '-1h'), 'has expired'],
    ['of another issuer', () => sign({ iss: 'somebody' }), 'is not valid here'],
    ['for another audience', () => sign({ aud: 'something' }), 'is not valid here'],
    ['without an end', () => sign({ exp: undefined }), 'is not valid here'],
    ['with an unknown role', () => sign({ role: 'EMPEROR' }), 'names no role'],
    [
      'that nobody signed',
      () => `${unsigned({ alg: 'none' })}.${unsigned({ role: 'ADMINISTRATOR' })}.`,
      'Send the token as',
    ],
    ['that is no token', () => 'password', 'Send the token as'],
    ['that is empty', () => '', 'Send the token as'],
  ])('%s closes the socket with 4403 and the reason', async (_what, token, reason) => {
    for (const each of [server, production]) {
      const end = await logEnd(each);
      const params = { authorization: `Bearer ${(await token()) as string}` };
      const opened = openRaw(each.url, params);
      await expect(opened).rejects.toThrow('Closed with 4403.');
      await expect(closeReasonOf(each, params)).resolves.toMatch(reason);
      expect(await logEnd(each)).toBe(end);
    }
  });

  it.each([
    ['a number', 12345],
    ['an object', {}],
    ['a list', []],
    ['true', true],
    ['an empty text', ''],
    ['no scheme', 'x.y.z'],
  ])('sent as %s is never taken for no token', async (_what, authorization) => {
    await expect(openRaw(server.url, { authorization })).rejects.toThrow('Closed with 4403.');
  });

  /** The reason a socket with these connection params is closed for. */
  function closeReasonOf(to: TestServer, payload: object): Promise<string> {
    const socket = new WebSocket(`${to.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
    return new Promise((resolve) => socket.on('close', (_code, reason) => resolve(reason.toString())));
  }

  it('is not needed to read and follow outside production, and needed to change anything', async () => {
    const stranger = { as: null };
    expect(await over(server, '{ about { version } }', {}, stranger)).toMatchObject({ data: { about: {} } });
    const end = await logEnd(server);
    const writer = await Writer.start(server);
    const event = await over(server, FOLLOW_COHORTS, { after: end }, stranger);
    expect(event).toMatchObject({ data: { cohortChanged: { kind: 'PLANNED' } } });
    const input = `{ code: "${newCode()}", title: "Chuyên viên" }`;
    const before = await logEnd(server);
    const refused = await over(server, `mutation { addPosition(input: ${input}) { cursor } }`, {}, stranger);
    expect(codesOf(refused.errors)).toEqual(['UNAUTHENTICATED']);
    expect(await logEnd(server)).toBe(before);
    expect(await writer.revise()).not.toBe(before);
  });

  it('is needed for everything in production', async () => {
    const stranger = { as: null };
    const statistics = 'subscription { trainingStatisticsChanged { cohorts } }';
    for (const query of ['{ about { version } }', '{ latestCursor }', FOLLOW_COHORTS, statistics]) {
      const refused = await over(production, query, {}, stranger);
      expect(codesOf(refused.errors)).toEqual(['UNAUTHENTICATED']);
      expect(refused).not.toMatchObject({ data: { about: expect.anything() } });
    }
    const { errors } = await production.ask('{ about { version } }', {}, { as: null });
    expect(codesOf(errors)).toEqual(['UNAUTHENTICATED']);
    const known = await over(production, '{ about { version } }', {}, { as: Role.VIEWER });
    expect(known).toMatchObject({ data: { about: { version: expect.any(String) } } });
  });

  it('that expires closes the open socket with 4403, whatever goes on over it', async () => {
    const token = await tokenFor(Role.VIEWER, 'x', '2s');
    const client = await connect(server.url, { token });
    const subscriber = client.subscribe(FOLLOW_COHORTS, { after: await logEnd(server) });
    const writer = await Writer.start(server);
    await writer.revise();
    expect((await subscriber.nextData()).cohortChanged.kind).toBe('PLANNED');
    expect(await client.closed).toMatchObject({ code: 4403, reason: 'The token has expired' });
    await expect(subscriber.ended).rejects.toMatchObject({ code: 4403 });
  });

  it('shows who did it only to those who may know', async () => {
    const after = await logEnd(server);
    await Writer.start(server);
    const query = 'subscription ($after: EventCursor) { cohortChanged(after: $after) { actor } }';
    const seenBy = async (as: Role | null) => (await over(server, query, { after }, { as })) as any;
    expect((await seenBy(Role.ADMINISTRATOR)).data.cohortChanged.actor).toBe('test-administrator');
    for (const as of [Role.UNIT_MANAGER, Role.UNIVERSITY_REGISTRAR, Role.VIEWER, null]) {
      expect((await seenBy(as)).data.cohortChanged.actor).toBeNull();
    }
  });
});

describe('queries and mutations over a socket', () => {
  it('work as over HTTP', async () => {
    const [unit, programme] = [await newUnit(server), await newProgramme(server)];
    const input = {
      ...{ code: newCode('K'), name: 'Lớp bồi dưỡng', startsOn: '2024-03-01' },
      ...{ programmeId: programme.id, hostUnitId: unit.id },
    };
    const plan = `mutation ($input: PlanCohortInput!) {
      planCohort(input: $input) { cohort { id code } cursor userErrors { code } } }`;
    const { data } = (await over(server, plan, { input })) as any;
    expect(data.planCohort).toMatchObject({ cohort: { code: input.code }, userErrors: [] });
    expect(await logEnd(server)).toBe(data.planCohort.cursor);
    const query = 'query ($code: String) { cohort(code: $code) { id programme { code } hostUnit { code } } }';
    const variables = { code: input.code };
    const overSocket = (await over(server, query, variables)) as any;
    expect(overSocket.data.cohort).toMatchObject({
      id: data.planCohort.cohort.id,
      hostUnit: { code: unit.code },
    });
    expect(overSocket.data).toEqual((await server.ask(query, variables)).data);
  });

  it('speak Vietnamese unless English is asked for', async () => {
    const raw = await openRaw(server.url, { authorization: `Bearer ${await tokenFor(Role.ADMINISTRATOR)}` });
    const answered = new Promise((resolve) => raw.socket.once('message', resolve));
    const query = `mutation { openEnrolment(input: { cohortId: "cohort_01jb8zf4xeeq3rnp2b9a9d1y2c" }) {
      userErrors { message code } } }`;
    const end = await logEnd(server);
    raw.socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    await answered;
    const [vietnamese] = raw.received[0].data.openEnrolment.userErrors;
    expect(vietnamese).toEqual({ code: 'NOT_FOUND', message: 'Không tìm thấy lớp này.' });
    raw.socket.close();
    const english = (await over(server, query)) as any;
    expect(english.data.openEnrolment.userErrors).toMatchObject([{ message: 'There is no such cohort.' }]);
    expect(await logEnd(server)).toBe(end);
  });

  it('mask errors as over HTTP does', async () => {
    const own = await startTestServer();
    await sql(own.folder, 'ALTER TABLE topic RENAME TO topic_gone'); // a fault no caller can help
    const masked = {
      message: expect.stringMatching(/^Internal server error\. Reference: [0-9a-f-]{36}$/),
      extensions: { code: 'INTERNAL_SERVER_ERROR', reference: expect.any(String) },
    };
    const query = '{ topics { name } }';
    const [http, socket] = [await own.ask(query), (await over(own, query)) as any];
    for (const { errors } of [http, socket]) {
      expect(errors).toEqual([{ ...masked, path: ['topics'], locations: expect.anything() }]);
      expect(JSON.stringify(errors)).not.toMatch(/topic_gone|no such table|does not exist|SELECT|\.js/);
    }
    await own.stop();
  });

  it.each([
    ['a malformed document', '{ about {', {}],
    ['an unknown field', '{ nothing }', {}],
    [
      'a variable of a wrong type',
      'query ($on: Date) { units(filter: { on: $on }) { totalCount } }',
      { on: '2023-02-30' },
    ],
    ['an absurd page', '{ units(first: 100000) { totalCount } }', {}],
    ['a cursor of nowhere', '{ units(after: "x") { totalCount } }', {}],
  ])('tell of %s as over HTTP', async (_what, query, variables) => {
    const [http, socket] = [await server.ask(query, variables), await over(server, query, variables)];
    const messages = (errors: any) => errors.map((error: any) => error.message);
    expect(messages(socket.errors)).toEqual(messages(http.errors));
    expect(codesOf(socket.errors)).not.toContain('INTERNAL_SERVER_ERROR');
  });
});

test('a document nested beyond the parser ends its own operation, and not the socket', async () => {
  const client = await connect(server.url);
  const deep = client.subscribe(`{ ${'unit { parent '.repeat(20_000)} }`);
  await expect(deep.ended).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
  expect(await client.subscribe('{ about { version } }').nextData()).toHaveProperty('about');
  await client.close();
});

test('what a client sends inside an operation is never taken for a message of a server', async () => {
  const client = await connect(server.url);
  const { about } = await client.subscribe('{ about { version } }', { unused: { type: 'next' } }).nextData();
  expect(about).toHaveProperty('version');
  await client.close();
});

test('a ping is answered with its payload, and without where that is large', async () => {
  const raw = await openRaw(server.url);
  const ping = async (payload?: object) => {
    const answered = new Promise((resolve) => raw.socket.once('message', resolve));
    raw.socket.send(JSON.stringify({ type: 'ping', payload }));
    await answered;
    return raw.messages.at(-1);
  };
  expect(await ping()).toEqual({ type: 'pong' });
  expect(await ping({ at: 1 })).toEqual({ type: 'pong', payload: { at: 1 } });
  expect(await ping({ text: 'x'.repeat(2_000) })).toEqual({ type: 'pong' });
  raw.socket.close();
});

describe('a socket closes', () => {
  it.each<[string, string | Buffer, number]>([
    ['text that is no JSON', '{', 4400],
    ['JSON that is no message', '{"type":"dance"}', 4400],
    ['bytes', Buffer.from([0, 255, 1]), 4400],
    [
      'a subscription without an id',
      '{"type":"subscribe","payload":{"query":"{ about { version } }"}}',
      4400,
    ],
    ['a second greeting', '{"type":"connection_init"}', 4429],
    ['a result, as only servers send it', '{"type":"next","id":"1","payload":{}}', 4400],
    ['an error, as only servers send it', '{"type":"error","id":"1","payload":[{"message":"x"}]}', 4400],
    ['an acknowledgement, as only servers send it', '{"type":"connection_ack"}', 4400],
    ['more than a megabyte', 'x'.repeat(1_100_000), 1009],
  ])('on %s, and no other with it', async (_what, frame, code) => {
    const [rude, polite] = [await openRaw(server.url), await openRaw(server.url)];
    rude.socket.send(frame);
    expect((await rude.closed).code).toBe(code);
    const ponged = new Promise((resolve) => polite.socket.once('message', resolve));
    polite.socket.send('{"type":"ping"}');
    await ponged;
    expect(polite.messages.at(-1)).toMatchObject({ type: 'pong' });
    polite.socket.close();
  });

  it('on a subscription under an id that is in use', async () => {
    const raw = await openRaw(server.url);
    const message = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FOLLOW_COHORTS } });
    raw.socket.send(message);
    raw.socket.send(message);
    expect((await raw.closed).code).toBe(4409);
  });

  it('on a subscription before the greeting', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('open', () =>
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FOLLOW_COHORTS } })),
    );
    const code = await new Promise((resolve) => socket.on('close', resolve));
    expect(code).toBe(4401);
  });

  it('is not opened for another protocol or on another path', async () => {
    const address = server.url.replace('http', 'ws');
    const old = new WebSocket(`${address}/graphql`, 'graphql-ws');
    expect(String(await new Promise((resolve) => old.on('error', resolve)))).toContain('no subprotocol');
    const lost = new WebSocket(`${address}/elsewhere`, 'graphql-transport-ws');
    expect(String(await new Promise((resolve) => lost.on('error', resolve)))).toContain('404');
  });

  it('with 1001 when the server stops, subscriptions and all', async () => {
    const own = await startTestServer();
    const client = await connect(own.url);
    const subscribers = [
      client.subscribe(FOLLOW_COHORTS, { after: await logEnd(own) }),
      client.subscribe('subscription { trainingStatisticsChanged { cohorts } }'),
    ];
    await subscribers[1]!.nextData();
    await own.stop();
    expect(await client.closed).toMatchObject({ code: 1001 });
    for (const { ended } of subscribers) await expect(ended).rejects.toMatchObject({ code: 1001 });
  });
});
