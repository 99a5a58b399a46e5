// Database connections: callers who wait for one have turns, and one is always left.
import { setImmediate as turn } from 'node:timers/promises';
import type { Snapshot } from '../../src/database/database';
import { startTestServer, type TestServer } from '../support/server';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

const size = () => server.running.services.database.load().find(({ pool }) => pool === 'operations')!;

/** Asks for a snapshot; notes who was given one. */
const given: { caller: string; snapshot: Snapshot }[] = [];
const ask = async (caller: string): Promise<Snapshot> => {
  const lent = await server.running.services.database.snapshot(0, caller);
  let ending: Promise<void> | undefined;
  const snapshot = { ...lent, end: () => (ending ??= lent.end()) };
  given.push({ caller, snapshot });
  return snapshot;
};

it('one caller cannot take the last connection, which is kept for another caller', async () => {
  const greedy = Array.from({ length: 20 }, () => ask('greedy'));
  const first = await ask('modest');
  const granted = () => given.filter(({ caller }) => caller === 'greedy').length;
  while (granted() + size().waiting < 20) await turn(); // some may still be connecting
  const held = granted();
  expect(held).toBeGreaterThan(1);
  const second = ask('modest');
  await given.find(({ caller }) => caller === 'greedy')!.snapshot.end();
  // The one that was given back may go to the greedy one, who has waited longer; the next may not.
  const before = given.length;
  while (given.length === before) await turn();
  await given.filter(({ caller }) => caller === 'greedy')[1]!.snapshot.end();
  await second;
  expect(granted()).toBeLessThanOrEqual(held + 1);
  await first.end();
  await (await second).end();
  for (const snapshot of greedy) await (await snapshot).end();
  expect(size()).toMatchObject({ inUse: 0, waiting: 0 });
});
