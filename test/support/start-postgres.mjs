// Global setup for PostgreSQL: the server that TEST_DATABASE_URL names, or one of their own from an npm package.
import { createRequire } from 'node:module';
import pg from 'pg';
import { startCluster } from './cluster.mjs';
import { makeFolder } from './folder.mjs';

/** Each run has databases of its own, so that two runs can share a server. */
const RUN = `canbo_test_${process.pid}_${Date.now().toString(36)}`;
let stop = async () => {};

/** Starts the server and makes the database that all others of the run are copied from. */
export default async function start() {
  const removeFolder = makeFolder();
  const server = process.env.TEST_DATABASE_URL || (await startOwn());
  const template = new URL(server);
  template.pathname = `/${RUN}_template`;
  await ask(server, `CREATE DATABASE "${RUN}_template"`);
  await migrate(template.href);
  process.env.CANBO_TEST_SERVER = server;
  process.env.CANBO_TEST_RUN = RUN;
  globalThis.stopTests = async () => {
    if (process.env.TEST_DATABASE_URL) await dropAll(server);
    await stop();
    removeFolder();
  };
}

async function startOwn() {
  const cluster = await startCluster({
    fsync: 'off', // nothing of it outlives the run
    full_page_writes: 'off',
    synchronous_commit: 'off',
    max_connections: '300',
    shared_buffers: '256MB',
  });
  stop = cluster.remove;
  return cluster.url;
}

/** With TypeORM alone, so that no code under test stands between the tests and their databases. */
async function migrate(url) {
  const before = process.env.DATABASE_URL;
  process.env.DATABASE_URL = url; // the entities are of one engine, from the moment they load
  const { default: source } = createRequire(import.meta.url)('../../dist/ormconfig.js');
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  if (before === undefined) delete process.env.DATABASE_URL;
  else process.env.DATABASE_URL = before;
}

async function dropAll(server) {
  const databases = await ask(server, `SELECT datname FROM pg_database WHERE starts_with(datname, '${RUN}')`);
  for (const { datname } of databases) await ask(server, `DROP DATABASE "${datname}" WITH (FORCE)`);
}

async function ask(server, sql) {
  const client = new pg.Client(server);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
