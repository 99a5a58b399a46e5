// Seats of a cohort: how many learners each unit may send (chỉ tiêu). Table and GraphQL type.
import { Field, Int, ObjectType } from 'type-graphql';
import { Column, Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import { Key } from '../../database/columns';
import { Cohort } from './cohort.entity';
import { Unit } from '../unit/unit.entity';

@Entity()
@Index(['cohortId', 'unitId'], { unique: true })
@ObjectType({
  description:
    'How many learners a unit, with the units below it, may send to a cohort (chỉ tiêu của đơn vị).',
  simpleResolvers: true,
})
export class UnitSeats {
  @Key()
  id!: string;

  @Reference(() => Cohort)
  cohortId!: string;

  /** Its place in the list, from 0. */
  @Column({ type: 'integer' })
  place!: number;

  @Reference(() => Unit, { as: 'unit', description: 'The unit (đơn vị cử đi học).' })
  @Index()
  unitId!: string;

  @Field(() => Int, { description: 'How many learners it may send (chỉ tiêu).' })
  @Column({ type: 'integer' })
  seats!: number;
}

export const entities = [UnitSeats];
