// The database under attack: the sample city, filled by a server in development, and read and added to by SQL.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import SqliteFile from 'better-sqlite3';
import { Client } from 'pg';
import { projectRoot } from '../../src/config/project-root';
import type { Engine } from '../faults/faults';
import { Node } from '../faults/node';
import { ANSWERS_SQL, EVENTS_SQL, LOG_SQL, type RawRows, toLog } from '../faults/store';
import type { Log } from '../faults/checker';
import { Secrets } from './verdict';

type Row = Record<string, unknown>;

/** A database of a run. */
export interface Ground {
  url: string;
  /** All rows of a question. */
  ask(sql: string): Promise<Row[]>;
  /** Runs one statement with each of these lists of parameters. */
  insert(sql: string, rows: readonly unknown[][]): Promise<void>;
  remove(): Promise<void>;
}

/** What an attacker may know or guess of the registry. */
export interface Pools {
  /** By the prefix of their ids. */
  ids: Map<string, string[]>;
  codes: string[];
  logId: string;
  /** Where the log ended when it was read. */
  head: number;
}

const CLUSTER = pathToFileURL(join(projectRoot, 'test', 'support', 'cluster.mjs')).href;
const KEPT = 'attacked.db';
const DAY_MS = 86_400_000;
const SPREAD_DAYS = 20;
const BATCH = 5_000;
const ROWS = 1_000;
/** Names in the log, most of them as often as a registry at work makes them. */
const NAMES = [
  ...['cohort.planned', 'cohort.revised', 'cohort.opened', 'enrolment.nominated', 'enrolment.nominated'],
  ...['enrolment.decided', 'enrolment.decided', 'session.scheduled', 'attendance.recorded'],
  ...['graduate.recorded', 'graduate.recorded', 'cohort.graduated'],
];
const SELDOM = ['initiative.proposed', 'initiative.studied', 'order.requested', 'order.agreed'];
const SELDOM_EVERY = 500;
/** What these hold, everybody may read. */
const PUBLIC = [
  ...['unit', 'university', 'programme', 'cohort', 'topic', 'position', 'document', 'source', 'session'],
  ...['stated_figure', 'training_requirement', 'training_order', 'initiative', 'partnership', 'service_rule'],
  ...['training_plan', 'plan_target', 'committee_member'],
];
const OF_EACH = 40;
/** A sample is some ten seconds of work on a machine that does nothing else. */
const FILLED_MS = 300_000;

export async function openGround(engine: Engine, folder: string): Promise<Ground> {
  return engine === 'sqlite' ? sqliteGround(folder) : postgresGround();
}

const fileIn = (folder: string): string => join(folder, 'data', 'canbo.db');

/** Begins with the database that was kept in a folder. @returns whether there was one. */
export function restoreGround(folder: string, kept: string | undefined): boolean {
  if (kept === undefined || !existsSync(join(kept, KEPT))) return false;
  copyFileSync(join(kept, KEPT), fileIn(folder));
  return true;
}

/** Keeps a filled database of SQLite for the next time; no process may have it open. */
export function keepGround(folder: string, kept: string | undefined): void {
  if (kept === undefined) return;
  mkdirSync(kept, { recursive: true });
  copyFileSync(fileIn(folder), join(kept, KEPT));
}

function sqliteGround(folder: string): Ground {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const path = fileIn(folder);
  const within = <T>(use: (file: SqliteFile.Database) => T): Promise<T> => {
    const file = new SqliteFile(path);
    try {
      return Promise.resolve(use(file));
    } finally {
      file.close();
    }
  };
  return {
    url: `sqlite:${path}`,
    ask: (sql) => within((file) => file.prepare<[], Row>(sql).all()),
    insert: (sql, rows) =>
      within((file) => {
        const statement = file.prepare(sql);
        file.transaction(() => rows.forEach((row) => statement.run(...row)))();
      }),
    remove: () => Promise.resolve(), // it goes with the folder
  };
}

