// Training plan: the targets of a unit for a year, each for a part of the training. Tables and GraphQL types.
import { Field, Int, ObjectType } from 'type-graphql';
import { ForeignKey, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { Reference } from '../../access/reference';
import type { Changed } from '../../access/scope';
import { described } from '../../graphql/enums';
import { EnumColumn, Instant, Key, OptionalDay, OptionalText } from '../../database/columns';
import { Node } from '../../graphql/node';
import { DateScalar, DateTimeScalar } from '../../graphql/scalars';
import { OfficialCategory } from '../official/official.entity';
import { ContentGroup, StudyLocation } from '../programme/programme.enums';
import { Topic } from '../topic/topic.entity';
import { Unit } from '../unit/unit.entity';

export const PlanMetric = described(
  'PlanMetric',
  'What a target counts, as TrainingStatistics does (đơn vị tính chỉ tiêu).',
  {
    PARTICIPATIONS: 'Participations, not persons (lượt).',
    COHORTS: 'Cohorts that are not cancelled (lớp).',
  },
);
export type PlanMetric = keyof typeof PlanMetric;

@Entity()
@Index(['year', 'unitId'], { unique: true })
@ObjectType({
  implements: Node,
  description:
    'What a unit means to train in a year (kế hoạch đào tạo, bồi dưỡng hằng năm); one for each unit and year.',
  simpleResolvers: true,
})
export class TrainingPlan extends Node {
  static readonly idPrefix = 'plan';
  static readonly changed: Changed = {
    by: 'plan.revise',
    rows: (scope, own) => scope.units(`${own}.unit_id`),
  };

  @Reference(() => Unit, { as: 'unit', description: 'The unit whose plan it is (đơn vị).' })
  @Index()
  unitId!: string;

  @Field(() => Int, { description: 'The year (năm kế hoạch).' })
  @Column({ type: 'integer' })
  year!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Number of the decision that adopted it, if it is known (số quyết định).',
  })
  @OptionalText()
  decisionNumber!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Day of that decision, if it is known (ngày quyết định).',
  })
  @OptionalDay()
  decidedOn!: string | null;

  /** The plan of the year before, of this unit or of one that it succeeded. */
  @Reference(() => TrainingPlan, {
    as: 'carriedOverFrom',
    description: 'The plan of the year before that something is carried over from (kế hoạch năm trước).',
    optional: true,
  })
  carriedOverFromId!: string | null;

  @Field(() => Int, { description: 'Counts the revisions; hand it back to revise safely (phiên bản).' })
  @Column({ type: 'integer' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was registered (thời điểm ghi nhận).' })
  @Instant()
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last revised (thời điểm cập nhật).' })
  @Instant()
  updatedAt!: Date;
}

@Entity()
@ObjectType({
  description:
    'How much of one part of the training a plan asks for: of a content group, category, topic or location, or of all training where none is named (chỉ tiêu).',
  simpleResolvers: true,
})
export class PlanTarget {
  @Key()
  @ForeignKey(() => TrainingPlan)
  planId!: string;

  /** Its place in the plan, from 0. */
  @PrimaryColumn({ type: 'integer' })
  place!: number;

  @Field(() => PlanMetric, { description: 'What it counts (đơn vị tính).' })
  @EnumColumn(PlanMetric, 'metric')
  metric!: PlanMetric;

  @Field(() => Int, { description: 'New in this year, without what was carried over (chỉ tiêu trong năm).' })
  @Column({ type: 'integer' })
  target!: number;

  @Field(() => Int, { description: 'Carried over from the year before, on top (chuyển từ năm trước).' })
  @Column({ type: 'integer' })
  carriedOver!: number;

  @Field(() => ContentGroup, {
    nullable: true,
    description: 'Only programmes of this group; null for all (nhóm nội dung).',
  })
  @EnumColumn(ContentGroup, 'content_group', { nullable: true })
  contentGroup!: ContentGroup | null;

  @Field(() => OfficialCategory, {
    nullable: true,
    description: 'Only learners of this category; null for all (đối tượng).',
  })
  @EnumColumn(OfficialCategory, 'category', { nullable: true })
  category!: OfficialCategory | null;

  @Reference(() => Topic, {
    as: 'topic',
    description: 'Only programmes about this topic; null for all (lĩnh vực).',
    optional: true,
  })
  topicId!: string | null;

  @Field(() => StudyLocation, {
    nullable: true,
    description: 'Only cohorts held there; null for all (địa điểm học).',
  })
  @EnumColumn(StudyLocation, 'location', { nullable: true })
  location!: StudyLocation | null;
}

export const entities = [TrainingPlan, PlanTarget];
