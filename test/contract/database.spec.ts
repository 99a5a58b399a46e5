// Database schema: it holds what the entities declare, is written as safely as promised, and a start that cannot work
// is refused with a reason that the operator understands.
import 'reflect-metadata';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/data-source';
import { engine } from '../../src/config/database-location';
import { contents, databaseUrl, locationOf, loseDatabase, makeEmptyDatabase, sql } from '../support/database';
import { startProcess } from '../support/process';
import { SECRET, startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, refusal, removeFolders, runMain } from '../support/starts';
import { must, newCode, newCohort, newOfficial, newPosition, newUnit, refusals } from '../support/world';

afterAll(removeFolders);

describe('the tables', () => {
  let source: DataSource;

  beforeAll(async () => {
    const folder = folderOfItsOwn();
    await makeEmptyDatabase(folder);
    source = new DataSource(dataSourceOptions(locationOf(folder)));
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
  });
  afterAll(() => source.destroy());

  const drift = async () =>
    (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

  it('are after the migrations what the entities say', async () => {
    expect(await drift()).toEqual([]);
  });

  it('would be found to have drifted', async () => {
    await source.query('ALTER TABLE topic ADD COLUMN forgotten varchar');
    expect(await drift()).not.toEqual([]);
    await source.query('ALTER TABLE topic DROP COLUMN forgotten');
    expect(await drift()).toEqual([]);
  });
});

/** Takes a database back to before a migration. */
async function undo(folder: string, migration: string): Promise<void> {
  const source = await new DataSource(dataSourceOptions(locationOf(folder))).initialize();
  const isNewer = `SELECT name FROM migrations WHERE name = '${migration}'`;
  while ((await source.query<unknown[]>(isNewer)).length > 0) await source.undoLastMigration();
  await source.destroy();
}

describe('a database from before staff codes were compared whatever their case', () => {
  it('keeps two that are alike, and takes no third', async () => {
    const folder = folderOfItsOwn();
    const earlier = await startTestServer({ folder });
    const codes = ['CB-Đ1', 'cb-đ1'];
    const one = await newOfficial(earlier, { code: codes[0] });
    const other = await newOfficial(earlier);
    await earlier.stop();
    await undo(folder, 'StaffCodes1765000000005');
    await sql(folder, `UPDATE official SET code = '${codes[1]}' WHERE id = '${other.id}'`);
    const later = await startTestServer({ folder });
    for (const [i, { id }] of [one, other].entries()) {
      expect((await later.ask(`{ official(code: "${codes[i]}") { id } }`)).data.official).toEqual({ id });
    }
    const third = { code: 'Cb-đ1', fullName: 'Lê Thị Mẫu', category: 'CADRE', since: '2021-01-01' };
    const post = { unitId: (await newUnit(later)).id, positionCode: (await newPosition(later)).code };
    expect(await refusals(later, 'registerOfficial', { ...third, ...post })).toMatchObject([
      { code: 'ALREADY_EXISTS', path: ['input', 'code'] },
    ]);
    await later.stop();
  });
});

describe('a database from before events were found by indexes', () => {
  it('has its events found by the unit and by those above it', async () => {
    const folder = folderOfItsOwn();
    const earlier = await startTestServer({ folder });
    const parent = await newUnit(earlier);
    const unit = await newUnit(earlier, { parentId: parent.id });
    const { code } = await newCohort(earlier, { hostUnitId: unit.id });
    await earlier.stop();
    await undo(folder, 'EventIndexes1765000000007');
    const later = await startTestServer({ folder });
    const found = async (filter: object) => {
      const query =
        'query ($filter: CohortEventFilter) { cohortEvents(filter: $filter) { cohort { code } } }';
      return (await later.ask(query, { filter })).data.cohortEvents.map(({ cohort }: any) => cohort.code);
    };
    expect(await found({ unitIds: [parent.id] })).toEqual([code]);
    expect(await found({ unitIds: [parent.id], includeSubunits: false })).toEqual([]);
    expect(await found({ unitIds: [unit.id], includeSubunits: false })).toEqual([code]);
    await later.stop();
  });
});

describe('a running server', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.stop());

  it('cannot be made to hold a row that points to nothing', async () => {
    const orphan =
      "INSERT INTO unit_ancestor (unit_id, ancestor_id, distance) VALUES ('unit_x', 'unit_y', 1)";
    await expect(server.running.services.database.metadata.query(orphan)).rejects.toThrow(/foreign key/i);
  });

  it('reads on connections that cannot write', async () => {
    const snapshot = await server.running.services.database.snapshot(0);
    await expect(snapshot.manager.query('DELETE FROM unit')).rejects.toThrow(/read-?only/);
    await snapshot.end();
  });
});