async function postgresGround(): Promise<Ground> {
  type StartCluster = (settings: object) => Promise<{ url: string; remove(): Promise<void> }>;
  const { startCluster } = (await import(CLUSTER)) as { startCluster: StartCluster };
  const cluster = await startCluster({ fsync: 'off', shared_buffers: '128MB' });
  const within = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client(cluster.url);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  };
  return {
    url: cluster.url,
    ask: (sql) => within(async (client) => (await client.query<Row>(sql)).rows),
    insert: (sql, rows) =>
      within(async (client) => {
        // Many rows a statement: each would be a journey of its own.
        const [head, tuple] = sql.split(/(?<=VALUES )/) as [string, string | undefined];
        for (let from = 0; from < rows.length; from += ROWS) {
          const some = rows.slice(from, from + ROWS);
          let place = 0;
          const tuples = some.map(() => tuple?.replace(/\?/g, () => `$${++place}`));
          await client.query(tuple === undefined ? head : head + tuples.join(', '), some.flat());
        }
      }),
    remove: () => cluster.remove(),
  };
}

/** Fills an empty database with the sample, which only a server outside production does. */
export async function fillWithSample(ground: Ground, folder: string): Promise<void> {
  const filler = new Node('filler', folder, () => undefined);
  const settings = { NODE_ENV: 'development', PLAYGROUND: 'off', DATABASE_URL: ground.url };
  await filler.start(settings, FILLED_MS);
  await filler.end('SIGTERM');
}

/** Adds so many events to the log, about records of the sample, while no server runs. */
export async function addEvents(ground: Ground, count: number): Promise<void> {
  const unitsOf = new Map<unknown, string[]>();
  for (const { unit_id: unit, ancestor_id: above } of await ground.ask(
    'SELECT unit_id, ancestor_id FROM unit_ancestor ORDER BY unit_id, distance',
  )) {
    unitsOf.set(unit, [...(unitsOf.get(unit) ?? []), above as string]);
  }
  const subjects = await readSubjects(ground);
  const sql = `INSERT INTO event (name, occurred_at, actor, request, subject_id, cohort_id, programme_id,
    university_id, unit_ids, changes) VALUES (?, ?, ?, NULL, ?, ?, ?, NULL, ?, '[]')`;
  const start = Date.now() - SPREAD_DAYS * DAY_MS;
  for (let from = 0; from < count; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - from) }, (_, i): unknown[] => {
      const place = from + i;
      const list = place % SELDOM_EVERY === 0 ? SELDOM : NAMES;
      const name = list[Math.floor(place / (list === SELDOM ? SELDOM_EVERY : 1)) % list.length]!;
      const about = subjects.get(name.split('.')[0]!) ?? subjects.get('cohort')!;
      const { id, cohort, programme, unit } = about[place % about.length]!;
      const at = instantAt(start + (place / count) * (SPREAD_DAYS - 1) * DAY_MS);
      return [name, at, 'attacks', id, cohort, programme, JSON.stringify(unitsOf.get(unit) ?? [])];
    });
    await ground.insert(sql, rows);
  }
  await indexUnits(ground);
}

/** Adds the units of each event to the table that the log is searched by, as the server does when it writes. */
async function indexUnits(ground: Ground): Promise<void> {
  const indexed = await ground.ask('SELECT unit_id FROM event_unit LIMIT 1').catch(() => null);
  if (!indexed) return; // a log without such a table
  const isSqlite = ground.url.startsWith('sqlite:');
  const units = isSqlite
    ? { first: `json_extract(unit_ids, '$[0]')`, each: 'json_each(e.unit_ids) u', value: 'u.value' }
    : {
        first: 'unit_ids::json ->> 0',
        each: 'json_array_elements_text(e.unit_ids::json) u(value)',
        value: 'u.value',
      };
  await ground.insert(`UPDATE event SET unit_id = ${units.first} WHERE unit_id IS NULL`, [[]]);
  await ground.insert(
    `INSERT INTO event_unit (unit_id, seq) SELECT DISTINCT ${units.value}, e.seq FROM event e, ${units.each}
     WHERE e.seq NOT IN (SELECT seq FROM event_unit)`,
    [[]],
  );
}

