// Cost of replays and queries of events: as many statements and rows however long the log is, each by an index.
import { setImmediate as turn } from 'node:timers/promises';
import type { Logger as SqlLogger } from 'typeorm';
import { engine } from '../../src/config/database-location';
import { decodeCursor } from '../../src/events/cursor';
import type { Follower } from '../../src/events/follower';
import { Selection, WINDOW } from '../../src/events/selection';
import { newId } from '../../src/lib/ids';
import { sql } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { delivered, logEnd, newCohort, newProgramme, newUniversity } from '../support/world';
import { Writer } from '../server/stream';

const LONG = 5_000;

/** Hears the statements that read the log. */
class Statements implements SqlLogger {
  heard: { sql: string; parameters: unknown[] }[] = [];
  logQuery = (sql: string, parameters: unknown[] = []): void => {
    if (/^SELECT.*\bevent/s.test(sql)) this.heard.push({ sql, parameters });
  };
  logQueryError = (): void => undefined;
  logQuerySlow = (): void => undefined;
  logSchemaBuild = (): void => undefined;
  logMigration = (): void => undefined;
  log = (): void => undefined;

  /** Those that read whole events. */
  get rows() {
    return this.heard.filter(({ sql }) => /"event"\."changes".*LIMIT/s.test(sql));
  }
}

const statements = new Statements();
let server: TestServer;
let start: string;
/** Of two cohorts whose events take turns in the log: one has the programme, the other one the university. */
const ids: Record<string, string> = { nothing: newId('cohort'), nowhere: newId('unit') };

beforeAll(async () => {
  server = await startTestServer({ sqlLogger: statements, pollMs: 3_600_000 });
  start = await logEnd(server);
  const plan = async (more: object) => {
    const cohort = await newCohort(server, more);
    const [event] = await sql(
      server.folder,
      `SELECT seq, unit_id FROM event WHERE name = 'cohort.planned' ORDER BY seq DESC LIMIT 1`,
    );
    return { cohort, seq: event!.seq as number, unit: event!.unit_id as string };
  };
  ids.programme = (await newProgramme(server)).id;
  ids.university = (await newUniversity(server)).id;
  const one = await plan({ programmeId: ids.programme });
  const other = await plan({
    programmeId: (await newProgramme(server, { universityId: ids.university })).id,
  });
  Object.assign(ids, { cohort: one.cohort.id, unit: one.unit });
  const columns =
    'name, occurred_at, subject_id, cohort_id, programme_id, university_id, unit_id, unit_ids, changes';
  await sql(
    server.folder,
    `INSERT INTO event (${columns})
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LONG})
     SELECT ${columns} FROM n JOIN event ON seq = CASE i % 2 WHEN 0 THEN ${one.seq} ELSE ${other.seq} END ORDER BY i`,
  );
  await (await Writer.start(server)).revise(); // the feed hears of it all
  const end = decodeCursor(await logEnd(server)).seq;
  while (server.running.services.feed.progress.position < end) await turn();
  await sql(server.folder, 'ANALYZE');
});
afterAll(() => server.stop());

const PULL = `query ($filter: CohortEventFilter, $first: Int) { cohortEvents(filter: $filter, first: $first) { cursor } }`;
async function pull(filter: object, first = 100): Promise<number> {
  statements.heard = [];
  const { data, errors } = await server.ask(PULL, { filter, first });
  expect(errors).toBeUndefined();
  return data.cohortEvents.length as number;
}
const named = (lists: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(lists).map(([list, names]) => [list, names.map((name) => ids[name])]));

/** How the engine runs a statement. */
async function planOf({ sql: statement, parameters }: Statements['heard'][number]): Promise<string> {
  if (engine === 'postgres') {
    await sql(server.folder, 'SET enable_seqscan = off'); // a short table is rather read as a whole
    const plan = await sql(server.folder, `EXPLAIN (GENERIC_PLAN) ${statement}`);
    return plan.map((row) => row['QUERY PLAN'] as string).join('\n');
  }
  const plan = await sql(server.folder, `EXPLAIN QUERY PLAN ${statement}`, parameters);
  return plan.map(({ detail }) => detail as string).join('\n');
}
const WHOLE = engine === 'postgres' ? /Seq Scan on event(_unit)? / : /SCAN (e|event|event_unit)\b/;

