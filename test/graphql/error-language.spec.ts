// Language of top-level errors: what people may meet is said in the caller's language, over HTTP and on each way there.
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** What a request is refused with, in Vietnamese and in English. */
async function said(query: string, variables: object = {}, as?: 'VIEWER'): Promise<string[]> {
  const answers = await Promise.all(
    ['vi', 'en'].map((language) => server.ask(query, variables, { language, ...(as && { as }) })),
  );
  return answers.map(({ errors }) => errors![0]!.message);
}

test.each([
  [
    '{ units(first: 1000) { totalCount } }',
    '`first` là 1000; phải từ 0 đến 100.',
    '`first` is 1000; it must be from 0 to 100.',
  ],
  [
    '{ units(after: "x") { totalCount } }',
    'Con trỏ này không thuộc danh sách với cách sắp xếp này. Hãy đọc lại từ đầu, không dùng con trỏ.',
    'This cursor is not of this list in this order. Start again without it.',
  ],
  [
    '{ unit(code: "1", on: "1990-02-30") { id } }',
    '"1990-02-30" không phải ngày có thật, dạng năm-tháng-ngày (YYYY-MM-DD).',
    '"1990-02-30" is no calendar date of the form YYYY-MM-DD.',
  ],
])('%s', async (query, vi, en) => {
  expect(await said(query)).toEqual([vi, en]);
});

test('a variable is named before what is wrong with it', async () => {
  const query = 'query ($on: Date) { unit(code: "1", on: $on) { id } }';
  const [vi, en] = await said(query, { on: '1990-02-30' });
  expect(vi).toMatch(/^Variable "\$on" got invalid value .*không phải ngày có thật/);
  expect(en).toMatch(/^Variable "\$on" got invalid value .*is no calendar date/);
});

test('a role without the permission is named in words', async () => {
  const order = 'mutation { agreeOrder(input: { orderId: "order_1" }) { cursor } }';
  expect(await said(order, {}, 'VIEWER')).toEqual([
    'Vai trò "người xem" của bạn không có quyền này (order.agree).',
    'Your role VIEWER does not hold the permission order.agree.',
  ]);
});
