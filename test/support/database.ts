// Databases of tests. A folder stands for one: the file in it, or a database named after it on the test server.
import { randomBytes } from 'node:crypto';
import { copyFileSync, rmSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { Client, Pool } from 'pg';
import { type DatabaseLocation, databaseLocation, engine } from '../../src/config/database-location';

export type Row = Record<string, any>;

/** What DATABASE_URL is for this folder. */
export function databaseUrl(folder: string): string {
  if (engine === 'better-sqlite3') return `sqlite:${join(folder, 'canbo.db')}`;
  const url = new URL(process.env.CANBO_TEST_SERVER!);
  url.pathname = `/${databaseName(folder)}`;
  return url.href;
}

export const locationOf = (folder: string): DatabaseLocation =>
  databaseLocation({ DATABASE_URL: databaseUrl(folder) });

/** Makes the database unless it is there: what a first start needs. A SQLite file comes by itself. */
export async function makeDatabase(folder: string): Promise<void> {
  if (engine === 'better-sqlite3') return;
  const server = process.env.CANBO_TEST_SERVER!;
  const name = databaseName(folder);
  const [there] = await ask(server, 'SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (there) return;
  await ask(server, `CREATE DATABASE "${name}" TEMPLATE "${process.env.CANBO_TEST_RUN}_template"`);
  // Copies of one database are one log; these are to be told apart.
  await ask(databaseUrl(folder), 'UPDATE event_log SET id = $1', [randomBytes(8).toString('hex')]);
}

/** Makes a database without a table. */
export async function makeEmptyDatabase(folder: string): Promise<void> {
  if (engine === 'better-sqlite3') return;
  await ask(process.env.CANBO_TEST_SERVER!, `CREATE DATABASE "${databaseName(folder)}" TEMPLATE template0`);
}

/** Leaves nothing of it but its place: no file, or a database without a table. */
export async function loseDatabase(folder: string): Promise<void> {
  if (engine === 'better-sqlite3') return rmSync(join(folder, 'canbo.db'));
  await dropDatabase(folder);
  await makeEmptyDatabase(folder);
}

/** Makes the database of one folder what that of another one is, while no server runs on either. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  if (engine === 'better-sqlite3') return copyFileSync(join(from, 'canbo.db'), join(to, 'canbo.db'));
  await leave(from); // what somebody is connected to is not copied
  await dropDatabase(to);
  await ask(
    process.env.CANBO_TEST_SERVER!,
    `CREATE DATABASE "${databaseName(to)}" TEMPLATE "${databaseName(from)}"`,
  );
}

/**
 * Gives the database of one folder the place of another one's; a SQLite file goes with its folder.
 * @throws where there is one already.
 */
export async function renameDatabase(from: string, to: string): Promise<void> {
  if (engine === 'better-sqlite3') return;
  await leave(from);
  const rename = `ALTER DATABASE "${databaseName(from)}" RENAME TO "${databaseName(to)}"`;
  await ask(process.env.CANBO_TEST_SERVER!, rename);
}

/**
 * Tells of a commit as soon as anybody can know: at the first bytes that reach the file, or with the wake-up that goes
 * out with it.
 * @returns how to stop hearing.
 */
export async function hearCommits(folder: string, tell: () => void): Promise<() => Promise<void>> {
  if (engine === 'better-sqlite3') {
    const watcher = watch(join(folder, 'canbo.db-wal'), tell);
    return () => Promise.resolve(watcher.close());
  }
  const client = new Client(databaseUrl(folder));
  client.on('notification', tell);
  await client.connect();
  await client.query('LISTEN canbo_written');
  return () => client.end();
}

/** Removes it; a SQLite file goes with its folder. */
export async function dropDatabase(folder: string): Promise<void> {
  if (engine === 'better-sqlite3') return;
  await leave(folder);
  await ask(process.env.CANBO_TEST_SERVER!, `DROP DATABASE IF EXISTS "${databaseName(folder)}" WITH (FORCE)`);
}

/** Runs one statement past the server, as an operator with a console would. */
export async function sql(folder: string, statement: string, parameters: unknown[] = []): Promise<Row[]> {
  if (engine === 'postgres') return (await connectionTo(folder).query<Row>(statement, parameters)).rows;
  return withFile(folder, (file) => run(file, statement, parameters));
}

function withFile<T>(folder: string, use: (file: SqliteFile.Database) => T): T {
  const file = new SqliteFile(databaseUrl(folder).slice('sqlite:'.length));
  try {
    return use(file);
  } finally {
    file.close();
  }
}

function run(file: SqliteFile.Database, statement: string, parameters: unknown[] = []): Row[] {
  const prepared = file.prepare<unknown[], Row>(statement);
  if (prepared.reader) return prepared.all(...parameters);
  prepared.run(...parameters);
  return [];
}

/** Runs one statement on the test server itself, about this folder's database: `@` stands for its name. */
export async function administer(folder: string, statement: string): Promise<Row[]> {
  return ask(process.env.CANBO_TEST_SERVER!, statement.replaceAll('@', databaseName(folder)));
}

/** Every row of every table, or of these, in no order that means anything but always the same. */
export async function contents(
  folder: string,
  which: (table: string) => boolean = () => true,
): Promise<string> {
  // All tables over one connection: a test looks at everything again and again.
  if (engine === 'better-sqlite3') {
    return withFile(folder, (file) => {
      const tables = run(file, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1`)
        .map(({ name }) => name as string)
        .filter(which);
      return JSON.stringify(
        tables.map((name) => [
          name,
          file
            .prepare(`SELECT * FROM "${name}"`)
            .raw()
            .all()
            .map((row) => JSON.stringify(row))
            .sort(),
        ]),
      );
    });
  }
  const all = await sql(
    folder,
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const tables = all.map(({ name }) => name as string).filter(which);
  const each = tables.map((name) => `SELECT '${name} ' || to_jsonb(t)::text AS row FROM "${name}" t`);
  return JSON.stringify((await sql(folder, each.join(' UNION ALL '))).map(({ row }) => row as string).sort());
}

/** A connection learns every table anew, which takes longer than to read it: one stays for each database. */
const connections = new Map<string, Pool>();

function connectionTo(folder: string): Pool {
  const open = connections.get(folder);
  if (open) return open;
  const connection = new Pool({ connectionString: databaseUrl(folder), max: 1, allowExitOnIdle: true });
  connection.on('error', () => undefined); // tests end connections, too: then the next statement opens another
  connections.set(folder, connection);
  return connection;
}

async function leave(folder: string): Promise<void> {
  await connections.get(folder)?.end();
  connections.delete(folder);
}

const databaseName = (folder: string): string => `${process.env.CANBO_TEST_RUN}_${basename(folder)}`;

async function ask(url: string, statement: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(statement, parameters)).rows;
  } finally {
    await client.end();
  }
}
