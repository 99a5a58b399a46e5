// Disclosure state: the day up to which figures by unit or category are released, and the secret order of suppression.
import { Entity } from 'typeorm';
import { Day, Key } from '../../database/columns';

/** One row, inserted by a migration; shared by all processes on the database. */
@Entity({ name: 'disclosure' })
export class Disclosure {
  /** Random, and in no answer: it orders the parts that are hidden beside small ones. */
  @Key()
  secret!: string;

  /** Figures by unit or category are released up to the end of this day. */
  @Day({ name: 'told_on' })
  releasedUntil!: string;
}

export const entities = [Disclosure];
