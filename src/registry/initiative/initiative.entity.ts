// Initiative: what learners or graduates of a cohort propose to a unit, and its decision. Tables and GraphQL type.
import { Field, ObjectType } from 'type-graphql';
import { ForeignKey, Entity, Index } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { described } from '../../graphql/enums';
import { Day, EnumColumn, Key, OptionalDay, OptionalText, Text } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar } from '../../graphql/scalars';
import { Cohort } from '../cohort/cohort.entity';
import { Enrolment } from '../cohort/enrolment.entity';
import { Graduate } from '../graduate/graduate.entity';
import { Unit } from '../unit/unit.entity';

export const InitiativeStatus = described(
  'InitiativeStatus',
  'State of an initiative: PROPOSED, UNDER_STUDY, then APPLIED or REJECTED (trạng thái sáng kiến).',
  {
    PROPOSED: 'Proposed to the unit (đã đề xuất).',
    UNDER_STUDY: 'The unit studies it (đang nghiên cứu).',
    APPLIED: 'It is applied (đã áp dụng).',
    REJECTED: 'It is not applied (không áp dụng).',
  },
);
export type InitiativeStatus = keyof typeof InitiativeStatus;

/** Contains no personal data: its authors are in a table of their own. */
@Entity()
@Index(['cohortId', 'titleKey'], { unique: true })
@Index(['proposedOn', 'id'])
@ObjectType({
  implements: Node,
  description: 'What learners or graduates propose about a local problem of a unit (sáng kiến, hiến kế).',
  simpleResolvers: true,
})
export class Initiative extends Node {
  static readonly idPrefix = 'initiative';
  static readonly changed: Changed = {
    by: 'initiative.study',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Field(() => String, {
    description: 'Title; a pseudonym once the identity of who wrote it was erased (tên sáng kiến).',
  })
  @Text()
  title!: string;

  @Field(() => String, { description: 'The local problem it is about (vấn đề thực tiễn địa phương).' })
  @Text()
  localProblem!: string;

  @Reference(() => Cohort, { as: 'cohort', description: 'The cohort of its authors (lớp).' })
  cohortId!: string;

  @Reference(() => Unit, { as: 'unit', description: 'The unit whose problem it is about (đơn vị).' })
  @Index()
  unitId!: string;

  /** The graduation whose thesis it comes from. */
  @Reference(() => Graduate, { optional: true })
  graduateId!: string | null;

  @Field(() => InitiativeStatus, { description: 'State (trạng thái).' })
  @EnumColumn(InitiativeStatus, 'status')
  status!: InitiativeStatus;

  @Field(() => DateScalar, { description: 'Day on which it was proposed (ngày đề xuất).' })
  @Day()
  proposedOn!: string;

  @Reference(() => Unit, {
    as: 'appliedUnit',
    description: 'Where it is applied (đơn vị áp dụng).',
    optional: true,
  })
  appliedUnitId!: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Day on which it was applied (ngày áp dụng).' })
  @OptionalDay()
  appliedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'The result of applying it (kết quả áp dụng).' })
  @OptionalText()
  result!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was rejected (lý do không áp dụng).' })
  @OptionalText()
  reason!: string | null;

  /** The key by which titles are compared and sorted: letters, tones and numbers. */
  @Text()
  titleKey!: string;
}

/** An enrolment whose learner is an author. */
@Entity()
@Index(['enrolmentId', 'initiativeId'])
export class InitiativeAuthor {
  @Key()
  @ForeignKey(() => Initiative)
  initiativeId!: string;

  @Key()
  @ForeignKey(() => Enrolment)
  enrolmentId!: string;
}

export const entities = [Initiative, InitiativeAuthor];
