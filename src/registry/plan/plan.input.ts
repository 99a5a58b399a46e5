// GraphQL inputs and filters of training plans.
import { Field, ID, InputType, Int } from 'type-graphql';
import { IncludeSubunits, orderOf } from '../../graphql/filters';
import { VersionRead } from '../../events/revision';
import { MutationInput } from '../../events/mutation';
import { connectionOf, listArgs } from '../../graphql/page';
import { WholeScalar } from '../../graphql/scalars';
import { IdOf, OptionalIdsOf, Size, Whole, ValidateNested } from '../../graphql/validation';
import { DecidedOn, DecisionNumber } from '../decision/decision.input';
import { OfficialCategory } from '../official/official.entity';
import { ContentGroup, StudyLocation } from '../programme/programme.enums';
import { PlanMetric, TrainingPlan } from './plan.entity';

const LARGEST_TARGET = 100_000_000;
const [FIRST_YEAR, LAST_YEAR] = [1976, 2100]; // the city bears its name since 1976

export const TrainingPlanConnection = connectionOf(() => TrainingPlan, 'TrainingPlan', 'kế hoạch đào tạo');

@InputType({ description: 'Which training plans (bộ lọc kế hoạch).' })
export class TrainingPlanFilter {
  @Field(() => Int, { nullable: true, description: 'Of this year (năm kế hoạch).' })
  year?: number | null;

  @Field(() => [ID], { nullable: true, description: 'Of these units (đơn vị).' })
  @OptionalIdsOf('unit')
  unitIds?: string[] | null;

  @IncludeSubunits()
  includeSubunits?: boolean | null;
}

export const TrainingPlanOrder = orderOf('TrainingPlan', 'kế hoạch', {
  YEAR: 'The year of the plan (năm kế hoạch).',
  CREATED_AT: 'When it was registered (thời điểm ghi nhận).',
  UPDATED_AT: 'When it was last revised (thời điểm cập nhật).',
});

export const TrainingPlanArgs = listArgs('plans', TrainingPlanFilter, { by: TrainingPlanOrder });

@InputType({
  description:
    'How much of one part of the training a plan asks for; of all, where none is named (chỉ tiêu).',
})
export class PlanTargetInput {
  @Field(() => PlanMetric, {
    defaultValue: PlanMetric.PARTICIPATIONS,
    description: 'What it counts (đơn vị tính).',
  })
  metric!: PlanMetric;

  @Field(() => WholeScalar, {
    description: 'New in this year, without what is carried over (chỉ tiêu trong năm).',
  })
  @Whole(0, LARGEST_TARGET)
  target!: number;

  @Field(() => WholeScalar, {
    defaultValue: 0,
    description: 'Carried over from the plan in carriedOverFromId, on top (chuyển từ năm trước).',
  })
  @Whole(0, LARGEST_TARGET)
  carriedOver!: number;

  @Field(() => ContentGroup, { nullable: true, description: 'Only this group (nhóm nội dung).' })
  contentGroup?: ContentGroup | null;

  @Field(() => OfficialCategory, { nullable: true, description: 'Only this category (đối tượng).' })
  category?: OfficialCategory | null;

  @Field(() => ID, { nullable: true, description: 'Only this topic (lĩnh vực).' })
  @IdOf('topic', { optional: true })
  topicId?: string | null;

  @Field(() => StudyLocation, { nullable: true, description: 'Only held there (địa điểm học).' })
  location?: StudyLocation | null;
}

@InputType({ description: "Registers a unit's plan for a year (ban hành kế hoạch)." })
export class AdoptPlanInput extends MutationInput {
  @Field(() => ID, { description: 'The unit whose plan it is; one that exists in that year (đơn vị).' })
  @IdOf('unit')
  unitId!: string;

  @Field(() => WholeScalar, { description: 'The year; a unit has one plan for each (năm kế hoạch).' })
  @Whole(FIRST_YEAR, LAST_YEAR)
  year!: number;

  @DecisionNumber('the decision')
  decisionNumber?: string | null;

  @DecidedOn('the decision')
  decidedOn?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The plan of the year before that something is carried over from, of the same unit or of one that it succeeded (kế hoạch năm trước).',
  })
  @IdOf('plan', { optional: true })
  carriedOverFromId?: string | null;

  @Field(() => [PlanTargetInput], { description: 'The targets, each part once (các chỉ tiêu).' })
  @Size(1)
  @ValidateNested()
  targets!: PlanTargetInput[];
}

@InputType({ description: 'Revises a plan; what is left out stays (điều chỉnh kế hoạch).' })
export class RevisePlanInput extends MutationInput {
  @Field(() => ID, { description: 'The plan (kế hoạch).' })
  @IdOf('plan')
  planId!: string;

  @VersionRead()
  version?: number | null;

  @DecisionNumber('the decision')
  decisionNumber?: string | null;

  @DecidedOn('the decision')
  decidedOn?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The plan of the year before; null when nothing is carried over (kế hoạch năm trước).',
  })
  @IdOf('plan', { optional: true })
  carriedOverFromId?: string | null;

  @Field(() => [PlanTargetInput], {
    nullable: true,
    description: 'All targets anew, each part once; null is refused (các chỉ tiêu).',
  })
  @Size(1, { optional: true })
  @ValidateNested()
  targets?: PlanTargetInput[] | null;
}
