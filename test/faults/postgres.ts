// PostgreSQL store of a run: a primary, and a replica that is promoted in a fail-over.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { projectRoot } from '../../src/config/project-root';
import { ANSWERS_SQL, EVENTS_SQL, LOG_SQL, RECORDS_SQL, type RawRows, type Store, toLog } from './store';

interface Cluster {
  url: string;
  data: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it like a crash. */
  crash(): Promise<void>;
  remove(): Promise<void>;
}
type StartCluster = (settings: object, primary?: Cluster) => Promise<Cluster>;

const CLUSTER = pathToFileURL(join(projectRoot, 'test', 'support', 'cluster.mjs')).href;
const SETTINGS = {
  fsync: 'off', // only processes die here, never the machine
  shared_buffers: '64MB',
  wal_retrieve_retry_interval: '200ms',
  hot_standby_feedback: 'on',
};
const IN_STEP_MS = 60_000;

export class PostgresStore implements Store {
  private constructor(
    private readonly startCluster: StartCluster,
    private primary: Cluster,
    private replica: Cluster | null,
  ) {}

  static async start(): Promise<PostgresStore> {
    const { startCluster } = (await import(CLUSTER)) as { startCluster: StartCluster };
    const store = new PostgresStore(startCluster, await startCluster(SETTINGS), null);
    await store.addReplica();
    return store;
  }

  environment(): Record<string, string> {
    return {
      DATABASE_URL: this.primary.url,
      ...(this.replica && { DATABASE_REPLICA_URLS: this.replica.url }),
    };
  }

  async read(): ReturnType<Store['read']> {
    const client = new Client(this.primary.url);
    await client.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const all = async (sql: string): Promise<unknown> => (await client.query(sql)).rows;
      return toLog({
        events: await all(EVENTS_SQL),
        answers: await all(ANSWERS_SQL),
        log: await all(LOG_SQL),
        records: await all(RECORDS_SQL),
      } as RawRows);
    } finally {
      await client.end();
    }
  }

  /** Terminates connections of the servers, each with this probability. @returns how many. */
  async endBackends(chance: number): Promise<number> {
    const ended = await this.ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name LIKE 'canbo%' AND random() < $1`,
      [chance],
    );
    return ended.length;
  }

  /** Crashes the primary and starts it again. */
  async crash(): Promise<void> {
    await this.primary.crash();
    await this.primary.start();
  }

  /** Crashes the primary and promotes its replica, which then runs alone. */
  async failOver(): Promise<void> {
    const lost = this.primary;
    await lost.crash();
    this.primary = this.replica!;
    this.replica = null;
    await this.ask('SELECT pg_promote(true, 30)');
    await lost.remove();
  }

  /**
   * Makes a synchronous replica, for which the primary stops for a moment: it has every commit before the commit is
   * acknowledged. Commits that an asynchronous replica has not received would be lost with the primary, by design.
   */
  async addReplica(): Promise<void> {
    await this.primary.stop();
    this.replica = await this.startCluster(SETTINGS, this.primary);
    await this.ask(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await this.ask('SELECT pg_reload_conf()');
    const deadline = Date.now() + IN_STEP_MS;
    while (Date.now() < deadline) {
      const [{ states }] = (await this.ask(
        'SELECT COALESCE(MAX(sync_state), $1) AS states FROM pg_stat_replication',
        ['none'],
      )) as [{ states: string }];
      if (states === 'sync') return;
      await pause(20);
    }
    throw new Error('The replica did not get in step.');
  }

  async remove(): Promise<void> {
    await this.replica?.remove();
    await this.primary.remove();
  }

  private async ask(sql: string, parameters: unknown[] = []): Promise<unknown[]> {
    const client = new Client(this.primary.url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  }
}