/** What events may be about, by the noun of their names. */
async function readSubjects(ground: Ground): Promise<Map<string, Row[]>> {
  const cohort = 'c.id AS cohort, c.programme_id AS programme, c.host_unit_id AS unit';
  const none = 'NULL AS cohort, NULL AS programme, unit_id AS unit';
  return new Map([
    ['cohort', await ground.ask(`SELECT c.id, ${cohort} FROM cohort c ORDER BY 1`)],
    [
      'graduate',
      await ground.ask(
        `SELECT g.id, ${cohort} FROM graduate g JOIN enrolment e ON e.id = g.enrolment_id
         JOIN cohort c ON c.id = e.cohort_id ORDER BY 1`,
      ),
    ],
    ['initiative', await ground.ask(`SELECT id, ${none} FROM initiative ORDER BY 1`)],
    ['order', await ground.ask(`SELECT id, ${none} FROM training_order ORDER BY 1`)],
  ]);
}

/** As both engines take it: UTC, without saying so. */
const instantAt = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** Ids and codes of records that are there, the same ones each time. */
export async function readPools(ground: Ground, engine: Engine): Promise<Pools> {
  const tables = await ground.ask(
    engine === 'sqlite'
      ? `SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name = 'id' ORDER BY 1`
      : `SELECT table_name AS name FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name = 'id' ORDER BY 1`,
  );
  const ids = new Map<string, string[]>();
  for (const { name } of tables) {
    const rows = await ground.ask(`SELECT id FROM "${String(name)}" ORDER BY id LIMIT ${OF_EACH}`);
    const found = rows.map(({ id }) => String(id)).filter((id) => id.includes('_'));
    if (found.length > 0) ids.set(found[0]!.split('_')[0]!, found);
  }
  const codes: string[] = [];
  // No staff codes: a mutation would give one to a record that everybody may read.
  for (const table of ['unit', 'cohort', 'programme', 'university']) {
    const rows = await ground.ask(`SELECT code FROM "${table}" WHERE code IS NOT NULL ORDER BY id LIMIT 20`);
    codes.push(...rows.map(({ code }) => String(code)));
  }
  const [log] = await ground.ask('SELECT id, (SELECT MAX(seq) FROM event) AS head FROM event_log');
  return { ids, codes, logId: String(log!.id), head: Number(log!.head ?? 0) };
}

/** What tells of a person, beside everything that everybody may read. */
export async function readSecrets(ground: Ground): Promise<Secrets> {
  const people = await ground.ask('SELECT code, full_name, email, date_of_birth FROM official');
  const known: string[] = [];
  for (const table of PUBLIC) {
    const rows = await ground.ask(`SELECT * FROM "${table}"`).catch(() => []);
    for (const row of rows) known.push(...Object.values(row).flatMap(textsOf));
  }
  return new Secrets(
    people.flatMap((person) => Object.values(person).flatMap(textsOf)),
    known,
  );
}

/** A day as the API writes it, on either engine. */
const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (!(value instanceof Date)) return [];
  const day = [value.getFullYear(), value.getMonth() + 1, value.getDate()];
  return [day.map((part) => String(part).padStart(2, '0')).join('-')];
};

/** The log as the checker of the fault suite wants it; of the answers only those under these keys. */
export async function readLog(ground: Ground, start: number, keys: ReadonlySet<string>): Promise<Log> {
  const answers = (await ground.ask(ANSWERS_SQL)) as unknown as RawRows['answers'];
  const log = toLog({
    events: (await ground.ask(EVENTS_SQL)) as unknown as RawRows['events'],
    answers: answers.filter(({ key }) => keys.has(key)),
    log: (await ground.ask(LOG_SQL)) as unknown as RawRows['log'],
    records: [],
  });
  return { ...log, start, abandoned: false };
}
