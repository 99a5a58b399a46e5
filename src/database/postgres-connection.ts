// Connections to PostgreSQL: the client, the types of values, time limits, and messages about what cannot be opened.
import { Client, type ClientConfig, type CustomTypesConfig, type QueryResult, types } from 'pg';
import { DataSource, QueryFailedError } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { CannotStart } from './database';

const CONNECT_MS = 10_000;
/** How soon TCP looks whether the server is there that an idle connection leads to. */
const KEEP_ALIVE_MS = 10_000;
/** A process that stopped in the middle of a transaction must not hold up all others for ever. */
const LONGEST_PAUSE_MS = 60_000;
/** A year is cut from the text of a date; and rules count on reading what others have just committed. */
const SESSION = '-c DateStyle=ISO -c default_transaction_isolation=read\\ committed';

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

/** PostgreSQL rejects NUL: it is replaced by U+FFFF, so that a search for it finds nothing. */
const NO_TEXT = '\uFFFF';
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', NO_TEXT) : value;

/** The loaders of an operation ask at the same time; pg 9 will no longer queue what one connection is asked. */
export class OneAtATime extends Client {
  /** Rows it has changed so far. */
  changes = 0;
  /** Milliseconds that its statements have taken so far. */
  busyMs = 0;
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
    const began = performance.now();
    return answer.finally(() => {
      clearTimeout(impatience);
      this.busyMs += performance.now() - began;
    });
  }
}

/** What PostgreSQL itself said. */
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
  /** How long the answer to a statement may take; any time when left out. */
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
