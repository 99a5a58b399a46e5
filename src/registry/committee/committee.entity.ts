// Committee member: a position at a unit that sits on a committee for a period. Table and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import { Day, OptionalDay, Text } from '../../database/columns';
import { Version } from '../../events/revision';
import { described } from '../../graphql/enums';
import { Node } from '../../graphql/node';
import { DateScalar } from '../../graphql/scalars';
import { Document } from '../document/document.entity';
import { Position } from '../position/position.entity';
import { Unit } from '../unit/unit.entity';

export const CommitteeRole = described(
  'CommitteeRole',
  'What a member of a committee is (vai trò trong ban chỉ đạo).',
  {
    HEAD: 'Heads it (trưởng ban).',
    DEPUTY: 'Deputy of the head (phó trưởng ban).',
    STANDING: 'Standing member (ủy viên thường trực).',
    MEMBER: 'Member (ủy viên).',
  },
);
export type CommitteeRole = keyof typeof CommitteeRole;

@Entity()
@Index(['committeeId', 'validFrom'])
@ObjectType({
  implements: Node,
  description: 'A position at a unit whose holder is a member of a committee (thành viên ban chỉ đạo).',
  simpleResolvers: true,
})
export class CommitteeMember extends Node {
  static readonly idPrefix = 'member';

  @Reference(() => Unit, { as: 'committee', description: 'The committee (ban chỉ đạo).' })
  committeeId!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit at which the position is (đơn vị).' })
  unitId!: string;

  @Reference(() => Position, { as: 'position', description: 'The position (chức danh).' })
  positionId!: string;

  /** The mandate of the member. */
  @Reference(() => Document, {
    as: 'mandate',
    description: 'The document that says so, if it is known (căn cứ).',
    optional: true,
  })
  documentId!: string | null;

  @Field(() => DateScalar, { description: 'First day (từ ngày).' })
  @Day()
  validFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null while it lasts (đến ngày).' })
  @OptionalDay()
  validTo!: string | null;

  @Field(() => CommitteeRole, { description: 'As what the holder sits on it (vai trò trong ban chỉ đạo).' })
  @Text({ default: 'MEMBER' })
  role!: CommitteeRole;

  @Version()
  version!: number;
}

export const entities = [CommitteeMember];
