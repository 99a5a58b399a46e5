// Tables of the event log: what happened, to which records, by whom. Ids, statuses and figures; no personal data.
import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { OfSubject } from '../access/person';
import { Instant, Key, OptionalText, Text } from '../database/columns';
import type { WarningEntry } from '../graphql/errors';
import type { EventName } from './catalogue';

export interface Change {
  field: string;
  from: string | null;
  to: string | null;
}

/** No foreign keys to the registry: the log outlives the records it refers to. */
@Entity({ name: 'event' })
@OfSubject<LoggedEvent>('actor', {})
@Index(['actor', 'occurredAt'])
@Index(['name', 'seq'])
@Index(['cohortId', 'seq'])
@Index(['programmeId', 'seq'])
@Index(['universityId', 'seq'])
@Index(['unitId', 'seq'])
export class LoggedEvent {
  /** Order of commit; never reused, not even after the newest rows were removed. */
  @PrimaryGeneratedColumn()
  seq!: number;

  /** Noun and verb, as in `cohort.planned`. */
  @Text()
  name!: EventName;

  @Instant()
  @Index()
  occurredAt!: Date;

  /** The subject of the caller's token. */
  @OptionalText()
  actor!: string | null;

  /** The id of the request, to find it in the server's log. */
  @OptionalText()
  request!: string | null;

  /** The id of the record it is about. */
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

/** The unitIds of each event as rows, for the index; deleted with their event. */
@Entity({ name: 'event_unit' })
@Index(['seq'])
export class EventUnit {
  @Key()
  unitId!: string;

  @PrimaryColumn({ type: 'integer' })
  @ForeignKey(() => LoggedEvent, { onDelete: 'CASCADE' })
  seq!: number;
}

/** SQL that inserts the EventUnit rows of some events. @param events a subquery that gives these events. */
export function insertUnits(sqlite: boolean, events: string): string {
  const units = sqlite ? 'json_each(e.unit_ids)' : 'json_array_elements_text(e.unit_ids::json)';
  return `INSERT INTO event_unit (unit_id, seq) SELECT DISTINCT u.value, e.seq FROM ${events} e, ${units} u`;
}

/** A single row: the identity of the log, how far it is purged, and the known time (known-time.ts). */
@Entity({ name: 'event_log' })
export class EventLog {
  /** Random, so that a cursor from another database is recognised. */
  @Key()
  id!: string;

  @Column({ type: 'integer' })
  purgedThrough!: number;

  /** The known time at the last look; null before the first one. */
  @Instant({ nullable: true })
  knownAt!: Date | null;

  /** The known time when the system clock began to differ, and its reading then, `claimedAt`; null while they agree. */
  @Instant({ nullable: true })
  doubtedAt!: Date | null;

  @Instant({ nullable: true })
  claimedAt!: Date | null;
}

/**
 * The answer that a mutation gave for an idempotency key (clientMutationId); kept for a day. An erasure deletes it: under
 * one pseudonym the keys of two subjects could collide, and a caller without a role asks for no answer again.
 */
@Entity({ name: 'answered_mutation' })
@OfSubject<AnsweredMutation>('actor', 'delete')
export class AnsweredMutation {
  @Key()
  actor!: string;

  @Key()
  key!: string;

  /** Distinguishes a retry from a different request with the same key. */
  @Text()
  inputHash!: string;

  /** The ids of the records in the payload, by field. */
  @Column({ type: 'simple-json' })
  subjects!: Record<string, string | string[]>;

  /** What it warned of; null in the answers of earlier releases. */
  @Column({ type: 'simple-json', nullable: true })
  warnings!: WarningEntry[] | null;

  @Column({ type: 'integer' })
  seq!: number;

  @Instant()
  @Index()
  answeredAt!: Date;
}

export const entities = [LoggedEvent, EventUnit, EventLog, AnsweredMutation];
