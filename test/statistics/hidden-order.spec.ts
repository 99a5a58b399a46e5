// Order of suppression: no known order of units reveals which of the hidden units of the sample are the small ones.
import { Role } from '../../src/access/policy';
import { sql } from '../support/database';
import { copySample } from '../support/sample';
import { startTestServer, type TestServer } from '../support/server';
import { folderOfItsOwn, removeFolders } from '../support/starts';
import { must } from '../support/world';

let server: TestServer;
const folder = folderOfItsOwn();
const start = () => startTestServer({ sample: true, folder, limits: { cost: 100_000 } });
beforeAll(async () => {
  await copySample(folder);
  server = await start();
});
afterAll(async () => {
  await server.stop();
  await removeFolders();
});

const BY_UNIT = '{ trainingStatistics(groupBy: UNIT) { groups { key officials asOf } } }';
interface Group {
  key: string;
  officials: number | null;
  asOf: string | null;
}
const groupsFor = async (as: Role): Promise<Group[]> =>
  (await server.ask(BY_UNIT, {}, { as })).data.trainingStatistics.groups;
const hiddenFor = (groups: Group[]) =>
  groups.filter(({ officials }) => officials === null).map(({ key }) => key);

/** The order that was once used, known to everybody. */
function publicRank(key: string): number {
  let rank = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) rank = Math.imul(rank ^ key.charCodeAt(at), 0x01000193);
  return rank;
}

const ORDERS: Record<string, (key: string) => string | number> = {
  'the order of release 0.1.0': publicRank,
  'the ids': (key) => key,
  'the ids backwards': (key) => [...key].reverse().join(''),
};

it.each(Object.entries(ORDERS))('the order of hidden units does not follow from %s', async (_, rankOf) => {
  const shown = await groupsFor(Role.VIEWER);
  const real = new Map((await groupsFor(Role.ADMINISTRATOR)).map((each) => [each.key, each.officials!]));
  const parents = await sql(server.folder, 'SELECT id, parent_id FROM unit');
  const parentOf = new Map(parents.map(({ id, parent_id }: any) => [id, parent_id]));
  const hidden = hiddenFor(shown);
  const isSmall = (key: string) => real.get(key)! >= 1 && real.get(key)! <= 4;
  const small = hidden.filter(isSmall).length;
  expect(small).toBeGreaterThan(30);
  // A hidden unit that comes after one that is shown would have been reached only if it is small.
  const named = hidden.filter((key) =>
    shown.some(
      (each) =>
        each.officials! > 0 && parentOf.get(each.key) === parentOf.get(key) && rankOf(each.key) < rankOf(key),
    ),
  );
  const [right, chance] = [named.filter(isSmall).length, small / hidden.length];
  const said = `${right} of ${named.length} named are small, of all ${hidden.length} hidden ${small}`;
  const luck = 4 * Math.sqrt(named.length * chance * (1 - chance)) + 1;
  expect({ said, isBetter: right > named.length * chance + luck }).toEqual({ said, isBetter: false });
  expect({ said, isCertain: named.length > 5 && right === named.length }).toEqual({ said, isCertain: false });
});

it('the same units are hidden after a restart, and the secret is in no answer', async () => {
  const before = hiddenFor(await groupsFor(Role.VIEWER));
  await server.stop();
  server = await start();
  expect(hiddenFor(await groupsFor(Role.VIEWER))).toEqual(before);
  const [{ secret }] = (await sql(server.folder, 'SELECT secret FROM disclosure')) as [{ secret: string }];
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  const all = await server.ask('{ about { version } latestCursor viewer { permissions } }');
  expect(JSON.stringify(all)).not.toContain(secret);
});

it('a single accepted learner changes no figure by unit or category on that day: 0 of 3', async () => {
  const figures =
    '{ trainingStatistics { participations } units: trainingStatistics(groupBy: UNIT) { groups { key participations cohorts } } categories: trainingStatistics(groupBy: CATEGORY) { groups { key participations cohorts } } }';
  const look = async () => (await server.ask(figures, {}, { as: Role.VIEWER })).data;
  const rows = await sql(
    server.folder,
    `SELECT e.id AS id FROM enrolment e JOIN cohort c ON c.id = e.cohort_id
      WHERE e.status = 'NOMINATED' AND c.status IN ('ENROLLING', 'IN_PROGRESS') 
      AND COALESCE(c.capacity, 1000) > 3 + (SELECT COUNT(*) FROM enrolment f WHERE f.cohort_id = c.id AND f.status <> 'NOMINATED')
      ORDER BY e.id LIMIT 3`,
  );
  expect(rows).toHaveLength(3);
  const before = await look();
  for (const [at, { id }] of rows.entries()) {
    await must(server, 'decideEnrolments', { enrolmentIds: [id], decision: 'ACCEPT' }, 'cursor');
    const { trainingStatistics: city, ...now } = await look();
    expect(city.participations).toBe(before.trainingStatistics.participations + at + 1);
    expect(now).toEqual({ units: before.units, categories: before.categories });
  }
});