describe('a pull', () => {
  it.each<[Record<string, string[]>, object, number]>([
    [{}, {}, 100],
    [{ cohortIds: ['cohort'] }, {}, 100],
    [{ cohortIds: ['nothing', 'cohort'] }, { kinds: ['PLANNED'] }, 100],
    [{ programmeIds: ['programme'] }, { kinds: ['CANCELLED'] }, 0],
    [{ universityIds: ['university'] }, {}, 100],
    [{ unitIds: ['unit'] }, { includeSubunits: false }, 100],
    [{ unitIds: ['unit', 'nowhere'] }, {}, 1],
    [{ cohortIds: ['nothing'] }, {}, 0],
    [{}, { kinds: ['CANCELLED'] }, 0],
  ])('by %j %j never reads the log as a whole', async (lists, more, found) => {
    expect(await pull({ ...named(lists), ...more })).toBe(found);
    for (const statement of statements.heard) expect(await planOf(statement)).not.toMatch(WHOLE);
    // The bounds, where to look, the events; and once more where there may be others.
    expect(statements.heard.length).toBeLessThanOrEqual(4);
    for (const { sql } of statements.rows) expect(sql).toMatch(/"seq" >= .* AND "event"."seq" <= .*LIMIT/s);
  });

  it('would be found to read the log as a whole', async () => {
    const parameters: unknown[] = [];
    expect(await planOf({ sql: `SELECT seq FROM event WHERE changes = 'x'`, parameters })).toMatch(WHOLE);
  });

  it('of what is not there reads no event, and asks no more than where one could be', async () => {
    await pull(named({ cohortIds: ['nothing'] }));
    expect(statements.heard).toHaveLength(2);
    expect(statements.rows).toEqual([]);
  });

  it('tells whether another page follows, which is searched for once, and only when selected', async () => {
    const query = `query ($filter: CohortEventFilter, $first: Int) {
      cohortEvents(filter: $filter, first: $first) { cursor hasNextPage again: hasNextPage } }`;
    const told = async (filter: object, first: number) => {
      statements.heard = [];
      const { data } = await server.ask(query, { filter, first });
      return (data.cohortEvents as Record<string, unknown>[]).map((each) => [each.hasNextPage, each.again]);
    };
    await pull({}, 3);
    const bare = statements.rows.length;
    expect(await told({}, 3)).toEqual(Array(3).fill([true, true]));
    expect(statements.rows).toHaveLength(bare + 1);
    const once = named({ unitIds: ['unit', 'nowhere'] });
    expect(await told(once, 1)).toEqual([[false, false]]);
    expect(await told(once, 2)).toEqual([[false, false]]);
  });

  it('by two lists that never meet goes on window by window', async () => {
    expect(await pull(named({ programmeIds: ['programme'], universityIds: ['university'] }))).toBe(0);
    expect(statements.rows.length).toBeGreaterThan(1);
    expect(statements.rows.length).toBeLessThanOrEqual(LONG / WINDOW + 1);
  });
});

describe('pulls that search long', () => {
  const heard = new Statements();
  const FIRST = 3;
  let own: TestServer;
  /** Two lists that meet in a few events, which are up to 2,300 rows apart. */
  let filter: object;
  let expected: number[];

  beforeAll(async () => {
    own = await startTestServer({ sqlLogger: heard, pollMs: 3_600_000, limits: { windows: 2 } });
    const universityId = (await newUniversity(own)).id;
    const programmes = [await newProgramme(own), await newProgramme(own, { universityId })];
    const both = await newProgramme(own, { universityId });
    const seqs: number[] = [];
    for (const { id: programmeId } of [...programmes, both]) {
      await newCohort(own, { programmeId });
      const [last] = await sql(own.folder, `SELECT MAX(seq) AS seq FROM event WHERE name = 'cohort.planned'`);
      seqs.push(Number(last!.seq));
    }
    const columns =
      'name, occurred_at, subject_id, cohort_id, programme_id, university_id, unit_id, unit_ids, changes';
    await delivered(own); // or the feed would read what is inserted while statements are counted
    await sql(
      own.folder,
      `INSERT INTO event (${columns})
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7000)
       SELECT ${columns} FROM n JOIN event
         ON seq = CASE WHEN i % 2300 = 0 THEN ${seqs[2]} WHEN i % 2 = 0 THEN ${seqs[0]} ELSE ${seqs[1]} END
       ORDER BY i`,
    );
    filter = { programmeIds: [programmes[0]!.id, both.id], universityIds: [universityId] };
    const rows = await sql(
      own.folder,
      `SELECT seq FROM event WHERE name = 'cohort.planned' AND programme_id = '${both.id}' ORDER BY seq`,
    );
    expected = rows.map(({ seq }) => Number(seq));
  });
  afterAll(() => own.stop());

  async function ask(first: number, after: string | null) {
    const { data, errors } = await own.ask(
      `query ($filter: CohortEventFilter, $first: Int, $after: EventCursor) {
        cohortEvents(filter: $filter, first: $first, after: $after) { cursor }
      }`,
      { filter, first, after },
    );
    const events: { cursor: string }[] = data?.cohortEvents ?? [];
    return { cursors: events.map(({ cursor }) => cursor), errors };
  }

  it('are refused beyond the bound, and whoever goes on as told gets each event once', async () => {
    const pulled: number[] = [];
    const refused: number[] = [];
    let after: string | null = null;
    let first = FIRST;
    for (let over = false; !over;) {
      heard.heard = [];
      const { cursors, errors } = await ask(first, after);
      expect(heard.rows.length).toBeLessThanOrEqual(2);
      if (errors) {
        const { message, extensions } = errors[0]!;
        const { cursor, found } = extensions as unknown as { cursor: string; found: number };
        expect(extensions).toEqual({
          code: 'QUERY_TOO_COMPLEX',
          limit: 'rows',
          allowed: 2_000,
          cursor,
          found,
        });
        expect(message).toContain(`after: "${cursor}"${found ? `, first: ${found}` : ''}`);
        if (!found && after) expect(decodeCursor(cursor).seq).toBeGreaterThan(decodeCursor(after).seq);
        refused.push(found);
        expect(refused.length).toBeLessThan(20);
        after = cursor;
        first = found || FIRST;
        continue;
      }
      pulled.push(...cursors.map((cursor) => decodeCursor(cursor).seq));
      over = cursors.length < first;
      after = cursors.at(-1) ?? after;
      first = FIRST;
    }
    expect(expected).toHaveLength(4);
    expect(pulled).toEqual(expected);
    expect(refused).toContain(0);
    expect(refused).toContain(1);
  });

  it('share the bound among all fields of an operation', async () => {
    heard.heard = [];
    const fields = Array.from({ length: 20 }, (_, i) => `a${i}: cohortEvents(filter: $filter) { cursor }`);
    const { errors } = await own.ask(`query ($filter: CohortEventFilter) { ${fields.join(' ')} }`, {
      filter,
    });
    expect(errors![0]!.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'rows' });
    expect(heard.rows.length).toBeLessThanOrEqual(2);
  });

  it('are answered to the end of the log where that takes no more', async () => {
    expect(await ask(FIRST, await logEnd(own))).toEqual({ cursors: [], errors: undefined });
  });
});

