// Malformed requests: one clear error, nothing changed, and never the answer to a bug.
import { startTestServer, type TestServer } from '../support/server';
import { logEnd, newCode } from '../support/world';

let server: TestServer;
let end: string;
beforeAll(async () => {
  server = await startTestServer();
  end = await logEnd(server);
});
afterEach(async () => expect(await logEnd(server)).toBe(end)); // whatever was sent, nothing was changed
afterAll(() => server.stop());

async function post(
  body: string,
  type = 'application/json',
): Promise<{ status: number; codes: string[]; message: string }> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const { errors } = (await response.json()) as {
    errors: { message: string; extensions: { code: string } }[];
  };
  return {
    status: response.status,
    codes: errors.map(({ extensions }) => extensions.code),
    message: errors.map(({ message }) => message).join(),
  };
}

/** The one error of an operation. */
async function errorOf(query: string, variables: object = {}): Promise<{ code: string; message: string }> {
  const { data, errors } = await server.ask(query, variables);
  expect(Object.values(data ?? {}).filter((each) => each !== null)).toEqual([]);
  expect(errors).toHaveLength(1);
  return { code: errors![0]!.extensions.code, message: errors![0]!.message };
}

describe('a request', () => {
  it.each([
    ['that is no JSON', '{ "query": "{ about', 400],
    ['that is empty', '', 400],
    ['that is a bare word', 'query', 400],
    ['that is a number', '7', 400],
    ['that is null', 'null', 400],
    ['that is a list', '[]', 400],
    ['that is a list of operations', '[{ "query": "{ about { version } }" }]', 400],
    ['without a query', '{}', 400],
    ['with an empty query', '{ "query": "" }', 400],
    ['whose query is a number', '{ "query": 7 }', 400],
    ['whose variables are text', '{ "query": "{ about { version } }", "variables": "a" }', 400],
    ['that reaches for a prototype', '{ "__proto__": { "query": "{ about { version } }" } }', 400],
    [
      'of more than a megabyte',
      JSON.stringify({ query: `{ about { version } } #${'x'.repeat(1_100_000)}` }),
      413,
    ],
    [
      'that names an operation it does not have',
      '{ "query": "{ about { version } }", "operationName": "x" }',
      400,
    ],
    [
      'with two operations and no name',
      '{ "query": "query a { about { version } } query b { about { version } }" }',
      400,
    ],
  ])('%s is refused as the caller’s mistake', async (_what, body, status) => {
    const told = await post(body);
    expect(told.status).toBe(status);
    expect(told.codes).toHaveLength(1);
    expect(told.codes).not.toContain('INTERNAL_SERVER_ERROR');
    expect(told.message).not.toBe('');
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data'])('of type %s is refused', async (type) => {
    const told = await post(JSON.stringify({ query: '{ about { version } }' }), type);
    expect([400, 415]).toContain(told.status);
    expect(told.codes).not.toContain('INTERNAL_SERVER_ERROR');
  });

  it('that would change something by GET is refused', async () => {
    const query = `mutation { addTopic(input: { code: "${newCode()}", name: "x" }) { cursor } }`;
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(response.status).toBe(405);
  });

  it('nested 50,000 deep is refused, and the server lives on', async () => {
    const query = `{ units { nodes { ${'parent { '.repeat(50_000)} id ${'} '.repeat(50_000)} } } }`;
    const told = await post(JSON.stringify({ query }));
    expect(told.status).toBe(400);
    expect(told.codes).not.toContain('INTERNAL_SERVER_ERROR');
    expect((await server.ask('{ about { version } }')).errors).toBeUndefined();
  });
});

describe('a document', () => {
  it.each([
    ['of broken grammar', '{ about { version }', 'GRAPHQL_PARSE_FAILED', 'Expected Name'],
    ['with an unknown field', '{ about { versoin } }', 'GRAPHQL_VALIDATION_FAILED', 'versoin'],
    ['with an unknown argument', '{ topics(all: true) { id } }', 'GRAPHQL_VALIDATION_FAILED', 'all'],
    ['without a selection', '{ about }', 'GRAPHQL_VALIDATION_FAILED', 'about'],
    [
      'with an unknown enum value',
      '{ cohorts(filter: { statuses: [OPEN] }) { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
      'OPEN',
    ],
    [
      'with a number for text',
      '{ cohorts(filter: { text: 7 }) { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
      '7',
    ],
    ['with text for a number', '{ cohorts(first: "7") { totalCount } }', 'GRAPHQL_VALIDATION_FAILED', '7'],
    [
      'with a number too large',
      '{ cohorts(first: 2147483648) { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
      '32-bit',
    ],
    ['with half a number', '{ cohorts(first: 2.5) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED', '2.5'],
    [
      'with an unknown filter',
      '{ cohorts(filter: { colour: "red" }) { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
      'colour',
    ],
    [
      'without a needed field',
      'mutation { addTopic(input: { code: "x" }) { cursor } }',
      'GRAPHQL_VALIDATION_FAILED',
      'name',
    ],
    ['with an undefined variable', '{ unit(id: $id) { id } }', 'GRAPHQL_VALIDATION_FAILED', '$id'],
  ])('%s is told what is wrong', async (_what, query, code, word) => {
    const told = await errorOf(query);
    expect(told.code).toBe(code);
    expect(told.message).toContain(word);
  });

  it.each([
    ['an unknown field', { code: 'a', name: 'b', colour: 'red' }, 'colour'],
    ['a missing field', { code: 'a' }, 'name'],
    ['null where a value is needed', { code: 'a', name: null }, 'name'],
    ['a number for text', { code: 'a', name: 7 }, 'name'],
    ['a list for text', { code: 'a', name: ['b'] }, 'name'],
    ['an object for text', { code: { a: 1 }, name: 'b' }, 'code'],
    ['text for a boolean', { code: 'a', name: 'b', isPriority: 'yes' }, 'isPriority'],
    ['text for the whole input', 'topic', 'AddTopicInput'],
  ])('with %s in its variables is told where', async (_what, input, word) => {
    const told = await errorOf('mutation ($input: AddTopicInput!) { addTopic(input: $input) { cursor } }', {
      input,
    });
    expect(told.code).toBe('BAD_USER_INPUT');
    expect(told.message).toContain(word);
  });
});
