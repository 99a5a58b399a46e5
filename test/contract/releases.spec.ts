// Upgrade from an earlier release: its database is taken over with all its data.
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/data-source';
import { locationOf, makeEmptyDatabase, sql } from '../support/database';
import { startTestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { must, newCode } from '../support/world';

afterAll(removeFolders);

/** The migrations that made each release's tables, and what a registry of that release may hold. */
const RELEASES = [
  {
    release: '0.1.0',
    migrations: ['Registry1700000000000'],
    rows: [
      `INSERT INTO unit (id, code, kind, name, valid_from, search, name_key)
       VALUES ('unit_01jd0000000000000000000000', '26740', 'WARD', 'Phường Bến Nghé', '2020-01-01', 'phuong ben nghe 26740', '1')`,
      `INSERT INTO unit_ancestor (unit_id, ancestor_id, distance)
       VALUES ('unit_01jd0000000000000000000000', 'unit_01jd0000000000000000000000', 0)`,
      `INSERT INTO event (name, occurred_at, subject_id, unit_ids, changes)
       VALUES ('unit.opened', CURRENT_TIMESTAMP, 'unit_01jd0000000000000000000000', '["unit_01jd0000000000000000000000"]', '[]')`,
    ],
  },
];

it.each(RELEASES)('migrates release $release', async ({ migrations, rows }) => {
  const folder = folderOfItsOwn();
  await makeEmptyDatabase(folder);
  const options = dataSourceOptions(locationOf(folder));
  const released = (options.migrations as { name: string }[]).filter(({ name }) => migrations.includes(name));
  expect(released).toHaveLength(migrations.length);
  const earlier = await new DataSource({ ...options, migrations: released as never[] }).initialize();
  await earlier.runMigrations({ transaction: 'each' });
  await earlier.destroy();
  for (const row of rows) await sql(folder, row);

  const server = await startTestServer({ folder });
  const query = '{ unit(code: "26740", on: "2024-01-01") { id name ancestors { id } } }';
  expect((await server.ask(query)).data.unit).toEqual({
    id: 'unit_01jd0000000000000000000000',
    name: 'Phường Bến Nghé',
    ancestors: [],
  });
  const found = await server.ask('{ units(filter: { text: "bến nghé" }) { nodes { code } } }');
  expect(found.data.units.nodes).toEqual([{ code: '26740' }]);
  await must(server, 'addTopic', { code: newCode('L'), name: 'Quy hoạch' }, 'topic { id }');
  const drift = await server.running.services.database.metadata.driver.createSchemaBuilder().log();
  expect(drift.upQueries.map((each) => each.query)).toEqual([]);
  await server.stop();
});
