// Disclosure state: what readers without rights to persons are told, up to which day, and the secret order of hiding.
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
