// Correction: why a record was put right, which the event log, without personal data, cannot say. Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Entity, Index } from 'typeorm';
import { OfPerson, PSEUDONYM } from '../../access/person';
import type { ShownWith } from '../../access/scope';
import type { EventName } from '../../events/catalogue';
import { Instant, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateTimeScalar } from '../../graphql/scalars';

@Entity()
@OfPerson<Correction>({
  person: 'official',
  owner: 'officialId',
  erase: { reason: PSEUDONYM },
  export: { as: 'corrections' },
  audit: [],
})
@Index(['subjectId', 'createdAt'])
@ObjectType({
  implements: Node,
  description: 'Why a record was put right (lý do đính chính).',
  simpleResolvers: true,
})
export class Correction extends Node {
  static readonly idPrefix = 'correction';
  static readonly shownWith: ShownWith['shownWith'] = 'subjectId';

  /** The record that was corrected, of any noun. */
  @Text()
  subjectId!: string;

  /** The official whom that record is about, whom the reason may name; null when it is about none. */
  @OptionalText()
  @Index()
  officialId!: string | null;

  @Field(() => String, { description: 'Name of the event that tells what changed (sự kiện).' })
  @Text()
  event!: EventName;

  @Field(() => String, { description: 'Why (lý do).' })
  @Text()
  reason!: string;

  @Field(() => DateTimeScalar, { description: 'When it was corrected (thời điểm đính chính).' })
  @Instant()
  createdAt!: Date;
}

export const entities = [Correction];
