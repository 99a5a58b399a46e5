// Who sits on a committee? A position at a unit, whoever holds it, for a period.
import { Field, ObjectType } from 'type-graphql';
import { Entity, Index, JoinColumn, ManyToOne, type Relation } from 'typeorm';
import { Day, OptionalDay, OptionalText, Text } from '../../lib/columns';
import { Node } from '../../lib/node';
import { DateScalar } from '../../lib/scalars';
import { Document } from '../document/document.entity';
import { Position } from '../position/position.entity';
import { Unit } from '../unit/unit.entity';

@Entity()
@Index(['committeeId', 'validFrom'])
@ObjectType({
  implements: Node,
  description:
    'That the holder of a position at a unit, whoever it is, sits on a committee (thành viên ban chỉ đạo).',
  simpleResolvers: true,
})
export class CommitteeMember extends Node {
  static readonly idPrefix = 'member';

  @Text()
  committeeId!: string;

  @ManyToOne(() => Unit)
  @JoinColumn()
  committee!: Relation<Unit>;

  @Text()
  unitId!: string;

  @ManyToOne(() => Unit)
  @JoinColumn()
  unit!: Relation<Unit>;

  @Text()
  positionId!: string;

  @ManyToOne(() => Position)
  @JoinColumn()
  position!: Relation<Position>;

  /** The mandate. */
  @OptionalText()
  documentId!: string | null;

  @ManyToOne(() => Document)
  @JoinColumn()
  document!: Relation<Document> | null;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null while it lasts (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;
}

export const entities = [CommitteeMember];
