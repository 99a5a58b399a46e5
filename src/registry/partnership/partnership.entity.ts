// Partnership: an agreement of a unit with a university, with its topics. Tables and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { ForeignKey, Column, Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { Entered, Key, OptionalDay, Text } from '../../database/columns';
import { Version } from '../../events/revision';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { Topic } from '../topic/topic.entity';
import { Unit } from '../unit/unit.entity';
import { University } from '../university/university.entity';

@Entity()
@ObjectType({
  implements: Node,
  description: 'An agreement between a unit and a university (thoả thuận hợp tác).',
  simpleResolvers: true,
})
export class Partnership extends Node {
  static readonly idPrefix = 'partnership';
  static readonly changed: Changed = {
    by: 'partnership.sign',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Reference(() => Unit, { as: 'unit', description: 'The unit that agreed (đơn vị).' })
  @Index()
  unitId!: string;

  @Reference(() => University, {
    as: 'university',
    description: 'The university that agreed (cơ sở đào tạo).',
  })
  @Index()
  universityId!: string;

  @Field(() => String, { description: 'Title of the agreement (tên thoả thuận).' })
  @Text()
  title!: string;

  @Field(() => DateScalar, { nullable: true, description: 'Day of signing, if it is known (ngày ký).' })
  @OptionalDay()
  signedOn!: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'First day in force, if it is known (từ ngày).' })
  @OptionalDay()
  validFrom!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last day in force; null without a limit (đến ngày).',
  })
  @OptionalDay()
  validTo!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was registered; null when that was not kept (thời điểm ghi nhận).',
  })
  @Entered()
  createdAt!: Date | null;

  @Field(() => [String], {
    description: "What they agreed to do together, in the agreement's own words (nội dung hợp tác).",
  })
  @Column({ type: 'simple-json' })
  areas!: string[];

  @Version()
  version!: number;

  @Text()
  titleKey!: string;
}

/** A topic that a partnership is about. */
@Entity()
export class PartnershipTopic {
  @Key()
  @ForeignKey(() => Partnership)
  partnershipId!: string;

  @Key()
  @ForeignKey(() => Topic)
  topicId!: string;
}

export const entities = [Partnership, PartnershipTopic];
