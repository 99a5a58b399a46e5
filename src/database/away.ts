// Database unavailable: tells errors of a database that is away, busy or gone from bugs. Callers are answered UNAVAILABLE.

/** How a connection to PostgreSQL fails to open, and classes of SQLSTATE: lost connections, a server that starts or stops, a database that is not there. */
const AWAY = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08...|57P0[123]|3D000)$/;
/** How SQLite says that another program keeps the file locked; nothing of the statement was done. */
const BUSY = /^SQLITE_(BUSY(_\w+)?|LOCKED(_\w+)?|PROTOCOL)$/;
/** What is said without a code, or with one that says less; TypeORM releases a runner whose connection breaks. */
const CUT_OFF =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query runner already released)|not currently accepting connections$/;

/** The file that was opened is no longer the one at its path: what is written to it would be lost with the process. */
export class DatabaseGone extends Error {}

/** Whether an error says, itself or by its cause, that another program keeps the SQLite file locked for the moment. */
export function isBusy(error: unknown): boolean {
  return BUSY.test(String(causeOf(error).code));
}

/** Whether an error says, itself or by its cause, that the database cannot be reached, and nothing of what it was asked. */
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

/** What the engine itself said, below the errors of TypeORM and GraphQL. */
function causeOf(error: unknown): Record<string, unknown> {
  const { driverError, originalError } = error as Record<string, unknown>;
  const cause = driverError ?? originalError;
  return cause ? causeOf(cause) : (error as Record<string, unknown>);
}