describe('in production', () => {
  const refused = /(does not exist|is an empty file|holds no registry)\. See whether DATABASE_URL .*--create/;
  const production = (folder: string) => ({
    ...{ NODE_ENV: 'production', PORT: '0', HOST: '127.0.0.1', JWT_SECRET: SECRET },
    DATABASE_URL: databaseUrl(folder),
  });

  it('no registry is begun unless that is asked for, and nothing is left behind', async () => {
    const folder = folderOfItsOwn();
    await makeEmptyDatabase(folder);
    const { code, err } = await runMain(production(folder));
    expect([code, err]).toEqual([1, expect.stringMatching(refused)]);
    expect(readdirSync(folder)).toEqual([]);
    if (engine === 'postgres') expect(await contents(folder)).toBe('[]');
    expect(await runMain(production(folder), '--creat')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Canbo cannot start\. .*--creat.*\nUsage: canbo start \[--create\]\n/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('one that was begun starts again without, and one that was lost is not begun anew', async () => {
    const folder = folderOfItsOwn();
    await makeEmptyDatabase(folder);
    const first = await startProcess(folder, {}, ['--create']);
    const unit = await newUnit(first);
    await first.stop();
    const second = await startProcess(folder, {}, []);
    expect((await second.ask(`{ unit(id: "${unit.id}") { code } }`)).data.unit.code).toBe(unit.code);
    await second.stop();
    await loseDatabase(folder);
    await expect(startProcess(folder, {}, [])).rejects.toMatchObject({
      stderr: expect.stringMatching(refused),
    });
  });
});

describe('a start is refused', () => {
  it('on a database that a newer version wrote, which stays as it is', async () => {
    const folder = folderOfItsOwn();
    const earlier = await startTestServer({ folder });
    const unit = await newUnit(earlier);
    await earlier.stop();
    const added = "INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'Holograms4102444800000')";
    await sql(folder, added);
    const before = await contents(folder);
    expect(await refusal({ folder })).toMatch(
      /was written by a newer version of Canbo.*Holograms4102444800000.*Start that version/,
    );
    expect(await contents(folder)).toBe(before);
    await sql(folder, "DELETE FROM migrations WHERE name = 'Holograms4102444800000'");
    const later = await startTestServer({ folder });
    expect((await later.ask(`{ unit(id: "${unit.id}") { code } }`)).data.unit.code).toBe(unit.code);
    await later.stop();
  });

  it("on another program's database, which stays as it is", async () => {
    const folder = folderOfItsOwn();
    await makeEmptyDatabase(folder);
    for (const table of ['photo', 'unit']) await sql(folder, `CREATE TABLE ${table} (id integer)`);
    const before = await contents(folder);
    expect(await refusal({ folder })).toMatch(/is the database of another program.*DATABASE_URL/);
    expect(await contents(folder)).toBe(before);
  });

  it('on a port that is taken, leaving the database free for the next start', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const folder = folderOfItsOwn();
    expect(await refusal({ folder, env: { PORT: String(port) } })).toMatch(
      new RegExp(`^PORT: ${port} is in use by another program`),
    );
    const server = await startTestServer({ folder });
    await must(server, 'addTopic', { code: newCode('L'), name: 'Quy hoạch' }, 'topic { id }');
    await server.stop();
    other.close();
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '4000.5'],
    ['PORT', '0x10'],
    ['PORT', ' 4000'],
    ['DATABASE_URL', 'canbo.db'],
    ['DATABASE_URL', 'sqlite:'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DATABASE_URL', 'sqlite:///srv/canbo.db'],
    ['DATABASE_URL', 'mysql://root@localhost/canbo'],
    ['DATABASE_URL', 'postgres://localhost'],
    ['DATABASE_URL', 'postgres://localhost/'],
    ['DATABASE_URL', 'postgres:canbo'],
    ['DATABASE_URL', 'postgres://localhost:port/canbo'],
    ['JWT_SECRET', 'short'],
    ['JWT_SECRET', 'x'.repeat(31)],
    ['NODE_ENV', 'prod'],
    ['NODE_ENV', 'PRODUCTION'],
    ['EVENT_RETENTION_DAYS', '0'],
    ['EVENT_RETENTION_DAYS', '-5'],
    ['EVENT_RETENTION_DAYS', '1.5'],
    ['EVENT_RETENTION_DAYS', 'forever'],
  ])('for %s=%s, naming the variable', async (variable, value) => {
    const folder = folderOfItsOwn();
    expect(await refusal({ folder, env: { [variable]: value } })).toMatch(new RegExp(`^${variable}: `));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('in production without a secret', async () => {
    const env = { NODE_ENV: 'production', JWT_SECRET: '' };
    expect(await refusal({ folder: folderOfItsOwn(), env })).toMatch(/^JWT_SECRET: is needed in production/);
  });

  it.each(['mysql://canbo:s3cret-w0rd@db.local/canbo', 'postgres://canbo:s3cret-w@rd@db.local/'])(
    'without showing the password that the wrong DATABASE_URL %s carries',
    async (url) => {
      const message = await refusal({ folder: folderOfItsOwn(), env: { DATABASE_URL: url } });
      expect(message).toMatch(/^DATABASE_URL: .*db\.local/);
      expect(message).not.toMatch(/s3cret|w@rd|w0rd/);
    },
  );

  it('by the program itself with one line and status 1', async () => {
    const ran = await runMain({ NODE_ENV: 'test', PORT: 'abc' });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^Canbo cannot start\. PORT: "abc" is not a whole number.*\n$/);
  });
});
