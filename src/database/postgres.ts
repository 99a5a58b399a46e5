// Who may touch a PostgreSQL database, and when? Writers side by side, snapshots for readers, any number of processes.
//
// Each purpose has a pool of its own: a mutation that holds a snapshot waits for a writing connection, and out of one
// pool enough of them would wait for each other.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig, type Pool, type CustomTypesConfig, type QueryResult, types } from 'pg';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { Analyses } from './analyses';
import { CannotStart, type Count, Database, type Load, NOW, type Row, type Snapshot } from './database';
import type { Statement } from '../lib/sql';
import { migrate } from './migrate';
import { Replica } from './replica';
import { Permits } from './fair-queue';
import { WAKE, WakeUps } from './wake-ups';

/** Connections of one process, together with one each for delivery, counts and wake-ups. */
const WRITERS = 8;
const READERS = 8;
/** For short reads of what is committed now, rights above all: nobody waits for them behind a long operation. */
const MOMENTARY = 2;
const REPLAYERS = 2;
const CONNECT_MS = 10_000;
const CONNECT_REPLICA_MS = 2_000; // then the primary answers
/** A server that vanishes says nothing, and TCP asks it for a quarter of an hour. No operation waits longer. */
const ANSWER_MS = 30_000;
/** The feed asks for little, and all who follow wait for it. */
const ANSWER_DELIVERY_MS = 10_000;
/** How soon TCP looks whether the server is there that an idle connection leads to. */
const KEEP_ALIVE_MS = 10_000;
/** A process that stopped in the middle of a transaction must not hold up all others for ever. */
const LONGEST_PAUSE_MS = 60_000;
/** A year is cut from the text of a date; and rules count on reading what others have just committed. */
const SESSION = '-c DateStyle=ISO -c default_transaction_isolation=read\\ committed';
const ATTEMPTS = 12;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';
/** Not allowed, not available, not installed: what an operator can help when an extension is missing. */
const NOT_OURS_TO_FIX = ['42501', '0A000', '58P01'];

const DATE = 1082;
const INT8 = 20;
const NUMERIC = 1700; // a sum of counts
/** Values as they come from SQLite: days as text, counts as numbers. */
const TYPES: CustomTypesConfig = {
  getTypeParser(oid, format): (value: string | Buffer) => unknown {
    if (Number(oid) === DATE) return String;
    if (Number(oid) === INT8 || Number(oid) === NUMERIC) return Number;
    return types.getTypeParser(oid, format) as (value: string | Buffer) => unknown;
  },
};

const CHANGING = new Set(['INSERT', 'UPDATE', 'DELETE']);

/** Stands for what PostgreSQL cannot hold: nothing is found by it, as nothing with a NUL can be written. */
const NO_TEXT = '\uFFFF';
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', NO_TEXT) : value;

/** The loaders of an operation ask at the same time; pg 9 will no longer queue what one connection is asked. */
class OneAtATime extends Client {
  /** Rows it has changed so far. */
  changes = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** @param options with how long the answer to a statement may take before the connection is given up. */
  constructor(private readonly options: ClientConfig & { answerMs?: number }) {
    super(options);
    // Between the pool and its borrower nobody listens, and an error would end the process. The next query tells of it.
    this.on('error', () => undefined);
  }

  // `never` fits every form of Client.query.
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

  /** Breaks the connection of an answer that does not come, which fails like any that breaks by itself. */
  private async unlessSilent(answer: Promise<QueryResult>): Promise<QueryResult> {
    const { answerMs } = this.options;
    const impatience = answerMs && setTimeout(() => this.connection.stream.destroy(), answerMs);
    return answer.finally(() => clearTimeout(impatience));
  }
}

export class PostgresDatabase extends Database {
  private readonly analyses = new Analyses((statements, after) => this.count(statements, after));
  /** In front of the pools, which know nothing of callers. */
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
   * Connects and brings the tables up to date. Replicas are connected to when they are first read from: one that is
   * away keeps nobody from starting.
   * @param create whether a registry may be begun where there is none.
   * @throws CannotStart when the server cannot be reached or refuses, there is no registry and none may be begun, the
   *   database is another program's, or a newer release has written it.
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
    // Not by the transaction's number: row locks give it one as changes do.
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
    await Promise.all([...this.running, this.analyses.stop()]); // TypeORM would take their connections away
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

  /** Runs a transaction again, whole, when the database had to end it in favour of another one. */
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

/** A connection for a few statements that need not be of one moment: beginning and ending would cost as much again. */
async function borrow(source: DataSource): Promise<Snapshot> {
  const runner = source.createQueryRunner();
  await runner.connect(); // here, where whoever waits can give up, and not at the first statement
  return { manager: runner.manager, replica: false, end: () => runner.release() };
}

/** A snapshot that is waited for among callers by turns. */
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
  try {
    await run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  } catch (error) {
    await runner.release();
    throw error;
  }
  return {
    manager: runner.manager,
    replica: false,
    end: () => run('COMMIT').finally(() => runner.release()),
  };
}

/** The statement with the parameters PostgreSQL knows; `?` occurs in it as nothing else. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${(count += 1)}`);
}

/** What PostgreSQL itself said. */
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
  /** How long the answer to a statement may take; any time when left out. */
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
      installExtensions: false, // the migrations see to them
      connectTimeoutMS: connectMs,
      applicationName: 'canbo',
      poolErrorHandler: () => undefined, // an idle connection broke; the pool makes another
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

/** Processes that start at the same time wait for the one that migrates, however long it takes. */
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
