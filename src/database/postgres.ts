// PostgreSQL: concurrent writers, snapshots for readers, replicas, any number of server processes.
//
// Each purpose has its own connection pool: a mutation that holds a snapshot waits for a writing connection, and in a
// single pool enough of them would deadlock.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig, type Pool, type CustomTypesConfig, type QueryResult, types } from 'pg';
import { DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { Analyses } from './analyses';
import { CannotStart, type Count, Database, type Load, NOW, type Row, type Snapshot } from './database';
import type { Statement } from '../lib/sql';
import { migrate } from './migrate';
import { Replica } from './replica';
import { Permits } from './turns';
import { WAKE, WakeUps } from './wake-ups';

/** Pool sizes of one process. Delivery, counts and wake-ups have one connection each. */
const WRITERS = 8;
const READERS = 8;
/** For short reads of the latest committed state, such as rights, so that they never wait behind a long operation. */
const MOMENTARY = 2;
const REPLAYERS = 2;
const CONNECT_MS = 10_000;
const CONNECT_REPLICA_MS = 2_000; // after that the primary is used
/** Statement timeout: a vanished server sends nothing, and TCP retries for 15 minutes. No operation waits longer. */
const ANSWER_MS = 30_000;
/** Shorter for the feed: its statements are short, and all subscribers wait for them. */
const ANSWER_DELIVERY_MS = 10_000;
/** When TCP keep-alive first probes an idle connection. */
const KEEP_ALIVE_MS = 10_000;
/** A process that froze within a transaction must not block all others for ever. */
const LONGEST_PAUSE_MS = 60_000;
/** ISO dates, because years are cut from their text; READ COMMITTED, because rules must see the latest commits. */
const SESSION = '-c DateStyle=ISO -c default_transaction_isolation=read\\ committed';
const ATTEMPTS = 12;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';
/** SQLSTATEs of a missing extension that only the operator can install. */
const NOT_OURS_TO_FIX = ['42501', '0A000', '58P01'];

const DATE = 1082;
const INT8 = 20;
const NUMERIC = 1700; // the type of a sum of counts
/** Returns values as SQLite does: days as text, counts as numbers. */
const TYPES: CustomTypesConfig = {
  getTypeParser(oid, format): (value: string | Buffer) => unknown {
    if (Number(oid) === DATE) return String;
    if (Number(oid) === INT8 || Number(oid) === NUMERIC) return Number;
    return types.getTypeParser(oid, format) as (value: string | Buffer) => unknown;
  },
};

const CHANGING = new Set(['INSERT', 'UPDATE', 'DELETE']);

/** PostgreSQL rejects NUL; replaced by U+FFFF, so that a search for it finds nothing. */
const NO_TEXT = '\uFFFF';
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', NO_TEXT) : value;

/** Queues the statements of a connection: loaders send several at once, which pg 9 will no longer queue itself. */
class OneAtATime extends Client {
  /** Rows changed so far on this connection. */
  changes = 0;
  /** Milliseconds that its statements have taken so far. */
  busyMs = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** @param options with `answerMs`, after which an unanswered statement breaks the connection. */
  constructor(private readonly options: ClientConfig & { answerMs?: number }) {
    super(options);
    // An error event without a listener would end the process; the next query fails with the same error.
    this.on('error', () => undefined);
  }

  // `never` is assignable to every overload of Client.query.
  override query(...asked: unknown[]): never {
    const ask = super.query.bind(this) as (...asked: unknown[]) => unknown;
    const [statement, parameters] = asked;
    if (typeof statement !== 'string' || typeof asked.at(-1) === 'function') return ask(...asked) as never;
    const values = Array.isArray(parameters) ? parameters.map(storable) : undefined;
    const turn = this.last.then(() => this.unlessSilent(ask(statement, values) as Promise<QueryResult>));
    this.last = turn.then(
      ({ command, rowCount }) => {
        if (CHANGING.has(command)) this.changes += rowCount ?? 0;
      },
      () => undefined,
    );
    return turn as never;
  }

  /** Destroys the connection when an answer is overdue; the statement then fails as with any broken connection. */
  private async unlessSilent(answer: Promise<QueryResult>): Promise<QueryResult> {
    const { answerMs } = this.options;
    const impatience = answerMs && setTimeout(() => this.connection.stream.destroy(), answerMs);
    const began = performance.now();
    return answer.finally(() => {
      clearTimeout(impatience);
      this.busyMs += performance.now() - began;
    });
  }
}

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

  /** Runs a transaction again after a deadlock or a serialization failure. */
  private async untilItLasts<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.writers.transaction(work);
      } catch (error) {
        const { code } = causeOf(error);
        if ((code !== SERIALIZATION_FAILURE && code !== DEADLOCK) || attempt === ATTEMPTS) throw error;
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

/** A connection without a transaction, for a few statements: BEGIN and COMMIT would double their cost. */
async function borrow(source: DataSource): Promise<Snapshot> {
  const runner = source.createQueryRunner();
  const busyMs = await clock(runner); // connects here, where the wait can be cancelled, not at the first statement
  return { manager: runner.manager, replica: false, busyMs, end: () => runner.release() };
}

/** Takes a snapshot with a permit, for which callers wait in turns. */
async function byTurns(permits: Permits, caller: string, lend: () => Promise<Snapshot>): Promise<Snapshot> {
  const leave = await permits.enter(caller);
  try {
    const snapshot = await lend();
    return { ...snapshot, end: () => snapshot.end().finally(leave) };
  } catch (error) {
    leave();
    throw error;
  }
}

function loadOf(pool: string, { driver }: DataSource, queued = 0): Load {
  const { totalCount: size, idleCount, waitingCount } = (driver as PostgresDriver).master as Pool;
  return { pool, size, inUse: size - idleCount, waiting: waitingCount + queued };
}

async function lend(source: DataSource): Promise<Snapshot> {
  const runner = source.createQueryRunner();
  const run = async (sql: string): Promise<void> => {
    await runner.query(sql);
  };
  let busyMs: () => number;
  try {
    busyMs = await clock(runner);
    await run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  } catch (error) {
    await runner.release();
    throw error;
  }
  return {
    manager: runner.manager,
    replica: false,
    busyMs,
    end: () => run('COMMIT').finally(() => runner.release()),
  };
}

/** Connects. @returns how many milliseconds its statements have taken since. */
async function clock(runner: QueryRunner): Promise<() => number> {
  const client = (await runner.connect()) as OneAtATime;
  const before = client.busyMs;
  return () => client.busyMs - before;
}

/** Replaces `?` by the numbered parameters of PostgreSQL; `?` has no other use in these statements. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${(count += 1)}`);
}

/** The error of PostgreSQL, inside those of TypeORM. */
function causeOf(error: unknown): { code?: string; constraint?: string; table?: string } {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause ?? {};
}

/** The address without password and options, for messages. */
export function placeOf(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username && `${username}@`}${host}${pathname}`;
}

interface Patience {
  poolSize: number;
  /** Statement timeout; none when left out. */
  answerMs?: number;
  connectMs?: number;
}

async function connectTo(
  options: PostgresDataSourceOptions,
  place: string,
  { poolSize, answerMs, connectMs = CONNECT_MS }: Patience,
): Promise<DataSource> {
  try {
    return await new DataSource({
      ...options,
      poolSize,
      installExtensions: false, // migrations install them
      connectTimeoutMS: connectMs,
      applicationName: 'canbo',
      poolErrorHandler: () => undefined, // an idle connection broke; the pool replaces it
      extra: {
        Client: OneAtATime,
        answerMs,
        types: TYPES,
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
        idle_in_transaction_session_timeout: LONGEST_PAUSE_MS,
        options: SESSION,
      },
    }).initialize();
  } catch (error) {
    throw unreachable(place, error);
  }
}

function unreachable(place: string, error: unknown): CannotStart {
  const { message, code } = error as Error & { code?: string };
  return new CannotStart(
    `${place} cannot be opened as a database: ${message || code}. See whether DATABASE_URL is right and PostgreSQL runs.`,
  );
}

/** Runs the migrations under a lock: processes that start together wait for the first, however long it takes. */
async function bringUpToDate(
  options: PostgresDataSourceOptions,
  place: string,
  create: boolean,
): Promise<void> {
  const source = await connectTo(options, place, { poolSize: 2 });
  const turn = source.createQueryRunner();
  try {
    await turn.query(`SELECT pg_advisory_lock(hashtextextended('migrations', 0))`);
    const tables = await turn.manager.query<{ name: string }[]>(
      `SELECT relname AS name FROM pg_class
       WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
         AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')`,
    );
    await migrate(
      source,
      tables.map(({ name }) => name),
      place,
      'database',
      create,
    );
    await turn.query(`SELECT pg_advisory_unlock(hashtextextended('migrations', 0))`);
  } catch (error) {
    const { code } = causeOf(error);
    if (!code || !NOT_OURS_TO_FIX.includes(code)) throw error;
    throw new CannotStart(`${place} cannot be brought up to date: ${(error as Error).message}.`);
  } finally {
    await turn.release();
    await source.destroy();
  }
}
