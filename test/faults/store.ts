// Store of a run: the database of its servers, read directly for the checker. One implementation for each engine.
import type { Log } from './checker';

export interface Store {
  /** The environment variables of a server. */
  environment(): Record<string, string>;
  /** Reads the log, the stored answers and the counts of records. */
  read(): Promise<Pick<Log, 'id' | 'rows' | 'answers' | 'records'>>;
  /** Removes all data. */
  remove(): Promise<void>;
}

export const EVENTS_SQL = `SELECT seq, name, cohort_id AS "cohortId", programme_id AS "programmeId",
  unit_ids AS "unitIds" FROM event ORDER BY seq`;
export const ANSWERS_SQL = 'SELECT key, seq FROM answered_mutation';
export const LOG_SQL = 'SELECT id FROM event_log';
export const RECORDS_SQL = `SELECT 'cohort.planned' AS event, COUNT(*) AS count FROM cohort
  UNION ALL SELECT 'graduate.recorded', COUNT(*) FROM graduate`;

export interface RawRows {
  events: { seq: number; name: string; cohortId: string; programmeId: string; unitIds: string }[];
  answers: { key: string; seq: number }[];
  log: { id: string }[];
  records: { event: string; count: number | string }[];
}

/** Converts rows for the checker. */
export function toLog({ events, answers, log, records }: RawRows): Awaited<ReturnType<Store['read']>> {
  return {
    id: log[0]!.id,
    rows: events.map((row) => ({ ...row, unitIds: JSON.parse(row.unitIds) as string[] })),
    answers,
    records: records.map(({ event, count }) => ({ event, count: Number(count) })),
  };
}
