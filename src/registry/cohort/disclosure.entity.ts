// Disclosure state: the day up to which figures by unit or category are released, and the secret order of suppression.
import { Entity } from 'typeorm';
import { Day, Key } from '../../database/columns';

/** One row, made by a migration; the same for every process on the database. */
@Entity({ name: 'disclosure' })
export class Disclosure {
  /** Random, and told to nobody: it orders the parts that are hidden beside small ones. */
  @Key()
  secret!: string;

  /** The day at whose end what is told by unit or category was true. */
  @Day()
  toldOn!: string;
}

export const entities = [Disclosure];