describe('a replay', () => {
  const NAMES = new Set(['cohort.planned', 'cohort.revised']);
  const follow = (after: string, cohortIds?: string[]) =>
    server.running.services.feed.follow(after, new Selection(NAMES, { cohortIds }), 'caller');

  /** Reads to the end of the log; the events. */
  async function readAll(follower: Follower): Promise<number[]> {
    const seqs: number[] = [];
    let caughtUp = false;
    const reading = (async () => {
      for await (const { seq } of follower) seqs.push(seq);
    })();
    while (!caughtUp) {
      await turn();
      caughtUp = follower.position === Infinity;
    }
    await follower.return();
    await reading;
    return seqs;
  }

  it('of what is not there costs each follower a look into the index, and the feed nothing', async () => {
    statements.heard = [];
    const followers = await Promise.all(Array.from({ length: 50 }, () => follow(start, [ids.nothing!])));
    const found = await Promise.all(followers.map(readAll));
    expect(found.flat()).toEqual([]);
    expect(statements.rows).toEqual([]);
    expect(statements.heard.length).toBeLessThanOrEqual(50 * 4 + 10);
  });

  it('shares its pages among all who come together, whatever they look for, and is whole for each', async () => {
    const after = decodeCursor(start).seq;
    const all = await sql(
      server.folder,
      `SELECT seq, cohort_id AS cohort FROM event WHERE seq > ${after} AND name IN ('cohort.planned', 'cohort.revised') ORDER BY seq`,
    );
    statements.heard = [];
    const followers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => follow(start, i % 2 ? [ids.cohort!, ids.nothing!] : undefined)),
    );
    const found = await Promise.all(followers.map(readAll));
    found.forEach((seqs, i) => {
      const expected = all.filter(({ cohort }) => i % 2 === 0 || cohort === ids.cohort);
      expect(seqs).toEqual(expected.map(({ seq }) => seq));
    });
    // Each page once, or a few times where a busy machine leaves some far behind the others.
    expect(statements.rows.length).toBeLessThanOrEqual(4 * (LONG / 500 + 2));
  });

  it('holds no one up who asks for something else meanwhile', async () => {
    const followers = await Promise.all(Array.from({ length: 20 }, () => follow(start)));
    let turns = 0;
    let over = false;
    const counting = (async () => {
      for (; !over; turns++) await turn();
    })();
    await Promise.all(followers.map(readAll));
    over = true;
    await counting;
    expect(turns).toBeGreaterThan(20 * (LONG / 500));
  });
});

it('an event for thousands who listen is offered to some at a time', async () => {
  const { feed } = server.running.services;
  const writer = await Writer.start(server);
  await delivered(server);
  const offers = new Map<number, number>();
  let turns = 0;
  let heard = 0;
  const leave = Array.from({ length: 5_000 }, () =>
    feed.listen(() => {
      heard += 1;
      offers.set(turns, (offers.get(turns) ?? 0) + 1);
    }),
  );
  const revising = writer.revise();
  for (; heard < leave.length; turns++) await turn();
  await revising;
  leave.forEach((each) => each());
  expect(heard).toBe(leave.length);
  expect(Math.max(...offers.values())).toBeLessThanOrEqual(1_000);
});
