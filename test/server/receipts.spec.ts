// Receipts of what clients have acknowledged: whose are kept, and how many.
import { randomUUID } from 'node:crypto';
import { Receipts } from '../../src/server/receipts';
import { startTestServer, type TestServer } from '../support/server';
import { logEnd } from '../support/world';

let server: TestServer;
let cursor: string;
let receipts: Receipts;
beforeAll(async () => {
  server = await startTestServer();
  cursor = await logEnd(server);
});
beforeEach(() => (receipts = new Receipts(server.running.services.feed)));
afterAll(() => server.stop());

const begin = (caller: string): string => {
  const id = randomUUID();
  receipts.begin(caller, id, cursor, { carried: 1, said: null, after: 0 });
  return id;
};

it('receipts of one caller are not evicted by another caller who keeps subscribing', () => {
  const id = begin('quiet');
  for (let i = 0; i < 12_000; i++) begin('busy');
  expect(receipts.of('quiet', id, null)).toBe(cursor);
});

it('the oldest receipts of a caller are evicted when that caller has too many', () => {
  const [first, ...others] = Array.from({ length: 1_001 }, () => begin('busy'));
  expect(receipts.of('busy', first!, null)).toBeNull();
  expect(others.filter((id) => receipts.of('busy', id, null) !== cursor)).toEqual([]);
});

it('the receipts of the least recent subscriber are evicted when there are too many in all', () => {
  const first = begin('first');
  const last = Array.from({ length: 10_000 }, (_, i) => begin(`caller ${i}`)).at(-1)!;
  expect(receipts.of('first', first, null)).toBeNull();
  expect(receipts.of('caller 9999', last, null)).toBe(cursor);
});

it('receipts belong to one caller, and are not kept for an id that may be used again', () => {
  const id = begin('one');
  expect(receipts.of('another', id, null)).toBeNull();
  expect(receipts.begin('one', '1', cursor, { carried: 1, said: null, after: 0 })).toBe(false);
});
