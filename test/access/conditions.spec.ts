// Conditions of two permissions in one statement: neither takes the place of the other.
import { idsWithin, Scope } from '../../src/access/scope';
import { sql } from '../../src/lib/sql';
import { Unit } from '../../src/registry/unit/unit.entity';
import { startTestServer, type TestServer } from '../support/server';
import { newUnit } from '../support/world';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const reaching = (unitId: string) =>
  new Scope({ everything: false, unitIds: [unitId], universityIds: [], officialIds: [] }, '2026-01-01');

it('conditions of two permissions combine without mixing their parameters', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await newUnit(server)).id);
  const [one, other] = [reaching(ids[0]!).units('own.id'), reaching(ids[1]!).units('own.id')];
  const within = await server.running.services.database.transaction((manager) =>
    idsWithin(manager, Unit, ids, sql`${one} OR ${other}`),
  );
  expect([...within].sort()).toEqual(ids.slice(0, 2).sort());
});
