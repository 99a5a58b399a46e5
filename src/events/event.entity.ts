// What is a row of the event log? What happened, to which records, who did it: ids and figures, nothing personal.
import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { OfSubject } from '../access/person';
import { Instant, Key, OptionalText, Text } from '../database/columns';
import type { EventName } from './catalogue';

export interface Change {
  field: string;
  from: string | null;
  to: string | null;
}

/** The tables keep no foreign keys to the registry: the log outlives what it tells of. */
@Entity({ name: 'event' })
@OfSubject<LoggedEvent>('actor', {})
@Index(['actor', 'occurredAt'])
@Index(['name', 'seq'])
@Index(['cohortId', 'seq'])
@Index(['programmeId', 'seq'])
@Index(['universityId', 'seq'])
@Index(['unitId', 'seq'])
export class LoggedEvent {
  /** Order of commit; never given twice, not even after the newest rows were removed. */
  @PrimaryGeneratedColumn()
  seq!: number;

  /** Noun and verb, as in `cohort.planned`. */
  @Text()
  name!: EventName;

  @Instant()
  @Index()
  occurredAt!: Date;

  /** The subject of the token that asked for it. */
  @OptionalText()
  actor!: string | null;

  /** The request it came in, to find it in the logs of the server. */
  @OptionalText()
  request!: string | null;

  /** The record it is about. */
  @Text()
  @Index()
  subjectId!: string;

  @OptionalText()
  cohortId!: string | null;

  @OptionalText()
  programmeId!: string | null;

  @OptionalText()
  universityId!: string | null;

  /** The first of the unitIds, for the index. */
  @OptionalText()
  unitId!: string | null;

  /** The unit, then its ancestors upwards, so that a filter on any of them needs no look-up. */
  @Column({ type: 'simple-json' })
  unitIds!: string[];

  @Column({ type: 'simple-json' })
  changes!: Change[];
}

/** The unitIds of each event as rows, for the index; they go with their event. */
@Entity({ name: 'event_unit' })
@Index(['seq'])
export class EventUnit {
  @Key()
  unitId!: string;

  @PrimaryColumn({ type: 'integer' })
  @ForeignKey(() => LoggedEvent, { onDelete: 'CASCADE' })
  seq!: number;
}

/** The rows of EventUnit for some events: a statement that selects from them as `e`. */
export function insertUnits(sqlite: boolean, events: string): string {
  const units = sqlite ? 'json_each(e.unit_ids)' : 'json_array_elements_text(e.unit_ids::json)';
  return `INSERT INTO event_unit (unit_id, seq) SELECT DISTINCT u.value, e.seq FROM ${events} e, ${units} u`;
}

/** One row: which log this is, and how much of its beginning is no longer replayed. */
@Entity({ name: 'event_log' })
export class EventLog {
  /** Random, so that a cursor from another database is told apart. */
  @Key()
  id!: string;

  @Column({ type: 'integer' })
  purgedThrough!: number;

  /** How late it was when somebody looked last: known-time.ts. Null until then. */
  @Instant({ nullable: true })
  knownAt!: Date | null;

  /** How late it was known to be when the clock of the system said `claimedAt`; null while they agree. */
  @Instant({ nullable: true })
  doubtedAt!: Date | null;

  @Instant({ nullable: true })
  claimedAt!: Date | null;
}

/**
 * The answer a mutation gave under an idempotency key; kept for a day. An erasure deletes it: under one name, the keys of
 * two subjects could meet, and who holds no role any more asks for no answer again.
 */
@Entity({ name: 'answered_mutation' })
@OfSubject<AnsweredMutation>('actor', 'delete')
export class AnsweredMutation {
  @Key()
  actor!: string;

  @Key()
  key!: string;

  /** Tells the same request from another one under the same key. */
  @Text()
  inputHash!: string;

  /** The ids of what the payload held, by its field. */
  @Column({ type: 'simple-json' })
  subjects!: Record<string, string | string[]>;

  @Column({ type: 'integer' })
  seq!: number;

  @Instant()
  @Index()
  answeredAt!: Date;
}

export const entities = [LoggedEvent, EventUnit, EventLog, AnsweredMutation];
