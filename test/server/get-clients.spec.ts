// Clients that query by GET, as they are set up by default: urql and graphql-request send no content type.
import { Client, fetchExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { Role } from '../../src/access/policy';
import { startTestServer, type TestServer, tokenFor } from '../support/server';

let server: TestServer;
let authorization: string;
beforeAll(async () => {
  server = await startTestServer();
  authorization = `Bearer ${await tokenFor(Role.ADMINISTRATOR)}`;
});
afterAll(() => server.stop());

const QUERY = 'query Version { about { version } }';
const urql = (headers: Record<string, string>) =>
  new Client({ url: `${server.url}/graphql`, exchanges: [fetchExchange], fetchOptions: { headers } });
const get = (headers: Record<string, string> = {}) =>
  fetch(`${server.url}/graphql?query=${encodeURIComponent(QUERY)}`, { headers });

it('urql without any setting of its own is answered by GET when it sends its token', async () => {
  const { data, error } = await urql({ authorization }).query(QUERY, {}).toPromise();
  expect(error).toBeUndefined();
  expect(data.about.version).toEqual(expect.any(String));
});

it('graphql-request by GET is answered when it sends its token', async () => {
  const client = new GraphQLClient(`${server.url}/graphql`, { method: 'GET', headers: { authorization } });
  expect(await client.request(QUERY)).toEqual({ about: { version: expect.any(String) } });
});

it('a stranger’s GET is refused with what to send instead', async () => {
  const { error } = await urql({}).query(QUERY, {}).toPromise();
  expect(error!.response.status).toBe(400);
  for (const remedy of [
    'Authorization: Bearer',
    'content-type',
    'apollo-require-preflight',
    'preferGetMethod: false',
  ]) {
    expect(error!.message).toContain(remedy);
  }
});

it.each<[string, Record<string, string>]>([
  ['the type of its body', { 'content-type': 'application/json' }],
  ['a header that only programs send', { 'apollo-require-preflight': '1' }],
  ['the name of its client', { 'apollographql-client-name': 'dash' }],
])('a stranger’s GET is answered with %s', async (_what, headers) => {
  expect((await get(headers)).status).toBe(200);
});

it.each<[string, Record<string, string>]>([
  ['the password of a proxy, which browsers send by themselves', { authorization: 'Basic dTpw' }],
  ['what a proxy adds by itself', { 'x-request-id': '1', traceparent: '00-0-0-00', via: '1.1 proxy' }],
  ['a type that any page may send', { 'content-type': 'text/plain' }],
  ['what any page may ask for', { accept: 'application/graphql-response+json' }],
])('a GET is not proven by %s', async (_what, headers) => {
  expect((await get(headers)).status).toBe(400);
});

it('a text by POST stays refused, with a token as well', async () => {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', authorization },
    body: JSON.stringify({ query: QUERY }),
  });
  expect(response.status).toBe(415);
  expect(await response.text()).toContain('Content-Type: application/json');
});
