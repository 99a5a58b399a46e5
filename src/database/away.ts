// Database unavailable: distinguishes errors of an unreachable, locked or replaced database from bugs. Callers get
// UNAVAILABLE.

/** System errors, and SQLSTATEs for lost connections, a server that starts or stops, and a missing database. */
const AWAY = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08...|57P0[123]|3D000)$/;
/** Codes of SQLite for a file locked by another program; the statement had no effect. */
const BUSY = /^SQLITE_(BUSY(_\w+)?|LOCKED(_\w+)?|PROTOCOL)$/;
/** Messages of errors without a useful code. TypeORM releases a query runner whose connection breaks. */
const CUT_OFF =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query runner already released)|not currently accepting connections$/;

/** The opened file is no longer the one at its path: writes to it would be lost with the process. */
export class DatabaseGone extends Error {}

/** Whether an error, or its cause, means that another program has locked the SQLite file. */
export function isBusy(error: unknown): boolean {
  return BUSY.test(String(causeOf(error).code));
}

/** Whether an error, or its cause, means that the database is unavailable, rather than that a statement is wrong. */
export function isAway(error: unknown): boolean {
  const cause = causeOf(error);
  const { code, message } = cause as { code?: unknown; message?: unknown };
  return (
    cause instanceof DatabaseGone ||
    AWAY.test(String(code)) ||
    BUSY.test(String(code)) ||
    CUT_OFF.test(String(message))
  );
}

/** The engine's own error, inside those of TypeORM and GraphQL. */
function causeOf(error: unknown): Record<string, unknown> {
  const { driverError, originalError } = error as Record<string, unknown>;
  const cause = driverError ?? originalError;
  return cause ? causeOf(cause) : (error as Record<string, unknown>);
}
