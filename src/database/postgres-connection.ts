// Connections to PostgreSQL: the client, the types of values, time limits, and messages about what cannot be opened.
import { Client, type ClientConfig, type CustomTypesConfig, type QueryResult, types } from 'pg';
import { DataSource, QueryFailedError } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { CannotStart } from './database';

const CONNECT_MS = 10_000;
/** When TCP keep-alive first probes an idle connection. */
const KEEP_ALIVE_MS = 10_000;
/** A process that froze within a transaction must not block all others for ever. */
const LONGEST_PAUSE_MS = 60_000;
/** ISO dates, because years are cut from their text; READ COMMITTED, because rules must see the latest commits. */
const SESSION = '-c DateStyle=ISO -c default_transaction_isolation=read\\ committed';

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
export class OneAtATime extends Client {
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

/** The error of PostgreSQL, inside those of TypeORM. */
export function causeOf(error: unknown): { code?: string; constraint?: string; table?: string } {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause ?? {};
}

/** The address without password and options, for messages. */
export function placeOf(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username && `${username}@`}${host}${pathname}`;
}

export interface Patience {
  poolSize: number;
  /** Statement timeout; none when left out. */
  answerMs?: number;
  connectMs?: number;
}

/** Opens a pool. @throws CannotStart */
export async function connectTo(
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
