// Selection: a filter of events, as a predicate in memory for live delivery and as SQL over indexes for replays and
// queries.
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { engine } from '../config/database-location';
import { EventLog, LoggedEvent } from './event.entity';

/** How many rows of the log one statement searches at most. */
export const WINDOW = 1_000;

/** Lists of ids: an event must have one id of each list. A list left out matches every event. */
export interface Lists {
  cohortIds?: string[] | null;
  programmeIds?: string[] | null;
  universityIds?: string[] | null;
  unitIds?: string[] | null;
  includeSubunits?: boolean | null;
}

/** One list of a filter: its values, the ids of an event to compare, and the column that is indexed with `seq`. */
interface Dimension {
  values: ReadonlySet<string>;
  of: (event: LoggedEvent) => readonly (string | null)[];
  table: 'event' | 'event_unit';
  column: string;
}

/** Matching events in commit order, and the sequence number up to which there are no others. */
export interface Matching {
  events: LoggedEvent[];
  through: number;
}

/** The events of some names that match the lists of a filter. */
export class Selection {
  readonly cohortIds: ReadonlySet<string> | null;
  private readonly dimensions: Dimension[] = [];

  constructor(
    readonly names: ReadonlySet<string>,
    { cohortIds, programmeIds, universityIds, unitIds, includeSubunits }: Lists = {},
  ) {
    this.cohortIds = cohortIds ? new Set(cohortIds) : null;
    this.add('event', 'name', names, ({ name }) => [name]);
    this.add('event', 'cohort_id', cohortIds, ({ cohortId }) => [cohortId]);
    this.add('event', 'programme_id', programmeIds, ({ programmeId }) => [programmeId]);
    this.add('event', 'university_id', universityIds, ({ universityId }) => [universityId]);
    if (includeSubunits === false)
      this.add('event', 'unit_id', unitIds, (event) => event.unitIds.slice(0, 1));
    else this.add('event_unit', 'unit_id', unitIds, (event) => event.unitIds);
  }

  /** Whether an event matches: the predicate for live delivery. */
  matches(event: LoggedEvent): boolean {
    return this.dimensions.every(({ values, of }) => of(event).some((value) => value && values.has(value)));
  }

  /**
   * A lower bound for the next match after `after`: the latest of the lists' own first matches. It costs one index
   * look-up for each entry of a list, however long the log is.
   * @returns a sequence number, or null when no event after `after` matches.
   */
  async nextAfter(manager: EntityManager, after: number): Promise<number | null> {
    if (this.dimensions.some(({ values }) => values.size === 0)) return null;
    const query = manager.createQueryBuilder().select([]).from(EventLog, 'log').setParameters({ after });
    this.dimensions.forEach((dimension, i) => query.addSelect(firstOf(query, dimension, i), `first${i}`));
    const firsts = Object.values((await query.getRawOne<Record<string, number | null>>()) ?? {});
    return firsts.includes(null) ? null : Math.max(...(firsts as number[]));
  }

  /** Reads at most `limit` matching events from the window of the log that begins with `next`. */
  async read(manager: EntityManager, next: number, limit: number): Promise<Matching> {
    const through = next - 1 + WINDOW;
    const query = manager
      .createQueryBuilder(LoggedEvent, 'event')
      .where('event.seq >= :next AND event.seq <= :through', { next, through })
      .orderBy('event.seq')
      .limit(limit);
    this.dimensions.forEach(({ table, column, values }, i) => {
      const among = `${column} IN (:...values${i})`;
      const units = `event.seq IN (SELECT seq FROM event_unit WHERE ${among} AND seq >= :next AND seq <= :through)`;
      query.andWhere(table === 'event' ? `event.${among}` : units, { [`values${i}`]: [...values] });
    });
    const events = await query.getMany();
    return { events, through: events.length === limit ? events.at(-1)!.seq : through };
  }

  private add(
    table: Dimension['table'],
    column: string,
    values: Iterable<string> | null | undefined,
    of: Dimension['of'],
  ): void {
    if (values) this.dimensions.push({ table, column, values: new Set(values), of });
  }
}

/** SQL for the sequence number of the first event after `:after` with one of the values. */
function firstOf<T extends object>(
  query: SelectQueryBuilder<T>,
  { table, column, values }: Dimension,
  i: number,
): string {
  const rows = [...values].map((value, j) => {
    query.setParameter(`value${i}x${j}`, value);
    return `(:value${i}x${j})`;
  });
  const bytewise = engine === 'postgres' ? ' COLLATE "C"' : ''; // the collation of the column
  const first = `SELECT e.seq FROM ${table} e WHERE e.${column} = v.column1${bytewise} AND e.seq > :after ORDER BY e.seq LIMIT 1`;
  return `(SELECT MIN(n.seq) FROM (SELECT (${first}) AS seq FROM (VALUES ${rows.join(', ')}) v) n)`;
}
