// Runs statistics on the analysis thread, in one snapshot; caches the tables that are the same for every answer.
import type { Context } from '../operation/context';
import { cursorIn, LOG_POSITION } from '../events/log';
import type { Database, Row } from '../database/database';
import type { Statement } from '../lib/sql';
import { DISCLOSURE } from './count';

export type RowsOf = (statement: Statement) => Row[];

/** Rows by statement, at one position of the event log and one day of release. */
interface Counted {
  cursor: string;
  releasedUntil: string;
  rows: Map<string, Row[]>;
}

/**
 * By database, the shared tables at the last position. They change only with an event or a new day.
 */
const standing = new WeakMap<Database, Counted>();

/**
 * Runs statements on the analysis thread, all in one snapshot, together with LOG_POSITION.
 * @param own statements of this answer.
 * @param shared the same for every answer: their rows are kept until the log goes on, the very same lists each time.
 * @returns the rows of any of them.
 */
export async function analyse(ctx: Context, own: Statement[], shared: Statement[]): Promise<RowsOf> {
  let tables = shared.length > 0 ? await tablesOf(ctx, shared) : null;
  let counted = await run(ctx, own);
  if (tables && !isOfOneMoment(counted, tables)) {
    counted = await run(ctx, [...own, ...shared]); // a write came in between
    tables = keep(ctx.database, counted, shared);
  }
  return (statement) => {
    const key = keyOf(statement);
    return tables?.rows.get(key) ?? counted.rows.get(key)!;
  };
}

/** Counted apart from the answer's own, so that concurrent answers share one count. */
async function tablesOf(ctx: Context, shared: Statement[]): Promise<Counted> {
  const known = standing.get(ctx.database);
  const isNews = known?.cursor !== ctx.feed.cursorOf({ seq: ctx.feed.progress.position });
  if (known && !isNews && shared.every((each) => known.rows.has(keyOf(each)))) return known;
  return keep(ctx.database, await run(ctx, shared), shared);
}

/** Keeps the rows of shared statements: adds to those of the same moment, or replaces those of another. */
function keep(database: Database, counted: Counted, shared: Statement[]): Counted {
  const known = standing.get(database);
  const kept =
    known && isOfOneMoment(known, counted) ? known : { ...counted, rows: new Map<string, Row[]>() };
  for (const key of shared.map(keyOf)) if (!kept.rows.has(key)) kept.rows.set(key, counted.rows.get(key)!);
  standing.set(database, kept);
  return kept;
}

const isOfOneMoment = (one: Counted, other: Counted): boolean =>
  one.cursor === other.cursor && one.releasedUntil === other.releasedUntil;

/** Each statement once, however often it is in the list. */
async function run(ctx: Context, statements: Statement[]): Promise<Counted> {
  const once = new Map(
    [LOG_POSITION, DISCLOSURE, ...statements].map((statement) => [keyOf(statement), statement]),
  );
  const answers = await ctx.count([...once.values()]);
  const rows = new Map([...once.keys()].map((key, at) => [key, answers[at]!]));
  const [position, disclosure] = [LOG_POSITION, DISCLOSURE].map((each) => rows.get(keyOf(each))![0]!);
  return { cursor: cursorIn(position!), releasedUntil: String(disclosure!.told_on), rows };
}

const keyOf = (statement: Statement): string => JSON.stringify(statement);
