// PostgreSQL: concurrent writers, snapshots for readers, replicas, any number of server processes.
//
// Each purpose has its own connection pool: a mutation that holds a snapshot waits for a writing connection, and in a
// single pool enough of them would deadlock.
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { Analyses } from './analyses';
import { type Count, Database, type Load, NOW, type Row, type Snapshot } from './database';
import { Permits } from './fair-queue';
import type { Statement } from '../lib/sql';
import { causeOf, connectTo, type OneAtATime, placeOf } from './postgres-connection';
import { bringUpToDate } from './postgres-migrate';
import { borrow, byTurns, lend, loadOf } from './postgres-snapshot';
import { Replica } from './replica';
import { WAKE, WakeUps } from './wake-ups';

/** Pool sizes of one process. Delivery, counts and wake-ups have one connection each. */
const WRITERS = 8;
const READERS = 8;
/** For short reads of the latest committed state, such as rights, so that they never wait behind a long operation. */
const MOMENTARY = 2;
const REPLAYERS = 2;
const CONNECT_REPLICA_MS = 2_000; // after that the primary is used
/** Statement timeout: a vanished server sends nothing, and TCP retries for 15 minutes. No operation waits longer. */
const ANSWER_MS = 30_000;
/** Shorter for the feed: its statements are short, and all subscribers wait for them. */
const ANSWER_DELIVERY_MS = 10_000;
const ATTEMPTS = 12;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';
/** A record was merged into another meanwhile: run again, the transaction does not find it, or finds what came to it. */
const FOREIGN_KEY_VIOLATION = '23503';
const AGAIN = [SERIALIZATION_FAILURE, DEADLOCK, FOREIGN_KEY_VIOLATION];

/** The database on PostgreSQL. */
export class PostgresDatabase extends Database {
  private readonly analyses = new Analyses((statements, after) => this.count(statements, after));
  /** In front of the pools, which do not queue by caller. */
  private readonly toRead = new Permits(READERS);
  private readonly toReadNow = new Permits(MOMENTARY);
  private readonly toReplay = new Permits(REPLAYERS);
  private turn = 0;
  private readonly running = new Set<Promise<unknown>>();
  private wakeUps: WakeUps | undefined;

  private constructor(
    private readonly url: string,
    private readonly writers: DataSource,
    private readonly operations: DataSource,
    private readonly momentary: DataSource,
    private readonly deliveries: DataSource,
    private readonly replaying: DataSource,
    private readonly counting: DataSource,
    private readonly replicas: Replica[],
  ) {
    super();
  }

  /**
   * Connects and runs the missing migrations. Replicas are connected at their first read, so that an unavailable one
   * does not prevent the start.
   * @param create whether an empty database may be filled with the tables.
   * @throws CannotStart when the server cannot be reached or refuses, the database is empty and `create` is false,
   *   belongs to another program, or was written by a newer release.
   */
  static async open(
    options: PostgresDataSourceOptions,
    replicaUrls: string[],
    create: boolean,
  ): Promise<PostgresDatabase> {
    const place = placeOf(options.url!);
    const opened: DataSource[] = [];
    const connect = async (poolSize: number, answerMs = ANSWER_MS): Promise<DataSource> => {
      const source = await connectTo(options, place, { poolSize, answerMs });
      opened.push(source);
      return source;
    };
    try {
      await bringUpToDate(options, place, create);
      const writers = await connect(WRITERS);
      const [operations, momentary, delivery, replaying, counting] = await Promise.all([
        connect(READERS),
        connect(MOMENTARY),
        connect(1, ANSWER_DELIVERY_MS),
        connect(REPLAYERS),
        connect(1),
      ]);
      const reading = { poolSize: READERS, answerMs: ANSWER_MS, connectMs: CONNECT_REPLICA_MS };
      const replicas = replicaUrls.map(
        (url) => new Replica(() => connectTo({ ...options, url }, placeOf(url), reading), lend),
      );
      return new PostgresDatabase(
        options.url!,
        writers,
        operations,
        momentary,
        delivery,
        replaying,
        counting,
        replicas,
      );
    } catch (error) {
      await Promise.all(opened.map((source) => source.destroy()));
      throw error;
    }
  }

