// Table of merged records: two records of one person became one, and what the lost one said. Its id still finds the kept.
import { Column, Entity, Index } from 'typeorm';
import { Instant, Key, Text } from '../database/columns';
import { EVERY_KIND, OfPerson } from './person';

@Entity()
@OfPerson<MergedRecord>({
  person: EVERY_KIND,
  owner: 'personId',
  erase: { was: null },
  export: { as: 'mergedRecords' },
  audit: ['own events'],
})
export class MergedRecord {
  /** The id that was lost: of a person, or of a record of theirs that both had. */
  @Key()
  id!: string;

  /** The record of the same type that was kept. It may itself be merged later. */
  @Text()
  intoId!: string;

  @Text()
  @Index()
  personId!: string;

  @Instant()
  mergedAt!: Date;

  /** The lost record as it was. */
  @Column({ type: 'simple-json', nullable: true })
  was!: Record<string, unknown> | null;
}

export const entities = [MergedRecord];