  get metadata(): DataSource {
    return this.writers;
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const running = this.untilItLasts(work);
    const ended = running.catch(() => undefined).finally(() => this.running.delete(ended));
    this.running.add(ended);
    return running;
  }

  async takeLogTurn(manager: EntityManager): Promise<void> {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('event log', 0)), ${WAKE}`);
  }

  async changesSoFar(manager: EntityManager): Promise<number> {
    // Not by the transaction id: a row lock assigns one as a change does.
    return ((await manager.queryRunner!.connect()) as OneAtATime).changes;
  }

  duplicateColumn(error: unknown): string | null {
    const { code, constraint, table } = causeOf(error);
    if (code !== UNIQUE_VIOLATION) return null;
    const entity = this.metadata.entityMetadatas.find(({ tableName }) => tableName === table);
    const broken = [...(entity?.uniques ?? []), ...(entity?.indices ?? [])].find(
      ({ name }) => name === constraint,
    );
    return (broken?.columns ?? entity?.primaryColumns)?.[0]?.databaseName ?? null;
  }

  async snapshot(after: number, caller = ''): Promise<Snapshot> {
    if (after === NOW) return byTurns(this.toReadNow, caller, () => borrow(this.momentary));
    const replica = await this.nextReplica()?.snapshot(after);
    return replica ?? byTurns(this.toRead, caller, () => lend(this.operations));
  }

  delivery(): Promise<Snapshot> {
    return borrow(this.deliveries);
  }

  replay(caller: string): Promise<Snapshot> {
    return byTurns(this.toReplay, caller, () => lend(this.replaying));
  }

  analyse(statements: Statement[], after: number, caller: string): Count {
    return this.analyses.ask(statements, after, caller);
  }

  load(): Load[] {
    return [
      loadOf('operations', this.operations, this.toRead.waiting),
      loadOf('momentary', this.momentary, this.toReadNow.waiting),
      loadOf('delivery', this.deliveries),
      loadOf('replays', this.replaying, this.toReplay.waiting),
      loadOf('writes', this.writers),
      this.analyses.load(),
    ];
  }

  hearWrites(hear: () => void): void {
    this.wakeUps = new WakeUps(this.url, hear);
  }

  async close(): Promise<void> {
    await Promise.all([...this.running, this.analyses.stop()]); // TypeORM would close their connections
    await this.wakeUps?.close();
    const pools = [
      this.writers,
      this.operations,
      this.momentary,
      this.deliveries,
      this.replaying,
      this.counting,
    ];
    await Promise.all([
      ...pools.map((source) => source.destroy()),
      ...this.replicas.map((each) => each.close()),
    ]);
  }

  private nextReplica(): Replica | undefined {
    return this.replicas[(this.turn += 1) % this.replicas.length];
  }

  /** Runs a transaction again after a failure that another one caused. */
  private async untilItLasts<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.writers.transaction(work);
      } catch (error) {
        const { code } = causeOf(error);
        if (!AGAIN.includes(code!) || attempt === ATTEMPTS) throw error;
      }
      await pause(Math.random() * 5 * 2 ** Math.min(attempt, 6));
    }
  }

  private async count(statements: Statement[], after: number): Promise<Row[][]> {
    const snapshot = (await this.nextReplica()?.snapshot(after)) ?? (await lend(this.counting));
    try {
      const results: Row[][] = [];
      for (const { sql, parameters } of statements) {
        results.push(await snapshot.manager.query<Row[]>(numbered(sql), parameters));
      }
      return results;
    } finally {
      await snapshot.end();
    }
  }
}

/** Replaces `?` by the numbered parameters of PostgreSQL; `?` has no other use in these statements. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${(count += 1)}`);
}
